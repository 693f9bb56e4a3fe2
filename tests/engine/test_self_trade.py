"""Self-trade prevention, by the venue's FAQ scenarios (stp_faq.md, read 2026-11-24)."""

import pytest

from tradewind.engine.commands import OpenAccount
from tradewind.engine.events import Expiry, OrderExpired, TradePrevented, Transferred
from tradewind.model import OrderStatus

from .desk import ANNA, BEN, CARL, FOK, STP, Desk


def prevented(desk: Desk) -> list[tuple[int, int]]:
    return [(e.maker_prevented, e.taker_prevented) for e in desk.of(TradePrevented)]


def test_none_lets_an_owner_trade_with_himself() -> None:
    """Scenario A: the orders match and money comes back."""
    desk = Desk()
    desk.buy(ANNA, 1, 100)
    desk.sell(ANNA, 1, 100)
    assert desk.prints == [(100, 1)]
    assert desk.has(ANNA, "CASH") == (100_000, 0)


def test_expire_maker_clears_the_way_and_rests() -> None:
    """Scenario B: three own bids expire, the seller goes to the book."""
    desk = Desk()
    makers = [desk.buy(ANNA, lots, price) for lots, price in ((12, 120), (13, 110), (81, 100))]
    taker = desk.sell(ANNA, 30, 100, self_trade_prevention=STP.EXPIRE_MAKER)
    assert prevented(desk) == [(12, 0), (13, 0), (81, 0)]
    assert [e.prevented_id for e in desk.of(TradePrevented)] == [0, 1, 2]
    assert [m.status for m in makers] == [OrderStatus.PREVENTED] * 3
    assert [m.prevented_quantity for m in makers] == [12, 13, 81]
    assert taker.status is OrderStatus.OPEN
    assert desk.asks() == [(100, 30)]


def test_expire_taker_leaves_the_book_alone() -> None:
    """Scenario C: only the new order ends."""
    desk = Desk()
    desk.buy(ANNA, 12, 120)
    taker = desk.sell(ANNA, 30, 100, self_trade_prevention=STP.EXPIRE_TAKER)
    assert prevented(desk) == [(0, 30)]
    assert (taker.status, taker.prevented_quantity) == (OrderStatus.PREVENTED, 30)
    assert [(e.why, e.status) for e in desk.of(OrderExpired)] == [
        (Expiry.SELF_TRADE, OrderStatus.PREVENTED)
    ]
    assert desk.bids() == [(120, 12)]
    assert desk.has(ANNA, "COIN") == (1_000, 0)


def test_expire_both_ends_both() -> None:
    """Scenario D."""
    desk = Desk()
    maker = desk.buy(ANNA, 1, 100)
    taker = desk.sell(ANNA, 3, 100, self_trade_prevention=STP.EXPIRE_BOTH)
    assert prevented(desk) == [(1, 3)]
    assert maker.status is taker.status is OrderStatus.PREVENTED
    assert desk.bids() == desk.asks() == []


def test_the_takers_mode_decides() -> None:
    """Scenario E: the maker said expire maker, the taker expire taker."""
    desk = Desk()
    maker = desk.buy(ANNA, 1, 100, self_trade_prevention=STP.EXPIRE_MAKER)
    taker = desk.sell(ANNA, 1, 100, self_trade_prevention=STP.EXPIRE_TAKER)
    assert (maker.status, taker.status) == (OrderStatus.OPEN, OrderStatus.PREVENTED)


def test_a_market_order_that_clears_its_own_way_finds_no_liquidity() -> None:
    """Scenario F: the maker is prevented, the market order expires plainly."""
    desk = Desk()
    maker = desk.buy(ANNA, 1, 100)
    taker = desk.sell(ANNA, 1, self_trade_prevention=STP.EXPIRE_MAKER)
    assert maker.status is OrderStatus.PREVENTED
    assert taker.status is OrderStatus.EXPIRED
    assert [e.why for e in desk.of(OrderExpired)] == [Expiry.SELF_TRADE, Expiry.NO_LIQUIDITY]


def test_decrement_takes_the_match_off_both() -> None:
    """Scenario G: two of six lots are prevented, the smaller order ends."""
    desk = Desk()
    maker = desk.buy(ANNA, 6, 200)
    taker = desk.sell(ANNA, 2, 200, self_trade_prevention=STP.DECREMENT)
    assert prevented(desk) == [(2, 2)]
    assert (maker.status, maker.remaining, maker.prevented_quantity) == (OrderStatus.OPEN, 4, 2)
    assert (taker.status, taker.prevented_quantity) == (OrderStatus.PREVENTED, 2)
    assert desk.bids() == [(200, 4)]
    assert desk.has(ANNA, "CASH") == (99_200, 800)


@pytest.fixture
def group() -> Desk:
    """Anna and Ben trade for one firm, Carl does not."""
    desk = Desk()
    for account in (ANNA, BEN):
        desk.do(OpenAccount(account=account, group=4))
    return desk


def test_a_group_counts_as_one_owner(group: Desk) -> None:
    """Anna does not trade with Ben; Carl does."""
    group.buy(ANNA, 1, 100)
    group.sell(BEN, 1, 100, self_trade_prevention=STP.EXPIRE_TAKER)
    assert prevented(group) == [(0, 1)]
    group.sell(CARL, 1, 100, self_trade_prevention=STP.EXPIRE_TAKER)
    assert group.prints == [(100, 1)]


def test_transfer_moves_money_within_the_group_without_a_trade(group: Desk) -> None:
    """Scenario H: both say transfer, so lots and value change hands and no print appears."""
    maker = group.buy(ANNA, 6, 200, self_trade_prevention=STP.TRANSFER)
    taker = group.sell(BEN, 2, 200, self_trade_prevention=STP.TRANSFER)
    assert group.prints == []
    assert [e.mode for e in group.of(TradePrevented)] == [STP.TRANSFER]
    moved = [(e.source, e.target, e.asset, e.amount) for e in group.of(Transferred)]
    assert moved == [(BEN, ANNA, "COIN", 2), (ANNA, BEN, "CASH", 400)]
    assert (maker.remaining, taker.status) == (4, OrderStatus.PREVENTED)
    assert group.has(ANNA, "COIN") == (1_002, 0)
    assert group.has(ANNA, "CASH") == (98_800, 800)
    assert group.has(BEN, "CASH") == (100_400, 0)


def test_transfer_is_decrement_unless_the_maker_says_so_too(group: Desk) -> None:
    """Nothing moves."""
    group.buy(ANNA, 6, 200, self_trade_prevention=STP.DECREMENT)
    group.sell(BEN, 2, 200, self_trade_prevention=STP.TRANSFER)
    assert [e.mode for e in group.of(TradePrevented)] == [STP.DECREMENT]
    assert group.of(Transferred) == []
    assert group.has(BEN, "COIN") == (1_000, 0)


def test_fok_does_not_count_own_orders() -> None:
    """An own order in the way kills it, without a prevented match; expire maker looks past it."""
    desk = Desk()
    own = desk.sell(ANNA, 5, 100)
    desk.sell(BEN, 5, 101)
    desk.buy(ANNA, 5, 101, time_in_force=FOK, self_trade_prevention=STP.EXPIRE_TAKER)
    assert prevented(desk) == []
    assert [e.why for e in desk.of(OrderExpired)] == [Expiry.FOK_UNFILLED]
    desk.buy(ANNA, 5, 101, time_in_force=FOK, self_trade_prevention=STP.EXPIRE_MAKER)
    assert desk.prints == [(101, 5)]
    assert own.status is OrderStatus.PREVENTED
