"""The facts of a venue that load cheaply: what it is called, where it lives, what it can do."""

from collections.abc import Mapping

from msgspec import Struct

from ..model import Permission


class Environment(Struct, frozen=True):
    """Where one environment of a venue lives; nothing else is ever connected to."""

    rest: str
    streams: str = ""
    websocket_api: str = ""
    private_streams: str = ""
    fix: str = ""
    more: Mapping[str, str] = {}
    """Addresses that only some venues have: another product's, level 3, drop copy..."""
    also: Mapping[str, tuple[str, ...]] = {}
    """Further addresses of the same: a field's name (``rest``...) to URLs."""


class Venue(Struct, frozen=True):
    """One venue.

    ``doors`` maps a key of the ready line to the URL that a box serves it under, with ``{}`` for
    host and port (``ws://{}/ws-api``). ``client_id`` is the pattern of client order ids,
    ``client_id_max`` their longest length. The first of ``key_kinds`` is the default.
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
