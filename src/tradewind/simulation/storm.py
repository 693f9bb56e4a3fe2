"""The weather of a simulation: which fault strikes which message.

Kinds and effects are those of ``protocol.faults``, the box carries them out. Here is how often: one
draw from (seed, number) per message picks at most one of the faults of that point.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from .. import venues
from ..protocol.faults import CERTAIN, Active, Facts, Fault, Kind, Point, Schedule, draw
from ..protocol.operations import Proof

QUESTION = "any question"
MORE_MAX = 2_000
"""Twenty times as often, at most."""


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
        Chance(Kind.LOSE, 2_500, name="request lost"),
        Chance(Kind.LATE, 2_500, 900, "request late"),
        Chance(Kind.LATE, 2_500, PAST_DEADLINE, "request late past its deadline"),
        Chance(Kind.LATE, 2_500, PAST_TIMEOUT, "request late past the timeout"),
    ),
    Point.ANSWER: (
        Chance(Kind.DROP, 2_500, name="answer lost"),
        Chance(Kind.DELAY, 2_500, 1_500, "answer late"),
        Chance(Kind.DELAY, 2_500, PAST_TIMEOUT, "answer late past the timeout"),
        Chance(Kind.ERROR, 2_500, 502, "gateway error"),
        Chance(Kind.TIMEOUT, 2_500, name="status unknown"),
        Chance(Kind.CUT, 2_500, 60, "answer cut"),
        Chance(Kind.DRIBBLE, 2_500, 20, "answer byte by byte"),
    ),
    Point.FRAME: (
        Chance(Kind.DUPLICATE, 10_000, name="report twice"),
        Chance(Kind.REORDER, 10_000, name="report late"),
        Chance(Kind.GAP, 2_500, name="report lost"),
        Chance(Kind.DISCONNECT, 1_000, 0, "connection cut"),
    ),
}
"""Chosen so that each strikes a thousand times at each step of a million orders, and most orders
still get through."""

SEVERED = 2_500
"""Millionths of requests whose connection is lost while they are on their way."""

SPELLS: Mapping[str, tuple[Fault, ...]] = {
    "maintenance": (Fault(Kind.MAINTENANCE, seconds=3),),
    "ban": (Fault(Kind.BAN, seconds=2),),
    "silence": (Fault(Kind.FREEZE, seconds=8),),
}
"""What lasts for a while and concerns every message in it."""


class Storm(Schedule):
    """A schedule of ``protocol.faults`` that makes up its faults as messages come."""

    def __init__(self, seed: int, questions: frozenset[str]) -> None:
        super().__init__()
        self.calm = False
        self.seen: Counter[str] = Counter()
        """Messages per step."""
        self.struck: Counter[tuple[str, str]] = Counter()
        """Faults per (what, step)."""
        self._seed = seed
        self._questions = questions
        self._most = [1, 1]
        self._severed = 0
        self._numbers = dict.fromkeys(CHANCES, 0)
        self._marks = {point: _mark(point) for point in CHANCES}

    def hits(self, point: Point, facts: Facts, now: int) -> list[Fault]:
        """Count a message, and give the faults that strike it."""
        found = super().hits(point, facts, now) if super().at(point) else []
        if self.calm or point not in CHANCES:
            return found
        number = self._numbers[point] = self._numbers[point] + 1
        step = facts.channel or facts.operation
        if point is Point.FRAME:
            step = step.partition("@")[2] or step
        elif step in self._questions:
            step = QUESTION
        if point is not Point.ANSWER:
            self.seen[step] += 1
        often = self._often(point, step)
        left = draw(self._seed * 4 + _POINTS[point], number) * 100 // often
        for chance in CHANCES[point]:
            left -= chance.millionths
            if left < 0:
                self.struck[chance.label, step] += 1
                found.append(_fault(chance))
                break
        return found

    def severs(self, operation: str) -> float:
        """Whether the client loses its connection while a request is on its way, as behind a
        gateway that gives up on what it has passed on: after how many seconds that arrives.
        """
        if self.calm:
            return 0.0
        self._severed += 1
        step = QUESTION if operation in self._questions else operation
        if draw(self._seed * 4 + len(_POINTS), self._severed) * 100 >= SEVERED * self._often(
            Point.REQUEST, step
        ):
            return 0.0
        self.struck["connection lost, request on its way", step] += 1
        return 0.2 + 3.6 * draw(self._seed * 4 + len(_POINTS), -self._severed) / CERTAIN

    def _often(self, point: Point, step: str) -> int:
        """Hundredths by which chances are more: rare steps are struck as often as common ones."""
        if step == QUESTION:
            return 60
        most = self._most[point is Point.FRAME] = max(
            self._most[point is Point.FRAME], self.seen[step]
        )
        return min(MORE_MAX, 100 * most // max(1, self.seen[step]))

    def at(self, point: Point) -> list[Active]:
        """Those that strike there; one that says that there are some, where they are drawn."""
        found = super().at(point)
        mark = None if self.calm else self._marks.get(point)
        return found if found or mark is None else mark

    @property
    def armed(self) -> bool:
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


def questions(venue: str) -> frozenset[str]:
    """The operations of a venue that change no order; what goes wrong with them is counted
    together.
    """
    rows = venues.part(venue, "operations").TABLE.by_name.values()
    return frozenset(row.name for row in rows if row.proof is Proof.NOT_AN_ORDER)
