"""The venue's end of the measurement: pushes book updates, notes when the order that answers one
has come.

    python -m bench.client.server {answer|flood} COUNT     prints {"port": N}, then the result

``answer`` sends an update, waits for the order, waits 0.2 ms, sends the next: tick to trade as the
venue sees it. ``flood`` sends updates as fast as they are read, ten a message burst. Orders are
answered at once with an expired IOC order. Nothing is checked: this measures clients.
"""

import asyncio
import gc
import json
import random
import sys
from pathlib import Path
from time import perf_counter_ns
from typing import Any
from urllib.parse import urlsplit

from tradewind.net.real import RealWire
from tradewind.net.wire import Answering, Connection
from tradewind.protocol.messages import Frame, HttpRequest, HttpResponse, Ping, Pong

GAP = 0.0002
WARM = 200
FIRST = 1000
MIDDLE = 10_000_000
JSON = (("Content-Type", "application/json;charset=UTF-8"),)
FILTERS = [
    {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
    {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
    {
        "filterType": "NOTIONAL",
        "minNotional": "5.0",
        "applyMinToMarket": True,
        "maxNotional": "9000000.0",
        "applyMaxToMarket": False,
        "avgPriceMins": 5,
    },
]
SYMBOL = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "baseAssetPrecision": 8,
    "quoteAsset": "USDT",
    "quotePrecision": 8,
    "quoteAssetPrecision": 8,
    "baseCommissionPrecision": 8,
    "quoteCommissionPrecision": 8,
    "orderTypes": ["LIMIT", "MARKET"],
    "icebergAllowed": True,
    "ocoAllowed": True,
    "quoteOrderQtyMarketAllowed": True,
    "isSpotTradingAllowed": True,
    "isMarginTradingAllowed": False,
    "filters": FILTERS,
    "permissions": [],
    "permissionSets": [["SPOT"]],
}
ORDER = {
    "symbol": "BTCUSDT",
    "orderId": 28,
    "orderListId": -1,
    "clientOrderId": "x",
    "transactTime": 1507725176595,
    "price": "100000.00000000",
    "origQty": "0.00100000",
    "executedQty": "0.00000000",
    "origQuoteOrderQty": "0.00000000",
    "cummulativeQuoteQty": "0.00000000",
    "status": "EXPIRED",
    "timeInForce": "IOC",
    "type": "LIMIT",
    "side": "BUY",
    "workingTime": 1507725176595,
    "selfTradePreventionMode": "NONE",
    "fills": [],
}


def text(units: int) -> str:
    return f"{units // 100}.{units % 100:02d}000000"


def updates(count: int) -> list[bytes]:
    """Changes of about a dozen levels near the middle, 1.0 kB each, as on a busy market."""
    rng = random.Random(7)
    made = []
    for number in range(FIRST + 1, FIRST + 1 + count):
        sides = []
        for sign in (-1, 1):
            prices = {MIDDLE + sign * (1 + int(rng.expovariate(0.02))) for _ in range(7)}
            sides.append(
                [
                    [text(p), f"{0 if rng.random() < 0.3 else rng.random() * 5:.8f}"]
                    for p in sorted(prices)
                ]
            )
        told = {"e": "depthUpdate", "E": 1672515782136, "s": "BTCUSDT", "U": number, "u": number}
        made.append(json.dumps({**told, "b": sides[0], "a": sides[1]}, separators=(",", ":")))
    return [each.encode() for each in made]


def snapshot() -> bytes:
    sides = [[[text(MIDDLE + s * n), "1.50000000"] for n in range(1, 1001)] for s in (-1, 1)]
    return json.dumps({"lastUpdateId": FIRST, "bids": sides[0], "asks": sides[1]}).encode()


class Session:
    """One stream connection. Names itself back in the wrapper when the client wants one."""

    def __init__(self, bench: "Bench", peer: str, path: str) -> None:
        self.peer = peer
        self.bench = bench
        self.wrapped = path.startswith("/stream")
        self.out: list[Frame] = []
        self.api = path.startswith("/ws-api")

    def receive(self, message: bytes, now: int) -> None:
        said = json.loads(message)
        if self.api and said["method"] != "order.place":
            answer = {"id": said["id"], "status": 200, "result": {"subscriptionId": 0}}
            self.out.append(json.dumps(answer).encode())
            return
        if self.api:
            self.bench.ordered()
            order = self.bench.order(said["params"].get("newClientOrderId", "x"))
            answer = {"id": said["id"], "status": 200, "result": order, "rateLimits": []}
            self.out.append(json.dumps(answer).encode())
            return
        self.out.append(json.dumps({"result": None, "id": said.get("id")}).encode())
        if said.get("method") == "SUBSCRIBE":
            self.bench.listener = self

    def control(self, frame: Ping | Pong, now: int) -> None: ...

    def take(self) -> list[Frame]:
        out, self.out = self.out, []
        return out

    def next_deadline(self) -> int | None: ...

    def wake(self, now: int) -> None: ...

    def closed(self, now: int) -> None: ...

    def push(self, update: bytes) -> None:
        name = b'{"stream":"btcusdt@depth@100ms","data":'
        self.out.append(name + update + b"}" if self.wrapped else update)


class Bench:
    """The application."""

    def __init__(self, mode: str, count: int) -> None:
        self.mode = mode
        self.updates = updates(count + WARM)
        self.snapshot = snapshot()
        self.info = json.dumps(
            {
                "timezone": "UTC",
                "serverTime": 1,
                "rateLimits": [],
                "exchangeFilters": [],
                "symbols": [SYMBOL],
            }
        ).encode()
        self.listener: Session | None = None
        self.connections: dict[int, Connection] = {}
        self.took: list[int] = []
        self.sent = 0
        self.begun = 0
        self.waiting = False
        self.orders = 0
        self.done = asyncio.Event()
        self._started = False

    def http(self, request: HttpRequest, answer: Answering) -> None:
        path = urlsplit(request.path).path
        if path.endswith("/order") and request.method == "POST":
            self.ordered()
            asked = request.query + request.body.decode()
            name = asked.partition("newClientOrderId=")[2].partition("&")[0]
            answer(HttpResponse(200, json.dumps(self.order(name)).encode(), JSON))
            return
        if path == "/start":
            self.start()
        bodies = {
            "exchangeInfo": self.info,
            "depth": self.snapshot,
            "time": json.dumps({"serverTime": int(asyncio.get_running_loop().time())}).encode(),
        }
        answer(HttpResponse(200, bodies.get(path.rsplit("/", 1)[-1], b"{}"), JSON))

    def order(self, name: str) -> dict[str, Any]:
        """What has become of the newest order."""
        return ORDER | {"clientOrderId": name, "orderId": self.orders}

    def start(self) -> None:
        """The client is ready."""
        if self._started:
            return
        self._started = True
        loop = asyncio.get_running_loop()
        loop.call_later(0.3, self.tick if self.mode == "answer" else self.flood)

    def upgrade(self, request: HttpRequest) -> Session | HttpResponse:
        session = Session(self, request.peer, request.path)
        if "btcusdt@depth" in request.path:
            self.listener = session
        return session

    def opened(self, connection: Connection) -> None:
        self.connections[id(connection.session)] = connection

    def received(self, connection: Connection, message: bytes) -> None:
        connection.session.receive(message, 0)
        connection.flush()

    def control(self, connection: Connection, frame: Ping | Pong) -> None: ...

    def closed(self, connection: Connection) -> None:
        self.connections.pop(id(connection.session), None)

    # answer: one update, one order

    def tick(self) -> None:
        if self.sent == len(self.updates):
            self.done.set()
            return
        self._push(1)
        self.waiting = True

    def _push(self, count: int) -> None:
        listener = self.listener
        assert listener is not None
        for update in self.updates[self.sent : self.sent + count]:
            listener.push(update)
        self.sent += count
        connection = self.connections.get(id(listener))
        if connection is None:  # the client has seen enough
            self.done.set()
            return
        self.begun = perf_counter_ns()
        connection.flush()

    def ordered(self) -> None:
        came = perf_counter_ns()
        self.orders += 1
        if self.waiting:
            self.waiting = False
            self.took.append(came - self.begun)
            asyncio.get_running_loop().call_later(GAP, self.tick)

    # flood: as fast as they are read

    def flood(self) -> None:
        left = min(10, len(self.updates) - self.sent)
        self._push(left)
        if self.sent < len(self.updates):
            asyncio.get_running_loop().call_later(0.002, self.flood)
        else:
            self.done.set()


async def main() -> None:
    mode, count = sys.argv[1], int(sys.argv[2])
    bench = Bench(mode, count)
    server = await RealWire().serve(bench)
    print(json.dumps({"port": server.port}), flush=True)
    gc.disable()
    await bench.done.wait()
    took = sorted(bench.took[WARM:])
    found: dict[str, Any] = {"orders": bench.orders}
    if took:
        for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
            found[name] = took[int(len(took) * share)] / 1000
    print(json.dumps(found), flush=True)
    await asyncio.sleep(0.5)
    await server.close()


if __name__ == "__main__":
    import uvloop

    assert Path(__file__).exists()
    uvloop.run(main())
