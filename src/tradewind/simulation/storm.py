"""The weather of a simulation: which fault strikes which message.

Kinds and effects are those of ``protocol.faults``, the box carries them out. Here is how often: one
draw from (seed, number) per message picks at most one of the faults of that point.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from ..protocol.faults import CERTAIN, Active, Facts, Fault, Kind, Point, Schedule, draw

SECOND = 1_000_000_000


class Chance(Struct, frozen=True):
    """A fault and how often it strikes, in millionths of the messages of its point."""

    kind: Kind
    millionths: int
    value: int = 0
    name: str = ""

    @property
    def label(self) -> str:
        """What it is called in the report."""
        return self.name or self.kind.value


PAST_DEADLINE = 6_000
"""Milliseconds after which a venue that checks a deadline of five seconds refuses."""

PAST_TIMEOUT = 12_000
"""Milliseconds after which a client that waits ten seconds has given up."""

CHANCES: Mapping[Point, Sequence[Chance]] = {
    Point.REQUEST: (
        Chance(Kind.LOSE, 6_000, name="request lost"),
        Chance(Kind.LATE, 6_000, 900, "request late"),
        Chance(Kind.LATE, 6_000, PAST_DEADLINE, "request late past its deadline"),
        Chance(Kind.LATE, 3_000, PAST_TIMEOUT, "request late past the timeout"),
    ),
    Point.ANSWER: (
        Chance(Kind.DROP, 6_000, name="answer lost"),
        Chance(Kind.DELAY, 6_000, 1_500, "answer late"),
        Chance(Kind.DELAY, 6_000, PAST_TIMEOUT, "answer late past the timeout"),
        Chance(Kind.ERROR, 6_000, 502, "gateway error"),
        Chance(Kind.TIMEOUT, 6_000, name="status unknown"),
        Chance(Kind.CUT, 6_000, 60, "answer cut"),
        Chance(Kind.DRIBBLE, 3_000, 20, "answer byte by byte"),
    ),
    Point.FRAME: (
        Chance(Kind.DUPLICATE, 20_000, name="report twice"),
        Chance(Kind.REORDER, 20_000, name="report late"),
        Chance(Kind.GAP, 5_000, name="report lost"),
        Chance(Kind.DISCONNECT, 1_000, 0, "connection cut"),
    ),
}
"""Chosen so that each strikes a thousand times at each step of a million orders, and most orders
still get through."""

SPELLS: Mapping[str, tuple[Fault, ...]] = {
    "maintenance": (Fault(Kind.MAINTENANCE, seconds=8),),
    "ban": (Fault(Kind.BAN, seconds=5),),
    "silence": (Fault(Kind.FREEZE, seconds=20),),
}
"""What lasts for a while and concerns every message in it."""


class Storm(Schedule):
    """A schedule of ``protocol.faults`` that makes up its faults as messages come."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.calm = False
        self.seen: Counter[str] = Counter()
        """Messages per step."""
        self.struck: Counter[tuple[str, str]] = Counter()
        """Faults per (what, step)."""
        self._seed = seed
        self._numbers = dict.fromkeys(CHANCES, 0)
        self._marks = {point: _mark(point) for point in CHANCES}

    def hits(self, point: Point, facts: Facts, now: int) -> list[Fault]:
        """Count a message, and give the faults that strike it."""
        found = super().hits(point, facts, now) if super().at(point) else []
        if self.calm or point not in CHANCES:
            return found
        number = self._numbers[point] = self._numbers[point] + 1
        step = _step(facts)
        if point is not Point.ANSWER:
            self.seen[step] += 1
        left = draw(self._seed * 4 + _POINTS[point], number)
        for chance in CHANCES[point]:
            left -= chance.millionths
            if left < 0:
                self.struck[chance.label, step] += 1
                found.append(_fault(chance))
                break
        return found

    def at(self, point: Point) -> list[Active]:
        """Those that strike there; one that says that there are some, where they are drawn."""
        found = super().at(point)
        mark = None if self.calm else self._marks.get(point)
        return found if found or mark is None else mark

    @property
    def armed(self) -> bool:  # type: ignore[override]  # worked out here, kept there
        """Whether any fault of requests is set."""
        return not self.calm or super().at(Point.DOOR) != []

    @armed.setter
    def armed(self, value: bool) -> None:
        """The plain schedule's own idea of it: not asked."""

    def spell(self, name: str, now: int) -> None:
        """Begin something that lasts for a while."""
        if not self.calm:
            self.struck[name, "spell"] += 1
            for fault in SPELLS[name]:
                self.set(fault, now)

    def end(self) -> None:
        """From now on nothing goes wrong any more."""
        self.calm = True
        self.clear()


_POINTS = {point: number for number, point in enumerate(CHANCES)}
_FAULTS: dict[Chance, Fault] = {}


def _fault(chance: Chance) -> Fault:
    found = _FAULTS.get(chance)
    if found is None:
        found = Fault(chance.kind)
        if chance.value:
            found = Fault(chance.kind, value=chance.value)
        _FAULTS[chance] = found
    return found


def _mark(point: Point) -> list[Active]:
    """A fault of the point that never strikes by itself."""
    return [Active(0, Fault(CHANCES[point][0].kind, probability=CERTAIN), until=1)]


def _step(facts: Facts) -> str:
    """What the message was: an operation, or the kind of frame."""
    return facts.channel or facts.operation
