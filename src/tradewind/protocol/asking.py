"""What the client shell and a venue's ``client`` module offer each other.

    shell --- Client.request(command, now) -> HttpRequest --> wire
    shell <-- Client.read(command, HttpResponse) -> values -- wire

A venue's client is pure. It knows how the venue is asked and what its answers mean; it holds no
connection, no clock, and of the key only what signs.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from msgspec import Struct

from ..model import Instrument
from ..model.commands import Request, StreamTrades
from .messages import HttpRequest, HttpResponse
from .signing import Signer


class Key(Struct, frozen=True):
    """What signs: the public part of a key, and a signer that keeps the rest to itself."""

    api_key: str
    signer: Signer

    def __repr__(self) -> str:
        """Nothing of the secret, and of the key only enough to tell two apart."""
        return f"Key({self.api_key[:4]}..., {self.signer.kind})"


class Subscription(Struct, frozen=True):
    """Where a stream is heard: the door of the venue, the path behind it, what to say first."""

    door: str
    path: str
    hello: tuple[bytes, ...] = ()


class Client(Protocol):
    """One venue asked in the words of the model."""

    def learn(self, instruments: Sequence[Instrument]) -> None:
        """Take the venue's instruments, so that both notations are understood."""

    def request(self, command: Request, now: int) -> HttpRequest:
        """The signed request of a command. ``now`` is the venue's time in nanoseconds.

        Raises InvalidInput for what cannot be asked.
        """

    def read(self, command: Request, response: HttpResponse) -> Any:
        """The answer in the model's nouns, of a NativeCall as plain JSON values.

        Raises Rejected, OutcomeUnknown or Unreadable.
        """

    def subscribe(self, command: StreamTrades) -> Subscription:
        """How to hear a stream."""

    def events(self, message: bytes) -> list[Any]:
        """What a stream message says; nothing for an acknowledgement.

        Raises Rejected or Unreadable.
        """


class ClientModule(Protocol):
    """What ``venues/X/client`` gives the shell."""

    def build(self, key: Key | None) -> Client:
        """The venue's client, for public questions only when there is no key."""
