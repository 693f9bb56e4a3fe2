"""What went over the wire: every handshake, request and frame, per connection, bounded.

    line 3  ws   127.0.0.1  streams /ws/btcusdt@depth   opened 12:00:01  closed -
            12:00:02  sent      btcusdt@depth  BTCUSDT  versions 101-105
            12:00:02  withheld  btcusdt@depth  BTCUSDT  versions 106-109

A row costs a tuple when it happens; what a frame showed is read when somebody looks, or when the
record is also written to a file. HTTP has no connection that tells us anything: all requests of an
address share a line. Of keys that the box did not issue nothing is kept.
"""

from collections import deque
from collections.abc import Callable, Iterator
from enum import StrEnum, unique
from pathlib import Path
from typing import Any, Protocol, TextIO

import msgspec
from msgspec import Struct

from ..protocol.wording import Shown
from . import folder

FILE = "wire.jsonl"

ROWS_MAX = 1_000
"""Rows kept of one line: with 100 ms depth some 90 seconds."""

LINES_FULL = 64
"""Up to so many lines each may be full; with each doubling beyond the rows of a line are halved, so
that all together stay below 64,000 rows: with depth frames some 25 MB."""

LINES_MAX = 256
"""Lines kept; the oldest closed ones go first."""

FILE_BYTES_MAX = 256 << 20
"""What the file may take: an hour of a busy bot."""


@unique
class Fate(StrEnum):
    """What happened to it."""

    ASKED = "asked"
    ANSWERED = "answered"
    SENT = "sent"
    WITHHELD = "withheld"
    AGAIN = "again"
    LATE = "late"
    SPOILED = "spoiled"
    OPENED = "opened"
    REFUSED = "refused"
    CLOSED = "closed"
    TLS = "tls"


class Entry(Struct, frozen=True, omit_defaults=True):
    """One row in readable form. ``at`` is wall time in ns; ``first`` and ``last`` are the book's
    versions that a frame covers, ``book`` the newest version there was when it was sent.
    """

    n: int
    line: int
    at: int
    fate: Fate
    venue: str = ""
    peer: str = ""
    account: str = ""
    operation: str = ""
    status: int = 0
    channel: str = ""
    instrument: str = ""
    first: int = 0
    last: int = 0
    whole: bool = False
    bytes: int = 0
    fault: str = ""
    note: str = ""


Read = Callable[[bytes], Shown]


class Answered(Struct, frozen=True, gc=False):
    """A request as it is kept until somebody looks. ``head`` is where an answer begins."""

    method: str
    path: str
    query: str
    status: int
    size: int
    head: bytes
    account: int
    host: str


class Message(Struct, frozen=True, gc=False):
    """A WebSocket message of a key of this box, as it came, and how it was answered."""

    body: bytes
    status: int
    account: int


class Reader(Protocol):
    """Makes kept requests readable."""

    def answered(self, kept: Answered) -> dict[str, Any]:
        """The fields of an ``Entry``."""


class MessageReader(Protocol):
    """Makes kept messages readable."""

    def asked(self, kept: Message) -> dict[str, Any]:
        """The fields of an ``Entry``."""


What = bytes | Entry | Answered | Message
Row = tuple[int, int, Fate, What, Any, str]
"""Number, wall time, fate, what, its reader (``Read`` of frames, ``Reader`` of requests,
``MessageReader`` of messages), fault."""


class Line:
    """One WebSocket connection, or the requests of one address."""

    def __init__(self, record: "WireRecord", number: int, venue: str, peer: str, kind: str) -> None:
        self.number = number
        self.venue = venue
        self.peer = peer
        self.kind = kind
        self.path = ""
        self.account = ""
        self.opened = 0
        self.closed = 0
        self.rows: deque[Row] = deque(maxlen=record.rows_max)
        self._record = record

    def frame(self, at: int, fate: Fate, payload: bytes, read: Read, fault: str = "") -> None:
        """Keep a frame."""
        self._keep(at, fate, payload, read, fault)

    def answered(self, at: int, kept: Answered, reader: Reader, fault: str) -> None:
        """Keep a request."""
        self._keep(at, Fate.ANSWERED, kept, reader, fault)

    def asked(self, at: int, kept: Message, reader: MessageReader, fault: str) -> None:
        """Keep a message."""
        self._keep(at, Fate.ASKED, kept, reader, fault)

    def note(self, at: int, fate: Fate, **facts: Any) -> None:
        """Keep something that is no frame."""
        count = self._record.count + 1  # the number that it gets
        entry = Entry(count, self.number, at, fate, self.venue, self.peer, **facts)
        self._keep(at, fate, entry, _nothing, "")

    def _keep(self, at: int, fate: Fate, what: What, reader: Any, fault: str) -> None:
        record = self._record
        record.count += 1
        row = (record.count, at, fate, what, reader, fault)
        self.rows.append(row)
        if record.file is not None:
            record.write(self, row)

    def entries(self) -> Iterator[Entry]:
        """The rows in readable form, oldest first."""
        for row in tuple(self.rows):
            yield readable(self, row)

    def told(self) -> dict[str, Any]:
        """The line itself."""
        return {
            "line": self.number,
            "kind": self.kind,
            "venue": self.venue,
            "peer": self.peer,
            "account": self.account,
            "path": self.path,
            "opened": self.opened,
            "closed": self.closed,
            "rows": len(self.rows),
        }


