"""Listen keys on the wire. CHANGELOG.md 2026-01-21; user-data-stream.md of 2025-10-23."""

from .trading import Wire


class ListenKey(Wire, frozen=True, kw_only=True):
    """A key: {"listenKey": "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"}."""

    listen_key: str


class Done(Wire, frozen=True, kw_only=True):
    """Nothing: {}."""


class ListenKeyExpired(Wire, frozen=True, kw_only=True, rename=None):
    """The key of this stream has expired (CHANGELOG.md 2022-11): no event comes any more."""

    e: str = "listenKeyExpired"
    E: int
    listenKey: str
