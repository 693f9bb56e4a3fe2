"""Keeping within a venue's limits without wasting them, together with other processes (pure).

    charges of a request --> wait_until --> take --> (the request leaves) --> answer: learn, refund

All state is one array of 64-bit integers, so that it can lie in a file that the processes of a
user share (``client.budget``) or in memory. A limit has a *slot* in it; every process is a
*holder* with a cell per slot.

*Leases.* Asking the others for every single request would cost a lock each time. So a holder takes
a little more than it needs out of the slot (a lease), writes down what it has spent of it before
it spends, and needs no lock for that. A lease ends after a second; what is left of it goes back to
the slot, and also when its holder is found dead.

*Windows* that are aligned to the clock are counted in venue time. Near their edge nobody can know
in which of two a request will arrive; nothing leaves there (``Edges``).

*Strangers.* If the venue says that more has been used than all holders have spent, somebody else
behind the same address uses the limit as well. What they have used is theirs, and some more.

*Order.* The last part of a limit is kept for what matters most: cancel > amend > new > query.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import IntEnum, unique
from hashlib import blake2b
from typing import Protocol

from msgspec import Struct

from .limits import SECOND, Limit, Scope, Shape
from .messages import HttpResponse
from .operations import Operation

HOLDERS = 64
"""Processes of one user that share a budget."""

SLOTS = 48
"""Limits in one file: a venue has 2 to 8, times the accounts of the user."""

LEASE = SECOND
"""How long a lease lives without being renewed."""

SLACK = SECOND // 10
"""Spending ends so long before a lease does, and taking it back begins so long after: two
processes' ideas of the time, and of a write, are well within it."""

LEASED = 20
"""One lease is at most a twentieth of a limit."""

CEDE = 50
"""What strangers have used is left to them once more, for what they do until the next answer: at
most this part (a fiftieth) of the limit."""

MICRO = 1_000_000
"""Buckets and decays count in millionths."""

PIECES = 128
"""A sliding window is kept in so many pieces, and forgets one at a time. They cover the window
twice, or what may be on its way besides (``LATE_MAX``) if that is longer."""

LATE_MAX = 7 * SECOND // 2
"""How much later than another a request that left with it may arrive, clocks included: the most
that ``client.budget`` reckons with."""

REAP_EVERY = SECOND // 2
"""How often somebody looks whether the holders are alive."""


class Words(Protocol):
    """The array: a ``memoryview`` of 64-bit integers, or a list."""

    def __getitem__(self, at: int, /) -> int: ...

    def __setitem__(self, at: int, value: int, /) -> None: ...


Charge = tuple[str, int]
"""A limit's name, and how much of it."""


@unique
class Priority(IntEnum):
    """What goes first."""

    CANCEL = 0
    AMEND = 1
    NEW = 2
    QUERY = 3


SHARES = {Priority.CANCEL: 100, Priority.AMEND: 98, Priority.NEW: 97, Priority.QUERY: 96}
"""Percent of a limit that each may use: the rest is kept for those before it."""


class Edges(Struct, frozen=True):
    """ns before and after the edge of a window in which nothing leaves: ``before`` is how long a
    request may be on its way, ``after`` how wrong the clock may be.
    """

    before: int = 0
    after: int = 0


class Pause(Struct, frozen=True):
    """The venue refuses for a while: one limit ("" is everything), until venue time ns."""

    limit: str
    until: int


class PacingRules(Protocol):
    """What ``venues/X/limits`` says about pacing: as ``PACING`` of that module."""

    limits: Sequence[Limit]

    def charges(self, operation: Operation, sent: Mapping[str, str]) -> Sequence[Charge]:
        """What a request costs when it is sent."""

    def refunds(
        self, operation: Operation, sent: Mapping[str, str], response: HttpResponse
    ) -> Sequence[Charge]:
        """What an answer gives back of it."""

    def said(self, response: HttpResponse) -> Sequence[Charge]:
        """What the venue says has been used."""

    def pause(self, response: HttpResponse, now: int) -> Pause | None:
        """For how long it refuses."""

    def priority(self, operation: Operation) -> Priority:
        """How much it matters."""


class Usage(Struct, frozen=True):
    """How much of a limit is used; ``resets`` in venue time ns where there are windows."""

    limit: Limit
    used: int
    strangers: int
    resets: int


# --- where things lie ---------------------------------------------------------------------------

