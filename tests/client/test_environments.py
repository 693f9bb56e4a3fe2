"""Where a client may go, with which key, and what it may do there. No real host is ever met: the
venues' names are served on the memory wire, and TLS on this machine.
"""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.client.box import Box, client, run
from tests.net.harness import Certificate, Desk
from tests.venues.binance.host import SECRET

from tradewind.client import Venue, capabilities, connect, kill
from tradewind.client.listed import ListedWire, places
from tradewind.engine.commands import SetStatus
from tradewind.guard import Limits
from tradewind.model import (
    Guarded,
    InstrumentStatus,
    InvalidInput,
    Misconfigured,
    NotSent,
    OrderStatus,
    Permission,
)
from tradewind.model.commands import CancelOrder, FetchBalances, NativeCall, Order
from tradewind.net.memory import MemoryWire, VirtualLoop
from tradewind.net.real import RealWire
from tradewind.net.wire import Answering
from tradewind.protocol.messages import HttpRequest, HttpResponse
from tradewind.protocol.operations import Operation, Rest
from tradewind.venues import facts
from tradewind.venues.binance.operations import TABLE

VENUE = "binance"
PAIR = "BTC/USDT"
HOSTS = {"testnet": "testnet.binance.vision", "live": "api.binance.com"}
SOCKETS = {"testnet": "ws-api.testnet.binance.vision", "live": "ws-api.binance.com"}

Story = Callable[[Venue, Box], Coroutine[Any, Any, None]]


def play(
    env: str,
    story: Story,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *permissions: Permission,
    **more: Any,
) -> None:
    """A story at an environment, whose hosts are served on the memory wire."""

    async def run_it() -> None:
        box, wire = Box(), MemoryWire(0.001)
        box.tick()
        credential = box.host.key(3, *permissions, name="k" * 64)
        stem = f"TRADEWIND_BINANCE_{env.upper()}_BOT"
        monkeypatch.setenv(f"{stem}_API_KEY", credential.api_key)
        monkeypatch.setenv(f"{stem}_API_SECRET", SECRET)
        servers = [
            await wire.serve(box, HOSTS[env], 443),
            await wire.serve(box, SOCKETS[env], 443),
        ]
        more.setdefault("key", "bot")
        try:
            async with connect(VENUE, env=env, data=tmp_path, wire=wire, **more) as venue:
                await story(venue, box)
        finally:
            for server in servers:
                await server.close()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(run_it())


READ_TRADE = (Permission.READ, Permission.TRADE)


