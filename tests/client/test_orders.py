"""What the client says of orders: where they are, and what became of several ended together."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.client.box import Box, Cut, answered, client, late, lost_after, lost_before, run
from tests.client.test_outcomes_wire import PAIR, compare, find_out, listing
from tests.client.test_reconcile import other, take

from tradewind.client import Journal, Venue
from tradewind.guard import Limits
from tradewind.model import (
    ListKind,
    NotSent,
    Order,
    OrderStatus,
    OrderType,
    Outcome,
    OutcomeUnknown,
    PartlyRejected,
    Side,
    Unreadable,
)
from tradewind.model.commands import PlaceOrder
from tradewind.net.memory import MemoryWire
from tradewind.net.wire import Answering
from tradewind.protocol.messages import HttpRequest
from tradewind.protocol.outcomes import Fate, State

PENDING, OPEN = OrderStatus.PENDING, OrderStatus.OPEN


async def gather(feed: AsyncIterator[Order], into: list[Order]) -> None:
    async for order in feed:
        into.append(order)


def stop(venue: Venue, **more: Any) -> Any:
    """Sells 0.5 at 95 once somebody has traded at 99."""
    return venue.place_order(
        PAIR, "sell", "limit", quantity="0.5", price="105", trigger_price="99", **more
    )


# --- an order that waits for its trigger --------------------------------------------------------


def test_an_untriggered_stop_is_pending_whoever_tells_it() -> None:
    """The answer, a question, the list of open orders, the stream, an amend, and a later client."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            told: list[Order] = []
            ears = asyncio.create_task(gather(venue.stream_orders(), told))
            await asyncio.sleep(0)
            order = await stop(venue)
            assert order.order_status is PENDING
            asked = await venue.fetch_order(PAIR, order_id=order.order_id)
            (listed,) = await venue.fetch_open_orders(PAIR)
            assert (asked.order_status, listed.order_status) == (PENDING, PENDING)
            less = await venue.amend_order(PAIR, "0.4", order_id=order.order_id)
            assert less.order_status is PENDING
            await asyncio.sleep(1)
            assert {each.order_status for each in told} == {PENDING}
            await compare(venue, box)
            ears.cancel()
        for stream in (True, False):
            async with client(box, wire, stream=stream) as later:
                (found,) = later.orders.values()
                assert (found.order_status, found.quantity) == (PENDING, Decimal("0.4"))

    run(story)


def test_a_stop_that_is_triggered_is_open_on_the_stream_and_asked_again() -> None:
    """Somebody trades at its price: from then on it rests in the book."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            order = await stop(venue)
            take(box, "99", "1.5")
            await asyncio.sleep(1)
            assert venue.orders[PAIR, order.order_id].order_status is OPEN
            asked = await venue.fetch_order(PAIR, order_id=order.order_id)
            assert asked.order_status is OPEN
            assert (
                await venue.amend_order(PAIR, "0.4", order_id=order.order_id)
            ).order_status is OPEN
            await compare(venue, box)

    run(story)


def test_of_a_list_what_waits_is_pending() -> None:
    """The stop of a pair, and what comes after the first order."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            near = PlaceOrder(
                PAIR, Side.SELL, OrderType.LIMIT, Decimal(1), Decimal(150), post_only=True
            )
            away = PlaceOrder(
                PAIR, Side.SELL, OrderType.LIMIT, Decimal(1), Decimal(60), trigger_price=Decimal(60)
            )
            pair = await venue.place_order_list(ListKind.OCO, (near, away))
            shown = {order.trigger_price is None: order.order_status for order in pair.orders}
            assert shown == {True: OPEN, False: PENDING}
            first = PlaceOrder(PAIR, Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(50))
            chain = await venue.place_order_list(ListKind.OTO, (first, near))
            shown = {order.side is Side.BUY: order.order_status for order in chain.orders}
            assert shown == {True: OPEN, False: PENDING}
            await compare(venue, box)

    run(story)


# --- several ended by one call, under its own name or the venue's -------------------------------


def everything(venue: Venue) -> Any:
    return venue.cancel_all_orders(PAIR)


def natively(venue: Venue) -> Any:
    return venue.call("openOrders.cancelAll", symbol="BTCUSDT")


