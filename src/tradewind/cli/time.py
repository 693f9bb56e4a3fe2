"""``tradewind time --freeze | --run | --speed X | --advance 8h``."""

import argparse

from ..model import Misconfigured
from . import remote

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def arguments(parser: argparse.ArgumentParser) -> None:
    """One change, or none to ask."""
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--freeze", action="store_true", help="stop venue time")
    change.add_argument("--run", action="store_true", help="let it run at normal speed")
    change.add_argument("--speed", metavar="X", help="let it run X times as fast")
    change.add_argument("--advance", metavar="TIME", help="step forward, for instance 90s, 8h, 2d")
    remote.arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Ask the box and say what its clock shows."""
    wanted: dict[str, object] = {}
    if options.freeze:
        wanted["freeze"] = True
    if options.run:
        wanted["run"] = True
    if options.speed:
        wanted["speed"] = options.speed
    if options.advance:
        wanted["advance"] = seconds(options.advance)
    told = remote.ask(options.data, "POST", "/time", wanted)
    if options.json:
        remote.show(told)
    else:
        pace = "frozen" if told["frozen"] else f"speed {told['speed']}"
        print(f"venue time {told['venue_time']} ({pace})")
    return 0


def seconds(text: str) -> float:
    """``"90"``, ``"90s"``, ``"8h"`` in seconds."""
    unit = SECONDS.get(text[-1:], 0)
    try:
        return float(text[:-1] if unit else text) * (unit or 1)
    except ValueError:
        raise Misconfigured(f"{text!r} is no time; write for instance 90s, 8h or 2d") from None
