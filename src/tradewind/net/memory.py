"""The wire in memory: the same interfaces, no sockets, on a virtual clock.

Messages cross as values: a request is an ``HttpRequest``, a frame is a ``Frame``. Each takes the
wire's latency, and what one end sent arrives in that order. Together with ``VirtualLoop`` a whole
system runs deterministically, and as fast as it computes.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from itertools import count
from typing import NoReturn, Self

from ..model import NotSent, OutcomeUnknown, Rejected
from ..protocol.messages import Close, Frame, HttpRequest, HttpResponse, Ping, Pong, Spoiled
from ..protocol.session import ServerSession
from .address import Address, address
from .clock import wall_ns
from .frames import Assembler, Violation
from .http import Pool, render_request
from .http_peer import date_line, render_answer
from .inbox import Bound, Inbox
from .virtual import START_NS, Deadlock, VirtualLoop
from .websocket import CLOSE_SECONDS, WRITE_BYTES
from .wire import Answer, Application, Closed, CloseReason, Connection, Limits

__all__ = ["START_NS", "Deadlock", "MemoryWire", "VirtualLoop"]

Latency = Callable[[], float]
"""Seconds one way, asked for every message: may draw from a seeded generator."""


class MemoryWire:
    """What ``wire.Wire`` says. ``latency`` in seconds one way. Ports count up from 1024."""

    def __init__(
        self,
        latency: float | Latency = 0.0005,
        *,
        pool: Pool | None = None,
        bound: Bound | None = None,
    ) -> None:
        self.latency: Latency = latency if callable(latency) else lambda: latency
        self.pool = pool or Pool()
        self.bound = bound or Bound()
        self._servers: dict[tuple[str, int], MemoryServer] = {}
        self._ports = count(1024)

    async def serve(
        self,
        application: Application,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        limits: Limits | None = None,
    ) -> "MemoryServer":
        """Listen at a host and port, of which there can be any. Raises OSError when taken."""
        place = (host, port or next(self._ports))
        if place in self._servers:
            raise OSError(f"{host}:{port} is taken")
        server = MemoryServer(self, application, limits or Limits(), place)
        self._servers[place] = server
        return server

    def http(self, url: str) -> "MemoryHttpClient":
        """A client for ``http(s)://host[:port]``."""
        return MemoryHttpClient(self, address(url, "http", "https"))

    async def connect(
        self, url: str, headers: Mapping[str, str] | None = None
    ) -> "MemoryWebSocketClient":
        """Open ``ws(s)://host[:port]/path``. Raises NotSent, Rejected."""
        where = address(url, "ws", "wss")
        await asyncio.sleep(self.latency())
        server = self.find(where)
        request = _handshake(where, headers or {})
        verdict = server.application.upgrade(request)
        if isinstance(verdict, HttpResponse):
            await asyncio.sleep(self.latency())
            said = verdict.body[:200].decode(errors="replace")
            text = f"handshake refused with {verdict.status} {said}".rstrip()
            raise Rejected(text, "", verdict.status)
        connection = MemoryConnection(server, request, verdict)
        connection.open()
        await asyncio.sleep(self.latency())
        return connection.client

    @staticmethod
    def wall_ns() -> int:
        """What the Date header shows."""
        loop = asyncio.get_running_loop()
        return loop.wall_ns() if isinstance(loop, VirtualLoop) else wall_ns()

    def find(self, where: Address) -> "MemoryServer":
        """Who listens there. Raises NotSent."""
        server = self._servers.get((where.host, where.port))
        if server is None:
            raise NotSent(f"no connection to {where.name}: nobody listens")
        return server

    def forget(self, place: tuple[str, int]) -> None:
        """Nobody listens there any more."""
        self._servers.pop(place, None)


