"""The wire and the intent journal as one life of the client has them: each place where something
is written is a step between which it may die.
"""

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import suppress
from contextvars import Context
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, Protocol, Self

from ..client.intents import Ahead, Journal
from ..model import Misconfigured, OutcomeUnknown, TradewindError
from ..net.memory import MemoryHttpClient, MemoryWebSocketClient, MemoryWire
from ..net.wire import Answer, Application, CloseReason, Limits, Server
from ..protocol.messages import HttpRequest
from ..protocol.outcomes import State
from .mortal import NOBODY, Life

LOST_SECONDS = 0.02
"""Until a lost connection is noticed."""

Dies = Callable[[Life, str], bool]
"""Whether the life ends at the named place."""


class LifeWire:
    """What ``net.wire.Wire`` says, until the life ends."""

    def __init__(
        self,
        wire: MemoryWire,
        life: Life,
        dies: Dies,
        severs: Callable[[Callable[[], HttpRequest]], float],
    ) -> None:
        """``severs`` says after how many seconds a request arrives whose connection is lost at
        once; 0 for most.
        """
        self.severs = severs
        self.wire = wire
        self.life = life
        self.dies = dies

    async def serve(
        self,
        application: Application,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        limits: Limits | None = None,
    ) -> Server:
        """Raises Misconfigured: this is the client's end."""
        del application, host, port, limits
        raise Misconfigured("a client's wire serves nothing")

    def http(self, url: str) -> "LifeHttp":
        """A client for ``http(s)://host[:port]``."""
        return LifeHttp(self, self.wire.http(url))

    async def connect(self, url: str, headers: Mapping[str, str] | None = None) -> "LifeSocket":
        """Open ``ws(s)://host[:port]/path``."""
        self.life.check()
        found = await self.wire.connect(url, headers)
        if self.life.dead:
            found.cut()
            self.life.check()
        self.life.at_death(found.cut)
        return LifeSocket(self, found)

    def before(self) -> None:
        """A request is about to leave."""
        self.life.check()
        if self.dies(self.life, "before send"):
            self.life.die("before send")

    def after(self) -> None:
        """Its bytes have just left; whoever sent it has not gone on yet."""
        if self.dies(self.life, "after send"):
            self.life.end("after send")

    def came(self) -> None:
        """An answer or a message came, and nobody has looked at it yet."""
        self.life.check()
        if self.dies(self.life, "answer came"):
            self.life.die("answer came")


class LifeHttp:
    """What ``wire.HttpClient`` says."""

    def __init__(self, wire: LifeWire, inner: MemoryHttpClient) -> None:
        self._wire = wire
        self._inner = inner

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
        """Ask once."""
        self._wire.before()
        self._wire.life.soon(self._wire.after)
        late = self._wire.severs(lambda: HttpRequest(method, path, query, {}, body))
        if late:
            again = partial(self._inner.request, method, path, query, headers, body)
            asyncio.get_running_loop().call_later(late, _on_its_own, again, context=NOBODY)
            await asyncio.sleep(LOST_SECONDS)
            raise OutcomeUnknown("the connection was lost before the answer came")
        answer = await self._inner.request(method, path, query, headers, body, timeout=timeout)
        self._wire.came()
        return answer

    async def close(self) -> None:
        """Close the connections."""
        await self._inner.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _on_its_own(ask: Callable[[], Coroutine[Any, Any, Answer]]) -> None:
    """Let a request arrive for which nobody waits any more."""

    async def forgotten() -> None:
        with suppress(TradewindError):
            await ask()

    task = asyncio.get_running_loop().create_task(forgotten(), context=Context())
    _UNDER_WAY.add(task)
    task.add_done_callback(_UNDER_WAY.discard)


_UNDER_WAY: set[asyncio.Task[None]] = set()
"""The loop itself keeps tasks weakly."""


class LifeSocket:
    """What ``wire.WebSocketClient`` says."""

    def __init__(self, wire: LifeWire, inner: MemoryWebSocketClient) -> None:
        self._wire = wire
        self._inner = inner

    @property
    def closed(self) -> CloseReason | None:
        """Why it is closed; None while it is open."""
        return self._inner.closed

    @property
    def heard_ns(self) -> int:
        """When anything came last, monotonic."""
        return self._inner.heard_ns

    def send(self, message: bytes) -> None:
        """Send a text message."""
        self._wire.before()
        self._inner.send(message)
        self._wire.life.soon(self._wire.after)

    async def receive(self) -> bytes:
        """The next message."""
        message = await self._inner.receive()
        self._wire.came()
        return message

    async def each(self, take: Callable[[bytes], None]) -> NoReturn:
        """Every message, each a step."""
        while True:
            take(await self.receive())

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Messages until it is closed."""
        async for message in self._inner:
            self._wire.came()
            yield message

    async def ping(self, payload: bytes = b"", *, timeout: float = 10.0) -> int:
        """Round trip in ns."""
        self._wire.life.check()
        return await self._inner.ping(payload, timeout=timeout)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close and wait until it is closed."""
        self._wire.life.check()
        await self._inner.close(code, reason)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class Reader(Protocol):
    """Who hears of what gets onto paper."""

    def written(self, state: State) -> None:
        """An intent."""

    def became(self, state: State) -> None:
        """An outcome, which may still be lost before it is on paper."""

    def found(self, state: State) -> None:
        """A new life reads an intent that has no outcome."""


