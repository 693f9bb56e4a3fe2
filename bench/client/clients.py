"""The clients, each as its makers say it is fastest. Run by ``bench.client`` in its own process.

    python clients.py KIND TASK PORT COUNT

TASK is ``answer`` (a book update in, an order out), ``flood`` (keep the book) or ``orders`` (one
after the other, no book). Prints processor time per update or per order in microseconds.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

KEY, SECRET = "k" * 64, "s" * 64
WARM = 200


class Meter:
    """Processor time from when things have settled."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.seen = 0
        self.began = 0

    def add(self) -> bool:
        """One more; True when it was the last."""
        self.seen += 1
        if self.seen == WARM:
            self.began = time.process_time_ns()
        return self.seen >= self.count

    def tell(self) -> None:
        spent = time.process_time_ns() - self.began
        print(json.dumps({"cpu_us": spent / 1000 / max(1, self.seen - WARM)}), flush=True)


def start(port: int) -> None:
    with urlopen(f"http://127.0.0.1:{port}/start") as answer:
        answer.read()


async def tradewind(task: str, port: int, count: int, over: str = "rest") -> None:
    from decimal import Decimal

    from tradewind.client import Journal, Venue
    from tradewind.client.budget import Budget
    from tradewind.client.clock import Clock
    from tradewind.guard import Limits
    from tradewind.net.real import RealWire
    from tradewind.protocol.asking import Key
    from tradewind.protocol.signing import signer
    from tradewind.venues.binance.client import build
    from tradewind.venues.binance.limits import LIMITS, Pacing

    doors = {
        "rest": f"http://127.0.0.1:{port}",
        "streams": f"ws://127.0.0.1:{port}",
        "ws_api": f"ws://127.0.0.1:{port}/ws-api/v3",
    }
    many = 10**9
    limits = Limits(
        orders_per_second=many,
        orders_per_minute=many,
        collar=Decimal("0.05"),
        book_age_ms_max=60_000,
        book_required=task == "answer",
        order_value={"USDT": Decimal(1000)},
        instrument_exposure={"USDT": Decimal(10_000)},
        total_exposure={"USDT": Decimal(10_000)},
    )
    meter = Meter(count)
    with tempfile.TemporaryDirectory() as folder:
        pacing = Budget(
            Pacing({limit.name: many for limit in LIMITS}),
            Clock(),
            path=Path(folder) / "limits",
            account="bench",
        )
        venue = Venue(
            build(Key(KEY, signer("hmac", SECRET))),
            doors,
            RealWire(),
            journal=Journal.in_folder(Path(folder), "bench"),
            managed=False,
            limits=limits,
            pacing=pacing,
            orders_over=over,
        )
        async with venue:
            if task == "orders":
                while not meter.add():
                    await venue.place_order(
                        "BTC/USDT", "buy", "limit", quantity="0.001", price="99999.00",
                        time_in_force="ioc",
                    )  # fmt: skip
                meter.tell()
            else:
                await _with_book(venue, meter, port, orders=task == "answer")
        await pacing.close()


async def _with_book(venue: Any, meter: Meter, port: int, orders: bool) -> None:
    async with venue.book("BTC/USDT") as book:
        await book.live()
        await asyncio.to_thread(start, port)
        seen = book.counts.changes
        while True:
            if book.counts.changes == seen:
                await book.changed()
            for _ in range(book.counts.changes - seen):
                if meter.add():
                    meter.tell()
                    return
            seen = book.counts.changes
            bid = book.best_bid
            if orders:
                await venue.place_order(
                    "BTC/USDT", "buy", "limit", quantity="0.001", price=bid.price,
                    time_in_force="ioc",
                )  # fmt: skip


def _ccxt(port: int) -> Any:
    import ccxt.pro

    exchange = ccxt.pro.binance(
        {
            "apiKey": KEY,
            "secret": SECRET,
            "enableRateLimit": False,
            "options": {
                "defaultType": "spot",
                "fetchMarkets": {"types": ["spot"]},
                "fetchMargins": False,
                "fetchCurrencies": False,
            },
        }
    )
    urls = exchange.urls["api"]
    for name, url in list(urls.items()):
        if isinstance(url, str):
            urls[name] = url.replace("https://api.binance.com", f"http://127.0.0.1:{port}")
    urls["ws"]["spot"] = f"ws://127.0.0.1:{port}/ws"
    urls["ws"]["ws-api"]["spot"] = f"ws://127.0.0.1:{port}/ws-api/v3"
    exchange.has["fetchCurrencies"] = False
    return exchange


