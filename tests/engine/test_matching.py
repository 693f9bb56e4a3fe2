"""What happens when orders meet, in a trader's words."""

import pytest

from tradewind.engine.commands import OpenAccount, SetFees
from tradewind.engine.events import (
    BalanceChanged,
    Expiry,
    LevelChanged,
    OrderExpired,
    OrderRested,
    Refusal,
)
from tradewind.engine.listing import FEE_ACCOUNT, FeeRates, Listing
from tradewind.model import Liquidity, OrderStatus

from .desk import ANNA, BEN, BUY, CARL, FOK, IOC, SELL, Desk, X


def test_a_buy_that_reaches_an_ask_trades_at_the_ask() -> None:
    """The maker's price counts; what the taker saves is free again."""
    desk = Desk()
    ask = desk.sell(ANNA, 5, 100)
    bid = desk.buy(BEN, 5, 103)
    assert desk.prints == [(100, 5)]
    assert (ask.status, bid.status) == (OrderStatus.FILLED, OrderStatus.FILLED)
    assert desk.has(BEN, "CASH") == (99_500, 0)
    assert desk.has(BEN, "COIN") == (1_005, 0)
    assert desk.has(ANNA, "CASH") == (100_500, 0)
    assert desk.has(ANNA, "COIN") == (995, 0)


def test_events_come_in_the_order_things_happen() -> None:
    """Acceptance, maker's fill, taker's fill, print, what rests, balances, levels."""
    desk = Desk()
    desk.sell(ANNA, 2, 100)
    desk.buy(BEN, 5, 100)
    assert desk.names == [
        "OrderAccepted",
        "Fill",
        "Fill",
        "Trade",
        "OrderRested",
        "BalanceChanged",
        "BalanceChanged",
        "BalanceChanged",
        "BalanceChanged",
        "LevelChanged",
        "LevelChanged",
    ]
    maker, taker = desk.fills
    assert (maker.liquidity, taker.liquidity) == (Liquidity.MAKER, Liquidity.TAKER)
    assert maker.trade_id == taker.trade_id == 1
    assert (taker.filled_quantity, taker.status) == (2, OrderStatus.PARTIALLY_FILLED)
    told = [(e.account, e.asset, e.available, e.held) for e in desk.of(BalanceChanged)]
    assert told == [
        (ANNA, "CASH", 100_200, 0),
        (ANNA, "COIN", 998, 0),
        (BEN, "CASH", 99_500, 300),
        (BEN, "COIN", 1_002, 0),
    ]
    levels = [(e.side, e.price, e.quantity) for e in desk.of(LevelChanged)]
    assert levels == [(BUY, 100, 3), (SELL, 100, 0)]


def test_price_then_time() -> None:
    """The better price trades first, at one price the older order."""
    desk = Desk()
    late = desk.sell(ANNA, 1, 101)
    first = desk.sell(BEN, 1, 100)
    second = desk.sell(ANNA, 1, 100)
    desk.buy(CARL, 3, 101)
    makers = [f.order for f in desk.fills if f.liquidity is Liquidity.MAKER]
    assert makers == [first, second, late]


def test_a_limit_never_trades_beyond_its_price() -> None:
    """What is not reached rests at the limit."""
    desk = Desk()
    desk.sell(ANNA, 1, 100)
    desk.sell(ANNA, 1, 102)
    desk.buy(BEN, 5, 101)
    assert desk.prints == [(100, 1)]
    assert [(e.price, e.quantity) for e in desk.of(OrderRested)] == [(101, 4)]
    assert desk.bids() == [(101, 4)]
    assert desk.asks() == [(102, 1)]


def test_order_and_trade_ids_count_by_one() -> None:
    """Refused orders use no id."""
    desk = Desk()
    assert desk.sell(ANNA, 2, 100).order_id == 1
    desk.try_(BEN, BUY, 10**9, 100)
    assert desk.refusal is Refusal.INSUFFICIENT_BALANCE
    assert desk.buy(BEN, 1, 100).order_id == 2
    desk.buy(BEN, 1, 100)
    assert desk.fills[0].trade_id == 2
    assert desk.engine.next_trade_id(X) == 3


