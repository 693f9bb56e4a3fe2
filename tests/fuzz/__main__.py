"""Fuzz the exchange side, journal and history included.

    python -m tests.fuzz --inputs 200000 --seed 7     under ten minutes on one core
    python -m tests.fuzz --minutes 10                 memory, minute by minute

Exits with 1 on any exception, on a refusal that changed something, on a documented code that was
neither reached nor explained, on an operation that no valid request got an answer from, and on
memory that grows.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from . import reach
from .run import FAILURES_MAX, Fuzz, rss_mb
from .world import World

PROGRESS = 20_000
ENOUGH = 20_000
"""Inputs after which every operation has been answered."""

GROWTH_MAX = 1.10
"""Of resident memory at the end, against the end of the second minute (caches are full then)."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--minutes", type=float, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), options.seed)
        fuzz = Fuzz(world)
        began = time.monotonic()
        flat = True
        if options.minutes:
            flat = _watch(fuzz, options.minutes)
        else:
            while fuzz.number < options.inputs and len(fuzz.failures) < FAILURES_MAX:
                fuzz.run(min(PROGRESS, options.inputs - fuzz.number))
                took = time.monotonic() - began
                print(f"{fuzz.number} inputs, {took:.0f} s, {rss_mb():.0f} MB", flush=True)
        took = time.monotonic() - began
        world.close()
    good = _tell(fuzz, took)
    if not options.minutes:
        good &= _tell_codes(fuzz)
    sys.exit(0 if good and flat else 1)


def _watch(fuzz: Fuzz, minutes: float) -> bool:
    """Memory at the end of each minute; whether it is flat after the second."""
    began = time.monotonic()
    seen: list[float] = []
    while len(seen) < minutes and not fuzz.failures:
        fuzz.run(sys.maxsize, lambda: time.monotonic() >= began + 60 * (len(seen) + 1))
        seen.append(rss_mb())
        print(f"minute {len(seen)}: {fuzz.number} inputs, {seen[-1]:.0f} MB", flush=True)
    base = seen[min(1, len(seen) - 1)]
    growth = seen[-1] / base
    print(f"memory at the end is {growth:.2f} of that after two minutes (at most {GROWTH_MAX})")
    return growth <= GROWTH_MAX


def _tell(fuzz: Fuzz, took: float) -> bool:
    print(f"{fuzz.number} inputs in {took:.0f} s:", end=" ")
    print(", ".join(f"{count} {kind}" for kind, count in fuzz.kinds.most_common()))
    print(f"{fuzz.refused} refusals, {fuzz.compared} of them compared with the whole state before")
    print("answers:")
    for label, count in fuzz.spread.most_common():
        print(f"  {label:<12}{count:>8}")
    gone = reach.answered()
    silent = sorted(name for name in fuzz.valid.names if not fuzz.well[name] and name not in gone)
    print(f"operations answered: {len(fuzz.well)} of {len(fuzz.valid.names)}; never: {silent}")
    for name in sorted(gone):
        print(f"  {name:<24}{reach.GONE[name]}: answered")
    for failure in fuzz.failures:
        print(f"FAILED at input {failure.number}: {failure.error}\n  {failure.input}")
    print(f"failures: {len(fuzz.failures)}")
    return not fuzz.failures and not (silent and fuzz.number >= ENOUGH)


def _tell_codes(fuzz: Fuzz) -> bool:
    """Every code of the tables is reached, by chance or on purpose, or is explained."""
    reached = set(fuzz.codes)
    aimed = reach.reach(set(reach.CODES) - reached - set(reach.CANNOT))
    missing = set(reach.CODES) - reached - aimed - set(reach.CANNOT)
    print(
        f"codes in the tables: {len(reach.CODES)}; met by chance: {len(reached)}; "
        f"met on purpose: {len(aimed)} {sorted(aimed, reverse=True)}; "
        f"cannot be met: {len(reach.CANNOT)}"
    )
    for code, why in reach.CANNOT.items():
        print(f"  {code:<8}{why}")
    print(f"  and of FIX and SBE only, in no table: {len(reach.ELSEWHERE)}")
    wrongly = sorted(set(reach.CANNOT) & (reached | aimed))
    print(
        f"neither met nor explained: {sorted(missing, reverse=True)}; met, yet explained: {wrongly}"
    )
    return not missing and not wrongly


if __name__ == "__main__":
    main()
