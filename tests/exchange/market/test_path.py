"""Bars and prints are pure functions that fold exactly."""

import pytest

from tradewind.exchange.market.bars import fold
from tradewind.exchange.market.path import PricePath
from tradewind.exchange.market.skeleton import FLOOR, REFERENCE, Drawn
from tradewind.exchange.market.universe import UNIVERSE, known
from tradewind.model import Misconfigured

from .world import SEED

from decimal import Decimal  # isort: skip
import itertools


def skeleton(instrument: str, seed: int = SEED) -> Drawn:
    spec = known(instrument)
    assert spec is not None
    legs = (skeleton(spec.legs[0], seed), skeleton(spec.legs[1], seed)) if spec.legs else None
    return Drawn(seed, spec, legs)


def path(instrument: str, seed: int = SEED, tick: str = "", lot: str = "") -> PricePath:
    found = skeleton(instrument, seed)
    price = found.spec.price
    usual = Decimal(found.spec.turnover) / price / found.spec.trades
    tick_size = Decimal(tick) if tick else Decimal(1).scaleb(price.adjusted() - 4)
    lot_size = Decimal(lot) if lot else Decimal(1).scaleb(usual.adjusted() - 2)
    return PricePath(seed, found, tick_size, lot_size)


SOME = (
    "BTC/USDT",
    "LTC/USDT",
    "ETH/BTC",
    "LTC/BTC",
    "USDC/USDT",
    "SHIB/USDT",
    "ONE/USDT",
    "BTC/EUR",
)


@pytest.mark.parametrize("instrument", SOME)
def test_every_level_folds_exactly_to_the_one_above(instrument: str) -> None:
    """Hours to days, quarters to hours, minutes, seconds: prices, lots, values, counts, ids."""
    p = path(instrument)
    for day in (REFERENCE - 900, REFERENCE, REFERENCE + 3):
        assert fold(p.hours(day)) == p.day(day)
        for hour in range(day * 24, day * 24 + 24, 5):
            assert fold(p.quarters(hour)) == p.hour(hour)
            for quarter in range(hour * 4, hour * 4 + 4):
                assert fold(p.minutes(quarter)) == p.quarter(quarter)
            for minute in range(hour * 60, hour * 60 + 60, 23):
                assert fold(p.seconds(minute)) == p.minute(minute)


@pytest.mark.parametrize("spec", UNIVERSE, ids=lambda spec: spec.id)
def test_hours_and_minutes_of_every_instrument_fold(spec: object) -> None:
    """Every instrument of the universe, coarse ticks included."""
    p = path(spec.id)  # type: ignore[attr-defined]
    for day in range(REFERENCE - 6, REFERENCE):
        assert fold(p.hours(day)) == p.day(day)
        assert fold(p.quarters(day * 24 + 7)) == p.hour(day * 24 + 7)
        for quarter in range(day * 96 + 28, day * 96 + 32):
            assert fold(p.minutes(quarter)) == p.quarter(quarter)


@pytest.mark.parametrize("instrument", SOME)
def test_a_leaf_is_what_its_bar_says(instrument: str) -> None:
    """First and last price, extremes, one side a tick, prices away from the touch in a tick."""
    p = path(instrument)
    for index in range(
        REFERENCE * 86_400 // p.leaf_seconds, REFERENCE * 86_400 // p.leaf_seconds + 9
    ):
        leaf = p.leaf(index)
        bar = p.minute(index) if p.leaf_seconds == 60 else p.quarter(index)
        assert leaf.bar(0, len(leaf.ticks), 0) == bar
        assert leaf.ticks == sorted(leaf.ticks)
        assert min(leaf.sizes) > 0
        for at in range(1, len(leaf.ticks)):
            if leaf.ticks[at] == leaf.ticks[at - 1]:
                assert leaf.buys[at] is leaf.buys[at - 1]
                away = leaf.prices[at] - leaf.prices[at - 1]
                assert away >= 0 if leaf.buys[at] else away <= 0
            if leaf.takers[at] != at:
                assert leaf.prices[at] != leaf.prices[at - 1], "one print a taker and level"
                assert leaf.ticks[at] == leaf.ticks[at - 1]


