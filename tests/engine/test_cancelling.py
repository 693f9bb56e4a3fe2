"""Cancels, and cancel-and-replace."""

from tradewind.engine.commands import CancelAll, CancelOnly, CancelOrder, ReplaceOrder
from tradewind.engine.events import OrderCancelled, Refusal, Refused
from tradewind.model import OrderStatus

from .desk import ANNA, BEN, BUY, Desk, X, order


def test_a_cancel_gives_the_money_back_and_leaves_the_book() -> None:
    """Everything it held is free again."""
    desk = Desk()
    bid = desk.buy(ANNA, 5, 100)
    desk.cancel(bid)
    assert bid.status is OrderStatus.CANCELLED
    assert desk.has(ANNA, "CASH") == (100_000, 0)
    assert desk.bids() == []
    assert desk.engine.order(bid.order_id) is None


def test_a_cancels_own_id_replaces_the_orders_and_frees_the_old_one() -> None:
    """The event tells both."""
    desk = Desk()
    bid = desk.buy(ANNA, 5, 100, client_order_id="a")
    desk.cancel(bid, cancel_id="c")
    [event] = desk.of(OrderCancelled)
    assert (event.client_order_id, event.cancel_id) == ("a", "c")
    assert bid.client_order_id == "c"
    desk.buy(ANNA, 5, 100, client_order_id="a")


def test_cancels_that_find_nothing_say_why() -> None:
    """Unknown id, another's order, an id with the wrong name, an unknown place."""
    desk = Desk()
    bid = desk.buy(ANNA, 5, 100, client_order_id="a")
    for command, why in (
        (CancelOrder(account=ANNA, instrument=X, order_id=99), Refusal.UNKNOWN_ORDER),
        (CancelOrder(account=BEN, instrument=X, order_id=bid.order_id), Refusal.UNKNOWN_ORDER),
        (CancelOrder(account=ANNA, instrument=X), Refusal.UNKNOWN_ORDER),
        (
            CancelOrder(account=ANNA, instrument=X, order_id=bid.order_id, client_order_id="b"),
            Refusal.ID_MISMATCH,
        ),
        (CancelOrder(account=ANNA, instrument="?", order_id=1), Refusal.UNKNOWN_INSTRUMENT),
        (CancelOrder(account=77, instrument=X, order_id=1), Refusal.UNKNOWN_ACCOUNT),
    ):
        desk.do(command)
        assert desk.refusal is why
    assert bid.status is OrderStatus.OPEN
    desk.do(CancelOrder(account=ANNA, instrument=X, client_order_id="a"))
    assert bid.status is OrderStatus.CANCELLED


def test_a_cancel_may_be_restricted_to_a_state() -> None:
    """Only new, or only partly filled."""
    desk = Desk()
    bid = desk.buy(ANNA, 5, 100)
    desk.cancel(bid, only=CancelOnly.PARTIALLY_FILLED)
    assert desk.refusal is Refusal.RESTRICTED
    desk.sell(BEN, 1, 100)
    desk.cancel(bid, only=CancelOnly.NEW)
    assert desk.refusal is Refusal.RESTRICTED
    desk.cancel(bid, only=CancelOnly.PARTIALLY_FILLED)
    assert bid.status is OrderStatus.CANCELLED


def test_cancel_all_takes_one_account_only() -> None:
    """In the order they were placed; nothing open is refused."""
    desk = Desk()
    mine = [desk.buy(ANNA, 1, 99), desk.sell(ANNA, 1, 105)]
    desk.buy(BEN, 1, 98)
    desk.do(CancelAll(account=ANNA, instrument=X))
    assert [e.order for e in desk.of(OrderCancelled)] == mine
    assert desk.bids() == [(98, 1)]
    desk.do(CancelAll(account=ANNA))
    assert desk.refusal is Refusal.UNKNOWN_ORDER


def replace(desk: Desk, order_id: int, **more: bool) -> list[Refusal]:
    new = order(ANNA, BUY, 5, 98)
    cancel = CancelOrder(account=ANNA, instrument=X, order_id=order_id)
    desk.do(ReplaceOrder(cancel=cancel, new=new, **more))
    return [e.why for e in desk.events if isinstance(e, Refused)]


def test_a_replacement_uses_the_money_of_what_it_replaces() -> None:
    """Cancelled first, then placed at the end of the queue with a new id."""
    desk = Desk()
    desk.take_away(ANNA, CASH=99_500)
    bid = desk.buy(ANNA, 5, 100)
    assert replace(desk, bid.order_id) == []
    assert bid.status is OrderStatus.CANCELLED
    assert desk.bids() == [(98, 5)]


def test_a_failed_cancel_stops_the_replacement_unless_told_otherwise() -> None:
    """Both refusals are told."""
    desk = Desk()
    assert replace(desk, 99) == [Refusal.UNKNOWN_ORDER, Refusal.NOT_ATTEMPTED]
    assert desk.bids() == []
    assert replace(desk, 99, stop_on_failure=False) == [Refusal.UNKNOWN_ORDER]
    assert desk.bids() == [(98, 5)]


def test_a_replacement_may_be_cancel_only() -> None:
    """The new order is not attempted."""
    desk = Desk()
    ask = desk.sell(ANNA, 5, 100)
    assert replace(desk, ask.order_id, place=False) == [Refusal.NOT_ATTEMPTED]
    assert desk.asks() == []
