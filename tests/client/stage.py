"""A venue in memory on a virtual clock for the client's market data: the real exchange over the
memory wire, with a market that a test moves, and faults at the socket.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from msgspec import Struct
from tests.venues.binance.host import FakeHost

from tradewind.client.clock import Clock
from tradewind.client.market import Market
from tradewind.engine.commands import AnyCommand
from tradewind.engine.events import Event
from tradewind.model import Side
from tradewind.model import commands as ask
from tradewind.net.memory import MemoryWire, VirtualLoop
from tradewind.net.wire import Answer, Answering, Connection
from tradewind.protocol.messages import Close, Frame, HttpRequest, HttpResponse, Ping, Pong
from tradewind.protocol.session import ServerSession
from tradewind.venues.binance.client import Client, build, feed

T = TypeVar("T")
BTC = "BTCUSDT"
SECOND = 1_000_000_000
BEAT = 0.1


class Host(FakeHost):
    """The exchange on the loop's clock, without audits."""

    def __init__(self, loop: VirtualLoop, **settings: Any) -> None:
        self._loop = loop
        super().__init__(**settings)

    @property
    def venue_time(self) -> int:
        return self._loop.wall_ns()

    @venue_time.setter
    def venue_time(self, _: int) -> None:
        """The loop says it."""

    wall_time = venue_time

    def execute(self, command: AnyCommand) -> list[Event]:
        events = self.engine.apply(command, self.venue_time)
        self.history.project(events)
        self.tape.record(events)
        self.publish(events)
        return list(events)


class Faulty:
    """A session whose frames meet faults on their way out."""

    def __init__(self, session: ServerSession, faults: "Faults") -> None:
        self.inner = session
        self.peer = session.peer
        self.faults = faults

    def take(self) -> list[Frame]:
        frames = self.inner.take()
        kept: list[Frame] = []
        for frame in frames:
            if isinstance(frame, bytes):
                kept += self.faults.on_data(frame)
            else:
                kept.append(frame)
        return kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class Faults:
    """What happens to data frames; control frames always pass."""

    def __init__(self) -> None:
        self.frozen = False
        self.mute: tuple[bytes, ...] = ()
        self.drop: dict[bytes, int] = {}
        self.spoil = 0

    def on_data(self, frame: bytes) -> list[bytes]:
        if self.frozen or any(name in frame[:60] for name in self.mute):
            return []
        for name, left in self.drop.items():
            if left and name in frame[:80]:
                self.drop[name] = left - 1
                return []
        if self.spoil and b'"stream"' in frame[:10]:
            self.spoil -= 1
            return [frame[:-7]]
        return [frame]


