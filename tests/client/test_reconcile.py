"""Start, restart and reconnect: live only when reconciled, and nothing is lost or twice."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.client.box import Box, client, lost_after, lost_before, run
from tests.client.test_outcomes_wire import PAIR, compare, placing
from tests.venues.binance.host import MS, Trader

from tradewind.client import Journal, Venue
from tradewind.model import Fill, Guarded, OrderStatus, OutcomeUnknown, Side
from tradewind.net.memory import MemoryWire
from tradewind.net.wire import Answering
from tradewind.protocol.messages import HttpRequest
from tradewind.protocol.outcomes import Fate, Stage


def other(box: Box) -> Trader:
    """Somebody else with the same account, on the web page say."""
    box.tick()
    return Trader(box.host, box.credential)


def take(box: Box, price: str, quantity: str) -> None:
    """Somebody sells into the book."""
    box.tick()
    box.host.take("BTCUSDT", Side.SELL, price, quantity)
    box.flush()


async def heard(venue: Venue, into: list[Fill]) -> None:
    async for fill in venue.stream_fills():
        into.append(fill)


def test_fills_during_a_cut_are_counted_once() -> None:
    """Half before it, half during it, and the queries tell the first half again."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            fills: list[Fill] = []
            ears = asyncio.create_task(heard(venue, fills))
            order = await venue.place_order(PAIR, "buy", "limit", quantity="1", price="100.5")
            take(box, "100.5", "0.25")
            await asyncio.sleep(0.1)
            assert len(fills) == 1
            box.drop_sockets()
            take(box, "100.5", "0.5")
            await asyncio.sleep(0.01)
            assert not venue.is_live
            with pytest.raises(Guarded, match="reconciled"):
                await placing("50")(venue)
            await venue.live()
            assert [fill.quantity for fill in fills] == [Decimal("0.25"), Decimal("0.5")]
            assert venue.account.duplicates >= 1
            assert venue.orders[PAIR, order.order_id].filled_quantity == Decimal("0.75")
            assert venue.reconciler.reconnects == 1
            await compare(venue, box)
            ears.cancel()

    run(story)


def test_cancels_go_out_while_it_is_not_live() -> None:
    """What ends orders is never held back."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            order = await venue.place_order(PAIR, "buy", "limit", quantity="1", price="50")
            box.drop_sockets()
            await asyncio.sleep(0.01)
            assert not venue.is_live
            ended = await venue.cancel_order(PAIR, order_id=order.order_id)
            assert ended.order_status is OrderStatus.CANCELLED
            await venue.live()
            await compare(venue, box)

    run(story)


def test_orders_that_ended_during_a_cut_are_known_to_have() -> None:
    """Cancelled by somebody else meanwhile."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            order = await venue.place_order(PAIR, "buy", "limit", quantity="1", price="50")
            box.drop_sockets()
            assert other(box).ask("DELETE", "order", symbol="BTCUSDT", orderId=order.order_id)
            await asyncio.sleep(0.01)
            await venue.live()
            assert not venue.orders
            known = venue.account.order(PAIR, order.order_id)
            assert known is not None
            assert known.order_status is OrderStatus.CANCELLED

    run(story)


def test_a_restart_goes_on_where_the_last_process_died(tmp_path: Path) -> None:
    """Open order, unknown order, fills before and after: all of it is right again."""

    async def story(box: Box, wire: MemoryWire) -> None:
        journal = Journal.in_folder(tmp_path / "j", "a")
        venue = client(box, wire, journal)
        await venue.__aenter__()
        await venue.place_order(PAIR, "buy", "limit", quantity="1", price="100.5")
        take(box, "100.5", "0.25")
        await asyncio.sleep(0.2)
        box.cuts.append(("POST", "order", lost_after))
        box.drop_sockets()
        await venue.live()
        with pytest.raises((OutcomeUnknown, Guarded)):
            await placing("50")(venue)
        venue.abandon()
        await asyncio.sleep(0)
        take(box, "100.5", "0.5")

        async with client(box, wire, Journal.in_folder(tmp_path / "j", "a")) as again:
            assert again.reconciled is not None
            assert again.reconciled.fills == 1
            assert not again.reconciled.adopted
            for row in again.unknown:
                assert (await again.outcome(row.client_order_id)).stage is Stage.RESOLVED
            assert len(again.orders) == len(await again.fetch_open_orders())
            assert len(again.journal.fills()) == 2
            await compare(again, box)

    run(story)


