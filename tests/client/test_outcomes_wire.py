"""The wire breaks at every point of every order call: the client ends up knowing what happened."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from tests.client.box import (
    Box,
    Cut,
    answered,
    client,
    late,
    lost_after,
    lost_before,
    run,
    silent,
    silent_after,
)

from tradewind.client import Venue
from tradewind.client.door import Door
from tradewind.client.intents import Journal
from tradewind.client.reconcile import Reconciler
from tradewind.model import (
    InvalidInput,
    ListKind,
    NotSent,
    OrderType,
    OutcomeUnknown,
    Side,
    Unreadable,
)
from tradewind.model.commands import PlaceOrder
from tradewind.net.memory import MemoryWire
from tradewind.protocol import outcomes
from tradewind.protocol.outcomes import Act, Fate, Stage, State

Call = Callable[[Venue], Awaitable[Any]]
PAIR = "BTC/USDT"


def find_out(venue: Venue, call: Call) -> Awaitable[State]:
    """Make the call and wait until its outcome is known."""

    async def story() -> State:
        before = set(venue.order_desk.done)
        with suppress(OutcomeUnknown, Unreadable):
            await call(venue)
        names = [*venue.order_desk.states, *(set(venue.order_desk.done) - before)]
        assert len(names) == 1
        return await venue.outcome(names[0])

    return story()


async def compare(venue: Venue, box: Box) -> None:
    """What the client knows is what the exchange has: orders, fills, balances, nothing doubled."""
    await asyncio.sleep(3.0)  # reports under way, fills that are looked for
    box.tick()
    assert len(await venue.fetch_orders(PAIR)) == len(box.placed())
    theirs = {order.order_id: order for order in await venue.fetch_orders(PAIR)}
    account = venue.account
    ours = {key[1]: order for key, order in (*account.orders.items(), *account.ended.items())}
    assert ours.keys() == theirs.keys()
    for order_id, order in ours.items():
        row = theirs[order_id]
        assert order.order_status is row.order_status
        assert (order.quantity, order.filled_quantity) == (row.quantity, row.filled_quantity)
    fills = box.host.history.fills(3, "BTCUSDT", limit=1000)
    told = [(fill.fill_id, fill.order_id) for fill in venue.journal.fills()]
    assert sorted(told) == sorted((str(fill.trade_id), str(fill.order_id)) for fill in fills)
    balances = await venue.fetch_balances()
    assert {a: b for a, b in venue.balances.items() if b.total} == {
        asset: balance for asset, balance in balances.items() if balance.total
    }
    assert not venue.under_way
    assert not venue.account.reserved()


def placing(price: str = "101.5") -> Call:
    return lambda v: v.place_order(PAIR, "buy", "limit", quantity="0.5", price=price)


def ending(venue: Venue) -> Awaitable[Any]:
    (order,) = venue.orders.values()
    return venue.cancel_order(PAIR, order_id=order.order_id)


def lowering(venue: Venue) -> Awaitable[Any]:
    (order,) = venue.orders.values()
    return venue.amend_order(PAIR, "0.3", order_id=order.order_id)


def swapping(venue: Venue) -> Awaitable[Any]:
    (order,) = venue.orders.values()
    new = PlaceOrder(PAIR, Side.BUY, OrderType.LIMIT, Decimal("0.2"), Decimal(51))
    return venue.replace_order(new, order_id=order.order_id)


def listing(venue: Venue) -> Awaitable[Any]:
    limit = PlaceOrder(PAIR, Side.SELL, OrderType.LIMIT, Decimal(1), Decimal(150), post_only=True)
    stop = PlaceOrder(
        PAIR, Side.SELL, OrderType.LIMIT, Decimal(1), Decimal(60), trigger_price=Decimal(60)
    )
    return venue.place_order_list(ListKind.OCO, (limit, stop))


CALLS: dict[str, tuple[Call, tuple[str, str]]] = {
    "place": (placing("50"), ("POST", "order")),
    "place and fill": (placing(), ("POST", "order")),
    "cancel": (ending, ("DELETE", "order")),
    "amend": (lowering, ("PUT", "order/amend/keepPriority")),
    "replace": (swapping, ("POST", "order/cancelReplace")),
    "list": (listing, ("POST", "orderList/oco")),
}
TIMEOUT = b'{"code":-1007,"msg":"Timeout waiting for response from backend server."}'
CUTS: dict[str, tuple[Cut, bool]] = {
    "lost before it arrives": (lost_before, False),
    "arrives never, in silence": (silent, False),
    "answer lost": (lost_after, True),
    "answer never comes": (silent_after, True),
    "arrives late, in time": (late(3.0), True),
    "arrives after the deadline": (late(5.5), False),
    "gateway error after it was done": (answered(502, b"<html>"), True),
    "the venue itself does not know": (answered(504, TIMEOUT), True),
    "an answer that is none": (answered(200, b"{}"), True),
}


@pytest.mark.parametrize("stream", [True, False], ids=["with a stream", "without a stream"])
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("call", CALLS)
def test_every_cut_of_every_call(call: str, cut: str, stream: bool) -> None:
    """The outcome is found out, is right, and nothing was sent twice."""

    async def story(box: Box, wire: MemoryWire) -> None:
        act, place = CALLS[call]
        break_it, happens = CUTS[cut]
        async with client(box, wire, stream=stream) as venue:
            if call in ("cancel", "amend", "replace"):
                await placing("50")(venue)
            before = box.count(*place)
            box.cuts.append((*place, break_it))
            state = await find_out(venue, act)
            assert box.count(*place) == before + 1
            assert state.stage is Stage.RESOLVED
            expected = Fate.HAPPENED if happens else Fate.NEVER
            assert set(state.fates) == {expected}
            await compare(venue, box)

    run(story)


@pytest.mark.parametrize("call", CALLS)
def test_before_a_byte_has_left_nothing_happened(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NotSent at once; no waiting, nothing reserved."""

    async def story(box: Box, wire: MemoryWire) -> None:
        act, place = CALLS[call]
        async with client(box, wire) as venue:
            if call in ("cancel", "amend", "replace"):
                await placing("50")(venue)
            before = box.count(*place)

            def nobody(_: object) -> None:
                raise NotSent("nobody listens")

            with monkeypatch.context() as patch:
                patch.setattr(wire, "find", nobody)
                with pytest.raises(NotSent):
                    await act(venue)
            assert box.count(*place) == before
            assert not venue.unknown
            await compare(venue, box)

    run(story)