def test_an_order_needs_its_money() -> None:
    """A buy holds price times quantity, a sell its lots; one unit less is refused."""
    desk = Desk()
    desk.take_away(BEN, CASH=99_501)
    desk.try_(BEN, BUY, 5, 100)
    assert desk.refusal is Refusal.INSUFFICIENT_BALANCE
    desk.fund(BEN, CASH=1)
    desk.buy(BEN, 5, 100)
    assert desk.has(BEN, "CASH") == (0, 500)
    desk.try_(ANNA, SELL, 1_001, 100)
    assert desk.refusal is Refusal.INSUFFICIENT_BALANCE
    desk.sell(ANNA, 1_000, 101)
    assert desk.has(ANNA, "COIN") == (0, 1_000)


def test_a_hold_rounds_up_and_a_fill_rounds_down() -> None:
    """With a value of a third of a unit the seller gets less than the buyer held, and no more."""
    desk = Desk(Listing(X, "COIN", "CASH", 1, 1, 3))
    desk.buy(BEN, 1, 100)
    assert desk.has(BEN, "CASH") == (99_966, 34)
    desk.sell(ANNA, 1, 100)
    assert desk.fills[0].value == 33
    assert desk.has(BEN, "CASH") == (99_967, 0)
    assert desk.has(ANNA, "CASH") == (100_033, 0)


def test_an_order_worth_nothing_is_refused() -> None:
    """Price times quantity must be at least one unit."""
    desk = Desk(Listing(X, "COIN", "CASH", 1, 1, 300))
    desk.try_(BEN, BUY, 2, 100)
    assert desk.refusal is Refusal.NO_VALUE


def test_ioc_takes_what_is_there_and_ends() -> None:
    """Nothing of it rests."""
    desk = Desk()
    desk.sell(ANNA, 2, 100)
    bid = desk.buy(BEN, 5, 100, time_in_force=IOC)
    assert desk.prints == [(100, 2)]
    assert [e.why for e in desk.of(OrderExpired)] == [Expiry.IOC_REST]
    assert bid.status is OrderStatus.EXPIRED
    assert desk.has(BEN, "CASH") == (99_800, 0)
    assert desk.bids() == []


def test_fok_is_all_or_nothing() -> None:
    """One lot short: no fill at all. Enough: everything."""
    desk = Desk()
    desk.sell(ANNA, 2, 100)
    desk.sell(ANNA, 2, 101)
    desk.buy(BEN, 5, 101, time_in_force=FOK)
    assert desk.prints == []
    assert [e.why for e in desk.of(OrderExpired)] == [Expiry.FOK_UNFILLED]
    assert desk.asks() == [(100, 2), (101, 2)]
    desk.buy(BEN, 4, 101, time_in_force=FOK)
    assert desk.prints == [(100, 2), (101, 2)]


def test_fok_counts_the_hidden_part_of_an_iceberg() -> None:
    """What an iceberg hides can be traded at once."""
    desk = Desk()
    desk.sell(ANNA, 10, 100, display_quantity=1)
    desk.buy(BEN, 10, 100, time_in_force=FOK)
    assert sum(lots for _, lots in desk.prints) == 10


def test_post_only_never_takes() -> None:
    """At the other side's price it is refused, one tick away it rests."""
    desk = Desk()
    desk.sell(ANNA, 1, 100)
    desk.try_(BEN, BUY, 1, 100, post_only=True)
    assert desk.refusal is Refusal.WOULD_TAKE
    desk.buy(BEN, 1, 99, post_only=True)
    assert desk.bids() == [(99, 1)]


def test_a_market_order_walks_the_book_and_ends() -> None:
    """It takes all levels it needs; what the book cannot give expires."""
    desk = Desk()
    desk.sell(ANNA, 2, 100)
    desk.sell(ANNA, 2, 105)
    desk.buy(BEN, 3)
    assert desk.prints == [(100, 2), (105, 1)]
    order = desk.buy(BEN, 3)
    assert desk.prints == [(105, 1)]
    assert [e.why for e in desk.of(OrderExpired)] == [Expiry.NO_LIQUIDITY]
    assert (order.status, order.filled_quantity) == (OrderStatus.EXPIRED, 1)


def test_a_market_order_into_an_empty_book_expires() -> None:
    """It is accepted, it cannot trade, it holds nothing."""
    desk = Desk()
    desk.sell(ANNA, 3)
    assert desk.names == ["OrderAccepted", "OrderExpired"]
    assert desk.has(ANNA, "COIN") == (1_000, 0)


