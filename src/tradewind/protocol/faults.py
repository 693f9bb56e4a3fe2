"""Faults: what can go wrong on purpose, when, and for whom. Pure, shared by box and simulation.

    facts of a request, an answer, a frame ... --Schedule.hits--> the faults that strike now

Whether a fault strikes is a function of its own description and of how many matching things it has
seen: the n-th, every n-th, or by a draw from (seed, n). The same run meets the same faults.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum, unique
from fnmatch import fnmatchcase

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ..model import Misconfigured

CERTAIN = 1_000_000
"""Probabilities are millionths."""

FAULTS_MAX = 100
"""Set at once; each costs a comparison per request."""

_MASK = (1 << 64) - 1


@unique
class Point(StrEnum):
    """Where on the way of a message a fault strikes."""

    REQUEST = "request"  # before the venue has it
    ANSWER = "answer"  # after everything was done
    FRAME = "frame"  # what a stream pushes
    DOOR = "door"  # requests and handshakes alike
    TLS = "tls"  # the handshake below all that
    MARKET = "market"  # the market itself


@unique
class Kind(StrEnum):
    """What goes wrong."""

    LOSE = "lose"
    LATE = "late"
    SKEW = "skew"
    OVERLOAD = "overload"
    DROP = "drop"
    ERROR = "error"
    TIMEOUT = "timeout"
    DELAY = "delay"
    CUT = "cut"
    DRIBBLE = "dribble"
    GAP = "gap"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    FREEZE = "freeze"
    CROSSED = "crossed"
    DISCONNECT = "disconnect"
    BAN = "ban"
    MAINTENANCE = "maintenance"
    CERTIFICATE = "certificate"
    EMPTY = "empty"
    THIN = "thin"
    JUMP = "jump"
    HALT = "halt"


class Effect(Struct, frozen=True):
    """A kind: where it strikes, what it does, what remains true, and what ``value`` is."""

    point: Point
    does: str
    truth: str
    value: str = ""
    default: int = 0
    least: int = 0
    most: int = 0


EFFECTS: Mapping[Kind, Effect] = {
    Kind.LOSE: Effect(
        Point.REQUEST, "the connection is closed instead of an answer", "nothing was done"
    ),
    Kind.LATE: Effect(
        Point.REQUEST, "the request arrives later", "it is judged when it arrives",
        "milliseconds", 6_000, 1, 600_000,
    ),
    Kind.SKEW: Effect(
        Point.REQUEST, "the venue's clock is off: in times shown and in what is fresh",
        "matching and limits keep the right time", "milliseconds, negative is behind",
        -2_000, -86_400_000, 86_400_000,
    ),
    Kind.OVERLOAD: Effect(
        Point.REQUEST, "the venue's own word for: too busy", "nothing was done"
    ),
    Kind.DROP: Effect(
        Point.ANSWER, "the connection is closed instead of an answer", "everything was done"
    ),
    Kind.ERROR: Effect(
        Point.ANSWER, "a gateway's error page instead of the answer", "everything was done",
        "status", 502, 500, 599,
    ),
    Kind.TIMEOUT: Effect(
        Point.ANSWER, "the venue's own word for: status unknown", "everything was done",
        "which of its words for it, 0 is the usual one", 0, 0, 9,
    ),
    Kind.DELAY: Effect(
        Point.ANSWER, "the answer comes later", "everything was done at once",
        "milliseconds", 5_000, 1, 600_000,
    ),
    Kind.CUT: Effect(
        Point.ANSWER, "the connection is cut inside the answer", "everything was done",
        "bytes of the answer that still arrive", 60, 0, 1 << 20,
    ),
    Kind.DRIBBLE: Effect(
        Point.ANSWER, "the answer comes byte by byte", "everything was done",
        "milliseconds a byte", 20, 1, 10_000,
    ),
    Kind.GAP: Effect(Point.FRAME, "a frame is left out", "later ones go on from the true state"),
    Kind.DUPLICATE: Effect(Point.FRAME, "a frame comes twice", "it happened once"),
    Kind.REORDER: Effect(Point.FRAME, "a frame comes after the next one", "nothing is missing"),
    Kind.FREEZE: Effect(
        Point.FRAME, "nothing but pings and pongs comes", "the venue and its markets go on"
    ),
    Kind.CROSSED: Effect(
        Point.FRAME, "bids and asks are shown exchanged", "the book itself is in order"
    ),
    Kind.DISCONNECT: Effect(
        Point.FRAME, "the connection ends", "the next one is accepted",
        "close code, 0 cuts without a word", 0, 0, 4_999,
    ),
    Kind.BAN: Effect(
        Point.DOOR, "requests and handshakes are refused as for a banned address",
        "orders stay as they are",
    ),
    Kind.MAINTENANCE: Effect(
        Point.DOOR, "requests and handshakes are refused, streams end", "orders stay as they are"
    ),
    Kind.CERTIFICATE: Effect(
        Point.TLS, "new TLS connections are shown a certificate that is not good",
        "who goes on has accepted it",
    ),
    Kind.EMPTY: Effect(Point.MARKET, "nobody quotes", "own orders stay in the book"),
    Kind.THIN: Effect(
        Point.MARKET, "little is quoted", "it is traded as shown",
        "percent of the quantity that is left", 1, 1, 99,
    ),
    Kind.JUMP: Effect(
        Point.MARKET, "the price jumps and stays there", "orders in its way are filled",
        "percent, negative falls", -10, -90, 900,
    ),
    Kind.HALT: Effect(Point.MARKET, "the instrument takes no orders", "own orders stay"),
}  # fmt: skip
"""All kinds, in the order they are told."""

FLAWS = ("expired", "wrong", "stranger")
"""Certificates: out of date; for another name; from an authority that nobody knows."""

ON_THE_WAY = frozenset({Point.REQUEST, Point.DOOR, Point.ANSWER, Point.FRAME})


class Fault(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One fault. Empty selectors match everything; ``operation`` and ``channel`` may hold ``*``.

    ``nth`` strikes once, ``every`` again and again, ``probability`` (millionths) by chance from
    ``seed``; together, all must agree. ``count`` is how often at most (0: no limit), ``seconds``
    of venue time how long (0: until cleared). ``value`` and ``flaw`` are as the kind has them.
    """

    kind: Kind
    venue: str = ""
    account: str = ""
    operation: str = ""
    channel: str = ""
    instrument: str = ""
    peer: str = ""
    nth: int = 0
    every: int = 0
    probability: int = CERTAIN
    seed: int = 0
    count: int = 0
    seconds: float = 0
    value: int | UnsetType = UNSET
    flaw: str = ""

    @property
    def amount(self) -> int:
        """``value``, or the kind's usual one."""
        return EFFECTS[self.kind].default if self.value is UNSET else self.value

    @property
    def point(self) -> Point:
        """Where it strikes."""
        return EFFECTS[self.kind].point


