"""How an order gets in: shape, refusals, price and hold, then the book.

The same two steps serve a new order, a triggered one and one released by its list:
``prepare`` finds the price, the quantity and what must be held, or why not; ``enter`` trades
and rests what remains. Only what a "no" means differs: a new order is refused, an accepted one
expires.
"""

from ..model import InstrumentStatus, OrderStatus, OrderType, Side, TimeInForce
from . import conditional, lists
from .commands import Peg, PegTo, PlaceOrder
from .events import Expiry, OrderAccepted, OrderReleased, OrderRested, OrderTriggered, Refusal
from .listing import MARKET_ACCOUNT
from .matching import cost, fillable, lots_for_value, other, out_of_range, reachable, take
from .orders import Order
from .state import BUY, Market, State, enroll, half_of, held_asset, hold, need

LIMIT = OrderType.LIMIT
MARKET = OrderType.MARKET
GTC = TimeInForce.GTC
FOK = TimeInForce.FOK
OPEN = OrderStatus.OPEN
TRADING = InstrumentStatus.TRADING


def place(state: State, command: PlaceOrder) -> None:
    """Place one order, or say why not."""
    market = state.market(command.instrument)
    why = objection(state, market, command)
    if market is None or why is not None:
        state.refuse(command, why or Refusal.UNKNOWN_INSTRUMENT)
        return
    if command.account == MARKET_ACCOUNT:
        participate(state, market, command)
        return
    order = make(state, market, command, state.next_order_id)
    if order.trigger is None:
        prepared = prepare(state, market, order)
        if isinstance(prepared, Refusal):
            state.refuse(command, prepared)
            return
        amount, cut = prepared
    else:
        if conditional.met(order.trigger, market.last_price):
            state.refuse(command, Refusal.WOULD_TRIGGER)
            return
        amount, cut = need(market, order), None
    if state.ledger.available(order.account, held_asset(market.listing, order)) < amount:
        state.refuse(command, Refusal.INSUFFICIENT_BALANCE)
        return
    state.next_order_id += 1
    accept(state, market, order, amount)
    if order.trigger is None:
        enter(state, market, order, cut)
    else:
        market.waiting[order.order_id] = order


def objection(state: State, market: Market | None, command: PlaceOrder) -> Refusal | None:
    """What speaks against an order before its price and money are looked at."""
    if market is None:
        return Refusal.UNKNOWN_INSTRUMENT
    if command.account not in state.accounts or command.account < 0:
        return Refusal.UNKNOWN_ACCOUNT
    if malformed(command):
        return Refusal.INVALID
    if market.status is not TRADING:
        return Refusal.MARKET_CLOSED
    if command.client_order_id and (command.account, command.client_order_id) in market.clients:
        return Refusal.DUPLICATE_CLIENT_ORDER_ID
    return None


def malformed(c: PlaceOrder) -> bool:
    """Whether the fields contradict each other; a venue's own checks come before this."""
    if c.order_type is LIMIT:
        if c.quantity <= 0 or c.quote_quantity or (c.price <= 0 and c.peg is None) or c.price < 0:
            return True
        if c.time_in_force is not GTC and (
            c.post_only or c.display_quantity or c.time_in_force is TimeInForce.GTD
        ):
            return True
    elif (
        c.price
        or c.post_only
        or c.display_quantity
        or c.peg is not None
        or c.time_in_force is TimeInForce.GTD
        or c.quantity < 0
        or c.quote_quantity < 0
        or bool(c.quantity) is bool(c.quote_quantity)
        or (c.quote_quantity and (c.trigger is not None or c.time_in_force is FOK))
    ):
        return True
    if not 0 <= c.display_quantity <= c.quantity or c.price_low < 0 or c.price_high < 0:
        return True
    if c.peg is not None and c.peg.offset < 0:
        return True
    return c.trigger is not None and conditional.malformed(c.trigger)


def make(state: State, market: Market, c: PlaceOrder, order_id: int) -> Order:
    """The record of a new order.

    A buy that waits without a price holds its worth at the trigger, or at the last price when it
    only trails (guessed: no source says what the venue locks).
    """
    order = as_asked(c, order_id, state.now)
    if not c.price:
        order.hold_price = (c.trigger.price if c.trigger else 0) or market.last_price
    return order


def as_asked(c: PlaceOrder, order_id: int, now: int) -> Order:
    """An order as the command has it, without a look at the market."""
    order = Order()
    order.order_id = order_id
    order.account = c.account
    order.instrument = c.instrument
    order.side = c.side
    order.order_type = c.order_type
    order.time_in_force = c.time_in_force
    order.post_only = c.post_only
    order.quote_quantity = c.quote_quantity
    order.display_quantity = c.display_quantity
    order.self_trade_prevention = c.self_trade_prevention
    order.trigger = c.trigger
    order.peg = c.peg
    order.list_id = 0
    order.memo = c.memo
    order.created = order.updated = now
    order.fee_price = c.fee_price
    order.price_low = c.price_low
    order.price_high = c.price_high
    order.client_order_id = c.client_order_id
    order.price = order.hold_price = c.price
    order.quantity = order.remaining = c.quantity
    order.shown = order.filled_quantity = order.filled_value = 0
    order.prevented_quantity = order.fills = order.held = 0
    order.status = OPEN if c.trigger is None else OrderStatus.PENDING
    order.working_since = order.trail_started = order.trail_extreme = 0
    return order


