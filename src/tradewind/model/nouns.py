"""The nouns at the public edge: exact (``Decimal``), frozen, the same for every venue.

Times are integer nanoseconds since 1970-01-01 UTC. Quantities are in the base asset,
prices in quote per base, fees in ``fee_asset``.
"""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from msgspec import Struct

from .enums import (
    InstrumentStatus,
    Liquidity,
    OrderStatus,
    OrderType,
    Permission,
    Side,
    TimeInForce,
)

ONE = Decimal(1)


class Instrument(Struct, frozen=True):
    """Something that can be traded. ``id`` is ``BTC/USDT``, ``native`` the venue's own name. Its
    numbers do not end in zeros, so ``price.quantize(tick_size)`` does what one means by it. A size
    of 0 is a rule that it does not have.
    """

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
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    max_notional: Decimal | None = None
    notional_on_market: bool = False
    """Whether the bounds of value hold for market orders too."""
    market_min_quantity: Decimal | None = None
    market_max_quantity: Decimal | None = None

    def round_price(self, price: Decimal) -> Decimal:
        """The nearest multiple of ``tick_size``; of two as near the even one."""
        return _multiple(price, self.tick_size, ROUND_HALF_EVEN)

    def round_quantity(self, quantity: Decimal) -> Decimal:
        """The greatest multiple of ``lot_size`` that is not more."""
        return _multiple(quantity, self.lot_size, ROUND_DOWN)


def _multiple(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    """A multiple of the step, where there is one."""
    return (value / step).quantize(ONE, rounding) * step if step else value


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
    list_id: str = ""

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


class Amendment(Struct, frozen=True):
    """One change of an order's quantity."""

    order_id: str
    previous_quantity: Decimal
    quantity: Decimal
    time: int


class OrderList(Struct, frozen=True):
    """Orders that depend on each other. ``done`` is when none of them can do anything any more."""

    list_id: str
    client_list_id: str
    instrument: str
    order_ids: tuple[str, ...]
    client_order_ids: tuple[str, ...]
    done: bool
    orders: tuple[Order, ...] = ()
    """The orders themselves, where the venue's answer has them."""


class Replaced(Struct, frozen=True):
    """What a cancel-replace did: an order is None where its half did not happen."""

    cancelled: Order | None
    placed: Order | None


class Fees(Struct, frozen=True):
    """What an account pays, as fractions of what it trades."""

    instrument: str
    maker: Decimal
    taker: Decimal


class KeyFacts(Struct, frozen=True):
    """What a key may do, as the venue says. ``bound`` is whether it works from some addresses only;
    None where the venue does not say.
    """

    permissions: frozenset[Permission]
    bound: bool | None = None


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


class Quote(Struct, frozen=True):
    """The best bid and ask; None where a side is empty. ``version`` is the book's number."""

    instrument: str
    bid: Level | None
    ask: Level | None
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
    is_closed: bool = True
    """False for the candle of now, which may still change."""
