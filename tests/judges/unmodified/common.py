"""What the Python programs share: their command line, and how the venue wants requests signed.

    PROGRAM DOOR CLIENT_ORDER_ID        prints one line of JSON: what the program saw

The addresses are the venue's own, as its documentation and every bot has them.
"""

import asyncio
import hashlib
import hmac
import inspect
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

REST = "https://api.binance.com"
STREAM = "wss://stream.binance.com:9443/ws/btcusdt@bookTicker"
WS_API = "wss://ws-api.binance.com:443/ws-api/v3"
KEY = os.environ["API_KEY"]
SECRET = os.environ["API_SECRET"]
HEADERS = {"X-MBX-APIKEY": KEY}


def order(client_id: str, price: str) -> dict[str, str]:
    """A sell far above the market."""
    return {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.01",
        "price": price,
        "newClientOrderId": client_id,
    }


def cancel(client_id: str) -> dict[str, str]:
    """Its end."""
    return {"symbol": "BTCUSDT", "origClientOrderId": client_id}


def far(price: str) -> str:
    """Half above."""
    return f"{float(price) * 1.5:.2f}"


def signed(parameters: Mapping[str, str]) -> str:
    """A query with time and signature."""
    text = urlencode({**parameters, "timestamp": str(int(time.time() * 1000))})
    return f"{text}&signature={_hmac(text)}"


def asked(method: str, parameters: Mapping[str, str]) -> str:
    """A signed request of the WebSocket API."""
    with_key = {
        **parameters,
        "apiKey": KEY,
        "timestamp": str(int(time.time() * 1000)),
    }
    text = "&".join(f"{name}={with_key[name]}" for name in sorted(with_key))
    return json.dumps({"id": 1, "method": method, "params": {**with_key, "signature": _hmac(text)}})


def price_asked() -> str:
    """The last price over the WebSocket API."""
    return json.dumps({"id": 0, "method": "ticker.price", "params": {"symbol": "BTCUSDT"}})


def main(**doors: Callable[[str], Any]) -> None:
    """Go through one door and say what was there."""
    seen = doors[sys.argv[1]](sys.argv[2])
    if inspect.isawaitable(seen):
        seen = asyncio.run(_wait(seen))
    print(json.dumps(seen))


async def _wait(seen: Any) -> Any:
    return await seen


def _hmac(text: str) -> str:
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
