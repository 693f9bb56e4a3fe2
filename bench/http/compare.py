"""Bare HTTP answers and WebSocket echoes per second, ours beside others, in one run.

    python -m bench.http.compare [--repeats 5] [--requests 30000] [--json]

Every server is a process, the load another. Repeats alternate between the servers, so that what
else the machine does hits all of them; medians are shown, and the ratio to us within each round.
"Per core" is answers per second of the server's own CPU time (kernel included): what one core does
when nothing disturbs it, and the figure to compare on a machine that is not idle. A server that is
not installed is left out.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

from msgspec import Struct
from msgspec.structs import replace

from .load import Plan, Result, measure
from .servers import SERVERS, installed

CASES = {
    "bare GET, 16 connections": Plan(port=0),
    "bare GET, 128 connections": Plan(port=0, connections=128),
    "order-like POST, 16 connections": Plan(port=0, build="bench.http.load:order"),
    "order-like POST, 1 connection": Plan(port=0, build="bench.http.load:order", connections=1),
    "bare GET, 16 connections, 8 pipelined": Plan(port=0, window=8),
    "WebSocket echo of 200 bytes, 16 connections": Plan(
        port=0, build="bench.http.load:message", websocket="/ws"
    ),
    "WebSocket echo of 200 bytes, 1 connection": Plan(
        port=0, build="bench.http.load:message", websocket="/ws", connections=1
    ),
}


@asynccontextmanager
async def serving(name: str) -> AsyncIterator[tuple[int, int]]:
    """A server in its own process; gives its port and its process id."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.http.servers",
        name,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(await asyncio.wait_for(process.stdout.readline(), 20)), process.pid
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


class Round(Struct, frozen=True):
    """One server under one load."""

    result: Result
    per_core: float


async def compare(case: Plan, names: list[str], repeats: int) -> dict[str, list[Round]]:
    """Alternate between the servers."""
    rounds: dict[str, list[Round]] = {name: [] for name in names}
    for _ in range(repeats):
        for name in names:
            async with serving(name) as (port, pid):
                plan = replace(case, port=port)
                before = cpu_ns(pid)
                result = await measure(plan)
                spent = (cpu_ns(pid) - before) / 1e9
            answers = result.answers + plan.warm_up
            rounds[name].append(Round(result, round(answers / spent)))
    return rounds


def cpu_ns(pid: int) -> int:
    """CPU time of a process's main thread so far (Linux)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


def row(name: str, rounds: list[Round], ours: list[Round]) -> dict[str, float | str]:
    """Medians, and the median ratio of us to them."""
    pairs = list(zip(ours, rounds, strict=True))
    return {
        "server": name,
        "per_core": median(one.per_core for one in rounds),
        "per_second": median(one.result.per_second for one in rounds),
        "p50_us": median(one.result.p50 for one in rounds),
        "p99_us": median(one.result.p99 for one in rounds),
        "ours_over_it_per_core": round(median(a.per_core / b.per_core for a, b in pairs), 2),
    }


async def main() -> None:
    """Run all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--requests", type=int, default=30_000)
    parser.add_argument("--only", default="", help="part of a case's name")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    table: dict[str, list[dict[str, float | str]]] = {}
    for title, case in CASES.items():
        if options.only not in title:
            continue
        names = [n for n in SERVERS if installed(n) and (case.websocket or n != "picows")]
        alone = case.connections == 1
        requests = options.requests // (3 if alone else 1)
        results = await compare(replace(case, requests=requests), names, options.repeats)
        table[title] = [row(name, results[name], results["tradewind"]) for name in names]
        if not options.json:
            _show(title, table[title])
    if options.json:
        print(json.dumps(table, indent=1))


def _show(title: str, rows: list[dict[str, float | str]]) -> None:
    print(f"\n{title}")
    for key in rows[0]:
        print(f"{key:>12}", end="")
    for one in rows:
        print()
        for value in one.values():
            print(f"{value:>12}", end="")
    print()


if __name__ == "__main__":
    asyncio.run(main())