class MemoryServer:
    """Something that listens."""

    def __init__(
        self, wire: MemoryWire, application: Application, limits: Limits, place: tuple[str, int]
    ) -> None:
        self.wire = wire
        self.application = application
        self.limits = limits
        self.port = place[1]
        self.listening = True
        self._place = place
        self._exchanges: dict[_Exchange, None] = {}
        self._websockets: dict[MemoryConnection, None] = {}  # ordered, unlike a set
        self._gone: asyncio.Future[None] | None = None

    @property
    def connections(self) -> frozenset[Connection]:
        """The WebSocket connections that are open now."""
        return frozenset(self._websockets)

    async def close(self) -> None:
        """Cut what is asked, close what is connected, wait until it is."""
        if not self.listening:
            return
        self.listening = False
        self.wire.forget(self._place)
        for exchange in tuple(self._exchanges):
            exchange.lose()
        for connection in tuple(self._websockets):
            connection.close()
        if self._websockets:
            self._gone = asyncio.get_running_loop().create_future()
            await self._gone

    def take(self, exchange: "_Exchange") -> None:
        """A request has arrived."""
        request = exchange.request
        self._exchanges[exchange] = None
        head = sum(len(name) + len(value) for name, value in request.headers.items())
        if head + len(request.path) + len(request.query) > self.limits.header_bytes:
            exchange.answer(HttpResponse(431))
        elif len(request.body) > self.limits.body_bytes:
            exchange.answer(HttpResponse(413))
        else:
            self.application.http(request, exchange.answer)

    def done(self, exchange: "_Exchange") -> None:
        """It is answered, or nobody waits for it."""
        self._exchanges.pop(exchange, None)

    def enter(self, connection: "MemoryConnection") -> None:
        """A WebSocket is open."""
        self._websockets[connection] = None

    def leave(self, connection: "MemoryConnection") -> None:
        """A WebSocket is gone."""
        self._websockets.pop(connection, None)
        self.application.closed(connection)
        if self._gone is not None and not self._websockets and not self._gone.done():
            self._gone.set_result(None)


class MemoryHttpClient:
    """Requests to one host; what ``wire.HttpClient`` says."""

    def __init__(self, wire: MemoryWire, where: Address) -> None:
        self._wire = wire
        self._where = where
        self._free = asyncio.Semaphore(wire.pool.connections)
        self._under_way: dict[_Exchange, None] = {}
        self._closed = False

    async def request(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        timeout: float | None = None,
    ) -> Answer:
        """Ask once. Raises NotSent, OutcomeUnknown."""
        data = render_request(self._where, method, path, query, headers or {}, body)
        lowered = {name.lower(): value for name, value in (headers or {}).items()}
        request = HttpRequest(
            method, path, query, {"host": self._where.name, **lowered}, body, "127.0.0.1"
        )
        seconds = self._wire.pool.timeout if timeout is None else timeout
        deadline = asyncio.get_running_loop().time() + seconds
        try:
            async with asyncio.timeout_at(deadline):
                await self._free.acquire()
        except TimeoutError:
            raise NotSent(f"no connection to {self._where.name} became free in time") from None
        try:
            return await self._ask(request, len(data), deadline)
        finally:
            self._free.release()

    async def close(self) -> None:
        """Requests under way end unknown."""
        self._closed = True
        for exchange in tuple(self._under_way):
            exchange.fail(OutcomeUnknown("the client was closed before the answer came"))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _ask(self, request: HttpRequest, size: int, deadline: float) -> Answer:
        if self._closed:
            raise NotSent("the client is closed")
        server = self._wire.find(self._where)
        exchange = _Exchange(server, request, size)
        self._under_way[exchange] = None
        try:
            return await exchange.run(deadline)
        finally:
            self._under_way.pop(exchange, None)


