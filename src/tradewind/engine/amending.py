"""Lower an order's quantity and keep its place (order_amend_keep_priority.md, read 2026-11-24)."""

from ..model import InstrumentStatus
from .cancelling import look_up
from .commands import AmendOrder
from .events import OrderAmended, Refusal
from .lists import awaits, needs, report
from .orders import Order
from .state import Market, State, half_of, hold, left, need


def amend(state: State, command: AmendOrder) -> None:
    """Lower the total quantity; both legs of an OCO pair, because only one can trade."""
    market = state.market(command.instrument)
    found = find(state, market, command)
    if market is None or isinstance(found, Refusal):
        assert isinstance(found, Refusal), "without an instrument there is no order"
        state.refuse(command, found)
        return
    listed = state.lists[found.list_id] if found.list_id else None
    sibling = listed.sibling(found) if listed else None
    previous = found.client_order_id
    rename(market, found, command.new_client_order_id)
    lower(state, market, found, command.quantity, previous)
    if listed is not None and sibling is not None and not sibling.status.is_final:
        lower(state, market, sibling, command.quantity, sibling.client_order_id)
        for order, amount in zip(listed.pair, needs(market, listed.pair), strict=True):
            hold(state, market, order, amount)
    elif found.held:
        hold(state, market, found, need(market, found))
    if listed is not None and found.client_order_id != previous:
        report(state, listed, updated_only=True)


def find(state: State, market: Market | None, c: AmendOrder) -> Order | Refusal:
    """The order, if it may be amended so."""
    if market is None:
        return Refusal.UNKNOWN_INSTRUMENT
    if c.account not in state.accounts:
        return Refusal.UNKNOWN_ACCOUNT
    if market.status is not InstrumentStatus.TRADING:
        return Refusal.MARKET_CLOSED
    order = look_up(market, c.account, c.order_id, c.client_order_id)
    if isinstance(order, Refusal):
        return order
    if awaits(state, order) and state.lists[order.list_id].proceeds:
        return Refusal.NOT_AMENDABLE
    if c.quantity == order.quantity:
        return Refusal.NO_CHANGE
    if c.quantity > order.quantity:
        return Refusal.NOT_LOWER
    if c.quantity <= order.quantity - left(order):
        return Refusal.INVALID
    named = market.clients.get((c.account, c.new_client_order_id))
    if named is not None and named is not order:
        return Refusal.DUPLICATE_CLIENT_ORDER_ID
    return order


def lower(state: State, market: Market, order: Order, quantity: int, previous: str) -> None:
    """Lower one order; its queue place and, where it still fits, its shown part stay."""
    before = order.quantity
    order.quantity = quantity
    order.updated = state.now
    if order.shown:
        half_of(market, order).lower(order, left(order))
    else:
        order.remaining = left(order)
    state.events.append(
        OrderAmended(
            at=state.now,
            order=order,
            previous_client_order_id=previous,
            previous_quantity=before,
            quantity=quantity,
        )
    )


def rename(market: Market, order: Order, name: str) -> None:
    """Give the order a new client id, if there is one."""
    if not name:
        return
    if order.client_order_id:
        del market.clients[order.account, order.client_order_id]
    order.client_order_id = name
    market.clients[order.account, name] = order
