"""The journal: what came from outside, in order, on disk before anything of it is shown.

    seq  tick  at  kind     payload                      digest
    41   ...   ..  command  PlaceOrder(...)              .
    42   ...   ..  command  CancelOrder(...)             3f...     every so many rows
    43   ...   ..  ran      (empty): the ticks up to `tick` changed an outside account
    44   ...   ..  jump     (empty): venue time went to `tick` in one step
    45   ...   ..  key      Credential(...)

``tick`` is the last tick that had run when the row was written. Stamped with a time instead, replay
would differ: a late loop takes orders before it has run the ticks that are due. Participants and
ticks are not in the journal; they are computed again. A snapshot is the state after a row, so that
only the rows behind it are replayed.
"""

from collections.abc import Iterator
from enum import StrEnum, unique

import msgspec
from msgspec import Struct

from .. import __version__
from .database import Database

ENGINE = __version__
"""The version whose replay is known to be right for rows written with it."""

_TABLES = """
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal(
    seq INTEGER PRIMARY KEY, tick INTEGER, at INTEGER, engine TEXT, kind TEXT, payload BLOB,
    digest TEXT);
CREATE TABLE IF NOT EXISTS snapshots(
    seq INTEGER PRIMARY KEY, tick INTEGER, at INTEGER, engine TEXT, digest TEXT, state BLOB);
"""

_INSERT = "INSERT INTO journal VALUES(?,?,?,?,?,?,?)"

SNAPSHOTS_KEPT = 2
"""The one in use, and one before it for the eye."""


@unique
class Kind(StrEnum):
    """What a row holds."""

    COMMAND = "command"
    ACCOUNT = "account"
    KEY = "key"
    CLOCK = "clock"
    RAN = "ran"
    JUMP = "jump"
    CAST = "cast"
    PATH = "path"


class Row(Struct, frozen=True):
    """One row. ``digest`` is the state's after it, "" where none was taken."""

    seq: int
    tick: int
    at: int
    engine: str
    kind: Kind
    payload: bytes
    digest: str


class Snapshot(Struct, frozen=True):
    """The state after row ``seq``; ``tick`` is the last tick run, ``at`` the venue time."""

    seq: int
    tick: int
    at: int
    engine: str
    digest: str
    state: bytes


class Account(Struct, frozen=True):
    """An account got its name."""

    account: int
    name: str


class Cast(Struct, frozen=True):
    """The participants of an instrument were sent away, or called back."""

    instrument: str
    on: bool


class Followed(Struct, frozen=True):
    """An instrument, by its id, follows these rows of time and prices from now on."""

    instrument: str
    rows: tuple[str, ...]


class Journal:
    """Rows wait in memory until ``write`` puts them into the open transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[int, int, int, str, str, bytes, str | None]] = []
        database.connection.executescript(_TABLES)
        (last,) = database.execute("SELECT max(seq) FROM journal").fetchone()
        self.seq: int = last or 0
        """Of the newest row."""

    def append(self, kind: Kind, payload: bytes, tick: int, at: int, digest: str = "") -> None:
        """Add a row; it is on disk after the next ``Database.commit``."""
        self.seq += 1
        self._waiting.append((self.seq, tick, at, ENGINE, kind, payload, digest or None))

    def write(self) -> None:
        """Hand the waiting rows to the transaction."""
        if self._waiting:
            self._database.many(_INSERT, self._waiting)
            self._waiting.clear()

    @property
    def waiting(self) -> bool:
        """Whether rows are not yet in the transaction."""
        return bool(self._waiting)

    def rows(self, after: int) -> Iterator[Row]:
        """Rows with a higher ``seq``, in order."""
        found = self._database.execute(
            "SELECT seq, tick, at, engine, kind, payload, digest FROM journal"
            " WHERE seq > ? ORDER BY seq",
            (after,),
        )
        for seq, tick, at, engine, kind, payload, digest in found:
            yield Row(seq, tick, at, engine, Kind(kind), payload, digest or "")

    def snapshot(self, tick: int, at: int, digest: str, state: bytes) -> None:
        """Keep the state after the newest row, in the open transaction."""
        self.write()
        self._database.step("snapshot")
        self._database.begin()
        self._database.execute(
            "INSERT OR REPLACE INTO snapshots VALUES(?,?,?,?,?,?)",
            (self.seq, tick, at, ENGINE, digest, state),
        )
        self._database.execute(
            "DELETE FROM snapshots WHERE seq NOT IN"
            " (SELECT seq FROM snapshots ORDER BY seq DESC LIMIT ?)",
            (SNAPSHOTS_KEPT,),
        )
        self._database.step("snapshot written")

    def last_snapshot(self) -> Snapshot | None:
        """The newest one."""
        found = self._database.execute(
            "SELECT seq, tick, at, engine, digest, state FROM snapshots ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        return None if found is None else Snapshot(*found)

    def note(self, key: str, value: object) -> None:
        """Keep a small fact beside the rows."""
        self._database.begin()
        text = msgspec.json.encode(value).decode()
        self._database.execute("INSERT OR REPLACE INTO meta VALUES(?,?)", (key, text))

    def noted(self, key: str) -> object:
        """What ``note`` kept, or None."""
        found = self._database.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if found is None else msgspec.json.decode(found[0])
