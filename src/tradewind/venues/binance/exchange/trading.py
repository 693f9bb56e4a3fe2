"""Orders: placing, testing, cancelling, replacing, amending.

Each operation has a rule (what its parameters demand of each other), a filter step that makes
``call.prepared``, and a handler that tells the engine and writes the answer. The codes of the
engine's refusals are documented (errors.md), which of them a case gives partly guessed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET

from ....engine.commands import (
    AmendOrder,
    CancelAll,
    CancelOnly,
    CancelOrder,
    PlaceOrder,
    ReplaceOrder,
)
from ....engine.events import (
    Event,
    ListChanged,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    Refused,
)
from ....engine.events import Refusal as Why
from ....engine.listing import FeeRates
from ....engine.orders import Order
from ....protocol.scaled import read, write
from .. import errors
from ..wire import trading as wire
from ..wire.market import Empty, LotSize, MarketLotSize, MaxNumOrderAmends
from . import answers, drafts
from .account_view import AccountView
from .answers import ack, cancelled, placed
from .call import Call, Handler, Refusal, Rule
from .drafts import ID_LENGTH, LETTERS, Draft, draft
from .filters import Filters
from .limiter import Orders
from .listing import cancelled_list, list_of
from .markets import Market, text
from .pricing import fee_price, price_range
from .records import Records

PLACE_TEXTS = {
    Why.DUPLICATE_CLIENT_ORDER_ID: errors.DUPLICATE_ORDER,
    Why.INSUFFICIENT_BALANCE: errors.INSUFFICIENT,
    Why.WOULD_TAKE: errors.WOULD_TAKE,
    Why.WOULD_TRIGGER: errors.WOULD_TRIGGER,
    Why.BAD_PRICES: errors.BAD_PRICES,
    Why.NO_VALUE: errors.ZERO_VALUE,
    Why.NO_LIQUIDITY_FOR_PEG: errors.PEG_LIQUIDITY,
    Why.MARKET_CLOSED: errors.MARKET_CLOSED,
    Why.UNKNOWN_ACCOUNT: errors.ACTION_DISABLED,
    Why.INVALID: errors.COMBINATION,
    Why.BELOW_MARKET_MIN: errors.LIQUIDITY_LOT,
    Why.EMPTY_BOOK: errors.LIQUIDITY_NONE,
}
"""What the matching engine says when it refuses a new order (-2010)."""

CANCEL_TEXTS = {
    Why.RESTRICTED: errors.RESTRICTED,
    Why.MARKET_CLOSED: errors.MARKET_CLOSED,
}
"""The same for cancels (-2011); everything else is an unknown order."""

AMEND_TEXTS = {
    Why.UNKNOWN_ORDER: errors.UNKNOWN_ORDER,
    Why.ID_MISMATCH: errors.UNKNOWN_ORDER,
    Why.NOT_LOWER: errors.AMEND_INCREASE,
    Why.NO_CHANGE: errors.NO_CHANGE,
    Why.NOT_AMENDABLE: errors.AMEND_OPO,
    Why.DUPLICATE_CLIENT_ORDER_ID: errors.DUPLICATE_ORDER,
    Why.MARKET_CLOSED: errors.MARKET_CLOSED,
    Why.INVALID: errors.NO_CHANGE,
}
"""The same for amends (-2038)."""


class Trading:
    """The trading operations of one exchange."""

    def __init__(self, filters: Mapping[str, Filters], orders: Orders, records: Records) -> None:
        self._filters = filters
        self._orders = orders
        self._records = records
        self.handlers: dict[str, Handler] = {
            "order.place": self.place,
            "order.test": self.test,
            "order.cancel": self.cancel,
            "openOrders.cancelAll": self.cancel_all,
            "order.cancelReplace": self.replace,
            "order.amend.keepPriority": self.amend,
            "sor.order.place": self.place,
            "sor.order.test": self.test,
        }
        self.rules: dict[str, Rule] = {
            "order.place": self.order_rule,
            "order.test": self.order_rule,
            "order.cancel": _cancel_rule,
            "order.cancelReplace": self.replace_rule,
            "order.amend.keepPriority": _cancel_rule,
            "sor.order.place": self.routed_rule,
            "sor.order.test": self.routed_rule,
        }
        self.filters: dict[str, Rule] = {
            "order.place": self.order_filters,
            "order.test": self.order_filters,
            "order.cancelReplace": self.order_filters,
            "order.amend.keepPriority": self.amend_filters,
            "sor.order.place": self.order_filters,
            "sor.order.test": self.order_filters,
        }

    # rules: what the parameters of one call demand of each other

    def order_rule(self, call: Call) -> None:
        """The rules of the order's type and of its symbol."""
        order = call.prepared = draft(call)
        drafts.check_type(order)
        drafts.check_allowed(order, call.host.engine.statuses[order.market.symbol])

    def replace_rule(self, call: Call) -> None:
        """An order to cancel, and the rules of the new one."""
        if "cancelOrderId" not in call.values and "cancelOrigClientOrderId" not in call.values:
            raise Refusal(errors.ONE_OF_TWO, "cancelOrigClientOrderId", "cancelOrderId")
        self.order_rule(call)
        if not call.market.info.cancel_replace_allowed:
            raise Refusal(errors.MESSAGE, errors.REPLACE_NOT_SUPPORTED)

    def routed_rule(self, call: Call) -> None:
        """Only LIMIT and MARKET are routed (rest-api.md "SOR")."""
        if call.values["type"] not in ("LIMIT", "MARKET"):
            raise Refusal(errors.UNSUPPORTED)
        self.order_rule(call)
        call.prepared.routed = True

    # filters: drafts become commands

    def order_filters(self, call: Call) -> None:
        """Check the draft against its symbol and turn it into a command."""
        order: Draft = call.prepared
        filters = self._filters[order.market.symbol]
        filters.check(order)
        account = AccountView(call.host.engine, call.account)
        filters.check_open((order,), account)  # also before a cancel-replace's cancel
        call.prepared = drafts.command(
            call, order, price_range(call, order.market, order.side), fee_price(call, order)
        )

    def amend_filters(self, call: Call) -> None:
        """The new quantity keeps to the lot size; an order is amended only so often."""
        market = call.market
        quantity = call.values["newQty"]
        lot = market.filter(LotSize)
        beyond = lot is not None and quantity > read(lot.max_qty, 8)
        if not quantity or quantity % market.step or beyond:
            raise Refusal(errors.FILTER, "LOT_SIZE")
        if market.info.amend_allowed is False:
            raise Refusal(errors.AMEND_REJECTED, errors.AMEND_NOT_SUPPORTED)
        order = _open_order(call, "orderId", "origClientOrderId")
        most = market.filter(MaxNumOrderAmends)
        if order is not None and most is not None:
            made = self._records.amendments(call.account, market.symbol, order.order_id)
            if len(made) >= most.max_num_order_amends:
                raise Refusal(errors.AMEND_REJECTED, "Filter failure: MAX_NUM_ORDER_AMENDS")

    # handlers

    def place(self, call: Call) -> wire.NewOrder | wire.NewOrderAck:
        """``POST /api/v3/order``."""
        events = call.host.execute(call.prepared)
        return _placed(call, events)

    def test(self, call: Call) -> Empty | wire.TestedOrder:
        """``POST /api/v3/order/test``: everything but the engine."""
        if not call.values.get("computeCommissionRates"):
            return Empty()
        rates = call.host.engine.rates(call.account, call.market.symbol)
        buys = call.values["side"] == "BUY"
        return wire.TestedOrder(
            standard_commission_for_order=_rates_of_side(rates.fees, buys=buys),
            special_commission_for_order=_rates_of_side(rates.special, buys=buys),
            tax_commission_for_order=_rates_of_side(rates.tax, buys=buys),
            discount=discount(call),
        )

    def cancel(self, call: Call) -> wire.CancelledOrder | wire.CancelledOrderList:
        """``DELETE /api/v3/order``."""
        events = call.host.execute(
            cancel_command(call, "orderId", "origClientOrderId", "newClientOrderId")
        )
        _raise_cancel(events)
        return _cancelled(call, events)

    def cancel_all(self, call: Call) -> list[wire.CancelledOrder | wire.CancelledOrderList]:
        """``DELETE /api/v3/openOrders``: single orders, and lists with their legs."""
        events = call.host.execute(
            CancelAll(
                account=call.account,
                instrument=call.market.symbol,
                cancel_id=call.host.draw(LETTERS, ID_LENGTH),
            )
        )
        _raise_cancel(events)
        single: list[wire.CancelledOrder | wire.CancelledOrderList] = [
            cancelled(call, event)
            for event in events
            if type(event) is OrderCancelled and not event.order.list_id
        ]
        return single + [
            cancelled_list(call, event, events) for event in events if type(event) is ListChanged
        ]

    def replace(self, call: Call) -> wire.Replaced[Any, Any]:
        """``POST /api/v3/order/cancelReplace``."""
        stops = call.values["cancelReplaceMode"] == "STOP_ON_FAILURE"
        events = call.host.execute(
            ReplaceOrder(
                cancel=cancel_command(
                    call,
                    "cancelOrderId",
                    "cancelOrigClientOrderId",
                    "cancelNewClientOrderId",
                ),
                new=call.prepared,
                stop_on_failure=stops,
                place=call.over_count is None,
            )
        )
        told = _replaced(call, events, stops)
        if isinstance(told, Refusal):
            if call.over_count is None and not _accepted(events):
                # counts even when the new order was not attempted (order count FAQ)
                self._orders.charge(call.account, 1, call.now)
            raise told
        return told

    def amend(self, call: Call) -> wire.Amended:
        """``PUT /api/v3/order/amend/keepPriority``."""
        values = call.values
        new_id = values.get("newClientOrderId") or call.host.draw(LETTERS, ID_LENGTH)
        events = call.host.execute(
            AmendOrder(
                account=call.account,
                instrument=call.market.symbol,
                quantity=call.market.read_lots(values["newQty"]),
                order_id=values.get("orderId", 0),
                client_order_id=values.get("origClientOrderId", ""),
                new_client_order_id=new_id,
            )
        )
        for event in events:
            if type(event) is Refused:
                why = AMEND_TEXTS.get(event.why, errors.UNKNOWN_ORDER)
                raise Refusal(errors.AMEND_REJECTED, why)
        event = next(e for e in events if type(e) is OrderAmended)
        listed = next((e for e in events if type(e) is ListChanged), None)
        return _amended(call, event, listed, self._records.execution_id(event))


