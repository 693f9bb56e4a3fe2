"""All benches, or those named: python -m bench [NAME ...] [--list].

Each runs in a process of its own and prints medians and ratios beside its peers, measured in the
same run. Peers that are not installed are named and left out.
"""

import argparse
import subprocess
import sys
from pathlib import Path

BENCHES = {
    "book": (
        ["bench.book"],
        "book and ledger beside limit-order-book, litebook, lightmatchingengine",
    ),
    "http": (
        ["bench.http.compare"],
        "bare answers and WebSocket echoes beside aiohttp and uvicorn",
    ),
    "orders": (["bench.orders"], "acknowledged REST orders beside aiohttp and the bare server"),
    "websocket": (["bench.websocket"], "acknowledged WebSocket orders beside a bare echo"),
    "streams": (["bench.streams"], "one book to 500 subscribers, all data of 40 instruments"),
    "box": (["bench.box"], "start-up and idle cost"),
    "client": (["bench.client"], "depth updates, orders and tick to trade beside ccxt"),
}
"""Name: how it is run, and what it shows."""


def main() -> int:
    """Run them one after the other; the first failure is the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(present()))
    parser.add_argument("--list", action="store_true", help="say what there is")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in present()]
    if unknown:
        parser.error(f"there is no bench {unknown[0]!r}; there are: {', '.join(present())}")
    if options.list:
        for name in present():
            print(f"{name:12}{BENCHES[name][1]}")
        return 0
    for name in options.names or present():
        module, what = BENCHES[name]
        print(f"\n== {name}: {what}", flush=True)
        done = subprocess.run([sys.executable, "-m", *module], check=False)
        if done.returncode:
            return done.returncode
    return 0


def present() -> list[str]:
    """Benches of this checkout."""
    here = Path(__file__).parent
    return [name for name in BENCHES if (here / name).is_dir() and any((here / name).glob("*.py"))]


if __name__ == "__main__":
    sys.exit(main())
