"""Our clocks, and what they say about the venue's.

A question sent at ``a`` and answered at ``b`` that carries the venue's time ``v`` says that the
venue's clock ran ``v`` somewhere between ``a`` and ``b``: an interval of offsets. Intervals are
intersected while they agree; they widen with age, because two quartzes drift apart. Where a new one
contradicts, somebody has set a clock, and only the new one counts.
"""

import asyncio
from collections.abc import Callable
from threading import local

from msgspec import Struct

from ..net import clock

DRIFT_PPM = 100
"""How far two clocks may part: ordinary quartzes stay below half of it."""

GRAIN = 1_000_000
"""Venues tell milliseconds: the truth lies up to one above."""


class Offset(Struct, frozen=True):
    """Venue time less our monotonic time lies between ``low`` and ``high`` at ``at``, ns."""

    low: int
    high: int
    at: int

    def widened(self, now: int) -> "Offset":
        """The same interval, as sure as it is by now."""
        drift = (now - self.at) * DRIFT_PPM // 1_000_000
        return Offset(self.low - drift, self.high + drift, now)


class Clock:
    """Wall, monotonic and venue time in ns. On a virtual loop all of them are virtual."""

    def __init__(self, venue: Callable[[], int] | None = None) -> None:
        """``venue`` is venue time that is known otherwise and not to be estimated."""
        self._given = venue
        self._offset: Offset | None = None

    @staticmethod
    def wall() -> int:
        """Wall time."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return clock.wall_ns()
        return _NOW.wall() if loop is _NOW.loop else _look(loop).wall()

    @staticmethod
    def monotonic() -> int:
        """Time that nobody sets."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return clock.monotonic_ns()
        return _NOW.monotonic() if loop is _NOW.loop else _look(loop).monotonic()

    def venue(self) -> int:
        """The venue's time as well as it is known; our wall time before anything is known."""
        if self._given is not None:
            return self._given()
        if self._offset is None:
            return self.wall()
        return (self._offset.low + self._offset.high) // 2 + self.monotonic()

    @property
    def error_ns(self) -> int | None:
        """How wrong ``venue`` may be; None while nothing is known."""
        if self._offset is None:
            return None
        now = self._offset.widened(self.monotonic())
        return (now.high - now.low) // 2

    @property
    def age_ns(self) -> int | None:
        """Since when nothing new is known."""
        return None if self._offset is None else self.monotonic() - self._offset.at

    def heard(self, told: int, asked: int, answered: int) -> None:
        """The venue said ``told`` in answer to a question; monotonic times of both ends."""
        new = Offset(told - answered, told + GRAIN - asked, answered)
        old = None if self._offset is None else self._offset.widened(answered)
        if old is not None:
            low, high = max(old.low, new.low), min(old.high, new.high)
            new = Offset(low, high, answered) if low <= high else new
        self._offset = new


class _Now(local):
    """The clocks of the loop that this thread ran last: looked for once, asked often."""

    loop: asyncio.AbstractEventLoop | None = None
    wall = staticmethod(clock.wall_ns)
    monotonic = staticmethod(clock.monotonic_ns)


_NOW = _Now()


def _look(loop: asyncio.AbstractEventLoop) -> _Now:
    """A virtual loop has clocks of its own."""
    _NOW.wall = getattr(loop, "wall_ns", clock.wall_ns)
    _NOW.monotonic = getattr(loop, "monotonic_ns", clock.monotonic_ns)
    _NOW.loop = loop
    return _NOW