def test_the_worst_case_stays_reserved_until_it_is_known() -> None:
    """Exposure counts an unknown order, shows it with its countdown, and lets go afterwards."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire, stream=False) as venue:
            box.cuts.append(("POST", "order", lost_before))
            with pytest.raises(OutcomeUnknown) as raised:
                await placing("50")(venue)
            (row,) = venue.unknown
            assert row.client_order_id == raised.value.client_order_id
            assert row.reserved == 25
            assert venue.order_desk.exposure(PAIR).unknown == 25
            assert row.countdown_ns is not None
            assert 5_000_000_000 < row.countdown_ns <= 6_000_000_000
            await asyncio.sleep(2)
            assert venue.unknown[0].countdown_ns == row.countdown_ns - 2_000_000_000
            with pytest.raises(InvalidInput, match="used before"):
                await venue.place_order(
                    PAIR, "buy", "limit", quantity="0.5", price="50",
                    client_order_id=row.client_order_id,
                )  # fmt: skip
            await venue.outcome(row.client_order_id)
            assert not venue.unknown
            assert venue.order_desk.exposure(PAIR).buying == 0

    run(story)


def test_somebody_cancels_an_order_whose_answer_was_lost() -> None:
    """The venue renames a cancelled order: absence under our id proves nothing, but it is over."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire, stream=False) as venue:
            box.cuts.append(("POST", "order", lost_after))
            with pytest.raises(OutcomeUnknown):
                await placing("50")(venue)
            from tests.venues.binance.host import Trader

            box.tick()
            (row,) = box.placed()
            other = Trader(box.host, box.credential)
            assert (
                other.ask("DELETE", "order", symbol="BTCUSDT", orderId=row.order_id).status == 200
            )
            await asyncio.sleep(60)
            assert venue.unknown == []
            (state,) = venue.order_desk.done.values()
            assert (state.stage, state.fates) == (Stage.RESOLVED, (Fate.OVER,))

    run(story)