class _Exchange:
    """One request and its answer, on the way."""

    def __init__(self, server: MemoryServer, request: HttpRequest, size: int) -> None:
        self.request = request
        self._server = server
        self._size = size
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._waiter: asyncio.Future[Answer] = self._loop.create_future()
        self._answered = False

    async def run(self, deadline: float) -> Answer:
        """Send it and wait."""
        self._loop.call_later(self._server.wire.latency(), self._arrive)
        timer = self._loop.call_at(deadline, self.fail, OutcomeUnknown("no answer in time"))
        try:
            return await self._waiter
        finally:
            timer.cancel()
            self._server.done(self)

    def answer(self, response: HttpResponse) -> None:
        """Take the application's answer."""
        if self._answered:
            raise RuntimeError("a request is answered once")
        self._answered = True
        if not self._waiter.done():
            self._loop.call_later(self._server.wire.latency(), self._deliver, response)

    def lose(self) -> None:
        """The server cuts the connection."""
        self._loop.call_later(
            self._server.wire.latency(),
            self.fail,
            OutcomeUnknown("the connection was lost before the whole answer came"),
        )

    def fail(self, error: Exception) -> None:
        """It ends without an answer."""
        if not self._waiter.done():
            self._waiter.set_exception(error)

    def _arrive(self) -> None:
        if self._server.listening:
            self._server.take(self)
        else:
            self.lose()

    def _deliver(self, response: HttpResponse) -> None:
        if self._waiter.done():
            return
        if isinstance(response, Spoiled):
            self._spoil(response)
            return
        date = date_line(self._server.wire.wall_ns() // 1_000_000_000)
        data = render_answer(response, date, False, self.request.method == "HEAD")
        elapsed = round((self._loop.time() - self._started) * 1e9)
        head, _, body = data.partition(b"\r\n\r\n")
        _, *lines = head.decode("latin-1").split("\r\n")
        fields = tuple((name, value) for name, _, value in (x.partition(": ") for x in lines))
        self._waiter.set_result(
            Answer(response.status, body, fields, elapsed, len(data), self._size)
        )

    def _spoil(self, response: Spoiled) -> None:
        """An answer that does not arrive whole, or takes its time."""
        size = len(render_answer(response, "", True, False))
        count = size if response.keep < 0 else min(size, response.keep)
        wait = count * response.byte_ns / 1e9
        if count < size:
            lost = OutcomeUnknown("the connection was lost before the whole answer came")
            self._loop.call_later(wait, self.fail, lost)
        else:
            whole = HttpResponse(response.status, response.body, response.headers)
            self._loop.call_later(wait, self._deliver, whole)


class _Cut:
    """The end of a connection without a close frame."""


class _Pipe:
    """One direction of a WebSocket: what was sent arrives later, in order."""

    def __init__(self, latency: Latency, arrive: Callable[[Frame | _Cut], None]) -> None:
        self.waiting_bytes = 0
        """Sent and not yet taken by the other end."""
        self._latency = latency
        self._arrive = arrive
        self._loop = asyncio.get_running_loop()
        self._last = 0.0
        self._held: deque[Frame | _Cut] | None = None
        self._open = True

    def send(self, frame: Frame | _Cut) -> None:
        """Put a frame on its way, never ahead of an earlier one."""
        self.waiting_bytes += _size(frame)
        self._last = max(self._last, self._loop.time() + self._latency())
        self._loop.call_at(self._last, self._deliver, frame)

    def hold(self) -> None:
        """The other end does not read."""
        if self._held is None:
            self._held = deque()

    def release(self) -> None:
        """The other end reads again."""
        held, self._held = self._held, None
        while held:
            self._take(held.popleft())
            if self._held is not None:  # held again by what was just taken
                self._held.extend(held)
                return

    def drop(self) -> None:
        """What is under way is lost."""
        self._open = False

    def _deliver(self, frame: Frame | _Cut) -> None:
        if self._held is not None and not isinstance(frame, _Cut):
            self._held.append(frame)
        else:
            self._take(frame)

    def _take(self, frame: Frame | _Cut) -> None:
        self.waiting_bytes -= _size(frame)
        if self._open or isinstance(frame, _Cut):
            self._arrive(frame)


class MemoryConnection:
    """One WebSocket connection, server end; what ``wire.Connection`` says."""

    def __init__(self, server: MemoryServer, request: HttpRequest, session: ServerSession) -> None:
        self.request = request
        self.session = session
        self._server = server
        self._limits = server.limits
        self._assembler = Assembler(server.limits.message_bytes)
        self._closing: Close | None = None
        self._gone = False
        self._timer: asyncio.TimerHandle | None = None
        wire = server.wire
        self.from_client = _Pipe(wire.latency, self._receive)
        self.client = MemoryWebSocketClient(wire.bound, self.from_client)
        self._to_client = _Pipe(wire.latency, self.client.arrive)
        self.client.attach(self._to_client)

    def open(self) -> None:
        """The handshake is done."""
        self._server.enter(self)
        self._server.application.opened(self)

    def flush(self) -> None:
        """Put what the session has on the wire."""
        for frame in self.session.take():
            if self._closing is not None or self._gone:
                return
            if isinstance(frame, Close):
                self._close(frame)
            else:
                self._to_client.send(frame)
        if self._to_client.waiting_bytes > self._limits.write_bytes:
            self.cut()

    def close(self) -> None:
        """Close with 1001 (going away)."""
        self._close(Close(1001))

    def cut(self) -> None:
        """Drop the connection without a word."""
        if not self._gone:
            self._to_client.drop()
            self._to_client.send(_Cut())
            self._leave()

    def _close(self, frame: Close) -> None:
        if self._closing is None and not self._gone:
            self._closing = frame
            self._to_client.send(frame)
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._limits.close_seconds, self.cut)

    def _receive(self, frame: Frame | _Cut) -> None:
        application = self._server.application
        match frame:
            case _ if self._gone:
                return
            case _Cut():
                self._leave()
            case Close():
                if self._closing is None:
                    self._to_client.send(frame)
                self._leave()
            case _ if self._closing is not None:
                return
            case bytes():
                self._on_message(frame)
            case Ping(payload):
                self._to_client.send(Pong(payload))
                application.control(self, frame)
            case Pong():
                application.control(self, frame)

    def _on_message(self, message: bytes) -> None:
        try:
            self._assembler.add(message, text=True, continues=False, final=True)
        except Violation as violation:
            self._close(Close(violation.why.code, violation.why.reason))
        else:
            self._server.application.received(self, message)

    def _leave(self) -> None:
        self._gone = True
        if self._timer is not None:
            self._timer.cancel()
        asyncio.get_running_loop().call_soon(self._server.leave, self)


