"""Orders: what can be asked, with which parameters, in the order they are checked.

rest-api.md "Trading endpoints" and web-socket-api.md "Trading requests", 2026-07-21. The order of
parameters is the pages'; that they are checked in this order is a guess.
"""

from typing import Any

from ....model import Permission
from ....protocol.operations import (
    Kind,
    Operation,
    Parameter,
    Proof,
    Rest,
    Source,
    WebSocket,
)
from ..wire import trading as wire

READ = "2026-07-21"
SIDES = ("BUY", "SELL")
ORDER_TYPES = (
    "LIMIT",
    "MARKET",
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "TAKE_PROFIT_LIMIT",
    "LIMIT_MAKER",
)
TIMES_IN_FORCE = ("GTC", "IOC", "FOK")
RESPONSES = ("ACK", "RESULT", "FULL")
PREVENTION = (
    "NONE",
    "EXPIRE_TAKER",
    "EXPIRE_MAKER",
    "EXPIRE_BOTH",
    "DECREMENT",
    "TRANSFER",
)

SYMBOL = Parameter("symbol", Kind.SYMBOL, mandatory=True)
ANY_SYMBOL = Parameter("symbol", Kind.SYMBOL)
ORDER_ID = Parameter("orderId", Kind.INTEGER, when="no origClientOrderId")
ORIGINAL_ID = Parameter("origClientOrderId", Kind.CLIENT_ID, when="no orderId")
NEW_ID = Parameter("newClientOrderId", Kind.CLIENT_ID)
LIST_ID = Parameter("listClientOrderId", Kind.CLIENT_ID)
RESTRICTIONS = Parameter(
    "cancelRestrictions",
    Kind.ENUM,
    values=("ONLY_NEW", "ONLY_PARTIALLY_FILLED"),
    malformed="CANCEL_RESTRICTIONS",
)
RESPONSE = Parameter("newOrderRespType", Kind.ENUM, values=RESPONSES)
MODE = Parameter("selfTradePreventionMode", Kind.ENUM, values=PREVENTION)
START = Parameter("startTime", Kind.TIME)
END = Parameter("endTime", Kind.TIME)
LIMIT = Parameter("limit", Kind.INTEGER, default="500", minimum=1, maximum=1000)

SECURITY = (
    Parameter("recvWindow", Kind.DECIMAL, maximum=60_000, malformed="RECV_WINDOW"),
    Parameter("timestamp", Kind.TIME, mandatory=True),
    Parameter("signature", Kind.TEXT, mandatory=True),
)
"""What every signed request carries, checked last."""


def _named(prefix: str, name: str) -> str:
    """``price``, or ``abovePrice`` with a prefix."""
    return prefix + name[0].upper() + name[1:] if prefix else name


def side(prefix: str = "") -> Parameter:
    """Which way an order goes."""
    return Parameter(
        _named(prefix, "side"), Kind.ENUM, mandatory=True, values=SIDES, malformed="INVALID_SIDE"
    )


def order_type(prefix: str = "", *, mandatory: bool = True) -> Parameter:
    """What an order is. Types that an operation does not take are refused later, by its rules."""
    return Parameter(
        _named(prefix, "type"),
        Kind.ENUM,
        mandatory=mandatory,
        values=ORDER_TYPES,
        malformed="INVALID_ORDER_TYPE",
    )


def time_in_force(prefix: str = "") -> Parameter:
    """How long an order may rest; mandatory for the types that rest at a price."""
    return Parameter(
        _named(prefix, "timeInForce"),
        Kind.ENUM,
        values=TIMES_IN_FORCE,
        when="LIMIT, STOP_LOSS_LIMIT, TAKE_PROFIT_LIMIT",
        malformed="INVALID_TIF",
    )


def decimal(prefix: str, name: str, *, mandatory: bool = False, when: str = "") -> Parameter:
    """A price or a quantity."""
    return Parameter(_named(prefix, name), Kind.DECIMAL, mandatory=mandatory, when=when)


def strategy(prefix: str = "") -> tuple[Parameter, ...]:
    """Labels that come back with the order."""
    return (
        Parameter(_named(prefix, "strategyId"), Kind.INTEGER),
        Parameter(
            _named(prefix, "strategyType"),
            Kind.INTEGER,
            minimum=1_000_000,
            malformed="STRATEGY_TYPE",
        ),
    )


def peg(prefix: str = "") -> tuple[Parameter, ...]:
    """How a price follows the book."""
    return (
        Parameter(
            _named(prefix, "pegPriceType"),
            Kind.ENUM,
            values=("PRIMARY_PEG", "MARKET_PEG"),
            malformed="PEG_PRICE_TYPE",
        ),
        Parameter(
            _named(prefix, "pegOffsetType"),
            Kind.ENUM,
            values=("PRICE_LEVEL",),
            malformed="PEG_OFFSET_TYPE",
        ),
        Parameter(
            _named(prefix, "pegOffsetValue"),
            Kind.INTEGER,
            maximum=100,
            malformed="UNEXPECTED_VALUE",
        ),
    )


