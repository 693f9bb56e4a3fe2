"""The client beside others: tick to trade, processor time, import time, size.

    python -m bench.client [--peers PYTHON] [--count 3000] [--repeats 3]

``--peers`` is a Python that has ccxt, python-binance, uvloop and this package; without it only our
own client and the C floor run. All clients run in turns against the same server, which notes when
the order that answers a book update has arrived. Ours has guard, journal and pacing in the path.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
OURS = ("tradewind", "tradewind-ws")
PEERS = ("ccxt", "python-binance")


def pinned(core: int) -> Any:
    """Run a child on one core."""

    def pin() -> None:
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[core % len(cores)]})

    return pin


def measure(command: list[str], task: str, count: int) -> dict[str, Any]:
    """One client against a fresh server."""
    mode = "answer" if task == "answer" else "flood"
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.client.server", mode, str(count)],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=pinned(0),
    )
    assert server.stdout is not None
    try:
        port = json.loads(server.stdout.readline())["port"]
        client = subprocess.Popen(
            [part.format(port=port) for part in command],
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=pinned(1),
        )
        assert client.stdout is not None
        found: dict[str, Any] = {}
        if task == "answer":
            found |= json.loads(server.stdout.readline())
            client.terminate()
        else:
            line = client.stdout.readline()
            found |= json.loads(line) if line else {}
        client.terminate()
        client.wait(20)
        client.stdout.close()
        return found
    finally:
        server.terminate()
        server.wait(20)
        server.stdout.close()


def commands(peers: str | None, floor: str | None, task: str, count: int) -> dict[str, list[str]]:
    """Who takes part."""
    script = str(HERE / "clients.py")
    wanted = str(count if task != "answer" else 2 * count + 1000)  # the server ends those
    found = {}
    if floor and task == "answer":
        found["C, blocking, no book, no signature"] = [floor, "{port}"]
    for kind in OURS:
        if kind == "tradewind-ws" and task == "flood":
            continue
        found[kind] = [sys.executable, script, kind, task, "{port}", wanted]
    for kind in PEERS if peers else ():
        found[kind] = [peers or "", script, kind, task, "{port}", wanted]
    return found


def table(rows: dict[str, list[dict[str, Any]]], columns: tuple[str, ...]) -> None:
    for name, found in rows.items():
        values = {c: median([each[c] for each in found if c in each] or [0]) for c in columns}
        print(f"  {name:<38}" + "".join(f"{c} {values[c]:8.1f}  " for c in columns))


def run(peers: str | None, count: int, repeats: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        floor = None
        if compiler := shutil.which("gcc") or shutil.which("cc"):
            floor = str(Path(folder) / "floor")
            subprocess.run([compiler, "-O2", "-o", floor, str(HERE / "floor.c")], check=True)
        tasks = (
            (
                "answer",
                "tick to trade on loopback, us, as the venue sees it",
                ("p50", "p90", "p99"),
            ),
            ("flood", "processor time per book update, us, from the socket on", ("cpu_us",)),
            ("orders", "processor time per order, us, one after the other", ("cpu_us",)),
        )
        for task, title, columns in tasks:
            rows: dict[str, list[dict[str, Any]]] = {}
            for _ in range(repeats):
                for name, command in commands(peers, floor, task, count).items():
                    rows.setdefault(name, []).append(measure(command, task, count))
            print(title)
            table(rows, columns)


IMPORTS = {
    "tradewind": "import tradewind",
    "tradewind.connect": "import tradewind; tradewind.connect",
    "ccxt.pro": "import ccxt.pro",
    "python-binance": "import binance",
}


def imports(peers: str | None) -> None:
    """Seconds to import, beside an empty interpreter."""
    print("import, ms (best of 5, without an interpreter's own start)")
    for name, statement in IMPORTS.items():
        python = sys.executable if name.startswith("tradewind") else peers
        if python:
            best = min(_import(python, statement) for _ in range(5))
            print(f"  {name:<38}{best:8.0f}")


def _import(python: str, statement: str) -> float:
    program = f"import time; a=time.perf_counter(); {statement}; print(time.perf_counter()-a)"
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True)
    return float(done.stdout) * 1000


def sizes(peers: str | None) -> None:
    """What an installation puts on the disk, dependencies included, without byte code."""
    print("installed with all it needs: distributions, MB")
    for name in ("tradewind", "ccxt", "python-binance"):
        python = sys.executable if name == "tradewind" else peers
        if python:
            program = (HERE / "size.py").read_text()
            done = subprocess.run(
                [python, "-c", program, name], capture_output=True, text=True, check=True
            )
            count, size = done.stdout.split()
            print(f"  {name:<38}{int(count):4}  {float(size):7.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", metavar="PYTHON")
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    run(given.peers, given.count, given.repeats)
    imports(given.peers)
    sizes(given.peers)


if __name__ == "__main__":
    main()
