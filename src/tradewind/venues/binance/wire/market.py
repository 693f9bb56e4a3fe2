"""What market data looks like over REST and the WebSocket API.

Source of every shape: the official Spot docs, rest-api.md ("Public API Endpoints") and filters.md
at 2026-07-21, read 2026-11-24. Prices and quantities are decimal text with 8 places, ids, times
and counts are numbers. Field order is the wire's.
"""

from msgspec import UNSET, Struct, UnsetType

Level = tuple[str, str]
"""A price and what rests there, both as text."""


class Empty(Struct, frozen=True):
    """``{}``: ping, and a few writes that have nothing to say."""


class ServerTime(Struct, frozen=True, rename="camel"):
    """``{"serverTime":1499827319559}``."""

    server_time: int


# --- exchangeInfo -------------------------------------------------------------------------------


class Filter(Struct, frozen=True, tag_field="filterType", rename="camel"):
    """The root of all filters (filters.md). Decimals are text, counts are numbers."""


class PriceFilter(Filter, frozen=True, tag="PRICE_FILTER"):
    """Range and step of prices; a 0 switches that part off."""

    min_price: str
    max_price: str
    tick_size: str


class LotSize(Filter, frozen=True, tag="LOT_SIZE"):
    """Range and step of quantities."""

    min_qty: str
    max_qty: str
    step_size: str


class IcebergParts(Filter, frozen=True, tag="ICEBERG_PARTS"):
    """In how many parts an iceberg may come; 100 since 2026-03-12."""

    limit: int


class MarketLotSize(Filter, frozen=True, tag="MARKET_LOT_SIZE"):
    """Range and step of market orders' quantities."""

    min_qty: str
    max_qty: str
    step_size: str


class TrailingDelta(Filter, frozen=True, tag="TRAILING_DELTA"):
    """Range of a trail in basis points."""

    min_trailing_above_delta: int
    max_trailing_above_delta: int
    min_trailing_below_delta: int
    max_trailing_below_delta: int


class PercentPrice(Filter, frozen=True, tag="PERCENT_PRICE"):
    """How far a price may be from the average, either side."""

    multiplier_up: str
    multiplier_down: str
    avg_price_mins: int


class PercentPriceBySide(Filter, frozen=True, tag="PERCENT_PRICE_BY_SIDE"):
    """How far a price may be from the average, bids and asks apart."""

    bid_multiplier_up: str
    bid_multiplier_down: str
    ask_multiplier_up: str
    ask_multiplier_down: str
    avg_price_mins: int


class MinNotional(Filter, frozen=True, tag="MIN_NOTIONAL"):
    """The least value of an order (older symbols)."""

    min_notional: str
    apply_to_market: bool
    avg_price_mins: int


class Notional(Filter, frozen=True, tag="NOTIONAL"):
    """The least and the greatest value of an order."""

    min_notional: str
    apply_min_to_market: bool
    max_notional: str
    apply_max_to_market: bool
    avg_price_mins: int


class MaxNumOrders(Filter, frozen=True, tag="MAX_NUM_ORDERS"):
    """How many orders an account may have open on a symbol."""

    max_num_orders: int


class MaxNumOrderLists(Filter, frozen=True, tag="MAX_NUM_ORDER_LISTS"):
    """How many order lists an account may have open on a symbol."""

    max_num_order_lists: int


class MaxNumAlgoOrders(Filter, frozen=True, tag="MAX_NUM_ALGO_ORDERS"):
    """How many stop orders an account may have open on a symbol."""

    max_num_algo_orders: int


class MaxNumIcebergOrders(Filter, frozen=True, tag="MAX_NUM_ICEBERG_ORDERS"):
    """How many icebergs an account may have open on a symbol."""

    max_num_iceberg_orders: int


class MaxNumOrderAmends(Filter, frozen=True, tag="MAX_NUM_ORDER_AMENDS"):
    """How often one order may be amended."""

    max_num_order_amends: int


class MaxPosition(Filter, frozen=True, tag="MAX_POSITION"):
    """How much of the base asset an account may come to hold by buying."""

    max_position: str


