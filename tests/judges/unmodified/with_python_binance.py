"""python-binance: its client, its socket manager, its WebSocket API."""

from typing import Any

from binance import AsyncClient, BinanceSocketManager, Client
from common import KEY, SECRET, cancel, far, main, order


def public(_: str) -> Any:
    found = Client().get_symbol_info("BTCUSDT")
    assert found is not None
    return {"symbol": found["symbol"]}


def trade(client_id: str) -> Any:
    client = Client(KEY, SECRET)
    price = far(client.get_symbol_ticker(symbol="BTCUSDT")["price"])
    placed = client.create_order(**order(client_id, price))
    gone = client.cancel_order(**cancel(client_id))
    return {"placed": placed["status"], "status": gone["status"]}


async def stream(_: str) -> Any:
    client = await AsyncClient.create(KEY, SECRET)
    try:
        async with BinanceSocketManager(client).symbol_book_ticker_socket("BTCUSDT") as socket:
            return {"symbol": (await socket.recv())["s"]}
    finally:
        await client.close_connection()


async def ws_api(client_id: str) -> Any:
    client = await AsyncClient.create(KEY, SECRET)
    try:
        price = far((await client.ws_get_symbol_ticker(symbol="BTCUSDT"))["price"])
        placed = await client.ws_create_order(**order(client_id, price))
        gone = await client.ws_cancel_order(**cancel(client_id))
        return {"placed": placed["status"], "status": gone["status"]}
    finally:
        await client.close_connection()


main(public=public, signed=trade, stream=stream, ws_api=ws_api)
