"""The rules of the symbols: what exchangeInfo says, as rows.

Shape and filter order: exchangeInfo of one live symbol as of 2026-09-26 (ICEBERG_PARTS 100,
MAX_NUM_ORDER_LISTS 20, MAX_NUM_ALGO_ORDERS 5, MAX_NUM_ORDER_AMENDS 10, default mode EXPIRE_MAKER,
five self-trade prevention modes; observed in a public test fixture) and ETHBTC as of 2025-08.
Ticks, steps and ranges: as the live venue had them in 2025, from memory of its public exchangeInfo
(observed); ``market_max`` changes there by the day and is a guess here. Which symbols have a
reference price and a price range is not published in the docs: guessed, see ``REFERENCES``.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from math import gcd
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from ...engine.listing import Listing
from ...model import InstrumentStatus, Misconfigured, SelfTradePrevention
from ...protocol.hosting import Traded
from ...protocol.scaled import read, write
from .wire.market import (
    ExchangeInfo,
    IcebergParts,
    LotSize,
    MarketLotSize,
    MaxNumAlgoOrders,
    MaxNumOrderAmends,
    MaxNumOrderLists,
    MaxNumOrders,
    Notional,
    PercentPriceBySide,
    PriceFilter,
    SmartRoute,
    Symbol,
    TrailingDelta,
)

F = TypeVar("F", bound=Struct)

DECIMALS = 8
"""How finely every asset and every price is kept."""

UNIT: int = 10**DECIMALS
"""Hundred-millionths in one."""

ORDER_TYPES = (
    "LIMIT",
    "LIMIT_MAKER",
    "MARKET",
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "TAKE_PROFIT_LIMIT",
)
PREVENTION = ("EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER")
GROUPS = tuple(f"TRD_GRP_{n:03d}" for n in (4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20))
"""Some of the two hundred groups that live symbols name."""


class Reference(Struct, frozen=True):
    """A symbol's reference price and the range around it. ``buckets`` 0: made outside, by
    ``external`` (3 is the 5-minute mean of the mid price). "" leaves a side unbounded.
    """

    buckets: int = 0
    bucket_ms: int = 0
    external: int = 3
    bid_up: str = ""
    bid_down: str = ""
    ask_up: str = ""
    ask_down: str = ""


class Row(Struct, frozen=True):
    """One symbol: its id, what exchangeInfo says of it, and its reference price if it has one."""

    id: str
    info: Symbol
    reference: Reference | None = None


REFERENCES: Mapping[str, Reference] = {
    "USDCUSDT": Reference(10, 1000, 0, "1.0100", "0.9900", "1.0100", "0.9900"),
    "XRPUSDT": Reference(60, 1000, 0, "1.0500", "0.9500", "1.0500", "0.9500"),
    "DOGEUSDT": Reference(0, 0, 3, "1.0500", "", "", "0.9500"),
}

# base, quote, tick, step, highest price, highest quantity, highest market quantity, least value
_RULES = """
BTC   USDT  0.01       0.00001 1000000 9000          110         5
ETH   USDT  0.01       0.0001  1000000 9000          2500        5
BNB   USDT  0.01       0.001   100000  900000        5000        5
SOL   USDT  0.01       0.001   100000  900000        20000       5
XRP   USDT  0.0001     0.1     10000   9222449       1500000     5
LTC   USDT  0.01       0.001   100000  900000        12000       5
TRX   USDT  0.0001     0.1     1000    9222449       3000000     5
ETH   BTC   0.00001    0.0001  922327  100000        1378.2      0.0001
BNB   BTC   0.000001   0.001   100000  100000        1200        0.0001
SOL   BTC   0.0000001  0.001   100000  900000        4000        0.0001
LTC   BTC   0.000001   0.001   100000  100000        3500        0.0001
SOL   BNB   0.0001     0.001   100000  900000        900         0.005
DOGE  USDT  0.00001    1       1000    9000000       9000000     1
USDC  USDT  0.0001     1       10      1000000000    50000000    5
FDUSD USDT  0.0001     1       10      1000000000    20000000    5
BTC   FDUSD 0.01       0.00001 1000000 9000          60          5
BTC   USDC  0.01       0.00001 1000000 9000          40          5
ETH   USDC  0.01       0.0001  1000000 9000          800         5
ADA   USDT  0.0001     0.1     1000    900000        700000      5
AVAX  USDT  0.01       0.01    10000   90000         50000       5
LINK  USDT  0.01       0.01    10000   90000         30000       5
DOT   USDT  0.001      0.01    10000   90000         90000       5
SUI   USDT  0.0001     0.1     1000    900000        400000      5
SHIB  USDT  0.00000001 1       1       46116860414   9000000000  1
PEPE  USDT  0.00000001 1       1       8388607000000 90000000000 1
UNI   USDT  0.001      0.01    10000   90000         40000       5
BCH   USDT  0.1        0.001   100000  900000        800         5
NEAR  USDT  0.001      0.1     1000    900000        200000      5
APT   USDT  0.001      0.01    10000   900000        60000       5
BTC   EUR   0.01       0.00001 1000000 9000          12          5
EUR   USDT  0.0001     0.1     1000    10000000      5000000     5
ETH   EUR   0.01       0.0001  1000000 9000          250         5
ATOM  USDT  0.001      0.01    1000    90000         50000       5
ETC   USDT  0.01       0.01    10000   900000        20000       5
XLM   USDT  0.0001     1       1000    900000        900000      5
ALGO  USDT  0.0001     1       1000    900000        500000      5
CHZ   USDT  0.00001    1       1000    9000000       2000000     1
ZIL   USDT  0.00001    0.1     1000    9000000       3000000     1
ONE   USDT  0.00001    0.1     1000    9000000       3000000     1
DOGE  BTC   0.00000001 1       1000    90000000      900000      0.0001
"""

DEFAULT = (
    "BTC/USDT",
    "ETH/USDT",
    "BNB/USDT",
    "SOL/USDT",
    "XRP/USDT",
    "LTC/USDT",
    "TRX/USDT",
    "ETH/BTC",
    "BNB/BTC",
    "SOL/BTC",
    "LTC/BTC",
    "SOL/BNB",
)
"""What a new box trades unless told otherwise."""

ROUTES = (SmartRoute("BTC", ("BTCUSDT", "BTCUSDC")),)
"""Smart order routing, where all symbols of a route are traded (rest-api.md, exchangeInfo)."""


@cache
def rows() -> tuple[Row, ...]:
    """All forty, in the table's order."""
    return tuple(_row(line.split()) for line in _RULES.strip().splitlines())


