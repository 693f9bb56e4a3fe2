"""``tradewind``: one word per task. Only the module of the task at hand is loaded."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from .. import __version__
from ..model import TradewindError

COMMANDS = {
    "up": ("start the exchange in a box", "up"),
    "run": ("run a program, unchanged, with the box in the place of the venues", "run"),
    "demo": ("start a box, play the tour against it, then show it live", "demo"),
    "tour": ("play a venue's beginner's tutorial against the running box", "tour"),
    "view": ("show the running box live", "view"),
    "status": ("say what the running box is and does", "status"),
    "keys": ("create, list or revoke keys of the running box", "keys"),
    "faucet": ("give an account assets", "faucet"),
    "rules": ("list what changed at a venue on which day", "rules"),
    "postman": ("write a venue's operations as a Postman collection", "postman"),
    "time": ("show, freeze, run, speed up or advance venue time", "time"),
    "log": ("show the requests and frames as they come", "log"),
    "fault": ("make something go wrong: lost answers, gaps, bans, halted markets...", "fault"),
    "scenario": ("let a program meet an incident that somebody reported", "scenario"),
    "simulate": ("client and box under seeded faults: is anything doubled or lost?", "simulate"),
    "compare": ("a venue beside a box: what differs in their answers, as a report", "compare"),
    "kill": ("stop new orders of all your clients, at once", "kill"),
    "unkill": ("let the orders of your clients through again", "kill"),
    "reset": ("forget all orders, balances and history; keys stay", "reset"),
    "stop": ("stop the running box", "stop"),
}
"""Word: what it does, and the module with ``arguments(parser)`` and ``run(options)``."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser, module = _parser(given)
    options = parser.parse_args(given)
    if module is None:
        parser.print_help()
        return 0 if not given else 2
    try:
        return int(module.run(options))
    except TradewindError as error:
        print(f"tradewind: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _parser(given: Sequence[str]) -> tuple[argparse.ArgumentParser, Any]:
    """The parser, complete only for the command that was given, and that command's module."""
    parser = argparse.ArgumentParser(
        prog="tradewind",
        description="Crypto exchanges on localhost: real protocols, a real matching engine, no "
        "account and no network needed.",
    )
    parser.add_argument("--version", action="version", version=f"tradewind {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", dest="command")
    wanted = next((word for word in given if not word.startswith("-")), "")
    module = None
    for word, (text, name) in COMMANDS.items():
        command = commands.add_parser(word, help=text, description=text)
        if word == wanted:
            module = import_module(f"{__name__}.{name}")
            module.arguments(command)
    return parser, module


def entry() -> None:
    """For ``python -m tradewind.cli``."""
    sys.exit(main())
