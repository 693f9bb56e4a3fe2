"""Our own client on the same scenarios. It shares the wire's shape with the exchange, so it is no
independent judge; what it proves is that the client says what truly happened.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from tests.scenarios.trader import Refused, Row

from tradewind.client import Venue
from tradewind.model import Fill, InvalidInput, Order, OrderStatus, Rejected, Side
from tradewind.net.clock import wall_ns
from tradewind.net.real import RealWire
from tradewind.protocol.asking import Key
from tradewind.protocol.signing import signer
from tradewind.venues.binance import client

from .listening import Ears
from .resident import serve

STATUS = {
    OrderStatus.PENDING: "open",  # no other judge tells what waits from what rests
    OrderStatus.OPEN: "open",
    OrderStatus.PARTIALLY_FILLED: "partly filled",
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELLED: "cancelled",
    OrderStatus.EXPIRED: "expired",
    OrderStatus.PREVENTED: "expired",
    OrderStatus.REJECTED: "rejected",
}
LOOP = asyncio.new_event_loop()


class OwnTrader:
    """One of our clients, asked from outside of its loop."""

    def __init__(self, opened: dict[str, Any]) -> None:
        key = Key(opened["key"], signer("hmac", opened["secret"]))
        late = opened["late_ms"] * 1_000_000
        doors = {name: opened[name] for name in ("rest", "streams")}
        self._venue = Venue(client.build(key), doors, RealWire(), now=lambda: wall_ns() - late)
        self._ears = Ears()
        self._do(self._venue.__aenter__())

    def instrument(self, instrument: str) -> Row:
        found = self._venue.instruments[instrument]
        return {
            "tick": str(found.tick_size),
            "lot": str(found.lot_size),
            "least": str(found.min_quantity),
            "most": str(found.max_quantity),
            "min_notional": str(found.min_notional),
        }

    def ticker(self, instrument: str) -> Row:
        seen = self._do(self._venue.fetch_ticker(instrument))
        return {n: str(getattr(seen, n)) for n in ("last", "high", "low", "bid", "ask")}

    def book(self, instrument: str, limit: int) -> Row:
        seen = self._do(self._venue.fetch_order_book(instrument, limit))
        sides = {"bids": seen.bids, "asks": seen.asks}
        return {
            side: [[str(level.price), str(level.quantity)] for level in levels]
            for side, levels in sides.items()
        }

    def trades(self, instrument: str, limit: int) -> list[Row]:
        symbol = self._venue.instruments[instrument].native
        rows = self._do(self._venue.call("trades.recent", symbol=symbol, limit=str(limit)))
        return [
            {
                "id": str(row["id"]),
                "price": row["price"],
                "quantity": row["qty"],
                "side": "sell" if row["isBuyerMaker"] else "buy",
                "time": row["time"],
            }
            for row in rows
        ]

    def candles(self, instrument: str, interval: str, limit: int) -> list[list[str]]:
        symbol = self._venue.instruments[instrument].native
        rows = self._do(
            self._venue.call("klines", symbol=symbol, interval=interval, limit=str(limit))
        )
        return [[str(value) for value in row[:6]] for row in rows]

    def rehearse(self, order: Row) -> None:
        self._do(self._venue.call("order.test", **self._words(order)))

    def place(self, order: Row) -> Row:
        try:
            return _order(
                self._do(
                    self._venue.place_order(
                        order["instrument"],
                        order["side"],
                        order["type"],
                        quantity=order["quantity"] or None,
                        price=order["price"] or None,
                        quote_quantity=order["quote"] or None,
                        time_in_force=order["tif"],
                        post_only=order["post_only"],
                        client_order_id=order["name"],
                    )
                )
            )
        except InvalidInput:  # nothing was sent; the venue must say no as well
            self._do(self._venue.call("order.place", **self._words(order)))
            raise AssertionError("what our client refuses was taken by the venue") from None

    def cancel(self, instrument: str, order_id: str, name: str) -> Row:
        return _order(
            self._do(self._venue.cancel_order(instrument, order_id=order_id, client_order_id=name))
        )

    def cancel_all(self, instrument: str) -> None:
        symbol = self._venue.instruments[instrument].native
        self._do(self._venue.call("openOrders.cancelAll", symbol=symbol))

    def order(self, instrument: str, order_id: str, name: str) -> Row:
        return _order(
            self._do(self._venue.fetch_order(instrument, order_id=order_id, client_order_id=name))
        )

    def open_orders(self, instrument: str) -> list[Row]:
        return [_order(row) for row in self._do(self._venue.fetch_open_orders(instrument))]

    def orders(self, instrument: str) -> list[Row]:
        return [_order(row) for row in self._do(self._venue.fetch_orders(instrument))]

    def fills(self, instrument: str, order_id: str) -> list[Row]:
        found: list[Fill] = self._do(self._venue.fetch_fills(instrument, order_id=order_id))
        return [
            {
                "id": fill.fill_id,
                "order_id": fill.order_id,
                "price": str(fill.price),
                "quantity": str(fill.quantity),
                "fee": str(fill.fee),
                "fee_asset": fill.fee_asset,
                "maker": fill.liquidity.value == "maker",
            }
            for fill in found
        ]

    def balances(self) -> dict[str, list[str]]:
        found = self._do(self._venue.fetch_balances())
        return {a: [str(b.available), str(b.held)] for a, b in found.items()}

    def listen(self, instrument: str, channel: str) -> None:
        assert channel == "trades"
        self._ears.listen((instrument, channel), self._listen(instrument))

    def heard(self, instrument: str, channel: str) -> list[Row]:
        return self._ears.heard((instrument, channel))

    async def _listen(self, instrument: str) -> AsyncIterator[Row]:
        async for trade in self._venue.stream_trades(instrument):
            yield {
                "id": trade.trade_id,
                "price": str(trade.price),
                "quantity": str(trade.quantity),
                "side": trade.aggressor_side.value,
                "time": trade.time // 1_000_000,
            }

    def _words(self, order: Row) -> dict[str, str]:
        known = self._venue.instruments.get(order["instrument"])
        return {
            "symbol": known.native if known else order["instrument"],
            "side": order["side"].upper(),
            "type": order["type"].upper(),
            "timeInForce": order["tif"].upper(),
            "quantity": order["quantity"],
            "price": order["price"],
            "newClientOrderId": order["name"],
        }

    @staticmethod
    def _do(asked: Coroutine[Any, Any, Any]) -> Any:
        try:
            return LOOP.run_until_complete(asked)
        except Rejected as error:
            raise Refused(error.code, error.status, str(error)) from error


def _order(order: Order) -> Row:
    return {
        "id": order.order_id,
        "name": order.client_order_id,
        "side": "buy" if order.side is Side.BUY else "sell",
        "type": order.order_type.value,
        "status": STATUS[order.order_status],
        "quantity": str(order.quantity),
        "filled": str(order.filled_quantity),
        "price": str(order.price or ""),
        "average": str(order.average_price or ""),
    }


if __name__ == "__main__":
    serve(OwnTrader)
