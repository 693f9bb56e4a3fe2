"""The participants' ladder and takers."""

from tradewind.engine.commands import PlaceOrder, Requote
from tradewind.engine.events import Fill, LevelChanged, Trade
from tradewind.engine.listing import MARKET_ACCOUNT
from tradewind.model import Side

from .desk import ANNA, BUY, IOC, LIMIT, SELL, Desk, X, order


def test_a_ladder_becomes_the_book() -> None:
    """Only levels are told."""
    desk = Desk()
    desk.quote({99: 5, 98: 7}, {101: 5})
    assert desk.bids() == [(99, 5), (98, 7)]
    assert desk.asks() == [(101, 5)]
    assert desk.names == ["LevelChanged"] * 3


def test_only_the_difference_is_told() -> None:
    """A level that stays as it is says nothing; the same ladder again says nothing at all."""
    desk = Desk()
    desk.quote({99: 5, 98: 7}, {101: 5})
    desk.quote({99: 5, 98: 8}, {102: 5})
    told = [(e.side, e.price, e.quantity) for e in desk.of(LevelChanged)]
    assert told == [(BUY, 98, 8), (SELL, 101, 0), (SELL, 102, 5)]
    desk.quote({99: 5, 98: 8}, {102: 5})
    assert desk.events == []


def test_a_level_that_stays_keeps_its_place() -> None:
    """An order that came later trades later; after a changed level it trades first."""
    desk = Desk()
    desk.quote({}, {101: 5})
    desk.sell(ANNA, 5, 101)
    desk.quote({}, {101: 5})
    desk.do(taker(BUY, 5))
    assert desk.fills == []
    desk.quote({}, {101: 6})
    desk.do(taker(BUY, 5))
    assert [f.order.account for f in desk.fills] == [ANNA]


def taker(side: Side, lots: int) -> PlaceOrder:
    return order(MARKET_ACCOUNT, side, lots)


def test_a_ladder_that_crosses_an_outsider_trades_with_him() -> None:
    """He is the maker; the rest of the level rests."""
    desk = Desk()
    bid = desk.buy(ANNA, 3, 100)
    desk.quote({}, {100: 5})
    assert desk.prints == [(100, 3)]
    assert [f.order for f in desk.fills] == [bid]
    assert desk.asks() == [(100, 2)]
    assert desk.has(ANNA, "COIN") == (1_003, 0)


def test_participants_among_themselves_only_print() -> None:
    """Their account does not change and nobody else's does."""
    desk = Desk()
    desk.quote({99: 5}, {101: 5})
    before = desk.engine.digest()
    desk.do(taker(SELL, 7))
    assert desk.names == ["Trade", "LevelChanged"]
    assert desk.engine.balances(MARKET_ACCOUNT) == {}
    assert desk.engine.digest() == before


def test_participants_take_and_never_rest() -> None:
    """What an order of theirs does not find is gone; what they rest comes from the ladder."""
    desk = Desk()
    desk.do(
        PlaceOrder(
            account=MARKET_ACCOUNT, instrument=X, side=BUY, order_type=LIMIT, quantity=5, price=90
        )
    )
    assert desk.events == []
    assert desk.bids() == []


def test_participants_use_no_outside_order_id_and_may_owe() -> None:
    """The next outsider's id is the next number."""
    desk = Desk()
    desk.quote({99: 5}, {})
    assert desk.sell(ANNA, 5, 99).order_id == 1
    assert desk.engine.balance(MARKET_ACCOUNT, "CASH") == (-495, 0)
    desk.do(taker(BUY, 1))
    assert desk.sell(ANNA, 5, 99).order_id == 2


def test_trades_name_both_accounts_and_the_takers_order() -> None:
    """So that a venue can tell buyer from seller and aggregate."""
    desk = Desk()
    desk.quote({99: 5}, {})
    taken = desk.sell(ANNA, 2, 99, time_in_force=IOC)
    [trade] = desk.of(Trade)
    assert (trade.maker_account, trade.taker_account) == (MARKET_ACCOUNT, ANNA)
    assert (trade.taker_order_id, trade.aggressor_side) == (taken.order_id, SELL)


def test_trade_ids_can_be_set() -> None:
    """A market that slept goes on with the number its tape has reached."""
    desk = Desk()
    desk.do(Requote(instrument=X, bids=((99, 5),), asks=(), next_trade_id=500))
    desk.sell(ANNA, 1, 99)
    assert desk.of(Fill)[0].trade_id == 500


def test_how_often_they_requote_does_not_show() -> None:
    """The digest covers what outsiders see."""
    one, two = Desk(), Desk()
    for desk in (one, two):
        desk.buy(ANNA, 1, 90)
    one.quote({89: 1}, {95: 1})
    one.quote({88: 1}, {96: 1})
    two.quote({}, {})
    assert one.engine.digest() == two.engine.digest()
    assert one.engine.state() != two.engine.state()
