"""The weather of a simulation: which fault strikes which message.

Kinds and effects are those of ``protocol.faults``, the box carries them out. Here is how often: one
draw from (seed, number) per message picks at most one of the faults of that point. Each fault
strikes each kind of message equally often per order: rare messages much more than common ones.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from .. import venues
from ..protocol.faults import CERTAIN, Active, Facts, Fault, Kind, Point, Schedule, draw
from ..protocol.operations import Proof
from .due import SPELLS, STRIKES, Due

QUESTION = "any question"
SPELL = "spell"

CHANCE_MAX = 60_000
"""Millionths: of a message that hardly ever comes, most still get through."""

FIRST_ORDERS = 20
FIRST_MESSAGES = 4
"""What a world begins to count with: its first message of a kind is not struck for certain."""

SEVERED = "connection lost, request on its way"
SEVERED_TIMES = 3
SEVERED_SECONDS = (0.2, 4.6)
"""It arrives so much later, still within its deadline: what is asked meanwhile finds nothing."""


class Chance(Struct, frozen=True):
    """A fault, and how many times as often as others it strikes."""

    kind: Kind
    value: int = 0
    name: str = ""
    times: int = 1

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
        Chance(Kind.LOSE, name="request lost"),
        Chance(Kind.OVERLOAD, name="venue overloaded"),
        Chance(Kind.LATE, 900, "request late"),
        Chance(Kind.LATE, PAST_DEADLINE, "request late past its deadline"),
        Chance(Kind.LATE, PAST_TIMEOUT, "request late past the timeout"),
    ),
    Point.ANSWER: (
        Chance(Kind.DROP, name="answer lost"),
        Chance(Kind.DELAY, 1_500, "answer late"),
        Chance(Kind.DELAY, PAST_TIMEOUT, "answer late past the timeout"),
        Chance(Kind.ERROR, 502, "gateway error"),
        Chance(Kind.TIMEOUT, name="status unknown"),
        Chance(Kind.CUT, 60, "answer cut"),
        Chance(Kind.DRIBBLE, 20, "answer byte by byte"),
    ),
    Point.FRAME: (
        Chance(Kind.DUPLICATE, name="report twice", times=5),
        Chance(Kind.REORDER, name="report late", times=5),
        Chance(Kind.GAP, name="report lost"),
        Chance(Kind.DISCONNECT, name="connection cut"),
    ),
}
"""Per point, in the order in which a draw picks them."""

LASTING: Mapping[str, tuple[Fault, ...]] = {
    "maintenance": (Fault(Kind.MAINTENANCE, seconds=3),),
    "ban": (Fault(Kind.BAN, seconds=2),),
    "silence": (Fault(Kind.FREEZE, seconds=8),),
}
"""What lasts for a while and concerns every message in it."""


class Storm(Schedule):
    """A schedule of ``protocol.faults`` that makes up its faults as messages come."""

    def __init__(
        self,
        seed: int,
        kinds: Mapping[str, str],
        orders: Callable[[], int],
        strikes: int = STRIKES,
        spells: int = SPELLS,
    ) -> None:
        """``kinds`` of operations (see ``kinds``); ``orders`` says how many there were so far;
        ``strikes`` of each fault on each kind and ``spells`` of each kind per million of them.
        """
        super().__init__()
        self.calm = False
        self.seen: Counter[str] = Counter()
        """Messages per step."""
        self.reports: set[str] = set()
        """Which of the steps are what the venue tells unasked, and answers over a WebSocket."""
        self.struck: Counter[tuple[str, str]] = Counter()
        """Faults per (what, step)."""
        self.spells = Due(spells, orders)
        self._seed = seed
        self._kinds = kinds
        self._orders = orders
        self._strikes = strikes
        self._asked = 0
        self._numbers = dict.fromkeys(CHANCES, 0)
        self._marks = {point: _mark(point) for point in CHANCES}

    def hits(self, point: Point, facts: Facts, now: int) -> list[Fault]:
        """Count a message, and give the faults that strike it."""
        found = super().hits(point, facts, now) if super().at(point) else []
        if self.calm or point not in CHANCES:
            return found
        number = self._numbers[point] = self._numbers[point] + 1
        if point is Point.FRAME:
            step = facts.channel.partition("@")[2] or facts.channel
        else:
            step = self._kinds.get(facts.operation, QUESTION)
        if point is not Point.ANSWER:
            self.seen[step] += 1
            if point is Point.FRAME:
                self.reports.add(step)
        left = draw(self._seed * 4 + _POINTS[point], number) // self._millionths(step)
        if left >= _TIMES[point]:
            return found
        for chance in CHANCES[point]:
            left -= chance.times
            if left < 0:
                self.struck[chance.label, step] += 1
                found.append(_fault(chance))
                break
        return found

    def severs(self, operation: Callable[[], str]) -> float:
        """Whether the client loses its connection while a request is on its way, as behind a
        gateway that gives up on what it has passed on: after how many seconds that arrives.
        """
        if self.calm:
            return 0.0
        number = self._asked = self._asked + 1
        drawn = draw(self._seed * 4 + len(_POINTS), number)
        if drawn >= SEVERED_TIMES * CHANCE_MAX:
            return 0.0
        step = self._kinds.get(operation(), QUESTION)
        if drawn >= SEVERED_TIMES * self._millionths(step):
            return 0.0
        self.struck[SEVERED, step] += 1
        least, most = SEVERED_SECONDS
        return least + (most - least) * draw(self._seed * 4 + len(_POINTS), -number) / CERTAIN

    def _millionths(self, step: str) -> int:
        """How often each fault strikes a message now."""
        orders, seen = self._orders() + FIRST_ORDERS, self.seen[step] + FIRST_MESSAGES
        return min(CHANCE_MAX, self._strikes * orders // seen + 1)

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
        """Begin something that lasts for a while, unless there was enough of it."""
        if not self.calm and self.spells.take(name):
            self.struck[name, SPELL] += 1
            for fault in LASTING[name]:
                self.set(fault, now)

    def end(self) -> None:
        """From now on nothing goes wrong any more."""
        self.calm = True
        self.clear()


_POINTS = {point: number for number, point in enumerate(CHANCES)}
_TIMES = {point: sum(chance.times for chance in row) for point, row in CHANCES.items()}
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


def kinds(venue: str) -> dict[str, str]:
    """By operation of a venue, what it is counted as: those that change orders each by itself,
    questions together. Whatever is no operation is about streams, and a question too.
    """
    rows = venues.part(venue, "operations").TABLE.by_name.values()
    return {row.name: QUESTION if row.proof is Proof.NOT_AN_ORDER else row.name for row in rows}
