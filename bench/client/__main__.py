"""The client beside others: tick to trade, processor time, import time, size. One table.

    python -m bench.client [--peers PYTHON] [--count 1500] [--rounds 5]

``--peers`` is a Python that has ccxt, python-binance and uvloop (this one, unless said otherwise);
what it does not have is named and left out. In each round all clients run in turns against the same
server, so that noise hits all alike; shown are medians over the rounds. Tick to trade is measured
by the server: from a book update's first byte to the arrival of the order that answers it, 0.2 ms
apart. Ours has guard, journal and pacing in the path.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

HERE = Path(__file__).parent
C = "C, blocking; no book, no signature"


class Runner(NamedTuple):
    """A row of the table: what is started for which tasks; "peers" runs in the peers' Python."""

    name: str
    kind: str
    tasks: tuple[str, ...]
    needs: str = ""


RUNNERS = (
    Runner(C, "floor", ("answer",)),
    Runner("asyncio, signs; no book", "bare", ("answer", "orders")),
    Runner("tradewind, REST", "tradewind", ("answer", "flood", "orders")),
    Runner("tradewind, WebSocket", "tradewind-ws", ("answer", "orders")),
    Runner("ccxt.pro", "ccxt", ("answer", "flood", "orders"), "ccxt"),
    Runner("python-binance", "python-binance", ("answer", "flood", "orders"), "python-binance"),
)
COLUMNS = {"answer": ("p50", "p90", "p99"), "flood": ("cpu_us",), "orders": ("cpu_us",)}
"""Tasks, and which figures of each are shown."""
FLOODS = 5
"""Book updates are cheap: so many times more of them."""

VERSIONS = ("tradewind", "uvloop", "msgspec", "picows", "httptools")
PEER_VERSIONS = ("ccxt", "python-binance", "uvloop", "aiohttp", "websockets")
PROGRAM = "import sys, importlib.metadata as m\nprint(m.version(sys.argv[1]))"


def pinned(core: int) -> Callable[[], None]:
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
        teller = server if task == "answer" else client
        assert teller.stdout is not None
        line = teller.stdout.readline()
        found: dict[str, Any] = json.loads(line) if line else {}
        client.terminate()
        client.wait(20)
        client.stdout.close()
        return found
    finally:
        server.terminate()
        server.wait(20)
        server.stdout.close()


def command(runner: Runner, task: str, count: int, peers: str, floor: str) -> list[str]:
    """How a client is started; ``{port}`` is filled in."""
    if runner.kind == "floor":
        return [floor, "{port}"]
    python = peers if runner.needs else sys.executable
    wanted = str(count if task != "answer" else 2 * count + 1000)  # the server ends those
    return [python, str(HERE / "clients.py"), runner.kind, task, "{port}", wanted]


# --- the table ----------------------------------------------------------------------------------

Figures = dict[str, dict[str, float]]
"""Figures by row."""


def run(runners: list[Runner], peers: str, floor: str, count: int, rounds: int) -> Figures:
    """Everyone in turns."""
    seen: dict[tuple[str, str], list[float]] = {}
    for _ in range(rounds):
        for task in COLUMNS:
            many = count * (FLOODS if task == "flood" else 1)
            for runner in runners:
                if task in runner.tasks:
                    told = measure(command(runner, task, many, peers, floor), task, many)
                    for column in COLUMNS[task]:
                        if column in told:
                            name = column if task == "answer" else task
                            seen.setdefault((runner.name, name), []).append(told[column])
    figures: Figures = {runner.name: {} for runner in runners}
    for (row, column), values in seen.items():
        figures[row][column] = median(values)
    return figures


def table(figures: Figures) -> Iterator[str]:
    """The table, a line at a time."""
    floor = figures.get(C, {}).get("p50")
    ours = figures.get("tradewind, REST", {})
    yield f"{'':36}{'tick to trade, us':^40}{'CPU per update, us':>20}{'CPU per order, us':>20}"
    yield f"{'':36}{'p50':>8}{'p90':>8}{'p99':>8}{'x C':>8}{'x ours':>8}" + 2 * (
        f"{'':>4}{'':>8}{'x ours':>8}"
    )
    for row, found in figures.items():
        cells = [_cell(found.get(name)) for name in ("p50", "p90", "p99")]
        cells += [_times(found.get("p50"), floor), _times(found.get("p50"), ours.get("p50"))]
        for task in ("flood", "orders"):
            cells += ["    " + _cell(found.get(task)), _times(found.get(task), ours.get(task))]
        yield f"{row:36}" + "".join(cells)


def aims(figures: Figures) -> Iterator[str]:
    """What was wanted, and whether it is so. Of our two doors the faster one counts."""
    rows = [found for name, found in figures.items() if name.startswith("tradewind") and found]
    best = min(rows, key=lambda found: found.get("p50", 1e9))
    least = min(found.get("orders", 1e9) for found in rows)
    update = min(found.get("flood", 1e9) for found in rows)
    ccxt, other = figures.get("ccxt.pro", {}), figures.get("python-binance", {})
    yield _aim("tick to trade, times the C client", best, figures.get(C, {}), "p50", 4, False)
    yield _aim("tick to trade, ahead of ccxt.pro", ccxt, best, "p50", 4, True)
    yield _aim("tick to trade, ahead of python-binance", other, best, "p50", 4, True)
    yield _aim("p99, times p50", {"x": best["p99"]}, {"x": best["p50"]}, "x", 10, False)
    yield _aim("CPU per update, less than ccxt", ccxt, {"flood": update}, "flood", 4, True)
    yield _aim("CPU per order, less than ccxt", ccxt, {"orders": least}, "orders", 6, True)


