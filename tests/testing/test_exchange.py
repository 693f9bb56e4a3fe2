"""The exchange for tests is what was scripted, its time is the test's, it tells what happened."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tradewind.model import Misconfigured
from tradewind.testing import Exchange

from .bot import Bot

BOOK = "BTC/USDT"


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Exchange, str]]:
    """One exchange and its beginning, so that tests need not start their own."""
    with Exchange(instruments="BTC/USDT,ETH/USDT", seed=7) as made:
        yield made, made.snapshot("beginning")


@pytest.fixture
def exchange(shared: tuple[Exchange, str]) -> Exchange:
    """As at the beginning."""
    made, name = shared
    made.restore(name)
    made.clear_faults()
    return made


@pytest.fixture
def bot(exchange: Exchange) -> Bot:
    """With the first key."""
    return Bot(exchange)


def test_a_scripted_book_is_all_there_is(exchange: Exchange, bot: Bot) -> None:
    """Best ask 100 x 1, then nothing: half of a larger market order finds nobody."""
    exchange.book(BOOK, bids=[(99, 2)], asks=[(100, 1)])
    status, told = bot.order("BUY", "1.5")
    assert (status, told["executedQty"]) == (200, "1.00000000")
    assert exchange.order_book(BOOK).asks == ()
    order = exchange.assert_order(side="buy", order_status="expired", filled_quantity=1)
    assert order.average_price == Decimal(100)
    exchange.assert_fills(1, price=100, fee_asset="BTC", fee="0.001")
    exchange.assert_balance("USDT", 9_900)


def test_the_past_of_a_scripted_book_is_at_its_price(exchange: Exchange, bot: Bot) -> None:
    """Candles and averages are near, so price filters let orders pass."""
    exchange.book(BOOK, bids=[("0.99", 1_000)], asks=[("1.01", 1_000)])
    assert {candle[4] for candle in bot.see("/api/v3/klines", symbol="BTCUSDT", interval="1h")} == {
        "1.00000000"
    }
    assert bot.order("BUY", 10, "1.01")[0] == 200


def test_a_book_can_be_scripted_again_and_again(exchange: Exchange, bot: Bot) -> None:
    """A new book meets resting orders as others' orders would."""
    exchange.book(BOOK, bids=[(99, 2)], asks=[(100, 1)])
    bot.order("BUY", 1, 98)
    exchange.book(BOOK, bids=[(90, 1)], asks=[(97, "0.4")])
    exchange.assert_order(order_status="partially_filled", filled_quantity="0.4")
    exchange.book(BOOK)
    assert exchange.order_book(BOOK).asks == ()
    exchange.assert_order(price=98, filled_quantity="0.4")


@pytest.mark.parametrize(
    ("bids", "asks", "said"),
    [
        ([(100, 1)], [(99, 1)], "not below"),
        ([("99.001", 1)], [], "no whole number"),
        ([(99, 0)], [], "above zero"),
    ],
)
def test_a_book_that_cannot_be_is_refused(exchange: Exchange, bids, asks, said) -> None:  # type: ignore[no-untyped-def]
    """With a word on what is wrong, and nothing changed."""
    before = exchange.order_book(BOOK)
    with pytest.raises(Misconfigured, match=said):
        exchange.book(BOOK, bids=bids, asks=asks)
    assert exchange.order_book(BOOK) == before


def test_time_stands_still_until_it_is_told(exchange: Exchange, bot: Bot) -> None:
    """Venue time is what the test says, also for the bot."""
    before = exchange.time_ns
    assert exchange.time.isoformat() == "2026-11-24T12:00:00+00:00"
    exchange.advance(hours=8)
    assert exchange.time_ns - before == 8 * 3_600 * 10**9
    assert bot.see("/api/v3/time")["serverTime"] == exchange.time_ns // 10**6
    exchange.run(speed=1_000)
    exchange.wait_for(lambda: exchange.time_ns > before + (8 * 3_600 + 300) * 10**9)
    exchange.freeze()
    assert exchange.time_ns == exchange.time_ns


def test_prices_follow_a_path(exchange: Exchange, bot: Bot) -> None:
    """A resting order is filled when the price comes by, not before."""
    exchange.path(BOOK, [(0, 100), (3_600, 100), (7_200, 90)])
    assert bot.order("BUY", 1, 95)[0] == 200
    exchange.advance(minutes=59)
    exchange.assert_order(order_status="open")
    exchange.advance(minutes=61)
    exchange.assert_order(order_status="filled", price=95)
    exchange.assert_no_open_orders()
    assert float(bot.see("/api/v3/ticker/price", symbol="BTCUSDT")["price"]) < 92


