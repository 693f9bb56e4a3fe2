"""Cancels: one order, all of them, a list, and cancel-and-replace.

Cancelling one order of a list cancels the list. A cancel's own client id replaces the cancelled
order's (venue docs on order.cancel, read 2026-11-24).
"""

from ..model import InstrumentStatus, OrderStatus
from . import placing
from .commands import CancelAll, CancelList, CancelOnly, CancelOrder, ReplaceOrder
from .events import OrderCancelled, Refusal
from .lists import touch
from .orders import Order
from .state import Market, OrderList, State, close

TAKES_CANCELS = (InstrumentStatus.TRADING, InstrumentStatus.CANCEL_ONLY)


def cancel(state: State, command: CancelOrder) -> bool:
    """Cancel one order (and its list); False when refused."""
    market = state.market(command.instrument)
    found = find(state, market, command)
    if market is None or isinstance(found, Refusal):
        assert isinstance(found, Refusal), "without an instrument there is no order"
        state.refuse(command, found)
        return False
    if command.only is not None and not allowed(found, command.only):
        state.refuse(command, Refusal.RESTRICTED)
        return False
    if found.list_id:
        end_list(state, market, state.lists[found.list_id], command.cancel_id)
    else:
        end(state, market, found, command.cancel_id)
    return True


def find(state: State, market: Market | None, c: CancelOrder) -> Order | Refusal:
    """The order that is meant."""
    if market is None:
        return Refusal.UNKNOWN_INSTRUMENT
    if c.account not in state.accounts:
        return Refusal.UNKNOWN_ACCOUNT
    if market.status not in TAKES_CANCELS:
        return Refusal.MARKET_CLOSED
    return look_up(market, c.account, c.order_id, c.client_order_id)


def look_up(market: Market, account: int, order_id: int, client_order_id: str) -> Order | Refusal:
    """An open order of an account by id, or by client id when the id is 0; both must agree."""
    if not order_id:
        found = market.clients.get((account, client_order_id))
        return found or Refusal.UNKNOWN_ORDER
    found = market.outside.get(account, {}).get(order_id)
    if found is None:
        return Refusal.UNKNOWN_ORDER
    if client_order_id and found.client_order_id != client_order_id:
        return Refusal.ID_MISMATCH
    return found


def allowed(order: Order, only: CancelOnly) -> bool:
    """Whether the order is in the state the cancel asks for."""
    return bool(order.filled_quantity) is (only is CancelOnly.PARTIALLY_FILLED)


def end(state: State, market: Market, order: Order, cancel_id: str) -> None:
    """End an order because its owner asked."""
    name = order.client_order_id
    close(state, market, order, OrderStatus.CANCELLED)
    if cancel_id:
        order.client_order_id = cancel_id
    state.events.append(
        OrderCancelled(at=state.now, order=order, client_order_id=name, cancel_id=cancel_id)
    )


def end_list(state: State, market: Market, listed: OrderList, cancel_id: str) -> None:
    """End what is open of a list because its owner asked."""
    listed.waiting = False
    touch(state, listed)
    for order in listed.orders:
        if not order.status.is_final:
            end(state, market, order, cancel_id)


def cancel_all(state: State, command: CancelAll) -> None:
    """Cancel every open order of an account; without an instrument, where cancels are taken."""
    if command.instrument and command.instrument not in state.markets:
        state.refuse(command, Refusal.UNKNOWN_INSTRUMENT)
        return
    if command.account not in state.accounts:
        state.refuse(command, Refusal.UNKNOWN_ACCOUNT)
        return
    names = [command.instrument] if command.instrument else list(state.markets)
    taking = [name for name in names if state.markets[name].status in TAKES_CANCELS]
    if command.instrument and not taking:
        state.refuse(command, Refusal.MARKET_CLOSED)
        return
    markets = {name: state.markets[name] for name in taking}
    state.used.extend(markets.values())
    mine = [o for m in markets.values() for o in m.outside.get(command.account, {}).values()]
    if not mine:
        state.refuse(command, Refusal.UNKNOWN_ORDER)
        return
    for order in sorted(mine, key=lambda order: order.order_id):
        if order.status.is_final:
            continue
        market = markets[order.instrument]
        if order.list_id:
            end_list(state, market, state.lists[order.list_id], command.cancel_id)
        else:
            end(state, market, order, command.cancel_id)


def cancel_list(state: State, command: CancelList) -> None:
    """Cancel what is open of a list."""
    market = state.market(command.instrument)
    found: OrderList | None = None
    why = Refusal.UNKNOWN_LIST
    if market is None:
        why = Refusal.UNKNOWN_INSTRUMENT
    elif command.account not in state.accounts:
        why = Refusal.UNKNOWN_ACCOUNT
    elif market.status not in TAKES_CANCELS:
        why = Refusal.MARKET_CLOSED
    else:
        found = find_list(state, command)
        if found is not None and command.client_list_id not in ("", found.client_list_id):
            found, why = None, Refusal.ID_MISMATCH
    if market is None or found is None:
        state.refuse(command, why)
        return
    end_list(state, market, found, command.cancel_id)


def find_list(state: State, c: CancelList) -> OrderList | None:
    """An open list of the account on the instrument."""
    for listed in state.lists.values():
        if listed.account == c.account and listed.instrument == c.instrument:
            if c.list_id == listed.list_id:
                return listed
            if not c.list_id and c.client_list_id and c.client_list_id == listed.client_list_id:
                return listed
    return None


def replace(state: State, command: ReplaceOrder) -> None:
    """Cancel, then place. The two are not one transaction, as at the venue."""
    cancelled = cancel(state, command.cancel)
    if not command.place or (not cancelled and command.stop_on_failure):
        state.refuse(command.new, Refusal.NOT_ATTEMPTED)
        return
    placing.place(state, command.new)
