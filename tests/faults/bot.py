"""A small bot on raw sockets, and the exchange it talks to: nothing between it and the wire."""

import asyncio
import hashlib
import hmac
import http.client
import json
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from tradewind.net.real import RealWire
from tradewind.net.wire import WebSocketClient
from tradewind.testing import Exchange

T = TypeVar("T")
VENUE = "binance"
PAIR = "BTC/USDT"
SYMBOL = "BTCUSDT"
LIMIT = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}


class Bot:
    """Asks the REST door; ``order`` places one that rests."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.where = urlsplit(exchange.rest).netloc

    def ask(
        self, method: str, path: str, *, signed: bool = False, ahead_ms: int = 0, **query: Any
    ) -> tuple[int, Any]:
        """Status and body. Raises what http.client raises."""
        if signed:
            query["timestamp"] = int(time.time() * 1000) + ahead_ms
        text = urlencode(query)
        if signed:
            secret = self.exchange.api_secret.encode()
            text += "&signature=" + hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
        connection = http.client.HTTPConnection(self.where, timeout=5)
        try:
            headers = {"X-MBX-APIKEY": self.exchange.api_key}
            connection.request(method, f"{path}?{text}", headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        try:
            return answer.status, json.loads(body)
        except ValueError:
            return answer.status, body

    def order(self, name: str, price: str = "90", **more: Any) -> tuple[int, Any]:
        """A buy of 0.1 below the market."""
        given = {**LIMIT, "quantity": "0.1", "price": price, "newClientOrderId": name, **more}
        return self.ask("POST", "/api/v3/order", signed=True, **given)

    def raw(self, path: str) -> bytes:
        """Everything that comes for one GET, until the end of the connection."""
        host, _, port = self.where.partition(":")
        with socket.create_connection((host, int(port)), timeout=5) as sock:
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: {self.where}\r\n\r\n".encode())
            found = b""
            while piece := sock.recv(65536):
                found += piece
        return found

    def names(self) -> list[str]:
        """Client ids of the orders in the book: the truth."""
        return [order.client_order_id for order in self.exchange.open_orders()]


def listen(exchange: Exchange, path: str, act: Callable[[WebSocketClient], Awaitable[T]]) -> T:
    """Run an async function with a WebSocket on the streams door."""

    async def play() -> T:
        async with await RealWire().connect(exchange.streams + path) as client:
            return await act(client)

    return asyncio.run(play())


async def next_frame(client: WebSocketClient, seconds: float = 5) -> Any:
    """The next message, read."""
    async with asyncio.timeout(seconds):
        return json.loads(await client.receive())
