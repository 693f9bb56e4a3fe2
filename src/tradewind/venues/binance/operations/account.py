"""What an account can ask about itself.

rest-api.md "Account Endpoints" and web-socket-api.md "Account requests", 2026-07-21.
"""

from typing import Any

from ....model import Permission
from ....protocol.operations import Kind, Operation, Parameter, Rest, Source, WebSocket
from ..wire import account as wire
from ..wire import trading
from .trading import (
    ANY_SYMBOL,
    END,
    LIMIT,
    ORDER_ID,
    ORIGINAL_ID,
    READ,
    SECURITY,
    START,
    SYMBOL,
)


def _row(
    name: str,
    path: str,
    parameters: tuple[Parameter, ...],
    response: Any,
    page: str,
    *,
    weight: int,
    weigh: str = "",
) -> Operation:
    return Operation(
        name=name,
        doors=(Rest("GET", f"/api/v3/{path}"), WebSocket(name)),
        parameters=(*parameters, *SECURITY),
        permission=Permission.READ,
        signed=True,
        weight=weight,
        weigh=weigh,
        response=response,
        source=Source(f"rest-api.md#{page}", READ),
    )


ROWS: tuple[Operation, ...] = (
    _row(
        "account.status",
        "account",
        (Parameter("omitZeroBalances", Kind.BOOLEAN, default="false"),),
        wire.Account,
        "account-information-user_data",
        weight=20,
    ),
    _row(
        "order.status",
        "order",
        (SYMBOL, ORDER_ID, ORIGINAL_ID),
        trading.QueriedOrder,
        "query-order-user_data",
        weight=4,
    ),
    _row(
        "openOrders.status",
        "openOrders",
        (ANY_SYMBOL,),
        list[trading.QueriedOrder],
        "current-open-orders-user_data",
        weight=6,
        weigh="open_orders",
    ),
    _row(
        "allOrders",
        "allOrders",
        (SYMBOL, Parameter("orderId", Kind.INTEGER), START, END, LIMIT),
        list[trading.QueriedOrder],
        "all-orders-user_data",
        weight=20,
    ),
    _row(
        "orderList.status",
        "orderList",
        (
            Parameter("orderListId", Kind.INTEGER, when="no origClientOrderId"),
            Parameter("origClientOrderId", Kind.CLIENT_ID, when="no orderListId"),
        ),
        trading.OrderList,
        "query-order-list-user_data",
        weight=4,
    ),
    _row(
        "allOrderLists",
        "allOrderList",
        (Parameter("fromId", Kind.INTEGER), START, END, LIMIT),
        list[trading.OrderList],
        "query-all-order-lists-user_data",
        weight=20,
    ),
    _row(
        "openOrderLists.status",
        "openOrderList",
        (),
        list[trading.OrderList],
        "query-open-order-lists-user_data",
        weight=6,
    ),
    _row(
        "myTrades",
        "myTrades",
        (
            SYMBOL,
            Parameter("orderId", Kind.INTEGER),
            START,
            END,
            Parameter("fromId", Kind.INTEGER),
            LIMIT,
        ),
        list[wire.AccountTrade],
        "account-trade-list-user_data",
        weight=5,
        weigh="my_trades",
    ),
    _row(
        "account.rateLimits.orders",
        "rateLimit/order",
        (),
        list[wire.OrderCount],
        "query-unfilled-order-count-user_data",
        weight=40,
    ),
    _row(
        "myPreventedMatches",
        "myPreventedMatches",
        (
            SYMBOL,
            Parameter("preventedMatchId", Kind.INTEGER),
            Parameter("orderId", Kind.INTEGER),
            Parameter("fromPreventedMatchId", Kind.INTEGER),
            LIMIT,
        ),
        list[wire.PreventedMatch],
        "query-prevented-matches-user_data",
        weight=2,
        weigh="prevented_matches",
    ),
    _row(
        "myAllocations",
        "myAllocations",
        (
            SYMBOL,
            START,
            END,
            Parameter("fromAllocationId", Kind.INTEGER),
            LIMIT,
            Parameter("orderId", Kind.INTEGER),
        ),
        list[wire.Allocation],
        "query-allocations-user_data",
        weight=20,
    ),
    _row(
        "account.commission",
        "account/commission",
        (SYMBOL,),
        wire.Commission,
        "query-commission-rates-user_data",
        weight=20,
    ),
    _row(
        "order.amendments",
        "order/amendments",
        (
            SYMBOL,
            Parameter("orderId", Kind.INTEGER, mandatory=True),
            Parameter("fromExecutionId", Kind.INTEGER),
            LIMIT,
        ),
        list[wire.Amendment],
        "query-order-amendments-user_data",
        weight=4,
    ),
    _row(
        "myFilters",
        "myFilters",
        (SYMBOL,),
        wire.RelevantFilters,
        "query-relevant-filters-user_data",
        weight=40,
    ),
)
