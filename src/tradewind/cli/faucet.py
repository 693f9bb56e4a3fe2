"""``tradewind faucet --venue V --account NAME USDT=10000 BTC=1``."""

import argparse

from ..model import Misconfigured
from . import remote


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where and what."""
    parser.add_argument("--venue", required=True)
    parser.add_argument("--account", default="default", metavar="NAME", help="made if it is new")
    parser.add_argument("amounts", nargs="+", metavar="ASSET=AMOUNT", help="for instance USDT=1000")
    remote.arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Ask the box and show the balances after it."""
    amounts: dict[str, str] = {}
    for text in options.amounts:
        asset, sign, amount = text.partition("=")
        if not sign or not asset or not amount:
            raise Misconfigured(f"{text!r}: write ASSET=AMOUNT, for instance USDT=10000")
        amounts[asset] = amount
    wanted = {"venue": options.venue, "account": options.account, "amounts": amounts}
    told = remote.ask(options.data, "POST", "/faucet", wanted)
    if options.json:
        remote.show(told)
        return 0
    for balance in told["balances"]:
        print(f"{balance['asset']:<8} {balance['available']} available, {balance['held']} held")
    return 0
