"""The chain: every rule sees the command and the snapshot; the first that says no decides.

A native call is judged by what holds for any order (kill flag, state of the venue, how many orders
there were): its parameters are the venue's own, and the venue checks them.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from ..model import Instrument, InstrumentStatus, OrderType, Side
from ..model import commands as ask
from .approval import SEAL, Approved, Refused
from .limits import Limits
from .snapshot import ZERO, Snapshot

Ending = ask.CancelOrder | ask.CancelOrderList | ask.CancelAllOrders
Risky = ask.PlaceOrder | ask.AmendOrder | ask.ReplaceOrder | ask.PlaceOrderList | ask.NativeCall
"""Commands that can raise risk. A native call may."""

C = TypeVar("C", bound=Risky)
E = TypeVar("E", bound=Ending | ask.NativeCall)

MILLISECOND = 1_000_000


def check(command: C, seen: Snapshot, limits: Limits) -> Approved[C] | Refused:
    """Ask every rule."""
    for rule in RULES:
        refused = rule(command, seen, limits)
        if refused is not None:
            return refused
    return Approved(command, seen.now, SEAL)


def check_ending(command: E, seen: Snapshot) -> Approved[E] | Refused:
    """What only ends orders is never held back, except where no orders are sent at all."""
    if seen.read_only:
        return Refused("environment", seen.read_only)
    return Approved(command, seen.now, SEAL)


# --- any order ----------------------------------------------------------------------------------


def killed(_: Risky, seen: Snapshot, __: Limits) -> Refused | None:
    """The kill switch is on."""
    if seen.killed:
        return Refused("killed", f"the kill switch is on: {seen.killed}")
    return None


def environment(_: Risky, seen: Snapshot, __: Limits) -> Refused | None:
    """The environment takes orders."""
    return Refused("environment", seen.read_only) if seen.read_only else None


def live(_: Risky, seen: Snapshot, __: Limits) -> Refused | None:
    """Orders, fills and balances are reconciled with the venue."""
    if not seen.live:
        return Refused("live", "the venue is not live: orders and balances are being reconciled")
    return None


def rate(command: Risky, seen: Snapshot, limits: Limits) -> Refused | None:
    """Not more orders a second or a minute than a sane strategy sends."""
    more = len(command.orders) if isinstance(command, ask.PlaceOrderList) else 1
    for count, most, what in (
        (seen.orders_second, limits.orders_per_second, "second"),
        (seen.orders_minute, limits.orders_per_minute, "minute"),
    ):
        if most is not None and count + more > most:
            return Refused("rate", f"{count} orders in the last {what} already; at most {most}")
    return None


# --- the instrument -----------------------------------------------------------------------------


def instrument(command: Risky, seen: Snapshot, _: Limits) -> Refused | None:
    """The instrument's own rules, as far as they are known before sending."""
    rules = seen.instrument
    if rules is None:
        return None
    if isinstance(command, ask.AmendOrder):
        return _quantity(command.quantity, rules, at_market=False)
    for order in _orders(command):
        refused = _order(order, rules)
        if refused is not None:
            return refused
    return None


def _order(order: ask.PlaceOrder, rules: Instrument) -> Refused | None:
    at_market = order.order_type is OrderType.MARKET
    if rules.status is not InstrumentStatus.TRADING:
        return Refused("instrument", f"{rules.id} is {rules.status}", "status")
    for price in (order.price, order.trigger_price):
        refused = None if price is None else _price(price, rules)
        if refused is not None:
            return refused
    if order.quantity is not None:
        refused = _quantity(order.quantity, rules, at_market)
        if refused is not None:
            return refused
    return _value(order, rules)


def _price(price: Decimal, rules: Instrument) -> Refused | None:
    low, high = rules.min_price, rules.max_price
    if (low is not None and price < low) or (high is not None and price > high):
        return _broken(f"price {price} is not between {low} and {high}", "price_range")
    if _between(price, rules.tick_size):
        return _broken(f"price {price} is no multiple of {rules.tick_size}", "tick_size")
    return None


def _quantity(quantity: Decimal, rules: Instrument, at_market: bool) -> Refused | None:
    low, high = rules.min_quantity, rules.max_quantity
    if quantity < low or (high and quantity > high):
        return _broken(f"quantity {quantity} is not between {low} and {high}", "quantity_range")
    if _between(quantity, rules.lot_size):
        return _broken(f"quantity {quantity} is no multiple of {rules.lot_size}", "lot_size")
    if at_market:
        least, most = rules.market_min_quantity, rules.market_max_quantity
        if (least and quantity < least) or (most and quantity > most):
            text = f"quantity {quantity} is not between {least} and {most} for a market order"
            return _broken(text, "market_quantity_range")
    return None


