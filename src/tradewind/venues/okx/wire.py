"""What a batch of orders looks like, over REST and the private socket.

Source: docs-v5 "POST / Place multiple orders" and "WS / Place multiple orders" (2026-08-22), read
2026-11-24. REST names an instrument by ``instId``, the socket by ``instIdCode``, a number that
differs between production and demo and may need 64 bits. Everything else is text or boolean.
"""

from msgspec import UNSET, Struct, UnsetType

Text = str | UnsetType


class Exit(Struct, frozen=True, rename="camel", kw_only=True):
    """A take profit, a stop loss or both, born when its parent fills."""

    attach_algo_cl_ord_id: Text = UNSET
    tp_trigger_px: Text = UNSET
    tp_trigger_ratio: Text = UNSET
    tp_ord_px: Text = UNSET
    tp_ord_kind: Text = UNSET
    sl_trigger_px: Text = UNSET
    sl_trigger_ratio: Text = UNSET
    sl_ord_px: Text = UNSET
    tp_trigger_px_type: Text = UNSET
    sl_trigger_px_type: Text = UNSET
    sz: Text = UNSET
    amend_px_on_trigger_type: Text = UNSET
    callback_ratio: Text = UNSET
    callback_spread: Text = UNSET
    active_px: Text = UNSET


class PlaceOrder(Struct, frozen=True, rename="camel", kw_only=True):
    """One order over REST; the body of ``/trade/batch-orders`` is a list of 1 to 20."""

    inst_id: str
    td_mode: str
    ccy: Text = UNSET
    cl_ord_id: Text = UNSET
    tag: Text = UNSET
    side: str
    pos_side: Text = UNSET
    ord_type: str
    px: Text = UNSET
    sz: str
    speed_bump: Text = UNSET
    outcome: Text = UNSET
    px_usd: Text = UNSET
    px_vol: Text = UNSET
    reduce_only: bool | UnsetType = UNSET
    tgt_ccy: Text = UNSET
    ban_amend: bool | UnsetType = UNSET
    px_amend_type: Text = UNSET
    trade_quote_ccy: Text = UNSET
    slippage_pct: Text = UNSET
    stp_mode: Text = UNSET
    rpi_taker_access: bool | UnsetType = UNSET
    rpi_px_round: bool | UnsetType = UNSET
    attach_algo_ords: tuple[Exit, ...] | UnsetType = UNSET


class PlaceOrderOnSocket(Struct, frozen=True, rename="camel", kw_only=True):
    """One order on the socket: ``instId`` is ignored there, ``instIdCode`` mandatory."""

    side: str
    inst_id_code: int
    td_mode: str
    ccy: Text = UNSET
    cl_ord_id: Text = UNSET
    tag: Text = UNSET
    pos_side: Text = UNSET
    ord_type: str
    px: Text = UNSET
    sz: str
    speed_bump: Text = UNSET
    outcome: Text = UNSET
    px_usd: Text = UNSET
    px_vol: Text = UNSET
    reduce_only: bool | UnsetType = UNSET
    tgt_ccy: Text = UNSET
    ban_amend: bool | UnsetType = UNSET
    px_amend_type: Text = UNSET
    trade_quote_ccy: Text = UNSET
    slippage_pct: Text = UNSET
    stp_mode: Text = UNSET
    rpi_taker_access: bool | UnsetType = UNSET
    rpi_px_round: bool | UnsetType = UNSET


class BatchRequest(Struct, frozen=True, rename="camel", kw_only=True):
    """``batch-orders`` on the private socket after a login."""

    id: str
    op: str
    exp_time: Text = UNSET
    args: tuple[PlaceOrderOnSocket, ...]


class Placed(Struct, frozen=True, rename="camel", kw_only=True):
    """What became of one order of a batch; ``sCode`` decides, texts drift."""

    cl_ord_id: str
    ord_id: str
    tag: str
    ts: str
    s_code: str
    s_msg: str
    sub_code: Text = UNSET


class BatchAnswer(Struct, frozen=True, rename="camel", kw_only=True):
    """The REST answer; ``code`` 0 all, 1 none, 2 some."""

    code: str
    msg: str
    data: tuple[Placed, ...]
    in_time: str
    out_time: str


class BatchReply(Struct, frozen=True, rename="camel", kw_only=True):
    """The answer on the socket. When all failed a ``subCode`` stands beside ``msg``."""

    id: str
    op: str
    data: tuple[Placed, ...]
    code: str
    msg: str
    sub_code: Text = UNSET
    in_time: str
    out_time: str
