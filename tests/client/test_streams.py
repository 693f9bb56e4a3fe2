"""Streams over shared connections: what is lost, what comes twice, what is dead, what is slow."""

import asyncio
import random
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from msgspec import structs
from tests.client.stage import BTC, SECOND, Stage, play

from tradewind.client import Venue, connect
from tradewind.client.streams import Mailbox, Overrun, WhenFull
from tradewind.model import Candle, Rejected, Side, Trade, TradewindError, Unreadable
from tradewind.model import commands as ask
from tradewind.protocol.streaming import Data
from tradewind.venues.binance.client import build, feed
from tradewind.venues.binance.exchange import streams

TRADE = b'{"stream":"btcusdt@trade'


class Reader:
    """Reads a stream in the background."""

    def __init__(self, stream: AsyncIterator[Any]) -> None:
        self.seen: list[Any] = []
        self._stream = stream
        self._task = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        async for event in self._stream:
            self.seen.append(event)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._stream.aclose()  # type: ignore[attr-defined]  # a generator


def numbers(trades: list[Trade]) -> list[int]:
    return [int(trade.trade_id) for trade in trades]


def consecutive(found: list[int]) -> bool:
    return all(b == a + 1 for a, b in pairwise(found))


def trade(stage: Stage) -> None:
    """One trade."""
    stage.host.rest(BTC, Side.SELL, "99000.00", "0.001")
    stage.host.take(BTC, Side.BUY, "99000.00", "0.001")
    stage.exchange.flush()


async def trades(stage: Stage, count: int, every: float = 0.1) -> None:
    for _ in range(count):
        trade(stage)
        await asyncio.sleep(every)


def health(stage: Stage) -> Any:
    return stage.market.hub.lines[0].health


def test_many_streams_share_one_connection() -> None:
    """Books, quotes, trades, tickers and candles of several instruments."""

    async def story(stage: Stage) -> None:
        market = stage.market
        readers = [
            Reader(market.stream_trades("BTC/USDT")),
            Reader(market.stream_quotes("BTC/USDT")),
            Reader(market.stream_ticker("BTC/USDT")),
            Reader(market.stream_candles("BTC/USDT", "1m")),
            Reader(market.stream_book("BTC/USDT")),
            Reader(market.stream_trades("ETH/USDT")),
        ]
        await asyncio.sleep(1)
        await stage.trade_on(4)
        assert [bool(reader.seen) for reader in readers] == [True] * 5 + [False]
        assert len(market.hub.lines) == 1
        assert stage.exchange.opened_ever == 1
        for reader in readers:
            await reader.stop()
        await asyncio.sleep(2)
        assert set(stage.host.watched.values()) == {0}

    play(story)


def test_trades_during_a_cut_are_fetched() -> None:
    """Each once, in order, none left out."""

    async def story(stage: Stage) -> None:
        reader = Reader(stage.market.stream_trades("BTC/USDT"))
        await asyncio.sleep(0.5)
        await trades(stage, 5)
        stage.exchange.cut()
        await trades(stage, 20)
        await asyncio.sleep(3)
        assert len(reader.seen) == 25
        assert consecutive(numbers(reader.seen))
        await reader.stop()

    play(story)


def test_trades_that_were_swallowed_on_the_way_are_fetched() -> None:
    """The next one's number shows the hole."""

    async def story(stage: Stage) -> None:
        reader = Reader(stage.market.stream_trades("BTC/USDT"))
        await asyncio.sleep(0.5)
        await trades(stage, 3)
        stage.exchange.faults.drop[TRADE] = 4
        await trades(stage, 10)
        await asyncio.sleep(1)
        assert consecutive(numbers(reader.seen))
        assert len(reader.seen) == 13
        await reader.stop()

    play(story)


def test_the_end_of_a_connection_is_passed_by_a_second_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that are cut after 20 minutes, for an hour: nothing lost, nothing twice."""
    life = 1200 * SECOND
    monkeypatch.setattr(streams, "LIFE", life)

    async def story(stage: Stage) -> None:
        feed = stage.market.hub.feed
        feed.facts = structs.replace(feed.facts, life=life)
        reader = Reader(stage.market.stream_trades("BTC/USDT"))
        async with stage.market.book("BTC/USDT") as book:
            await asyncio.sleep(1)
            await trades(stage, 700, 5.5)
            await asyncio.sleep(1)
            assert health(stage).handovers >= 3
            assert health(stage).losses == 0
            assert (book.counts.disconnects, book.counts.snapshots) == (0, 1)
        assert len(reader.seen) == 700
        assert consecutive(numbers(reader.seen))
        await reader.stop()

    play(story, shutdown_notice=60)


def test_without_a_second_connection_the_end_is_a_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exchange does cut what is older: the test before would see it."""
    monkeypatch.setattr(streams, "LIFE", 300 * SECOND)

    async def story(stage: Stage) -> None:
        reader = Reader(stage.market.stream_trades("BTC/USDT"))
        await asyncio.sleep(400)
        assert health(stage).losses == 1
        await reader.stop()

    play(story, shutdown_notice=0)


