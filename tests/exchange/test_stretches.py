"""The store of real prints on SQLite answers as the one in memory does."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tradewind.exchange.database import Database
from tradewind.exchange.market.store import MemoryStore, Stretch
from tradewind.exchange.stretches import SqliteStore
from tradewind.model import Side
from tradewind.protocol.hosting import Print


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    database = Database(tmp_path / "s.sqlite")
    yield SqliteStore(database)
    database.close()


def test_both_stores_give_the_same_answers(store: SqliteStore) -> None:
    """For random stretches and questions, also about what was put a moment ago."""
    chance, plain = random.Random(3), MemoryStore()
    second, trade_id = 100, 1
    for _ in range(200):
        name = chance.choice(("A", "B"))
        second += chance.randrange(1, 5)
        prints = tuple(
            Print(trade_id + n, 7, 1, 7, second, Side.BUY, trade_id)
            for n in range(chance.randrange(3))
        )
        stretch = Stretch(second, second + 1, trade_id, chance.randrange(9), prints)
        trade_id += len(prints) + chance.randrange(3)
        plain.put(name, stretch)
        store.put(name, stretch)
        name, at = chance.choice(("A", "B", "C")), chance.randrange(90, second + 9)
        number = chance.randrange(trade_id + 3)
        assert store.before(name, at) == plain.before(name, at)
        assert store.after(name, at) == plain.after(name, at)
        assert list(store.within(name, at - 20, at)) == list(plain.within(name, at - 20, at))
        found, wanted = store.by_id(name, number), plain.by_id(name, number)
        assert (found and found.first_id) == (wanted and wanted.first_id)


def test_a_stretch_that_grows_replaces_itself(store: SqliteStore) -> None:
    """A second in progress is put again and again."""
    store.put("A", Stretch(5, 6, 1, 0, ()))
    longer = Stretch(5, 6, 1, 2, ())
    store.put("A", longer)
    assert list(store.within("A", 0, 9)) == [longer]


def test_going_on_from_a_snapshot_forgets_what_came_after_it(store: SqliteStore) -> None:
    """Replay puts it again; seen before its time it would lead the market astray."""
    store.put("A", Stretch(5, 6, 1, 0, ()))
    store.put("A", Stretch(7, 8, 3, 0, ()))
    kept = store.state()
    store.put("A", Stretch(7, 8, 3, 9, ()))
    store.put("A", Stretch(9, 10, 5, 0, ()))
    assert [s.extra for s in store.within("A", 0, 20)] == [0, 9, 0]
    store.restore(kept)
    assert [(s.start, s.extra) for s in store.within("A", 0, 20)] == [(5, 0), (7, 0)]
    assert store.before("A", 99) == Stretch(7, 8, 3, 0, ())


def test_a_snapshot_drops_what_was_replaced(store: SqliteStore) -> None:
    """The table does not grow with every change of a second."""
    for extra in range(10):
        store.put("A", Stretch(5, 6, 1, extra, ()))
        store.flush()
    store.state()
    (count,) = store._database.execute("SELECT count(*) FROM stretches").fetchone()
    assert count == 1