def trail(prefix: str = "") -> Parameter:
    """How far a trailing trigger stays behind, in basis points."""
    return Parameter(_named(prefix, "trailingDelta"), Kind.INTEGER)


def client_id(prefix: str) -> Parameter:
    """A leg's client order id."""
    return Parameter(_named(prefix, "clientOrderId"), Kind.CLIENT_ID)


ONE_ORDER = (
    time_in_force(),
    decimal("", "quantity", when="all types, for MARKET this or quoteOrderQty"),
    decimal("", "quoteOrderQty"),
    decimal("", "price", when="LIMIT, LIMIT_MAKER, STOP_LOSS_LIMIT, TAKE_PROFIT_LIMIT"),
    NEW_ID,
    *strategy(),
    decimal("", "stopPrice", when="stop orders without trailingDelta"),
    trail(),
    decimal("", "icebergQty"),
    RESPONSE,
    MODE,
    *peg(),
)
PLACE = (SYMBOL, side(), order_type(), *ONE_ORDER, *SECURITY)
RATES = Parameter("computeCommissionRates", Kind.BOOLEAN, default="false")

SOR = (
    SYMBOL,
    side(),
    order_type(),
    time_in_force(),
    decimal("", "quantity", mandatory=True),
    decimal("", "price", when="LIMIT"),
    NEW_ID,
    *strategy(),
    decimal("", "icebergQty"),
    RESPONSE,
    MODE,
)
LIST_HEAD = (SYMBOL, LIST_ID, RESPONSE, MODE)


def working() -> tuple[Parameter, ...]:
    """The first order of an OTO kind of list."""
    return (
        order_type("working"),
        side("working"),
        client_id("working"),
        decimal("working", "price", mandatory=True),
        decimal("working", "quantity", mandatory=True),
        decimal("working", "icebergQty"),
        time_in_force("working"),
        *strategy("working"),
        *peg("working"),
    )


def leg(prefix: str, *, mandatory: bool = True) -> tuple[Parameter, ...]:
    """What a leg has besides side and quantity."""
    return (
        order_type(prefix, mandatory=mandatory),
        client_id(prefix),
        decimal(prefix, "icebergQty"),
        decimal(prefix, "price"),
        decimal(prefix, "stopPrice"),
        trail(prefix),
        time_in_force(prefix),
        *strategy(prefix),
        *peg(prefix),
    )


def _row(
    name: str,
    method: str,
    path: str,
    parameters: tuple[Parameter, ...],
    response: Any,
    page: str,
    *,
    weight: int = 1,
    weigh: str = "",
    counts: int = 0,
    permission: Permission = Permission.TRADE,
    proof: Proof = Proof.DEADLINE,
) -> Operation:
    return Operation(
        name=name,
        doors=(Rest(method, f"/api/v3/{path}"), WebSocket(name)),
        parameters=parameters,
        permission=permission,
        signed=True,
        weight=weight,
        weigh=weigh,
        counts=counts,
        response=response,
        proof=proof,
        source=Source(f"rest-api.md#{page}", READ),
    )


_LISTED = wire.NewOrderList

