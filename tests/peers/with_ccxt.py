"""ccxt over REST, and ccxt.pro with its streams. Everything at its defaults but what a box needs:
only spot markets are loaded, the box has no others.
"""

import asyncio
import re
from decimal import Decimal
from typing import Any

import ccxt
import ccxt.async_support
import ccxt.pro
from ccxt.base.decimal_to_precision import number_to_string

from .desk import Desk, Seen, main
from .story import Spec

STATUS = {"open": "open", "closed": "filled", "canceled": "cancelled", "expired": "expired"}
LIMIT = 1_000


class CcxtDesk(Desk):
    """``opened["client"]`` is ccxt or ccxt.pro."""

    def __init__(self, opened: dict[str, Any]) -> None:
        super().__init__(opened)
        self.streams = opened["client"] == "ccxt.pro"
        self._tasks: list[asyncio.Task[None]] = []
        self._venue: Any = None

    async def open(self) -> None:
        make = ccxt.pro.binance if self.streams else ccxt.async_support.binance
        self._venue = make(
            {
                "apiKey": self.opened["key"],
                "secret": self.opened["secret"],
                "options": {"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False},
            }
        )
        redirect(self._venue.urls["api"], self.opened)
        await self._venue.load_markets()
        if self.streams:
            for watch in (self._watch_orders, self._watch_fills, self._watch_balances):
                self._tasks.append(asyncio.create_task(self.again_and_again(watch)))
            await asyncio.sleep(2)  # there is no word for: it listens

    async def _watch_orders(self) -> None:
        while True:
            for row in await self._venue.watch_orders():
                self.seen(row["symbol"], _seen(row))

    async def _watch_fills(self) -> None:
        while True:
            for row in await self._venue.watch_my_trades():
                self.filled(row["symbol"], row["id"], row["order"])

    async def _watch_balances(self) -> None:
        while True:
            self._balances(await self._venue.watch_balance())

    def _balances(self, told: Any) -> None:
        for asset, total in told["total"].items():
            if total is not None:
                self.balances[asset] = [_text(told["free"][asset]), _text(told["used"][asset])]

    async def place(self, order: Spec, name: str) -> Seen:
        kind = "limit" if order.price else "market"
        price = float(order.price) if order.price else None
        told = await self._venue.create_order(
            order.instrument, kind, order.side, float(order.quantity), price, _named(name)
        )
        return self.seen(order.instrument, _seen(told))

    async def find(self, order: Spec, name: str) -> Seen | None:
        try:
            told = await self._venue.fetch_order(
                None, order.instrument, {"origClientOrderId": name}
            )
        except ccxt.OrderNotFound:
            return None
        return self.seen(order.instrument, _seen(told))

    async def look(self, instrument: str, order_id: str) -> Seen:
        told = await self._venue.fetch_order(order_id, instrument)
        return self.seen(instrument, _seen(told))

    async def cancel(self, instrument: str, order_id: str) -> Seen:
        return self.seen(instrument, _seen(await self._venue.cancel_order(order_id, instrument)))

    async def replace(self, old: str, order: Spec, name: str) -> Seen:
        told = await self._venue.edit_order(
            old, order.instrument, "limit", order.side, float(order.quantity),
            float(order.price), _named(name),
        )  # fmt: skip
        self.seen(order.instrument, Seen(old, "cancelled", Decimal(0)))
        return self.seen(order.instrument, _seen(told))

    def refused(self, error: Exception) -> bool:
        return isinstance(error, ccxt.ExchangeError)

    async def refresh(self, instruments: list[str]) -> None:
        for instrument in instruments:
            for row in await self._venue.fetch_orders(instrument, None, LIMIT):
                if (instrument, row["id"]) in self.orders:
                    self.seen(instrument, _seen(row))
            rows = await self._venue.fetch_my_trades(instrument, None, LIMIT)
            self.known_fills(instrument, [(row["id"], row["order"]) for row in rows])
        self._balances(await self._venue.fetch_balance())

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._venue.close()


def _named(name: str) -> dict[str, str]:
    return {"newClientOrderId": name} if name else {}


def _seen(row: Any) -> Seen:
    return Seen(row["id"], STATUS[row["status"]], Decimal(_text(row["filled"] or 0)))


def _text(value: Any) -> str:
    return number_to_string(value)  # type: ignore[no-any-return]


def redirect(api: dict[str, Any], opened: dict[str, Any]) -> None:
    """Lead every address into the box."""
    for name, url in api.items():
        if isinstance(url, dict):
            redirect(url, opened)
        else:
            api[name] = re.sub(r"https://[^/]+", opened["rest"], url)
            api[name] = re.sub(r"wss://[^/]+", opened["streams"], api[name])


if __name__ == "__main__":
    main(CcxtDesk)
