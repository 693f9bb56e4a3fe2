"""Everybody else at the venue: quotes that walk about, and trade with whatever they cross."""

import random

from msgspec import Struct

from ..engine.commands import Requote
from ..exchange.host import VenueHost
from ..exchange.market.universe import known, spec_of
from ..protocol.hosting import Traded

LEVELS = 5
"""On each side; a market order of ours meets several of them."""

WALK = 12
"""How far the middle goes at once, in steps of the ladder: enough to fill what rests near it."""

LEASH = 60
"""How far from where it began it may get, in steps: bots must not run out of one asset."""


class Spot(Struct):
    """One instrument: where its middle began, and where it is."""

    instrument: str
    origin: int
    step: int
    lots: int
    at: int = 0


class Crowd:
    """The market makers of all instruments."""

    def __init__(self, host: VenueHost, seed: int) -> None:
        self._chance = random.Random(f"{seed}/crowd")
        self._spots = [_spot(traded) for traded in host.traded]

    def act(self, host: VenueHost) -> None:
        """Quote one instrument anew."""
        chance = self._chance
        spot = self._spots[chance.randrange(len(self._spots))]
        spot.at = max(-LEASH, min(LEASH, spot.at + chance.randint(-WALK, WALK)))
        middle = spot.origin + spot.at * spot.step
        bids, asks = (
            tuple(
                (middle + sign * spot.step * (level + 1), spot.lots * chance.randint(1, 9))
                for level in range(LEVELS)
            )
            for sign in (-1, 1)
        )
        host.execute(Requote(instrument=spot.instrument, bids=bids, asks=asks, last_price=middle))


def _spot(traded: Traded) -> Spot:
    """The middle begins where the market of a box does."""
    spec = known(traded.id) or spec_of(traded.id, traded.tick_size, traded.lot_size)
    origin = round(spec.price / traded.tick_size)
    lots = max(1, round(100 / spec.price / traded.lot_size))
    return Spot(traded.listing.instrument, origin, max(1, origin // 10_000), lots)