def test_bars_join_without_a_jump() -> None:
    """Each opens where the one before closed, across hours and days."""
    p = path("ETH/USDT")
    hours = [bar for day in range(REFERENCE, REFERENCE + 3) for bar in p.hours(day)]
    minutes = [
        bar for quarter in range(REFERENCE * 96, REFERENCE * 96 + 192) for bar in p.minutes(quarter)
    ]
    for bars in (hours, minutes):
        assert all(a.close == b.open for a, b in itertools.pairwise(bars))
        firsts = [a.first + a.trades == b.first for a, b in itertools.pairwise(bars)]
        assert all(firsts)


def test_ids_are_continuous_and_found_again() -> None:
    """A print's number leads back to it, also three years ago."""
    for instrument in ("BTC/USDT", "ONE/USDT"):
        p = path(instrument)
        for day in (REFERENCE - 1_100, REFERENCE - 1, REFERENCE + 10):
            start = p.before(day * 864_000)
            assert start == p.day(day).first
            for number in range(start, start + p.day(day).trades, p.day(day).trades // 7):
                leaf, at = p.find(number)
                assert leaf.first + at == number
                assert p.before(leaf.ticks[at]) <= number < p.before(leaf.ticks[at] + 1)


def test_another_order_of_questions_gives_the_same_answers() -> None:
    """Nothing depends on what was asked before."""
    a, b = path("LTC/USDT"), path("LTC/USDT")
    days = list(range(REFERENCE - 80, REFERENCE, 9))
    forward = [a.minutes(day * 96 + 5)[3] for day in days]
    backward = [b.minutes(day * 96 + 5)[3] for day in reversed(days)]
    assert forward == backward[::-1]
    assert path("LTC/USDT", seed=12).day(REFERENCE) != a.day(REFERENCE)


def test_venues_with_other_ticks_and_lots_follow_one_path() -> None:
    """The same prices up to half a tick, at days, hours and minutes."""
    fine, coarse = (
        path("BTC/USDT", tick="0.01", lot="0.00001"),
        path("BTC/USDT", tick="0.5", lot="0.001"),
    )
    for bars in ("hours", "quarters", "minutes"):
        for index in (REFERENCE, REFERENCE - 33) if bars == "hours" else (REFERENCE * 96,):
            for a, b in zip(getattr(fine, bars)(index), getattr(coarse, bars)(index), strict=True):
                for x, y in zip(a[:4], b[:4], strict=True):
                    assert abs(x - 50 * y) <= 26
                assert a.trades == b.trades


def test_a_cross_follows_its_legs() -> None:
    """ETH/BTC closes each hour where ETH/USDT over BTC/USDT does, to a tenth of a percent."""
    cross, above, below = skeleton("ETH/BTC"), skeleton("ETH/USDT"), skeleton("BTC/USDT")
    scale = float(above.unit / below.unit / cross.unit)
    for day in range(REFERENCE - 20, REFERENCE):
        for c, a, b in zip(cross.hours(day), above.hours(day), below.hours(day), strict=True):
            assert abs(c.close / (a.close * scale / b.close) - 1) < 0.004
        assert (
            abs(cross.day(day).close / (above.day(day).close * scale / below.day(day).close) - 1)
            < 1e-6
        )


def test_prices_of_the_reference_day_are_the_references() -> None:
    """The path passes through the universe's prices."""
    for spec in UNIVERSE:
        if spec.legs is None:
            found = skeleton(spec.id)
            assert abs(found.day(REFERENCE).close * found.unit / spec.price - 1) < Decimal(
                "0.000001"
            )


def test_a_minute_has_enough_trades_to_draw_from() -> None:
    """Fewer than FLOOR could not meet the sums."""
    p = path("SOL/BTC")
    assert p.leaf_seconds == 60
    counts = [
        bar.trades for q in range(REFERENCE * 96, REFERENCE * 96 + 96) for bar in p.minutes(q)
    ]
    assert min(counts) >= FLOOR


def test_a_tick_finer_than_the_path_is_refused_by_name() -> None:
    """It could not be snapped to."""
    with pytest.raises(Misconfigured, match="BTC/USDT"):
        path("BTC/USDT", tick="0.00000001")
