"""The operations table: one row per thing that can be asked of a venue.

A row says through which doors an operation goes, which parameters it takes in which order they
are checked, what permission it needs, what it costs, and how one can prove that an order call did
*not* happen. Both sides read it: the exchange validates and charges by it, the client builds and
paces by it, the documentation and the Postman collection are generated from it.
"""

from enum import StrEnum, unique
from typing import Any

from msgspec import Struct

from ..model import Permission


@unique
class Known(StrEnum):
    """How a fact is known."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    GUESSED = "guessed"


class Source(Struct, frozen=True):
    """Where a fact is from. ``read`` is the date the page was read, ISO."""

    page: str
    read: str
    known: Known = Known.DOCUMENTED


@unique
class Kind(StrEnum):
    """What a parameter's text must look like. What each means exactly is the venue's to say."""

    TEXT = "text"
    SYMBOL = "symbol"
    DECIMAL = "decimal"
    INTEGER = "integer"
    TIME = "time"
    ENUM = "enum"
    BOOLEAN = "boolean"
    CLIENT_ID = "client_id"
    LIST = "list"
    OBJECT = "object"


class Parameter(Struct, frozen=True):
    """One parameter of an operation.

    ``when`` names the condition under which an optional one becomes mandatory (documentation;
    the venue's exchange holds the code). ``missing``, ``empty`` and ``malformed`` name rows of
    the venue's error table; "" takes the venue's usual one for its kind. ``place`` is where a
    REST door carries it: "" wherever the method puts parameters, else ``path``, ``query``,
    ``body`` or ``header``. ``tag`` is its FIX tag. ``door`` is the only kind of door that has it
    (``rest``, ``websocket``, ``fix``; "" is all of them). ``within`` names the list or object
    parameter that holds it ("" is the top level).
    """

    name: str
    kind: Kind = Kind.TEXT
    mandatory: bool = False
    values: tuple[str, ...] = ()
    default: str = ""
    minimum: int | None = None
    maximum: int | None = None
    when: str = ""
    missing: str = ""
    empty: str = ""
    malformed: str = ""
    place: str = ""
    tag: int = 0
    door: str = ""
    within: str = ""


class Rest(Struct, frozen=True, tag="rest"):
    """A REST door. ``path`` may hold ``{name}`` parts."""

    method: str
    path: str


class WebSocket(Struct, frozen=True, tag="websocket"):
    """A request over a WebSocket. ``channel`` tells apart a venue's several sockets."""

    method: str
    channel: str = ""


class Fix(Struct, frozen=True, tag="fix"):
    """A FIX message, by its MsgType(35)."""

    message: str


Door = Rest | WebSocket | Fix


@unique
class Proof(StrEnum):
    """How one proves that an order call did not happen."""

    NOT_AN_ORDER = "not_an_order"
    DEADLINE = "deadline"  # a deadline checked by the venue has passed and it is not found
    IDEMPOTENT = "idempotent"  # the same id sent again is answered with the first outcome
    NONE = "none"  # stays unknown until the venue speaks


class Operation(Struct, frozen=True):
    """One row. ``permission`` None is public; ``signed`` False with one is a key header only.

    ``weight`` is what it costs of the venue's main request limit at its cheapest; where the cost
    depends on parameters, ``weigh`` names the rule in the venue's ``limits``. ``counts`` is how
    many orders it counts. ``acknowledges`` True: the answer is only an acknowledgement, the
    outcome comes on another stream. ``since``/``until`` are ISO dates of its life, "" = open.
    ``reply`` is the answer's shape over WebSocket where it differs from ``response``.
    """

    name: str
    doors: tuple[Door, ...]
    parameters: tuple[Parameter, ...] = ()
    permission: Permission | None = None
    signed: bool = False
    weight: int = 1
    weigh: str = ""
    counts: int = 0
    response: Any = None
    proof: Proof = Proof.NOT_AN_ORDER
    acknowledges: bool = False
    source: Source | None = None
    since: str = ""
    until: str = ""
    reply: Any = None


class Table:
    """Operations, found by name or by door."""

    def __init__(self, rows: tuple[Operation, ...]) -> None:
        self.rows = rows
        self.by_name: dict[str, Operation] = {}
        self.by_rest: dict[tuple[str, str], Operation] = {}
        self.by_websocket: dict[tuple[str, str], Operation] = {}
        self.by_fix: dict[str, Operation] = {}
        for row in rows:
            if row.name in self.by_name:
                raise ValueError(f"operation {row.name!r} stands twice in the table")
            self.by_name[row.name] = row
            for door in row.doors:
                match door:
                    case Rest(method, path):
                        self._once(self.by_rest, (method, path), row)
                    case WebSocket(method, channel):
                        self._once(self.by_websocket, (channel, method), row)
                    case Fix(message):
                        self.by_fix[message] = row
        self.rest_paths = {path for _, path in self.by_rest}

    @staticmethod
    def _once(
        index: dict[tuple[str, str], Operation], door: tuple[str, str], row: Operation
    ) -> None:
        if door in index:
            raise ValueError(f"{row.name!r} and {index[door].name!r} share the door {door}")
        index[door] = row
