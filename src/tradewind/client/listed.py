"""A wire that leads to a venue's listed hosts and nowhere else.

What is connected to is looked up, asked for by TLS (SNI) and compared with the certificate under
one and the same name, because each comes from the same listed URL. Plain connections, other hosts
and other ports do not exist here; redirects are never followed and proxies never asked by ``net``.
"""

from collections.abc import Iterable, Mapping

from ..model import Misconfigured
from ..net.address import address
from ..net.wire import HttpClient, Server, WebSocketClient, Wire
from ..protocol.facts import Environment

Place = tuple[str, int]


def places(environment: Environment) -> frozenset[Place]:
    """Host and port of everything that an environment lists."""
    urls = [environment.rest, environment.streams, environment.websocket_api]
    urls += [environment.private_streams, *environment.more.values()]
    for more in environment.also.values():
        urls += more
    found = [address(url, "https", "wss") for url in urls if url.startswith(("https:", "wss:"))]
    return frozenset((where.host, where.port) for where in found)


class ListedWire:
    """What ``wire.Wire`` says, for listed places over TLS."""

    def __init__(self, wire: Wire, allowed: Iterable[Place]) -> None:
        self._wire = wire
        self._allowed = frozenset(allowed)

    def http(self, url: str) -> HttpClient:
        """A client for a listed host. Raises Misconfigured for any other."""
        self._check(url, "https")
        return self._wire.http(url)

    async def connect(self, url: str, headers: Mapping[str, str] | None = None) -> WebSocketClient:
        """Open a WebSocket of a listed host. Raises Misconfigured for any other."""
        self._check(url, "wss")
        return await self._wire.connect(url, headers)

    async def serve(self, *_: object, **__: object) -> Server:
        """Nothing is served here."""
        raise Misconfigured("this wire only leads to a venue")

    def _check(self, url: str, scheme: str) -> None:
        where = address(url, scheme)
        if (where.host, where.port) not in self._allowed:
            known = ", ".join(sorted(f"{host}:{port}" for host, port in self._allowed))
            raise Misconfigured(f"{where.host}:{where.port} is not a host of this venue: {known}")
