"""binance-sdk-spot, the venue's own, with the addresses that it has by itself."""

import asyncio
from typing import Any

from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_sdk_spot.spot import Spot
from common import KEY, SECRET, far, main


def _order(client_id: str, price: str) -> dict[str, Any]:
    return {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "LIMIT",
        "time_in_force": "GTC",
        "quantity": 0.01,
        "price": float(price),
        "new_client_order_id": client_id,
        "new_order_resp_type": "RESULT",
    }


def _rest() -> Any:
    return Spot(config_rest_api=ConfigurationRestAPI(api_key=KEY, api_secret=SECRET)).rest_api


def public(_: str) -> Any:
    found = _rest().exchange_info(symbol="BTCUSDT").data()
    return {"symbol": found.symbols[0].symbol}


def trade(client_id: str) -> Any:
    api = _rest()
    price = api.ticker_price(symbol="BTCUSDT").data().actual_instance.price
    placed = api.new_order(**_order(client_id, far(price))).data()
    gone = api.delete_order(symbol="BTCUSDT", orig_client_order_id=client_id).data()
    return {"placed": placed.status, "status": gone.status}


async def stream(_: str) -> Any:
    spot = Spot(config_ws_streams=ConfigurationWebSocketStreams())
    connection = await spot.websocket_streams.create_connection()
    try:
        seen: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        watched = await connection.book_ticker(symbol="btcusdt")
        watched.on("message", lambda data: seen.done() or seen.set_result(data))
        async with asyncio.timeout(20):
            return {"symbol": (await seen).s}
    finally:
        await connection.close_connection(close_session=True)


async def ws_api(client_id: str) -> Any:
    configuration = ConfigurationWebSocketAPI(api_key=KEY, api_secret=SECRET)
    connection = await Spot(config_ws_api=configuration).websocket_api.create_connection()
    try:
        found = (await connection.ticker_price(symbol="BTCUSDT")).data()
        price = far(found.actual_instance.result.price)
        placed = await connection.order_place(**_order(client_id, price))
        gone = await connection.order_cancel(symbol="BTCUSDT", orig_client_order_id=client_id)
        return {"placed": placed.data().result.status, "status": gone.data().result.status}
    finally:
        await connection.close_connection(close_session=True)


main(public=public, signed=trade, stream=stream, ws_api=ws_api)
