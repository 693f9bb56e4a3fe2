"""The WebSocket client, over picows."""

import asyncio
import logging
import ssl as tls
from collections.abc import AsyncIterator, Callable, Mapping
from itertools import count
from typing import NoReturn, Self, cast

from picows import (
    WSAutoPingStrategy,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSTransport,
)
from picows.common import WSInvalidStatusError
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # missing from its stub

from ..model import NotSent, Rejected, Unreadable
from .address import address, default_tls
from .clock import monotonic_ns
from .frames import Assembler, Violation
from .inbox import Bound, Inbox
from .wire import Closed, CloseReason

_quiet = logging.getLogger(f"{__name__}.picows")
_quiet.setLevel(logging.CRITICAL)  # the close reason says what happened

_TEXT = WSMsgType.TEXT
_CONTINUATION = WSMsgType.CONTINUATION
_DATA = (_TEXT, WSMsgType.BINARY, _CONTINUATION)
_MESSAGE_BYTES = 16 << 20
"""One message; the largest snapshots of the venues (5,000 levels) are below 1 MiB."""
WRITE_BYTES = 1 << 20
"""What may wait to be sent: thousands of orders. A venue that reads so slowly is not there."""
CLOSE_SECONDS = 2.0


async def connect(
    url: str,
    headers: Mapping[str, str] | None = None,
    *,
    ssl: tls.SSLContext | None = None,
    bound: Bound | None = None,
    timeout: float = 10.0,
    close_seconds: float = CLOSE_SECONDS,
) -> "WebSocketClient":
    """Open ``ws(s)://host[:port]/path``. A peer that does not answer our close in
    ``close_seconds`` is cut.

    Raises NotSent (no connection, no handshake in time), Rejected (refused, with the HTTP status),
    Unreadable (a handshake that is none). Redirects and proxies do not exist here.
    """
    where = address(url, "ws", "wss")
    client = WebSocketClient(bound or Bound(), close_seconds)
    protocol = WSProtocol(
        where.name,
        where.target,
        True,
        lambda _request, _response: client,
        _quiet,
        True,  # disconnect on an exception in a callback
        timeout,
        False,
        10,
        5,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        False,  # pings are answered below
        _MESSAGE_BYTES,
        dict(headers or {}),
        16 * 1024,
    )
    context = (ssl or default_tls()) if where.secure else None
    loop = asyncio.get_running_loop()
    transport: asyncio.BaseTransport | None = None
    try:
        async with asyncio.timeout(timeout):
            transport, _ = await loop.create_connection(
                lambda: protocol, where.host, where.port, ssl=context
            )
            await protocol.wait_until_handshake_complete()
            if not client.ready:
                raise NotSent(f"{where.name} closed the connection in the handshake")
            return client
    except WSInvalidStatusError as refusal:
        status = refusal.response.status.value if refusal.response else 0
        said = (refusal.raw_body or b"")[:200].decode(errors="replace")
        raise Rejected(f"handshake refused with {status} {said}".rstrip(), "", status) from None
    except WSHandshakeError as error:
        raise Unreadable(f"no WebSocket handshake: {error}", error.raw_header or b"") from None
    except TimeoutError:
        raise NotSent(f"no WebSocket to {where.name} in time") from None
    except OSError as error:
        raise NotSent(f"no WebSocket to {where.name}: {error}") from error
    finally:
        if transport is not None and not client.ready:
            transport.close()


