"""What the guard gives: an approval that nobody else can make, or a refusal."""

from typing import Generic, TypeVar

from msgspec import Struct

C = TypeVar("C", covariant=True)


class _Seal:
    """Held by the guard alone."""


SEAL = _Seal()


class Approved(Generic[C]):
    """A command that has passed every rule, at ``at`` ns of our monotonic clock."""

    __slots__ = ("at", "command")

    def __init__(self, command: C, at: int, seal: _Seal) -> None:
        if seal is not SEAL:
            raise TypeError("only the guard approves")
        self.command = command
        self.at = at

    def __repr__(self) -> str:
        return f"Approved({self.command!r})"


class Refused(Struct, frozen=True):
    """A rule said no. ``instrument_rule`` is the broken rule of the instrument, "" for others."""

    rule: str
    text: str
    instrument_rule: str = ""