class TPlusSell(Filter, frozen=True, tag="T_PLUS_SELL"):
    """Only in the official SDK (binance-sdk-spot 13.2.0); its meaning is not documented."""

    end_time: int


class MaxAsset(Filter, frozen=True, tag="MAX_ASSET"):
    """How much of an asset one order may move; only told by ``myFilters``."""

    asset: str
    limit: str


class ExchangeMaxNumOrders(Filter, frozen=True, tag="EXCHANGE_MAX_NUM_ORDERS"):
    """How many orders an account may have open on all symbols."""

    max_num_orders: int


class ExchangeMaxNumAlgoOrders(Filter, frozen=True, tag="EXCHANGE_MAX_NUM_ALGO_ORDERS"):
    """How many stop orders an account may have open on all symbols."""

    max_num_algo_orders: int


class ExchangeMaxNumIcebergOrders(Filter, frozen=True, tag="EXCHANGE_MAX_NUM_ICEBERG_ORDERS"):
    """How many icebergs an account may have open on all symbols."""

    max_num_iceberg_orders: int


class ExchangeMaxNumOrderLists(Filter, frozen=True, tag="EXCHANGE_MAX_NUM_ORDER_LISTS"):
    """How many order lists an account may have open on all symbols."""

    max_num_order_lists: int


SymbolFilter = (
    PriceFilter
    | LotSize
    | IcebergParts
    | MarketLotSize
    | TrailingDelta
    | PercentPrice
    | PercentPriceBySide
    | MinNotional
    | Notional
    | MaxNumOrders
    | MaxNumOrderLists
    | MaxNumAlgoOrders
    | MaxNumIcebergOrders
    | MaxNumOrderAmends
    | MaxPosition
    | TPlusSell
)
ExchangeFilter = (
    ExchangeMaxNumOrders
    | ExchangeMaxNumAlgoOrders
    | ExchangeMaxNumIcebergOrders
    | ExchangeMaxNumOrderLists
)


class Symbol(Struct, frozen=True, kw_only=True, rename="camel"):
    """One symbol of exchangeInfo. ``permission_sets`` is an AND of ORs.

    Fields that saved files from before their introduction lack are UNSET and stay away.
    """

    symbol: str
    status: str
    base_asset: str
    base_asset_precision: int
    quote_asset: str
    quote_precision: int
    quote_asset_precision: int
    base_commission_precision: int
    quote_commission_precision: int
    order_types: tuple[str, ...]
    iceberg_allowed: bool
    oco_allowed: bool
    oto_allowed: bool | UnsetType = UNSET
    opo_allowed: bool | UnsetType = UNSET
    quote_order_qty_market_allowed: bool
    allow_trailing_stop: bool = False
    cancel_replace_allowed: bool = False
    amend_allowed: bool | UnsetType = UNSET
    peg_instructions_allowed: bool | UnsetType = UNSET
    is_spot_trading_allowed: bool = True
    is_margin_trading_allowed: bool = False
    filters: tuple[SymbolFilter, ...] = ()
    permissions: tuple[str, ...] = ()
    permission_sets: tuple[tuple[str, ...], ...] = ()
    default_self_trade_prevention_mode: str = "NONE"
    allowed_self_trade_prevention_modes: tuple[str, ...] = ()


class RateLimit(Struct, frozen=True, rename="camel"):
    """A published limit, as exchangeInfo lists it."""

    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int


class SmartRoute(Struct, frozen=True, rename="camel"):
    """Symbols whose books one smart order route joins."""

    base_asset: str
    symbols: tuple[str, ...]


class ExchangeInfo(Struct, frozen=True, rename="camel"):
    """The rules of the exchange. ``sors`` is absent where there is no smart order routing."""

    timezone: str
    server_time: int
    rate_limits: tuple[RateLimit, ...]
    exchange_filters: tuple[ExchangeFilter, ...]
    symbols: tuple[Symbol, ...]
    sors: tuple[SmartRoute, ...] | UnsetType = UNSET


# --- book, trades, candles ----------------------------------------------------------------------


