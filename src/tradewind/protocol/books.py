"""A local book that is right or says that it is not: continuity, snapshots, replay (pure).

    connection up --> BUFFERING --snapshot that joins--> LIVE --gap, bad text, cut--> BUFFERING ...

A venue tells what became of single prices (absolute quantities, 0 deletes) in numbered changes.
They are worth something only on top of a snapshot that they join without a hole. So changes are
kept while there is no snapshot, and a snapshot that they do not reach is refused. From a hole on
nothing is served any more, within the message that shows it. What follows another change is the
venue's to say: ``spans``, ``linked`` and ``counted`` are the ways there are.

A snapshot is cut at some depth, and changes never tell of what rests beyond it and does not move.
So a side has a *floor*, the last price that the snapshot knew of; nothing beyond is shown, since
it may have holes (most clients show it). When few levels are left above it, ``is_thin`` asks for a
new snapshot.

Prices are scaled integers inside, quantities stay the text they came as.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from enum import StrEnum, unique

from msgspec import Struct

from ..model import Level, OrderBook, TradewindError
from . import scaled

Text = tuple[str, str]
"""A level on the wire: price, quantity."""

DECIMALS = 12
"""How finely prices are told apart; the venues' finest ticks have 8 to 10 decimals."""

BUFFER_MAX = 10_000
"""Changes kept while a snapshot is fetched: a quarter of an hour of ten a second. Beyond it the
oldest go, and the snapshot has to be a later one."""

IGNORED_MAX = 50
"""Old changes in a row that are believed to be repetitions. More of them mean that the venue
counts anew, and a book that ignores everything would stand still and call itself live."""

THIN = 20
"""Known levels of a cut side under which a new snapshot is wanted; screens show 20."""

TEXTS_MAX = 50_000
"""Price texts remembered with their number; forgotten all at once beyond it."""


class Change(Struct, frozen=True, gc=False):
    """What became of some prices, from number ``first`` to ``last``.

    ``previous`` is the number of the change before it where the venue says so. ``time`` is the
    venue's, in ns. ``checksum`` is of the book after it, where there is one.
    """

    first: int
    last: int
    bids: Sequence[Text]
    asks: Sequence[Text]
    previous: int = -1
    time: int = 0
    checksum: int | None = None


class Snapshot(Struct, frozen=True, gc=False):
    """The levels of a book at number ``version``. ``depth`` is how many a side were asked for: a
    side that has fewer is whole. 0 says that both are.
    """

    version: int
    bids: Sequence[Text]
    asks: Sequence[Text]
    depth: int = 0
    time: int = 0
    checksum: int | None = None


# --- continuity ---------------------------------------------------------------------------------


@unique
class Step(StrEnum):
    """What a change is to a book."""

    APPLY = "apply"
    OLD = "old"
    GAP = "gap"


Continuity = Callable[[int, bool, Change], Step]
"""(the book's number, whether it is a snapshot's, the change) -> what to do."""


def spans(version: int, _fresh: bool, change: Change) -> Step:
    """Numbers count single events, a change has those from ``first`` to ``last``."""
    if change.first <= version + 1:
        return Step.APPLY if change.last > version else Step.OLD
    return Step.GAP


def linked(version: int, fresh: bool, change: Change) -> Step:
    """Each change names the one before it; the first after a snapshot has its number inside."""
    if change.last < version or (change.last == version and not fresh):
        return Step.OLD
    if fresh:
        return Step.APPLY if change.first <= version else Step.GAP
    return Step.APPLY if change.previous == version else Step.GAP


def counted(version: int, _fresh: bool, change: Change) -> Step:
    """Changes are numbered one by one."""
    if change.last <= version:
        return Step.OLD
    return Step.APPLY if change.last == version + 1 else Step.GAP


class Rules(Struct, frozen=True):
    """How a venue's books go on. ``checksum`` computes what the venue would of a book."""

    follows: Continuity
    checksum: "Callable[[Book], int] | None" = None


# --- levels -------------------------------------------------------------------------------------


class Half:
    """One side. Keys are prices, negated for asks, so that the best is the last of both."""

    __slots__ = ("floor", "keys", "levels", "sign")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.levels: dict[int, str] = {}
        self.keys: list[int] = []
        self.floor: int | None = None

    def known(self) -> int:
        """How many levels there are down to the floor."""
        if self.floor is None:
            return len(self.keys)
        return len(self.keys) - bisect_left(self.keys, self.floor)

    def top(self, count: int | None) -> list[tuple[int, str]]:
        """The best levels, best first: scaled price and quantity's text."""
        known = self.known()
        wanted = known if count is None else min(count, known)
        keys, levels = self.keys, self.levels
        size = len(keys)
        return [(key, levels[key]) for key in keys[size - wanted :][::-1]]


