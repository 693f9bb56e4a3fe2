"""Scripted books, price paths and moments: journaled like everything from outside."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tradewind.engine.commands import PlaceOrder, SetFees
from tradewind.engine.listing import FeeRates
from tradewind.exchange.admin import Admin
from tradewind.exchange.box import Box, Options
from tradewind.exchange.clock import TICK, Clock
from tradewind.exchange.database import Database
from tradewind.exchange.host import VenueHost
from tradewind.model import Misconfigured, OrderType, Side

from .toy import Wall

NOON = 1_795_521_600_000_000_000
PAIR = {"instrument": "BTC/USDT"}


class Moved(Wall):
    """A machine's clock at noon, which a test moves by seconds."""

    def __init__(self) -> None:
        super().__init__(NOON)

    def pass_(self, seconds: float) -> None:
        self.now += round(seconds * 1e9)


def real(data: Path | None, wall: Wall) -> VenueHost:
    """A real venue with two instruments, every row's digest kept."""
    settings = {"instruments": "BTC/USDT,ETH/USDT"}
    return VenueHost("binance", data, 7, Clock(wall=wall), settings=settings, digest_every=1)


def buy(host: VenueHost, quantity: int, price: int) -> None:
    """A resting or taking order of the default account; ticks and lots."""
    host.execute(
        PlaceOrder(
            account=1,
            instrument="BTCUSDT",
            side=Side.BUY,
            order_type=OrderType.LIMIT,
            quantity=quantity,
            price=price,
        )
    )


def scripted(host: VenueHost, wall: Moved) -> None:
    """A path, orders that meet it, participants that go and come."""
    host.follow("BTC/USDT", [f"{NOON // 10**9},100", f"{NOON // 10**9 + 600},90"])
    buy(host, 1_000, 9_500)
    host.execute(SetFees(account=1, instrument="BTCUSDT", fees=FeeRates(), tax=FeeRates(50_000)))
    wall.pass_(3)
    host.ticks()
    host.cast("ETHUSDT", on=False)
    wall.pass_(400)
    host.ticks()
    host.cast("BTCUSDT", on=False)
    buy(host, 1_000, 9_300)
    wall.pass_(2)
    host.ticks()
    host.cast("BTCUSDT", on=True)
    wall.pass_(1)
    host.ticks()


def image(host: VenueHost) -> tuple[object, ...]:
    """What must be the same after a restart."""
    sides = [host.engine.levels("BTCUSDT", side, 50) for side in Side]
    fills = host.history.fills(1, "BTCUSDT")
    rates = host.engine.rates(1, "BTCUSDT")
    return (
        *(host.engine.digest(), host.market.state(), sides, fills),
        *(host.tape.prints("BTCUSDT"), rates),
    )


def test_what_was_scripted_is_replayed(tmp_path: Path) -> None:
    """After a death in the middle everything is as it was: path, participants, fills, prints."""
    wall = Moved()
    host = real(tmp_path, wall)
    host.open()
    scripted(host, wall)
    host.write()
    before = image(host)
    assert len(before[3]) == 1  # type: ignore[arg-type]  # the order at 95 met the path, 93 not yet
    host.database.abandon()
    again = real(tmp_path, wall)
    again.open()
    assert again.replayed > 5
    assert image(again) == before
    again.close()
    third = real(tmp_path, wall)  # and from the snapshot that closing has left
    third.open()
    assert third.replayed == 0
    assert image(third) == before
    third.close()


def test_a_host_in_memory_begins_with_an_image(tmp_path: Path) -> None:
    """The image of a file opens in memory, as the same venue."""
    wall = Moved()
    host = real(None, wall)
    host.open()
    scripted(host, wall)
    copied = VenueHost("binance", None, 7, host.clock, settings=host.settings, image=host.image())
    copied.open()
    assert image(copied) == image(host)
    copied.close()
    host.close()


def test_a_database_in_memory_leaves_nothing_on_disk(tmp_path: Path) -> None:
    """No file, no thread; an image begins another one."""
    database = Database(None)
    database.begin()
    database.execute("CREATE TABLE t(a)")
    database.many("INSERT INTO t VALUES(?)", [(7,)])
    other = Database(None, image=database.image())
    assert other.execute("SELECT a FROM t").fetchall() == [(7,)]
    other.close()
    database.close()
    assert list(tmp_path.iterdir()) == []


Ask = Callable[..., Any]


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Callable[[Ask, Box], None], Path | None], None]:
    """Run a function with a frozen box, asked as the admin API would."""

    def run(act: Callable[[Ask, Box], None], data: Path | None = None) -> None:
        async def live() -> None:
            box = Box(Options(data, ("binance",), port_base=0, seed=7, speed=0, at=NOON))
            await box.open()
            admin = Admin(box)
            try:
                act(lambda method, path, **asked: admin.ask(method, path, asked), box)
            finally:
                await box.close()

        asyncio.run(live())

    return run


