"""Acknowledged orders per second over the WebSocket API, beside a bare WebSocket echo.

    python -m bench.websocket [--seconds 3] [--repeats 5] [--connections 1 16]

With one connection ``p50`` is what an order takes. With sixteen, each of which sends when it has
its answer, it is what sixteen orders take, beside sixteen echoes.

Server and load are processes of their own, each on a core of its own where there are two. All
servers run at once and are measured in turns, so that a noisy machine is noisy for all; medians.
``cpu us`` is the server's own time per request, which a noisy machine changes least.
Orders are checked, matched, booked and committed to the journal before they are acknowledged.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from bench.orders.__main__ import away, pinned
from bench.streams.__main__ import cpu_seconds

KINDS = {
    "echo": "bare WebSocket echo, same server stack",
    "session": "orders, session logged on (Ed25519)",
    "hmac": "orders, each request signed (HMAC)",
}
AIM = 2.0
"""Times the echo's p50 that an order may take."""


class Server:
    """A server in a process of its own."""

    def __init__(self, kind: str, folder: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.websocket.serve", kind, str(Path(folder) / kind)],
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=pinned(0),
        )
        assert self.process.stdout is not None
        self.told: dict[str, Any] = json.loads(self.process.stdout.readline())

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        if self.process.stdout is not None:
            self.process.stdout.close()


def measure(server: Server, kind: str, seconds: float, connections: int) -> dict[str, Any]:
    """One kind of load for some seconds."""
    arguments = [server.told["url"], kind, "--seconds", str(seconds)]
    arguments += ["--connections", str(connections)]
    if kind != "echo":
        key, secret = server.told["hmac" if kind == "hmac" else "ed25519"]
        secret = secret.replace("\n", "\\n")
        arguments += ["--key", key, "--secret", secret, "--price", away(server.told["rest"])]
    before = cpu_seconds(server.process.pid)
    told = subprocess.run(
        [sys.executable, "-m", "bench.websocket.load", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        preexec_fn=pinned(1),
    ).stdout
    result: dict[str, Any] = json.loads(told)
    result["cpu_us"] = (cpu_seconds(server.process.pid) - before) * 1e6 / (result["all"] or 1)
    if result["failed"]:
        raise SystemExit(f"{kind}: {result['failed']} requests failed: {result['failure']}")
    return result


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16])
    options = parser.parse_args()
    loads = [(connections, kind) for connections in options.connections for kind in KINDS]
    figures: dict[tuple[int, str], list[dict[str, Any]]] = {load: [] for load in loads}
    with tempfile.TemporaryDirectory() as folder:
        echo = Server("echo", folder)
        box = Server("box", folder)
        try:
            for _ in range(options.repeats):
                for connections, kind in loads:
                    server = echo if kind == "echo" else box
                    one = measure(server, kind, options.seconds, connections)
                    figures[connections, kind].append(one)
        finally:
            echo.end()
            box.end()
    for connections in options.connections:
        told = f"medians of {options.repeats}, {connections} connection{'s'[: connections - 1]}"
        print(f"{told:<44}{'per s':>8}{'p50 us':>9}{'p99 us':>9}{'p50 / echo':>12}{'cpu us':>9}")
        bare = median(one["p50_us"] for one in figures[connections, "echo"])
        for kind, title in KINDS.items():
            rate, p50, p99, cpu = (
                median(one[name] for one in figures[connections, kind])
                for name in ("per_second", "p50_us", "p99_us", "cpu_us")
            )
            print(f"{title:<44}{rate:>8.0f}{p50:>9.0f}{p99:>9.0f}{p50 / bare:>12.2f}{cpu:>9.0f}")
    print(f"aim: an acknowledged order within {AIM} x the echo's p50")


if __name__ == "__main__":
    main()
