"""What the tests of the wires stand on: an application, the wires, raw bytes, a certificate."""

import asyncio
import gc
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tradewind.net.http import Pool
from tradewind.net.inbox import Bound
from tradewind.net.memory import MemoryWire, VirtualLoop
from tradewind.net.real import RealWire
from tradewind.net.wire import Answering, Connection, Wire
from tradewind.protocol.messages import Close, Frame, HttpRequest, HttpResponse, Ping, Pong

T = TypeVar("T")
MIB = 1 << 20


class Outbox:
    """A session that only holds what is to be sent."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self.out: list[Frame] = []

    def take(self) -> list[Frame]:
        out, self.out = self.out, []
        return out

    def receive(self, message: bytes, now: int) -> None: ...

    def control(self, frame: Ping | Pong, now: int) -> None: ...

    def next_deadline(self) -> int | None: ...

    def wake(self, now: int) -> None: ...

    def closed(self, now: int) -> None: ...


class Desk:
    """An application that does what it is told, and remembers what happened."""

    def __init__(self) -> None:
        self.requests: list[HttpRequest] = []
        self.waiting: list[Answering] = []
        self.happened: list[object] = []
        self._changed: asyncio.Event | None = None

    def http(self, request: HttpRequest, answer: Answering) -> None:
        self.requests.append(request)
        match request.path.split("/")[1:]:
            case ["echo"]:
                answer(HttpResponse(200, request.body, (("X-Two", "a"), ("x-two", "b"))))
            case ["later"]:
                self.waiting.append(answer)
            case ["status", code]:
                answer(HttpResponse(int(code), b"said no", (("Location", "/echo"),)))
            case ["broken"]:
                raise LookupError("a mistake in the application")
            case ["split"]:
                answer(HttpResponse(200, b"", (("X", "a\r\nSet-Cookie: b"),)))
            case _:
                answer(HttpResponse(200, msgspec.json.encode(request)))
        self._tell()

    def upgrade(self, request: HttpRequest) -> Outbox | HttpResponse:
        if request.path == "/broken":
            raise LookupError("a mistake in the application")
        if request.path != "/ws":
            return HttpResponse(403, b"not here")
        return Outbox(request.peer)

    def opened(self, connection: Connection) -> None:
        self._note("opened")

    def received(self, connection: Connection, message: bytes) -> None:
        self._note(("received", len(message)))
        out = connection.session.out  # type: ignore[attr-defined]
        word, _, rest = message[:60].decode(errors="replace").partition(" ")
        match word:
            case "close":
                code, _, reason = rest.partition(" ")
                out += [b"last", Close(int(code), reason), b"never seen"]
            case "ping":
                out.append(Ping(rest.encode()))
            case "many":
                out += [b"%d" % n for n in range(int(rest))]
            case "flood":
                for _ in range(int(rest)):
                    out.append(bytes(MIB))
                    connection.flush()
                    out = connection.session.out  # type: ignore[attr-defined]
            case "quiet":
                pass
            case "broken":
                raise LookupError("a mistake in the application")
            case _:
                out.append(message)
        connection.flush()

    def control(self, connection: Connection, frame: Ping | Pong) -> None:
        self._note(frame)

    def closed(self, connection: Connection) -> None:
        self._note("closed")

    async def until(self, test: Callable[[], object]) -> None:
        """Wait for something to happen here."""
        async with asyncio.timeout(10):
            while not test():
                self._changed = asyncio.Event()
                await self._changed.wait()

    async def seen(self, what: object) -> None:
        await self.until(lambda: what in self.happened)

    def _note(self, what: object) -> None:
        self.happened.append(what)
        self._tell()

    def _tell(self) -> None:
        if self._changed is not None:
            self._changed.set()


class Play(Protocol):
    """Runs a scenario on one kind of wire."""

    kind: str
    secure: bool

    def __call__(
        self,
        scenario: Callable[[Wire], Coroutine[Any, Any, T]],
        *,
        pool: Pool | None = None,
        bound: Bound | None = None,
    ) -> T: ...


class OnWire:
    """``Play`` for one of KINDS. Leaves nothing behind, or fails."""

    KINDS = ("memory", "asyncio", "uvloop", "tls", "tls-uvloop")

    def __init__(self, kind: str, certificate: "Certificate") -> None:
        self.kind = kind
        self.secure = kind.startswith("tls")
        self._certificate = certificate

    def __call__(
        self,
        scenario: Callable[[Wire], Coroutine[Any, Any, T]],
        *,
        pool: Pool | None = None,
        bound: Bound | None = None,
    ) -> T:
        return run(self.kind, lambda: scenario(self._wire(pool, bound)))

    def _wire(self, pool: Pool | None, bound: Bound | None) -> Wire:
        if self.kind == "memory":
            return MemoryWire(pool=pool, bound=bound)
        if not self.secure:
            return RealWire(pool=pool, bound=bound)
        return RealWire(
            serving=self._certificate.serving(),
            trusting=self._certificate.trusting(),
            pool=pool,
            bound=bound,
        )

    def http_url(self, port: int) -> str:
        return f"https://localhost:{port}" if self.secure else f"http://127.0.0.1:{port}"

    def ws_url(self, port: int, path: str = "/ws") -> str:
        return f"{'ws' + self.http_url(port)[4:]}{path}"


def run(kind: str, scenario: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run on the loop of that kind; fails when tasks or sockets are left."""
    loops: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
        "memory": VirtualLoop,
        "asyncio": asyncio.new_event_loop,
        "tls": asyncio.new_event_loop,
        "uvloop": uvloop.new_event_loop,
        "tls-uvloop": uvloop.new_event_loop,
    }

    async def whole() -> T:
        async with asyncio.timeout(None if kind == "memory" else 20):
            result = await scenario()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"tasks are left: {left}"
        return result

    gc.freeze()  # what was there before need not be looked at below
    with asyncio.Runner(loop_factory=loops[kind]) as runner:
        result = runner.run(whole())
    gc.collect()  # an unclosed socket warns now, and the warning is an error
    gc.unfreeze()
    return result


