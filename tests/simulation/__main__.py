"""A million orders under every fault, from recorded seeds, and one report of all of them.

    python -m tests.simulation                                seeds 1 to 10, 100,000 orders each
    python -m tests.simulation --jobs 1 --seeds 3,7 --orders 5000 --least 5
    python -m tests.simulation --write docs/simulation.md     and the tables on that page

Odd seeds send orders over REST, even ones over the WebSocket API. Exits with 1 on any violation,
and when a fault or a death at a step came less often than ``--least``.
"""

import argparse
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from pathlib import Path

from tradewind.simulation import Report
from tradewind.simulation.tables import markdown, seldom, tables, text, unmet

from .seeds import play

BEGIN, END = "<!-- the million, written by make simulate -->\n", "<!-- its end -->\n"
SHOWN = 20
"""Violations in full."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", default="1-10", help="1-10, or 1,4,7")
    parser.add_argument("--orders", type=int, default=100_000, help="of each seed")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once")
    parser.add_argument("--least", type=int, default=1_000, help="of each fault and each death")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables there")
    options = parser.parse_args()
    began = time.monotonic()
    report, failed = _played(_seeds(options.seeds), options.orders, options.jobs)
    minutes = (time.monotonic() - began) / 60
    good = _tell(report, options.least, minutes) and not failed
    if options.write:
        options.write.write_text(_page(options.write.read_text(), report, options))
        print(f"written to {options.write}")
    sys.exit(0 if good else 1)


def _seeds(given: str) -> list[int]:
    first, dash, last = given.partition("-")
    return list(range(int(first), int(last) + 1)) if dash else [int(x) for x in given.split(",")]


def _played(seeds: list[int], orders: int, jobs: int) -> tuple[Report, list[int]]:
    """Those that broke are told and left out."""
    found: dict[int, Report] = {}
    with ThreadPoolExecutor(jobs) as threads:
        running = {threads.submit(_alone, seed, orders): seed for seed in seeds}
        for done in as_completed(running):
            error = done.exception()
            if error is None:
                found[running[done]] = done.result()
            else:
                print(f"seed {running[done]} BROKE: {error!r}", flush=True)
    total = Report()
    for seed in sorted(found):
        total.add(found[seed])
    return total, [seed for seed in seeds if seed not in found]


def _alone(seed: int, orders: int) -> Report:
    """A process of its own: what ends it ends no other seed."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(play, seed, orders).result()


def _tell(report: Report, least: int, minutes: float) -> bool:
    for table in tables(report):
        print(f"\n{text(table)}")
    few, rare = seldom(report, least), unmet(report, least)
    print(f"\nbelow {least:,}: {'; '.join(few) or 'nothing'}")
    if rare:
        print(f"met too seldom for that: {'; '.join(rare)}")
    for violation in report.violations[:SHOWN]:
        print(f"VIOLATION {violation}")
    verdict = f"{len(report.violations)} VIOLATIONS" if report.violations else "nothing wrong"
    print(f"\n{report.orders:,} orders in {minutes:.1f} minutes: {verdict}")
    return not report.violations and not few


def _page(page: str, report: Report, options: argparse.Namespace) -> str:
    """The page with its tables as they are now."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        sys.exit(f"{options.write} has no section between {BEGIN.strip()} and {END.strip()}")
    few = "; ".join(seldom(report, options.least)) or "nothing"
    rare = "; ".join(unmet(report, options.least)) or "none"
    parts = [
        f"`python -m tests.simulation --seeds {options.seeds} --orders {options.orders}`",
        *(markdown(table) for table in tables(report)),
        f"Below {options.least:,}: {few}. Steps that were met too seldom for that: {rare}.",
    ]
    return f"{head}{BEGIN}\n" + "\n\n".join(parts) + f"\n\n{END}{tail}"


if __name__ == "__main__":
    main()
