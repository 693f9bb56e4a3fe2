"""Orders as the wire shows them: the engine's own record while an order is placed or cancelled, a
row of the history when it is asked for later.
"""

from collections.abc import Iterable, Sequence

from msgspec import UNSET, UnsetType

from ....engine.commands import PegTo, TriggerWhen
from ....engine.engine import Engine
from ....engine.events import Event, Expiry, Fill, OrderCancelled, OrderExpired, TradePrevented
from ....engine.orders import Order
from ....model import OrderStatus, OrderType, Side
from ....protocol.hosting import OrderRow
from ..wire import trading as wire
from .call import Call
from .drafts import PLAIN, Memo, read_memo
from .markets import Market, text

ZERO = text(0)

STATUS = {
    OrderStatus.PENDING: "NEW",
    OrderStatus.OPEN: "NEW",
    OrderStatus.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    OrderStatus.FILLED: "FILLED",
    OrderStatus.CANCELLED: "CANCELED",
    OrderStatus.EXPIRED: "EXPIRED",
    OrderStatus.PREVENTED: "EXPIRED_IN_MATCH",
    OrderStatus.REJECTED: "REJECTED",
}
PENDING_NEW = "PENDING_NEW"
SIDE = {Side.BUY: "BUY", Side.SELL: "SELL"}
_PEG = {PegTo.PRIMARY: "PRIMARY_PEG", PegTo.MARKET: "MARKET_PEG"}

EXPIRY = {
    Expiry.IOC_REST: "UNFILLED_IOC_QUANTITY_EXPIRED",
    Expiry.FOK_UNFILLED: "UNFILLED_FOK_ORDER_EXPIRED",
    Expiry.NO_LIQUIDITY: "INSUFFICIENT_LIQUIDITY",
    Expiry.PRICE_RANGE: "EXECUTION_RULE_PRICE_RANGE_EXCEEDED",
    Expiry.OTHER_LEG: "OCO_TRIGGER",
    Expiry.FIRST_LEG_EXPIRED: "OTO_PHASE_ONE_EXPIRED",
    Expiry.INSTRUMENT_CLOSED: "EXCHANGE_CANCELED",
    Expiry.REFUSED_AT_TRIGGER: "REJECTED",
}
"""Why an order expired (enums.md "Expiry Reasons"); self-trade prevention has a status instead."""


def kind_of(order_type: str, post_only: bool, side: str, trigger_when: str | None) -> str:
    """The venue's word for a type, from the engine's attributes."""
    limit = order_type == OrderType.LIMIT
    if not trigger_when:
        return ("LIMIT_MAKER" if post_only else "LIMIT") if limit else "MARKET"
    above = trigger_when == TriggerWhen.AT_OR_ABOVE
    word = "STOP_LOSS" if above is (side == Side.BUY) else "TAKE_PROFIT"
    if post_only:
        return "LIMIT_MAKER"
    return word + "_LIMIT" if limit else word


def type_of(order: Order) -> str:
    """The venue's word for an order's type."""
    trigger = order.trigger
    return kind_of(order.order_type, order.post_only, order.side, trigger.when if trigger else None)


def status_of(engine: Engine, order: Order) -> str:
    """The venue's word for where an order is now."""
    if order.status is OrderStatus.PENDING and awaits(engine, order.order_id, order.list_id):
        return PENDING_NEW
    return STATUS[order.status]


def awaits(engine: Engine, order_id: int, list_id: int) -> bool:
    """Whether an order waits for the first of its list to fill."""
    listed = engine.list_(list_id) if list_id else None
    return listed is not None and listed.waiting and listed.orders[0].order_id != order_id


def time_in_force(kind: str, value: str) -> str:
    """Orders without one show GTC."""
    return "GTC" if kind in ("MARKET", "STOP_LOSS", "TAKE_PROFIT") else value.upper()


def number(value: int | None) -> int | UnsetType:
    """An optional number."""
    return UNSET if value is None else value


def prevention(mode: str) -> str:
    """The venue's word for a self-trade prevention mode."""
    return mode.upper()