ROWS: tuple[Operation, ...] = (
    _row(
        "order.place",
        "POST",
        "order",
        PLACE,
        wire.NewOrder,
        "new-order-trade",
        counts=1,
    ),
    _row(
        "order.test",
        "POST",
        "order/test",
        (*PLACE[:-3], RATES, *SECURITY),
        wire.TestedOrder,
        "test-new-order-trade",
        weigh="order_test",
        proof=Proof.NOT_AN_ORDER,
    ),
    _row(
        "order.cancel",
        "DELETE",
        "order",
        (SYMBOL, ORDER_ID, ORIGINAL_ID, NEW_ID, RESTRICTIONS, *SECURITY),
        wire.CancelledOrder,
        "cancel-order-trade",
    ),
    _row(
        "openOrders.cancelAll",
        "DELETE",
        "openOrders",
        (SYMBOL, *SECURITY),
        list[wire.CancelledOrder],
        "cancel-all-open-orders-on-a-symbol-trade",
    ),
    _row(
        "order.cancelReplace",
        "POST",
        "order/cancelReplace",
        (
            SYMBOL,
            side(),
            order_type(),
            Parameter(
                "cancelReplaceMode",
                Kind.ENUM,
                mandatory=True,
                values=("STOP_ON_FAILURE", "ALLOW_FAILURE"),
            ),
            *ONE_ORDER[:4],
            Parameter("cancelNewClientOrderId", Kind.CLIENT_ID),
            Parameter("cancelOrigClientOrderId", Kind.CLIENT_ID, when="no cancelOrderId"),
            Parameter("cancelOrderId", Kind.INTEGER, when="no cancelOrigClientOrderId"),
            *ONE_ORDER[4:12],
            RESTRICTIONS,
            Parameter(
                "orderRateLimitExceededMode", Kind.ENUM, values=("DO_NOTHING", "CANCEL_ONLY")
            ),
            *ONE_ORDER[12:],
            *SECURITY,
        ),
        wire.Replaced[wire.CancelledOrder, wire.NewOrder],
        "cancel-an-existing-order-and-send-a-new-order-trade",
        counts=1,
    ),
    _row(
        "order.amend.keepPriority",
        "PUT",
        "order/amend/keepPriority",
        (
            SYMBOL,
            ORDER_ID,
            ORIGINAL_ID,
            NEW_ID,
            decimal("", "newQty", mandatory=True),
            *SECURITY,
        ),
        wire.Amended,
        "order-amend-keep-priority-trade",
        weight=4,
    ),
    _row(
        "orderList.place",
        "POST",
        "order/oco",
        (
            SYMBOL,
            LIST_ID,
            side(),
            decimal("", "quantity", mandatory=True),
            Parameter("limitClientOrderId", Kind.CLIENT_ID),
            decimal("", "price", mandatory=True),
            *strategy("limit"),
            decimal("limit", "icebergQty"),
            trail(),
            Parameter("stopClientOrderId", Kind.CLIENT_ID),
            decimal("", "stopPrice", mandatory=True),
            *strategy("stop"),
            decimal("", "stopLimitPrice"),
            decimal("stop", "icebergQty"),
            Parameter(
                "stopLimitTimeInForce", Kind.ENUM, values=TIMES_IN_FORCE, malformed="INVALID_TIF"
            ),
            RESPONSE,
            MODE,
            *SECURITY,
        ),
        _LISTED,
        "new-oco---deprecated-trade",
        counts=2,
    ),
    _row(
        "orderList.place.oco",
        "POST",
        "orderList/oco",
        (
            SYMBOL,
            LIST_ID,
            side(),
            decimal("", "quantity", mandatory=True),
            *leg("above"),
            *leg("below"),
            RESPONSE,
            MODE,
            *SECURITY,
        ),
        _LISTED,
        "new-order-list---oco-trade",
        counts=2,
    ),
    _row(
        "orderList.place.oto",
        "POST",
        "orderList/oto",
        (
            *LIST_HEAD,
            *working(),
            side("pending"),
            decimal("pending", "quantity", mandatory=True),
            *leg("pending"),
            *SECURITY,
        ),
        _LISTED,
        "new-order-list---oto-trade",
        counts=2,
    ),
    _row(
        "orderList.place.otoco",
        "POST",
        "orderList/otoco",
        (
            *LIST_HEAD,
            *working(),
            side("pending"),
            decimal("pending", "quantity", mandatory=True),
            *leg("pendingAbove"),
            *leg("pendingBelow", mandatory=False),
            *SECURITY,
        ),
        _LISTED,
        "new-order-list---otoco-trade",
        counts=3,
    ),
    _row(
        "orderList.place.opo",
        "POST",
        "orderList/opo",
        (*LIST_HEAD, *working(), side("pending"), *leg("pending"), *SECURITY),
        _LISTED,
        "new-order-list---opo-trade",
        counts=2,
    ),
    _row(
        "orderList.place.opoco",
        "POST",
        "orderList/opoco",
        (
            *LIST_HEAD,
            *working(),
            side("pending"),
            *leg("pendingAbove"),
            *leg("pendingBelow", mandatory=False),
            *SECURITY,
        ),
        _LISTED,
        "new-order-list---opoco-trade",
        counts=3,
    ),
    _row(
        "orderList.cancel",
        "DELETE",
        "orderList",
        (
            SYMBOL,
            Parameter("orderListId", Kind.INTEGER, when="no listClientOrderId"),
            LIST_ID,
            NEW_ID,
            *SECURITY,
        ),
        wire.CancelledOrderList,
        "cancel-order-list-trade",
    ),
    _row(
        "sor.order.place",
        "POST",
        "sor/order",
        (*SOR, *SECURITY),
        wire.NewOrder,
        "new-order-using-sor-trade",
        counts=1,
    ),
    _row(
        "sor.order.test",
        "POST",
        "sor/order/test",
        (*SOR, RATES, *SECURITY),
        wire.TestedOrder,
        "test-new-order-using-sor-trade",
        weigh="order_test",
        proof=Proof.NOT_AN_ORDER,
    ),
)