class Facts(Struct, frozen=True):
    """What is known of the thing at hand."""

    venue: str
    account: str = ""
    operation: str = ""
    channel: str = ""
    instrument: str = ""
    peer: str = ""


class Active(Struct):
    """A fault that is set: its number, when it ends (venue ns, 0 never), what it has seen."""

    number: int
    fault: Fault
    until: int = 0
    seen: int = 0
    struck: int = 0

    def alive(self, now: int) -> bool:
        """Whether it may still strike."""
        return not (self.until and now >= self.until) and not self.spent

    def concerns(self, facts: Facts, now: int) -> bool:
        """Whether it is about such a thing, now."""
        return self.alive(now) and matches(self.fault, facts)

    @property
    def spent(self) -> bool:
        """Whether it has struck as often as it may."""
        fault = self.fault
        return bool((fault.count and self.struck >= fault.count) or (fault.nth and self.struck))


class Schedule:
    """The faults that are set, and their counters."""

    def __init__(self, actives: Sequence[Active] = ()) -> None:
        self._actives = list(actives)
        self._number = max((active.number for active in actives), default=0)
        self._sort()

    def set(self, fault: Fault, now: int) -> Active:
        """Add one. Raises Misconfigured with what is wrong."""
        check(fault)
        if len(self._actives) >= FAULTS_MAX:
            raise Misconfigured(f"there are {FAULTS_MAX} faults already; clear some")
        self._number += 1
        until = now + round(fault.seconds * 1_000_000_000) if fault.seconds else 0
        active = Active(self._number, fault, until)
        self._actives.append(active)
        self._sort()
        return active

    def clear(self, number: int | None = None) -> list[Active]:
        """Take out one, or all. Raises Misconfigured when there is no such."""
        gone = [a for a in self._actives if number is None or a.number == number]
        if number is not None and not gone:
            here = ", ".join(str(a.number) for a in self._actives) or "none"
            raise Misconfigured(f"there is no fault {number}; there are: {here}")
        self._actives = [a for a in self._actives if a not in gone]
        self._sort()
        return gone

    def expire(self, now: int) -> list[Active]:
        """Take out what is over."""
        gone = [a for a in self._actives if a.until and now >= a.until]
        for active in gone:
            self.clear(active.number)
        return gone

    def all(self) -> list[Active]:
        """Every one that is set, oldest first."""
        return list(self._actives)

    def at(self, point: Point) -> list[Active]:
        """Those that strike there."""
        return self._by_point.get(point, [])

    def hits(self, point: Point, facts: Facts, now: int) -> list[Fault]:
        """Count a thing, and give the faults that strike it, oldest first."""
        actives = self._by_point.get(point, ())
        return [active.fault for active in actives if self.hits_one(active, facts, now)]

    @staticmethod
    def hits_one(active: Active, facts: Facts, now: int) -> bool:
        """The same for one fault: count, and say whether it strikes."""
        if not active.concerns(facts, now):
            return False
        active.seen += 1
        if not strikes(active.fault, active.seen):
            return False
        active.struck += 1
        return True

    def _sort(self) -> None:
        self._by_point: dict[Point, list[Active]] = {}
        for active in self._actives:
            self._by_point.setdefault(active.fault.point, []).append(active)
        self.armed = bool(self._by_point.keys() & ON_THE_WAY)
        """Whether any of them is about requests, answers or frames."""


