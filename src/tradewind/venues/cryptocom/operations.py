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

CREATE_ORDER = Operation(
    "private/create-order",
    (Rest("POST", "/private/create-order"), WebSocket("private/create-order", "user")),
    (
        Parameter("instrument_name", Kind.SYMBOL, True),
        Parameter("side", Kind.ENUM, True, ("BUY", "SELL")),
        Parameter("type", Kind.ENUM, True, ("LIMIT", "MARKET")),
        Parameter("price", Kind.DECIMAL, when="type is LIMIT"),
        Parameter("quantity", Kind.DECIMAL, when="notional is absent"),
        Parameter("notional", Kind.DECIMAL),
        Parameter("client_oid", Kind.CLIENT_ID, maximum=36),
        Parameter(
            "exec_inst",
            Kind.LIST,
            values=(
                "POST_ONLY",
                "REDUCE_ONLY",
                "SMART_POST_ONLY",
                "ISOLATED_MARGIN",
                "MARGIN_ORDER",
            ),
        ),
        Parameter(
            "time_in_force",
            Kind.ENUM,
            values=("GOOD_TILL_CANCEL", "IMMEDIATE_OR_CANCEL", "FILL_OR_KILL"),
            default="GOOD_TILL_CANCEL",
        ),
        Parameter("fee_instrument_name"),
        Parameter("stp_id", Kind.INTEGER, minimum=0, maximum=32767),
        Parameter("stp_inst", Kind.ENUM, values=("M", "T", "B"), when="stp_scope is given"),
        Parameter("stp_scope", Kind.ENUM, values=("M", "S", "D")),
        Parameter("spot_margin", Kind.ENUM, values=("SPOT", "MARGIN"), default="SPOT"),
        Parameter("isolated_margin_amount", Kind.DECIMAL),
        Parameter("isolation_id"),
        Parameter("leverage", Kind.DECIMAL),
    ),
    permission=Permission.TRADE,
    signed=True,
    weigh="method",
    counts=1,
    response=wire.CreateOrderAnswer,
    # a nonce is only taken within 60 s; client ids are refused when used again (code 204)
    proof=Proof.DEADLINE,
    acknowledges=True,
    source=Source(
        "https://exchange-developer.crypto.com/exchange/v1/docs/api/rest/private-create-order-dma",
        "2026-11-24",
    ),
)

TABLE = Table((CREATE_ORDER,))
