"""Reads what pytest wrote (JUnit XML): a skip whose reason nobody agreed to is a failure.

python -m tests.house.skips REPORT.xml ...            fails on a skip not in skips.txt
python -m tests.house.skips --summary REPORT.xml ...  prints one closing line over all
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

AGREED = Path(__file__).with_name("skips.txt")


def agreed() -> list[re.Pattern[str]]:
    """The reasons that may be given, as patterns; one a line, `#` begins a comment."""
    lines = (line.split("#")[0].strip() for line in AGREED.read_text().splitlines())
    return [re.compile(line) for line in lines if line]


def skipped(report: Path) -> list[tuple[str, str]]:
    """Test and reason of every skip in a report."""
    found = []
    for case in ElementTree.parse(report).iter("testcase"):
        for skip in case.iter("skipped"):
            found.append((f"{case.get('classname')}::{case.get('name')}", skip.get("message", "")))
    return found


def unexplained(reports: Iterable[Path]) -> list[tuple[str, str]]:
    """Skips whose reason is not in the agreed list."""
    allowed = agreed()
    every = (skip for report in reports for skip in skipped(report))
    return [skip for skip in every if not any(rule.fullmatch(skip[1]) for rule in allowed)]


def counts(reports: Iterable[Path]) -> tuple[int, int, int]:
    """Passed, failed and skipped over all reports."""
    passed = failed = skips = 0
    for report in reports:
        for suite in ElementTree.parse(report).iter("testsuite"):
            total, bad = int(suite.get("tests", 0)), int(suite.get("failures", 0))
            bad += int(suite.get("errors", 0))
            left = int(suite.get("skipped", 0))
            passed, failed, skips = passed + total - bad - left, failed + bad, skips + left
    return passed, failed, skips


def main(arguments: list[str]) -> int:
    """Check the reports, or sum them up."""
    reports = [Path(name) for name in arguments if not name.startswith("--")]
    if "--summary" in arguments:
        passed, failed, skips = counts(reports)
        print(f"{passed} passed, {failed} failed, {skips} skipped")
        return 1 if failed or not passed else 0
    wrong = unexplained(reports)
    for test, reason in wrong:
        print(f"skipped for a reason that is not in {AGREED.name}: {test}: {reason}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
