"""What may be said of an answer: the exact fields, and of each its value or what it must be like.

A pattern is a dictionary (exactly these fields; ``"name?"`` may be absent), a list (element by
element), a ``Like`` (a check with a name) or a value, which must be equal and of the same type.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


class Untrue(AssertionError):
    """The answer is not what it must be."""


@dataclass(frozen=True)
class Like:
    """A value that must pass a check."""

    name: str
    check: Callable[[Any], bool]

    def __or__(self, other: Any) -> "Like":
        return Like(f"{self.name} or {other!r}", lambda v: self.check(v) or same(v, other))


@dataclass(frozen=True)
class Each:
    """A list of at least ``least``, every element of which is like ``pattern``."""

    pattern: Any
    least: int = 1


def same(seen: Any, wanted: Any) -> bool:
    """Equal and of the same type: True is not 1, "1" is not 1."""
    return type(seen) is type(wanted) and bool(seen == wanted)


HELD = [0]
"""How many things were held to be true since a truth began."""

WHERE: set[str] = set()
"""Of what: the names under which patterns were held since a truth began."""

BLIND: set[str] = set()
"""Fields that the software which speaks now never reads: it cannot be asked about them. By
name, or by name and place."""


def holds(seen: Any, pattern: Any, where: str = "answer") -> None:
    """Raises Untrue with the place that differs."""
    HELD[0] += 1
    WHERE.add(where)
    match pattern:
        case dict():
            _fields(seen, pattern, where)
        case Each():
            if not isinstance(seen, list) or len(seen) < pattern.least:
                raise Untrue(f"{where} is {seen!r}, not a list of {pattern.least} or more")
            for number, each in enumerate(seen):
                holds(each, pattern.pattern, f"{where}[{number}]")
        case list():
            if not isinstance(seen, list) or len(seen) != len(pattern):
                raise Untrue(f"{where} is {seen!r}, not {len(pattern)} long")
            for number, (each, wanted) in enumerate(zip(seen, pattern, strict=True)):
                holds(each, wanted, f"{where}[{number}]")
        case Like():
            if not pattern.check(seen):
                raise Untrue(f"{where} is {seen!r}, not {pattern.name}")
        case _:
            if not same(seen, pattern):
                raise Untrue(f"{where} is {seen!r}, not {pattern!r}")


def _fields(seen: Any, pattern: dict[str, Any], where: str) -> None:
    if not isinstance(seen, dict):
        raise Untrue(f"{where} is {seen!r}, not an object")
    wanted = {name.rstrip("?"): each for name, each in pattern.items()}
    optional = {name[:-1] for name in pattern if name.endswith("?")}
    missing = {
        name
        for name in wanted.keys() - optional - seen.keys()
        if name not in BLIND and f"{where}.{name}" not in BLIND
    }
    if missing or seen.keys() - wanted.keys():
        more = sorted(seen.keys() - wanted.keys())
        raise Untrue(f"{where} lacks {sorted(missing)} and has {more} beyond the documented")
    for name, value in seen.items():
        holds(value, wanted[name], f"{where}.{name}")


def true(claim: bool, text: str) -> None:
    """A claim that must hold."""
    HELD[0] += 1
    if not claim:
        raise Untrue(text)


def now() -> int:
    """Milliseconds."""
    return time.time_ns() // 1_000_000


def _whole(value: Any) -> bool:
    return type(value) is int


def amount(value: Any) -> str:
    """An amount as the venue writes it: eight decimals."""
    return f"{Decimal(str(value)):.8f}"


def text(value: Any) -> str:
    """An amount as a trader writes it."""
    return format(Decimal(str(value)).normalize(), "f")


ID = Like("an id", lambda v: _whole(v) and 0 < v < 10**12)
ANYTHING = Like("anything", lambda _: True)
NUMBER = Like("a number from 0", lambda v: _whole(v) and 0 <= v < 10**12)
COUNT = Like("a count", lambda v: _whole(v) and 0 <= v < 10**9)
FLAG = Like("true or false", lambda v: type(v) is bool)
WORD = Like("a text", lambda v: isinstance(v, str) and v != "")
NAME = Like(
    "a client order id",
    lambda v: isinstance(v, str) and bool(re.fullmatch(r"[-.A-Za-z:/0-9_]{1,36}", v)),
)
AMOUNT = Like("an amount", lambda v: isinstance(v, str) and bool(re.fullmatch(r"\d+\.\d{8}", v)))
SIGNED = Like(
    "a signed amount", lambda v: isinstance(v, str) and bool(re.fullmatch(r"-?\d+\.\d{8}", v))
)
DECIMAL = Like(
    "a decimal text", lambda v: isinstance(v, str) and bool(re.fullmatch(r"\d+(\.\d+)?", v))
)
POSITIVE = Like("an amount above nothing", lambda v: AMOUNT.check(v) and Decimal(v) > 0)
RECENT_MS = 60_000
"""Wide: a machine may be busy. A wrong unit is further away."""
NOW = Like("just now in ms", lambda v: _whole(v) and -RECENT_MS < now() - v < RECENT_MS)
LATELY = Like(
    "within two days, in ms", lambda v: _whole(v) and -RECENT_MS < now() - v < 172_800_000
)
PAST = Like(
    "a time of the past in ms", lambda v: _whole(v) and 1_500_000_000_000 < v < now() + RECENT_MS
)


def one_of(*values: Any) -> Like:
    """One of these."""
    return Like(f"one of {values}", lambda v: any(same(v, each) for each in values))


def sums(parts: list[Any], name: str) -> Decimal:
    """The sum of a field."""
    return sum((Decimal(part[name]) for part in parts), Decimal(0))
