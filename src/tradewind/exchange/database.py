"""One SQLite file: opened safely, written by one thread, checkpointed by another.

A commit that survives ``kill -9`` is a write into the WAL, 12-40 us. The checkpoint, which copies
the WAL into the file and waits for the disk, would stall the loop for 150 ms at worst, so it runs
in a thread with a connection of its own.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from ..model import Misconfigured
from . import folder

_log = logging.getLogger(__name__)

SYNC = ("normal", "full", "off")
"""``normal`` survives the death of the process, ``full`` also the loss of power, ``off`` is not
waited for by anybody and survives the process only as far as the system has taken the write."""

CHECKPOINT_EVERY = 0.25
"""Seconds between looks at the WAL; a busy box writes about 5 MB in that time."""

PAGE = 4_096
"""Bytes; SQLite's default."""

WAL_PAGES = 1_000
"""Pages of WAL from which a checkpoint is worth it: SQLite's own default."""

WAL_BYTES_MAX = 64 << 20
"""Beyond this the writer is made to wait for a checkpoint that empties the WAL."""

Step = Callable[[str], None]


def no_step(name: str) -> None:
    """What happens at a named point of writing: nothing. Tests put a death here."""


class Behind(Protocol):
    """A table whose rows are written behind."""

    @property
    def waiting(self) -> int:
        """How many rows are held back."""

    def flush(self) -> None:
        """Write them into the open transaction."""


class Database:
    """A connection for the loop, transactions opened on first write, a checkpoint thread.

    Without a path everything is in memory and gone with the process; ``image`` is what such a
    database begins with.
    """

    def __init__(
        self, path: Path | None, sync: str = "normal", step: Step = no_step, image: bytes = b""
    ) -> None:
        if sync not in SYNC:
            raise Misconfigured(f"--sync {sync!r}: there are {', '.join(SYNC)}")
        self._memory = path is None
        self.path = path or Path(":memory:")
        if not self._memory:
            folder.claim(self.path)
        self.step = step
        self.open = False
        """Whether a transaction is open."""
        self.behind: list[Behind] = []
        """Tables that hold rows back."""
        self.connection = self._connect(sync)
        if image:
            self.connection.deserialize(image)
        self.connection.execute("PRAGMA wal_autocheckpoint=0")
        self.execute = self.connection.execute
        self._sync = sync
        self._stop = threading.Event()
        self._go = threading.Event()
        """Not set while the WAL is emptied: SQLite lets a busy writer go first for ever."""
        self._go.set()
        self._thread: threading.Thread | None = None

    def _connect(self, sync: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, isolation_level=None, timeout=30, check_same_thread=False
        )
        if self._memory:
            return connection
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={sync}")
        return connection

    def begin(self) -> None:
        """Open a transaction if none is."""
        if not self.open:
            if not self._go.is_set():
                self._go.wait()
            self.connection.execute("BEGIN IMMEDIATE")
            self.open = True

    def many(self, statement: str, rows: Iterable[Any]) -> None:
        """Run a statement for each row inside the transaction."""
        self.begin()
        self.connection.executemany(statement, rows)

    def flush(self, most: int = 0) -> None:
        """Write what is held back, of tables that hold more than ``most`` rows."""
        for table in self.behind:
            if table.waiting > most:
                table.flush()

    def commit(self) -> None:
        """Make what was written last; nothing that depends on it may be shown before."""
        if self.open:
            self.connection.execute("COMMIT")
            self.open = False

    def checkpoints(self) -> None:
        """Start the thread that keeps the WAL short, where there is one."""
        if self._memory:
            return
        self._thread = threading.Thread(target=self._watch, name="checkpoint", daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        connection = self._connect(self._sync)
        try:
            while not self._stop.wait(CHECKPOINT_EVERY):
                try:
                    self.checkpoint(connection)
                except sqlite3.Error as error:  # a full disk: the writer will meet it and stop
                    _log.warning("%s: no checkpoint: %s", self.path, error)
        finally:
            connection.close()

    def checkpoint(self, connection: sqlite3.Connection, pages: int | None = None) -> None:
        """Copy the WAL into the file if it has that many pages; empty it if it is too long."""
        pages = WAL_PAGES if pages is None else pages
        try:
            size = self.path.with_name(self.path.name + "-wal").stat().st_size
        except FileNotFoundError:
            return
        if size > pages * PAGE:
            self.step("checkpoint")
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            self.step("checkpointed")
            if size > WAL_BYTES_MAX:
                self._empty(connection)

    def _empty(self, connection: sqlite3.Connection) -> None:
        """Empty the WAL while the writer waits."""
        self._go.clear()
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            self._go.set()

    def image(self) -> bytes:
        """The whole database as it is after a commit, as bytes that begin another one."""
        self.flush()
        self.commit()
        return self.connection.serialize()

    def close(self) -> None:
        """Commit, stop the thread, close: the WAL is folded into the file."""
        self.commit()
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.connection.close()

    def abandon(self) -> None:
        """Close without committing, as if the process had died."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        if self.open:
            self.connection.execute("ROLLBACK")
            self.open = False
        self.connection.close()
