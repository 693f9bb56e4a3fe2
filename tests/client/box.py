"""A real venue exchange on the memory wire, and the cuts that a wire can have.

One request at a time can be told to go wrong: lost before it arrives, arriving late, its answer
lost or late. Everything else works as it should.
"""

import asyncio
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any, TypeVar

from tests.venues.binance.host import SECRET, FakeHost, liquid

from tradewind.client import Journal, Venue
from tradewind.net.memory import MemoryWire, VirtualLoop
from tradewind.net.wire import Answering, Connection
from tradewind.protocol.asking import Key
from tradewind.protocol.messages import HttpRequest, HttpResponse, Ping, Pong
from tradewind.protocol.session import ServerSession
from tradewind.protocol.signing import signer
from tradewind.venues.binance.client import build

T = TypeVar("T")

Cut = Callable[["Box", HttpRequest, Answering], None]


class Box:
    """The exchange behind a wire, with its clock on the loop's."""

    def __init__(self) -> None:
        self.host = FakeHost()
        self.host.open_account(3, USDT="100000", BTC="20", BNB="5")
        liquid(self.host)
        self.credential = self.host.key(3)
        self.asked: list[tuple[str, str, str]] = []
        self.cuts: list[tuple[str, str, Cut]] = []
        self.open: dict[int, Connection] = {}
        self._started = 0

    # net.wire.Application

    def http(self, request: HttpRequest, answer: Answering) -> None:
        self.asked.append((request.method, request.path, request.query))
        for each in self.cuts:
            method, path, cut = each
            if (request.method, request.path) == (method, f"/api/v3/{path}"):
                self.cuts.remove(each)
                cut(self, request, answer)
                return
        self.answer(request, answer)

    def answer(self, request: HttpRequest, answer: Answering) -> None:
        """As it should be."""
        answer(self.do(request))

    def do(self, request: HttpRequest) -> HttpResponse:
        self.tick()
        try:
            return self.host.exchange.http(request)
        finally:
            self.flush()

    def upgrade(self, request: HttpRequest) -> ServerSession | HttpResponse:
        self.tick()
        return self.host.exchange.open(request, "ws_api")

    def opened(self, connection: Connection) -> None:
        self.open[id(connection.session)] = connection
        connection.flush()

    def received(self, connection: Connection, message: bytes) -> None:
        self.tick()
        self.asked.append(("WS", "", message.decode()))
        connection.session.receive(message, self.host.wall())
        self.flush()

    def control(self, connection: Connection, frame: Ping | Pong) -> None:
        connection.session.control(frame, self.host.wall())

    def closed(self, connection: Connection) -> None:
        self.open.pop(id(connection.session), None)
        connection.session.closed(self.host.wall())

    def tick(self) -> None:
        """The host's clock is the loop's."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self.host.venue_time = self.host.wall_time = loop.wall_ns()

    def flush(self) -> None:
        for session in self.host.exchange.dirty():
            connection = self.open.get(id(session))
            if connection is not None:
                connection.flush()

    def drop_sockets(self) -> None:
        """Every WebSocket is cut without a word."""
        for connection in list(self.open.values()):
            connection.cut()

    # what tests look at

    def count(self, method: str, path: str) -> int:
        """How many of those requests have arrived."""
        return sum((method, f"/api/v3/{path}") == asked[:2] for asked in self.asked)

    def placed(self) -> list[Any]:
        """Every order of the account that the exchange has."""
        return self.host.history.orders(3, "BTCUSDT", limit=1000)

    def free(self, asset: str) -> Decimal:
        """What the exchange says is there of an asset, held or not."""
        ledger = self.host.engine
        return Decimal(ledger.ledger.balance(3, asset).total) / 10**8  # type: ignore[attr-defined]


# --- cuts ---------------------------------------------------------------------------------------


def lost_before(_: Box, __: HttpRequest, answer: Answering) -> None:
    """It left us and never arrived: the connection breaks."""
    answer(_cut())


def lost_after(box: Box, request: HttpRequest, answer: Answering) -> None:
    """The exchange did it, and its answer is lost."""
    box.do(request)
    answer(_cut())


def silent(_: Box, __: HttpRequest, ___: Answering) -> None:
    """It never arrived, and nobody says so."""


def silent_after(box: Box, request: HttpRequest, _: Answering) -> None:
    """The exchange did it, and says nothing."""
    box.do(request)


def late(seconds: float) -> Cut:
    """It arrives so late; nobody waits for the answer any more when that is beyond the timeout."""

    def cut(box: Box, request: HttpRequest, answer: Answering) -> None:
        answer(_cut())
        asyncio.get_running_loop().call_later(seconds, box.do, request)

    return cut


def answered(status: int, body: bytes = b"") -> Cut:
    """Done, and answered with this."""

    def cut(box: Box, request: HttpRequest, answer: Answering) -> None:
        box.do(request)
        answer(HttpResponse(status, body))

    return cut


def _cut() -> HttpResponse:
    from tradewind.protocol.messages import Spoiled

    return Spoiled(200, b"", (), keep=0)


# --- a client -----------------------------------------------------------------------------------


def run(story: Callable[[Box, MemoryWire], Coroutine[Any, Any, T]]) -> T:
    """A story on a virtual clock, with the exchange served on the memory wire."""

    async def play() -> T:
        box, wire = Box(), MemoryWire(0.002)
        box.tick()
        server = await wire.serve(box, "127.0.0.1", 1024)
        try:
            return await story(box, wire)
        finally:
            await server.close()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(play())


def client(
    box: Box, wire: MemoryWire, journal: Journal | None = None, stream: bool = True, **more: Any
) -> Venue:
    """A client of the account; with a journal in memory unless one is given."""
    doors = {"rest": "http://127.0.0.1:1024"}
    if stream:
        doors["ws_api"] = "ws://127.0.0.1:1024/ws-api/v3"
    key = Key(box.credential.api_key, signer("hmac", SECRET), "test")
    more.setdefault("managed", True)
    return Venue(build(key), doors, wire, journal=journal or Journal(None), **more)