def test_prices_follow_a_file(exchange: Exchange, bot: Bot, tmp_path: Path) -> None:
    """A CSV of bars with dates."""
    file = tmp_path / "prices.csv"
    file.write_text(
        "time,open,high,low,close\n"
        "2026-11-24T11:00:00,100,110,100,110\n2026-11-24T12:00:00,110,120,110,120\n"
    )
    exchange.path(BOOK, file)
    exchange.advance(hours=1)
    candles = bot.see("/api/v3/klines", symbol="BTCUSDT", interval="1h", limit=2)
    assert [float(each) for each in candles[0][1:5]] == [110, 120, 110, 120]


def test_a_path_comes_before_the_first_trade(exchange: Exchange, bot: Bot) -> None:
    """A past in which the bot has traded cannot be another one."""
    exchange.book(BOOK, asks=[(100, 1)])
    bot.order("BUY", 1)
    with pytest.raises(Misconfigured, match="before"):
        exchange.path(BOOK, [(0, 50)])


def test_participants_go_and_come(exchange: Exchange) -> None:
    """Without them a book is empty; they come back where the path is."""
    assert exchange.order_book(BOOK).bids
    exchange.participants(BOOK, on=False)
    assert not exchange.order_book(BOOK).bids
    assert exchange.order_book("ETH/USDT").bids
    exchange.participants(on=True)
    assert exchange.order_book(BOOK).bids


def test_a_snapshot_holds_everything(exchange: Exchange, bot: Bot) -> None:
    """Orders, history, balances, keys, book and time are as they were."""
    exchange.book(BOOK, asks=[(100, 5)])
    bot.order("BUY", 1)
    bot.order("BUY", 1, 99)
    key = exchange.key(label="second")
    then = exchange.time_ns, exchange.orders(), exchange.fills(), exchange.balances()
    name = exchange.snapshot()
    bot.order("BUY", 2)
    exchange.revoke(key)
    exchange.faucet(USDT=5)
    exchange.advance(days=1)
    exchange.restore(name)
    assert (exchange.time_ns, exchange.orders(), exchange.fills(), exchange.balances()) == then
    assert exchange.order_book(BOOK).asks[0].quantity == 4
    assert Bot(exchange, key).order("BUY", 1)[0] == 200


def test_rates_of_an_instrument(exchange: Exchange, bot: Bot) -> None:
    """What is set is taken from the next fill on, and survives a snapshot; the rest stays."""
    exchange.book(BOOK, asks=[(100, 5)])
    exchange.fees(BOOK, standard={"taker": "0.002"}, tax={"buyer": 0.0005})
    bot.order("BUY", 1)
    name = exchange.snapshot()
    exchange.fees(BOOK, standard={"taker": 0, "maker": 0})
    bot.order("BUY", 1)
    exchange.restore(name)
    bot.order("BUY", 1)
    fees = [fill.fee for fill in exchange.fills()]
    assert fees == [Decimal("0.0025"), Decimal("0.0025")]
    for wrong in ({"tax": {"taker": 2}}, {"tax": {"nobody": 0}}, {"tax": {"taker": "0.000000001"}}):
        with pytest.raises(Misconfigured):
            exchange.fees(BOOK, **wrong)
    exchange.fees(BOOK, account="other", special={"seller": 0})


def test_the_same_seed_meets_the_same_market(exchange: Exchange) -> None:
    """Another exchange with that seed shows the same book and trades, another seed does not."""
    exchange.advance(hours=3)
    for seed, same in ((7, True), (8, False)):
        with Exchange(instruments="BTC/USDT,ETH/USDT", seed=seed) as other:
            other.advance(hours=3)
            assert (other.order_book(BOOK) == exchange.order_book(BOOK)) is same
            assert (other.trades(BOOK) == exchange.trades(BOOK)) is same
            assert (other.api_key, other.api_secret) == (exchange.api_key, exchange.api_secret)


