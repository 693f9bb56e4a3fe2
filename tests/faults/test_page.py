"""The page about faults lists every kind, as it is."""

from .page import PAGE, written


def test_the_page_has_every_kind() -> None:
    """Write it anew with: python -m tests.faults.page"""
    assert written(PAGE.read_text()) == PAGE.read_text()


def test_the_page_about_incidents_has_every_scenario() -> None:
    """Write it anew with: python -m tests.judges.incidents.matrix (in the judges' environment)"""
    from tradewind.exchange import incidents

    text = PAGE.with_name("incidents.md").read_text()
    for scenarios in incidents.every().values():
        for scenario in scenarios:
            assert f"### {scenario.name}\n" in text
            assert scenario.thread in text
            assert scenario.task in text
