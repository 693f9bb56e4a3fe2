"""The door of one venue: what comes from the sockets goes to the venue's exchange, and nothing
goes back before it is on disk.

    http / received -> exchange -> Host.execute ... -> held
    end of the loop turn:  commit  ->  answers  ->  frames

A turn is what one poll of the sockets brought; all its commands share one commit.
"""

import logging
from collections.abc import Callable, Sequence
from time import perf_counter_ns

from ..net.wire import Answering, Connection
from ..protocol.faults import Schedule
from ..protocol.messages import HttpRequest, HttpResponse, Ping, Pong
from ..protocol.session import ServerSession
from .faults import Spoiler, Tap, words_of
from .host import VenueHost
from .masking import masked
from .metrics import Metrics
from .readers import Readers
from .requests import Requests
from .views import Numbers
from .wire_record import Fate, Message, WireRecord

_log = logging.getLogger(__name__)

SAID_AGAIN = 60_000_000_000
"""Wall ns between two words about foreign keys."""

ANSWER_MAX = 2_048
"""Longer answers are no errors and are not looked into."""

MESSAGE_MAX = 1_024
"""Longer messages of known keys are read at once, so that what is kept of them stays small."""

Failed = Callable[[BaseException], None]
Soon = Callable[[Callable[[], None]], object]