def test_keys_have_permissions_and_addresses(exchange: Exchange) -> None:
    """A key that may only read, and one for another address, cannot trade."""
    reader = Bot(exchange, exchange.key(permissions=["read"]))
    elsewhere = Bot(exchange, exchange.key(ip="10.1.2.3"))
    assert reader.ask("GET", "/api/v3/account")[0] == 200
    assert reader.order("BUY", 1)[1]["code"] == -2015
    assert elsewhere.ask("GET", "/api/v3/account")[1]["code"] == -2015
    exchange.assert_no_orders()


def test_accounts_are_apart(exchange: Exchange, bot: Bot) -> None:
    """Another account has its own key, money and orders; the two can trade."""
    exchange.participants(on=False)
    other = Bot(exchange, exchange.key(account="other"))
    exchange.faucet({"BTC": 2}, account="other")
    price = bot.see("/api/v3/avgPrice", symbol="BTCUSDT")["price"].partition(".")[0]
    assert other.order("SELL", "0.01", price)[0] == 200
    assert bot.order("BUY", "0.01", price)[0] == 200
    exchange.assert_fills(1, liquidity="taker")
    exchange.assert_fills(1, account="other", liquidity="maker", side="sell")
    assert exchange.accounts == ["default", "other"]


def test_requests_tell_what_the_bot_asked(exchange: Exchange, bot: Bot) -> None:
    """Method, path, parameters, status and the venue's code; never a signature."""
    bot.order("BUY", "0.000001")
    bot.see("/api/v3/depth", symbol="BTCUSDT")
    refused, seen = exchange.requests()
    assert (refused.method, refused.path, refused.code) == ("POST", "/api/v3/order", "-1013")
    assert refused.refused
    assert refused.parameters["quantity"] == "0.000001"
    assert "signature" not in refused.query
    assert seen.path == "/api/v3/depth"


def test_assertions_that_fail_say_what_there_is(exchange: Exchange, bot: Bot) -> None:
    """The message shows what was looked for and what was found."""
    exchange.book(BOOK, asks=[(100, 5)])
    bot.order("BUY", 1, 90)
    for check, said in (
        (lambda: exchange.assert_order(side="sell"), r"no order with side=sell\norders:\n  buy 1 "),
        (lambda: exchange.assert_orders(2), "1 orders, not 2, with any"),
        (lambda: exchange.assert_no_open_orders(), "1 open orders, not none"),
        (lambda: exchange.assert_fills(1), "0 fills, not 1, with any\nno fills"),
        (lambda: exchange.assert_balance("USDT", available=1), r"available is 9910, not 1"),
        (lambda: exchange.assert_requests(0, "/order", method="POST"), "requests, not 0"),
        (lambda: exchange.wait_for(lambda: exchange.fills(), 0.01), "not so within 0.01 s"),
    ):
        with pytest.raises(AssertionError, match=said):
            check()
    with pytest.raises(TypeError, match="there is no field 'prize'; there are: order_id"):
        exchange.assert_order(prize=1)


def test_faults_are_set_and_cleared(exchange: Exchange, bot: Bot) -> None:
    """A venue in maintenance answers again when the fault is cleared."""
    exchange.fault("maintenance")
    assert bot.ask("GET", "/api/v3/account")[0] >= 500
    exchange.clear_faults()
    assert bot.ask("GET", "/api/v3/account")[0] == 200


