"""ccxt, with its own defaults; only spot markets are loaded, the box has no others."""

from typing import Any

import ccxt
import ccxt.pro

from .bot import KEY, QUANTITY, SECRET, Bot, Filled, main

PAIR = "BTC/USDT"
SETTINGS = {
    "apiKey": KEY,
    "secret": SECRET,
    "options": {"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False},
}


class CcxtBot(Bot):
    def __init__(self) -> None:
        super().__init__()
        self.venue = ccxt.binance(SETTINGS)
        self.pro: Any = None

    def best_ask(self) -> float:
        return float(self.venue.fetch_ticker(PAIR)["ask"])

    def limit_buy(self, price: float, name: str = "") -> Any:
        named = {"newClientOrderId": name} if name else {}
        return self.venue.create_order(PAIR, "limit", "buy", QUANTITY, price, named)

    def find(self, name: str) -> Any:
        try:
            return self.venue.fetch_order(None, PAIR, {"origClientOrderId": name})
        except ccxt.OrderNotFound:
            return None

    def look(self) -> Any:
        return self.venue.fetch_orders(PAIR)

    def market(self, side: str, quantity: float) -> Any:
        return self.venue.create_order(PAIR, "market", side, quantity)

    def deep_book(self) -> Any:
        return self.venue.fetch_order_book(PAIR, 5_000)

    async def watch_book(self) -> None:
        self.pro = self.pro or ccxt.pro.binance(SETTINGS)
        while True:
            book = await self.pro.watch_order_book(PAIR)
            self.book = float(book["asks"][0][0])

    async def watch_own(self, filled: Filled) -> None:
        self.pro = self.pro or ccxt.pro.binance(SETTINGS)
        while True:
            for order in await self.pro.watch_orders(PAIR):
                self.events += 1
                if order["side"] == "buy" and order["filled"]:
                    await filled(float(order["filled"]), order["id"])

    async def aclose(self) -> None:
        if self.pro is not None:
            await self.pro.close()


if __name__ == "__main__":
    main(CcxtBot)
