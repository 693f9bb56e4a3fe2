"""An event loop whose clock jumps: hours pass in milliseconds, in the same order every time.

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main())

Whenever nothing is ready to run, time jumps to the next timer. Timers of the same moment run in
the order they were set. There are no sockets and no threads here: what waits for one would wait
for ever, and is reported as a Deadlock.
"""

import asyncio
import heapq
import math
import selectors
from collections.abc import Callable, Mapping
from contextvars import Context
from itertools import count
from typing import Any

START_NS = 1_767_225_600_000_000_000
"""2026-01-01T00:00:00Z: wall time when a loop is made, unless told otherwise."""


class Deadlock(RuntimeError):
    """Nothing is scheduled, so nothing will ever happen again. The message says who waits."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop. ``time()`` begins at 0, ``wall_ns()`` at ``start_ns``."""

    def __init__(self, start_ns: int = START_NS) -> None:
        self._virtual = 0.0
        self._start_ns = start_ns
        self._order = count()
        super().__init__(_Jump(self))

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._virtual

    def monotonic_ns(self) -> int:
        """The same in ns, for what else would ask ``net.clock``."""
        return round(self._virtual * 1e9)

    def wall_ns(self) -> int:
        """Wall time in ns."""
        return self._start_ns + self.monotonic_ns()

    def call_at(  # type: ignore[override]  # the stub's TypeVarTuple says nothing more here
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Like asyncio's, except that timers of one moment keep the order they were set in:
        its heap compares moments only.
        """
        timer = _Timer(when, callback, args, self, context, next(self._order))
        heapq.heappush(self._timers(), timer)
        timer._scheduled = True  # type: ignore[attr-defined]  # as asyncio's call_at does
        return timer

    def jump(self) -> None:
        """Go to the next timer. Raises Deadlock when there is none."""
        timers = self._timers()
        if not timers:
            raise Deadlock(f"nothing is scheduled and these wait: {_who_waits(self)}")
        self._virtual = max(self._virtual, timers[0].when())
        # the loop runs what is due before time() + resolution, which must be a later moment
        self._clock_resolution = math.ulp(self._virtual)

    def _timers(self) -> list[asyncio.TimerHandle]:
        timers: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]  # private
        return timers


class _Timer(asyncio.TimerHandle):
    """A timer that knows how many were set before it."""

    __slots__ = ("order",)

    def __init__(
        self,
        when: float,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        loop: asyncio.AbstractEventLoop,
        context: Context | None,
        order: int,
    ) -> None:
        super().__init__(when, callback, args, loop, context)
        self.order = order

    def __lt__(self, other: Any) -> bool:
        here: float = self._when  # type: ignore[attr-defined]  # asyncio's own, read without a call
        there: float = other._when
        return here < there or (here == there and self.order < other.order)

    __hash__ = asyncio.TimerHandle.__hash__


class _Jump(selectors.BaseSelector):
    """Where the loop would wait for sockets, it jumps."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Take the loop's own wake-up pipe, which never fires, and nothing else."""
        if self._keys:
            raise RuntimeError("a virtual loop has no sockets; use net.memory")
        key = selectors.SelectorKey(fileobj, int(fileobj), events, data)
        self._keys[fileobj] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Forget it."""
        return self._keys.pop(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Jump when the loop would sleep."""
        if timeout is None or timeout > 0:
            self._loop.jump()
        return []

    def close(self) -> None:
        """Nothing is open."""

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """What is registered."""
        return self._keys


def _who_waits(loop: asyncio.AbstractEventLoop) -> str:
    return "; ".join(sorted(_where(task) for task in asyncio.all_tasks(loop))) or "nobody"


def _where(task: asyncio.Task[Any]) -> str:
    """The innermost coroutine that a task is in."""
    coroutine: Any = task.get_coro()
    while hasattr(getattr(coroutine, "cr_await", None), "cr_frame"):
        coroutine = coroutine.cr_await
    frame = getattr(coroutine, "cr_frame", None)
    if frame is None:
        return task.get_name()
    code = frame.f_code
    return f"{task.get_name()} in {code.co_qualname} ({code.co_filename}:{frame.f_lineno})"
