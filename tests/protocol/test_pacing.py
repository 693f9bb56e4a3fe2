"""Limits that slide, refill and decay: used to the end and never beyond, whatever the delay.

The judge is an obvious venue that keeps every arrival and counts them again each time. Fixed
windows are played against the real exchange in ``tests/client/test_budget.py``.
"""

import random
from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from tradewind.protocol.limits import SECOND, Limit, Scope, Shape
from tradewind.protocol.pacing import PIECES, SIZE, Edges, Pacer, Priority, fresh, register

MS = SECOND // 1000
START = 1_700_000_000 * SECOND
SHAPES = (Shape.SLIDING_WINDOW, Shape.TOKEN_BUCKET, Shape.DECAYING)
LIMITS = ((20, SECOND), (600, 5 * SECOND), (15, 45_454_545_455), (180, 48 * SECOND))
"""As the venues publish them: numbers and ns."""


class Obvious:
    """A venue's own idea of a limit, in whole numbers and without cleverness."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.arrived: list[tuple[int, int]] = []

    def used(self, now: int) -> float:
        """What counts at a moment."""
        limit = self.limit
        if limit.shape is Shape.SLIDING_WINDOW:
            return sum(much for at, much in self.arrived if now - limit.per < at <= now)
        level, last = 0.0, START
        for at, much in self.arrived:
            level = max(0.0, level - (at - last) * limit.limit / limit.per) + much
            last = at
        return max(0.0, level - (now - last) * limit.limit / limit.per)

    def arrive(self, at: int, much: int) -> bool:
        """Whether it is taken."""
        self.arrived = [each for each in self.arrived if at - each[0] < 8 * self.limit.per]
        self.arrived.append((at, much))
        return self.used(at) <= self.limit.limit + 1e-6


def pacer(limit: Limit) -> Pacer:
    words = [0] * SIZE
    fresh(words)
    register(words, 0, 1)
    return Pacer(words, 0, [limit], {}, nullcontext, lambda _: True)


def departures(
    limit: Limit, rng: random.Random, edges: Edges, windows: int, priority: Priority | None
) -> Iterator[tuple[int, int]]:
    """When requests leave for so many windows, and what each costs: all the time as soon as they
    may, or now and then.
    """
    paced, now = pacer(limit), START
    while now < START + windows * limit.per:
        much = rng.randint(1, 1 if limit.limit < 50 else 5)
        urgent = priority if priority is not None else rng.choice(list(Priority))
        charges = [(limit.name, much)]
        at = paced.wait_until(charges, urgent, now, edges)
        if at > now:
            assert not paced.take(charges, urgent, now, edges), "there was room, and it waited"
        now = at
        assert paced.take(charges, urgent, now, edges), "it waited as long as it was told"
        yield now, much
        if priority is None:
            now += rng.choice((0, 0, rng.randrange(limit.per // 10)))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("number", "per"), LIMITS)
def test_nothing_is_ever_refused(shape: Shape, number: int, per: int) -> None:
    """Requests of all kinds, bunched by delays up to the longest that is reckoned with."""
    limit = Limit("limit", number, per, Scope.IP, shape)
    for seed in range(6):
        rng = random.Random(seed)
        before = rng.choice((1, 50, 300)) * MS
        venue = Obvious(limit)
        sent = departures(limit, rng, Edges(before, 100 * MS), 4, None)
        arrivals = sorted((at + rng.choice((0, before, rng.randint(0, before))), much)
                          for at, much in sent)  # fmt: skip
        assert all(venue.arrive(at, much) for at, much in arrivals), seed


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("number", "per"), [(600, 5 * SECOND), (6000, 60 * SECOND)])
def test_a_limit_is_used_up(shape: Shape, number: int, per: int) -> None:
    """With more to send than may leave: 95 % and more of each of three windows, less the way."""
    limit = Limit("limit", number, per, Scope.IP, shape)
    edges = Edges(20 * MS, 125 * MS)
    rng = random.Random(1)
    used = [0] * 5
    for at, much in departures(limit, rng, edges, 4, Priority.CANCEL):
        used[(at - START) // per] += much
    way = per / (per + edges.before + edges.after)
    shares = [much / (number * way) for much in used[1:4]]
    print(f"{shape} {number} per {per / SECOND:g} s: {', '.join(f'{s:.1%}' for s in shares)}")
    assert min(shares) >= 0.95


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_given_back_can_be_used_at_once(shape: Shape) -> None:
    """A request that did not count after all."""
    limit = Limit("limit", 100, 10 * SECOND, Scope.IP, shape)
    paced, edges = pacer(limit), Edges()
    assert paced.take([("limit", 100)], Priority.CANCEL, START, edges)
    assert not paced.take([("limit", 30)], Priority.CANCEL, START, edges)
    paced.give_back([("limit", 30)], START, START)
    assert paced.take([("limit", 30)], Priority.CANCEL, START, edges)
    paced.credit([("limit", 10)], START, START)
    assert paced.usage(START)[0].used == 90


@pytest.mark.parametrize("shape", SHAPES)
def test_the_last_part_is_kept_for_what_matters_most(shape: Shape) -> None:
    """When questions have used all that they may, a cancel still goes."""
    limit = Limit("limit", 1000, 10 * SECOND, Scope.IP, shape)
    paced, edges = pacer(limit), Edges()
    while paced.take([("limit", 1)], Priority.QUERY, START, edges):
        pass
    assert paced.usage(START)[0].used == 960
    assert paced.take([("limit", 40)], Priority.CANCEL, START, edges)


def test_a_sliding_window_forgets_piece_by_piece() -> None:
    """Never before it may, and a piece of the window later at most."""
    limit = Limit("limit", 10, 64 * SECOND, Scope.IP, Shape.SLIDING_WINDOW)
    paced, edges = pacer(limit), Edges()
    assert paced.take([("limit", 10)], Priority.CANCEL, START, edges)
    free = paced.wait_until([("limit", 10)], Priority.CANCEL, START, edges)
    assert limit.per <= free - START <= limit.per + 4 * limit.per // PIECES
