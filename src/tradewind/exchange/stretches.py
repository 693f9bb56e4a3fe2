"""The prints of seconds in which outsiders traded, as a table beside the journal.

A projection like history: replay writes the same rows again.
"""

from collections.abc import Sequence

import msgspec

from ..protocol.hosting import Print
from .database import Database
from .market.store import Stretch

_TABLE = """
CREATE TABLE IF NOT EXISTS stretches(
    instrument TEXT, start INTEGER, end INTEGER, first_id INTEGER, extra INTEGER, prints BLOB,
    PRIMARY KEY(instrument, start)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS stretches_by_id ON stretches(instrument, first_id);
"""

_SELECT = "SELECT start, end, first_id, extra, prints FROM stretches WHERE instrument = ? AND "

_encode = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(tuple[Print, ...]).decode


class SqliteStore:
    """``market.store.Store`` on the venue's file. A stretch that still grows waits in memory."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[tuple[str, int], Stretch] = {}
        database.behind.append(self)
        database.connection.executescript(_TABLE)

    @property
    def waiting(self) -> int:
        """How many rows are held back."""
        return len(self._waiting)

    def flush(self) -> None:
        """Write what is held back into the open transaction."""
        if self._waiting:
            self._database.many(
                "INSERT OR REPLACE INTO stretches VALUES(?,?,?,?,?,?)",
                [
                    (name, s.start, s.end, s.first_id, s.extra, _encode(s.prints))
                    for (name, _), s in self._waiting.items()
                ],
            )
            self._waiting.clear()

    def put(self, instrument: str, stretch: Stretch) -> None:
        """Keep one, in the place of one that begins at the same second."""
        self._waiting[instrument, stretch.start] = stretch

    def before(self, instrument: str, second: int) -> Stretch | None:
        """The last one that begins before that second."""
        return self._one("start < ? ORDER BY start DESC LIMIT 1", instrument, second)

    def by_id(self, instrument: str, trade_id: int) -> Stretch | None:
        """The last one whose ``first_id`` is at most that id."""
        order = "first_id <= ? ORDER BY first_id DESC, start DESC LIMIT 1"
        return self._one(order, instrument, trade_id)

    def after(self, instrument: str, second: int) -> Stretch | None:
        """The first one that begins at that second or later."""
        return self._one("start >= ? ORDER BY start LIMIT 1", instrument, second)

    def within(self, instrument: str, start: int, end: int) -> Sequence[Stretch]:
        """Those that begin in ``[start, end)``, ascending."""
        self.flush()
        rows = self._database.execute(
            f"{_SELECT} start >= ? AND start < ? ORDER BY start", (instrument, start, end)
        )
        return [_stretch(row) for row in rows]

    def state(self) -> bytes:
        """Nothing: the rows are on the same file as the snapshot."""
        self.flush()
        return b""

    def restore(self, state: bytes) -> None:
        """Nothing to take back."""

    def _one(self, where: str, *values: str | int) -> Stretch | None:
        self.flush()
        row = self._database.execute(_SELECT + where, values).fetchone()
        return None if row is None else _stretch(row)


def _stretch(row: tuple[int, int, int, int, bytes]) -> Stretch:
    start, end, first_id, extra, prints = row
    return Stretch(start, end, first_id, extra, _read(prints))
