"""What the box and a venue's exchange offer each other.

The box (a shell) owns sockets, clocks, the journal and the disk; a venue's ``exchange`` is pure
and holds what makes the venue that venue. They meet here:

    box ---- Exchange.http / open / publish / flush ----> venues/X/exchange
    box <--- Host.execute / credential / history / tape - venues/X/exchange

``Host.execute`` applies a command to the engine and puts it into the journal in one go. Its events
are returned at once so that the answer can be written, and the box lets no answer out before the
journal's commit at the end of the loop turn. So a venue's code reads as if everything were done.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from msgspec import Struct

from ..engine.commands import AnyCommand
from ..engine.engine import Engine
from ..engine.events import Event
from ..engine.listing import FeeRates, Listing
from ..model import Permission, Side
from .messages import HttpRequest, HttpResponse
from .session import ServerSession


class Credential(Struct, frozen=True):
    """A key the box issued. ``secret`` is the HMAC secret, ``public_key`` an SPKI PEM; the other
    one is empty. ``kind`` is hmac, ed25519, rsa or es256.
    """

    api_key: str
    kind: str
    account: int
    permissions: frozenset[Permission]
    secret: str = ""
    public_key: str = ""
    passphrase: str = ""
    ips: tuple[str, ...] = ()
    label: str = ""
    created: int = 0
    revoked: bool = False


class Print(Struct, frozen=True):
    """A public trade of the past, in ticks and lots; ``value`` in quote units. ``taker_order`` is
    one number per taker order, so that a venue can aggregate.
    """

    trade_id: int
    price: int
    quantity: int
    value: int
    time: int
    aggressor_side: Side
    taker_order: int


class Bar(Struct, frozen=True):
    """A candle of the past in integers; ``opened`` in ns, ``taker_*`` is what buyers took.

    ``first_id`` is -1 and ``trades`` 0 for a bar without trades (prices then repeat the last).
    """

    opened: int
    closed: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    value: int
    taker_volume: int
    taker_value: int
    first_id: int
    last_id: int
    trades: int


class Tape(Protocol):
    """The public past of every instrument, up to the venue time of the last tick run.

    All of it is computed or looked up when asked; nothing here grows with time.
    """

    def prints(
        self,
        instrument: str,
        *,
        from_id: int | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
    ) -> list[Print]:
        """Trades, oldest first. ``from_id`` or ``start``: the first ``limit`` from there (and not
        after ``end``, inclusive, ns); neither: the last ``limit`` (not after ``end``).
        """

    def bars(
        self,
        instrument: str,
        interval: str,
        *,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
        offset: int = 0,
    ) -> list[Bar]:
        """Candles whose open time is in ``[start, end]``, same rule as ``prints``; the last one may
        be still open. ``interval``: 1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M; ``offset``
        is a time zone in ns that shifts where days, weeks and months begin.
        """

    def window(self, instrument: str, start: int, end: int) -> Bar:
        """One bar over ``[start, end)``: open to close, volume, first and last id, count."""

    def last(self, instrument: str) -> Print | None:
        """The newest print."""

    def average_price(self, instrument: str, minutes: int) -> int:
        """Volume-weighted price of the last minutes in hundred-millionths of the quote asset per
        base asset; the last price when nothing traded.
        """


class History(Protocol):
    """What accounts did, also what has left the engine: orders, fills and more, on disk.

    Rows are the venue-free records of ``exchange.history``; a row of an open order has the values
    of now. Everything ascending by id.
    """

    def order(
        self, account: int, instrument: str, order_id: int = 0, client_order_id: str = ""
    ) -> "OrderRow | None":
        """By id, or the newest with that client order id."""

    def orders(
        self,
        account: int,
        instrument: str,
        *,
        from_id: int | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
    ) -> list["OrderRow"]:
        """Orders, open and past; same window rule as ``Tape.prints`` (by creation time)."""

    def fills(
        self,
        account: int,
        instrument: str,
        *,
        order_id: int | None = None,
        from_id: int | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
    ) -> list["FillRow"]:
        """Own executions; same window rule."""

    def records(
        self,
        kind: str,
        account: int,
        instrument: str = "",
        *,
        key: int | None = None,
        from_id: int | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
    ) -> list[bytes]:
        """Other rows a venue keeps through ``keep`` (prevented matches, amendments, lists...)."""

    def keep(
        self, kind: str, account: int, instrument: str, row_id: int, key: int, at: int, data: bytes
    ) -> None:
        """Store (or replace) a row for ``records``. It is a projection: rebuilt by replay."""


class OrderRow(Struct, frozen=True):
    """An order as history keeps it: the engine's fields as values, enums as their text."""

    order_id: int
    account: int
    instrument: str
    client_order_id: str
    side: str
    order_type: str
    time_in_force: str
    post_only: bool
    price: int
    quantity: int
    quote_quantity: int
    display_quantity: int
    filled_quantity: int
    filled_value: int
    prevented_quantity: int
    status: str
    self_trade_prevention: str
    list_id: int
    created: int
    updated: int
    working_since: int
    trigger_when: str
    trigger_price: int
    trigger_trailing: int
    trail_started: int
    peg_to: str
    peg_offset: int
    expiry: str
    memo: str


