"""What an account asks about itself: orders, lists, trades, balances, limits."""

from collections.abc import Mapping

from msgspec import UNSET

from ....engine.listing import FeeRates
from ....model import OrderStatus, Side
from ....protocol.hosting import FillRow, OrderRow
from ....protocol.limits import SECOND
from ....protocol.scaled import write
from .. import errors
from ..limits import DAY, interval
from ..wire import account as wire
from ..wire import trading
from .answers import prevention, queried, row_of
from .call import Call, Handler, Refusal, Rule
from .filters import asset_filters, exchange_filters
from .limiter import Orders
from .listing import list_of
from .markets import Market, text
from .records import KeptList, Records
from .trading import discount

WINDOW = DAY
"""``startTime`` and ``endTime`` may not be further apart (rest-api.md)."""

ARCHIVED_AFTER = 90 * DAY
"""Orders that ended unfilled are archived then (errors.md -2026)."""

BASIS_POINT = 10_000
"""Hundred-millionths in one basis point."""


class Account:
    """The account operations of one exchange."""

    def __init__(self, markets: Mapping[str, Market], orders: Orders, records: Records) -> None:
        self._orders = orders
        self._records = records
        self._assets = list(
            dict.fromkeys(
                asset
                for market in markets.values()
                for asset in (market.listing.base, market.listing.quote)
            )
        )
        self.handlers: dict[str, Handler] = {
            "account.status": self.status,
            "order.status": self.order,
            "openOrders.status": self.open_orders,
            "allOrders": self.all_orders,
            "orderList.status": self.order_list,
            "allOrderLists": self.all_lists,
            "openOrderLists.status": self.open_lists,
            "myTrades": self.trades,
            "account.rateLimits.orders": self.order_counts,
            "myPreventedMatches": self.prevented_matches,
            "myAllocations": self.allocations,
            "account.commission": self.commission,
            "order.amendments": self.amendments,
            "myFilters": self.filters,
        }
        self.rules: dict[str, Rule] = {
            "order.status": _order_rule,
            "allOrders": _window_rule,
            "orderList.status": _list_rule,
            "allOrderLists": _lists_rule,
            "myTrades": _trades_rule,
            "myPreventedMatches": _matches_rule,
            "myAllocations": _allocations_rule,
        }

    def status(self, call: Call) -> wire.Account:
        """``GET /api/v3/account``. Assets are those that are traded here or were ever held."""
        engine = call.host.engine
        fees = engine.accounts[call.account].fees
        have = engine.balances(call.account)
        names = dict.fromkeys([*self._assets, *have])
        sparse = call.values["omitZeroBalances"]
        balances = [
            wire.AssetBalance(asset=name, free=text(free), locked=text(held))
            for name in names
            for free, held in (have.get(name, (0, 0)),)
            if free or held or not sparse
        ]
        return wire.Account(
            maker_commission=fees.maker // BASIS_POINT,
            taker_commission=fees.taker // BASIS_POINT,
            buyer_commission=0,
            seller_commission=0,
            commission_rates=_rates(fees),
            can_trade=True,
            can_withdraw=True,
            can_deposit=True,
            brokered=False,
            require_self_trade_prevention=False,
            prevent_sor=False,
            update_time=call.time(self._records.updated(call.account)),
            account_type="SPOT",
            balances=balances,
            permissions=["SPOT"],
            uid=call.account,
            trade_group_id=engine.accounts[call.account].group or UNSET,
        )

    def order(self, call: Call) -> trading.QueriedOrder:
        """``GET /api/v3/order``."""
        values = call.values
        order_id: int | None = values.get("orderId")
        name: str = values.get("origClientOrderId", "")
        call.host.look(call.market.symbol)
        if order_id == 0:
            raise Refusal(errors.NO_SUCH_ORDER)
        if order_id is None:
            row = call.host.history.order(call.account, call.market.symbol, 0, name)
        else:
            row = call.host.history.order(call.account, call.market.symbol, order_id)
        if row is None:
            raise Refusal(errors.NO_SUCH_ORDER)
        if name and row.client_order_id != name:
            raise Refusal(errors.CLIENT_ID_MISMATCH)
        if _archived(row, call.now):
            raise Refusal(errors.ARCHIVED)
        return self._queried(call, row)

    def open_orders(self, call: Call) -> list[trading.QueriedOrder]:
        """``GET /api/v3/openOrders``, of one symbol or of all."""
        symbol: str = call.values.get("symbol", "")
        if symbol:
            call.host.look(symbol)
        orders = call.host.engine.open_orders(call.account, symbol)
        return [self._queried(call, row_of(order)) for order in orders]

    def all_orders(self, call: Call) -> list[trading.QueriedOrder]:
        """``GET /api/v3/allOrders``: a time range wins over ``orderId``."""
        values = call.values
        start, end = values.get("startTime"), values.get("endTime")
        from_id = values.get("orderId") if start is None and end is None else None
        call.host.look(call.market.symbol)
        rows = call.host.history.orders(
            call.account,
            call.market.symbol,
            from_id=from_id,
            start=start,
            end=_until(end, call.unit),
            limit=values["limit"],
        )
        return [self._queried(call, row) for row in rows]

    def _queried(self, call: Call, row: OrderRow) -> trading.QueriedOrder:
        prevented = None
        if row.prevented_quantity:
            matches = self._records.matches(row.account, row.instrument, order_id=row.order_id)
            prevented = matches[-1].prevented_id if matches else None
        return queried(call, row, prevented)

    def order_list(self, call: Call) -> trading.OrderList:
        """``GET /api/v3/orderList``: the client id wins if both are sent (web-socket-api.md)."""
        values = call.values
        name = values.get("origClientOrderId")
        if name is not None:
            found = self._records.list_by_name(call.account, name)
        else:
            found = self._records.list_by_id(call.account, values["orderListId"])
        if found is None:
            raise Refusal(errors.NO_SUCH_ORDER)
        return _kept_list(call, found)

    def all_lists(self, call: Call) -> list[trading.OrderList]:
        """``GET /api/v3/allOrderList``."""
        values = call.values
        found = self._records.lists(
            call.account,
            from_id=values.get("fromId"),
            start=values.get("startTime"),
            end=_until(values.get("endTime"), call.unit),
            limit=values["limit"],
        )
        return [_kept_list(call, each) for each in found]

    def open_lists(self, call: Call) -> list[trading.OrderList]:
        """``GET /api/v3/openOrderList``."""
        return [list_of(call, each) for each in call.host.engine.open_lists(call.account)]

    def trades(self, call: Call) -> list[wire.AccountTrade]:
        """``GET /api/v3/myTrades``."""
        values = call.values
        order_id = values.get("orderId")
        from_id = values.get("fromId")
        if order_id is not None and from_id is None:
            from_id = 0  # an order's trades are told from the first
        market = call.market
        call.host.look(market.symbol)
        rows = call.host.history.fills(
            call.account,
            market.symbol,
            order_id=order_id,
            from_id=from_id,
            start=values.get("startTime"),
            end=_until(values.get("endTime"), call.unit),
            limit=values["limit"],
        )
        return [_trade(call, market, row) for row in rows]

    def order_counts(self, call: Call) -> list[wire.OrderCount]:
        """``GET /api/v3/rateLimit/order``."""
        return order_counts(self._orders, call.account, call.now)

    def prevented_matches(self, call: Call) -> list[wire.PreventedMatch]:
        """``GET /api/v3/myPreventedMatches``."""
        values = call.values
        market = call.market
        found = self._records.matches(
            call.account,
            market.symbol,
            prevented_id=values.get("preventedMatchId"),
            order_id=values.get("orderId"),
            from_id=values.get("fromPreventedMatchId"),
            limit=values["limit"],
        )
        return [
            wire.PreventedMatch(
                symbol=each.symbol,
                prevented_match_id=each.prevented_id,
                taker_order_id=each.taker_order_id,
                maker_symbol=each.symbol,
                maker_order_id=each.maker_order_id,
                trade_group_id=each.group,
                self_trade_prevention_mode=prevention(each.mode),
                price=market.price(each.price),
                taker_prevented_quantity=(
                    market.quantity(each.taker_prevented) if each.taker_prevented else UNSET
                ),
                maker_prevented_quantity=(
                    market.quantity(each.maker_prevented) if each.maker_prevented else UNSET
                ),
                transact_time=call.time(each.at),
            )
            for each in found
        ]

    def allocations(self, call: Call) -> list[wire.Allocation]:
        """``GET /api/v3/myAllocations``: what routed orders got."""
        values, market = call.values, call.market
        found = self._records.allocations(
            call.account,
            market.symbol,
            order_id=values.get("orderId"),
            from_id=values.get("fromAllocationId"),
            start=values.get("startTime"),
            end=_until(values.get("endTime"), call.unit),
            limit=values["limit"],
        )
        return [
            wire.Allocation(
                symbol=each.symbol,
                allocation_id=each.allocation_id,
                allocation_type="SOR",
                order_id=each.order_id,
                order_list_id=-1,
                price=market.price(each.price),
                qty=market.quantity(each.quantity),
                quote_qty=text(each.value),
                commission=text(each.fee),
                commission_asset=each.fee_asset,
                time=call.time(each.at),
                is_buyer=each.buyer,
                is_maker=each.maker,
                is_allocator=False,
            )
            for each in found
        ]

    def commission(self, call: Call) -> wire.Commission:
        """``GET /api/v3/account/commission``."""
        rates = call.host.engine.rates(call.account, call.market.symbol)
        return wire.Commission(
            symbol=call.market.symbol,
            standard_commission=_rates(rates.fees),
            special_commission=_rates(rates.special),
            tax_commission=_rates(rates.tax),
            discount=discount(call),
        )

    def amendments(self, call: Call) -> list[wire.Amendment]:
        """``GET /api/v3/order/amendments``."""
        values, market = call.values, call.market
        found = self._records.amendments(
            call.account,
            market.symbol,
            values["orderId"],
            values.get("fromExecutionId", 0),
            values["limit"],
        )
        return [
            wire.Amendment(
                symbol=each.symbol,
                order_id=each.order_id,
                execution_id=each.execution_id,
                orig_client_order_id=each.previous_client_order_id,
                new_client_order_id=each.client_order_id,
                orig_qty=market.quantity(each.previous_quantity),
                new_qty=market.quantity(each.quantity),
                time=call.time(each.at),
            )
            for each in found
        ]

    def filters(self, call: Call) -> wire.RelevantFilters:
        """``GET /api/v3/myFilters``: of the symbol, of the exchange, and of its two assets."""
        listing, settings = call.market.listing, call.host.settings
        return wire.RelevantFilters(
            exchange_filters=exchange_filters(settings),
            symbol_filters=list(call.market.info.filters),
            asset_filters=[
                each
                for each in asset_filters(settings)
                if each.asset in (listing.base, listing.quote)
            ],
        )


