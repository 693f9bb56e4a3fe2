"""The server's end of one connection while it speaks HTTP/1.1."""

import asyncio
import base64
import binascii
import logging
from collections import deque
from http import HTTPStatus
from time import gmtime, perf_counter, strftime
from typing import TYPE_CHECKING, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from ..protocol.messages import HttpRequest, HttpResponse, Spoiled
from ..protocol.session import ServerSession
from .websocket_peer import WebSocketPeer, speak_websocket

if TYPE_CHECKING:
    from .server import Server

_log = logging.getLogger(__name__)

_SLICE = 2 * 1024
"""Bytes parsed before looking whether enough is served: some ten orders."""
_BODY_SLICE = 64 * 1024
"""The same inside a body, where nothing is served on the way."""
_SERVED = 32
_GO_SECONDS = 0.0005
"""Requests of one peer served in one go, and the work after which no further one is: a peer that
floods waits behind the others instead of holding the loop for a whole socket buffer."""
_TOLD_TO_STOP = frozenset({418, 429})
_STOP_SECONDS = 0.005
"""Who is told to wait and does not, waits here: it has one answer in that time, however many
requests it has sent. Refusals are cheap, but thousands a second of them are not.
"""
_STATUS = {s.value: f"HTTP/1.1 {s.value} {s.phrase}\r\n" for s in HTTPStatus}
_BODILESS = frozenset({204, 304})
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_EMPTY: dict[str, str] = {}
_LOWERED: dict[bytes, str] = {}
"""Header names seen before, as they are shown; at most a thousand, since peers choose them."""
_Bytes = bytes | memoryview


class _Refused(Exception):
    """Raised inside the parser's callbacks to stop it; the status is answered."""


class _Slot:
    """The place of one answer in the order of its connection."""

    __slots__ = ("bodiless", "data", "last", "peer", "spoiled")

    def __init__(self, peer: "HttpPeer", bodiless: bool, last: bool) -> None:
        self.peer = peer
        self.bodiless = bodiless
        self.last = last
        self.data = b""
        self.spoiled: Spoiled | None = None

    def give(self, response: HttpResponse) -> None:
        """Take the answer and let it out when those before it are out."""
        if self.data:
            raise RuntimeError("a request is answered once")
        peer = self.peer
        if type(response) is Spoiled:
            self.spoiled, self.last = response, True
        self.data = render_answer(response, peer.server.date(), self.last, self.bodiless)
        peer.told_to_stop = response.status in _TOLD_TO_STOP
        if peer.pending and peer.pending[0] is self:
            peer.drain()