class Book:
    """Both sides at one number. Only ``Sync`` changes it."""

    __slots__ = ("_numbers", "asks", "bids", "time", "version")

    def __init__(self) -> None:
        self.bids = Half(1)
        self.asks = Half(-1)
        self.version = -1
        self.time = 0
        self._numbers: dict[str, int] = {}

    def price(self, text: str) -> int:
        """A price's number. Raises ValueError for what is no plain decimal."""
        number = self._numbers.get(text)
        if number is None:
            if len(self._numbers) >= TEXTS_MAX:
                self._numbers.clear()
            number = self._numbers[text] = scaled.read(text, DECIMALS)
        return number

    def load(self, snapshot: Snapshot) -> None:
        """Begin anew with a snapshot. Raises ValueError for text that is no number."""
        self._numbers.clear()
        for half, rows in ((self.bids, snapshot.bids), (self.asks, snapshot.asks)):
            half.levels = {}
            for price, quantity in rows:
                if _amount(quantity):
                    half.levels[half.sign * self.price(price)] = quantity
            half.keys = sorted(half.levels)
            cut = 0 < snapshot.depth <= len(rows)
            half.floor = half.keys[0] if cut and half.keys else None
        self.version = snapshot.version
        self.time = snapshot.time

    def apply(self, change: Change) -> None:
        """Take a change in. Raises ValueError, with the book half changed."""
        if change.bids:
            self._apply(self.bids, change.bids)
        if change.asks:
            self._apply(self.asks, change.asks)
        self.version = change.last
        self.time = change.time

    def _apply(self, half: Half, rows: Sequence[Text]) -> None:
        levels, keys, sign, numbers = half.levels, half.keys, half.sign, self._numbers
        for price, quantity in rows:
            number = numbers.get(price)
            key = sign * (self.price(price) if number is None else number)
            digits = quantity.replace(".", "", 1)
            if not (digits.isdecimal() and digits.isascii()):
                raise ValueError(f"not a plain decimal: {quantity!r}")
            if digits[0] == "0" and not digits.strip("0"):
                if levels.pop(key, None) is not None:
                    del keys[bisect_left(keys, key)]
            elif key in levels:
                levels[key] = quantity
            else:
                levels[key] = quantity
                insort(keys, key)

    @property
    def crossed(self) -> bool:
        """Whether somebody would buy for more than somebody sells."""
        bids, asks = self.bids.keys, self.asks.keys
        return bool(bids and asks) and bids[-1] + asks[-1] >= 0


def _amount(text: str) -> bool:
    """Whether a quantity is more than 0. Raises ValueError for what is no plain decimal."""
    digits = text.replace(".", "", 1)
    if not (digits.isdecimal() and digits.isascii()):
        raise ValueError(f"not a plain decimal: {text!r}")
    return bool(digits.strip("0"))


# --- the machine --------------------------------------------------------------------------------


@unique
class BookState(StrEnum):
    """Whether a book may be looked at."""

    BUFFERING = "buffering"  # changes are kept, a snapshot is wanted
    LIVE = "live"


class Counts(Struct):
    """What has happened to a book since it began."""

    changes: int = 0
    gaps: int = 0
    duplicates: int = 0
    unreadable: int = 0
    crossed: int = 0
    mismatches: int = 0
    """Checksums that were not those of the venue."""
    disconnects: int = 0
    snapshots: int = 0
    refused: int = 0
    """Snapshots that were older than what could be joined."""
    resyncs: int = 0
    """How often it went live again after it had been."""


class StaleBook(TradewindError):
    """The book is not continuous now; nothing of it is shown."""


