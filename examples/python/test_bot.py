"""pytest finds the fixture ``exchange`` as soon as tradewind is installed: run `pytest` here."""

import pytest
from bot import Bot


@pytest.fixture
def bot(exchange):
    """Your bot, with the exchange's address and key."""
    return Bot(exchange.rest, exchange.api_key, exchange.api_secret)


def test_buys_the_dip_and_sells_the_recovery(exchange, bot):
    """Two hours of prices: 100, down to 90, up to 110."""
    exchange.path("BTC/USDT", [(0, 100), (3600, 90), (7200, 110)])
    for _ in range(24):
        bot.step()
        exchange.advance(minutes=5)
    buy, sell = exchange.assert_fills(2)
    assert (buy.side, sell.side) == ("buy", "sell")
    assert sell.price > buy.price
    exchange.assert_no_open_orders()
    exchange.assert_nothing_refused()


def test_does_nothing_while_nothing_happens(exchange, bot):
    """A flat market for a day."""
    exchange.path("BTC/USDT", [(0, 100)])
    for _ in range(24):
        bot.step()
        exchange.advance(hours=1)
    exchange.assert_no_orders()


def test_takes_what_there_is(exchange, bot):
    """The book holds less than the bot wants: it keeps what it got, and nothing is left open."""
    exchange.book("BTC/USDT", bids=[(93, 1)], asks=[(94, "0.3")])
    bot.reference = 100
    bot.step()
    exchange.assert_order(side="buy", order_status="expired", filled_quantity="0.3")
    assert bot.bought == 94


def test_an_answer_that_is_lost_is_not_bought_twice(exchange, bot):
    """The order is accepted, its answer never arrives."""
    exchange.book("BTC/USDT", bids=[(93, 1)], asks=[(94, 50)])
    bot.reference = 100
    exchange.fault("drop", operation="order.place", nth=1)
    for _ in range(3):
        bot.step()
    exchange.assert_orders(1, side="buy")
    exchange.assert_requests(1, "/api/v3/order", method="POST")


def test_goes_on_after_maintenance(exchange, bot):
    """Nothing is asked in vain for long, and it acts when the venue is back."""
    exchange.book("BTC/USDT", bids=[(93, 1)], asks=[(94, 50)])
    bot.reference = 100
    exchange.fault("maintenance")
    bot.step()
    exchange.assert_no_orders()
    exchange.clear_faults()
    bot.step()
    exchange.assert_order(side="buy", order_status="filled")


def test_what_if(exchange, bot):
    """From one moment into two futures."""
    exchange.path("BTC/USDT", [(0, 100), (600, 94), (1200, 94), (1800, 110)])
    bot.step()
    exchange.advance(minutes=12)
    bot.step()
    exchange.assert_fills(1, side="buy")
    bought = exchange.snapshot()
    exchange.advance(hours=1)
    bot.step()
    exchange.assert_fills(1, side="sell")
    exchange.restore(bought)
    exchange.assert_fills(0, side="sell")
