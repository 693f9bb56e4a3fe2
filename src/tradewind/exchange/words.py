"""What a command did in the engine, in words a trader would use."""

from collections.abc import Callable, Sequence
from typing import Protocol

from ..engine.commands import (
    AmendOrder,
    AnyCommand,
    CancelAll,
    CancelList,
    CancelOrder,
    PlaceList,
    PlaceOrder,
    ReplaceOrder,
    Transfer,
)
from ..engine.events import (
    Event,
    Fill,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderExpired,
    OrderRested,
    Refused,
)
from ..model import OrderType


class Numbers(Protocol):
    """Ticks and lots of an instrument, and units of an asset, as text."""

    def price(self, instrument: str, ticks: int) -> str:
        """A price."""

    def quantity(self, instrument: str, lots: int) -> str:
        """A quantity."""

    def units(self, amount: int) -> str:
        """An amount of an asset."""


def describe(
    did: Sequence[tuple[AnyCommand, Sequence[Event]]], account: int, numbers: Numbers
) -> str:
    """One line about all commands of a request, from the account's side."""
    return "; ".join(filter(None, (_one(c, events, account, numbers) for c, events in did)))


def _one(command: AnyCommand, events: Sequence[Event], account: int, numbers: Numbers) -> str:
    parts = [_asked(command, numbers)]
    for event in events:
        order = getattr(event, "order", None)
        if order is not None and order.account != account:
            continue
        say = _SAY.get(type(event))
        if say is not None:
            parts.append(say(event, numbers))
    return ": ".join((parts[0], ", ".join(filter(None, parts[1:])))) if parts[1:] else parts[0]


def _asked(command: AnyCommand, numbers: Numbers) -> str:
    match command:
        case PlaceOrder():
            return _place(command, numbers)
        case CancelOrder():
            return f"cancel {command.order_id or command.client_order_id} on {command.instrument}"
        case CancelAll():
            return f"cancel all on {command.instrument or 'every instrument'}"
        case AmendOrder():
            quantity = numbers.quantity(command.instrument, command.quantity)
            return f"amend {command.order_id or command.client_order_id} to {quantity}"
        case ReplaceOrder():
            return f"{_asked(command.cancel, numbers)} and {_place(command.new, numbers)}"
        case PlaceList():
            orders = " + ".join(_place(order, numbers) for order in command.orders)
            return f"{command.contingency.value} list {orders}"
        case CancelList():
            return f"cancel list {command.list_id or command.client_list_id}"
        case Transfer():
            return f"transfer {numbers.units(command.amount)} {command.asset}"
        case _:
            return type(command).__name__


def _place(order: PlaceOrder, numbers: Numbers) -> str:
    if order.quantity:
        size = numbers.quantity(order.instrument, order.quantity)
    else:
        size = f"{numbers.units(order.quote_quantity)} worth of"
    text = f"{order.side.value} {size} {order.instrument}"
    if order.order_type is OrderType.LIMIT:
        return f"{text} at {numbers.price(order.instrument, order.price)}"
    return f"{text} at the market"


def _accepted(event: OrderAccepted, _: Numbers) -> str:
    return f"order {event.order.order_id} {event.status.value}"


def _filled(event: Fill, numbers: Numbers) -> str:
    instrument = event.order.instrument
    quantity = numbers.quantity(instrument, event.quantity)
    return f"filled {quantity} at {numbers.price(instrument, event.price)}"


def _rested(event: OrderRested, numbers: Numbers) -> str:
    return f"rests with {numbers.quantity(event.order.instrument, event.quantity)}"


def _cancelled(event: OrderCancelled, _: Numbers) -> str:
    return f"order {event.order.order_id} cancelled"


def _expired(event: OrderExpired, _: Numbers) -> str:
    return f"order {event.order.order_id} {event.status.value} ({event.why.value})"


def _amended(event: OrderAmended, numbers: Numbers) -> str:
    return f"now {numbers.quantity(event.order.instrument, event.quantity)}"


def _refused(event: Refused, _: Numbers) -> str:
    return f"refused, {event.why.value.replace('_', ' ')}"


_SAY: dict[type[Event], Callable[..., str]] = {
    OrderAccepted: _accepted,
    Fill: _filled,
    OrderRested: _rested,
    OrderCancelled: _cancelled,
    OrderExpired: _expired,
    OrderAmended: _amended,
    Refused: _refused,
}
