"""A quote on both sides of the market, as a Strategy: the same file runs on the box and in the
simulation.

    tradewind up                                     # in another terminal
    python examples/strategy.py                      # on the box, until Ctrl-C
    tradewind simulate --bot examples/strategy.py --orders 2000
"""

import asyncio
from contextlib import suppress
from decimal import Decimal

from tradewind.client import connect
from tradewind.client.books import LiveBook
from tradewind.model import Fill, Rejected, Side, TradewindError
from tradewind.strategy import Strategy, run


class Quoter(Strategy):
    """Keeps one bid and one ask a little off the middle, and moves them when the market moves."""

    instruments = ("BTC/USDT",)
    timer = 0.25
    away = Decimal("0.0004")
    size = Decimal("0.001")
    position = Decimal(0)
    middle = Decimal(0)

    async def on_book(self, book: LiveBook) -> None:
        """Remember the middle."""
        bid, ask = book.best_bid, book.best_ask
        if bid and ask:
            self.middle = (bid.price + ask.price) / 2

    async def on_fill(self, fill: Fill) -> None:
        """Told once per fill, whatever happens to the wire."""
        self.position += fill.quantity if fill.side is Side.BUY else -fill.quantity

    async def on_timer(self) -> None:
        """Quote anew."""
        if not self.middle or not self.venue.is_live or self.venue.unknown:
            return  # never quote on what is not known
        try:
            await self.venue.cancel_all_orders(self.instruments[0])
        except Rejected:
            pass  # there was nothing to cancel
        except TradewindError:
            return
        for side, sign in ((Side.BUY, -1), (Side.SELL, 1)):
            await self.quote(side, self.middle * (1 + sign * self.away))

    async def quote(self, side: Side, price: Decimal) -> None:
        """One order, at a price that the instrument has."""
        step = self.venue.instruments[self.instruments[0]].tick_size
        with suppress(TradewindError):  # refused, or not known yet: ``unknown`` shows it until then
            await self.venue.place_order(
                self.instruments[0], side, "limit", quantity=self.size, price=price // step * step
            )


async def main() -> None:
    """On the box that runs here."""
    async with connect("binance") as venue:
        await run(Quoter(), venue)


if __name__ == "__main__":
    asyncio.run(main())
