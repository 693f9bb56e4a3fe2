"""One seed of the million."""

import time

from tradewind.simulation import Report, default_venue, simulate

STEP = 20_000
"""Orders between two lines of progress."""


def play(seed: int, orders: int) -> Report:
    """One seed, in a process of its own."""
    began, told, wrong = time.monotonic(), 0, 0
    over = "rest" if seed % 2 else "websocket"

    def progress(so_far: Report) -> None:
        nonlocal told, wrong
        for violation in so_far.violations[wrong:]:
            print(f"  seed {seed}, world {so_far.worlds}: {violation}", flush=True)
        wrong = len(so_far.violations)
        if so_far.orders // STEP > told:
            told = so_far.orders // STEP
            took = time.monotonic() - began
            print(
                f"  seed {seed}: {so_far.orders:,} of {orders:,} orders, {took:.0f} s", flush=True
            )

    report = simulate(
        default_venue(), seed, orders, over=over, progress=progress, stop_at_first=False
    )
    print(
        f"seed {seed} over {over}: {report.orders:,} orders, {report.accepted:,} accepted, "
        f"{report.fills:,} fills, {report.unknown:,} unknown at some time, "
        f"{sum(report.client_deaths.values()):,} + {sum(report.box_deaths.values()):,} deaths, "
        f"{len(report.violations)} violations; {time.process_time():.0f} s of CPU; "
        f"{report.venue_hash[:12]} {report.client_hash[:12]}",
        flush=True,
    )
    return report
