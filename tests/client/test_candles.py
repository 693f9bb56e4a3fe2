"""Candles over any span and trades from an id on, page by page."""

import asyncio

import pytest
from tests.client.stage import BTC, SECOND, Stage, play

from tradewind.client.candles import Progress, fetch_candles, span_of, trades_from
from tradewind.model import InvalidInput, Side
from tradewind.model import commands as ask

MINUTE = 60 * SECOND


async def some_hours(stage: Stage) -> int:
    """A trade in each of 200 minutes; the time before them."""
    began = stage.clock.venue() // MINUTE * MINUTE
    for _ in range(200):
        stage.host.rest(BTC, Side.SELL, "99000.00", "0.001")
        stage.host.take(BTC, Side.BUY, "99000.00", "0.001")
        await asyncio.sleep(60)
    return began


def test_any_span_is_paged_without_a_seam_and_with_progress() -> None:
    """Every minute once, in order, to the end of the span; progress ends at all of it."""

    async def story(stage: Stage) -> None:
        began = await some_hours(stage)
        told: list[Progress] = []
        found = await fetch_candles(
            stage.market.fetch,
            "BTC/USDT",
            "1m",
            began,
            began + 200 * MINUTE,
            stage.clock.venue,
            progress=told.append,
            page=30,
        )
        assert [candle.opened for candle in found] == [began + n * MINUTE for n in range(200)]
        assert [each.rows for each in told[:3]] == [30, 60, 90]
        assert (told[-1].share, told[-1].rows) == (1.0, 200)
        shares = [each.share for each in told]
        assert shares == sorted(shares)

    play(story, beat=10)


def test_ends_are_half_open_and_the_candle_of_now_is_not_closed() -> None:
    """What opened at ``end`` is not in it."""

    async def story(stage: Stage) -> None:
        began = await some_hours(stage)
        ask_for = stage.market.fetch_candles
        two = await ask_for("BTC/USDT", "1m", began + MINUTE, began + 3 * MINUTE)
        assert [candle.opened for candle in two] == [began + MINUTE, began + 2 * MINUTE]
        assert all(candle.is_closed for candle in two)
        stage.move()
        last = await ask_for("BTC/USDT", "1m", stage.clock.venue() - 2 * MINUTE)
        assert [candle.is_closed for candle in last][-1:] == [False]

    play(story, beat=10)


def test_trades_from_an_id_on_are_paged() -> None:
    """Every number once, not beyond the last that was asked for."""

    async def story(stage: Stage) -> None:
        await some_hours(stage)
        newest = await stage.market.fetch_trades("BTC/USDT", 1)
        last = int(newest[-1].trade_id)
        found = await trades_from(stage.market.fetch, "BTC/USDT", last - 100, last - 7, page=40)
        assert [int(trade.trade_id) for trade in found] == list(range(last - 100, last - 6))

    play(story, beat=10)


@pytest.mark.parametrize("word", ["", "m", "x1", "1q", "-1m"])
def test_an_interval_that_is_none_is_refused(word: str) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidInput):
        span_of(word)


def test_what_makes_no_sense_is_not_asked() -> None:
    """A span that ends before it begins, an interval that the venue has not."""

    async def story(stage: Stage) -> None:
        asked = len(stage.exchange.asked)
        with pytest.raises(InvalidInput):
            await stage.market.fetch_candles("BTC/USDT", "1m", 5, 5)
        with pytest.raises(InvalidInput, match="1s 1m 3m"):
            await stage.market.fetch(ask.FetchCandles("BTC/USDT", "7m", 1, 2))
        assert len(stage.exchange.asked) == asked

    play(story)
