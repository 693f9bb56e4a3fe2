"""Memory after a day of venue time against memory after its first hour.

    python -m bench.soak [--hours 24] [--speed 40] [--subscribers 500]

A whole box without sockets (gateway, host, engine, market, journal and history on disk) on a clock
that is moved by hand, as fast as it goes: each step is a beat of 0.1 wall seconds, ``speed`` ticks
of venue time. 500 subscribers of 4 instruments, who reconnect when they are cut after 24 hours, and
5 traders over REST and the WebSocket API who place, fill, amend, cancel, list and ask. Exits with 1
when memory at the end is beyond 1.3 times that after the first hour.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tradewind.exchange import keys
from tradewind.exchange.clock import SPEED_ONE, TICK, Clock
from tradewind.exchange.gateway import Gateway
from tradewind.exchange.host import VenueHost
from tradewind.exchange.requests import Requests
from tradewind.model import Permission
from tradewind.protocol.hosting import Credential
from tradewind.protocol.messages import Close, HttpRequest, HttpResponse, Ping, Pong
from tradewind.venues.binance import auth

GROWTH_MAX = 1.3
BEGIN = 1_780_000_000_000_000_000
HOUR = 3_600_000_000_000
SYMBOLS = ("BTCUSDT", "ETHUSDT", "ETHBTC", "XRPUSDT")
IDS = ["BTC/USDT", "ETH/USDT", "ETH/BTC", "XRP/USDT"]
SIZES = {"BTCUSDT": "0.001", "ETHUSDT": "0.02", "ETHBTC": "0.02", "XRPUSDT": "20"}
KINDS = ("trade", "aggTrade", "depth@100ms", "bookTicker", "kline_1m", "miniTicker", "depth20")
PLENTY = dict.fromkeys(("ORDERS_10S", "ORDERS_1D", "REQUEST_WEIGHT", "CONNECTIONS"), 10**9)
GIFT = {"USDT": "10000000", "BTC": "1000", "ETH": "10000", "XRP": "10000000"}


class Line:
    """A subscriber: takes what comes, answers pings."""

    def __init__(self, soak: "Soak", path: str, query: str) -> None:
        self.soak = soak
        self.request = HttpRequest("GET", path, query)
        self.session: Any = soak.gateway.upgrade(self.request)
        self.pings: list[Ping] = []
        assert not isinstance(self.session, HttpResponse), self.session.body
        self.over = False
        soak.gateway.opened(self)

    def flush(self) -> None:
        for frame in self.session.take():
            if type(frame) is bytes:
                self.soak.messages += 1
            elif isinstance(frame, Ping):
                self.soak.pinged.append((self, frame))
            elif isinstance(frame, Close):
                self.soak.ended.append(self)

    def close(self) -> None: ...


class Trader:
    """A key of an account of its own; half of them over the WebSocket API."""

    def __init__(self, soak: "Soak", number: int) -> None:
        self.soak = soak
        name = f"trader-{number}"
        host = soak.host
        made = keys.make("hmac", 7, f"local{name}")
        account = host.account(name)
        allowed = frozenset((Permission.READ, Permission.TRADE))
        host.issue(Credential(made.api_key, "hmac", account, allowed, made.api_secret, label=name))
        host.faucet(name, GIFT)
        self.key = made.api_key
        self.signer = auth.signer("hmac", made.api_secret)
        self.random = random.Random(number)
        self.line: Line | None = None
        self.streams = number % 2 == 0
        if self.streams:
            self.connect()

    def connect(self) -> None:
        """User data and requests on one socket."""
        self.line = Line(self.soak, "/ws-api/v3", "")
        self.send("userDataStream.subscribe.signature", {})

    def act(self) -> None:
        """One request of a day's work."""
        symbol = self.random.choice(SYMBOLS)
        sent: dict[str, str] = {"symbol": symbol}
        order = {"quantity": SIZES[symbol], "side": self.random.choice(("BUY", "SELL"))}
        roll = self.random.random()
        if roll < 0.45:
            away = -0.01 if order["side"] == "BUY" else 0.01
            limit = {"type": "LIMIT", "timeInForce": "GTC", "price": self.price(symbol, away)}
            self.ask("order.place", "POST", "order", {**sent, **order, **limit})
        elif roll < 0.65:
            self.ask("order.place", "POST", "order", {**sent, **order, "type": "MARKET"})
        elif roll < 0.75:
            self.ask("openOrders.cancelAll", "DELETE", "openOrders", sent)
        elif roll < 0.85:
            legs = {
                "side": "SELL",
                "quantity": SIZES[symbol],
                "aboveType": "LIMIT_MAKER",
                "abovePrice": self.price(symbol, 0.005),
                "belowType": "STOP_LOSS",
                "belowStopPrice": self.price(symbol, -0.005),
            }
            self.ask("orderList.place.oco", "POST", "orderList/oco", {**sent, **legs})
        elif roll < 0.95:
            self.ask("myTrades", "GET", "myTrades", {**sent, "limit": "20"})
        else:
            self.ask("account.status", "GET", "account", {})

    def price(self, symbol: str, off: float) -> str:
        last = self.soak.host.tape.last(symbol)
        assert last is not None
        market = self.soak.host.exchange.markets[symbol]  # type: ignore[attr-defined]  # the venue's own
        return str(market.price(max(1, round(last.price * (1 + off)))))

    def ask(self, name: str, verb: str, path: str, sent: dict[str, str]) -> None:
        if self.streams:
            self.send(name, sent)
            return
        sent = {**sent, "timestamp": str(self.soak.wall // 1_000_000)}
        query = urlencode(sent)
        query += f"&signature={auth.sign_rest(self.signer, query)}"
        headers = {"x-mbx-apikey": self.key}
        request = HttpRequest(verb, f"/api/v3/{path}", query, headers)
        self.soak.gateway.http(request, self.soak.answered)

    def send(self, name: str, sent: dict[str, str]) -> None:
        params = {**sent, "apiKey": self.key, "timestamp": str(self.soak.wall // 1_000_000)}
        params["signature"] = auth.sign_params(self.signer, params)
        assert self.line is not None
        message = json.dumps({"id": 1, "method": name, "params": params}).encode()
        self.soak.gateway.received(self.line, message)


class Soak:
    """The box and who uses it."""

    def __init__(self, folder: Path, subscribers: int, speed: int) -> None:
        self.wall = BEGIN
        self.speed = speed
        self.messages = self.orders = self.refused = 0
        self.pinged: list[tuple[Line, Ping]] = []
        self.ended: list[Line] = []
        self.soon: list[Callable[[], None]] = []
        clock = Clock(wall=lambda: self.wall)
        clock.set_speed(speed * SPEED_ONE)
        settings = {"instruments": IDS, "limits": PLENTY}
        self.host = VenueHost("binance", folder, 7, clock, settings=settings, sync="off")
        self.host.open()
        self.gateway = Gateway(self.host, Requests(), _raise, lambda call: self.soon.append(call))
        self.traders = [Trader(self, number) for number in range(5)]
        self.lines = [self.subscribe(number) for number in range(subscribers)]
        self.turn()

    def subscribe(self, number: int) -> Line:
        symbol = SYMBOLS[number % len(SYMBOLS)].lower()
        kind = KINDS[number % len(KINDS)]
        if number % 10 == 0:
            other = KINDS[(number // 10) % len(KINDS)]
            return Line(self, "/stream", f"streams={symbol}@{kind}/{symbol}@{other}")
        return Line(self, f"/ws/{symbol}@{kind}", "")

    def answered(self, response: HttpResponse) -> None:
        self.orders += 1
        self.refused += response.status >= 400

    def turn(self) -> None:
        while self.soon:
            calls, self.soon = self.soon, []
            for call in calls:
                call()

    def step(self) -> None:
        """A beat, and a little trading."""
        self.wall += TICK
        self.gateway.beat()
        for trader in self.traders:
            trader.act()
        self.turn()
        pinged, self.pinged = self.pinged, []
        for line, ping in pinged:
            self.gateway.control(line, Pong(ping.payload))
        self._reconnect()
        self.turn()

    def _reconnect(self) -> None:
        ended, self.ended = self.ended, []
        for line in ended:
            self.gateway.closed(line)
            if line in self.lines:
                place = self.lines.index(line)
                self.lines[place] = self.subscribe(place)
            for trader in self.traders:
                if trader.line is line:
                    trader.connect()


def _raise(error: BaseException) -> None:
    raise error


def rss_mb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """Run, print memory hour by hour."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--speed", type=int, default=40)
    parser.add_argument("--subscribers", type=int, default=500)
    options = parser.parse_args()
    seen: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(Path(folder), options.subscribers, options.speed)
        began, first = time.monotonic(), soak.host.now()
        while len(seen) < options.hours:
            soak.step()
            if soak.host.now() >= first + HOUR * (len(seen) + 1):
                seen.append(rss_mb())
                took = time.monotonic() - began
                print(
                    f"hour {len(seen):>2}: {seen[-1]:.0f} MB, {soak.messages} messages, "
                    f"{soak.orders} answers over REST ({soak.refused} refused), {took:.0f} s",
                    flush=True,
                )
        soak.host.close()
    growth = seen[-1] / seen[0]
    print(f"after {len(seen)} h: {growth:.2f} times the memory after 1 h (at most {GROWTH_MAX})")
    sys.exit(0 if growth <= GROWTH_MAX else 1)


if __name__ == "__main__":
    main()