class HttpPeer(asyncio.Protocol):
    """One connection while it speaks HTTP."""

    def __init__(self, server: "Server") -> None:
        self.server = server
        self.pending: deque[_Slot] = deque()
        self._limits = server.limits
        self._loop = asyncio.get_running_loop()
        self._parser = HttpRequestParser(self)
        self._transport: asyncio.Transport = None  # type: ignore[assignment]  # set when made
        self._address = ""
        # the request being read
        self._begun = 0  # the tick of its first byte; 0 between requests
        self._url = b""
        self._headers: dict[str, str] = _EMPTY
        self._headers_done = False
        self._head_bytes = 0
        self._body: list[bytes] = []
        self._body_bytes = 0
        # the connection
        self._idle_since = server.tick
        self._served = 0  # requests in this go
        self._corked = False
        self._out: list[bytes] = []
        self._unread = b""  # bytes put off to a later go
        self._raw_left = 0  # body bytes that the parser does not see (see _take_upgrade)
        self._keep = True
        self._waiting_upgrade: tuple[_Slot, HttpRequest] | None = None
        self._ending = 0  # the tick since which nothing more is read; 0 while open
        self._refused = False
        self._paused = False
        self._going_on = False  # whether ``_go_on`` is about to be called
        self.told_to_stop = False
        """Whether the last answer was one that says so."""

    # -- the transport's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or refuse when the server is full."""
        self._transport = cast(asyncio.Transport, transport)
        self._address = self.server.address or _address(self._transport)
        full = self.server.full()
        self.server.enter(self)
        if full:
            self._refuse(503)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget; answers that are still to come go nowhere."""
        del exc
        self.pending.clear()
        self._unread = b""
        self._waiting_upgrade = None
        self.server.leave(self)

    def eof_received(self) -> bool:
        """Stay half open while answers are owed (TLS cannot)."""
        self._ending = self._ending or self.server.tick
        return bool(self.pending) and self._transport.can_write_eof()

    def pause_writing(self) -> None:
        """The peer reads too slowly: read no further requests."""
        self._paused = True
        self._stop_reading()

    def resume_writing(self) -> None:
        """The peer has caught up."""
        self._paused = False
        self._go_on_soon()

    def data_received(self, data: bytes) -> None:
        """Serve what came, or put it behind what was put off before."""
        if self._ending:
            return
        if self._unread or self._waiting_upgrade is not None:
            self._unread += data
            return
        self._take(data)

    # -- reading

    def _take(self, data: bytes) -> None:
        self._served = 0
        self._corked = True
        began = perf_counter()
        left: _Bytes = data if len(data) <= _SLICE else memoryview(data)
        while left and not self._ending and self._waiting_upgrade is None:
            if (
                self._served >= _SERVED
                or len(self.pending) >= self._limits.pipelined
                or (self._served and self.told_to_stop)
                or (self._served and perf_counter() - began > _GO_SECONDS)
            ):
                self._stop_reading()
                if len(self.pending) < self._limits.pipelined:
                    self._go_on_soon()
                break
            left = self._parse(left)
        if left and not self._ending:
            self._unread = bytes(left)
        self._corked = False
        self._write_out()

    def _go_on_soon(self) -> None:
        """In the loop's next turn, and once: two at a time would be twice this peer's share."""
        if not self._going_on:
            self._going_on = True
            if self.told_to_stop:
                self._loop.call_later(_STOP_SECONDS, self._go_on)
            else:
                self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        """Take up what was put off, once there is room again."""
        self._going_on = False
        if (
            self._paused
            or self._ending
            or self._transport.is_closing()
            or self._waiting_upgrade is not None
            or len(self.pending) >= self._limits.pipelined
        ):
            return
        data, self._unread = self._unread, b""
        if data:
            self._take(data)
        if not (self._unread or self._paused or self._ending or self._transport.is_closing()):
            self._transport.resume_reading()

    def _stop_reading(self) -> None:
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def _parse(self, data: _Bytes) -> _Bytes:
        """Feed one slice; gives what is left over."""
        if self._raw_left:
            return self._take_raw(data)
        size = _BODY_SLICE if self._begun and self._body_bytes else _SLICE
        if not (self._begun and self._headers_done):  # one request at a time, to stop between two
            size = bytes(data[:size]).find(b"\r\n\r\n") + 4
            if size < 4:
                size = _SLICE
        piece, rest = (data, b"") if len(data) <= size else (data[:size], data[size:])
        before = self._served
        try:
            self._parser.feed_data(piece)
        except HttpParserUpgrade as upgrade:
            return self._take_upgrade(data[upgrade.args[0] :])
        except HttpParserError as error:
            reason = error.__context__
            self._refuse(int(str(reason)) if isinstance(reason, _Refused) else 400)
            return b""
        if self._begun and not self._headers_done and self._served == before:
            self._head_bytes += len(piece)
            if self._head_bytes > self._limits.header_bytes:
                self._refuse(431)
        return rest

    # -- the parser's calls

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._begun = self.server.tick
        self._url = b""
        self._headers = {}
        self._headers_done = False
        self._head_bytes = 0
        self._body = []
        self._body_bytes = 0

    def on_url(self, url: bytes) -> None:
        """The target, possibly in pieces."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, whole."""
        key = _LOWERED.get(name) or _lower(name)
        text = value.decode("latin-1")
        headers = self._headers
        headers[key] = f"{headers[key]}, {text}" if key in headers else text

    def on_headers_complete(self) -> None:
        """Refuse a body that is announced too long before it is sent."""
        self._headers_done = True
        headers = self._headers
        length = headers.get("content-length")
        if length is not None and int(length) > self._limits.body_bytes:
            raise _Refused(413)
        if "expect" in headers and headers["expect"].lower() == "100-continue":
            self._put(_CONTINUE)

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._body_bytes += len(body)
        if self._body_bytes > self._limits.body_bytes:
            raise _Refused(413)
        self._body.append(body)

    def on_message_complete(self) -> None:
        """A whole request: ask the application."""
        self._keep = self._parser.should_keep_alive()
        if self._parser.should_upgrade():
            return  # feed_data raises HttpParserUpgrade, which goes on there
        self._serve(b"".join(self._body))

    # -- serving

    def _serve(self, body: bytes) -> None:
        if self._ending:
            return
        request = self._request(body)
        slot = self._slot(request)
        if not self._keep:
            self._ending = self.server.tick
        try:
            self.server.application.http(request, slot.give)
        except Exception:  # noqa: BLE001  (logged whole; the peer is told 500 or 1011)
            _log.exception("the application failed at %s %s", request.method, request.path)
            if not slot.data:
                slot.give(HttpResponse(500))

    def _request(self, body: bytes) -> HttpRequest:
        self._begun = 0
        self._idle_since = self.server.tick
        self._served += 1
        path, _, query = self._url.decode("latin-1").partition("?")
        if not path.startswith("/"):
            path = _origin_form(path)
        method = self._parser.get_method().decode()
        return HttpRequest(method, path, query, self._headers, body, self._address)

    def _slot(self, request: HttpRequest) -> _Slot:
        slot = _Slot(self, request.method == "HEAD", not self._keep)
        self.pending.append(slot)
        return slot

    def _put(self, data: bytes) -> None:
        """Bytes that are ready, in their place behind the answers that are owed."""
        slot = _Slot(self, False, False)
        slot.data = data
        self.pending.append(slot)
        if self.pending[0] is slot:
            self.drain()

    def drain(self) -> None:
        """Let out the answers that are ready, in order."""
        pending = self.pending
        last = False
        while pending and pending[0].data:
            slot = pending.popleft()
            if slot.spoiled is not None:
                self._spoil(slot, slot.spoiled)
                return
            self._out.append(slot.data)
            last = slot.last
        self._idle_since = self.server.tick
        if not self._corked:
            self._write_out()
        if self._refused:
            self._linger()
        elif last or (self._ending and not pending):
            self.finish()
        elif self._waiting_upgrade is not None:
            if len(pending) == 1 and not self._corked:
                self._decide_upgrade()
        elif self._unread and not self._corked:
            self._go_on_soon()

    def _spoil(self, slot: _Slot, how: Spoiled) -> None:
        """What is left of this connection goes as a fault wants it."""
        self._ending = self._ending or self.server.tick
        self.pending.clear()
        data = slot.data if how.keep < 0 else slot.data[: how.keep]
        if how.byte_ns and data:
            self._corked = False
            self._write_out()
            self.pending.append(_Slot(self, False, True))  # an answer is owed: no time limit
            self._dribble(data, 0, how.byte_ns / 1e9)
            return
        self._out.append(data)
        self.finish()

    def _dribble(self, data: bytes, at: int, seconds: float) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(data[at : at + 1])
        if at + 1 < len(data):
            self._loop.call_later(seconds, self._dribble, data, at + 1, seconds)
        else:
            self.pending.clear()
            self.finish()

    def _write_out(self) -> None:
        out = self._out
        if not out:
            return
        data = out[0] if len(out) == 1 else b"".join(out)
        out.clear()
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > self._limits.write_bytes:
            self.abort()

    # -- upgrading

    def _take_upgrade(self, tail: _Bytes) -> _Bytes:
        """The parser has stopped behind a request that asks for another protocol."""
        headers = self._headers
        if self._parser.get_method() == b"CONNECT":
            self._refuse(405)
        elif headers.get("upgrade", "").lower() == "websocket":
            request = self._request(b"")
            self._waiting_upgrade = (self._slot(request), request)
            if len(self.pending) == 1:
                self._unread = bytes(tail)
                self._decide_upgrade()
                tail, self._unread = self._unread, b""
        elif "transfer-encoding" in headers:
            self._refuse(501)
        else:
            # Some clients offer h2c with every request. It is declined by an ordinary answer; the
            # parser takes the body for the other protocol's, so it is collected here.
            self._raw_left = int(headers.get("content-length", 0))
            if not self._raw_left:
                self._serve(b"")
        return tail

    def _take_raw(self, data: _Bytes) -> _Bytes:
        size = min(self._raw_left, len(data))
        self._body.append(bytes(data[:size]))
        self._raw_left -= size
        if not self._raw_left:
            self._serve(b"".join(self._body))
        return data[size:]

    def _decide_upgrade(self) -> None:
        """Everything before the handshake is answered: accept or refuse it."""
        assert self._waiting_upgrade is not None
        slot, request = self._waiting_upgrade
        self._waiting_upgrade = None
        verdict = _handshake_fault(request) or self._ask_upgrade(request)
        if isinstance(verdict, HttpResponse):
            self._ending = 0 if self._keep else self.server.tick
            slot.give(verdict)
            self._go_on_soon()
        else:
            self._hand_over(request, verdict)

    def _ask_upgrade(self, request: HttpRequest) -> ServerSession | HttpResponse:
        try:
            return self.server.application.upgrade(request)
        except Exception:  # noqa: BLE001  (logged whole; the peer is told 500 or 1011)
            _log.exception("the application failed at the handshake of %s", request.path)
            return HttpResponse(500)

    def _hand_over(self, request: HttpRequest, session: ServerSession) -> None:
        self._write_out()
        self.pending.clear()
        self._ending = self.server.tick
        tail, self._unread = self._unread, b""
        peer = WebSocketPeer(self.server, request, session)
        speak_websocket(self._transport, peer, tail)
        self.server.leave(self)
        if not self._transport.is_closing():
            self._transport.resume_reading()

    # -- ending

    def _refuse(self, status: int) -> None:
        """Answer in order, read no more, and close."""
        self._ending = self.server.tick
        self._refused = True
        self._unread = b""
        slot = _Slot(self, False, True)
        self.pending.append(slot)
        slot.give(HttpResponse(status))

    def _linger(self) -> None:
        """What the peer still sends is thrown away for a moment: closing at once would reset the
        connection, and with it the answer that says why.
        """
        if self.pending:
            return
        self._write_out()
        if self._transport.can_write_eof() and not self._transport.is_closing():
            self._transport.write_eof()

    def finish(self) -> None:
        """Close once everything written is out."""
        self._ending = self._ending or self.server.tick
        self._corked = False
        self._write_out()
        self._transport.close()

    def abort(self) -> None:
        """Cut."""
        self._transport.abort()

    def check_time(self, tick: int) -> None:
        """Once a second: end what takes too long."""
        limits = self._limits
        if self._ending:
            if not self.pending and tick - self._ending > limits.close_seconds:
                self.abort()
        elif self._begun:
            if tick - self._begun > limits.header_seconds:
                self._refuse(408)
        elif not self.pending and tick - self._idle_since > limits.idle_seconds:
            self.finish()


