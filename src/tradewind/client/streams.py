"""Market streams over shared connections that come back, change over in time, and are watched.

    listener --> Hub --> Line (a socket and its successor) ~~ venue
                          |- reader: message -> feed.read -> the stream's listeners
                          |- watcher: silence -> ask on the socket, ask over REST -> close it
                          `- keeper of time: shortly before its end a second socket takes over

What is lost in a cut is told to each listener (``lost``), which knows what that means for it: a
book wants a snapshot, trades are fetched from the last id on, a ticker does nothing.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum, unique
from itertools import count
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from ..model import NotSent, Rejected, TradewindError, Unreadable
from ..model.commands import Stream
from ..net.wire import Closed, WebSocketClient, Wire
from ..protocol.liveness import Liveness
from ..protocol.streaming import Answered, Data, Feed, Leaving
from .clock import Clock

_log = logging.getLogger(__name__)

SECOND = 1_000_000_000

BACKOFF_FIRST = 0.25
BACKOFF_MAX = 30.0
"""Seconds between attempts to connect: doubled each time, up to 120 attempts an hour."""

HEALTHY = 10.0
"""Seconds after which a connection is believed, and the next backoff is short again."""

FIRST_TRIES = 3
"""Attempts before those who listen are told that there was never a connection."""

ANSWER_SECONDS = 5.0
"""For the answer to a control message; venues answer in milliseconds."""

LEAD = 600 * SECOND
"""How long before its end a connection is replaced: the venues' notice, where they give one."""

OVERLAP = 1.0
"""Seconds in which both connections run, more than two paths ever differ."""

BACKLOG_MAX = 100_000
"""Messages of the new connection kept while the old one is still read."""

QUEUE_MAX = 10_000
"""Events that wait for one reader: minutes of the busiest market's trades."""

T = TypeVar("T")
Jitter = Callable[[], float]
"""Draws from [0, 1): when many clients lose a venue at once, they do not all come back at once."""


def _middle() -> float:
    """Nobody draws: every wait is as long as it is on average."""
    return 0.5


@unique
class WhenFull(StrEnum):
    """What happens to events that are read too slowly."""

    CONFLATE = "conflate"  # only the newest matters: book, quotes, ticker
    DROP_OLDEST = "drop_oldest"  # counted in ``dropped``
    RAISE = "raise"  # the reader gets Overrun, then what is left
    NEVER = "never"  # own fills: kept, whatever it takes


class Overrun(TradewindError):
    """Events came faster than they were read; ``dropped`` of them are gone."""

    def __init__(self, dropped: int) -> None:
        super().__init__(f"{dropped} events were read too slowly and are gone")
        self.dropped = dropped


class Mailbox(Generic[T]):
    """Events for one reader. What happens when it is slow is stated, never silent."""

    def __init__(self, when_full: WhenFull, most: int = QUEUE_MAX) -> None:
        self.when_full = when_full
        self.dropped = 0
        self._most = 1 if when_full is WhenFull.CONFLATE else most
        self._events: deque[T] = deque()
        self._overrun = 0
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: T) -> None:
        """Add an event."""
        events = self._events
        if len(events) >= self._most and self.when_full is not WhenFull.NEVER:
            events.popleft()
            if self.when_full is not WhenFull.CONFLATE:
                self.dropped += 1
            if self.when_full is WhenFull.RAISE:
                self._overrun += 1
        events.append(event)
        self._wake()

    def replace(self, event: T, same: Callable[[T], bool]) -> None:
        """Add an event in place of the newest that waits, when that is the same thing."""
        if self._events and same(self._events[-1]):
            self._events.pop()
        self.put(event)

    def fail(self, error: Exception) -> None:
        """Nothing more will come; the reader gets the error after what is there."""
        self._error = error
        self._wake()

    async def get(self) -> T:
        """The oldest event."""
        while True:
            if self._overrun:
                gone, self._overrun = self._overrun, 0
                raise Overrun(gone)
            if self._events:
                return self._events.popleft()
            if self._error is not None:
                raise self._error
            if self._waiter is not None:
                raise RuntimeError("a stream has one reader")
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Listener(Protocol):
    """Somebody who hears one stream."""

    def take(self, events: tuple[Any, ...], now: int, /) -> None:
        """What the stream told; monotonic ns."""

    def begun(self) -> None:
        """The venue has confirmed the stream: from now on nothing is missed."""

    def lost(self, why: str) -> None:
        """It is not heard any more, until it has ``begun`` again."""

    def spoiled(self, why: str) -> None:
        """Something came that may have been of this stream and could not be read."""

    def failed(self, error: Exception) -> None:
        """The stream cannot be had."""

    async def behind(self) -> bool:
        """Whether the venue has something, by REST, that the stream should have told."""


