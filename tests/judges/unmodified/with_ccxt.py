"""ccxt: its synchronous face for requests, ccxt.pro for WebSockets.

The one setting is ccxt's own: which markets to load. Left alone it also asks the futures hosts.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import ccxt
import ccxt.pro
from common import KEY, SECRET, main

SETTINGS = {
    "apiKey": KEY,
    "secret": SECRET,
    "options": {"fetchMarkets": {"types": ["spot"]}},
}


def public(_: str) -> Any:
    exchange = ccxt.binance(SETTINGS)
    exchange.load_markets()
    return {"symbol": exchange.market("BTC/USDT")["id"]}


def trade(client_id: str) -> Any:
    exchange = ccxt.binance(SETTINGS)
    price = exchange.fetch_ticker("BTC/USDT")["last"] * 1.5
    placed = exchange.create_order(
        "BTC/USDT", "limit", "sell", 0.01, price, {"newClientOrderId": client_id}
    )
    gone = exchange.cancel_order(placed["id"], "BTC/USDT")
    return {"placed": placed["info"]["status"], "status": gone["info"]["status"]}


async def _with(do: Callable[[Any], Awaitable[Any]]) -> Any:
    exchange = ccxt.pro.binance(SETTINGS)
    try:
        return await do(exchange)
    finally:
        await exchange.close()


def stream(_: str) -> Any:
    async def watch(exchange: Any) -> Any:
        ticker = await exchange.watch_ticker("BTC/USDT")
        return {"symbol": ticker["info"]["s"]}

    return _with(watch)


def ws_api(client_id: str) -> Any:
    async def deal(exchange: Any) -> Any:
        price = (await exchange.fetch_ticker("BTC/USDT"))["last"] * 1.5
        placed = await exchange.create_order_ws(
            "BTC/USDT", "limit", "sell", 0.01, price, {"newClientOrderId": client_id}
        )
        gone = await exchange.cancel_order_ws(placed["id"], "BTC/USDT")
        return {"placed": placed["info"]["status"], "status": gone["info"]["status"]}

    return _with(deal)


main(public=public, signed=trade, stream=stream, ws_api=ws_api)
