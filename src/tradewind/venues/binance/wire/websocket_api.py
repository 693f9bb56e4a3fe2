"""Requests and answers of the WebSocket API.

web-socket-api.md, 2026-07-21. Values of ``params`` stay ``Raw``: the signature covers the digits as
they were sent.
"""

from typing import Any

from msgspec import UNSET, Raw, Struct, UnsetType

from .account import OrderCount


class Request(Struct, frozen=True):
    """``{"id": "1", "method": "time", "params": {}}``. ``method`` may begin with ``v3/``."""

    id: int | str | UnsetType | None = UNSET
    method: str = ""
    params: dict[str, Raw] | None = None


class Answer(Struct, frozen=True, rename="camel"):
    """A request that succeeded."""

    id: int | str | None
    status: int
    result: Any
    rate_limits: list[OrderCount] | UnsetType = UNSET


class Fault(Struct, frozen=True):
    """Why a request failed; ``data`` tells when to retry, or what partly succeeded."""

    code: int
    msg: str
    data: Any = UNSET


class Failure(Struct, frozen=True, rename="camel"):
    """A request that failed."""

    id: int | str | None
    status: int
    error: Fault
    rate_limits: list[OrderCount] | UnsetType = UNSET


class Retry(Struct, frozen=True, rename="camel"):
    """When a limited request may be tried again, in epoch milliseconds."""

    server_time: int
    retry_after: int


class Session(Struct, frozen=True, rename="camel"):
    """The answer of ``session.logon``, ``session.status`` and ``session.logout``."""

    api_key: str | None
    authorized_since: int | None
    connected_since: int
    return_rate_limits: bool
    server_time: int
    user_data_stream: bool | None


class Subscription(Struct, frozen=True, rename="camel"):
    """A user data subscription of this connection; ids count up from 0."""

    subscription_id: int


class Nothing(Struct, frozen=True):
    """``{}``."""
