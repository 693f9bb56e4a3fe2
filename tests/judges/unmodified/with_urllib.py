"""urllib: nothing but the standard library."""

import json
from typing import Any
from urllib.request import Request, urlopen

from common import HEADERS, REST, cancel, far, main, order, signed


def _ask(method: str, target: str) -> Any:
    with urlopen(Request(f"{REST}{target}", headers=HEADERS, method=method), timeout=10) as found:
        return json.load(found)


def public(_: str) -> Any:
    found = _ask("GET", "/api/v3/exchangeInfo?symbol=BTCUSDT")
    return {"symbol": found["symbols"][0]["symbol"]}


def trade(client_id: str) -> Any:
    price = far(_ask("GET", "/api/v3/ticker/price?symbol=BTCUSDT")["price"])
    placed = _ask("POST", f"/api/v3/order?{signed(order(client_id, price))}")
    gone = _ask("DELETE", f"/api/v3/order?{signed(cancel(client_id))}")
    return {"placed": placed["status"], "status": gone["status"]}


main(public=public, signed=trade)