def order_counts(orders: Orders, account: int, now: int) -> list[wire.OrderCount]:
    """The unfilled order counts as the wire lists them."""
    counts = []
    for window, used in zip(orders.windows, orders.used(account, now), strict=True):
        word, number = interval(window.limit)
        counts.append(
            wire.OrderCount(
                rate_limit_type="ORDERS",
                interval=word,
                interval_num=number,
                limit=window.limit.limit,
                count=used,
            )
        )
    return counts


def _rates(rates: FeeRates) -> wire.Rates:
    return wire.Rates(
        maker=write(rates.maker, 8),
        taker=write(rates.taker, 8),
        buyer=write(rates.buyer, 8),
        seller=write(rates.seller, 8),
    )


def _until(end: int | None, unit: int) -> int | None:
    """The last nanosecond of the millisecond (or microsecond) that was meant."""
    return None if end is None else end + unit - 1


def _archived(row: OrderRow, now: int) -> bool:
    ended = row.status in (OrderStatus.CANCELLED, OrderStatus.EXPIRED)
    return ended and not row.filled_quantity and now - row.updated > ARCHIVED_AFTER


def _kept_list(call: Call, kept: KeptList) -> trading.OrderList:
    return trading.OrderList(
        order_list_id=kept.list_id,
        contingency_type=kept.contingency,
        list_status_type="ALL_DONE" if kept.done else "EXEC_STARTED",
        list_order_status="ALL_DONE" if kept.done else "EXECUTING",
        list_client_order_id=kept.client_list_id,
        transaction_time=call.time(kept.created),
        symbol=kept.symbol,
        orders=[
            trading.ListedOrder(symbol=kept.symbol, order_id=number, client_order_id=name)
            for number, name in kept.orders
        ],
    )


