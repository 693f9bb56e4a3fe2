"""The two servers that are compared, each in a process of its own.

    python -m bench.websocket.serve box|echo DATA

``echo`` is the same server stack with a session that sends back what came. Prints one line when
ready: {"url", "rest", "hmac": [key, secret], "ed25519": [key, pem]}.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from bench.orders.serve import LIMITS

from tradewind.cli.up import tune
from tradewind.exchange.box import Box, Options
from tradewind.net.server import serve
from tradewind.protocol.messages import Frame, HttpRequest, HttpResponse, Ping, Pong


class EchoSession:
    """Sends back what came."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self.out: list[Frame] = []

    def receive(self, message: bytes, now: int) -> None:
        self.out.append(message)

    def control(self, frame: Ping | Pong, now: int) -> None: ...

    def take(self) -> list[Frame]:
        out, self.out = self.out, []
        return out

    def next_deadline(self) -> int | None:
        return None

    def wake(self, now: int) -> None: ...

    def closed(self, now: int) -> None: ...


class Echo:
    """The least application: a message, its answer."""

    def http(self, request: HttpRequest, answer: Any) -> None:
        answer(HttpResponse(404))

    def upgrade(self, request: HttpRequest) -> EchoSession:
        return EchoSession(request.peer)

    def opened(self, connection: Any) -> None: ...

    def received(self, connection: Any, message: bytes) -> None:
        connection.session.receive(message, 0)
        connection.flush()

    def control(self, connection: Any, frame: Any) -> None: ...

    def closed(self, connection: Any) -> None: ...


def ready(**told: Any) -> None:
    print(json.dumps(told), flush=True)


async def echo() -> None:
    server = await serve(Echo())
    ready(url=f"ws://127.0.0.1:{server.port}/", rest="", hmac=["", ""], ed25519=["", ""])
    await asyncio.Event().wait()


async def box(data: str) -> None:
    options = Options(
        Path(data), ("binance",), port_base=0, settings={"binance": {"limits": LIMITS}}
    )
    opened = Box(options)
    told = await opened.open()
    _, hmac = opened.create_key("binance", label="hmac")
    _, ed25519 = opened.create_key("binance", label="ed25519", kind="ed25519")
    opened.gateway("binance").host.faucet("default", {"USDT": "100000000"})
    doors = told.venues["binance"]
    tune()
    ready(
        url=doors["ws_api"],
        rest=doors["rest"],
        hmac=[hmac.api_key, hmac.api_secret],
        ed25519=[ed25519.api_key, ed25519.private_key],
    )
    await opened.run()


def main() -> None:
    import uvloop

    kind, data = sys.argv[1:3]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(echo() if kind == "echo" else box(data))


if __name__ == "__main__":
    main()
