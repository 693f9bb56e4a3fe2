"""Clients that no venue loves. Each runs for some seconds and tells how it ended.

    python -m tests.hostile.attacks NAME PORT SECONDS

Prints JSON: what was sent and what became of it. Each comes from an address of its
own, because a venue bans by address.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

ADDRESSES = "127.0.0.%d"
FIRST = 66
CROWD = 2_000
BIG = 10 << 20

STREAMS = "/".join(
    f"{symbol}@{kind}"
    for symbol in ("btcusdt", "ethusdt", "bnbusdt", "solusdt", "xrpusdt", "ltcusdt")
    for kind in ("depth@100ms", "trade", "bookTicker", "aggTrade", "depth20@100ms", "kline_1s")
)

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


address: ContextVar[str] = ContextVar("address")


class Tally(Counter[str]):
    """What was sent, and how it ended."""

    def answer(self, head: bytes) -> None:
        if head.startswith(b"HTTP/1.1 "):
            self[f"status {head[9:12].decode()}"] += 1


def lasting(seconds: float) -> Callable[[], bool]:
    """Whether there is time left."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() < end


@contextmanager
def cut(tally: Tally) -> Iterator[None]:
    """Count the end of a connection that the box ended."""
    try:
        yield
    except (ConnectionError, asyncio.IncompleteReadError, BrokenPipeError, TimeoutError):
        tally["cut"] += 1


async def dial(port: int, limit: int = 1 << 16) -> Stream:
    return await asyncio.open_connection(
        "127.0.0.1", port, local_addr=(address.get(), 0), limit=limit
    )


async def websocket(port: int, path: str, tally: Tally) -> Stream | None:
    """A WebSocket, or None when the handshake is refused."""
    reader, writer = await dial(port)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    tally.answer(head)
    if b" 101 " in head[:20]:
        return reader, writer
    writer.close()
    return None


