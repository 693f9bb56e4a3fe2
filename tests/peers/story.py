"""What is to be done: seeded orders, the same for every client.

An order's quantity is its name: no other order of the run has it. So the venue's records say which
intent an order belongs to, whatever client ids the programs used.
"""

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

KINDS = (
    ("market", 25),
    ("cross", 15),
    ("near", 10),
    ("rest", 10),
    ("rest cancel", 20),
    ("rest replace", 10),
    ("rest replace cancel", 10),
)
"""What happens to an order, and how often of a hundred."""

AWAY = {"cross": (20, 50), "near": (-3, 3), "rest": (-300, -40)}
"""How far a price may be through the middle of the book, in hundredths of a percent."""

WORTH = 40
"""The smallest order, in the quote asset: well above what the venue takes."""


class Spec(Struct, frozen=True):
    """One order. ``price`` is "" for a market order; prices and quantities are decimal texts."""

    instrument: str
    side: str
    quantity: str
    price: str = ""


class Story(Struct, frozen=True):
    """Place ``first``; where it says so, replace it by ``second``; then cancel what there is."""

    number: int
    first: Spec
    second: Spec | None = None
    cancel: bool = False

    @property
    def specs(self) -> list[Spec]:
        """The orders that are meant."""
        return [self.first] if self.second is None else [self.first, self.second]


def stories(
    seed: int, count: int, rules: Sequence[Mapping[str, Any]], middles: Mapping[str, Decimal]
) -> list[Story]:
    """``rules`` are rows of the admin API's ``/instruments``, ``middles`` where their books are."""
    chance = random.Random(seed)
    names, weights = zip(*KINDS, strict=True)
    by_id = {row["id"]: row for row in rules}
    found = []
    for number in range(count):
        instrument = chance.choice(sorted(middles))
        kind = chance.choices(names, weights)[0]
        tick, lot = (Decimal(by_id[instrument][name]) for name in ("tick_size", "lot_size"))
        middle, side = middles[instrument], chance.choice(("buy", "sell"))
        least = Decimal(WORTH) / middle // lot

        def spec(tag: int, how: str) -> Spec:
            quantity = (least + tag) * lot  # noqa: B023  # called within this turn
            if how == "market":
                return Spec(instrument, side, f"{quantity:f}")  # noqa: B023
            sign = 1 if side == "buy" else -1  # noqa: B023
            off = Decimal(sign * chance.randint(*AWAY[how])) / 10_000
            price = middle * (1 + off) // tick * tick  # noqa: B023
            return Spec(instrument, side, f"{quantity:f}", f"{price:f}")  # noqa: B023

        words = kind.split()
        first = spec(2 * number, words[0])
        second = spec(2 * number + 1, "rest") if "replace" in words else None
        found.append(Story(number, first, second, "cancel" in words))
    return found
