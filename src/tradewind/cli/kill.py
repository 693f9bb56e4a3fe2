"""``tradewind kill`` and ``tradewind unkill``."""

import argparse
import json

from .. import venues
from ..client import kill, local


def arguments(parser: argparse.ArgumentParser) -> None:
    """Whose orders, and why."""
    parser.add_argument("--data", help="the data folder; $TRADEWIND_DATA, or your own data home")
    parser.add_argument("--venue", default="", help="only this venue; all of them unless given")
    parser.add_argument("--json", action="store_true", help="machine-readable output")
    if parser.prog.split()[-1] == "kill":
        parser.add_argument("reason", nargs="?", default="by hand", help="what clients will say")


def run(options: argparse.Namespace) -> int:
    """Stop new orders of every client of yours on that folder, or let them through again."""
    if options.venue:
        venues.facts(options.venue)
    data = local.folder(options.data)
    if options.command == "kill":
        file = kill.on(data, options.reason, options.venue)
        told = {"killed": True, "venue": options.venue or None, "file": str(file)}
        text = (
            "The kill switch is on: clients send nothing new; what only ends orders still goes "
            f"out.\nOff again with: tradewind unkill{_with(options.venue)}"
        )
    else:
        was = kill.off(data, options.venue)
        told = {"killed": False, "venue": options.venue or None, "was": was}
        text = "The kill switch is off." if was else "The kill switch was not on."
    print(json.dumps(told) if options.json else text)
    return 0


def _with(venue: str) -> str:
    return f" --venue {venue}" if venue else ""
