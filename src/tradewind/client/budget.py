"""The budget of a venue's limits, shared by all processes of the user through one file.

There is no service: the file is mapped into memory by everybody (``protocol.pacing`` says what is
in it), a byte of it is the lock, and each holder keeps another byte locked for as long as it lives.
The kernel lets go of both when a process dies, however it dies; so a dead holder is seen at the
next look, twice a second while anybody asks or waits.

Requests that have to wait stand in a queue by what they matter (cancel > amend > new > query) and
leave as soon as there is room; how long that will take can be asked.
"""

import asyncio
import fcntl
import mmap
import os
import stat
from bisect import insort
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from msgspec import Struct

from ..model import Misconfigured, NotSent
from ..protocol import pacing
from ..protocol.limits import Scope
from ..protocol.messages import HttpResponse
from ..protocol.operations import Operation
from ..protocol.pacing import (
    HOLDERS,
    SIZE,
    Charge,
    Edges,
    Pacer,
    PacingRules,
    Priority,
    Usage,
)
from .clock import Clock

MARGIN = 250_000_000
"""ns about the edge of a window in which nothing leaves, besides the time on the way."""

ROUND_TRIP = 50_000_000
"""What a request is taken to be on its way before one has come back."""

ROUND_TRIP_MAX = 2_000_000_000
"""The longest that is believed: a hanging answer says nothing about the way."""

ERROR_MAX = 1_000_000_000
"""The worst idea of the venue's time that is reckoned with: signed requests live on better ones,
and a short window must keep some room.
"""

LOOK = 0.4
"""Seconds between two looks at the file while somebody waits: what dead holders give back is
there within a second."""

WAITING_MAX = 10_000
"""Requests that wait; more is a runaway loop."""

FLIGHT = 30_000_000_000
"""ns after which an answer is not expected any more."""

LOCK_TRIES = 200_000
"""How often the lock is tried before something is wrong with it; it is held for microseconds."""

PATIENCE: Mapping[Priority, float] = {
    Priority.CANCEL: 30.0,
    Priority.AMEND: 30.0,
    Priority.NEW: 30.0,
    Priority.QUERY: 600.0,
}
"""Seconds that a request may have to wait; beyond it ``NotSent`` is raised at once."""


# --- the file -----------------------------------------------------------------------------------


class Shared:
    """The array in a file, and this process's place in it. One per file and process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _open(path)
        try:
            if os.fstat(self._file).st_size < SIZE * 8:
                os.ftruncate(self._file, SIZE * 8)
            self._map = mmap.mmap(self._file, SIZE * 8)
        except BaseException:
            os.close(self._file)
            raise
        self.words = memoryview(self._map).cast("q")
        self.own = Lock()
        self._pid = os.getpid()
        with self.lock():
            pacing.fresh(self.words)
            self.holder = self._enter()
        self.users = 0

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep all other processes and threads out; for microseconds."""
        with self.own, self._others():
            yield

    @contextmanager
    def _others(self) -> Iterator[None]:
        for _ in range(LOCK_TRIES):
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 0)
                break
            except OSError:
                os.sched_yield()
        else:
            raise NotSent(f"{self.path} is locked by a process that hangs")
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, 0)

    def alive(self, holder: int) -> bool:
        """Whether the process of a holder is there: it has its byte locked."""
        if holder == self.holder:
            return True
        if not self._claim(holder):
            return True
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, 1 + holder)
        return False

    def check(self) -> None:
        """Raise where a child process uses what its parent opened: its locks are not inherited."""
        if os.getpid() != self._pid:
            raise Misconfigured("a budget cannot be used after a fork; connect in the child")

    def close(self) -> None:
        """Let go of everything."""
        self.words.release()
        self._map.close()
        os.close(self._file)

    def _enter(self) -> int:
        """Take a place that nobody lives in."""
        for holder in range(HOLDERS):
            if self._claim(holder):
                pacing.evict(self.words, holder)
                pacing.register(self.words, holder, self._pid)
                return holder
        raise Misconfigured(f"more than {HOLDERS} processes share {self.path}")

    def _claim(self, holder: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 1 + holder)
        except OSError:
            return False
        return True


_OPENED: dict[Path, Shared] = {}
"""Locks belong to a process, and closing a file anywhere in it lets go of all of them: so every
file is opened once."""


def share(path: Path) -> Shared:
    """The file, opened once in this process."""
    found = _OPENED.get(path)
    if found is None or found._pid != os.getpid():
        found = _OPENED[path] = Shared(path)
    found.users += 1
    return found


def unshare(shared: Shared) -> None:
    """The last user closes it."""
    shared.users -= 1
    if shared.users == 0:
        if _OPENED.get(shared.path) is shared:
            del _OPENED[shared.path]
        shared.close()


