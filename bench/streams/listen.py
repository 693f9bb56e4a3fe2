"""Listeners in one process: they count what comes and look at nothing else.

    python -m bench.streams.listen URL LISTENERS SECONDS NAME [NAME ...]

Prints JSON: messages, bytes and the age of what came (its event time against this machine's clock,
sampled), after a second of warming up.
"""

import asyncio
import json
import re
import sys
import time
from typing import Any
from urllib.parse import urlsplit

_EVENT = re.compile(rb'"E":(\d+)')
LOOKED_AT = 10
"""Of each round of all listeners, about so many reads are looked at."""


class Listener(asyncio.Protocol):
    """Counts frames without keeping them."""

    def __init__(self, count: "Count", path: str, host: str) -> None:
        self.count = count
        self.path = path
        self.host = host
        self.open = False
        self.buffer = b""

    def connection_made(self, transport: Any) -> None:
        transport.write(
            f"GET {self.path} HTTP/1.1\r\nHost: {self.host}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if not self.open:
            self.buffer += data
            head = self.buffer.find(b"\r\n\r\n")
            if head < 0:
                return
            self.open = True
            self.count.open += 1
            data, self.buffer = self.buffer[head + 4 :], b""
        count = self.count
        count.reads += 1
        count.bytes += len(data)
        data = self.buffer + data
        at, size = 0, len(data)
        while at + 2 <= size:
            length, begin = data[at + 1], at + 2
            if length == 126:
                length, begin = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, begin = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if begin + length > size:
                break
            count.messages += 1
            at = begin + length
        self.buffer = data[at:]
        if count.reads % count.sampled == 0:
            found = _EVENT.search(data)
            if found:
                count.ages.append(time.time() * 1000 - int(found[1]))

    def connection_lost(self, exc: Exception | None) -> None:
        self.count.lost += 1


class Count:
    """What all listeners saw."""

    def __init__(self, listeners: int) -> None:
        self.messages = self.bytes = self.reads = self.open = self.lost = 0
        self.ages: list[float] = []
        self.sampled = max(1, listeners // LOOKED_AT)


async def run(url: str, listeners: int, seconds: float, names: list[str]) -> dict[str, Any]:
    where = urlsplit(url)
    path = f"/stream?streams={'/'.join(names)}"
    host, _, port = where.netloc.partition(":")
    loop = asyncio.get_running_loop()
    count = Count(listeners)
    for _ in range(listeners):
        await loop.create_connection(lambda: Listener(count, path, where.netloc), host, int(port))
    while count.open < listeners:
        await asyncio.sleep(0.05)
    await asyncio.sleep(1)
    count.messages = count.bytes = count.reads = 0
    count.ages.clear()
    print("ready", flush=True)
    began = time.monotonic()
    await asyncio.sleep(seconds)
    took = time.monotonic() - began
    ages = sorted(count.ages) or [0]
    return {
        "messages_per_second": round(count.messages / took),
        "mb_per_second": round(count.bytes / took / 1e6, 1),
        "age_p50_ms": round(ages[len(ages) // 2], 1),
        "age_p99_ms": round(ages[int(len(ages) * 0.99)], 1),
        "lost": count.lost,
    }


def main() -> None:
    import uvloop

    url, listeners, seconds, *names = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(run(url, int(listeners), float(seconds), names))))


if __name__ == "__main__":
    main()