class Depth(Struct, frozen=True, rename="camel"):
    """The book: both sides best first."""

    last_update_id: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class Trade(Struct, frozen=True, rename="camel"):
    """A public trade. ``quote_qty`` has 8 places live; the docs' sample has fewer."""

    id: int
    price: str
    qty: str
    quote_qty: str
    time: int
    is_buyer_maker: bool
    is_best_match: bool


class BlockTrade(Struct, frozen=True, rename="camel"):
    """A block trade; its decimals are not padded."""

    id: int
    price: str
    qty: str
    quote_qty: str
    time: int
    is_buyer_maker: bool


class AggregateTrade(Struct, frozen=True):
    """What one taker order traded at one price."""

    a: int
    p: str
    q: str
    f: int
    l: int
    T: int
    m: bool
    M: bool


Kline = tuple[int, str, str, str, str, str, int, str, int, str, str, str]
"""Open time, open, high, low, close, volume, close time, quote volume, trades, taker buy base
volume, taker buy quote volume, and a text to be ignored."""


# --- tickers ------------------------------------------------------------------------------------


class AveragePrice(Struct, frozen=True, rename="camel"):
    """The volume-weighted price of the last ``mins`` minutes and the time of the last trade."""

    mins: int
    price: str
    close_time: int


class Ticker24(Struct, frozen=True, rename="camel"):
    """ticker/24hr, type FULL."""

    symbol: str
    price_change: str
    price_change_percent: str
    weighted_avg_price: str
    prev_close_price: str
    last_price: str
    last_qty: str
    bid_price: str
    bid_qty: str
    ask_price: str
    ask_qty: str
    open_price: str
    high_price: str
    low_price: str
    volume: str
    quote_volume: str
    open_time: int
    close_time: int
    first_id: int
    last_id: int
    count: int


class Ticker(Struct, frozen=True, rename="camel"):
    """ticker and ticker/tradingDay, type FULL."""

    symbol: str
    price_change: str
    price_change_percent: str
    weighted_avg_price: str
    open_price: str
    high_price: str
    low_price: str
    last_price: str
    volume: str
    quote_volume: str
    open_time: int
    close_time: int
    first_id: int
    last_id: int
    count: int


class MiniTicker(Struct, frozen=True, rename="camel"):
    """Any of the three tickers, type MINI."""

    symbol: str
    open_price: str
    high_price: str
    low_price: str
    last_price: str
    volume: str
    quote_volume: str
    open_time: int
    close_time: int
    first_id: int
    last_id: int
    count: int


class PriceTicker(Struct, frozen=True):
    """The last price."""

    symbol: str
    price: str


class BookTicker(Struct, frozen=True, rename="camel"):
    """The best bid and ask."""

    symbol: str
    bid_price: str
    bid_qty: str
    ask_price: str
    ask_qty: str


# --- execution rules and reference prices -------------------------------------------------------


class ExecutionRule(Struct, frozen=True, rename="camel"):
    """A price range around the reference price; an absent multiplier bounds nothing."""

    rule_type: str
    bid_limit_mult_up: str | UnsetType = UNSET
    bid_limit_mult_down: str | UnsetType = UNSET
    ask_limit_mult_up: str | UnsetType = UNSET
    ask_limit_mult_down: str | UnsetType = UNSET


class SymbolRules(Struct, frozen=True):
    """The execution rules of one symbol."""

    symbol: str
    rules: tuple[ExecutionRule, ...]


class ExecutionRules(Struct, frozen=True, rename="camel"):
    """The answer of executionRules."""

    symbol_rules: tuple[SymbolRules, ...]


class ReferencePrice(Struct, frozen=True, rename="camel"):
    """The reference price, null while there is none."""

    symbol: str
    reference_price: str | None
    timestamp: int


class ReferenceCalculation(Struct, frozen=True, rename="camel"):
    """How the reference price is made: ARITHMETIC_MEAN has buckets, EXTERNAL an id."""

    symbol: str
    calculation_type: str
    bucket_count: int | UnsetType = UNSET
    bucket_width_ms: int | UnsetType = UNSET
    external_calculation_id: int | UnsetType = UNSET