def _open(path: Path) -> int:
    """Owner-only, no link."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        file = os.open(path, flags, 0o600)
    except OSError as error:
        raise Misconfigured(f"{path} cannot be opened: {error.strerror}") from None
    found = os.fstat(file)
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        os.close(file)
        raise Misconfigured(f"{path} is open to other users; run: chmod 600 {path}")
    return file


# --- the budget ---------------------------------------------------------------------------------


class Waiting(Struct, frozen=True):
    """A request that waits. ``seconds`` is how long it probably still has to."""

    operation: str
    priority: Priority
    since_ns: int
    seconds: float


class _Waiter:
    __slots__ = ("charges", "future", "key", "operation", "priority", "since")

    def __init__(
        self,
        operation: str,
        charges: Sequence[Charge],
        priority: Priority,
        number: int,
        since: int,
    ) -> None:
        self.operation = operation
        self.charges = charges
        self.priority = priority
        self.key = (priority, number)
        self.since = since
        self.future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __lt__(self, other: "_Waiter") -> bool:
        return self.key < other.key


class _Flight(Struct):
    """A request that has left: what it cost, when, and its place in the order of departure."""

    sent: Mapping[str, str]
    at: int
    left: int
    number: int


class Budget:
    """``protocol.asking.Pacing`` over a shared file, or over memory when there is no path.

    Times are the venue's, as well as ``clock`` knows them.
    """

    def __init__(
        self,
        rules: PacingRules,
        clock: Clock,
        *,
        path: Path | None = None,
        account: str = "",
        patience: Mapping[Priority, float] = PATIENCE,
    ) -> None:
        """``account`` tells apart the accounts of one user: the label of the key."""
        self.rules = rules
        self.refused = 0
        """Answers that said a limit was exceeded."""
        self._clock = clock
        self._patience = patience
        self._shared = None if path is None else share(path)
        keys = {Scope.ACCOUNT: account, Scope.KEY: account}
        if self._shared is None:
            words: Any = memoryview(bytearray(SIZE * 8)).cast("q")
            pacing.fresh(words)
            pacing.register(words, 0, 1)
            self._pacer = Pacer(words, 0, rules.limits, keys, nullcontext, _always)
        else:
            shared = self._shared
            self._pacer = Pacer(
                shared.words,
                shared.holder,
                rules.limits,
                keys,
                shared.lock,
                shared.alive,
                shared.own,
            )
        self._numbers = count(1)
        self._waiters: list[_Waiter] = []
        self._pump: asyncio.Task[None] | None = None
        self._nudge = asyncio.Event()
        self._flights: dict[str, deque[_Flight]] = {}
        self._last = 0
        self._trip = ROUND_TRIP
        self._edges: Edges | None = None
        self._edges_until = 0

    # protocol.asking.Pacing

    async def ready(self, operation: Operation, parameters: Mapping[str, str]) -> None:
        """Return when this may leave now. Raises NotSent when it would have to wait too long."""
        charges = self.rules.charges(operation, parameters)
        await self.admit(operation.name, charges, self.rules.priority(operation))
        self._depart(operation.name, parameters)

    def heard(self, operation: Operation, response: HttpResponse) -> None:
        """Learn from an answer."""
        now = self._clock.venue()
        flight = self._arrive(operation.name, now)
        if flight is not None:
            self._trip = max(min(now - flight.at, ROUND_TRIP_MAX), self._trip * 15 // 16)
            self._edges = None
            refunds = self.rules.refunds(operation, flight.sent, response)
            if refunds:
                self._pacer.give_back(refunds, flight.at, now)
        pause = self.rules.pause(response, now)
        if pause is not None:
            self.refused += 1
            self._pacer.paused(pause, now)
        said = self.rules.said(response)
        if said:
            last = flight is not None and flight.number == self._last
            self._pacer.said(said, now, last and not self._flights, self.edges())
        if self._waiters:
            self._nudge.set()

    # more

    async def admit(
        self, name: str, charges: Sequence[Charge], priority: Priority = Priority.QUERY
    ) -> None:
        """The same for anything that costs."""
        if self._shared is not None:
            self._shared.check()
        now, edges = self._clock.venue(), self.edges()
        if not self._waiters and self._pacer.take(charges, priority, now, edges):
            return
        wait = (self._pacer.wait_until(charges, priority, now, edges) - now) / 1e9
        if wait > self._patience[priority]:
            raise NotSent(f"{name} would have to wait {wait:.0f} s for a limit of the venue")
        if len(self._waiters) >= WAITING_MAX:
            raise NotSent(f"{WAITING_MAX} requests wait for the venue's limits already")
        await self._queue(_Waiter(name, charges, priority, next(self._numbers), now))

    async def connecting(self, door: str) -> None:
        """Return when a WebSocket may be opened."""
        connecting = getattr(self.rules, "connecting", None)
        if connecting is not None:
            await self.admit("connect", connecting(door))

    def filled(self, at: int) -> None:
        """An order of ours has got its first fill at venue time ns, for which some venues take it
        off their count of orders.
        """
        charges: Sequence[Charge] = getattr(self.rules, "filled", ())
        if charges:
            self._pacer.credit(charges, at, self._clock.venue())
            if self._waiters:
                self._nudge.set()

    def eta(self, operation: Operation, parameters: Mapping[str, str]) -> float:
        """Seconds until this could leave, as things stand."""
        now = self._clock.venue()
        charges, priority = (
            self.rules.charges(operation, parameters),
            self.rules.priority(operation),
        )
        at = self._pacer.wait_until(charges, priority, now, self.edges())
        return (at - now) / 1e9

    @property
    def waiting(self) -> list[Waiting]:
        """Who waits, in the order in which they will leave."""
        now, edges = self._clock.venue(), self.edges()
        found = []
        for waiter in self._waiters:
            at = self._pacer.wait_until(waiter.charges, waiter.priority, now, edges)
            seconds = (at - now) / 1e9
            found.append(Waiting(waiter.operation, waiter.priority, waiter.since, seconds))
        return found

    def usage(self) -> list[Usage]:
        """How the limits stand, all holders together."""
        return self._pacer.usage(self._clock.venue())

    def edges(self) -> Edges:
        """How near to the end of a window something may leave: it must arrive within it also if
        the way is longer than usual, or our idea of the venue's time is wrong.
        """
        now = self._clock.monotonic()
        if self._edges is None or now >= self._edges_until:
            error = self._clock.error_ns
            error = MARGIN // 2 if error is None else min(error, ERROR_MAX)
            after = max(MARGIN // 2, error + MARGIN // 10)
            self._edges = Edges(self._trip + MARGIN // 2, after)
            self._edges_until = now + 1_000_000_000
        return self._edges

    async def close(self) -> None:
        """Give back what was not spent."""
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
            self._pump = None
        if self._shared is not None:
            shared, self._shared = self._shared, None
            if shared.users == 1:
                self._pacer.leave()
            unshare(shared)

    # flights

    def _depart(self, name: str, sent: Mapping[str, str]) -> None:
        self._last = next(self._numbers)
        now = self._clock.venue()
        self._flights.setdefault(name, deque()).append(_Flight(sent, now, now, self._last))

    def _arrive(self, name: str, now: int) -> _Flight | None:
        """The flight that an answer belongs to: the oldest of its kind."""
        flights = self._flights.get(name)
        found = flights.popleft() if flights else None
        if flights is not None and not flights:
            del self._flights[name]
        if self._flights and self._last % 64 == 0:
            self._lose(now)
        return found

    def _lose(self, now: int) -> None:
        """Forget flights that never came back."""
        for name, flights in list(self._flights.items()):
            while flights and now - flights[0].at > FLIGHT:
                flights.popleft()
            if not flights:
                del self._flights[name]

    # the queue

    async def _queue(self, waiter: _Waiter) -> None:
        insort(self._waiters, waiter)
        self._nudge.set()
        if self._pump is None or self._pump.done():
            self._pump = asyncio.get_running_loop().create_task(self._pumping())
        try:
            await waiter.future
        except asyncio.CancelledError:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            raise

    async def _pumping(self) -> None:
        """Let go who may, until nobody waits."""
        while self._waiters:
            self._nudge.clear()
            wait = self._release()
            if not self._waiters:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0005, wait)):
                    await self._nudge.wait()

    def _release(self) -> float:
        """Who comes first leaves first; nobody passes one who waits for the same limit. Gives the
        seconds until the next may leave.
        """
        now, edges = self._clock.venue(), self.edges()
        blocked: set[str] = set()
        left: list[_Waiter] = []
        soonest = 1e9 if self._shared is None else LOOK  # nobody else can give anything back
        for waiter in self._waiters:
            if waiter.future.done():
                continue
            names = [name for name, _ in waiter.charges]
            free = not blocked.intersection(names)
            if free and self._pacer.take(waiter.charges, waiter.priority, now, edges):
                waiter.future.set_result(None)
                continue
            left.append(waiter)
            if free:
                at = self._pacer.wait_until(waiter.charges, waiter.priority, now, edges)
                soonest = min(soonest, (at - now) / 1e9)
                blocked.update(self._tight(waiter, now, edges))
            if blocked.issuperset(limit.name for limit in self.rules.limits):
                left += self._waiters[self._waiters.index(waiter) + 1 :]
                break
        self._waiters = left
        return soonest

    def _tight(self, waiter: _Waiter, now: int, edges: Edges) -> list[str]:
        """The limits that a waiter waits for."""
        return [
            name
            for name, amount in waiter.charges
            if self._pacer.wait_until(((name, amount),), waiter.priority, now, edges) > now
        ]


def _always(_: int) -> bool:
    return True
