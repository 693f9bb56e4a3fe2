"""Aggregate trades: what one taker order traded at one price, for REST and streams alike.

The id of an aggregate is the id of its first trade. The venue numbers aggregates without gaps,
but the past here is computed when asked and never counted from its beginning, and an id must be
the same whoever asks and through whichever door; ids grow and are unique, gaps say that trades
were joined. A taker order number of 0 is unknown and joins nothing.
"""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from ....engine.events import Trade
from ....model import Side
from ....protocol.hosting import Print

BATCH = 1000
"""How many prints are read at once."""


class Aggregate(Struct, frozen=True):
    """Consecutive trades of one taker order at one price; its id is ``first``."""

    price: int
    quantity: int
    first: int
    last: int
    time: int
    aggressor_side: Side


def of_prints(prints: Iterable[Print]) -> list[Aggregate]:
    """Prints in their order, joined."""
    return _join(
        (p.taker_order, p.price, p.quantity, p.trade_id, p.time, p.aggressor_side) for p in prints
    )


def of_trades(trades: Iterable[Trade]) -> list[Aggregate]:
    """The trades of one command or tick, joined."""
    return _join(
        (t.taker_order_id, t.price, t.quantity, t.trade_id, t.at, t.aggressor_side) for t in trades
    )


def _join(trades: Iterable[tuple[int, int, int, int, int, Side]]) -> list[Aggregate]:
    joined: list[Aggregate] = []
    before = 0
    for taker, price, quantity, trade_id, time, side in trades:
        last = joined[-1] if joined else None
        if last and taker and taker == before and price == last.price:
            total = last.quantity + quantity
            joined[-1] = Aggregate(price, total, last.first, trade_id, last.time, side)
        else:
            joined.append(Aggregate(price, quantity, trade_id, trade_id, time, side))
        before = taker
    return joined


Reader = Callable[[int, int], Sequence[Print]]
"""Prints from an id on, at most so many."""


def forward(read: Reader, from_id: int, limit: int, end: int | None = None) -> list[Aggregate]:
    """The first ``limit`` aggregates whose id is at least ``from_id``, none after ``end``."""
    prints: list[Print] = []
    cursor = max(from_id - 1, 0)
    while True:
        more = read(cursor, BATCH)
        wanted = [p for p in more if end is None or p.time <= end]
        prints += wanted
        found = of_prints(_from(prints, from_id))
        if len(found) > limit or len(more) < BATCH or len(wanted) < len(more):
            return found[:limit]
        cursor = more[-1].trade_id + 1


def backward(read: Reader, last_id: int, limit: int) -> list[Aggregate]:
    """The last ``limit`` aggregates, none with a trade after ``last_id``."""
    span = limit + 64  # most aggregates are one trade
    while True:
        start = max(last_id - span + 1, 0)
        prints = [p for p in read(start, span) if p.trade_id <= last_id]
        found = of_prints(prints)
        complete = not prints or start == 0 or prints[0].trade_id > start
        if complete or len(found) > limit:
            return found[-limit:]
        span *= 2


def _from(prints: Sequence[Print], from_id: int) -> Sequence[Print]:
    """Without what belongs to an aggregate that began before ``from_id``."""
    if not prints or prints[0].trade_id >= from_id:
        return prints
    before = of_prints(prints)[0]
    return [p for p in prints if p.trade_id > before.last]
