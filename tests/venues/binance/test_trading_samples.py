"""The vendor's own examples of orders and accounts survive decode and encode, digit by digit."""

import json
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
import pytest

from tradewind.venues.binance.wire import account, trading
from tradewind.venues.binance.wire.market import Empty

SAMPLES = Path(__file__).parents[2] / "samples" / "binance"
INDEX = json.loads((SAMPLES / "index_trading.json").read_text())


Data = TypeVar("Data")


class Refused(msgspec.Struct, Generic[Data], frozen=True):
    """A refusal that carries data."""

    code: int
    msg: str
    data: Data


KINDS: dict[str, Any] = {"Empty": Empty, "None": None}

UNORDERED = {
    "trading/replace.json",
    "trading/sor.json",
    "trading/open_orders.json",
    "trading/all_orders.json",
    "trading/cancel_all.json",
}
"""Examples whose fields stand in another order than in others of the same shape."""


def kind(name: str) -> Any:
    """The type that an index row names."""
    if name.startswith("list["):
        return list[kind(name[5:-1])]  # type: ignore[misc]
    if "[" in name:
        outer, cancel, new = name.rstrip("]").replace("[", ",").split(",")
        replaced = trading.Replaced[kind(cancel), kind(new)]  # type: ignore[misc]
        return replaced if outer == "Replaced" else Refused[replaced]  # type: ignore[valid-type]
    if name in KINDS:
        return KINDS[name]
    module, _, short = name.rpartition(".")
    return getattr(account if module else trading, short)


def lexemes(text: str | bytes) -> Any:
    """JSON with numbers as written, key order kept, absent and null told apart."""
    return json.loads(text, object_pairs_hook=list, parse_int=str, parse_float=str)


def numbers(text: str | bytes) -> Any:
    """JSON with numbers as written."""
    return json.loads(text, parse_int=str, parse_float=str)


@pytest.mark.parametrize("name", INDEX)
def test_a_documented_example_is_lossless(name: str) -> None:
    """Decoded into the declared Struct and encoded again it is the same JSON."""
    text = (SAMPLES / name).read_text()
    again: list[Any] = []
    if name.endswith("cancel_all.json"):  # orders and lists stand side by side there
        for each in json.loads(text):
            of = trading.CancelledOrderList if "orders" in each else trading.CancelledOrder
            again.append(msgspec.convert(each, of))
        encoded = msgspec.json.encode(again)
    else:
        encoded = msgspec.json.encode(msgspec.json.decode(text, type=kind(INDEX[name]["type"])))
    if name in UNORDERED:
        assert numbers(encoded) == numbers(text)
    else:
        assert lexemes(encoded) == lexemes(text)


def test_every_example_has_its_address() -> None:
    """No sample without its source, and no source without its sample."""
    files = {f"trading/{path.name}" for path in (SAMPLES / "trading").glob("*.json")}
    assert files == set(INDEX)
    assert all(row["address"].startswith("https://") and row["read"] for row in INDEX.values())
