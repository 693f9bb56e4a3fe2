"""Order lists as the wire shows them."""

from collections.abc import Sequence

from ....engine.commands import Contingency
from ....engine.events import Event, ListChanged, ListStatus, OrderCancelled
from ....engine.state import OrderList
from ..wire import trading as wire
from .answers import cancelled
from .call import Call

CONTINGENCY = {
    Contingency.ONE_CANCELS_OTHER: "OCO",
    Contingency.ONE_TRIGGERS_OTHER: "OTO",
}
ORDER_STATUS = {
    ListStatus.EXECUTING: "EXECUTING",
    ListStatus.DONE: "ALL_DONE",
    ListStatus.REJECTED: "REJECT",
}
TYPE = {
    ListStatus.EXECUTING: "EXEC_STARTED",
    ListStatus.DONE: "ALL_DONE",
    ListStatus.REJECTED: "RESPONSE",
}


def list_of(call: Call, listed: OrderList | ListChanged) -> wire.OrderList:
    """A list as queries tell it: its time is when it was placed."""
    status = listed.status if isinstance(listed, ListChanged) else ListStatus.EXECUTING
    return wire.OrderList(
        order_list_id=listed.list_id,
        contingency_type=CONTINGENCY[listed.contingency],
        list_status_type=TYPE[status],
        list_order_status=ORDER_STATUS[status],
        list_client_order_id=listed.client_list_id,
        transaction_time=call.time(listed.orders[0].created),
        symbol=listed.instrument,
        orders=[
            wire.ListedOrder(
                symbol=order.instrument,
                order_id=order.order_id,
                client_order_id=order.client_order_id,
            )
            for order in listed.orders
        ],
    )


def cancelled_list(
    call: Call, event: ListChanged, events: Sequence[Event]
) -> wire.CancelledOrderList:
    """A list that a cancel ended: its orders keep the names they had before the cancel."""
    ended = [e for e in events if type(e) is OrderCancelled and e.order.list_id == event.list_id]
    names = {e.order.order_id: e.client_order_id for e in ended}
    return wire.CancelledOrderList(
        order_list_id=event.list_id,
        contingency_type=CONTINGENCY[event.contingency],
        list_status_type=TYPE[event.status],
        list_order_status=ORDER_STATUS[event.status],
        list_client_order_id=event.client_list_id,
        transaction_time=call.time(event.at),
        symbol=event.instrument,
        orders=[
            wire.ListedOrder(
                symbol=order.instrument,
                order_id=order.order_id,
                client_order_id=names.get(order.order_id, order.client_order_id),
            )
            for order in event.orders
        ],
        order_reports=[cancelled(call, e) for e in ended],
    )
