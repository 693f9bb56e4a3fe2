"""A skip needs a reason that somebody agreed to."""

from pathlib import Path

import pytest

from . import skips

REPORT = """<testsuites>
<testsuite name="pytest" errors="0" failures="{failures}" skipped="1" tests="3">
<testcase classname="a" name="runs"/><testcase classname="a" name="also"/>
<testcase classname="a" name="left_out"><skipped message="{reason}"/></testcase>
</testsuite></testsuites>"""


def report(folder: Path, reason: str, failures: int = 0) -> Path:
    file = folder / "report.xml"
    file.write_text(REPORT.format(reason=reason, failures=failures))
    return file


def test_an_agreed_reason_passes(tmp_path: Path) -> None:
    """A reason in skips.txt is fine."""
    assert skips.main([str(report(tmp_path, "needs ../shared"))]) == 0


def test_any_other_reason_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The planted violation: it is named and the run fails."""
    assert skips.main([str(report(tmp_path, "no time today"))]) == 1
    assert "a::left_out: no time today" in capsys.readouterr().out


def test_a_reason_that_only_begins_like_an_agreed_one_fails(tmp_path: Path) -> None:
    """Whole reasons are compared."""
    assert skips.main([str(report(tmp_path, "needs ../shared and luck"))]) == 1


def test_the_closing_line_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Passed, failed, skipped over all reports; a failure fails."""
    assert skips.main(["--summary", str(report(tmp_path, "needs ../shared"))]) == 0
    assert capsys.readouterr().out == "2 passed, 0 failed, 1 skipped\n"
    assert skips.main(["--summary", str(report(tmp_path, "needs ../shared", failures=1))]) == 1
