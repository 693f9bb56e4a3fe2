"""websockets: its asynchronous client."""

import json
from typing import Any

from common import STREAM, WS_API, asked, cancel, far, main, order, price_asked
from websockets.asyncio.client import connect


async def stream(_: str) -> Any:
    async with connect(STREAM) as socket:
        return {"symbol": json.loads(await socket.recv())["s"]}


async def ws_api(client_id: str) -> Any:
    async with connect(WS_API) as socket:

        async def ask(message: str) -> Any:
            await socket.send(message)
            return json.loads(await socket.recv())["result"]

        price = far((await ask(price_asked()))["price"])
        placed = await ask(asked("order.place", order(client_id, price)))
        gone = await ask(asked("order.cancel", cancel(client_id)))
        return {"placed": placed["status"], "status": gone["status"]}


main(stream=stream, ws_api=ws_api)