@pytest.mark.parametrize("on_disk", [True, False])
def test_a_box_goes_back_to_a_moment(play: Any, tmp_path: Path, on_disk: bool) -> None:
    """Balances, keys, books, speed and venue time; the restart after it knows nothing else."""
    data = tmp_path / "box" if on_disk else None

    def act(ask: Ask, box: Box) -> None:
        ask("POST", "/book", **PAIR, bids=[[99, 1]], asks=[[100, 1]])
        ask("POST", "/snapshot", name="then")
        ask("POST", "/time", advance=60, run=True)
        ask("POST", "/faucet", venue="binance", amounts={"USDT": "5"})
        ask("POST", "/participants", **PAIR, on=True)
        box.create_key("binance", label="late")
        assert ask("POST", "/restore", name="then") == {"restored": "then", "log": 0}
        assert box.clock.now() == NOON
        assert box.clock.frozen
        assert [key.label for key in box.gateway("binance").host.keys.all()] == ["default"]
        account = ask("GET", "/account", venue="binance")
        assert {"asset": "USDT", "available": "10000", "held": "0"} in account["balances"]
        assert ask("GET", "/books", venue="binance", **PAIR)["asks"] == [
            ["100.00000000", "1"],
        ]

    play(act, data)
    if on_disk:
        play(lambda ask, box: _the_same(ask), data)


def _the_same(ask: Ask) -> None:
    found = ask("GET", "/books", venue="binance", **PAIR)
    assert (len(found["bids"]), len(found["asks"])) == (1, 1)


def test_moments_are_bounded_and_named(play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest is forgotten; an unknown one is answered with those there are."""
    monkeypatch.setattr("tradewind.exchange.stage.MOMENTS_MAX", 2)

    def act(ask: Ask, _: Box) -> None:
        names = [ask("POST", "/snapshot")["snapshot"] for _ in range(3)]
        with pytest.raises(Misconfigured, match=f"there are: {names[1]}, {names[2]}$"):
            ask("POST", "/restore", name=names[0])

    play(act)


@pytest.mark.parametrize(
    ("path", "asked", "said"),
    [
        ("/book", {"instrument": "NO/PE"}, "does not trade 'NO/PE'"),
        ("/book", {**PAIR, "bids": 5}, "list of"),
        ("/book", {**PAIR, "bids": [[1]]}, r"is not \[price, quantity\]"),
        ("/book", {**PAIR, "asks": [["x", 1]]}, "not a number"),
        ("/book", {**PAIR, "asks": [["NaN", 1]]}, "not a number"),
        ("/book", {**PAIR, "asks": [[1, "0.000001"]]}, "no whole number"),
        ("/book", {**PAIR, "asks": [["1e500", 1]]}, "too large"),
        ("/book", {**PAIR, "asks": [[1, "1e30"]]}, "too large"),
        ("/fees", {**PAIR, "tax": {"maker": "1e30"}}, "too large"),
        ("/fees", {**PAIR, "tax": {"maker": "0.000000001"}}, "no whole number"),
        ("/fees", {**PAIR, "tax": {"everybody": 1}}, "some of: maker, taker"),
        ("/path", PAIR, "give rows"),
        ("/path", {**PAIR, "rows": [5]}, "is not time, price"),
        ("/path", {**PAIR, "rows": [[0, -1]]}, "not above zero"),
        ("/path", {**PAIR, "rows": [[5, 1], [4, 1]]}, "not after the one before"),
        ("/path", {**PAIR, "csv": "time,price\n"}, "no prices"),
        ("/path", {**PAIR, "rows": [[0, 10**10]]}, "too high"),
        ("/participants", {}, "on is true or false"),
        ("/restore", {"name": 5}, "name is a text"),
    ],
)
def test_nonsense_is_refused_with_a_word(play: Any, path: str, asked: Any, said: str) -> None:
    """And changes nothing."""

    def act(ask: Ask, box: Box) -> None:
        host = box.gateway("binance").host
        before = host.journal.seq
        with pytest.raises(Misconfigured, match=said):
            ask("POST", path, **asked)
        assert host.journal.seq == before

    play(act)


def test_a_book_stands_while_time_goes_on(play: Any) -> None:
    """Hours later it is the same, and trades are only those of the test."""

    def act(ask: Ask, box: Box) -> None:
        told = ask("POST", "/book", **PAIR, bids=[[99, 1]], asks=[["100", "1"], ["101", "2"]])
        ask("POST", "/time", advance=8 * 3_600)
        assert ask("GET", "/books", venue="binance", **PAIR) == told
        buy(box.gateway("binance").host, 50_000, 10_100)
        (order,) = ask("GET", "/orders", **PAIR)["orders"]
        assert order["filled_quantity"] == "0.5"
        assert order["created"] == NOON + 8 * 3_600 * 10**9
        (fill,) = ask("GET", "/fills")["fills"]
        assert (fill["price"], fill["liquidity"]) == ("100.00000000", "taker")
        assert fill["time"] >= order["created"] // TICK * TICK

    play(act)
