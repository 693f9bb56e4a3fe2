"""Processes that share a budget against a real box: nothing is refused, and the limits are used.

    python -m tests.client.budget_run [--processes 8] [--seconds 180] [--kill]

Every process asks and orders as fast as the shared budget lets it. With ``--kill`` one of them is
killed and replaced every few seconds. Told at the end: what was refused, and how much of each whole
window was used.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tradewind.client import local
from tradewind.client.budget import Budget
from tradewind.client.clock import Clock
from tradewind.model import commands as ask
from tradewind.net.real import RealWire
from tradewind.protocol.asking import Key
from tradewind.protocol.messages import HttpResponse
from tradewind.protocol.pacing import Priority
from tradewind.protocol.signing import signer
from tradewind.venues.binance.client import build
from tradewind.venues.binance.limits import Pacing
from tradewind.venues.binance.operations import TABLE

NS = 1_000_000_000
COMMAND = [sys.executable, "-m", "tradewind.cli"]
DEPTH = {"symbol": "BTCUSDT", "limit": "500"}
AT_ONCE = 6
WINDOWS = (("weight", 60 * NS, "REQUEST_WEIGHT"), ("orders", 10 * NS, "ORDERS_10S"))


class Worker:
    """One process: as many requests as the budget lets through; each is written down."""

    def __init__(self, data: str, numbers: dict[str, int], out: Path) -> None:
        doors = local.running(data).venues["binance"]
        key = local.key("binance", "default", data)
        self.client = build(Key(key.api_key, signer(key.kind, key.api_secret or key.private_key)))
        self.http = RealWire().http(doors["rest"])
        self.clock = Clock()
        self.out = out.open("a", buffering=1)
        self.budget = Budget(
            Pacing(numbers),
            self.clock,
            path=Path(data) / "shared.limits",
            account="default",
            patience=dict.fromkeys(Priority, 1e9),
        )
        self.order = ORDER

    async def one(self, operation: str, sent: dict[str, str]) -> HttpResponse:
        row = TABLE.by_name[operation]
        await self.budget.ready(row, sent)
        now, asked = self.clock.venue(), self.clock.monotonic()
        request = self.client.request(ask.NativeCall(operation, sent), now)
        came = await self.http.request(
            request.method, request.path, request.query, request.headers, request.body
        )
        if operation == "time":
            told = json.loads(came.body)["serverTime"] * 10**6
            self.clock.heard(told, asked, self.clock.monotonic())
        response = HttpResponse(came.status, came.body, came.headers)
        self.budget.heard(row, response)
        refused = came.body[:120].decode() if came.status >= 400 else ""
        cost = 25 if operation == "depth" else 1
        self.out.write(json.dumps([operation, now, came.status, cost, refused]) + "\n")
        return response

    async def run(self, seconds: float) -> None:
        async def keep(operation: str, sent: dict[str, str]) -> None:
            while True:
                await self.one(operation, sent)

        async def keep_time() -> None:
            while True:
                await self.one("time", {})
                await asyncio.sleep(5)

        await self.one("time", {})
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(keep_time())]
        tasks += [loop.create_task(keep("depth", DEPTH)) for _ in range(AT_ONCE)]
        tasks += [loop.create_task(keep("order.place", self.order)) for _ in range(2)]
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.http.close()
        await self.budget.close()
        self.out.close()
        for task in done:
            task.result()


ORDER = {
    "symbol": "BTCUSDT",
    "side": "SELL",
    "type": "LIMIT",
    "timeInForce": "IOC",
    "quantity": "0.001",
    "price": "0",  # set from the ticker: far above the market, so that it rests nowhere
}


def start(data: str, numbers: dict[str, int], price: str, out: Path, seconds: float) -> Any:
    arguments = ["--worker", data, json.dumps(numbers), price, str(out), str(seconds)]
    return subprocess.Popen([sys.executable, "-m", "tests.client.budget_run", *arguments])


def run(
    processes: int, seconds: float, numbers: dict[str, int] | None = None, kill: bool = False
) -> dict[str, Any]:
    """Everything. ``numbers`` replaces limits, in the box too."""
    changed = numbers or {}
    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder) / "box")
        settings = ["--set", f"binance.limits={json.dumps(changed)}"] if changed else []
        box = subprocess.Popen(
            [*COMMAND, "up", "--json", "--port-base", "0", "--data", data, *settings],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert box.stdout is not None
            json.loads(box.stdout.readline())
            return _run(data, Path(folder), processes, seconds, changed, kill)
        finally:
            box.send_signal(signal.SIGTERM)
            box.wait(20)
            box.stdout.close()  # type: ignore[union-attr]  # it is a pipe


def _run(
    data: str,
    folder: Path,
    processes: int,
    seconds: float,
    numbers: dict[str, int],
    kill: bool,
) -> dict[str, Any]:
    price = _far(data)
    ends = time.monotonic() + seconds
    out = [folder / f"{n}.jsonl" for n in range(processes)]
    workers = [start(data, numbers, price, path, seconds) for path in out]
    rng = random.Random(7)
    killed = 0
    while kill and time.monotonic() < ends - 4:
        time.sleep(1.5)
        victim = rng.randrange(processes)
        os.kill(workers[victim].pid, signal.SIGKILL)
        workers[victim].wait()
        killed += 1
        left = ends - time.monotonic()
        workers[victim] = start(data, numbers, price, out[victim], left)
    codes = [worker.wait(seconds + 60) for worker in workers]
    found = judge([json.loads(line) for path in out for line in _lines(path)], numbers)
    return found | {"processes": processes, "codes": sorted(set(codes)), "killed": killed}


def _lines(path: Path) -> list[str]:
    """Whole lines: the last one of a killed process may be half."""
    lines = path.read_text().splitlines()
    return [line for line in lines if line.endswith("]")]


def _far(data: str) -> str:
    """A price well above the market that the venue still takes."""

    async def asked() -> str:
        async with RealWire().http(local.running(data).venues["binance"]["rest"]) as http:
            came = await http.request("GET", "/api/v3/ticker/price", "symbol=BTCUSDT")
        return f"{float(json.loads(came.body)['price']) * 1.2:.0f}.00"

    return asyncio.run(asked())


def judge(rows: list[list[Any]], numbers: dict[str, int]) -> dict[str, Any]:
    """What was refused, and the least share of a whole window that was used."""
    limits = {limit.name: limit.limit for limit in Pacing(numbers).limits}
    refused = [row for row in rows if row[2] in (418, 429)]
    found: dict[str, Any] = {
        "requests": len(rows),
        "refused": len(refused),
        "other errors": sum(row[2] >= 400 for row in rows) - len(refused),
        "said": sorted({row[4] for row in rows if row[4]})[:3],
    }
    first, last = min(row[1] for row in rows), max(row[1] for row in rows)
    for name, per, limit in WINDOWS:
        used: dict[int, int] = {}
        for operation, at, _, cost, _ in rows:
            placed = operation == "order.place"
            amount = (1 if placed else 0) if name == "orders" else (0 if placed else cost)
            used[at // per] = used.get(at // per, 0) + amount
        whole = [used.get(n, 0) for n in range(first // per + 1, last // per)]
        found[name] = [round(amount / limits[limit], 3) for amount in whole]
    return found


def main() -> int:
    """Run as asked; 1 when anything was refused or a window was not used."""
    if sys.argv[1:2] == ["--worker"]:
        _, _, data, numbers, price, out, seconds = sys.argv
        ORDER["price"] = price
        asyncio.run(Worker(data, json.loads(numbers), Path(out)).run(float(seconds)))
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--kill", action="store_true")
    given = parser.parse_args()
    found = run(given.processes, given.seconds, kill=given.kill)
    print(json.dumps(found, indent=1))
    short = [share for name, _, _ in WINDOWS for share in found[name] if share < 0.95]
    return 1 if found["refused"] or short else 0


if __name__ == "__main__":
    sys.exit(main())
