"""python-binance's AsyncClient and its user socket, at their defaults."""

import asyncio
from decimal import Decimal
from typing import Any

from binance import AsyncClient, BinanceSocketManager
from binance.exceptions import BinanceAPIException

from .desk import Desk, Seen, main
from .story import Spec

STATUS = {
    "NEW": "open",
    "PARTIALLY_FILLED": "open",
    "FILLED": "filled",
    "CANCELED": "cancelled",
    "EXPIRED": "expired",
    "EXPIRED_IN_MATCH": "expired",
    "REJECTED": "rejected",
}
NO_SUCH_ORDER = -2013
STATUS_UNKNOWN = (-1006, -1007)
LIMIT = 1_000


class PythonBinanceDesk(Desk):
    streams = True

    async def open(self) -> None:
        self._client = self._made()
        self._closing: list[asyncio.Task[None]] = []
        self._following = asyncio.Event()
        self._task = asyncio.create_task(self.again_and_again(self._follow))
        await self._following.wait()

    def _made(self) -> AsyncClient:
        client = AsyncClient(self.opened["key"], self.opened["secret"])
        client.API_URL = f"{self.opened['rest']}/api"
        client.ws_api._url = f"{self.opened['streams']}/ws-api/v3"
        return client

    async def _follow(self) -> None:
        """With a client of its own, made anew each time: on the same one its user socket does not
        come back (its request times out, and the next is refused with -2035).
        """
        client = self._made()
        try:
            stream = BinanceSocketManager(client).user_socket()
            await stream.__aenter__()
            self._following.set()
            while True:
                event = await stream.recv()
                if event.get("e") == "error":
                    raise ConnectionError(event.get("m") or event.get("type"))
                self._told(event)
        finally:
            # not waited for: while it reconnects, its closing has no end
            self._closing.append(asyncio.create_task(client.close_connection()))

    def _told(self, event: dict[str, Any]) -> None:
        if event.get("e") == "executionReport":
            instrument, order_id = self.opened["natives"][event["s"]], str(event["i"])
            if event["X"] != "REJECTED":
                self.seen(instrument, Seen(order_id, STATUS[event["X"]], Decimal(event["z"])))
            if event["x"] == "TRADE":
                self.filled(instrument, str(event["t"]), order_id)
        elif event.get("e") == "outboundAccountPosition":
            self.balances |= {row["a"]: [row["f"], row["l"]] for row in event["B"]}

    def _native(self, instrument: str) -> str:
        return next(n for n, known in self.opened["natives"].items() if known == instrument)

    async def place(self, order: Spec, name: str) -> Seen:
        return self._seen(order, await self._client.create_order(**self._words(order, name)))

    async def find(self, order: Spec, name: str) -> Seen | None:
        try:
            told = await self._client.get_order(
                symbol=self._native(order.instrument), origClientOrderId=name
            )
        except BinanceAPIException as error:
            if error.code == NO_SUCH_ORDER:
                return None
            raise
        return self._seen(order, told)

    async def look(self, instrument: str, order_id: str) -> Seen:
        told = await self._client.get_order(symbol=self._native(instrument), orderId=order_id)
        return self.seen(instrument, _seen(told))

    async def cancel(self, instrument: str, order_id: str) -> Seen:
        told = await self._client.cancel_order(symbol=self._native(instrument), orderId=order_id)
        return self.seen(instrument, _seen(told))

    async def replace(self, old: str, order: Spec, name: str) -> Seen:
        told = await self._client.cancel_replace_order(
            **self._words(order, name), cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=old
        )
        self.seen(order.instrument, _seen(told["cancelResponse"]))
        return self._seen(order, told["newOrderResponse"])

    def _words(self, order: Spec, name: str) -> dict[str, str]:
        words = {
            "symbol": self._native(order.instrument),
            "side": order.side.upper(),
            "type": "LIMIT" if order.price else "MARKET",
            "quantity": order.quantity,
        }
        if order.price:
            words |= {"price": order.price, "timeInForce": "GTC"}
        return words | ({"newClientOrderId": name} if name else {})

    def _seen(self, order: Spec, told: Any) -> Seen:
        return self.seen(order.instrument, _seen(told))

    def refused(self, error: Exception) -> bool:
        return (
            isinstance(error, BinanceAPIException)
            and 400 <= error.status_code < 500
            and error.code not in STATUS_UNKNOWN
        )

    async def refresh(self, instruments: list[str]) -> None:
        for instrument in instruments:
            symbol = self._native(instrument)
            for row in await self._client.get_all_orders(symbol=symbol, limit=LIMIT):
                if (instrument, str(row["orderId"])) in self.orders:
                    self.seen(instrument, _seen(row))
            rows = await self._client.get_my_trades(symbol=symbol, limit=LIMIT)
            self.known_fills(instrument, [(str(r["id"]), str(r["orderId"])) for r in rows])
        account = await self._client.get_account()
        self.balances = {row["asset"]: [row["free"], row["locked"]] for row in account["balances"]}

    async def close(self) -> None:
        self._task.cancel()
        await self._client.close_connection()


def _seen(row: Any) -> Seen:
    return Seen(str(row["orderId"]), STATUS[row["status"]], Decimal(row["executedQty"]))


if __name__ == "__main__":
    main(PythonBinanceDesk)
