"""What follows venue time: candles close, limits refill, connections and keys end. And fast."""

import time
from typing import Any

import pytest

from tradewind.net.wire import Closed, WebSocketClient
from tradewind.testing import Exchange

from .bot import VENUE, Bot, listen, next_frame

HOUR = 3_600


def test_advancing_closes_candles(venue: Exchange, bot: Bot) -> None:
    """As many as hours have passed."""
    query = {"symbol": "ETHUSDT", "interval": "1h", "limit": 1}
    before = bot.ask("GET", "/api/v3/klines", **query)[1][0][0]
    venue.advance(hours=8)
    after = bot.ask("GET", "/api/v3/klines", **query)[1][0][0]
    assert after - before == 8 * HOUR * 1000


def test_advancing_refills_limits(venue: Exchange, bot: Bot) -> None:
    """Weight of a minute, orders of ten seconds."""
    for number in range(3):
        bot.order(f"n{number}")
    query: dict[str, Any] = {"signed": True}
    counts = bot.ask("GET", "/api/v3/rateLimit/order", **query)[1]
    assert {row["interval"]: row["count"] for row in counts} == {"SECOND": 3, "DAY": 3}
    venue.advance(seconds=11)
    counts = bot.ask("GET", "/api/v3/rateLimit/order", **query)[1]
    assert {row["interval"]: row["count"] for row in counts} == {"SECOND": 0, "DAY": 3}


def test_advancing_ends_the_bans_of_the_venue_itself() -> None:
    """Earned by going on after 429, over when venue time has come that far."""
    settings = {"ban_after": 1}
    with Exchange(VENUE, instruments="BTC/USDT", settings=settings) as venue:
        bot = Bot(venue)
        statuses = [bot.ask("GET", "/api/v3/ticker/24hr")[0] for _ in range(80)]
        if 418 not in statuses:
            while bot.ask("GET", "/api/v3/depth", symbol="BTCUSDT", limit=5_000)[0] != 418:
                pass
        assert bot.ask("GET", "/api/v3/time")[0] == 418
        venue.advance(seconds=3 * 60)
        assert bot.ask("GET", "/api/v3/time")[0] == 200


async def _end(client: WebSocketClient) -> int:
    """The close code, after whatever comes before it."""
    try:
        while True:
            await next_frame(client)
    except Closed as ended:
        return ended.why.code


@pytest.mark.parametrize("path", ["/ws/btcusdt@trade", "/ws-api/v3"])
def test_the_24_hour_cut_comes_in_venue_time(venue: Exchange, path: str) -> None:
    """Told before, then closed."""

    async def act(client: WebSocketClient) -> tuple[Any, int]:
        import asyncio

        await asyncio.to_thread(venue.advance, hours=23.9)
        said = await next_frame(client)
        await asyncio.to_thread(venue.advance, hours=0.1)
        return said, await _end(client)

    said, code = listen(venue, path, act)
    assert "serverShutdown" in str(said)
    assert code == 1000


def test_time_stands_still_when_frozen_and_goes_faster_when_told(venue: Exchange, bot: Bot) -> None:
    """Freeze, run, speed."""
    venue.freeze()
    first = venue.time_ns
    assert venue.time_ns == first
    venue.run(60)
    begun = time.monotonic_ns()
    venue.wait_for(lambda: venue.time_ns - first > 6_000_000_000)
    assert time.monotonic_ns() - begun < 3_000_000_000
    venue.freeze()


def test_eight_hours_with_forty_instruments_and_ten_orders_pass_in_a_second() -> None:
    """Ten orders rest on five instruments; all of it on the participants' own market."""
    with Exchange(VENUE, instruments=40) as venue:
        bot = Bot(venue)
        for number, name in enumerate(venue.instruments[:5] * 2):
            book = venue.order_book(name, 1)
            symbol = name.replace("/", "")
            side, price = ("BUY", book.bids[0].price * 95 / 100)
            tick = -int(book.bids[0].price.normalize().as_tuple().exponent)
            venue.faucet({name.partition("/")[2]: 1_000_000})
            quantity = "1" if price < 100_000 else "0.01"
            status, told = bot.order(
                f"n{number}",
                f"{price:.{max(0, tick)}f}",
                symbol=symbol,
                side=side,
                quantity=f"{float(quantity) * max(1, round(20 / float(price))):g}",
            )
            assert status == 200, told
        begun = time.perf_counter()
        venue.advance(hours=8)
        took = time.perf_counter() - begun
        print(f"advance(hours=8), 40 instruments, 10 orders: {took:.3f} s")
        assert took < 1