def _trade(call: Call, market: Market, row: FillRow) -> wire.AccountTrade:
    return wire.AccountTrade(
        symbol=row.instrument,
        id=row.trade_id,
        order_id=row.order_id,
        order_list_id=row.list_id or -1,
        price=market.price(row.price),
        qty=market.quantity(row.quantity),
        quote_qty=text(row.value),
        commission=text(row.fee),
        commission_asset=row.fee_asset,
        time=call.time(row.time),
        is_buyer=row.side == Side.BUY,
        is_maker=row.maker,
        is_best_match=True,
    )


def _order_rule(call: Call) -> None:
    if "orderId" not in call.values and "origClientOrderId" not in call.values:
        raise Refusal(errors.ONE_OF_TWO, "origClientOrderId", "orderId")


def _list_rule(call: Call) -> None:
    if "orderListId" not in call.values and "origClientOrderId" not in call.values:
        raise Refusal(errors.ONE_OF_TWO, "origClientOrderId", "orderListId")


def _window_rule(call: Call) -> None:
    start, end = call.values.get("startTime"), call.values.get("endTime")
    if start is not None and end is not None and end - start > WINDOW:
        raise Refusal(errors.MORE_THAN_HOURS, WINDOW // (3600 * SECOND))


def _lists_rule(call: Call) -> None:
    values = call.values
    if "fromId" in values and ("startTime" in values or "endTime" in values):
        raise Refusal(errors.BAD_COMBINATION)
    _window_rule(call)


def _combination(call: Call, names: tuple[str, ...], allowed: frozenset[frozenset[str]]) -> None:
    if frozenset(name for name in names if name in call.values) not in allowed:
        raise Refusal(errors.BAD_COMBINATION)


def _sets(*combinations: str) -> frozenset[frozenset[str]]:
    return frozenset(frozenset(each.split()) for each in combinations)


_TRADES = _sets(
    "",
    "orderId",
    "startTime",
    "endTime",
    "fromId",
    "startTime endTime",
    "orderId fromId",
)
"""Combinations that ``myTrades`` takes (rest-api.md)."""

_MATCHES = _sets("preventedMatchId", "orderId", "orderId fromPreventedMatchId")
_ALLOCATIONS = _sets(
    "",
    "startTime",
    "endTime",
    "startTime endTime",
    "fromAllocationId",
    "orderId",
    "orderId fromAllocationId",
)


def _trades_rule(call: Call) -> None:
    _combination(call, ("orderId", "startTime", "endTime", "fromId"), _TRADES)
    _window_rule(call)


def _matches_rule(call: Call) -> None:
    _combination(call, ("preventedMatchId", "orderId", "fromPreventedMatchId"), _MATCHES)


def _allocations_rule(call: Call) -> None:
    names = ("orderId", "startTime", "endTime", "fromAllocationId")
    _combination(call, names, _ALLOCATIONS)
    _window_rule(call)
