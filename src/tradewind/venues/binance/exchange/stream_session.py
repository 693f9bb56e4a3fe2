"""One connection to the market streams: subscriptions, control messages, heartbeat.

web-socket-streams.md, 2026-07-21: 5 messages a second from the client (pings and pongs count), cut
beyond; 1024 streams. The envelope of errors is observed, and so is that a stream of an unknown
symbol is accepted. Guessed: the text for too many streams, and which of two errors comes first.
"""

import re
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from ....protocol.limits import SECOND
from ....protocol.messages import Ping, Pong
from ..wire.stream import Answer, Fault, Refused, RefusedUnread, ServerShutdown
from .line import POLICY, Line
from .stream_names import StreamName, parse

if TYPE_CHECKING:
    from .streams import Streams

INBOUND_MAX = 5
"""Messages a second."""

STREAMS_MAX = 1024
ID_MAX = 36

_encode = msgspec.json.Encoder().encode
_METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
_VARIANTS = ", ".join(f"`{method}`" for method in _METHODS)
_BYTE = re.compile(r"byte (\d+)")


class StreamSession(Line):
    """The exchange's end of one connection. ``now`` and all deadlines are wall time."""

    __slots__ = (
        "_inbound",
        "_streams",
        "combined",
        "names",
        "opened",
        "unit",
    )

    def __init__(self, streams: "Streams", peer: str, *, combined: bool, unit: int) -> None:
        super().__init__(streams, peer, streams.host.wall())
        self._streams = streams
        self.combined = combined
        self.unit = unit
        self.names: dict[str, StreamName] = {}
        self.opened = streams.host.now()
        """Venue time: a connection lives 24 hours of it."""
        self._inbound: deque[int] = deque(maxlen=INBOUND_MAX)

    # what the wire calls

    def receive(self, message: bytes, now: int) -> None:
        """Take one control message and answer it."""
        if self._flooding(now):
            return
        try:
            answer: msgspec.Struct = self._control(message)
        except _Wrong as wrong:
            fault = Fault(wrong.code, wrong.text)
            readable = isinstance(wrong.id, int | str)
            answer = Refused(fault, wrong.id) if readable else RefusedUnread(fault)
        self.push(_encode(answer))

    def control(self, frame: Ping | Pong, now: int) -> None:
        """Count a ping or a pong; a pong answers every ping up to the one it copies."""
        if not self._flooding(now):
            super().control(frame, now)

    # what the exchange calls

    def shut_down(self) -> None:
        """Say that the server will close this connection."""
        payload = _encode(ServerShutdown(E=self._streams.host.now() // self.unit))
        if self.combined:
            payload = b'{"stream":"!serverShutdown","data":%b}' % payload
        self.push(payload)

    def add(self, name: StreamName) -> None:
        """Subscribe; a second time changes nothing."""
        if name.text not in self.names:
            self.names[name.text] = name
            self._streams.subscribe(self, name)

    # inside

    def _flooding(self, now: int) -> bool:
        if self.ended:
            return True
        seen = self._inbound
        if len(seen) == INBOUND_MAX and now - seen[0] < SECOND:
            self.end(POLICY, "Too many requests")
            self._streams.flooded(self)
            return True
        seen.append(now)
        return False

    def _control(self, message: bytes) -> Answer:
        request = _read(message)
        method, request_id = _method(message, request), _id(request)
        parameters = request.get("params")
        try:
            result = _VERBS[method](self, parameters)
        except _Wrong as wrong:
            wrong.id = request_id
            raise
        return Answer(result, request_id)

    def _subscribe(self, parameters: Any) -> None:
        names = _names(parameters)
        fresh = {name.text for name in names} - self.names.keys()
        if len(self.names) + len(fresh) > STREAMS_MAX:
            raise _Wrong(2, f"Invalid request: more than {STREAMS_MAX} streams")
        for name in names:
            self.add(name)

    def _unsubscribe(self, parameters: Any) -> None:
        for name in _names(parameters):
            if self.names.pop(name.text, None) is not None:
                self._streams.unsubscribe(self, name)

    def _list(self, parameters: Any) -> tuple[str, ...]:
        if parameters:
            raise _Wrong(2, "Invalid request: too many parameters")
        return tuple(self.names)

    def _set(self, parameters: Any) -> None:
        values = _property(parameters, 2)
        if len(values) < 2 or not isinstance(values[1], bool):
            raise _Wrong(1, "Invalid value type: expected Boolean")
        if values[1] is not self.combined:
            for name in self.names.values():
                self._streams.unsubscribe(self, name)
            self.combined = values[1]
            for name in self.names.values():
                self._streams.subscribe(self, name)

    def _get(self, parameters: Any) -> bool:
        _property(parameters, 1)
        return self.combined


Verb = Callable[[StreamSession, Any], tuple[str, ...] | bool | None]

_VERBS: dict[str, Verb] = {
    "SUBSCRIBE": StreamSession._subscribe,
    "UNSUBSCRIBE": StreamSession._unsubscribe,
    "LIST_SUBSCRIPTIONS": StreamSession._list,
    "SET_PROPERTY": StreamSession._set,
    "GET_PROPERTY": StreamSession._get,
}


class _Wrong(Exception):
    """A control message that is refused. ``id`` is what could be read of it."""

    def __init__(self, code: int, text: str, request_id: Any = None) -> None:
        self.code = code
        self.text = text
        self.id = request_id
        super().__init__(text)


def _read(message: bytes) -> dict[str, Any]:
    try:
        request = msgspec.json.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        line, column = _place(message, error)
        raise _Wrong(3, f"Invalid JSON: expected value at line {line} column {column}") from None
    if not isinstance(request, dict):
        raise _Wrong(2, f"Invalid request: missing field `method` at {_end(message)}")
    return request


def _place(message: bytes, error: Exception) -> tuple[int, int]:
    """Line and column of the offending byte, both from 1."""
    match = _BYTE.search(str(error))
    at = int(match[1]) if match else len(message)
    before = message[:at]
    return before.count(b"\n") + 1, at - (before.rfind(b"\n") + 1) + 1


def _end(message: bytes) -> str:
    """Where the message ends, as its reader says it."""
    return f"line {message.count(10) + 1} column {len(message) - (message.rfind(10) + 1)}"


def _method(message: bytes, request: dict[str, Any]) -> str:
    method = request.get("method")
    if "method" not in request:
        raise _Wrong(
            2, f"Invalid request: missing field `method` at {_end(message)}", request.get("id")
        )
    if not isinstance(method, str) or method not in _VERBS:
        written = msgspec.json.encode(method)
        at = message.find(written)
        where = _end(message[: at + len(written)]) if at >= 0 else _end(message)
        shown = f"`{method}`" if isinstance(method, str) else written.decode()
        raise _Wrong(
            2,
            f"Invalid request: unknown variant {shown}, expected one of {_VARIANTS} at {where}",
            request.get("id"),
        )
    return method


def _id(request: dict[str, Any]) -> int | str | None:
    value = request.get("id")
    good = (
        (value is None and "id" in request)
        or (isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63)
        or (isinstance(value, str) and len(value) <= ID_MAX)
    )
    if not good:
        raise _Wrong(2, "Invalid request: request ID must be an unsigned integer")
    return value


def _names(parameters: Any) -> list[StreamName]:
    texts = parameters if isinstance(parameters, list) else [None]
    names = [parse(each) if isinstance(each, str) else None for each in texts]
    found = [name for name in names if name is not None]
    if len(found) < len(names):
        raise _Wrong(2, "Invalid request: invalid stream")
    return found


def _property(parameters: Any, most: int) -> list[Any]:
    values = parameters if isinstance(parameters, list) else []
    if len(values) > most:
        raise _Wrong(2, "Invalid request: too many parameters")
    if not values or not isinstance(values[0], str):
        raise _Wrong(2, "Invalid request: property name must be a string")
    if values[0] != "combined":
        raise _Wrong(0, "Unknown property")
    return values