class WebSocketClient(WSListener):
    """What ``wire.WebSocketClient`` says. ``bound``: what happens when it is read too slowly."""

    def __init__(self, bound: Bound, close_seconds: float) -> None:
        self.ready = False
        self._close_seconds = close_seconds
        self._wire: WSTransport = None  # type: ignore[assignment]  # set when connected
        self._inbox = Inbox(bound, self._pause, self._resume)
        self._assembler = Assembler(_MESSAGE_BYTES)
        self._heard_ns = 0
        self._pings: dict[bytes, asyncio.Future[int]] = {}
        self._counter = count(1)
        self._why: CloseReason | None = None
        self._gone: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def closed(self) -> CloseReason | None:
        """Why it is closed; None while it is open."""
        return self._inbox.closed

    @property
    def heard_ns(self) -> int:
        """When anything came last, monotonic."""
        return self._heard_ns

    def send(self, message: bytes) -> None:
        """Send a text message. Raises NotSent when closed or when the peer stopped reading."""
        wire = self._wire
        if wire.is_disconnected or wire.is_close_frame_sent or self.closed is not None:
            raise NotSent("the WebSocket is closed")
        transport = wire.underlying_transport
        if transport.is_closing():
            raise NotSent("the WebSocket is closing")
        if transport.get_write_buffer_size() > WRITE_BYTES:
            raise NotSent("the peer does not read")
        wire.send(_TEXT, message)

    async def receive(self) -> bytes:
        """The next message. Raises Closed after the last one."""
        return await self._inbox.get()

    async def each(self, take: Callable[[bytes], None]) -> NoReturn:
        """Call ``take`` with every message as it comes. Raises Closed, and what ``take`` raises."""
        await self._inbox.each(take)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Messages until it is closed; ``closed`` says why."""
        try:
            while True:
                yield await self._inbox.get()
        except Closed:
            return

    async def ping(self, payload: bytes = b"", *, timeout: float = 10.0) -> int:
        """Round trip in ns. Raises TimeoutError, or Closed."""
        if self.closed is not None:
            raise Closed(self.closed)
        payload = payload or next(self._counter).to_bytes(8, "big")
        pong = self._pings[payload] = asyncio.get_running_loop().create_future()
        started = monotonic_ns()
        self._wire.send_ping(payload)
        try:
            async with asyncio.timeout(timeout):
                heard: int = await pong
                return heard - started
        finally:
            self._pings.pop(payload, None)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close and wait until it is closed."""
        self._begin_close(code, reason)
        if self._gone is not None:
            await asyncio.shield(self._gone)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # -- picows' calls

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The handshake is done."""
        self._wire = transport
        self._heard_ns = monotonic_ns()
        self.ready = True
        self._gone = asyncio.get_running_loop().create_task(_until_gone(transport))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One frame, which is often a whole message."""
        self._heard_ns = monotonic_ns()
        kind = frame.msg_type
        if kind in _DATA:
            self._on_data(frame)
        elif kind == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif kind == WSMsgType.PONG:
            pong = self._pings.get(frame.get_payload_as_bytes())
            if pong is not None and not pong.done():
                pong.set_result(self._heard_ns)
        elif kind == WSMsgType.CLOSE:
            self._on_close(transport, frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Gone: say why."""
        if self._timer is not None:
            self._timer.cancel()
        why = self._why or _close_reason(transport)
        self._inbox.close(why)
        for pong in self._pings.values():
            if not pong.done():
                pong.set_exception(Closed(why))

    def pause_writing(self) -> None:
        """Nothing: ``send`` holds the bound."""

    def resume_writing(self) -> None:
        """Nothing."""

    # -- helpers

    def _on_data(self, frame: WSFrame) -> None:
        kind = frame.msg_type
        try:
            if frame.rsv1 or frame.rsv2 or frame.rsv3:
                raise Violation(1002, "no extension was negotiated")
            message = self._assembler.add(
                frame.get_payload_as_bytes(),
                text=kind == _TEXT,
                continues=kind == _CONTINUATION,
                final=frame.fin,
            )
        except Violation as violation:
            self._why = violation.why
            self._begin_close(violation.why.code, violation.why.reason)
            return
        if message is None or self._wire.is_close_frame_sent:
            return
        if not self._inbox.put(message):
            self._why = CloseReason(1008, "read too slowly")
            self._begin_close(self._why.code, self._why.reason)

    def _on_close(self, wire: WSTransport, frame: WSFrame) -> None:
        if not wire.is_close_frame_sent:
            if frame.payload_size:
                wire.send_close(frame.get_close_code(), frame.get_close_message())
            else:
                wire.send(WSMsgType.CLOSE, b"")
        wire.disconnect()

    def _begin_close(self, code: int, reason: str) -> None:
        wire = self._wire
        if wire.is_disconnected or wire.is_close_frame_sent:
            return
        wire.send_close(code, reason.encode()[:123])  # type: ignore[arg-type]  # any code
        if self._inbox.paused:
            wire.underlying_transport.resume_reading()  # the peer's close is behind the messages
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._close_seconds, wire.disconnect, False)

    def _pause(self) -> None:
        if not self._wire.underlying_transport.is_closing():
            self._wire.underlying_transport.pause_reading()

    def _resume(self) -> None:
        if not self._wire.underlying_transport.is_closing():
            self._wire.underlying_transport.resume_reading()


async def _until_gone(wire: WSTransport) -> None:
    """Wait for the end. What picows raises there is told by the close reason already."""
    try:
        await wire.wait_disconnected()
    except Exception:  # noqa: BLE001  (any error that ended the connection; see above)
        return


def _close_reason(wire: WSTransport) -> CloseReason:
    shake = wire.close_handshake
    said = shake and (shake.recv or shake.sent)
    if not said:
        return CloseReason(1006, "the connection was lost")
    return CloseReason(int(cast(int, said.code)) or 1005, said.reason or "")
