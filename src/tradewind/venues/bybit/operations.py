"""The operations table: one row per operation. So far the one that proves the pattern."""

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

_TRIGGERS = ("LastPrice", "IndexPrice", "MarkPrice")
_TYPES = ("Market", "Limit")
_DERIVATIVES = "category is linear or inverse"

CREATE_ORDER = Operation(
    "order.create",
    (Rest("POST", "/v5/order/create"), WebSocket("order.create", "trade")),
    (
        Parameter("category", Kind.ENUM, True, ("linear", "inverse", "spot", "option")),
        Parameter("symbol", Kind.SYMBOL, True),
        Parameter("isLeverage", Kind.INTEGER, values=("0", "1"), default="0"),
        Parameter("side", Kind.ENUM, True, ("Buy", "Sell")),
        Parameter("orderType", Kind.ENUM, True, _TYPES),
        Parameter("qty", Kind.DECIMAL, True),
        Parameter("marketUnit", Kind.ENUM, values=("baseCoin", "quoteCoin")),
        Parameter("rpiTakerAccess", Kind.BOOLEAN),
        Parameter("slippageToleranceType", Kind.ENUM, values=("TickSize", "Percent")),
        Parameter("slippageTolerance", Kind.DECIMAL, when="slippageToleranceType is given"),
        Parameter("price", Kind.DECIMAL, when="orderType is Limit"),
        Parameter("triggerDirection", Kind.INTEGER, values=("1", "2"), when="conditional"),
        Parameter(
            "orderFilter", Kind.ENUM, values=("Order", "tpslOrder", "StopOrder"), default="Order"
        ),
        Parameter("triggerPrice", Kind.DECIMAL, when="conditional"),
        Parameter("triggerBy", Kind.ENUM, values=_TRIGGERS, when=_DERIVATIVES),
        Parameter("orderIv", Kind.DECIMAL),
        Parameter(
            "timeInForce",
            Kind.ENUM,
            values=("GTC", "IOC", "FOK", "PostOnly", "RPI"),
            default="GTC",
        ),
        Parameter("positionIdx", Kind.INTEGER, values=("0", "1", "2"), when="hedge mode"),
        Parameter("orderLinkId", Kind.CLIENT_ID, when="category is option", maximum=36),
        Parameter("takeProfit", Kind.DECIMAL),
        Parameter("stopLoss", Kind.DECIMAL),
        Parameter("tpTriggerBy", Kind.ENUM, values=_TRIGGERS, default="LastPrice"),
        Parameter("slTriggerBy", Kind.ENUM, values=_TRIGGERS, default="LastPrice"),
        Parameter("reduceOnly", Kind.BOOLEAN),
        Parameter("closeOnTrigger", Kind.BOOLEAN),
        Parameter(
            "smpType", Kind.ENUM, values=("None", "CancelMaker", "CancelTaker", "CancelBoth")
        ),
        Parameter("mmp", Kind.BOOLEAN),
        Parameter("tpslMode", Kind.ENUM, values=("Full", "Partial")),
        Parameter("tpLimitPrice", Kind.DECIMAL, when="tpOrderType is Limit"),
        Parameter("slLimitPrice", Kind.DECIMAL, when="slOrderType is Limit"),
        Parameter("tpOrderType", Kind.ENUM, values=_TYPES),
        Parameter("slOrderType", Kind.ENUM, values=_TYPES),
        Parameter("bboSideType", Kind.ENUM, values=("Queue", "Counterparty")),
        Parameter("bboLevel", Kind.INTEGER, values=("1", "2", "3", "4", "5")),
    ),
    permission=Permission.TRADE,
    signed=True,
    weigh="order_create",
    counts=1,
    response=wire.CreateOrderAnswer,
    reply=wire.TradeAnswer,
    # the receive window is checked on the venue's clock; orderLinkId then finds the order or not
    proof=Proof.DEADLINE,
    acknowledges=True,
    source=Source("https://bybit-exchange.github.io/docs/v5/order/create-order", "2026-11-24"),
)

TABLE = Table((CREATE_ORDER,))
