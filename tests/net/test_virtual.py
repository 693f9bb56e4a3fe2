"""The loop whose clock jumps, and the wire on it."""

import asyncio
import random
import socket

import pytest
from tests.net.harness import MIB, Desk, run

from tradewind.net.memory import START_NS, Deadlock, MemoryWire, VirtualLoop
from tradewind.net.wire import Limits
from tradewind.protocol.messages import Ping


def test_a_year_passes_at_once_and_to_the_moment() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        await asyncio.sleep(365 * 86_400)
        assert loop.time() == 365 * 86_400
        assert loop.wall_ns() == START_NS + 365 * 86_400 * 10**9

    run("memory", scenario)


def test_timers_of_one_moment_run_in_the_order_they_were_set() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        ran: list[int] = []
        moments = [random.Random(7).randrange(3) for _ in range(500)]
        for n, moment in enumerate(moments):
            loop.call_at(moment, ran.append, n)
        await asyncio.sleep(5)
        assert ran == sorted(range(500), key=lambda n: moments[n])

    run("memory", scenario)


def test_a_cancelled_timer_does_not_run() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        ran: list[str] = []
        loop.call_later(1, ran.append, "no").cancel()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await loop.create_future()
        assert (ran, loop.time()) == ([], 3)

    run("memory", scenario)


def test_waiting_for_what_never_comes_is_a_deadlock_that_names_who_waits() -> None:
    async def waits_for_ever() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock, match="waits_for_ever"):
        run("memory", waits_for_ever)


def test_a_socket_on_a_virtual_loop_is_refused() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        with socket.socket() as real, pytest.raises(RuntimeError, match="no sockets"):
            loop.add_reader(real, print)

    run("memory", scenario)


def test_a_message_takes_the_latency_each_way() -> None:
    async def scenario() -> None:
        wire, loop = MemoryWire(latency=0.25), asyncio.get_running_loop()
        server = await wire.serve(Desk())
        answer = await wire.http(f"http://127.0.0.1:{server.port}").request("GET", "/echo")
        assert (loop.time(), answer.elapsed_ns) == (0.5, 500_000_000)
        async with await wire.connect(f"ws://127.0.0.1:{server.port}/ws") as websocket:
            assert loop.time() == 1.0
            assert await websocket.ping() == 500_000_000
        await server.close()

    run("memory", scenario)


def test_a_frame_never_overtakes_an_earlier_one() -> None:
    async def scenario() -> None:
        draw = random.Random(3)
        wire = MemoryWire(latency=draw.random)
        server = await wire.serve(Desk())
        async with await wire.connect(f"ws://127.0.0.1:{server.port}/ws") as websocket:
            sent = [b"%d" % n for n in range(200)]
            for message in sent:
                websocket.send(message)
            assert [await websocket.receive() for _ in sent] == sent
        await server.close()

    run("memory", scenario)


def test_a_cut_loses_what_is_under_way() -> None:
    async def scenario() -> None:
        wire, desk = MemoryWire(latency=1.0), Desk()
        server = await wire.serve(desk, limits=Limits(write_bytes=2 * MIB))
        websocket = await wire.connect(f"ws://127.0.0.1:{server.port}/ws")
        websocket.send(b"flood 3")
        assert [message async for message in websocket] == []
        assert websocket.closed is not None
        assert websocket.closed.code == 1006
        await server.close()

    run("memory", scenario)


def test_the_same_seed_gives_the_same_run() -> None:
    async def story() -> list[object]:
        draw = random.Random(11)
        wire, desk, loop = MemoryWire(latency=draw.random), Desk(), asyncio.get_running_loop()
        server = await wire.serve(desk)
        told: list[object] = []

        async def trader(n: int) -> None:
            async with (
                wire.http(f"http://127.0.0.1:{server.port}") as client,
                await wire.connect(f"ws://127.0.0.1:{server.port}/ws") as websocket,
            ):
                for _ in range(5):
                    await client.request("POST", "/echo", body=b"%d" % n)
                    websocket.send(b"%d" % n)
                    told.append((n, loop.time(), await websocket.receive()))
                    await websocket.ping(b"%d" % n)

        async with asyncio.TaskGroup() as group:
            for n in range(10):
                group.create_task(trader(n))
        await server.close()
        return [*told, *desk.happened, *(request.body for request in desk.requests)]

    first = run("memory", story)
    assert first == run("memory", story)
    assert Ping(b"7") in first
