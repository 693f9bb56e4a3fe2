"""The facts of a venue that load cheaply: what it is called, where it lives, what it can do."""

from collections.abc import Mapping

from msgspec import Struct

from ..model import Permission


class Environment(Struct, frozen=True):
    """Where one environment of a venue lives. ``hosts`` are frozen: nothing else is connected to."""

    rest: str
    streams: str = ""
    websocket_api: str = ""
    private_streams: str = ""
    fix: str = ""


class Venue(Struct, frozen=True):
    """One venue.

    ``doors`` maps the key of the ready line to the path that a box serves it under (``ws://`` for
    those in ``websocket_doors``). ``client_id`` is the pattern of client order ids, ``client_id_max``
    their longest length. ``key_kinds`` are the kinds of keys, the first one the default.
    """

    name: str
    title: str
    products: tuple[str, ...]
    environments: Mapping[str, Environment]
    doors: Mapping[str, str]
    key_kinds: tuple[str, ...]
    permissions: Mapping[str, Permission]
    client_id: str
    client_id_max: int
    capabilities: frozenset[str] = frozenset()
    decimals: int = 8
    """How finely the ledger keeps assets at this venue."""