def _cancel_rule(call: Call) -> None:
    """An order must be named."""
    if "orderId" not in call.values and "origClientOrderId" not in call.values:
        raise Refusal(errors.ONE_OF_TWO, "origClientOrderId", "orderId")


def _open_order(call: Call, id_name: str, client_name: str) -> Order | None:
    order_id = call.values.get(id_name, 0)
    engine = call.host.engine
    if order_id:
        order = engine.order(order_id)
        return order if order is not None and order.account == call.account else None
    return engine.by_client_id(call.account, call.market.symbol, call.values.get(client_name, ""))


def cancel_command(call: Call, id_name: str, client_name: str, new_name: str) -> CancelOrder:
    """The engine's command for a cancel."""
    values = call.values
    only = values.get("cancelRestrictions")
    restricted = {"ONLY_NEW": CancelOnly.NEW, "ONLY_PARTIALLY_FILLED": CancelOnly.PARTIALLY_FILLED}
    return CancelOrder(
        account=call.account,
        instrument=call.market.symbol,
        order_id=values.get(id_name, 0),
        client_order_id=values.get(client_name, ""),
        cancel_id=values.get(new_name) or call.host.draw(LETTERS, ID_LENGTH),
        only=restricted[only] if only else None,
    )


def place_refusal(call: Call, refused: Refused) -> Refusal:
    """What the engine's no to a new order is called."""
    if refused.why is Why.BELOW_MARKET_MIN:
        return Refusal(errors.ORDER_REJECTED, _too_little(call.market))
    if refused.why is Why.MARKET_CLOSED:
        return Refusal(errors.MESSAGE, errors.MARKET_CLOSED)
    return Refusal(errors.ORDER_REJECTED, PLACE_TEXTS.get(refused.why, errors.COMBINATION))


