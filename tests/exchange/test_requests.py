"""The request log: readable, bounded, and silent about what the box did not issue."""

from pathlib import Path

import pytest

from tradewind.exchange import requests as log
from tradewind.exchange.requests import Entry, public_query
from tradewind.protocol.messages import HttpRequest

from . import kills, toy

SECRET = "hunter2hunter2"


@pytest.fixture
def life(tmp_path: Path):
    folder = tmp_path / "box"
    folder.mkdir(mode=0o700)
    life = kills.Life(folder, toy.Wall(), kills.Notes(), lambda step: None)
    yield life
    life.host.close()


def _log(life: kills.Life) -> list[Entry]:
    return life.gateway.requests.after(0)


def _send(life: kills.Life, path: str, query: str, key: str) -> None:
    life.gateway.http(HttpRequest("POST", path, query, {"key": key}), lambda response: None)
    life.turn()


def test_a_request_is_told_in_a_trader_s_words(life: kills.Life) -> None:
    """Who, what, how it ended, what it did in the engine, what it was charged."""
    _send(life, "/order", "instrument=AAAUSD&side=buy&quantity=150&price=900", "localA")
    (entry,) = _log(life)
    assert (entry.account, entry.method, entry.path) == ("default", "POST", "/order")
    assert (entry.status, entry.code, entry.weight) == (200, "", 3)
    assert entry.did == "buy 1.5 AAAUSD at 9.00: order 1 open, rests with 1.5"


def test_a_refusal_shows_the_venue_s_code_and_the_reason(life: kills.Life) -> None:
    """Both what the user saw and what the engine meant."""
    _send(life, "/order", "instrument=AAAUSD&side=buy&quantity=1&price=999999999999", "localA")
    (entry,) = _log(life)
    assert (entry.status, entry.code) == (400, "-2")
    assert entry.did.endswith("refused, insufficient balance")


def test_nothing_of_a_key_the_box_did_not_issue_is_kept(life: kills.Life) -> None:
    """No key, no query, no signature: it may be a real one, sent here by mistake."""
    real = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
    _send(life, "/order", f"price=1&apiKey={real}&signature={SECRET}", real)
    (entry,) = _log(life)
    assert (entry.status, entry.query, entry.account) == (401, "", "")
    assert real not in repr(entry)
    assert SECRET not in repr(entry)
    life.gateway.end_turn()
    life.host.database.commit()
    for file in life.host.database.path.parent.iterdir():
        assert real.encode() not in file.read_bytes()


def test_signatures_are_left_out_of_what_is_shown() -> None:
    """For a known key the rest stays; for none the whole signed query goes."""
    query = f"symbol=X&timestamp=1&signature={SECRET}"
    assert public_query(query, known=True) == "symbol=X&timestamp=1"
    assert public_query(query, known=False) == ""
    assert public_query("symbol=X&limit=5", known=False) == "symbol=X&limit=5"


def test_the_log_is_a_ring_with_numbers_that_go_on(
    life: kills.Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory does not grow; who reads by number misses nothing that is still there."""
    for _ in range(log.KEPT + 5):
        _send(life, "/open", "", "localA")
    entries = life.gateway.requests.after(0)
    assert (len(entries), entries[0].n, entries[-1].n) == (log.KEPT, 6, log.KEPT + 5)
    assert [entry.n for entry in life.gateway.requests.after(log.KEPT + 3)] == [1004, 1005]


@pytest.mark.parametrize(
    ("key", "kind", "kept"),
    [
        ("localA", "application/x-www-form-urlencoded", "symbol=X&side=buy"),
        ("localA", "application/json", "symbol=X"),
        ("foreign", "application/x-www-form-urlencoded", ""),
    ],
)
def test_a_form_is_kept_like_a_query(life: kills.Life, key: str, kind: str, kept: str) -> None:
    """What a key of this box sent in the body is told, without its signature; else nothing."""
    body = f"side=buy&signature={SECRET}".encode()
    headers = {"key": key, "content-type": kind}
    life.gateway.http(HttpRequest("POST", "/open", "symbol=X", headers, body), lambda _: None)
    life.turn()
    (entry,) = _log(life)
    assert entry.query == kept
