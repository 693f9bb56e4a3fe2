"""The doors that many host names share: by Host header to a venue and one of its doors.

    TLS port, or the sockets of a run --> Visitors --Host--> Place --> that venue's gateway

Names are only ever looked up in a table; none becomes a path or is repeated in an answer.
"""

import socket
from collections import Counter
from collections.abc import Callable, Mapping
from ipaddress import ip_address

from ..model import Misconfigured
from ..net.relay import Ask, Tally, Told
from ..net.server import Server
from ..net.wire import Answering, Connection, Limits
from ..protocol.messages import HttpRequest, HttpResponse, Ping, Pong
from ..protocol.session import ServerSession
from . import names
from .authority import Authority
from .gateway import Gateway
from .masking import masked

Find = Callable[[str], Gateway | None]
Now = Callable[[], int]

UNKNOWN_MAX = 200
"""Different calls that a tally names; a program that makes up paths shall not fill our memory."""

_MISDIRECTED = HttpResponse(421)
_ABSENT = HttpResponse(404)


class Visitors:
    """``net.wire.Application`` for one port or one run: dispatches, and counts what came."""

    def __init__(self, places: Mapping[str, names.Place], find: Find) -> None:
        self._places = places
        self._find = find
        self._requests: Counter[str] = Counter()
        self._websockets: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()
        self._foreign = 0
        self._homes: dict[Connection, Gateway] = {}

    def counted(self) -> Tally:
        """What came so far."""
        return Tally(
            dict(self._requests), dict(self._websockets), dict(self._unknown), self._foreign
        )

    def drop(self, gateway: Gateway) -> None:
        """Close the WebSockets of a venue."""
        for connection, home in list(self._homes.items()):
            if home is gateway:
                connection.close()

    def http(self, request: HttpRequest, answer: Answering) -> None:
        """Let the venue of the Host header answer; 421 where there is none."""
        home = self._home(request)
        if home is None:
            answer(_MISDIRECTED)
            return
        host, place, gateway = home
        self._requests[host] += 1
        if not gateway.plain_doors & place.doors:
            self._missed(request, host)
            answer(_ABSENT)
            return

        def noting(response: HttpResponse) -> None:
            if response.status == 404:
                self._missed(request, host)
            answer(response)

        foreign = gateway.foreign
        gateway.http(request, noting)
        self._foreign += gateway.foreign - foreign

    def upgrade(self, request: HttpRequest) -> ServerSession | HttpResponse:
        """Open a session at the venue of the Host header, on a door that this host has."""
        home = self._home(request)
        if home is None:
            return _MISDIRECTED
        host, place, gateway = home
        if gateway.door(request.path) not in place.doors:
            self._missed(request, host)
            return _ABSENT
        found = gateway.upgrade(request)
        if isinstance(found, HttpResponse):
            if found.status == 404:
                self._missed(request, host)
        else:
            self._websockets[host] += 1
        return found

    def opened(self, connection: Connection) -> None:
        """Remember whose it is."""
        home = self._home(connection.request)
        if home is None:  # the venue left between the handshake and now
            connection.close()
            return
        gateway = self._homes[connection] = home[2]
        gateway.opened(connection)

    def received(self, connection: Connection, message: bytes) -> None:
        """A message for its venue."""
        gateway = self._homes.get(connection)
        if gateway is not None:
            foreign = gateway.foreign
            gateway.received(connection, message)
            self._foreign += gateway.foreign - foreign

    def control(self, connection: Connection, frame: Ping | Pong) -> None:
        """A ping or pong for its venue."""
        gateway = self._homes.get(connection)
        if gateway is not None:
            gateway.control(connection, frame)

    def closed(self, connection: Connection) -> None:
        """Gone."""
        gateway = self._homes.pop(connection, None)
        if gateway is not None:
            gateway.closed(connection)

    def _home(self, request: HttpRequest) -> tuple[str, names.Place, Gateway] | None:
        host = names.host_of(request.headers.get("host", ""))
        place = self._places.get(host)
        gateway = place and self._find(place.venue)
        return (host, place, gateway) if place and gateway else None

    def _missed(self, request: HttpRequest, host: str) -> None:
        """Note a call that the box does not know, without what might be a key in its path."""
        path = masked(request.path)[:100]
        call = f"{request.method[:10]} {host}{path}"
        if call in self._unknown or len(self._unknown) < UNKNOWN_MAX:
            self._unknown[call] += 1


class Doors:
    """All shared doors of a box: its TLS port and the runs that came."""

    def __init__(
        self, places: Mapping[str, names.Place], authority: Authority, find: Find, now: Now
    ) -> None:
        self.places = places
        self.authority = authority
        self._find = find
        self._now = now
        self.context = authority.context()
        self._rooms: set[Visitors] = set()

    def visitors(self) -> Visitors:
        """The application of one more port or run."""
        visitors = Visitors(self.places, self._find)
        self._rooms.add(visitors)
        return visitors

    def receive(self, ask: Ask, listening: list[socket.socket]) -> "Run":
        """Take a run in (``net.relay.Host``)."""
        try:
            if len(ask.ports) != len(listening):
                raise Misconfigured("each port comes with its socket")
            address = str(ip_address(ask.address)) if ask.address else ""
        except (ValueError, Misconfigured) as error:
            for each in listening:
                each.close()
            raise Misconfigured(f"the run cannot be taken in: {error}") from None
        server = Server(self.visitors(), Limits(), self._now, address)
        for port, each in zip(ask.ports, listening, strict=True):
            server.adopt(each, None if port in names.PLAIN_PORTS else self.context)
        return Run(self, server)

    def drop(self, gateway: Gateway) -> None:
        """Close the WebSockets of a venue, wherever they came in."""
        for room in self._rooms:
            room.drop(gateway)

    def flaw(self, venue: str, flaw: str) -> None:
        """Show new clients of a venue ("": of all) a flawed certificate, or with "" a good one."""
        for host, place in self.places.items():
            if venue in ("", place.venue):
                if flaw:
                    self.authority.flaws[host] = flaw
                else:
                    self.authority.flaws.pop(host, None)

    def told(self) -> Told:
        """What a run needs."""
        return Told(tuple(sorted(self.places)), self.authority.pem)

    async def leave(self, server: Server) -> None:
        """End a room."""
        await server.close()
        application = server.application
        if isinstance(application, Visitors):
            self._rooms.discard(application)


class Run:
    """One run that is here (``net.relay.Guest``)."""

    def __init__(self, doors: Doors, server: Server) -> None:
        self._doors = doors
        self._server = server

    def told(self) -> Told:
        """What to say first."""
        return self._doors.told()

    def tally(self) -> Tally:
        """What came so far."""
        application = self._server.application
        assert isinstance(application, Visitors)
        return application.counted()

    async def leave(self) -> None:
        """The run is over."""
        await self._doors.leave(self._server)
