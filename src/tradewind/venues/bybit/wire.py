"""What an order request and its acknowledgement look like, over REST and the trade socket.

Source: v5/order/create-order.mdx, v5/websocket/trade/guideline.mdx of bybit-exchange/docs at
2026-07-24, read 2026-11-24. Decimals are text, switches numbers or booleans. A client may send
the keys of a request in any order; those of an answer stand as the venue sends them.
"""

from msgspec import UNSET, Struct, UnsetType, field

Text = str | UnsetType


class CreateOrder(Struct, frozen=True, rename="camel", kw_only=True):
    """The body of POST /v5/order/create, and the one element of ``args`` on the trade socket."""

    category: str
    symbol: str
    is_leverage: int | UnsetType = UNSET
    side: str
    order_type: str
    qty: str
    market_unit: Text = UNSET
    rpi_taker_access: bool | UnsetType = UNSET
    slippage_tolerance_type: Text = UNSET
    slippage_tolerance: Text = UNSET
    price: Text = UNSET
    trigger_direction: int | UnsetType = UNSET
    order_filter: Text = UNSET
    trigger_price: Text = UNSET
    trigger_by: Text = UNSET
    order_iv: Text = UNSET
    time_in_force: Text = UNSET
    position_idx: int | UnsetType = UNSET
    order_link_id: Text = UNSET
    take_profit: Text = UNSET
    stop_loss: Text = UNSET
    tp_trigger_by: Text = UNSET
    sl_trigger_by: Text = UNSET
    reduce_only: bool | UnsetType = UNSET
    close_on_trigger: bool | UnsetType = UNSET
    smp_type: Text = UNSET
    mmp: bool | UnsetType = UNSET
    tpsl_mode: Text = UNSET
    tp_limit_price: Text = UNSET
    sl_limit_price: Text = UNSET
    tp_order_type: Text = UNSET
    sl_order_type: Text = UNSET
    bbo_side_type: Text = UNSET
    bbo_level: Text = UNSET


class Ids(Struct, frozen=True, rename="camel"):
    """Which order was accepted for processing; what became of it comes on the order stream.

    ``{}`` when nothing was accepted.
    """

    order_id: Text = UNSET
    order_link_id: Text = UNSET


class Empty(Struct, frozen=True):
    """``{}``."""


class CreateOrderAnswer(Struct, frozen=True, rename="camel"):
    """The REST envelope around ``Ids``; HTTP 200 also for refusals (``retCode`` not 0)."""

    ret_code: int
    ret_msg: str
    result: Ids
    ret_ext_info: Empty
    time: int


class TradeHeader(Struct, frozen=True):
    """Stands for the REST headers; the official SDK sends numbers."""

    timestamp: str | int = field(name="X-BAPI-TIMESTAMP")
    recv_window: str | int | UnsetType = field(name="X-BAPI-RECV-WINDOW", default=UNSET)
    referer: Text = field(name="Referer", default=UNSET)


class TradeRequest(Struct, frozen=True, kw_only=True):
    """``order.create`` on the trade socket, after one ``auth`` per connection."""

    req_id: Text = field(name="reqId", default=UNSET)
    header: TradeHeader
    op: str
    args: tuple[CreateOrder]


class TradeAnswerHeader(Struct, frozen=True):
    """What the REST headers of a private answer are."""

    limit: str = field(name="X-Bapi-Limit")
    limit_status: str = field(name="X-Bapi-Limit-Status")
    limit_reset_timestamp: str = field(name="X-Bapi-Limit-Reset-Timestamp")
    trace_id: str = field(name="Traceid")
    now: str = field(name="Timenow")


class TradeAnswer(Struct, frozen=True, kw_only=True, rename="camel"):
    """The acknowledgement on the trade socket; ``reqId`` only if it was sent."""

    req_id: Text = UNSET
    ret_code: int
    ret_msg: str
    op: str
    data: Ids
    ret_ext_info: Empty
    header: TradeAnswerHeader
    conn_id: str
