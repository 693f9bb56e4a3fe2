"""A load generator: raw sockets, N connections, requests built by a callback, and then it stops.

As a process of its own, so that it does not share a core with what it measures:

    result = await measure(Plan(port=8080, build="bench.http.load:bare"))

``build`` names a factory; ``factory(**arguments)`` gives ``build(connection, n) -> bytes``, called
just before each request leaves (so that it can be signed with the time of now): a whole HTTP
request, or with ``websocket`` a message. Each connection has ``window`` requests under way.
"""

import asyncio
import json
import selectors
import socket
import statistics
import sys
from collections import deque
from collections.abc import Callable, Mapping
from importlib import import_module
from time import perf_counter_ns
from typing import Any

import msgspec
from msgspec import Struct

Build = Callable[[int, int], bytes]


class Plan(Struct, frozen=True):
    """What to do. ``websocket`` is a path to upgrade at; "" speaks HTTP."""

    port: int
    build: str = "bench.http.load:bare"
    arguments: Mapping[str, Any] = {}
    host: str = "127.0.0.1"
    websocket: str = ""
    connections: int = 16
    window: int = 1
    requests: int = 30_000
    warm_up: int = 2_000
    seconds: float = 30.0
    """It stops then, done or not."""


class Result(Struct, frozen=True):
    """What happened. Latencies in microseconds, after the warm-up; ``statuses`` counts HTTP
    statuses (or ``message``), ``sample`` is the body of the last answer of each.
    """

    answers: int
    seconds: float
    per_second: float
    p50: float
    p90: float
    p99: float
    worst: float
    statuses: Mapping[str, int]
    sample: Mapping[str, str]


def bare() -> Build:
    """The smallest usual request."""
    request = b"GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n"
    return lambda _connection, _n: request


