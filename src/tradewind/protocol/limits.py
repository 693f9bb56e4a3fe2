"""One limiter model for both sides: the exchange charges by it, the client paces by it.

A published limit is data (``Limit``); what has been used is a plain value kept per scope key.
"""

from enum import StrEnum, unique

from msgspec import Struct

from .operations import Source

SECOND = 1_000_000_000


@unique
class Scope(StrEnum):
    """Who shares a limit."""

    IP = "ip"
    ACCOUNT = "account"
    KEY = "key"
    INSTRUMENT = "instrument"
    CONNECTION = "connection"


@unique
class Shape(StrEnum):
    """How a limit forgets."""

    FIXED_WINDOW = "fixed_window"  # aligned to the clock: a minute begins at :00
    SLIDING_WINDOW = "sliding_window"
    TOKEN_BUCKET = "token_bucket"  # noqa: S105 (a shape of limit, no secret)
    DECAYING = "decaying"


class Limit(Struct, frozen=True):
    """A published limit. ``per`` is the window in ns; for buckets and decays the time in which
    ``limit`` is regained.
    """

    name: str
    limit: int
    per: int
    scope: Scope
    shape: Shape = Shape.FIXED_WINDOW
    source: Source | None = None


class FixedWindow:
    """Usage of fixed-window limits by scope key; windows are aligned to the epoch."""

    __slots__ = ("_used", "limit")

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._used: dict[str | int, tuple[int, int]] = {}

    def used(self, key: str | int, now: int) -> int:
        """What has been charged in the current window."""
        window, used = self._used.get(key, (-1, 0))
        return used if window == now // self.limit.per else 0

    def charge(self, key: str | int, amount: int, now: int) -> int:
        """Add to the current window and return its new total (never below 0)."""
        window = now // self.limit.per
        held = self._used.get(key)
        total = amount if held is None or held[0] != window else held[1] + amount
        if total < 0:
            total = 0
        self._used[key] = (window, total)
        return total

    def over(self, key: str | int, now: int) -> bool:
        """Whether more than the limit has been charged."""
        return self.used(key, now) > self.limit.limit

    def retry_after(self, now: int) -> int:
        """Nanoseconds until the current window ends."""
        return self.limit.per - now % self.limit.per

    def forget(self, now: int) -> None:
        """Drop keys whose window has passed."""
        window = now // self.limit.per
        self._used = {key: value for key, value in self._used.items() if value[0] == window}

    def state(self) -> dict[str | int, tuple[int, int]]:
        """A plain copy of what is charged."""
        return dict(self._used)

    def restore(self, state: dict[str | int, tuple[int, int]]) -> None:
        """Take back what ``state`` gave."""
        self._used = dict(state)
