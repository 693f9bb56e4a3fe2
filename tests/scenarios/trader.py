"""What a judge must be able to do, in a trader's words. Values cross process borders as JSON:
decimals are text, orders and fills are dictionaries with the names below.

    order   id name side type status quantity filled price average
    fill    id order_id price quantity fee fee_asset maker
    status  open, partly filled, filled, cancelled, expired, rejected
"""

from typing import Any, Protocol

Row = dict[str, Any]


class Refused(Exception):
    """The venue said no: its code, the HTTP status where the judge tells it, its text."""

    def __init__(self, code: str, status: int, text: str) -> None:
        super().__init__(f"{code} ({status}) {text}")
        self.code, self.status, self.text = code, status, text


class Trader(Protocol):
    """One user of a venue, through one piece of software."""

    def instrument(self, instrument: str) -> Row:
        """tick, lot, least, most (quantities), min_notional."""

    def ticker(self, instrument: str) -> Row:
        """last, high, low, bid, ask."""

    def book(self, instrument: str, limit: int) -> Row:
        """bids and asks: lists of [price, quantity], best first."""

    def trades(self, instrument: str, limit: int) -> list[Row]:
        """Public prints, oldest first: id, price, quantity, side, time (ms)."""

    def candles(self, instrument: str, interval: str, limit: int) -> list[list[str]]:
        """[time, open, high, low, close, volume], oldest first."""

    def rehearse(self, order: Row) -> None:
        """Have an order checked without placing it."""

    def place(self, order: Row) -> Row:
        """Place {instrument, side, type, quantity, price, quote, tif, post_only, name}."""

    def cancel(self, instrument: str, order_id: str, name: str) -> Row:
        """Cancel by id or by name."""

    def cancel_all(self, instrument: str) -> None:
        """Cancel everything open on an instrument."""

    def order(self, instrument: str, order_id: str, name: str) -> Row:
        """One order, by id or by name."""

    def open_orders(self, instrument: str) -> list[Row]:
        """What works on an instrument."""

    def orders(self, instrument: str) -> list[Row]:
        """Open and past."""

    def fills(self, instrument: str, order_id: str) -> list[Row]:
        """Own executions, of one order when its id is given."""

    def balances(self) -> dict[str, list[str]]:
        """asset: [available, held]; assets with nothing may be left out."""

    def listen(self, instrument: str, channel: str) -> None:
        """Hear trades, book, best, candles, ticker, mini ticker; waits for a first word."""

    def heard(self, instrument: str, channel: str) -> list[Row]:
        """The newest words of a channel, oldest first: trades as above, books as above (the newest
        state only), best as bid and ask, tickers and candles with the names above.
        """
