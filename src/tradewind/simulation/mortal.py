"""One life of the client, which may end between any two of its steps.

A step is everything a task of the client does between two awaits, and every place where it writes
its journal or its wire. When a life ends nothing of it runs any more, not even ``finally``: what it
has written and sent is all that is left, as after ``kill -9``.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from contextvars import Context, ContextVar
from types import TracebackType
from typing import Any

NOBODY = Context()
"""For what is nobody's life: the venue's own tasks."""

_OURS: ContextVar["Life | None"] = ContextVar("life", default=None)


class Killed(BaseException):
    """Unwinds the code of a life that has just ended."""


class Life:
    """Everything that runs in it ends with it. ``told`` hears where it ended."""

    def __init__(self, number: int, told: Callable[[str], None]) -> None:
        self.number = number
        self.dead = False
        self.steps = 0
        self.fatal = 0
        """The step that may be the last one; 0 is none."""
        self.spared: Callable[[str], int] = lambda _: 0
        """Asked at that step, with the place: after how many more to ask again; 0 for death."""
        self._told = told
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._on_death: list[Callable[[], None]] = []

    def run(self, main: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Begin: this task and all that it makes belong to the life."""
        context = Context()
        context.run(_OURS.set, self)
        return asyncio.get_running_loop().create_task(main, context=context)

    def soon(self, call: Callable[[], None]) -> None:
        """Call it after the step that is running, outside of the life."""
        asyncio.get_running_loop().call_soon(call, context=NOBODY)

    def at_death(self, call: Callable[[], None]) -> None:
        """Do something when it ends: the system closes what a process had open."""
        self._on_death.append(call)

    def end(self, where: str) -> None:
        """End it now."""
        if self.dead:
            return
        self.dead = True
        self._told(where)
        for call in self._on_death:
            call()
        for task in tuple(self._tasks):
            task.cancel()
        self._tasks.clear()

    def at_risk(self, where: str) -> None:
        """End it, unless it is spared."""
        spared = self.spared(where)
        if spared:
            self.fatal = self.steps + spared
        else:
            self.end(where)

    def die(self, where: str) -> None:
        """End it from inside. Raises Killed."""
        self.end(where)
        raise Killed(where)

    def check(self) -> None:
        """Raise Killed when it has ended."""
        if self.dead:
            raise Killed("dead")

    def took(self, task: "asyncio.Task[Any]") -> None:
        """A task of this life."""
        self._tasks[task] = None
        task.add_done_callback(self._left, context=NOBODY)

    def _left(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.pop(task, None)


class Mortal(Coroutine[Any, Any, Any]):
    """A coroutine of a life, which goes on only while the life does."""

    __slots__ = ("_inner", "_life")

    def __init__(self, life: Life, inner: Coroutine[Any, Any, Any]) -> None:
        self._life = life
        self._inner = inner

    @property
    def cr_await(self) -> object:
        """What it waits for."""
        return self._inner.cr_await  # type: ignore[attr-defined]  # a coroutine has it

    @property
    def cr_frame(self) -> object:
        """Where it is."""
        return self._inner.cr_frame  # type: ignore[attr-defined]  # a coroutine has it

    def send(self, value: Any) -> Any:
        """One step."""
        life = self._life
        if not life.dead:
            life.steps += 1
            if life.steps == life.fatal:
                life.at_risk(f"await {where(self._inner)}")
        if life.dead:
            self._bury()
        try:
            return self._inner.send(value)
        except Killed:
            raise StopIteration(None) from None

    def throw(  # type: ignore[override]  # the old signature, as asyncio calls it
        self,
        kind: Any,
        value: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> Any:
        """One step that begins with an exception."""
        if self._life.dead:
            self._bury()
        try:
            return self._inner.throw(kind, value, trace)
        except Killed:
            raise StopIteration(None) from None

    def close(self) -> None:
        """End it."""
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._inner.__await__()

    def _bury(self) -> None:
        """Let go of the frames. What they do on the way out reaches nothing: wire and journal of
        a dead life are closed.
        """
        with suppress(RuntimeError, Killed):
            self._inner.close()
        raise StopIteration(None)


def tasks(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **more: Any
) -> "asyncio.Task[Any]":
    """The task factory of a simulation."""
    context: Context | None = more.get("context")
    life = _OURS.get() if context is None else context.get(_OURS)
    if life is None:
        return asyncio.Task(work, loop=loop, **more)
    task = asyncio.Task(Mortal(life, work), loop=loop, **more)
    life.took(task)
    return task


def where(coroutine: Any) -> str:
    """The innermost place of our own package that a coroutine waits at: ``orders.place:120``."""
    found = ""
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "ag_frame", None)
        if frame is not None:
            name = frame.f_globals.get("__name__", "")
            if name.startswith("tradewind.client"):
                found = f"{name.rpartition('.')[2]}.{frame.f_code.co_name}"
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "ag_await", None)
    return found or "outside"
