"""What a user gives, made exact: the words and numbers of a command, and that they fit together.

What a venue can do with it is the venue's to say; here is only what nobody could mean.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar, cast

from msgspec import structs

from ..model import (
    InvalidInput,
    ListKind,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
)
from ..model import commands as ask

Number = Decimal | int | str
"""What may be given for a price or a quantity. Not a float: it does not keep its digits."""

EARLIEST = 10**17
"""ns, in 1973: more than any second or millisecond of ours, and before any venue."""

W = TypeVar("W", bound=StrEnum)

HINTS = {"stop": "a stop is a limit or a market order with a trigger_price"}
"""For words that are looked for in the wrong place."""


def number(value: Number | None, what: str) -> Decimal | None:
    """Exactly what was given. Raises InvalidInput."""
    if value is None or isinstance(value, Decimal):
        return value
    if isinstance(value, float):
        raise InvalidInput(
            f"{what}={value!r} is a float, which does not keep its digits; give text: '{value!r}'"
        )
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise InvalidInput(f"{what}={value!r} is no number; give text, an int or a Decimal")
    try:
        return Decimal(value)
    except ArithmeticError:
        raise InvalidInput(f"{what}={value!r} is no number; one looks like '0.25'") from None


def needed(value: Number | None, what: str) -> Decimal:
    """The same, where there must be one."""
    found = number(value, what)
    if found is None:
        raise InvalidInput(f"{what} is missing")
    return found


def moment(value: int, what: str) -> int:
    """A time in ns since 1970; 0 is the beginning. Raises InvalidInput for seconds and ms, which
    would otherwise be a moment of 1970, and no candle at all.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(f"{what}={value!r} is no time; give whole nanoseconds since 1970")
    if 0 < value < EARLIEST:
        raise InvalidInput(
            f"{what}={value} is not in nanoseconds; seconds need * 10**9, ms * 10**6"
        )
    return value


def word(kind: type[W], given: W | str) -> W:
    """The word of a closed vocabulary. Raises InvalidInput, which says which there are."""
    meant = kind._value2member_map_.get(given) if isinstance(given, str) else None
    if meant is not None:
        return cast(W, meant)
    try:
        return kind(given)
    except ValueError:
        known = ", ".join(each.value for each in kind)
        hint = HINTS.get(str(given).lower(), "")
        text = f"there is no {kind.__name__} {given!r}; there are: {known}"
        raise InvalidInput(f"{text}; {hint}" if hint else text) from None


def order(given: ask.PlaceOrder) -> ask.PlaceOrder:
    """A new order that means one thing. Raises InvalidInput."""
    prevention = given.self_trade_prevention
    return consistent(
        structs.replace(
            given,
            side=word(Side, given.side),
            order_type=word(OrderType, given.order_type),
            time_in_force=word(TimeInForce, given.time_in_force),
            trigger=word(Trigger, given.trigger),
            self_trade_prevention=None
            if prevention is None
            else word(SelfTradePrevention, prevention),
            quantity=number(given.quantity, "quantity"),
            price=number(given.price, "price"),
            quote_quantity=number(given.quote_quantity, "quote_quantity"),
            trigger_price=number(given.trigger_price, "trigger_price"),
            display_quantity=number(given.display_quantity, "display_quantity"),
        )
    )


def consistent(order: ask.PlaceOrder) -> ask.PlaceOrder:
    """The order, if its parts fit together. Raises InvalidInput."""
    contradiction = _contradiction(order)
    if contradiction:
        raise InvalidInput(contradiction)
    return order


def _contradiction(order: ask.PlaceOrder) -> str:
    """What cannot be meant together: a part that is left out in silence is another order."""
    if order.order_type is OrderType.LIMIT:
        if order.price is None or order.quantity is None:
            return "a limit order needs a price and a quantity"
        if order.quote_quantity is not None:
            return "quote_quantity is for market orders; a limit order has a quantity"
    else:
        if order.price is not None:
            return "a market order takes no price: leave it out, or make it a limit order"
        if (order.quantity is None) == (order.quote_quantity is None):
            return "a market order needs either a quantity or a quote_quantity"
        if order.post_only or order.display_quantity is not None:
            return "a market order rests nowhere: no post_only, no display_quantity"
    if order.trigger is not Trigger.STOP and order.trigger_price is None:
        return f"a {order.trigger} order needs a trigger_price"
    return ""


def command(given: ask.Request) -> ask.Request:
    """Any command, exact. Raises InvalidInput."""
    match given:
        case ask.PlaceOrder():
            return order(given)
        case ask.AmendOrder():
            return structs.replace(given, quantity=needed(given.quantity, "quantity"))
        case ask.ReplaceOrder():
            return structs.replace(given, place=order(given.place))
        case ask.PlaceOrderList():
            kind, orders = word(ListKind, given.kind), tuple(map(order, given.orders))
            return structs.replace(given, kind=kind, orders=orders)
        case ask.NativeCall():
            return structs.replace(given, parameters=texts(given.parameters))
        case _:
            return given


def texts(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Native parameters as text. Raises InvalidInput."""
    return {name: _text(value, name) for name, value in parameters.items()}


def _text(value: Any, what: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return str(value)
    return format(needed(value, what), "f")
