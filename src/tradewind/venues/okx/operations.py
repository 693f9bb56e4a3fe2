"""The operations table: one row per operation. So far the one that proves the pattern."""

from functools import partial

from ...model import Permission
from ...protocol.operations import (
    Kind,
    Operation,
    Parameter,
    Proof,
    Rest,
    Source,
    Table,
    WebSocket,
)
from . import wire

BATCH_MAX = 20

_ORDER_TYPES = (
    "market",
    "limit",
    "post_only",
    "fok",
    "ioc",
    "optimal_limit_ioc",
    "mmp",
    "mmp_and_post_only",
    "rpi",
    "elp",
)
_PRICES = ("last", "index", "mark")


_order = partial(Parameter, within="args")
_exit = partial(Parameter, door="rest", within="attachAlgoOrds")

BATCH_ORDERS = Operation(
    "batch-orders",
    (Rest("POST", "/api/v5/trade/batch-orders"), WebSocket("batch-orders", "private")),
    (
        Parameter("id", mandatory=True, maximum=32, door="websocket"),
        Parameter("expTime", Kind.TIME, door="websocket"),
        Parameter("expTime", Kind.TIME, place="header", door="rest"),
        # over REST the list is the body itself
        Parameter("args", Kind.LIST, True, minimum=1, maximum=BATCH_MAX),
        _order("instId", Kind.SYMBOL, True, door="rest"),
        _order("instIdCode", Kind.INTEGER, True, door="websocket"),
        _order("tdMode", Kind.ENUM, True, values=("cross", "isolated", "cash", "spot_isolated")),
        _order("ccy", when="isolated margin, or cross margin in futures mode"),
        _order("clOrdId", Kind.CLIENT_ID, maximum=32),
        _order("tag", maximum=16),
        _order("side", Kind.ENUM, True, values=("buy", "sell")),
        _order("posSide", Kind.ENUM, values=("net", "long", "short"), when="long/short mode"),
        _order("ordType", Kind.ENUM, True, values=_ORDER_TYPES),
        _order("sz", Kind.DECIMAL, True),
        _order("px", Kind.DECIMAL, when="ordType has a price"),
        _order("speedBump", Kind.ENUM, values=("1",), when="event contracts"),
        _order("outcome", Kind.ENUM, values=("yes", "no"), when="event contracts"),
        _order("pxUsd", Kind.DECIMAL, when="options: one of px, pxUsd, pxVol"),
        _order("pxVol", Kind.DECIMAL, when="options: one of px, pxUsd, pxVol"),
        _order("reduceOnly", Kind.BOOLEAN, default="false"),
        _order("tgtCcy", Kind.ENUM, values=("base_ccy", "quote_ccy")),
        _order("banAmend", Kind.BOOLEAN, default="false"),
        _order("pxAmendType", Kind.ENUM, values=("0", "1"), default="0"),
        _order("tradeQuoteCcy"),
        _order("slippagePct", Kind.DECIMAL),
        _order("stpMode", Kind.ENUM, values=("cancel_maker", "cancel_taker", "cancel_both")),
        _order("rpiTakerAccess", Kind.BOOLEAN, default="false"),
        _order("rpiPxRound", Kind.BOOLEAN, default="false"),
        _order("attachAlgoOrds", Kind.LIST, door="rest"),
        _exit("attachAlgoClOrdId", Kind.CLIENT_ID, maximum=32),
        _exit("tpTriggerPx", Kind.DECIMAL),
        _exit("tpTriggerRatio", Kind.DECIMAL),
        _exit("tpOrdPx", Kind.DECIMAL),
        _exit("tpOrdKind", Kind.ENUM, values=("condition", "limit"), default="condition"),
        _exit("slTriggerPx", Kind.DECIMAL),
        _exit("slTriggerRatio", Kind.DECIMAL),
        _exit("slOrdPx", Kind.DECIMAL),
        _exit("tpTriggerPxType", Kind.ENUM, values=_PRICES, default="last"),
        _exit("slTriggerPxType", Kind.ENUM, values=_PRICES, default="last"),
        _exit("sz", Kind.DECIMAL),
        _exit("amendPxOnTriggerType", Kind.ENUM, values=("0", "1"), default="0"),
        _exit("callbackRatio", Kind.DECIMAL),
        _exit("callbackSpread", Kind.DECIMAL),
        _exit("activePx", Kind.DECIMAL),
    ),
    permission=Permission.TRADE,
    signed=True,
    weigh="batch",
    counts=1,
    response=wire.BatchAnswer,
    reply=wire.BatchReply,
    # ``expTime`` is checked by the venue; client ids are unique among pending orders only
    proof=Proof.DEADLINE,
    source=Source(
        "https://www.okx.com/docs-v5/en/#order-book-trading-trade-ws-place-multiple-orders",
        "2026-11-24",
    ),
    since="2026-03-26",
)

TABLE = Table((BATCH_ORDERS,))
