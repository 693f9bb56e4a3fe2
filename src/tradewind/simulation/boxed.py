"""The venue of a simulation: the real box without its process, which can die at any step.

What a death leaves is what the disk would hold after ``kill -9``: everything committed, nothing
more. The next life begins with that image, through the box's own restart.
"""

import asyncio
import hashlib
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context
from functools import partial
from typing import Any

from ..engine.commands import AnyCommand
from ..engine.events import Event
from ..exchange import keys
from ..exchange.clock import Clock
from ..exchange.faults import Spoiler
from ..exchange.gateway import Gateway
from ..exchange.host import VenueHost
from ..exchange.metrics import Metrics
from ..exchange.requests import Requests
from ..exchange.wire_record import WireRecord
from ..model import Misconfigured, Permission
from ..net.memory import MemoryServer, MemoryWire
from ..net.virtual import VirtualLoop
from ..net.wire import Answering, Connection
from ..protocol.faults import Schedule
from ..protocol.hosting import Credential
from ..protocol.messages import HttpRequest, HttpResponse, Ping, Pong
from ..protocol.session import ServerSession
from .quiet import parts
from .truth import Truth

HOST = "127.0.0.1"
PORT = 8471

API_KEY = "localsimulation"
"""The secret that belongs to it follows from the seed."""

BEAT = 0.2
"""Seconds between two beats: half as often as in the box, for they cost as much as orders do."""

SNAPSHOT_WORK = 400
"""Rows between two snapshots: a box that dies often replays little."""

STEPS = ("applied", "inserted", "committed", "answered", "projected", "snapshot written")
"""Where the box dies. ``applied`` is before anything is on disk, ``committed`` after that and
before any answer, ``answered`` after it."""


class Death(BaseException):
    """The box is gone."""


class SeededHost(VenueHost):
    """A host whose drawn texts follow from the seed."""

    chance: random.Random
    truth: Truth

    def execute(self, command: AnyCommand) -> Sequence[Event]:
        """Also note what happened, with the row of the journal that says so."""
        events = super().execute(command)
        self.truth.take(self.journal.seq, events)
        return events

    def draw(self, characters: str, length: int) -> str:
        """The same texts in every run."""
        return "".join(self.chance.choice(characters) for _ in range(length))


class MortalSpoiler(Spoiler):
    """What it held back is lost with the box, and may be what the box dies of."""

    guard: Callable[[Callable[[], None]], None]

    def _later(self, milliseconds: int, call: Callable[[], None]) -> None:
        guard = self.guard
        asyncio.get_running_loop().call_later(milliseconds / 1_000, lambda: guard(call))