class Shown:
    """What all answers about the engine's record of an order have in common."""

    __slots__ = ("kind", "market", "memo", "order")

    def __init__(self, market: Market, order: Order) -> None:
        self.market = market
        self.order = order
        self.kind = type_of(order)
        self.memo: Memo = read_memo(order.memo) if order.memo else PLAIN

    @property
    def price(self) -> str:
        """The price that was sent: with a peg the book's price is told as ``peggedPrice``."""
        order = self.order
        return self.market.price(self.memo.p if order.peg else order.price)

    @property
    def peg_price_type(self) -> str | UnsetType:
        """What the price follows."""
        peg = self.order.peg
        return UNSET if peg is None else _PEG[peg.to]

    @property
    def peg_offset_type(self) -> str | UnsetType:
        """Only when it was sent."""
        return "PRICE_LEVEL" if self.memo.o else UNSET

    @property
    def peg_offset_value(self) -> int | UnsetType:
        """Only when it was sent."""
        peg = self.order.peg
        return peg.offset if peg is not None and self.memo.o else UNSET

    @property
    def pegged_price(self) -> str | UnsetType:
        """Once determined."""
        order = self.order
        return self.market.price(order.price) if order.peg and order.price else UNSET

    @property
    def stop_price(self) -> str | UnsetType:
        """For all orders with a trigger; zero when it only trails."""
        trigger = self.order.trigger
        return UNSET if trigger is None else self.market.price(trigger.price)

    @property
    def trailing_delta(self) -> int | UnsetType:
        """For trailing ones."""
        trigger = self.order.trigger
        return trigger.trailing if trigger is not None and trigger.trailing else UNSET

    def trailing_time(self, call: Call) -> int | UnsetType:
        """When a trail began, -1 before."""
        if self.trailing_delta is UNSET:
            return UNSET
        started = self.order.trail_started
        return call.time(started) if started else -1

    @property
    def iceberg_qty(self) -> str | UnsetType:
        """For icebergs."""
        shown = self.order.display_quantity
        return self.market.quantity(shown) if shown else UNSET

    @property
    def prevented_quantity(self) -> str | UnsetType:
        """For orders that self-trade prevention ended or shortened."""
        lots = self.order.prevented_quantity
        return self.market.quantity(lots) if lots else UNSET

    @property
    def orig_qty(self) -> str | UnsetType:
        """Unknown (absent) until an OPO list's first order has filled."""
        return _quantity(self.market, self.order)


def _quantity(market: Market, order: Order) -> str | UnsetType:
    if order.quantity or order.quote_quantity or order.status is not OrderStatus.PENDING:
        return market.quantity(order.quantity)
    return UNSET


def ack(call: Call, order: Order, at: int) -> wire.NewOrderAck:
    """``newOrderRespType=ACK``."""
    return wire.NewOrderAck(
        symbol=order.instrument,
        order_id=order.order_id,
        order_list_id=order.list_id or -1,
        client_order_id=order.client_order_id,
        transact_time=call.time(at),
    )


def placed(
    call: Call,
    order: Order,
    events: Sequence[Event],
    *,
    at: int,
    full: bool,
    status: str = "",
    unmeasured: bool = False,
) -> wire.NewOrder:
    """RESULT, or FULL with the fills of this command. ``status`` overrides what it is now,
    ``unmeasured`` leaves out a quantity that was not known when it was placed.
    """
    market = call.markets[order.instrument]
    if _went_to_the_book(order, events):
        return _rested(call, market, order, at, full)
    shown = Shown(market, order)
    prevented = [e for e in events if type(e) is TradePrevented and order in (e.maker, e.taker)]
    working = order.working_since if not status else 0
    return wire.NewOrder(
        symbol=order.instrument,
        order_id=order.order_id,
        order_list_id=order.list_id or -1,
        client_order_id=order.client_order_id,
        transact_time=call.time(at),
        price=shown.price,
        peg_price_type=shown.peg_price_type,
        peg_offset_type=shown.peg_offset_type,
        peg_offset_value=shown.peg_offset_value,
        pegged_price=shown.pegged_price,
        orig_qty=UNSET if unmeasured else market.quantity(order.quantity),
        executed_qty=market.quantity(order.filled_quantity),
        orig_quote_order_qty=text(order.quote_quantity),
        cummulative_quote_qty=text(order.filled_value),
        status=status or status_of(call.host.engine, order),
        time_in_force=time_in_force(shown.kind, order.time_in_force),
        type=shown.kind,
        side=SIDE[order.side],
        stop_price=shown.stop_price,
        trailing_delta=shown.trailing_delta,
        trailing_time=shown.trailing_time(call),
        working_time=call.time(working) if working else -1,
        iceberg_qty=shown.iceberg_qty,
        strategy_id=number(shown.memo.s),
        strategy_type=number(shown.memo.t),
        self_trade_prevention_mode=prevention(order.self_trade_prevention),
        prevented_match_id=prevented[-1].prevented_id if prevented else UNSET,
        prevented_quantity=shown.prevented_quantity,
        working_floor="SOR" if shown.memo.r else UNSET,
        used_sor=True if shown.memo.r else UNSET,
        expiry_reason=UNSET if status else expiry_reason(order, events),
        fills=_fills(market, order, events, shown.memo.r) if full else UNSET,
        prevented_matches=[_met(market, e) for e in prevented] if prevented else UNSET,
    )