class WireRecord:
    """All lines of a box."""

    def __init__(self) -> None:
        self.count = 0
        self.rows_max = ROWS_MAX
        """Rows a line may have now."""
        self.file: TextIO | None = None
        self._written = 0
        self._number = 0
        self._lines: dict[int, Line] = {}
        self._http: dict[tuple[str, str], Line] = {}

    def websocket(self, venue: str, peer: str, path: str, at: int) -> Line:
        """A connection was opened."""
        line = self._new(venue, peer, "websocket", at)
        line.path = path
        line.note(at, Fate.OPENED, operation=path)
        return line

    def http(self, venue: str, peer: str, at: int) -> Line:
        """Where the requests of an address are kept."""
        line = self._http.get((venue, peer))
        if line is None:
            line = self._http[venue, peer] = self._new(venue, peer, "http", at)
        return line

    def tls(self, venue: str, at: int) -> Line:
        """Where TLS handshakes are kept: they have no request yet."""
        return self.http(venue, "", at)

    def lines(self) -> list[Line]:
        """Every line that is kept, oldest first."""
        return list(self._lines.values())

    def after(self, number: int, limit: int, line: int = 0) -> list[Entry]:
        """Rows with a higher number, of all lines or of one."""
        wanted = [each for each in self._lines.values() if not line or each.number == line]
        rows = [(row, each) for each in wanted for row in each.rows if row[0] > number]
        rows.sort(key=lambda pair: pair[0][0])
        return [readable(each, row) for row, each in rows[:limit]]

    # the file

    def open(self, data: Path) -> Path:
        """Write all that comes from now on into the data folder."""
        path = data / FILE
        if self.file is None:
            folder.write(path, b"")
            self.file = path.open("a", encoding="utf-8")
            self._written = 0
        return path

    def flush(self) -> None:
        """Let readers see what was written."""
        if self.file is not None:
            self.file.flush()

    def close(self) -> None:
        """End the file."""
        if self.file is not None:
            self.file.close()
            self.file = None

    def write(self, line: Line, row: Row) -> None:
        """One row into the file, while there is room."""
        if self.file is None or self._written > FILE_BYTES_MAX:
            return
        text = msgspec.json.encode(readable(line, row)).decode()
        self._written += len(text) + 1
        self.file.write(text + "\n")

    def _new(self, venue: str, peer: str, kind: str, at: int) -> Line:
        self._number += 1
        line = self._lines[self._number] = Line(self, self._number, venue, peer, kind)
        line.opened = at
        if len(self._lines) > LINES_MAX:
            self._forget()
        self._share()
        return line

    def _share(self) -> None:
        """Give each line its part of the rows there may be."""
        rows_max, lines = ROWS_MAX, LINES_FULL
        while lines < len(self._lines):
            rows_max, lines = rows_max // 2, lines * 2
        if rows_max != self.rows_max:
            self.rows_max = rows_max
            for line in self._lines.values():
                line.rows = deque(line.rows, maxlen=rows_max)

    def _forget(self) -> None:
        """The oldest closed line goes, else the oldest of all but the newest. Its connection may
        live on and go on telling it things: nobody can look at them, so they are not kept.
        """
        gone = next((line for line in self._lines.values() if line.closed), None)
        gone = gone or next(iter(self._lines.values()))
        del self._lines[gone.number]
        gone.rows = deque(maxlen=0)
        self._http = {key: line for key, line in self._http.items() if line is not gone}


def readable(line: Line, row: Row) -> Entry:
    """A row as an ``Entry``."""
    n, at, fate, what, read, fault = row
    if isinstance(what, Entry):
        return what
    if isinstance(what, Answered | Message):
        facts = read.answered(what) if isinstance(what, Answered) else read.asked(what)
        return Entry(n, line.number, at, fate, line.venue, line.peer, fault=fault, **facts)
    shown = read(what)
    return Entry(
        n=n,
        line=line.number,
        at=at,
        fate=fate,
        venue=line.venue,
        peer=line.peer,
        account=line.account,
        channel=shown.channel or "answer",
        instrument=shown.instrument,
        first=shown.first,
        last=shown.last,
        whole=shown.whole,
        bytes=len(what),
        fault=fault,
    )


def _nothing(payload: bytes) -> Shown:
    """Rows that are read already are not read again."""
    del payload
    return Shown()
