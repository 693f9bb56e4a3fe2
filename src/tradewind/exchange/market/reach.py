"""Which seconds of a path can reach an order: found by bars, from days down to seconds."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ...engine.commands import TriggerWhen
from ...engine.orders import Order
from ...model import OrderStatus, Side
from .bars import Bar
from .path import PricePath

_NEVER_UP = 1 << 62
_BIPS = 10_000


class Reach(NamedTuple):
    """A second matters when its low is at most ``low`` or its high at least ``high``."""

    low: int
    high: int

    @classmethod
    def of(cls, orders: Iterable[Order]) -> "Reach":
        """What could do something to one of these orders."""
        low, high = 0, _NEVER_UP
        for order in orders:
            below, above = _bounds(order)
            low, high = max(low, below), min(high, above)
        return cls(low, high)

    def meets(self, bar: Bar) -> bool:
        """Whether a bar gets there."""
        return bar.low <= self.low or bar.high >= self.high


def _bounds(order: Order) -> tuple[int, int]:
    if order.status is OrderStatus.PENDING:
        return _trigger_bounds(order)
    return (order.price, _NEVER_UP) if order.side is Side.BUY else (0, order.price)


def _trigger_bounds(order: Order) -> tuple[int, int]:
    """A trail that has begun moves with every new extreme, so that one counts too."""
    trigger = order.trigger
    if trigger is None:  # waits for another order of its list
        return 0, _NEVER_UP
    if trigger.price and not order.trail_extreme:
        above = trigger.when is TriggerWhen.AT_OR_ABOVE
        return (0, trigger.price) if above else (trigger.price, _NEVER_UP)
    extreme = order.trail_extreme
    if not extreme:  # begins at the next trade, whatever its price
        return _NEVER_UP, 0
    if order.side is Side.BUY:
        return extreme - 1, -(-extreme * (_BIPS + trigger.trailing) // _BIPS)
    return extreme * (_BIPS - trigger.trailing) // _BIPS, extreme + 1


def next_second(path: PricePath, start: int, end: int, reach: Reach) -> int | None:
    """The first second in ``[start, end)`` whose bar meets ``reach``."""
    sizes = ((86_400, path.day), (3_600, path.hour), (900, path.quarter), (60, path.minute))
    at = start
    while at < end:
        for size, bar_at in sizes:
            if at % size == 0 and not reach.meets(bar_at(at // size)):
                at += size
                break
        else:
            found = _in_minute(path.seconds(at // 60), at % 60, reach)
            if found is not None:
                at += found - at % 60
                return at if at < end else None
            at += 60 - at % 60
    return None


def _in_minute(bars: Sequence[Bar], first: int, reach: Reach) -> int | None:
    for place in range(first, len(bars)):
        if reach.meets(bars[place]):
            return place
    return None
