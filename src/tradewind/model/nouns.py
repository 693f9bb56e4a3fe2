"""The nouns at the public edge: exact (``Decimal``), frozen, the same for every venue.

Times are integer nanoseconds since 1970-01-01 UTC. Quantities are in the base asset,
prices in quote per base, fees in ``fee_asset``.
"""

from decimal import Decimal

from msgspec import Struct

from .enums import InstrumentStatus, Liquidity, OrderStatus, OrderType, Side, TimeInForce


class Instrument(Struct, frozen=True):
    """Something that can be traded. ``id`` is ``BTC/USDT``, ``native`` the venue's own name."""

    id: str
    native: str
    base: str
    quote: str
    tick_size: Decimal
    lot_size: Decimal
    min_quantity: Decimal
    max_quantity: Decimal
    min_notional: Decimal
    status: InstrumentStatus


class Order(Struct, frozen=True):
    """An order as the venue last told it. ``price`` is None for a market order."""

    order_id: str
    client_order_id: str
    instrument: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    post_only: bool
    price: Decimal | None
    quantity: Decimal
    filled_quantity: Decimal
    average_price: Decimal | None
    trigger_price: Decimal | None
    order_status: OrderStatus
    created: int
    updated: int

    @property
    def remaining_quantity(self) -> Decimal:
        """What is neither filled nor ended."""
        return self.quantity - self.filled_quantity


class Fill(Struct, frozen=True):
    """One execution of one of our orders."""

    fill_id: str
    order_id: str
    instrument: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    liquidity: Liquidity
    time: int


class Trade(Struct, frozen=True):
    """A public print. ``aggressor_side`` is the taker's side."""

    trade_id: str
    instrument: str
    price: Decimal
    quantity: Decimal
    aggressor_side: Side
    time: int


class Balance(Struct, frozen=True):
    """What an account has of an asset: ``total = available + held``."""

    asset: str
    available: Decimal
    held: Decimal

    @property
    def total(self) -> Decimal:
        """Available and held together."""
        return self.available + self.held


class Level(Struct, frozen=True):
    """All that rests at one price."""

    price: Decimal
    quantity: Decimal


class OrderBook(Struct, frozen=True):
    """Both sides, best first, with the venue's own version of the book."""

    instrument: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    version: int
    time: int


class Ticker(Struct, frozen=True):
    """The last 24 hours of an instrument."""

    instrument: str
    last: Decimal
    bid: Decimal | None
    ask: Decimal | None
    open: Decimal
    high: Decimal
    low: Decimal
    volume: Decimal
    quote_volume: Decimal
    time: int


class Candle(Struct, frozen=True):
    """One bar; ``opened`` and ``closed`` in nanoseconds, ``closed`` is exclusive."""

    instrument: str
    opened: int
    closed: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    quote_volume: Decimal
    trades: int
