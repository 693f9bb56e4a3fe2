"""The client without ``await``: for notebooks and scripts.

    from tradewind import sync

    with sync.connect("...", env="local") as venue:
        print(venue.fetch_ticker("BTC/USDT").last)
        for trade in venue.stream_trades("BTC/USDT"):
            ...

Everything the venue has is here under the same name. It runs on a loop in a thread of its own, so
it works where another loop is running already; streams are iterators, a book is a ``with`` block.
"""

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from ..model import NotSent
from . import venue as client
from .books import LiveBook
from .market import Market

NOT_YET = "the venue is not open yet; use it within: with sync.connect(...) as venue"
CLOSED = "the venue is closed; for another one call sync.connect again"


class Loop:
    """A loop in a thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="tradewind", daemon=True
        )
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run something to its end. An interrupt of the caller ends it too."""
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """End what still runs, and the thread."""
        with suppress(RuntimeError):
            self.run(_end_all())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


async def _end_all() -> None:
    own = asyncio.current_task()
    rest = [task for task in asyncio.all_tasks() if task is not own]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()


def connect(venue: str, **settings: Any) -> "Venue":
    """A venue, to be used with ``with``; takes what ``tradewind.connect`` takes."""
    return Venue(venue, settings)


class Face:
    """Something of the client, asked from outside its loop."""

    def __init__(self, loop: Loop, inner: Any) -> None:
        self._loop = loop
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        loop: Loop = self._loop

        async def look() -> Any:
            return getattr(self._inner, name)

        found = loop.run(look())
        if not callable(found) or isinstance(found, type):
            return _outside(loop, found)

        def ask(*arguments: Any, **named: Any) -> Any:
            async def invoke() -> Any:
                answer = found(*arguments, **named)
                return await answer if inspect.isawaitable(answer) else answer

            return _outside(loop, loop.run(invoke()))

        ask.__name__, ask.__doc__ = name, found.__doc__
        return ask

    def __dir__(self) -> list[str]:
        return [name for name in dir(self._inner) if not name.startswith("_")]

    def __repr__(self) -> str:
        return f"sync {self._inner!r}"


class Venue(Face):
    """A venue, open while its ``with`` block runs."""

    def __init__(self, name: str, settings: dict[str, Any]) -> None:
        self._name, self._settings = name, settings
        self._not_open = NOT_YET
        self._inner: Any = None

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and self._not_open:
            raise NotSent(self._not_open)
        return super().__getattr__(name)

    def __repr__(self) -> str:
        return f"sync {self._name}, not open" if self._not_open else super().__repr__()

    def __enter__(self) -> Self:
        """Open it."""
        if self._not_open != NOT_YET:
            raise NotSent("a venue is opened once: " + (self._not_open or "it is open already"))
        super().__init__(Loop(), None)

        async def enter() -> client.Venue:
            return await client.connect(self._name, **self._settings).__aenter__()

        try:
            self._inner = self._loop.run(enter())
        except BaseException:
            self._loop.close()
            raise
        self._not_open = ""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self._not_open = CLOSED
        try:
            self._loop.run(self._inner.__aexit__(kind, error, trace))
        finally:
            self._loop.close()


class Block:
    """An ``async with`` as a ``with``."""

    def __init__(self, loop: Loop, inner: Any) -> None:
        self._loop = loop
        self._inner = inner

    def __enter__(self) -> Any:
        return _outside(self._loop, self._loop.run(self._inner.__aenter__()))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Any:
        return self._loop.run(self._inner.__aexit__(kind, error, trace))


class Events:
    """An ``async for`` as a ``for``."""

    def __init__(self, loop: Loop, inner: AsyncIterator[Any]) -> None:
        self._loop = loop
        self._inner = inner

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        async def following() -> Any:
            return await anext(self._inner)

        try:
            return _outside(self._loop, self._loop.run(following()))
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        """End the stream."""
        aclose = getattr(self._inner, "aclose", None)
        if aclose is not None:
            self._loop.run(aclose())


def _outside(loop: Loop, value: Any) -> Any:
    """What can be used outside of the loop: values as they are, live things behind a face."""
    if isinstance(value, LiveBook | Market):
        return Face(loop, value)
    if hasattr(value, "__anext__"):
        return Events(loop, value)
    if hasattr(value, "__aenter__") and not isinstance(value, client.Venue):
        return Block(loop, value)
    return value
