"""Every field on the wire: of each operation's answer and request, of each event."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec.inspect as inspect
from tests.judges.voices import ROWS

from tradewind.venues.binance.wire import stream, user_data

from .mistakes import ANSWER, EVENT, REQUEST, RULES, Mistake, Path, at, pick, swap_with

EVENTS: dict[str, Any] = {
    "trade": stream.Trade,
    "aggTrade": stream.AggregateTrade,
    "blockTrade": stream.BlockTrade,
    "kline": stream.Kline,
    "24hrMiniTicker": stream.MiniTicker,
    "24hrTicker": stream.Ticker,
    "1hTicker": stream.WindowTicker,
    "bookTicker": stream.BookTicker,
    "avgPrice": stream.AveragePrice,
    "partialDepth": stream.PartialDepth,
    "depthUpdate": stream.DepthUpdate,
    "referencePrice": stream.ReferencePrice,
    "executionReport": user_data.ExecutionReport,
    "outboundAccountPosition": user_data.AccountPosition,
    "balanceUpdate": user_data.BalanceUpdate,
    "listStatus": user_data.ListStatus,
}
"""Events by kind: ``e``, or what stands for it where there is none."""

UNTOUCHED = {"signature", "timestamp", "recvWindow"}
"""Parameters with mistakes of their own, by hand."""


@dataclass(frozen=True)
class Field:
    """A field, what it is declared as, and the fields beside it of the same kind."""

    side: str
    target: str
    path: Path
    kind: str
    siblings: tuple[str, ...] = ()


def every() -> list[Field]:
    """All of them, in a fixed order."""
    found: dict[tuple[str, str, Path], Field] = {}
    for name, row in ROWS.items():
        if row.response is not None:
            for field in _inside(ANSWER, name, inspect.type_info(row.response), ()):
                found.setdefault((field.side, name, field.path), field)
        for parameter in row.parameters:
            if parameter.name not in UNTOUCHED:
                kind = {"decimal": "number", "integer": "number", "time": "number"}
                path = (parameter.name,)
                field = Field(REQUEST, name, path, kind.get(parameter.kind.value, "text"))
                found.setdefault((REQUEST, name, path), field)
    for name, shape in EVENTS.items():
        for field in _inside(EVENT, name, inspect.type_info(shape), ()):
            found.setdefault((EVENT, name, field.path), field)
    return list(found.values())


def _inside(side: str, target: str, shape: inspect.Type, path: Path) -> Iterator[Field]:
    match shape:
        case inspect.StructType():
            named = [(f.encode_name, f.type) for f in shape.fields]
            if shape.tag_field:
                yield Field(side, target, (*path, shape.tag_field), "text")
            yield from _fields(side, target, named, path)
        case inspect.TupleType():
            named = [(f"#{n}", each) for n, each in enumerate(shape.item_types)]
            yield from _fields(side, target, named, path)
        case inspect.ListType() | inspect.VarTupleType():
            yield from _inside(side, target, shape.item_type, path)
        case inspect.DictType():
            yield from _inside(side, target, shape.value_type, (*path, "*"))
        case inspect.UnionType():
            for each in shape.types:
                yield from _inside(side, target, each, path)
        case _:
            return


def _fields(
    side: str, target: str, named: list[tuple[str, inspect.Type]], path: Path
) -> Iterator[Field]:
    kinds = {name: _kind(shape) for name, shape in named}
    for name, shape in named:
        beside = tuple(n for n, k in kinds.items() if n != name and k == kinds[name])
        yield Field(side, target, (*path, name), kinds[name], beside)
        yield from _inside(side, target, shape, (*path, name))


def _kind(shape: inspect.Type) -> str:
    match shape:
        case inspect.UnionType():
            kinds = [_kind(each) for each in shape.types if not isinstance(each, inspect.NoneType)]
            return kinds[0] if kinds else "text"
        case inspect.IntType() | inspect.FloatType():
            return "number"
        case inspect.BoolType():
            return "flag"
        case inspect.ListType() | inspect.VarTupleType() | inspect.TupleType():
            return "list"
        case inspect.StructType() | inspect.DictType():
            return "object"
        case _:
            return "text"


def by_rule(count: int, seed: int) -> list[Mistake]:
    """So many mistakes, drawn over all fields alike."""
    random = Random(seed)
    made = []
    for field in random.sample(every(), count):
        rule, other = pick(random, field.kind, list(field.siblings))
        if field.side == REQUEST:
            rule, other = random.choice(["drop", "rename", "shift", "enum"]), ""
        do = swap_with(other) if rule == "swap" else RULES[rule]
        words = f"{rule} {'.'.join(field.path)}" + (f" with {other}" if other else "")
        name = f"{field.side} {field.target}: {words}"
        made.append(
            Mistake(name, field.side, field.target, at(field.path, do), "", field.path, rule, other)
        )
    return made
