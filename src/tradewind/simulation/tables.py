"""A report to read: as text for a terminal, as Markdown for a page."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from ..protocol.faults import Point
from .report import Report
from .storm import CHANCES, LASTING, SEVERED, SPELL


class Table(Struct, frozen=True):
    """Rows under a title; the last column is a number, or text."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def tables(report: Report) -> list[Table]:
    """Everything a report counts."""
    return [
        Table("what it came to", ("", "number"), list(_totals(report))),
        Table(
            "unknown outcomes, and how each came to be known",
            ("how: what", "number"),
            [*_counts(report.resolved), ("its journal was lost first", f"{report.erased:,}")],
        ),
        Table("faults, by the message that they struck", ("fault", "number", "of them"),
              list(_faults(report))),
        Table("deaths of the client, by the step after which nothing came", ("step", "number"),
              _counts(report.client_deaths)),
        Table("deaths of the venue, by the step after which nothing came", ("step", "number"),
              _counts(report.box_deaths)),
    ]  # fmt: skip


def text(table: Table) -> str:
    """For a terminal."""
    first = max((len(row[0]) for row in table.rows), default=0)
    lines = [table.title]
    for name, number, *more in table.rows:
        lines.append(f"  {name:<{first}}  {number:>11}  {' '.join(more)}".rstrip())
    return "\n".join(lines)


def markdown(table: Table) -> str:
    """For a page."""
    title = table.title[:1].upper() + table.title[1:]
    lines = [f"**{title}**", "", "| " + " | ".join(table.head) + " |"]
    lines.append("|---|" + "--:|" + "---|" * (len(table.head) - 2))
    lines += ["| " + " | ".join(row) + " |" for row in table.rows]
    return "\n".join(lines)


def seldom(report: Report, least: int) -> list[str]:
    """Every fault and step that struck less often than ``least``."""
    found = [
        f"{what} @ {step}: {number:,}" for (what, step), number in strikes(report).items()
        if number < least
    ]  # fmt: skip
    for whose, met, deaths in (
        ("client", report.client_steps, report.client_deaths),
        ("venue", report.box_steps, report.box_deaths),
    ):
        found += [
            f"death of the {whose} @ {step}: {deaths[step]:,}"
            for step in sorted(met)
            if deaths[step] < least <= met[step]
        ]
    if report.journals_lost < least:
        found.append(f"journal lost: {report.journals_lost:,}")
    return found


def unmet(report: Report, least: int) -> list[str]:
    """Steps that were met too seldom for so many deaths."""
    pairs = ((report.client_steps, report.client_deaths), (report.box_steps, report.box_deaths))
    return [
        f"{step}: {deaths[step]:,} deaths"
        for met, deaths in pairs
        for step in sorted(met)
        if met[step] < least
    ]


def strikes(report: Report) -> Mapping[tuple[str, str], int]:
    """How often each fault struck each message that it can strike; 0 where it never did."""
    points = {
        Point.REQUEST: report.requests,
        Point.ANSWER: report.requests,
        Point.FRAME: report.reports,
    }
    pairs = [(c.label, step) for point, row in CHANCES.items() for c in row
             for step in sorted(points[point])]  # fmt: skip
    pairs += [(SEVERED, step) for step in sorted(report.requests)]
    pairs += [(name, SPELL) for name in LASTING]
    return {pair: report.faults[pair] for pair in pairs}


def _totals(report: Report) -> Iterator[tuple[str, str]]:
    yield "orders", f"{report.orders:,}"
    yield "calls that change orders", f"{report.calls:,}"
    yield "orders accepted", f"{report.accepted:,}"
    yield "fills", f"{report.fills:,}"
    yield "outcomes unknown at some time", f"{report.unknown:,}"
    yield "faults of messages, and spells", f"{sum(report.faults.values()):,}"
    yield "deaths of the client", f"{sum(report.client_deaths.values()):,}"
    yield "lives that could not start", f"{report.not_started:,}"
    yield "journals lost", f"{report.journals_lost:,}"
    yield "deaths of the venue", f"{sum(report.box_deaths.values()):,}"
    yield "worlds", f"{report.worlds:,}"
    yield "hours of venue time", f"{report.virtual_seconds / 3600:,.1f}"
    yield "violations", f"{len(report.violations):,}"


def _faults(report: Report) -> Iterator[tuple[str, str, str]]:
    of: dict[str, list[str]] = {}
    total: Counter[str] = Counter()
    for (what, step), number in strikes(report).items():
        total[what] += number
        of.setdefault(what, []).append(f"{step} {number:,}")
    for what, parts in of.items():
        yield what, f"{total[what]:,}", ", ".join(parts)


def _counts(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    ordered: Iterable[tuple[str, int]] = sorted(counts.items(), key=lambda pair: (-pair[1], pair))
    return [(name, f"{number:,}") for name, number in ordered]