def test_with_the_journal_lost_its_orders_are_adopted(tmp_path: Path) -> None:
    """By the identity in their ids, and it is said; an order of somebody else stays a stranger."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire, Journal.in_folder(tmp_path / "j", "a")) as venue:
            mine = await venue.place_order(PAIR, "buy", "limit", quantity="1", price="50")
        other(box).order("BUY", quantity="1", price="49")
        for file in (tmp_path / "j").glob("*.sqlite*"):
            file.unlink()
        async with client(box, wire, Journal.in_folder(tmp_path / "j", "a")) as again:
            told = again.reconciled
            assert told is not None
            assert told.journal_lost
            assert [order.order_id for order in told.adopted] == [mine.order_id]
            assert len(told.strangers) == 1
            assert len(again.orders) == 2
            new = await again.place_order(PAIR, "buy", "limit", quantity="1", price="48")
            assert new.client_order_id[:12] != mine.client_order_id[:12]

    run(story)


def test_a_stream_that_answers_pings_and_says_nothing_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An order that was answered and is never told of."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            frozen = list(box.open)
            flush = box.flush

            def muted() -> None:
                for session in box.host.exchange.dirty():
                    connection = box.open.get(id(session))
                    if connection is not None and id(session) not in frozen:
                        connection.flush()

            box.flush = muted  # type: ignore[method-assign]  # the old connection says nothing
            await placing()(venue)
            await asyncio.sleep(8)
            assert venue.reconciler.reconnects == 1
            assert venue.is_live
            await compare(venue, box)
            box.flush = flush  # type: ignore[method-assign]  # as before

    run(story)


def test_what_a_stream_has_left_out_is_found() -> None:
    """The reports of a fill are lost, everything after them comes: nothing but asking tells."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            fills: list[Fill] = []
            ears = asyncio.create_task(heard(venue, fills))
            order = await venue.place_order(PAIR, "buy", "limit", quantity="1", price="100.5")
            await asyncio.sleep(1)
            box.tick()
            box.host.take("BTCUSDT", Side.SELL, "100.5", "1")
            for session in box.host.exchange.dirty():
                assert session.take()  # and nobody gets it
            await placing("50")(venue)
            await asyncio.sleep(20)
            assert (PAIR, order.order_id) in venue.orders
            assert not fills
            await asyncio.sleep(14)
            assert (PAIR, order.order_id) not in venue.orders
            assert [fill.quantity for fill in fills] == [Decimal("1")]
            assert venue.reconciler.reconnects == 0
            await compare(venue, box)
            ears.cancel()

    run(story)


def test_a_clock_that_is_wrong_is_corrected() -> None:
    """The venue is 3 s behind: orders are signed with its time, and so they are fresh."""

    async def story(box: Box, wire: MemoryWire) -> None:
        behind = 3_000 * MS
        tick = box.tick

        def slow() -> None:
            tick()
            box.host.venue_time -= behind
            box.host.wall_time -= behind

        box.tick = slow  # type: ignore[method-assign]  # its clock is another
        async with client(box, wire) as venue:
            assert (await placing("50")(venue)).order_status is OrderStatus.OPEN
            error = venue.clock.error_ns
            assert error is not None
            assert error < 5 * MS

    run(story)


def test_a_clock_that_jumps_costs_one_order() -> None:
    """After the refusal the clock is read again, and the next order is fresh."""

    async def story(box: Box, wire: MemoryWire) -> None:
        jump = 0
        tick = box.tick

        def jumped() -> None:
            tick()
            box.host.venue_time += jump
            box.host.wall_time += jump

        box.tick = jumped  # type: ignore[method-assign]  # its clock is set by somebody
        async with client(box, wire) as venue:
            jump = 3_600_000 * MS
            with pytest.raises(Exception, match="-1021"):
                await placing("50")(venue)
            await asyncio.sleep(0.1)
            assert (await placing("50")(venue)).order_status is OrderStatus.OPEN

    run(story)


@pytest.mark.parametrize("over", ["rest", "websocket"])
def test_orders_go_over_either_door(over: str) -> None:
    """One setting; the same calls and the same answers."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire, orders_over=over) as venue:
            order = await venue.place_order(PAIR, "buy", "limit", quantity="1", price="50")
            lower = await venue.amend_order(PAIR, "0.5", order_id=order.order_id)
            assert lower.quantity == Decimal("0.5")
            ended = await venue.cancel_order(PAIR, client_order_id=order.client_order_id)
            assert ended.order_status is OrderStatus.CANCELLED
            await placing()(venue)
            await compare(venue, box)
            rest = sum(method in ("POST", "PUT", "DELETE") for method, _, _ in box.asked)
            assert rest == (4 if over == "rest" else 0)

    run(story)


def test_a_socket_that_breaks_under_an_order_leaves_it_unknown_until_it_is_known() -> None:
    """Over the WebSocket API: cut after it was sent."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire, orders_over="websocket") as venue:
            task = asyncio.create_task(placing("50")(venue))  # type: ignore[arg-type]  # a coroutine
            await asyncio.sleep(0.003)
            box.drop_sockets()
            with pytest.raises(OutcomeUnknown) as raised:
                await task
            state = await venue.outcome(raised.value.client_order_id)
            assert state.fates == (Fate.HAPPENED,)
            await venue.live()
            await compare(venue, box)

    run(story)