def chosen(settings: Mapping[str, Any]) -> tuple[Row, ...]:
    """The rows a box trades: ``instruments`` is absent (the twelve), "all", a list of ids or
    native symbols, or the path of a saved exchangeInfo (``instruments_file``).

    Raises Misconfigured for a name or a file that is not known.
    """
    path = settings.get("instruments_file")
    have = load(Path(path)) if path else rows()
    wanted = settings.get("instruments")
    if wanted == "all" or (path and not wanted):
        return have
    names = DEFAULT if not wanted else _names(wanted)
    index = {row.id: row for row in have} | {row.info.symbol: row for row in have}
    unknown = [name for name in names if name not in index]
    if unknown:
        known = ", ".join(row.id for row in have)
        raise Misconfigured(f"there is no instrument {', '.join(unknown)}; there are: {known}")
    return tuple(dict.fromkeys(index[name] for name in names))


def _names(wanted: object) -> tuple[str, ...]:
    if isinstance(wanted, str):
        return tuple(name.strip() for name in wanted.split(",") if name.strip())
    if isinstance(wanted, Sequence):
        return tuple(str(name) for name in wanted)
    raise Misconfigured('instruments is "all", names with commas between them, or a list of names')


def load(path: Path) -> tuple[Row, ...]:
    """The symbols of a saved exchangeInfo answer. Raises Misconfigured if it cannot be read."""
    try:
        info = msgspec.json.decode(path.read_bytes(), type=ExchangeInfo)
    except (OSError, msgspec.DecodeError) as error:
        raise Misconfigured(f"{path} is not a saved exchangeInfo: {error}") from None
    return tuple(_loaded(symbol) for symbol in info.symbols if symbol.status != "END_OF_DAY")


def _loaded(symbol: Symbol) -> Row:
    listing(symbol)  # what the engine could not trade is refused here, by name
    return Row(f"{symbol.base_asset}/{symbol.quote_asset}", symbol, REFERENCES.get(symbol.symbol))


def traded(settings: Mapping[str, Any]) -> tuple[Traded, ...]:
    """The chosen rows as the box lists them."""
    return tuple(
        Traded(
            id=row.id,
            listing=listing(row.info),
            tick_size=Decimal(filter_of(row.info, PriceFilter).tick_size),
            lot_size=Decimal(filter_of(row.info, LotSize).step_size),
        )
        for row in chosen(settings)
    )


def routes(symbols: Sequence[str]) -> tuple[SmartRoute, ...]:
    """The smart order routes whose symbols are all traded."""
    return tuple(route for route in ROUTES if set(route.symbols) <= set(symbols))


