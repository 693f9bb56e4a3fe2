"""What a judge has proven: requests of it that reached an operation, with a truth asserted. An
operation that was only ever refused is told apart.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tradewind.venues import part

JUDGED = Path(__file__).resolve().parents[2] / "build" / "reports" / "judged.json"


def operation(method: str, path: str) -> str:
    """The operation behind a request, "" for a path that is none."""
    row = part("binance", "operations").TABLE.by_rest.get((method, path))
    return row.name if row else ""


class Evidence:
    """Counts by judge, operation, and whether it was refused."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def add(self, judge: str, requests: Iterable[dict[str, Any]]) -> None:
        """Take the box's log of a scenario that held."""
        for row in requests:
            name = operation(row["method"], row["path"])
            if name:
                self._counts[judge, name, "refused" if row["status"] >= 400 else "answered"] += 1

    def count(self, judge: str, name: str, how: str = "answered") -> None:
        """Take an operation whose answer or refusal a scenario held to be true."""
        self._counts[judge, name, how] += 1

    def heard(self, judge: str, channels: Iterable[str]) -> None:
        """Take the streams of a scenario that held."""
        for channel in channels:
            self._counts[judge, f"stream {channel}", "answered"] += 1

    def by_judge(self) -> dict[str, dict[str, dict[str, int]]]:
        """As it is written down: judge, operation, how often answered and refused."""
        found: dict[str, dict[str, dict[str, int]]] = {}
        for (judge, name, how), count in self._counts.items():
            found.setdefault(judge, {}).setdefault(name, {})[how] = count
        return found
