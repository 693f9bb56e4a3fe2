"""How an order list gets in: OCO, OTO, OTOCO, and the kind whose second part sells the proceeds.

All of a list is accepted or none. Holds: an OCO pair what its dearer leg needs; a pending order
its own need at once, except in a proceeds list, where it locks what the first receives (venue docs
on order lists and opo.md, read 2026-11-24).
"""

from ..model import OrderStatus, OrderType, Side
from . import conditional, lists
from .commands import Contingency, PlaceList, PlaceOrder
from .events import Expiry, Refusal
from .placing import accept, enter, make, objection, prepare
from .state import BUY, Market, OrderList, State, held_asset

OCO = Contingency.ONE_CANCELS_OTHER


def place_list(state: State, command: PlaceList) -> None:
    """Place a list, or say why not."""
    market = state.market(command.instrument)
    why = refusal(state, market, command)
    if market is None or why is not None:
        state.refuse(command, why or Refusal.UNKNOWN_INSTRUMENT)
        return
    listed = build(state, market, command)
    cut: Expiry | None = None
    for order in listed.orders if command.contingency is OCO else listed.orders[:1]:
        if order.trigger is None:
            prepared = prepare(state, market, order)
            if isinstance(prepared, Refusal):
                state.refuse(command, prepared)
                return
            cut = prepared[1]
    amounts = holds(market, listed)
    if short_of_money(state, market, listed, amounts):
        state.refuse(command, Refusal.INSUFFICIENT_BALANCE)
        return
    state.next_order_id += len(listed.orders)
    state.next_list_id += 1
    state.lists[listed.list_id] = listed
    for order, amount in zip(listed.orders, amounts, strict=True):
        accept(state, market, order, amount)
        if order.trigger is not None and not listed.waiting:
            market.waiting[order.order_id] = order
    lists.report(state, listed)
    for order in listed.orders:
        if order.trigger is None and order.status is OrderStatus.OPEN:
            enter(state, market, order, cut)


def refusal(state: State, market: Market | None, c: PlaceList) -> Refusal | None:
    """What speaks against a list before its prices and money are looked at."""
    for order in c.orders:
        measured = with_quantity(c, order)
        why = objection(state, market, measured)
        if why is not None:
            return why
    if malformed(c):
        return Refusal.INVALID
    ids = [order.client_order_id for order in c.orders if order.client_order_id]
    if len(set(ids)) < len(ids) or duplicate_list(state, c):
        return Refusal.DUPLICATE_CLIENT_ORDER_ID
    if c.contingency is OCO and market is not None and bad_prices(c.orders, market.last_price):
        return Refusal.BAD_PRICES
    return None


def with_quantity(c: PlaceList, order: PlaceOrder) -> PlaceOrder:
    """A pending order of a proceeds list as if its quantity were known."""
    if not c.proceeds or order is c.orders[0] or order.quantity or order.quote_quantity:
        return order
    return PlaceOrder(
        **{
            name: getattr(order, name)
            for name in PlaceOrder.__struct_fields__
            if name != "quantity"
        },
        quantity=max(1, order.display_quantity),
    )


def malformed(c: PlaceList) -> bool:
    """Whether the orders do not make such a list."""
    if any(o.account != c.account or o.instrument != c.instrument for o in c.orders):
        return True
    if c.account <= 0:
        return True
    if c.contingency is OCO:
        return c.proceeds or unpaired(c.orders)
    if len(c.orders) not in (2, 3):
        return True
    first, pending = c.orders[0], c.orders[1:]
    if first.order_type is not OrderType.LIMIT or first.trigger is not None:
        return True
    if any(order.quote_quantity for order in pending):
        return True
    if c.proceeds and (
        first.side is not BUY or any(o.side is not Side.SELL or o.quantity for o in pending)
    ):
        return True
    return len(pending) == 2 and unpaired(pending)


def unpaired(legs: tuple[PlaceOrder, ...]) -> bool:
    """Whether two orders cannot be a pair of which one ends the other."""
    if len(legs) != 2:
        return True
    one, two = legs
    if one.side is not two.side or one.quantity != two.quantity:
        return True
    if any(leg.trigger is None and leg.order_type is OrderType.MARKET for leg in legs):
        return True
    return one.trigger is None and two.trigger is None


def duplicate_list(state: State, c: PlaceList) -> bool:
    """Whether an open list of the account and instrument has that client id."""
    return bool(c.client_list_id) and any(
        listed.client_list_id == c.client_list_id
        and listed.account == c.account
        and listed.instrument == c.instrument
        for listed in state.lists.values()
    )


def bad_prices(legs: tuple[PlaceOrder, ...], last: int) -> bool:
    """Whether the legs do not lie on both sides of the last price (or, before any, in order).

    A leg that only trails, or is pegged, has no price to compare.
    """
    above: list[int] = []
    below: list[int] = []
    for leg in legs:
        if leg.trigger is not None:
            if conditional.met(leg.trigger, last):
                return True
            price = leg.trigger.price
            goes_above = conditional.fires_above(leg.trigger)
        else:
            price = 0 if leg.peg is not None else leg.price
            goes_above = leg.side is Side.SELL
            if price and last and (price <= last if goes_above else price >= last):
                return True
        if price:
            (above if goes_above else below).append(price)
    return bool(above and below and min(above) <= max(below)) or max(len(above), len(below)) > 1


def build(state: State, market: Market, c: PlaceList) -> OrderList:
    """The records of a list and its orders; nothing is known under their ids yet."""
    orders = tuple(
        make(state, market, order, state.next_order_id + place)
        for place, order in enumerate(c.orders)
    )
    waiting = c.contingency is Contingency.ONE_TRIGGERS_OTHER
    for order in orders:
        order.list_id = state.next_list_id
        if waiting and order is not orders[0]:
            order.status = OrderStatus.PENDING
    return OrderList(
        state.next_list_id,
        c.client_list_id,
        c.account,
        c.instrument,
        c.contingency,
        orders,
        c.proceeds,
        waiting,
    )


def holds(market: Market, listed: OrderList) -> list[int]:
    """What each order of a new list must hold."""
    if not listed.waiting:
        return lists.needs(market, listed.orders)
    first = lists.needs(market, listed.orders[:1])
    if listed.proceeds:
        return first + [0] * (len(listed.orders) - 1)
    return first + lists.needs(market, listed.orders[1:])


def short_of_money(state: State, market: Market, listed: OrderList, amounts: list[int]) -> bool:
    """Whether the account lacks what the list must hold, by asset."""
    totals: dict[str, int] = {}
    for order, amount in zip(listed.orders, amounts, strict=True):
        asset = held_asset(market.listing, order)
        totals[asset] = totals.get(asset, 0) + amount
    return any(
        state.ledger.available(listed.account, asset) < total for asset, total in totals.items()
    )
