"""Reference prices: a mean of trade prices over buckets of time, or of the mid price.

The rule is faqs/price_range_execution_rules.md (2026-07-21): every trade counts once whatever its
size, the oldest bucket counts by the part of it that is inside the window, divisions truncate.
Which symbols have one, and with which buckets, is not published: see ``instruments.REFERENCES``.
"""

from msgspec import Struct

from ....protocol.hosting import Host, Print
from ..instruments import UNIT, Reference
from .markets import Market

MILLISECOND = 1_000_000
EXTERNAL_WINDOW = 300_000 * MILLISECOND
"""External method 3 is the 5-minute mean of the mid price; the last prices stand for it here."""

PRINTS_MAX = 20_000
"""More trades than this in one window are not read; the newest count."""


class Quoted(Struct, frozen=True):
    """A reference price in hundred-millionths, None while nothing traded, and its time in ns."""

    units: int | None
    at: int


def reference_price(host: Host, market: Market) -> Quoted | None:
    """The symbol's reference price now; None if it never has one."""
    rule = market.row.reference
    if rule is None:
        return None
    now = host.now()
    if not rule.buckets:
        bar = host.tape.window(market.symbol, now - EXTERNAL_WINDOW, now + 1)
        middle = (bar.open + bar.high + bar.low + bar.close) * market.tick // 4
        return Quoted(middle or None, now)
    return Quoted(_mean(host, market, rule, now), now)


def _mean(host: Host, market: Market, rule: Reference, now: int) -> int | None:
    width = rule.bucket_ms * MILLISECOND
    cutoff = now - rule.buckets * width
    start = cutoff // width * width
    prints = host.tape.prints(market.symbol, start=start, end=now, limit=PRINTS_MAX)
    return mean(prints, market.tick, cutoff, width)


FINE = 10_000
"""Counts and sums have four more places (the same page)."""


def mean(prints: list[Print], tick: int, cutoff: int, width: int) -> int | None:
    """The mean price in hundred-millionths of prints whose buckets reach into the window."""
    total = count = 0
    for each in prints:
        opened = each.time // width * width
        share = FINE
        if opened < cutoff:
            share -= FINE * (cutoff - opened) // width
        total += each.price * tick * share
        count += share
    return total // count if count else None


def bounds(host: Host, market: Market) -> tuple[int, int, int, int] | None:
    """The price range rule now, in hundred-millionths: lowest and highest of a bid, lowest and
    highest of an ask (0 = unbounded). None without a rule or while there is no reference price.
    """
    rule = market.row.reference
    now = reference_price(host, market)
    if rule is None or now is None or now.units is None:
        return None
    texts = (rule.bid_down, rule.bid_up, rule.ask_down, rule.ask_up)
    low_bid, high_bid, low_ask, high_ask = (_times(now.units, text) for text in texts)
    return low_bid, high_bid, low_ask, high_ask


def _times(units: int, multiplier: str) -> int:
    if not multiplier:
        return 0
    whole, _, fraction = multiplier.partition(".")
    scaled = int(whole + fraction.ljust(8, "0")[:8])
    return units * scaled // UNIT
