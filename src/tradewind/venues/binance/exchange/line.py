"""What all of the venue's WebSocket connections have in common: outbox, heartbeat, ending.

A ping every 20 s, cut a minute after one that is not answered (wall time); the pong must copy the
ping's payload, others are allowed and keep nothing alive (web-socket-streams.md and
web-socket-api.md, 2026-07-21). Close codes and reasons are guessed.
"""

from collections import deque
from typing import Any, Protocol

from ....protocol.limits import SECOND
from ....protocol.messages import Close, Frame, Ping, Pong

PING_EVERY = 20 * SECOND
PONG_WITHIN = 60 * SECOND
OUTBOX_MAX = 50_000
"""Messages that wait for a client; one that is so far behind is cut (1008)."""

POLICY = 1008


class Keeper(Protocol):
    """Who keeps a door's connections."""

    def has_something(self, session: Any) -> None:
        """A session's outbox is no longer empty."""

    def leave(self, session: Any) -> None:
        """A connection is over: forget its subscriptions."""

    def too_late(self, session: Any) -> None:
        """A connection was cut while it was being told something: forget it later."""


class Line:
    """The exchange's end of one connection. ``now`` and all deadlines are wall time in ns."""

    __slots__ = ("_keeper", "_next_ping", "_outbox", "_pings", "ended", "peer")

    def __init__(self, keeper: Keeper, peer: str, wall: int) -> None:
        self.peer = peer
        self.ended = False
        self._keeper = keeper
        self._outbox: list[Frame] = []
        self._pings: deque[tuple[int, bytes]] = deque()
        self._next_ping = wall + PING_EVERY

    def take(self) -> list[Frame]:
        """What is to be sent."""
        frames, self._outbox = self._outbox, []
        return frames

    def push(self, payload: bytes) -> None:
        """Put a text message into the outbox."""
        if self.ended:
            return
        if len(self._outbox) < OUTBOX_MAX:
            self._put(payload)
            return
        self._put(Close(POLICY, "Slow consumer"))
        self.ended = True
        self._keeper.too_late(self)

    def end(self, code: int, reason: str) -> None:
        """Close after what waits, and send nothing more."""
        if not self.ended:
            self._put(Close(code, reason))
            self._over()

    def closed(self, now: int) -> None:  # noqa: ARG002 (leaving takes no time)
        """The connection is gone."""
        self._over()

    def control(self, frame: Ping | Pong, now: int) -> None:  # noqa: ARG002 (not counted here)
        """A pong answers every ping up to the one it copies."""
        if isinstance(frame, Pong) and any(p == frame.payload for _, p in self._pings):
            while self._pings.popleft()[1] != frame.payload:
                pass

    def next_deadline(self) -> int | None:
        """When the next ping, or the cut for a missing pong, is due."""
        if self.ended:
            return None
        if self._pings:
            return min(self._next_ping, self._pings[0][0] + PONG_WITHIN)
        return self._next_ping

    def wake(self, now: int) -> None:
        """Ping, or cut who does not answer."""
        if self.ended:
            return
        if self._pings and now >= self._pings[0][0] + PONG_WITHIN:
            self.end(POLICY, "Pong timeout")
        elif now >= self._next_ping:
            payload = str(now // 1_000_000).encode()
            self._pings.append((now, payload))
            self._next_ping = now + PING_EVERY
            self._put(Ping(payload))

    def _over(self) -> None:
        self.ended = True
        self._keeper.leave(self)

    def _put(self, frame: Frame) -> None:
        if not self._outbox:
            self._keeper.has_something(self)
        self._outbox.append(frame)
