"""The face without ``await``, against a real box."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tradewind import sync
from tradewind.model import Misconfigured, NotSent, Rejected

COMMAND = [sys.executable, "-m", "tradewind.cli", "up", "--json", "--port-base", "0", "--data"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("sync") / "box"
    box = subprocess.Popen([*COMMAND, str(folder)], stdout=subprocess.PIPE, text=True)
    assert box.stdout is not None
    json.loads(box.stdout.readline())
    yield folder
    box.send_signal(signal.SIGTERM)
    box.wait(20)
    box.stdout.close()


def test_everything_is_there_without_await(data: Path) -> None:
    """Questions, a stream, a live book and an order, in a plain script."""
    with sync.connect("binance", data=data) as venue:
        assert venue.fetch_ticker("BTC/USDT").last > 0
        assert len(venue.fetch_candles("BTC/USDT", "1m", venue.clock.venue() - 600 * 10**9)) > 5
        trades = venue.stream_trades("BTC/USDT")
        assert [next(trades).instrument for _ in range(2)] == ["BTC/USDT"] * 2
        trades.close()
        with venue.book("BTC/USDT") as book:
            book.live()
            assert book.best_bid.price < book.best_ask.price
            assert book.verify().is_right
            bid = book.best_bid.price
            price = round(bid * 95 / 100, 2)
            order = venue.place_order("BTC/USDT", "buy", "limit", quantity="0.001", price=price)
        assert venue.cancel_order("BTC/USDT", order_id=order.order_id).order_status == "cancelled"


def test_it_works_where_a_loop_is_running_and_errors_come_through(data: Path) -> None:
    """As in a notebook."""

    async def cell() -> None:
        with sync.connect("binance", data=data) as venue:
            with pytest.raises(Rejected):
                venue.cancel_order("BTC/USDT", order_id="999999")
            assert "fetch_balances" in dir(venue)

    asyncio.run(cell())


def test_a_venue_says_that_it_is_not_open(data: Path, tmp_path: Path) -> None:
    """Before its block, after it, in it once more; and where there is no box."""
    assert repr(sync.connect("binance")) == "sync binance, not open"
    venue = sync.connect("binance", data=data)
    with pytest.raises(NotSent, match="not open yet; use it within: with sync"):
        venue.fetch_ticker("BTC/USDT")
    with venue:
        assert venue.is_live
        with pytest.raises(NotSent, match="open already"):
            venue.__enter__()
    with pytest.raises(NotSent, match="closed; for another one call sync"):
        venue.fetch_ticker("BTC/USDT")
    with pytest.raises(NotSent, match="opened once"):
        venue.__enter__()
    with pytest.raises(Misconfigured, match="start one with: tradewind up"):
        sync.connect("binance", data=tmp_path).__enter__()
