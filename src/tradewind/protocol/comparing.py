"""What is asked of a venue and of a box alike, so that their answers can be laid side by side.

A venue writes its questions as data in ``venues/X/compare``; ``comparing`` plays them. What must be
refused is made from the operations table: for each parameter what is not there, empty or wrong.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from enum import StrEnum, unique
from typing import Any

from msgspec import Struct

from .operations import Kind, Operation, Parameter, Rest, Table

Memory = MutableMapping[str, str]
"""What one side has answered so far; parameters may name it as ``{{price}}``."""

SECURITY = frozenset({"timestamp", "signature", "recvWindow"})
"""Parameters that the client adds or that ``Who`` spoils."""

NOBODYS_ID = "999999999"
"""Of no order and no list."""


@unique
class Who(StrEnum):
    """As whom a step is asked."""

    OWNER = "the key"
    WRONG_SECRET = "the key with a wrong secret"  # noqa: S105 (a sentence, no secret)
    MALFORMED = "a malformed key"
    SLOW = "a clock two minutes slow"
    FAST = "a clock two minutes fast"


class Step(Struct, frozen=True):
    """One question. ``learn`` is given an answer that was no refusal, as JSON values."""

    operation: str
    title: str
    parameters: Mapping[str, str] = {}
    who: Who = Who.OWNER
    learn: Callable[[Any, Memory], None] | None = None
    twice: bool = True
    """Whether it is asked over the WebSocket too, where the operation has that door."""

    def filled(self, memory: Memory) -> dict[str, str] | None:
        """The parameters with what was learnt put in; None where something was not."""
        found: dict[str, str] = {}
        for name, text in self.parameters.items():
            for known, value in memory.items():
                text = text.replace("{{" + known + "}}", value)
            if "{{" in text:
                return None
            found[name] = text
        return found


class Nature(Struct, frozen=True):
    """What differs between two exchanges although both are right, by the names of fields.

    ``varies``: values that are neither compared nor ever shown. ``told``: texts that are a word of
    the venue, whatever they look like. ``ordered``: fields that rise or fall down a list. ``tags``:
    fields that tell kinds of rows of one list apart. ``error``: the fields of a refusal that hold
    its code and its text.
    """

    varies: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()
    ordered: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    error: tuple[str, str] = ("code", "msg")


class Streams(Struct, frozen=True):
    """Public streams over one connection: its path, what asks for which of them (what it is
    about, and the message), how the stream of a message is found ("" for an answer), and how many
    seconds lie between two messages of ours.
    """

    path: str
    hello: tuple[tuple[str, bytes], ...]
    names: tuple[str, ...]
    whose: Callable[[bytes], str]
    gap: float = 0.0


class Questions(Struct, frozen=True):
    """Everything that is asked, in the order in which it is.

    ``first`` is asked in any case, because the rest builds on it. ``market`` is public, ``account``
    is read with a key, ``rehearsals`` are checked by the venue and place nothing, ``orders`` trade
    ``instrument``. The ids of orders begin with ``{{run}}``. ``able`` says why an account (an
    answer to the first step of ``account``) cannot play ``orders``, "" when it can. ``left_out``
    is why which operations are not asked, by the beginning of their names.
    """

    instrument: str
    first: tuple[Step, ...]
    market: tuple[Step, ...]
    account: tuple[Step, ...]
    rehearsals: tuple[Step, ...]
    orders: tuple[Step, ...]
    trades: str
    """What ``orders`` do, in a sentence for whoever is about to let them."""
    able: Callable[[Any], str]
    owed: Callable[[Memory], str]
    """What ``orders`` bought and did not sell again, "" for nothing."""
    streams: Streams
    nature: Nature
    left_out: Mapping[str, str] = {}


def reads(operation: Operation) -> bool:
    """Whether it is a GET over REST."""
    return any(isinstance(door, Rest) and door.method == "GET" for door in operation.doors)


def refusals(operation: Operation, good: Mapping[str, str]) -> Iterator[Step]:
    """Wrong requests, each one step away from a right one."""
    for parameter in operation.parameters:
        name = parameter.name
        if name in SECURITY or parameter.door not in ("", "rest"):
            continue
        if parameter.mandatory and name in good:
            less = {key: value for key, value in good.items() if key != name}
            yield Step(operation.name, f"without {name}", less, twice=False)
            yield Step(operation.name, f"{name} empty", {**good, name: ""}, twice=False)
        for wrong in _wrong(parameter):
            title = f"{name} is {wrong!r}"
            yield Step(operation.name, title, {**good, name: wrong}, twice=False)
    yield Step(operation.name, "a parameter too many", {**good, "nonsense": "1"}, twice=False)


def all_refusals(table: Table, good: Mapping[str, Mapping[str, str]]) -> tuple[Step, ...]:
    """Of every operation that has a right request."""
    return tuple(
        step
        for name, parameters in good.items()
        if name in table.by_name
        for step in refusals(table.by_name[name], parameters)
    )


def _wrong(parameter: Parameter) -> tuple[str, ...]:
    match parameter.kind:
        case Kind.SYMBOL:
            return ("NOPE", "btc$")
        case Kind.INTEGER:
            low = () if parameter.minimum is None else (str(parameter.minimum - 1),)
            high = () if parameter.maximum is None else (str(parameter.maximum + 1),)
            return ("x1", *low, *high)
        case Kind.TIME:
            return ("yesterday",)
        case Kind.DECIMAL:
            return ("1e-3", "-1", "0.0000000000001")
        case Kind.ENUM:
            return ("NOPE",)
        case Kind.BOOLEAN:
            return ("maybe",)
        case Kind.CLIENT_ID:
            return ("not so", "x" * 80)
        case Kind.LIST:
            return ("[",)
        case _:
            return ()