def order() -> Build:
    """A request of the size and shape of a signed order, with the headers usual clients send."""
    query = b"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=50000.00"
    head = (
        b"POST /order?%b&newClientOrderId=x-%d-%d&timestamp=1767225600000&signature="
        + b"0" * 64
        + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: load\r\nAccept: */*\r\n"
        b"Accept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\nX-API-KEY: "
        + b"k" * 64
        + b"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n"
    )
    return lambda connection, n: head % (query, connection, n)


def message(size: int = 200) -> Build:
    """A WebSocket message of that size."""
    text = b"x" * size
    return lambda _connection, _n: text


async def measure(plan: Plan) -> Result:
    """Run a plan in a process of its own. Raises RuntimeError with what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.http.load",
        msgspec.json.encode(plan).decode(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(plan.seconds + 15):
            out, errors = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise RuntimeError(errors.decode())
    return msgspec.json.decode(out, type=Result)


def run(plan: Plan) -> Result:
    """Run a plan here."""
    module, _, name = plan.build.partition(":")
    build: Build = getattr(import_module(module), name)(**plan.arguments)
    return _Run(plan, build).run()


class _Lane:
    """One connection: when its requests left, and what has come of the next answer."""

    __slots__ = ("data", "index", "left", "sock")

    def __init__(self, index: int, sock: socket.socket) -> None:
        self.index = index
        self.sock = sock
        self.left: deque[int] = deque()
        self.data = b""


class _Run:
    def __init__(self, plan: Plan, build: Build) -> None:
        self._plan = plan
        self._build = build
        self._sent = 0
        self._whole = plan.warm_up + plan.requests
        self._latencies: list[int] = []
        self._statuses: dict[str, int] = {}
        self._sample: dict[str, bytes] = {}
        self._began = 0

    def run(self) -> Result:
        plan = self._plan
        selector = selectors.DefaultSelector()
        lanes = [_Lane(n, self._open()) for n in range(plan.connections)]
        deadline = perf_counter_ns() + int(plan.seconds * 1e9)
        for lane in lanes:
            selector.register(lane.sock, selectors.EVENT_READ, lane)
        for lane in lanes:
            for _ in range(plan.window):
                self._ask(lane)
        read = self._read_frames if plan.websocket else self._read_answers
        done = 0
        while done < self._whole and perf_counter_ns() < deadline:
            for key, _ in selector.select(1.0):
                done += read(key.data)
        ended = perf_counter_ns()
        for lane in lanes:
            lane.sock.close()
        selector.close()
        return self._result(ended)

    def _open(self) -> socket.socket:
        sock = socket.create_connection((self._plan.host, self._plan.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._plan.websocket:
            _upgrade(sock, self._plan.websocket)
        return sock

    def _ask(self, lane: _Lane) -> None:
        if self._sent >= self._whole:
            return
        data = self._build(lane.index, self._sent)
        self._sent += 1
        if self._plan.websocket:
            data = _masked(data)
        lane.left.append(perf_counter_ns())
        lane.sock.sendall(data)

    def _note(self, lane: _Lane, status: str, body: bytes) -> None:
        now = perf_counter_ns()
        left = lane.left.popleft()
        count = self._statuses.get(status, 0) + 1
        self._statuses[status] = count
        self._sample[status] = body
        if self._began:
            self._latencies.append(now - left)
        elif sum(self._statuses.values()) >= self._plan.warm_up:
            self._began = now
        self._ask(lane)

    def _read_answers(self, lane: _Lane) -> int:
        lane.data += self._receive(lane)
        done = 0
        while True:
            data = lane.data
            head = data.find(b"\r\n\r\n")
            if head < 0:
                return done
            end = head + 4 + _length(data, head)
            if len(data) < end:
                return done
            lane.data = data[end:]
            self._note(lane, data[9:12].decode(), data[head + 4 : end])
            done += 1

    def _read_frames(self, lane: _Lane) -> int:
        lane.data += self._receive(lane)
        done = 0
        while True:
            data = lane.data
            if len(data) < 2:
                return done
            size, start = data[1], 2
            if size == 126:
                size, start = int.from_bytes(data[2:4], "big"), 4
            elif size == 127:
                size, start = int.from_bytes(data[2:10], "big"), 10
            if len(data) < start + size:
                return done
            lane.data = data[start + size :]
            if data[0] & 15 in (1, 2):
                self._note(lane, "message", data[start : start + size])
                done += 1

    @staticmethod
    def _receive(lane: _Lane) -> bytes:
        data = lane.sock.recv(256 * 1024)
        if not data:
            raise ConnectionError("the server closed a connection")
        return data

    def _result(self, ended: int) -> Result:
        seconds = (ended - self._began) / 1e9
        cuts = statistics.quantiles(self._latencies, n=100)
        return Result(
            answers=len(self._latencies),
            seconds=round(seconds, 3),
            per_second=round(len(self._latencies) / seconds),
            p50=round(cuts[49] / 1e3, 1),
            p90=round(cuts[89] / 1e3, 1),
            p99=round(cuts[98] / 1e3, 1),
            worst=round(max(self._latencies) / 1e3, 1),
            statuses=self._statuses,
            sample={
                status: body[:300].decode(errors="replace") for status, body in self._sample.items()
            },
        )


def _length(data: bytes, head: int) -> int:
    at = data.find(b"ontent-", 0, head)
    while at >= 0:
        if data[at + 7 : at + 14].lower() == b"length:":
            return int(data[at + 14 : data.find(b"\r\n", at)])
        at = data.find(b"ontent-", at + 7, head)
    return 0


def _masked(payload: bytes) -> bytes:
    """A client's frame with a zero mask, which changes nothing and costs nothing here."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, 0x80 | size, 0, 0, 0, 0)) + payload
    if size < 1 << 16:
        return bytes((0x81, 0xFE)) + size.to_bytes(2, "big") + bytes(4) + payload
    return bytes((0x81, 0xFF)) + size.to_bytes(8, "big") + bytes(4) + payload


def _upgrade(sock: socket.socket, path: str) -> None:
    key = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455 section 1.3
    sock.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    head = b""
    while b"\r\n\r\n" not in head:
        more = sock.recv(1)
        if not more:
            break
        head += more
    if not head.startswith(b"HTTP/1.1 101"):
        raise ConnectionError(f"no WebSocket: {head.decode(errors='replace')[:200]}")


if __name__ == "__main__":
    _plan = msgspec.json.decode(sys.argv[1], type=Plan)
    sys.stdout.write(json.dumps(msgspec.to_builtins(run(_plan))))
