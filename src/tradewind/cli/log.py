"""``tradewind log [-f] [--frames]``: what came, from whom, what it cost, was answered and did."""

import argparse
import time
from typing import Any

from . import remote

SECONDS = 0.2
"""Between two looks."""

LAST = 50
"""What is shown of the past."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which entries, and whether to go on."""
    parser.add_argument("-f", "--follow", action="store_true", help="go on until Ctrl-C")
    parser.add_argument("--account", default="", metavar="NAME", help="only of this account")
    parser.add_argument("--venue", default="", metavar="NAME", help="only of this venue")
    parser.add_argument(
        "--frames", action="store_true", help="the wire record: handshakes and frames, too"
    )
    parser.add_argument("-n", type=int, default=LAST, metavar="N", help="of the past, so many")
    remote.arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Print what there is, then what comes."""
    path, name = ("/wire", "rows") if options.frames else ("/log", "requests")
    last, first = 0, True
    while True:
        told = remote.ask(options.data, "GET", path, after=last)
        found = [row for row in told[name] if _wanted(options, row)]
        for row in found[-options.n :] if first else found:
            remote.show(row) if options.json else print(_line(row), flush=True)
        if told[name]:
            last = told[name][-1]["n"]
        first = False
        if not options.follow:
            return 0
        time.sleep(SECONDS)


def _wanted(options: argparse.Namespace, row: dict[str, Any]) -> bool:
    return options.account in ("", row.get("account", "")) and options.venue in (
        "",
        row.get("venue", ""),
    )


def _line(row: dict[str, Any]) -> str:
    at = time.strftime("%H:%M:%S", time.gmtime(row["at"] // 1_000_000_000))
    at = f"{at}.{row['at'] // 1_000_000 % 1_000:03}"
    return f"{at}  {_frame(row) if 'fate' in row else _request(row)}"


def _request(row: dict[str, Any]) -> str:
    who = f"{row['account']}/{row['label']}" if row["label"] else "-"
    asked = f"{row['method']} {row['path']}" + (f"?{row['query']}" if row["query"] else "")
    code = f" {row['code']}" if row["code"] else ""
    parts = [f"{who:<16} {asked:.110}", f"{row['status']}{code}", f"weight {row['weight']}"]
    parts += [f"{row['microseconds']} us", row["did"]]
    if row["fault"]:
        parts.append(f"FAULT {row['fault']}")
    return "  ".join(filter(None, parts))


def _frame(row: dict[str, Any]) -> str:
    parts = [f"line {row['line']:<3} {row['fate']:<9}", row.get("account", "")]
    parts += [row.get("operation", ""), row.get("channel", ""), row.get("note", "")]
    if row.get("status"):
        parts.append(str(row["status"]))
    if row.get("last"):
        parts.append(f"versions {row['first']}-{row['last']}")
    if row.get("bytes"):
        parts.append(f"{row['bytes']} bytes")
    if row.get("fault"):
        parts.append(f"FAULT {row['fault']}")
    return "  ".join(filter(None, parts))
