"""``tradewind status``."""

import argparse
from typing import Any

from . import remote


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which box."""
    remote.arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Say what the running box is and does."""
    told = remote.ask(options.data, "GET", "/status")
    if options.json:
        remote.show(told)
    else:
        _print(told)
    return 0


def _print(told: dict[str, Any]) -> None:
    pace = "frozen" if told["frozen"] else f"speed {told['speed']}"
    print(f"tradewind {told['version']}, process {told['pid']}, up {told['up_seconds']} s")
    print(f"data        {told['data']}")
    print(f"admin       {told['admin']}")
    print(f"venue time  {told['venue_time']} ({pace}), seed {told['seed']}, sync {told['sync']}")
    for name, venue in told["venues"].items():
        print(f"\n{name}")
        for door, url in venue["doors"].items():
            print(f"  {door:<12} {url}")
        print(f"  {'instruments':<12} {len(venue['instruments'])}")
        print(f"  {'accounts':<12} {', '.join(venue['accounts'])}")
        print(f"  {'keys':<12} {venue['keys']}, {venue['connections']} open WebSockets")
        print(f"  {'journal':<12} {venue['rows']} rows, {venue['open_orders']} open orders")
