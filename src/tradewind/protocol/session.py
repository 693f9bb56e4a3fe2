"""A session: one connection's conversation as a pure state machine.

The unit of the pure layer. ``receive`` takes what came, ``take`` gives what is to be sent, and
nothing in between touches a socket or a clock. REST is the trivial one (a request, an answer).
The same shape holds the WebSocket APIs that answer on the same socket, venues that acknowledge
first and tell the truth on another socket (the other session's ``take`` has it), and FIX, whose
sequence numbers survive a restart through ``state``.
"""

from typing import Protocol

from .messages import Frame, Ping, Pong


class ServerSession(Protocol):
    """The exchange's end of one WebSocket (or FIX) connection."""

    peer: str

    def receive(self, message: bytes, now: int) -> None:
        """Take one text message (or FIX chunk). Answers appear in ``take``."""

    def control(self, frame: Ping | Pong, now: int) -> None:
        """Take a control frame. The wire answers pings itself; this is for counting limits."""

    def take(self) -> list[Frame]:
        """What is to be sent, in order; empties the outbox."""

    def next_deadline(self) -> int | None:
        """Wall time in ns at which ``wake`` wants to be called, or None."""

    def wake(self, now: int) -> None:
        """Do what is due (pings, the 24 h cut)."""

    def closed(self, now: int) -> None:
        """The connection is gone: forget its subscriptions."""
