"""What one can ask of a venue through the client, as values. The same for every venue.

Instruments are named ``BTC/USDT`` or as the venue does. An order is named by ``order_id`` or by
``client_order_id``. Quantities are in the base asset, prices in quote per base.
"""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from .enums import OrderType, Side, TimeInForce


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


class CancelOrder(Struct, frozen=True):
    """End an open order."""

    instrument: str
    order_id: str = ""
    client_order_id: str = ""


class FetchOrder(Struct, frozen=True):
    """One order, open or past."""

    instrument: str
    order_id: str = ""
    client_order_id: str = ""


class FetchOpenOrders(Struct, frozen=True):
    """Orders that still work; of all instruments when none is named."""

    instrument: str = ""


class FetchOrders(Struct, frozen=True):
    """The newest orders of an instrument, open and past, oldest first."""

    instrument: str
    limit: int = 500


class FetchFills(Struct, frozen=True):
    """The newest own executions of an instrument (or of one of its orders), oldest first."""

    instrument: str
    order_id: str = ""
    limit: int = 500


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


class StreamTrades(Struct, frozen=True):
    """Public trades as they happen."""

    instrument: str


class NativeCall(Struct, frozen=True):
    """An operation by the venue's own name with its own parameters, for what has no word here."""

    operation: str
    parameters: Mapping[str, str] = {}


Order = PlaceOrder | CancelOrder
Fetch = (
    FetchOrder
    | FetchOpenOrders
    | FetchOrders
    | FetchFills
    | FetchBalances
    | FetchInstruments
    | FetchTicker
    | FetchOrderBook
)
Request = Order | Fetch | NativeCall
"""Everything that is one question and one answer."""
