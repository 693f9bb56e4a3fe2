"""Ask for market data without a door."""

import json
from typing import Any

import msgspec
from tests.venues.binance.fake_tape import Box

from tradewind.venues.binance.exchange.call import MILLISECONDS, Call
from tradewind.venues.binance.exchange.market_data import HANDLERS
from tradewind.venues.binance.exchange.parameters import Reader
from tradewind.venues.binance.operations.market import ROWS

BY_NAME = {row.name: row for row in ROWS}


def ask(box: Box, name: str, **sent: Any) -> Any:
    """The answer as JSON, through the same parameter reading as the doors use."""
    unit = sent.pop("unit", MILLISECONDS)
    door = sent.pop("door", "rest")
    text = {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in sent.items()
    }
    call = Call(box, box.markets, BY_NAME[name], text, unit=unit, door=door)
    reader = Reader(BY_NAME[name])
    reader.read(call)
    reader.check_symbols(call)
    reader.check_enums(call)
    answer = HANDLERS[name](call)
    encoded = msgspec.json.encode(answer)
    if not name.startswith("ticker"):  # those answer one or many, full or mini
        msgspec.json.decode(encoded, type=BY_NAME[name].response)
    return json.loads(encoded)
