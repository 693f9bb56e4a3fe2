"""The server against bytes that no honest client would send, on both loops."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from tests.net.harness import MIB, Certificate, Desk, Raw, masked, run

from tradewind.net.server import Server, serve
from tradewind.net.wire import Limits
from tradewind.protocol.messages import HttpResponse, Ping

GET = b"GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"
KEY = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
)
TEXT, BINARY, CONTINUATION, CLOSE, PING = 0x81, 0x82, 0x80, 0x88, 0x89
FIRST, MIDDLE = 0x01, 0x00


def on_server(
    loop_kind: str,
    desk: Desk,
    scenario: Callable[[Server, Raw], Coroutine[Any, Any, None]],
    limits: Limits | None = None,
) -> None:
    """Run a scenario against a server, with one raw connection open."""

    async def whole() -> None:
        server = await serve(desk, limits=limits)
        raw = await Raw.open(server.port)
        try:
            await scenario(server, raw)
        finally:
            await raw.close()
            await server.close()

    run(loop_kind, whole)


async def upgraded(raw: Raw) -> None:
    raw.send(UPGRADE, KEY, b"\r\n")
    status, headers, _ = await raw.answer()
    assert (status, headers["sec-websocket-accept"]) == (101, "s3pplmbitxaq9kygzzhzrbk+xoo=")


def post(path: bytes, body: bytes, *headers: bytes) -> bytes:
    lines = (b"POST /%b HTTP/1.1" % path, b"Host: x", b"Content-Length: %d" % len(body), *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def test_a_connection_is_kept_for_many_requests(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        for n in range(3):
            raw.send(post(b"echo", b"%d" % n))
            status, headers, body = await raw.answer()
            assert (status, headers["connection"], body) == (200, "keep-alive", b"%d" % n)

    on_server(loop_kind, desk, scenario)


def test_pipelined_requests_are_answered_in_their_order(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.send(post(b"later", b"0"), post(b"later", b"1"), post(b"echo", b"2"))
        await desk.until(lambda: len(desk.requests) == 3)
        desk.waiting[1](HttpResponse(200, b"1"))
        desk.waiting[0](HttpResponse(200, b"0"))
        assert [(await raw.answer())[2] for _ in range(3)] == [b"0", b"1", b"2"]

    on_server(loop_kind, desk, scenario)


def test_a_flood_of_pipelined_requests_is_answered_whole(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.send(*(post(b"echo", b"%d" % n) for n in range(5000)))
        for n in range(5000):
            assert (await raw.answer())[2] == b"%d" % n

    on_server(loop_kind, desk, scenario)


def test_requests_beyond_the_pipeline_wait_until_answers_are_given(
    loop_kind: str, desk: Desk
) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        padding = b"X-Padding: " + b"x" * 4000  # more than is parsed in one go
        raw.send(*(post(b"later", b"%d" % n, padding) for n in range(20)))
        for n in range(20):
            await desk.until(lambda: len(desk.waiting) > n)  # noqa: B023  (used before n moves)
            assert len(desk.waiting) <= n + 4
            desk.waiting[n](HttpResponse(200, b"%d" % n))
            assert (await raw.answer())[2] == b"%d" % n

    on_server(loop_kind, desk, scenario, Limits(pipelined=4))


def test_a_request_may_come_byte_by_byte(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        for byte in post(b"echo", b"slowly"):
            raw.send(bytes([byte]))
            await asyncio.sleep(0)
        assert (await raw.answer())[2] == b"slowly"

    on_server(loop_kind, desk, scenario)


def test_a_chunked_body_is_put_together(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.send(b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        raw.send(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")
        assert (await raw.answer())[2] == b"abcde"

    on_server(loop_kind, desk, scenario)


def test_a_client_that_asks_first_is_told_to_go_on(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        request = post(b"echo", b"body", b"Expect: 100-continue")
        raw.send(request[:-4])
        assert (await raw.answer())[0] == 100
        raw.send(b"body")
        assert (await raw.answer())[2] == b"body"

    on_server(loop_kind, desk, scenario)


def test_a_client_that_asks_first_with_too_much_is_refused(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.send(b"POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n")
        assert (await raw.answer())[0] == 413

    on_server(loop_kind, desk, scenario)


def test_an_offer_of_http2_is_declined_by_an_answer(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        h2c = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA"
        raw.send(post(b"echo", b"first", h2c), GET, post(b"echo", b"", h2c), post(b"echo", b"4"))
        bodies = [(await raw.answer())[2] for _ in range(4)]
        assert bodies == [b"first", b"", b"", b"4"]

    on_server(loop_kind, desk, scenario)


@pytest.mark.parametrize(
    ("status", "request_bytes"),
    [
        (400, b"BLAH\r\n\r\n"),
        (400, b"GET / HTTP/9.1\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nno colon\r\n\r\n"),
        (400, b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"),
        (400, b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
        (400, b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        (405, b"CONNECT elsewhere:443 HTTP/1.1\r\n\r\n"),
        (413, b"POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n"),
        (413, b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n" + bytes(2 * MIB)),
        (431, b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000 + b"\r\n\r\n"),
        (431, b"GET / HTTP/1.1\r\nA: " + b"x" * 90_000),
        (431, b"GET / HTTP/1.1\r\n" + b"A: 1234567890\r\n" * 7000 + b"\r\n"),
        (431, b"GET /" + b"x" * 90_000),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_served_is_refused_and_closed(
    loop_kind: str, desk: Desk, status: int, request_bytes: bytes
) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.send(request_bytes)
        got, headers, _ = await raw.answer()
        assert (got, headers["connection"]) == (status, "close")
        assert await raw.rest() == b""
        assert desk.requests == []

    on_server(loop_kind, desk, scenario)


def test_a_refusal_comes_behind_the_answers_that_are_owed(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.send(post(b"later", b""), b"BLAH\r\n\r\n")
        await desk.until(lambda: desk.waiting)
        desk.waiting[0](HttpResponse(200, b"owed"))
        assert (await raw.answer())[2] == b"owed"
        assert (await raw.answer())[0] == 400
        assert await raw.rest() == b""

    on_server(loop_kind, desk, scenario)


@pytest.mark.parametrize(
    ("request_bytes", "kept"),
    [
        (b"GET /echo HTTP/1.0\r\n\r\n", False),
        (b"GET /echo HTTP/1.1\r\nConnection: close\r\n\r\n", False),
        (b"GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True),
    ],
)
def test_the_connection_ends_when_the_client_says_so(
    loop_kind: str, desk: Desk, request_bytes: bytes, kept: bool
) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.send(request_bytes, GET)
        _, headers, _ = await raw.answer()
        assert headers["connection"] == ("keep-alive" if kept else "close")
        if kept:
            assert (await raw.answer())[0] == 200
        else:
            assert await raw.rest() == b""
        assert len(desk.requests) == 1 + kept

    on_server(loop_kind, desk, scenario)


def test_204_and_304_have_neither_body_nor_length(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.send(b"GET /status/204 HTTP/1.1\r\n\r\nGET /status/304 HTTP/1.1\r\n\r\n", GET)
        for status in (204, 304, 200):
            got, headers, _ = await raw.answer()
            assert (got, "content-length" in headers) == (status, status == 200)

    on_server(loop_kind, desk, scenario)


def test_repeated_headers_are_joined_and_a_full_target_is_cut(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.send(b"GET http://host:80/echo?a=1 HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a: 2\r\n\r\n")
        await raw.answer()
        request = desk.requests[0]
        assert (request.path, request.query, request.headers["x-a"]) == ("/echo", "a=1", "1, 2")

    on_server(loop_kind, desk, scenario)


@pytest.mark.usefixtures("caplog")
def test_a_mistake_in_the_application_is_a_500_and_the_connection_goes_on(
    loop_kind: str, desk: Desk
) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.send(b"GET /broken HTTP/1.1\r\n\r\n", b"GET /split HTTP/1.1\r\n\r\n", GET)
        assert [(await raw.answer())[0] for _ in range(3)] == [500, 500, 200]

    on_server(loop_kind, desk, scenario)


def test_an_answer_to_a_client_that_left_goes_nowhere(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        other = await Raw.open(server.port)
        other.send(post(b"later", b""))
        await desk.until(lambda: desk.waiting)
        await other.close()
        raw.send(GET)
        await raw.answer()
        desk.waiting[0](HttpResponse(200))

    on_server(loop_kind, desk, scenario)


def test_a_client_that_only_stopped_sending_still_gets_its_answer(
    loop_kind: str, desk: Desk
) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.send(post(b"later", b""))
        raw.end()
        await desk.until(lambda: desk.waiting)
        await asyncio.sleep(0)
        desk.waiting[0](HttpResponse(200, b"here"))
        assert (await raw.answer())[2] == b"here"
        assert await raw.rest() == b""

    on_server(loop_kind, desk, scenario)


def test_a_request_that_does_not_end_is_refused_in_time(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.send(GET, b"GET /ech")
        await raw.answer()
        await asyncio.sleep(0)
        for _ in range(12):
            server.sweep()
        assert (await raw.answer())[0] == 408
        assert await raw.rest() == b""

    on_server(loop_kind, desk, scenario)


def test_an_idle_connection_is_closed_and_a_waiting_one_is_not(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        idle = await Raw.open(server.port)
        idle.send(GET)
        await idle.answer()
        raw.send(post(b"later", b""))
        await desk.until(lambda: desk.waiting)
        for _ in range(80):
            server.sweep()
        assert await idle.rest() == b""
        await idle.close()
        desk.waiting[0](HttpResponse(200))
        assert (await raw.answer())[0] == 200

    on_server(loop_kind, desk, scenario)


def test_more_connections_than_the_limit_are_turned_away(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.send(GET)
        await raw.answer()
        one_too_many = await Raw.open(server.port)
        assert (await one_too_many.answer())[0] == 503
        await one_too_many.close()
        raw.send(GET)
        assert (await raw.answer())[0] == 200

    on_server(loop_kind, desk, scenario, Limits(connections=1))


def test_a_client_that_asks_and_never_reads_is_stopped(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        deaf = await Raw.open(server.port)
        deaf.stop_reading()
        deaf.send(post(b"echo", bytes(500_000)) * 100)
        raw.send(GET)
        assert (await raw.answer())[0] == 200
        assert len(desk.requests) < 100
        await deaf.abort()

    on_server(loop_kind, desk, scenario)


# -- WebSocket


def test_frames_right_behind_the_handshake_are_not_lost(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.send(UPGRADE, KEY, b"\r\n", *(masked(TEXT, b"%d" % n) for n in range(3000)))
        assert (await raw.answer())[0] == 101
        for n in range(3000):
            assert await raw.frame() == (TEXT, b"%d" % n)

    on_server(loop_kind, desk, scenario)


def test_a_handshake_waits_for_the_answers_before_it(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.send(post(b"later", b""), UPGRADE, KEY, b"\r\n", masked(TEXT, b"early"))
        await desk.until(lambda: desk.waiting)
        assert desk.happened == []
        desk.waiting[0](HttpResponse(200, b"first"))
        assert (await raw.answer())[2] == b"first"
        assert (await raw.answer())[0] == 101
        assert await raw.frame() == (TEXT, b"early")

    on_server(loop_kind, desk, scenario)


def test_a_refused_handshake_leaves_the_connection_to_http(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        elsewhere = UPGRADE.replace(b"/ws", b"/elsewhere") + KEY + b"\r\n"
        raw.send(post(b"later", b""), elsewhere, GET)
        await desk.until(lambda: desk.waiting)
        desk.waiting[0](HttpResponse(200))
        statuses = [(await raw.answer())[0] for _ in range(3)]
        raw.send(elsewhere, GET)
        statuses += [(await raw.answer())[0] for _ in range(2)]
        assert statuses == [200, 403, 200, 403, 200]

    on_server(loop_kind, desk, scenario)


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        (426, KEY.replace(b"13", b"12")),
        (426, b""),
        (400, KEY.replace(b"==", b"")),
        (400, b"Sec-WebSocket-Version: 13\r\n"),
    ],
)
def test_a_handshake_that_is_none_is_refused(
    loop_kind: str, desk: Desk, status: int, fields: bytes
) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.send(UPGRADE, fields, b"\r\n")
        assert (await raw.answer())[0] == status
        assert desk.happened == []

    on_server(loop_kind, desk, scenario)


def test_compression_that_is_offered_is_not_taken(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.send(UPGRADE, KEY, b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
        status, headers, _ = await raw.answer()
        assert (status, "sec-websocket-extensions" in headers) == (101, False)

    on_server(loop_kind, desk, scenario)


def test_fragments_are_put_together_with_a_ping_between(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        await upgraded(raw)
        euro = "€".encode()
        raw.send(masked(FIRST, euro[:1]), masked(PING, b"now"), masked(MIDDLE, b""))
        raw.send(masked(CONTINUATION, euro[1:]), masked(BINARY, b"\xff\x00"))
        assert await raw.frame() == (0x8A, b"now")
        assert await raw.frame() == (TEXT, euro)
        assert await raw.frame() == (TEXT, b"\xff\x00")
        assert Ping(b"now") in desk.happened

    on_server(loop_kind, desk, scenario)


@pytest.mark.parametrize(
    ("code", "sent"),
    [
        (1002, masked(CONTINUATION, b"x")),
        (1002, masked(FIRST, b"x") + masked(TEXT, b"y")),
        (1002, masked(0xC1, b"compressed")),
        (1002, masked(0x83, b"an opcode nobody has")),
        (1002, b"\x81\x01x"),
        (1002, masked(0x09, b"a fragmented ping")),
        (1007, masked(TEXT, b"\xff\xfe")),
        (1009, masked(TEXT, bytes(2000))),
        (1009, masked(FIRST, bytes(600)) + masked(CONTINUATION, bytes(600))),
        (1009, masked(FIRST, bytes(600)) + masked(MIDDLE, bytes(600))),
        (1009, masked(FIRST, b"x") + masked(MIDDLE, b"") * 2000),
        (1011, masked(TEXT, b"broken")),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_broken_rule_closes_with_its_code(
    loop_kind: str, desk: Desk, code: int, sent: bytes
) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        await upgraded(raw)
        raw.send(sent, masked(TEXT, b"too late"))
        first, payload = await raw.frame()
        assert (first, int.from_bytes(payload[:2], "big")) == (CLOSE, code)
        raw.send(masked(CLOSE, payload[:2]))
        assert await raw.rest() == b""
        await desk.seen("closed")
        assert ("received", 8) not in desk.happened

    on_server(loop_kind, desk, scenario, Limits(message_bytes=1000))


@pytest.mark.parametrize("payload", [b"", b"\x03\xe8", b"\x0f\xa1bye"])
def test_a_close_is_answered_with_the_same(loop_kind: str, desk: Desk, payload: bytes) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        await upgraded(raw)
        raw.send(masked(CLOSE, payload))
        assert await raw.frame() == (CLOSE, payload)
        assert await raw.rest() == b""
        await desk.seen("closed")

    on_server(loop_kind, desk, scenario)


def test_a_peer_that_does_not_answer_a_close_is_cut(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        await upgraded(raw)
        raw.send(masked(TEXT, b"close 1000 enough"))
        await desk.seen("closed")

    on_server(loop_kind, desk, scenario, Limits(close_seconds=0))


def test_a_lost_connection_is_told_once(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        await upgraded(raw)
        await raw.abort()
        await desk.seen("closed")
        assert desk.happened == ["opened", "closed"]
        assert not server.connections

    on_server(loop_kind, desk, scenario)


def test_closing_does_not_wait_for_who_never_reads(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        raw.stop_reading()
        raw.send(UPGRADE, KEY, b"\r\n", masked(TEXT, b"flood 7"))
        await desk.until(lambda: ("received", 7) in desk.happened)
        await server.close()
        assert desk.happened[-1] == "closed"

    on_server(loop_kind, desk, scenario, Limits(close_seconds=0))


def test_the_port_that_is_taken_is_an_error(loop_kind: str, desk: Desk) -> None:
    async def scenario(server: Server, raw: Raw) -> None:
        with pytest.raises(OSError, match="in use"):
            await serve(desk, port=server.port)

    on_server(loop_kind, desk, scenario)


def test_the_date_is_the_clock_that_was_given(loop_kind: str, desk: Desk) -> None:
    async def whole() -> None:
        server = await serve(desk, now=lambda: 784_111_777 * 1_000_000_000)
        raw = await Raw.open(server.port)
        raw.send(GET)
        _, headers, _ = await raw.answer()
        assert headers["date"] == "sun, 06 nov 1994 08:49:37 gmt"  # RFC 9110 section 5.6.7
        await raw.close()
        await server.close()

    run(loop_kind, whole)


def test_plain_bytes_on_a_tls_port_disturb_nobody(
    loop_kind: str, desk: Desk, certificate: Certificate
) -> None:
    async def whole() -> None:
        server = await serve(desk, ssl=certificate.serving())
        raw = await Raw.open(server.port)
        raw.send(GET)
        assert await raw.rest() == b""
        await raw.close()
        await server.close()
        assert desk.requests == []

    run(loop_kind, whole)


def test_a_tls_handshake_under_way_does_not_hold_up_closing(
    loop_kind: str, desk: Desk, certificate: Certificate
) -> None:
    async def whole() -> None:
        server = await serve(desk, ssl=certificate.serving(), limits=Limits(header_seconds=60))
        raw = await Raw.open(server.port)
        raw.send(b"\x16\x03\x01")
        await asyncio.sleep(0.02)
        await server.close()
        assert await raw.rest() == b""
        await raw.close()

    run(loop_kind, whole)
