"""``tradewind simulate --seed S --orders N``: client and box together, under seeded faults."""

import argparse
import importlib.util
import inspect
import json
import sys
import time
import traceback
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
    try:
        report = simulate(
            options.venue or default_venue(),
            options.seed,
            options.orders,
            bot=bot,
            over=options.over,
            progress=_quiet if options.json or not sys.stderr.isatty() else _progress,
        )
    except Exception as error:  # a bot may raise anything; what is not its own goes on as it is
        if options.bot and (mistake := _mistake(options.bot, error)):
            raise Misconfigured(mistake) from error
        raise
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
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # a user's file may raise anything when it is read
        raise Misconfigured(_mistake(path, error) or f"{path}: {error!r}") from error
    found = [
        kind
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, Strategy) and kind.__module__ == path.stem
    ]
    if len(found) != 1:
        names = ", ".join(kind.__name__ for kind in found) or "none"
        raise Misconfigured(f"{path} must have one class that inherits from Strategy; has: {names}")
    kind: Any = found[0]
    try:
        inspect.signature(kind).bind()
    except TypeError as error:
        raise Misconfigured(
            f"{path}: {kind.__name__} must be made without arguments: {error}"
        ) from error
    return lambda: kind()


def _mistake(path: Path, error: BaseException) -> str:
    """What a bot's own file raised, and where; "" when it was not that file."""
    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, (_mistake(path, each) for each in error.exceptions)), "")
    what = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError):
        return f"{path}: {what}"
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    return f"{path}, line {lines[-1]}: {what}" if lines else ""


def _quiet(report: Any) -> None:
    del report


def _progress(report: Any) -> None:
    print(f"\r{report.orders:>10,} orders", end="", file=sys.stderr, flush=True)


def _show(report: Any, seconds: float) -> None:
    """The tables, and what is wrong."""
    from ..simulation.tables import tables, text

    if sys.stderr.isatty():
        print("\r" + " " * 20 + "\r", end="", file=sys.stderr)
    print(f"seed {report.seed}, {seconds:.1f} s of CPU")
    for table in tables(report):
        print(f"\n{text(table)}")
    print(f"\nvenue's journal  {report.venue_hash}\nclient's journal {report.client_hash}")
    if not report.violations:
        print("\nnothing doubled, nothing lost, nothing wrong, nothing left unknown")
        return
    print(f"\nWRONG, {len(report.violations)} times (seed {report.seed}); the first:")
    for violation in report.violations[:10]:
        print(f"  {violation}")
