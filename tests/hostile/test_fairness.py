"""One peer that floods waits behind the others: work is shared by time, not by what is sent."""

import asyncio
import time
from typing import Any

from tests.hostile.attacks import frame

from tradewind.net.real import RealWire
from tradewind.protocol.messages import Frame, HttpRequest, HttpResponse, Ping, Pong

WORK = 0.002
"""Seconds that each request takes."""

FLOOD = 200
BANNED = 60
ANSWER = 30_000
"""Bytes: so many that the flooder is paused for unread answers, and goes on, again and again."""


class Session:
    """Says how many messages the flooder was served so far."""

    def __init__(self, slow: "Slow", peer: str) -> None:
        self.slow = slow
        self.peer = peer
        self.out: list[Frame] = []

    def receive(self, message: bytes, now: int) -> None:
        self.out.append(self.slow.work(message))

    def control(self, frame: Ping | Pong, now: int) -> None: ...

    def take(self) -> list[Frame]:
        out, self.out = self.out, []
        return out

    def next_deadline(self) -> int | None:
        return None

    def wake(self, now: int) -> None: ...

    def closed(self, now: int) -> None: ...


class Slow:
    """An application whose every request costs the loop two milliseconds."""

    def __init__(self) -> None:
        self.flooded = 0

    def work(self, message: bytes) -> bytes:
        if message == b"honest":
            return b"%d" % self.flooded
        self.flooded += 1
        end = time.perf_counter() + WORK
        while time.perf_counter() < end:
            pass
        return b"x" * ANSWER

    def http(self, request: HttpRequest, answer: Any) -> None:
        told = request.path.strip("/")
        if told == "banned":
            self.flooded += 1
            answer(HttpResponse(418))
        else:
            answer(HttpResponse(200, self.work(told.encode())))

    def upgrade(self, request: HttpRequest) -> Session:
        return Session(self, request.peer)

    def opened(self, connection: Any) -> None: ...

    def received(self, connection: Any, message: bytes) -> None:
        connection.session.receive(message, 0)
        connection.flush()

    def control(self, connection: Any, frame: Any) -> None: ...

    def closed(self, connection: Any) -> None: ...


async def _read_on(reader: asyncio.StreamReader) -> None:
    while await reader.read(1 << 16):
        pass


async def _served_before(one: bytes, times: int = FLOOD, *, websocket: bool) -> tuple[int, int]:
    """What of a flood was served before an honest request was answered, and in the end."""
    slow = Slow()
    wire = RealWire()
    server = await wire.serve(slow)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    if websocket:
        writer.write(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
    writer.write(one * times)
    reading = asyncio.ensure_future(_read_on(reader))
    while not slow.flooded:
        await asyncio.sleep(0)
    async with wire.http(f"http://127.0.0.1:{server.port}") as client:
        answer = await client.request("GET", "/honest")
    while slow.flooded < times:
        await asyncio.sleep(0.01)
    reading.cancel()
    writer.close()
    await server.close()
    return int(answer.body), slow.flooded


def test_a_flood_of_messages_does_not_hold_the_loop() -> None:
    """All of it is served, but an honest request does not wait for it."""
    before, all_of_it = asyncio.run(_served_before(frame(b"flood"), websocket=True))
    assert before < FLOOD // 4
    assert all_of_it == FLOOD


def test_a_flood_of_requests_does_not_hold_the_loop() -> None:
    """The same over HTTP, where the requests came in one piece."""
    request = b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n"
    before, all_of_it = asyncio.run(_served_before(request, websocket=False))
    assert before < FLOOD // 4
    assert all_of_it == FLOOD


def test_a_banned_peer_waits_for_each_answer() -> None:
    """Its refusals cost next to nothing, and still it may not fill its go with them."""
    request = b"GET /banned HTTP/1.1\r\nHost: x\r\n\r\n"
    before, all_of_it = asyncio.run(_served_before(request, BANNED, websocket=False))
    assert before < BANNED // 4
    assert all_of_it == BANNED
