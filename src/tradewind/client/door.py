"""The one place where requests leave. What can raise risk leaves only as an ``Approved``.

question   ask(command)                      anything that changes no order
order      send(Approved | cancel, asked)    prepared, paced and checked by ``orders``
"""

from collections.abc import Callable
from copy import copy
from typing import Any

from msgspec import Struct

from ..guard import Approved
from ..model import InvalidInput, Misconfigured, Permission
from ..model import commands as ask
from ..net.wire import Answer, HttpClient, Wire
from ..protocol.asking import Asked, Client, Pacing, Told
from ..protocol.messages import HttpRequest, HttpResponse
from ..protocol.operations import Operation, Proof, Rest
from .budget import Budget
from .clock import Clock
from .line import Late, Line

TIMEOUT = 10.0
"""Seconds for a whole answer; the venues themselves give up on a request after about as long."""

WEBSOCKET = "WEBSOCKET"
"""The method of a request that went over the WebSocket."""


class Exchanged(Struct, frozen=True, gc=False):
    """One request and its answer, as they went over the wire. Keys and signatures are in it, and
    not in its repr.
    """

    request: HttpRequest
    answer: Answer
    url: str

    def __repr__(self) -> str:
        asked = f"{self.request.method} {self.request.path}"
        return f"Exchanged({asked!r}, status={self.answer.status}, body={self.answer.body[:200]!r})"


class Unpaced:
    """A pacer that lets everything through."""

    async def ready(self, operation: Operation, parameters: Any) -> None:
        """At once."""

    def heard(self, operation: Operation, response: HttpResponse) -> None:
        """Nothing to learn."""


class Door:
    """Connections of one venue. ``over`` is where orders go: ``rest`` or ``websocket``."""

    def __init__(
        self,
        client: Client,
        wire: Wire,
        doors: dict[str, str],
        clock: Clock,
        *,
        pacing: Pacing | None = None,
        over: str = "rest",
        read_only: str = "",
    ) -> None:
        self.client = client
        self.clock = clock
        self.pacing: Pacing = pacing or Unpaced()
        self.over = over
        self.read_only = read_only
        """Why nothing that changes anything leaves here; "" where it may."""
        self._wire = wire
        self._doors = doors
        self._http: HttpClient = wire.http(doors["rest"])
        self.line: Line | None = None

    @property
    def url(self) -> str:
        """Where HTTP requests go."""
        return self._doors["rest"]

    @property
    def has_line(self) -> bool:
        """Whether the venue has a WebSocket for requests here."""
        return "ws_api" in self._doors

    def disguised(self, client: Client | None = None, clock: Clock | None = None) -> "Door":
        """The same connections and budget with another key or clock, to hear what the venue says to
        those. It is open as long as this one is, and never closed itself.
        """
        other = copy(self)
        other.client, other.clock = client or self.client, clock or self.clock
        return other

    async def open(self) -> None:
        """Get ready for HTTP."""
        await self._http.__aenter__()

    async def connect(
        self, heard: Callable[[list[Told]], None], ended: Callable[[Line, str], None]
    ) -> Line:
        """Open the WebSocket for requests and private events."""
        url = self._doors["ws_api"]
        if isinstance(self.pacing, Budget):
            await self.pacing.connecting("ws_api")
        return await Line.opened(self.client, self._wire, url, heard, ended)

    async def close(self) -> None:
        """Close everything."""
        line, self.line = self.line, None
        if line is not None:
            await line.close()
        await self._http.close()

    async def ask(self, command: ask.Request) -> Exchanged:
        """A question, or a native call that is about no order; paced, signed, sent."""
        asked = self.client.prepare(command)
        if isinstance(command, ask.Order) or self.changes_orders(asked):
            raise TypeError(f"{asked.operation.name} is an order, which the guard must see")
        if asked.operation.permission is Permission.WITHDRAW:
            raise InvalidInput(f"{asked.operation.name}: nothing is withdrawn from here")
        if self.read_only and not _only_reads(asked.operation):
            raise Misconfigured(self.read_only)
        await self.pacing.ready(asked.operation, asked.parameters)
        return await self._over_http(asked, self.clock.venue())

    @staticmethod
    def changes_orders(asked: Asked) -> bool:
        """Whether an operation places, changes or ends orders."""
        return asked.operation.proof is not Proof.NOT_AN_ORDER

    async def send(self, approved: Approved[Any], asked: Asked, now: int, late: Late) -> Exchanged:
        """An order: approved, prepared as ``asked``, signed for ``now`` here and not before."""
        if not isinstance(approved, Approved):
            raise TypeError(f"{approved!r} is not approved")
        if self.over == "websocket":
            return await self._over_line(asked, now, late)
        return await self._over_http(asked, now)

    async def _over_http(self, asked: Asked, now: int) -> Exchanged:
        request = self.client.sign(asked, now)
        answer = await self._http.request(
            request.method,
            request.path,
            request.query,
            request.headers,
            request.body,
            timeout=TIMEOUT,
        )
        self.pacing.heard(asked.operation, HttpResponse(answer.status, answer.body, answer.headers))
        query = f"?{request.query}" if request.query else ""
        return Exchanged(request, answer, f"{self._doors['rest']}{request.path}{query}")

    async def _over_line(self, asked: Asked, now: int, late: Late) -> Exchanged:
        if self.line is None:
            raise InvalidInput("there is no WebSocket for requests; use orders_over='rest'")
        began = self.clock.monotonic()
        message, told = await self.line.request(asked, now, TIMEOUT, late)
        elapsed = self.clock.monotonic() - began
        self.pacing.heard(asked.operation, told)
        answer = Answer(told.status, told.body, told.headers, elapsed, len(told.body), len(message))
        request = HttpRequest(WEBSOCKET, asked.operation.name, "", {}, message)
        return Exchanged(request, answer, self._doors["ws_api"])


def _only_reads(operation: Operation) -> bool:
    """Whether an operation is a GET; one without an HTTP door is not sent by ``ask`` at all."""
    return all(door.method == "GET" for door in operation.doors if isinstance(door, Rest))
