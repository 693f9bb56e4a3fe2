"""Native order calls: under which ids they can be asked about afterwards.

rest-api.md "Trading endpoints", 2026-07-21: every id that is left out is made up by the venue, and
what the venue makes up nobody can ask for after a lost answer.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from msgspec import structs

from ....model import InvalidInput, Side
from ....model import commands as ask
from ....protocol.asking import Identified
from ....protocol.outcomes import Act, Part
from .orders import TYPES, Naming

LEGS = {
    "orderList.place": ("limit", "stop"),
    "orderList.place.oco": ("above", "below"),
    "orderList.place.oto": ("working", "pending"),
    "orderList.place.opo": ("working", "pending"),
    "orderList.place.otoco": ("working", "pendingAbove", "pendingBelow"),
    "orderList.place.opoco": ("working", "pendingAbove", "pendingBelow"),
}
"""The prefixes of a list's orders."""


def identify(name: Naming, call: ask.NativeCall, draw: Callable[[], str]) -> Identified:
    """The call with all its ids, and what it does. Raises InvalidInput."""
    sent = dict(call.parameters)
    instrument = name(sent.get("symbol", ""))
    match call.operation:
        case "order.place" | "sor.order.place":
            new = sent.setdefault("newClientOrderId", draw())
            done = Identified(call, new, instrument, (_new(sent, "", new),))
        case "order.cancelReplace":
            gone = _end(
                sent, "cancelOrderId", "cancelOrigClientOrderId", "cancelNewClientOrderId", draw
            )
            new = sent.setdefault("newClientOrderId", draw())
            done = Identified(call, new, instrument, (gone, _new(sent, "", new)))
        case "order.cancel":
            gone = _end(sent, "orderId", "origClientOrderId", "newClientOrderId", draw)
            done = Identified(call, gone.alias, instrument, (gone,), anew=False)
        case "order.amend.keepPriority":
            part = Part(
                Act.CHANGE,
                sent.get("origClientOrderId", ""),
                sent.get("orderId", ""),
                quantity=_decimal(sent.get("newQty")),
            )
            done = Identified(call, draw(), instrument, (part,))
        case operation if operation in LEGS:
            names = {leg: sent.setdefault(f"{leg}ClientOrderId", draw()) for leg in LEGS[operation]}
            listed = sent.setdefault("listClientOrderId", draw())
            parts = tuple(_new(sent, leg, new) for leg, new in names.items())
            done = Identified(call, listed, instrument, parts, lists=True)
        case "openOrders.cancelAll":
            every = ask.CancelAllOrders(instrument)
            done = Identified(call, draw(), instrument, (), anew=False, sweeps=every)
        case "orderList.cancel":
            ids = sent.get("orderListId", ""), sent.get("listClientOrderId", "")
            whole = ask.CancelOrderList(instrument, *ids)
            done = Identified(call, draw(), instrument, (), anew=False, sweeps=whole)
        case operation:
            raise InvalidInput(f"{operation} is no order")
    return structs.replace(done, call=ask.NativeCall(call.operation, sent))


def _end(
    sent: dict[str, str], by_id: str, by_name: str, alias: str, draw: Callable[[], str]
) -> Part:
    sent.setdefault(alias, draw())
    return Part(Act.END, sent.get(by_name, ""), sent.get(by_id, ""), sent[alias])


def _new(sent: dict[str, str], leg: str, name: str) -> Part:
    """What a new order comes to at worst, as far as its parameters can be read."""

    def of(word: str) -> str | None:
        prefixes = [leg, "pending"] if leg.startswith("pending") else [leg]
        names = [f"{prefix}{word[0].upper()}{word[1:]}" for prefix in prefixes] if leg else []
        return next((sent[name] for name in (*names, word) if name in sent), None)

    side = of("side")
    return Part(
        Act.NEW,
        name,
        side=Side(side.lower()) if side in ("BUY", "SELL") else None,
        order_type=TYPES.get(of("type") or ""),
        price=_decimal(of("price")),
        quantity=_decimal(of("quantity")),
        quote_quantity=_decimal(of("quoteOrderQty")),
    )


def _decimal(text: str | None) -> Decimal | None:
    """What the venue will read; nothing for what it will refuse."""
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        return None
