"""COVERAGE.md is of this table: every operation stands in it once, and nothing else does."""

import re

from tradewind.venues import have, names, part

from .shape import ROOT

ROW = re.compile(r"^\| (\S+) \| (?:GET|POST|PUT|DELETE|\|| )", re.MULTILINE)


def test_every_operation_stands_in_the_page_once() -> None:
    """After a change of the table: make coverage."""
    page = (ROOT / "COVERAGE.md").read_text()
    for venue in names():
        if not have(venue, "exchange"):
            continue
        section = page.split(f"\n## {venue}\n")[1].split("\n## ")[0]
        listed = [m for m in ROW.findall(section) if m != "facts"]
        assert sorted(listed) == sorted(row.name for row in part(venue, "operations").TABLE.rows)