class FillRow(Struct, frozen=True):
    """One own execution."""

    trade_id: int
    account: int
    instrument: str
    order_id: int
    list_id: int
    side: str
    price: int
    quantity: int
    value: int
    fee: int
    fee_asset: str
    time: int
    maker: bool


class Host(Protocol):
    """What the box offers to one venue's exchange."""

    venue: str
    engine: Engine
    tape: Tape
    history: History
    settings: Mapping[str, Any]
    """Venue settings of this box: ``flavour`` (live, testnet, demo), ``date`` (ISO or ""), guessed
    facts that a user may switch, limits whose numbers were changed."""

    def now(self) -> int:
        """Venue time in nanoseconds."""

    def wall(self) -> int:
        """Wall time in nanoseconds."""

    def execute(self, command: AnyCommand) -> Sequence[Event]:
        """Bring the instrument to the present, apply, journal, project, publish."""

    def look(self, instrument: str) -> None:
        """Bring an instrument to the present before its book is read."""

    def watch(self, instrument: str, watchers: int) -> None:
        """Tell how many stream subscribers an instrument has, so that its ticks run."""

    def credential(self, api_key: str) -> Credential | None:
        """The key, also a revoked one; None when this box did not issue it."""

    def charged(self, weight: int) -> None:
        """Tell the box's request log what the request at hand was charged."""

    def account_name(self, account: int) -> str:
        """The name a user gave the account."""

    def draw(self, characters: str, length: int) -> str:
        """A fresh random text (ids that the venue makes up)."""


class Exchange(Protocol):
    """One venue's exchange: pure, driven by the box."""

    def http(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""

    def open(self, request: HttpRequest, door: str) -> ServerSession | HttpResponse:
        """Answer a WebSocket handshake on that door: a session, or a refusal."""

    def publish(self, events: Sequence[Event]) -> None:
        """Take the engine's events of one command or tick (also the participants')."""

    def flush(self) -> None:
        """Called ten times a wall second: send what is due at a cadence."""

    def dirty(self) -> Sequence[ServerSession]:
        """Sessions with something in their outbox since the last call."""

    def state(self) -> bytes:
        """What must survive a restart and is not in the journal (limits in force...)."""

    def restore(self, state: bytes) -> None:
        """Take back what ``state`` gave."""


class Traded(Struct, frozen=True):
    """An instrument that a venue's box offers. ``listing.instrument`` is the native symbol and the
    engine's key; ``id`` is ``BTC/USDT``, by which the price path is found.
    """

    id: str
    listing: Listing
    tick_size: Decimal
    lot_size: Decimal


class ExchangeModule(Protocol):
    """What ``venues/X/exchange`` gives the box."""

    FEES: FeeRates
    """What a new account pays."""

    OPENING: Mapping[str, str]
    """What the default account of a new box has: asset to amount, as decimal text."""

    def traded(self, settings: Mapping[str, Any]) -> Sequence[Traded]:
        """The instruments of a new box."""

    def build(self, host: Host) -> Exchange:
        """The exchange over a host."""