async def two_orders(venue: Venue) -> tuple[Order, Order]:
    """One that somebody will fill, and one that rests."""
    near = await venue.place_order(PAIR, "buy", "limit", quantity="0.5", price="100.5")
    far = await venue.place_order(PAIR, "buy", "limit", quantity="0.5", price="50")
    return near, far


def fates(state: State) -> dict[str, Fate]:
    return {part.order_id: fate for part, fate in zip(state.intent.parts, state.fates, strict=True)}


@pytest.mark.parametrize("call", [everything, natively])
@pytest.mark.parametrize("cut", [Box.answer, lost_after, late(1.0), lost_before])
def test_of_orders_ended_together_each_has_its_own_fate(call: Any, cut: Cut) -> None:
    """One of them fills while the request is on its way: it was never cancelled."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            near, far = await two_orders(venue)

            def meanwhile(box: Box, request: HttpRequest, answer: Answering) -> None:
                take(box, "100.5", "0.5")
                cut(box, request, answer)

            box.cuts.append(("DELETE", "openOrders", meanwhile))
            state = await find_out(venue, call)
            gone = Fate.NEVER if cut is lost_before else Fate.HAPPENED
            assert fates(state) == {near.order_id: Fate.NEVER, far.order_id: gone}
            await compare(venue, box)

    run(story)


def test_an_answer_to_ending_everything_that_cannot_be_read_decides_nothing() -> None:
    """Each order is asked about instead."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire, stream=False) as venue:
            _, far = await two_orders(venue)
            box.cuts.append(("DELETE", "openOrders", answered(200, b'{"fine":true}')))
            assert await natively(venue) == {"fine": True}
            assert len(venue.unknown) == 1
            state = await venue.outcome(venue.unknown[0].client_order_id)
            assert fates(state)[far.order_id] is Fate.HAPPENED
            await compare(venue, box)

    run(story)


def test_ending_a_list_natively_is_about_its_orders_only() -> None:
    """An order beside it was not meant, and is not told as ended."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            beside = await venue.place_order(PAIR, "buy", "limit", quantity="0.5", price="50")
            listed = await listing(venue)
            state = await find_out(
                venue,
                lambda v: v.call("orderList.cancel", symbol="BTCUSDT", orderListId=listed.list_id),
            )
            assert fates(state) == dict.fromkeys(listed.order_ids, Fate.HAPPENED)
            assert set(venue.orders) == {(PAIR, beside.order_id)}
            await compare(venue, box)

    run(story)


def test_of_a_native_replacement_that_half_failed_each_half_is_known() -> None:
    """The old order is gone, the new one was refused: that is not one answer."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            _, far = await two_orders(venue)
            words = {
                "symbol": "BTCUSDT",
                "side": "BUY",
                "type": "LIMIT",
                "timeInForce": "GTC",
                "quantity": "900",
                "price": "200",
                "cancelReplaceMode": "ALLOW_FAILURE",
                "cancelOrderId": far.order_id,
            }
            with pytest.raises(PartlyRejected, match="-2021") as raised:
                await venue.call("order.cancelReplace", **words)
            assert raised.value.outcomes == (None, Outcome.REJECTED)
            (state,) = [s for s in venue.order_desk.done.values() if len(s.fates) == 2]
            assert state.fates == (Fate.HAPPENED, Fate.NEVER)
            await compare(venue, box)

    run(story)


