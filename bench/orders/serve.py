"""The three servers that are compared, each in a process of its own.

    python -m bench.orders.serve tradewind|aiohttp|bare DATA

``aiohttp`` has the same host, exchange, journal and turns; only the HTTP server is aiohttp's.
Prints one line when ready: {"url", "key", "secret"}.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from tradewind.cli.up import tune
from tradewind.exchange import credentials
from tradewind.exchange.box import Box, Options
from tradewind.exchange.gateway import Gateway
from tradewind.net.server import serve
from tradewind.protocol.messages import HttpRequest, HttpResponse

PLENTY = 10**9
LIMITS = dict.fromkeys(("ORDERS_10S", "ORDERS_1D", "REQUEST_WEIGHT", "RAW_REQUESTS"), PLENTY)


class Bare:
    """Answers everything with the same small text."""

    def http(self, request: HttpRequest, answer: Any) -> None:
        answer(HttpResponse(200, b'{"ok":true}'))

    def upgrade(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(404)

    def opened(self, connection: Any) -> None: ...

    def received(self, connection: Any, message: bytes) -> None: ...

    def control(self, connection: Any, frame: Any) -> None: ...

    def closed(self, connection: Any) -> None: ...


def ready(url: str, key: str = "-", secret: str = "-") -> None:
    print(json.dumps({"url": url, "key": key, "secret": secret}), flush=True)


async def bare() -> None:
    server = await serve(Bare())
    ready(f"http://127.0.0.1:{server.port}")
    await asyncio.Event().wait()


async def box(data: str, front: str) -> None:
    options = Options(
        Path(data), ("binance",), port_base=0, settings={"binance": {"limits": LIMITS}}
    )
    opened = Box(options)
    told = await opened.open()
    key = credentials.load(opened.data)[0]
    opened.gateway("binance").host.faucet("default", {"USDT": "100000000"})
    url = told.venues["binance"]["rest"]
    if front == "aiohttp":
        url = await aiohttp_front(opened.gateway("binance"))
    tune()
    ready(url, key.api_key, key.api_secret)
    await opened.run()


async def aiohttp_front(gateway: Gateway) -> str:
    from aiohttp import web

    async def handle(request: web.Request) -> web.Response:
        answered: asyncio.Future[HttpResponse] = asyncio.get_running_loop().create_future()
        gateway.http(
            HttpRequest(
                request.method,
                request.path,
                request.query_string,
                {name.lower(): value for name, value in request.headers.items()},
                await request.read(),
                request.remote or "",
            ),
            answered.set_result,
        )
        response = await answered
        return web.Response(
            status=response.status, body=response.body, headers=dict(response.headers)
        )

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


def main() -> None:
    import uvloop

    kind, data = sys.argv[1:3]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(bare() if kind == "bare" else box(data, kind))


if __name__ == "__main__":
    main()
