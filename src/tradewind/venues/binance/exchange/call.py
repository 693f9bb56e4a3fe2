"""What a handler gets and how it says no. Nothing here knows through which door a call came.

    door -> Call -> checks (in their order) -> HANDLERS[operation.name](call) -> value for msgspec

A handler returns anything ``msgspec.json`` can encode, or raises ``Refusal``. The REST door writes
a refusal as HTTP status and body, the WebSocket API as ``status`` and ``error``.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ....protocol.hosting import Credential, Host
from ....protocol.operations import Operation
from ..errors import Error

if TYPE_CHECKING:
    from .markets import Market

MILLISECONDS = 1_000_000
"""Nanoseconds in the unit of times, unless the caller asked for microseconds."""

MICROSECONDS = 1_000


class Refusal(Exception):
    """A call is refused: a row of the error table, the arguments of its text, and what goes with
    it. ``status`` 0 takes the row's own HTTP status, ``until`` is the venue time in ns at which it
    may be tried again (0 = none), ``data`` the ``data`` member of the body (None = absent).
    """

    def __init__(
        self,
        error: Error,
        *arguments: object,
        status: int = 0,
        data: Any = None,
        until: int = 0,
        text: str = "",
    ) -> None:
        self.error = error
        self.code = error.code
        self.text = text or error.fill(*arguments)
        self.status = status or error.status
        self.data = data
        self.until = until
        super().__init__(f"{self.code} {self.text}")


class Call:
    """One request after its door has read it.

    ``sent`` holds the parameters as sent (decoded text, in their order), ``values`` those that
    were sent and parsed, or have a default: INTEGER int, TIME int in *nanoseconds*, DECIMAL int
    in hundred-millionths, BOOLEAN bool, LIST list[str], the rest str. Absent ones are not in it.
    ``credential`` is None for public operations. ``unit`` is nanoseconds per unit of times.
    """

    __slots__ = (
        "api_key",
        "body",
        "credential",
        "door",
        "duplicates",
        "host",
        "markets",
        "now",
        "operation",
        "over_count",
        "peer",
        "prepared",
        "query",
        "sent",
        "session",
        "signed",
        "trusted",
        "unit",
        "unit_text",
        "values",
        "weight",
    )

    def __init__(
        self,
        host: Host,
        markets: "Mapping[str, Market]",
        operation: Operation,
        sent: dict[str, str],
        *,
        door: str = "rest",
        peer: str = "",
        api_key: str = "",
        unit: int = MILLISECONDS,
        unit_text: str = "",
        query: str = "",
        body: bytes = b"",
        signed: Mapping[str, Any] | None = None,
        duplicates: bool = False,
    ) -> None:
        self.host = host
        self.markets = markets
        self.operation = operation
        self.sent = sent
        self.values: dict[str, Any] = {}
        self.door = door
        """``rest`` or ``ws``."""
        self.peer = peer
        self.api_key = api_key
        self.unit = unit
        self.unit_text = unit_text
        """What the caller asked for as unit of times, still unread; "" is milliseconds."""
        self.query = query
        """What a REST signature covers, together with ``body``."""
        self.body = body
        self.signed: Mapping[str, Any] = signed if signed is not None else sent
        """What a WebSocket API signature covers: the parameters as they came."""
        self.duplicates = duplicates
        """Whether a parameter was sent twice."""
        self.credential: Credential | None = None
        self.trusted = False
        """The WebSocket session is logged on: ``credential`` is set and needs no signature."""
        self.now = host.now()
        """Venue time in nanoseconds when the call came."""
        self.weight = 0
        """What was charged to the address for this call."""
        self.over_count: Refusal | None = None
        """The refusal for too many orders, where an operation may go on without placing."""
        self.session: Any = None
        """The WebSocket API connection it came on, for operations about that; else None."""
        self.prepared: Any = None
        """What the ``filters`` step made ready for the handler (engine commands)."""

    @property
    def market(self) -> "Market":
        """The market of ``symbol``; only where that is mandatory."""
        return self.markets[self.values["symbol"]]

    @property
    def now_ms(self) -> int:
        """Venue time in milliseconds."""
        return self.now // MILLISECONDS

    @property
    def account(self) -> int:
        """The account of the credential; only for operations that need one."""
        assert self.credential is not None
        return self.credential.account

    def time(self, at: int) -> int:
        """Nanoseconds in the caller's unit of time."""
        return at // self.unit


Handler = Callable[[Call], Any]
"""What each of ``market_data.HANDLERS``, ``trading.HANDLERS``, ``account.HANDLERS`` holds."""

Rule = Callable[[Call], None]
"""A check: passes, or raises Refusal."""
