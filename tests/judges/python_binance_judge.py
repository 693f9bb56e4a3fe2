"""python-binance as a judge: thin over the venue's own words, so it sees what ccxt smooths over."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

from binance import AsyncClient, BinanceSocketManager
from binance.client import Client
from binance.exceptions import BinanceAPIException, BinanceRequestException
from tests.scenarios.trader import Refused, Row

from .listening import Ears
from .resident import serve

STATUS = {
    "NEW": "open",
    "PARTIALLY_FILLED": "partly filled",
    "FILLED": "filled",
    "CANCELED": "cancelled",
    "EXPIRED": "expired",
    "EXPIRED_IN_MATCH": "expired",
    "REJECTED": "rejected",
}


class PythonBinanceTrader:
    """One client of the library."""

    def __init__(self, opened: dict[str, Any]) -> None:
        self._client = Client(opened["key"], opened["secret"], ping=False)
        self._client.API_URL = f"{opened['rest']}/api"
        self._client.timestamp_offset = -opened["late_ms"]
        self._native: dict[str, str] = {}
        self._keys = (opened["key"], opened["secret"])
        self._streams = opened["streams"]
        self._ears = Ears()

    def instrument(self, instrument: str) -> Row:
        info = self._do(self._client.get_symbol_info, self._symbol(instrument))
        filters = {rule["filterType"]: rule for rule in info["filters"]}
        return {
            "tick": filters["PRICE_FILTER"]["tickSize"],
            "lot": filters["LOT_SIZE"]["stepSize"],
            "least": filters["LOT_SIZE"]["minQty"],
            "most": filters["LOT_SIZE"]["maxQty"],
            "min_notional": filters["NOTIONAL"]["minNotional"],
        }

    def ticker(self, instrument: str) -> Row:
        seen = self._do(self._client.get_ticker, symbol=self._symbol(instrument))
        price = self._do(self._client.get_symbol_ticker, symbol=self._symbol(instrument))
        best = self._do(self._client.get_orderbook_ticker, symbol=self._symbol(instrument))
        return {
            "last": price["price"],
            "high": seen["highPrice"],
            "low": seen["lowPrice"],
            "bid": best["bidPrice"],
            "ask": best["askPrice"],
        }

    def book(self, instrument: str, limit: int) -> Row:
        symbol = self._symbol(instrument)
        seen = self._do(self._client.get_order_book, symbol=symbol, limit=limit)
        return {"bids": seen["bids"], "asks": seen["asks"]}

    def trades(self, instrument: str, limit: int) -> list[Row]:
        symbol = self._symbol(instrument)
        rows = self._do(self._client.get_recent_trades, symbol=symbol, limit=limit)
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
        rows = self._do(
            self._client.get_klines,
            symbol=self._symbol(instrument),
            interval=interval,
            limit=limit,
        )
        return [[str(value) for value in row[:6]] for row in rows]

    def rehearse(self, order: Row) -> None:
        self._do(self._client.create_test_order, **self._words(order))

    def place(self, order: Row) -> Row:
        placed = self._do(self._client.create_order, **self._words(order))
        if "status" not in placed:  # LIMIT_MAKER is answered with ACK unless asked otherwise
            return self.order(order["instrument"], str(placed["orderId"]), "")
        return _order(placed, "clientOrderId")

    def cancel(self, instrument: str, order_id: str, name: str) -> Row:
        named = self._named(instrument, order_id, name)
        return _order(self._do(self._client.cancel_order, **named), "origClientOrderId")

    def cancel_all(self, instrument: str) -> None:
        self._do(self._client.cancel_all_open_orders, symbol=self._symbol(instrument))

    def order(self, instrument: str, order_id: str, name: str) -> Row:
        named = self._named(instrument, order_id, name)
        return _order(self._do(self._client.get_order, **named), "clientOrderId")

    def open_orders(self, instrument: str) -> list[Row]:
        rows = self._do(self._client.get_open_orders, symbol=self._symbol(instrument))
        return [_order(row, "clientOrderId") for row in rows]

    def orders(self, instrument: str) -> list[Row]:
        rows = self._do(self._client.get_all_orders, symbol=self._symbol(instrument))
        return [_order(row, "clientOrderId") for row in rows]

    def fills(self, instrument: str, order_id: str) -> list[Row]:
        named = {"orderId": order_id} if order_id else {}
        rows = self._do(self._client.get_my_trades, symbol=self._symbol(instrument), **named)
        return [
            {
                "id": str(row["id"]),
                "order_id": str(row["orderId"]),
                "price": row["price"],
                "quantity": row["qty"],
                "fee": row["commission"],
                "fee_asset": row["commissionAsset"],
                "maker": row["isMaker"],
            }
            for row in rows
        ]

    def balances(self) -> dict[str, list[str]]:
        account = self._do(self._client.get_account)
        return {row["asset"]: [row["free"], row["locked"]] for row in account["balances"]}

    def listen(self, instrument: str, channel: str) -> None:
        self._ears.listen((instrument, channel), self._listen(self._symbol(instrument), channel))

    def heard(self, instrument: str, channel: str) -> list[Row]:
        return self._ears.heard((instrument, channel))

    async def _listen(self, symbol: str, channel: str) -> AsyncIterator[Row]:
        client = AsyncClient(*self._keys)
        manager = BinanceSocketManager(client)
        manager.STREAM_URL = f"{self._streams}/"
        open_socket, read = {
            "trades": (manager.trade_socket, _trade_event),
            "book": (manager.depth_socket, Depth().take),
            "best": (manager.symbol_book_ticker_socket, _best_event),
            "candles": (manager.kline_socket, _candle_event),
            "ticker": (manager.symbol_ticker_socket, _ticker_event),
            "mini ticker": (manager.symbol_miniticker_socket, _ticker_event),
        }[channel]
        try:
            async with open_socket(symbol) as socket:
                while True:
                    yield read(await socket.recv())
        finally:
            await client.close_connection()

    def _symbol(self, instrument: str) -> str:
        if instrument not in self._native:
            for row in self._do(self._client.get_exchange_info)["symbols"]:
                self._native[f"{row['baseAsset']}/{row['quoteAsset']}"] = row["symbol"]
        return self._native.get(instrument, instrument)

    def _named(self, instrument: str, order_id: str, name: str) -> Row:
        named: Row = {"symbol": self._symbol(instrument)}
        if order_id:
            named["orderId"] = order_id
        if name:
            named["origClientOrderId"] = name
        return named

    def _words(self, order: Row) -> Row:
        words: Row = {
            "symbol": self._symbol(order["instrument"]),
            "side": order["side"].upper(),
            "type": "LIMIT_MAKER" if order["post_only"] else order["type"].upper(),
            "newClientOrderId": order["name"],
        }
        if order["quantity"]:
            words["quantity"] = order["quantity"]
        if order["quote"]:
            words["quoteOrderQty"] = order["quote"]
        if order["price"]:
            words["price"] = order["price"]
        if order["type"] == "limit" and not order["post_only"]:
            words["timeInForce"] = order["tif"].upper()
        return words

    @staticmethod
    def _do(method: Any, *given: Any, **named: Any) -> Any:
        try:
            return method(*given, **named)
        except BinanceAPIException as error:
            raise Refused(str(error.code), error.status_code, error.message) from error
        except BinanceRequestException as error:
            raise AssertionError(f"python-binance cannot read the answer: {error}") from error


class Depth:
    """The levels a diff stream has told of."""

    def __init__(self) -> None:
        self._sides: dict[str, dict[str, str]] = {"b": {}, "a": {}}

    def take(self, event: Row) -> Row:
        for side, levels in self._sides.items():
            levels |= dict(event[side])
        return {
            name: [[p, q] for p, q in self._sides[side].items() if float(q)]
            for name, side in (("bids", "b"), ("asks", "a"))
        }


def _trade_event(event: Row) -> Row:
    return {
        "id": str(event["t"]),
        "price": event["p"],
        "quantity": event["q"],
        "side": "sell" if event["m"] else "buy",
        "time": event["T"],
    }


def _best_event(event: Row) -> Row:
    return {"bid": event["b"], "ask": event["a"]}


def _candle_event(event: Row) -> Row:
    bar = event["k"]
    return {"open": bar["o"], "high": bar["h"], "low": bar["l"], "close": bar["c"]}


def _ticker_event(event: Row) -> Row:
    return {"low": event["l"], "last": event["c"], "high": event["h"]}


def _order(row: Row, name: str) -> Row:
    filled = Decimal(row["executedQty"])
    worth = Decimal(row["cummulativeQuoteQty"])
    return {
        "id": str(row["orderId"]),
        "name": row[name],
        "side": row["side"].lower(),
        "type": "limit" if row["type"] == "LIMIT_MAKER" else row["type"].lower(),
        "status": STATUS[row["status"]],
        "quantity": row["origQty"],
        "filled": row["executedQty"],
        "price": row["price"],
        "average": str(worth / filled) if filled else "",
    }


if __name__ == "__main__":
    serve(PythonBinanceTrader)
