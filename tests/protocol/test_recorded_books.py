"""Books as they were captured off the wire run through ours: continuous, and right.

The judge is an obvious book of Decimals. The recordings are read in place (see their README).
"""

import json
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tradewind.protocol.books import (
    Change,
    Continuity,
    Rules,
    Snapshot,
    Sync,
    counted,
    picture,
    spans,
)
from tradewind.protocol.books import linked as names_the_one_before

FOLDER = Path(__file__).resolve().parents[3] / "shared/judges/recordings"

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="needs ../shared")


def messages(name: str) -> Iterator[tuple[float, dict[str, Any]]]:
    """``time: JSON`` lines that the server sent."""
    for line in (FOLDER / "cryptofeed" / name).read_text().splitlines():
        at, _, body = line.partition(": ")
        if body.startswith("{"):
            yield float(at), json.loads(body)


def snapshots(name: str) -> dict[str, tuple[float, dict[str, Any]]]:
    """By symbol: when the answer came, and the answer."""
    found = {}
    for line in (FOLDER / "cryptofeed" / name).read_text().splitlines():
        url, _, rest = line.partition(" -> ")
        at, _, body = rest.partition(": ")
        if body:
            symbol = url.split("symbol=")[1].split("&")[0]
            found[symbol] = (float(at), json.loads(body))
    return found


class Obvious:
    """The same book without any cleverness."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.sides: tuple[dict[Decimal, Decimal], ...] = ({}, {})
        self.set(body["bids"], body["asks"])

    def set(self, bids: list[list[str]], asks: list[list[str]]) -> None:
        for side, rows in zip(self.sides, (bids, asks), strict=True):
            for price, quantity in rows:
                side[Decimal(price)] = Decimal(quantity)

    def best(self) -> list[list[tuple[Decimal, Decimal]]]:
        """All levels of both sides, best first."""
        found = []
        for side, falling in zip(self.sides, (True, False), strict=True):
            rows = [(price, quantity) for price, quantity in side.items() if quantity]
            found.append(sorted(rows, reverse=falling))
        return found


def replay(ws: str, http: str, follows: Continuity) -> tuple[int, int]:
    """Every book of a recording. Gives how many books, and how many changes."""
    answers = snapshots(http)
    syncs = {symbol: Sync(Rules(follows)) for symbol in answers}
    obvious: dict[str, Obvious] = {}
    waiting = dict(answers)
    for at, message in messages(ws):
        for symbol in [s for s, (when, _) in waiting.items() if when <= at]:
            _, body = waiting.pop(symbol)
            rows = tuple(tuple(tuple(row) for row in body[side]) for side in ("bids", "asks"))
            assert syncs[symbol].snapshot(Snapshot(body["lastUpdateId"], rows[0], rows[1], 1000), 0)
            obvious[symbol] = Obvious(body)
        data = message.get("data", {})
        sync = syncs.get(data.get("s", ""))
        if sync is None:
            continue
        if data.get("e") == "depthUpdate":
            told = Change(data["U"], data["u"], data["b"], data["a"], data.get("pu", -1))
            was_live = sync.is_live
            assert sync.change(told, 0) or not was_live
            if was_live:
                obvious[data["s"]].set(data["b"], data["a"])
    for symbol, sync in syncs.items():
        assert (sync.counts.gaps, sync.counts.crossed) == (0, 0)
        check(sync, obvious[symbol])
    return len(syncs), sum(s.counts.changes for s in syncs.values())


def check(sync: Sync, obvious: Obvious) -> None:
    """What is shown is what the obvious book has, as deep as it is shown."""
    shown = picture(sync.book, "")
    for mine, theirs in zip((shown.bids, shown.asks), obvious.best(), strict=True):
        assert [(row.price, row.quantity) for row in mine] == theirs[: len(mine)]


def test_recorded_spot_books_run_without_a_gap() -> None:
    """Four books; changes kept before their snapshots join them."""
    books, changes = replay("BINANCE.ws.1.0", "BINANCE.http.0.0", spans)
    assert books == 4
    assert changes > 100


def test_recorded_futures_books_run_without_a_gap() -> None:
    """Changes that name the one before."""
    books, changes = replay(
        "BINANCE_FUTURES.ws.1.0", "BINANCE_FUTURES.http.0.0", names_the_one_before
    )
    assert books == 4
    assert changes > 500


def test_a_recorded_book_of_500_levels_runs_without_a_gap() -> None:
    """Changes numbered one by one after a snapshot in the stream."""
    with zipfile.ZipFile(FOLDER / "nautilus_trader" / "xrpusdt-ob500.data.zip") as archive:
        lines = archive.read(archive.namelist()[0]).splitlines()
    first, *others = (json.loads(line)["data"] for line in lines)
    sync = Sync(Rules(counted))
    assert sync.snapshot(Snapshot(first["u"], first["b"], first["a"], 500), 0)
    obvious = Obvious({"bids": first["b"], "asks": first["a"]})
    for data in others:
        assert sync.change(Change(data["u"], data["u"], data["b"], data["a"]), 0)
        obvious.set(data["b"], data["a"])
    assert sync.counts.changes == len(others)
    check(sync, obvious)


@pytest.mark.parametrize("lost", [10, 50, 100])
def test_a_message_left_out_of_a_recording_is_noticed_at_the_next(lost: int) -> None:
    """The book stops at the message after the missing one."""
    answer = snapshots("BINANCE.http.0.0")["NKNUSDT"][1]
    told = [
        m["data"]
        for _, m in messages("BINANCE.ws.1.0")
        if m.get("stream") == "nknusdt@depth@100ms" and m["data"]["u"] > answer["lastUpdateId"]
    ]
    sync = Sync(Rules(spans))
    sync.snapshot(Snapshot(answer["lastUpdateId"], answer["bids"], answer["asks"], 1000), 0)
    del told[lost]
    for number, data in enumerate(told):
        assert sync.is_live is (number <= lost)
        sync.change(Change(data["U"], data["u"], data["b"], data["a"]), 0)
        if number == lost:
            assert not sync.is_live
            break
