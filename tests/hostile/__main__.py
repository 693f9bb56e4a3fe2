"""Hostile clients against a real box: what they cost an honest one.

    python -m tests.hostile [--seconds 6] [--only NAME]

Between attacks the honest client works alone; its p99 during an attack is set against the median
of those of the same run. Exits with 1 when an honest order failed, when one attack delayed it
beyond five times, or when the box grew beyond its bound.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from statistics import median

from .attacks import ATTACKS
from .box import Box, Honest, Phase, phase

TIMES_MAX = 5.0
"""An honest client's p99 against its p99 without the attack."""

LONGER = {"half requests": 13.0}
"""Attacks whose end comes late: a request has ten seconds."""

RSS_MAX_MB = 400
"""The box at rest is about 90; what peers may leave unread (8 MB each) goes on it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--only", choices=ATTACKS)
    options = parser.parse_args()
    names = [options.only] if options.only else list(ATTACKS)
    sys.exit(0 if asyncio.run(run(names, options.seconds)) else 1)


async def run(names: list[str], seconds: float) -> bool:
    """Each attack once, quiet phases between; prints the table."""
    quiet: list[Phase] = []
    attacked: list[Phase] = []
    with tempfile.TemporaryDirectory() as folder:
        box = Box(Path(folder) / "box")
        try:
            honest = Honest(box)
            await honest.open()
            await honest.work(1)
            for name in names:
                quiet.append(await phase(box, honest, [], seconds / 2))
                attacked.append(await phase(box, honest, [name], max(seconds, LONGER.get(name, 0))))
            quiet.append(await phase(box, honest, [], seconds / 2))
            await honest.close()
        finally:
            box.close()
    return tell(quiet, attacked, honest.failures)


def tell(quiet: list[Phase], attacked: list[Phase], failures: list[str]) -> bool:
    """The table, and whether all of it is as it must be."""
    alone = median(one.p99_ms for one in quiet)
    print(f"{'':<26}{'orders':>8}{'p50 ms':>9}{'p99 ms':>9}{'times':>7}{'MB':>6}{'files':>7}  told")
    p50 = median(one.p50_ms for one in quiet)
    orders = sum(one.orders for one in quiet)
    most = max(one.rss_mb for one in quiet)
    print(
        f"{'alone':<26}{orders:>8}{p50:>9.2f}{alone:>9.2f}{1:>7.1f}{most:>6.0f}{quiet[0].sockets:>7}"
    )
    good = not failures
    for one in attacked:
        times = one.p99_ms / alone
        good &= times <= TIMES_MAX and one.rss_mb <= RSS_MAX_MB
        told = ", ".join(f"{count} {what}" for what, count in one.told[one.attack].items())
        print(
            f"{one.attack:<26}{one.orders:>8}{one.p50_ms:>9.2f}{one.p99_ms:>9.2f}{times:>7.1f}"
            f"{one.rss_mb:>6.0f}{one.sockets:>7}  {told}"
        )
    print(f"honest orders that failed: {len(failures)} {failures[:2]}")
    return good


if __name__ == "__main__":
    main()