def _went_to_the_book(order: Order, events: Sequence[Event]) -> bool:
    """The commonest case: accepted, rested, one balance, one level, and nothing conditional."""
    return (
        len(events) <= 4
        and order.status is OrderStatus.OPEN
        and not order.memo
        and not order.display_quantity
        and order.trigger is None
        and order.peg is None
    )


def _rested(call: Call, market: Market, order: Order, at: int, full: bool) -> wire.NewOrder:
    """An order without anything conditional that has traded nothing."""
    time = call.time(at)
    kind = kind_of(order.order_type, order.post_only, order.side, None)
    return wire.NewOrder(
        symbol=order.instrument,
        order_id=order.order_id,
        order_list_id=order.list_id or -1,
        client_order_id=order.client_order_id,
        transact_time=time,
        price=market.price(order.price),
        orig_qty=market.quantity(order.quantity),
        executed_qty=ZERO,
        orig_quote_order_qty=ZERO,
        cummulative_quote_qty=ZERO,
        status=STATUS[order.status],
        time_in_force=time_in_force(kind, order.time_in_force),
        type=kind,
        side=SIDE[order.side],
        working_time=time,
        self_trade_prevention_mode=prevention(order.self_trade_prevention),
        fills=[] if full else UNSET,
    )


def expiry_reason(order: Order, events: Iterable[Event]) -> str | UnsetType:
    """Why it expired, if it did in this command."""
    for event in events:
        if type(event) is OrderExpired and event.order is order:
            return EXPIRY.get(event.why, UNSET)
    return UNSET


def _fills(
    market: Market, order: Order, events: Sequence[Event], routed: bool
) -> list[wire.OrderFill]:
    return [
        wire.OrderFill(
            match_type="ONE_PARTY_TRADE_REPORT" if routed else UNSET,
            price=market.price(event.price),
            qty=market.quantity(event.quantity),
            commission=text(event.fee),
            commission_asset=event.fee_asset,
            trade_id=-1 if routed else event.trade_id,
            alloc_id=event.trade_id if routed else UNSET,
        )
        for event in events
        if type(event) is Fill and event.order is order
    ]


def _met(market: Market, event: TradePrevented) -> wire.OrderPreventedMatch:
    return wire.OrderPreventedMatch(
        prevented_match_id=event.prevented_id,
        maker_order_id=event.maker.order_id,
        price=market.price(event.price),
        taker_prevented_quantity=_lots(market, event.taker_prevented),
        maker_prevented_quantity=_lots(market, event.maker_prevented),
    )


def _lots(market: Market, lots: int) -> str | UnsetType:
    return market.quantity(lots) if lots else UNSET


def cancelled(call: Call, event: OrderCancelled) -> wire.CancelledOrder:
    """An order that a cancel ended, directly or as the other leg of a list."""
    order = event.order
    market = call.markets[order.instrument]
    if not (order.memo or order.trigger or order.peg or order.display_quantity):
        return _cancelled_plain(call, market, event)
    shown = Shown(market, order)
    return wire.CancelledOrder(
        symbol=order.instrument,
        orig_client_order_id=event.client_order_id,
        order_id=order.order_id,
        order_list_id=order.list_id or -1,
        client_order_id=event.cancel_id or order.client_order_id,
        transact_time=call.time(event.at),
        price=shown.price,
        peg_price_type=shown.peg_price_type,
        peg_offset_type=shown.peg_offset_type,
        peg_offset_value=shown.peg_offset_value,
        pegged_price=shown.pegged_price,
        orig_qty=shown.orig_qty,
        executed_qty=market.quantity(order.filled_quantity),
        orig_quote_order_qty=text(order.quote_quantity),
        cummulative_quote_qty=text(order.filled_value),
        status=STATUS[order.status],
        time_in_force=time_in_force(shown.kind, order.time_in_force),
        type=shown.kind,
        side=SIDE[order.side],
        stop_price=shown.stop_price,
        trailing_delta=shown.trailing_delta,
        trailing_time=shown.trailing_time(call),
        iceberg_qty=shown.iceberg_qty,
        strategy_id=number(shown.memo.s),
        strategy_type=number(shown.memo.t),
        self_trade_prevention_mode=prevention(order.self_trade_prevention),
        prevented_quantity=shown.prevented_quantity,
        used_sor=True if shown.memo.r else UNSET,
        working_floor="SOR" if shown.memo.r else UNSET,
    )