class Raw:
    """A client that sends just these bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> "Raw":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    def send(self, *parts: bytes) -> None:
        self._writer.write(b"".join(parts))

    async def answer(self, *, bodiless: bool = False) -> tuple[int, dict[str, str], bytes]:
        """One HTTP answer: status, headers, body."""
        async with asyncio.timeout(10):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
            line, *fields = head.rstrip().split("\r\n")
            headers = dict(field.lower().split(": ", 1) for field in fields)
            size = 0 if bodiless else int(headers.get("content-length", 0))
            return int(line.split()[1]), headers, await self._reader.readexactly(size)

    async def frame(self) -> tuple[int, bytes]:
        """One WebSocket frame: its first byte, its payload."""
        async with asyncio.timeout(10):
            first, size = await self._reader.readexactly(2)
            if size == 126:
                size = int.from_bytes(await self._reader.readexactly(2), "big")
            elif size == 127:
                size = int.from_bytes(await self._reader.readexactly(8), "big")
            return first, await self._reader.readexactly(size)

    async def rest(self) -> bytes:
        """Everything until the end."""
        async with asyncio.timeout(10):
            return await self._reader.read()

    def end(self) -> None:
        """Send no more, but read on."""
        self._writer.write_eof()

    def stop_reading(self) -> None:
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]

    async def abort(self) -> None:
        """Cut, with whatever is unsent or unread."""
        self._writer.transport.abort()
        await self.close()

    async def close(self) -> None:
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            return


def masked(first: int, payload: bytes) -> bytes:
    """A client's frame (with a mask that changes nothing)."""
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 1 << 16:
        head = bytes((first, 0x80 | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 0x80 | 127)) + size.to_bytes(8, "big")
    return head + bytes(4) + payload


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Scripted:
    """A server that answers connection n with the n-th script, and then closes it."""

    def __init__(self, *scripts: Handler) -> None:
        self.port = 0
        self.accepted = 0
        self.ended = 0
        self._scripts = scripts
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Scripted":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        script = self._scripts[min(self.accepted, len(self._scripts) - 1)]
        self.accepted += 1
        try:
            await script(reader, writer)
        except ConnectionError:
            pass
        finally:
            self.ended += 1
            writer.close()


def after_request(answer: bytes, *, stay: bool = False) -> Handler:
    """Read requests and answer each with these bytes; close, or wait for the client to."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            try:
                await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                return
            writer.write(answer)
            if not stay:
                return

    return script


class Certificate:
    """A throw-away certificate for localhost, trusted by nobody who is not told to."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "localhost.pem"
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(key, hashes.SHA256())
        )
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self._file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))

    def serving(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._file)
        return context

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self._file))