_MAGIC = 0x7472616465770004
_HEAD = 8  # magic, last reap, pause of everything
_SLOT = 8 + PIECES  # key, window, taken, strangers, pause, time, level, -, pieces
_KEY, _WINDOW, _TAKEN, _STRANGERS, _PAUSE, _TIME, _LEVEL, _PIECES = 0, 1, 2, 3, 4, 5, 6, 8
_CELL = 4  # window, leased, spent, expires
_HOLDER = 2 + SLOTS * _CELL  # who, -, cells
_SLOTS_AT = _HEAD
_HOLDERS_AT = _SLOTS_AT + SLOTS * _SLOT
SIZE = _HOLDERS_AT + HOLDERS * _HOLDER
"""Words of the array."""


def fresh(words: Words) -> bool:
    """Whether the array has to be begun; an array of another version is begun anew."""
    if words[0] == _MAGIC:
        return False
    for at in range(SIZE):
        words[at] = 0
    words[0] = _MAGIC
    return True


def _digest(name: str, key: str) -> int:
    found = blake2b(f"{name}\0{key}".encode(), digest_size=8).digest()
    return int.from_bytes(found, "big", signed=True) or 1


class _Slot(Struct, frozen=True):
    limit: Limit
    at: int
    cell: int
    lease: int


