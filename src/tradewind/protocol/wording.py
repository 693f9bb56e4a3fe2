"""What a box must know of a venue's wire to spoil it and to keep a record of it: each venue's
``faults`` module has these words, ``Plain`` are those of a venue that has none.
"""

from typing import Protocol

from msgspec import Struct

from .faults import Kind
from .messages import HttpRequest, HttpResponse


class Shown(Struct, frozen=True):
    """What a frame showed: ``channel`` is "" for an answer; ``first`` and ``last`` are the book's
    versions that a depth frame covers (0: none), ``whole`` that it needs none of those before.
    """

    channel: str = ""
    instrument: str = ""
    first: int = 0
    last: int = 0
    whole: bool = False


class Asked(Struct, frozen=True):
    """What a request asks, without secrets: ``more`` are parameters that may be shown."""

    operation: str = ""
    api_key: str = ""
    more: str = ""


class Words(Protocol):
    """A venue's own words, ``venues/X/faults``: what the box needs to spoil and to record."""

    def request(self, request: HttpRequest) -> Asked:
        """What an HTTP request asks."""

    def message(self, message: bytes) -> Asked:
        """What a WebSocket message asks."""

    def method(self, message: bytes) -> str:
        """The ``operation`` that ``message`` would tell, without reading the rest."""

    def frame(self, payload: bytes) -> Shown:
        """What a frame shows."""

    def status(self, payload: bytes) -> int:
        """An answer's status, 0 if it has none."""

    def snapshot(self, request: HttpRequest, body: bytes) -> Shown | None:
        """The book that an HTTP answer shows, None if it shows none."""

    def refused(self, kind: Kind, until: int, value: int) -> HttpResponse:
        """The answer of that fault (``timeout``, ``overload``, ``error``, ...); ``until``
        in venue ns, 0 if it is not known.
        """

    def refusal(self, kind: Kind, message: bytes, until: int, value: int) -> bytes:
        """The same as the answer to a WebSocket message."""

    def crossed(self, payload: bytes) -> bytes:
        """A frame or an answer with bids and asks exchanged; others as they are."""


_STATUSES = {
    Kind.TIMEOUT: 504,
    Kind.OVERLOAD: 503,
    Kind.BAN: 429,
    Kind.MAINTENANCE: 503,
}


class Plain:
    """Words for a venue that has none of its own."""

    def request(self, request: HttpRequest) -> Asked:
        """The path."""
        return Asked(f"{request.method} {request.path}")

    def message(self, message: bytes) -> Asked:
        """Nothing is known of it."""
        del message
        return Asked("message")

    def method(self, message: bytes) -> str:
        """Nothing is known of it."""
        return self.message(message).operation

    def frame(self, payload: bytes) -> Shown:
        """Some stream."""
        del payload
        return Shown("stream")

    def status(self, payload: bytes) -> int:
        """None."""
        del payload
        return 0

    def snapshot(self, request: HttpRequest, body: bytes) -> Shown | None:
        """None."""
        del request, body
        return None

    def refused(self, kind: Kind, until: int, value: int) -> HttpResponse:
        """A bare status."""
        del until
        return HttpResponse(_STATUSES.get(kind) or value or 502)

    def refusal(self, kind: Kind, message: bytes, until: int, value: int) -> bytes:
        """A bare word."""
        del message, until, value
        return b'{"error":"%b"}' % kind.value.encode()

    def crossed(self, payload: bytes) -> bytes:
        """As it is."""
        return payload