def test_testnet_trades(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order, over the test network's own hosts, checked against its book."""

    async def story(venue: Venue, box: Box) -> None:
        assert venue.is_live
        order = await venue.place_order(PAIR, "buy", "limit", quantity="0.1", price="90")
        assert order.order_status is OrderStatus.OPEN
        with pytest.raises(Guarded, match="through the best price"):
            await venue.place_order(PAIR, "buy", "limit", quantity="0.1", price="120")
        with pytest.raises(Guarded, match="at most 100000"):
            await venue.place_order(PAIR, "buy", "limit", quantity="2000", price="90")
        assert box.count("POST", "order") == 1

    play("testnet", story, tmp_path, monkeypatch, *READ_TRADE)


def test_a_book_that_was_fetched_is_one_to_compare_with(tmp_path: Path) -> None:
    """Where no book is required, a slip is noticed as soon as there is one that is fresh."""

    async def story(box: Box, wire: MemoryWire) -> None:
        limits = Limits(collar=Decimal("0.2"), book_age_ms_max=5000)

        async def slip(venue: Venue) -> None:
            await venue.place_order(PAIR, "buy", "limit", quantity="0.1", price="150")

        async with client(box, wire, limits=limits) as venue:
            await slip(venue)
            await venue.fetch_order_book(PAIR, 5)
            with pytest.raises(Guarded, match="through the best price") as raised:
                await slip(venue)
            assert raised.value.rule == "collar"
            await asyncio.sleep(6)
            await slip(venue)
        assert box.count("POST", "order") == 2

    run(story)


def test_a_book_that_comes_late_does_not_replace_a_newer_one(tmp_path: Path) -> None:
    """Two are asked for, the first answer comes last: the newer one still guards."""

    async def story(box: Box, wire: MemoryWire) -> None:
        limits = Limits(collar=Decimal("0.2"), book_age_ms_max=5000)
        async with client(box, wire, limits=limits) as venue:

            def slow(box: Box, request: HttpRequest, answer: Answering) -> None:
                asyncio.get_running_loop().call_later(4, answer, box.do(request))

            box.cuts.append(("GET", "depth", slow))
            older = asyncio.create_task(venue.fetch_order_book(PAIR, 5))
            await asyncio.sleep(3.5)
            await venue.fetch_order_book(PAIR, 5)
            await older
            await asyncio.sleep(2)
            with pytest.raises(Guarded, match="through the best price"):
                await venue.place_order(PAIR, "buy", "limit", quantity="0.1", price="150")

    run(story)


def test_a_market_that_opens_again_is_noticed(tmp_path: Path) -> None:
    """While it is closed orders are refused here; its rules are fetched again at times."""

    async def story(box: Box, wire: MemoryWire) -> None:
        box.host.execute(SetStatus(instrument="BTCUSDT", status=InstrumentStatus.HALTED))
        async with client(box, wire) as venue:
            for _ in range(3):
                with pytest.raises(InvalidInput, match="halted"):
                    await venue.place_order(PAIR, "buy", "limit", quantity="1", price="50")
            assert box.count("GET", "exchangeInfo") == 2
            box.host.execute(SetStatus(instrument="BTCUSDT", status=InstrumentStatus.TRADING))
            await asyncio.sleep(6)
            await venue.place_order(PAIR, "buy", "limit", quantity="1", price="50")
        assert (box.count("GET", "exchangeInfo"), box.count("POST", "order")) == (3, 1)

    run(story)


def test_live_is_read_only_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question, and no order under any name."""

    async def story(venue: Venue, box: Box) -> None:
        assert (await venue.fetch_balances())["USDT"].total == 100_000
        assert await venue.fetch_open_orders() == []
        for call in (
            venue.place_order(PAIR, "buy", "limit", quantity="1", price="90"),
            venue.cancel_order(PAIR, order_id="1"),
            venue.cancel_all_orders(PAIR),
            venue.amend_order(PAIR, "1", order_id="1"),
            venue.call("order.place", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="1"),
            venue.call("order.cancel", symbol="BTCUSDT", orderId="1"),
            venue.exchange(NativeCall("openOrders.cancelAll", {"symbol": "BTCUSDT"})),
            venue.exchange(CancelOrder(PAIR, "1")),
            venue.call("wallet.convert.acceptQuote", quoteId="1"),
        ):
            with pytest.raises(Misconfigured, match="read-only"):
                await call
        assert {method for method, _, _ in box.asked} <= {"GET", "WS"}

    play("live", story, tmp_path, monkeypatch, *READ_TRADE)


def test_no_word_of_any_spelling_trades_on_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every order word of ours, and every operation of the venue's table that is more than a
    question: refused before a byte, with the reason and where to trade instead.
    """

    async def story(venue: Venue, box: Box) -> None:
        ours = [word for word in capabilities._calls().items() if isinstance(word[1], Order)]
        assert len(ours) >= 9
        theirs = [row for row in TABLE.rows if not _asks(row)]
        assert len(theirs) >= 20
        sent = len(box.asked)
        for word, command in ours:
            with pytest.raises(Misconfigured, match=r"read-only until .* Trade on 'local'"):
                await venue.exchange(command)
            assert len(box.asked) == sent, word
        for row in theirs:
            withdraws = row.permission is Permission.WITHDRAW
            refusal = InvalidInput if withdraws else Misconfigured
            with pytest.raises(refusal, match="nothing is withdrawn" if withdraws else "read-only"):
                await venue.call(row.name, symbol="BTCUSDT")
            assert len(box.asked) == sent, row.name

    play("live", story, tmp_path, monkeypatch, *READ_TRADE)


@pytest.mark.parametrize("env", ["testnet", "live"])
def test_where_keys_cannot_be_asked_about_only_play_money_is_opened(
    env: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test network has no such question; live has, and is not believed without."""
    plain, opened = Box.http, []

    def without(box: Box, request: HttpRequest, answer: Answering) -> None:
        if request.path.startswith("/sapi/"):
            answer(HttpResponse(404, b""))
        else:
            plain(box, request, answer)

    async def story(venue: Venue, box: Box) -> None:
        opened.append(env)

    monkeypatch.setattr(Box, "http", without)
    if env == "testnet":
        play(env, story, tmp_path, monkeypatch, *READ_TRADE)
        assert opened == [env]
    else:
        with pytest.raises(Misconfigured, match="does not say what the key may do"):
            play(env, story, tmp_path, monkeypatch, *READ_TRADE)
        assert not opened


def _asks(row: Operation) -> bool:
    """Whether an operation is a question, or has no door that a client would call through."""
    doors = [door for door in row.doors if isinstance(door, Rest)]
    return not doors or all(door.method == "GET" for door in doors)


@pytest.mark.parametrize("env", ["testnet", "live"])
def test_a_venue_that_does_not_say_what_a_key_may_is_not_trusted(
    env: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question is refused: then nothing is opened."""

    async def story(venue: Venue, box: Box) -> None:
        raise AssertionError("it opened")

    with pytest.raises(Misconfigured, match="does not say what the key may do"):
        play(env, story, tmp_path, monkeypatch, Permission.TRADE)


@pytest.mark.parametrize("env", ["testnet", "live"])
def test_a_key_that_may_withdraw_is_refused(
    env: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it is meant for."""

    async def story(venue: Venue, box: Box) -> None:
        raise AssertionError("it opened")

    with pytest.raises(Misconfigured, match="may withdraw"):
        play(env, story, tmp_path, monkeypatch, *READ_TRADE, Permission.WITHDRAW)


def test_nothing_is_withdrawn() -> None:
    """There is no such call, also not by its native name, also not at the box."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            with pytest.raises(InvalidInput, match="nothing is withdrawn"):
                await venue.call(
                    "wallet.capital.withdraw.apply", coin="BTC", address="x", amount="1"
                )
            assert not any("withdraw" in path for _, path, _ in box.asked)

    run(story)
    assert not any("withdraw" in name for name in dir(Venue))


def test_a_key_is_named_and_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels only, in repr and in errors."""

    async def story(venue: Venue, _: Box) -> None:
        asked = await venue.exchange(FetchBalances())
        assert "signature=" in asked.request.query
        shown = repr(vars(venue)) + repr(vars(venue._client)) + repr(venue.door.__dict__)
        shown += repr(asked)
        assert SECRET not in shown
        assert "signature=" not in shown
        assert "k" * 8 not in shown
        assert "Key(bot, hmac)" in shown

    play("testnet", story, tmp_path, monkeypatch, *READ_TRADE)
    with pytest.raises(Misconfigured, match="TRADEWIND_BINANCE_TESTNET_OTHER_API_KEY"):
        connect(VENUE, env="testnet", key="other", data=tmp_path)
    monkeypatch.setenv("TRADEWIND_BINANCE_LIVE_BOX_API_KEY", "local" + "x" * 59)
    monkeypatch.setenv("TRADEWIND_BINANCE_LIVE_BOX_API_SECRET", "worthless")
    with pytest.raises(Misconfigured, match="local box") as raised:
        connect(VENUE, env="live", key="box", data=tmp_path)
    assert "worthless" not in str(raised.value)


def test_environments_are_named(tmp_path: Path) -> None:
    """One that does not exist is said, with those that do."""
    with pytest.raises(Misconfigured, match="there are: local, live, testnet"):
        connect(VENUE, env="prod", data=tmp_path)
    with pytest.raises(Misconfigured, match="orders_over"):
        connect(VENUE, env="testnet", key=None, data=tmp_path, orders_over="fix")


@pytest.mark.parametrize(
    "url",
    [
        "https://api.binance.com.evil.example",
        "https://api.binance.com:8443",
        "https://api.binance.us",
        "http://127.0.0.1:80",
        "http://api.binance.com",
    ],
)
def test_no_other_host(url: str) -> None:
    """Frozen to what the venue's facts list, with TLS."""
    wire = ListedWire(MemoryWire(), places(facts(VENUE).environments["live"]))
    with pytest.raises(Misconfigured):
        wire.http(url)
    with pytest.raises(Misconfigured):
        asyncio.run(wire.connect(url.replace("http", "ws", 1)))


def test_hosts_of_environments_do_not_mix() -> None:
    """A test key is never shown to the live hosts, nor the other way round."""
    known = facts(VENUE).environments
    assert not places(known["live"]) & places(known["testnet"])
    with pytest.raises(Misconfigured):
        ListedWire(MemoryWire(), places(known["testnet"])).http(known["live"].rest)


def tls(
    story: Callable[[ListedWire, Desk, int], Coroutine[Any, Any, None]],
    tmp_path: Path,
    trusting: Callable[[Certificate], ssl.SSLContext | None],
) -> None:
    """A story with a TLS server of this machine that stands for a listed host."""

    async def run_it() -> None:
        certificate, desk = Certificate(tmp_path), Desk()
        server = await RealWire(serving=certificate.serving()).serve(desk)
        wire = RealWire(trusting=trusting(certificate))
        try:
            allowed = [("localhost", server.port), ("127.0.0.2", server.port)]
            await story(ListedWire(wire, allowed), desk, server.port)
        finally:
            await server.close()

    asyncio.run(run_it())


def test_tls_is_verified(tmp_path: Path) -> None:
    """A certificate that nobody vouches for ends it before a byte of the request."""

    async def story(wire: ListedWire, desk: Desk, port: int) -> None:
        async with wire.http(f"https://localhost:{port}") as http:
            with pytest.raises(NotSent):
                await http.request("GET", "/echo")
        assert not desk.requests

    tls(story, tmp_path, lambda _: None)


def test_the_certificate_must_be_the_hosts(tmp_path: Path) -> None:
    """Trusted, but of another name."""

    async def story(wire: ListedWire, desk: Desk, port: int) -> None:
        async with wire.http(f"https://127.0.0.2:{port}") as http:
            with pytest.raises(NotSent):
                await http.request("GET", "/echo")
        assert not desk.requests

    tls(story, tmp_path, Certificate.trusting)


def test_proxies_are_ignored_and_redirects_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is the redirect itself; nobody goes where it points."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")

    async def story(wire: ListedWire, desk: Desk, port: int) -> None:
        async with wire.http(f"https://localhost:{port}") as http:
            answer = await http.request("GET", "/status/302")
        assert (answer.status, answer.header("location")) == (302, "/echo")
        assert [request.path for request in desk.requests] == ["/status/302"]

    tls(story, tmp_path, Certificate.trusting)


def test_the_kill_switch_of_another_process(tmp_path: Path) -> None:
    """Nothing new from the next order on; cancels pass; off again."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire, kill_switch=kill.switch(tmp_path, VENUE)) as venue:
            order = await venue.place_order(PAIR, "buy", "limit", quantity="1", price="50")
            for name in ("", VENUE):
                kill.on(tmp_path, "runaway", name)
                with pytest.raises(Guarded, match="runaway") as raised:
                    await venue.place_order(PAIR, "buy", "limit", quantity="1", price="50")
                assert raised.value.rule == "killed"
                assert kill.off(tmp_path, name)
            kill.on(tmp_path, "elsewhere", "kraken")
            await venue.place_order(PAIR, "buy", "limit", quantity="1", price="50")
            kill.on(tmp_path, "runaway")
            await venue.cancel_order(PAIR, order_id=order.order_id)
            assert box.count("POST", "order") == 2

    run(story)
    assert not kill.off(tmp_path, VENUE)


def test_the_guard_stands_before_every_door(tmp_path: Path) -> None:
    """Rate and exposure hold for native calls, lists and replacements too; a queue that took too
    long is checked again.
    """

    class Slow:
        """A pacer that lets the kill switch be pulled while something waits."""

        async def ready(self, *_: object) -> None:
            await asyncio.sleep(1)
            kill.on(tmp_path, "meanwhile")

        def heard(self, *_: object) -> None: ...

    async def story(box: Box, wire: MemoryWire) -> None:
        limits = Limits(orders_per_minute=2)
        async with client(box, wire, limits=limits) as venue:
            for _ in range(2):
                await venue.place_order(PAIR, "buy", "limit", quantity="1", price="50")
            native = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"}
            with pytest.raises(Guarded, match="minute"):
                await venue.call("order.place", **native)
            with pytest.raises(Guarded, match="minute"):
                await venue.exchange(NativeCall("order.place", native))
        switch = kill.switch(tmp_path, VENUE)
        async with client(box, wire, kill_switch=switch) as venue:
            venue.door.pacing = Slow()
            with pytest.raises(Guarded, match="meanwhile"):
                await venue.place_order(PAIR, "buy", "limit", quantity="1", price="50")
            assert not venue.under_way
        assert box.count("POST", "order") == 2

    run(story)
