"""Prices and instruments from files, on a box in a process of its own."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_box_commands import VENUE, Running

from tradewind.cli import prices
from tradewind.model import Misconfigured

PATH = "time,price\n2020-01-01T00:00:00,50\n2020-01-02T00:00:00,51\n"
"""A path that ended long ago: the price stands at its last point."""


def _get(box: Running, path: str) -> Any:
    with urllib.request.urlopen(box.ready["venues"][VENUE]["rest"] + path) as answer:
        return json.load(answer)


def test_an_instrument_follows_a_file_named_like_it(tmp_path: Path) -> None:
    """And another goes on as it would."""
    file = tmp_path / "ltc-usdt.csv"
    file.write_text(PATH)
    box = Running(tmp_path / "box", "--prices", str(file))
    try:
        assert _get(box, "/api/v3/ticker/price?symbol=LTCUSDT")["price"] == "51.00000000"
        assert float(_get(box, "/api/v3/ticker/price?symbol=BTCUSDT")["price"]) > 1_000
    finally:
        assert box.end()[0] == 0


def test_instruments_come_from_a_saved_answer_and_stay_with_the_folder(tmp_path: Path) -> None:
    """A folder's journal is about its instruments: others are refused, and nothing is changed."""
    box = Running(tmp_path / "first")
    saved = _get(box, "/api/v3/exchangeInfo")
    assert box.end()[0] == 0
    saved["symbols"] = [s for s in saved["symbols"] if s["symbol"] in ("BTCUSDT", "ETHBTC")]
    file = tmp_path / "saved.json"
    file.write_text(json.dumps(saved))
    data = tmp_path / "second"
    for arguments in (["--instruments", str(file)], []):
        box = Running(data, *arguments)
        found = _get(box, "/api/v3/exchangeInfo")
        assert found["symbols"] == saved["symbols"]
        assert box.end()[0] == 0
        refused = Running(data, "--instruments", "all")
        code, errors = refused.ended()
        assert code == 1
        assert "BTCUSDT, ETHBTC" in errors
        assert "another folder" in errors


def test_what_cannot_be_followed_is_said_before_anything_starts(tmp_path: Path) -> None:
    """A missing file and one that is no path, by name and line."""
    with pytest.raises(Misconfigured, match="cannot be read"):
        prices.read([str(tmp_path / "none.csv")])
    bad = tmp_path / "bad.csv"
    bad.write_text("time,price\nyesterday,much\n")
    with pytest.raises(Misconfigured, match="line 2"):
        prices.read([f"BTC/USDT={bad}"])


def test_a_name_that_is_not_traded_lists_those_that_are(tmp_path: Path) -> None:
    """The box does not run with half of what was asked."""
    file = tmp_path / "path.csv"
    file.write_text(PATH)
    code, errors = Running(tmp_path / "box", "--prices", f"ABC/XYZ={file}").ended()
    assert code == 1
    assert "ABC/XYZ" in errors
    assert "BTC/USDT" in errors
