"""``tradewind rules [--venue V] [--date D]``: what changed at a venue on which day."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date

from .. import venues
from ..model import Misconfigured
from ..protocol.rules import Change, holds


def arguments(parser: argparse.ArgumentParser) -> None:
    """Of which venue, and as of which day."""
    parser.add_argument("--venue", default="", metavar="V", help="one venue; all without")
    parser.add_argument(
        "--date", default="", metavar="YYYY-MM-DD", help="say what holds on that day"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """List the changes."""
    day = _day(options.date)
    chosen = [options.venue] if options.venue else _with_rules()
    found = {name: _changes(name) for name in chosen}
    if options.json:
        told = {name: [_row(change, day) for change in rows] for name, rows in found.items()}
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
        return 0
    for name, changes in found.items():
        _show(name, changes, day)
    return 0


def _day(text: str) -> str:
    if text:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise Misconfigured(f"--date is a day as YYYY-MM-DD, not {text!r}") from None
    return ""


def _with_rules() -> list[str]:
    return [name for name in venues.names() if venues.have(name, "rules")]


def _changes(venue: str) -> Sequence[Change]:
    venues.facts(venue)
    if not venues.have(venue, "rules"):
        raise Misconfigured(
            f"no rule of {venue} has a day yet; of these they have: {', '.join(_with_rules())}"
        )
    changes: Sequence[Change] = venues.part(venue, "rules").CHANGES
    return changes


def _row(change: Change, day: str) -> dict[str, object]:
    return {
        "name": change.name,
        "date": change.date,
        "before": change.before,
        "after": change.after,
        "source": change.source.page,
        "holds": "after" if holds(change, day) else "before",
    }


def _show(venue: str, changes: Sequence[Change], day: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{venue}{f' on {day}' if day else ''}", box=None, pad_edge=False)
    columns = ("date", "name", "rule") if day else ("date", "name", "before", "after", "source")
    for column in columns:
        table.add_column(column, overflow="fold")
    for change in changes:
        row = _row(change, day)
        row["rule"] = row[str(row["holds"])]
        table.add_row(*(str(row[column]) for column in columns))
    Console().print(table)
