"""The WebSocket client against servers that misbehave, on both loops."""

import asyncio
import base64
import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from tests.net.harness import Certificate, Desk, Handler, Scripted, after_request, run

from tradewind.model import NotSent, Rejected, TradewindError, Unreadable
from tradewind.net.server import serve
from tradewind.net.websocket import WebSocketClient, connect
from tradewind.net.wire import Closed, CloseReason

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3


def after_handshake(*sent: bytes, stay: bool = False) -> Handler:
    """Accept, send these bytes, close (or wait for the client to)."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        key = head.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n")
        writer.write(b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        writer.write(b"".join(sent))
        if stay:
            await reader.read()

    return script


def on_script(
    loop_kind: str,
    scenario: Callable[[WebSocketClient], Coroutine[Any, Any, None]],
    script: Handler,
) -> None:
    async def whole() -> None:
        async with (
            Scripted(script) as server,
            await connect(f"ws://127.0.0.1:{server.port}/", close_seconds=0.05) as client,
        ):
            await scenario(client)

    run(loop_kind, whole)


def test_a_connection_lost_without_a_word_is_1006(loop_kind: str) -> None:
    async def scenario(client: WebSocketClient) -> None:
        assert [message async for message in client] == [b"one"]
        assert client.closed == CloseReason(1006, "the connection was lost")
        with pytest.raises(Closed, match="1006"):
            await client.ping()
        with pytest.raises(NotSent):
            client.send(b"x")

    on_script(loop_kind, scenario, after_handshake(b"\x81\x03one", b"\x81\x03tw"))


def test_a_ping_that_is_not_answered_ends_in_time_or_with_the_connection(loop_kind: str) -> None:
    async def scenario(client: WebSocketClient) -> None:
        with pytest.raises(TimeoutError):
            await client.ping(timeout=0.05)
        ping = asyncio.ensure_future(client.ping())
        await asyncio.sleep(0)
        await client.close()
        with pytest.raises(Closed):
            await ping

    on_script(loop_kind, scenario, after_handshake(stay=True))


@pytest.mark.parametrize(
    ("code", "frames"),
    [
        (1002, b"\x80\x01x"),
        (1002, b"\xc1\x01x"),
        (1007, b"\x81\x01\xff"),
        (1009, b"\x81\x7f\x00\x00\x00\x00\x40\x00\x00\x00"),
    ],
    ids=["fragment", "compressed", "not UTF-8", "1 GiB"],
)
def test_a_server_that_breaks_the_protocol_is_left_with_the_code(
    loop_kind: str, code: int, frames: bytes
) -> None:
    async def scenario(client: WebSocketClient) -> None:
        assert [message async for message in client] == []
        assert client.closed is not None
        assert client.closed.code == code

    on_script(loop_kind, scenario, after_handshake(frames, b"\x81\x01a", stay=True))


def test_a_close_without_a_code_is_1005(loop_kind: str) -> None:
    async def scenario(client: WebSocketClient) -> None:
        assert [message async for message in client] == []
        assert client.closed == CloseReason(1005)

    on_script(loop_kind, scenario, after_handshake(b"\x88\x00", stay=True))


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (Rejected, b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 4\r\n\r\nwait"),
        (Rejected, b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\n\r\n"),
        (Rejected, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        (Unreadable, b"garbage\r\n\r\n"),
        (Unreadable, b"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
        (NotSent, b""),
        (NotSent, b"HTTP/1.1 101 Swi"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_handshake_that_fails_says_how(
    loop_kind: str, error: type[TradewindError], answer: bytes
) -> None:
    async def whole() -> None:
        async with Scripted(after_request(answer)) as server:
            with pytest.raises(error):
                await connect(f"ws://127.0.0.1:{server.port}/")

    run(loop_kind, whole)


def test_a_handshake_without_an_answer_ends_in_time(loop_kind: str) -> None:
    async def whole() -> None:
        async with Scripted(after_request(b"", stay=True)) as server:
            with pytest.raises(NotSent, match="in time"):
                await connect(f"ws://127.0.0.1:{server.port}/", timeout=0.1)

    run(loop_kind, whole)


def test_a_certificate_that_does_not_fit_opens_nothing(
    loop_kind: str, certificate: Certificate, desk: Desk
) -> None:
    async def whole() -> None:
        server = await serve(desk, ssl=certificate.serving())
        with pytest.raises(NotSent, match=r"(?i)certificate"):
            await connect(f"wss://localhost:{server.port}/ws")
        await server.close()
        assert desk.happened == []

    run(loop_kind, whole)


def test_headers_reach_the_handshake(loop_kind: str, desk: Desk) -> None:
    async def whole() -> None:
        server = await serve(desk)
        headers = {"X-API-Key": "k"}
        async with await connect(f"ws://127.0.0.1:{server.port}/ws?a=1", headers):
            await desk.seen("opened")
            (connection,) = server.connections
            request = connection.request
            assert (request.path, request.query) == ("/ws", "a=1")
            assert request.headers["x-api-key"] == "k"
        await server.close()

    run(loop_kind, whole)
