"""Faults at the doors of a venue: what the pure schedule decides is carried out here.

    request --DOOR, REQUEST--> venue --ANSWER--> socket
                               venue --FRAME---> socket      (``Tap`` stands between)
    MARKET faults become commands in the journal, so replay meets them too

Whatever a fault does to a message, the venue behind it is untouched: that is the point of it.
"""

import asyncio
from collections.abc import Callable, Sequence
from time import perf_counter_ns
from typing import TYPE_CHECKING, cast

import msgspec

from .. import venues
from ..model import Misconfigured
from ..net.wire import Answering, Connection
from ..protocol.faults import CERTAIN, Active, Facts, Fault, Kind, Point, Schedule
from ..protocol.hosting import Credential
from ..protocol.messages import Close, Frame, HttpRequest, HttpResponse, Ping, Pong, Spoiled
from ..protocol.session import ServerSession
from ..protocol.wording import Plain, Words
from . import folder, names
from .disturbances import Disturbances
from .host import VenueHost
from .masking import masked
from .wire_record import Answered, Fate, Line, WireRecord

if TYPE_CHECKING:
    from .box import Box
    from .gateway import Gateway

FILE = "faults.json"
"""In the data folder: a box that is started again goes on with its faults."""

HEAD = 64
"""Bytes of an answer that are kept to read a book's version from."""

QUERY_MAX = 100
"""Longer queries are not about a book."""

MILLISECOND = 1_000_000


def words_of(venue: str) -> Words:
    """A venue's words for faults, plain ones where it has none."""
    if venue in venues.names() and venues.have(venue, "faults"):
        return cast(Words, venues.part(venue, "faults"))
    return Plain()


class Tap:
    """A session with the record and the faults between it and its socket."""

    __slots__ = ("connection", "gone", "held", "inner", "key", "line", "out", "peer", "spoiler")

    def __init__(
        self, spoiler: "Spoiler", inner: ServerSession, connection: Connection, line: Line
    ) -> None:
        self.spoiler = spoiler
        self.inner = inner
        self.connection = connection
        self.line = line
        self.peer = inner.peer
        self.key: Credential | None = None
        """The last key that was used here."""
        self.out: list[Frame] = []
        """Ready, in front of what the session has."""
        self.held: list[bytes] = []
        """Frames that come after the next one."""
        self.gone = False
        """Whether it is cut: what comes after that goes nowhere."""

    def receive(self, message: bytes, now: int) -> None:
        """Take a message; what it is answered is in ``out`` then."""
        self.spoiler.message(self, message, now)

    def control(self, frame: Ping | Pong, now: int) -> None:
        """Take a control frame."""
        self.inner.control(frame, now)

    def take(self) -> list[Frame]:
        """What is to be sent, after faults."""
        frames = self.inner.take()
        out, self.out = self.out, []
        if frames:
            out += self.spoiler.frames(self, frames)
        return out

    def next_deadline(self) -> int | None:
        """When ``wake`` is due."""
        return self.inner.next_deadline()

    def wake(self, now: int) -> None:
        """Do what is due."""
        self.inner.wake(now)

    def closed(self, now: int) -> None:
        """The connection is gone."""
        self.line.closed = now
        self.line.note(now, Fate.CLOSED)
        self.inner.closed(now)


