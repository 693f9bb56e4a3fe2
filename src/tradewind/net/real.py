"""The real wire: sockets and the system's clock."""

import ssl as tls
from collections.abc import Mapping

from .http import HttpClient, Pool
from .inbox import Bound
from .server import Server, serve
from .websocket import WebSocketClient, connect
from .wire import Application, Limits


class RealWire:
    """What ``wire.Wire`` says. ``serving`` makes every server of it speak TLS, ``trusting`` is
    what its clients trust (the system's, unless given).
    """

    def __init__(
        self,
        *,
        serving: tls.SSLContext | None = None,
        trusting: tls.SSLContext | None = None,
        pool: Pool | None = None,
        bound: Bound | None = None,
    ) -> None:
        self._serving = serving
        self._trusting = trusting
        self._pool = pool
        self._bound = bound

    async def serve(
        self,
        application: Application,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        limits: Limits | None = None,
    ) -> Server:
        """Listen on a port; 0 takes a free one. Raises OSError when it is taken."""
        return await serve(application, host, port, ssl=self._serving, limits=limits)

    def http(self, url: str) -> HttpClient:
        """A client for ``http(s)://host[:port]``."""
        return HttpClient(url, ssl=self._trusting, pool=self._pool)

    async def connect(self, url: str, headers: Mapping[str, str] | None = None) -> WebSocketClient:
        """Open ``ws(s)://host[:port]/path``. Raises NotSent, Rejected, Unreadable."""
        return await connect(url, headers, ssl=self._trusting, bound=self._bound)
