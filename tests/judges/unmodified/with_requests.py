"""requests: a session, as most bots begin."""

from typing import Any

import requests
from common import HEADERS, REST, cancel, far, main, order, signed


def public(_: str) -> Any:
    found = requests.get(f"{REST}/api/v3/exchangeInfo", {"symbol": "BTCUSDT"}, timeout=10)
    return {"symbol": found.json()["symbols"][0]["symbol"]}


def trade(client_id: str) -> Any:
    with requests.Session() as session:
        session.headers.update(HEADERS)
        url = f"{REST}/api/v3/order"
        price = session.get(f"{REST}/api/v3/ticker/price", params={"symbol": "BTCUSDT"}, timeout=10)
        placed = session.post(
            url, data=signed(order(client_id, far(price.json()["price"]))), timeout=10
        )
        gone = session.delete(f"{url}?{signed(cancel(client_id))}", timeout=10)
        return {"placed": placed.json()["status"], "status": gone.json()["status"]}


main(public=public, signed=trade)
