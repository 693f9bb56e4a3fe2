"""A listener whose connections agree on TLS first, and listeners that others opened."""

import asyncio
import socket
import ssl as tls
from collections.abc import Callable

from .wire import Limits


class TlsDoor:
    """Accepts, waits for each handshake, and then lets a protocol in.

    The loop's own listener could do that, but keeps handshakes to itself: closing it leaves them
    running. Here each is a task that ``close`` ends. ``listening`` is closed with the door; without
    a ``context`` there is nothing to agree on.
    """

    def __init__(
        self,
        enter: Callable[[], asyncio.Protocol],
        listening: socket.socket,
        context: tls.SSLContext | None,
        limits: Limits,
    ) -> None:
        self._enter = enter
        self._context = context
        self._limits = limits
        self._socket = listening
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.get_running_loop()
        self._shaking: set[asyncio.Task[None]] = set()
        self._accepting = self._loop.create_task(self._accept())

    async def close(self) -> None:
        """Accept no more, end the handshakes under way."""
        tasks = (self._accepting, *self._shaking)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._socket.close()

    async def _accept(self) -> None:
        while True:
            try:
                sock, _ = await self._loop.sock_accept(self._socket)
            except OSError:  # too many open files, or a peer that left at once
                await asyncio.sleep(0.1)
                continue
            if len(self._shaking) >= self._limits.connections:
                sock.close()
                continue
            task = self._loop.create_task(self._shake(sock))
            self._shaking.add(task)
            task.add_done_callback(self._shaking.discard)

    async def _shake(self, sock: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(
                self._enter,
                sock,
                ssl=self._context,
                ssl_handshake_timeout=self._limits.header_seconds if self._context else None,
            )
        except OSError:
            return  # who speaks no TLS is told nothing
