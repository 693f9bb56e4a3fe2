"""Faults of a market: halted, empty, thin, jumped. Each is made of journaled commands.

    halt    SetStatus
    empty   the participants are sent away
    thin    ... and a small ladder is quoted in their place
    jump    ... or their ladder somewhere else, with a print there, once a second of venue time

When it is over the participants come back to where the path is by then.
"""

from collections.abc import Sequence
from math import gcd

from msgspec import Struct

from ..engine.commands import PlaceOrder, Requote, SetStatus
from ..engine.listing import MARKET_ACCOUNT
from ..model import InstrumentStatus, Misconfigured, OrderType, Side, TimeInForce
from ..protocol.faults import Active, Kind
from ..protocol.hosting import Traded
from . import views
from .host import VenueHost
from .market.market import Market

SECOND = 1_000_000_000
LEVELS = 500
"""Levels of each side that are quoted elsewhere: more than most programs look at."""

THIN_AT = (0, 10, 50, 150, 400)
"""Which levels of a thin book are left: the first so far from the best price, in hundredths of a
percent.
"""

Level = tuple[int, int]


class Disturbed(Struct):
    """One instrument under a fault. ``bids`` and ``asks`` are quoted instead of the participants'
    ladder; ``again`` is when next (venue ns, 0 never).
    """

    number: int
    kind: Kind
    instrument: str
    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()
    step: int = 1
    again: int = 0
    turns: int = 0
    before: tuple[tuple[Level, ...], tuple[Level, ...]] | None = None
    """The ladder of a scripted book, where the participants were away already."""


class Disturbances:
    """Those of one venue."""

    def __init__(self, host: VenueHost) -> None:
        self._host = host
        self._now: dict[str, Disturbed] = {}

    def check(self, active: Active) -> Traded:
        """The instrument meant. Raises Misconfigured when it is under a fault already."""
        which = views.traded(self._host, active.fault.instrument)
        if which.listing.instrument in self._now:
            number = self._now[which.listing.instrument].number
            raise Misconfigured(f"{which.id} is under fault {number} already; clear that first")
        return which

    def begin(self, active: Active) -> None:
        """Begin one. Raises Misconfigured."""
        which = self.check(active)
        instrument, fault = which.listing.instrument, active.fault
        found = Disturbed(active.number, fault.kind, instrument)
        if fault.kind is Kind.HALT:
            self._status(instrument, InstrumentStatus.HALTED)
        else:
            self._host.look(instrument)
            bids, asks = (self._ladder(instrument, side) for side in (Side.BUY, Side.SELL))
            if self._away(instrument):
                found.before = tuple(bids), tuple(asks)
            self._host.cast(instrument, False)
            if fault.kind is Kind.THIN:
                found.bids = _thin(bids, fault.amount, _step(which))
                found.asks = _thin(asks, fault.amount, _step(which))
            elif fault.kind is Kind.JUMP:
                found.bids, found.asks = _shifted(bids, asks, fault.amount)
            if found.bids or found.asks:
                found.step = _step(which)
                self._quote(found)
        self._now[instrument] = found

    def restore(self, active: Active) -> None:
        """Take up one whose market is so already: the box was restarted under it."""
        which = self.check(active)
        instrument = which.listing.instrument
        self._now[instrument] = Disturbed(active.number, active.fault.kind, instrument)

    def end(self, active: Active) -> None:
        """End one; nothing if it is not here."""
        for instrument, found in list(self._now.items()):
            if found.number != active.number:
                continue
            del self._now[instrument]
            if found.kind is Kind.HALT:
                self._status(instrument, InstrumentStatus.TRADING)
            elif found.before is None:
                self._host.cast(instrument, True)
            else:
                bids, asks = found.before
                self._host.execute(Requote(instrument=instrument, bids=bids, asks=asks))

    def beat(self) -> None:
        """Keep jumped markets quoted and printing."""
        now = self._host.clock.now()
        for found in self._now.values():
            if found.again and now >= found.again:
                self._quote(found)

    def _away(self, instrument: str) -> bool:
        """Whether somebody has sent the participants away before."""
        market = self._host.market
        board = market.account(instrument) if isinstance(market, Market) else None
        return board is not None and board.off

    def _status(self, instrument: str, status: InstrumentStatus) -> None:
        self._host.execute(SetStatus(instrument=instrument, status=status))

    def _ladder(self, instrument: str, side: Side) -> list[Level]:
        """What the participants quote: the book without outsiders' visible orders."""
        engine = self._host.engine
        outside: dict[int, int] = {}
        for order in engine.outside_orders(instrument):
            if order.side is side and order.price:
                outside[order.price] = outside.get(order.price, 0) + order.shown
        levels = engine.levels(instrument, side, LEVELS)
        return [(p, lots - outside.get(p, 0)) for p, lots in levels if lots > outside.get(p, 0)]

    def _quote(self, found: Disturbed) -> None:
        """Quote the ladder; in a jumped market also trade at its best price."""
        last = 0
        if found.kind is Kind.JUMP:
            last = found.asks[0][0] if found.asks else found.bids[0][0]
            found.again = self._host.clock.now() + SECOND
        self._host.execute(
            Requote(instrument=found.instrument, bids=found.bids, asks=found.asks, last_price=last)
        )
        if found.kind is Kind.JUMP:
            self._print(found)

    def _print(self, found: Disturbed) -> None:
        """One small trade among the participants, buys and sells in turn."""
        found.turns += 1
        side = Side.BUY if found.turns % 2 else Side.SELL
        levels = found.asks if side is Side.BUY else found.bids
        if levels:
            self._host.execute(
                PlaceOrder(
                    account=MARKET_ACCOUNT,
                    instrument=found.instrument,
                    side=side,
                    order_type=OrderType.LIMIT,
                    time_in_force=TimeInForce.IOC,
                    quantity=min(found.step, levels[0][1]),
                    price=levels[0][0],
                )
            )


def _thin(levels: Sequence[Level], percent: int, step: int) -> tuple[Level, ...]:
    kept: list[Level] = []
    for far in THIN_AT:
        beyond = (level for level in levels if _distance(levels[0], level) >= far)
        found = next(beyond, None)
        if found is not None and found not in kept:
            kept.append(found)
    return tuple((price, max(1, lots * percent // 100 // step) * step) for price, lots in kept)


def _distance(best: Level, level: Level) -> int:
    return abs(level[0] - best[0]) * 10_000 // best[0]


def _shifted(
    bids: Sequence[Level], asks: Sequence[Level], percent: int
) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    """The same ladder somewhere else: every level as many ticks further as the middle is."""
    best = [levels[0][0] for levels in (bids, asks) if levels]
    if not best:
        return (), ()
    shift = sum(best) // len(best) * percent // 100

    def moved(levels: Sequence[Level]) -> tuple[Level, ...]:
        return tuple((price + shift, lots) for price, lots in levels if price + shift > 0)

    return moved(bids), moved(asks)


def _step(which: Traded) -> int:
    """The fewest lots whose value is a whole number of units at any price."""
    listing = which.listing
    return listing.value_denominator // gcd(listing.value_numerator, listing.value_denominator)
