"""Orders on the wire. REST and WebSocket API answers share these shapes.

Decimals are strings padded to eight places; ids, times and counts are numbers. Fields that the
pages call conditional are ``UNSET`` when absent; the order of fields is the pages' own.
rest-api.md "Trading endpoints" and "Conditional fields in Order Responses", 2026-07-21.
"""

from typing import Generic, TypeVar

from msgspec import UNSET, Struct, UnsetType


class Wire(Struct, frozen=True, kw_only=True, rename="camel"):
    """The root of these shapes: names in camel case, fields by name."""


class OrderFill(Wire, frozen=True, kw_only=True):
    """One of ``fills`` in a FULL answer. ``matchType`` and ``allocId`` only with SOR."""

    match_type: str | UnsetType = UNSET
    price: str
    qty: str
    commission: str
    commission_asset: str
    trade_id: int
    alloc_id: int | UnsetType = UNSET


class OrderPreventedMatch(Wire, frozen=True, kw_only=True):
    """One of ``preventedMatches``: self-trade prevention met while placing."""

    prevented_match_id: int
    maker_order_id: int
    price: str
    taker_prevented_quantity: str | UnsetType = UNSET
    maker_prevented_quantity: str | UnsetType = UNSET


class NewOrderAck(Wire, frozen=True, kw_only=True):
    """``newOrderRespType=ACK``. ``orderListId`` is -1 outside a list.

    {"symbol": "BTCUSDT", "orderId": 28, "orderListId": -1,
     "clientOrderId": "6gCrw2kRUAF9CvJDGP16IP", "transactTime": 1507725176595}
    """

    symbol: str
    order_id: int
    order_list_id: int
    client_order_id: str
    transact_time: int


class NewOrder(NewOrderAck, frozen=True, kw_only=True):
    """``newOrderRespType=RESULT``; FULL adds ``fills``. ``origQty`` is absent only while the
    quantity is not known (pending orders of OPO lists); ``workingTime`` is -1 until it works.
    """

    price: str
    peg_price_type: str | UnsetType = UNSET
    peg_offset_type: str | UnsetType = UNSET
    peg_offset_value: int | UnsetType = UNSET
    pegged_price: str | UnsetType = UNSET
    orig_qty: str | UnsetType = UNSET
    executed_qty: str
    orig_quote_order_qty: str
    cummulative_quote_qty: str
    status: str
    time_in_force: str
    type: str
    side: str
    stop_price: str | UnsetType = UNSET
    trailing_delta: int | UnsetType = UNSET
    trailing_time: int | UnsetType = UNSET
    working_time: int
    iceberg_qty: str | UnsetType = UNSET
    strategy_id: int | UnsetType = UNSET
    strategy_type: int | UnsetType = UNSET
    working_floor: str | UnsetType = UNSET
    self_trade_prevention_mode: str
    prevented_match_id: int | UnsetType = UNSET
    prevented_quantity: str | UnsetType = UNSET
    trade_group_id: int | UnsetType = UNSET
    used_sor: bool | UnsetType = UNSET
    expiry_reason: str | UnsetType = UNSET
    fills: list[OrderFill] | UnsetType = UNSET
    prevented_matches: list[OrderPreventedMatch] | UnsetType = UNSET


class CancelledOrder(Wire, frozen=True, kw_only=True):
    """The answer to a cancel: ``clientOrderId`` is the cancel's own id, ``origClientOrderId`` the
    order's before it.
    """

    symbol: str
    orig_client_order_id: str
    order_id: int
    order_list_id: int
    client_order_id: str
    transact_time: int
    price: str
    peg_price_type: str | UnsetType = UNSET
    peg_offset_type: str | UnsetType = UNSET
    peg_offset_value: int | UnsetType = UNSET
    pegged_price: str | UnsetType = UNSET
    orig_qty: str | UnsetType = UNSET
    executed_qty: str
    orig_quote_order_qty: str
    cummulative_quote_qty: str
    status: str
    time_in_force: str
    type: str
    side: str
    stop_price: str | UnsetType = UNSET
    trailing_delta: int | UnsetType = UNSET
    trailing_time: int | UnsetType = UNSET
    iceberg_qty: str | UnsetType = UNSET
    strategy_id: int | UnsetType = UNSET
    strategy_type: int | UnsetType = UNSET
    self_trade_prevention_mode: str
    prevented_match_id: int | UnsetType = UNSET
    prevented_quantity: str | UnsetType = UNSET
    used_sor: bool | UnsetType = UNSET
    working_floor: str | UnsetType = UNSET


