"""``tradewind compare VENUE --env testnet|live``: the same questions to a venue and to a box of
this machine, and what differs in their answers, as a report without secrets.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from ..comparing import Comparison
from ..comparing.report import counted, grouped
from ..model import Misconfigured, NotSent, TradewindError

SAME, FAILED, DIFFERENT, INTERRUPTED = 0, 1, 3, 130
"""Exit codes; 2 is a wrong command line."""

SHOWN_MAX = 12
"""Differences that are printed; the report has all."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Whom to ask, as whom, and where the report goes."""
    parser.add_argument("venue", help="which venue")
    parser.add_argument(
        "--env", required=True, help="testnet, live (which is only read) or local (a box)"
    )
    parser.add_argument(
        "--key", metavar="LABEL", help="label of a key; without one only what is public is asked"
    )
    parser.add_argument(
        "--no-trade", action="store_true", help="place no order on the test network"
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="NAMES",
        help="only what begins so, with commas, and no orders; 'streams' too",
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="a .md; its JSON goes beside it"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be asked, ask nothing"
    )
    parser.add_argument(
        "--data", metavar="DIR", help="the data folder: budget, journal, local keys"
    )
    parser.add_argument("--against", default="", help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """Compare; 3 when there are differences, 1 when it could not be done or not to its end."""
    page = options.report or Path(f"tradewind-compare-{options.venue}-{options.env}.md")
    if page.suffix == ".json":
        raise Misconfigured(
            "give the page a name that does not end in .json: its JSON goes beside it"
        )
    comparison = Comparison(
        options.venue,
        options.env,
        options.key,
        trade=not options.no_trade,
        only=tuple(filter(None, options.only.split(","))),
        data=options.data,
        against=options.against,
    )
    _say(comparison, page, options.against)
    if options.dry_run:
        print("Nothing was asked: this is a dry run.")
        return SAME
    code = _play(comparison)
    _write(comparison, page)
    _show(comparison, page)
    result = comparison.result
    if code == SAME and result.unfinished:
        return FAILED
    return code or (DIFFERENT if result.differences else SAME)


def _play(comparison: Comparison) -> int:
    """0 when it came to its end, or to where the venue stopped it."""
    try:
        asyncio.run(comparison.run(_progress))
    except KeyboardInterrupt:
        comparison.result.unfinished = "it was interrupted"
        return INTERRUPTED
    except NotSent as error:
        raise Misconfigured(
            f"{comparison.title} ({comparison.env}) is out of reach: {error}"
        ) from None
    except TradewindError as error:
        if not comparison.result.asked:
            raise
        comparison.result.unfinished = comparison.mask.clean(f"{type(error).__name__}: {error}")
        return FAILED
    finally:
        if sys.stderr.isatty():
            print("\r" + " " * 30 + "\r", end="", file=sys.stderr)
    return SAME


def _say(comparison: Comparison, page: Path, against: str) -> None:
    """What is about to be sent where, before anything is."""
    chosen = comparison.chosen
    key = "none: only what is public is asked"
    if comparison.key is not None:
        key = f"{comparison.key}; signs questions about its account"
        key += " and orders" if comparison.orders else ", which only read"
    print(f"{comparison.title} ({comparison.env}) beside a box that is started for it:")
    print(f"  asks      {', '.join((against,) if against else comparison.doors)}; nobody else")
    print(f"  key       {key}")
    streams = ", and public streams for some seconds" if chosen.streams else ""
    print(
        f"  requests  {counted(len(chosen.steps), 'question')}, some over two doors (weight about "
        f"{comparison.weight:,}){streams};"
    )
    print("            paced by the venue's limits, together with your other programs")
    print(f"  orders    {comparison.orders or 'none'}")
    print(f"  report    {page} and {page.with_suffix('.json')}: shapes, no values", flush=True)


def _progress(asked: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{asked:>6,} asked", end="", file=sys.stderr, flush=True)


def _write(comparison: Comparison, page: Path) -> None:
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(comparison.page)
    text = json.dumps(comparison.json, indent=2, ensure_ascii=False)
    page.with_suffix(".json").write_text(text + "\n")


def _show(comparison: Comparison, page: Path) -> None:
    """The most important of it."""
    result = comparison.result
    groups = grouped(result.differences)
    print()
    for group in groups[:SHOWN_MAX]:
        first = group.first
        where = f"{first.operation} {first.field}".rstrip()
        print(f"  {where}: {first.what}: venue {first.venue!r}, box {first.box!r}")
    if len(groups) > SHOWN_MAX:
        print(f"  ... and {len(groups) - SHOWN_MAX} more")
    print(f"{counted(result.asked, 'question')} asked, {counted(len(groups), 'difference')}; "
          f"{len(result.left_out)} not compared")  # fmt: skip
    if result.unfinished:
        print(f"It did not come to its end: {result.unfinished}")
    for left in result.open:
        print(f"LOOK AFTER THIS AT THE VENUE: {left}")
    print(f"The report is in {page}", flush=True)
