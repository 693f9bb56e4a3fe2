"""What both wires offer. Whatever is written against these runs on sockets and in memory.

    server side    serve(application) -> Server; an Application is told what came and answers
    client side    HttpClient.request, connect -> WebSocketClient

``net.real`` has it on sockets, ``net.memory`` on a virtual clock.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import NoReturn, Protocol, Self

from msgspec import Struct

from ..model import TradewindError
from ..protocol.messages import HttpRequest, HttpResponse, Ping, Pong
from ..protocol.session import ServerSession

Answering = Callable[[HttpResponse], None]
"""Takes the answer to one request, exactly once, now or later."""


class Limits(Struct, frozen=True):
    """What a server bears from one peer; beyond it the peer is refused or cut, nobody else."""

    header_bytes: int = 64 * 1024
    """Request line and headers; 431. nginx and Apache allow 8-32 KiB, JWTs need some more."""
    body_bytes: int = 1 << 20
    """413. The largest order batches of the venues are far below 100 KiB."""
    message_bytes: int = 1 << 20
    """One WebSocket message, all its fragments; close code 1009."""
    write_bytes: int = 8 << 20
    """What a peer may leave unread in our memory before it is cut: about a second of everything
    the busiest venue streams."""
    pipelined: int = 64
    """Requests of one connection that wait for their answers; beyond it nothing more is read."""
    header_seconds: int = 10
    """From the first byte of a request to its last; 408 (what slow-header attacks live on)."""
    idle_seconds: int = 75
    """Between requests of a connection that is kept alive; nginx's usual value."""
    close_seconds: int = 2
    """For a peer to answer our close before it is cut."""
    connections: int = 4096
    """Open at once; 503."""


class Connection(Protocol):
    """One WebSocket connection, server end."""

    session: ServerSession
    request: HttpRequest

    def flush(self) -> None:
        """Put what ``session.take()`` gives on the wire. A peer that has left more than
        ``Limits.write_bytes`` unread is cut.
        """

    def close(self) -> None:
        """Close with 1001 (going away)."""

    def cut(self) -> None:
        """Drop the connection without a word."""


class Application(Protocol):
    """What a server serves. Everything is called in the loop's thread."""

    def http(self, request: HttpRequest, answer: Answering) -> None:
        """Answer through ``answer``; answers leave in the order of their requests."""

    def upgrade(self, request: HttpRequest) -> ServerSession | HttpResponse:
        """Accept a WebSocket with a session, or refuse it with an answer."""

    def opened(self, connection: Connection) -> None:
        """The handshake is done."""

    def received(self, connection: Connection, message: bytes) -> None:
        """A whole text or binary message."""

    def control(self, connection: Connection, frame: Ping | Pong) -> None:
        """A control frame; a ping has been answered already."""

    def closed(self, connection: Connection) -> None:
        """Gone, for whatever reason; called once for every ``opened``."""


class Server(Protocol):
    """Something that listens."""

    port: int

    @property
    def connections(self) -> frozenset[Connection]:
        """The WebSocket connections that are open now."""

    async def close(self) -> None:
        """Close listeners and connections, and wait until they are gone."""


class Answer(Struct, frozen=True, gc=False):
    """An HTTP answer and what it took. ``headers`` as they came, in order.

    ``elapsed_ns`` is from the first byte out to the last byte in; the sizes include headers.
    """

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]
    elapsed_ns: int
    bytes_in: int
    bytes_out: int

    def header(self, name: str) -> str | None:
        """A header's value, whatever the case of its name."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class HttpClient(Protocol):
    """Requests to one host."""

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
        """Ask once. Never repeats anything, never follows a redirect.

        Raises NotSent when no byte left, OutcomeUnknown when one did and no whole answer came,
        Unreadable when what came is no HTTP.
        """

    async def close(self) -> None:
        """Close the connections."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...


class CloseReason(Struct, frozen=True):
    """Why a WebSocket is closed. ``code`` 1006 when no close frame came, 1005 when it had none."""

    code: int
    reason: str = ""


class Closed(TradewindError):
    """The WebSocket is closed and everything that came before has been read."""

    def __init__(self, why: CloseReason) -> None:
        super().__init__(f"closed with {why.code} {why.reason}".rstrip())
        self.why = why


class WebSocketClient(Protocol):
    """The client's end of one WebSocket."""

    @property
    def closed(self) -> CloseReason | None:
        """Why it is closed; None while it is open."""

    @property
    def heard_ns(self) -> int:
        """When anything came last, monotonic."""

    def send(self, message: bytes) -> None:
        """Send a text message. Raises NotSent when closed or when the peer stopped reading."""

    async def receive(self) -> bytes:
        """The next message. Raises Closed after the last one."""

    async def each(self, take: Callable[[bytes], None]) -> NoReturn:
        """Call ``take`` with every message, in the reading of the socket itself: no task is woken
        in between. Raises Closed after the last one, and what ``take`` raises.
        """

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Messages until it is closed."""

    async def ping(self, payload: bytes = b"", *, timeout: float = 10.0) -> int:
        """Round trip in ns. Raises TimeoutError, or Closed."""

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close and wait until it is closed."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...


class Wire(Protocol):
    """A way to serve and to connect."""

    async def serve(
        self,
        application: Application,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        limits: Limits | None = None,
    ) -> Server:
        """Listen."""

    def http(self, url: str) -> HttpClient:
        """A client for ``http(s)://host[:port]``."""

    async def connect(self, url: str, headers: Mapping[str, str] | None = None) -> WebSocketClient:
        """Open ``ws(s)://host[:port]/path``. Raises NotSent, or Rejected when refused."""
