"""The nouns of trading. Imports nothing of ours."""

from .enums import (
    InstrumentStatus,
    Liquidity,
    OrderStatus,
    OrderType,
    Permission,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from .errors import (
    InvalidInput,
    Misconfigured,
    NotSent,
    Outcome,
    OutcomeUnknown,
    Rejected,
    TradewindError,
    Unreadable,
)
from .nouns import Balance, Candle, Fill, Instrument, Level, Order, OrderBook, Ticker, Trade

__all__ = [
    "Balance",
    "Candle",
    "Fill",
    "Instrument",
    "InstrumentStatus",
    "InvalidInput",
    "Level",
    "Liquidity",
    "Misconfigured",
    "NotSent",
    "Order",
    "OrderBook",
    "OrderStatus",
    "OrderType",
    "Outcome",
    "OutcomeUnknown",
    "Permission",
    "Rejected",
    "SelfTradePrevention",
    "Side",
    "Ticker",
    "TimeInForce",
    "Trade",
    "TradewindError",
    "Unreadable",
]
