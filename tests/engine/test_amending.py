"""Lowering a quantity without losing the place (order_amend_keep_priority.md, 2026-11-24)."""

from tradewind.engine.commands import Contingency, Trigger, TriggerWhen
from tradewind.engine.events import ListChanged, OrderAmended, Refusal
from tradewind.model import Liquidity

from .desk import ANNA, BEN, BUY, CARL, SELL, Desk, order


def test_a_lowered_order_keeps_its_place_and_frees_money() -> None:
    """The FAQ's example: still second in the queue."""
    desk = Desk()
    first = desk.buy(BEN, 1, 87)
    mine = desk.buy(ANNA, 55, 87)
    behind = desk.buy(BEN, 40, 87)
    desk.amend(mine, 50)
    [event] = desk.of(OrderAmended)
    assert (event.previous_quantity, event.quantity) == (55, 50)
    assert desk.has(ANNA, "CASH") == (100_000 - 50 * 87, 50 * 87)
    desk.sell(CARL, 52, 87)
    makers = [f.order for f in desk.fills if f.liquidity is Liquidity.MAKER]
    assert makers == [first, mine, behind]


def test_only_down_and_not_below_what_has_traded() -> None:
    """Equal, higher, and what is already filled are refused."""
    desk = Desk()
    mine = desk.buy(ANNA, 5, 87)
    desk.sell(BEN, 2, 87)
    for quantity, why in (
        (5, Refusal.NO_CHANGE),
        (6, Refusal.NOT_LOWER),
        (2, Refusal.INVALID),
        (0, Refusal.INVALID),
    ):
        desk.amend(mine, quantity)
        assert desk.refusal is why
    desk.amend(mine, 3)
    assert desk.bids() == [(87, 1)]


def test_an_amendment_may_rename() -> None:
    """The old name is free, a name in use is refused."""
    desk = Desk()
    mine = desk.buy(ANNA, 5, 87, client_order_id="a")
    desk.buy(ANNA, 5, 86, client_order_id="b")
    desk.amend(mine, 4, new_client_order_id="b")
    assert desk.refusal is Refusal.DUPLICATE_CLIENT_ORDER_ID
    desk.amend(mine, 4, new_client_order_id="c")
    assert desk.of(OrderAmended)[0].previous_client_order_id == "a"
    desk.buy(ANNA, 5, 86, client_order_id="a")


def test_an_iceberg_shows_less_only_when_less_remains() -> None:
    """Down to five of ten it still shows four; down to two it shows two."""
    desk = Desk()
    mine = desk.sell(ANNA, 10, 100, display_quantity=4)
    desk.amend(mine, 5)
    assert desk.asks() == [(100, 4)]
    desk.amend(mine, 2)
    assert desk.asks() == [(100, 2)]


def test_a_pair_is_lowered_together() -> None:
    """Only one of them can trade, so both have one quantity; a new name is told by the list."""
    desk = Desk()
    desk.trade_at(100)
    stop, profit = desk.list_(
        Contingency.ONE_CANCELS_OTHER,
        order(ANNA, SELL, 5, 94, trigger=Trigger(TriggerWhen.AT_OR_BELOW, 95)),
        order(ANNA, SELL, 5, 105),
    )
    desk.amend(profit, 3, new_client_order_id="p")
    assert (stop.quantity, profit.quantity) == (3, 3)
    assert desk.has(ANNA, "COIN") == (997, 3)
    assert [e.updated_only for e in desk.of(ListChanged)] == [True]


def test_proceeds_cannot_be_lowered_before_they_are_known() -> None:
    """The second order has no quantity yet."""
    desk = Desk()
    _, then = desk.list_(
        Contingency.ONE_TRIGGERS_OTHER,
        order(ANNA, BUY, 5, 99),
        order(ANNA, SELL, 0, 110),
        proceeds=True,
    )
    desk.amend(then, 1)
    assert desk.refusal is Refusal.NOT_AMENDABLE
