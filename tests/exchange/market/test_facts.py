"""The market resembles what was recorded at real venues; bench/market/facts.py prints the table."""

from functools import cache
from pathlib import Path

import pytest
from bench.market.facts import Facts, ours, recorded

from .world import BTC, LTC, LTCBTC

RECORDINGS = Path(__file__).parents[4] / "shared" / "judges" / "recordings"


@cache
def facts(name: str) -> Facts:
    traded = {"BTC": BTC, "LTC": LTC, "LTCBTC": LTCBTC}[name]
    return ours(traded, days=4, prints=6_000)


def test_a_minutes_returns_have_little_memory_and_fat_tails() -> None:
    """Their size does have memory: calm follows calm."""
    found = facts("BTC")
    assert abs(found["minute returns, lag 1"]) < 0.2
    assert found["their size, lag 1"] > 0.15
    assert 6 < found["kurtosis"] < 150
    assert 4 < found["minute return, bips"] < 25


def test_prints_bounce_and_takers_come_in_runs() -> None:
    """Between bid and ask, and with a heavy tail of sizes."""
    for name in ("BTC", "LTC"):
        found = facts(name)
        assert -0.6 < found["trade to trade"] < -0.05
        assert 0.1 < found["taker's side"] < 0.85
        assert 0.02 < found["size median/mean"] < 0.4
        assert 6 < found["size p99/mean"] < 30


def test_classes_differ_in_spread_and_depth() -> None:
    """The deep one is tight; the middle one wider; the thin one widest."""
    spreads = [facts(name)["spread, bips"] for name in ("BTC", "LTC", "LTCBTC")]
    assert spreads[0] < 0.1 < spreads[1] <= 4 < spreads[2] < 40


def test_the_day_has_busy_and_quiet_hours() -> None:
    """And hours differ."""
    found = facts("BTC")
    assert 1.5 < found["busiest/quietest hour"] < 8
    assert 0.3 < found["hour's volume, sd/mean"] < 1.5


def test_minutes_resemble_a_recorded_perpetual() -> None:
    """Within a factor of three of 45,031 real minutes, correlations within 0.25."""
    if not RECORDINGS.exists():
        pytest.skip("needs ../shared")
    real = recorded(RECORDINGS)["BTC perpetual, minutes of Jan 2022"]
    found = facts("BTC")
    for name in ("minute return, bips", "hour's volume, sd/mean", "busiest/quietest hour"):
        assert real[name] / 3 < found[name] < real[name] * 3
    for name in ("minute returns, lag 1", "their size, lag 1", "their size, lag 60"):
        assert abs(real[name] - found[name]) < 0.25
