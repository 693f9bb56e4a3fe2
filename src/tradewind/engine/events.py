"""What the engine says. Every event has its venue time ``at`` in nanoseconds.

Acceptance, placement, fill and end are separate events, so that each venue decides what it
shows when. ``order`` is the engine's own record (read only); what was true *at the event* is
on the event.
"""

from enum import StrEnum, unique

from msgspec import Struct

from ..model import InstrumentStatus, Liquidity, OrderStatus, SelfTradePrevention, Side
from .commands import AnyCommand, Contingency
from .listing import Listing
from .orders import Order


@unique
class Refusal(StrEnum):
    """Why a command changed nothing."""

    UNKNOWN_INSTRUMENT = "unknown_instrument"
    UNKNOWN_ACCOUNT = "unknown_account"
    UNKNOWN_ASSET = "unknown_asset"
    UNKNOWN_ORDER = "unknown_order"
    UNKNOWN_LIST = "unknown_list"
    ID_MISMATCH = "id_mismatch"
    MARKET_CLOSED = "market_closed"
    DUPLICATE_CLIENT_ORDER_ID = "duplicate_client_order_id"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    WOULD_TAKE = "would_take"
    WOULD_TRIGGER = "would_trigger"
    BAD_PRICES = "bad_prices"
    NO_VALUE = "no_value"
    NO_LIQUIDITY_FOR_PEG = "no_liquidity_for_peg"
    BELOW_MARKET_MIN = "below_market_min"
    EMPTY_BOOK = "empty_book"
    RESTRICTED = "restricted"
    NOT_LOWER = "not_lower"
    NO_CHANGE = "no_change"
    NOT_AMENDABLE = "not_amendable"
    INVALID = "invalid"
    NOT_ATTEMPTED = "not_attempted"


@unique
class Expiry(StrEnum):
    """Why an accepted order ended without being asked to."""

    IOC_REST = "ioc_rest"
    FOK_UNFILLED = "fok_unfilled"
    NO_LIQUIDITY = "no_liquidity"
    PRICE_RANGE = "price_range"
    SELF_TRADE = "self_trade"
    OTHER_LEG = "other_leg"
    FIRST_LEG_EXPIRED = "first_leg_expired"
    INSTRUMENT_CLOSED = "instrument_closed"
    REFUSED_AT_TRIGGER = "refused_at_trigger"


class Event(Struct, frozen=True, kw_only=True):
    """The root of everything the engine says."""

    at: int


class InstrumentChanged(Event, frozen=True):
    """An instrument was listed or its status set."""

    listing: Listing
    status: InstrumentStatus


class Refused(Event, frozen=True):
    """The command changed nothing."""

    command: AnyCommand
    why: Refusal


class BalanceChanged(Event, frozen=True):
    """An account's balance of an asset after the command; one per account and asset, last."""

    account: int
    asset: str
    available: int
    held: int


class Transferred(Event, frozen=True):
    """Units moved between accounts. ``memo`` is the command's."""

    source: int
    target: int
    asset: str
    amount: int
    memo: str = ""


class OrderAccepted(Event, frozen=True):
    """The order exists and has an id. Its status then is OPEN, or PENDING if it waits."""

    order: Order
    status: OrderStatus


class OrderTriggered(Event, frozen=True):
    """A conditional order's condition was met; it goes to the book now."""

    order: Order


class OrderReleased(Event, frozen=True):
    """An order that waited for the first of its list to fill is placed now.

    With a trigger it goes on waiting, for that; else it goes to the book.
    """

    order: Order


class OrderRested(Event, frozen=True):
    """What remains went to the book at ``price`` with ``quantity`` lots."""

    order: Order
    price: int
    quantity: int


class Fill(Event, frozen=True):
    """One side of an execution; a trade gives two, the maker's first.

    ``filled_quantity``, ``filled_value`` and ``status`` are the order's after this fill.
    Fees are units of ``fee_asset``; for MARKET_ACCOUNT always 0.
    """

    order: Order
    trade_id: int
    price: int
    quantity: int
    value: int
    liquidity: Liquidity
    fee: int
    fee_asset: str
    filled_quantity: int
    filled_value: int
    status: OrderStatus
    number: int
    """Which fill of this order it is, from 1."""


class Trade(Event, frozen=True):
    """A public print; comes after the two fills it is made of."""

    instrument: str
    trade_id: int
    price: int
    quantity: int
    value: int
    aggressor_side: Side
    maker_account: int
    taker_account: int
    taker_order_id: int


class TradePrevented(Event, frozen=True):
    """Two orders of one owner met. Quantities are the lots each lost by it (0 = none).

    Ends of orders follow as OrderExpired with SELF_TRADE.
    """

    instrument: str
    prevented_id: int
    maker: Order
    taker: Order
    price: int
    mode: SelfTradePrevention
    maker_prevented: int
    taker_prevented: int


class OrderCancelled(Event, frozen=True):
    """An order ended because its owner asked."""

    order: Order
    client_order_id: str
    """The order's own id before the cancel."""
    cancel_id: str


class OrderExpired(Event, frozen=True):
    """An order ended by a rule; the status is EXPIRED, or PREVENTED for SELF_TRADE."""

    order: Order
    why: Expiry
    status: OrderStatus


class OrderAmended(Event, frozen=True):
    """The total quantity was lowered, the queue place kept."""

    order: Order
    previous_client_order_id: str
    previous_quantity: int
    quantity: int


@unique
class ListStatus(StrEnum):
    """Where an order list is."""

    EXECUTING = "executing"
    DONE = "done"
    REJECTED = "rejected"


class ListChanged(Event, frozen=True):
    """An order list began, changed or ended; ``orders`` in the order they were placed."""

    list_id: int
    client_list_id: str
    account: int
    instrument: str
    contingency: Contingency
    status: ListStatus
    orders: tuple[Order, ...]
    updated_only: bool = False


class LevelChanged(Event, frozen=True):
    """What now rests, visible, at one price of one side: absolute lots, 0 = level gone.

    One per touched level and command, after everything else.
    """

    instrument: str
    side: Side
    price: int
    quantity: int
