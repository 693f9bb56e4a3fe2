"""A path of the user's own: the prices of the file, exactly where it says."""

from decimal import Decimal

import pytest

from tradewind.exchange.market.bars import fold
from tradewind.exchange.market.own import FromPoints, Point, read
from tradewind.exchange.market.participants import TICK
from tradewind.exchange.market.path import PricePath
from tradewind.exchange.market.universe import known
from tradewind.model import Misconfigured

from .world import BTC, START, World

BEGIN = START // 10
SPEC = known("BTC/USDT")
assert SPEC is not None


def path(points: list[Point]) -> PricePath:
    assert SPEC is not None
    return PricePath(5, FromPoints(SPEC, points), Decimal("0.01"), Decimal("0.00001"))


def test_rows_closer_than_a_minute_are_met_to_the_second() -> None:
    """A crash of ten percent within ten seconds and half the way back."""
    lines = ["time,price"] + [
        f"{BEGIN + at},{price}"
        for at, price in ((0, 100), (60, 100), (70, 90), (75, 95), (200, 95))
    ]
    p = path(read(lines))
    minute = BEGIN // 60
    bars = [bar for n in range(4) for bar in p.seconds(minute + n)]
    close = {minute * 60 + n: bar.close for n, bar in enumerate(bars)}
    assert close[BEGIN + 59] == 100_00
    assert close[BEGIN + 64] == 95_00
    assert close[BEGIN + 69] == 90_00
    assert close[BEGIN + 74] == 95_00
    assert min(bar.low for bar in bars) == 90_00
    for n in range(4):
        assert fold(p.seconds(minute + n)) == p.minute(minute + n)
    assert fold(p.minutes(minute // 15)) == p.quarter(minute // 15)
    assert fold(p.quarters(minute // 60)) == p.hour(minute // 60)
    assert fold(p.hours(minute // 1440)) == p.day(minute // 1440)


def test_bars_of_a_file_keep_their_prices() -> None:
    """OHLCV rows of a minute: open, high, low, close as given, volumes about as given."""
    start = BEGIN // 60 * 60
    rows = ((100, 105, 99, 104, 900), (104, 104, 90, 91, 9000), (91, 92, 91, 92, 1800))
    lines = [f"{(start + 60 * n) * 1000},{','.join(map(str, row))}" for n, row in enumerate(rows)]
    far = f"{(start + 3 * 86_400) * 1000},92,92,92,92,1"  # long files go by the minute
    p = path(read([*lines, far]))
    assert p.leaf_seconds == 60
    for n, row in enumerate(rows):
        bar = p.minute(start // 60 + n)
        assert (bar.open, bar.high, bar.low, bar.close) == tuple(100 * price for price in row[:4])
        assert abs(bar.volume / 100_000 - row[4]) < 0.1 * row[4]


def test_the_price_stands_still_outside_the_file() -> None:
    """Yesterday at the first price, tomorrow at the last."""
    p = path([Point(BEGIN, Decimal(50)), Point(BEGIN + 600, Decimal(60))])
    assert p.day(BEGIN // 86_400 - 1)[:4] == (5_000, 5_000, 5_000, 5_000)
    assert p.day(BEGIN // 86_400 + 1)[:4] == (6_000, 6_000, 6_000, 6_000)


def test_a_market_follows_the_file() -> None:
    """Book and prints are where the path is, ids as continuous as ever."""
    assert SPEC is not None
    points = [Point(BEGIN - 100, Decimal(2_000)), Point(BEGIN + 100, Decimal(1_000))]
    world = World((BTC,), paths={"BTC/USDT": FromPoints(SPEC, points)})
    world.market.watch("BTCUSDT", 1)
    world.advance(1_000)
    bid, ask = world.engine.best("BTCUSDT")
    assert bid
    assert ask
    assert bid <= 1_000_00 + 40 <= ask + 80
    ids = [trade.trade_id for trade in world.trades]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    bars = world.market.tape.bars("BTCUSDT", "1s", start=START * TICK, limit=100)
    assert abs(bars[50].close - 1_245_00) <= 1_00


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["time,price"], "no prices"),
        (["1,100", "1,101"], "line 2.*not after"),
        (["1,100", "2,0"], "line 2.*not above zero"),
        (["1,100,90,80,95"], "line 1.*between low and high"),
        (["1,100", "2,x"], "line 2"),
        (["1,100,2"], "columns"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(lines: list[str], says: str) -> None:
    """The line and what is wrong with it."""
    with pytest.raises(Misconfigured, match=says):
        read(lines)


def test_times_may_be_written_in_several_ways() -> None:
    """Seconds, milliseconds, nanoseconds, ISO 8601."""
    ways = ("1795521600", "1795521600000", "1795521600000000000", "2026-11-24T12:00:00")
    assert {read([f"{way},1"])[0].time for way in ways} == {1_795_521_600.0}


@pytest.mark.parametrize("price", ["0.37", "50", "1.11", "333.33", "99999.99"])
def test_a_price_that_stands_still_is_drawn_exactly(price: str) -> None:
    """Every bar's value is its lots times that price; none is a fraction off."""
    still = path(read([f"{BEGIN},{price}"]))
    ticks = int(Decimal(price) * 100)
    for bar in (still.day(20_781), still.hour(20_781 * 24 + 5), still.second(1_795_521_600)):
        assert (bar.low, bar.high) == (ticks, ticks)
        assert (bar.bought_value, bar.sold_value) == (ticks * bar.bought, ticks * bar.sold)
