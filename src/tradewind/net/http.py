"""The HTTP client: one host, a pool of connections, and an exact line between "nothing left this
machine" and "it may have happened".

    NotSent         no connection (refused, timeout, certificate), none free, or a bad request
    ---- the first byte leaves ----
    OutcomeUnknown  no whole answer: cut, timeout
    Unreadable      what came is no HTTP

One request at a time per connection; nothing is repeated, no redirect followed, no proxy asked.
"""

import asyncio
import ssl as tls
from collections import deque
from collections.abc import Mapping
from typing import Self, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from msgspec import Struct

from ..model import InvalidInput, NotSent, OutcomeUnknown, Unreadable
from .address import Address, address, default_tls
from .clock import monotonic_ns
from .wire import Answer

_OURS = frozenset({"host", "content-length", "connection", "transfer-encoding"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_SHOWN = 4096  # bytes of a garbled answer that an error carries
_HEADS_MAX = 1024  # request heads kept ready; a venue has some hundred operations
_NAMES: dict[bytes, str] = {}
_NAMES_MAX = 1024  # header names kept as text; peers choose them


class Pool(Struct, frozen=True):
    """How a client uses its host. Times in seconds."""

    connections: int = 8
    timeout: float = 10.0
    """For a whole request, waiting for a connection included."""
    keep: float = 20.0
    """How long an idle connection is trusted. Usual servers close after 60-75 s; a request that
    meets a connection just closed has an unknown outcome."""
    head_bytes: int = 256 * 1024
    answer_bytes: int = 64 << 20
    """The largest answers of the venues (all instruments) are below 20 MiB."""


class HttpClient:
    """Requests to one host; what ``wire.HttpClient`` says."""

    def __init__(
        self, url: str, *, ssl: tls.SSLContext | None = None, pool: Pool | None = None
    ) -> None:
        self.address = address(url, "http", "https")
        self.pool = pool or Pool()
        self._ssl = (ssl or default_tls()) if self.address.secure else None
        self._free = self.pool.connections
        self._queue: deque[asyncio.Future[None]] = deque()
        self._heads: dict[tuple[object, ...], tuple[str, str]] = {}
        self._idle: list[_Lane] = []
        self._lanes: set[_Lane] = set()
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
        """Ask once. Raises NotSent, OutcomeUnknown, Unreadable."""
        data = self._render(method, path, query, headers or {}, body)
        now = asyncio.get_running_loop().time()
        deadline = now + (self.pool.timeout if timeout is None else timeout)
        if self._free:
            self._free -= 1
        else:
            await self._turn(deadline)
        try:
            lane = self._reuse(now) or await self._connect(deadline)
            answer = await lane.ask(data, deadline, bodiless=method == "HEAD")
            if lane.usable:
                self._idle.append(lane)
            return answer
        finally:
            self._release()

    def _render(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> bytes:
        """``render_request``, with all but query and body kept from the last time."""
        if body or not query:
            return render_request(self.address, method, path, query, headers, body)
        key = (method, path, *headers.items())
        head = self._heads.get(key)
        if head is None:
            text = render_request(self.address, method, path, "", headers, body).decode()
            if len(self._heads) >= _HEADS_MAX:
                self._heads.clear()
            end = text.index(" HTTP/1.1\r\n")
            head = self._heads[key] = f"{text[:end]}?", text[end:]
        if not (query.isascii() and query.isprintable()) or " " in query:
            raise InvalidInput("the query holds what it must not")
        return f"{head[0]}{query}{head[1]}".encode()

    @property
    def idle(self) -> int:
        """Connections that are open and free."""
        return sum(lane.usable for lane in self._idle)

    async def close(self) -> None:
        """Close all connections and wait until they are. Requests under way end unknown."""
        self._closed = True
        self._idle.clear()
        lanes = tuple(self._lanes)
        for lane in lanes:
            lane.close()
        for lane in lanes:
            await lane.gone

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _turn(self, deadline: float) -> None:
        """Wait for another request to end. Raises NotSent."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            async with asyncio.timeout_at(deadline):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._release()  # it came too late for us
            if isinstance(error, TimeoutError):
                text = f"no connection to {self.address.name} became free in time"
                raise NotSent(text) from None
            raise

    def _release(self) -> None:
        """The next one may go."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _reuse(self, now: float) -> "_Lane | None":
        """The connection used last, which is the least likely to be closed by now."""
        while self._idle:
            lane = self._idle.pop()
            if lane.usable and lane.idle_since >= now - self.pool.keep:
                return lane
            lane.close()
        return None

    async def _connect(self, deadline: float) -> "_Lane":
        where = self.address
        if self._closed:
            raise NotSent("the client is closed")
        try:
            async with asyncio.timeout_at(deadline):
                _, lane = await asyncio.get_running_loop().create_connection(
                    lambda: _Lane(self.pool), where.host, where.port, ssl=self._ssl
                )
        except TimeoutError:
            raise NotSent(f"no connection to {where.name} in time") from None
        except OSError as error:
            raise NotSent(f"no connection to {where.name}: {error}") from error
        self._lanes.add(lane)
        lane.gone.add_done_callback(lambda _: self._lanes.discard(lane))
        if self._closed:
            lane.close()
            raise NotSent("the client is closed")
        return lane


class _Lane(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._loop = asyncio.get_running_loop()
        self.gone: asyncio.Future[None] = self._loop.create_future()
        self.idle_since = 0.0
        self._transport: asyncio.Transport = None  # type: ignore[assignment]  # set when made
        self._parser = HttpResponseParser(self)
        self._waiter: asyncio.Future[Answer] | None = None
        self._broken = False  # closing, or out of step with the peer
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        # the request under way
        self._bodiless = False
        self._started = 0
        self._bytes_out = 0
        self._bytes_in = 0
        self._first = b""
        # its answer
        self._status = 0
        self._headers: list[tuple[str, str]] = []
        self._headers_done = False
        self._body: list[bytes] = []

    @property
    def usable(self) -> bool:
        """Whether a request may be written."""
        return not self._broken and not self._transport.is_closing()

    async def ask(self, data: bytes, deadline: float, *, bodiless: bool) -> Answer:
        """Write a request and wait for its answer."""
        if not self.usable:
            raise NotSent("the connection was closed before anything was written")
        waiter: asyncio.Future[Answer] = self._loop.create_future()
        self._waiter = waiter
        self._bodiless = bodiless
        self._bytes_out, self._bytes_in, self._first = len(data), 0, b""
        self._started = monotonic_ns()
        self._transport.write(data)
        self._deadline = deadline
        if self._timer is None or self._timer.when() > deadline:
            self._watch()
        try:
            return await waiter
        except asyncio.CancelledError:
            self.abort()
            raise
        finally:
            self._waiter = None
            self.idle_since = self._loop.time()

    def _watch(self) -> None:
        """Fail the request under way at its deadline. One timer serves many requests: setting one
        for each costs more than writing it.
        """
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._deadline, self._late)

    def _late(self) -> None:
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() < self._deadline:
            self._watch()
        else:
            self._fail(OutcomeUnknown("no answer in time"))

    def close(self) -> None:
        """Close; a request under way ends unknown."""
        self._broken = True
        if self._waiter is not None:
            self._fail(OutcomeUnknown("the client was closed before the answer came"))
        else:
            self._transport.close()

    def abort(self) -> None:
        """Cut."""
        self._broken = True
        self._transport.abort()

    # -- the transport's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will come."""
        self._broken = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        why = f": {exc}" if exc else ""
        self._tell(OutcomeUnknown(f"the connection was lost before the whole answer came{why}"))
        if not self.gone.done():
            self.gone.set_result(None)

    def eof_received(self) -> bool:
        """The end of the connection is the end of an answer without a length."""
        self._broken = True
        if self._headers_done and self._ends_with_connection():
            self._finish()
        return False

    def data_received(self, data: bytes) -> None:
        """A piece of the answer."""
        waiter = self._waiter
        if waiter is None or waiter.done():
            self.abort()  # nobody asked
            return
        self._bytes_in += len(data)
        if len(self._first) < _SHOWN:
            self._first += data[:_SHOWN]
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._garbled(str(error))
            return
        most = self._pool.answer_bytes if self._headers_done else self._pool.head_bytes
        if self._bytes_in > most and not waiter.done():
            self._garbled(f"more than {most} bytes")

    # -- the parser's calls

    def on_message_begin(self) -> None:
        """A new answer, after an interim one (100, 103) too."""
        self._broken = self._broken or self._waiter is None or self._waiter.done()
        self._headers = []
        self._headers_done = False
        self._body = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, whole."""
        known = _NAMES.get(name)
        if known is None:
            known = name.decode("latin-1")
            if len(_NAMES) < _NAMES_MAX:
                _NAMES[name] = known
        self._headers.append((known, value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        """The answer to HEAD ends here, whatever length it announces."""
        self._status = self._parser.get_status_code()
        self._headers_done = True
        if self._bodiless and self._status >= 200:
            self._broken = True  # the parser waits for a body
            self._finish()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """A whole answer."""
        if self._status >= 200:
            self._broken = self._broken or not self._parser.should_keep_alive()
            self._finish()

    # -- helpers

    def _ends_with_connection(self) -> bool:
        names = {name.lower() for name, _ in self._headers}
        return not names & {"content-length", "transfer-encoding"}

    def _finish(self) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        waiter.set_result(
            Answer(
                self._status,
                b"".join(self._body),
                tuple(self._headers),
                monotonic_ns() - self._started,
                self._bytes_in,
                self._bytes_out,
            )
        )
        self._body = []
        if self._broken:
            self._leave()

    def _garbled(self, what: str) -> None:
        self._fail(Unreadable(f"the answer is no HTTP: {what}", self._first))

    def _fail(self, error: Exception) -> None:
        self._tell(error)
        self.abort()

    def _tell(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)

    def _leave(self) -> None:
        """Close; what the peer did not want to read any more is not sent."""
        if self._transport.get_write_buffer_size():
            self._transport.abort()
        else:
            self._transport.close()


def render_request(
    where: Address, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> bytes:
    """A request as bytes. Raises InvalidInput for what would break out of its line."""
    target = f"{path}?{query}" if query else path
    lines = [f"{method} {target} HTTP/1.1", f"Host: {where.name}"]
    for name, value in headers.items():
        if name.lower() in _OURS:
            raise InvalidInput(f"the header {name} is set by the wire")
        lines.append(f"{name}: {value}")
    if body or method in _WITH_BODY:
        lines.append(f"Content-Length: {len(body)}")
    text = "\r\n".join(lines)
    broken = text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1
    if broken or " " in target or " " in method or not target.startswith("/"):
        raise InvalidInput("method, target or a header holds what it must not")
    try:
        return text.encode("ascii") + b"\r\n\r\n" + body
    except UnicodeEncodeError:
        raise InvalidInput("target and headers are ASCII") from None
