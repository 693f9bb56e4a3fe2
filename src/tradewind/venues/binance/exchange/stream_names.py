"""Stream names: ``btcusdt@kline_1m`` read into what is to be pushed.

A name that has no meaning is malformed; one of a symbol that is not traded (or not in lower case)
is well-formed and stays silent.
"""

import re

from msgspec import Struct

from ..operations.market import INTERVALS

HOUR = 3_600_000_000_000
WINDOWS = {"1h": HOUR, "4h": 4 * HOUR, "1d": 24 * HOUR}
"""Windows of the rolling tickers in nanoseconds."""


class StreamName(Struct, frozen=True):
    """A stream. ``symbol`` is "" for the streams of all symbols; ``argument`` is an interval or
    a window, ``levels`` of partial depth, ``fast`` is 100 ms, ``offset`` a time zone in ns.
    """

    text: str
    kind: str
    symbol: str = ""
    argument: str = ""
    levels: int = 0
    fast: bool = False
    offset: int = 0


_INTERVAL = "|".join(INTERVALS)
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("trade", r"trade"),
        ("aggregate", r"aggTrade"),
        ("block", r"blockTrade"),
        ("book", r"bookTicker"),
        ("mini", r"miniTicker"),
        ("ticker", r"ticker"),
        ("window", r"ticker_(?P<argument>1h|4h|1d)"),
        ("average", r"avgPrice"),
        ("kline", rf"kline_(?P<argument>{_INTERVAL})(?P<zone>@\+08:00)?"),
        ("partial", r"depth(?P<levels>5|10|20)(?P<speed>@100ms|@1000ms)?"),
        ("diff", r"depth(?P<speed>@100ms|@1000ms)?"),
        ("reference", r"referencePrice"),
    )
)
_ALL: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("mini", re.compile(r"!miniTicker@arr")),
    ("window", re.compile(r"!ticker_(?P<argument>1h|4h|1d)@arr")),
    ("shutdown", re.compile(r"!serverShutdown")),
)


def parse(text: str) -> StreamName | None:
    """The stream of that name, None if it is malformed."""
    if text.startswith("!"):
        return _match(text, "", text, _ALL)
    symbol, at, rest = text.partition("@")
    if not symbol or not at or any(c.isspace() for c in text):
        return None
    return _match(text, symbol, rest, _KINDS)


def _match(
    text: str, symbol: str, rest: str, kinds: tuple[tuple[str, re.Pattern[str]], ...]
) -> StreamName | None:
    for kind, pattern in kinds:
        match = pattern.fullmatch(rest)
        if match is not None:
            found = match.groupdict()
            return StreamName(
                text=text,
                kind=kind,
                symbol=symbol,
                argument=found.get("argument") or "",
                levels=int(found.get("levels") or 0),
                fast=found.get("speed") == "@100ms",
                offset=8 * HOUR if found.get("zone") else 0,
            )
    return None
