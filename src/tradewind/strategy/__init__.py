"""A strategy: what it does when something happens. The same one runs on the real wire, on the box
and in the simulation.

    class Mine(Strategy):
        instruments = ("BTC/USDT",)

        async def on_book(self, book):
            ...

    async with tradewind.connect("...", env="local") as venue:
        await run(Mine(), venue)

One handler runs at a time, in the order things happened; what a handler awaits is awaited. A
handler that is slow sees the newest book, and still every order, fill, trade and candle. What it
raises ends the run.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

from ..model import Candle, Fill, Order, Trade

if TYPE_CHECKING:
    from ..client import Venue
    from ..client.books import LiveBook


class Strategy:
    """Inherit and write the handlers that you need: only what they hear is subscribed to."""

    instruments: Sequence[str] = ()
    """What ``on_book``, ``on_trade`` and ``on_candle`` are about."""
    interval: str = "1m"
    """Of the candles."""
    timer: float = 1.0
    """Seconds between two calls of ``on_timer``."""

    venue: "Venue"
    """Set before ``on_start``."""
    _stopped: asyncio.Event
    _group: asyncio.TaskGroup

    async def on_start(self) -> None:
        """The venue is live: orders, fills and balances are known. Nothing was missed since."""

    async def on_book(self, book: "LiveBook") -> None:
        """A book has changed, and is right."""

    async def on_trade(self, trade: Trade) -> None:
        """A public trade."""

    async def on_candle(self, candle: Candle) -> None:
        """The candle of now, or one that is closed (``is_closed``)."""

    async def on_order(self, order: Order) -> None:
        """One of our orders is in another state."""

    async def on_fill(self, fill: Fill) -> None:
        """One of our orders was filled; told once per fill."""

    async def on_timer(self) -> None:
        """Every ``timer`` seconds."""

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Let something run beside the handlers; what it raises ends the run."""
        self._group.create_task(work)

    def stop(self) -> None:
        """End the run; open orders stay as they are."""
        self._stopped.set()


async def run(strategy: Strategy, venue: "Venue") -> None:
    """Run a strategy on an open venue until it stops."""
    strategy.venue = venue
    strategy._stopped = asyncio.Event()
    turn = asyncio.Lock()
    try:
        async with asyncio.TaskGroup() as group:
            strategy._group = group
            await turn.acquire()
            for hear, source in _sources(strategy, venue):
                group.create_task(_pump(turn, hear, source))
            await asyncio.sleep(0)  # they listen now, so nothing happens unheard
            await strategy.on_start()
            turn.release()
            await strategy._stopped.wait()
            raise _Stopped
    except* _Stopped:
        pass


def play(strategy: Strategy, venue: str, **how: Any) -> None:
    """For a script: connect (``how`` is what ``connect`` takes), run until the strategy stops or
    Ctrl-C, disconnect. Open orders stay as they are.
    """
    from ..client import connect

    async def main() -> None:
        async with connect(venue, **how) as opened:
            await run(strategy, opened)

    with suppress(KeyboardInterrupt):
        asyncio.run(main())


class _Stopped(Exception):
    """Ends the group."""


Handler = Callable[[Any], Awaitable[None]]


def _sources(strategy: Strategy, venue: "Venue") -> list[tuple[Handler, AsyncIterator[Any]]]:
    """What the strategy hears, for the handlers that it has."""
    kind = type(strategy)
    found: list[tuple[Handler, AsyncIterator[Any]]] = []
    if kind.on_order is not Strategy.on_order:
        found.append((strategy.on_order, venue.stream_orders()))
    if kind.on_fill is not Strategy.on_fill:
        found.append((strategy.on_fill, venue.stream_fills()))
    for each in strategy.instruments:
        if kind.on_book is not Strategy.on_book:
            found.append((strategy.on_book, venue.stream_book(each)))
        if kind.on_trade is not Strategy.on_trade:
            found.append((strategy.on_trade, venue.stream_trades(each)))
        if kind.on_candle is not Strategy.on_candle:
            found.append((strategy.on_candle, venue.stream_candles(each, strategy.interval)))
    if kind.on_timer is not Strategy.on_timer:
        found.append((lambda _: strategy.on_timer(), _ticks(strategy.timer)))
    return found


async def _pump(turn: asyncio.Lock, hear: Handler, source: AsyncIterator[Any]) -> None:
    async with aclosing(source) as items:  # type: ignore[type-var]  # they are generators
        async for item in items:
            async with turn:
                await hear(item)


async def _ticks(seconds: float) -> AsyncIterator[None]:
    """One every so many seconds; late ones are left out."""
    loop = asyncio.get_running_loop()
    at = loop.time()
    while True:
        at = max(at + seconds, loop.time())
        await asyncio.sleep(at - loop.time())
        yield None


__all__ = ["Strategy", "play", "run"]