def test_the_streams_of_the_account_tell_everything(tmp_path: Path) -> None:
    """Orders, fills and balances, each change once and in order."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            told: list[Any] = []

            async def listen(stream: Any) -> None:
                async for each in stream:
                    told.append(each)

            streams = (venue.stream_orders(), venue.stream_fills(), venue.stream_balances())
            ears = [asyncio.create_task(listen(stream)) for stream in streams]
            await asyncio.sleep(0)
            await placing()(venue)
            await asyncio.sleep(0.1)
            kinds = [type(each).__name__ for each in told]
            assert kinds.count("Fill") == 1
            assert kinds.count("Order") == len({repr(o) for o in told if hasattr(o, "side")}) - 1
            assert kinds.count("Balance") == 2
            for ear in ears:
                ear.cancel()

    run(story)


def test_orders_of_an_earlier_run_are_no_lookalikes() -> None:
    """The same order, cancelled a second ago by the process that died: it is accounted for."""

    async def story(box: Box, wire: MemoryWire) -> None:
        journal = Journal(None)
        venue = client(box, wire, journal)
        await venue.__aenter__()
        order = await placing("50")(venue)
        await venue.cancel_order(PAIR, order_id=order.order_id)
        await asyncio.sleep(0.1)
        image = journal.image()
        venue.abandon()
        await asyncio.sleep(0)
        async with client(box, wire, Journal.of_image(image)) as again:
            box.cuts.append(("POST", "order", lost_before))
            with pytest.raises(OutcomeUnknown) as raised:
                await placing("50")(again)
            state = await again.outcome(raised.value.client_order_id)
            assert state.fates == (Fate.NEVER,)
            assert len(box.placed()) == 1

    run(story)


def test_a_cancel_that_was_kept_explains_the_order_that_was_not() -> None:
    """The order is found under its cancel's id although its own row was still waiting."""

    async def story(box: Box, wire: MemoryWire) -> None:
        journal = Journal(None)
        venue = client(box, wire, journal)
        await venue.__aenter__()
        order = await placing("50")(venue)
        await asyncio.sleep(0.1)
        journal._execute("UPDATE intents SET stage = 'journaled'")
        journal._execute("DELETE FROM orders")
        await venue.cancel_order(PAIR, order_id=order.order_id)
        image = journal.image()
        venue.abandon()
        await asyncio.sleep(0)
        async with client(box, wire, Journal.of_image(image)) as again:
            for row in again.unknown:
                assert (await again.outcome(row.client_order_id)).fates == (Fate.HAPPENED,)
            assert not again.orders

    run(story)


def test_the_days_end_of_a_connection_is_passed_without_a_gap() -> None:
    """The next one is open before the old one ends; it is live all the time."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            first = venue.door.line
            for _ in range(23 * 60 + 2):
                await asyncio.sleep(60)
                assert venue.is_live
            assert venue.door.line is not first
            assert len(box.open) == 1
            assert venue.reconciler.reconnects == 0
            await placing()(venue)
            await compare(venue, box)

    run(story)


def test_a_balance_told_meanwhile_is_not_undone_by_an_older_answer() -> None:
    """Balances are asked for, an order holds some of them, then the answer comes."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:

            def slow(box: Box, request: HttpRequest, answer: Answering) -> None:
                asyncio.get_running_loop().call_later(2, answer, box.do(request))

            box.cuts.append(("GET", "account", slow))
            async with asyncio.timeout(60):
                while box.cuts:
                    await asyncio.sleep(0.1)
            await placing("50")(venue)
            await asyncio.sleep(0.1)
            held = venue.balances["USDT"].held
            assert held
            await asyncio.sleep(5)
            assert venue.balances["USDT"].held == held

    run(story)


def test_a_full_disk_ends_no_search_for_an_outcome(tmp_path: Path) -> None:
    """While nothing can be written nothing is known for sure; then it is asked again."""

    async def story(box: Box, wire: MemoryWire) -> None:
        journal = Journal.in_folder(tmp_path / "j", "a")
        async with client(box, wire, journal, stream=False) as venue:
            box.cuts.append(("POST", "order", lost_before))
            with pytest.raises(OutcomeUnknown) as raised:
                await placing("50")(venue)
            journal._execute("PRAGMA query_only=1")
            await asyncio.sleep(20)
            assert venue.unknown
            journal._execute("PRAGMA query_only=0")
            async with asyncio.timeout(120):
                state = await venue.outcome(raised.value.client_order_id)
            assert state.fates == (Fate.NEVER,)

    run(story)


def test_a_stream_that_cannot_be_taken_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something in a report breaks us: nobody reads on, so the connection counts as lost."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            order = await venue.place_order(PAIR, "buy", "limit", quantity="1", price="100.5")
            await asyncio.sleep(1)
            with monkeypatch.context() as patched:
                patched.setattr(venue.account, "absorb", lambda _: 1 // 0)
                take(box, "100.5", "0.5")
                await asyncio.sleep(0.1)
            assert not venue.is_live
            await venue.live()
            assert venue.reconciler.reconnects == 1
            assert venue.orders[PAIR, order.order_id].filled_quantity == Decimal("0.5")
            await compare(venue, box)

    run(story)
