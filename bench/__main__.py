"""All benches, or those named: python -m bench [NAME ...] [--quick] [--list].

Each runs in a process of its own and prints medians and ratios beside its peers, measured in the
same run. Peers that are not installed are named and left out. ``--quick`` runs each for seconds, to
see that it works: its figures mean little.
"""

import argparse
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple


class Bench(NamedTuple):
    """One bench: its module, what it shows, what it runs with or beside, and how it is quick."""

    module: str
    what: str
    beside: tuple[str, ...]
    quick: str


OURS = ("tradewind", "msgspec", "httptools", "picows", "uvloop")

BENCHES = {
    "book": Bench(
        "bench.book",
        "book and ledger beside limit-order-book, litebook, lightmatchingengine",
        ("tradewind", "limit-order-book", "litebook", "lightmatchingengine"),
        "--commands 10000 --rounds 1",
    ),
    "http": Bench(
        "bench.http.compare",
        "bare answers and WebSocket echoes beside aiohttp and uvicorn",
        (*OURS, "aiohttp", "starlette", "uvicorn", "websockets"),
        "--requests 1500 --repeats 1",
    ),
    "orders": Bench(
        "bench.orders",
        "acknowledged REST orders beside aiohttp and the bare server",
        (*OURS, "aiohttp"),
        "--seconds 1",
    ),
    "websocket": Bench(
        "bench.websocket",
        "acknowledged WebSocket orders beside a bare echo",
        OURS,
        "--seconds 1 --repeats 1",
    ),
    "streams": Bench(
        "bench.streams",
        "one book to 500 subscribers, all data of 40 instruments",
        OURS,
        "--seconds 1 --listeners 100",
    ),
    "box": Bench("bench.box", "start-up and idle cost", OURS, "--seconds 2"),
    "client": Bench(
        "bench.client",
        "depth updates, orders and tick to trade beside ccxt and python-binance",
        (*OURS, "ccxt", "python-binance"),
        "--count 200 --rounds 1",
    ),
}


def main() -> int:
    """Run them one after the other; the first failure is the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(present()))
    parser.add_argument("--quick", action="store_true", help="seconds each: does it work at all")
    parser.add_argument("--list", action="store_true", help="say what there is")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in present()]
    if unknown:
        parser.error(f"there is no bench {unknown[0]!r}; there are: {', '.join(present())}")
    if options.list:
        for name in present():
            print(f"{name:12}{BENCHES[name].what}")
        return 0
    for name in options.names or present():
        bench = BENCHES[name]
        print(f"\n== {name}: {bench.what}\n   {versions(bench.beside)}", flush=True)
        command = [sys.executable, "-m", bench.module]
        command += bench.quick.split() if options.quick else []
        done = subprocess.run(command, check=False)
        if done.returncode:
            return done.returncode
    return 0


def present() -> list[str]:
    """Benches of this checkout."""
    here = Path(__file__).parent
    return [name for name in BENCHES if (here / name).is_dir() and any((here / name).glob("*.py"))]


def installed(name: str) -> str:
    """The version of a distribution, "" when it is not there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def versions(names: tuple[str, ...]) -> str:
    """What a table was made with."""
    told = [f"{name} {installed(name) or 'not installed'}" for name in names]
    return ", ".join([f"Python {platform.python_version()}", *told])


if __name__ == "__main__":
    sys.exit(main())
