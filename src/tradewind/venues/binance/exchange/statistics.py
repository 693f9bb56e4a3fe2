"""What happened in a window of time, for the tickers of REST and of the streams.

A change in percent has 3 places and an average 8, both rounded to the nearest (checked against the
samples of rest-api.md: 485217905.0421048 / 18495.35066 is told as 26234.58803036).
"""

from msgspec import Struct

from ....protocol.hosting import Bar, Host
from ..instruments import UNIT
from .markets import Market, text

MINUTE = 60_000_000_000
DAY = 86_400_000_000_000


class Statistics(Struct, frozen=True):
    """A window's numbers as text; times in nanoseconds, ``closed`` is shown as it is."""

    change: str
    percent: str
    average: str
    open: str
    high: str
    low: str
    last: str
    volume: str
    value: str
    opened: int
    closed: int
    first_id: int
    last_id: int
    count: int


def statistics(market: Market, bar: Bar, opened: int, closed: int) -> Statistics:
    """The numbers of one window."""
    change = bar.close - bar.open
    return Statistics(
        change=market.price(change),
        percent=percent(change, bar.open),
        average=text(_nearest(bar.value * UNIT, bar.volume * market.step)),
        open=market.price(bar.open),
        high=market.price(bar.high),
        low=market.price(bar.low),
        last=market.price(bar.close),
        volume=market.quantity(bar.volume),
        value=market.value(bar.value),
        opened=opened,
        closed=closed,
        first_id=bar.first_id,
        last_id=bar.last_id,
        count=bar.trades,
    )


def percent(change: int, of: int) -> str:
    """A part of something in percent with 3 places: ``"-88.889"``."""
    thousandths = _nearest(abs(change) * 100_000, of)
    sign = "-" if change < 0 and thousandths else ""
    return f"{sign}{thousandths // 1000}.{thousandths % 1000:03d}"


def _nearest(dividend: int, divisor: int) -> int:
    return (2 * dividend + divisor) // (2 * divisor) if divisor else 0


def last_day(host: Host, market: Market) -> Statistics:
    """The 24 hours that end now."""
    now = host.now()
    return statistics(market, host.tape.window(market.symbol, now - DAY, now + 1), now - DAY, now)


def rolling(host: Host, market: Market, length: int) -> Statistics:
    """The window of that length that ends now; it begins on a minute, up to 59.999 s earlier."""
    now = host.now()
    opened = (now - length) // MINUTE * MINUTE
    return statistics(market, host.tape.window(market.symbol, opened, now + 1), opened, now)


def trading_day(host: Host, market: Market, offset: int) -> Statistics:
    """Today in a time zone ``offset`` nanoseconds ahead of UTC; it ends in the future."""
    now = host.now()
    opened = (now + offset) // DAY * DAY - offset
    bar = host.tape.window(market.symbol, opened, now + 1)
    return statistics(market, bar, opened, opened + DAY - 1)


def price_before(host: Host, market: Market, first_id: int) -> str:
    """The price of the trade before a window whose first trade is that one."""
    if first_id > 0:
        found = host.tape.prints(market.symbol, from_id=first_id - 1, limit=1)
        if found and found[0].trade_id < first_id:
            return market.price(found[0].price)
    return text(0)