def render_answer(response: HttpResponse, date: str, last: bool, bodiless: bool) -> bytes:
    """An answer as bytes. Raises ValueError for a header that would break out of its line."""
    status, body, headers = response.status, response.body, response.headers
    fields = "".join([f"{name}: {value}\r\n" for name, value in headers])
    if fields.count("\n") != len(headers) or fields.count("\r") != len(headers):
        raise ValueError("a header holds a line break")
    line = _STATUS.get(status) or f"HTTP/1.1 {status} \r\n"
    ending = "close\r\n\r\n" if last else "keep-alive\r\n\r\n"
    if status in _BODILESS:
        return f"{line}{date}{fields}Connection: {ending}".encode("latin-1")
    length = len(body)
    head = f"{line}{date}{fields}Content-Length: {length}\r\nConnection: {ending}"
    return head.encode("latin-1") if bodiless else head.encode("latin-1") + body


def _lower(name: bytes) -> str:
    key = name.decode("latin-1").lower()
    if len(_LOWERED) < 1000:
        _LOWERED[name] = key
    return key


def date_line(second: int) -> str:
    """The Date header of that second."""
    return strftime("Date: %a, %d %b %Y %H:%M:%S GMT\r\n", gmtime(second))


def _handshake_fault(request: HttpRequest) -> HttpResponse | None:
    """What is wrong with a WebSocket handshake, RFC 6455 section 4.2."""
    headers = request.headers
    if headers.get("sec-websocket-version") != "13":
        return HttpResponse(426, b"", (("Sec-WebSocket-Version", "13"), ("Upgrade", "websocket")))
    try:
        key = base64.b64decode(headers.get("sec-websocket-key", ""), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    return None if request.method == "GET" and len(key) == 16 else HttpResponse(400)


def _origin_form(target: str) -> str:
    """``http://host/path`` is ``/path``, as a request through a proxy has it."""
    _, found, rest = target.partition("://")
    if not found:
        return target
    _, slash, path = rest.partition("/")
    return slash + path if slash else "/"


def _address(transport: asyncio.Transport) -> str:
    """The peer's address as text; IPv4 inside IPv6 as IPv4."""
    peer = transport.get_extra_info("peername")
    text = str(peer[0]) if peer else ""
    return text.removeprefix("::ffff:")
