"""Stops, take-profits, trails and pegs (trailing-stop-faq.md, pegged_orders.md, 2026-11-24)."""

import pytest

from tradewind.engine.commands import Peg, PegTo, Trigger, TriggerWhen
from tradewind.engine.events import Expiry, OrderExpired, OrderTriggered, Refusal
from tradewind.engine.orders import Order
from tradewind.model import OrderStatus, Side

from .desk import ANNA, BEN, BUY, CARL, FOK, IOC, SELL, Desk

NOTHING: dict[int, int] = {}
UP, DOWN = TriggerWhen.AT_OR_ABOVE, TriggerWhen.AT_OR_BELOW


def test_a_stop_waits_unseen_and_holds_its_money() -> None:
    """It is PENDING, not in the book."""
    desk = Desk()
    desk.trade_at(100)
    stop = desk.sell(ANNA, 5, 90, trigger=Trigger(DOWN, 95))
    assert stop.status is OrderStatus.PENDING
    assert desk.asks() == []
    assert desk.has(ANNA, "COIN") == (995, 5)


def test_a_stop_goes_off_at_its_price_not_before() -> None:
    """One tick above nothing happens; at the price the limit order goes to the book."""
    desk = Desk()
    desk.trade_at(100)
    stop = desk.sell(ANNA, 5, 96, trigger=Trigger(DOWN, 95))
    desk.trade_at(96)
    assert stop.status is OrderStatus.PENDING
    desk.trade_at(95)
    assert [e.order for e in desk.of(OrderTriggered)] == [stop]
    assert stop.status is OrderStatus.OPEN
    assert desk.asks() == [(96, 5)]


def test_a_stop_market_order_trades_at_once() -> None:
    """It takes what the book has when it goes off."""
    desk = Desk()
    desk.trade_at(100)
    stop = desk.sell(ANNA, 5, trigger=Trigger(DOWN, 95))
    desk.buy(BEN, 9, 94)
    desk.trade_at(95)
    assert (stop.status, stop.filled_value) == (OrderStatus.FILLED, 5 * 94)
    assert desk.has(ANNA, "CASH") == (100_470, 0)


def test_a_stop_on_the_wrong_side_is_refused() -> None:
    """It would go off at once; before any trade nothing is known and it is taken."""
    desk = Desk()
    desk.sell(ANNA, 1, 90, trigger=Trigger(DOWN, 95))
    desk.trade_at(96)
    desk.try_(ANNA, SELL, 5, 90, trigger=Trigger(DOWN, 96))
    assert desk.refusal is Refusal.WOULD_TRIGGER
    desk.try_(ANNA, BUY, 5, 90, trigger=Trigger(UP, 96))
    assert desk.refusal is Refusal.WOULD_TRIGGER


def test_stops_go_off_in_the_order_they_came_and_set_each_other_off() -> None:
    """The first one's trade is the second one's trigger."""
    desk = Desk()
    desk.trade_at(100)
    second = desk.sell(ANNA, 1, trigger=Trigger(DOWN, 93))
    first = desk.sell(ANNA, 1, trigger=Trigger(DOWN, 95))
    desk.buy(BEN, 1, 93)
    desk.buy(BEN, 1, 92)
    desk.trade_at(95)
    assert [e.order for e in desk.of(OrderTriggered)] == [first, second]
    assert (first.filled_value, second.filled_value) == (93, 92)


def test_a_stop_buy_without_the_money_ends_when_it_goes_off() -> None:
    """It held its worth at the trigger; the book asks more than there is."""
    desk = Desk()
    desk.trade_at(100)
    desk.take_away(ANNA, CASH=100_000 - 105)
    stop = desk.buy(ANNA, 1, trigger=Trigger(UP, 105))
    assert desk.has(ANNA, "CASH") == (0, 105)
    desk.sell(BEN, 1, 106)
    desk.quote(NOTHING, NOTHING, last_price=105)
    assert [e.why for e in desk.of(OrderExpired)] == [Expiry.REFUSED_AT_TRIGGER]
    assert stop.status is OrderStatus.EXPIRED
    assert desk.has(ANNA, "CASH") == (105, 0)


def test_a_price_that_is_told_triggers_like_a_trade() -> None:
    """After a jump of the clock the market's price is told, not traded."""
    desk = Desk()
    desk.trade_at(100)
    stop = desk.sell(ANNA, 5, 96, trigger=Trigger(DOWN, 95))
    desk.quote(NOTHING, NOTHING, last_price=94)
    assert stop.status is OrderStatus.OPEN


