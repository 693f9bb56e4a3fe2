"""A market without participants of its own: the crowd of the simulation is all there is.

Nothing is computed as time goes by, so a second of venue time costs nothing.
"""

from collections.abc import Sequence

import msgspec

from .. import venues
from ..engine.engine import Engine
from ..engine.events import Event
from ..exchange.database import Database
from ..exchange.host import Parts, discovered
from ..exchange.market.market import Apply, Market
from ..exchange.market.tape import Tape
from ..protocol.hosting import Traded

UNIT = 100_000_000


class QuietTape(Tape):
    """Its average is the last price: that is what order rules measure prices by."""

    def __init__(self, market: "QuietMarket") -> None:
        super().__init__(market)
        self._quiet = market

    def average_price(self, instrument: str, minutes: int) -> int:
        """The last price, in hundred-millionths."""
        del minutes
        market = self._quiet
        return int(market.engine.last_price(instrument) * market.ticks[instrument] * UNIT)


class QuietMarket(Market):
    """What the host asks of a market."""

    def __init__(self, seed: int, traded: Sequence[Traded], engine: Engine) -> None:
        super().__init__(seed, traded, engine)
        self.ticks = {one.listing.instrument: one.tick_size for one in traded}
        self.tape: Tape = QuietTape(self)

    def advance(self, tick: int, apply: Apply) -> None:
        """Time goes by."""
        del apply
        self.tick = tick

    def jump(self, tick: int, apply: Apply) -> None:
        """Time goes by faster."""
        del apply
        self.tick = max(tick, self.tick)

    def look(self, instrument: str, apply: Apply) -> None:
        """Nothing has changed."""

    def see(self, events: Sequence[Event]) -> None:
        """Nobody remembers."""

    def state(self) -> bytes:
        """The tick."""
        return msgspec.msgpack.encode(self.tick)

    def restore(self, state: bytes) -> None:
        """The tick."""
        self.tick = msgspec.msgpack.decode(state, type=int)


def parts(venue: str) -> Parts:
    """A real venue with a quiet market."""
    venues.facts(venue)
    found = discovered(venue)

    def market(seed: int, traded: Sequence[Traded], engine: Engine, _: Database) -> Market:
        return QuietMarket(seed, traded, engine)

    return Parts(found.facts, found.module, market)
