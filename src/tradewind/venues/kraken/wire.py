"""What an order request looks like, over REST and WebSocket v2.

Source: docs.kraken.com rest-api/add-order (2026-05-27; the page of 2026-08-22 repeats the
WebSocket one by mistake) and websocket-v2/add_order (2026-08-22), read 2026-11-24. REST says
numbers in text, the socket in JSON numbers whose digits matter: ``Raw`` keeps them.
"""

from msgspec import UNSET, Raw, Struct, UnsetType

Text = str | UnsetType
Digits = Raw | UnsetType
"""A JSON number as it was written, such as ``26500.4``."""


class Close(Struct, frozen=True, kw_only=True):
    """A conditional close: in a form its keys are ``close[ordertype]`` and so on."""

    ordertype: str
    price: Text = UNSET
    price2: Text = UNSET


class AddOrder(Struct, frozen=True, kw_only=True):
    """The JSON body of POST /0/private/AddOrder."""

    nonce: int | str
    otp: Text = UNSET
    userref: int | UnsetType = UNSET
    ordertype: str
    type: str
    volume: str
    displayvol: Text = UNSET
    pair: str
    asset_class: Text = UNSET
    price: Text = UNSET
    price2: Text = UNSET
    trigger: Text = UNSET
    leverage: Text = UNSET
    reduce_only: bool | UnsetType = UNSET
    stptype: Text = UNSET
    oflags: Text = UNSET
    timeinforce: Text = UNSET
    starttm: Text = UNSET
    expiretm: Text = UNSET
    close: Close | UnsetType = UNSET
    deadline: Text = UNSET
    validate: bool | UnsetType = UNSET
    broker: str | UnsetType | None = UNSET
    cl_ord_id: Text = UNSET


class Description(Struct, frozen=True):
    """An order in words: ``buy 1.25000000 XBTUSD @ limit 27500.0``."""

    order: str
    close: Text = UNSET


class Added(Struct, frozen=True):
    """What was added; no ``txid`` when the order was only validated."""

    descr: Description
    txid: tuple[str, ...] | UnsetType = UNSET


class AddOrderAnswer(Struct, frozen=True):
    """The REST envelope; HTTP 200 also for refusals, then ``error`` is not empty."""

    error: tuple[str, ...]
    result: Added | UnsetType = UNSET


class Triggers(Struct, frozen=True, kw_only=True):
    """When a triggered order goes to the book."""

    reference: Text = UNSET
    price: Raw
    price_type: Text = UNSET


class Conditional(Struct, frozen=True, kw_only=True):
    """The order that each fill makes on the other side."""

    order_type: str
    trigger_price: Digits = UNSET
    trigger_price_type: Text = UNSET
    limit_price: Digits = UNSET
    limit_price_type: Text = UNSET
    stop_price: Digits = UNSET


class AddOrderParams(Struct, frozen=True, kw_only=True):
    """``params`` of ``add_order`` on the socket."""

    order_type: str
    side: str
    limit_price: Digits = UNSET
    limit_price_type: Text = UNSET
    order_userref: int | UnsetType = UNSET
    order_qty: Digits = UNSET
    symbol: str
    triggers: Triggers | UnsetType = UNSET
    time_in_force: Text = UNSET
    margin: bool | UnsetType = UNSET
    post_only: bool | UnsetType = UNSET
    reduce_only: bool | UnsetType = UNSET
    effective_time: Text = UNSET
    expire_time: Text = UNSET
    deadline: Text = UNSET
    cl_ord_id: Text = UNSET
    conditional: Conditional | UnsetType = UNSET
    display_qty: Digits = UNSET
    fee_preference: Text = UNSET
    no_mpp: bool | UnsetType = UNSET
    stp_type: Text = UNSET
    cash_order_qty: Digits = UNSET
    validate: bool | UnsetType = UNSET
    sender_sub_id: Text = UNSET
    stop_price: Digits = UNSET
    trigger: Text = UNSET
    token: str


class AddOrderRequest(Struct, frozen=True, kw_only=True):
    """``add_order`` on the authenticated socket."""

    method: str
    params: AddOrderParams
    req_id: int | UnsetType = UNSET


class AddedOnSocket(Struct, frozen=True, kw_only=True):
    """What was added, on the socket."""

    order_id: str
    cl_ord_id: Text = UNSET
    order_userref: int | UnsetType = UNSET
    warnings: tuple[str, ...] | UnsetType = UNSET


class AddOrderReply(Struct, frozen=True, kw_only=True):
    """The answer on the socket; ``error`` stands first when it failed."""

    error: Text = UNSET
    method: str
    req_id: int | UnsetType = UNSET
    result: AddedOnSocket | UnsetType = UNSET
    success: bool
    time_in: str
    time_out: str