class Paper:
    """What an intent journal is written on: it outlives the lives of the client, until it is lost.

    ``ahead`` are the lines of its log, ``identities`` is the file beside it.
    """

    def __init__(self, draw: Callable[[], str], reader: Reader) -> None:
        self.draw = draw
        self.reader = reader
        self.identities: list[str] = []
        self.ahead: list[bytes] = []
        self.connection = _blank()
        self._before = ""

    def lose(self, *, identities: bool) -> None:
        """The journal's file is gone, and perhaps the list of identities too."""
        self._before = self.digest()
        self.connection.close()
        self.connection = _blank()
        self.ahead.clear()
        if identities:
            self.identities.clear()

    def digest(self) -> str:
        """Of everything that was ever on it."""
        found = hashlib.sha256(self._before.encode())
        tables = self.connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall()
        for (table,) in tables:
            for row in self.connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2"):  # noqa: S608  (names of our own tables)
                found.update(repr(row).encode())
        found.update(b"".join(self.ahead))
        return found.hexdigest()


def _blank() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)


class Lines(Ahead):
    """The log of a journal on paper. ``clearing`` comes before it is emptied."""

    def __init__(self, lines: list[bytes], clearing: Callable[[], None]) -> None:
        self.path = Path("paper")
        self.size = sum(map(len, lines))
        self._lines = lines
        self._clearing = clearing

    def write(self, line: bytes) -> None:
        """Append a line."""
        self._lines.append(line)
        self.size += len(line)

    def lines(self) -> list[bytes]:
        """Everything appended."""
        return list(self._lines)

    def clear(self) -> None:
        """Begin anew."""
        self._clearing()
        self._lines.clear()
        self.size = 0

    def close(self) -> None:
        """The paper stays."""


class LifeJournal(Journal):
    """The client's own intent journal on paper, with a step on both sides of each write."""

    def __init__(self, paper: Paper, life: Life, dies: Dies, form: Callable[[str, int], str]):
        self._paper = paper
        self._life = life
        self._dies = dies
        super().__init__(None, form)

    def append(self, state: State) -> None:
        """Put an intent on disk."""
        self._at("before journal")
        super().append(state)
        self._paper.reader.written(state)
        self._at("after journal")

    def unfinished(self) -> list[State]:
        """Intents whose outcome is not here, oldest first."""
        states = super().unfinished()
        for state in states:
            self._paper.reader.found(state)
        return states

    def settle(self, state: State) -> None:
        """Take the outcome of an intent."""
        self._at("before outcome")
        super().settle(state)
        self._paper.reader.became(state)
        self._at("after outcome")

    def flush(self) -> None:
        """Write what was taken."""
        if self._ahead or self._behind or self._orders or self._fills:
            self._at("before flush")
            super().flush()
            self._at("after flush")

    def note(self, key: str, value: str) -> None:
        """Keep a small fact."""
        self._life.check()
        super().note(key, value)

    def abandon(self) -> None:
        """Close: the paper stays."""

    def _at(self, place: str) -> None:
        self._life.check()
        if self._dies(self._life, place):
            self._life.die(place)

    def _prepare(self) -> None:
        self._connection.close()
        self._connection = self._paper.connection
        if self._connection.in_transaction:  # the life before ended inside one
            self._connection.execute("ROLLBACK")
        self._execute = self._connection.execute
        self._log = Lines(self._paper.ahead, lambda: self._at("before log cleared"))
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID"
        )
        fresh = self.noted("identity") is None
        if fresh:
            self.note("identity", self._paper.draw())
        super()._prepare()
        if fresh:
            self.lost = bool(self._paper.identities)
            self._paper.identities.append(self.identity)
            self.identities = tuple(dict.fromkeys((*self._paper.identities, self.identity)))

    def _old_identities(self) -> tuple[str, ...]:
        return tuple(self._paper.identities)
