"""Client and exchange together in one process, on a wire in memory and a clock that jumps, with
seeded faults. From one seed, the same every time.
"""

from typing import Any

from .boxed import default_venue
from .world import Pace, Report, World, simulate


def told(report: Report) -> dict[str, Any]:
    """A report as plain values."""
    return {
        "seed": report.seed,
        "orders": report.orders,
        "calls": report.calls,
        "accepted": report.accepted,
        "fills": report.fills,
        "worlds": report.worlds,
        "virtual_seconds": round(report.virtual_seconds),
        "messages": dict(sorted(report.messages.items())),
        "faults": {f"{what} @ {step}": n for (what, step), n in sorted(report.faults.items())},
        "client_deaths": dict(sorted(report.client_deaths.items())),
        "box_deaths": dict(sorted(report.box_deaths.items())),
        "journals_lost": report.journals_lost,
        "fates": dict(sorted(report.fates.items())),
        "venue_hash": report.venue_hash,
        "client_hash": report.client_hash,
        "violations": [str(violation) for violation in report.violations],
    }


__all__ = ["Pace", "Report", "World", "default_venue", "simulate", "told"]
