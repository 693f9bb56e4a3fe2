"""What the engine can be told. Values only: whole ticks, lots and units; time in nanoseconds.

A command is what the journal keeps, so everything the outcome depends on is inside it,
including ids that a venue draws at random.
"""

from enum import StrEnum, unique

from msgspec import Struct

from ..model import InstrumentStatus, OrderType, SelfTradePrevention, Side, TimeInForce
from .listing import Asset, FeeRates, Listing


class Command(Struct, frozen=True, tag_field="do", kw_only=True):
    """The root of everything the engine can be told."""


class AddAsset(Command, frozen=True, tag="asset"):
    """Make an asset known before anything of it moves."""

    asset: Asset


class List(Command, frozen=True, tag="list"):
    """Open an instrument, or change one that is there (its orders stay)."""

    listing: Listing


class SetStatus(Command, frozen=True, tag="status"):
    """Halt, reopen or end an instrument."""

    instrument: str
    status: InstrumentStatus


class OpenAccount(Command, frozen=True, tag="account"):
    """Make an account known. ``group`` 0 means none; self-trade prevention compares groups too."""

    account: int
    fees: FeeRates = FeeRates()
    group: int = 0
    fee_asset: str = ""
    """Pay fees in this asset when it suffices; "" pays in what is received."""
    fee_discount: int = 0
    """How much less is paid in ``fee_asset``, in hundred-millionths."""


class SetFees(Command, frozen=True, tag="fees"):
    """What an account pays on one instrument from now on, in place of its own rates.

    ``special`` and ``tax`` come on top, and paying in the fee asset makes them no cheaper.
    """

    account: int
    instrument: str
    fees: FeeRates
    special: FeeRates = FeeRates()
    tax: FeeRates = FeeRates()


class Transfer(Command, frozen=True, tag="transfer"):
    """Move units of an asset between two accounts. Deposits come from OUTSIDE_ACCOUNT.

    ``memo`` is opaque to the engine and comes back with the event.
    """

    source: int
    target: int
    asset: str
    amount: int
    memo: str = ""


@unique
class TriggerWhen(StrEnum):
    """Which way the last price must go for a trigger."""

    AT_OR_ABOVE = "at_or_above"
    AT_OR_BELOW = "at_or_below"


class Trigger(Struct, frozen=True):
    """When a conditional order goes to the book. ``price`` in ticks, ``trailing`` in bips.

    With a trail and a price, tracking starts at the first trade that meets the price; with a
    trail alone it starts at the next trade.
    """

    when: TriggerWhen
    price: int = 0
    trailing: int = 0


@unique
class PegTo(StrEnum):
    """What a pegged price follows when the order goes to the book."""

    PRIMARY = "primary"  # best of the own side
    MARKET = "market"  # best of the other side


class Peg(Struct, frozen=True):
    """A price taken from the book at placement. ``offset`` in price levels away from it."""

    to: PegTo
    offset: int = 0


class PlaceOrder(Command, frozen=True, tag="place"):
    """Place one order.

    ``quantity`` in lots, or 0 with ``quote_quantity`` in quote units (market orders).
    ``price`` in ticks, 0 for market orders. ``display_quantity`` (lots, 0 = all) makes an
    iceberg. ``price_low``/``price_high`` (ticks, 0 = none) bound what it may take: reaching
    beyond ends the rest. ``memo`` is opaque to the engine and comes back with the order.
    """

    account: int
    instrument: str
    side: Side
    order_type: OrderType
    quantity: int = 0
    price: int = 0
    quote_quantity: int = 0
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    client_order_id: str = ""
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.NONE
    display_quantity: int = 0
    trigger: Trigger | None = None
    peg: Peg | None = None
    price_low: int = 0
    price_high: int = 0
    fee_price: int = 0
    """Units of the account's fee asset worth RATE_ONE units of what is received; 0 = unknown."""
    memo: str = ""


@unique
class CancelOnly(StrEnum):
    """Restrict a cancel to one state of the order."""

    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"


class CancelOrder(Command, frozen=True, tag="cancel"):
    """Cancel by ``order_id``, or by ``client_order_id`` when that is 0.

    When both are given both must match. ``cancel_id`` is the cancel's own client id.
    """

    account: int
    instrument: str
    order_id: int = 0
    client_order_id: str = ""
    cancel_id: str = ""
    only: CancelOnly | None = None


class CancelAll(Command, frozen=True, tag="cancel_all"):
    """Cancel every open order of an account, on one instrument or (empty) on all."""

    account: int
    instrument: str = ""
    cancel_id: str = ""


class AmendOrder(Command, frozen=True, tag="amend"):
    """Lower the total quantity to ``quantity`` lots, keeping the place in the queue."""

    account: int
    instrument: str
    quantity: int
    order_id: int = 0
    client_order_id: str = ""
    new_client_order_id: str = ""


class ReplaceOrder(Command, frozen=True, tag="replace"):
    """Cancel one order and place another; ``stop_on_failure``: no new one if the cancel fails.

    ``place`` False cancels only and reports the new order as refused for ``refusal``.
    """

    cancel: CancelOrder
    new: PlaceOrder
    stop_on_failure: bool = True
    place: bool = True


@unique
class Contingency(StrEnum):
    """How the orders of a list depend on each other."""

    ONE_CANCELS_OTHER = "oco"  # two legs: when one works or fills the other ends
    ONE_TRIGGERS_OTHER = "oto"  # the first works; the rest is placed once it has filled


class PlaceList(Command, frozen=True, tag="place_list"):
    """Place a list. OCO: ``orders`` are its two legs. OTO: the first works, then one pending
    order, or two pending ones that are an OCO pair. ``proceeds``: the pending quantity is what
    the working order received less its fee (``quantity`` of the pending orders is 0).
    """

    account: int
    instrument: str
    contingency: Contingency
    orders: tuple[PlaceOrder, ...]
    client_list_id: str = ""
    proceeds: bool = False


class CancelList(Command, frozen=True, tag="cancel_list"):
    """Cancel all orders of a list, by ``list_id`` or, when 0, by ``client_list_id``."""

    account: int
    instrument: str
    list_id: int = 0
    client_list_id: str = ""
    cancel_id: str = ""


class Requote(Command, frozen=True, tag="requote"):
    """Make the participants' resting orders equal to this ladder, one order a level.

    Levels that already rest with that quantity keep their place; the rest is cancelled or
    placed, and what crosses outside orders trades. ``next_trade_id`` 0 keeps the counter;
    ``last_price`` (ticks, 0 keeps it) is a price that triggers see as if it had traded.
    """

    instrument: str
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]
    next_trade_id: int = 0
    last_price: int = 0


AnyCommand = (
    AddAsset
    | List
    | SetStatus
    | OpenAccount
    | SetFees
    | Transfer
    | PlaceOrder
    | CancelOrder
    | CancelAll
    | AmendOrder
    | ReplaceOrder
    | PlaceList
    | CancelList
    | Requote
)
"""The union the journal encodes and decodes."""
