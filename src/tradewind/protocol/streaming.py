"""What the client shell and a venue's market streams offer each other (pure).

    shell --- Feed.name, subscribe, unsubscribe, probe --> bytes --> socket
    shell <-- Feed.read(message) -> Data | Answered | Leaving ------ socket

Streams have names; one connection carries many, and every message says whose it is.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from msgspec import Struct

from ..model.commands import Stream
from .asking import Client
from .books import Rules, Snapshot


class Data(Struct, frozen=True, gc=False):
    """What a stream told: nouns of the model, ``books.Change`` of a book."""

    name: str
    events: tuple[Any, ...]


class Answered(Struct, frozen=True, gc=False):
    """The venue's answer to a control message. ``names`` are the streams of this connection as it
    sees them, where that was asked; ``error`` is why it refused.
    """

    number: int
    error: str = ""
    names: tuple[str, ...] | None = None


class Leaving(Struct, frozen=True, gc=False):
    """The venue will close this connection soon."""


class Facts(Struct, frozen=True):
    """How the connections of a feed may be used. Times in ns.

    ``quiet`` says after how much silence a stream of a kind of command is asked about.
    ``depths`` are how many levels a snapshot can have.
    """

    door: str
    path: str
    life: int
    messages: int
    per: int
    streams_max: int
    names_max: int
    depths: tuple[int, ...]
    rules: Rules
    quiet: dict[type, int]


class Feed(Protocol):
    """The market streams of one venue."""

    facts: Facts

    def name(self, command: Stream) -> str:
        """The venue's name of a stream. Raises InvalidInput for what there is not."""

    def subscribe(self, names: Sequence[str], number: int) -> bytes:
        """The message that begins streams."""

    def unsubscribe(self, names: Sequence[str], number: int) -> bytes:
        """The message that ends streams."""

    def probe(self, number: int) -> bytes:
        """The message that asks which streams this connection has."""

    def read(self, message: bytes) -> Data | Answered | Leaving:
        """What came. Raises Unreadable, with the stream's name where that could be read."""

    def snapshot(self, body: bytes, depth: int) -> Snapshot:
        """The answer to ``FetchOrderBook`` as the book sync wants it. Raises Unreadable."""


class FeedModule(Protocol):
    """What ``venues/X/client`` gives the shell for it."""

    def feed(self, client: Client) -> Feed:
        """The feed that names instruments as the client does."""
