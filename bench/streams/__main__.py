"""What the streams cost: one busy book to many listeners, and everything of 40 instruments.

    python -m bench.streams [--seconds 5] [--listeners 500]

``fan-out``: listeners of BTCUSDT's depth@100ms, trade and bookTicker while 16 connections place and
cancel orders on it. ``everything``: one listener of all streams of 40 instruments. Box, listeners
and orders are processes of their own. CPU is the box's share of one core.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.orders.__main__ import away, pinned

KINDS = ("depth@100ms", "trade", "bookTicker", "aggTrade", "kline_1m", "ticker", "avgPrice")
FAN_OUT = ("btcusdt@depth@100ms", "btcusdt@trade", "btcusdt@bookTicker")


def start(*arguments: str, core: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=pinned(core),
    )


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as file:
        user, system = file.read().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def measure(
    names: list[str], listeners: int, seconds: float, instruments: str, *, orders: bool
) -> dict[str, Any]:
    """One box with these listeners."""
    with tempfile.TemporaryDirectory() as folder:
        box = start("bench.streams.serve", str(Path(folder) / "box"), instruments, core=0)
        ordering = listening = None
        try:
            told = json.loads(line(box))
            if orders:
                where = (told["rest"], told["key"], told["secret"])
                load = ("--price", away(told["rest"]), "--seconds", str(seconds + 6))
                ordering = start("bench.orders.load", *where, *load, core=1)
            arguments = (told["streams"], str(listeners), str(seconds), *names)
            listening = start("bench.streams.listen", *arguments, core=1)
            assert line(listening).strip() == "ready"
            before = cpu_seconds(told["pid"])
            result: dict[str, Any] = json.loads(line(listening))
            result["cpu"] = (cpu_seconds(told["pid"]) - before) / seconds
            if ordering is not None:
                result["orders_per_second"] = json.loads(line(ordering))["per_second"]
            return result
        finally:
            for process in filter(None, (box, listening, ordering)):
                process.terminate()
                process.wait(20)
                if process.stdout is not None:
                    process.stdout.close()


def everything() -> list[str]:
    """All streams of forty instruments."""
    from tradewind.venues.binance.instruments import rows

    return [f"{row.info.symbol.lower()}@{kind}" for row in rows() for kind in KINDS]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--listeners", type=int, default=500)
    options = parser.parse_args()
    seconds = options.seconds
    print(f"{'':<46}{'msgs/s':>9}{'MB/s':>7}{'age p50':>9}{'p99 ms':>8}{'orders/s':>10}{'cpu':>6}")
    busy = measure(list(FAN_OUT), options.listeners, seconds, "12", orders=True)
    show(f"a busy book to {options.listeners} listeners", busy)
    show(
        "the same, no orders",
        measure(list(FAN_OUT), options.listeners, seconds, "12", orders=False),
    )
    show(
        "all data of 40 instruments, one listener",
        measure(everything(), 1, seconds, "all", orders=False),
    )


def show(title: str, told: dict[str, Any]) -> None:
    print(
        f"{title:<46}{told['messages_per_second']:>9}{told['mb_per_second']:>7}"
        f"{told['age_p50_ms']:>9}{told['age_p99_ms']:>8}{told.get('orders_per_second', 0):>10}"
        f"{told['cpu']:>6.0%}" + (f"  {told['lost']} cut" if told["lost"] else ""),
        flush=True,
    )


if __name__ == "__main__":
    main()
