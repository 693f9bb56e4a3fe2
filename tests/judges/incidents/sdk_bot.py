"""binance-sdk-spot, the venue's own SDK, with its own defaults. It keeps no book, so its driver
follows the stream of the best five levels.
"""

import asyncio
from typing import Any

from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_sdk_spot.spot import (
    SPOT_REST_API_PROD_URL,
    SPOT_WS_API_PROD_URL,
    SPOT_WS_STREAMS_PROD_URL,
    Spot,
)

from .bot import KEY, QUANTITY, SECRET, Bot, Filled, main

SYMBOL = "BTCUSDT"


class SdkBot(Bot):
    def __init__(self) -> None:
        super().__init__()
        self.spot = Spot(
            ConfigurationRestAPI(KEY, SECRET, SPOT_REST_API_PROD_URL),
            ConfigurationWebSocketAPI(KEY, SECRET, stream_url=SPOT_WS_API_PROD_URL),
            ConfigurationWebSocketStreams(stream_url=SPOT_WS_STREAMS_PROD_URL),
        )
        self.open: list[Any] = []

    def best_ask(self) -> float:
        book = self.spot.rest_api.depth(symbol=SYMBOL, limit=5).data()
        return float(book.asks[0][0])

    def limit_buy(self, price: float, name: str = "") -> Any:
        del name  # it is not played carefully
        return self.spot.rest_api.new_order(
            symbol=SYMBOL, side="BUY", type="LIMIT", time_in_force="GTC",
            quantity=QUANTITY, price=price,
        ).data()  # fmt: skip

    def market(self, side: str, quantity: float) -> Any:
        return self.spot.rest_api.new_order(
            symbol=SYMBOL, side=side.upper(), type="MARKET", quantity=quantity
        ).data()

    def deep_book(self) -> Any:
        return self.spot.rest_api.depth(symbol=SYMBOL, limit=5_000).data()

    async def watch_book(self) -> None:
        streams = await self.spot.websocket_streams.create_connection()
        self.open.append(streams)
        handle = await streams.partial_book_depth(symbol=SYMBOL.lower(), levels="5")
        handle.on("message", self._seen)
        await asyncio.Event().wait()

    def _seen(self, message: Any) -> None:
        self.book = float(message.asks[0][0])

    async def watch_own(self, filled: Filled) -> None:
        loop = asyncio.get_running_loop()

        def heard(message: Any) -> None:
            event = getattr(message, "actual_instance", message)
            if type(event).__name__ != "ExecutionReport":
                return
            self.events += 1
            if event.x == "TRADE" and event.S == "BUY":
                quantity, fill = float(event.l), str(event.t)
                loop.call_soon_threadsafe(lambda: loop.create_task(filled(quantity, fill)))

        api = await self.spot.websocket_api.create_connection()
        self.open.append(api)
        told = await api.user_data_stream_subscribe_signature()
        told.stream.on("message", heard)
        await asyncio.Event().wait()

    async def aclose(self) -> None:
        for each in self.open:
            await each.close_connection(close_session=True)


if __name__ == "__main__":
    main(SdkBot)
