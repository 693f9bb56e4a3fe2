"""A real box in a process of its own, and an honest client that times its orders."""

import asyncio
import hmac
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from tradewind.exchange import credentials

PLENTY = 10**9
PACE = 0.005
"""Seconds from one honest request to the next."""


class Box:
    """``tradewind up``; only the honest client's order count is raised."""

    def __init__(self, data: Path) -> None:
        limits = json.dumps(dict.fromkeys(("ORDERS_10S", "ORDERS_1D"), PLENTY))
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tradewind.cli",
                "up",
                "--json",
                "--data",
                str(data),
                "--port-base",
                "0",
                "--set",
                f"binance.limits={limits}",
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline())
        self.rest: str = ready["venues"]["binance"]["rest"]
        self.port = int(urlsplit(self.rest).port or 0)
        key = credentials.load(data)[0]
        self.key, self.secret = key.api_key, key.api_secret

    def rss_mb(self) -> float:
        """Resident memory now."""
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def sockets(self) -> int:
        """Open files, most of which are connections."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def close(self) -> None:
        died = self.process.poll()
        self.process.terminate()
        self.process.wait(20)
        assert died is None, f"the box died with {died}"
        if self.process.stdout is not None:
            self.process.stdout.close()


class Honest:
    """One connection, one order at a time: placed, then cancelled."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._keyed = hmac.new(box.secret.encode(), digestmod="sha256")
        self._price = ""
        self._count = 0
        self._run = f"{time.time_ns():x}"
        self.failures: list[str] = []

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._box.port)
        status, body = await self._ask("GET", "/api/v3/ticker/price?symbol=BTCUSDT")
        assert status == 200, body
        self._price = f"{float(json.loads(body)['price']) * 0.95:.0f}"

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def work(self, seconds: float) -> list[float]:
        """Latencies of acknowledged orders and cancels, in seconds."""
        taken: list[float] = []
        end = time.perf_counter() + seconds
        following = time.perf_counter()
        while time.perf_counter() < end:
            self._count += 1
            name = f"{self._run}-{self._count}"
            for verb, query in (
                (
                    "POST",
                    f"side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price={self._price}"
                    f"&newClientOrderId={name}",
                ),
                ("DELETE", f"origClientOrderId={name}"),
            ):
                began = time.perf_counter()
                status, body = await self._signed(verb, f"symbol=BTCUSDT&{query}")
                taken.append(time.perf_counter() - began)
                if status != 200:
                    self.failures.append(f"{verb} {status} {body.decode()[:200]}")
                following += PACE
                await asyncio.sleep(max(0, following - time.perf_counter()))
                following = max(following, time.perf_counter() - PACE)
        return taken

    async def _signed(self, verb: str, query: str) -> tuple[int, bytes]:
        query += f"&timestamp={int(time.time() * 1000)}"
        keyed = self._keyed.copy()
        keyed.update(query.encode())
        return await self._ask(verb, f"/api/v3/order?{query}&signature={keyed.hexdigest()}")

    async def _ask(self, verb: str, target: str) -> tuple[int, bytes]:
        self._writer.write(
            f"{verb} {target} HTTP/1.1\r\nHost: x\r\nX-MBX-APIKEY: {self._box.key}\r\n\r\n".encode()
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        lowered = head.lower()
        at = lowered.index(b"content-length:") + 15
        size = int(lowered[at : lowered.index(b"\r", at)])
        return int(head[9:12]), await self._reader.readexactly(size)


class Phase(Struct, frozen=True):
    """What an honest client saw during one attack (none: "")."""

    attack: str
    orders: int
    p50_ms: float
    p99_ms: float
    rss_mb: float
    sockets: int
    told: dict[str, dict[str, int]]


async def phase(box: Box, honest: Honest, names: list[str], seconds: float) -> Phase:
    """The honest client at work, while these attacks go on."""
    attacker = None
    if names:
        attacker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.hostile.attacks",
            "/".join(names),
            str(box.port),
            str(seconds + 0.5),
            stdout=asyncio.subprocess.PIPE,
        )
        await asyncio.sleep(0.5)  # until it has begun
    most, files = 0.0, 0

    async def watch() -> None:
        nonlocal most, files
        while True:
            most, files = max(most, box.rss_mb()), max(files, box.sockets())
            await asyncio.sleep(0.05)

    watching = asyncio.ensure_future(watch())
    taken = sorted(await honest.work(seconds))
    told = {}
    if attacker is not None:
        out, _ = await attacker.communicate()
        told = json.loads(out)
    watching.cancel()
    return Phase(
        " + ".join(names),
        len(taken),
        taken[len(taken) // 2] * 1e3,
        taken[int(len(taken) * 0.99)] * 1e3,
        most,
        files,
        told,
    )
