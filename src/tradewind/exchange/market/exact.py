"""Splitting lots and their value exactly over bars, within the prices that these may have.

A bar of one side (buyers or sellers) has ``quantity`` lots worth ``value`` (ticks times lots). Its
children have given price ranges and must share both to the last unit. Every print lies between low
and high, and some single lots are bound: the first print is at the open and the last at the close,
whoever takes there, and a buyer marks the high, a seller the low.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Ranges(NamedTuple):
    """Prices of the children in ticks; ``lows`` and ``highs`` may grow, between those of all."""

    opens: Sequence[int]
    highs: list[int]
    lows: list[int]
    closes: Sequence[int]

    def width(self) -> int:
        """The sum of all ranges; they only grow."""
        return sum(self.highs) - sum(self.lows)

    def bounds(self, lots: Sequence[int], kept: int, buying: bool) -> tuple[list[int], list[int]]:
        """The least and most value each child can have; of its range a ``2 ** kept`` part is kept
        free at both ends, so that it can be shared in turn.
        """
        least, most = [], []
        for q, opened, high, low, closed in zip(lots, *self, strict=True):
            below = opened + closed - 2 * low + (high - low if buying else 0)
            above = 2 * high - opened - closed + (0 if buying else high - low)
            margin = (q >> kept) * (high - low)
            least.append(q * low + max(margin, below))
            most.append(q * high - max(margin, above))
        return least, most


def share(
    quantity: int,
    value: int,
    buying: bool,
    counts: Sequence[int],
    ranges: Ranges,
    means: Sequence[float],
    weights: Sequence[float],
) -> tuple[list[int], list[int]]:
    """Lots and values of the children; each gets at least ``counts`` lots.

    The volume leans towards the children whose mean price makes the sum come out; what is left is
    spread over the room between lows and highs. Where that is too little, as with coarse ticks,
    the children's ranges grow towards the range of all.
    """
    lows, highs = ranges.lows, ranges.highs
    lots = _lots(quantity, value, counts, lows, highs, means, weights)
    bottom, top = min(lows), max(highs)
    for kept in (3, 4, 5, 6, 60):
        for _ in range(6):
            least, most = ranges.bounds(lots, kept, buying)
            if value < sum(least):
                lows[:] = [low - (low - bottom + 1) // 2 for low in lows]
            elif value > sum(most):
                highs[:] = [high + (top - high + 1) // 2 for high in highs]
            else:
                return lots, _values(value, lots, means, least, most)
    raise ArithmeticError("no exact split of a bar")


def _lots(
    quantity: int,
    value: int,
    counts: Sequence[int],
    lows: Sequence[int],
    highs: Sequence[int],
    means: Sequence[float],
    weights: Sequence[float],
) -> list[int]:
    """Lots by weight, leaning towards the prices that are missing; no child loses most of its."""
    means = [
        min(high - (high - low) / 8, max(low + (high - low) / 8, mean))
        for mean, low, high in zip(means, lows, highs, strict=True)
    ]
    free = quantity - sum(counts)
    whole = sum(weights)
    centre = sum(w * m for w, m in zip(weights, means, strict=True)) / whole
    spread = sum(w * (m - centre) ** 2 for w, m in zip(weights, means, strict=True)) / whole
    leaning = list(weights)
    if spread > 1e-9 and free:
        wanted = (value - sum(n * m for n, m in zip(counts, means, strict=True))) / free
        bound = 0.7 / max(max(means) - centre, centre - min(means))
        lean = max(-bound, min(bound, (wanted - centre) / spread))
        leaning = [w * (1 + lean * (m - centre)) for w, m in zip(weights, means, strict=True)]
        whole = sum(leaning)
    tilted = [int(w / whole * 1e9) + 1 for w in leaning]
    total = sum(tilted)
    so_far = given = 0
    lots = []
    for weight, count in zip(tilted, counts, strict=True):
        so_far += weight
        upto = free * so_far // total
        lots.append(count + upto - given)
        given = upto
    return lots


def _values(
    value: int, lots: list[int], means: Sequence[float], least: list[int], most: list[int]
) -> list[int]:
    values = [
        min(high, max(low, int(q * mean)))
        for q, mean, low, high in zip(lots, means, least, most, strict=True)
    ]
    missing = value - sum(values)
    if missing > 0:
        room = [high - v for v, high in zip(values, most, strict=True)]
    else:
        room = [low - v for v, low in zip(values, least, strict=True)]
    whole = sum(room)
    if not missing:
        return values
    so_far = given = 0
    for j, space in enumerate(room):
        so_far += space
        upto = missing * so_far // whole if whole else 0
        values[j] += upto - given
        given = upto
    return values
