"""The same small answer and the same WebSocket echo, served by us and by others.

python -m bench.http.servers NAME      prints its port, serves until stdin closes
"""

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable
from importlib.util import find_spec

from tradewind.net.server import serve
from tradewind.net.wire import Answering, Connection
from tradewind.protocol.messages import Frame, HttpRequest, HttpResponse, Ping, Pong

BODY = b'{"symbol":"BTCUSDT","orderId":28,"clientOrderId":"x-1","transactTime":1767225600000}'
JSON = (("Content-Type", "application/json;charset=UTF-8"),)


class _Outbox:
    """A session that only holds what is to be sent."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self.out: list[Frame] = []

    def take(self) -> list[Frame]:
        out, self.out = self.out, []
        return out

    def receive(self, message: bytes, now: int) -> None:
        self.out.append(message)

    def control(self, frame: Ping | Pong, now: int) -> None: ...

    def next_deadline(self) -> int | None: ...

    def wake(self, now: int) -> None: ...

    def closed(self, now: int) -> None: ...


class _Bare:
    """The application that does nothing: what the wire itself costs."""

    def http(self, request: HttpRequest, answer: Answering) -> None:
        answer(HttpResponse(200, BODY, JSON))

    def upgrade(self, request: HttpRequest) -> _Outbox:
        return _Outbox(request.peer)

    def opened(self, connection: Connection) -> None: ...

    def received(self, connection: Connection, message: bytes) -> None:
        connection.session.receive(message, 0)
        connection.flush()

    def control(self, connection: Connection, frame: Ping | Pong) -> None: ...

    def closed(self, connection: Connection) -> None: ...


async def _tradewind(ready: Callable[[int], Awaitable[None]]) -> None:
    server = await serve(_Bare())
    await ready(server.port)
    await server.close()


async def _aiohttp(ready: Callable[[int], Awaitable[None]]) -> None:
    from aiohttp import web

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=BODY, headers=dict(JSON))

    async def echo(request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse(compress=False)
        await websocket.prepare(request)
        async for message in websocket:
            await websocket.send_str(message.data)
        return websocket

    application = web.Application()
    application.router.add_get("/ws", echo)
    application.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    sock = _listening()
    await web.SockSite(runner, sock).start()
    await ready(sock.getsockname()[1])
    await runner.cleanup()


async def _starlette(ready: Callable[[int], Awaitable[None]]) -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route, WebSocketRoute
    from starlette.websockets import WebSocket, WebSocketDisconnect

    async def answer(request: Request) -> Response:
        await request.body()
        return Response(BODY, headers=dict(JSON))

    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            while True:
                await websocket.send_text(await websocket.receive_text())
        except WebSocketDisconnect:
            return

    routes = [WebSocketRoute("/ws", echo), Route("/{rest:path}", answer, methods=["GET", "POST"])]
    config = uvicorn.Config(
        Starlette(routes=routes),
        http="httptools",
        access_log=False,
        log_level="critical",
        ws_per_message_deflate=False,
    )
    server = uvicorn.Server(config)
    sock = _listening()
    serving = asyncio.ensure_future(server.serve(sockets=[sock]))
    while not server.started:
        await asyncio.sleep(0.01)
    await ready(sock.getsockname()[1])
    server.should_exit = True
    await serving


async def _picows(ready: Callable[[int], Awaitable[None]]) -> None:
    """The floor of a WebSocket echo: the library itself."""
    from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_create_server

    class Echo(WSListener):
        def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
            transport.send(WSMsgType.TEXT, frame.get_payload_as_bytes())

    server = await ws_create_server(lambda _: Echo(), "127.0.0.1", 0, use_aiofastnet=False)
    await ready(server.sockets[0].getsockname()[1])
    server.close()


SERVERS: dict[str, tuple[str, Callable[[Callable[[int], Awaitable[None]]], Awaitable[None]]]] = {
    "tradewind": ("tradewind", _tradewind),
    "aiohttp": ("aiohttp", _aiohttp),
    "starlette": ("uvicorn", _starlette),
    "picows": ("picows", _picows),
}
"""Name to the module it needs and how it is served."""


def installed(name: str) -> bool:
    """Whether a server can be measured here."""
    return find_spec(SERVERS[name][0]) is not None


def _listening() -> socket.socket:
    sock = socket.create_server(("127.0.0.1", 0), backlog=1024)
    sock.setblocking(False)
    return sock


async def _main(name: str) -> None:
    async def ready(port: int) -> None:
        print(port, flush=True)
        loop = asyncio.get_running_loop()
        ended = loop.create_future()
        loop.add_reader(0, ended.cancel)
        await asyncio.wait([ended])
        loop.remove_reader(0)

    await SERVERS[name][1](ready)


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[2] == "asyncio":
        asyncio.run(_main(sys.argv[1]))
    else:
        import uvloop

        uvloop.run(_main(sys.argv[1]))