def _aim(
    what: str,
    above: dict[str, float],
    below: dict[str, float],
    name: str,
    wanted: float,
    at_least: bool,
) -> str:
    if name not in above or name not in below:
        return f"  {what:42} not measured"
    found = above[name] / below[name]
    good = found >= wanted if at_least else found <= wanted
    word = "at least" if at_least else "at most"
    return f"  {what:42}{found:8.1f}   {word} {wanted:g}: {'yes' if good else 'NO'}"


def _cell(value: float | None) -> str:
    return f"{'':>8}" if value is None else f"{value:8.1f}"


def _times(value: float | None, base: float | None) -> str:
    return f"{'':>8}" if not value or not base else f"{value / base:8.1f}"


# --- start and size -----------------------------------------------------------------------------

IMPORTS = {
    "import tradewind": ("import tradewind", "", 200),
    "import tradewind; tradewind.connect": ("import tradewind; tradewind.connect", "", None),
    "import ccxt.pro": ("import ccxt.pro", "ccxt", None),
    "import binance": ("import binance", "python-binance", None),
}
"""What is imported, what it needs, and the limit in ms."""

HELP_MS = 400
SIZE = (18, 40.0)
"""Distributions and MB of our installation at most."""


def imports(there: set[str], peers: str) -> Iterator[str]:
    """Import times without the interpreter's own start, and the whole of ``tradewind --help``."""
    for name, (statement, needs, limit) in IMPORTS.items():
        if needs and needs not in there:
            continue
        program = f"import time; a=time.perf_counter(); {statement}; print(time.perf_counter()-a)"
        python = peers if needs else sys.executable
        best = min(float(_out([python, "-c", program])) for _ in range(5)) * 1000
        yield _limited(name, f"{best:.0f} ms", limit is None or best <= limit, limit, "ms")
    tool = Path(sys.executable).with_name("tradewind")
    best = min(_seconds([str(tool), "--help"]) for _ in range(5)) * 1000
    yield _limited("tradewind --help", f"{best:.0f} ms", best <= HELP_MS, HELP_MS, "ms")


def sizes(there: set[str], peers: str) -> Iterator[str]:
    """What an installation puts on the disk, dependencies included, without byte code."""
    for name in ("tradewind", "ccxt", "python-binance"):
        if name != "tradewind" and name not in there:
            continue
        python = sys.executable if name == "tradewind" else peers
        count, size = _out([python, str(HERE / "size.py"), name]).split()
        good = int(count) <= SIZE[0] and float(size) <= SIZE[1]
        limit = f"{SIZE[0]} and {SIZE[1]:g}" if name == "tradewind" else None
        text = f"{count} distributions, {float(size):.1f} MB"
        yield _limited(f"{name}, installed", text, good or limit is None, limit, "MB")


def _limited(name: str, found: str, good: bool, limit: object, unit: str) -> str:
    said = "" if limit is None else f"at most {limit} {unit}: {'yes' if good else 'NO'}"
    return f"  {name:42}{found:28}{said}".rstrip()


def _out(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    _out(command)
    return time.perf_counter() - began


# --- all of it ----------------------------------------------------------------------------------


def present(python: str, names: tuple[str, ...]) -> dict[str, str]:
    """Which of these are installed there, and their versions."""
    found = {}
    for name in names:
        done = subprocess.run([python, "-c", PROGRAM, name], capture_output=True, text=True)
        if done.returncode == 0:
            found[name] = done.stdout.strip()
    return found


def said(runners: list[Runner], peers: str, there: dict[str, str], options: Any) -> Iterator[str]:
    """Versions and commands."""
    here = present(sys.executable, VERSIONS)
    yield f"Python {sys.version.split()[0]}, " + ", ".join(f"{n} {v}" for n, v in here.items())
    yield "peers: " + (", ".join(f"{n} {v}" for n, v in there.items()) or "none")
    count = options.count
    yield f"{options.rounds} rounds, {count} orders and {FLOODS * count} updates each"
    for runner in runners:
        shown = command(runner, "answer", options.count, peers, "floor")
        short = [Path(part).name if "/" in part else part for part in shown]
        yield f"  {runner.name:36}{' '.join(short)}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.client", description=__doc__)
    parser.add_argument("--peers", metavar="PYTHON", default=sys.executable)
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    there = present(options.peers, PEER_VERSIONS)
    compiler = shutil.which("gcc") or shutil.which("cc")
    runners = [each for each in RUNNERS if not each.needs or each.needs in there]
    if compiler is None:
        runners = [each for each in runners if each.kind != "floor"]
    for each in RUNNERS:
        if each not in runners:
            print(f"{each.name} is left out: it is not installed here")
    with tempfile.TemporaryDirectory() as folder:
        floor = str(Path(folder) / "floor")
        if compiler is not None:
            subprocess.run([compiler, "-O2", "-o", floor, str(HERE / "floor.c")], check=True)
        figures = run(runners, options.peers, floor, options.count, options.rounds)
    for part in (
        table(figures),
        aims(figures),
        imports(set(there), options.peers),
        sizes(set(there), options.peers),
        said(runners, options.peers, there, options),
    ):
        print("\n".join(part), end="\n\n")


if __name__ == "__main__":
    main()