class Spoiler:
    """Carries out the faults of one venue, and keeps the wire record of it."""

    def __init__(self, gateway: "Gateway", schedule: Schedule, record: WireRecord) -> None:
        self.host: VenueHost = gateway.host
        self.schedule = schedule
        self.record = record
        self.words = words_of(self.host.venue)
        self._readers = gateway.readers
        self.disturbances = Disturbances(self.host)
        self._names = frozenset(names.places([self.host.facts]))
        self._gateway = gateway
        self._taps: dict[int, Tap] = {}
        self._full: dict[int, Tap] = {}

    @property
    def armed(self) -> bool:
        """Whether any fault of requests is set."""
        return self.schedule.armed

    # requests

    def http(self, request: HttpRequest, answer: Answering) -> None:
        """One request under faults."""
        facts = self._request_facts(request)
        now = self.host.clock.now()
        refused = self._refused(facts, now)
        if refused is not None:
            self._gateway.note(request, refused[1], refused[0].value)
            answer(refused[1])
            return
        before = self.schedule.hits(Point.REQUEST, facts, now)
        after = self.schedule.hits(Point.ANSWER, facts, now)
        if any(fault.kind is Kind.LOSE for fault in before):
            self._gateway.note(request, HttpResponse(0), Kind.LOSE.value)
            answer(Spoiled(500, keep=0))
            return
        if any(fault.kind is Kind.OVERLOAD for fault in before):
            response = self.words.refused(Kind.OVERLOAD, 0, 0)
            self._gateway.note(request, response, Kind.OVERLOAD.value)
            answer(response)
            return
        told = ",".join(fault.kind.value for fault in (*before, *after))
        spoiled = self._spoiling(facts, request, after, answer)
        late = sum(fault.amount for fault in before if fault.kind is Kind.LATE)
        skew = sum(fault.amount for fault in before if fault.kind is Kind.SKEW) * MILLISECOND
        if late:
            self._later(late, lambda: self._ask(request, spoiled, told, skew))
        else:
            self._ask(request, spoiled, told, skew)

    def upgrade(self, request: HttpRequest) -> HttpResponse | None:
        """The refusal of a handshake, None to go on."""
        if not self.schedule.at(Point.DOOR):
            return None
        facts = Facts(self.host.venue, operation="handshake", peer=request.peer)
        refused = self._refused(facts, self.host.clock.now())
        return None if refused is None else refused[1]

    def refused(self, request: HttpRequest, status: int) -> None:
        """A handshake was refused."""
        wall = self.host.clock.wall()
        line = self.record.http(self.host.venue, request.peer, wall)
        line.note(wall, Fate.REFUSED, operation="handshake", status=status)

    def note(self, request: HttpRequest, response: HttpResponse, wall: int, fault: str) -> None:
        """Keep a request in the record, with the book it was shown."""
        host = self.host
        key = host.asked[-1] if host.asked else None
        query = request.query
        kept = Answered(
            request.method,
            masked(request.path),
            "" if host.asked or len(query) > QUERY_MAX else query,
            response.status,
            len(response.body),
            response.body[:HEAD],
            0 if key is None else key.account,
            self._name(request),
        )
        self.record.http(host.venue, request.peer, wall).answered(wall, kept, self._readers, fault)

    def message(self, tap: Tap, message: bytes, now: int) -> None:
        """One WebSocket message, with or without faults."""
        begun = perf_counter_ns()
        host = self.host
        host.did, host.asked, host.weight = [], [], 0
        answers: list[Frame] = []
        told = ""
        if not self.armed:
            answers = self._given(tap, message, now)
        else:
            told, answers = self._spoiled_message(tap, message, now)
        if host.asked:
            tap.key = host.asked[-1]
            if tap.key is not None:
                tap.line.account = host.account_name(tap.key.account)
        self._gateway.note_message(tap, message, answers, perf_counter_ns() - begun, told)

    # frames

    def tap(self, connection: Connection) -> Tap:
        """Stand between a new connection's session and its socket."""
        request = connection.request
        wall = self.host.clock.wall()
        line = self.record.websocket(self.host.venue, request.peer, masked(request.path), wall)
        tap = Tap(self, connection.session, connection, line)
        connection.session = tap
        self._taps[id(connection)] = tap
        return tap

    def gone(self, connection: Connection) -> None:
        """A connection is closed."""
        self._taps.pop(id(connection), None)
        self._full.pop(id(connection), None)

    def frames(self, tap: Tap, frames: Sequence[Frame]) -> list[Frame]:
        """What of these goes out, in which order."""
        wall = self.host.clock.wall()
        read = self.words.frame
        if tap.gone:
            for frame in frames:
                if isinstance(frame, bytes):
                    tap.line.frame(wall, Fate.WITHHELD, frame, read, Kind.DISCONNECT.value)
            return []
        if not self.schedule.at(Point.FRAME) and not tap.held:
            for frame in frames:
                if type(frame) is bytes:
                    tap.line.frame(wall, Fate.SENT, frame, read)
            return list(frames)
        out: list[Frame] = []
        for frame in frames:
            if isinstance(frame, bytes):
                self._frame(tap, frame, wall, out)
            else:
                out.append(frame)
        return out

    def full(self) -> list[Connection]:
        """Connections whose tap has something that its session does not know of."""
        found, self._full = self._full, {}
        return [tap.connection for tap in found.values()]

    # faults that begin and end

    def begin(self, active: Active) -> None:
        """A fault was set."""
        fault = active.fault
        if fault.venue not in ("", self.host.venue):
            return
        if fault.point is Point.MARKET:
            self.disturbances.begin(active)
        elif fault.kind in (Kind.BAN, Kind.MAINTENANCE):
            self._end_all(fault, Close(1001, ""))
        elif _at_once(fault):
            self._end_all(fault, Close(fault.amount, "") if fault.amount else None)

    def end(self, active: Active) -> None:
        """A fault was cleared, or is over."""
        if active.fault.point is Point.MARKET:
            self.disturbances.end(active)
        elif active.fault.kind is Kind.REORDER:
            for tap in self._taps.values():
                self._release(tap)

    def beat(self) -> None:
        """What goes on by itself."""
        self.disturbances.beat()

    # inside

    def _ask(self, request: HttpRequest, answer: Answering, told: str, skew: int) -> None:
        self.host.skew = skew
        try:
            self._gateway.ask(request, answer, told)
        finally:
            self.host.skew = 0

    def _refused(self, facts: Facts, now: int) -> tuple[Kind, HttpResponse] | None:
        for active in self.schedule.at(Point.DOOR):
            if self.schedule.hits_one(active, facts, now):
                kind, until = active.fault.kind, active.until
                seconds = max(0, -(-(until - now) // 1_000_000_000)) if until else 0
                return kind, self.words.refused(kind, until, seconds)
        return None

    def _spoiling(
        self, facts: Facts, request: HttpRequest, faults: Sequence[Fault], answer: Answering
    ) -> Answering:
        """What an answer goes through on its way out."""
        crossed = any(
            active.fault.kind is Kind.CROSSED and active.concerns(facts, self.host.clock.now())
            for active in self.schedule.at(Point.FRAME)
        )
        if not faults and not crossed:
            return answer
        del request

        def spoiled(response: HttpResponse) -> None:
            if crossed:
                body = self.words.crossed(response.body)
                response = HttpResponse(response.status, body, response.headers)
            wait = 0
            for fault in faults:
                if fault.kind is Kind.DELAY:
                    wait += fault.amount
                else:
                    response = self._spoil(response, fault)
            if wait:
                self._later(wait, lambda: answer(response))
            else:
                answer(response)

        return spoiled

    def _spoil(self, response: HttpResponse, fault: Fault) -> HttpResponse:
        if fault.kind in (Kind.ERROR, Kind.TIMEOUT):
            return self.words.refused(fault.kind, 0, fault.amount)
        given = (response.status, response.body, response.headers)
        if fault.kind is Kind.DRIBBLE:
            return Spoiled(*given, byte_ns=fault.amount * MILLISECOND)
        return Spoiled(*given, keep=fault.amount if fault.kind is Kind.CUT else 0)

    def _given(self, tap: Tap, message: bytes, now: int) -> list[Frame]:
        """Let the session have a message; what it had to say then is what it answers."""
        self.take(tap)
        tap.inner.receive(message, now)
        return self.take(tap)

    def take(self, tap: Tap) -> list[Frame]:
        """Move what the session has into its tap; gives what was not withheld."""
        frames = tap.inner.take()
        if frames:
            frames = self.frames(tap, frames)
            tap.out += frames
            self._full[id(tap.connection)] = tap
        return frames

    def _spoiled_message(self, tap: Tap, message: bytes, now: int) -> tuple[str, list[Frame]]:
        asked = self.words.message(message)
        key = self.host.keys.get(asked.api_key) if asked.api_key else tap.key
        facts = Facts(
            self.host.venue,
            self.host.account_name(key.account) if key is not None else "",
            asked.operation,
            peer=tap.peer,
        )
        venue_now = self.host.clock.now()
        for active in self.schedule.at(Point.DOOR):
            if self.schedule.hits_one(active, facts, venue_now):
                kind = active.fault.kind
                return kind.value, self._tell(tap, kind, message, active.until, 0)
        before = self.schedule.hits(Point.REQUEST, facts, venue_now)
        after = self.schedule.hits(Point.ANSWER, facts, venue_now)
        told = ",".join(fault.kind.value for fault in (*before, *after))
        if any(fault.kind is Kind.LOSE for fault in before):
            self._cut(tap)
            return told, []
        if any(fault.kind is Kind.OVERLOAD for fault in before):
            return told, self._tell(tap, Kind.OVERLOAD, message, 0, 0)
        late = sum(fault.amount for fault in before if fault.kind is Kind.LATE)
        if late:
            self._later(late, lambda: self._arrived(tap, message))
            return told, []
        self.host.skew = (
            sum(fault.amount for fault in before if fault.kind is Kind.SKEW) * MILLISECOND
        )
        try:
            return told, self._answered(tap, message, now, after)
        finally:
            self.host.skew = 0

    def _answered(self, tap: Tap, message: bytes, now: int, faults: Sequence[Fault]) -> list[Frame]:
        """Let the session have a message, and spoil what it answers, not what it also tells."""
        if not faults:
            return self._given(tap, message, now)
        self.take(tap)
        tap.inner.receive(message, now)
        frames = tap.inner.take()
        answers = [f for f in frames if isinstance(f, bytes) and not self.words.frame(f).channel]
        rest = [frame for frame in frames if frame not in answers]
        if rest:
            tap.out += self.frames(tap, rest)
            self._full[id(tap.connection)] = tap
        wall = self.host.clock.wall()
        for payload in answers:
            named = ",".join(fault.kind.value for fault in faults)
            tap.line.frame(wall, Fate.SPOILED, payload, self.words.frame, named)
        wait = sum(f.amount for f in faults if f.kind in (Kind.DELAY, Kind.DRIBBLE))
        if any(fault.kind in (Kind.DROP, Kind.CUT) for fault in faults):
            self._cut(tap)
        elif any(fault.kind in (Kind.ERROR, Kind.TIMEOUT) for fault in faults):
            fault = next(f for f in faults if f.kind in (Kind.ERROR, Kind.TIMEOUT))
            self._tell(tap, fault.kind, message, 0, fault.amount)
        elif wait:
            self._later(wait, lambda: self._send(tap, answers))
        return list(answers)

    def _arrived(self, tap: Tap, message: bytes) -> None:
        if id(tap.connection) in self._taps:
            self._given(tap, message, self.host.clock.wall())
            self._gateway.turn()

    def _tell(self, tap: Tap, kind: Kind, message: bytes, until: int, value: int) -> list[Frame]:
        payload = self.words.refusal(kind, message, until, value)
        self._send(tap, [payload])
        return [payload]

    def _send(self, tap: Tap, payloads: Sequence[bytes]) -> None:
        if id(tap.connection) in self._taps:
            tap.out += payloads
            self._full[id(tap.connection)] = tap
            self._gateway.turn()

    def _frame(self, tap: Tap, payload: bytes, wall: int, out: list[Frame]) -> None:
        shown = self.words.frame(payload)
        account = self.host.account_name(tap.key.account) if tap.key is not None else ""
        facts = Facts(
            self.host.venue, account, "frame", shown.channel or "answer", shown.instrument, tap.peer
        )
        kinds = self.schedule.hits(Point.FRAME, facts, self.host.clock.now())
        told = ",".join(fault.kind.value for fault in kinds)
        read, line = self.words.frame, tap.line
        found = {fault.kind: fault for fault in kinds}
        if Kind.DISCONNECT in found:
            code = found[Kind.DISCONNECT].amount
            if code:
                out.append(Close(code, ""))
            else:
                self._cut(tap)
        if found.keys() & {Kind.GAP, Kind.FREEZE, Kind.DISCONNECT}:
            line.frame(wall, Fate.WITHHELD, payload, read, told)
            return
        if Kind.CROSSED in found:
            payload = self.words.crossed(payload)
        if Kind.REORDER in found:
            line.frame(wall, Fate.LATE, payload, read, told)
            tap.held.append(payload)
            return
        line.frame(wall, Fate.SENT, payload, read, told)
        out.append(payload)
        if Kind.DUPLICATE in found:
            line.frame(wall, Fate.AGAIN, payload, read, told)
            out.append(payload)
        held, tap.held = tap.held, []
        for late in held:
            line.frame(wall, Fate.SENT, late, read, Kind.REORDER.value)
            out.append(late)

    def _release(self, tap: Tap) -> None:
        """Let out what waits for a next frame that may never come."""
        held, tap.held = tap.held, []
        if held:
            self._send(tap, held)

    def _end_all(self, fault: Fault, close: Close | None) -> None:
        now = self.host.clock.now()
        for tap in list(self._taps.values()):
            account = self.host.account_name(tap.key.account) if tap.key is not None else ""
            facts = Facts(self.host.venue, account, fault.operation, fault.channel, peer=tap.peer)
            if not Active(0, fault).concerns(facts, now):
                continue
            if close is None:
                tap.gone = True
                tap.connection.cut()
            else:
                tap.out.append(close)
                self._full[id(tap.connection)] = tap
                self._gateway.turn()

    def _cut(self, tap: Tap) -> None:
        """After the commit of this turn, without a word."""
        tap.gone = True
        asyncio.get_running_loop().call_soon(tap.connection.cut)

    def _later(self, milliseconds: int, call: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(milliseconds / 1_000, call)

    def _request_facts(self, request: HttpRequest) -> Facts:
        asked = self.words.request(request)
        key = self.host.keys.get(asked.api_key) if asked.api_key else None
        account = self.host.account_name(key.account) if key is not None else ""
        return Facts(self.host.venue, account, asked.operation, peer=request.peer)

    def _name(self, request: HttpRequest) -> str:
        """The real name that the request was sent to, "" for the plain door."""
        header = request.headers.get("host", "")
        if header.startswith("127."):
            return ""
        host = names.host_of(header)
        return host if host in self._names else ""


def _at_once(fault: Fault) -> bool:
    """Whether it is about the connections of this moment, not about frames to come."""
    later = fault.nth or fault.every or fault.seconds or fault.probability < CERTAIN
    return fault.kind is Kind.DISCONNECT and not later


class Faults:
    """The faults of a box: set, cleared, kept for a restart, ended when their time is over."""

    def __init__(self, box: "Box") -> None:
        self.schedule = Schedule()
        self._box = box

    def set(self, fault: Fault) -> Active:
        """Set one; it works at once. Raises Misconfigured."""
        box = self._box
        if fault.venue:
            box.gateway(fault.venue)
        if fault.point is Point.MARKET:
            fault = self._placed(fault)
        active = self.schedule.set(fault, box.clock.now())
        try:
            self._begin(active)
        except Misconfigured:
            self.schedule.clear(active.number)
            raise
        if _at_once(fault):
            self.schedule.clear(active.number)  # it has struck everybody it could
            active.seen = active.struck = 1
        self._keep()
        return active

    def clear(self, number: int | None = None) -> list[Active]:
        """Clear one, or all. Raises Misconfigured when there is no such."""
        gone = self.schedule.clear(number)
        for active in gone:
            self._end(active)
        self._keep()
        return gone

    def all(self) -> list[Active]:
        """Those that are set, oldest first."""
        return self.schedule.all()

    def open(self) -> None:
        """Take up what was set when the box stopped."""
        box = self._box
        stored = None if box.memory else folder.read(box.data / FILE)
        if stored is None:
            return
        try:
            self.schedule = Schedule(msgspec.json.decode(stored, type=list[Active]))
        except msgspec.MsgspecError as error:
            raise Misconfigured(
                f"{box.data / FILE} is of another version ({error}); remove it, and set the faults "
                "again"
            ) from None
        for gateway in box.gateways.values():
            gateway.spoiler.schedule = self.schedule
        for active in self.schedule.all():
            try:
                self._take_up(active)
            except Misconfigured:  # its instrument or its names are not served any more
                self.schedule.clear(active.number)

    def beat(self) -> None:
        """End what is over."""
        if not self.schedule.all():
            return
        gone = self.schedule.expire(self._box.clock.now())
        for active in gone:
            self._end(active)
        if gone:
            self._keep()

    def venue_anew(self, venue: str) -> None:
        """A venue begins again: what was done to its market is gone with it."""
        for active in self.schedule.at(Point.MARKET):
            if active.fault.venue == venue:
                self.schedule.clear(active.number)
        self._keep()

    def _take_up(self, active: Active) -> None:
        venue = active.fault.venue
        if active.fault.point is Point.MARKET and venue in self._box.gateways:
            self._box.gateways[venue].spoiler.disturbances.restore(active)
        elif active.fault.kind is Kind.CERTIFICATE:
            self._begin(active)

    def _placed(self, fault: Fault) -> Fault:
        """A market fault is about one venue: the only one, where none was named."""
        names = list(self._box.gateways)
        if fault.venue or len(names) != 1:
            if not fault.venue:
                raise Misconfigured(f"name the venue, one of: {', '.join(names)}")
            return fault
        return msgspec.structs.replace(fault, venue=names[0])

    def _begin(self, active: Active) -> None:
        if active.fault.kind is Kind.CERTIFICATE:
            self._box.flaw(active.fault.venue, active.fault.flaw)
            return
        for gateway in self._box.gateways.values():
            gateway.spoiler.begin(active)

    def _end(self, active: Active) -> None:
        if active.fault.kind is Kind.CERTIFICATE:
            self._box.flaw(active.fault.venue, "")
            return
        for gateway in self._box.gateways.values():
            gateway.spoiler.end(active)

    def _keep(self) -> None:
        box = self._box
        if not box.memory:
            folder.write(box.data / FILE, msgspec.json.encode(self.schedule.all()))
