"""``tradewind stop``."""

import argparse
from time import monotonic, sleep

from ..client import local
from ..model import Misconfigured
from . import remote

SECONDS = 15
"""A box closes its connections within two; its snapshot takes less."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which box."""
    remote.arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Stop the running box and wait until its folder is free."""
    told = remote.ask(options.data, "POST", "/stop", {})
    file = local.folder(options.data) / local.RUNNING
    until = monotonic() + SECONDS
    while file.exists():
        if monotonic() > until:
            raise Misconfigured(f"the box (process {told['pid']}) is still there after {SECONDS} s")
        sleep(0.02)
    if options.json:
        remote.show(told)
    else:
        print("The box has stopped; its data is in", told["data"])
    return 0