@pytest.mark.parametrize(
    ("side", "when", "start", "trail", "path", "fires_at"),
    [
        # the FAQ's scenarios A to E, prices in hundreds (D in units to keep its half)
        (BUY, UP, 44_000, 500, (37_000, 44_000, 46_000, 42_000, 44_099), 44_100),
        (SELL, DOWN, 39_000, 1_000, (41_500, 39_000, 37_000, 41_000, 36_901), 36_900),
        (BUY, DOWN, 38_000, 850, (42_000, 38_000, 37_000, 39_000, 38_000, 40_144), 40_145),
        (SELL, UP, 42_000, 750, (41_500, 39_000, 42_000, 45_000, 44_000, 46_500, 43_013), 43_012),
        (SELL, DOWN, 0, 700, (40_000, 42_000, 39_500, 45_500, 42_316), 42_315),
    ],
)
def test_trails_follow_the_faq(
    side: Side, when: TriggerWhen, start: int, trail: int, path: tuple[int, ...], fires_at: int
) -> None:
    """Until the last price but one nothing happens, at the last the order goes off."""
    desk = Desk()
    desk.fund(ANNA, CASH=10**9)
    desk.fund(BEN, CASH=10**9)
    desk.fund(CARL, CASH=10**9)
    desk.trade_at(40_000)
    limit = 60_000 if side is SELL else 1_000
    order = desk.place(ANNA, side, 1, limit, trigger=Trigger(when, start, trail))
    for price in path:
        desk.trade_at(price)
        assert order.status is OrderStatus.PENDING, price
    desk.trade_at(fires_at)
    assert order.status is OrderStatus.OPEN


def test_a_trail_tells_when_it_started_and_its_extreme() -> None:
    """Zero until active."""
    desk = Desk()
    desk.trade_at(100)
    order = desk.sell(ANNA, 1, 50, trigger=Trigger(UP, 105, 1_000))
    assert (order.trail_started, order.trail_extreme) == (0, 0)
    desk.trade_at(106)
    assert (order.trail_started, order.trail_extreme) == (desk.now, 106)


def test_a_triggered_ioc_or_fok_keeps_its_nature() -> None:
    """Nothing of it rests."""
    desk = Desk()
    desk.trade_at(100)
    ioc = desk.sell(ANNA, 5, 95, trigger=Trigger(DOWN, 95), time_in_force=IOC)
    fok = desk.sell(ANNA, 5, 95, trigger=Trigger(DOWN, 95), time_in_force=FOK)
    desk.trade_at(95)
    assert [(e.order, e.why) for e in desk.of(OrderExpired)] == [
        (ioc, Expiry.IOC_REST),
        (fok, Expiry.FOK_UNFILLED),
    ]


def pegged(desk: Desk, side: Side, to: PegTo, offset: int = 0) -> Order:
    return desk.place(ANNA, side, 1, peg=Peg(to, offset))


def test_a_peg_takes_its_price_from_the_book() -> None:
    """Primary is the own side's best, market the other side's; offsets count levels away."""
    desk = Desk()
    for price in (99, 97):
        desk.buy(BEN, 1, price)
    for price in (101, 104):
        desk.sell(CARL, 1, price)
    assert pegged(desk, BUY, PegTo.PRIMARY).price == 99
    assert pegged(desk, BUY, PegTo.PRIMARY, 1).price == 97
    assert pegged(desk, SELL, PegTo.PRIMARY, 1).price == 104
    assert pegged(desk, BUY, PegTo.MARKET).price == 101
    assert desk.prints == [(101, 1)]


def test_a_peg_needs_the_level_it_names() -> None:
    """Too few levels: refused."""
    desk = Desk()
    desk.buy(BEN, 1, 99)
    desk.try_(ANNA, BUY, 1, peg=Peg(PegTo.PRIMARY, 1))
    assert desk.refusal is Refusal.NO_LIQUIDITY_FOR_PEG


def test_a_pegged_stop_looks_at_the_book_when_it_goes_off() -> None:
    """Not when it was placed."""
    desk = Desk()
    desk.trade_at(100)
    order = desk.buy(ANNA, 1, peg=Peg(PegTo.PRIMARY), trigger=Trigger(UP, 103))
    desk.buy(BEN, 1, 98)
    desk.trade_at(103)
    assert (order.price, order.status) == (98, OrderStatus.OPEN)
    assert desk.has(ANNA, "CASH") == (100_000 - 98, 98)
