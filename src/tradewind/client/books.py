"""Books kept live: a stream of changes, snapshots when they are needed, and a check of both.

    stream begins -> snapshot -> LIVE --gap, cut, bad text--> stale -> snapshot -> LIVE ...

Nothing is shown of a book that is not continuous: every look at it raises ``StaleBook`` then.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from ..model import Level, OrderBook, OutcomeUnknown, Rejected, TradewindError
from ..protocol import books
from ..protocol.books import (
    Book,
    Change,
    Counts,
    Difference,
    Half,
    Rules,
    Snapshot,
    StaleBook,
    Sync,
)
from .clock import Clock

_log = logging.getLogger(__name__)

SECOND = 1_000_000_000

DEPTH = 1000
"""Levels of a snapshot unless told otherwise."""

REFUSED_WAIT = 0.1
"""Seconds until another snapshot is asked for when one was older than the stream; doubled."""

FAILED_WAIT = 0.5
"""The same when there was no answer; doubled."""

WAIT_MAX = 30.0

LOOK_EVERY = 128
"""Changes between two looks at how deep the book still is."""

SETTLE = 5.0
"""Seconds in which the stream must reach a snapshot that was taken later."""

Fetch = Callable[[int], Awaitable[Snapshot]]
"""Fetches a snapshot of that many levels."""


class Verified(Struct, frozen=True):
    """What a comparison with a snapshot found. ``version`` is the number both had; ``reached``
    False says that the stream did not come as far as the snapshot in time.
    """

    version: int
    compared: int
    differences: tuple[Difference, ...]
    reached: bool = True

    @property
    def is_right(self) -> bool:
        """Whether both were the same."""
        return self.reached and not self.differences


class LiveBook:
    """One instrument's book, as the stream tells it. ``streams.Listener``."""

    def __init__(
        self, instrument: str, rules: Rules, fetch: Fetch, clock: Clock, depth: int = DEPTH
    ) -> None:
        self.instrument = instrument
        self.depth = depth
        self._rules = rules
        self._fetch = fetch
        self._clock = clock
        self._sync = Sync(rules)
        self._shadow: Sync | None = None
        self._heard = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._syncing: asyncio.Task[None] | None = None
        self._looked = 0
        self._error: Exception | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self._best: dict[int, tuple[int, str, Level]] = {}

    # what is shown

    @property
    def is_live(self) -> bool:
        """Whether it is what the venue has told, without a hole."""
        return self._sync.is_live

    @property
    def why(self) -> str:
        """Why it is not live."""
        return self._sync.why

    @property
    def version(self) -> int:
        """The venue's number of it. Raises StaleBook."""
        return self._sync.book.version

    @property
    def time(self) -> int:
        """When the venue told it last, venue time in ns (0 for a snapshot). Raises StaleBook."""
        return self._sync.book.time

    @property
    def age_ns(self) -> int:
        """Since when it has not changed. Raises StaleBook."""
        return self._sync.age(self._clock.monotonic())

    @property
    def counts(self) -> Counts:
        """What has happened to it."""
        return self._sync.counts

    @property
    def raw(self) -> Book:
        """The levels as scaled integers and text, for those in a hurry. Raises StaleBook."""
        return self._sync.book

    @property
    def best_bid(self) -> Level | None:
        """The best bid; None when there is none. Raises StaleBook."""
        return self._first(self._sync.book.bids)

    @property
    def best_ask(self) -> Level | None:
        """The best ask; None when there is none. Raises StaleBook."""
        return self._first(self._sync.book.asks)

    @property
    def changed_ns(self) -> int:
        """When it changed last, monotonic. Raises StaleBook."""
        return -self._sync.age(0)

    def _first(self, half: Half) -> Level | None:
        """The best level, made anew only when it is another one: each order asks."""
        if not half.keys:
            return None
        key = half.keys[-1]
        quantity = half.levels[key]
        known = self._best.get(half.sign)
        if known is None or known[0] != key or known[1] != quantity:
            known = self._best[half.sign] = key, quantity, books.levels(half, 1)[0]
        return known[2]

    def bids(self, count: int | None = None) -> tuple[Level, ...]:
        """The best bids, best first, as deep as they are known. Raises StaleBook."""
        return books.levels(self._sync.book.bids, count)

    def asks(self, count: int | None = None) -> tuple[Level, ...]:
        """The best asks, best first, as deep as they are known. Raises StaleBook."""
        return books.levels(self._sync.book.asks, count)

    def picture(self, count: int | None = None) -> OrderBook:
        """The book as a value that does not change. Raises StaleBook."""
        return books.picture(self._sync.book, self.instrument, count)

    async def changed(self) -> None:
        """Wait for the next thing that happens to it, going stale included."""
        if self._error is not None:
            raise self._error
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    async def live(self, timeout: float | None = 30.0) -> None:
        """Wait until it is live. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while not self.is_live:
                await self.changed()

    async def verify(self, timeout: float = SETTLE) -> Verified:
        """Compare it with a new snapshot at the same number; a difference makes it stale.

        Raises StaleBook, and what fetching raises.
        """
        shadow = self._shadow = Sync(self._rules)
        try:
            async with asyncio.timeout(timeout + WAIT_MAX):
                while not shadow.snapshot(await self._fetch(self.depth), self._clock.monotonic()):
                    await asyncio.sleep(REFUSED_WAIT)
            reached = await self._together(shadow, timeout)
        finally:
            if self._shadow is shadow:
                self._shadow = None
        here, there = self._sync.book, shadow.book
        if not reached:
            self._restart(f"the stream stayed behind the snapshot {there.version}")
            return Verified(here.version, 0, (), reached=False)
        found = tuple(books.differences(here, there))
        if found:
            self._sync.counts.mismatches += 1
            self._restart(f"{len(found)} levels differ from a snapshot")
        compared = min(here.bids.known(), there.bids.known())
        compared += min(here.asks.known(), there.asks.known())
        return Verified(there.version, compared, found)

    # streams.Listener

    def take(self, events: tuple[Any, ...], now: int, /) -> None:
        """Changes came."""
        sync, shadow = self._sync, self._shadow
        change: Change
        for change in events:
            if not sync.change(change, now):
                self._want()
            if shadow is not None:
                shadow.change(change, now)
        self._looked += 1
        if self._looked >= LOOK_EVERY:
            self._looked = 0
            if sync.is_thin and shadow is None:
                self._spawn(self._deepen())
        if self._waiters:
            self._wake()

    def begun(self) -> None:
        """The stream is confirmed: whatever is asked for now can be joined."""
        self._heard = True
        self._want()

    def lost(self, why: str) -> None:
        """The stream is not heard."""
        self._heard = False
        self._sync.disconnected()
        self._sync.why = why
        self._stop()

    def spoiled(self, why: str) -> None:
        """A change could not be read."""
        self._sync.unreadable(why)
        self._stop()
        self._want()

    def failed(self, error: Exception) -> None:
        """There is no such stream."""
        self._heard = False
        self._error = error
        self._sync.restart(str(error))
        self._stop()

    async def behind(self) -> bool:
        """Whether a snapshot is ahead of a stream that has been silent."""
        if not self._sync.is_live:
            return False
        before = self._sync.book.version
        snapshot = await self._fetch(1)
        await asyncio.sleep(1.0)  # what was on its way when the snapshot was made is here by now
        return (
            self._sync.is_live and self._sync.book.version == before and snapshot.version > before
        )

    async def close(self) -> None:
        """Stop fetching."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # inside

    def _restart(self, why: str) -> None:
        _log.warning("book of %s: %s", self.instrument, why)
        self._sync.restart(why)
        self._want()
        self._wake()

    def _stop(self) -> None:
        """What is under way is of no use any more."""
        if self._syncing is not None:
            self._syncing.cancel()
            self._syncing = None
        if self._shadow is not None:
            self._shadow.disconnected()
        self._wake()

    def _want(self) -> None:
        """Fetch a snapshot, unless that is under way."""
        if self._heard and self._syncing is None and self._sync.wants_snapshot:
            self._syncing = self._spawn(self._resync(self._sync))

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _resync(self, sync: Sync) -> None:
        try:
            await self._fill(sync)
        finally:
            if self._syncing is asyncio.current_task():
                self._syncing = None
        self._wake()

    async def _fill(self, sync: Sync) -> None:
        """Fetch snapshots until one joins."""
        refused, failed = REFUSED_WAIT, FAILED_WAIT
        while sync.wants_snapshot:
            try:
                snapshot = await self._fetch(self.depth)
            except (TradewindError, OutcomeUnknown) as error:
                if isinstance(error, Rejected) and error.status in (400, 404):
                    self.failed(error)
                    return
                sync.why = f"no snapshot: {error}"
                await asyncio.sleep(failed)
                failed = min(2 * failed, WAIT_MAX)
                continue
            if not sync.snapshot(snapshot, self._clock.monotonic()):
                await asyncio.sleep(refused)
                refused = min(2 * refused, WAIT_MAX)

    async def _deepen(self) -> None:
        """Replace a book that knows few levels by a deeper one, without a moment between."""
        shadow = self._shadow = Sync(self._rules)
        await self._fill(shadow)
        if self._shadow is shadow and self._sync.is_live and shadow.is_live:
            counts = self._sync.counts
            counts.snapshots += shadow.counts.snapshots
            counts.refused += shadow.counts.refused
            if await self._together(shadow, SETTLE):
                shadow.counts = counts
                self._sync = shadow
        if self._shadow is shadow:
            self._shadow = None

    async def _together(self, shadow: Sync, timeout: float) -> bool:
        """Wait until both books have the same number. Raises StaleBook."""
        try:
            async with asyncio.timeout(timeout):
                while self._sync.book.version != shadow.book.version:
                    await self.changed()
        except TimeoutError:
            return False
        return True

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


__all__ = ["DEPTH", "LiveBook", "StaleBook", "Verified"]
