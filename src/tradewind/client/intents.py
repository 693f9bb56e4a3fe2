"""The intent journal: what is about to be done, on disk before its first byte leaves.

One SQLite file (WAL) per venue, environment, key label and running process, owner-only, and beside
it a log (``Ahead``). An intent is a line of the log before its request is sent, so after
``kill -9`` every request that may have left is there, with the client order id by which the venue
can be asked; a transaction of SQLite for each would cost ten times as much. Lines become rows soon
after, with what became of them: after a crash the venue is asked again, which costs a question and
never a doubled order.

An id is an identity (48 random bits, drawn when the journal is made) and a sequence. A lost journal
means another identity, so an id is never used twice. Identities are also kept in a file beside the
journal: with it, orders placed before the loss are still known as ours.
"""

import fcntl
import logging
import os
import re
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from msgspec import DecodeError, ValidationError, json

from ..model import Fill, InvalidInput, Misconfigured, NotSent, Order
from ..protocol.outcomes import Fate, Intent, Stage, State, begin

SLOTS = 64
"""Journals of one key: one per process that runs at the same time."""

KEPT = 100_000
"""Finished intents that stay to be looked at; older ones are dropped on opening."""

CHECKPOINT_SECONDS = 0.5
WAL_BYTES = 4 << 20
"""From this size the WAL is folded into the file, by a thread: the loop must not wait for disks."""

AHEAD_MAX = 10_000
"""Intents that may wait to become rows; more means that nothing can be written."""

SKIPPED = 10_000
"""Numbers left out where the newest lines may be lost with the power: more than could be sent
before the system writes to its disk by itself."""

BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Another text each time the system starts; Linux has it."""

_TABLES = """
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS intents(
    sequence INTEGER PRIMARY KEY, id TEXT UNIQUE, created INTEGER, intent BLOB, stage TEXT,
    fates TEXT, deadline INTEGER, why TEXT);