def test_a_word_that_is_not_known_is_unreadable_and_the_outcome_open() -> None:
    """A side that nobody has heard of: found out by asking, not by guessing."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire, stream=False) as venue:
            body = """{"symbol":"BTCUSDT","orderId":1,"orderListId":-1,"clientOrderId":"x",
                "transactTime":1,"price":"50","origQty":"1","executedQty":"0",
                "origQuoteOrderQty":"0","cummulativeQuoteQty":"0","status":"NEW",
                "timeInForce":"GTC","type":"LIMIT","side":"SIDEWAYS","workingTime":1,
                "selfTradePreventionMode":"NONE"}"""
            box.cuts.append(("POST", "order", answered(200, body.encode())))
            with pytest.raises(Unreadable, match="SIDEWAYS"):
                await venue.place_order(PAIR, "buy", "limit", quantity="0.5", price="50")
            (name,) = (row.client_order_id for row in venue.unknown)
            assert (await venue.outcome(name)).fates == (Fate.HAPPENED,)

    run(story)


def test_an_order_is_changed_once_at_a_time_though_a_book_is_waited_for() -> None:
    """Both wait for the same book; the second is refused, not sent beside the first."""

    async def story(box: Box, wire: MemoryWire) -> None:
        limits = Limits(book_required=True, book_age_ms_max=1000)
        async with client(box, wire, limits=limits) as venue:
            order = await venue.place_order(PAIR, "buy", "limit", quantity="0.5", price="50")
            await asyncio.sleep(5)  # by now the book is too old
            asked = (venue.amend_order(PAIR, q, order_id=order.order_id) for q in ("0.4", "0.3"))
            first, second = await asyncio.gather(*asked, return_exceptions=True)
            assert isinstance(first, Order)
            assert isinstance(second, NotSent)
            assert (
                await venue.fetch_order(PAIR, order_id=order.order_id)
            ).quantity == first.quantity

    run(story)


# --- somebody else's hand, and a journal that is lost -------------------------------------------


@pytest.mark.parametrize(("cut", "fate"), [(lost_after, Fate.HAPPENED), (lost_before, Fate.NEVER)])
def test_a_change_that_another_one_hides_is_found_in_the_list_of_changes(
    cut: Cut, fate: Fate
) -> None:
    """Ours to 0.4, whose answer is lost; then somebody's to 0.3."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire, stream=False) as venue:
            _, far = await two_orders(venue)
            box.cuts.append(("PUT", "order/amend/keepPriority", cut))
            with pytest.raises(OutcomeUnknown) as raised:
                await venue.amend_order(PAIR, "0.4", order_id=far.order_id)
            words = {"symbol": "BTCUSDT", "orderId": far.order_id, "newQty": "0.3"}
            assert other(box).ask("PUT", "order/amend/keepPriority", **words).status == 200
            state = await venue.outcome(raised.value.client_order_id)
            assert state.fates == (fate,)
            changes = await venue.fetch_amendments(PAIR, far.order_id)
            told = [(str(each.previous_quantity), str(each.quantity)) for each in changes]
            first = [("0.50000000", "0.40000000"), ("0.40000000", "0.30000000")]
            assert told == (first if fate is Fate.HAPPENED else [("0.50000000", "0.30000000")])

    run(story)


def lose(folder: Path) -> None:
    """The journal is gone; the identities beside it are not."""
    for file in folder.iterdir():
        if file.suffix != ".ids":
            file.unlink()


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_orders_of_a_lost_journal_do_not_stand_in_the_way_of_a_proof(
    when: str, tmp_path: Path
) -> None:
    """One that ended before the new journal began, and one that arrived late, look like ours."""

    async def story(box: Box, wire: MemoryWire) -> None:
        folder = tmp_path / "j"
        async with client(box, wire, Journal.in_folder(folder, "a"), stream=False) as venue:
            if when == "before":
                order = await venue.place_order(PAIR, "buy", "limit", quantity="0.5", price="50")
                await other_cancels(box, order)
            else:
                box.cuts.append(("POST", "order", late(1.0)))
                with pytest.raises(OutcomeUnknown):
                    await venue.place_order(
                        PAIR, "buy", "limit", quantity="0.3", price="50", time_in_force="ioc"
                    )
        lose(folder)
        async with client(box, wire, Journal.in_folder(folder, "a"), stream=False) as again:
            assert again.journal.lost
            box.cuts.append(("POST", "order", lost_before))
            with pytest.raises(OutcomeUnknown) as raised:
                await again.place_order(PAIR, "buy", "limit", quantity="0.5", price="50")
            async with asyncio.timeout(60):
                state = await again.outcome(raised.value.client_order_id)
            assert state.fates == (Fate.NEVER,)
            assert len(box.placed()) == 1

    run(story)


async def other_cancels(box: Box, order: Order) -> None:
    words = {"symbol": "BTCUSDT", "orderId": order.order_id}
    assert other(box).ask("DELETE", "order", **words).status == 200