def test_changing_over_loses_nothing_while_much_is_told() -> None:
    """The venue says that it will close: both run for a moment, and the seam does not show."""

    async def story(stage: Stage) -> None:
        reader = Reader(stage.market.stream_trades("BTC/USDT"))
        async with stage.market.book("BTC/USDT") as book:
            await asyncio.sleep(1)
            busy = asyncio.get_running_loop().create_task(trades(stage, 1500, 0.01))
            await asyncio.sleep(2)
            for session in list(stage.host.exchange.streams._sessions):
                session.shut_down()
            stage.exchange.flush()
            await busy
            await asyncio.sleep(1)
            assert (health(stage).handovers, health(stage).losses) == (1, 0)
            assert (book.counts.gaps, book.counts.snapshots) == (0, 1)
        assert len(reader.seen) == 1500
        assert consecutive(numbers(reader.seen))
        await reader.stop()

    play(story)


def test_a_stream_that_begins_while_connections_change_over_is_heard_on_the_new_one() -> None:
    """It was not among those that the successor asked for."""

    async def story(stage: Stage) -> None:
        reader = Reader(stage.market.stream_trades("BTC/USDT"))
        await asyncio.sleep(1)
        for session in list(stage.host.exchange.streams._sessions):
            session.shut_down()
        stage.exchange.flush()
        await asyncio.sleep(0.7)
        quotes = Reader(stage.market.stream_quotes("BTC/USDT"))
        await asyncio.sleep(2)
        assert health(stage).handovers == 1
        before = len(quotes.seen)
        await stage.trade_on(1)
        assert len(quotes.seen) > before
        await quotes.stop()
        await reader.stop()

    play(story)


def test_a_venue_that_is_away_is_tried_again_ever_less_often() -> None:
    """And everything goes on when it is back."""

    async def story(stage: Stage) -> None:
        reader = Reader(stage.market.stream_trades("BTC/USDT"))
        await asyncio.sleep(0.5)
        await trades(stage, 3)
        stage.exchange.down = True
        stage.exchange.cut()
        await asyncio.sleep(300)
        assert 8 < stage.exchange.refused < 40
        stage.exchange.down = False
        await asyncio.sleep(60)
        await trades(stage, 3)
        await asyncio.sleep(1)
        assert consecutive(numbers(reader.seen))
        assert len(reader.seen) == 6
        await reader.stop()

    play(story)


def test_how_reconnects_are_spread_is_drawn_where_it_was_said() -> None:
    """By the source that the venue was given: not by one that everything else draws from too."""

    async def story(stage: Stage) -> None:
        drawn: list[float] = []

        def draw() -> float:
            drawn.append(0.25)
            return 0.25

        doors = {"rest": stage.url.replace("ws://", "http://"), "streams": stage.url}
        before = random.getstate()
        async with Venue(build(None), doors, stage.wire, jitter=draw) as venue:
            reader = Reader(venue.stream_trades(BTC))
            await asyncio.sleep(1)
            stage.exchange.down = True
            stage.exchange.cut()
            await asyncio.sleep(10)
            assert drawn
            await reader.stop()
        assert random.getstate() == before
        assert connect("binance", env="testnet", key=None)._jitter is not None

    play(story)


def test_who_never_had_a_connection_is_told() -> None:
    """A wrong address is not retried in silence for ever."""

    async def story(stage: Stage) -> None:
        stage.exchange.down = True
        with pytest.raises(TradewindError):
            async for _ in stage.market.stream_trades("BTC/USDT"):
                pass

    play(story)


def test_a_subscription_that_the_venue_forgot_is_made_again() -> None:
    """The silence is asked about, and the list of streams lacks it."""

    async def story(stage: Stage) -> None:
        reader = Reader(stage.market.stream_quotes("BTC/USDT"))
        await asyncio.sleep(1)
        (session,) = stage.host.exchange.streams._sessions
        for name in list(session.names.values()):
            del session.names[name.text]
            stage.host.exchange.streams.unsubscribe(session, name)
        await asyncio.sleep(12)
        await stage.trade_on(1)
        assert reader.seen
        assert health(stage).connects == 1
        await reader.stop()

    play(story)


