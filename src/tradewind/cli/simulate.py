"""``tradewind simulate --seed S --orders N``: client and box together, under seeded faults."""

import argparse
import importlib.util
import inspect
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..model import Misconfigured
from ..strategy import Strategy


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("--seed", type=int, default=1, help="the same seed meets the same faults")
    parser.add_argument("--orders", type=int, default=20_000, help="how many orders")
    parser.add_argument("--venue", default="", help="which venue (the first that can be)")
    parser.add_argument("--bot", type=Path, metavar="FILE", help="a file with your Strategy")
    parser.add_argument("--over", default="rest", choices=("rest", "websocket"), help="order entry")
    parser.add_argument("--json", action="store_true", help="the result as JSON")


def run(options: argparse.Namespace) -> int:
    """Simulate; 1 when something was not as it must be."""
    from ..simulation import default_venue, simulate, told

    bot = _bot(options.bot) if options.bot else None
    began = time.process_time()
    report = simulate(
        options.venue or default_venue(),
        options.seed,
        options.orders,
        bot=bot,
        over=options.over,
        progress=_quiet if options.json or not sys.stderr.isatty() else _progress,
    )
    seconds = time.process_time() - began
    if options.json:
        print(json.dumps({**told(report), "cpu_seconds": round(seconds, 1)}))
    else:
        _show(report, seconds)
    return 1 if report.violations else 0


def _bot(path: Path) -> Callable[[], Strategy]:
    """Makes the one strategy of a file. Raises Misconfigured."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.exists():
        raise Misconfigured(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    found = [
        kind
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, Strategy) and kind.__module__ == path.stem
    ]
    if len(found) != 1:
        names = ", ".join(kind.__name__ for kind in found) or "none"
        raise Misconfigured(f"{path} must have one class that inherits from Strategy; has: {names}")
    kind: Any = found[0]
    return lambda: kind()


def _quiet(report: Any) -> None:
    del report


def _progress(report: Any) -> None:
    print(f"\r{report.orders:>10,} orders", end="", file=sys.stderr, flush=True)


def _show(report: Any, seconds: float) -> None:
    """The tables."""
    if sys.stderr.isatty():
        print("\r" + " " * 20 + "\r", end="", file=sys.stderr)
    print(f"seed {report.seed}: {report.orders:,} orders in {report.worlds:,} worlds, "
          f"{report.accepted:,} accepted, {report.fills:,} fills, {report.calls:,} calls; "
          f"{report.virtual_seconds / 3600:.1f} h of venue time in {seconds:.1f} s")  # fmt: skip
    steps = sorted({step for _, step in report.faults}, key=lambda s: (s == "spell", s))
    _table("faults, by the message that they struck", report.faults, steps)
    _list("deaths of the client, by its last step", report.client_deaths)
    print(f"  and {report.journals_lost:,} times its journal was lost")
    _list("deaths of the venue, by its last step", report.box_deaths)
    _list("what became of intents", report.fates)
    print(f"\nvenue's journal  {report.venue_hash}\nclient's journal {report.client_hash}")
    if not report.violations:
        print("\nnothing doubled, nothing lost, nothing wrong, nothing left unknown")
        return
    print(f"\n{len(report.violations)} VIOLATIONS (seed {report.seed}); the first:")
    for violation in report.violations[:10]:
        print(f"  {violation}")


def _table(title: str, counts: Any, steps: list[str]) -> None:
    print(f"\n{title}")
    width = max((len(what) for what, _ in counts), default=0)
    for what in sorted({what for what, _ in counts}):
        row = [(step, counts[what, step]) for step in steps if counts[what, step]]
        total = sum(number for _, number in row)
        parts = ", ".join(f"{step} {number:,}" for step, number in row)
        print(f"  {what:<{width}}  {total:>8,}  {parts}")


def _list(title: str, counts: Any) -> None:
    print(f"\n{title}")
    width = max((len(what) for what in counts), default=0)
    for what, number in sorted(counts.items(), key=lambda pair: -pair[1]):
        print(f"  {what:<{width}}  {number:>8,}")
