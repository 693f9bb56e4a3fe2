"""What the client shell and a venue's ``client`` module offer each other.

    shell --- Client.request(command, now) -> HttpRequest --> wire
    shell <-- Client.read(command, HttpResponse) -> values -- wire

A venue's client is pure. It knows how the venue is asked and what its answers mean; it holds no
connection, no clock, and of the key only what signs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Protocol

from msgspec import Struct

from ..model import Balance, Fill, Instrument, Order, Rejected
from ..model.commands import (
    CancelAllOrders,
    CancelOrderList,
    NativeCall,
    Request,
    StreamTrades,
)
from .messages import HttpRequest, HttpResponse
from .operations import Operation
from .outcomes import Part
from .signing import Signer


class Key(Struct, frozen=True):
    """What signs: the public part of a key, and a signer that keeps the rest to itself."""

    api_key: str
    signer: Signer
    label: str = ""

    def __repr__(self) -> str:
        """Its label, and nothing of the key."""
        return f"Key({self.label or 'without a label'}, {self.signer.kind})"


class Subscription(Struct, frozen=True):
    """Where a stream is heard: the door of the venue, the path behind it, what to say first."""

    door: str
    path: str
    hello: tuple[bytes, ...] = ()


class Asked(Struct, frozen=True):
    """A command in the venue's words, before it is given a time and a signature."""

    operation: Operation
    parameters: Mapping[str, str]


class Reply(Struct, frozen=True):
    """The answer to a request over a WebSocket: which one, and what HTTP would have said."""

    identifier: str
    response: HttpResponse


class Ended(Struct, frozen=True):
    """The venue ends the private stream: what happens from now on is not told here any more."""

    why: str


Told = Order | Fill | Balance | Ended
"""What a private stream says."""


class Identified(Struct, frozen=True):
    """A native order call that can be asked about: by ``name``, for each of its ``parts``.

    ``lists`` is whether the name is a list's; ``anew`` whether it can raise risk. ``sweeps`` is the
    same in our words where it ends several orders, whichever they are.
    """

    call: NativeCall
    name: str
    instrument: str
    parts: tuple[Part, ...]
    lists: bool = False
    anew: bool = True
    sweeps: CancelAllOrders | CancelOrderList | None = None


def missing(what: str, name: object, known: Iterable[str]) -> str:
    """What to say of a name that is not there: which ones are like it."""
    by_letters = {each.lower(): each for each in known}
    like = [by_letters[each] for each in get_close_matches(str(name).lower(), by_letters, n=3)]
    text = f"there is no {what} {name!r} here"
    return f"{text}; like it: {', '.join(like)}" if like else text


class Pacing(Protocol):
    """Waits until the venue's limits have room, and learns from what the venue says of them."""

    async def ready(self, operation: Operation, parameters: Mapping[str, str]) -> None:
        """Return when this may be sent now, with its cost reserved. Raises NotSent when it would
        have to wait too long.
        """

    def heard(self, operation: Operation, response: HttpResponse) -> None:
        """Take what an answer's headers say of the budget; called for every answer."""


class Client(Protocol):
    """One venue asked in the words of the model."""

    def prepare(self, command: Request) -> Asked:
        """A command in the venue's words. Raises InvalidInput for what cannot be asked."""

    def sign(self, asked: Asked, now: int) -> HttpRequest:
        """The request. ``now`` is the venue's time in nanoseconds: sign after every wait."""

    def frame(self, asked: Asked, identifier: str, now: int) -> bytes:
        """The same as a message over the venue's WebSocket for requests."""

    def expires(self, asked: Asked, now: int) -> int | None:
        """Venue time after which the venue refuses what was signed at ``now``; None: never."""

    def follow(self, identifier: str, now: int) -> bytes:
        """What asks for the private stream, over that same WebSocket."""

    def told(self, message: bytes) -> Reply | list[Told]:
        """What a message of that WebSocket is: the answer to a request, or private events.

        Raises Unreadable.
        """

    def absent(self, error: Rejected) -> bool:
        """Whether a refused FetchOrder or FetchOrderList means that there is no such thing."""

    def identify(self, call: NativeCall, draw: Callable[[], str]) -> Identified:
        """A native order call with a client id of ours wherever it had none."""

    def refusal(self, rule: str) -> str:
        """The venue's own code and text for a broken rule of an instrument (``tick_size``...)."""

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
