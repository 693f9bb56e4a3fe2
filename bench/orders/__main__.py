"""Acknowledged orders per second: the box, the same on aiohttp, and the bare HTTP server.

    python -m bench.orders [--seconds 5] [--connections 16]

Server and load generator are processes of their own, each on a core of its own where there are
two. Orders are signed (HMAC), checked, matched, booked and committed to the journal before they
are acknowledged; limits are charged, only their numbers are raised. ``per core-s`` is per second of
the server's processor time: it holds also where the machine has other things to do.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from importlib.util import find_spec
from pathlib import Path
from typing import Any

KINDS = {
    "tradewind": "box (HTTP, HMAC, checks, engine, journal)",
    "aiohttp": "the same on aiohttp",
    "bare": "bare HTTP server, no exchange",
}


def pinned(core: int) -> Any:
    """Run a child on one core."""

    def pin() -> None:
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[core % len(cores)]})

    return pin


def away(url: str) -> str:
    """A price five percent below the market, where an order rests."""
    with urllib.request.urlopen(f"{url}/api/v3/ticker/price?symbol=BTCUSDT") as answer:
        return f"{float(json.load(answer)['price']) * 0.95:.0f}"


def measure(kind: str, seconds: float, connections: int, keep: bool = False) -> dict[str, Any]:
    """One server under load."""
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, "-m", "bench.orders.serve", kind, str(Path(folder) / "box")],
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=pinned(0),
        )
        try:
            assert server.stdout is not None
            where = json.loads(server.stdout.readline())
            arguments = [where["url"], where["key"], where["secret"]]
            arguments += ["--seconds", str(seconds), "--connections", str(connections)]
            arguments += ["--pid", str(server.pid)]
            arguments += ["--bare"] * (kind == "bare") + ["--keep"] * keep
            if kind != "bare":
                arguments += ["--price", away(where["url"])]
            told = subprocess.run(
                [sys.executable, "-m", "bench.orders.load", *arguments],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                preexec_fn=pinned(1),
            ).stdout
        finally:
            server.terminate()
            server.wait(20)
            if server.stdout is not None:
                server.stdout.close()
    result: dict[str, Any] = json.loads(told)
    if result["failed"]:
        raise SystemExit(f"{kind}: {result['failed']} requests failed: {result['failure']}")
    return result


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument(
        "--keep", action="store_true", help="IOC orders instead of place and cancel"
    )
    parser.add_argument("--only", choices=KINDS)
    options = parser.parse_args()
    print(f"{'':<42}{'per s':>8}{'per core-s':>12}{'p50 us':>9}{'p99 us':>9}{'p99.9':>9}")
    figures = {}
    for kind, title in KINDS.items():
        if kind == "aiohttp" and find_spec(kind) is None:
            print(f"{title:<42}not measured: aiohttp is not installed")
        elif options.only in (None, kind):
            told = measure(kind, options.seconds, options.connections, options.keep)
            figures[kind] = told["per_core"]
            rates = f"{told['per_second']:>8}{told['per_core']:>12}"
            times = "".join(f"{told[name]:>9}" for name in ("p50_us", "p99_us", "p999_us"))
            print(f"{title:<42}{rates}{times}", flush=True)
    if len(figures) == len(KINDS):
        print(f"the box is {figures['tradewind'] / figures['aiohttp']:.2f} x aiohttp, per core-s")


if __name__ == "__main__":
    main()