def test_control_messages_keep_the_venues_limit() -> None:
    """Forty streams begun one after the other; beyond five messages a second it cuts."""

    async def story(stage: Stage) -> None:
        readers = []
        for interval in ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h"):
            for instrument in ("BTC/USDT", "ETH/USDT", "BNB/USDT"):
                readers.append(Reader(stage.market.stream_candles(instrument, interval)))
                await asyncio.sleep(0.02)
        await asyncio.sleep(15)
        assert (health(stage).connects, health(stage).losses) == (1, 0)
        (session,) = stage.host.exchange.streams._sessions
        assert len(session.names) == 24
        for reader in readers:
            await reader.stop()

    play(story)


def test_candles_that_closed_during_a_cut_are_told_once() -> None:
    """From the last one that was heard on, by REST."""

    async def story(stage: Stage) -> None:
        reader = Reader(stage.market.stream_candles("BTC/USDT", "1m"))
        await asyncio.sleep(0.5)
        await trades(stage, 20, 5)
        stage.exchange.down = True
        stage.exchange.cut()
        await trades(stage, 60, 5)
        stage.exchange.down = False
        await asyncio.sleep(60)
        await trades(stage, 20, 5)
        closed = [c for c in reader.seen if isinstance(c, Candle) and c.is_closed]
        opened = [candle.opened // (60 * 10**9) for candle in closed]
        assert consecutive(opened)
        assert len(opened) >= 7
        assert all(candle.trades == 12 for candle in closed[2:5])
        await reader.stop()

    play(story)


def test_what_the_venue_refuses_is_an_error() -> None:
    """Not a silence."""

    async def story(stage: Stage) -> None:
        feed = stage.market.hub.feed
        feed.name = lambda command: "btcusdt@nonsense"  # type: ignore[method-assign]
        with pytest.raises(Rejected, match="invalid stream"):
            async for _ in stage.market.stream_trades("BTC/USDT"):
                pass

    play(story)


def test_slow_readers_get_what_was_stated() -> None:
    """The newest; or the newest many, counted; or an error; or everything."""

    async def run() -> None:
        boxes = {kind: Mailbox[int](kind, 3) for kind in WhenFull}
        for box in boxes.values():
            for number in range(10):
                box.put(number)
        assert await boxes[WhenFull.CONFLATE].get() == 9
        assert (await boxes[WhenFull.DROP_OLDEST].get(), boxes[WhenFull.DROP_OLDEST].dropped) == (
            7,
            7,
        )
        with pytest.raises(Overrun) as told:
            await boxes[WhenFull.RAISE].get()
        assert told.value.dropped == 7
        assert await boxes[WhenFull.RAISE].get() == 7
        assert [await boxes[WhenFull.NEVER].get() for _ in range(10)] == list(range(10))

    asyncio.run(run())


def test_every_connection_asks_for_admission() -> None:
    """Connections are limited too."""
    admitted = []

    async def story(stage: Stage) -> None:
        async def admit() -> None:
            admitted.append(stage.clock.monotonic())

        stage.market.hub._admit = admit
        reader = Reader(stage.market.stream_trades("BTC/USDT"))
        await asyncio.sleep(0.5)
        stage.exchange.cut()
        await asyncio.sleep(2)
        await reader.stop()

    play(story)
    assert len(admitted) == 2


def test_a_name_is_listened_to_by_its_command() -> None:
    """Names are the venue's own."""

    async def story(stage: Stage) -> None:
        name = stage.market.hub.feed.name
        assert name(ask.StreamBook("BTC/USDT")) == "btcusdt@depth@100ms"
        assert name(ask.StreamCandles("BTCUSDT", "1M")) == "btcusdt@kline_1M"

    play(story)


def test_data_that_is_spaced_otherwise_is_data_and_what_is_nothing_known_is_said() -> None:
    """Neither is taken for an answer to nobody, and forgotten."""
    read = feed(build(None)).read
    data = '{"e":"trade","E":1,"s":"BTCUSDT","t":7,"p":"1","q":"2","T":1,"m":true,"M":true}'
    for text in (
        f'{{"stream":"btcusdt@trade","data":{data}}}',
        f'{{"stream": "btcusdt@trade", "data": {data}}}',
        f' {{ "stream":"btcusdt@trade","data":{data}}}',
    ):
        told = read(text.encode())
        assert isinstance(told, Data)
        assert [trade.trade_id for trade in told.events] == ["7"]
    for text in (f'{{"data":{data},"stream":"btcusdt@trade"}}', data, "{}"):
        with pytest.raises(Unreadable, match="neither data nor an answer"):
            read(text.encode())
