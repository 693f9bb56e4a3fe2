"""``tradewind reset``."""

import argparse

from . import remote


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which box."""
    remote.arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Make the running box begin again."""
    told = remote.ask(options.data, "POST", "/reset", {})
    if options.json:
        remote.show(told)
    else:
        print("The box has begun again: no orders, opening balances; keys and accounts stay.")
    return 0