class QueriedOrder(Wire, frozen=True, kw_only=True):
    """An order as the queries tell it: ``stopPrice`` and ``icebergQty`` always stand there."""

    symbol: str
    order_id: int
    order_list_id: int
    client_order_id: str
    price: str
    peg_price_type: str | UnsetType = UNSET
    peg_offset_type: str | UnsetType = UNSET
    peg_offset_value: int | UnsetType = UNSET
    pegged_price: str | UnsetType = UNSET
    orig_qty: str | UnsetType = UNSET
    executed_qty: str
    cummulative_quote_qty: str
    status: str
    time_in_force: str
    type: str
    side: str
    stop_price: str
    trailing_delta: int | UnsetType = UNSET
    trailing_time: int | UnsetType = UNSET
    iceberg_qty: str
    time: int
    update_time: int
    is_working: bool
    working_time: int
    orig_quote_order_qty: str
    strategy_id: int | UnsetType = UNSET
    strategy_type: int | UnsetType = UNSET
    self_trade_prevention_mode: str
    prevented_match_id: int | UnsetType = UNSET
    prevented_quantity: str | UnsetType = UNSET
    used_sor: bool | UnsetType = UNSET
    working_floor: str | UnsetType = UNSET
    expiry_reason: str | UnsetType = UNSET


class ListedOrder(Wire, frozen=True, kw_only=True):
    """One of a list's ``orders``."""

    symbol: str
    order_id: int
    client_order_id: str


class OrderList(Wire, frozen=True, kw_only=True):
    """An order list as queries tell it. OTO, OTOCO, OPO and OPOCO all say contingency OTO."""

    order_list_id: int
    contingency_type: str
    list_status_type: str
    list_order_status: str
    list_client_order_id: str
    transaction_time: int
    symbol: str
    orders: list[ListedOrder]


class NewOrderList(OrderList, frozen=True, kw_only=True):
    """The answer to placing a list, with ``newOrderRespType`` RESULT or FULL."""

    order_reports: list[NewOrder]


class NewOrderListAck(OrderList, frozen=True, kw_only=True):
    """The same with ACK."""

    order_reports: list[NewOrderAck]


class CancelledOrderList(OrderList, frozen=True, kw_only=True):
    """The answer to cancelling a list, or one leg of it."""

    order_reports: list[CancelledOrder]


class ErrorBody(Wire, frozen=True, kw_only=True):
    """``{"code": -1121, "msg": "Invalid symbol."}``."""

    code: int
    msg: str


Cancel = TypeVar("Cancel")
New = TypeVar("New")


class Replaced(Struct, Generic[Cancel, New], frozen=True, kw_only=True, rename="camel"):
    """The answer to a cancel-replace that succeeded, and the ``data`` of one that did not: a
    response is the order (or its list), an ``ErrorBody``, or None when it was not attempted.
    """

    cancel_result: str
    new_order_result: str
    cancel_response: Cancel
    new_order_response: New


class AmendedOrder(Wire, frozen=True, kw_only=True):
    """``amendedOrder``: note ``qty`` and the single m of ``cumulativeQuoteQty``."""

    symbol: str
    order_id: int
    order_list_id: int
    orig_client_order_id: str
    client_order_id: str
    price: str
    qty: str
    executed_qty: str
    prevented_qty: str
    quote_order_qty: str
    cumulative_quote_qty: str
    status: str
    time_in_force: str
    type: str
    side: str
    working_time: int | UnsetType = UNSET
    self_trade_prevention_mode: str


class AmendedList(Wire, frozen=True, kw_only=True):
    """``listStatus`` of an amended leg."""

    order_list_id: int
    contingency_type: str
    list_order_status: str
    list_client_order_id: str
    symbol: str
    orders: list[ListedOrder]


class Amended(Wire, frozen=True, kw_only=True):
    """The answer to an amend."""

    transact_time: int
    execution_id: int
    amended_order: AmendedOrder
    list_status: AmendedList | UnsetType = UNSET


class MakerTaker(Wire, frozen=True, kw_only=True):
    """Two rates as text."""

    maker: str
    taker: str


class Discount(Wire, frozen=True, kw_only=True):
    """What is taken off the standard commission when it is paid in the discount asset."""

    enabled_for_account: bool
    enabled_for_symbol: bool
    discount_asset: str
    discount: str


class TestedOrder(Wire, frozen=True, kw_only=True):
    """A tested order with ``computeCommissionRates``; without it the answer is ``{}``."""

    standard_commission_for_order: MakerTaker
    special_commission_for_order: MakerTaker
    tax_commission_for_order: MakerTaker
    discount: Discount
