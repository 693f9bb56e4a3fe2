"""What a world, or several, came to."""

import hashlib
from collections import Counter
from typing import Any

from msgspec import Struct, field

from .verdict import Violation

SUMS = ("orders", "calls", "accepted", "fills", "unknown", "erased", "worlds", "virtual_seconds",
        "journals_lost", "not_started")  # fmt: skip
COUNTERS = ("requests", "reports", "faults", "client_steps", "client_deaths", "box_steps",
            "box_deaths", "fates", "resolved")  # fmt: skip


class Report(Struct):
    """Numbers, hashes, and everything that was not as it must be.

    ``unknown`` are intents whose outcome was unknown at some time, ``resolved`` how it became
    known, ``erased`` those of them whose journal was lost before. ``faults`` are by (what,
    message), deaths by the step after which nothing came.
    """

    seed: int = 0
    orders: int = 0
    calls: int = 0
    accepted: int = 0
    fills: int = 0
    unknown: int = 0
    resolved: Counter[str] = field(default_factory=Counter)
    erased: int = 0
    virtual_seconds: float = 0.0
    worlds: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    reports: Counter[str] = field(default_factory=Counter)
    """Messages by what they are about: to the venue, and from it without being an HTTP answer."""
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    client_steps: Counter[str] = field(default_factory=Counter)
    """How often chance pointed at a step, whether or not the client died there."""
    client_deaths: Counter[str] = field(default_factory=Counter)
    box_steps: Counter[str] = field(default_factory=Counter)
    box_deaths: Counter[str] = field(default_factory=Counter)
    journals_lost: int = 0
    not_started: int = 0
    """Lives that ended because the venue could not be reached."""
    fates: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    venue_hash: str = ""
    client_hash: str = ""

    def add(self, other: "Report") -> None:
        """Another world's, or another seed's."""
        for name in SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in COUNTERS:
            getattr(self, name).update(getattr(other, name))
        self.violations += other.violations
        self.venue_hash = _digest(self.venue_hash, other.venue_hash)
        self.client_hash = _digest(self.client_hash, other.client_hash)


def told(report: Report) -> dict[str, Any]:
    """A report as plain values."""
    shown: dict[str, Any] = {"seed": report.seed}
    for name in SUMS:
        shown[name] = round(getattr(report, name))
    for name in COUNTERS:
        shown[name] = dict(sorted(getattr(report, name).items()))
    shown["faults"] = {f"{what} @ {step}": n for (what, step), n in sorted(report.faults.items())}
    shown["venue_hash"], shown["client_hash"] = report.venue_hash, report.client_hash
    shown["violations"] = [str(violation) for violation in report.violations]
    return shown


def _digest(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()