async def ccxt(task: str, port: int, count: int) -> None:
    exchange = _ccxt(port)
    meter = Meter(count)
    try:
        await exchange.load_markets()
        if task == "orders":
            while not meter.add():
                await exchange.create_order(
                    "BTC/USDT", "limit", "buy", 0.001, 99999, {"timeInForce": "IOC"}
                )
            meter.tell()
            return
        watching = asyncio.ensure_future(exchange.watch_order_book("BTC/USDT"))
        await asyncio.sleep(0.5)
        start(port)
        original = exchange.handle_order_book_message
        told = asyncio.Event()

        def counted(*arguments: Any) -> Any:
            found = original(*arguments)
            if meter.add():
                meter.tell()
                told.set()
            return found

        exchange.handle_order_book_message = counted
        while not told.is_set():
            book = await watching
            if task == "answer" and not told.is_set():
                await exchange.create_order(
                    "BTC/USDT", "limit", "buy", 0.001, book["bids"][0][0], {"timeInForce": "IOC"}
                )
            watching = asyncio.ensure_future(exchange.watch_order_book("BTC/USDT"))
            if told.is_set():
                watching.cancel()
    finally:
        await exchange.close()


async def python_binance(task: str, port: int, count: int) -> None:
    from binance import AsyncClient, BinanceSocketManager

    AsyncClient.API_URL = f"http://127.0.0.1:{port}/api"
    client = AsyncClient(KEY, SECRET)
    client.API_URL = f"http://127.0.0.1:{port}/api"
    meter = Meter(count)
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "IOC"}
    try:
        if task == "orders":
            while not meter.add():
                await client.create_order(**order, quantity="0.001", price="99999.00")
            meter.tell()
            return
        manager = BinanceSocketManager(client)
        socket = manager.depth_socket("BTCUSDT")
        socket._url = f"ws://127.0.0.1:{port}/"
        bids: dict[float, float] = {}
        asks: dict[float, float] = {}
        async with socket as stream:
            start(port)
            while True:
                message = await stream.recv()
                for side, rows in ((bids, message["b"]), (asks, message["a"])):
                    for price, quantity in rows:
                        if float(quantity):
                            side[float(price)] = float(quantity)
                        else:
                            side.pop(float(price), None)
                if meter.add():
                    meter.tell()
                    return
                if task == "answer":
                    best = f"{max(bids):.2f}"
                    await client.create_order(**order, quantity="0.001", price=best)
    finally:
        await client.close_connection()


class Bare(asyncio.Protocol):
    """A connection of the floor: pieces of what came, as they came."""

    def __init__(self) -> None:
        self.came: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        if not self.came.done():
            self.came.set_result(data)

    async def next(self) -> bytes:
        data = await self.came
        self.came = asyncio.get_running_loop().create_future()
        return data


SHAKE = (
    b"GET /ws/btcusdt@depth@100ms HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)
WORDS = (
    "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=IOC&quantity=0.001&price=99999.00"
    "&newClientOrderId=x-%d&recvWindow=5000&timestamp=%d"
)


async def bare(task: str, port: int, count: int) -> None:
    """What asyncio itself costs: two connections, a signed order for whatever comes."""
    import hmac

    loop = asyncio.get_running_loop()
    keyed = hmac.new(SECRET.encode(), digestmod="sha256")
    out, orders = await loop.create_connection(Bare, "127.0.0.1", port)
    meter = Meter(count)

    async def order() -> None:
        words = WORDS % (meter.seen, time.time_ns() // 1_000_000)
        signature = keyed.copy()
        signature.update(words.encode())
        out.write(
            f"POST /api/v3/order?{words}&signature={signature.hexdigest()} HTTP/1.1\r\n"
            f"Host: 127.0.0.1\r\nX-MBX-APIKEY: {KEY}\r\nContent-Length: 0\r\n\r\n".encode()
        )
        await orders.next()

    if task == "orders":
        while not meter.add():
            await order()
        meter.tell()
        return
    shake, stream = await loop.create_connection(Bare, "127.0.0.1", port)
    shake.write(SHAKE)
    await stream.next()
    await asyncio.to_thread(start, port)
    while True:
        await stream.next()
        meter.add()
        await order()


KINDS: dict[str, Any] = {
    "bare": bare,
    "tradewind": tradewind,
    "tradewind-ws": lambda *given: tradewind(*given, over="websocket"),
    "ccxt": ccxt,
    "python-binance": python_binance,
}


def main() -> None:
    kind, task, port, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    import uvloop

    os.environ["NO_PROXY"] = "127.0.0.1"
    uvloop.run(KINDS[kind](task, port, count))


if __name__ == "__main__":
    main()