CREATE TABLE IF NOT EXISTS orders(
    order_id TEXT, instrument TEXT, client_order_id TEXT, final INTEGER, told BLOB,
    PRIMARY KEY(instrument, order_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS orders_by_name ON orders(client_order_id);
CREATE TABLE IF NOT EXISTS aliases(alias TEXT PRIMARY KEY, name TEXT);
CREATE TABLE IF NOT EXISTS fills(
    instrument TEXT, fill_id TEXT, order_id TEXT, at INTEGER, told BLOB,
    PRIMARY KEY(instrument, fill_id, order_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS fills_by_time ON fills(at);
"""

_INSERT = """INSERT INTO intents(stage, fates, deadline, why, sequence, id, created, intent)
VALUES(?,?,?,?,?,?,?,?) ON CONFLICT(id) DO NOTHING"""  # it may have died before the log was cleared
_UPDATE = "UPDATE intents SET stage = ?, fates = ?, deadline = ?, why = ? WHERE sequence = ?"
_ALIAS = "INSERT OR REPLACE INTO aliases VALUES(?,?)"
_TAKEN = "taken:"
"""Facts about names of our own form that the user gave before they were drawn."""

_UNTOLD = (Stage.JOURNALED.value, None, None, None)

_log = logging.getLogger(__name__)
_encode = json.Encoder().encode
_intent = json.Decoder(Intent).decode


class FillKey(NamedTuple):
    """What makes a fill one: both sides of a trade with ourselves have the same fill id."""

    instrument: str
    fill_id: str
    order_id: str


def fill_key(fill: Fill) -> FillKey:
    """The key of a fill."""
    return FillKey(fill.instrument, fill.fill_id, fill.order_id)


# --- ids ----------------------------------------------------------------------------------------

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _base36(number: int) -> str:
    text = ""
    while number or not text:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text


def _dashed(identity: str, sequence: int) -> str:
    return f"{identity}-{_base36(sequence)}"


def _joined(identity: str, sequence: int) -> str:
    return f"{identity}{_base36(sequence)}"


def _uuid(identity: str, sequence: int) -> str:
    return f"{identity[:8]}-{identity[8:]}-4000-8000-{sequence:012x}"


FORMS = (_dashed, _joined, _uuid)
"""How identity and sequence are joined, the most readable first."""


def spelling(pattern: str, longest: int) -> Callable[[str, int], str]:
    """The form that a venue takes. Raises Misconfigured when there is none."""
    for form in FORMS:
        shown = form("0123456789ab", 36**4)
        if len(shown) <= longest and re.fullmatch(pattern, shown):
            return form
    raise Misconfigured(f"no id of ours has the form {pattern} within {longest} characters")


def identity_of(name: str) -> str:
    """The identity in an id of ours; "" when it is nobody's of us."""
    found = re.match(r"([0-9a-f]{8})(-?)([0-9a-f]{4})", name)
    return found[1] + found[3] if found else ""


# --- the journal --------------------------------------------------------------------------------


class Journal:
    """Intents, orders and fills of one key. Without a path all of it is gone with the process."""

    def __init__(self, path: Path | None, form: Callable[[str, int], str] = _dashed) -> None:
        self.path = path
        self.lost = False
        """Whether this journal is new though there was one before: its file is gone."""
        self._form = form
        self._lock: int | None = None
        self._newest = ""
        self._ahead: dict[str, tuple[Intent, bytes]] = {}
        self._behind: dict[str, State] = {}
        self._orders: dict[tuple[str, str], Order] = {}
        self._fills: dict[FillKey, Fill] = {}
        if path is not None:
            for each in (path, path.with_name(path.name + "-wal")):
                _claim(each) if each is path else _no_link(each)
        self._log = None if path is None else Ahead(path.with_suffix(".ahead"))
        self._connection = sqlite3.connect(
            ":memory:" if path is None else path, isolation_level=None, check_same_thread=False
        )
        self._execute = self._connection.execute
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._prepare()

    def _prepare(self) -> None:
        if self.path is not None:
            self._execute("PRAGMA journal_mode=WAL")
            self._execute("PRAGMA synchronous=NORMAL")
            self._execute("PRAGMA wal_autocheckpoint=0")
        self._connection.executescript(_TABLES)
        found = self._execute("SELECT value FROM meta WHERE key = 'identity'").fetchone()
        if found is None:
            self.identities = self._old_identities()
            self.lost = bool(self.identities)
            self.identity = secrets.token_hex(6)
            self._execute("INSERT INTO meta VALUES('identity', ?)", (self.identity,))
            self._remember(self.identity)
        else:
            self.identity = found[0]
            self.identities = self._old_identities()
        self.identities = tuple(dict.fromkeys((*self.identities, self.identity)))
        whole = self._recover()
        keys = self._execute("SELECT key FROM meta WHERE key GLOB ?", (_TAKEN + "*",))
        self._taken = {row[0].removeprefix(_TAKEN) for row in keys.fetchall()}
        (last,) = self._execute("SELECT max(sequence) FROM intents").fetchone()
        self.sequence: int = max(last or 0, int(self.noted("skipped") or 0))
        self._drop(self.sequence - KEPT)
        if self.path is not None:
            self._skip(whole)

    def _skip(self, whole: bool) -> None:
        """Draw no number that a lost line may have: the system has started anew, or of the log not
        everything can be read.
        """
        boot = BOOT.read_text().strip() if BOOT.exists() else ""
        before = self.noted("boot")
        if not whole or before not in (None, boot):
            self.sequence += SKIPPED
            self.note("skipped", str(self.sequence))
        if before != boot:
            self.note("boot", boot)

    def _recover(self) -> bool:
        """What the process before had no time to make rows of. Whether all of it could be read."""
        if self._log is None or not self._log.size:
            return True
        whole = True
        for line in self._log.lines():
            try:
                intent = _intent(line)
            except (DecodeError, ValidationError):
                _log.warning("%s: a line cannot be read: %r", self._log.path, line[:200])
                whole = False
                continue
            self._ahead[intent.id] = intent, line
        self._transact(self._write_ahead)
        self._ahead.clear()
        self._log.clear()
        return whole

    def _drop(self, before: int) -> None:
        if before > 0:
            self._execute(
                "DELETE FROM intents WHERE sequence < ? AND stage != 'journaled'", (before,)
            )

    def _old_identities(self) -> tuple[str, ...]:
        path = self._identities_file()
        if path is None or not path.exists():
            return ()
        _claim(path)
        return tuple(
            line for line in path.read_text().split() if re.fullmatch("[0-9a-f]{12}", line)
        )

    def _remember(self, identity: str) -> None:
        path = self._identities_file()
        if path is not None:
            _claim(path)
            with path.open("a") as file:
                file.write(identity + "\n")
                file.flush()
                os.fsync(file.fileno())

    def _identities_file(self) -> Path | None:
        return None if self.path is None else self.path.with_suffix(".ids")

    # ids

    def draw(self) -> str:
        """The next id. It is used up, whether or not anything is sent with it."""
        while True:
            self.sequence += 1
            name = self._newest = self._form(self.identity, self.sequence)
            if name not in self._taken:
                return name

    def ours(self, name: str) -> bool:
        """Whether an id was made by this journal, or by one that was lost."""
        return identity_of(name) in self.identities

    def before(self, name: str) -> bool:
        """Whether an id was made by a journal that was lost, and not by this one."""
        return self.ours(name) and identity_of(name) != self.identity

    # what is about to happen

    def append(self, state: State) -> None:
        """Put an intent on disk; when this returns it survives the death of the process.

        Raises InvalidInput for an id that was used before, NotSent when it cannot be written.
        """
        intent = state.intent
        name = intent.id
        line = _encode(intent)
        try:
            if name == self._newest:
                self._newest = ""  # drawn just now, and so never used
            elif self.used(name):
                raise InvalidInput(f"client order id {name!r} was used before; ids are not reused")
            elif self._foretold(name, intent.sequence):
                self._take(name)
            if self._log is None:
                self._ahead[name] = intent, line
                self._transact(self._write_ahead)
                self._ahead.clear()
            else:
                if len(self._ahead) >= AHEAD_MAX:
                    self.flush()
                self._log.write(line)
                self._ahead[name] = intent, line
        except (OSError, sqlite3.Error) as error:
            if self._log is None:
                self._ahead.clear()
            raise NotSent(f"the intent journal cannot be written: {error}") from error

    def _foretold(self, name: str, sequence: int) -> bool:
        """Whether a name of our own form is later than the one of that number: of one form, longer
        texts are of greater numbers, and of two as long the greater text is.
        """
        drawn = self._form(self.identity, sequence)
        return identity_of(name) == self.identity and (len(name), name) > (len(drawn), drawn)

    def _take(self, name: str) -> None:
        """The user gives a name that may be drawn some day."""
        self._taken.add(name)
        self.note(_TAKEN + name, "")

    def used(self, name: str) -> bool:
        """Whether an intent with that id is here."""
        if name in self._ahead:
            return True
        found = self._execute("SELECT 1 FROM intents WHERE id = ?", (name,)).fetchone()
        return found is not None

    def unfinished(self) -> list[State]:
        """Intents whose outcome is not here, oldest first."""
        if self._ahead:
            self.flush()
        found = self._execute(
            "SELECT intent FROM intents WHERE stage = ? ORDER BY sequence", (Stage.JOURNALED.value,)
        )
        return [begin(_intent(row[0])) for row in found.fetchall()]

    # what became of it: written behind

    def settle(self, state: State) -> None:
        """Take the outcome of an intent."""
        self._behind[state.intent.id] = state

    def keep_order(self, order: Order) -> None:
        """Take what is known of an order."""
        self._orders[order.instrument, order.order_id] = order

    def keep_fill(self, fill: Fill) -> None:
        """Take a fill."""
        self._fills[fill_key(fill)] = fill

    def flush(self) -> None:
        """Write what was taken."""
        if not (self._ahead or self._behind or self._orders or self._fills):
            return
        self._transact(self._write_ahead, self._write_behind)
        for written in (self._ahead, self._behind, self._orders, self._fills):
            written.clear()
        if self._log is not None:
            self._log.clear()

    def _transact(self, *writes: Callable[[], None]) -> None:
        """All of it or, where it raises, nothing."""
        self._execute("BEGIN IMMEDIATE")
        try:
            for write in writes:
                write()
            self._execute("COMMIT")
        except BaseException:  # also Ctrl-C: a transaction left open would let no other begin
            if self._connection.in_transaction:
                self._execute("ROLLBACK")
            raise

    def _write_ahead(self) -> None:
        """Rows of the intents in the log, with their outcome where it is known already."""
        if not self._ahead:
            return
        rows = []
        aliases = []
        for name, (intent, line) in self._ahead.items():
            state = self._behind.get(name)
            told = _UNTOLD if state is None else _told(state)
            rows.append((*told, intent.sequence, name, intent.created, line))
            aliases += [(p.alias, p.name) for p in intent.parts if p.alias and p.name]
        self._connection.executemany(_INSERT, rows)
        if aliases:
            self._connection.executemany(_ALIAS, aliases)

    def _write_behind(self) -> None:
        if self._behind:
            self._connection.executemany(
                _UPDATE,
                [
                    (*_told(state), state.intent.sequence)
                    for name, state in self._behind.items()
                    if name not in self._ahead
                ],
            )
        if self._orders:
            self._connection.executemany(
                "INSERT OR REPLACE INTO orders VALUES(?,?,?,?,?)",
                [
                    (
                        order.order_id,
                        order.instrument,
                        order.client_order_id,
                        int(order.order_status.is_final),
                        json.encode(order),
                    )
                    for order in self._orders.values()
                ],
            )
        if self._fills:
            self._connection.executemany(
                "INSERT OR IGNORE INTO fills VALUES(?,?,?,?,?)",
                [(*key, fill.time, json.encode(fill)) for key, fill in self._fills.items()],
            )

    # what is known

    def open_orders(self) -> list[Order]:
        """Orders that were not final when last heard of."""
        self.flush()
        found = self._execute("SELECT told FROM orders WHERE final = 0")
        return [json.decode(row[0], type=Order) for row in found.fetchall()]

    def fills(self, since: int = 0) -> list[Fill]:
        """Fills from a time on, oldest first."""
        self.flush()
        found = self._execute("SELECT told FROM fills WHERE at >= ? ORDER BY at", (since,))
        return [json.decode(row[0], type=Fill) for row in found.fetchall()]

    def order_named(self, name: str) -> Order | None:
        """The order with that client id, ended or not."""
        self.flush()
        found = self._execute(
            "SELECT told FROM orders WHERE client_order_id = ?", (name,)
        ).fetchone()
        return None if found is None else json.decode(found[0], type=Order)

    def knows(self, instrument: str, order_ids: Iterable[str]) -> set[str]:
        """Which of these orders are here."""
        self.flush()
        where = "SELECT 1 FROM orders WHERE instrument = ? AND order_id = ?"
        return {each for each in order_ids if self._execute(where, (instrument, each)).fetchone()}

    def aliases(self) -> list[tuple[str, str]]:
        """Names that our cancels gave to orders, and what the orders were called before."""
        found = self._execute(
            "SELECT alias, name FROM aliases ORDER BY rowid DESC LIMIT ?", (KEPT,)
        )
        return found.fetchall()[::-1]

    def instruments(self) -> list[str]:
        """Instruments that orders or fills are known of."""
        self.flush()
        found = self._execute("SELECT instrument FROM orders UNION SELECT instrument FROM fills")
        return sorted(row[0] for row in found.fetchall())

    def has_fill(self, key: FillKey) -> bool:
        """Whether a fill is here."""
        if key in self._fills:
            return True
        where = "instrument = ? AND fill_id = ? AND order_id = ?"
        found = self._execute(f"SELECT 1 FROM fills WHERE {where}", key)  # noqa: S608  (a constant)
        return found.fetchone() is not None

    def note(self, key: str, value: str) -> None:
        """Keep a small fact."""
        self._execute("INSERT OR REPLACE INTO meta VALUES(?,?)", (key, value))

    def noted(self, key: str) -> str | None:
        """What ``note`` kept."""
        found = self._execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if found is None else str(found[0])

    def settled(self, ids: Iterable[str]) -> dict[str, tuple[Stage, tuple[Fate, ...]]]:
        """Stage and fates as they are on disk, by id."""
        self.flush()
        told = {}
        for name in ids:
            found = self._execute(
                "SELECT stage, fates FROM intents WHERE id = ?", (name,)
            ).fetchone()
            if found is not None:
                fates = tuple(Fate(word) for word in (found[1] or "").split(",") if word)
                told[name] = (Stage(found[0]), fates)
        return told

    # the file

    def checkpoints(self) -> None:
        """Start the thread that keeps the WAL short."""
        if self.path is not None and self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="intents", daemon=True)
            self._thread.start()

    def _watch(self) -> None:
        assert self.path is not None
        wal = self.path.with_name(self.path.name + "-wal")
        connection = sqlite3.connect(self.path, isolation_level=None)
        try:
            while not self._stop.wait(CHECKPOINT_SECONDS):
                if wal.exists() and wal.stat().st_size > WAL_BYTES:
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        finally:
            connection.close()

    def close(self) -> None:
        """Write what waits, close, and let the next process in."""
        try:
            self.flush()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close as the death of the process would: what waits is not written."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._connection.close()
        if self._log is not None:
            self._log.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def image(self) -> bytes:
        """What is on disk by now, as bytes: what a process that dies here leaves behind."""
        return self._connection.serialize()

    @classmethod
    def of_image(cls, image: bytes, form: Callable[[str, int], str] = _dashed) -> "Journal":
        """A journal in memory that begins with what a process left behind."""
        made = cls(None, form)
        made._connection.deserialize(image)
        made._prepare()
        return made

    @classmethod
    def in_folder(
        cls, folder: Path, name: str, form: Callable[[str, int], str] = _dashed
    ) -> "Journal":
        """The first journal of that name that no other process holds."""
        private(folder)
        safe = re.sub(r"[^A-Za-z0-9_-]", lambda found: f"%{ord(found[0]):02x}", name)
        for slot in range(SLOTS):
            path = folder / f"{safe}.{slot}.sqlite"
            lock = _locked(path.with_suffix(".lock"))
            if lock is None:
                continue
            try:
                made = cls(path, form)
            except BaseException:
                os.close(lock)
                raise
            made._lock = lock
            return made
        raise Misconfigured(f"{SLOTS} processes trade with {name} already")


class Ahead:
    """Lines appended to a file, each whole or not at all; gone from memory once they are in the
    system's hands, so they survive the process, as a commit of SQLite does that is not synced.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        _claim(path)
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
        self.size = os.fstat(self._file).st_size

    def write(self, line: bytes) -> None:
        """Append a line. Raises OSError, and then nothing of it stays."""
        data = line + b"\n"
        written = 0
        try:
            written = os.write(self._file, data)
        finally:
            if written != len(data):
                os.ftruncate(self._file, self.size)
        if written != len(data):
            raise OSError(f"only {written} of {len(data)} bytes could be written")
        self.size += written

    def lines(self) -> list[bytes]:
        """Everything appended; a last line that is not whole was never sent, and is left out."""
        data = os.pread(self._file, self.size, 0)
        return data.split(b"\n")[:-1]

    def clear(self) -> None:
        """Begin anew."""
        if self.size:
            os.ftruncate(self._file, 0)
            self.size = 0

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def _told(state: State) -> tuple[str, str, int | None, str]:
    return state.stage.value, ",".join(state.fates), state.deadline, state.why


# --- files --------------------------------------------------------------------------------------


def private(folder: Path) -> None:
    """Make a folder of our own, or check the one that is there. Raises Misconfigured."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise Misconfigured(f"{folder} must be a folder of your own, closed to others (chmod 700)")


def _no_link(path: Path) -> None:
    if path.is_symlink():
        raise Misconfigured(f"{path} is a link; links are not followed here")


def _claim(path: Path) -> None:
    """Make a file of mode 0600 or check the one that is there."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise Misconfigured(f"{path} cannot be opened: {error.strerror}") from None
    try:
        found = os.fstat(file)
        if found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise Misconfigured(f"{path} is open to other users; run: chmod 600 {path}")
    finally:
        os.close(file)


def _locked(path: Path) -> int | None:
    """A lock that ends with the process; None when somebody holds it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file
