"""When a fault strikes: pure functions of its description and a number."""

import pytest

from tradewind.model import Misconfigured
from tradewind.protocol.faults import (
    EFFECTS,
    FAULTS_MAX,
    Facts,
    Fault,
    Kind,
    Point,
    Schedule,
    draw,
    fault_of,
    strikes,
    told,
)

HERE = Facts("toy", "bob", "order.place", peer="127.0.0.1")


def _struck(fault: Fault, count: int) -> list[int]:
    return [number for number in range(1, count + 1) if strikes(fault, number)]


def test_nth_every_and_chance_agree() -> None:
    """All that is said must hold."""
    assert _struck(Fault(Kind.DROP), 3) == [1, 2, 3]
    assert _struck(Fault(Kind.DROP, nth=2), 5) == [2]
    assert _struck(Fault(Kind.DROP, every=2), 5) == [2, 4]
    some = _struck(Fault(Kind.DROP, probability=300_000, seed=5), 1_000)
    assert 220 < len(some) < 380
    assert _struck(Fault(Kind.DROP, probability=300_000, seed=5, every=2), 1_000) == [
        number for number in some if number % 2 == 0
    ]


def test_chance_is_a_function_of_seed_and_number() -> None:
    """Another seed is another chance; neighbours do not resemble each other."""
    assert [draw(1, n) for n in range(5)] == [draw(1, n) for n in range(5)]
    assert [draw(1, n) for n in range(5)] != [draw(2, n) for n in range(5)]
    drawn = sorted(draw(9, n) for n in range(2_000))
    assert drawn[0] < 5_000
    assert drawn[-1] > 995_000


@pytest.mark.parametrize(
    ("fault", "strikes_here"),
    [
        (Fault(Kind.DROP), True),
        (Fault(Kind.DROP, venue="toy", account="bob", operation="order.*"), True),
        (Fault(Kind.DROP, peer="127.0.0.2"), False),
        (Fault(Kind.DROP, account="alice"), False),
        (Fault(Kind.DROP, operation="order.cancel"), False),
        (Fault(Kind.DROP, venue="other"), False),
    ],
)
def test_selectors_choose(fault: Fault, strikes_here: bool) -> None:
    """Empty ones match everything."""
    schedule = Schedule()
    schedule.set(fault, 0)
    assert bool(schedule.hits(Point.ANSWER, HERE, 0)) is strikes_here


def test_only_matching_things_are_counted() -> None:
    """The n-th of its own kind."""
    schedule = Schedule()
    schedule.set(Fault(Kind.DROP, operation="order.place", nth=2), 0)
    other = Facts("toy", "bob", "time")
    hits = [schedule.hits(Point.ANSWER, facts, 0) for facts in (other, HERE, other, HERE, HERE)]
    assert [bool(each) for each in hits] == [False, False, False, True, False]


def test_count_and_time_end_it() -> None:
    """Spent faults stay listed until cleared, expired ones go."""
    schedule = Schedule()
    schedule.set(Fault(Kind.DROP, count=1), 0)
    schedule.set(Fault(Kind.DELAY, seconds=2), 0)
    second = 1_000_000_000
    assert [f.kind for f in schedule.hits(Point.ANSWER, HERE, 0)] == [Kind.DROP, Kind.DELAY]
    assert [f.kind for f in schedule.hits(Point.ANSWER, HERE, second)] == [Kind.DELAY]
    assert schedule.hits(Point.ANSWER, HERE, 2 * second) == []
    assert [a.fault.kind for a in schedule.expire(2 * second)] == [Kind.DELAY]
    assert [a.fault.kind for a in schedule.all()] == [Kind.DROP]


def test_two_schedules_agree() -> None:
    """The same faults and the same requests: the same outcome, whoever asks."""

    def play() -> list[list[Kind]]:
        schedule = Schedule()
        schedule.set(Fault(Kind.DROP, probability=400_000, seed=1), 0)
        schedule.set(Fault(Kind.DELAY, every=3), 0)
        return [[f.kind for f in schedule.hits(Point.ANSWER, HERE, n)] for n in range(50)]

    assert play() == play()


def test_there_is_a_bound() -> None:
    """A runaway script meets an end."""
    schedule = Schedule()
    for _ in range(FAULTS_MAX):
        schedule.set(Fault(Kind.DROP), 0)
    with pytest.raises(Misconfigured, match="clear some"):
        schedule.set(Fault(Kind.DROP), 0)


def test_words_come_back_as_they_were_given() -> None:
    """JSON in, JSON out; the usual value where none was said."""
    schedule = Schedule()
    words = {"kind": "delay", "venue": "toy", "probability": 0.25, "seed": 4}
    said = told(schedule.set(fault_of(words), 0))
    assert said == {"number": 1, **words, "value": 5_000, "seen": 0, "struck": 0}


def test_every_kind_is_described() -> None:
    """Once, with where it strikes."""
    assert set(EFFECTS) == set(Kind)
