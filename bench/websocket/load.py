"""A load generator for the WebSocket API: some connections, each sends when it has its answer.

    python -m bench.websocket.load URL KIND --key K --secret S --seconds 5 --connections 16

KIND is ``hmac`` (every request signed), ``session`` (one Ed25519 log-on, then unsigned) or ``echo``
(the same bytes, unsigned). Orders rest away from the market and are cancelled again, half of the
requests each. Prints JSON. Lean on purpose: it is the server that is measured.
"""

import argparse
import asyncio
import hmac
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit

WARM_UP = 0.5
"""Seconds before anything is counted."""


def frame(payload: bytes) -> bytes:
    """A masked text frame; the mask is zero, which is a mask and costs nothing."""
    size = len(payload)
    if size < 126:
        return b"\x81" + bytes((0x80 | size,)) + b"\0\0\0\0" + payload
    return b"\x81\xfe" + size.to_bytes(2, "big") + b"\0\0\0\0" + payload


class Peer(asyncio.Protocol):
    """One connection: an order, its answer, its cancel, its answer."""

    def __init__(self, load: "Load", number: int) -> None:
        self.load = load
        self.number = number
        self.count = 0
        self.resting = b""
        self.began = 0
        self.buffer = b""
        self.open = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport  # uvloop's is no asyncio.Transport
        host = self.load.url
        path = host.path or "/"
        transport.write(
            f"GET {path} HTTP/1.1\r\nHost: {host.netloc}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.open:
            head = self.buffer.find(b"\r\n\r\n")
            if head < 0:
                return
            if not self.buffer.startswith(b"HTTP/1.1 101"):
                sys.exit(self.buffer.decode())
            self.open = True
            self.buffer = self.buffer[head + 4 :]
            self.began = 0
            first = self.load.first()
            self.transport.write(frame(first or self.load.request(self)))
            return
        while (message := self._message()) is not None:
            if message[0] == 0x81:
                self._answered(message[1])

    def _message(self) -> tuple[int, bytes] | None:
        data = self.buffer
        if len(data) < 2:
            return None
        size, begin = data[1], 2
        if size == 126:
            size, begin = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, begin = int.from_bytes(data[2:10], "big"), 10
        if len(data) < begin + size:
            return None
        self.buffer = data[begin + size :]
        return data[0], data[begin : begin + size]

    def _answered(self, payload: bytes) -> None:
        if self.began:
            self.load.done(payload, time.perf_counter_ns() - self.began)
        if self.load.running:
            request = frame(self.load.request(self))
            self.began = time.perf_counter_ns()
            self.transport.write(request)
        else:
            self.transport.close()


class Load:
    """What all connections share."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.url = urlsplit(options.url)
        self.keyed = hmac.new(options.secret.encode(), digestmod="sha256")
        self.key = options.key.encode()
        self.price = options.price.encode()
        self.run = b"%x" % int(time.time() * 10)  # what an earlier run left open has other names
        self.running = True
        self.counting = False
        self.taken: list[int] = []
        self.all = self.failed = 0
        self.failure = ""

    def first(self) -> bytes:
        """The log-on of a session, if this kind has one."""
        if self.options.kind != "session":
            return b""
        from tradewind.venues.binance import auth

        params: dict[str, Any] = {"apiKey": self.options.key, "timestamp": int(time.time() * 1000)}
        pem = self.options.secret.replace("\\n", "\n")
        params["signature"] = auth.sign_params(auth.signer("ed25519", pem), params)
        return json.dumps({"id": 1, "method": "session.logon", "params": params}).encode()

    def request(self, peer: Peer) -> bytes:
        now = b"%d" % int(time.time() * 1000)
        if peer.resting:
            name, peer.resting = peer.resting, b""
            method = b"order.cancel"
            pairs = ((b"origClientOrderId", name), (b"symbol", b"BTCUSDT"), (b"timestamp", now))
        else:
            peer.count += 1
            name = peer.resting = b"%b-%d-%d" % (self.run, peer.number, peer.count)
            method = b"order.place"
            pairs = (
                (b"newClientOrderId", name),
                (b"newOrderRespType", b"RESULT"),
                (b"price", self.price),
                (b"quantity", b"0.001"),
                (b"side", b"BUY"),
                (b"symbol", b"BTCUSDT"),
                (b"timeInForce", b"GTC"),
                (b"timestamp", now),
                (b"type", b"LIMIT"),
            )
        if self.options.kind != "session":
            pairs = ((b"apiKey", self.key), *pairs)
        params = b",".join([b'"%b":"%b"' % pair for pair in pairs])
        if self.options.kind == "hmac":
            keyed = self.keyed.copy()
            keyed.update(b"&".join([b"%b=%b" % pair for pair in pairs]))
            params += b',"signature":"%b"' % keyed.hexdigest().encode()
        return b'{"id":%d,"method":"%b","params":{%b}}' % (peer.count, method, params)

    def done(self, payload: bytes, took: int) -> None:
        self.all += 1
        if self.options.kind != "echo" and b'"status":200' not in payload[:40]:
            self.failed += 1
            self.failure = payload[:300].decode()
        elif self.counting:
            self.taken.append(took)


async def run(options: argparse.Namespace) -> dict[str, object]:
    load = Load(options)
    loop = asyncio.get_running_loop()
    host, _, port = load.url.netloc.partition(":")
    transports = [
        (await loop.create_connection(lambda n=n: Peer(load, n), host, int(port)))[0]
        for n in range(options.connections)
    ]
    await asyncio.sleep(WARM_UP)
    load.counting = True
    began = time.perf_counter()
    await asyncio.sleep(options.seconds)
    load.counting = False
    took = time.perf_counter() - began
    load.running = False
    await asyncio.sleep(0.1)
    for transport in transports:
        transport.close()
    taken = sorted(load.taken) or [0]
    return {
        "per_second": round(len(load.taken) / took),
        "p50_us": taken[len(taken) // 2] // 1000,
        "p99_us": taken[int(len(taken) * 0.99)] // 1000,
        "all": load.all,
        "failed": load.failed,
        "failure": load.failure,
    }


def main() -> None:
    import uvloop

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("kind", choices=("hmac", "session", "echo"))
    parser.add_argument("--key", default="k" * 64)
    parser.add_argument("--secret", default="s" * 64)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--price", default="20000")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(run(parser.parse_args()))))


if __name__ == "__main__":
    main()
