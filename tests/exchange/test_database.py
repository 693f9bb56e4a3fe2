"""The file under it all: promises per setting, the WAL bounded, checkpoints outside the loop."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tradewind.exchange import database as module
from tradewind.exchange.database import Database
from tradewind.model import Misconfigured


@pytest.mark.parametrize(("sync", "number"), [("off", 0), ("normal", 1), ("full", 2)])
def test_each_setting_is_a_promise_of_sqlite(tmp_path: Path, sync: str, number: int) -> None:
    """normal survives the process, full also the loss of power."""
    database = Database(tmp_path / "d.sqlite", sync)
    assert database.execute("PRAGMA synchronous").fetchone() == (number,)
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert database.execute("PRAGMA wal_autocheckpoint").fetchone() == (0,)
    database.close()


def test_a_setting_that_is_none_names_those_that_are(tmp_path: Path) -> None:
    """Before a file is made."""
    with pytest.raises(Misconfigured, match="normal, full, off"):
        Database(tmp_path / "d.sqlite", "always")
    assert not (tmp_path / "d.sqlite").exists()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "d.sqlite")
    database.execute("CREATE TABLE t(n INTEGER PRIMARY KEY, b BLOB)")
    yield database
    database.close()


def test_nothing_is_last_before_the_commit(database: Database) -> None:
    """Another reader sees all of a turn or nothing of it."""
    other = sqlite3.connect(database.path)
    database.many("INSERT INTO t VALUES(?, ?)", [(1, b""), (2, b"")])
    assert other.execute("SELECT count(*) FROM t").fetchone() == (0,)
    database.commit()
    assert other.execute("SELECT count(*) FROM t").fetchone() == (2,)
    other.close()


def test_the_wal_stays_short_under_writes_that_never_stop(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread folds it into the file while the loop goes on writing."""
    monkeypatch.setattr(module, "CHECKPOINT_EVERY", 0.001)
    monkeypatch.setattr(module, "WAL_PAGES", 20)
    monkeypatch.setattr(module, "WAL_BYTES_MAX", 100 * module.PAGE)
    threads: set[int] = set()
    database.step = lambda name: threads.add(threading.get_ident())
    database.checkpoints()
    wal = database.path.with_name("d.sqlite-wal")
    number = shortened = size = 0
    while number < 100_000 and shortened < 3:
        database.many("INSERT INTO t VALUES(?, ?)", [(number + n, b"x" * 2_000) for n in range(10)])
        database.commit()
        number += 10
        before, size = size, wal.stat().st_size
        shortened += size < before
    assert shortened == 3, "the WAL is not emptied"
    assert threads
    assert threading.get_ident() not in threads


def test_a_checkpoint_that_fails_is_told_and_tried_again(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A full disk must not silently end the thread that keeps the WAL short."""
    monkeypatch.setattr(module, "CHECKPOINT_EVERY", 0.001)
    tried = threading.Semaphore(0)

    def full(connection: sqlite3.Connection) -> None:
        tried.release()
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(database, "checkpoint", full)
    database.checkpoints()
    assert tried.acquire(timeout=10)
    assert tried.acquire(timeout=10)
    assert "no checkpoint: database or disk is full" in caplog.text
