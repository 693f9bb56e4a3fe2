from tradewind.guard import Limits
from tradewind.model import Guarded, Rejected
from tradewind.strategy import Strategy, play


class Maker(Strategy):
    timer, trades = 0.3, 0

    async def on_timer(self):
        size = "0.01" if self.trades < 2 else "10"  # the last one is a slip of the finger
        book = await self.venue.fetch_order_book("BTC/USDT", limit=5)
        try:
            if any(order.instrument == "BTC/USDT" for order in self.venue.orders.values()):
                await self.venue.cancel_all_orders("BTC/USDT")
            for side, price in (("buy", book.bids[0].price), ("sell", book.asks[0].price)):
                print(f"{side} {size} BTC at {price:.2f}")
                await self.venue.place_order("BTC/USDT", side, "limit", quantity=size, price=price)
        except Rejected as no:  # the market has moved meanwhile
            print("the venue says no:", no)
        except Guarded as no:
            print("the guard says no, nothing was sent:", no)
            self.stop()

    async def on_fill(self, fill):
        self.trades += 1
        print(f"  {fill.side} filled: {fill.quantity:.5f} BTC at {fill.price:.2f}")


play(Maker(), "binance", limits=Limits(order_value={"USDT": 2000}))
