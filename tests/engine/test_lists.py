"""OCO, OTO, OTOCO, OPO (venue docs on order lists, opo.md, read 2026-11-24)."""

import pytest

from tradewind.engine.commands import (
    CancelList,
    Contingency,
    OpenAccount,
    PlaceList,
    Trigger,
    TriggerWhen,
)
from tradewind.engine.events import (
    Expiry,
    ListChanged,
    ListStatus,
    OrderCancelled,
    OrderExpired,
    OrderReleased,
    Refusal,
)
from tradewind.engine.listing import FeeRates
from tradewind.engine.orders import Order
from tradewind.model import OrderStatus

from .desk import ANNA, BEN, BUY, CARL, IOC, SELL, Desk, X, order

UP, DOWN = TriggerWhen.AT_OR_ABOVE, TriggerWhen.AT_OR_BELOW
OCO, OTO = Contingency.ONE_CANCELS_OTHER, Contingency.ONE_TRIGGERS_OTHER
PENDING, OPEN = OrderStatus.PENDING, OrderStatus.OPEN


@pytest.fixture
def desk() -> Desk:
    """The last price is 100."""
    desk = Desk()
    desk.trade_at(100)
    return desk


def bracket(desk: Desk) -> tuple[Order, Order]:
    """Anna sells five: a stop at 95, a profit at 105."""
    stop, profit = desk.list_(
        OCO,
        order(ANNA, SELL, 5, 94, trigger=Trigger(DOWN, 95)),
        order(ANNA, SELL, 5, 105, post_only=True),
    )
    return stop, profit


def statuses(desk: Desk) -> list[ListStatus]:
    return [e.status for e in desk.of(ListChanged)]


def test_a_pair_holds_only_once(desk: Desk) -> None:
    """Only one of the two can ever sell."""
    stop, profit = bracket(desk)
    assert (stop.order_id, profit.order_id) == (3, 4)
    assert statuses(desk) == [ListStatus.EXECUTING]
    assert desk.has(ANNA, "COIN") == (995, 5)
    assert desk.asks() == [(105, 5)]


def test_a_buying_pair_holds_for_the_dearer_leg(desk: Desk) -> None:
    """The stop's limit of 107 is what may be needed."""
    desk.list_(
        OCO,
        order(ANNA, BUY, 5, 95, post_only=True),
        order(ANNA, BUY, 5, 107, trigger=Trigger(UP, 105)),
    )
    assert desk.has(ANNA, "CASH") == (100_000 - 535, 535)


def test_the_first_fill_ends_the_other_leg(desk: Desk) -> None:
    """Also a partial one; the list is done when the rest has traded too."""
    stop, profit = bracket(desk)
    desk.buy(BEN, 2, 105)
    assert [(e.order, e.why) for e in desk.of(OrderExpired)] == [(stop, Expiry.OTHER_LEG)]
    assert desk.names.index("OrderExpired") < desk.names.index("Fill")
    assert statuses(desk) == [ListStatus.EXECUTING]
    assert desk.has(ANNA, "COIN") == (995, 3)
    desk.buy(BEN, 3, 105)
    assert profit.status is OrderStatus.FILLED
    assert statuses(desk) == [ListStatus.DONE]
    assert desk.engine.list_(profit.list_id) is None


def test_a_triggered_leg_ends_the_other(desk: Desk) -> None:
    """The stop goes off, the profit leg leaves the book."""
    stop, profit = bracket(desk)
    desk.trade_at(95)
    assert (stop.status, profit.status) == (OPEN, OrderStatus.EXPIRED)
    assert desk.asks() == [(94, 5)]
    assert desk.has(ANNA, "COIN") == (995, 5)


def test_cancelling_one_leg_cancels_the_list(desk: Desk) -> None:
    """Both are cancelled and carry the cancel's id."""
    stop, profit = bracket(desk)
    desk.cancel(profit, cancel_id="c")
    assert [e.order for e in desk.of(OrderCancelled)] == [stop, profit]
    assert statuses(desk) == [ListStatus.DONE]
    assert desk.has(ANNA, "COIN") == (1_000, 0)