def prepare(state: State, market: Market, order: Order) -> Refusal | tuple[int, Expiry | None]:
    """Fix price and quantity; what to hold, and why a quantity was cut to what the book has."""
    if order.order_type is MARKET:
        return prepare_market(state, market, order)
    if order.peg is not None:
        price = pegged_price(market, order.side, order.peg)
        if price is None:
            return Refusal.NO_LIQUIDITY_FOR_PEG
        order.price = order.hold_price = price
    if not market.listing.value(order.price, order.remaining):
        return Refusal.NO_VALUE
    if order.post_only:
        half = other(market, order)
        if half.keys and half.keys[-1] >= half.sign * order.price:
            return Refusal.WOULD_TAKE
    return need(market, order), None


def prepare_market(
    state: State, market: Market, order: Order
) -> Refusal | tuple[int, Expiry | None]:
    """A market order holds what it will cost; by value its lots come from the book first."""
    cut: Expiry | None = None
    if order.quote_quantity:
        if not other(market, order).keys:
            return Refusal.EMPTY_BOOK
        levels = list(reachable(state, market, order))
        lots, ended = lots_for_value(market, levels, order.quote_quantity)
        if ended:
            cut = Expiry.PRICE_RANGE if out_of_range(market, order) else Expiry.NO_LIQUIDITY
        if lots < market.listing.market_min and (levels or cut is None):
            return Refusal.BELOW_MARKET_MIN
        order.quantity = order.remaining = lots
        if order.side is BUY:
            return order.quote_quantity, cut
        return need(market, order), cut
    if order.side is BUY:
        return cost(market, reachable(state, market, order), order.remaining), None
    return need(market, order), None


def pegged_price(market: Market, side: Side, peg: Peg) -> int | None:
    """The price ``offset`` levels behind the best of the side that is followed."""
    half = market.book.own(side) if peg.to is PegTo.PRIMARY else market.book.other(side)
    if peg.offset >= len(half.keys):
        return None
    return half.sign * half.keys[-1 - peg.offset]


def accept(state: State, market: Market, order: Order, amount: int) -> None:
    """The order exists from here on and holds ``amount``."""
    if amount:
        hold(state, market, order, amount)
    enroll(state, market, order)
    state.events.append(OrderAccepted(at=state.now, order=order, status=order.status))


def enter(state: State, market: Market, order: Order, cut: Expiry | None) -> None:
    """Trade, then rest or end what remains."""
    order.working_since = state.now
    if order.time_in_force is FOK and fillable(state, market, order) < order.remaining:
        lists.expire(state, market, order, Expiry.FOK_UNFILLED)
        return
    half = other(market, order)
    ends: Expiry | None = None
    if half.keys and (order.order_type is MARKET or half.keys[-1] >= half.sign * order.price):
        ends = take(state, market, order, cut is not None)
        if order.status.is_final:
            return
    if order.order_type is LIMIT and order.time_in_force is GTC and ends is None:
        rest(state, market, order)
        return
    if ends is None:
        ends = cut or (Expiry.NO_LIQUIDITY if order.order_type is MARKET else Expiry.IOC_REST)
    lists.expire(state, market, order, ends)


def rest(state: State, market: Market, order: Order) -> None:
    """Put what remains into the book."""
    lots = order.remaining
    order.shown = min(order.display_quantity or lots, lots)
    half_of(market, order).insert(order)
    state.events.append(OrderRested(at=state.now, order=order, price=order.price, quantity=lots))


def activate(state: State, market: Market, order: Order, released: bool) -> None:
    """Place an accepted order whose trigger was met or whose list let it go."""
    if order.status is not OrderStatus.PENDING:
        return
    order.updated = state.now
    if released:
        state.events.append(OrderReleased(at=state.now, order=order))
        if order.trigger is not None:
            if conditional.met(order.trigger, market.last_price):
                lists.expire(state, market, order, Expiry.REFUSED_AT_TRIGGER)
            else:
                market.waiting[order.order_id] = order
            return
    else:
        state.events.append(OrderTriggered(at=state.now, order=order))
        if order.list_id:
            lists.works(state, market, order)
    order.status = OPEN
    prepared = prepare(state, market, order)
    if isinstance(prepared, Refusal) or not afford(state, market, order, prepared[0]):
        lists.expire(state, market, order, Expiry.REFUSED_AT_TRIGGER)
        return
    enter(state, market, order, prepared[1])


def afford(state: State, market: Market, order: Order, amount: int) -> bool:
    """Make an accepted order hold what it needs now, if its owner has that."""
    free = state.ledger.available(order.account, held_asset(market.listing, order))
    sibling = state.lists[order.list_id].sibling(order) if order.list_id else None
    if sibling is not None and not sibling.status.is_final:
        return afford_pair(state, market, order, sibling, free)
    if free + order.held < amount:
        return False
    hold(state, market, order, amount)
    return True


def afford_pair(state: State, market: Market, order: Order, sibling: Order, free: int) -> bool:
    """As ``afford`` for a leg whose sibling still waits: both share one hold."""
    pair = state.lists[order.list_id].pair
    first, second = lists.needs(market, pair)
    if free + order.held + sibling.held < first + second:
        return False
    hold(state, market, pair[0], 0)
    hold(state, market, pair[1], second)
    hold(state, market, pair[0], first)
    return True


def participate(state: State, market: Market, command: PlaceOrder) -> None:
    """An order of the participants takes what it can; what they rest comes from Requote."""
    order = make(state, market, command, state.next_quote_id)
    state.next_quote_id -= 1
    if order.quote_quantity:
        levels = reachable(state, market, order)
        order.quantity = order.remaining = lots_for_value(market, levels, order.quote_quantity)[0]
    if order.time_in_force is FOK and fillable(state, market, order) < order.remaining:
        return
    take(state, market, order)
