"""Whether a stream is alive, judged by what it tells (pure).

A socket that answers pings can be dead all the same: the venue's distributor hangs, a
subscription is forgotten, a proxy keeps the line open. So every stream has a time after which its
silence is asked about. If it turns out to be a quiet market, the next question comes later; if
data comes, all is as it was.
"""

from msgspec import Struct

SECOND = 1_000_000_000

PATIENCE_MAX = 120 * SECOND
"""The longest silence that is taken for a quiet market without asking again."""


class Pulse(Struct):
    """One stream: when it told something last, and how long a silence is borne now."""

    heard: int
    usual: int
    patience: int


class Liveness:
    """All streams of one connection. Times in ns on one clock of the caller's."""

    def __init__(self) -> None:
        self._pulses: dict[str, Pulse] = {}

    def begin(self, name: str, usual: int, now: int) -> None:
        """A stream begins; ``usual`` is the silence after which it is asked about."""
        self._pulses[name] = Pulse(now, usual, usual)

    def end(self, name: str) -> None:
        """A stream is not wanted any more."""
        self._pulses.pop(name, None)

    def heard(self, name: str, now: int) -> None:
        """A stream told something."""
        pulse = self._pulses.get(name)
        if pulse is not None:
            pulse.heard = now
            pulse.patience = pulse.usual

    def quiet(self, name: str, now: int) -> None:
        """It was asked about, and there was nothing to tell: be more patient."""
        pulse = self._pulses.get(name)
        if pulse is not None:
            pulse.heard = now
            pulse.patience = min(2 * pulse.patience, max(PATIENCE_MAX, pulse.usual))

    def restart(self, now: int) -> None:
        """A new connection: every stream has its usual time again."""
        for pulse in self._pulses.values():
            pulse.heard = now
            pulse.patience = pulse.usual

    def due(self, now: int) -> list[str]:
        """The streams whose silence is to be asked about now."""
        return [name for name, p in self._pulses.items() if p.heard + p.patience <= now]

    def next_deadline(self) -> int | None:
        """When ``due`` may give something next; None when there are no streams."""
        return min((p.heard + p.patience for p in self._pulses.values()), default=None)

    def age(self, name: str, now: int) -> int | None:
        """Since when a stream has told nothing; None when there is no such stream."""
        pulse = self._pulses.get(name)
        return None if pulse is None else now - pulse.heard
