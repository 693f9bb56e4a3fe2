"""User data: the engine's events as an account sees them.

    events of one command or tick -> per account: executionReport ..., listStatus, balanceUpdate,
                                     and one outboundAccountPosition last

user-data-stream.md, 2026-07-21. The order of the events follows the page's sample (NEW, TRADE ...,
EXPIRED, then the position). Guessed: a triggered order, or one that its list released, is told
again as NEW; ``M`` is true on trades only; an order that was refused after its cancel-replace had
cancelled the other (enums.md, REJECTED) has no order id, so -1 is told.
"""

from collections.abc import Iterator, Sequence

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from ....engine import events as said
from ....engine.commands import PlaceOrder
from ....engine.engine import Engine
from ....engine.listing import MARKET_ACCOUNT, OUTSIDE_ACCOUNT
from ....engine.orders import Order
from ....engine.placing import as_asked
from ....model import Liquidity, OrderStatus
from ..wire import user_data as wire
from .answers import EXPIRY, PENDING_NEW, SIDE, STATUS, Shown, awaits, number, prevention
from .answers import time_in_force as time_in_force_of
from .listing import CONTINGENCY, ORDER_STATUS, TYPE
from .markets import Markets, text
from .records import Later, Records

ZERO = text(0)
NO_TRADE = NO_ORDER = -1
REASONS = {
    said.Refusal.INSUFFICIENT_BALANCE: "INSUFFICIENT_BALANCES",
    said.Refusal.WOULD_TRIGGER: "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY",
    said.Refusal.WOULD_TAKE: "WOULD_MATCH_IMMEDIATELY",
    said.Refusal.BAD_PRICES: "OCO_BAD_PRICES",
}
"""Order reject reasons (user-data-stream.md); all others are told as NONE (guessed)."""

Told = tuple[int, wire.Event]
"""An account, and what it is told."""