class Exchange:
    """``net.wire.Application`` over the host."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.faults = Faults()
        self.connections: dict[int, Connection] = {}
        self.opened_ever = 0
        self.refused = 0
        self.asked: list[HttpRequest] = []
        self.down = False

    def http(self, request: HttpRequest, answer: Answering) -> None:
        self.asked.append(request)
        answer(HttpResponse(503, b"") if self.down else self.host.exchange.http(request))

    def upgrade(self, request: HttpRequest) -> ServerSession | HttpResponse:
        if self.down:
            self.refused += 1
            return HttpResponse(503, b"")
        door = "ws_api" if request.path.startswith("/ws-api") else "streams"
        session = self.host.exchange.open(request, door)
        return session if isinstance(session, HttpResponse) else Faulty(session, self.faults)

    def opened(self, connection: Connection) -> None:
        self.opened_ever += 1
        self.connections[id(connection.session.inner)] = connection  # type: ignore[attr-defined]
        connection.flush()

    def received(self, connection: Connection, message: bytes) -> None:
        connection.session.receive(message, self.host.wall())
        self.flush()

    def control(self, connection: Connection, frame: Ping | Pong) -> None:
        connection.session.control(frame, self.host.wall())
        self.flush()

    def closed(self, connection: Connection) -> None:
        self.connections.pop(id(connection.session.inner), None)  # type: ignore[attr-defined]
        connection.session.closed(self.host.wall())

    def flush(self) -> None:
        for session in self.host.exchange.dirty():
            connection = self.connections.get(id(session))
            if connection is not None:
                connection.flush()

    def beat(self) -> None:
        self.host.exchange.flush()
        now = self.host.wall()
        for connection in list(self.connections.values()):
            deadline = connection.session.next_deadline()
            if deadline is not None and deadline <= now:
                connection.session.wake(now)
        self.flush()

    def cut(self) -> None:
        """Every connection is gone without a word."""
        for connection in list(self.connections.values()):
            connection.cut()


class Came(Struct, frozen=True):
    """What came over the wire."""

    answer: Answer


class Stage:
    """Exchange and client in one loop."""

    def __init__(self, wire: MemoryWire, exchange: Exchange, url: str, client: Client) -> None:
        self.wire = wire
        self.exchange = exchange
        self.host = exchange.host
        self.client = client
        self.url = url
        self.info = HttpResponse(200)
        self.rng = random.Random(7)
        self.clock = Clock()
        self.http = wire.http(url.replace("ws://", "http://"))
        self.market = Market(
            feed(client), wire, url, client, self.ask, self.clock, jitter=self.rng.random
        )
        self.middle = 100_000

    async def ask(self, command: ask.Request) -> Came:
        """A question over REST."""
        request = self.client.request(command, self.clock.venue())
        return Came(
            await self.http.request(
                request.method, request.path, request.query, request.headers, request.body
            )
        )

    def move(self) -> None:
        """Something happens in the market: an order rests, is taken, or both."""
        rng = self.rng
        side = rng.choice((Side.BUY, Side.SELL))
        away = rng.randint(1, 200)
        price = self.middle - away if side is Side.BUY else self.middle + away
        self.host.rest(BTC, side, f"{price}.00", f"0.{rng.randint(1, 999):03d}")
        if rng.random() < 0.3:
            best = self.host.engine.levels(BTC, side, 1)
            if best:
                at = best[0][0] * self.host.markets[BTC].tick / 10**8
                self.host.take(BTC, side.opposite, f"{at:.2f}", "0.050")
        self.exchange.flush()

    async def trade_on(self, seconds: float, every: float = 0.05) -> None:
        """Let the market live for a while."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while loop.time() < until:
            self.move()
            await asyncio.sleep(every)

    def top(self, count: int = 20) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """The true book: scaled prices and quantities (8 places), best first."""
        market = self.host.markets[BTC]
        sides = []
        for side in (Side.BUY, Side.SELL):
            rows = self.host.engine.levels(BTC, side, count)
            sides.append([(price * market.tick, amount * market.step) for price, amount in rows])
        return sides[0], sides[1]


def play(story: Callable[[Stage], Awaitable[T]], beat: float = BEAT, **settings: Any) -> T:
    """Run a story on a stage, then take everything down."""

    async def run() -> T:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        wire = MemoryWire(0.001)
        exchange = Exchange(Host(loop, **settings))
        server = await wire.serve(exchange)
        client = build(None)
        stage = Stage(wire, exchange, f"ws://127.0.0.1:{server.port}", client)
        stage.info = await _info(stage)
        client.learn(client.read(ask.FetchInstruments(), stage.info))
        beats = loop.create_task(_beats(exchange, beat))
        try:
            return await story(stage)
        finally:
            beats.cancel()
            await asyncio.gather(beats, return_exceptions=True)
            await stage.market.close()
            await stage.http.close()
            await server.close()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        coroutine: Coroutine[Any, Any, T] = run()
        return runner.run(coroutine)


async def _info(stage: Stage) -> HttpResponse:
    answer = (await stage.ask(ask.FetchInstruments())).answer
    return HttpResponse(answer.status, answer.body, answer.headers)


async def _beats(exchange: Exchange, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        exchange.beat()


__all__ = ["BTC", "SECOND", "Close", "Exchange", "Stage", "play"]
