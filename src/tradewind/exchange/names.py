"""Which host names lead to which venue and door, from the facts of the venues.

A box is one exchange per venue. The names of all its environments (live, testnet, demo) lead to
that one; which of them it behaves like is the venue's setting ``flavour``.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from msgspec import Struct

from ..protocol.facts import Environment, Venue

DOORS = {"rest": "rest", "streams": "streams", "websocket_api": "ws_api"}
"""Fields of ``Environment`` whose door has a name of its own; others are named alike."""

SPOKEN = frozenset({"http", "https", "ws", "wss"})

PORTS = (80, 443, 8443, 9443)
"""Where the venues' names are answered; 80 without TLS."""

PLAIN_PORTS = (80,)


AUTHORITY = "tradewind local box"
"""The subject of the box's certificate authority."""


class Place(Struct, frozen=True):
    """What stands behind a host name."""

    venue: str
    environment: str
    doors: frozenset[str]


def places(venues: Iterable[Venue]) -> dict[str, Place]:
    """Host name, in lower case, to what a box has for it."""
    found: dict[str, Place] = {}
    for venue in venues:
        for name, environment in venue.environments.items():
            for field, url in _addresses(environment):
                door = DOORS.get(field, field)
                parts = urlsplit(url)
                if door not in venue.doors or parts.scheme not in SPOKEN or not parts.hostname:
                    continue
                host = parts.hostname
                before = found.get(host)
                doors = before.doors if before else frozenset()
                found[host] = Place(venue.name, name, doors | {door})
    return found


def host_of(header: str) -> str:
    """The name in a Host header: lower case, without port and final dot."""
    name, colon, port = header.strip().rpartition(":")
    if not colon or not port.isdigit():
        name = header.strip()
    return name.lower().removesuffix(".")


def _addresses(environment: Environment) -> Iterable[tuple[str, str]]:
    yield "rest", environment.rest
    yield "streams", environment.streams
    yield "websocket_api", environment.websocket_api
    yield "private_streams", environment.private_streams
    yield from environment.more.items()
    for field, urls in environment.also.items():
        yield from ((field, url) for url in urls)