class Health(Struct):
    """How one connection is, and what has happened to it."""

    connected: bool = False
    connects: int = 0
    losses: int = 0
    handovers: int = 0
    probes: int = 0
    dead: int = 0
    """Connections that looked alive and were found dead."""
    messages: int = 0
    unreadable: int = 0
    last_error: str = ""


class _Heard:
    """One stream of a line, and who hears it."""

    __slots__ = ("listeners", "name", "quiet", "subscribed")

    def __init__(self, name: str, quiet: int) -> None:
        self.name = name
        self.quiet = quiet
        self.listeners: list[Listener] = []
        self.subscribed = False


class Line:
    """One connection of a feed, for as long as somebody listens on it."""

    def __init__(
        self,
        feed: Feed,
        wire: Wire,
        url: str,
        *,
        clock: Clock,
        jitter: Jitter,
        admit: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self.feed = feed
        self.health = Health()
        self.streams: dict[str, _Heard] = {}
        self._wire = wire
        self._url = url
        self._clock = clock
        self._jitter = jitter
        self._admit = admit
        self._liveness = Liveness()
        self._numbers = count(1)
        self._answers: dict[int, asyncio.Future[Answered]] = {}
        self._socket: WebSocketClient | None = None
        self._next: _Successor | None = None
        self._why = ""
        self._changed = asyncio.Event()
        self._leaving = asyncio.Event()
        self._unsubscribe: list[str] = []
        self._task: asyncio.Task[None] | None = None
        self._spaced = 0.0

    # who listens

    def add(self, name: str, quiet: int, listener: Listener) -> None:
        """Hear a stream; the connection is made when it is the first."""
        heard = self.streams.get(name)
        if heard is None:
            heard = self.streams[name] = _Heard(name, quiet)
        heard.listeners.append(listener)
        heard.subscribed = False  # asked for again, so that this listener hears that it has begun
        self._changed.set()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def remove(self, name: str, listener: Listener) -> None:
        """Hear it no more; the venue is told when it was the last listener."""
        heard = self.streams.get(name)
        if heard is None or listener not in heard.listeners:
            return
        heard.listeners.remove(listener)
        if not heard.listeners:
            del self.streams[name]
            self._liveness.end(name)
            if heard.subscribed:
                self._unsubscribe.append(name)
            self._changed.set()

    async def close(self) -> None:
        """End the connection and wait until it is gone."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    # the life of the connection

    async def _run(self) -> None:
        failures = 0
        try:
            while self.streams:
                began = self._clock.monotonic()
                try:
                    await self._live()
                except (NotSent, Rejected, Unreadable) as error:
                    self.health.last_error = str(error)
                    failures += 1
                    if self.health.connects == 0 and failures >= FIRST_TRIES:
                        self._fail(error)
                        return
                else:
                    lived = self._clock.monotonic() - began
                    failures = 1 if lived >= HEALTHY * SECOND else failures + 1
                wait = min(BACKOFF_MAX, BACKOFF_FIRST * 2 ** min(failures - 1, 20))
                await asyncio.sleep(wait * (0.75 + 0.5 * self._jitter()))
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 (the top of a task; logged)
            _log.exception("a market connection ended on a mistake of ours")
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        for heard in list(self.streams.values()):
            for listener in tuple(heard.listeners):
                listener.failed(error)

    async def _live(self) -> None:
        """One connection with its successors, until one is lost."""
        socket = await self._open()
        backlog: list[bytes] = []
        self._next = None
        self._subscribed(())
        try:
            while True:
                self._socket = socket
                self.health.connected = True
                why = await self._serve(socket, backlog)
                if self._next is None:
                    break
                socket, backlog = self._next.socket, self._next.backlog
                self._change_over(self._next.names)
                self._next = None
        finally:
            self.health.connected = False
            self._socket = None
            if self._next is not None:
                await self._next.socket.close()
                self._next = None
            await socket.close()
        self.health.losses += 1
        self.health.last_error = why
        _log.info("market connection lost: %s", why)
        for heard in list(self.streams.values()):
            for listener in tuple(heard.listeners):
                listener.lost(why)

    def _change_over(self, names: Sequence[str]) -> None:
        """The successor is the connection now; streams that began meanwhile begin again there."""
        self.health.handovers += 1
        for heard in list(self.streams.values()):
            if heard.subscribed and heard.name not in names:
                heard.subscribed = False
                self._liveness.end(heard.name)
                for listener in tuple(heard.listeners):
                    listener.lost("the connections changed over")
        self._unsubscribe = [name for name in names if name not in self.streams]
        self._changed.set()

    async def _open(self) -> WebSocketClient:
        if self._admit is not None:
            await self._admit()
        socket = await self._wire.connect(self._url + self.feed.facts.path)
        self.health.connects += 1
        return socket

    async def _serve(self, socket: WebSocketClient, backlog: list[bytes]) -> str:
        """Read one socket to its end. Gives why it ended."""
        self._leaving.clear()
        self._why = ""
        self._liveness.restart(self._clock.monotonic())
        loop = asyncio.get_running_loop()
        helpers = [
            loop.create_task(self._subscriber(socket)),
            loop.create_task(self._watcher(socket)),
            loop.create_task(self._successor(socket)),
        ]
        try:
            for message in backlog:
                self._read(message)
            backlog.clear()
            await socket.each(self._read)
        except Closed as closed:
            return self._why or str(closed)
        finally:
            for helper in helpers:
                helper.cancel()
            for problem in await asyncio.gather(*helpers, return_exceptions=True):
                if isinstance(problem, Exception) and not isinstance(problem, TradewindError):
                    _log.error("watching a market connection failed", exc_info=problem)
            for waiting in self._answers.values():
                waiting.cancel()
            self._answers.clear()

    def _read(self, message: bytes) -> None:
        self.health.messages += 1
        now = self._clock.monotonic()
        try:
            told = self.feed.read(message)
        except Unreadable as error:
            self._unreadable(message, str(error))
            return
        if isinstance(told, Data):
            heard = self.streams.get(told.name)
            if heard is not None:
                self._liveness.heard(told.name, now)
                for listener in heard.listeners:
                    listener.take(told.events, now)
        elif isinstance(told, Leaving):
            self._leaving.set()
        else:
            waiting = self._answers.pop(told.number, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(told)

    def _unreadable(self, message: bytes, why: str) -> None:
        """Those whose message it may have been have missed something."""
        self.health.unreadable += 1
        self.health.last_error = why
        named = [h for h in self.streams.values() if h.name.encode() in message[:200]]
        for heard in named or list(self.streams.values()):
            for listener in tuple(heard.listeners):
                listener.spoiled(why)

    # control messages

    async def _subscriber(self, socket: WebSocketClient) -> None:
        """Tell the venue what is wanted, whenever that changes."""
        facts = self.feed.facts
        while True:
            await self._changed.wait()
            self._changed.clear()
            wanted = [h.name for h in self.streams.values() if not h.subscribed]
            for part in _parts(wanted, facts.names_max):
                self._subscribed(part)
                answer = await self._ask(socket, self.feed.subscribe, part)
                if answer.error:
                    self._refused(part, answer.error)
                else:
                    self._begun(part)
            gone = [name for name in self._unsubscribe if name not in self.streams]
            self._unsubscribe = []
            for part in _parts(gone, facts.names_max):
                await self._ask(socket, self.feed.unsubscribe, part)

    def _subscribed(self, names: Sequence[str]) -> None:
        """These are asked for on the connection of now; with none, nothing is yet."""
        now = self._clock.monotonic()
        if not names:
            self._unsubscribe.clear()
            for heard in self.streams.values():
                heard.subscribed = False
                self._liveness.end(heard.name)
            self._changed.set()
        for name in names:
            heard_or_none = self.streams.get(name)
            if heard_or_none is not None:
                heard_or_none.subscribed = True
                self._liveness.begin(name, heard_or_none.quiet, now)

    def _begun(self, names: Sequence[str]) -> None:
        for name in names:
            heard = self.streams.get(name)
            for listener in tuple(heard.listeners if heard else ()):
                listener.begun()

    def _refused(self, names: Sequence[str], why: str) -> None:
        for name in names:
            heard = self.streams.get(name)
            for listener in tuple(heard.listeners if heard else ()):
                listener.failed(Rejected(f"{name}: {why}"))

    async def _ask(
        self,
        socket: WebSocketClient,
        words: Callable[..., bytes],
        *names: Sequence[str],
        backlog: list[bytes] | None = None,
    ) -> Answered:
        """Send a control message, not faster than the venue allows, and wait for its answer.

        No answer in time closes the connection: it is dead. With ``backlog`` the caller is the
        reader of the socket, and what else comes is put there.
        """
        await self._space()
        number = next(self._numbers)
        answer: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        if backlog is None:
            self._answers[number] = answer
        socket.send(words(*names, number))
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                if backlog is None:
                    return await answer
                return await self._collect(socket, number, backlog)
        except TimeoutError:
            self._answers.pop(number, None)
            await self._dead(socket, "a control message was not answered")
            raise NotSent("the connection was dead") from None

    async def _collect(
        self, socket: WebSocketClient, number: int, backlog: list[bytes]
    ) -> Answered:
        """Read a socket up to an answer, keeping what else comes."""
        while True:
            message = await socket.receive()
            try:
                told = self.feed.read(message)
            except Unreadable:
                told = None  # read again, and told, when its turn comes
            if isinstance(told, Answered) and told.number == number:
                return told
            if len(backlog) >= BACKLOG_MAX:
                raise NotSent("too much came while the connections changed over")
            backlog.append(message)

    async def _space(self) -> None:
        """Wait until another message to the venue is within its limit, with one in reserve for a
        pong.
        """
        facts = self.feed.facts
        loop = asyncio.get_running_loop()
        at = max(loop.time(), self._spaced)
        self._spaced = at + facts.per / SECOND / max(1, facts.messages - 1)
        if at > loop.time():
            await asyncio.sleep(at - loop.time())

    async def _dead(self, socket: WebSocketClient, why: str) -> None:
        self.health.dead += 1
        self._why = why
        await socket.close(1000, "")

    # silence

    async def _watcher(self, socket: WebSocketClient) -> None:
        """Ask about streams that are silent for longer than is usual."""
        while True:
            deadline = self._liveness.next_deadline()
            now = self._clock.monotonic()
            if deadline is None or deadline > now:
                wait = 1.0 if deadline is None else (deadline - now) / SECOND
                await asyncio.sleep(min(1.0, max(0.001, wait)))
                continue
            await self._inquire(socket, self._liveness.due(now))

    async def _inquire(self, socket: WebSocketClient, due: list[str]) -> None:
        self.health.probes += 1
        answer = await self._ask(socket, self.feed.probe)
        forgotten = [n for n in due if answer.names is not None and n not in answer.names]
        for name in forgotten:
            heard = self.streams.get(name)
            if heard is not None:
                heard.subscribed = False
                self._liveness.end(name)
                for listener in tuple(heard.listeners):
                    listener.lost("the venue forgot the subscription")
        if forgotten:
            self._changed.set()
        for name in due:
            heard = self.streams.get(name)
            if heard is None or name in forgotten:
                continue
            if await _any_behind(heard.listeners):
                await self._dead(socket, f"{name} was silent, and the venue has news")
                return
            self._liveness.quiet(name, self._clock.monotonic())

    # the end that is known beforehand

    async def _successor(self, socket: WebSocketClient) -> None:
        """Open the next connection before this one ends, and let both run for a moment."""
        life = self.feed.facts.life
        lead = min(LEAD, life // 4)
        wait = (life - lead - int(lead * self._jitter())) / SECOND
        try:
            async with asyncio.timeout(wait):
                await self._leaving.wait()
        except TimeoutError:
            pass
        while True:
            try:
                self._next = await self._prepare()
            except (TradewindError, TimeoutError) as error:
                self.health.last_error = f"changing over: {error}"
                await asyncio.sleep(BACKOFF_FIRST * 4 * (1 + self._jitter()))
                continue
            await socket.close()
            return

    async def _prepare(self) -> "_Successor":
        """A second connection with the same streams, and what it told meanwhile."""
        socket = await self._open()
        backlog: list[bytes] = []
        try:
            names = [h.name for h in self.streams.values() if h.subscribed]
            for part in _parts(names, self.feed.facts.names_max):
                await self._ask(socket, self.feed.subscribe, part, backlog=backlog)
            await asyncio.sleep(OVERLAP)
        except BaseException:
            await socket.close()
            raise
        return _Successor(socket, backlog, names)


class _Successor(Struct, frozen=True):
    """A connection that is about to take over: what it told so far, and its streams."""

    socket: WebSocketClient
    backlog: list[bytes]
    names: list[str]


async def _any_behind(listeners: Sequence[Listener]) -> bool:
    for listener in tuple(listeners):
        try:
            if await listener.behind():
                return True
        except TradewindError:
            continue  # nothing is known, so nothing is proved
    return False


def _parts(names: Sequence[str], most: int) -> list[Sequence[str]]:
    return [names[at : at + most] for at in range(0, len(names), most)]


class Hub:
    """The connections of one feed: as many as its streams need, shared by all who listen."""

    def __init__(
        self,
        feed: Feed,
        wire: Wire,
        url: str,
        *,
        clock: Clock,
        jitter: Jitter | None = None,
        admit: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """``admit`` is awaited before each connection: the limit on connections."""
        self.feed = feed
        self.clock = clock
        self.lines: list[Line] = []
        self._wire = wire
        self._url = url
        self._jitter: Jitter = jitter or _middle
        self._admit = admit

    @asynccontextmanager
    async def listen(self, command: Stream, listener: Listener) -> AsyncIterator[None]:
        """Hear a stream for as long as the block runs. Raises InvalidInput."""
        line, name = self.add(command, listener)
        try:
            yield
        finally:
            line.remove(name, listener)

    def add(self, command: Stream, listener: Listener) -> tuple[Line, str]:
        """Hear a stream until ``remove`` of the line is called. Raises InvalidInput."""
        name = self.feed.name(command)
        line = self._line(name)
        line.add(name, self.feed.facts.quiet[type(command)], listener)
        return line, name

    def remove(self, command: Stream, listener: Listener) -> None:
        """Hear it no more."""
        name = self.feed.name(command)
        for line in self.lines:
            line.remove(name, listener)

    def _line(self, name: str) -> Line:
        for line in self.lines:
            if name in line.streams:
                return line
        for line in self.lines:
            if len(line.streams) < self.feed.facts.streams_max:
                return line
        self.lines.append(
            Line(
                self.feed,
                self._wire,
                self._url,
                clock=self.clock,
                jitter=self._jitter,
                admit=self._admit,
            )
        )
        return self.lines[-1]

    async def close(self) -> None:
        """End all connections."""
        for line in self.lines:
            await line.close()
        self.lines.clear()