class Gateway:
    """``net.wire.Application`` over a venue's host."""

    def __init__(
        self,
        host: VenueHost,
        requests: Requests,
        failed: Failed,
        call_soon: Soon,
        schedule: Schedule | None = None,
        record: WireRecord | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self.host = host
        self._exchange = host.exchange
        self.requests = requests
        self.record = record or WireRecord()
        self.metrics = metrics or Metrics()
        self.readers = Readers(words_of(host.venue), Numbers(host), host.names)
        self.spoiler = Spoiler(self, schedule or Schedule(), self.record)
        self._failed = failed
        self._call_soon = call_soon
        self._doors = _doors(host)
        self.plain_doors = _plain_doors(host)
        self.foreign = 0
        """Requests and messages with a key that this box did not issue."""
        self._said_foreign = 0
        self._connections: dict[int, Connection] = {}
        self._held: list[tuple[Answering, HttpResponse]] = []
        self._due = False
        self._unsaved = False
        self._broken = False
        host.written = self._written
        host.broke = self._break

    # what the sockets bring

    def http(self, request: HttpRequest, answer: Answering) -> None:
        """Answer now, or after the commit when this turn has written anything."""
        if self.spoiler.armed:
            self.spoiler.http(request, answer)
        else:
            self.ask(request, answer)

    def ask(self, request: HttpRequest, answer: Answering, fault: str = "") -> None:
        """The same behind the faults; ``fault`` names those that it meets."""
        if self._broken:
            return  # it was held back by a fault, and this venue is gone meanwhile
        host = self.host
        begun = perf_counter_ns()
        host.did = []
        host.asked = []
        host.weight = 0
        response = self._exchange.http(request)
        if host.asked and host.asked[-1] is None:
            self._tell_foreign()
        self.note(request, response, fault, begun)
        if self._unsaved:
            self._held.append((answer, response))
        else:
            answer(response)

    def note(
        self, request: HttpRequest, response: HttpResponse, fault: str, begun: int = 0
    ) -> None:
        """Keep a request in log, record and metrics."""
        host = self.host
        if not begun:
            host.did, host.asked, host.weight = [], [], 0
        wall = host.clock.wall()
        took = perf_counter_ns() - begun if begun else 0
        self.metrics.request(host.venue, request, response.status, host.weight)
        self.requests.add(
            host.venue,
            wall,
            took,
            request,
            response,
            host.asked,
            host.did,
            host.weight,
            self.readers.did,
            self.readers.name,
            fault,
        )
        host.did = []  # what the box does by itself is no deed of this request
        self.spoiler.note(request, response, wall, fault)

    def note_message(
        self, tap: Tap, message: bytes, answers: Sequence[object], took: int, fault: str
    ) -> None:
        """Keep a WebSocket message likewise."""
        host, words = self.host, self.spoiler.words
        known = bool(host.asked) and host.asked[-1] is not None
        foreign = bool(host.asked) and not known
        if foreign:
            self._tell_foreign()
        key = None if foreign else tap.key
        answer = self._answer(answers)
        small = len(answer) < ANSWER_MAX
        status = words.status(answer) if small else 200
        wall = host.clock.wall()
        asked: str | Callable[[], str]
        if known and key is not None and len(message) <= MESSAGE_MAX:
            operation = masked(words.method(message))
            tap.line.asked(wall, Message(message, status, key.account), self.readers, fault)
            asked = self.readers.message(message)
        else:
            told = words.message(message)
            operation, more = masked(told.operation), "" if foreign else masked(told.more)
            asked = "" if foreign else f"{operation} {more}".rstrip()
            account = "" if key is None else host.account_name(key.account)
            facts = {"account": account, "operation": operation, "status": status, "note": more}
            tap.line.note(wall, Fate.ASKED, fault=fault, **facts)
        self.metrics.message(host.venue, operation, status, host.weight)
        self.requests.add_message(
            host.venue,
            wall,
            took,
            tap.line.path,
            asked,
            status,
            answer if small else b"",
            key,
            foreign,
            host.did,
            host.weight,
            self.readers.did,
            self.readers.name,
            fault,
        )
        host.did = []

    def _answer(self, frames: Sequence[object]) -> bytes:
        """The answer among what a message brought; events of the same turn may stand before it."""
        told = [each for each in frames if isinstance(each, bytes)]
        if len(told) > 1:
            read = self.spoiler.words.frame
            told = [each for each in told if not read(each).channel] or told
        return told[0] if told else b""

    def upgrade(self, request: HttpRequest) -> ServerSession | HttpResponse:
        """Open a session on the door whose path fits best."""
        refused = self.spoiler.upgrade(request)
        found = refused or self._exchange.open(request, self.door(request.path))
        if isinstance(found, HttpResponse):
            self.spoiler.refused(request, found.status)
        return found

    def door(self, path: str) -> str:
        """The WebSocket door whose path fits best, "" when none does."""
        return next((name for beginning, name in self._doors if _under(path, beginning)), "")

    def opened(self, connection: Connection) -> None:
        """Remember where the session's frames go."""
        self._connections[id(connection.session)] = connection
        self.spoiler.tap(connection)
        connection.flush()

    def received(self, connection: Connection, message: bytes) -> None:
        """Hand a message to its session."""
        connection.session.receive(message, self.host.wall())
        self.turn()

    def control(self, connection: Connection, frame: Ping | Pong) -> None:
        """Hand a ping or pong to its session."""
        connection.session.control(frame, self.host.wall())
        self.turn()

    def closed(self, connection: Connection) -> None:
        """Forget the session."""
        session = connection.session
        self._connections.pop(id(session.inner if isinstance(session, Tap) else session), None)
        session.closed(self.host.wall())
        self.spoiler.gone(connection)

    @property
    def connected(self) -> int:
        """Open WebSocket connections."""
        return len(self._connections)

    def retire(self) -> None:
        """Write nothing and let nothing out any more; another gateway takes over."""
        self._broken = True
        self._held.clear()

    # ten times a second

    def beat(self) -> None:
        """Run due ticks, cadences and deadlines, then end the turn."""
        self.host.did = []
        self.host.ticks()
        self.spoiler.beat()
        self._exchange.flush()
        now = self.host.wall()
        for connection in list(self._connections.values()):
            deadline = connection.session.next_deadline()
            if deadline is not None and deadline <= now:
                connection.session.wake(now)
        self.host.tidy()
        self.end_turn()

    # the end of a turn

    def _written(self) -> None:
        self._unsaved = True
        self.turn()

    def turn(self) -> None:
        """End the turn soon: something is to go out."""
        if not self._due:
            self._due = True
            self._call_soon(self.end_turn)

    def end_turn(self) -> None:
        """Commit, and only then let answers and frames out."""
        self._due = False
        if self._broken:
            return
        if self._unsaved:
            begun = perf_counter_ns()
            try:
                self.host.write()
            except BaseException as error:
                self._break(error)
                raise
            self._unsaved = False
            self.metrics.committed(self.host.venue, perf_counter_ns() - begun)
            held, self._held = self._held, []
            for answer, response in held:
                answer(response)
            self.host.step("answered")
        self._frames()

    def _break(self, error: BaseException) -> None:
        """Say nothing any more: what the venue's state is now may not be what is on disk."""
        self.retire()
        self._failed(error)

    def _frames(self) -> None:
        for session in self._exchange.dirty():
            connection = self._connections.get(id(session))
            if connection is not None:
                connection.flush()
        for connection in self.spoiler.full():
            connection.flush()

    def _tell_foreign(self) -> None:
        """Say that a key is not ours: never which, it may be a real one."""
        self.foreign += 1
        now = self.host.wall()
        if now - self._said_foreign >= SAID_AGAIN:
            self._said_foreign = now
            _log.warning(
                "%s: a key that this box did not issue was refused, and not kept; "
                "make one of its own with: tradewind keys create",
                self.host.venue,
            )


def _doors(host: VenueHost) -> list[tuple[str, str]]:
    """Paths of the WebSocket doors, the longest first."""
    found = []
    for name, url in host.facts.doors.items():
        scheme, _, rest = url.partition("://")
        if scheme.startswith("ws"):
            found.append((rest.partition("{}")[2], name))
    return sorted(found, reverse=True)


def _plain_doors(host: VenueHost) -> frozenset[str]:
    """Doors that speak HTTP."""
    return frozenset(name for name, url in host.facts.doors.items() if url.startswith("http"))


def _under(path: str, door: str) -> bool:
    return not door or path == door or path.startswith(door + "/")