async def drain(writer: asyncio.StreamWriter) -> None:
    """Wait a little for the box to take what was written: it may well stop reading."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0.2):
            await writer.drain()
    await asyncio.sleep(0)


def frame(payload: bytes, opcode: int = 1, *, final: bool = True) -> bytes:
    """A masked frame with a mask of zero."""
    size = len(payload)
    head = bytes(((0x80 if final else 0) | opcode,))
    if size < 126:
        return head + bytes((0x80 | size,)) + b"\0\0\0\0" + payload
    if size < 1 << 16:
        return head + b"\xfe" + size.to_bytes(2, "big") + b"\0\0\0\0" + payload
    return head + b"\xff" + size.to_bytes(8, "big") + b"\0\0\0\0" + payload


async def until_end(reader: asyncio.StreamReader, tally: Tally, seconds: float) -> None:
    """Read whatever comes, until the box ends it."""
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(seconds):
            while data := await reader.read(1 << 16):
                tally.answer(data)
            tally["cut"] += 1
            return
    tally["open at the end"] += 1


async def never_reads(port: int, seconds: float, tally: Tally) -> None:
    """Everything is subscribed and asked for, nothing is read."""
    left = lasting(seconds)
    request = b"GET /api/v3/exchangeInfo HTTP/1.1\r\nHost: x\r\n\r\n"
    writers = []
    for path in (f"/stream?streams={STREAMS}", f"/stream?streams={STREAMS}"):
        opened = await websocket(port, path, tally)
        if opened:
            opened[0]._transport.pause_reading()  # type: ignore[attr-defined]
            writers.append(opened[1])
    reader, writer = await dial(port)
    reader._transport.pause_reading()  # type: ignore[attr-defined]
    with cut(tally):
        while left():
            for _ in range(20):
                writer.write(request)
                tally["requests"] += 1
            async with asyncio.timeout(1):
                await writer.drain()
            await asyncio.sleep(0.05)
    writers.append(writer)
    while left():
        await asyncio.sleep(0.1)
    for each in writers:
        each.transport.abort()


async def floods_http(port: int, seconds: float, tally: Tally) -> None:
    """Requests as fast as they are taken, hundreds in one write."""
    left = lasting(seconds)
    request = b"GET /api/v3/depth?symbol=BTCUSDT&limit=5000 HTTP/1.1\r\nHost: x\r\n\r\n" * 200

    async def one() -> None:
        while left():
            with cut(tally):
                reader, writer = await dial(port)
                reading = asyncio.ensure_future(until_end(reader, tally, seconds))
                try:
                    while left() and not reading.done():
                        writer.write(request)
                        tally["requests"] += 200
                        await drain(writer)
                finally:
                    reading.cancel()
                    writer.transport.abort()

    await asyncio.gather(*(one() for _ in range(4)))


async def floods_websocket(port: int, seconds: float, tally: Tally) -> None:
    """WebSocket API requests as fast as they are taken."""
    message = frame(b'{"id":1,"method":"klines","params":{"symbol":"BTCUSDT","interval":"1m"}}')
    await _flood(port, "/ws-api/v3", message * 100, seconds, tally)


async def floods_streams(port: int, seconds: float, tally: Tally) -> None:
    """Subscribing and leaving, far beyond five messages a second."""
    message = frame(b'{"method":"SUBSCRIBE","params":["btcusdt@depth"],"id":1}')
    await _flood(port, "/ws", message * 100, seconds, tally)


async def _flood(port: int, path: str, data: bytes, seconds: float, tally: Tally) -> None:
    left = lasting(seconds)
    while left():
        with cut(tally):
            opened = await websocket(port, path, tally)
            if opened is None:
                await asyncio.sleep(0.02)
                continue
            reader, writer = opened
            reading = asyncio.ensure_future(until_end(reader, tally, seconds))
            try:
                while left() and not reading.done():
                    writer.write(data)
                    tally["messages"] += 100
                    await drain(writer)
            finally:
                reading.cancel()
                writer.transport.abort()


async def crowds(port: int, seconds: float, tally: Tally) -> None:
    """Two thousand connections, opened at once and left alone."""
    left = lasting(seconds)
    opened: list[Stream] = []

    async def one() -> None:
        with suppress(OSError):
            opened.append(await dial(port))
            tally["connections"] += 1

    while len(opened) < CROWD and left():
        await asyncio.gather(*(one() for _ in range(50)))
    while left():
        await asyncio.sleep(0.1)
    for _, writer in opened:
        writer.transport.abort()


async def big_frames(port: int, seconds: float, tally: Tally) -> None:
    """A frame of 10 MB, again and again; and one in a thousand pieces."""
    left = lasting(seconds)
    whole = frame(b"x" * BIG)
    pieces = frame(b"x" * 10_000, final=False) + frame(b"x" * 10_000, 0, final=False) * 1_000
    while left():
        for data in (whole, pieces):
            with cut(tally):
                opened = await websocket(port, "/ws-api/v3", tally)
                if opened is None:
                    await asyncio.sleep(0.05)
                    continue
                reader, writer = opened
                writer.write(data)
                tally["frames"] += 1
                await until_end(reader, tally, 8)
                writer.transport.abort()


async def half_requests(port: int, seconds: float, tally: Tally) -> None:
    """Two hundred requests that come a byte at a time and never end."""
    left = lasting(seconds)
    text = b"POST /api/v3/order HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 10_000

    async def one() -> None:
        with cut(tally):
            reader, writer = await dial(port)
            tally["connections"] += 1
            answered = asyncio.ensure_future(reader.read(1 << 16))
            for place in range(len(text)):
                if not left():
                    tally["open at the end"] += 1
                    break
                writer.write(text[place : place + 1])
                await writer.drain()
                if answered.done():
                    tally.answer(answered.result())
                    break
                await asyncio.sleep(0.25)
            answered.cancel()
            writer.transport.abort()

    await asyncio.gather(*(one() for _ in range(200)))


async def garbage(port: int, seconds: float, tally: Tally) -> None:
    """TLS where there is none, noise, endless headers, bodies too long, odd upgrades."""
    left = lasting(seconds)
    hello = bytes.fromhex("16030100f8010000f40303") + os.urandom(32) + b"\x20" + os.urandom(200)
    messages = (
        hello,
        os.urandom(2_000),
        b"\x00" * 5_000,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 50_000,
        b"POST /api/v3/order HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n" + b"x" * 2_000_000,
        b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\n\r\n",
    )
    while left():
        for message in messages:
            with cut(tally):
                reader, writer = await dial(port)
                writer.write(message)
                writer.write_eof()
                tally["sent"] += 1
                await until_end(reader, tally, 2)
                writer.transport.abort()


async def nests(port: int, seconds: float, tally: Tally) -> None:
    """JSON a hundred thousand levels deep, on both kinds of WebSocket."""
    left = lasting(seconds)
    deep = frame(b"[" * 100_000)
    while left():
        for path in ("/ws-api/v3", "/ws"):
            with cut(tally):
                opened = await websocket(port, path, tally)
                if opened is None:
                    await asyncio.sleep(0.05)
                    continue
                reader, writer = opened
                writer.write(deep)
                tally["messages"] += 1
                data = await asyncio.wait_for(reader.read(1 << 16), 2)
                tally["answered" if data else "cut"] += 1
                writer.transport.abort()


ATTACKS: dict[str, Callable[[int, float, Tally], Awaitable[None]]] = {
    "never reads": never_reads,
    "floods HTTP": floods_http,
    "floods the WebSocket API": floods_websocket,
    "floods the streams": floods_streams,
    "2,000 connections": crowds,
    "10 MB frames": big_frames,
    "half requests": half_requests,
    "garbage": garbage,
    "deep JSON": nests,
}


async def run(names: list[str], port: int, seconds: float) -> dict[str, dict[str, int]]:
    """All of these attacks at once."""
    tallies = {name: Tally() for name in names}

    async def one(name: str) -> None:
        address.set(ADDRESSES % (FIRST + list(ATTACKS).index(name)))
        await ATTACKS[name](port, seconds, tallies[name])

    await asyncio.gather(*map(one, names))
    return {name: dict(tally) for name, tally in tallies.items()}


def main() -> None:
    names, port, seconds = sys.argv[1].split("/"), int(sys.argv[2]), float(sys.argv[3])
    os.nice(10)  # an attacker has a machine of its own; here it must not starve the honest client
    print(json.dumps(asyncio.run(run(names, port, seconds))))


if __name__ == "__main__":
    main()
