"""``tradewind time show | advance 8h | freeze | run | speed 60``: the venue's clock."""

import argparse

from ..model import Misconfigured
from . import remote

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def arguments(parser: argparse.ArgumentParser) -> None:
    """One word and what it takes."""
    words = parser.add_subparsers(dest="word", metavar="show|advance|freeze|run|speed")
    each = [
        words.add_parser("show", help="say what the clock shows"),
        words.add_parser("freeze", help="stop venue time"),
        words.add_parser("run", help="let it run at normal speed"),
    ]
    advance = words.add_parser("advance", help="step forward: candles close, limits refill")
    advance.add_argument("step", metavar="TIME", help="for instance 90s, 8h, 2d")
    speed = words.add_parser("speed", help="let it run faster or slower")
    speed.add_argument("factor", metavar="X", help="so many times as fast")
    for parser_ in (*each, advance, speed):
        remote.arguments(parser_)
    parser.set_defaults(word="show", data=None, json=False)


def run(options: argparse.Namespace) -> int:
    """Ask the box and say what its clock shows."""
    wanted: dict[str, object] = {}
    match options.word:
        case "freeze" | "run":
            wanted[options.word] = True
        case "advance":
            wanted["advance"] = seconds(options.step)
        case "speed":
            wanted["speed"] = options.factor
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
