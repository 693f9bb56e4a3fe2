"""httpx: its asynchronous client."""

from typing import Any

import httpx
from common import HEADERS, REST, cancel, far, main, order, signed


async def public(_: str) -> Any:
    async with httpx.AsyncClient(base_url=REST) as client:
        found = await client.get("/api/v3/exchangeInfo", params={"symbol": "BTCUSDT"})
        return {"symbol": found.json()["symbols"][0]["symbol"]}


async def trade(client_id: str) -> Any:
    async with httpx.AsyncClient(base_url=REST, headers=HEADERS) as client:
        price = await client.get("/api/v3/ticker/price?symbol=BTCUSDT")
        wanted = order(client_id, far(price.json()["price"]))
        placed = await client.post(f"/api/v3/order?{signed(wanted)}")
        gone = await client.delete(f"/api/v3/order?{signed(cancel(client_id))}")
        return {"placed": placed.json()["status"], "status": gone.json()["status"]}


main(public=public, signed=trade)
