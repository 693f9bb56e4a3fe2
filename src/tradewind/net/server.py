"""The real server: HTTP/1.1 by httptools, WebSocket by picows, on one port.

    bytes -> HttpPeer (httptools) -> Application.http -> answer -> bytes, in request order
                 | Upgrade
                 v
             WebSocketPeer (picows) -> Application.received; Connection.flush -> bytes

An upgrade hands the transport over from one protocol to the other, under TLS as well. One timer
per server looks after all time limits, once a second, so that a request costs no timer.
"""

import asyncio
import socket
import ssl as tls
from collections.abc import Callable

from .clock import wall_ns
from .http_peer import HttpPeer, date_line
from .tls_door import TlsDoor
from .websocket_peer import WebSocketPeer
from .wire import Answering, Application, Connection, Limits

__all__ = ["Answering", "Application", "Connection", "Limits", "Server", "serve"]


async def serve(
    application: Application,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    ssl: tls.SSLContext | None = None,
    limits: Limits | None = None,
    now: Callable[[], int] = wall_ns,
) -> "Server":
    """Listen. ``now`` is what the Date header shows. Raises OSError when the port is taken."""
    server = Server(application, limits or Limits(), now)
    await server.listen(host, port, ssl)
    return server


class Server:
    """One listening port, or the ports that it adopted. ``address`` is what every peer is taken to
    be, where whoever opened those ports vouches for it; "" is the address the socket tells.
    """

    def __init__(
        self,
        application: Application,
        limits: Limits,
        now: Callable[[], int],
        address: str = "",
    ) -> None:
        self.application = application
        self.address = address
        self.limits = limits
        self.port = 0
        self.tick = 1
        """Seconds of life; all time limits count in it."""
        self._now = now
        self._date_second = 0
        self._date = ""
        self._loop = asyncio.get_running_loop()
        self._listener: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._http: set[HttpPeer] = set()
        self._websockets: set[WebSocketPeer] = set()
        self._doors: list[TlsDoor] = []
        self._gone: asyncio.Future[None] | None = None

    @property
    def connections(self) -> frozenset[Connection]:
        """The WebSocket connections that are open now."""
        return frozenset(self._websockets)

    async def listen(self, host: str, port: int, ssl: tls.SSLContext | None) -> None:
        """Open the port; 0 takes a free one."""
        if ssl is None:
            self._listener = await self._loop.create_server(self._enter, host, port, backlog=1024)
            self.port = self._listener.sockets[0].getsockname()[1]
            self._start()
        else:
            self.adopt(socket.create_server((host, port), backlog=1024), ssl)

    def adopt(self, listening: socket.socket, ssl: tls.SSLContext | None) -> None:
        """Accept on a socket that listens already, possibly in another network namespace."""
        door = TlsDoor(self._enter, listening, ssl, self.limits)
        self._doors.append(door)
        self.port = door.port
        self._start()

    def _enter(self) -> HttpPeer:
        return HttpPeer(self)

    def _start(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(1, self._each_second)

    async def close(self) -> None:
        """Close listeners and connections, and wait until they are gone."""
        timer, self._timer = self._timer, None
        if timer is None:
            return
        timer.cancel()
        if self._listener is not None:
            self._listener.close()
        for door in self._doors:
            await door.close()
        for websocket in tuple(self._websockets):
            websocket.close()
        for peer in tuple(self._http):
            peer.finish()
        try:
            async with asyncio.timeout(self.limits.close_seconds):
                await self._all_gone()
        except TimeoutError:
            self._abort()
            await self._all_gone()
        if self._listener is not None:
            await self._listener.wait_closed()

    def date(self) -> str:
        """The Date header, made once a second."""
        second = self._now() // 1_000_000_000
        if second != self._date_second:
            self._date_second = second
            self._date = date_line(second)
        return self._date

    def full(self) -> bool:
        """Whether no more connections are taken."""
        return len(self._http) + len(self._websockets) >= self.limits.connections

    def enter(self, peer: "HttpPeer | WebSocketPeer") -> None:
        """A connection is there."""
        if isinstance(peer, HttpPeer):
            self._http.add(peer)
        else:
            self._websockets.add(peer)

    def leave(self, peer: "HttpPeer | WebSocketPeer") -> None:
        """A connection is gone, or has changed its protocol."""
        if isinstance(peer, HttpPeer):
            self._http.discard(peer)
        else:
            self._websockets.discard(peer)
        if self._gone is not None and not (self._http or self._websockets or self._gone.done()):
            self._gone.set_result(None)

    async def _all_gone(self) -> None:
        if self._http or self._websockets:
            self._gone = self._loop.create_future()
            await self._gone

    def _abort(self) -> None:
        for websocket in tuple(self._websockets):
            websocket.cut()
        for peer in tuple(self._http):
            peer.abort()

    def sweep(self) -> None:
        """One second has passed: end what takes too long."""
        self.tick += 1
        for peer in tuple(self._http):
            peer.check_time(self.tick)

    def _each_second(self) -> None:
        self._timer = self._loop.call_later(1, self._each_second)
        self.sweep()