class MemoryWebSocketClient:
    """What ``wire.WebSocketClient`` says."""

    def __init__(self, bound: Bound, to_server: _Pipe) -> None:
        self._to_server = to_server
        self._from_server: _Pipe | None = None
        self._inbox = Inbox(bound, self._hold, self._release)
        self._loop = asyncio.get_running_loop()
        self._heard = self._loop.time()
        self._pings: dict[bytes, asyncio.Future[float]] = {}
        self._counter = count(1)
        self._closing: CloseReason | None = None
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None

    def attach(self, from_server: _Pipe) -> None:
        """The other direction."""
        self._from_server = from_server

    @property
    def closed(self) -> CloseReason | None:
        """Why it is closed; None while it is open."""
        return self._inbox.closed

    @property
    def heard_ns(self) -> int:
        """When anything came last, monotonic."""
        return round(self._heard * 1e9)

    def send(self, message: bytes) -> None:
        """Send a text message. Raises NotSent when closed or when the peer stopped reading."""
        if self.closed is not None or self._closing is not None:
            raise NotSent("the WebSocket is closed")
        if self._to_server.waiting_bytes > WRITE_BYTES:
            raise NotSent("the peer does not read")
        self._to_server.send(message)

    async def receive(self) -> bytes:
        """The next message. Raises Closed after the last one."""
        return await self._inbox.get()

    async def each(self, take: Callable[[bytes], None]) -> NoReturn:
        """Call ``take`` with every message as it comes. Raises Closed, and what ``take`` raises."""
        await self._inbox.each(take)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Messages until it is closed; ``closed`` says why."""
        try:
            while True:
                yield await self._inbox.get()
        except Closed:
            return

    async def ping(self, payload: bytes = b"", *, timeout: float = 10.0) -> int:
        """Round trip in ns. Raises TimeoutError, or Closed."""
        if self.closed is not None:
            raise Closed(self.closed)
        payload = payload or next(self._counter).to_bytes(8, "big")
        pong = self._pings[payload] = self._loop.create_future()
        started = self._loop.time()
        self._to_server.send(Ping(payload))
        try:
            async with asyncio.timeout(timeout):
                heard: float = await pong
                return round((heard - started) * 1e9)
        finally:
            self._pings.pop(payload, None)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close and wait until it is closed."""
        self._begin_close(CloseReason(code, reason))
        await asyncio.shield(self._gone)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def cut(self) -> None:
        """Drop the connection without a word, as the death of the process does."""
        if not self._gone.done():
            self._to_server.send(_Cut())
            self._leave(CloseReason(1006, "dropped"))

    def arrive(self, frame: Frame | _Cut) -> None:
        """Something came from the server."""
        if self._gone.done():
            return
        self._heard = self._loop.time()
        match frame:
            case bytes():
                if self._closing is None and not self._inbox.put(frame):
                    self._begin_close(CloseReason(1008, "read too slowly"))
            case Ping(payload):
                self._to_server.send(Pong(payload))
            case Pong(payload):
                pong = self._pings.get(payload)
                if pong is not None and not pong.done():
                    pong.set_result(self._heard)
            case Close(code, reason):
                if self._closing is None:
                    self._to_server.send(frame)
                self._leave(self._closing or CloseReason(code, reason))
            case _Cut():
                self._leave(self._closing or CloseReason(1006, "the connection was lost"))

    def _begin_close(self, why: CloseReason) -> None:
        if self._closing is None and not self._gone.done():
            self._closing = why
            self._to_server.send(Close(why.code, why.reason))
            self._release()  # the server's close is behind the messages
            self._timer = self._loop.call_later(CLOSE_SECONDS, self._leave, why)

    def _leave(self, why: CloseReason) -> None:
        if self._gone.done():
            return
        if self._timer is not None:
            self._timer.cancel()
        self._inbox.close(why)
        for pong in self._pings.values():
            if not pong.done():
                pong.set_exception(Closed(why))
        self._gone.set_result(None)

    def _hold(self) -> None:
        if self._from_server is not None:
            self._from_server.hold()

    def _release(self) -> None:
        if self._from_server is not None:
            self._from_server.release()


def _size(frame: Frame | _Cut) -> int:
    match frame:
        case bytes():
            return len(frame)
        case Ping(payload) | Pong(payload):
            return len(payload)
        case _:
            return 0


def _handshake(where: Address, headers: Mapping[str, str]) -> HttpRequest:
    lowered = {name.lower(): value for name, value in headers.items()}
    path, _, query = where.target.partition("?")
    ours = {"host": where.name, "upgrade": "websocket", "connection": "Upgrade"}
    return HttpRequest("GET", path, query, ours | lowered, b"", "127.0.0.1")
