"""Errors, sorted by the only question a trader asks, which is whether it happened.

    TradewindError
    +-- NotSent            nothing left this machine
    |   +-- InvalidInput   ... because what was asked for makes no sense
    |   +-- Guarded        ... because the guard said no (carries the rule)
    +-- Rejected           the venue said no
    |   +-- PartlyRejected ... to one part of it
    +-- OutcomeUnknown     it may have happened: ask by client order id
    +-- Unreadable         the venue said something we cannot read (carries the payload)

``Misconfigured`` stands beside them: the program cannot start as it is set up.
"""

from enum import StrEnum, unique


@unique
class Outcome(StrEnum):
    """What a native error code means for the request that met it."""

    NOT_SENT = "not_sent"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class TradewindError(Exception):
    """The root of everything raised on purpose."""


class Misconfigured(TradewindError):
    """A setting or a name is wrong; the message says which ones exist."""


class NotSent(TradewindError):
    """Nothing left this machine, so nothing happened."""


class InvalidInput(NotSent):
    """What was asked for breaks a rule that is known before sending."""


class Guarded(NotSent):
    """The guard said no. ``rule`` is the name of the rule."""

    def __init__(self, message: str, rule: str = "") -> None:
        super().__init__(message)
        self.rule = rule


class Rejected(TradewindError):
    """The venue said no. ``code`` is the venue's own, as text."""

    def __init__(self, message: str, code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class PartlyRejected(Rejected):
    """The venue did one part of what was asked. ``done`` is what happened; ``outcomes`` has one
    entry per part, None for one that was done.
    """

    def __init__(
        self,
        message: str,
        code: str = "",
        status: int = 0,
        *,
        done: object = None,
        outcomes: tuple[Outcome | None, ...] = (),
    ) -> None:
        super().__init__(message, code, status)
        self.done = done
        self.outcomes = outcomes


class OutcomeUnknown(TradewindError):
    """The request may or may not have taken effect. Never resend: ask by client order id."""

    def __init__(self, message: str, client_order_id: str = "") -> None:
        super().__init__(message)
        self.client_order_id = client_order_id


class Unreadable(TradewindError):
    """The venue answered with something that its documented shape does not cover."""

    def __init__(self, message: str, payload: bytes = b"") -> None:
        super().__init__(message)
        self.payload = payload
