"""The shape of a JSON text: everything about it but the values.

    {"price": "4.00000200", "qty": "12", "isBuyerMaker": true}
    -> price: text, a decimal with 8 digits behind the point; qty: text, a whole number; ...

A shape knows fields by their path, whether they are text, number or null, how numbers are written,
in which order the fields stand, and words that only a program chooses (``NEW``, ``BUY``). It holds
nothing else of what was said: no price, no id, no name.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, TypeVar

from msgspec import Struct, field

from ..protocol.comparing import Nature

Path = tuple[str, ...]
"""Names from the outside in; ``[]`` is any row of a list, ``[X]`` a row of kind X."""

WORD = re.compile(r"[A-Z][A-Z0-9_]{1,39}")
DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")
WHOLE = re.compile(r"-?[0-9]+")


class Number(str):
    """A number as it was written."""

    __slots__ = ()


class Object(list[tuple[str, Any]]):
    """Fields in their order, also those that stand twice."""


class Trait(Struct):
    """What was seen at one path."""

    kinds: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    decimals: set[int] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    orders: set[str] = field(default_factory=set)
    fields: list[str] = field(default_factory=list)
    rows: int = 0


Shape = dict[Path, Trait]


def parse(body: bytes) -> Any:
    """JSON that keeps how numbers are written and in which order fields stand.

    Raises ValueError for what is no JSON.
    """
    return json.loads(
        body,
        object_pairs_hook=Object,
        parse_int=Number,
        parse_float=Number,
        parse_constant=Number,
    )


def shape(value: Any, nature: Nature, into: Shape | None = None) -> Shape:
    """The shape of a parsed value, added to what was seen before."""
    found: Shape = {} if into is None else into
    _walk(value, (), found, nature)
    return found


def shown(path: Path) -> str:
    """``filters[PRICE_FILTER].minPrice``; the value itself is ``(all)``."""
    text = ""
    for part in path:
        text += part if part.startswith("[") or not text else f".{part}"
    return text or "(all)"


def name_of(path: Path) -> str:
    """The name of the field that a path leads to, rows or not."""
    return next((part for part in reversed(path) if not part.startswith("[")), "")


def _walk(value: Any, path: Path, found: Shape, nature: Nature) -> None:
    trait = found.setdefault(path, Trait())
    match value:
        case Object():
            trait.kinds.add("object")
            _fields(value, path, trait, found, nature)
        case list():
            trait.kinds.add("list")
            _rows(value, path, trait, found, nature)
        case bool():
            trait.kinds.add("true or false")
            trait.words.add(str(value).lower())
        case None:
            trait.kinds.add("null")
        case Number():
            trait.kinds.add("number")
            trait.forms.add(_number(value))
        case str():
            trait.kinds.add("text")
            _text(value, trait, is_word=name_of(path) in nature.told)


def _fields(value: Object, path: Path, trait: Trait, found: Shape, nature: Nature) -> None:
    for name, inner in value:
        if name not in trait.fields:
            trait.fields.append(name)
        _walk(inner, (*path, name), found, nature)
    if len({name for name, _ in value}) < len(value):
        trait.forms.add("a field that stands twice")


def _rows(value: list[Any], path: Path, trait: Trait, found: Shape, nature: Nature) -> None:
    trait.rows += len(value)
    for row in value:
        if isinstance(row, list) and not isinstance(row, Object) and _is_row(row):
            at = (*path, "[]")
            cells = found.setdefault(at, Trait())
            cells.kinds.add("list")
            for number, cell in enumerate(row):
                _walk(cell, (*at, str(number)), found, nature)
        else:
            _walk(row, (*path, f"[{_tag(row, nature)}]"), found, nature)
    for name, column in _columns(value, nature):
        at = (*path, "[]", name)
        if at in found:
            found[at].orders |= _direction(column)


def _is_row(row: list[Any]) -> bool:
    """Whether the places of an inner list mean something, as in ``["4.00", "431.0"]``."""
    return any(isinstance(c, Number) or (isinstance(c, str) and DECIMAL.fullmatch(c)) for c in row)


def _tag(row: Any, nature: Nature) -> str:
    if isinstance(row, Object):
        for name, value in row:
            if name in nature.tags and isinstance(value, str) and WORD.fullmatch(value):
                return value
    return ""


def _columns(rows: list[Any], nature: Nature) -> Iterator[tuple[str, list[Any]]]:
    """Fields that may be in order, with the values of all rows."""
    for name in nature.ordered:
        column = [_cell(row, name) for row in rows]
        if len(column) > 1 and all(
            isinstance(c, str) and (DECIMAL.fullmatch(c) or WHOLE.fullmatch(c)) for c in column
        ):
            yield name, column


def _cell(row: Any, name: str) -> Any:
    if isinstance(row, Object):
        return next((value for key, value in row if key == name), None)
    if isinstance(row, list) and name.isdecimal() and int(name) < len(row):
        return row[int(name)]
    return None


def _direction(column: list[Any]) -> set[str]:
    values = [Decimal(each) for each in column]
    if len(set(values)) == 1:
        return set()
    if values == sorted(values):
        return {"rising"}
    return {"falling"} if values == sorted(values, reverse=True) else {"in no order"}


def _number(text: str) -> str:
    if WHOLE.fullmatch(text):
        return "whole"
    return "with a decimal point" if DECIMAL.fullmatch(text) else "with an exponent"


def _text(text: str, trait: Trait, *, is_word: bool) -> None:
    if is_word:
        trait.forms.add("a word")
        trait.words.add(text)
    elif not text:
        trait.forms.add("empty")
    elif WHOLE.fullmatch(text):
        trait.forms.add("a whole number")
    elif DECIMAL.fullmatch(text):
        trait.forms.add("a decimal")
        trait.decimals.add(len(text.partition(".")[2]))
    elif WORD.fullmatch(text):
        trait.forms.add("a word")
        trait.words.add(text)
    else:
        trait.forms.add("free text")


T = TypeVar("T", str, int)


def listed(values: set[T]) -> str:
    """Values for a reader, in order."""
    return ", ".join(str(each) for each in sorted(values)) or "none"
