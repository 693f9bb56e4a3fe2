"""python-binance, with its own defaults."""

from typing import Any

from binance import AsyncClient, BinanceSocketManager, DepthCacheManager
from binance.client import Client
from binance.exceptions import BinanceAPIException

from .bot import KEY, QUANTITY, SECRET, Bot, Filled, main

SYMBOL = "BTCUSDT"
NO_SUCH_ORDER = -2013


class PythonBinanceBot(Bot):
    def __init__(self) -> None:
        super().__init__()
        self._client: Any = None
        self._async: Any = None

    @property
    def client(self) -> Client:
        if self._client is None:
            self._client = Client(KEY, SECRET)  # asks for a ping by itself
        return self._client

    def best_ask(self) -> float:
        return float(self.client.get_orderbook_ticker(symbol=SYMBOL)["askPrice"])

    def limit_buy(self, price: float, name: str = "") -> Any:
        named = {"newClientOrderId": name} if name else {}
        return self.client.order_limit_buy(
            symbol=SYMBOL, quantity=QUANTITY, price=f"{price:.2f}", **named
        )

    def find(self, name: str) -> Any:
        try:
            return self.client.get_order(symbol=SYMBOL, origClientOrderId=name)
        except BinanceAPIException as error:
            if error.code == NO_SUCH_ORDER:
                return None
            raise

    def look(self) -> Any:
        return self.client.get_all_orders(symbol=SYMBOL)

    def market(self, side: str, quantity: float) -> Any:
        return self.client.create_order(
            symbol=SYMBOL, side=side.upper(), type="MARKET", quantity=quantity
        )

    def deep_book(self) -> Any:
        return self.client.get_order_book(symbol=SYMBOL, limit=5_000)

    async def watch_book(self) -> None:
        self._async = self._async or await AsyncClient.create(KEY, SECRET)
        async with DepthCacheManager(self._async, SYMBOL) as stream:
            while True:
                cache = await stream.recv()
                if cache is not None and cache.get_asks():
                    self.book = float(cache.get_asks()[0][0])

    async def watch_own(self, filled: Filled) -> None:
        self._async = self._async or await AsyncClient.create(KEY, SECRET)
        async with BinanceSocketManager(self._async).user_socket() as stream:
            while True:
                message = await stream.recv()
                message = message.get("event", message) if message else {}
                if message.get("e") == "error":
                    raise ConnectionError(message.get("m") or message.get("type"))
                if message.get("e") == "executionReport":
                    self.events += 1
                    if message["x"] == "TRADE" and message["S"] == "BUY":
                        await filled(float(message["l"]), str(message["t"]))

    async def aclose(self) -> None:
        if self._async is not None:
            await self._async.close_connection()


if __name__ == "__main__":
    main(PythonBinanceBot)
