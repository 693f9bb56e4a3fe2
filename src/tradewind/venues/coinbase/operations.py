"""The operations table: one row per operation. So far the one that proves the pattern."""

from ...model import Permission
from ...protocol.operations import Fix, Kind, Operation, Parameter, Proof, Source, Table

NEW_ORDER_SINGLE = Operation(
    "new_order_single",
    (Fix("D"),),
    (
        Parameter("ClOrdID", Kind.CLIENT_ID, True, maximum=36, tag=11),
        Parameter("Symbol", Kind.SYMBOL, True, tag=55),
        Parameter("Side", Kind.ENUM, True, ("1", "2"), tag=54),
        Parameter("OrdType", Kind.ENUM, True, ("1", "2", "4", "O"), tag=40),
        Parameter("Price", Kind.DECIMAL, when="OrdType is 2, 4 or O", tag=44),
        Parameter("OrderQty", Kind.DECIMAL, when="CashOrderQty is absent", tag=38),
        Parameter("CashOrderQty", Kind.DECIMAL, when="OrderQty is absent", tag=152),
        Parameter("TimeInForce", Kind.ENUM, True, ("1", "3", "4", "6"), tag=59),
        Parameter("ExpireTime", Kind.TIME, when="TimeInForce is 6", tag=126),
        Parameter("StopPx", Kind.DECIMAL, when="OrdType is 4 or O", tag=99),
        Parameter("TriggerPriceDirection", Kind.ENUM, values=("U", "D"), tag=1109),
        Parameter("StopLimitPx", Kind.DECIMAL, when="OrdType is O", tag=3040),
        Parameter("ExecInst", Kind.ENUM, values=("A",), tag=18),
        Parameter("SelfTradeType", Kind.ENUM, values=("D", "O", "N", "B"), default="D", tag=7928),
        Parameter("HandlInst", Kind.ENUM, values=("E",), tag=21),
    ),
    permission=Permission.TRADE,
    signed=True,  # the Logon is, not each message
    weigh="fix_messages",
    counts=1,
    # client ids are refused among open orders only, and no deadline goes with a message. What
    # settles a doubt is the venue's word: resumed sessions replay reports for hours
    proof=Proof.NONE,
    source=Source(
        "https://docs.cdp.coinbase.com/exchange/fix-api/order-entry-messages/order-entry-messages5",
        "2026-11-24",
    ),
)

TABLE = Table((NEW_ORDER_SINGLE,))
