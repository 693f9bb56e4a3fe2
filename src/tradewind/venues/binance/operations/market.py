"""Market data: one row per operation, through REST and the WebSocket API alike.

Names are the WebSocket API's methods. Parameters stand in the order of the official tables,
which is also the order they are checked in. A ``limit`` above its maximum is cut (documented for
depth, observed elsewhere).
"""

from typing import Any

from ....protocol.operations import Kind, Known, Operation, Parameter, Rest, Source, WebSocket
from ..wire import market as wire

_READ = "2026-07-21"

INTERVALS = (
    "1s",
    "1m",
    "3m",
    "5m",
    "15m",
    "30m",
    "1h",
    "2h",
    "4h",
    "6h",
    "8h",
    "12h",
    "1d",
    "3d",
    "1w",
    "1M",
)
"""Candle intervals, case-sensitive (rest-api.md "Kline/Candlestick data")."""

STATUSES = ("TRADING", "HALT", "BREAK")
"""What ``symbolStatus`` may ask for."""

_SYMBOL = Parameter("symbol", Kind.SYMBOL, mandatory=True)
_OPTIONAL_SYMBOL = Parameter("symbol", Kind.SYMBOL)
_ONE_SYMBOL = Parameter("symbol", Kind.SYMBOL, when="symbols is absent", missing="ONE_OF_TWO")
_SYMBOLS = Parameter("symbols", Kind.LIST)
_STATUS = Parameter("symbolStatus", Kind.ENUM, values=STATUSES, malformed="INVALID_SYMBOL_STATUS")
_LIMIT = Parameter("limit", Kind.INTEGER, default="500", minimum=1, maximum=1000)
_FROM = Parameter("fromId", Kind.INTEGER)
_START = Parameter("startTime", Kind.TIME)
_END = Parameter("endTime", Kind.TIME)
_INTERVAL = Parameter(
    "interval", Kind.ENUM, mandatory=True, values=INTERVALS, malformed="BAD_INTERVAL"
)
_ZONE = Parameter("timeZone", Kind.TEXT, default="0")
_TYPE = Parameter(
    "type", Kind.ENUM, values=("FULL", "MINI"), default="FULL", malformed="INVALID_TICKER_TYPE"
)


def _row(
    method: str,
    path: str,
    parameters: tuple[Parameter, ...],
    response: Any,
    weight: int = 1,
    weigh: str = "",
) -> Operation:
    return Operation(
        name=method,
        doors=(Rest("GET", f"/api/v3/{path}"), WebSocket(method)),
        parameters=parameters,
        weight=weight,
        weigh=weigh,
        response=response,
        source=Source(f"rest-api.md GET /api/v3/{path}", _READ, Known.DOCUMENTED),
    )


ROWS: tuple[Operation, ...] = (
    _row("ping", "ping", (), wire.Empty),
    _row("time", "time", (), wire.ServerTime),
    _row(
        "exchangeInfo",
        "exchangeInfo",
        (
            _OPTIONAL_SYMBOL,
            _SYMBOLS,
            Parameter("permissions", Kind.TEXT),
            Parameter("showPermissionSets", Kind.BOOLEAN, default="true"),
            _STATUS,
        ),
        wire.ExchangeInfo,
        20,
    ),
    _row(
        "executionRules",
        "executionRules",
        (_OPTIONAL_SYMBOL, _SYMBOLS, _STATUS),
        wire.ExecutionRules,
        2,
        "execution_rules",
    ),
    _row(
        "depth",
        "depth",
        (
            _SYMBOL,
            Parameter("limit", Kind.INTEGER, default="100", minimum=1, maximum=5000),
            _STATUS,
        ),
        wire.Depth,
        5,
        "depth",
    ),
    _row("trades.recent", "trades", (_SYMBOL, _LIMIT), list[wire.Trade], 25),
    _row("trades.historical", "historicalTrades", (_SYMBOL, _LIMIT, _FROM), list[wire.Trade], 25),
    _row(
        "blockTrades.historical",
        "historicalBlockTrades",
        (_SYMBOL, Parameter("fromId", Kind.INTEGER, mandatory=True), _LIMIT),
        list[wire.BlockTrade],
        25,
    ),
    _row(
        "trades.aggregate",
        "aggTrades",
        (_SYMBOL, _FROM, _START, _END, _LIMIT),
        list[wire.AggregateTrade],
        4,
    ),
    _row(
        "klines",
        "klines",
        (_SYMBOL, _INTERVAL, _START, _END, _ZONE, _LIMIT),
        list[wire.Kline],
        2,
    ),
    _row(
        "uiKlines",
        "uiKlines",
        (_SYMBOL, _INTERVAL, _START, _END, _ZONE, _LIMIT),
        list[wire.Kline],
        2,
    ),
    _row("avgPrice", "avgPrice", (_SYMBOL,), wire.AveragePrice, 2),
    _row(
        "ticker.24hr",
        "ticker/24hr",
        (_OPTIONAL_SYMBOL, _SYMBOLS, _TYPE, _STATUS),
        wire.Ticker24 | list[wire.Ticker24],
        2,
        "ticker_24hr",
    ),
    _row(
        "ticker.tradingDay",
        "ticker/tradingDay",
        (_ONE_SYMBOL, _SYMBOLS, _ZONE, _TYPE, _STATUS),
        wire.Ticker | list[wire.Ticker],
        4,
        "per_symbol",
    ),
    _row(
        "ticker.price",
        "ticker/price",
        (_OPTIONAL_SYMBOL, _SYMBOLS, _STATUS),
        wire.PriceTicker | list[wire.PriceTicker],
        2,
        "one_or_many",
    ),
    _row(
        "ticker.book",
        "ticker/bookTicker",
        (_OPTIONAL_SYMBOL, _SYMBOLS, _STATUS),
        wire.BookTicker | list[wire.BookTicker],
        2,
        "one_or_many",
    ),
    _row(
        "ticker",
        "ticker",
        (
            _ONE_SYMBOL,
            _SYMBOLS,
            Parameter("windowSize", Kind.TEXT, default="1d"),
            _TYPE,
            _STATUS,
        ),
        wire.Ticker | list[wire.Ticker],
        4,
        "per_symbol",
    ),
    _row("referencePrice", "referencePrice", (_SYMBOL,), wire.ReferencePrice, 2),
    _row(
        "referencePrice.calculation",
        "referencePrice/calculation",
        (_SYMBOL, _STATUS),
        wire.ReferenceCalculation,
        2,
    ),
)