def matches(fault: Fault, facts: Facts) -> bool:
    """Whether a thing is one that the fault is about."""
    return (
        _same(fault.venue, facts.venue)
        and _same(fault.account, facts.account)
        and _same(fault.peer, facts.peer)
        and _same(fault.instrument, facts.instrument)
        and _like(fault.operation, facts.operation)
        and _like(fault.channel, facts.channel)
    )


def strikes(fault: Fault, number: int) -> bool:
    """Whether the fault strikes the ``number``-th matching thing, counted from 1."""
    if fault.nth and number != fault.nth:
        return False
    if fault.every and number % fault.every:
        return False
    return fault.probability >= CERTAIN or draw(fault.seed, number) < fault.probability


def draw(seed: int, number: int) -> int:
    """A number below a million from (seed, number): splitmix64, no state."""
    x = (seed * 0x9E3779B97F4A7C15 + number * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return (x ^ (x >> 31)) % CERTAIN


def check(fault: Fault) -> None:
    """Raise Misconfigured for a fault that means nothing."""
    effect = EFFECTS[fault.kind]
    if fault.value is not UNSET:
        if not effect.value:
            raise Misconfigured(f"{fault.kind.value} takes no value")
        if not effect.least <= fault.value <= effect.most:
            raise Misconfigured(
                f"the value of {fault.kind.value} ({effect.value}) is between {effect.least} and "
                f"{effect.most}, not {fault.value}"
            )
    if not 0 < fault.probability <= CERTAIN:
        raise Misconfigured("a probability is above 0 and at most 1")
    if min(fault.nth, fault.every, fault.count) < 0 or fault.seconds < 0:
        raise Misconfigured("nth, every, count and seconds are not negative")
    if effect.point is Point.MARKET and not fault.instrument:
        raise Misconfigured(f"{fault.kind.value} needs an instrument")
    if fault.kind is Kind.CERTIFICATE and fault.flaw not in FLAWS:
        raise Misconfigured(f"the flaw of a certificate is one of: {', '.join(FLAWS)}")
    if fault.kind is not Kind.CERTIFICATE and fault.flaw:
        raise Misconfigured(f"{fault.kind.value} has no flaw")


def fault_of(words: Mapping[str, object]) -> Fault:
    """A fault from JSON words; ``probability`` there is between 0 and 1. Raises Misconfigured."""
    found = dict(words)
    chance = found.get("probability", 1)
    if not isinstance(chance, int | float) or isinstance(chance, bool):
        raise Misconfigured("a probability is a number between 0 and 1")
    found["probability"] = round(chance * CERTAIN)
    try:
        fault = msgspec.convert(found, Fault)
    except msgspec.ValidationError as error:
        kinds = ", ".join(kind.value for kind in Kind)
        raise Misconfigured(f"no such fault ({error}); the kinds are: {kinds}") from None
    check(fault)
    return fault


def told(active: Active) -> dict[str, object]:
    """An active fault as JSON words."""
    words: dict[str, object] = {"number": active.number, **msgspec.to_builtins(active.fault)}
    if active.fault.probability < CERTAIN:
        words["probability"] = active.fault.probability / CERTAIN
    if EFFECTS[active.fault.kind].value:
        words["value"] = active.fault.amount
    return {**words, "seen": active.seen, "struck": active.struck}


def _same(wanted: str, found: str) -> bool:
    return not wanted or wanted == found


def _like(wanted: str, found: str) -> bool:
    return not wanted or fnmatchcase(found, wanted)
