"""The contract of a wire: the same on sockets with either loop, under TLS, and in memory."""

import asyncio
from contextvars import ContextVar

import msgspec
import pytest
from tests.net.harness import MIB, Desk, OnWire

from tradewind.model import InvalidInput, NotSent, OutcomeUnknown, Rejected
from tradewind.net.http import Pool
from tradewind.net.inbox import Bound, Inbox, WhenFull
from tradewind.net.wire import Closed, CloseReason, Limits, Wire
from tradewind.protocol.messages import HttpRequest, HttpResponse, Ping, Pong


def test_a_request_arrives_as_it_was_asked(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with wire.http(play.http_url(server.port)) as client:
            answer = await client.request(
                "POST", "/order", "symbol=BTC%20USDT&x=1", {"X-API-Key": "k"}, b"a=1"
            )
        await server.close()
        seen = msgspec.json.decode(answer.body, type=HttpRequest)
        assert (seen.method, seen.path, seen.query) == ("POST", "/order", "symbol=BTC%20USDT&x=1")
        assert (seen.headers["x-api-key"], seen.body, seen.peer) == ("k", b"a=1", "127.0.0.1")

    play(scenario)


def test_an_answer_arrives_with_its_headers_in_order_and_its_measures(
    play: OnWire, desk: Desk
) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with wire.http(play.http_url(server.port)) as client:
            answer = await client.request("POST", "/echo", body=b"x" * 900_000)
        await server.close()
        assert (answer.status, answer.body) == (200, b"x" * 900_000)
        ours = [pair for pair in answer.headers if pair[0].lower() == "x-two"]
        assert ours == [("X-Two", "a"), ("x-two", "b")]
        assert answer.header("content-length") == "900000"
        assert answer.header("date") is not None
        assert answer.header("Connection") == "keep-alive"
        assert answer.bytes_in > 900_000 < answer.bytes_out
        assert answer.elapsed_ns > 0

    play(scenario)


@pytest.mark.parametrize("status", [302, 404, 418, 429, 500, 599])
def test_a_status_is_told_and_nothing_is_followed_or_repeated(
    play: OnWire, desk: Desk, status: int
) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with wire.http(play.http_url(server.port)) as client:
            answer = await client.request("GET", f"/status/{status}")
        await server.close()
        assert (answer.status, answer.body) == (status, b"said no")
        assert len(desk.requests) == 1

    play(scenario)


def test_head_is_answered_with_the_length_and_no_body(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with wire.http(play.http_url(server.port)) as client:
            answer = await client.request("HEAD", "/status/200")
            again = await client.request("GET", "/status/200")
        await server.close()
        assert (answer.status, answer.body, answer.header("content-length")) == (200, b"", "7")
        assert again.body == b"said no"

    play(scenario)


def test_answers_given_in_another_order_reach_who_asked(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with wire.http(play.http_url(server.port)) as client, asyncio.TaskGroup() as group:
            first = group.create_task(client.request("GET", "/later", "a"))
            await desk.until(lambda: len(desk.waiting) == 1)
            second = group.create_task(client.request("GET", "/later", "b"))
            await desk.until(lambda: len(desk.waiting) == 2)
            desk.waiting[1](HttpResponse(200, b"to b"))
            desk.waiting[0](HttpResponse(200, b"to a"))
        await server.close()
        assert (first.result().body, second.result().body) == (b"to a", b"to b")

    play(scenario)


def test_an_answer_is_given_once(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with wire.http(play.http_url(server.port)) as client:
            asking = asyncio.ensure_future(client.request("GET", "/later"))
            await desk.until(lambda: desk.waiting)
            desk.waiting[0](HttpResponse(200))
            with pytest.raises(RuntimeError, match="once"):
                desk.waiting[0](HttpResponse(200))
            await asking
        await server.close()

    play(scenario)


def test_without_an_answer_in_time_the_outcome_is_unknown(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with wire.http(play.http_url(server.port)) as client:
            with pytest.raises(OutcomeUnknown, match="in time"):
                await client.request("POST", "/later", timeout=0.2)
            desk.waiting[0](HttpResponse(200, b"too late"))
            assert (await client.request("POST", "/echo", body=b"next")).body == b"next"
        await server.close()
        assert len(desk.requests) == 2

    play(scenario)


def test_when_nobody_listens_nothing_was_sent(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        await server.close()
        async with wire.http(play.http_url(server.port)) as client:
            with pytest.raises(NotSent):
                await client.request("POST", "/echo")
        with pytest.raises(NotSent):
            await wire.connect(play.ws_url(server.port))
        assert desk.requests == []

    play(scenario)


def test_when_no_connection_becomes_free_nothing_was_sent(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with wire.http(play.http_url(server.port)) as client:
            first = asyncio.ensure_future(client.request("GET", "/later"))
            await desk.until(lambda: desk.waiting)
            with pytest.raises(NotSent, match="free in time"):
                await client.request("GET", "/echo", timeout=0.05)
            desk.waiting[0](HttpResponse(200))
            await first
        await server.close()
        assert len(desk.requests) == 1

    play(scenario, pool=Pool(connections=1))


def test_a_server_that_closes_leaves_the_outcome_unknown(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with wire.http(play.http_url(server.port)) as client:
            asking = asyncio.ensure_future(client.request("GET", "/later"))
            await desk.until(lambda: desk.waiting)
            await server.close()
            with pytest.raises(OutcomeUnknown, match="lost"):
                await asking

    play(scenario)


def test_a_client_that_closes_leaves_the_outcome_unknown(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        client = wire.http(play.http_url(server.port))
        asking = asyncio.ensure_future(client.request("GET", "/later"))
        await desk.until(lambda: desk.waiting)
        await client.close()
        with pytest.raises(OutcomeUnknown, match="closed"):
            await asking
        with pytest.raises(NotSent, match="closed"):
            await client.request("GET", "/echo")
        await server.close()

    play(scenario)


def test_what_would_break_out_of_its_line_is_not_sent(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with wire.http(play.http_url(server.port)) as client:
            for path, headers in (
                ("/a b", {}),
                ("no-slash", {}),
                ("/ä", {}),
                ("/", {"X": "a\r\nY: b"}),
                ("/", {"Host": "elsewhere"}),
            ):
                with pytest.raises(InvalidInput):
                    await client.request("GET", path, "", headers)
        await server.close()
        assert desk.requests == []

    play(scenario)


def test_too_long_a_body_or_header_is_refused_and_not_shown(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with wire.http(play.http_url(server.port)) as client:
            body = await client.request("POST", "/echo", body=bytes(MIB + 1))
            header = await client.request("GET", "/echo", "", {"X": "x" * 70_000})
            whole = await client.request("POST", "/echo", body=bytes(MIB))
        await server.close()
        assert (body.status, header.status, whole.status) == (413, 431, 200)
        assert len(desk.requests) == 1

    play(scenario)


def test_messages_come_back_in_order_and_whole(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with await wire.connect(play.ws_url(server.port)) as websocket:
            sent = [b"", b"small", "grün".encode(), b"x" * 125, b"y" * 126, b"z" * 65_536]
            for message in sent:
                websocket.send(message)
            assert [await websocket.receive() for _ in sent] == sent
            for letter in b"abc":
                websocket.send(bytes([letter]) * 900_000)
                assert await websocket.receive() == bytes([letter]) * 900_000
            assert len(server.connections) == 1
        await desk.seen("closed")
        assert not server.connections
        await server.close()
        assert desk.happened[0] == "opened"

    play(scenario)


def test_many_frames_of_one_flush_arrive_in_order(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with await wire.connect(play.ws_url(server.port)) as websocket:
            websocket.send(b"many 3000")
            websocket.send(b"after")
            got = [await websocket.receive() for _ in range(3001)]
            assert got == [b"%d" % n for n in range(3000)] + [b"after"]
        await server.close()

    play(scenario)


def test_a_taker_gets_every_message_as_it_comes(play: OnWire, desk: Desk) -> None:
    """In order, with what had come before, no task woken in between, up to the close."""

    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with await wire.connect(play.ws_url(server.port)) as websocket:
            websocket.send(b"many 50")
            got = [await websocket.receive()]

            def take(message: bytes) -> None:
                assert len(got) < 50 or asyncio.current_task() is None
                got.append(message)
                if len(got) == 50:
                    websocket.send(b"many 500")
                elif len(got) == 550:
                    websocket.send(b"close 4001 go away")

            with pytest.raises(Closed, match="4001"):
                await websocket.each(take)
            many = [b"%d" % n for n in range(50)] + [b"%d" % n for n in range(500)]
            assert got == [*many, b"last"]
        await desk.seen("closed")
        await server.close()

    play(scenario)


def test_what_a_taker_raises_ends_it_and_loses_no_message_after(play: OnWire, desk: Desk) -> None:
    """Raised where it is awaited; the rest waits for whoever reads next. So it is when it is
    cancelled.
    """

    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with await wire.connect(play.ws_url(server.port)) as websocket:

            def take(message: bytes) -> None:
                if message == b"1":
                    raise LookupError("a mistake of the taker")

            websocket.send(b"many 4")
            with pytest.raises(LookupError, match="taker"):
                await websocket.each(take)
            assert [await websocket.receive() for _ in range(2)] == [b"2", b"3"]
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await websocket.each(take)
            websocket.send(b"after")
            assert await websocket.receive() == b"after"
        await server.close()

    play(scenario)


def test_a_taker_runs_in_the_context_of_whoever_asked(play: OnWire, desk: Desk) -> None:
    """Tasks made there belong to the reader, not to the socket."""

    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with await wire.connect(play.ws_url(server.port)) as websocket:
            mine.set("the reader's")
            seen: list[str] = []

            def take(message: bytes) -> None:
                seen.append(mine.get())
                raise StopAsyncIteration

            websocket.send(b"x")
            with pytest.raises(StopAsyncIteration):
                await websocket.each(take)
            assert seen == ["the reader's"]
        await server.close()

    mine: ContextVar[str] = ContextVar("mine", default="nobody's")
    play(scenario)


def test_what_a_taker_raises_after_its_connection_has_closed_is_raised_to_the_reader() -> None:
    """And not into the socket's reading."""

    async def scenario() -> None:
        inbox = Inbox(Bound(), lambda: None, lambda: None)

        def take(_: bytes) -> None:
            inbox.close(CloseReason(1000))
            raise ValueError("mine")

        reading = asyncio.create_task(inbox.each(take))
        await asyncio.sleep(0)
        assert inbox.put(b"x")
        with pytest.raises(ValueError, match="mine"):
            await reading

    asyncio.run(scenario())


def test_a_refused_handshake_tells_the_status(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        with pytest.raises(Rejected, match="403 not here") as refusal:
            await wire.connect(play.ws_url(server.port, "/elsewhere"))
        assert refusal.value.status == 403
        await server.close()
        assert desk.happened == []

    play(scenario)


def test_the_server_closes_behind_what_it_sent_before(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with await wire.connect(play.ws_url(server.port)) as websocket:
            websocket.send(b"close 4001 go away")
            assert [message async for message in websocket] == [b"last"]
            assert websocket.closed == CloseReason(4001, "go away")
            with pytest.raises(Closed, match="4001"):
                await websocket.receive()
            with pytest.raises(NotSent):
                websocket.send(b"x")
        await desk.seen("closed")
        await server.close()

    play(scenario)


def test_the_client_closes_and_both_know(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        websocket = await wire.connect(play.ws_url(server.port))
        await websocket.close(1000, "done")
        assert websocket.closed == CloseReason(1000, "done")
        await desk.seen("closed")
        await server.close()
        assert desk.happened == ["opened", "closed"]

    play(scenario)


def test_pings_are_answered_and_reported(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with await wire.connect(play.ws_url(server.port)) as websocket:
            heard = websocket.heard_ns
            assert await websocket.ping(b"from the client") > 0
            assert websocket.heard_ns > heard
            assert Ping(b"from the client") in desk.happened
            websocket.send(b"ping from the server")
            await desk.seen(Pong(b"from the server"))
        await server.close()

    play(scenario)


def test_a_closing_server_says_going_away(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with await wire.connect(play.ws_url(server.port)) as websocket:
            await desk.seen("opened")
            await server.close()
            assert [message async for message in websocket] == []
            assert websocket.closed == CloseReason(1001)
        await server.close()
        assert desk.happened == ["opened", "closed"]

    play(scenario)


def test_too_big_a_message_closes_with_1009(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk, limits=Limits(message_bytes=1000))
        async with await wire.connect(play.ws_url(server.port)) as websocket:
            websocket.send(b"x" * 1000)
            assert await websocket.receive() == b"x" * 1000
            websocket.send(b"x" * 1001)
            with pytest.raises(Closed):
                await websocket.receive()
            assert websocket.closed is not None
            assert websocket.closed.code == 1009
        await server.close()

    play(scenario)


def test_a_peer_that_does_not_read_is_cut_and_others_are_not(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk, limits=Limits(write_bytes=2 * MIB))
        slow = await wire.connect(play.ws_url(server.port))
        async with await wire.connect(play.ws_url(server.port)) as honest:
            slow.send(b"flood 40")
            await desk.seen("closed")
            honest.send(b"still here")
            assert await honest.receive() == b"still here"
        got = [message async for message in slow]
        assert len(got) < 40
        assert slow.closed is not None
        assert slow.closed.code == 1006
        await slow.close()
        await server.close()

    play(scenario, bound=Bound(messages=1))


def test_a_reader_that_pauses_loses_nothing(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk, limits=Limits(write_bytes=64 * MIB))
        async with await wire.connect(play.ws_url(server.port)) as websocket:
            websocket.send(b"flood 30")
            websocket.send(b"end")
            sizes = [len(await websocket.receive()) for _ in range(31)]
            assert sizes == [MIB] * 30 + [3]
        await server.close()

    play(scenario, bound=Bound(messages=3))


def test_a_reader_that_wants_no_delay_is_closed_with_the_reason(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with await wire.connect(play.ws_url(server.port)) as websocket:
            websocket.send(b"many 100")
            await desk.seen("closed")
            got = [message async for message in websocket]
            assert got == [b"%d" % n for n in range(10)]
            assert websocket.closed == CloseReason(1008, "read too slowly")
        await server.close()

    play(scenario, bound=Bound(messages=10, when_full=WhenFull.CLOSE))


def test_two_readers_of_one_websocket_are_a_mistake(play: OnWire, desk: Desk) -> None:
    async def scenario(wire: Wire) -> None:
        server = await wire.serve(desk)
        async with await wire.connect(play.ws_url(server.port)) as websocket:
            first = asyncio.ensure_future(websocket.receive())
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="one reader"):
                await websocket.receive()
            websocket.send(b"x")
            assert await first == b"x"
        await server.close()

    play(scenario)
