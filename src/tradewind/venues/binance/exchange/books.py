"""Reading the engine's book as the wire shows it. The caller has brought it to the present."""

from ....model import InstrumentStatus, Side
from ....protocol.hosting import Host
from ..wire.market import Level
from .markets import Market, text

AVERAGE_MINUTES = 5
"""Of avgPrice, and of the filters that compare with an average."""

QUANTITY_MAX = 2**63 - 1
"""A level's quantity is cut here, in hundred-millionths (CHANGELOG.md, read 2026-11-22)."""

NOTHING = text(0)


def status(host: Host, market: Market) -> InstrumentStatus:
    """The symbol's status now."""
    return host.engine.statuses[market.symbol]


def bids(host: Host, market: Market, count: int) -> tuple[Level, ...]:
    """The best bids."""
    return _levels(host, market, Side.BUY, count)


def asks(host: Host, market: Market, count: int) -> tuple[Level, ...]:
    """The best asks."""
    return _levels(host, market, Side.SELL, count)


def level(market: Market, price: int, quantity: int) -> Level:
    """Ticks and lots as a level."""
    return market.price(price), text(min(quantity * market.step, QUANTITY_MAX))


def best(host: Host, market: Market) -> tuple[str, str, str, str]:
    """Bid, its quantity, ask, its quantity; an empty side is all zeros."""
    bid = bids(host, market, 1)
    ask = asks(host, market, 1)
    return (*(bid[0] if bid else (NOTHING, NOTHING)), *(ask[0] if ask else (NOTHING, NOTHING)))


def _levels(host: Host, market: Market, side: Side, count: int) -> tuple[Level, ...]:
    return tuple(
        level(market, price, quantity)
        for price, quantity in host.engine.levels(market.symbol, side, count)
    )
