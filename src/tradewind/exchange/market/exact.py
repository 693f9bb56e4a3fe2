"""Splitting lots and their value exactly over bars or prints, within the prices they may have.

A bar of one side (buyers or sellers) has ``quantity`` lots worth ``value`` (ticks times lots). Its
children have given price ranges and must share both to the last unit. What can be reached by a
child is bounded: every print lies between its low and high, and up to SLACK single lots are needed
at given prices (its open, its close, its extreme).
"""

from collections.abc import Sequence

SLACK = 3


def share(
    quantity: int,
    value: int,
    counts: Sequence[int],
    lows: Sequence[int],
    highs: Sequence[int],
    means: Sequence[float],
    weights: Sequence[float],
) -> tuple[list[int], list[int]]:
    """Lots and values of the children; each gets at least ``counts`` lots.

    The volume leans towards the children whose mean price makes the sum come out; what is left is
    spread over the room between lows and highs.
    """
    means = [
        min(high - (high - low) / 8, max(low + (high - low) / 8, mean))
        for mean, low, high in zip(means, lows, highs, strict=True)
    ]
    lots = _lots(quantity, value, counts, means, weights)
    for kept in (2, 3, 4, 6, 60):
        # A wide margin first, so that the children can share in turn; none when it must be.
        for _ in range(8 * len(lots)):
            room = [
                max(SLACK, q >> kept) * (high - low)
                for q, low, high in zip(lots, lows, highs, strict=True)
            ]
            least = [q * low + r for q, low, r in zip(lots, lows, room, strict=True)]
            most = [q * high - r for q, high, r in zip(lots, highs, room, strict=True)]
            if value < sum(least):
                missing, ranks = sum(least) - value, [-low for low in lows]
            elif value > sum(most):
                missing, ranks = value - sum(most), list(highs)
            else:
                return lots, _values(value, lots, means, least, most)
            if not _move(lots, counts, ranks, missing):
                break
    raise ArithmeticError("no exact split of a bar")


def _lots(
    quantity: int,
    value: int,
    counts: Sequence[int],
    means: Sequence[float],
    weights: Sequence[float],
) -> list[int]:
    free = quantity - sum(counts)
    wanted = (
        (value - sum(n * m for n, m in zip(counts, means, strict=True))) / free if free else 0.0
    )
    leaning = list(weights)
    whole = sum(leaning)
    for _ in range(12):
        centre = sum(w * m for w, m in zip(leaning, means, strict=True)) / whole
        spread = sum(w * (m - centre) ** 2 for w, m in zip(leaning, means, strict=True)) / whole
        if spread <= 1e-9:
            break
        lean = (wanted - centre) / spread
        bound = 0.7 / max(max(means) - centre, centre - min(means))
        enough = -bound <= lean <= bound
        lean = max(-bound, min(bound, lean))
        leaning = [w * (1 + lean * (m - centre)) for w, m in zip(leaning, means, strict=True)]
        whole = sum(leaning)
        if enough:
            break
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


def _move(lots: list[int], counts: Sequence[int], ranks: Sequence[int], missing: int) -> bool:
    """Move lots to the child with the best rank from the one with the worst that can spare any."""
    able = [j for j, count in enumerate(counts) if lots[j] > 2 * count + 1]
    if not able:
        return False
    target = max(range(len(lots)), key=ranks.__getitem__)
    source = min(able, key=ranks.__getitem__)
    gap = ranks[target] - ranks[source]
    if gap <= 0:
        return False
    moved = min((lots[source] - 2 * counts[source] + 1) // 2, -(-missing // gap))
    lots[source] -= moved
    lots[target] += moved
    return True


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