def _too_little(market: Market) -> str:
    lot, market_lot = market.filter(LotSize), market.filter(MarketLotSize)
    if lot is not None and market_lot is not None and market_lot.min_qty > lot.min_qty:
        return errors.LIQUIDITY_MARKET_LOT
    return errors.LIQUIDITY_LOT


def _placed(call: Call, events: Sequence[Event]) -> wire.NewOrder | wire.NewOrderAck:
    """The answer to a new order, as the caller wants it. Raises Refusal."""
    for event in events:
        if isinstance(event, OrderAccepted):
            return new_order(call, event, events)
        if isinstance(event, Refused):
            raise place_refusal(call, event)
    raise AssertionError("an order is accepted or refused")


def new_order(
    call: Call, event: OrderAccepted, events: Sequence[Event]
) -> wire.NewOrder | wire.NewOrderAck:
    """An accepted order, as the caller wants to be told."""
    order = event.order
    asked = call.values.get("newOrderRespType")
    if asked is None:
        routed = call.operation.name.startswith("sor.")
        fuller = routed or (order.trigger is None and not order.post_only)
        asked = "FULL" if fuller else "ACK"
    if asked == "ACK":
        return ack(call, order, event.at)
    return placed(call, order, events, at=event.at, full=asked == "FULL")


def _raise_cancel(events: Sequence[Event]) -> None:
    for event in events:
        if type(event) is Refused:
            raise cancel_refusal(event)


def cancel_refusal(refused: Refused) -> Refusal:
    """What the engine's no to a cancel is called."""
    return Refusal(errors.CANCEL_REJECTED, CANCEL_TEXTS.get(refused.why, errors.UNKNOWN_ORDER))