def test_a_market_buy_needs_what_the_book_will_cost() -> None:
    """One unit less than the walk costs is refused before anything trades."""
    desk = Desk()
    desk.sell(ANNA, 2, 100)
    desk.sell(ANNA, 2, 105)
    desk.take_away(BEN, CASH=100_000 - 304)
    desk.try_(BEN, BUY, 3)
    assert desk.refusal is Refusal.INSUFFICIENT_BALANCE
    desk.fund(BEN, CASH=1)
    desk.buy(BEN, 3)
    assert desk.has(BEN, "CASH") == (0, 0)


def test_a_market_buy_by_value_spends_at_most_that() -> None:
    """Whole lots only; the rest of the money stays."""
    desk = Desk()
    desk.sell(ANNA, 2, 100)
    desk.sell(ANNA, 9, 110)
    order = desk.buy(BEN, 0, quote_quantity=450)
    assert desk.prints == [(100, 2), (110, 2)]
    assert (order.quantity, order.status) == (4, OrderStatus.FILLED)
    assert desk.has(BEN, "CASH") == (100_000 - 420, 0)


def test_a_market_sell_by_value_receives_at_most_that() -> None:
    """As many lots as reach the amount without passing it."""
    desk = Desk()
    desk.buy(ANNA, 5, 100)
    order = desk.sell(BEN, 0, quote_quantity=399)
    assert (order.filled_quantity, order.filled_value) == (3, 300)


def test_a_market_order_by_value_ends_when_the_book_does() -> None:
    """It has traded all there was and money is left, so it did not fill."""
    desk = Desk()
    desk.sell(ANNA, 2, 100)
    order = desk.buy(BEN, 0, quote_quantity=1_000)
    assert order.status is OrderStatus.EXPIRED
    assert [f.status for f in desk.fills][-1] is OrderStatus.PARTIALLY_FILLED
    assert [e.why for e in desk.of(OrderExpired)] == [Expiry.NO_LIQUIDITY]


def test_derived_lots_keep_the_market_step_and_minimum() -> None:
    """Lots come in the step; fewer than the minimum is refused."""
    desk = Desk(Listing(X, "COIN", "CASH", 1, 1, market_lot=5, market_min=10))
    desk.sell(ANNA, 100, 100)
    assert desk.buy(BEN, 0, quote_quantity=1_999).filled_quantity == 15
    desk.try_(BEN, BUY, 0, quote_quantity=999)
    assert desk.refusal is Refusal.BELOW_MARKET_MIN


