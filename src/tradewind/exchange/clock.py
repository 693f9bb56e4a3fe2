"""Venue time: runs, freezes, steps and accelerates; wall time goes on beside it.

A setting is three numbers, so a restart continues as a venue would have gone on: what the clock
says now follows from the wall, unless it is frozen.
"""

import time
from collections.abc import Callable

from msgspec import Struct

from ..model import Misconfigured

SPEED_ONE = 1_000
SPEED_MAX = 10_000 * SPEED_ONE
"""Beyond this a venue day takes under 9 seconds; use ``advance`` instead."""

TICK = 100_000_000
"""Nanoseconds of venue time between two moves of the market: ten a second."""


class Setting(Struct, frozen=True):
    """At wall time ``wall`` venue time was ``venue``, going ``speed`` thousandths as fast.

    ``speed`` 0 is frozen. ``number`` grows with each change, so that the newest is known.
    """

    wall: int
    venue: int
    speed: int = SPEED_ONE
    number: int = 0


class Clock:
    """Both clocks. Never goes back, also when the machine's clock does."""

    def __init__(self, setting: Setting | None = None, wall: Callable[[], int] = time.time_ns):
        self.wall = wall
        now = wall()
        self.setting = setting or Setting(now, now)
        self._last = 0

    def now(self) -> int:
        """Venue time in nanoseconds."""
        setting = self.setting
        elapsed = self.wall() - setting.wall
        if setting.speed != SPEED_ONE:
            elapsed = elapsed * setting.speed // SPEED_ONE
        now = setting.venue + elapsed
        if now > self._last:
            self._last = now
            return now
        return self._last

    @property
    def frozen(self) -> bool:
        """Whether venue time stands still."""
        return self.setting.speed == 0

    def tick(self) -> int:
        """The number of the tick that venue time is in."""
        return self.now() // TICK

    def set_speed(self, thousandths: int) -> Setting:
        """Go on from now at this speed; 0 freezes."""
        if not 0 <= thousandths <= SPEED_MAX:
            raise Misconfigured(
                f"a speed is between 0 and {SPEED_MAX // SPEED_ONE}, not {thousandths / SPEED_ONE}"
            )
        return self._change(0, thousandths)

    def advance(self, nanoseconds: int) -> Setting:
        """Step forward; the speed stays."""
        if nanoseconds < 0:
            raise Misconfigured("venue time only goes forward")
        return self._change(nanoseconds, self.setting.speed)

    def _change(self, step: int, speed: int) -> Setting:
        now = self.now() + step
        self.setting = Setting(self.wall(), now, speed, self.setting.number + 1)
        return self.setting

    def take(self, setting: Setting) -> None:
        """Take a journal's setting if it is newer than ours."""
        if setting.number >= self.setting.number:
            self.setting = setting

    def not_before(self, now: int) -> None:
        """A journal's last time binds: if the machine's clock is behind it, go on from there."""
        if self.now() < now:
            self.advance(now - self.now())


def speed(text: str) -> int:
    """``"60"`` or ``"0.5"`` as thousandths. Raises Misconfigured."""
    try:
        value = round(float(text) * SPEED_ONE)
    except ValueError:
        raise Misconfigured(f"a speed is a number like 1, 60 or 0.5, not {text!r}") from None
    if not 0 < value <= SPEED_MAX:
        raise Misconfigured(f"a speed is above 0 and at most {SPEED_MAX // SPEED_ONE}, not {text}")
    return value
