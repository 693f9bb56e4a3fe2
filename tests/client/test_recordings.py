"""What was captured off the wire years ago is read by our client, and makes right books.

The recordings are read in place (see their README); ``tests/protocol/test_recorded_books.py`` runs
the bare books through them.
"""

import json
from collections import Counter
from decimal import Decimal

import pytest
from tests.protocol.test_recorded_books import FOLDER, Obvious, check, snapshots

from tradewind.model import Quote, Ticker, Trade
from tradewind.protocol.books import Change, Rules, Sync, spans
from tradewind.protocol.streaming import Answered, Data
from tradewind.venues.binance.client import build, feed

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="needs ../shared")

NO_WORD = {"aggTrade": "our stream is of the trades themselves", "markPriceUpdate": "futures"}
"""Kinds of messages that our client has no stream for."""


def lines(name: str) -> list[tuple[float, bytes]]:
    """When they came, and the messages as they came."""
    found = []
    for line in (FOLDER / "cryptofeed" / name).read_bytes().splitlines():
        at, _, body = line.partition(b": ")
        if body.startswith(b"{"):
            found.append((float(at), body))
    return found


def test_recorded_messages_are_read_and_make_right_books() -> None:
    """Through the client's own reader: books without a gap, and every number as it was sent."""
    reader, read = feed(build(None)), Counter[str]()
    answers = snapshots("BINANCE.http.0.0")
    syncs = {symbol: Sync(Rules(spans)) for symbol in answers}
    obvious: dict[str, Obvious] = {}
    waiting = dict(answers)
    for at, message in lines("BINANCE.ws.1.0"):
        for symbol in [s for s, (when, _) in waiting.items() if when <= at]:
            _, body = waiting.pop(symbol)
            told = reader.snapshot(json.dumps(body).encode(), 1000)
            assert syncs[symbol].snapshot(told, 0)
            obvious[symbol] = Obvious(body)
        raw = json.loads(message)
        kind = raw.get("data", {}).get("e", "bookTicker" if "data" in raw else "answer")
        if kind in NO_WORD:
            read[f"{kind} (no word)"] += 1
            continue
        found = reader.read(message)
        read[kind] += 1
        if not isinstance(found, Data):
            assert isinstance(found, Answered)
            continue
        (event,) = found.events
        data = raw["data"]
        match event:
            case Change():
                assert (event.first, event.last) == (data["U"], data["u"])
                sync = syncs[data["s"]]
                was_live = sync.is_live
                assert sync.change(event, 0) or not was_live
                if was_live:
                    obvious[data["s"]].set(data["b"], data["a"])
            case Trade():
                assert (event.price, event.quantity) == (Decimal(data["p"]), Decimal(data["q"]))
            case Quote():
                assert event.bid is not None
                assert (event.bid.price, event.bid.quantity) == (
                    Decimal(data["b"]), Decimal(data["B"]),
                )  # fmt: skip
            case Ticker():
                assert (event.last, event.volume) == (Decimal(data["c"]), Decimal(data["v"]))
            case _:
                assert event.close == Decimal(data["k"]["c"])
    for symbol, sync in syncs.items():
        assert (sync.counts.gaps, sync.counts.crossed) == (0, 0)
        check(sync, obvious[symbol])
    print(f"books: {len(syncs)}, changes in them: {sum(s.counts.changes for s in syncs.values())}")
    print(f"messages read: {dict(read)}")
    assert read["depthUpdate"] > 100