def test_it_may_be_used_from_many_threads(exchange: Exchange) -> None:
    """Several bots and watchers at once: nothing is lost."""
    exchange.book(BOOK, asks=[(100, 50)])

    def trade(number: int) -> None:
        bot = Bot(exchange)
        for _ in range(5):
            bot.order("BUY", 1, 100, newClientOrderId=f"bot-{number}")
            exchange.orders()

    threads = [threading.Thread(target=trade, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    exchange.assert_fills(20, quantity=1)


def test_it_may_be_used_from_async_code(exchange: Exchange) -> None:
    """A bot on the test's own loop is answered while the test holds no loop of the box."""

    async def bot() -> bytes:
        reader, writer = await asyncio.open_connection(*exchange.rest[7:].split(":"))
        writer.write(b"GET /api/v3/ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        exchange.advance(seconds=1)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    assert asyncio.run(bot()).startswith(b"HTTP/1.1 200")


def test_streams_move_with_time_and_end_at_a_restore(exchange: Exchange) -> None:
    """Nothing comes while time stands still; a step is told at once; going back cuts the line."""
    name = exchange.snapshot()

    async def watch() -> None:
        reader, writer = await asyncio.open_connection(*exchange.streams[5:].split(":"))
        writer.write(
            b"GET /ws/btcusdt@trade HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        assert b"101" in await reader.readuntil(b"\r\n\r\n")
        exchange.advance(seconds=2)
        seconds = [int(await _field(reader, b'"T":')) // 1_000 for _ in range(5)]
        assert seconds[0] == exchange.time_ns // 10**9 - 2
        exchange.restore(name)
        await reader.read()  # until the end
        writer.close()
        await writer.wait_closed()

    asyncio.run(asyncio.wait_for(watch(), 20))


async def _field(reader: asyncio.StreamReader, name: bytes) -> bytes:
    """A number of the next message that has it."""
    await reader.readuntil(name)
    return (await reader.readuntil(b",")).strip(b",")


def test_a_box_elsewhere_is_asked_in_the_same_words(exchange: Exchange, bot: Bot) -> None:
    """What the fixture can do the admin API can do: every method over HTTP, the same answers."""
    far = Exchange.attach(exchange.admin, exchange.admin_token)
    assert (far.urls, far.seed, far.instruments) == (exchange.urls, 7, exchange.instruments)
    far.path("ETH/USDT", [(0, 50)])
    far.book(BOOK, bids=[(99, 2)], asks=[(Decimal("100.5"), 1)])
    far.participants("ETH/USDT", on=False)
    beginning = far.snapshot()
    far.faucet(USDT="0.5")
    Bot(far).order("BUY", 1)
    Bot(far, far.key(["read"], "127.0.0.1", account="other")).ask("GET", "/api/v3/account")
    far.advance(minutes=5)
    far.run(2)
    far.freeze()
    for ask in (
        lambda each: each.orders(),
        lambda each: each.open_orders(),
        lambda each: each.fills(price="100.5"),
        lambda each: each.balances(),
        lambda each: each.order_book(BOOK),
        lambda each: each.trades(BOOK),
        lambda each: each.accounts,
        lambda each: each.time,
        lambda each: each.faults,
        lambda each: each.requests()[-2:],
    ):
        assert ask(far) == ask(exchange)
    far.assert_balance("USDT", "9900")
    far.assert_nothing_refused()
    far.clear_fault(far.fault("maintenance"))
    far.restore(beginning)
    far.assert_no_orders()
    far.reset()
    with pytest.raises(Misconfigured, match="no snapshot 'x'"):
        far.restore("x")
    far.close()
    assert exchange.accounts == ["default"]


def test_it_can_live_in_a_folder(tmp_path: Path) -> None:
    """With data it goes on where it was, and serves the real names over TLS."""
    with Exchange(instruments=1, data=tmp_path / "box") as first:
        first.book(BOOK, asks=[(100, 1)])
        Bot(first).order("BUY", 1)
        name = first.snapshot()
        first.faucet(USDT=1)
        first.restore(name)
        balances = first.balances()
    with Exchange(data=tmp_path / "box") as second:
        assert second.balances() == balances
        second.assert_fills(1)
    assert (tmp_path / "box" / "ca.pem").exists()


def test_what_cannot_be_is_said_at_once() -> None:
    """A venue that does not exist, a date that is none."""
    with pytest.raises(Misconfigured, match="there is no venue"):
        Exchange("nowhere")
    with pytest.raises(Misconfigured, match="is no date"):
        Exchange(at="yesterday")


def test_nothing_stays_behind() -> None:
    """No thread, no port after the end."""
    before = threading.active_count()
    with Exchange(instruments=1) as made:
        port = int(made.rest.rpartition(":")[2])
    assert threading.active_count() == before

    async def knock() -> None:
        with pytest.raises(OSError, match=str(port)):
            await asyncio.open_connection("127.0.0.1", port)

    asyncio.run(knock())


def test_nothing_that_only_unix_has_is_needed() -> None:
    """In memory: no file locks, no users, no Unix sockets. This is not a run on Windows."""
    script = (
        "import os, signal, socket, sys\n"
        "for name in ('fcntl', 'pwd', 'grp', 'resource', 'termios', 'tty', 'uvloop'):\n"
        "    sys.modules[name] = None\n"
        "from tradewind.testing import Exchange\n"
        "for module, name in ((os, 'getuid'), (os, 'fchmod'), (os, 'O_NOFOLLOW')):\n"
        "    delattr(module, name)\n"
        "with Exchange(instruments=1) as exchange:\n"
        "    exchange.book('BTC/USDT', asks=[(100, 1)])\n"
        "    exchange.assert_no_orders()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
