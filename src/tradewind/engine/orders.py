"""The engine's own record of an order: mutable while open, handed out for reading only."""

from ..model import OrderStatus, OrderType, SelfTradePrevention, Side, TimeInForce
from .commands import Peg, Trigger


class Resting:
    """What a book reads of an order: lots that remain, and how many of them it shows."""

    __slots__ = ("account", "display_quantity", "order_id", "price", "remaining", "shown")

    order_id: int
    account: int
    display_quantity: int
    price: int
    remaining: int
    shown: int


class Order(Resting):
    """One order in the engine. Identity never changes; the values after the blank line do.

    Readers get this object itself, so they must not change it, and must take from the event
    (not from here) what was true at that event.
    """

    __slots__ = (
        "client_order_id",
        "created",
        "fee_price",
        "filled_quantity",
        "filled_value",
        "fills",
        "held",
        "hold_price",
        "instrument",
        "list_id",
        "memo",
        "order_type",
        "peg",
        "post_only",
        "prevented_quantity",
        "price_high",
        "price_low",
        "quantity",
        "quote_quantity",
        "self_trade_prevention",
        "side",
        "status",
        "time_in_force",
        "trail_extreme",
        "trail_started",
        "trigger",
        "updated",
        "working_since",
    )

    instrument: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    post_only: bool
    quote_quantity: int
    self_trade_prevention: SelfTradePrevention
    trigger: Trigger | None
    peg: Peg | None
    list_id: int
    memo: str
    created: int
    fee_price: int
    price_low: int
    price_high: int

    hold_price: int
    """What a buy's hold is computed from: its price, or where it will about trade."""
    client_order_id: str
    quantity: int
    filled_quantity: int
    filled_value: int
    prevented_quantity: int
    fills: int
    held: int
    status: OrderStatus
    updated: int
    working_since: int
    trail_started: int
    trail_extreme: int