@pytest.mark.parametrize(("profit", "stop"), [(100, 95), (105, 100), (94, 106), (99, 95)])
def test_a_pair_must_lie_on_both_sides_of_the_price(desk: Desk, profit: int, stop: int) -> None:
    """A seller's profit above the last price, the stop below it."""
    when = DOWN if stop <= 100 else UP
    desk.do(
        PlaceList(
            account=ANNA,
            instrument=X,
            contingency=OCO,
            orders=(
                order(ANNA, SELL, 5, 90, trigger=Trigger(when, stop)),
                order(ANNA, SELL, 5, profit),
            ),
        )
    )
    assert desk.refusal is Refusal.BAD_PRICES
    assert desk.engine.open_orders(ANNA) == []


def test_a_pair_must_be_one_side_and_one_quantity(desk: Desk) -> None:
    """Anything else is no pair."""
    for other in (order(ANNA, SELL, 4, 105), order(ANNA, BUY, 5, 90)):
        desk.do(
            PlaceList(
                account=ANNA,
                instrument=X,
                contingency=OCO,
                orders=(order(ANNA, SELL, 5, 94, trigger=Trigger(DOWN, 95)), other),
            )
        )
        assert desk.refusal is Refusal.INVALID


def test_the_second_order_waits_for_the_whole_first(desk: Desk) -> None:
    """A partial fill is not enough; both hold from the beginning."""
    first, then = desk.list_(OTO, order(ANNA, BUY, 5, 99), order(ANNA, SELL, 3, 110))
    assert (first.status, then.status) == (OPEN, PENDING)
    assert desk.engine.awaits_list(then)
    assert desk.has(ANNA, "CASH") == (100_000 - 495, 495)
    assert desk.has(ANNA, "COIN") == (997, 3)
    desk.sell(BEN, 4, 99)
    assert then.status is PENDING
    desk.sell(BEN, 1, 99)
    assert [e.order for e in desk.of(OrderReleased)] == [then]
    assert then.status is OPEN
    assert desk.asks() == [(110, 3)]


def test_the_second_order_ends_when_the_first_does(desk: Desk) -> None:
    """The first was IOC and found nothing."""
    _, then = desk.list_(OTO, order(ANNA, BUY, 5, 99, time_in_force=IOC), order(ANNA, SELL, 3, 110))
    assert [e.why for e in desk.of(OrderExpired)] == [
        Expiry.IOC_REST,
        Expiry.FIRST_LEG_EXPIRED,
    ]
    assert then.status is OrderStatus.EXPIRED
    assert statuses(desk) == [ListStatus.EXECUTING, ListStatus.DONE]


def test_a_first_order_that_fills_at_once_releases_the_second(desk: Desk) -> None:
    """The list is told before, the release after the fill."""
    desk.sell(BEN, 5, 101)
    _, then = desk.list_(OTO, order(ANNA, BUY, 5, 101), order(ANNA, SELL, 5, 110))
    assert desk.names.index("ListChanged") < desk.names.index("Fill")
    assert desk.names.index("Trade") < desk.names.index("OrderReleased")
    assert then.status is OPEN


def test_after_the_first_a_pair_works(desk: Desk) -> None:
    """OTOCO: profit in the book, stop waiting; the stop goes off, the profit ends."""
    _, stop, profit = desk.list_(
        OTO,
        order(ANNA, BUY, 5, 99),
        order(ANNA, SELL, 5, 94, trigger=Trigger(DOWN, 95)),
        order(ANNA, SELL, 5, 105),
    )
    assert desk.has(ANNA, "COIN") == (995, 5)
    desk.sell(BEN, 5, 99)
    assert (stop.status, profit.status) == (PENDING, OPEN)
    assert not desk.engine.awaits_list(stop)
    desk.trade_at(95)
    assert (stop.status, profit.status) == (OPEN, OrderStatus.EXPIRED)


