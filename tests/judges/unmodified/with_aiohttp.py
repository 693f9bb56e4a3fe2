"""aiohttp: requests and WebSockets."""

from typing import Any

import aiohttp
from common import (
    HEADERS,
    REST,
    STREAM,
    WS_API,
    asked,
    cancel,
    far,
    main,
    order,
    price_asked,
    signed,
)
from yarl import URL


async def public(_: str) -> Any:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{REST}/api/v3/exchangeInfo", params={"symbol": "BTCUSDT"}) as found,
    ):
        return {"symbol": (await found.json())["symbols"][0]["symbol"]}


async def trade(client_id: str) -> Any:
    async with aiohttp.ClientSession(headers=HEADERS) as session:
        price = await (await session.get(f"{REST}/api/v3/ticker/price?symbol=BTCUSDT")).json()
        wanted = signed(order(client_id, far(price["price"])))
        placed = await session.post(URL(f"{REST}/api/v3/order?{wanted}", encoded=True))
        gone = await session.delete(
            URL(f"{REST}/api/v3/order?{signed(cancel(client_id))}", encoded=True)
        )
        return {
            "placed": (await placed.json())["status"],
            "status": (await gone.json())["status"],
        }


async def stream(_: str) -> Any:
    async with aiohttp.ClientSession() as session, session.ws_connect(STREAM) as socket:
        return {"symbol": (await socket.receive_json())["s"]}


async def ws_api(client_id: str) -> Any:
    async with aiohttp.ClientSession() as session, session.ws_connect(WS_API) as socket:

        async def ask(message: str) -> Any:
            await socket.send_str(message)
            return (await socket.receive_json())["result"]

        price = far((await ask(price_asked()))["price"])
        placed = await ask(asked("order.place", order(client_id, price)))
        gone = await ask(asked("order.cancel", cancel(client_id)))
        return {"placed": placed["status"], "status": gone["status"]}


main(public=public, signed=trade, stream=stream, ws_api=ws_api)