def filter_of(symbol: Symbol, kind: type[F]) -> F:
    """A filter that a symbol must have. Raises Misconfigured if it has none."""
    for each in symbol.filters:
        if isinstance(each, kind):
            return each
    raise Misconfigured(f"{symbol.symbol} has no {kind.__struct_config__.tag}")


def listing(symbol: Symbol) -> Listing:
    """A symbol as the engine trades it. Raises Misconfigured without a tick or a step."""
    tick = read(filter_of(symbol, PriceFilter).tick_size, DECIMALS)
    lots = filter_of(symbol, LotSize)
    step = read(lots.step_size, DECIMALS)
    if not tick or not step:
        raise Misconfigured(f"{symbol.symbol} has no tick size or no step size")
    common = gcd(tick * step, UNIT)
    return Listing(
        instrument=symbol.symbol,
        base=symbol.base_asset,
        quote=symbol.quote_asset,
        base_per_lot=step,
        value_numerator=tick * step // common,
        value_denominator=UNIT // common,
        status=STATUSES.get(symbol.status, InstrumentStatus.HALTED),
        self_trade_prevention=SelfTradePrevention(
            symbol.default_self_trade_prevention_mode.lower()
        ),
        market_min=max(1, -(-_market_min(symbol, lots) // step)),
    )


STATUSES = {
    "TRADING": InstrumentStatus.TRADING,
    "CANCEL_ONLY": InstrumentStatus.CANCEL_ONLY,
    "HALT": InstrumentStatus.HALTED,
    "BREAK": InstrumentStatus.HALTED,
    "END_OF_DAY": InstrumentStatus.ENDED,
}


def _market_min(symbol: Symbol, lots: LotSize) -> int:
    market = [f for f in symbol.filters if isinstance(f, MarketLotSize)]
    least = max([read(f.min_qty, DECIMALS) for f in market], default=0)
    return max(least, read(lots.min_qty, DECIMALS))


def _row(fields: list[str]) -> Row:
    base, quote, tick, step, price_max, quantity_max, market_max, notional = fields
    symbol = base + quote
    return Row(
        f"{base}/{quote}",
        Symbol(
            symbol=symbol,
            status="TRADING",
            base_asset=base,
            base_asset_precision=DECIMALS,
            quote_asset=quote,
            quote_precision=DECIMALS,
            quote_asset_precision=DECIMALS,
            base_commission_precision=DECIMALS,
            quote_commission_precision=DECIMALS,
            order_types=ORDER_TYPES,
            iceberg_allowed=True,
            oco_allowed=True,
            oto_allowed=True,
            opo_allowed=True,
            quote_order_qty_market_allowed=True,
            allow_trailing_stop=True,
            cancel_replace_allowed=True,
            amend_allowed=True,
            peg_instructions_allowed=True,
            is_spot_trading_allowed=True,
            is_margin_trading_allowed=quote != "EUR",
            filters=(
                PriceFilter(_padded(tick), _padded(price_max), _padded(tick)),
                LotSize(_padded(step), _padded(quantity_max), _padded(step)),
                IcebergParts(100),
                MarketLotSize(_padded("0"), _padded(market_max), _padded("0")),
                TrailingDelta(10, 2000, 10, 2000),
                _percent_price(base, quote),
                Notional(_padded(notional), True, _padded("9000000"), False, 5),
                MaxNumOrders(200),
                MaxNumOrderLists(20),
                MaxNumAlgoOrders(5),
                MaxNumOrderAmends(10),
            ),
            permissions=(),
            permission_sets=(("SPOT", *(("MARGIN",) if quote != "EUR" else ()), *GROUPS),),
            default_self_trade_prevention_mode="EXPIRE_MAKER",
            allowed_self_trade_prevention_modes=PREVENTION,
        ),
        REFERENCES.get(symbol),
    )


def _percent_price(base: str, quote: str) -> PercentPriceBySide:
    if base in ("USDC", "FDUSD", "EUR") and quote == "USDT":
        return PercentPriceBySide("1.1", "0.8", "1.2", "0.9", 5)
    return PercentPriceBySide("5", "0.2", "5", "0.2", 5)


def _padded(text: str) -> str:
    return write(read(text, DECIMALS), DECIMALS)


def price_range(reference: Reference) -> Mapping[str, str]:
    """The multipliers that are set, by their wire names."""
    named = {
        "bidLimitMultUp": reference.bid_up,
        "bidLimitMultDown": reference.bid_down,
        "askLimitMultUp": reference.ask_up,
        "askLimitMultDown": reference.ask_down,
    }
    return {name: value for name, value in named.items() if value}
