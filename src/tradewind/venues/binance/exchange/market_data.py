"""Market data over REST and the WebSocket API: everything read from the engine and the tape.

Shapes, limits and combinations: rest-api.md "Public API Endpoints", 2026-07-21. Guessed, because
no source shows it: the code for parameters that exclude each other (-1128), for a ``windowSize``,
a ``timeZone`` or a permission that does not exist (-1130), and that lists answer in the order of
exchangeInfo, not of the request.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from ....protocol.hosting import Print
from .. import limits
from ..errors import (
    BAD_COMBINATION,
    BAD_SYMBOL,
    EMPTY,
    INVALID_PARAMETER,
    NO_REFERENCE_PRICE,
    ONE_OF_TWO,
    SYMBOL_STATUS,
)
from ..instruments import Reference, price_range, routes
from ..wire import market as wire
from . import aggregates, books, statistics
from .call import Call, Handler, Refusal
from .filters import exchange_filters
from .klines import kline, zone
from .markets import Market, symbol_info, text
from .reference import reference_price

_WINDOW = re.compile(r"([1-9]|[1-5][0-9])m|([1-9]|1[0-9]|2[0-3])h|([1-7])d")

PERMISSIONS = frozenset(
    {"SPOT", "MARGIN", "LEVERAGED", *(f"TRD_GRP_{number:03d}" for number in range(2, 262))}
)
SHOWN = ("SPOT", "MARGIN", "LEVERAGED")
"""What exchangeInfo shows unless asked for other permissions."""


def ping(_: Call) -> wire.Empty:
    """``{}``."""
    return wire.Empty()


def time(call: Call) -> wire.ServerTime:
    """Venue time."""
    return wire.ServerTime(call.time(call.now))


# --- exchangeInfo -------------------------------------------------------------------------------


def exchange_info(call: Call) -> wire.ExchangeInfo:
    """The rules of all symbols, or of those asked for."""
    chosen = _info_markets(call)
    show = call.values["showPermissionSets"]
    names = [market.symbol for market in call.markets.values()]
    return wire.ExchangeInfo(
        timezone="UTC",
        server_time=call.time(call.now),
        rate_limits=rate_limits(call),
        exchange_filters=tuple(exchange_filters(call.host.settings)),
        symbols=tuple(
            symbol_info(market, books.status(call.host, market), show) for market in chosen
        ),
        sors=routes(names) or msgspec.UNSET,
    )


def rate_limits(call: Call) -> tuple[wire.RateLimit, ...]:
    """The limits in force; CONNECTIONS takes the place of RAW_REQUESTS on the WebSocket API."""
    found = limits.in_force(call.host.settings)
    last = "RAW_REQUESTS" if call.door == "rest" else "CONNECTIONS"
    listed = []
    for name in ("REQUEST_WEIGHT", "ORDERS_10S", "ORDERS_1D", last):
        word, number = limits.interval(found[name])
        kind = "ORDERS" if name.startswith("ORDERS") else name
        listed.append(wire.RateLimit(kind, word, number, found[name].limit))
    return tuple(listed)


def _info_markets(call: Call) -> Sequence[Market]:
    _one_of(call, "symbol", "symbols", "permissions")
    if "permissions" not in call.values:
        if "symbol" in call.values or "symbols" in call.values:
            _one_of(call, "symbol", "symbols", "symbolStatus")
            return _named(call)
        wanted: Sequence[str] = SHOWN
    else:
        wanted = _permissions(call.values["permissions"])
    return [
        market
        for market in call.markets.values()
        if any(name in each for each in market.info.permission_sets for name in wanted)
        and _has_status(call, market)
    ]


def _permissions(written: str) -> Sequence[str]:
    names = [written]
    if written.startswith("["):
        try:
            names = msgspec.json.decode(written, type=list[str])
        except msgspec.DecodeError:  # also for what is no text
            raise Refusal(INVALID_PARAMETER, "permissions") from None
    if not names or not all(name in PERMISSIONS for name in names):
        raise Refusal(INVALID_PARAMETER, "permissions")
    return names


# --- book and trades ----------------------------------------------------------------------------


def depth(call: Call) -> wire.Depth:
    """The book with the update id that the diff stream counts on from."""
    market = _market(call)
    count = call.values["limit"]
    return wire.Depth(
        last_update_id=market.updates.last,
        bids=books.bids(call.host, market, count),
        asks=books.asks(call.host, market, count),
    )


def trades(call: Call) -> list[wire.Trade]:
    """Public trades: the newest, or from an id on."""
    market = _market(call)
    start = call.values.get("fromId")
    found = call.host.tape.prints(market.symbol, from_id=start, limit=call.values["limit"])
    return [_trade(call, market, each) for each in found]


def _trade(call: Call, market: Market, each: Print) -> wire.Trade:
    return wire.Trade(
        id=each.trade_id,
        price=market.price(each.price),
        qty=market.quantity(each.quantity),
        quote_qty=market.value(each.value),
        time=call.time(each.time),
        is_buyer_maker=each.aggressor_side == "sell",
        is_best_match=True,
    )


def block_trades(call: Call) -> list[wire.BlockTrade]:
    """Always empty: nobody negotiates blocks in a box."""
    _market(call)
    return []


def aggregate_trades(call: Call) -> list[wire.AggregateTrade]:
    """Aggregates: from an id, from a time, until a time, or the newest."""
    market = _market(call)
    values = call.values
    if "fromId" in values and ("startTime" in values or "endTime" in values):
        raise Refusal(BAD_COMBINATION)
    return [_aggregate(call, market, each) for each in _aggregates(call, market)]


def _aggregates(call: Call, market: Market) -> list[aggregates.Aggregate]:
    tape, values, limit = call.host.tape, call.values, call.values["limit"]

    def read(from_id: int, count: int) -> list[Print]:
        return tape.prints(market.symbol, from_id=from_id, limit=count)

    end: int | None = _last_instant(call)
    if "fromId" in values:
        return aggregates.forward(read, values["fromId"], limit)
    if "startTime" in values:
        first = tape.prints(market.symbol, start=values["startTime"], end=end, limit=1)
        return aggregates.forward(read, first[0].trade_id, limit, end) if first else []
    newest = tape.prints(market.symbol, end=end, limit=1)
    return aggregates.backward(read, newest[0].trade_id, limit) if newest else []


def _aggregate(call: Call, market: Market, each: aggregates.Aggregate) -> wire.AggregateTrade:
    return wire.AggregateTrade(
        a=each.first,
        p=market.price(each.price),
        q=market.quantity(each.quantity),
        f=each.first,
        l=each.last,
        T=call.time(each.time),
        m=each.aggressor_side == "sell",
        M=True,
    )


def klines(call: Call) -> list[wire.Kline]:
    """Candles; ``uiKlines`` answers the same (what it smooths is not documented)."""
    market = _market(call)
    bars = call.host.tape.bars(
        market.symbol,
        call.values["interval"],
        start=call.values.get("startTime"),
        end=_last_instant(call),
        limit=call.values["limit"],
        offset=_zone(call),
    )
    return [kline(market, bar, call.unit) for bar in bars]


def average_price(call: Call) -> wire.AveragePrice:
    """The volume-weighted price of five minutes."""
    market = _market(call)
    last = call.host.tape.last(market.symbol)
    return wire.AveragePrice(
        mins=books.AVERAGE_MINUTES,
        price=text(call.host.tape.average_price(market.symbol, books.AVERAGE_MINUTES)),
        close_time=call.time(last.time if last else call.now),
    )


# --- tickers ------------------------------------------------------------------------------------


def ticker_24hr(call: Call) -> Any:
    """The last 24 hours."""
    make = _mini if call.values["type"] == "MINI" else _day
    return _each(call, lambda market: make(call, market, statistics.last_day(call.host, market)))


def ticker(call: Call) -> Any:
    """A rolling window."""
    match = _WINDOW.fullmatch(call.values["windowSize"])
    if match is None:
        raise Refusal(INVALID_PARAMETER, "windowSize")
    minutes, hours, days = (int(part or 0) for part in match.groups())
    length = (minutes + 60 * hours + 1440 * days) * statistics.MINUTE
    return _windows(call, lambda market: statistics.rolling(call.host, market, length))


def trading_day(call: Call) -> Any:
    """Today, in a time zone."""
    offset = _zone(call)
    return _windows(call, lambda market: statistics.trading_day(call.host, market, offset))


def ticker_price(call: Call) -> Any:
    """The last price."""
    return _each(call, lambda market: wire.PriceTicker(market.symbol, _last_price(call, market)))


def ticker_book(call: Call) -> Any:
    """The best bid and ask."""
    return _each(
        call, lambda market: wire.BookTicker(market.symbol, *books.best(call.host, market))
    )


def _windows(call: Call, measure: Callable[[Market], statistics.Statistics]) -> Any:
    if "symbol" not in call.values and "symbols" not in call.values:
        raise Refusal(ONE_OF_TWO, "symbol", "symbols")
    make = _mini if call.values["type"] == "MINI" else _full
    return _each(call, lambda market: make(call, market, measure(market)))


def _last_price(call: Call, market: Market) -> str:
    last = call.host.tape.last(market.symbol)
    return market.price(last.price if last else 0)


def _mini(call: Call, market: Market, now: statistics.Statistics) -> wire.MiniTicker:
    return wire.MiniTicker(
        symbol=market.symbol,
        open_price=now.open,
        high_price=now.high,
        low_price=now.low,
        last_price=now.last,
        volume=now.volume,
        quote_volume=now.value,
        open_time=call.time(now.opened),
        close_time=call.time(now.closed),
        first_id=now.first_id,
        last_id=now.last_id,
        count=now.count,
    )


def _full(call: Call, market: Market, now: statistics.Statistics) -> wire.Ticker:
    return wire.Ticker(
        symbol=market.symbol,
        price_change=now.change,
        price_change_percent=now.percent,
        weighted_avg_price=now.average,
        open_price=now.open,
        high_price=now.high,
        low_price=now.low,
        last_price=now.last,
        volume=now.volume,
        quote_volume=now.value,
        open_time=call.time(now.opened),
        close_time=call.time(now.closed),
        first_id=now.first_id,
        last_id=now.last_id,
        count=now.count,
    )


def _day(call: Call, market: Market, now: statistics.Statistics) -> wire.Ticker24:
    last = call.host.tape.last(market.symbol)
    bid, bid_quantity, ask, ask_quantity = books.best(call.host, market)
    return wire.Ticker24(
        symbol=market.symbol,
        price_change=now.change,
        price_change_percent=now.percent,
        weighted_avg_price=now.average,
        prev_close_price=statistics.price_before(call.host, market, now.first_id),
        last_price=now.last,
        last_qty=market.quantity(last.quantity if last else 0),
        bid_price=bid,
        bid_qty=bid_quantity,
        ask_price=ask,
        ask_qty=ask_quantity,
        open_price=now.open,
        high_price=now.high,
        low_price=now.low,
        volume=now.volume,
        quote_volume=now.value,
        open_time=call.time(now.opened),
        close_time=call.time(now.closed),
        first_id=now.first_id,
        last_id=now.last_id,
        count=now.count,
    )


# --- execution rules and reference prices -------------------------------------------------------


def execution_rules(call: Call) -> wire.ExecutionRules:
    """The price ranges: of the symbols named, else of all that have one."""
    _one_of(call, "symbol", "symbols", "symbolStatus")
    if "symbol" in call.values or "symbols" in call.values:
        chosen: Iterable[Market] = _named(call)
    else:
        every = call.markets.values()
        chosen = [m for m in every if m.row.reference and _has_status(call, m)]
    return wire.ExecutionRules(
        tuple(wire.SymbolRules(m.symbol, _rules(m.row.reference)) for m in chosen)
    )


def _rules(reference: Reference | None) -> tuple[wire.ExecutionRule, ...]:
    if reference is None:
        return ()
    rule = {"ruleType": "PRICE_RANGE", **price_range(reference)}
    return (msgspec.convert(rule, wire.ExecutionRule),)


def reference(call: Call) -> wire.ReferencePrice:
    """The reference price."""
    market = _market(call)
    now = reference_price(call.host, market)
    if now is None:
        raise Refusal(NO_REFERENCE_PRICE)
    units = None if now.units is None else text(now.units)
    return wire.ReferencePrice(market.symbol, units, call.time(now.at))


def calculation(call: Call) -> wire.ReferenceCalculation:
    """How the reference price is made."""
    market = _market(call)
    rule = market.row.reference
    if rule is None:
        raise Refusal(NO_REFERENCE_PRICE)
    if not rule.buckets:
        return wire.ReferenceCalculation(
            market.symbol, "EXTERNAL", external_calculation_id=rule.external
        )
    return wire.ReferenceCalculation(market.symbol, "ARITHMETIC_MEAN", rule.buckets, rule.bucket_ms)


# --- which symbols ------------------------------------------------------------------------------


def _market(call: Call) -> Market:
    """The one symbol asked for, brought to the present."""
    market = call.markets.get(call.values["symbol"])
    if market is None:
        raise Refusal(BAD_SYMBOL)
    if not _has_status(call, market):
        raise Refusal(SYMBOL_STATUS)
    call.host.look(market.symbol)
    return market


def _each(call: Call, make: Callable[[Market], Any]) -> Any:
    """One answer for ``symbol``; a list for ``symbols`` or for neither, without those whose
    status was not asked for.
    """
    _one_of(call, "symbol", "symbols")
    if "symbol" in call.values:
        return make(_market(call))
    chosen = _named(call) if "symbols" in call.values else list(call.markets.values())
    found = []
    for market in chosen:
        if _has_status(call, market):
            call.host.look(market.symbol)
            found.append(make(market))
    return found


def _named(call: Call) -> list[Market]:
    """The symbols asked for, in the order of exchangeInfo."""
    names = [call.values["symbol"]] if "symbol" in call.values else call.values["symbols"]
    if not names:
        raise Refusal(EMPTY, "symbols")
    wanted = set(names)
    return [market for symbol, market in call.markets.items() if symbol in wanted]


def _has_status(call: Call, market: Market) -> bool:
    wanted: str | None = call.values.get("symbolStatus")
    if wanted is None:
        return True
    return symbol_info(market, books.status(call.host, market), False).status == wanted


def _one_of(call: Call, *names: str) -> None:
    if sum(name in call.values for name in names) > 1:
        raise Refusal(BAD_COMBINATION)


# --- common parameters --------------------------------------------------------------------------


def _last_instant(call: Call) -> int | None:
    """The last nanosecond of the unit of time that ``endTime`` names: it is inclusive."""
    end = call.values.get("endTime")
    return None if end is None else int(end) + call.unit - 1


def _zone(call: Call) -> int:
    offset = zone(call.values["timeZone"])
    if offset is None:
        raise Refusal(INVALID_PARAMETER, "timeZone")
    return offset


HANDLERS: dict[str, Handler] = {
    "ping": ping,
    "time": time,
    "exchangeInfo": exchange_info,
    "executionRules": execution_rules,
    "depth": depth,
    "trades.recent": trades,
    "trades.historical": trades,
    "blockTrades.historical": block_trades,
    "trades.aggregate": aggregate_trades,
    "klines": klines,
    "uiKlines": klines,
    "avgPrice": average_price,
    "ticker.24hr": ticker_24hr,
    "ticker.tradingDay": trading_day,
    "ticker.price": ticker_price,
    "ticker.book": ticker_book,
    "ticker": ticker,
    "referencePrice": reference,
    "referencePrice.calculation": calculation,
}
"""By the operation's name."""