def test_a_stop_released_beyond_its_price_ends(desk: Desk) -> None:
    """It would go off at once (guessed: refused then, as when placed)."""
    desk.list_(OTO, order(ANNA, BUY, 5, 99), order(ANNA, SELL, 5, 94, trigger=Trigger(DOWN, 99)))
    desk.sell(BEN, 5, 99)
    assert [e.why for e in desk.of(OrderExpired)] == [Expiry.REFUSED_AT_TRIGGER]


def test_proceeds_are_locked_and_then_sold(desk: Desk) -> None:
    """Only the first order's money is needed; what it buys is locked, then offered."""
    desk.take_away(ANNA, COIN=1_000)
    _, then = desk.list_(OTO, order(ANNA, BUY, 5, 99), order(ANNA, SELL, 0, 110), proceeds=True)
    assert then.quantity == 0
    desk.sell(BEN, 2, 99)
    assert desk.has(ANNA, "COIN") == (0, 2)
    desk.sell(BEN, 3, 99)
    assert (then.quantity, then.status) == (5, OPEN)
    assert desk.asks() == [(110, 5)]


@pytest.mark.parametrize(("free", "sells"), [(0, 99), (1, 100)])
def test_the_fee_comes_from_free_coins_when_there_are_enough(
    desk: Desk, free: int, sells: int
) -> None:
    """1 % of 100 coins: with one free coin the whole hundred is sold on."""
    desk.do(OpenAccount(account=ANNA, fees=FeeRates(maker=1_000_000)))
    desk.take_away(ANNA, COIN=1_000 - free)
    _, then = desk.list_(OTO, order(ANNA, BUY, 100, 99), order(ANNA, SELL, 0, 110), proceeds=True)
    desk.sell(BEN, 100, 99)
    assert then.quantity == sells
    assert desk.has(ANNA, "COIN") == (0, sells)


def test_cancelling_a_proceeds_list_frees_what_was_locked(desk: Desk) -> None:
    """Two of five bought, then cancelled by the list's id."""
    first, then = desk.list_(OTO, order(ANNA, BUY, 5, 99), order(ANNA, SELL, 0, 110), proceeds=True)
    desk.sell(BEN, 2, 99)
    desk.do(CancelList(account=ANNA, instrument=X, list_id=first.list_id))
    assert then.status is OrderStatus.CANCELLED
    assert desk.has(ANNA, "COIN") == (1_002, 0)


def test_lists_are_found_by_their_ids_only_by_their_owner(desk: Desk) -> None:
    """Unknown, somebody else's, and an id that does not fit the name."""
    desk.list_(
        OCO,
        order(ANNA, SELL, 5, 94, trigger=Trigger(DOWN, 95)),
        order(ANNA, SELL, 5, 105),
        client_list_id="pair",
    )
    for command, why in (
        (CancelList(account=ANNA, instrument=X, list_id=9), Refusal.UNKNOWN_LIST),
        (CancelList(account=CARL, instrument=X, list_id=1), Refusal.UNKNOWN_LIST),
        (
            CancelList(account=ANNA, instrument=X, list_id=1, client_list_id="no"),
            Refusal.ID_MISMATCH,
        ),
    ):
        desk.do(command)
        assert desk.refusal is why
    desk.do(CancelList(account=ANNA, instrument=X, client_list_id="pair"))
    assert len(desk.of(OrderCancelled)) == 2


def test_a_list_is_accepted_whole_or_not_at_all(desk: Desk) -> None:
    """Money for the first order alone is not enough."""
    desk.take_away(ANNA, COIN=998)
    desk.do(
        PlaceList(
            account=ANNA,
            instrument=X,
            contingency=OTO,
            orders=(order(ANNA, BUY, 5, 99), order(ANNA, SELL, 3, 110)),
        )
    )
    assert desk.refusal is Refusal.INSUFFICIENT_BALANCE
    assert desk.engine.open_orders(ANNA) == []
    assert desk.has(ANNA, "CASH") == (100_000, 0)
