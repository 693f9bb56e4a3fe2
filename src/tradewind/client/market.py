"""Market data of one venue: questions, streams as async iterators, live books.

Streams of all instruments share connections (``streams.Hub``). What happens when they are read too
slowly is stated per stream: a book, quotes and the ticker conflate, candles keep what is closed,
trades are dropped oldest first and counted, or raise, as asked.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

from ..model import Candle, Quote, Ticker, Trade, TradewindError
from ..model import commands as ask
from ..net.wire import Answer, Wire
from ..protocol.asking import Client
from ..protocol.books import Snapshot
from ..protocol.messages import HttpResponse
from ..protocol.streaming import Feed
from . import candles
from .books import DEPTH, LiveBook
from .candles import OnProgress
from .clock import Clock
from .streams import Hub, Jitter, Mailbox, WhenFull

T = TypeVar("T")

FILL_PAGES = 5
"""Pages of trades fetched after a cut: 5,000 trades. More of them missing is told as missed."""


class Came(Protocol):
    """What came over the wire for a question."""

    @property
    def answer(self) -> Answer:
        """The answer, whatever the venue said."""


class Market:
    """Everything public of a venue that is open."""

    def __init__(
        self,
        feed: Feed,
        wire: Wire,
        url: str,
        client: Client,
        exchange: Callable[[ask.Request], Awaitable[Came]],
        clock: Clock,
        *,
        jitter: Jitter | None = None,
        admit: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """``exchange`` asks over REST, paced; ``admit`` is awaited before each connection."""
        self.hub = Hub(feed, wire, url, clock=clock, jitter=jitter, admit=admit)
        self._feed = feed
        self._names: dict[str, str] = {}
        self._client = client
        self._exchange = exchange
        self._clock = clock
        self._books: dict[str, tuple[LiveBook, int]] = {}

    async def close(self) -> None:
        """End the connections."""
        for book, _ in self._books.values():
            await book.close()
        await self.hub.close()

    # --- one question, one answer ---------------------------------------------------------------

    async def fetch_trades(
        self, instrument: str, limit: int = 500, from_id: str = ""
    ) -> list[Trade]:
        """Public trades, oldest first: the newest, or those from an id on."""
        found: list[Trade] = await self.fetch(ask.FetchTrades(instrument, limit, from_id))
        return found

    async def fetch_candles(
        self,
        instrument: str,
        interval: str,
        start: int,
        end: int | None = None,
        *,
        progress: OnProgress | None = None,
    ) -> list[Candle]:
        """Candles that opened in [start, end) ns, however many; ``end`` None is now."""
        until = self._clock.venue() if end is None else end
        return await candles.fetch_candles(
            self.fetch, instrument, interval, start, until, self._clock.venue, progress=progress
        )

    async def fetch(self, command: ask.Request) -> Any:
        """Any question, read into the model's nouns."""
        return self._client.read(command, _response((await self._exchange(command)).answer))

    # --- books ----------------------------------------------------------------------------------

    @asynccontextmanager
    async def book(self, instrument: str, depth: int = DEPTH) -> AsyncIterator[LiveBook]:
        """A book that is kept live for as long as the block runs; shared by all who want it."""
        command = ask.StreamBook(instrument)
        name = self._feed.name(command)
        book, users = self._books.get(name, (None, 0))
        if book is None:
            levels = self._depth(depth)
            book = LiveBook(
                instrument, self._feed.facts.rules, self._snapshots(instrument), self._clock, levels
            )
            self.hub.add(command, book)
        self._books[name] = book, users + 1
        try:
            yield book
        finally:
            _, users = self._books[name]
            self._books[name] = book, users - 1
            if users == 1:
                del self._books[name]
                self.hub.remove(command, book)
                await book.close()

    def live_book(self, instrument: str) -> LiveBook | None:
        """The book that is kept live at this moment, None when nobody keeps one or it is not."""
        name = self._names.get(instrument)
        if name is None:
            name = self._names[instrument] = self._feed.name(ask.StreamBook(instrument))
        book, _ = self._books.get(name, (None, 0))
        return book if book is not None and book.is_live else None

    async def stream_book(self, instrument: str, depth: int = DEPTH) -> AsyncIterator[LiveBook]:
        """The live book, each time that it has changed and is right. Changes conflate."""
        async with self.book(instrument, depth) as book:
            seen = -1
            while True:
                if book.is_live and book.version != seen:
                    seen = book.version
                    yield book
                else:
                    await book.changed()

    def _depth(self, wanted: int) -> int:
        steps = self._feed.facts.depths
        return next((step for step in steps if step >= wanted), steps[-1])

    def _snapshots(self, instrument: str) -> Callable[[int], Awaitable[Snapshot]]:
        async def fetch(depth: int) -> Snapshot:
            levels = self._depth(depth)
            command = ask.FetchOrderBook(instrument, levels)
            answer = (await self._exchange(command)).answer
            if answer.status >= 300:
                self._client.read(command, _response(answer))  # raises what it means
            return self._feed.snapshot(answer.body, levels)

        return fetch

    # --- the other streams ----------------------------------------------------------------------

    async def stream_quotes(self, instrument: str) -> AsyncIterator[Quote]:
        """The best bid and ask; the newest one when read slowly."""
        async for quote in self._plain(ask.StreamQuotes(instrument), WhenFull.CONFLATE):
            yield quote

    async def stream_ticker(self, instrument: str) -> AsyncIterator[Ticker]:
        """The last 24 hours; the newest when read slowly."""
        async for ticker in self._plain(ask.StreamTicker(instrument), WhenFull.CONFLATE):
            yield ticker

    async def stream_candles(self, instrument: str, interval: str) -> AsyncIterator[Candle]:
        """The candle of now, and each that is closed once; also those closed during a cut."""
        listener = CandleListener(self.fetch, instrument, interval, self._clock)
        async with self.hub.listen(ask.StreamCandles(instrument, interval), listener):
            try:
                while True:
                    yield await listener.mailbox.get()
            finally:
                await listener.close()

    async def stream_trades(
        self, instrument: str, when_full: WhenFull = WhenFull.DROP_OLDEST
    ) -> AsyncIterator[Trade]:
        """Public trades, each once, in order; those made during a cut are fetched."""
        listener = TradeListener(self.fetch, instrument, when_full)
        async with self.hub.listen(ask.StreamTrades(instrument), listener):
            try:
                while True:
                    yield await listener.mailbox.get()
            finally:
                await listener.close()

    async def _plain(self, command: ask.Stream, when_full: WhenFull) -> AsyncIterator[Any]:
        listener = PlainListener(when_full)
        async with self.hub.listen(command, listener):
            while True:
                yield await listener.mailbox.get()


