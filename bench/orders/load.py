"""A load generator for signed orders: some connections, each sends when it has its answer.

    python -m bench.orders.load URL KEY SECRET --seconds 5 --connections 16

Prints JSON: what was acknowledged, how many of what, and latencies in microseconds. Orders rest
away from the market and are cancelled again, half of the requests each. It runs in a process of its
own and is lean, so that it is the server that is measured.
"""

import argparse
import asyncio
import hmac
import json
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SYMBOL = "BTCUSDT"
WARM_UP = 0.5
"""Seconds before anything is counted."""


class Peer(asyncio.Protocol):
    """One connection: an order, its answer, its cancel, its answer."""

    def __init__(self, load: "Load", number: int) -> None:
        self.load = load
        self.number = number
        self.count = 0
        self.resting = b""
        self.began = 0
        self.buffer = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport  # uvloop's is no asyncio.Transport
        self.send()

    def send(self) -> None:
        self.began = time.perf_counter_ns()
        self.transport.write(self.load.request(self))

    def data_received(self, data: bytes) -> None:
        if self.buffer:
            data = self.buffer + data
        head = data.find(b"\r\n\r\n")
        if head < 0:
            self.buffer = data
            return
        at = data.lower().find(b"content-length:", 0, head)
        length = int(data[at + 15 : data.find(b"\r\n", at)])
        if len(data) < head + 4 + length:
            self.buffer = data
            return
        self.buffer = b""
        self.load.done(self, data, time.perf_counter_ns() - self.began)
        if self.load.running:
            self.send()
        else:
            self.transport.close()


class Load:
    """What all connections share."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.host = urlsplit(options.url).netloc
        self.keyed = hmac.new(options.secret.encode(), digestmod="sha256")
        self.head = f" HTTP/1.1\r\nHost: {self.host}\r\nX-MBX-APIKEY: {options.key}\r\n".encode()
        self.price = options.price.encode()
        self.running = True
        self.counting = False
        self.taken: list[int] = []
        self.placed = self.cancelled = self.failed = 0
        self.failure = ""

    def request(self, peer: Peer) -> bytes:
        now = int(time.time() * 1000)
        if self.options.bare:
            return b"GET /" + self.head + b"\r\n"
        if peer.resting:
            verb = b"DELETE"
            query = b"symbol=BTCUSDT&origClientOrderId=%b&timestamp=%d" % (peer.resting, now)
        else:
            peer.count += 1
            verb = b"POST"
            name = b"p%d-%d" % (peer.number, peer.count)
            peer.resting = b"" if self.options.keep else name
            query = (
                b"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=%b&quantity=0.001&price=%b"
                b"&newClientOrderId=%b&newOrderRespType=RESULT&timestamp=%d"
            ) % (b"IOC" if self.options.keep else b"GTC", self.price, name, now)
            return self.signed(verb, query)
        peer.resting = b""
        return self.signed(verb, query)

    def signed(self, verb: bytes, query: bytes) -> bytes:
        keyed = self.keyed.copy()
        keyed.update(query)
        signature = keyed.hexdigest().encode()
        return b"%b /api/v3/order?%b&signature=%b%b\r\n" % (verb, query, signature, self.head)

    def done(self, peer: Peer, data: bytes, took: int) -> None:
        if not data.startswith(b"HTTP/1.1 200"):
            self.failed += 1
            self.failure = data.decode()
            peer.resting = b""
        elif self.counting:
            self.taken.append(took)
            if peer.resting:
                self.placed += 1
            else:
                self.cancelled += 1


def cpu(pid: int) -> float:
    """Processor seconds that a process has used (0 on systems without /proc)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def run(options: argparse.Namespace) -> dict[str, object]:
    load = Load(options)
    loop = asyncio.get_running_loop()
    host, _, port = load.host.partition(":")
    transports = [
        (await loop.create_connection(lambda n=n: Peer(load, n), host, int(port)))[0]
        for n in range(options.connections)
    ]
    await asyncio.sleep(WARM_UP)
    load.counting = True
    began, used = time.perf_counter(), cpu(options.pid)
    await asyncio.sleep(options.seconds)
    load.counting = False
    took, used = time.perf_counter() - began, cpu(options.pid) - used
    load.running = False
    await asyncio.sleep(0.1)
    for transport in transports:
        transport.close()
    taken = sorted(load.taken)
    count = len(taken) or 1
    return {
        "per_second": round(len(taken) / took),
        "per_core": round(len(taken) / used) if used else 0,
        "p50_us": taken[count // 2] // 1000 if taken else 0,
        "p99_us": taken[int(count * 0.99)] // 1000 if taken else 0,
        "p999_us": taken[int(count * 0.999)] // 1000 if taken else 0,
        "placed": load.placed,
        "cancelled": load.cancelled,
        "failed": load.failed,
        "failure": load.failure,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("key")
    parser.add_argument("secret")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--pid", type=int, default=0, help="whose processor time to count")
    parser.add_argument("--price", default="20000")
    parser.add_argument(
        "--keep", action="store_true", help="IOC orders instead of place and cancel"
    )
    parser.add_argument("--bare", action="store_true", help="GET / without a signature")
    options = parser.parse_args()
    try:
        import uvloop
    except ImportError:
        result = asyncio.run(run(options))
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            result = runner.run(run(options))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
