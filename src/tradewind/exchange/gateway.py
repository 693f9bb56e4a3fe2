"""The door of one venue: what comes from the sockets goes to the venue's exchange, and nothing
goes back before it is on disk.

    http / received -> exchange -> Host.execute ... -> held
    end of the loop turn:  commit  ->  answers  ->  frames

A turn is what one poll of the sockets brought; all its commands share one commit.
"""

import logging
from collections.abc import Callable, Sequence
from time import perf_counter_ns

from ..engine.commands import AnyCommand
from ..engine.events import Event
from ..net.wire import Answering, Connection
from ..protocol.messages import HttpRequest, HttpResponse, Ping, Pong
from ..protocol.session import ServerSession
from . import words
from .host import VenueHost
from .requests import Requests
from .views import Numbers

_log = logging.getLogger(__name__)

SAID_AGAIN = 60_000_000_000
"""Wall ns between two words about foreign keys."""

Failed = Callable[[BaseException], None]
Soon = Callable[[Callable[[], None]], object]


class Gateway:
    """``net.wire.Application`` over a venue's host."""

    def __init__(
        self, host: VenueHost, requests: Requests, failed: Failed, call_soon: Soon
    ) -> None:
        self.host = host
        self._exchange = host.exchange
        self.requests = requests
        self._failed = failed
        self._call_soon = call_soon
        self._numbers = Numbers(host)
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
        host = self.host
        begun = perf_counter_ns()
        host.did = []
        host.asked = []
        host.weight = 0
        response = self._exchange.http(request)
        if host.asked and host.asked[-1] is None:
            self._tell_foreign()
        self.requests.add(
            host.venue,
            host.wall(),
            perf_counter_ns() - begun,
            request,
            response,
            host.asked,
            host.did,
            host.weight,
            self._words,
            host.account_name,
        )
        if self._unsaved:
            self._held.append((answer, response))
        else:
            answer(response)

    def upgrade(self, request: HttpRequest) -> ServerSession | HttpResponse:
        """Open a session on the door whose path fits best."""
        return self._exchange.open(request, self.door(request.path))

    def door(self, path: str) -> str:
        """The WebSocket door whose path fits best, "" when none does."""
        return next((name for beginning, name in self._doors if _under(path, beginning)), "")

    def opened(self, connection: Connection) -> None:
        """Remember where the session's frames go."""
        self._connections[id(connection.session)] = connection
        connection.flush()

    def received(self, connection: Connection, message: bytes) -> None:
        """Hand a message to its session."""
        host = self.host
        host.did, host.asked = [], []  # nobody reads these of a message: they must not pile up
        connection.session.receive(message, host.wall())
        if host.asked and host.asked[-1] is None:
            self._tell_foreign()
        self._turn()

    def control(self, connection: Connection, frame: Ping | Pong) -> None:
        """Hand a ping or pong to its session."""
        connection.session.control(frame, self.host.wall())
        self._turn()

    def closed(self, connection: Connection) -> None:
        """Forget the session."""
        self._connections.pop(id(connection.session), None)
        connection.session.closed(self.host.wall())

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
        self.host.ticks()
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
        self._turn()

    def _turn(self) -> None:
        if not self._due:
            self._due = True
            self._call_soon(self.end_turn)

    def end_turn(self) -> None:
        """Commit, and only then let answers and frames out."""
        self._due = False
        if self._broken:
            return
        if self._unsaved:
            try:
                self.host.write()
            except BaseException as error:
                self._break(error)
                raise
            self._unsaved = False
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

    def _words(self, did: Sequence[tuple[AnyCommand, Sequence[Event]]], account: int) -> str:
        return words.describe(did, account, self._numbers)


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