class Reporter:
    """Turns events into what accounts are told. ``unit`` is nanoseconds per unit of times."""

    def __init__(self, engine: Engine, markets: Markets, records: Records) -> None:
        self._engine = engine
        self._markets = markets
        self._records = records

    def tell(self, events: Sequence[said.Event], now: int, unit: int) -> list[Told]:
        """What each account is told, in order."""
        told: list[Told] = []
        touched: dict[int, dict[str, None]] = {}
        at = 0
        for event in events:
            for account, message in self._tell(event, events, now, unit):
                told.append((account, message))
                if type(message) is wire.ExecutionReport:
                    self._touch(touched, account, message.s)
            if type(event) is said.Refused and _cancels(events):
                told += self._rejected(event, now, unit)
            if type(event) is said.BalanceChanged:
                touched.setdefault(event.account, {})[event.asset] = None
                at = event.at
        for account, assets in touched.items():
            if account > MARKET_ACCOUNT:
                told.append((account, self._position(account, assets, at or now, now, unit)))
        return told

    def _tell(
        self, event: said.Event, events: Sequence[said.Event], now: int, unit: int
    ) -> Iterator[Told]:
        match event:
            case said.OrderAccepted(order=order) if order.account != MARKET_ACCOUNT:
                yield order.account, self._report(event, order, now, unit, "NEW", _accepted(event))
            case said.OrderTriggered(order=order) | said.OrderReleased(order=order):
                yield order.account, self._report(event, order, now, unit, "NEW", "NEW")
            case said.Fill(order=order) if order.account != MARKET_ACCOUNT:
                told = self._filled(event, now, unit)
                if order.prevented_quantity:
                    told = replace(told, A=self._gone(order, Later(events, event)))
                yield order.account, told
            case said.OrderCancelled(order=order):
                yield order.account, self._cancelled(event, now, unit)
            case said.OrderExpired(order=order) if event.why is not said.Expiry.SELF_TRADE:
                yield order.account, self._expired(event, now, unit)
            case said.OrderAmended(order=order):
                yield order.account, self._amended(event, now, unit)
            case said.TradePrevented():
                yield from self._prevented(event, Later(events, event), now, unit)
            case said.ListChanged():
                yield event.account, _list_status(event, now, unit)
            case said.Transferred():
                yield from _transferred(event, now, unit)

    def _touch(self, touched: dict[int, dict[str, None]], account: int, symbol: str) -> None:
        """Both assets of an order's symbol are told, changed or not."""
        info = self._markets[symbol].info
        touched.setdefault(account, {}).update({info.base_asset: None, info.quote_asset: None})

    def _position(
        self, account: int, assets: dict[str, None], at: int, now: int, unit: int
    ) -> wire.AccountPosition:
        rows = []
        for asset in assets:
            available, held = self._engine.balance(account, asset)
            rows.append(wire.AssetPosition(a=asset, f=text(available), l=text(held)))
        return wire.AccountPosition(E=now // unit, u=at // unit, B=rows)

    def _filled(self, event: said.Fill, now: int, unit: int) -> wire.ExecutionReport:
        market = self._markets[event.order.instrument]
        maker = event.liquidity is Liquidity.MAKER
        return self._report(
            event,
            event.order,
            now,
            unit,
            "TRADE",
            STATUS[event.status],
            last=market.quantity(event.quantity),
            price=market.price(event.price),
            value=text(event.value),
            fee=text(event.fee),
            fee_asset=event.fee_asset,
            trade=event.trade_id,
            done=(event.filled_quantity, event.filled_value),
            maker=maker,
            resting=maker and event.status is OrderStatus.PARTIALLY_FILLED,
        )

    def _cancelled(self, event: said.OrderCancelled, now: int, unit: int) -> wire.ExecutionReport:
        return self._report(
            event,
            event.order,
            now,
            unit,
            "CANCELED",
            "CANCELED",
            name=event.cancel_id,
            original=event.client_order_id,
        )

    def _expired(self, event: said.OrderExpired, now: int, unit: int) -> wire.ExecutionReport:
        reason = EXPIRY.get(event.why, UNSET)
        return self._report(event, event.order, now, unit, "EXPIRED", "EXPIRED", reason=reason)

    def _rejected(self, event: said.Refused, now: int, unit: int) -> Iterator[Told]:
        """The new order of a cancel-replace that the engine refused; one that was not attempted
        was not rejected.
        """
        command = event.command
        if type(command) is not PlaceOrder or event.why is said.Refusal.NOT_ATTEMPTED:
            return
        order = as_asked(command, NO_ORDER, event.at)
        told = self._report(event, order, now, unit, "REJECTED", "REJECTED")
        yield order.account, replace(told, r=REASONS.get(event.why, "NONE"))

    def _amended(self, event: said.OrderAmended, now: int, unit: int) -> wire.ExecutionReport:
        order = event.order
        return self._report(
            event,
            order,
            now,
            unit,
            "REPLACED",
            STATUS[order.status],
            original=event.previous_client_order_id,
            resting=bool(order.working_since),
        )

    def _prevented(
        self,
        event: said.TradePrevented,
        later: Later,
        now: int,
        unit: int,
    ) -> Iterator[Told]:
        """Each order that lost something by it, or ended."""
        pairs = (
            (event.taker, event.maker, event.taker_prevented),
            (event.maker, event.taker, event.maker_prevented),
        )
        for order, counter, lots in pairs:
            end, fill = later.end(order.order_id), later.fill(order.order_id)
            if lots or end is not None:
                done = order.filled_quantity, order.filled_value
                if fill is not None:
                    done = fill.filled_quantity - fill.quantity, fill.filled_value - fill.value
                status = "PARTIALLY_FILLED" if done[0] else "NEW"
                if end is not None:
                    status = "EXPIRED_IN_MATCH"
                told = self._report(event, order, now, unit, "TRADE_PREVENTION", status, done=done)
                told = self._with_prevention(told, event, counter, lots, end)
                yield order.account, replace(told, A=self._gone(order, later))

    def _gone(self, order: Order, later: Later) -> str | UnsetType:
        """What of an order was prevented by then."""
        lots = order.prevented_quantity - later.prevented(order.order_id)
        return self._markets[order.instrument].quantity(lots) if lots else UNSET

    def _with_prevention(
        self,
        report: wire.ExecutionReport,
        event: said.TradePrevented,
        counter: Order,
        lots: int,
        end: said.OrderExpired | None,
    ) -> wire.ExecutionReport:
        market = self._markets[event.instrument]
        group = self._engine.accounts[counter.account].group
        return replace(
            report,
            v=event.prevented_id,
            I=self._records.execution_id(end or event, report.i),
            B=market.quantity(lots),
            u=group or UNSET,
            U=counter.order_id,
            Cs=event.instrument,
            pl=market.quantity(lots),
            pL=market.price(event.price),
            pY=text(market.listing.value(event.price, lots)),
        )

    def _report(
        self,
        event: said.Event,
        order: Order,
        now: int,
        unit: int,
        execution: str,
        status: str,
        *,
        name: str = "",
        original: str = "",
        last: str = ZERO,
        price: str = ZERO,
        value: str = ZERO,
        fee: str = "0",
        fee_asset: str | None = None,
        trade: int = NO_TRADE,
        done: tuple[int, int] | None = None,
        maker: bool = False,
        resting: bool = False,
        reason: str | UnsetType = UNSET,
    ) -> wire.ExecutionReport:
        market = self._markets[order.instrument]
        shown = Shown(market, order)
        if execution == "NEW":
            done = (0, 0)
            if status == "NEW" and awaits(self._engine, order.order_id, order.list_id):
                status = PENDING_NEW
            resting = bool(order.working_since)
        filled, filled_value = done or (order.filled_quantity, order.filled_value)
        trailing = shown.trailing_delta
        routed = shown.memo.r
        allocated = routed and execution == "TRADE"  # told as the answer tells it
        return wire.ExecutionReport(
            E=now // unit,
            s=order.instrument,
            c=name or order.client_order_id,
            S=SIDE[order.side],
            o=shown.kind,
            f=time_in_force_of(shown.kind, order.time_in_force),
            q=market.quantity(order.quantity),
            p=shown.price,
            P=market.price(order.trigger.price) if order.trigger else ZERO,
            F=market.quantity(order.display_quantity),
            g=order.list_id or -1,
            C=original,
            x=execution,
            X=status,
            r="NONE",
            i=order.order_id,
            l=last,
            z=market.quantity(filled),
            L=price,
            n=fee,
            N=fee_asset,
            T=event.at // unit,
            t=NO_TRADE if allocated else trade,
            I=self._records.execution_id(event),
            w=resting,
            m=maker,
            M=execution == "TRADE",
            O=order.created // unit,
            Z=text(filled_value),
            Y=value,
            Q=text(order.quote_quantity),
            W=order.working_since // unit if order.working_since else UNSET,
            V=prevention(order.self_trade_prevention),
            d=trailing,
            D=UNSET if trailing is UNSET else (order.trail_started // unit or -1),
            j=number(shown.memo.s),
            J=number(shown.memo.t),
            A=UNSET if execution == "NEW" else shown.prevented_quantity,
            b="ONE_PARTY_TRADE_REPORT" if allocated else UNSET,
            a=trade if allocated else UNSET,
            k="SOR" if routed else UNSET,
            uS=True if routed else UNSET,
            gP=shown.peg_price_type,
            gOT=shown.peg_offset_type,
            gOV=shown.peg_offset_value,
            gp=shown.pegged_price,
            eR=reason,
        )


def _cancels(events: Sequence[said.Event]) -> bool:
    """Whether a command cancelled something."""
    return any(type(event) is said.OrderCancelled for event in events)


def _accepted(event: said.OrderAccepted) -> str:
    return "NEW" if event.status is OrderStatus.OPEN else STATUS[event.status]


def _list_status(event: said.ListChanged, now: int, unit: int) -> wire.ListStatus:
    return wire.ListStatus(
        E=now // unit,
        s=event.instrument,
        g=event.list_id,
        c=CONTINGENCY[event.contingency],
        l="UPDATED" if event.updated_only else TYPE[event.status],
        L=ORDER_STATUS[event.status],
        C=event.client_list_id,
        T=event.at // unit,
        O=[
            wire.ListedOrder(s=order.instrument, i=order.order_id, c=order.client_order_id)
            for order in event.orders
        ],
    )


def _transferred(event: said.Transferred, now: int, unit: int) -> Iterator[Told]:
    for account, amount in ((event.source, -event.amount), (event.target, event.amount)):
        if account not in (MARKET_ACCOUNT, OUTSIDE_ACCOUNT) and account > 0:
            yield (
                account,
                wire.BalanceUpdate(
                    E=now // unit, a=event.asset, d=text(amount), T=event.at // unit
                ),
            )
