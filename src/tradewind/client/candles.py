"""Candles over any span and trades from any id on, fetched page by page.

A page's end says where the next begins; the venue's own limit decides how long a page is. Progress
is told after every page: how far, of how much, how many so far.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from msgspec import Struct, structs

from ..model import Candle, InvalidInput, Trade
from ..model import commands as ask

PAGE = 1000
"""Rows of a page; what the venues give at most."""

UNITS = {
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
    "w": 7 * 86_400_000_000_000,
    "M": 31 * 86_400_000_000_000,
}
"""Nanoseconds of an interval's letter; a month at its longest."""

Ask = Callable[[ask.Request], Awaitable[Any]]


class Progress(Struct, frozen=True):
    """How far paging has come: ``done`` and ``total`` in ns of the span, rows so far."""

    done: int
    total: int
    rows: int

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return min(1.0, self.done / self.total) if self.total else 1.0


OnProgress = Callable[[Progress], object]


def span_of(interval: str) -> int:
    """Nanoseconds of an interval like ``15m``. Raises InvalidInput."""
    unit = UNITS.get(interval[-1:])
    if unit is None or not interval[:-1].isdecimal():
        raise InvalidInput(f"{interval!r} is no interval; one is like 1m, 4h or 1d")
    return int(interval[:-1]) * unit


async def pages(
    request: Ask,
    instrument: str,
    interval: str,
    start: int,
    end: int,
    now: Callable[[], int],
    page: int = PAGE,
) -> AsyncIterator[list[Candle]]:
    """Candles that opened in [start, end) ns, oldest first, a page at a time. What is not over
    ``now`` (venue time) is not closed.
    """
    if start >= end:
        raise InvalidInput(f"a span begins before it ends: start={start}, end={end}")
    at = start
    while at < end:
        found: list[Candle] = await request(ask.FetchCandles(instrument, interval, at, end, page))
        fresh = [candle for candle in found if at <= candle.opened < end]
        if not fresh:
            return
        if fresh[-1].closed > now():
            fresh[-1] = structs.replace(fresh[-1], is_closed=False)
        yield fresh
        if len(found) < page:
            return
        at = fresh[-1].opened + 1


async def fetch_candles(
    request: Ask,
    instrument: str,
    interval: str,
    start: int,
    end: int,
    now: Callable[[], int],
    *,
    progress: OnProgress | None = None,
    page: int = PAGE,
) -> list[Candle]:
    """All of them in one list."""
    span_of(interval)
    rows: list[Candle] = []
    async for found in pages(request, instrument, interval, start, end, now, page):
        rows += found
        if progress is not None:
            done = min(end, rows[-1].closed) - start
            progress(Progress(done, end - start, len(rows)))
    if progress is not None:
        progress(Progress(end - start, end - start, len(rows)))
    return rows


async def trades_from(
    request: Ask, instrument: str, first: int, last: int, page: int = PAGE, most: int = 5
) -> list[Trade]:
    """Trades numbered from ``first`` to ``last``, oldest first, in at most so many pages."""
    rows: list[Trade] = []
    at = first
    for _ in range(most):
        found: list[Trade] = await request(
            ask.FetchTrades(instrument, min(page, last - at + 1), str(at))
        )
        fresh = [trade for trade in found if at <= int(trade.trade_id) <= last]
        rows += fresh
        if not fresh or int(fresh[-1].trade_id) >= last:
            break
        at = int(fresh[-1].trade_id) + 1
    return rows