def _cancelled_plain(call: Call, market: Market, event: OrderCancelled) -> wire.CancelledOrder:
    """An order without anything conditional."""
    order = event.order
    kind = kind_of(order.order_type, order.post_only, order.side, None)
    prevented = order.prevented_quantity
    return wire.CancelledOrder(
        symbol=order.instrument,
        orig_client_order_id=event.client_order_id,
        order_id=order.order_id,
        order_list_id=order.list_id or -1,
        client_order_id=event.cancel_id or order.client_order_id,
        transact_time=call.time(event.at),
        price=market.price(order.price),
        orig_qty=_quantity(market, order),
        executed_qty=market.quantity(order.filled_quantity),
        orig_quote_order_qty=text(order.quote_quantity),
        cummulative_quote_qty=text(order.filled_value),
        status=STATUS[order.status],
        time_in_force=time_in_force(kind, order.time_in_force),
        type=kind,
        side=SIDE[order.side],
        self_trade_prevention_mode=prevention(order.self_trade_prevention),
        prevented_quantity=market.quantity(prevented) if prevented else UNSET,
    )


def queried(call: Call, row: OrderRow, prevented_id: int | None = None) -> wire.QueriedOrder:
    """A row of the history, or an open order with the values of now."""
    market = call.markets[row.instrument]
    memo = read_memo(row.memo)
    kind = kind_of(row.order_type, row.post_only, row.side, row.trigger_when)
    status = STATUS[OrderStatus(row.status)]
    if row.status == OrderStatus.PENDING and awaits(call.host.engine, row.order_id, row.list_id):
        status = PENDING_NEW
    pegged = bool(row.peg_to)
    known = bool(row.quantity or row.quote_quantity or status != PENDING_NEW)
    return wire.QueriedOrder(
        symbol=row.instrument,
        order_id=row.order_id,
        order_list_id=row.list_id or -1,
        client_order_id=row.client_order_id,
        price=market.price(memo.p if pegged else row.price),
        peg_price_type=_PEG[PegTo(row.peg_to)] if pegged else UNSET,
        peg_offset_type="PRICE_LEVEL" if memo.o else UNSET,
        peg_offset_value=row.peg_offset if memo.o else UNSET,
        pegged_price=market.price(row.price) if pegged and row.price else UNSET,
        orig_qty=market.quantity(row.quantity) if known else UNSET,
        executed_qty=market.quantity(row.filled_quantity),
        cummulative_quote_qty=text(row.filled_value),
        status=status,
        time_in_force=time_in_force(kind, row.time_in_force),
        type=kind,
        side=SIDE[Side(row.side)],
        stop_price=market.price(row.trigger_price),
        trailing_delta=row.trigger_trailing or UNSET,
        trailing_time=(
            UNSET
            if not row.trigger_trailing
            else call.time(row.trail_started)
            if row.trail_started
            else -1
        ),
        iceberg_qty=market.quantity(row.display_quantity),
        time=call.time(row.created),
        update_time=call.time(row.updated),
        is_working=bool(row.working_since),
        working_time=call.time(row.working_since) if row.working_since else -1,
        orig_quote_order_qty=text(row.quote_quantity),
        strategy_id=number(memo.s),
        strategy_type=number(memo.t),
        self_trade_prevention_mode=prevention(row.self_trade_prevention),
        prevented_match_id=number(prevented_id),
        prevented_quantity=market.quantity(row.prevented_quantity)
        if row.prevented_quantity
        else UNSET,
        used_sor=True if memo.r else UNSET,
        working_floor="SOR" if memo.r else UNSET,
        expiry_reason=EXPIRY.get(Expiry(row.expiry), UNSET) if row.expiry else UNSET,
    )


def row_of(order: Order) -> OrderRow:
    """An open order as a row of the history."""
    trigger, peg = order.trigger, order.peg
    return OrderRow(
        order_id=order.order_id,
        account=order.account,
        instrument=order.instrument,
        client_order_id=order.client_order_id,
        side=order.side,
        order_type=order.order_type,
        time_in_force=order.time_in_force,
        post_only=order.post_only,
        price=order.price,
        quantity=order.quantity,
        quote_quantity=order.quote_quantity,
        display_quantity=order.display_quantity,
        filled_quantity=order.filled_quantity,
        filled_value=order.filled_value,
        prevented_quantity=order.prevented_quantity,
        status=order.status,
        self_trade_prevention=order.self_trade_prevention,
        list_id=order.list_id,
        created=order.created,
        updated=order.updated,
        working_since=order.working_since,
        trigger_when=trigger.when if trigger else "",
        trigger_price=trigger.price if trigger else 0,
        trigger_trailing=trigger.trailing if trigger else 0,
        trail_started=order.trail_started,
        peg_to=peg.to if peg else "",
        peg_offset=peg.offset if peg else 0,
        expiry="",
        memo=order.memo,
    )
