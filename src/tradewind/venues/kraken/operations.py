"""The operations table: one row per operation. So far the one that proves the pattern.

REST and WebSocket v2 name the same things differently, so a parameter says at which door it is.
"""

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

_CLOSING = (
    "limit",
    "iceberg",
    "stop-loss",
    "take-profit",
    "stop-loss-limit",
    "take-profit-limit",
    "trailing-stop",
    "trailing-stop-limit",
)
_TYPES = ("market", *_CLOSING, "settle-position")
_UNITS = ("static", "pct", "quote")


_rest = partial(Parameter, door="rest")
_socket = partial(Parameter, door="websocket")

_REST = (
    _rest("nonce", Kind.INTEGER, True),
    _rest("otp", when="two-factor is on for the key"),
    _rest("userref", Kind.INTEGER),
    _rest("ordertype", Kind.ENUM, True, values=_TYPES),
    _rest("type", Kind.ENUM, True, values=("buy", "sell")),
    _rest("volume", Kind.DECIMAL, True),
    _rest("displayvol", Kind.DECIMAL, when="ordertype is iceberg"),
    _rest("pair", Kind.SYMBOL, True),
    _rest("asset_class", Kind.ENUM, values=("tokenized_asset",)),
    _rest("price", when="ordertype has a price"),
    _rest("price2", when="ordertype has a trigger and a limit"),
    _rest("trigger", Kind.ENUM, values=("index", "last"), default="last"),
    _rest("leverage"),
    _rest("reduce_only", Kind.BOOLEAN, default="false"),
    _rest(
        "stptype",
        Kind.ENUM,
        values=("cancel-newest", "cancel-oldest", "cancel-both"),
        default="cancel-newest",
    ),
    _rest("oflags"),
    _rest("timeinforce", Kind.ENUM, values=("GTC", "IOC", "FOK", "GTD"), default="GTC"),
    _rest("starttm", default="0"),
    _rest("expiretm", default="0", when="timeinforce is GTD"),
    _rest("close", Kind.OBJECT),
    _rest("ordertype", Kind.ENUM, True, values=_CLOSING, within="close"),
    _rest("price", within="close"),
    _rest("price2", within="close"),
    _rest("deadline", Kind.TIME),
    _rest("validate", Kind.BOOLEAN, default="false"),
    _rest("broker"),
    _rest("cl_ord_id", Kind.CLIENT_ID, maximum=36),
)

_SOCKET = (
    _socket("order_type", Kind.ENUM, True, values=_TYPES),
    _socket("side", Kind.ENUM, True, values=("buy", "sell")),
    _socket("order_qty", Kind.DECIMAL, when="cash_order_qty is absent"),
    _socket("symbol", Kind.SYMBOL, True),
    _socket("limit_price", Kind.DECIMAL, when="order_type has a limit"),
    _socket("limit_price_type", Kind.ENUM, values=_UNITS),
    _socket("triggers", Kind.OBJECT, when="order_type has a trigger"),
    _socket("reference", Kind.ENUM, values=("last", "index"), default="last", within="triggers"),
    _socket("price", Kind.DECIMAL, True, within="triggers"),
    _socket("price_type", Kind.ENUM, values=_UNITS, default="static", within="triggers"),
    _socket("time_in_force", Kind.ENUM, values=("gtc", "gtd", "ioc", "fok"), default="gtc"),
    _socket("margin", Kind.BOOLEAN),
    _socket("post_only", Kind.BOOLEAN),
    _socket("reduce_only", Kind.BOOLEAN),
    _socket("effective_time", Kind.TIME),
    _socket("expire_time", Kind.TIME, when="time_in_force is gtd"),
    _socket("deadline", Kind.TIME),
    _socket("order_userref", Kind.INTEGER),
    _socket("cl_ord_id", Kind.CLIENT_ID, maximum=36),
    _socket("conditional", Kind.OBJECT),
    _socket("order_type", Kind.ENUM, True, values=_CLOSING, within="conditional"),
    _socket("limit_price", Kind.DECIMAL, within="conditional"),
    _socket("limit_price_type", Kind.ENUM, values=_UNITS, within="conditional"),
    _socket("trigger_price", Kind.DECIMAL, within="conditional"),
    _socket("trigger_price_type", Kind.ENUM, values=_UNITS, within="conditional"),
    _socket("stop_price", Kind.DECIMAL, within="conditional"),
    _socket("display_qty", Kind.DECIMAL, when="order_type is iceberg"),
    _socket("fee_preference", Kind.ENUM, values=("base", "quote")),
    _socket("no_mpp", Kind.BOOLEAN),
    _socket("stp_type", Kind.ENUM, values=("cancel_newest", "cancel_oldest", "cancel_both")),
    _socket("cash_order_qty", Kind.DECIMAL),
    _socket("validate", Kind.BOOLEAN),
    _socket("sender_sub_id"),
    _socket("stop_price", Kind.DECIMAL),
    _socket("trigger"),
    _socket("token", mandatory=True),
)

ADD_ORDER = Operation(
    "add_order",
    (Rest("POST", "/0/private/AddOrder"), WebSocket("add_order", "private")),
    _REST + _SOCKET,
    permission=Permission.TRADE,
    signed=True,
    weight=0,
    weigh="engine",
    counts=1,
    response=wire.AddOrderAnswer,
    reply=wire.AddOrderReply,
    # ``deadline`` is checked by the matching engine; client ids are unique among open orders only
    proof=Proof.DEADLINE,
    source=Source("https://docs.kraken.com/api/docs/rest-api/add-order", "2026-11-24"),
)

TABLE = Table((ADD_ORDER,))
