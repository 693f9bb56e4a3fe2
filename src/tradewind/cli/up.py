"""``tradewind up``: start the box and keep it running until Ctrl-C."""

import argparse
import asyncio
import gc
import json
import logging
import signal
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import venues
from ..client import local
from ..model import Misconfigured
from . import prices

if TYPE_CHECKING:
    from ..exchange.box import Box, Options, Ready


def arguments(parser: argparse.ArgumentParser) -> None:
    """How to start. What is left away is as it was before on the same folder."""
    parser.add_argument("--venues", default="", metavar="A,B", help="which venues to serve")
    parser.add_argument("--data", metavar="DIR", help="where the box keeps its data")
    parser.add_argument(
        "--port-base", type=int, metavar="N", help="admin on N, venues on N+1...; 0: free ports"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="what the market follows from")
    parser.add_argument("--speed", metavar="X", help="venue time runs X times as fast")
    parser.add_argument(
        "--sync",
        choices=("normal", "full", "off"),
        default="normal",
        help="what an answered order survives: normal, the death of the process; full, also the "
        "loss of power",
    )
    parser.add_argument(
        "--instruments",
        default="",
        metavar="all|N|A,B|FILE",
        help="which instruments to trade; FILE: a saved answer that lists the venue's instruments",
    )
    parser.add_argument(
        "--prices",
        action="append",
        default=[],
        metavar="[NAME=]FILE",
        help="let an instrument follow a file of time,price or time,open,high,low,close[,volume]; "
        "times in seconds since 1970 or ISO 8601; without NAME the file is called like it",
    )
    parser.add_argument(
        "--flavour",
        default="",
        metavar="live|testnet|demo",
        help="which of a venue's networks the box is like",
    )
    parser.add_argument(
        "--date",
        default="",
        metavar="YYYY-MM-DD|today",
        help="follow the rules of that day (see: tradewind rules)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="VENUE.NAME=VALUE",
        help="a setting of a venue, JSON or text; may be repeated",
    )
    parser.add_argument(
        "--digest-every", type=int, default=1_024, metavar="N", help="rows between state hashes"
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON when ready")


def run(options: argparse.Namespace) -> int:
    """Run the box; 0 when it was stopped, 1 when it broke."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    return loop_run(serve(options))


def loop_run(main: Coroutine[Any, Any, int]) -> int:
    """Run on uvloop where it is installed, else on asyncio's own loop."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


async def serve(options: argparse.Namespace) -> int:
    """Open, say so, run, close."""
    from ..exchange.box import Box

    paths = prices.read(options.prices)
    box = Box(asked(options))
    ready = await box.open()  # a signal before this ends just ends it: the journal bears that
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, box.stop)
    tune()
    try:
        followed = prices.follow(box, paths)
        _tell(options, box, ready, followed)
        await box.run()
    except Misconfigured:
        raise
    except Exception:  # noqa: BLE001  # the box has logged it; here is what it means to the user
        print(
            "tradewind: the box has stopped. Everything it had answered is in its journal; start "
            f"it again with: tradewind up --data {ready.data}",
            file=sys.stderr,
        )
        return 1
    finally:
        await box.close()
    return 0


def tune() -> None:
    """Let the collector look at what comes and goes only: what was loaded stays anyway, and orders
    make no cycles. Saves about a twentieth of an order, and pauses.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def asked(options: argparse.Namespace) -> "Options":
    """The command line as the box takes it."""
    from ..exchange import clock
    from ..exchange.box import Options

    file = _saved(options.instruments)
    return Options(
        data=Path(local.folder(options.data)),
        venues=tuple(name.strip() for name in options.venues.split(",") if name.strip()),
        port_base=options.port_base,
        seed=options.seed,
        speed=clock.speed(options.speed) if options.speed else None,
        sync=options.sync,
        instruments="" if file else options.instruments,
        settings=everywhere(options, settings(options.set), file),
        digest_every=max(1, options.digest_every),
    )


def _saved(text: str) -> Path | None:
    """The file that ``--instruments`` names, None where it names instruments."""
    if Path(text).is_file():
        return Path(text)
    if text.endswith(".json"):
        raise Misconfigured(
            f"--instruments {text}: there is no such file; give a saved answer that lists the "
            "venue's instruments, or names with commas between them, a number, all"
        )
    return None


def settings(texts: list[str]) -> dict[str, dict[str, Any]]:
    """``venue.name=value`` as nested values."""
    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        venue, dot, key = name.partition(".")
        if not sign or not dot or not key:
            raise Misconfigured(f"--set {text!r}: write VENUE.NAME=VALUE")
        try:
            found.setdefault(venue, {})[key] = json.loads(value)
        except ValueError:
            found.setdefault(venue, {})[key] = value
    return found


def everywhere(
    options: argparse.Namespace, given: dict[str, dict[str, Any]], file: Path | None = None
) -> dict[str, dict[str, Any]]:
    """The settings that every venue has, under those that are given by name."""
    common: dict[str, Any] = {}
    if options.flavour:
        common["flavour"] = options.flavour
    if options.date:
        common["date"] = "" if options.date == "today" else options.date
    if file is not None:
        common |= {"instruments_file": str(file.resolve()), "instruments": ""}
    if not common:
        return given
    return {name: {**common, **given.get(name, {})} for name in {*venues.names(), *given}}


def _tell(options: argparse.Namespace, box: "Box", ready: "Ready", followed: Sequence[str]) -> None:
    import msgspec

    if options.json:
        sys.stdout.write(msgspec.json.encode(ready).decode() + "\n")
        sys.stdout.flush()
        return
    print(f"The box is ready. Its data is in {ready.data}\n")
    for told in followed:
        print(told)
    for name, doors in ready.venues.items():
        print(name)
        for door, url in doors.items():
            print(f"  {door:<12} {url}")
        made = box.new_keys.get(name)
        if made is not None:
            print(f"\n  {'api_key':<12} {made.api_key}")
            print(f"  {'api_secret':<12} {made.api_secret}")
            print("  (the key 'default', shown once; it opens nothing but this box)")
    print(f"\nadmin          {ready.admin}")
    print("\nTry:  tradewind tour", next(iter(ready.venues), ""), "  or:  tradewind status")
    print("Ctrl-C stops the box; start it again and it goes on where it was.", flush=True)
