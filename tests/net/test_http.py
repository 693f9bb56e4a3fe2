"""The HTTP client at every point where a connection can be cut, on both loops."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from tests.net.harness import Certificate, Desk, Handler, Scripted, after_request, run

from tradewind.model import NotSent, OutcomeUnknown, TradewindError, Unreadable
from tradewind.net.http import HttpClient, Pool
from tradewind.net.server import serve

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nwhole"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
KEPT = after_request(WHOLE, stay=True)


def on_script(
    loop_kind: str,
    scenario: Callable[[HttpClient, Scripted], Coroutine[Any, Any, None]],
    *scripts: Handler,
    pool: Pool | None = None,
) -> None:
    """Run a scenario with a client of a server that follows a script."""

    async def whole() -> None:
        async with (
            Scripted(*scripts) as server,
            HttpClient(f"http://127.0.0.1:{server.port}", pool=pool) as client,
        ):
            await scenario(client, server)

    run(loop_kind, whole)


@pytest.mark.parametrize("cut", range(len(WHOLE)))
def test_an_answer_cut_anywhere_is_an_unknown_outcome(cut: int) -> None:
    async def scenario(client: HttpClient, server: Scripted) -> None:
        with pytest.raises(OutcomeUnknown, match="lost"):
            await client.request("POST", "/order")

    on_script("asyncio", scenario, after_request(WHOLE[:cut]))


@pytest.mark.parametrize("cut", [0, 20, len(WHOLE) - 1])
def test_a_reset_is_an_unknown_outcome(loop_kind: str, cut: int) -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(WHOLE[:cut])
        sock = writer.get_extra_info("socket")
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # on, 0 s: close sends a reset
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    async def scenario(client: HttpClient, server: Scripted) -> None:
        with pytest.raises(OutcomeUnknown, match="lost"):
            await client.request("POST", "/order")

    on_script(loop_kind, scenario, reset)


@pytest.mark.parametrize("cut", [0, 30])
def test_silence_is_an_unknown_outcome(loop_kind: str, cut: int) -> None:
    async def scenario(client: HttpClient, server: Scripted) -> None:
        with pytest.raises(OutcomeUnknown, match="in time"):
            await client.request("POST", "/order", timeout=0.1)
        assert server.accepted == 1

    on_script(loop_kind, scenario, after_request(WHOLE[:cut], stay=True))


@pytest.mark.parametrize(
    "garbage",
    [
        b"garbage\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(900_000),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_http_is_unreadable_and_shown(loop_kind: str, garbage: bytes) -> None:
    async def scenario(client: HttpClient, server: Scripted) -> None:
        with pytest.raises(Unreadable) as error:
            await client.request("POST", "/order")
        assert error.value.payload
        assert garbage.startswith(error.value.payload)
        assert (await client.request("GET", "/")).body == b"whole"

    pool = Pool(answer_bytes=800_000)
    on_script(loop_kind, scenario, after_request(garbage, stay=True), KEPT, pool=pool)


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.0 200 OK\r\n\r\nold", b"old"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
            b"abc",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nX: y\r\n\r\n" + WHOLE, b"whole"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    ],
    ids=lambda value: str(value)[:40],
)
def test_every_form_of_a_whole_answer_is_read(loop_kind: str, answer: bytes, body: bytes) -> None:
    async def scenario(client: HttpClient, server: Scripted) -> None:
        got = await client.request("GET", "/")
        assert (got.status, got.body) == (200 if body else 204, body)
        assert got.bytes_in == len(answer)

    on_script(loop_kind, scenario, after_request(answer))


def test_a_connection_is_used_again(loop_kind: str) -> None:
    async def scenario(client: HttpClient, server: Scripted) -> None:
        for _ in range(5):
            await client.request("GET", "/")
        assert server.accepted == 1

    on_script(loop_kind, scenario, KEPT)


@pytest.mark.parametrize(
    "answer",
    [
        WHOLE.replace(b"X-A: b", b"Connection: close"),
        WHOLE + b"more than was asked for",
        WHOLE + WHOLE,
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nwhole",
    ],
    ids=["said so", "more", "twice", "old"],
)
def test_a_connection_that_ends_or_is_out_of_step_is_not_used_again(
    loop_kind: str, answer: bytes
) -> None:
    async def scenario(client: HttpClient, server: Scripted) -> None:
        for _ in range(3):
            assert (await client.request("GET", "/")).body == b"whole"
        assert server.accepted == 3

    on_script(loop_kind, scenario, after_request(answer, stay=True))


def test_a_connection_closed_while_idle_is_replaced_without_loss(loop_kind: str) -> None:
    async def scenario(client: HttpClient, server: Scripted) -> None:
        assert (await client.request("POST", "/order")).body == b"whole"
        while client.idle:
            await asyncio.sleep(0)
        assert (await client.request("POST", "/order")).body == b"whole"
        assert server.accepted == 2

    on_script(loop_kind, scenario, after_request(WHOLE), KEPT)


def test_an_old_idle_connection_is_not_trusted(loop_kind: str) -> None:
    async def scenario(client: HttpClient, server: Scripted) -> None:
        for _ in range(3):
            await client.request("GET", "/")
        assert server.accepted == 3

    on_script(loop_kind, scenario, KEPT, pool=Pool(keep=-1))


def test_no_more_connections_than_the_pool_has(loop_kind: str) -> None:
    async def scenario(client: HttpClient, server: Scripted) -> None:
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(client.request("GET", "/")) for _ in range(50)]
        assert all(task.result().body == b"whole" for task in asked)
        assert server.accepted == 3

    on_script(loop_kind, scenario, KEPT, pool=Pool(connections=3))


def test_a_cancelled_request_frees_its_place_and_its_connection_is_not_reused(
    loop_kind: str,
) -> None:
    async def scenario(client: HttpClient, server: Scripted) -> None:
        asking = asyncio.ensure_future(client.request("GET", "/"))
        while not server.accepted:
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        while not server.ended:
            await asyncio.sleep(0)
        assert (await client.request("GET", "/")).body == b"whole"
        assert server.accepted == 2

    silent = after_request(b"", stay=True)
    on_script(loop_kind, scenario, silent, KEPT, pool=Pool(connections=1))


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\n"])
def test_a_host_that_does_not_finish_tls_was_sent_nothing(loop_kind: str, answer: bytes) -> None:
    async def not_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)

    async def whole() -> None:
        async with (
            Scripted(not_tls) as server,
            HttpClient(f"https://127.0.0.1:{server.port}") as client,
        ):
            with pytest.raises(NotSent):
                await client.request("POST", "/order")

    run(loop_kind, whole)


@pytest.mark.parametrize(
    ("host", "trusted"), [("localhost", False), ("127.0.0.2", True)], ids=["unknown", "misnamed"]
)
def test_a_certificate_that_does_not_fit_is_sent_nothing(
    loop_kind: str, certificate: Certificate, desk: Desk, host: str, trusted: bool
) -> None:
    async def whole() -> None:
        server = await serve(
            desk, "127.0.0.2" if trusted else "127.0.0.1", ssl=certificate.serving()
        )
        trust = certificate.trusting() if trusted else None
        async with HttpClient(f"https://{host}:{server.port}", ssl=trust) as client:
            with pytest.raises(NotSent, match=r"(?i)certificate"):
                await client.request("POST", "/order")
        await server.close()
        assert desk.requests == []

    run(loop_kind, whole)


def test_proxies_of_the_environment_are_not_asked(
    loop_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def scenario(client: HttpClient, server: Scripted) -> None:
        assert (await client.request("GET", "/")).body == b"whole"

    on_script(loop_kind, scenario, KEPT)


def test_every_failure_is_one_of_ours(loop_kind: str) -> None:
    """Whatever the bytes, a caller sees an answer or a TradewindError."""

    async def scenario(client: HttpClient, server: Scripted) -> None:
        for _ in range(len(WHOLE)):
            try:
                await client.request("GET", "/", timeout=0.5)
            except TradewindError:
                continue

    scripts = [after_request(WHOLE[:n] + b"\xff" + WHOLE[n + 1 :]) for n in range(len(WHOLE))]
    on_script(loop_kind, scenario, *scripts)
