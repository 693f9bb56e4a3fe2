"""A bot that knows one venue's wire by heart and uses nothing of ours."""

import hashlib
import hmac
import http.client
import json
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from tradewind.testing import Exchange, Key


class Bot:
    """Signs with a key and asks."""

    def __init__(self, exchange: Exchange, key: Key | None = None) -> None:
        self._at = urlsplit(exchange.rest).netloc
        self._key = key.api_key if key else exchange.api_key
        self._secret = key.api_secret if key else exchange.api_secret

    def ask(self, method: str, path: str, **parameters: object) -> tuple[int, Any]:
        """Status and answer of a signed request."""
        query = urlencode({**parameters, "timestamp": time.time_ns() // 1_000_000})
        signature = hmac.new(self._secret.encode(), query.encode(), hashlib.sha256).hexdigest()
        return self._send(method, f"{path}?{query}&signature={signature}")

    def see(self, path: str, **parameters: object) -> Any:
        """What a public path says."""
        return self._send("GET", f"{path}?{urlencode(parameters)}")[1]

    def order(self, side: str, quantity: object, price: object = None, **more: object) -> Any:
        """Place on BTC/USDT: a limit order with a price, else a market order."""
        how: dict[str, object] = {"type": "MARKET"}
        if price is not None:
            how = {"type": "LIMIT", "timeInForce": "GTC", "price": price}
        asked = {"symbol": "BTCUSDT", "side": side, "quantity": quantity, **how, **more}
        return self.ask("POST", "/api/v3/order", **asked)

    def _send(self, method: str, target: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(self._at, timeout=10)
        try:
            connection.request(method, target, headers={"X-MBX-APIKEY": self._key})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()
