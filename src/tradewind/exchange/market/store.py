"""What really happened where it differs from the pure path: prints of the seconds in which an
outsider traded.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from ...protocol.hosting import Print


class Stretch(Struct, frozen=True, array_like=True):
    """The prints of the seconds ``start`` to ``end`` (exclusive), instead of the pure ones.

    ``first_id`` is the id of the first (or the next) print; after the stretch an id is 1 + the
    number of pure prints before it + ``extra``.
    """

    start: int
    end: int
    first_id: int
    extra: int
    prints: tuple[Print, ...]


class Store(Protocol):
    """Where stretches are kept, by instrument. They never overlap; ``put`` replaces one that
    begins at the same second. Reads see what was put.
    """

    def put(self, instrument: str, stretch: Stretch) -> None:
        """Keep one."""

    def before(self, instrument: str, second: int) -> Stretch | None:
        """The last one that begins before that second."""

    def by_id(self, instrument: str, trade_id: int) -> Stretch | None:
        """The last one whose ``first_id`` is at most that id."""

    def after(self, instrument: str, second: int) -> Stretch | None:
        """The first one that begins at that second or later."""

    def within(self, instrument: str, start: int, end: int) -> Sequence[Stretch]:
        """Those that begin in ``[start, end)``, ascending."""

    def state(self) -> bytes:
        """What a snapshot must hold: nothing when there is a file of its own."""

    def restore(self, state: bytes) -> None:
        """Take back what ``state`` gave."""


class MemoryStore:
    """Stretches in memory."""

    def __init__(self) -> None:
        self._starts: dict[str, list[int]] = {}
        self._stretches: dict[str, dict[int, Stretch]] = {}

    def put(self, instrument: str, stretch: Stretch) -> None:
        """Keep one."""
        starts = self._starts.setdefault(instrument, [])
        kept = self._stretches.setdefault(instrument, {})
        if stretch.start not in kept:
            insort(starts, stretch.start)
        kept[stretch.start] = stretch

    def before(self, instrument: str, second: int) -> Stretch | None:
        """The last one that begins before that second."""
        starts = self._starts.get(instrument, [])
        place = bisect_left(starts, second)
        return self._stretches[instrument][starts[place - 1]] if place else None

    def by_id(self, instrument: str, trade_id: int) -> Stretch | None:
        """The last one whose ``first_id`` is at most that id."""
        starts = self._starts.get(instrument, [])
        kept = self._stretches.get(instrument, {})
        place = bisect_right(starts, trade_id, key=lambda start: kept[start].first_id)
        return kept[starts[place - 1]] if place else None

    def after(self, instrument: str, second: int) -> Stretch | None:
        """The first one that begins at that second or later."""
        starts = self._starts.get(instrument, [])
        place = bisect_left(starts, second)
        return self._stretches[instrument][starts[place]] if place < len(starts) else None

    def within(self, instrument: str, start: int, end: int) -> Sequence[Stretch]:
        """Those that begin in ``[start, end)``, ascending."""
        starts = self._starts.get(instrument, [])
        chosen = starts[bisect_left(starts, start) : bisect_left(starts, end)]
        return [self._stretches[instrument][at] for at in chosen]

    def state(self) -> bytes:
        """Everything."""
        return msgspec.msgpack.encode(
            {name: list(kept.values()) for name, kept in self._stretches.items()}
        )

    def restore(self, state: bytes) -> None:
        """Take back what ``state`` gave."""
        self._starts.clear()
        self._stretches.clear()
        for name, stretches in msgspec.msgpack.decode(state, type=dict[str, list[Stretch]]).items():
            for stretch in stretches:
                self.put(name, stretch)