def _value(order: ask.PlaceOrder, rules: Instrument) -> Refused | None:
    """What a limit is worth, or what a market order says that it will spend."""
    if order.order_type is OrderType.MARKET:
        value = order.quote_quantity if rules.notional_on_market else None
    elif order.price is not None and order.quantity is not None:
        value = order.price * order.quantity
    else:
        value = None
    if value is None:
        return None
    if value < rules.min_notional:
        return _broken(
            f"worth {value} {rules.quote}, less than {rules.min_notional}", "min_notional"
        )
    if rules.max_notional is not None and value > rules.max_notional:
        return _broken(
            f"worth {value} {rules.quote}, more than {rules.max_notional}", "max_notional"
        )
    return None


def _between(value: Decimal, step: Decimal) -> bool:
    """Whether a value lies between two steps; one of too many digits does."""
    try:
        return bool(step and value % step)
    except InvalidOperation:
        return True


def _broken(text: str, rule: str) -> Refused:
    return Refused("instrument", text, rule)


# --- the book -----------------------------------------------------------------------------------


def age(command: Risky, seen: Snapshot, limits: Limits) -> Refused | None:
    """There is a book, and it is fresh, where that is asked for."""
    if not limits.book_required or not _orders(command):
        return None
    if seen.top is None:
        return Refused("age", "there is no book of the instrument to compare with")
    if _stale(seen, limits):
        old = (seen.now - seen.top.at) // MILLISECOND
        return Refused("age", f"the book is {old} ms old; at most {limits.book_age_ms_max}")
    return None


def collar(command: Risky, seen: Snapshot, limits: Limits) -> Refused | None:
    """A limit price is not far through the other side of the book."""
    if limits.collar is None or seen.top is None or _stale(seen, limits):
        return None
    for order in _orders(command):
        if order.price is None:
            continue
        best = seen.top.ask if order.side is Side.BUY else seen.top.bid
        if best is None:
            continue
        through = order.price - best if order.side is Side.BUY else best - order.price
        if through > best * limits.collar:
            return Refused(
                "collar",
                f"{order.side} at {order.price} is through the best price {best} by more than "
                f"{limits.collar * 100:f} %",
            )
    return None


def _stale(seen: Snapshot, limits: Limits) -> bool:
    assert seen.top is not None
    most = limits.book_age_ms_max
    return most is not None and seen.now - seen.top.at > most * MILLISECOND


# --- exposure -----------------------------------------------------------------------------------


def exposure(command: Risky, seen: Snapshot, limits: Limits) -> Refused | None:
    """What one order, one instrument and all of them together may come to, unknown included."""
    rules = seen.instrument
    if rules is None:
        return None
    buying = selling = ZERO
    for order in _orders(command):
        value = worth(order, seen)
        if value is None:
            continue
        if order.side is Side.BUY:
            buying += value
        else:
            selling += value
        refused = _over("an order", value, limits.order_value.get(rules.quote), rules.quote)
        if refused is not None:
            return refused
    if not buying and not selling:
        return None
    here = max(seen.exposure.buying + buying, seen.exposure.selling + selling)
    most = limits.instrument_exposure.get(rules.quote)
    refused = _over(f"orders on {rules.id}", here, most, rules.quote)
    if refused is not None:
        return refused
    everywhere = limits.total_exposure.get(rules.quote)
    return _over("all orders", seen.total + buying + selling, everywhere, rules.quote)


def _over(what: str, value: Decimal, most: Decimal | None, quote: str) -> Refused | None:
    if most is None or value <= most:
        return None
    return Refused("exposure", f"{what} would be worth {value} {quote}; at most {most}")


def worth(order: ask.PlaceOrder, seen: Snapshot) -> Decimal | None:
    """The most an order can come to, in quote; None when no price is known."""
    if order.quote_quantity is not None:
        return order.quote_quantity
    price = order.price or order.trigger_price
    if price is None and seen.top is not None:
        price = seen.top.ask if order.side is Side.BUY else seen.top.bid
    if price is None or order.quantity is None:
        return None
    return price * order.quantity


def _orders(command: Risky) -> tuple[ask.PlaceOrder, ...]:
    match command:
        case ask.PlaceOrder():
            return (command,)
        case ask.ReplaceOrder():
            return (command.place,)
        case ask.PlaceOrderList():
            return command.orders
        case _:
            return ()


Rule = Callable[[Risky, Snapshot, Limits], Refused | None]
RULES: tuple[Rule, ...] = (environment, killed, live, instrument, age, collar, exposure, rate)
"""In the order they are asked."""
