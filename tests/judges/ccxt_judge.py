"""ccxt as a judge, through its unified methods. Where ccxt would mend an order on its own side
(rounding to tick and lot), its raw method is used, so that the venue gets what was meant.
"""

import json
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import ccxt
import ccxt.pro
from tests.scenarios.trader import Refused, Row

from .listening import Ears
from .resident import serve

STATUS = {
    "open": "open",
    "closed": "filled",
    "canceled": "cancelled",
    "expired": "expired",
    "rejected": "rejected",
}


class CcxtTrader:
    """One ccxt exchange object."""

    def __init__(self, opened: dict[str, Any]) -> None:
        settings = {
            "apiKey": opened["key"],
            "secret": opened["secret"],
            "enableRateLimit": False,
            "options": {
                "fetchMarkets": {"types": ["spot"]},
                # else bad keys would meet /sapi first, which refuses them in its own words
                "fetchCurrencies": False,
                "fetchMargins": False,
                "timeDifference": opened["late_ms"],
                "warnOnFetchOpenOrdersWithoutSymbol": False,
            },
        }
        self._venue = ccxt.binance(settings)
        self._pro = ccxt.pro.binance(settings)
        for venue in (self._venue, self._pro):
            _redirect(venue.urls["api"], opened)
        self._ears = Ears()
        self._markets_loaded = False

    def instrument(self, instrument: str) -> Row:
        market = self._market(instrument)
        limits = market["limits"]
        filters = {rule["filterType"]: rule for rule in market["info"]["filters"]}
        return {
            "tick": filters["PRICE_FILTER"]["tickSize"],
            "lot": filters["LOT_SIZE"]["stepSize"],
            "least": str(limits["amount"]["min"]),
            "most": filters["LOT_SIZE"]["maxQty"],
            "min_notional": str(limits["cost"]["min"]),
        }

    def ticker(self, instrument: str) -> Row:
        self._market(instrument)
        seen = self._do(self._venue.fetch_ticker, instrument)
        return {name: str(seen[name]) for name in ("last", "high", "low", "bid", "ask")}

    def book(self, instrument: str, limit: int) -> Row:
        self._market(instrument)
        seen = self._do(self._venue.fetch_order_book, instrument, limit)
        return _book(seen)

    def trades(self, instrument: str, limit: int) -> list[Row]:
        self._market(instrument)
        rows = self._do(
            self._venue.fetch_trades,
            instrument,
            None,
            limit,
            {"fetchTradesMethod": "publicGetTrades"},
        )
        return [_trade(row) for row in rows]

    def candles(self, instrument: str, interval: str, limit: int) -> list[list[str]]:
        self._market(instrument)
        rows = self._do(self._venue.fetch_ohlcv, instrument, interval, None, limit)
        return [[str(value) for value in row] for row in rows]

    def rehearse(self, order: Row) -> None:
        self._do(self._venue.private_post_order_test, self._raw(order))

    def place(self, order: Row) -> Row:
        self._market(order["instrument"])
        if not self._as_meant(order):
            self._do(self._venue.private_post_order, self._raw(order))
            raise AssertionError("an order that ccxt would have mended was taken")
        params: dict[str, Any] = {"newClientOrderId": order["name"]}
        if order["post_only"]:
            params["postOnly"] = True
        if order["type"] == "limit" and order["tif"] != "gtc":
            params["timeInForce"] = order["tif"].upper()
        if order["quote"]:
            params["quoteOrderQty"] = order["quote"]
        seen = self._do(
            self._venue.create_order,
            order["instrument"],
            order["type"],
            order["side"],
            order["quantity"] or None,
            order["price"] or None,
            params,
        )
        return _order(seen)

    def cancel(self, instrument: str, order_id: str, name: str) -> Row:
        self._market(instrument)
        named = {"origClientOrderId": name} if name else {}
        seen = self._do(self._venue.cancel_order, order_id or None, instrument, named)
        return _order(seen)

    def cancel_all(self, instrument: str) -> None:
        self._market(instrument)
        self._do(self._venue.cancel_all_orders, instrument)

    def order(self, instrument: str, order_id: str, name: str) -> Row:
        self._market(instrument)
        named = {"origClientOrderId": name} if name else {}
        return _order(self._do(self._venue.fetch_order, order_id or None, instrument, named))

    def open_orders(self, instrument: str) -> list[Row]:
        self._market(instrument)
        return [_order(row) for row in self._do(self._venue.fetch_open_orders, instrument)]

    def orders(self, instrument: str) -> list[Row]:
        self._market(instrument)
        return [_order(row) for row in self._do(self._venue.fetch_orders, instrument)]

    def fills(self, instrument: str, order_id: str) -> list[Row]:
        self._market(instrument)
        params = {"orderId": order_id} if order_id else {}
        rows = self._do(self._venue.fetch_my_trades, instrument, None, None, params)
        return [
            {
                "id": row["id"],
                "order_id": row["order"],
                "price": str(row["price"]),
                "quantity": str(row["amount"]),
                "fee": str(row["fee"]["cost"]),
                "fee_asset": row["fee"]["currency"],
                "maker": row["takerOrMaker"] == "maker",
            }
            for row in rows
        ]

    def balances(self) -> dict[str, list[str]]:
        self._market("")
        seen = self._do(self._venue.fetch_balance)
        # floats would lose digits: ccxt keeps the venue's own text in info
        raw = {row["asset"]: row for row in seen["info"]["balances"]}
        for asset, row in raw.items():
            if float(row["free"]) != seen[asset]["free"]:
                raise AssertionError(f"ccxt reads {seen[asset]} from {row}")
        return {asset: [row["free"], row["locked"]] for asset, row in raw.items()}

    def listen(self, instrument: str, channel: str) -> None:
        watch = {
            "trades": self._watch_trades,
            "book": self._watch_book,
            "best": self._watch_best,
            "candles": self._watch_candles,
            "ticker": self._watch_ticker,
        }[channel]
        self._ears.listen((instrument, channel), watch(instrument))

    def heard(self, instrument: str, channel: str) -> list[Row]:
        return self._ears.heard((instrument, channel))

    async def _watch_trades(self, instrument: str) -> AsyncIterator[Row]:
        while True:
            for row in await self._pro.watch_trades(instrument):
                yield _trade(row)

    async def _watch_book(self, instrument: str) -> AsyncIterator[Row]:
        while True:
            yield _book(await self._pro.watch_order_book(instrument))

    async def _watch_best(self, instrument: str) -> AsyncIterator[Row]:
        while True:
            seen = (await self._pro.watch_bids_asks([instrument]))[instrument]
            yield {"bid": str(seen["bid"]), "ask": str(seen["ask"])}

    async def _watch_candles(self, instrument: str) -> AsyncIterator[Row]:
        while True:
            for row in await self._pro.watch_ohlcv(instrument, "1m"):
                names = ("time", "open", "high", "low", "close")
                yield {name: str(value) for name, value in zip(names, row, strict=False)}

    async def _watch_ticker(self, instrument: str) -> AsyncIterator[Row]:
        while True:
            seen = await self._pro.watch_ticker(instrument)
            yield {name: str(seen[name]) for name in ("low", "last", "high")}

    def _market(self, instrument: str) -> dict[str, Any]:
        if not self._markets_loaded:
            self._do(self._venue.load_markets)
            self._markets_loaded = True
        if not instrument or "/" not in instrument:
            return {}
        return self._venue.market(instrument)  # type: ignore[no-any-return]

    def _as_meant(self, order: Row) -> bool:
        if order["instrument"] not in self._venue.markets:
            return False
        price = order["price"]
        quantity = order["quantity"]
        limits = self._venue.market(order["instrument"])["limits"]["amount"]
        if price and Decimal(self._venue.price_to_precision(order["instrument"], price)) != Decimal(
            price
        ):
            return False
        if not quantity:
            return True
        if not Decimal(str(limits["min"])) <= Decimal(quantity) <= Decimal(str(limits["max"])):
            return False
        kept = self._venue.amount_to_precision(order["instrument"], quantity)
        return Decimal(kept) == Decimal(quantity)

    def _raw(self, order: Row) -> dict[str, Any]:
        instrument = order["instrument"]
        known = instrument in (self._venue.markets or {})
        words: dict[str, Any] = {
            "symbol": self._venue.market(instrument)["id"] if known else instrument,
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

    def _do(self, method: Any, *given: Any) -> Any:
        try:
            return method(*given)
        except ccxt.BaseError as error:
            # some of ccxt's errors carry only the text: the body is what came last
            body = json.loads(self._venue.last_http_response)
            if not isinstance(body, dict) or "code" not in body:
                raise
            status = _status(error)
            raise Refused(str(body["code"]), status, body["msg"]) from error


def _redirect(api: dict[str, Any], opened: dict[str, Any]) -> None:
    """Every URL of the library, also nested ones, to the box."""
    for name, url in api.items():
        if isinstance(url, dict):
            _redirect(url, opened)
        else:
            api[name] = re.sub(r"https://[^/]+", opened["rest"], url)
            api[name] = re.sub(r"wss://[^/]+", opened["streams"], api[name])


def _book(seen: Any) -> Row:
    return {
        side: [[str(level[0]), str(level[1])] for level in seen[side]] for side in ("bids", "asks")
    }


def _trade(row: Any) -> Row:
    return {
        "id": row["id"],
        "price": str(row["price"]),
        "quantity": str(row["amount"]),
        "side": row["side"],
        "time": row["timestamp"],
    }


def _status(error: Exception) -> int:
    """ccxt tells the status only by the kind of error, and not always."""
    if isinstance(error, ccxt.DDoSProtection | ccxt.RateLimitExceeded):
        return 418 if "banned" in str(error) else 429
    return 400


def _order(row: Any) -> Row:
    status = STATUS[row["status"]]
    if status == "open" and row["filled"]:
        status = "partly filled"
    return {
        "id": row["id"],
        "name": row["clientOrderId"],
        "side": row["side"],
        "type": row["type"],
        "status": status,
        "quantity": str(row["amount"]),
        "filled": str(row["filled"]),
        "price": str(row["price"] or ""),
        "average": str(row["average"] or ""),
    }


if __name__ == "__main__":
    serve(CcxtTrader)
