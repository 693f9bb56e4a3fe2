"""What one can ask of a venue through the client, as values. The same for every venue.

Instruments are named ``BTC/USDT`` or as the venue does. An order is named by ``order_id`` or by
``client_order_id``. Quantities are in the base asset, prices in quote per base.
"""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from .enums import ListKind, OrderType, SelfTradePrevention, Side, TimeInForce, Trigger


class PlaceOrder(Struct, frozen=True):
    """A new order. A market order has ``quantity`` or ``quote_quantity`` (what to spend or get)."""

    instrument: str
    side: Side
    order_type: OrderType
    quantity: Decimal | None = None
    price: Decimal | None = None
    quote_quantity: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    client_order_id: str = ""
    trigger_price: Decimal | None = None
    trigger: Trigger = Trigger.STOP
    display_quantity: Decimal | None = None
    self_trade_prevention: SelfTradePrevention | None = None


class CancelOrder(Struct, frozen=True):
    """End an open order. ``cancel_id`` is the cancel's own id, for venues that give it one."""

    instrument: str
    order_id: str = ""
    client_order_id: str = ""
    cancel_id: str = ""


class AmendOrder(Struct, frozen=True):
    """Give an open order another quantity; it keeps its place in the book and its ids."""

    instrument: str
    quantity: Decimal
    order_id: str = ""
    client_order_id: str = ""


class ReplaceOrder(Struct, frozen=True):
    """End an open order and place another one, in one request; unless ``place_anyway``, the new
    one is not placed when the old one cannot be ended.
    """

    cancel: CancelOrder
    place: PlaceOrder
    place_anyway: bool = False


class PlaceOrderList(Struct, frozen=True):
    """Orders that depend on each other: of OCO one works, of OTO the second waits for the first
    to fill, of OTOCO the other two (an OCO) do.
    """

    kind: ListKind
    orders: tuple[PlaceOrder, ...]
    client_list_id: str = ""


class CancelOrderList(Struct, frozen=True):
    """End all orders of a list."""

    instrument: str
    list_id: str = ""
    client_list_id: str = ""


class CancelAllOrders(Struct, frozen=True):
    """End every open order of an instrument."""

    instrument: str


class FetchOrder(Struct, frozen=True):
    """One order, open or past."""

    instrument: str
    order_id: str = ""
    client_order_id: str = ""


class FetchOpenOrders(Struct, frozen=True):
    """Orders that still work; of all instruments when none is named."""

    instrument: str = ""


class FetchOrders(Struct, frozen=True):
    """Orders of an instrument, open and past, oldest first: the newest, or with ``start`` (ns) or
    ``from_id`` the first from there.
    """

    instrument: str
    limit: int = 500
    start: int | None = None
    from_id: str = ""


class FetchFills(Struct, frozen=True):
    """Own executions of an instrument (or of one of its orders), oldest first: the newest, or with
    ``start`` (ns) or ``from_id`` the first from there.
    """

    instrument: str
    order_id: str = ""
    limit: int = 500
    start: int | None = None
    from_id: str = ""


class FetchOrderList(Struct, frozen=True):
    """One list of orders, working or done."""

    instrument: str
    list_id: str = ""
    client_list_id: str = ""


class FetchAmendments(Struct, frozen=True):
    """Every change of an order's quantity, oldest first."""

    instrument: str
    order_id: str


class FetchTime(Struct, frozen=True):
    """The venue's clock, in nanoseconds."""


class FetchFees(Struct, frozen=True):
    """What the account pays on an instrument."""

    instrument: str


class FetchKey(Struct, frozen=True):
    """What the key that asks may do."""


class FetchBalances(Struct, frozen=True):
    """What the account has, assets with nothing left out."""


class FetchInstruments(Struct, frozen=True):
    """Everything that can be traded."""


class FetchTicker(Struct, frozen=True):
    """The last 24 hours of an instrument."""

    instrument: str


class FetchOrderBook(Struct, frozen=True):
    """The best ``limit`` levels of both sides."""

    instrument: str
    limit: int = 100


class FetchTrades(Struct, frozen=True):
    """Public trades, oldest first: the newest, or those from ``from_id`` on."""

    instrument: str
    limit: int = 500
    from_id: str = ""


class FetchCandles(Struct, frozen=True):
    """Candles, oldest first, that opened in [start, end) ns; 0 leaves an end open. ``interval``
    is ``1m``, ``4h``, ``1d``... as the venue has them.
    """

    instrument: str
    interval: str
    start: int = 0
    end: int = 0
    limit: int = 1000


class StreamTrades(Struct, frozen=True):
    """Public trades as they happen."""

    instrument: str


class StreamBook(Struct, frozen=True):
    """What becomes of the book's levels, as often as the venue tells it."""

    instrument: str


class StreamQuotes(Struct, frozen=True):
    """The best bid and ask as they change."""

    instrument: str


class StreamCandles(Struct, frozen=True):
    """The candle of now as it grows, and once more when it is closed."""

    instrument: str
    interval: str


class StreamTicker(Struct, frozen=True):
    """The last 24 hours, about once a second."""

    instrument: str


class NativeCall(Struct, frozen=True):
    """An operation by the venue's own name with its own parameters, for what has no word here."""

    operation: str
    parameters: Mapping[str, str] = {}


Order = (
    PlaceOrder
    | CancelOrder
    | AmendOrder
    | ReplaceOrder
    | PlaceOrderList
    | CancelOrderList
    | CancelAllOrders
)
"""What changes orders."""
Fetch = (
    FetchOrder
    | FetchOrderList
    | FetchAmendments
    | FetchTime
    | FetchFees
    | FetchKey
    | FetchOpenOrders
    | FetchOrders
    | FetchFills
    | FetchBalances
    | FetchInstruments
    | FetchTicker
    | FetchOrderBook
    | FetchTrades
    | FetchCandles
)
Stream = StreamTrades | StreamBook | StreamQuotes | StreamCandles | StreamTicker
Request = Order | Fetch | NativeCall
"""Everything that is one question and one answer."""