def _cancelled(
    call: Call, events: Sequence[Event]
) -> wire.CancelledOrder | wire.CancelledOrderList:
    """One order, or the whole list that went with it."""
    for event in events:
        if type(event) is ListChanged:
            return cancelled_list(call, event, events)
    return cancelled(call, next(e for e in events if type(e) is OrderCancelled))


def _error(refusal: Refusal) -> wire.ErrorBody:
    return wire.ErrorBody(code=refusal.code, msg=refusal.text)


def _accepted(events: Sequence[Event]) -> bool:
    return any(type(event) is OrderAccepted for event in events)


def _replaced(
    call: Call, events: Sequence[Event], stops: bool
) -> wire.Replaced[Any, Any] | Refusal:
    """The table of outcomes (rest-api.md "cancelReplace"): a refusal unless both worked."""
    no_cancel = next(
        (e for e in events if type(e) is Refused and isinstance(e.command, CancelOrder)), None
    )
    no_order = next(
        (e for e in events if type(e) is Refused and isinstance(e.command, PlaceOrder)), None
    )
    cancel: Any = _error(cancel_refusal(no_cancel)) if no_cancel else _cancelled(call, events)
    attempted = no_order is None or no_order.why is not Why.NOT_ATTEMPTED
    new: Any = None
    if call.over_count is not None:
        new = _error(call.over_count)
    elif no_order is not None and attempted:
        new = _error(place_refusal(call, no_order))
    elif no_order is None:
        new = _placed(call, [e for e in events if type(e) is not Refused])
    told = wire.Replaced[Any, Any](
        cancel_result="FAILURE" if no_cancel else "SUCCESS",
        new_order_result=(
            "SUCCESS"
            if no_order is None
            else "FAILURE"
            if attempted or (call.over_count is not None and not no_cancel)
            else "NOT_ATTEMPTED"
        ),
        cancel_response=cancel,
        new_order_response=new,
    )
    if no_cancel is None and no_order is None:
        return told
    failed = no_cancel is not None and no_order is not None
    status = 0
    if call.over_count is not None:
        status = 429 if stops else 400 if failed else 409
    return Refusal(
        errors.REPLACE_FAILED if failed else errors.REPLACE_PARTIAL,
        status=status,
        data=told,
        until=call.over_count.until if call.over_count is not None and status == 429 else 0,
    )


def _amended(
    call: Call, event: OrderAmended, changed: ListChanged | None, execution_id: int
) -> wire.Amended:
    order = event.order
    market = call.market
    shown = answers.Shown(market, order)
    status = answers.status_of(call.host.engine, order)
    working = call.time(order.working_since) if order.working_since else -1
    return wire.Amended(
        transact_time=call.time(event.at),
        execution_id=execution_id,
        amended_order=wire.AmendedOrder(
            symbol=order.instrument,
            order_id=order.order_id,
            order_list_id=order.list_id or -1,
            orig_client_order_id=event.previous_client_order_id,
            client_order_id=order.client_order_id,
            price=shown.price,
            qty=market.quantity(event.quantity),
            executed_qty=market.quantity(order.filled_quantity),
            prevented_qty=market.quantity(order.prevented_quantity),
            quote_order_qty=text(order.quote_quantity),
            cumulative_quote_qty=text(order.filled_value),
            status=status,
            time_in_force=answers.time_in_force(shown.kind, order.time_in_force),
            type=shown.kind,
            side=answers.SIDE[order.side],
            working_time=UNSET if status == answers.PENDING_NEW else working,
            self_trade_prevention_mode=answers.prevention(order.self_trade_prevention),
        ),
        list_status=_amended_list(call, order, changed),
    )


def _amended_list(call: Call, order: Order, changed: ListChanged | None) -> Any:
    if changed is None:
        listed = call.host.engine.list_(order.list_id) if order.list_id else None
        if listed is None:
            return UNSET
        told = list_of(call, listed)
    else:
        told = list_of(call, changed)
    return wire.AmendedList(
        order_list_id=told.order_list_id,
        contingency_type=told.contingency_type,
        list_order_status=told.list_order_status,
        list_client_order_id=told.list_client_order_id,
        symbol=told.symbol,
        orders=told.orders,
    )


def _rates_of_side(rates: FeeRates, *, buys: bool) -> wire.MakerTaker:
    """As maker and as taker, each with what the side pays (commission_faq.md)."""
    return wire.MakerTaker(
        maker=write(rates.of(makes=True, buys=buys), 8),
        taker=write(rates.of(makes=False, buys=buys), 8),
    )


def discount(call: Call) -> wire.Discount:
    """What the account pays less when it pays in its fee asset."""
    account = call.host.engine.accounts[call.account]
    return wire.Discount(
        enabled_for_account=bool(account.fee_asset),
        enabled_for_symbol=True,
        discount_asset=account.fee_asset or "BNB",
        discount=write(account.fee_discount, 8),
    )
