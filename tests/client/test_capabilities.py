"""The page of capabilities is what the clients would do today."""

from pathlib import Path

from tradewind.client import capabilities, connect
from tradewind.model import ListKind

PAGE = Path(__file__).resolve().parents[2] / "docs" / "capabilities.md"


def test_the_page_is_up_to_date() -> None:
    """Make it again with: python -m tradewind.client.capabilities."""
    told = "\n".join(capabilities.markdown()).strip()
    assert "## " + PAGE.read_text().partition("## ")[2].strip() == told


def test_every_word_of_a_venue_is_in_the_table_or_has_its_reason() -> None:
    """And the page has no word that does not exist."""
    found = capabilities.of("binance")
    assert found is not None
    asked = {each.word.partition(" ")[0] for each in (*found.calls, *found.streams)}
    known = asked | set(capabilities.PRIVATE) | set(capabilities.OTHER)
    venue = connect("binance", env="testnet", key=None)
    assert {name for name in dir(venue) if not name.startswith("_")} == known
    assert {each.word for each in found.calls if "list" in each.word and "place" in each.word} == {
        f"place_order_list ({kind})" for kind in ListKind
    }


def test_a_venue_without_a_client_claims_nothing() -> None:
    """It has no table."""
    assert capabilities.of("kraken") is None
    found = capabilities.of("binance")
    assert found is not None
    assert all(each.native for each in (*found.calls, *found.streams))
