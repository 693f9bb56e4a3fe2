"""The page about faults lists every kind, as it is."""

from .page import PAGE, written


def test_the_page_has_every_kind() -> None:
    """Write it anew with: python -m tests.faults.page"""
    assert written(PAGE.read_text()) == PAGE.read_text()
