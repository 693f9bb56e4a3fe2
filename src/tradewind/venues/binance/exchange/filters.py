"""The filters of a symbol (filters.md, 2026-07-21): compiled once, in the order that exchangeInfo
lists them, which is also the order they are checked in (guessed).

Numbers are hundred-millionths of a price or a quantity. Every failure is -1013 with the filter's
name.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from ....model import Side
from ....protocol.hosting import Host
from ....protocol.limits import SECOND
from ....protocol.scaled import read
from .. import errors
from ..instruments import UNIT
from ..wire.market import (
    ExchangeFilter,
    ExchangeMaxNumAlgoOrders,
    ExchangeMaxNumIcebergOrders,
    ExchangeMaxNumOrderLists,
    ExchangeMaxNumOrders,
    IcebergParts,
    LotSize,
    MarketLotSize,
    MaxAsset,
    MaxNumAlgoOrders,
    MaxNumIcebergOrders,
    MaxNumOrderLists,
    MaxNumOrders,
    MaxPosition,
    MinNotional,
    Notional,
    PercentPrice,
    PercentPriceBySide,
    PriceFilter,
    TrailingDelta,
)
from .account_view import AccountView
from .books import AVERAGE_MINUTES
from .call import Refusal
from .drafts import Draft
from .markets import Market
from .reference import reference_price

Check = Callable[[Draft], None]
OpenCheck = Callable[[Sequence[Draft], AccountView], None]


def exchange_filters(settings: Mapping[str, Any]) -> list[ExchangeFilter]:
    """Bounds over all symbols: none at the venue today; setting ``exchange_filters``, as JSON of
    exchangeInfo.
    """
    return msgspec.convert(settings.get("exchange_filters") or [], list[ExchangeFilter])


def asset_filters(settings: Mapping[str, Any]) -> list[MaxAsset]:
    """Bounds on what one order moves of an asset: setting ``asset_filters``, as in myFilters."""
    return msgspec.convert(settings.get("asset_filters") or [], list[MaxAsset])


def failed(name: str) -> Refusal:
    """The refusal of one filter."""
    return Refusal(errors.FILTER, name)


class Filters:
    """All filters of one market, ready to check drafts."""

    def __init__(self, host: Host, market: Market) -> None:
        self._host = host
        self._everywhere = exchange_filters(host.settings)
        self._market = market
        self._bases: dict[int, tuple[int, int]] = {}
        self._checks: list[Check] = []
        self._open_checks: list[OpenCheck] = []
        for row in market.info.filters:
            self._compile(row)
        for wide in self._everywhere:
            if not isinstance(wide, ExchangeMaxNumOrderLists):
                self._open_checks.append(_max_open(wide))
        for asset in asset_filters(host.settings):
            self._checks.append(self._max_asset(asset))

    def check(self, order: Draft) -> None:
        """Check what one order says of itself. Raises Refusal."""
        for check in self._checks:
            check(order)

    def check_open(self, orders: Sequence[Draft], account: AccountView, lists: int = 0) -> None:
        """Check what the account may have open besides. Raises Refusal."""
        for check in self._open_checks:
            check(orders, account)
        if lists:
            self._check_lists(account, lists)

    def _check_lists(self, account: AccountView, more: int) -> None:
        limit = self._market.filter(MaxNumOrderLists)
        if limit is not None:
            have = account.open_lists(self._market.symbol)
            if have + more > limit.max_num_order_lists:
                raise failed("MAX_NUM_ORDER_LISTS")
        for wide in self._everywhere:
            if (
                isinstance(wide, ExchangeMaxNumOrderLists)
                and account.open_lists("") + more > wide.max_num_order_lists
            ):
                raise failed("EXCHANGE_MAX_NUM_ORDER_LISTS")

    def base_price(self, minutes: int) -> int:
        """What prices are compared with: the reference price if there is one, else the average of
        the last minutes, or the last price for 0; 0 before the first trade. Looked up once a
        second.
        """
        second = self._host.now() // SECOND
        known = self._bases.get(minutes)
        if known is None or known[0] != second or not known[1]:
            known = self._bases[minutes] = (second, self._look_up(minutes))
        return known[1]

    def _look_up(self, minutes: int) -> int:
        reference = reference_price(self._host, self._market)
        if reference is not None and reference.units is not None:
            return reference.units
        if minutes:
            return self._host.tape.average_price(self._market.symbol, minutes)
        last = self._host.tape.last(self._market.symbol)
        return last.price * self._market.tick if last else 0

    def _compile(self, row: Struct) -> None:
        match row:
            case PriceFilter():
                self._checks.append(_price_filter(row))
            case LotSize():
                self._checks.append(_lot_size(row))
            case MarketLotSize():
                self._checks.append(_market_lot_size(row))
            case IcebergParts():
                self._checks.append(_iceberg_parts(row))
            case TrailingDelta():
                self._checks.append(_trailing_delta(row))
            case PercentPrice():
                up, down = read(row.multiplier_up, 8), read(row.multiplier_down, 8)
                bands = ((up, down), (up, down))
                self._checks.append(self._percent("PERCENT_PRICE", bands, row.avg_price_mins))
            case PercentPriceBySide():
                bands = (
                    (read(row.bid_multiplier_up, 8), read(row.bid_multiplier_down, 8)),
                    (read(row.ask_multiplier_up, 8), read(row.ask_multiplier_down, 8)),
                )
                self._checks.append(
                    self._percent("PERCENT_PRICE_BY_SIDE", bands, row.avg_price_mins)
                )
            case MinNotional():
                least = read(row.min_notional, 8)
                self._checks.append(
                    self._notional(
                        "MIN_NOTIONAL", (least, row.apply_to_market), (0, False), row.avg_price_mins
                    )
                )
            case Notional():
                self._checks.append(
                    self._notional(
                        "NOTIONAL",
                        (read(row.min_notional, 8), row.apply_min_to_market),
                        (read(row.max_notional, 8), row.apply_max_to_market),
                        row.avg_price_mins,
                    )
                )
            case MaxPosition():
                self._open_checks.append(_max_position(row))
            case MaxNumOrders() | MaxNumAlgoOrders() | MaxNumIcebergOrders():
                self._open_checks.append(_max_open(row))
            case _:
                pass  # lists and amends are counted where they are placed; T_PLUS_SELL is unknown

    def _percent(
        self, name: str, bands: tuple[tuple[int, int], tuple[int, int]], minutes: int
    ) -> Check:
        (bid_up, bid_down), (ask_up, ask_down) = bands

        def check(order: Draft) -> None:
            price = order.price
            if not price:
                return
            up, down = (bid_up, bid_down) if order.side == "BUY" else (ask_up, ask_down)
            base = self.base_price(minutes)
            if base and not base * down <= price * UNIT <= base * up:
                raise failed(name)

        return check

    def _notional(
        self, name: str, least: tuple[int, bool], most: tuple[int, bool], minutes: int
    ) -> Check:
        (low, low_to_market), (high, high_to_market) = least, most

        def check(order: Draft) -> None:
            priced = bool(order.price)
            if not priced and not (low_to_market or high_to_market):
                return
            value = self._value(order, minutes)
            if value is None:
                return
            if (priced or low_to_market) and value < low:
                raise failed(name)
            if high and (priced or high_to_market) and value > high:
                raise failed(name)

        return check

    def _max_asset(self, row: MaxAsset) -> Check:
        """How much of an asset one order may move: its quantity, or its value in quote."""
        most = read(row.limit, 8)
        listing = self._market.listing

        def check(order: Draft) -> None:
            moved = None
            if row.asset == listing.base:
                moved = order.quantity
            elif row.asset == listing.quote:
                moved = self._value(order, AVERAGE_MINUTES)
            if moved is not None and moved > most:
                raise failed("MAX_ASSET")

        return check

    def _value(self, order: Draft, minutes: int) -> int | None:
        """Hundred-millionths of the quote asset; None before quantity and price are known."""
        if order.quote_quantity is not None:
            return order.quote_quantity
        if order.quantity is None:
            return None
        price = order.price or self.base_price(minutes)
        return price * order.quantity // UNIT if price else None


def _price_filter(row: PriceFilter) -> Check:
    low, high, tick = read(row.min_price, 8), read(row.max_price, 8), read(row.tick_size, 8)

    def check(order: Draft) -> None:
        for price in (order.price, order.stop):
            if price is None:
                continue
            if price < low or (high and price > high) or (tick and price % tick) or price == 0:
                raise failed("PRICE_FILTER")

    return check


def _lot_size(row: LotSize) -> Check:
    low, high, step = read(row.min_qty, 8), read(row.max_qty, 8), read(row.step_size, 8)

    def check(order: Draft) -> None:
        for quantity in (order.quantity, order.iceberg):
            if quantity is not None and not _within(quantity, low, high, step):
                raise failed("LOT_SIZE")

    return check


def _within(quantity: int, low: int, high: int, step: int) -> bool:
    if not quantity or quantity < low or (high and quantity > high):
        return False
    return not step or quantity % step == 0


def _market_lot_size(row: MarketLotSize) -> Check:
    low, high, step = read(row.min_qty, 8), read(row.max_qty, 8), read(row.step_size, 8)

    def check(order: Draft) -> None:
        quantity = order.quantity
        if quantity is None or order.type not in ("MARKET", "STOP_LOSS", "TAKE_PROFIT"):
            return
        if not _within(quantity, low, high, step):
            raise failed("MARKET_LOT_SIZE")

    return check


def _iceberg_parts(row: IcebergParts) -> Check:
    def check(order: Draft) -> None:
        if order.iceberg and order.quantity and -(-order.quantity // order.iceberg) > row.limit:
            raise failed("ICEBERG_PARTS")

    return check


def _trailing_delta(row: TrailingDelta) -> Check:
    above = (row.min_trailing_above_delta, row.max_trailing_above_delta)
    below = (row.min_trailing_below_delta, row.max_trailing_below_delta)

    def check(order: Draft) -> None:
        if order.trailing is not None:
            low, high = above if order.above else below
            if not low <= order.trailing <= high:
                raise failed("TRAILING_DELTA")

    return check


def _max_position(row: MaxPosition) -> OpenCheck:
    most = read(row.max_position, 8)

    def check(orders: Sequence[Draft], account: AccountView) -> None:
        more = sum(o.quantity or 0 for o in orders if o.side == "BUY")
        if more:
            market = orders[0].market
            have = account.total(market.listing.base)
            buying = account.open_lots(market.symbol, Side.BUY) * market.step
            if have + buying + more > most:
                raise failed("MAX_POSITION")

    return check


Counted = (
    MaxNumOrders
    | MaxNumAlgoOrders
    | MaxNumIcebergOrders
    | ExchangeMaxNumOrders
    | ExchangeMaxNumAlgoOrders
    | ExchangeMaxNumIcebergOrders
)


def _max_open(row: Counted) -> OpenCheck:
    """A bound on what is open: on the symbol, or (EXCHANGE_...) on all of them."""
    name = str(type(row).__struct_config__.tag)
    everywhere = name.startswith("EXCHANGE_")
    match row:
        case MaxNumOrders() | ExchangeMaxNumOrders():
            most, adds, have = row.max_num_orders, _all, AccountView.open_count
        case MaxNumAlgoOrders() | ExchangeMaxNumAlgoOrders():
            most, adds, have = row.max_num_algo_orders, _algos, AccountView.open_algos
        case MaxNumIcebergOrders() | ExchangeMaxNumIcebergOrders():
            most, adds, have = row.max_num_iceberg_orders, _icebergs, AccountView.open_icebergs

    def check(orders: Sequence[Draft], account: AccountView) -> None:
        more = adds(orders)
        symbol = "" if everywhere else orders[0].market.symbol
        if more and have(account, symbol) + more > most:
            raise failed(name)

    return check


def _all(orders: Sequence[Draft]) -> int:
    return len(orders)


def _algos(orders: Sequence[Draft]) -> int:
    return sum(order.algo for order in orders)


def _icebergs(orders: Sequence[Draft]) -> int:
    return sum(bool(order.iceberg) for order in orders)
