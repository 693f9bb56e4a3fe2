"""The plugin as pytest finds it: in a process of its own, with several workers."""

import subprocess
import sys
from pathlib import Path

import pytest

from tradewind.testing.plugin import seed_of

GOOD = """
import pytest

pytestmark = pytest.mark.tradewind(instruments=2)


@pytest.mark.parametrize("turn", range(6))
def test_each_has_its_own(exchange, turn):
    assert exchange.balance("USDT").total == 10_000
    exchange.faucet(USDT=turn + 1)
    assert exchange.instruments == ["BTC/USDT", "ETH/USDT"]
    exchange.assert_no_orders()


@pytest.mark.tradewind(seed=5, at="2026-11-01T00:00:00", participants=False)
def test_the_nearest_mark_counts(exchange):
    assert exchange.seed == 5
    assert f"{exchange.time:%m-%d}" == "11-01"
    assert exchange.order_book("BTC/USDT").bids == ()
    assert len(exchange.instruments) == 2


def test_more_of_them(exchange, make_exchange):
    other = make_exchange(seed=9)
    assert (other.seed, other.rest != exchange.rest) == (9, True)
    other.faucet(USDT=1)
    exchange.assert_balance("USDT", 10_000)


class TestAsync:
    def test_in_async_code(self, exchange):
        import asyncio

        async def bot():
            exchange.advance(1)
            return exchange.time_ns

        assert asyncio.run(bot()) == exchange.time_ns
"""

BAD = """
def test_fails(exchange):
    exchange.book("BTC/USDT", asks=[(100, 1)])
    exchange.assert_order(side="buy")


def test_says_its_seed(exchange):
    print("the seed is", exchange.seed)
    assert exchange.seed == 0
"""


def run(folder: Path, text: str, *options: str) -> tuple[int, str]:
    """Exit code and output of pytest over a file, strictly."""
    (folder / "test_bot.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
    done = subprocess.run(
        [*command, "--strict-markers", *options, "test_bot.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_every_test_has_a_fresh_one_also_under_xdist(tmp_path: Path) -> None:
    """Marks are understood; two workers do not meet."""
    code, told = run(tmp_path, GOOD, "-n", "2")
    assert code == 0, told
    assert "9 passed" in told


def test_a_test_that_fails_shows_what_happened(tmp_path: Path) -> None:
    """The assertion speaks for itself, and the seed is there to repeat it."""
    code, told = run(tmp_path, BAD)
    assert code == 1
    assert "AssertionError: no order with side=buy" in told
    assert f"seed {seed_of('test_bot.py::test_fails')}, venue time 2026-11-24 12:00:00" in told
    assert "tradewind/testing/exchange.py" not in told.replace("\\", "/")


def test_a_seed_can_be_given_again(tmp_path: Path) -> None:
    """The command line outdoes the name."""
    code, told = run(tmp_path, BAD, "--tradewind-seed", "0", "-k", "seed")
    assert code == 0, told


@pytest.mark.parametrize(
    ("test", "same"),
    [
        ("deep/er/test_bot.py::test_a[BTC/USDT]", True),
        ("test_bot.py::test_a[ETH/USDT]", False),
        ("test_other.py::test_a[BTC/USDT]", False),
    ],
)
def test_the_seed_follows_from_the_name(test: str, same: bool) -> None:
    """Wherever the folder is."""
    assert (seed_of(test) == seed_of("test_bot.py::test_a[BTC/USDT]")) is same