def test_an_instrument_can_have_rates_of_its_own() -> None:
    """By part and by side; the discount is on the first rates only. The example of
    commission_faq.md, 2026-07-21, in cents: 0.49975 sold for 35,000, one TOKEN costs 260.
    """
    desk = Desk()
    desk.fund(BEN, COIN=200_000, TOKEN=10_000)
    desk.fund(ANNA, CASH=10_000_000)
    own = SetFees(
        account=BEN,
        instrument=X,
        fees=FeeRates(10, 20, 30, 40),
        special=FeeRates(1_000_000, 2_000_000, 3_000_000, 4_000_000),
        tax=FeeRates(112, 114, 118, 116),
    )
    desk.do(own)
    assert (desk.engine.rates(BEN, X), desk.engine.rates(ANNA, X).fees) == (own, FeeRates())
    desk.buy(ANNA, 99_950, 35)
    desk.sell(BEN, 49_975, 35)
    assert (desk.fills[1].fee, desk.fills[1].fee_asset) == (104_952, "CASH")  # 1,049.5257...
    desk.do(OpenAccount(account=BEN, fee_asset="TOKEN", fee_discount=25_000_000))
    desk.sell(BEN, 49_975, 35, fee_price=100_000_000 // 260)
    assert (desk.fills[1].fee, desk.fills[1].fee_asset) == (403, "TOKEN")  # 4.0366...
    assert desk.fills[0].fee == 0
    assert (desk.has(FEE_ACCOUNT, "CASH"), desk.has(FEE_ACCOUNT, "TOKEN")) == (
        (104_952, 0),
        (403, 0),
    )


@pytest.mark.parametrize(
    ("account", "instrument", "fees", "tax", "why"),
    [
        (BEN, X, FeeRates(maker=-1), FeeRates(), Refusal.INVALID),
        (BEN, X, FeeRates(maker=60_000_000), FeeRates(buyer=40_000_001), Refusal.INVALID),
        (BEN, "NOTHING", FeeRates(), FeeRates(), Refusal.UNKNOWN_INSTRUMENT),
        (99, X, FeeRates(), FeeRates(), Refusal.UNKNOWN_ACCOUNT),
        (FEE_ACCOUNT, X, FeeRates(), FeeRates(), Refusal.UNKNOWN_ACCOUNT),
        (BEN, X, FeeRates(maker=60_000_000), FeeRates(taker=60_000_000), None),
    ],
)
def test_rates_are_payable(
    account: int, instrument: str, fees: FeeRates, tax: FeeRates, why: Refusal | None
) -> None:
    """No fill brings a fee or costs more than it brings; who and what must exist."""
    desk = Desk()
    desk.do(SetFees(account=account, instrument=instrument, fees=fees, tax=tax))
    assert desk.refusal is why


def test_a_market_order_by_value_needs_a_book() -> None:
    """How much it is would be nowhere to be read."""
    desk = Desk()
    desk.buy(ANNA, 5, 100)
    desk.try_(BEN, BUY, 0, quote_quantity=1_000)
    assert desk.refusal is Refusal.EMPTY_BOOK


def test_fees_are_taken_from_what_is_received_rounded_down() -> None:
    """The buyer pays in coins, the seller in cash; maker and taker pay their own rate."""
    desk = Desk()
    desk.do(OpenAccount(account=ANNA, fees=FeeRates(maker=1_000_000, taker=0)))  # 1 %
    desk.do(OpenAccount(account=BEN, fees=FeeRates(maker=0, taker=2_000_000)))  # 2 %
    desk.sell(ANNA, 99, 101)
    desk.buy(BEN, 99, 101)
    maker, taker = desk.fills
    assert (maker.fee, maker.fee_asset) == (99, "CASH")  # 99.99
    assert (taker.fee, taker.fee_asset) == (1, "COIN")  # 1.98
    assert desk.has(FEE_ACCOUNT, "CASH") == (99, 0)
    assert desk.has(FEE_ACCOUNT, "COIN") == (1, 0)
    assert desk.has(BEN, "COIN") == (1_098, 0)


@pytest.mark.parametrize(("tokens", "fee", "asset"), [(15, 15, "TOKEN"), (14, 100, "CASH")])
def test_fees_in_another_asset_only_when_it_pays_the_whole(
    tokens: int, fee: int, asset: str
) -> None:
    """1 % of 10,000 at 0.2 a token, less a quarter, is 15 tokens; with 14 cash pays it in full."""
    desk = Desk()
    rates = FeeRates(maker=1_000_000, taker=1_000_000)
    desk.do(OpenAccount(account=ANNA, fees=rates, fee_asset="TOKEN", fee_discount=25_000_000))
    desk.fund(ANNA, TOKEN=tokens)
    desk.buy(BEN, 100, 100)
    desk.sell(ANNA, 100, 100, fee_price=20_000_000)
    taker = desk.fills[1]
    assert (taker.fee, taker.fee_asset) == (fee, asset)


def test_an_order_stops_at_the_edge_of_its_range() -> None:
    """The edge itself may trade; a price beyond it ends the rest."""
    desk = Desk()
    for price in (100, 101, 102):
        desk.sell(ANNA, 1, price)
    desk.buy(BEN, 5, 102, price_high=101)
    assert desk.prints == [(100, 1), (101, 1)]
    assert [e.why for e in desk.of(OrderExpired)] == [Expiry.PRICE_RANGE]
    desk.buy(BEN, 1, 102, price_low=103)
    assert [e.why for e in desk.of(OrderExpired)] == [Expiry.PRICE_RANGE]


def test_an_iceberg_gives_way_after_each_part() -> None:
    """Its next part queues behind an order that came later."""
    desk = Desk()
    iceberg = desk.sell(ANNA, 6, 100, display_quantity=2)
    other = desk.sell(BEN, 2, 100)
    assert desk.asks() == [(100, 4)]
    desk.buy(CARL, 5, 100)
    makers = [(f.order, f.quantity) for f in desk.fills if f.liquidity is Liquidity.MAKER]
    assert makers == [(iceberg, 2), (other, 2), (iceberg, 1)]
    assert desk.asks() == [(100, 1)]
    assert iceberg.remaining == 3
