"""Order lists: OCO, OTO, OTOCO, OPO and OPOCO, placed and cancelled.

In every sample of the venue the stop leg of a pair stands before the other one, and the working
order before what waits for it; so are they placed here (rest-api.md "Order lists", 2026-07-21).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from ....engine.commands import CancelList, Contingency, PlaceList
from ....engine.events import Event, ListChanged, ListStatus, OrderAccepted, Refused
from .. import errors
from ..wire import trading as wire
from . import drafts
from .account_view import AccountView
from .answers import PENDING_NEW, ack, placed
from .call import Call, Handler, Refusal, Rule
from .drafts import ID_LENGTH, LETTERS, STOPS, Draft, draft
from .filters import Filters
from .listing import CONTINGENCY, ORDER_STATUS, TYPE, cancelled_list
from .pricing import fee_price, price_range
from .trading import cancel_refusal, place_refusal

STOP_LOSSES = frozenset({"STOP_LOSS", "STOP_LOSS_LIMIT"})
TAKE_PROFITS = frozenset({"TAKE_PROFIT", "TAKE_PROFIT_LIMIT"})
PAIRED = STOPS | {"LIMIT_MAKER"}

OCO = Contingency.ONE_CANCELS_OTHER
OTO = Contingency.ONE_TRIGGERS_OTHER

MISPLACED = {
    ("BUY", "LIMIT_MAKER"): errors.BUY_OCO_LIMIT_BELOW,
    ("SELL", "LIMIT_MAKER"): errors.SELL_OCO_LIMIT_ABOVE,
    ("BUY", "STOP"): errors.BUY_OCO_STOP_ABOVE,
    ("SELL", "STOP"): errors.SELL_OCO_STOP_BELOW,
    ("BUY", "TAKE"): errors.BUY_OCO_TAKE_BELOW,
    ("SELL", "TAKE"): errors.SELL_OCO_TAKE_ABOVE,
}
"""What a leg on the wrong side of the market is called (errors.md)."""


class Wanted(Struct, frozen=True):
    """A list as asked for."""

    contingency: Contingency
    orders: tuple[Draft, ...]
    proceeds: bool = False


class Lists:
    """The list operations of one exchange."""

    def __init__(self, filters: Mapping[str, Filters]) -> None:
        self._filters = filters
        made = {
            "orderList.place": _old_oco,
            "orderList.place.oco": _oco,
            "orderList.place.oto": _oto,
            "orderList.place.otoco": _otoco,
            "orderList.place.opo": _opo,
            "orderList.place.opoco": _opoco,
        }
        self.handlers: dict[str, Handler] = {
            **dict.fromkeys(made, self.place),
            "orderList.cancel": self.cancel,
        }
        self.rules: dict[str, Rule] = {**made, "orderList.cancel": _cancel_rule}
        self.filters: dict[str, Rule] = dict.fromkeys(made, self.check)

    def check(self, call: Call) -> None:
        """Filters of all its orders; the list becomes a command."""
        wanted: Wanted = call.prepared
        filters = self._filters[call.market.symbol]
        for order in wanted.orders:
            filters.check(order)
        filters.check_open(wanted.orders, AccountView(call.host.engine, call.account), lists=1)
        call.prepared = PlaceList(
            account=call.account,
            instrument=call.market.symbol,
            contingency=wanted.contingency,
            orders=tuple(
                drafts.command(
                    call, order, price_range(call, order.market, order.side), fee_price(call, order)
                )
                for order in wanted.orders
            ),
            client_list_id=call.values.get("listClientOrderId")
            or call.host.draw(LETTERS, ID_LENGTH),
            proceeds=wanted.proceeds,
        )

    def place(self, call: Call) -> wire.NewOrderList | wire.NewOrderListAck:
        """``POST /api/v3/orderList/...`` and the old ``order/oco``."""
        command: PlaceList = call.prepared
        events = call.host.execute(command)
        for event in events:
            if type(event) is Refused:
                raise place_refusal(call, event)
        accepted = [event for event in events if type(event) is OrderAccepted]
        changed = next(event for event in events if type(event) is ListChanged)
        head: dict[str, Any] = {
            "order_list_id": changed.list_id,
            "contingency_type": CONTINGENCY[changed.contingency],
            "list_status_type": TYPE[ListStatus.EXECUTING],
            "list_order_status": ORDER_STATUS[ListStatus.EXECUTING],
            "list_client_order_id": changed.client_list_id,
            "transaction_time": call.time(changed.at),
            "symbol": changed.instrument,
            "orders": [
                wire.ListedOrder(
                    symbol=event.order.instrument,
                    order_id=event.order.order_id,
                    client_order_id=event.order.client_order_id,
                )
                for event in accepted
            ],
        }
        if call.values.get("newOrderRespType") == "ACK":
            reports = [ack(call, event.order, event.at) for event in accepted]
            return wire.NewOrderListAck(**head, order_reports=reports)
        return wire.NewOrderList(
            **head,
            order_reports=[
                _report(call, command, place, event, events) for place, event in enumerate(accepted)
            ],
        )

    def cancel(self, call: Call) -> wire.CancelledOrderList:
        """``DELETE /api/v3/orderList``."""
        values = call.values
        events = call.host.execute(
            CancelList(
                account=call.account,
                instrument=call.market.symbol,
                list_id=values.get("orderListId", 0),
                client_list_id=values.get("listClientOrderId", ""),
                cancel_id=values.get("newClientOrderId") or call.host.draw(LETTERS, ID_LENGTH),
            )
        )
        for event in events:
            if type(event) is Refused:
                raise cancel_refusal(event)
        changed = next(event for event in events if type(event) is ListChanged)
        return cancelled_list(call, changed, events)


def _report(
    call: Call, command: PlaceList, place: int, event: OrderAccepted, events: Sequence[Event]
) -> wire.NewOrder:
    """One order of a new list; RESULT unless asked otherwise (as in the samples, guessed).

    What waits shows PENDING_NEW, even when the working order filled at once.
    """
    waits = command.contingency is OTO and place > 0
    return placed(
        call,
        event.order,
        events,
        at=event.at,
        full=call.values.get("newOrderRespType") == "FULL",
        status=PENDING_NEW if waits else "",
        unmeasured=waits and command.proceeds,
    )


def _cancel_rule(call: Call) -> None:
    if "orderListId" not in call.values and "listClientOrderId" not in call.values:
        raise Refusal(errors.ONE_OF_TWO, "orderListId", "listClientOrderId")


def _leg(call: Call, prefix: str, side: str, quantity: str = "") -> Draft:
    """A leg whose side and quantity are shared with others."""
    order = draft(call, prefix)
    order.side = call.values[side]
    order.quantity = call.values[quantity] if quantity else None
    return order


def _check(call: Call, orders: Sequence[Draft]) -> None:
    status = call.host.engine.statuses[call.market.symbol]
    for order in orders:
        drafts.check_type(order)
        drafts.check_allowed(order, status)


def _supported(call: Call, *kinds: str) -> None:
    """Whether the symbol takes such lists. Only the texts for OCO and OPO are documented."""
    info = call.market.info
    if "OCO" in kinds and not info.oco_allowed:
        raise Refusal(errors.MESSAGE, errors.OCO_NOT_SUPPORTED)
    if "OTO" in kinds and info.oto_allowed is False:
        raise Refusal(errors.MESSAGE, errors.NOT_SUPPORTED % "OTO")
    if "OPO" in kinds and info.opo_allowed is False:
        raise Refusal(errors.MESSAGE, errors.NOT_SUPPORTED % "OPO")


def pair(above: Draft, below: Draft) -> tuple[Draft, Draft]:
    """Two legs of which one ends the other, the stop leg first. Raises Refusal."""
    if above.type not in PAIRED or below.type not in PAIRED:
        raise Refusal(errors.OCO_TYPE)
    if above.type == below.type == "LIMIT_MAKER":
        raise Refusal(errors.OCO_BOTH_LIMIT)
    side = above.side
    for leg, rightly in ((above, "BUY"), (below, "SELL")):
        if leg.type in STOP_LOSSES and side != rightly:
            raise Refusal(MISPLACED[side, "STOP"])
    for leg, rightly in ((above, "SELL"), (below, "BUY")):
        if leg.type not in STOP_LOSSES and side != rightly:
            kind = "TAKE" if leg.type in TAKE_PROFITS else "LIMIT_MAKER"
            raise Refusal(MISPLACED[side, kind])
    return (above, below) if above.type in STOP_LOSSES else (below, above)


def _oco(call: Call) -> None:
    _supported(call, "OCO")
    legs = pair(_leg(call, "above", "side", "quantity"), _leg(call, "below", "side", "quantity"))
    _check(call, legs)
    call.prepared = Wanted(OCO, legs)


def _old_oco(call: Call) -> None:
    """The deprecated form: a LIMIT_MAKER leg and a stop leg, limit or market."""
    _supported(call, "OCO")
    get = call.values.get
    if ("stopLimitPrice" in call.values) != ("stopLimitTimeInForce" in call.values):
        if "stopLimitPrice" in call.values:
            raise Refusal(errors.STOP_LIMIT_TIF)
        raise Refusal(errors.NOT_REQUIRED, "stopLimitTimeInForce")
    limit, stop = draft(call), draft(call)
    limit.prefix, stop.prefix = "limit", "stop"
    limit.type, limit.stop, limit.trailing = "LIMIT_MAKER", None, None
    stop.price = get("stopLimitPrice")
    stop.type = "STOP_LOSS" if stop.price is None else "STOP_LOSS_LIMIT"
    stop.time_in_force = get("stopLimitTimeInForce", "")
    for order in (limit, stop):
        order.iceberg = get(f"{order.prefix}IcebergQty")
        order.client_order_id = get(f"{order.prefix}ClientOrderId", "")
        order.strategy_id = get(f"{order.prefix}StrategyId")
        order.strategy_type = get(f"{order.prefix}StrategyType")
    _check(call, (stop, limit))
    call.prepared = Wanted(OCO, (stop, limit))


def _working(call: Call) -> Draft:
    order = draft(call, "working")
    if order.type not in ("LIMIT", "LIMIT_MAKER"):
        raise Refusal(errors.COMPOSITION)
    return order


def _pending_pair(call: Call, quantity: str) -> tuple[Draft, Draft]:
    if "pendingBelowType" not in call.values:
        raise Refusal(errors.MANDATORY, "pendingBelowType")
    return pair(
        _leg(call, "pendingAbove", "pendingSide", quantity),
        _leg(call, "pendingBelow", "pendingSide", quantity),
    )


def _oto(call: Call) -> None:
    _supported(call, "OTO")
    orders = (_working(call), draft(call, "pending"))
    _check(call, orders)
    call.prepared = Wanted(OTO, orders)


def _otoco(call: Call) -> None:
    _supported(call, "OTO", "OCO")
    orders = (_working(call), *_pending_pair(call, "pendingQuantity"))
    _check(call, orders)
    call.prepared = Wanted(OTO, orders)


def _sides_pay(call: Call) -> None:
    if call.values["workingSide"] != "BUY":
        raise Refusal(errors.OPO_WORKING)
    if call.values["pendingSide"] != "SELL":
        raise Refusal(errors.OPO_PENDING)


def _opo(call: Call) -> None:
    _supported(call, "OTO", "OPO")
    _sides_pay(call)
    orders = (_working(call), draft(call, "pending"))
    _check(call, orders)
    call.prepared = Wanted(OTO, orders, proceeds=True)


def _opoco(call: Call) -> None:
    _supported(call, "OTO", "OPO", "OCO")
    _sides_pay(call)
    orders = (_working(call), *_pending_pair(call, ""))
    _check(call, orders)
    call.prepared = Wanted(OTO, orders, proceeds=True)
