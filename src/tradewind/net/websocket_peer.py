"""The server's end of one connection while it speaks WebSocket."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from picows import WSAutoPingStrategy, WSFrame, WSListener, WSMsgType, WSTransport
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # missing from its stub

from ..protocol.messages import Close, Frame, HttpRequest, Ping, Pong
from ..protocol.session import ServerSession
from .frames import Assembler, Violation

if TYPE_CHECKING:
    from .server import Server

_log = logging.getLogger(__name__)
_quiet = logging.getLogger(f"{__name__}.picows")
_quiet.setLevel(logging.CRITICAL)  # a peer's mistakes are answered on the wire, not logged

_SLICE = 4 * 1024
"""Bytes of one peer taken in one go: some ten orders. A peer that floods waits behind the others
instead of holding the loop for a whole socket buffer."""
_GO_SECONDS = 0.0005
"""Work that one peer gets done before the loop turns to the others."""
_LATE_FRAMES = 1_000
"""Frames after our close that a peer may have had under way; beyond it does not listen."""
_COPIED = 8192
"""picows 2.3 copies frames up to this size. For larger ones it lends uvloop the memory of its
header, which the next frame overwrites before it is sent."""
_HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %b\r\n\r\n"
)
"""What picows is told: it reads handshakes more narrowly than we do, and has nothing to decide."""


def speak_websocket(transport: asyncio.Transport, peer: "WebSocketPeer", tail: bytes) -> None:
    """Take over a transport whose handshake is accepted; ``tail`` came behind it already."""
    frames = _Frames(
        None,
        None,
        False,
        lambda _: peer,
        _quiet,
        True,  # disconnect on an exception in a callback
        None,  # no handshake timeout: it is complete
        False,
        10,
        5,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        False,  # pings are answered by the peer, which also reports them
        peer.server.limits.message_bytes,
        None,
        4 * _SLICE,
    )
    peer.server.enter(peer)
    transport.set_protocol(frames)
    frames.connection_made(transport)
    frames.feed(_HANDSHAKE % peer.request.headers["sec-websocket-key"].encode() + tail)


class _Frames(WSProtocol):  # type: ignore[misc]  # untyped in picows
    """picows' protocol, which takes at most a slice of its peer's bytes at a time."""

    def get_buffer(self, size_hint: int) -> memoryview:
        """Room for the transport to read into."""
        room: memoryview = super().get_buffer(size_hint)
        return room[:_SLICE]

    def feed(self, data: bytes) -> None:
        """Take bytes that were read before the hand-over."""
        left = memoryview(data)
        while left:
            room = self.get_buffer(-1)
            size = min(len(room), len(left))
            room[:size] = left[:size]
            self.buffer_updated(size)
            left = left[size:]


class WebSocketPeer(WSListener):
    """One connection while it speaks WebSocket: what ``wire.Connection`` says."""

    def __init__(self, server: "Server", request: HttpRequest, session: ServerSession) -> None:
        self.server = server
        self.request = request
        self.session = session
        self._limits = server.limits
        self._wire: WSTransport = None  # type: ignore[assignment]  # set when connected
        self._assembler = Assembler(server.limits.message_bytes)
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._spent = 0.0  # seconds of work since the others last had their turn
        self._served_at = 0.0
        self._waiting: deque[bytes] = deque()  # messages put off, a slice of them at most
        self._late = 0

    # -- what the application calls

    def flush(self) -> None:
        """Put what the session has on the wire."""
        frames = self.session.take()
        wire = self._wire
        if not frames or wire.is_close_frame_sent or wire.is_disconnected:
            return
        first = frames[0]
        if len(frames) == 1 and type(first) is bytes and len(first) <= _COPIED:
            wire.send(WSMsgType.TEXT, first)
        else:
            self._send_all(frames)
        self._check_unread()

    def close(self) -> None:
        """Close with 1001 (going away)."""
        self._close(1001, "")

    def cut(self) -> None:
        """Drop the connection without a word."""
        if not self._wire.is_disconnected:
            self._wire.disconnect(graceful=False)

    # -- picows' calls

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The handshake's answer is out."""
        self._wire = transport
        self._guarded(self.server.application.opened, self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One frame, which is often a whole message."""
        kind = frame.msg_type
        if kind == WSMsgType.CLOSE:
            self._serve_waiting()
            self._on_close(transport, frame)
        elif transport.is_close_frame_sent:
            self._late += 1
            if self._late > _LATE_FRAMES:
                self.cut()
        elif frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._close(1002, "no extension was negotiated")
        elif kind == WSMsgType.PING:
            payload = frame.get_payload_as_bytes()
            transport.send_pong(payload)
            self._check_unread()
            self._guarded(self.server.application.control, self, Ping(payload))
        elif kind == WSMsgType.PONG:
            pong = Pong(frame.get_payload_as_bytes())
            self._guarded(self.server.application.control, self, pong)
        else:
            self._on_data(frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Gone."""
        del transport
        self._serve_waiting()
        if self._timer is not None:
            self._timer.cancel()
        self.server.leave(self)
        try:
            self.server.application.closed(self)
        except Exception:  # noqa: BLE001  (logged whole; the peer is told 500 or 1011)
            _log.exception("the application failed when a connection closed")

    def pause_writing(self) -> None:
        """Nothing: ``flush`` holds the bound."""

    def resume_writing(self) -> None:
        """Nothing."""

    # -- helpers

    def _check_unread(self) -> None:
        """Hold the bound. Under TLS it is missed by one flush: what the layer below has taken
        is not told.
        """
        if self._wire.underlying_transport.get_write_buffer_size() > self._limits.write_bytes:
            self.cut()

    def _on_data(self, frame: WSFrame) -> None:
        kind = frame.msg_type
        try:
            message = self._assembler.add(
                frame.get_payload_as_bytes(),
                text=kind == WSMsgType.TEXT,
                continues=kind == WSMsgType.CONTINUATION,
                final=frame.fin,
            )
        except Violation as violation:
            self._close(violation.why.code, violation.why.reason)
            return
        if message is None:
            return
        beyond = self._spent > _GO_SECONDS and perf_counter() - self._served_at <= _GO_SECONDS
        if self._waiting or beyond:
            self._put_off(message)
        else:
            self._serve(message)

    def _serve(self, message: bytes) -> None:
        began = perf_counter()
        if began - self._served_at > _GO_SECONDS:
            self._spent = 0.0  # the others have had their turn in between
        self._guarded(self.server.application.received, self, message)
        self._served_at = perf_counter()
        self._spent += self._served_at - began

    def _serve_waiting(self) -> None:
        """The peer is leaving: what it sent before counts, unless we have ended it."""
        while self._waiting and not self._wire.is_close_frame_sent:
            self._serve(self._waiting.popleft())

    def _put_off(self, message: bytes) -> None:
        """Read no more before the others have had their turn."""
        if not self._waiting:
            self._wire.underlying_transport.pause_reading()
            self._loop.call_soon(self._go_on)
        self._waiting.append(message)

    def _go_on(self) -> None:
        """Take up what was put off, and read again when nothing is left of it."""
        self._spent = 0.0
        if self._wire.is_close_frame_sent:
            self._waiting.clear()
        while self._waiting and self._spent <= _GO_SECONDS:
            self._serve(self._waiting.popleft())
        transport = self._wire.underlying_transport
        if self._waiting:
            self._loop.call_soon(self._go_on)
        elif not (self._wire.is_disconnected or transport.is_closing()):
            transport.resume_reading()

    def _guarded(self, call: Callable[..., None], *arguments: Any) -> None:
        try:
            call(*arguments)
        except Exception:  # noqa: BLE001  (logged whole; the peer is told 500 or 1011)
            _log.exception("the application failed on a WebSocket, which is closed")
            self._close(1011, "")

    def _send_all(self, frames: list[Frame]) -> None:
        """Frames joined into one write: a system call costs more than a copy."""
        out: list[bytes] = []
        for frame in frames:
            match frame:
                case bytes():
                    out += (_head(0x81, len(frame)), frame)
                case Ping(payload):
                    out += (_head(0x89, len(payload)), payload)
                case Pong(payload):
                    out += (_head(0x8A, len(payload)), payload)
                case Close(code, reason):
                    self._write(out)
                    self._close(code, reason)
                    return
        self._write(out)

    def _write(self, out: list[bytes]) -> None:
        if out:
            self._wire.underlying_transport.write(b"".join(out))

    def _close(self, code: int, reason: str) -> None:
        """Say why, and wait a moment for the peer to say it too."""
        wire = self._wire
        if wire.is_close_frame_sent or wire.is_disconnected:
            return
        wire.send_close(code, reason.encode()[:123])  # type: ignore[arg-type]  # any code
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._limits.close_seconds, self.cut)

    def _on_close(self, wire: WSTransport, frame: WSFrame) -> None:
        if not wire.is_close_frame_sent:
            if frame.payload_size:
                wire.send_close(frame.get_close_code(), frame.get_close_message())
            else:
                wire.send(WSMsgType.CLOSE, b"")
        wire.disconnect()


def _head(first: int, size: int) -> bytes:
    """A frame's head, unmasked, RFC 6455 section 5.2."""
    if size < 126:
        return bytes((first, size))
    if size < 1 << 16:
        return bytes((first, 126)) + size.to_bytes(2, "big")
    return bytes((first, 127)) + size.to_bytes(8, "big")
