"""Nouns as columns; what is missing is named."""

from decimal import Decimal

import pytest

from tradewind.client import frames
from tradewind.model import Candle, InvalidInput, Level, Misconfigured, OrderBook, Side, Trade

ONE = Decimal(1)


def candle(opened: int) -> Candle:
    return Candle("BTC/USDT", opened, opened + 60, ONE, ONE, ONE, Decimal("1.10"), ONE, ONE, 3)


def test_fields_become_columns_and_keep_their_digits() -> None:
    """Exact unless floats are asked for."""
    exact = frames.columns([candle(0), candle(60)])
    assert exact["opened"] == [0, 60]
    assert [str(each) for each in exact["close"]] == ["1.10", "1.10"]
    assert frames.columns([candle(0)], exact=False)["close"] == [1.1]
    assert frames.columns([]) == {}


def test_words_are_text() -> None:
    """An enum is its value."""
    trade = Trade("1", "BTC/USDT", ONE, ONE, Side.BUY, 5)
    assert frames.columns([trade])["aggressor_side"] == ["buy"]


def test_a_book_becomes_its_levels() -> None:
    """Side, price, quantity; best first."""
    book = OrderBook("A/B", (Level(ONE, ONE),), (Level(Decimal(2), ONE),), 1, 0)
    assert frames.columns(book) == {
        "side": ["bid", "ask"],
        "price": [ONE, Decimal(2)],
        "quantity": [ONE, ONE],
    }


def test_rows_of_different_kinds_are_no_frame() -> None:
    """They have different columns."""
    with pytest.raises(InvalidInput):
        frames.columns([candle(0), Trade("1", "A", ONE, ONE, Side.BUY, 5)])


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_an_extra_that_is_not_there_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""

    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(frames, "import_module", missing)
    with pytest.raises(Misconfigured, match=rf"pip install 'tradewind\[{library}\]'"):
        getattr(frames, f"to_{library}")([candle(0)])