class SimulatedBox:
    """One venue on the memory wire, over all its lives.

    ``dies`` is asked at every step of writing whether that was the last one.
    """

    def __init__(
        self,
        venue: str,
        wire: MemoryWire,
        loop: VirtualLoop,
        seed: int,
        schedule: Schedule,
        settings: Mapping[str, Any],
        dies: Callable[[str], bool],
    ) -> None:
        self.venue = venue
        self.deaths: Counter[str] = Counter()
        self.lives = 0
        self.schedule = schedule
        self.truth = Truth()
        self.host: SeededHost
        self._wire = wire
        self._loop = loop
        self._seed = seed
        self._settings = settings
        self._dies = dies
        self._image = b""
        self._chance = random.Random(f"{seed}/venue")
        self._gateway: Gateway | None = None
        self._server: MemoryServer | None = None
        self._connections: dict[int, Connection] = {}
        self._life = 0

    @property
    def alive(self) -> bool:
        """Whether it answers."""
        return self._gateway is not None

    @property
    def doors(self) -> dict[str, str]:
        """Where it answers."""
        at = f"{HOST}:{PORT}"
        return {name: url.replace("{}", at) for name, url in self.host.facts.doors.items()}

    async def open(self) -> None:
        """Begin, or go on from what the last life left."""
        self._life += 1
        self.lives += 1
        first = not self._image
        host = self.host = SeededHost(
            self.venue,
            None,
            self._seed,
            Clock(wall=self._loop.wall_ns),
            settings=self._settings,
            snapshot_work=SNAPSHOT_WORK,
            image=self._image,
            parts=parts(self.venue),
        )
        host.chance, host.truth = self._chance, self.truth
        host.open()
        gateway = Gateway(
            host, Requests(), self._failed, self._soon, self.schedule, WireRecord(), Metrics()
        )
        spoiler = MortalSpoiler(gateway, self.schedule, gateway.record)
        spoiler.guard = partial(self._in_this_life, self._life)
        gateway.spoiler = spoiler
        if first:
            self._settle(host)
        gateway.end_turn()
        host.step = host.database.step = self._step
        self._gateway = gateway
        self._server = await self._wire.serve(self, HOST, PORT)
        self._beat_soon(self._life)

    def key(self) -> keys.Made:
        """What the client signs with."""
        return keys.make("hmac", self._seed, API_KEY)

    def act(self, what: Callable[[VenueHost], None]) -> None:
        """Let somebody else do something at the venue; nothing while it is down."""
        gateway = self._gateway
        if gateway is not None:
            self._guarded(lambda: what(gateway.host))

    def kill(self, step: str) -> None:
        """It is gone at once."""
        gateway, self._gateway = self._gateway, None
        if gateway is None:
            return
        self.deaths[step] += 1
        database = gateway.host.database
        if database.open:
            database.connection.execute("ROLLBACK")
            database.open = False
        (last,) = database.execute("SELECT max(seq) FROM journal").fetchone()
        self.truth.cut(last)
        self._image = database.connection.serialize()
        gateway.retire()
        database.step = gateway.host.step = _nothing
        database.abandon()
        assert self._server is not None
        server, self._server = self._server, None
        self.cut()
        self._closing = self._loop.create_task(server.close(), context=Context())

    def cut(self) -> None:
        """Drop every WebSocket without a word."""
        for connection in tuple(self._connections.values()):
            connection.cut()

    def digest(self) -> str:
        """Of the journal: what came from outside, in order; keys and their secrets left out."""
        found = hashlib.sha256()
        rows = self.host.database.execute(
            "SELECT seq, tick, at, kind, payload FROM journal WHERE kind != 'key' ORDER BY seq"
        )
        for row in rows:
            found.update(repr(row).encode())
        return found.hexdigest()

    def close(self) -> None:
        """The end of the simulation: commit everything."""
        if self._gateway is not None:
            self._gateway.end_turn()
            self._gateway.host.write()

    # what the wire brings

    def http(self, request: HttpRequest, answer: Answering) -> None:
        """A request, lost when the box is dead or dies of it."""
        gateway = self._gateway
        if gateway is not None:
            self._guarded(lambda: gateway.http(request, answer))

    def upgrade(self, request: HttpRequest) -> ServerSession | HttpResponse:
        """A handshake."""
        if self._gateway is None:
            return HttpResponse(502)
        return self._gateway.upgrade(request)

    def opened(self, connection: Connection) -> None:
        """A handshake is done."""
        self._connections[id(connection)] = connection
        if self._gateway is not None:
            self._gateway.opened(connection)

    def received(self, connection: Connection, message: bytes) -> None:
        """A message."""
        gateway = self._gateway
        if gateway is not None:
            self._guarded(lambda: gateway.received(connection, message))

    def control(self, connection: Connection, frame: Ping | Pong) -> None:
        """A control frame."""
        if self._gateway is not None:
            self._gateway.control(connection, frame)

    def closed(self, connection: Connection) -> None:
        """A connection is gone."""
        self._connections.pop(id(connection), None)
        if self._gateway is not None:
            self._gateway.closed(connection)

    # inside

    def _settle(self, host: SeededHost) -> None:
        """A new venue: the key of the client."""
        made = self.key()
        self.truth.account = host.account("default")
        host.issue(
            Credential(
                made.api_key,
                made.kind,
                self.truth.account,
                frozenset({Permission.READ, Permission.TRADE}),
                made.api_secret,
                label="default",
                created=host.now(),
            )
        )

    def _step(self, name: str) -> None:
        if self._gateway is not None and self._dies(name):
            raise Death(name)

    def _soon(self, call: Callable[[], None]) -> object:
        return self._loop.call_soon(self._in_this_life, self._life, call)

    def _in_this_life(self, life: int, call: Callable[[], None]) -> None:
        """Do it, unless that life of the box is over."""
        if self._gateway is not None and life == self._life:
            self._guarded(call)

    def _beat_soon(self, life: int) -> None:
        self._loop.call_later(BEAT, self._beat, life)

    def _beat(self, life: int) -> None:
        gateway = self._gateway
        if gateway is not None and life == self._life:
            self.schedule.expire(gateway.host.clock.now())
            self._guarded(gateway.beat)
            self._beat_soon(life)

    def _guarded(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Death as death:
            self.kill(str(death))

    def _failed(self, error: BaseException) -> None:
        if not isinstance(error, Death):
            raise error


def default_venue() -> str:
    """The first venue that has an exchange and a client."""
    from .. import venues

    for name in venues.names():
        if venues.have(name, "exchange") and venues.have(name, "client"):
            return name
    raise Misconfigured("no venue can be simulated")


def _nothing(name: str) -> None:
    del name
