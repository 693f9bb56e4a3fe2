"""The participants' ladder: the difference between what they wish and what of theirs rests.

They have no memory and pay no fees, and nobody is told of their orders, so their records carry
only what matching reads.
"""

from ..model import OrderType, SelfTradePrevention, Side
from .book import BUY
from .commands import Requote
from .listing import MARKET_ACCOUNT
from .matching import take
from .orders import Order
from .state import Market, State

SELL = Side.SELL


def requote(state: State, market: Market, command: Requote) -> None:
    """Make the participants' resting orders equal to the ladder."""
    if command.next_trade_id:
        market.next_trade_id = command.next_trade_id
    if command.last_price and command.last_price != market.last_price:
        market.last_price = command.last_price
        if market.waiting:
            state.saw_prices = True
            market.seen.append(command.last_price)
    for side, ladder in ((BUY, command.bids), (SELL, command.asks)):
        withdraw(market, side, dict(ladder))
    for side, ladder in ((BUY, command.bids), (SELL, command.asks)):
        quotes = market.quotes[side]
        for price, lots in ladder:
            if price not in quotes and lots > 0:
                quote(state, market, side, price, lots)


def withdraw(market: Market, side: Side, wanted: dict[int, int]) -> None:
    """Take out the quotes that are not wanted as they are."""
    quotes = market.quotes[side]
    stale = [price for price, order in quotes.items() if wanted.get(price) != order.remaining]
    half = market.book.own(side)
    for price in stale:
        half.remove(quotes.pop(price))


def quote(state: State, market: Market, side: Side, price: int, lots: int) -> None:
    """Take what crosses, rest what remains."""
    order = restored_quote(market, state.next_quote_id, side, price, lots)
    state.next_quote_id -= 1
    other = market.book.other(side)
    if other.keys and other.keys[-1] >= other.sign * price:
        take(state, market, order)
    if order.remaining:
        rest_quote(market, order)


def rest_quote(market: Market, order: Order) -> None:
    """Put a quote into the book."""
    order.shown = order.remaining
    market.book.own(order.side).insert(order)
    market.quotes[order.side][order.price] = order


def restored_quote(market: Market, order_id: int, side: Side, price: int, lots: int) -> Order:
    """The record of a quote."""
    order = Order()
    order.order_id = order_id
    order.account = MARKET_ACCOUNT
    order.instrument = market.listing.instrument
    order.side = side
    order.order_type = OrderType.LIMIT
    order.self_trade_prevention = SelfTradePrevention.NONE
    order.display_quantity = 0
    order.list_id = 0
    order.price_low = order.price_high = 0
    order.price = price
    order.quantity = order.remaining = lots
    order.shown = order.filled_quantity = order.prevented_quantity = order.held = 0
    return order
