"""What a box costs: until it is ready, and while nobody asks anything of it.

    python -m bench.box [--seconds 10]

``ready`` is from the start of the process to its ready line, on a new folder and on one that has
been traded on. ``idle`` is the processor time of the process while it is left alone, in percent of
one core, with 12 and with 40 instruments, with nobody watching and with every book watched.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "tradewind.cli"]


class Box:
    """The real process."""

    def __init__(self, data: str, *arguments: str) -> None:
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [
                *(*COMMAND, "up", "--json", "--venues", "binance"),
                *("--port-base", "0", "--data", data, *arguments),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.ready: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.seconds = time.perf_counter() - began

    def cpu(self) -> float:
        """Processor seconds used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Megabytes held."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def stop(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()


def ready(data: str) -> None:
    """Start a few times."""
    first = Box(data)
    first.stop()
    again = []
    for _ in range(5):
        box = Box(data)
        again.append(box.seconds)
        box.stop()
    print(f"ready on a new folder            {first.seconds:6.2f} s")
    print(f"ready again (median of 5)        {sorted(again)[2]:6.2f} s")


def idle(seconds: float, instruments: str, watched: bool) -> None:
    """Leave a box alone."""
    with tempfile.TemporaryDirectory() as folder:
        box = Box(str(Path(folder) / "box"), "--instruments", instruments)
        try:
            used = asyncio.run(_idle(box, seconds, watched))
            who = "every book watched" if watched else "nobody watching"
            percent = f"{100 * used / seconds:6.1f} % of a core"
            print(f"idle, {instruments} instruments, {who:<20}{percent}, {box.memory():.0f} MB")
        finally:
            box.stop()


async def _idle(box: Box, seconds: float, watched: bool) -> float:
    from tradewind.net.real import RealWire

    real = RealWire()

    sockets = []
    doors = box.ready["venues"]["binance"]
    if watched:
        async with real.http(doors["rest"]) as client:
            answer = await client.request("GET", "/api/v3/exchangeInfo")
        names = [each["symbol"].lower() for each in json.loads(answer.body)["symbols"]]
        streams = "/".join(f"{name}@depth@100ms" for name in names)
        sockets.append(await real.connect(f"{doors['streams']}/stream?streams={streams}"))
    await asyncio.sleep(1)
    before = box.cpu()
    await asyncio.sleep(seconds)
    used = box.cpu() - before
    for socket in sockets:
        await socket.close()
    return used


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ready(str(Path(folder) / "box"))
    for instruments in ("12", "40"):
        for watched in (False, True):
            idle(options.seconds, instruments, watched)


if __name__ == "__main__":
    main()
