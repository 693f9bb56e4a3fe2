"""Orders that depend on each other: what the end of one does to the rest.

Of an OCO pair only one may trade, so together they hold what the dearer one needs: the first its
own need, the second what it needs beyond that. When one works, it takes over both.
"""

from ..model import OrderStatus, OrderType
from .events import Expiry, ListChanged, ListStatus
from .orders import Order
from .state import Market, OrderList, State, close, hold, need


def works(state: State, market: Market, order: Order) -> None:
    """One leg trades or was triggered: the other ends, before anything else happens."""
    listed = state.lists[order.list_id]
    sibling = listed.sibling(order)
    if sibling is None or sibling.status.is_final:
        return
    order.held += sibling.held
    sibling.held = 0
    state.expire(market, sibling, Expiry.OTHER_LEG)
    hold(state, market, order, need(market, order))
    touch(state, listed)


def expire(state: State, market: Market, order: Order, why: Expiry) -> None:
    """End an order by a rule, and what depends on it."""
    state.expire(market, order, why)
    if order.list_id:
        ended(state, market, order)


def filled(state: State, market: Market, order: Order) -> None:
    """End an order that filled, and start or end what depends on it."""
    close(state, market, order, OrderStatus.FILLED)
    if order.list_id:
        ended(state, market, order)


def ended(state: State, market: Market, order: Order) -> None:
    """An order of a list is final: end or start what depended on it."""
    listed = state.lists[order.list_id]
    touch(state, listed)
    sibling = listed.sibling(order)
    if sibling is not None and not sibling.status.is_final:
        state.expire(market, sibling, Expiry.OTHER_LEG)
    if listed.waiting and order is listed.orders[0]:
        listed.waiting = False
        if order.status is OrderStatus.FILLED:
            release(state, market, listed)
        else:
            expire_pending(state, market, listed, Expiry.FIRST_LEG_EXPIRED)


def release(state: State, market: Market, listed: OrderList) -> None:
    """The first order filled: place the rest, before the command ends."""
    pending = listed.orders[1:]
    if listed.proceeds:
        lots = proceeds_lots(market, pending)
        for order in pending:
            order.quantity = order.remaining = lots
        if not lots:
            expire_pending(state, market, listed, Expiry.REFUSED_AT_TRIGGER)
            return
        hold(state, market, pending[0], lots * market.listing.base_per_lot)
    state.activations.extend((order, True) for order in pending)


def proceeds_lots(market: Market, pending: tuple[Order, ...]) -> int:
    """Whole lots of what the first order received and left locked with the first pending one."""
    lots = pending[0].held // market.listing.base_per_lot
    if any(order.order_type is OrderType.MARKET for order in pending):
        lots -= lots % market.listing.market_lot
    return lots


def expire_pending(state: State, market: Market, listed: OrderList, why: Expiry) -> None:
    """End the orders that waited for the first."""
    for order in listed.orders[1:]:
        if not order.status.is_final:
            state.expire(market, order, why)


def needs(market: Market, orders: tuple[Order, ...]) -> list[int]:
    """What each order of a list must hold, see the top of the file."""
    amounts = [need(market, order) for order in orders]
    if len(orders) == 2:
        amounts[1] = max(0, amounts[1] - amounts[0])
    return amounts


def awaits(state: State, order: Order) -> bool:
    """Whether the order waits for the first order of its list to fill."""
    if not order.list_id or order.status is not OrderStatus.PENDING:
        return False
    listed = state.lists[order.list_id]
    return listed.waiting and order is not listed.orders[0]


def touch(state: State, listed: OrderList) -> None:
    """The list changed: say so when the command ends."""
    if not listed.changed:
        listed.changed = True
        state.lists_changed.append(listed)


def report(state: State, listed: OrderList, *, updated_only: bool = False) -> None:
    """Say where a list is, and forget it when it is done."""
    done = all(order.status.is_final for order in listed.orders)
    if done and not updated_only:
        del state.lists[listed.list_id]
    state.events.append(
        ListChanged(
            at=state.now,
            list_id=listed.list_id,
            client_list_id=listed.client_list_id,
            account=listed.account,
            instrument=listed.instrument,
            contingency=listed.contingency,
            status=ListStatus.DONE if done else ListStatus.EXECUTING,
            orders=listed.orders,
            updated_only=updated_only,
        )
    )
