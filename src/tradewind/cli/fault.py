"""``tradewind fault list | kinds | set KIND ... | clear``: what goes wrong on purpose."""

import argparse
from typing import Any

from . import remote

SELECTORS = {
    "venue": "at this venue",
    "account": "of this account",
    "operation": "of this operation (its name in the coverage table; * matches)",
    "channel": "of this stream, for instance '*@depth*'",
    "instrument": "of this instrument",
    "peer": "from this address",
}
"""Which things it is about; left away: all."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """One word and what it takes."""
    words = parser.add_subparsers(dest="word", required=True, metavar="list|kinds|set|clear")
    listed = words.add_parser("list", help="the faults that are set")
    kinds = words.add_parser("kinds", help="every kind: what it does and what remains true")
    setting = words.add_parser("set", help="set one")
    setting.add_argument("kind", help="see: tradewind fault kinds")
    for name, text in SELECTORS.items():
        setting.add_argument(f"--{name}", metavar=name.upper(), help=text)
    setting.add_argument("--value", type=int, metavar="N", help="as the kind has it")
    setting.add_argument("--flaw", help="of a certificate: expired, wrong or stranger")
    setting.add_argument("--nth", type=int, metavar="N", help="only the N-th such thing from now")
    setting.add_argument("--every", type=int, metavar="N", help="every N-th")
    setting.add_argument("--probability", type=float, metavar="P", help="by chance, from the seed")
    setting.add_argument("--seed", type=int, metavar="N", help="what chance follows from")
    setting.add_argument("--count", type=int, metavar="N", help="at most so often")
    setting.add_argument("--seconds", type=float, metavar="S", help="so long, in venue time")
    clearing = words.add_parser("clear", help="end one, or all")
    clearing.add_argument("number", type=int, nargs="?", help="which; left away: all")
    for each in (listed, kinds, setting, clearing):
        remote.arguments(each)


def run(options: argparse.Namespace) -> int:
    """Ask the box."""
    told = _ask(options)
    if options.json:
        remote.show(told)
        return 0
    if options.word == "kinds":
        for kind in told["kinds"]:
            print(f"{kind['kind']:<12} {kind['does']}; {kind['truth']}")
            if kind["value"]:
                print(f"{'':<12}   --value {kind['value']} (usually {kind['default']})")
            if kind["flaws"]:
                print(f"{'':<12}   --flaw {', '.join(kind['flaws'])}")
        return 0
    found = [told["fault"]] if "fault" in told else told.get("faults", told.get("cleared"))
    for fault in found:
        print(_line(fault))
    if not found:
        print("no faults are set" if options.word == "list" else "there was nothing to clear")
    return 0


def _ask(options: argparse.Namespace) -> Any:
    data = options.data
    match options.word:
        case "list":
            return remote.ask(data, "GET", "/faults")
        case "kinds":
            return remote.ask(data, "GET", "/faults/kinds")
        case "clear":
            wanted = {} if options.number is None else {"number": options.number}
            return remote.ask(data, "DELETE", "/faults", wanted)
        case _:
            names = (*SELECTORS, "kind", "value", "flaw", "nth", "every", "probability", "seed",
                     "count", "seconds")  # fmt: skip
            given = {name: getattr(options, name) for name in names}
            wanted = {name: value for name, value in given.items() if value is not None}
            return remote.ask(data, "POST", "/faults", wanted)


def _line(fault: dict[str, Any]) -> str:
    hidden = ("number", "kind", "seen", "struck")
    rest = " ".join(f"{name}={value}" for name, value in fault.items() if name not in hidden)
    return (
        f"{fault['number']:>3}  {fault['kind']:<12} {rest}  "
        f"struck {fault['struck']} of {fault['seen']}"
    )
