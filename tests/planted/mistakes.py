"""A mistake: which messages it is in, where in them, and what is wrong there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

ANSWER, EVENT, REQUEST, REFUSAL = "answer", "event", "request", "refusal"

Path = tuple[str, ...]
"""Names from the message inwards; lists are gone through, ``#n`` is the n-th of a row."""

Change = Callable[[Any], tuple[Any, int]]
"""A message changed, and how often."""

OTHERS = {
    "BUY": "SELL", "SELL": "BUY", "NEW": "FILLED", "FILLED": "NEW", "CANCELED": "EXPIRED",
    "GTC": "IOC", "IOC": "GTC", "LIMIT": "MARKET", "MARKET": "LIMIT", "TRADING": "BREAK",
    "EXPIRE_MAKER": "EXPIRE_TAKER", "EXPIRE_TAKER": "EXPIRE_MAKER", "OCO": "OTO", "OTO": "OCO",
    "EXECUTING": "ALL_DONE", "ALL_DONE": "EXECUTING", "EXEC_STARTED": "ALL_DONE",
    "TRADE": "NEW", "MINUTE": "SECOND", "SECOND": "MINUTE", "DAY": "MINUTE", "SPOT": "MARGIN",
    "SUCCESS": "FAILURE", "CONFIRMED": "PENDING", "LIMIT_MAKER": "LIMIT",
    "STOP_LOSS_LIMIT": "TAKE_PROFIT_LIMIT", "PENDING_NEW": "NEW", "SOR": "EXCHANGE",
    "ORDERS": "REQUEST_WEIGHT", "REQUEST_WEIGHT": "ORDERS", "ACK": "FULL", "FULL": "ACK",
    "RESULT": "ACK", "STOP_ON_FAILURE": "ALLOW_FAILURE", "FOK": "GTC", "MINI": "FULL",
}  # fmt: skip
"""A wrong value that is one of the venue's own."""


@dataclass(frozen=True)
class Mistake:
    """``side`` and ``target`` say which messages: an operation's answer or request, an event by
    its kind, any refusal. ``scenario`` is the truth that should see it ("" for one by rule: the
    first in which the field crosses the wire); ``other`` is the field that a swap is with.
    """

    name: str
    side: str
    target: str
    change: Change
    scenario: str = ""
    path: Path = ()
    rule: str = ""
    other: str = ""


def at(path: Path, do: Callable[[dict[str, Any], str], bool]) -> Change:
    """Do something to a named field wherever the path leads. ``do`` says whether it changed it."""

    def change(message: Any) -> tuple[Any, int]:
        return message, sum(do(holder, key) for holder, key in list(_places(message, path)))

    return change


def _places(value: Any, path: Path) -> Iterator[tuple[Any, Any]]:
    step = path[0]
    if step.startswith("#"):
        if isinstance(value, list) and value and not isinstance(value[0], list | dict):
            number = int(step[1:])
            if number < len(value):
                yield value, number
        elif isinstance(value, list):
            for each in value:
                yield from _places(each, path)
    elif isinstance(value, list):
        for each in value:
            yield from _places(each, path)
    elif isinstance(value, dict):
        if step == "*":
            for each in value.values():
                yield from _places(each, path[1:])
        elif step in value and len(path) == 1:
            yield value, step
        elif step in value:
            yield from _places(value[step], path[1:])


def values(message: Any, path: Path) -> list[Any]:
    """What stands at a path."""
    return [holder[key] for holder, key in _places(message, path)]


# --- the rules ----------------------------------------------------------------------------------


def drop(holder: Any, key: Any) -> bool:
    """The field is not sent."""
    del holder[key]
    return True


def rename(holder: Any, key: Any) -> bool:
    """The field has another name (a row has none)."""
    if isinstance(holder, list):
        holder[key] = {"value": holder[key]}
    else:
        holder[f"{key}X"] = holder.pop(key)
    return True


def retype(holder: Any, key: Any) -> bool:
    """A number as text, a text as a number, a flag as text."""
    value = holder[key]
    if isinstance(value, bool):
        holder[key] = str(value).lower()
    elif isinstance(value, int | float):
        holder[key] = str(value)
    elif isinstance(value, str):
        holder[key] = float(value) if number(value) else 0
    elif isinstance(value, list):
        holder[key] = dict(enumerate(value))
    else:
        holder[key] = str(value)
    return True


def shift(holder: Any, key: Any) -> bool:
    """Milliseconds as seconds; anything else ten times as much."""
    value = holder[key]
    if isinstance(value, bool):
        holder[key] = not value
        return True
    if isinstance(value, int):
        holder[key] = value // 1000 if value > 10**12 else value * 10
        return value != 0
    if isinstance(value, str) and number(value):
        holder[key] = _times(value, 10)
        return Decimal(value) != 0
    return False


def sign(holder: Any, key: Any) -> bool:
    """The other sign."""
    value = holder[key]
    if isinstance(value, bool):
        holder[key] = not value
        return True
    if isinstance(value, int | float):
        holder[key] = -value
        return value != 0
    if isinstance(value, str) and number(value):
        holder[key] = _times(value, -1)
        return Decimal(value) != 0
    return False


def enum(holder: Any, key: Any) -> bool:
    """Another of the venue's words, or a word in the wrong case."""
    value = holder[key]
    if isinstance(value, bool):
        holder[key] = not value
        return True
    if isinstance(value, str) and value and not number(value):
        holder[key] = OTHERS.get(value) or (value.lower() if value.isupper() else value[::-1])
        return bool(holder[key] != value)
    return False


def swap_with(other: str) -> Callable[[Any, Any], bool]:
    """The values of two fields of an object are exchanged."""

    def swap(holder: Any, key: Any) -> bool:
        there: Any = int(other[1:]) if isinstance(holder, list) else other
        known = there < len(holder) if isinstance(holder, list) else there in holder
        if not known or holder[there] == holder[key]:
            return False
        holder[key], holder[there] = holder[there], holder[key]
        return True

    return swap


RULES: dict[str, Callable[[Any, Any], bool]] = {
    "drop": drop, "rename": rename, "retype": retype, "shift": shift, "sign": sign, "enum": enum,
}  # fmt: skip


def number(value: str) -> bool:
    """Whether a text is one."""
    try:
        Decimal(value)
    except ArithmeticError:
        return False
    return True


def _times(value: str, factor: int) -> str:
    digits = len(value.partition(".")[2])
    return f"{Decimal(value) * factor:.{digits}f}"


def rules_for(kind: str) -> list[str]:
    """The rules that mean something for a declared kind: text, number, flag, list, object."""
    return {
        "text": ["drop", "rename", "retype", "swap", "shift", "sign", "enum"],
        "number": ["drop", "rename", "retype", "swap", "shift", "sign"],
        "flag": ["drop", "rename", "retype", "enum"],
        "list": ["drop", "rename", "retype"],
        "object": ["drop", "rename", "retype"],
    }[kind]


def pick(random: Random, kind: str, siblings: list[str]) -> tuple[str, str]:
    """A rule, and for a swap the other field."""
    rule = random.choice([r for r in rules_for(kind) if r != "swap" or siblings])
    return rule, random.choice(siblings) if rule == "swap" else ""