class Pacer:
    """One holder's view of the array. ``now`` is venue time in ns everywhere.

    ``lock`` keeps the other holders out, ``own`` the other threads of this one; ``alive(n)`` says
    whether holder ``n`` still is.
    """

    def __init__(
        self,
        words: Words,
        holder: int,
        limits: Iterable[Limit],
        keys: Mapping[Scope, str],
        lock: Callable[[], AbstractContextManager[object]],
        alive: Callable[[int], bool],
        own: AbstractContextManager[object] | None = None,
    ) -> None:
        self._own: AbstractContextManager[object] = own or nullcontext()
        self._words = words
        self._holder = holder
        self._lock = lock
        self._alive = alive
        self._mine = _HOLDERS_AT + holder * _HOLDER
        self._slots: dict[str, _Slot] = {}
        with lock():
            for limit in limits:
                number = self._find(_digest(limit.name, keys.get(limit.scope, "")))
                lease = limit.limit // LEASED if limit.shape is Shape.FIXED_WINDOW else 0
                cell = self._mine + 2 + number * _CELL
                self._slots[limit.name] = _Slot(limit, _SLOTS_AT + number * _SLOT, cell, lease)

    def _find(self, key: int) -> int:
        words = self._words
        for number in range(SLOTS):
            at = _SLOTS_AT + number * _SLOT
            if words[at] in (0, key):
                words[at] = key
                return number
        raise ValueError(f"more than {SLOTS} limits share one budget")

    # asking

    def wait_until(
        self, charges: Sequence[Charge], priority: Priority, now: int, edges: Edges
    ) -> int:
        """Venue time at which this could leave if nothing else did; ``now`` when it can at once."""
        at = max(now, self._words[2])
        for _ in range(8):
            later = at
            for name, amount in charges:
                later = max(later, self._when(self._slots[name], amount, priority, at, edges))
            if later == at:
                break
            at = later
        return at

    def take(self, charges: Sequence[Charge], priority: Priority, now: int, edges: Edges) -> bool:
        """Spend all of it, or nothing. False when it has to wait."""
        words = self._words
        if now < words[2]:
            return False
        slots = [(self._slots[name], amount) for name, amount in charges if amount > 0]
        with self._own:
            for slot, amount in slots:
                if not self._held(slot, amount, now, edges):
                    break
            else:
                for slot, amount in slots:
                    words[slot.cell + 2] += amount
                return True
        return self._take_locked(slots, priority, now, edges)

    def usage(self, now: int) -> list[Usage]:
        """How all limits stand."""
        with self._lock():
            return [
                Usage(
                    slot.limit,
                    self._spent(slot, now),
                    self._strangers(slot, now),
                    _resets(slot.limit, now),
                )
                for slot in self._slots.values()
            ]

    # learning

    def give_back(self, charges: Sequence[Charge], window_at: int, now: int) -> None:
        """Something that was taken at ``window_at`` did not count after all."""
        for name, amount in charges:
            slot = self._slots[name]
            if slot.limit.shape is not Shape.FIXED_WINDOW:
                with self._lock():
                    _add(slot.limit, self._words, slot.at, -amount, now)
                continue
            window = now // slot.limit.per
            if window_at // slot.limit.per == window == self._words[slot.cell]:
                cell = self._words[slot.cell + 2]
                self._words[slot.cell + 2] = max(0, cell - amount)
                if amount > cell:
                    self._untake(slot, window, amount - cell)

    def credit(self, charges: Sequence[Charge], at: int, now: int) -> None:
        """Something that this holder has used counts no more since ``at``: never more than it has,
        and not again where the venue has told the count since.
        """
        words = self._words
        for name, amount in charges:
            slot = self._slots[name]
            cell, per = slot.cell, slot.limit.per
            told = words[slot.at + _TIME]
            if slot.limit.shape is not Shape.FIXED_WINDOW:
                with self._lock():
                    _add(slot.limit, words, slot.at, -amount, now)
            elif at // per == now // per == words[cell] and at > told:
                words[cell + 2] = max(0, words[cell + 2] - amount)

    def said(self, used: Sequence[Charge], now: int, alone: bool, edges: Edges) -> None:
        """The venue says that so much has been used. ``alone``: nothing is under way here."""
        for name, amount in used:
            slot = self._slots.get(name)
            if slot is None or slot.limit.shape is not Shape.FIXED_WINDOW:
                continue
            if _near_edge(slot.limit, now, Edges(0, edges.after + edges.before)):
                continue  # it may be about the window before
            with self._lock():
                self._roll(slot, now)
                words = self._words
                ours = self._spent(slot, now)
                if amount > ours + words[slot.at + _STRANGERS]:
                    words[slot.at + _STRANGERS] = amount - ours
                elif alone and amount < ours and self._only_one():
                    self._lower(slot, amount, now)

    def paused(self, pause: Pause, now: int) -> None:
        """The venue refuses."""
        slot = self._slots.get(pause.limit)
        with self._lock():
            if slot is None:
                self._words[2] = max(self._words[2], pause.until)
            else:
                self._roll(slot, now)
                self._words[slot.at + _PAUSE] = max(self._words[slot.at + _PAUSE], pause.until)

    def leave(self) -> None:
        """End being a holder: what was not spent goes back."""
        with self._lock():
            evict(self._words, self._holder)

    def reap(self, now: int) -> int:
        """Give back what dead holders had. How many were found."""
        with self._lock():
            return self._reap(now)

    # inside, without the lock

    def _when(self, slot: _Slot, amount: int, priority: Priority, now: int, edges: Edges) -> int:
        limit, words = slot.limit, self._words
        at = max(now, words[slot.at + _PAUSE])
        if limit.shape is not Shape.FIXED_WINDOW:
            cap = _share(limit, priority, amount)
            return max(at, _when(limit, words, slot.at, amount, cap, at, edges))
        at = _off_edge(limit, at, edges)
        window = at // limit.per
        free = self._free(slot, priority, amount) if words[slot.at + _WINDOW] == window else amount
        mine = self._unspent(slot, window, at)
        if words[slot.at + _WINDOW] > window or free + mine < amount:
            return (window + 1) * limit.per + edges.after
        return at

    def _held(self, slot: _Slot, amount: int, now: int, edges: Edges) -> bool:
        """Whether a lease of ours covers it."""
        limit, words, cell, at = slot.limit, self._words, slot.cell, slot.at
        per = limit.per
        return (
            words[cell] == now // per
            and words[cell + 1] - words[cell + 2] >= amount
            and now < words[cell + 3] - SLACK
            and words[at + _PAUSE] <= now
            and edges.after <= now % per < per - edges.before
            and words[at + _STRANGERS] == 0
            and limit.shape is Shape.FIXED_WINDOW
        )

    def _unspent(self, slot: _Slot, window: int, now: int) -> int:
        words, cell = self._words, slot.cell
        if words[cell] != window or now >= words[cell + 3] - SLACK:
            return 0
        return words[cell + 1] - words[cell + 2]

    def _free(self, slot: _Slot, priority: Priority, amount: int) -> int:
        """What nobody has taken of a priority's share."""
        words, limit = self._words, slot.limit
        strangers = words[slot.at + _STRANGERS]
        cap = _share(limit, priority, amount)
        if strangers:
            cap -= strangers + min(strangers, max(1, limit.limit // CEDE))
        return cap - words[slot.at + _TAKEN]

    # inside, with the lock

    def _take_locked(
        self,
        slots: Sequence[tuple[_Slot, int]],
        priority: Priority,
        now: int,
        edges: Edges,
    ) -> bool:
        words = self._words
        with self._lock():
            if now - words[1] >= REAP_EVERY or words[1] > now:
                self._reap(now)
            for slot, amount in slots:
                if slot.limit.shape is Shape.FIXED_WINDOW:
                    self._roll(slot, now)
                if self._when(slot, amount, priority, now, edges) > now:
                    return False
            for slot, amount in slots:
                self._spend(slot, amount, priority, now)
        return True

    def _spend(self, slot: _Slot, amount: int, priority: Priority, now: int) -> None:
        words, cell, limit = self._words, slot.cell, slot.limit
        if limit.shape is not Shape.FIXED_WINDOW:
            _add(limit, words, slot.at, amount, now)
            return
        window = now // limit.per
        if words[cell] != window:
            words[cell], words[cell + 1], words[cell + 2] = window, 0, 0
        need = amount - (words[cell + 1] - words[cell + 2])
        free = self._free(slot, priority, amount)
        more = 0 if words[slot.at + _STRANGERS] else min(slot.lease, free // (2 * self._living()))
        lease = max(0, need, min(more, free)) if need > 0 else 0
        words[slot.at + _TAKEN] += lease  # first: who dies in between has taken too much
        words[cell + 1] += lease
        words[cell + 2] += amount
        words[cell + 3] = now + LEASE

    def _roll(self, slot: _Slot, now: int) -> None:
        """Begin a new window, and take back leases that have ended."""
        words, window = self._words, now // slot.limit.per
        if words[slot.at + _WINDOW] < window:
            words[slot.at + _WINDOW] = window
            words[slot.at + _TAKEN] = words[slot.at + _STRANGERS] = 0
            return
        offset = slot.cell - self._mine
        for holder in range(HOLDERS):
            base = _HOLDERS_AT + holder * _HOLDER
            cell = base + offset
            left = words[cell + 1] - words[cell + 2]
            if words[base] and left > 0 and words[cell] == window:
                mine = holder == self._holder
                if now > words[cell + 3] + (-SLACK if mine else SLACK):
                    words[cell + 1] -= left
                    words[slot.at + _TAKEN] -= left

    def _untake(self, slot: _Slot, window: int, amount: int) -> None:
        with self._lock():
            if self._words[slot.at + _WINDOW] == window:
                taken = self._words[slot.at + _TAKEN]
                self._words[slot.at + _TAKEN] = max(0, taken - amount)

    def _spent(self, slot: _Slot, now: int) -> int:
        """What all holders have spent: taken, less what lies unspent in leases."""
        words, limit = self._words, slot.limit
        if limit.shape is not Shape.FIXED_WINDOW:
            return _level(limit, words, slot.at, now)
        window = now // limit.per
        if words[slot.at + _WINDOW] != window:
            return 0
        offset, spent = slot.cell - self._mine, words[slot.at + _TAKEN]
        for holder in range(HOLDERS):
            base = _HOLDERS_AT + holder * _HOLDER
            cell = base + offset
            if words[base] and words[cell] == window:
                spent -= words[cell + 1] - words[cell + 2]
        return spent

    def _strangers(self, slot: _Slot, now: int) -> int:
        current = self._words[slot.at + _WINDOW] == now // slot.limit.per
        return self._words[slot.at + _STRANGERS] if current else 0

    def _lower(self, slot: _Slot, amount: int, now: int) -> None:
        """The venue counts less than we do, and nothing is under way: it knows better."""
        words, cell = self._words, slot.cell
        left = max(0, words[cell + 1] - words[cell + 2])
        words[slot.at + _TAKEN] = amount + left
        words[slot.at + _STRANGERS] = 0
        words[slot.at + _TIME] = now

    def _living(self) -> int:
        words = self._words
        return sum(words[_HOLDERS_AT + n * _HOLDER] != 0 for n in range(HOLDERS)) or 1

    def _only_one(self) -> bool:
        return self._living() == 1

    def _reap(self, now: int) -> int:
        words = self._words
        words[1] = now
        found = 0
        for holder in range(HOLDERS):
            named = holder != self._holder and words[_HOLDERS_AT + holder * _HOLDER]
            if named and not self._alive(holder):
                evict(words, holder)
                found += 1
        return found


def register(words: Words, holder: int, who: int) -> None:
    """A holder begins; under the lock. ``who`` is not 0."""
    base = _HOLDERS_AT + holder * _HOLDER
    for at in range(base, base + _HOLDER):
        words[at] = 0
    words[base] = who


def evict(words: Words, holder: int) -> None:
    """A holder is dead: its leases go back, under the lock."""
    base = _HOLDERS_AT + holder * _HOLDER
    for number in range(SLOTS):
        cell, at = base + 2 + number * _CELL, _SLOTS_AT + number * _SLOT
        left = words[cell + 1] - words[cell + 2]
        if left > 0 and words[cell] == words[at + _WINDOW]:
            words[at + _TAKEN] -= left
        for word in range(_CELL):
            words[cell + word] = 0
    words[base] = 0


def holders(words: Words) -> dict[int, int]:
    """The holders that are written down: number and who."""
    found = {n: words[_HOLDERS_AT + n * _HOLDER] for n in range(HOLDERS)}
    return {number: who for number, who in found.items() if who}


# --- the shapes ---------------------------------------------------------------------------------


def _share(limit: Limit, priority: Priority, amount: int) -> int:
    """What a priority may use of a limit: never less than one request."""
    return max(limit.limit * SHARES[priority] // 100, min(amount, limit.limit))


def _off_edge(limit: Limit, at: int, edges: Edges) -> int:
    """The same moment, or the first after the edge that it is too near to."""
    inside = at % limit.per
    if inside < edges.after:
        return at - inside + edges.after
    if inside >= limit.per - edges.before:
        return at - inside + limit.per + edges.after
    return at


def _near_edge(limit: Limit, at: int, edges: Edges) -> bool:
    inside = at % limit.per
    return inside < edges.after or inside >= limit.per - edges.before


def _resets(limit: Limit, now: int) -> int:
    if limit.shape is Shape.FIXED_WINDOW:
        return (now // limit.per + 1) * limit.per
    return now + limit.per


def _level(limit: Limit, words: Words, at: int, now: int) -> int:
    """What counts as used now of a limit without aligned windows, rounded up."""
    if limit.shape is Shape.SLIDING_WINDOW:
        last = words[at + _TIME]
        oldest = max((now - limit.per) // _piece(limit), last - PIECES + 1)
        return sum(words[at + _PIECES + n % PIECES] for n in range(oldest, last + 1))
    gone = max(0, now - words[at + _TIME]) * limit.limit * MICRO // limit.per
    return -(-max(0, words[at + _LEVEL] - gone) // MICRO)


def _add(limit: Limit, words: Words, at: int, amount: int, now: int) -> None:
    """Use it. A bucket that is refilled and a counter that decays are the same seen from above:
    what has been used goes down by ``limit`` in ``per``.
    """
    if limit.shape is Shape.SLIDING_WINDOW:
        newest = now // _piece(limit)
        for number in range(max(words[at + _TIME] + 1, newest - PIECES + 1), newest + 1):
            words[at + _PIECES + number % PIECES] = 0
        words[at + _TIME] = max(newest, words[at + _TIME])
        where = at + _PIECES + newest % PIECES
        words[where] = max(0, words[where] + amount)
        return
    gone = max(0, now - words[at + _TIME]) * limit.limit * MICRO // limit.per
    level = max(0, words[at + _LEVEL] - gone)
    words[at + _LEVEL] = max(0, level + amount * MICRO)
    words[at + _TIME] = max(now, words[at + _TIME])


def _when(
    limit: Limit, words: Words, at: int, amount: int, cap: int, now: int, edges: Edges
) -> int:
    """When there is room for it in a limit without aligned windows."""
    if limit.shape is Shape.SLIDING_WINDOW:
        piece = _piece(limit)
        slack = edges.before + edges.after  # what was sent first may have arrived late
        moment = now
        for _ in range(PIECES + 2):
            if _level(limit, words, at, moment - slack) + amount <= cap:
                return moment
            moment = (moment - slack) // piece * piece + piece + slack
        return moment
    # What left in an interval arrives in one that may be shorter by the time on the way, in which
    # less is forgotten. Where that leaves less than this request, it waits longer than for nothing.
    gone = max(0, now - words[at + _TIME]) * limit.limit * MICRO // limit.per
    room = cap * MICRO + -edges.before * limit.limit * MICRO // limit.per - amount * MICRO
    over = max(min(0, room), words[at + _LEVEL] - gone) - room
    return now if over <= 0 else now - (-over * limit.per // (limit.limit * MICRO))


def _piece(limit: Limit) -> int:
    """How long a piece of a sliding window is."""
    return max(-(-2 * limit.per // PIECES), -(-(limit.per + LATE_MAX) // (PIECES - 2)))
