"""The messages above the wire: HTTP requests and answers, and WebSocket text, as values."""

from collections.abc import Iterable, Mapping

from msgspec import Struct


class HttpRequest(Struct, frozen=True):
    """One HTTP request as it came. ``headers`` have lower-case names; repeated ones are joined
    with ``, ``. ``query`` is the raw text after ``?`` (not decoded), ``body`` the raw bytes.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = {}
    body: bytes = b""
    peer: str = "127.0.0.1"
    """The address the request came from, as text."""


class HttpResponse(Struct, frozen=True):
    """One HTTP answer. ``headers`` are in the order sent, with the spelling the venue uses;
    Content-Length, Date and Connection are added by the wire.
    """

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Close(Struct, frozen=True):
    """Close the WebSocket after what was sent before."""

    code: int = 1000
    reason: str = ""


class Ping(Struct, frozen=True):
    """A WebSocket ping with this payload."""

    payload: bytes = b""


class Pong(Struct, frozen=True):
    """A WebSocket pong with this payload."""

    payload: bytes = b""


Frame = bytes | Ping | Pong | Close
"""What a session hands to the wire: text (as UTF-8 bytes) or a control frame."""

Frames = Iterable[Frame]


class Spoiled(HttpResponse, frozen=True):
    """An answer that does not arrive as it should: only ``keep`` bytes of it (-1: all), each
    ``byte_ns`` after the one before; then the connection ends.
    """

    keep: int = -1
    byte_ns: int = 0