def _response(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.status, answer.body, answer.headers)


class PlainListener:
    """Passes on what comes. A cut costs nothing but time: the next message says all."""

    def __init__(self, when_full: WhenFull) -> None:
        self.mailbox: Mailbox[Any] = Mailbox(when_full)

    def take(self, events: tuple[Any, ...], _now: int, /) -> None:
        """Events came."""
        for event in events:
            self.mailbox.put(event)

    def begun(self) -> None:
        """Nothing to do."""

    def lost(self, why: str) -> None:
        """Nothing to do."""

    def spoiled(self, why: str) -> None:
        """Nothing to do."""

    def failed(self, error: Exception) -> None:
        """There is no such stream."""
        self.mailbox.fail(error)

    async def behind(self) -> bool:
        """Nothing can be proved."""
        return False


class FillingListener(PlainListener):
    """Fetches what was missed before it passes on what comes next."""

    def __init__(self, when_full: WhenFull) -> None:
        super().__init__(when_full)
        self.missed = 0
        """Events that were missed and could not be fetched."""
        self.filled = 0
        self._held: list[Any] | None = None
        self._task: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Stop fetching."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def fill(self, held: list[Any]) -> None:
        """Fetch; what comes meanwhile is kept behind ``held``."""
        self._held = held
        self._task = asyncio.get_running_loop().create_task(self._fill())

    async def _fill(self) -> None:
        try:
            await self.fetch()
        except TradewindError:
            pass  # counted as missed when the next one is taken
        finally:
            held, self._held = self._held or [], None
            for event in held:
                self.accept(event)

    async def fetch(self) -> None:
        """Fetch what was missed and ``accept`` it."""

    def accept(self, event: Any) -> None:
        """Pass an event on."""
        self.mailbox.put(event)


