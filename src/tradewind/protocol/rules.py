"""Rules of a venue that changed on a day, as data: a box can be set to a day, and follows them."""

from collections.abc import Iterable

from msgspec import Struct

from .operations import Source


class Change(Struct, frozen=True):
    """One change: from ``date`` (ISO, 00:00 UTC of that day) on ``after`` holds, earlier
    ``before``. ``operations`` are those that begin with it, ``ended`` those that end.
    """

    name: str
    date: str
    source: Source
    before: str
    after: str
    operations: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()


def holds(change: Change, date: str) -> bool:
    """Whether the new rule holds on that day; "" is today, when every change has happened."""
    return not date or date >= change.date


def absent(changes: Iterable[Change], date: str) -> frozenset[str]:
    """Names of operations that do not exist on that day."""
    found: set[str] = set()
    for change in changes:
        found |= change.ended if holds(change, date) else change.operations
    return frozenset(found)
