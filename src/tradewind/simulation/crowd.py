"""Everybody else at the venue: quotes that walk about, and trade with whatever they cross."""

import random

from msgspec import Struct

from ..engine.commands import Requote
from ..exchange.host import VenueHost
from ..model import Side

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
        self._spots = [_spot(host, traded.listing.instrument) for traded in host.traded]

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


def _spot(host: VenueHost, instrument: str) -> Spot:
    """The middle is where the venue's own participants left it."""
    engine = host.engine
    best = [levels[0][0] for side in Side if (levels := engine.levels(instrument, side, 1))]
    origin = sum(best) // len(best) if best else engine.last_price(instrument)
    traded = next(one for one in host.traded if one.listing.instrument == instrument)
    step = max(1, origin // 10_000)
    price = origin * traded.tick_size
    lots = max(1, round(100 / price / traded.lot_size))
    return Spot(instrument, origin, step, lots)
