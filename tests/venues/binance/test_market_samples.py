"""The vendor's own examples of market data survive decode and encode, digit by digit."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tradewind.venues.binance.wire import market, stream

SAMPLES = Path(__file__).parents[2] / "samples" / "binance"
INDEX = json.loads((SAMPLES / "index_market.json").read_text())
PAYLOADS = (
    Path(__file__).parents[4] / "shared/judges/payloads/nautilus_trader/binance/spot/http_json"
)
THEIRS = {
    "avg_price_response": "AveragePrice",
    "book_ticker_response": "BookTicker",
    "depth_response": "Depth",
    "exchange_info_response": "ExchangeInfo",
    "klines_response": "list[Kline]",
    "ping_response": "Empty",
    "server_time_response": "ServerTime",
    "ticker_24hr_response": "Ticker24",
    "ticker_price_response": "PriceTicker",
    "trades_response": "list[Trade]",
}


def kind(name: str, module: Any) -> Any:
    if name.startswith("list["):
        return list[getattr(module, name[5:-1])]  # type: ignore[misc]
    return getattr(module, name)


def lexemes(text: str | bytes) -> Any:
    """JSON with numbers as written, key order kept, absent and null told apart."""
    return json.loads(text, object_pairs_hook=list, parse_int=str, parse_float=str)


def assert_lossless(text: str, kind: Any) -> None:
    decoded = msgspec.json.decode(text, type=kind)
    assert lexemes(msgspec.json.encode(decoded)) == lexemes(text)


@pytest.mark.parametrize("name", INDEX)
def test_a_documented_example_is_lossless(name: str) -> None:
    """Decoded into the declared Struct and encoded again it is the same JSON."""
    module = stream if name.startswith("stream/") else market
    assert_lossless((SAMPLES / name).read_text(), kind(INDEX[name]["type"], module))


def test_every_example_has_its_address() -> None:
    """No sample without its source, and no source without its sample."""
    files = {
        f"{folder}/{path.name}"
        for folder in ("market", "stream")
        for path in (SAMPLES / folder).glob("*.json")
    }
    assert files == set(INDEX)
    assert all(row["address"].startswith("https://") and row["read"] for row in INDEX.values())


@pytest.mark.skipif(not PAYLOADS.exists(), reason="needs ../shared")
@pytest.mark.parametrize("name", THEIRS)
def test_a_payload_kept_by_another_project_is_lossless(name: str) -> None:
    """The same for what others test their parsers with."""
    assert_lossless((PAYLOADS / f"{name}.json").read_text(), kind(THEIRS[name], market))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"lastUpdateId":"1","bids":[],"asks":[]}', "Depth"),
        ('{"lastUpdateId":1,"bids":[["1",2]],"asks":[]}', "Depth"),
        ('{"symbol":"A","price":1.5}', "PriceTicker"),
        ('{"symbol":"A"}', "PriceTicker"),
    ],
)
def test_another_shape_is_refused(text: str, name: str) -> None:
    """A number where text belongs, text where a number belongs, and a missing field."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=kind(name, market))
