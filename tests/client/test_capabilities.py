"""The page of capabilities is what the clients would do today."""

from pathlib import Path

from tradewind.client import capabilities

PAGE = Path(__file__).resolve().parents[2] / "docs" / "capabilities.md"


def test_the_page_is_up_to_date() -> None:
    """Make it again with: python -m tradewind.client.capabilities."""
    told = "\n".join(capabilities.markdown()).strip()
    assert "## " + PAGE.read_text().partition("## ")[2].strip() == told


def test_a_venue_without_a_client_claims_nothing() -> None:
    """It has no table."""
    assert capabilities.of("kraken") is None
    found = capabilities.of("binance")
    assert found is not None
    assert all(each.native for each in (*found.calls, *found.streams))