class Sync:
    """One book kept in step. Give it all that comes, in the order it comes; ``now`` in ns."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.state = BookState.BUFFERING
        self.counts = Counts()
        self.why = "there is no snapshot yet"
        self.changed = 0
        """When it was last told anything that it took, on the caller's clock."""
        self._book = Book()
        self._buffer: deque[Change] = deque()
        self._fresh = False
        self._ignored = 0
        self._was_live = False

    # what comes

    def change(self, change: Change, now: int) -> bool:
        """Take a change. False when it leaves the book without continuity."""
        if self.state is not BookState.LIVE:
            self._keep(change)
            return False
        book = self._book
        step = self.rules.follows(book.version, self._fresh, change)
        if step is Step.APPLY:
            if not self._take(change):
                return False
            self.changed = now
            return True
        if step is Step.OLD:
            return self._old(change)
        self.counts.gaps += 1
        self._stop(f"{change.first} came after {book.version}")
        self._keep(change)
        return False

    def snapshot(self, snapshot: Snapshot, now: int) -> bool:
        """Take a snapshot and replay what was kept. False when they do not join: fetch another."""
        self.counts.snapshots += 1
        book = Book()
        try:
            book.load(snapshot)
        except ValueError as error:
            self.counts.unreadable += 1
            self.why = str(error)
            return False
        kept = self._later(snapshot.version)
        if kept and self.rules.follows(snapshot.version, True, kept[0]) is not Step.APPLY:
            self.counts.refused += 1
            self.why = f"the snapshot {snapshot.version} is older than {kept[0].first}"
            return False
        self._book, self._buffer, self._fresh, self._ignored = book, deque(), True, 0
        self.state = BookState.LIVE
        if not self._checked(snapshot.checksum):
            return False
        for change in kept:
            if not self.change(change, now):
                return False
        self.changed = now
        self.counts.resyncs += self._was_live
        self._was_live = True
        self.why = ""
        return True

    def unreadable(self, why: str) -> None:
        """A message could not be read; it may have been a change."""
        self.counts.unreadable += 1
        self._stop(why)

    def disconnected(self) -> None:
        """The connection is gone, and with it what would have come."""
        self.counts.disconnects += 1
        self._stop("the connection was lost")

    def restart(self, why: str) -> None:
        """Somebody found that the book is wrong, or may be."""
        self._stop(why)

    # what is shown

    @property
    def is_live(self) -> bool:
        """Whether the book is what the venue has told, without a hole."""
        return self.state is BookState.LIVE

    @property
    def wants_snapshot(self) -> bool:
        """Whether it waits for one."""
        return self.state is not BookState.LIVE

    @property
    def is_thin(self) -> bool:
        """Whether a side that was cut has few levels left that are known."""
        if self.state is not BookState.LIVE:
            return False
        book = self._book
        return any(
            half.floor is not None and half.known() < THIN for half in (book.bids, book.asks)
        )

    @property
    def book(self) -> Book:
        """The levels. Raises StaleBook."""
        if self.state is not BookState.LIVE:
            raise StaleBook(self.why)
        return self._book

    def age(self, now: int) -> int:
        """Nanoseconds since the book last changed. Raises StaleBook."""
        if self.state is not BookState.LIVE:
            raise StaleBook(self.why)
        return now - self.changed

    # inside

    def _keep(self, change: Change) -> None:
        """Hold a change for the snapshot; only what goes on without a hole is worth holding."""
        buffer = self._buffer
        if buffer:
            last = buffer[-1]
            step = self.rules.follows(last.last, False, change)
            if step is Step.OLD:
                self._ignored += 1
                self.counts.duplicates += 1
                if self._ignored <= IGNORED_MAX:
                    return
            if step is not Step.APPLY:
                buffer.clear()
        self._ignored = 0
        if len(buffer) >= BUFFER_MAX:
            buffer.popleft()
        buffer.append(change)

    def _later(self, version: int) -> list[Change]:
        """What was kept and is not in a snapshot of that number already."""
        follows = self.rules.follows
        kept = list(self._buffer)
        while kept and follows(version, True, kept[0]) is Step.OLD:
            del kept[0]
        return kept

    def _take(self, change: Change) -> bool:
        book = self._book
        try:
            book.apply(change)
        except ValueError as error:
            self.counts.unreadable += 1
            self._stop(str(error))
            return False
        self._fresh = False
        self._ignored = 0
        self.counts.changes += 1
        if book.crossed:
            self.counts.crossed += 1
            self._stop("the best bid is above the best ask")
            return False
        return change.checksum is None or self._checked(change.checksum)

    def _checked(self, checksum: int | None) -> bool:
        compute = self.rules.checksum
        if checksum is None or compute is None or compute(self._book) == checksum:
            return True
        self.counts.mismatches += 1
        self._stop("the checksum is not the venue's")
        return False

    def _old(self, change: Change) -> bool:
        self.counts.duplicates += 1
        self._ignored += 1
        if self._ignored <= IGNORED_MAX:
            return True
        self.counts.gaps += 1
        self._stop(f"the venue counts from {change.last} again")
        self._keep(change)
        return False

    def _stop(self, why: str) -> None:
        self.state = BookState.BUFFERING
        self.why = why
        self._buffer.clear()
        self._ignored = 0


# --- showing and comparing ----------------------------------------------------------------------


def levels(half: Half, count: int | None = None) -> tuple[Level, ...]:
    """The best levels of a side, best first."""
    return tuple(
        Level(Decimal(scaled.write_short(abs(key), DECIMALS)), Decimal(quantity))
        for key, quantity in half.top(count)
    )


def picture(book: Book, instrument: str, count: int | None = None) -> OrderBook:
    """The book as a value that does not change."""
    return OrderBook(
        instrument, levels(book.bids, count), levels(book.asks, count), book.version, book.time
    )


class Difference(Struct, frozen=True):
    """A price at which two books do not agree; None where there is no such level."""

    side: str
    price: Decimal
    here: Decimal | None
    there: Decimal | None


def differences(here: Book, there: Book) -> list[Difference]:
    """Where two books of the same number differ, as far as both know the prices."""
    found: list[Difference] = []
    sides: Iterable[tuple[str, Half, Half]] = (
        ("bid", here.bids, there.bids),
        ("ask", here.asks, there.asks),
    )
    for side, mine, theirs in sides:
        floors = [half.floor for half in (mine, theirs) if half.floor is not None]
        floor = max(floors) if floors else None
        for key in sorted(mine.levels.keys() | theirs.levels.keys(), reverse=True):
            if floor is not None and key < floor:
                break
            one, other = (_quantity(half.levels.get(key)) for half in (mine, theirs))
            if one != other:
                price = Decimal(scaled.write_short(abs(key), DECIMALS))
                found.append(Difference(side, price, one, other))
    return found


def _quantity(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
