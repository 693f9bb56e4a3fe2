"""Candles as the wire shows them, and the time zones they may be cut in."""

import re
from functools import lru_cache

from ....protocol.hosting import Bar
from ..wire.market import Kline
from .markets import Market

MINUTE = 60_000_000_000
HOUR = 60 * MINUTE

_ZONE = re.compile(r"([+-]?)([0-9]{1,2})(?::([0-9]{2}))?")
EARLIEST = -12 * HOUR
LATEST = 14 * HOUR
"""The accepted range, both ends included (rest-api.md "Kline/Candlestick data")."""


def zone(written: str) -> int | None:
    """A time zone in nanoseconds ahead of UTC: ``8``, ``-1:00``, ``05:45``. None if it is none."""
    match = _ZONE.fullmatch(written)
    if match is None:
        return None
    sign, hours, minutes = match.groups()
    if int(minutes or 0) > 59:
        return None
    offset = int(hours) * HOUR + int(minutes or 0) * MINUTE
    offset = -offset if sign == "-" else offset
    return offset if EARLIEST <= offset <= LATEST else None


@lru_cache(4096)
def kline(market: Market, bar: Bar, unit: int) -> Kline:
    """One candle; its close time is the last ``unit`` inside it. Kept, as the same ones are asked
    for again and again: about 4 MB.
    """
    return (
        bar.opened // unit,
        market.price(bar.open),
        market.price(bar.high),
        market.price(bar.low),
        market.price(bar.close),
        market.quantity(bar.volume),
        bar.closed // unit - 1,
        market.value(bar.value),
        bar.trades,
        market.quantity(bar.taker_volume),
        market.value(bar.taker_value),
        "0",
    )
