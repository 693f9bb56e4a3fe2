"""Triggers: stop, take profit, trailing.

Trailing, by the venue's FAQ (trailing-stop-faq.md, read 2026-11-24): tracking starts at the first
trade that meets the trigger's price, or at the next trade when it has none; that trade is the first
extreme. A buy triggers when the price has risen ``trailing`` bips above the lowest since then, a
sell when it has fallen that much below the highest.
"""

from .commands import Trigger, TriggerWhen
from .orders import Order
from .state import BUY, Market, State

BIPS = 10_000


def malformed(trigger: Trigger) -> bool:
    """Whether the trigger can never make sense."""
    if trigger.price < 0 or not 0 <= trigger.trailing < BIPS:
        return True
    return not (trigger.price or trigger.trailing)


def met(trigger: Trigger, price: int) -> bool:
    """Whether a traded price meets the trigger's price; never without one, or before any trade."""
    if not trigger.price or not price:
        return False
    if trigger.when is TriggerWhen.AT_OR_ABOVE:
        return price >= trigger.price
    return price <= trigger.price


def fires_above(trigger: Trigger) -> bool:
    """Whether the trigger's price lies above the market."""
    return trigger.when is TriggerWhen.AT_OR_ABOVE


def watch(state: State, market: Market) -> None:
    """Show the new trades to the waiting orders; those whose time has come go to be placed."""
    for price in market.seen:
        for order in sorted(market.waiting.values(), key=_by_id):
            if observe(order, price, state.now):
                del market.waiting[order.order_id]
                state.activations.append((order, False))
    market.seen.clear()


def observe(order: Order, price: int, now: int) -> bool:
    """Whether a trade at that price triggers the order; a trail moves with it."""
    trigger = order.trigger
    assert trigger is not None, "only orders with a trigger wait"
    if not trigger.trailing:
        return met(trigger, price)
    if not order.trail_extreme:
        if not trigger.price or met(trigger, price):
            order.trail_started = now
            order.trail_extreme = price
        return False
    if order.side is BUY:
        order.trail_extreme = min(order.trail_extreme, price)
        return price * BIPS >= order.trail_extreme * (BIPS + trigger.trailing)
    order.trail_extreme = max(order.trail_extreme, price)
    return price * BIPS <= order.trail_extreme * (BIPS - trigger.trailing)


def _by_id(order: Order) -> int:
    return order.order_id