class TradeListener(FillingListener):
    """Trades by their consecutive numbers: each once, none left out unseen."""

    def __init__(
        self, request: Callable[[ask.Request], Awaitable[Any]], instrument: str, when_full: WhenFull
    ) -> None:
        super().__init__(when_full)
        self._request = request
        self._instrument = instrument
        self._last: int | None = None

    def take(self, events: tuple[Any, ...], _now: int, /) -> None:
        """Trades came."""
        for trade in events:
            if self._held is not None:
                self._held.append(trade)
            elif self._last is not None and int(trade.trade_id) > self._last + 1:
                self.fill([trade])
            else:
                self.accept(trade)

    def accept(self, event: Trade) -> None:
        """Pass on what is new."""
        number = int(event.trade_id)
        if self._last is not None:
            if number <= self._last:
                return
            self.missed += number - self._last - 1
        self._last = number
        self.mailbox.put(event)

    async def fetch(self) -> None:
        """The trades between the last one and the first that is held."""
        if self._last is None or not self._held:
            return
        first, last = self._last + 1, int(self._held[0].trade_id) - 1
        for trade in await candles.trades_from(
            self._request, self._instrument, first, last, most=FILL_PAGES
        ):
            self.filled += 1
            self.accept(trade)

    async def behind(self) -> bool:
        """Whether the newest trade by REST was never told."""
        if self._last is None:
            return False
        before = self._last
        newest: list[Trade] = await self._request(ask.FetchTrades(self._instrument, 1))
        await asyncio.sleep(1.0)  # what was on its way is here by now
        return self._last == before and bool(newest) and int(newest[-1].trade_id) > before


class CandleListener(FillingListener):
    """The candle of now conflates; a closed one is passed on once, also when it closed in a cut."""

    def __init__(
        self,
        request: Callable[[ask.Request], Awaitable[Any]],
        instrument: str,
        interval: str,
        clock: Clock,
    ) -> None:
        super().__init__(WhenFull.DROP_OLDEST)
        self._request = request
        self._command = (instrument, interval)
        self._clock = clock
        self._closed: int | None = None
        self._opened: int | None = None

    def take(self, events: tuple[Any, ...], _now: int, /) -> None:
        """Candles came."""
        for candle in events:
            if self._held is not None:
                self._held.append(candle)
            else:
                self.accept(candle)

    def begun(self) -> None:
        """Again after a cut: fetch what closed meanwhile."""
        if self._opened is not None and self._held is None:
            self.fill([])

    def accept(self, event: Candle) -> None:
        """Pass on what is news."""
        if self._closed is not None and event.opened <= self._closed:
            return
        if event.is_closed:
            self._closed = event.opened
        self._opened = event.opened
        self.mailbox.replace(event, lambda last: last.opened == event.opened)

    async def fetch(self) -> None:
        """Everything from the last candle on that is closed by now."""
        if self._opened is None:
            return
        instrument, interval = self._command
        now = self._clock.venue
        found = await candles.fetch_candles(
            self._request, instrument, interval, self._opened, now(), now
        )
        for candle in found:
            if candle.is_closed:
                self.filled += 1
                self.accept(candle)
