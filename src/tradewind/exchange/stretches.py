"""The prints of seconds in which outsiders traded, as a table beside the journal.

A projection like history, with one difference: the market reads it while it replays, and must not
see there what it will only write later. So rows are numbered as they are put, a snapshot holds the
number it had reached, and going on from it forgets what came after.
"""

from collections.abc import Sequence

import msgspec

from ..protocol.hosting import Print
from .database import Database
from .market.store import Stretch

_TABLE = """
CREATE TABLE IF NOT EXISTS stretches(
    instrument TEXT, start INTEGER, number INTEGER, end INTEGER, first_id INTEGER, extra INTEGER,
    prints BLOB, PRIMARY KEY(instrument, start, number)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS stretches_by_id ON stretches(instrument, first_id);
"""

_SELECT = "SELECT start, end, first_id, extra, prints FROM stretches WHERE instrument = ? AND "

_SUPERSEDED = """
DELETE FROM stretches WHERE instrument = ? AND start = ? AND number <
    (SELECT max(number) FROM stretches WHERE instrument = ? AND start = ?)
"""

_encode = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(tuple[Print, ...]).decode


class SqliteStore:
    """``market.store.Store`` on the venue's file. Rows wait in memory until somebody asks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[tuple[str, int], tuple[int, Stretch]] = {}
        self._replaced: set[tuple[str, int]] = set()
        database.behind.append(self)
        database.connection.executescript(_TABLE)
        (last,) = database.execute("SELECT max(number) FROM stretches").fetchone()
        self._number: int = last or 0

    @property
    def waiting(self) -> int:
        """How many rows are held back."""
        return len(self._waiting)

    def flush(self) -> None:
        """Write what is held back into the open transaction."""
        if self._waiting:
            self._database.many(
                "INSERT INTO stretches VALUES(?,?,?,?,?,?,?)",
                [
                    (name, s.start, number, s.end, s.first_id, s.extra, _encode(s.prints))
                    for (name, _), (number, s) in self._waiting.items()
                ],
            )
            self._replaced.update(self._waiting)
            self._waiting.clear()

    def put(self, instrument: str, stretch: Stretch) -> None:
        """Keep one, in the place of one that begins at the same second."""
        self._number += 1
        self._waiting[instrument, stretch.start] = self._number, stretch

    def before(self, instrument: str, second: int) -> Stretch | None:
        """The last one that begins before that second."""
        order = "start < ? ORDER BY start DESC, number DESC LIMIT 1"
        return self._one(order, instrument, second)

    def by_id(self, instrument: str, trade_id: int) -> Stretch | None:
        """The last one whose ``first_id`` is at most that id."""
        order = "first_id <= ? ORDER BY first_id DESC, start DESC, number DESC LIMIT 1"
        return self._one(order, instrument, trade_id)

    def after(self, instrument: str, second: int) -> Stretch | None:
        """The first one that begins at that second or later."""
        order = "start >= ? ORDER BY start, number DESC LIMIT 1"
        return self._one(order, instrument, second)

    def within(self, instrument: str, start: int, end: int) -> Sequence[Stretch]:
        """Those that begin in ``[start, end)``, ascending."""
        self.flush()
        rows = self._database.execute(
            f"{_SELECT} start >= ? AND start < ? ORDER BY start, number", (instrument, start, end)
        )
        newest = {row[0]: row for row in rows}
        return [_stretch(row) for row in newest.values()]

    def state(self) -> bytes:
        """The number reached; what was replaced before it is dropped."""
        self.flush()
        rows = [(*place, *place) for place in self._replaced]
        self._replaced.clear()
        if rows:
            self._database.many(_SUPERSEDED, rows)
        return str(self._number).encode()

    def restore(self, state: bytes) -> None:
        """Forget what was put after ``state`` was given: it will be put again."""
        self._number = int(state)
        self._waiting.clear()
        self._database.begin()
        self._database.execute("DELETE FROM stretches WHERE number > ?", (self._number,))

    def _one(self, where: str, *values: str | int) -> Stretch | None:
        self.flush()
        row = self._database.execute(_SELECT + where, values).fetchone()
        return None if row is None else _stretch(row)


def _stretch(row: tuple[int, int, int, int, bytes]) -> Stretch:
    start, end, first_id, extra, prints = row
    return Stretch(start, end, first_id, extra, _read(prints))