def test_we_cancel_an_order_whose_answer_was_lost() -> None:
    """Its new name is ours, so it is found."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire, stream=False) as venue:
            box.cuts.append(("POST", "order", lost_after))
            box.cuts.append(("DELETE", "order", lost_after))
            with pytest.raises(OutcomeUnknown) as raised:
                await placing("50")(venue)
            name = raised.value.client_order_id
            with pytest.raises(OutcomeUnknown) as cancelled:
                await venue.cancel_order(PAIR, client_order_id=name)
            assert (await venue.outcome(name)).fates == (Fate.HAPPENED,)
            assert (await venue.outcome(cancelled.value.client_order_id)).fates == (Fate.HAPPENED,)
            await compare(venue, box)

    run(story)


def test_a_caller_who_gives_up_leaves_an_unknown_outcome() -> None:
    """Cancelling the task is no cancelling of the order."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            task = asyncio.create_task(placing("50")(venue))  # type: ignore[arg-type]  # a coroutine
            await asyncio.sleep(0.003)  # it has left, its answer has not come
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert len(venue.unknown) == 1
            await asyncio.sleep(1)
            assert len(venue.orders) == 1
            await compare(venue, box)

    run(story)


# --- what must not be removed -------------------------------------------------------------------


async def _fills_and_the_answer_is_lost(box: Box, wire: MemoryWire) -> None:
    async with client(box, wire, stream=False) as venue:
        box.cuts.append(("POST", "order", lost_after))
        await find_out(venue, placing())
        await compare(venue, box)
        assert len(box.placed()) == 1


async def _arrives_late_but_in_time(box: Box, wire: MemoryWire) -> None:
    async with client(box, wire, stream=False) as venue:
        box.cuts.append(("POST", "order", late(4.0)))
        await find_out(venue, placing())
        await asyncio.sleep(10)
        await compare(venue, box)


async def _dies_after_sending(box: Box, wire: MemoryWire) -> None:
    journal = Journal(None)
    venue = client(box, wire, journal, stream=False)
    await venue.__aenter__()
    box.cuts.append(("POST", "order", silent_after))
    task = asyncio.create_task(placing("50")(venue))  # type: ignore[arg-type]  # a coroutine
    await asyncio.sleep(0.003)
    image = journal.image()
    task.cancel()
    venue.abandon()
    await asyncio.sleep(0)
    async with client(box, wire, Journal.of_image(image), stream=False) as again:
        assert again.reconciled is not None
        assert not again.reconciled.adopted, "an order of ours that the journal does not know"
        await compare(again, box)


def test_a_resend_after_a_lost_answer_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """With it, an order that fills is there twice."""
    run(_fills_and_the_answer_is_lost)
    send = Door.send

    async def twice(self: Door, *what: Any) -> Any:
        try:
            return await send(self, *what)
        except OutcomeUnknown:
            return await send(self, *what)

    monkeypatch.setattr(Door, "send", twice)
    with pytest.raises(AssertionError):
        run(_fills_and_the_answer_is_lost)


def test_taking_three_times_not_found_for_no_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """With it, an order that arrives late is rejected here and working there."""
    run(_arrives_late_but_in_time)
    learn, misses = outcomes.learn, []

    def guess(state: State, told: Any, *more: Any) -> State:
        misses.append(1)
        if len(misses) < 3 or not all(part.act is Act.NEW for part in state.intent.parts):
            return learn(state, told, *more)
        return outcomes.rejected(state, "not found three times")

    monkeypatch.setattr(outcomes, "learn", guess)
    with pytest.raises(AssertionError):
        run(_arrives_late_but_in_time)


def test_sending_without_a_journal_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """With it, a restarted client meets an order of its own that it knows nothing of."""
    run(_dies_after_sending)
    monkeypatch.setattr(Journal, "append", lambda *_: None)
    with pytest.raises(AssertionError):
        run(_dies_after_sending)


def test_resolving_asks_and_never_sends() -> None:
    """The part that finds out has no way to send an order."""
    assert not any("send" in name or "carry" in name for name in Reconciler.__dict__)


def test_an_answer_to_one_call_tells_of_what_another_waits_for() -> None:
    """A cancel of everything renames the order; its answer is the last that has the old name."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire, stream=False) as venue:
            box.cuts.append(("POST", "order", lost_after))
            with pytest.raises(OutcomeUnknown) as raised:
                await placing("50")(venue)
            (ended,) = await venue.cancel_all_orders(PAIR)
            name = raised.value.client_order_id
            assert ended.client_order_id == name
            assert venue.unknown == []
            assert (await venue.outcome(name)).fates == (Fate.HAPPENED,)
            await compare(venue, box)

    run(story)
