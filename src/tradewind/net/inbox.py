"""A bounded queue of messages between a socket and one reader, or a reader without a queue."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from enum import StrEnum, unique
from typing import NoReturn

from msgspec import Struct

from .wire import Closed, CloseReason


@unique
class WhenFull(StrEnum):
    """What happens when the reader falls too far behind."""

    PAUSE = "pause"  # stop reading the socket: nothing is lost here, the venue sees us as slow
    CLOSE = "close"  # close with 1008: never silently stale


class Bound(Struct, frozen=True):
    """How much may wait: whichever is reached first. 10,000 messages are some seconds of the
    busiest stream; reading goes on at half of it.
    """

    messages: int = 10_000
    bytes: int = 64 << 20
    when_full: WhenFull = WhenFull.PAUSE


class Inbox:
    """Messages that wait for ``get``. ``pause`` and ``resume`` act on the socket."""

    def __init__(self, bound: Bound, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self.closed: CloseReason | None = None
        self.paused = False
        self._bound = bound
        self._pause = pause
        self._resume = resume
        self._messages: deque[bytes] = deque()
        self._bytes = 0
        self._reader: asyncio.Future[None] | None = None
        self._take: Callable[[bytes], None] | None = None
        self._failed: BaseException | None = None

    def put(self, message: bytes) -> bool:
        """Queue a message; False when that is beyond the bound and the policy is to close."""
        if self._take is not None and self._give(self._take, message):
            return True
        self._messages.append(message)
        self._bytes += len(message)
        self._wake()
        bound = self._bound
        if len(self._messages) >= bound.messages or self._bytes >= bound.bytes:
            if bound.when_full is WhenFull.CLOSE:
                return False
            if not self.paused:
                self.paused = True
                self._pause()
        return True

    async def get(self) -> bytes:
        """The oldest message. Raises Closed when there is none and will be none."""
        while not self._messages:
            if self.closed is not None:
                raise Closed(self.closed)
            await self._wait()
        message = self._messages.popleft()
        self._bytes -= len(message)
        if self.paused and self._has_room():
            self.paused = False
            self._resume()
        return message

    async def each(self, take: Callable[[bytes], None]) -> NoReturn:
        """Call ``take`` with every message, at once when it comes and in our context. Raises Closed
        after the last one, and what ``take`` raises; what comes later waits for ``get``.
        """
        while self._messages:
            take(await self.get())
        if self.closed is None:
            run = copy_context().run
            self._take = lambda message: run(take, message)
            try:
                await self._wait()
            finally:
                self._take = None
                failed, self._failed = self._failed, None
            if failed is not None:
                raise failed
        raise Closed(self.closed or CloseReason(1006))

    def _give(self, take: Callable[[bytes], None], message: bytes) -> bool:
        """Whether the reader has it."""
        reader = self._reader
        if reader is None or reader.done():
            return False
        try:
            take(message)
        except BaseException as error:  # noqa: BLE001  (it is raised where ``each`` is awaited)
            self._failed = error
            self._wake()
        return True

    def close(self, why: CloseReason) -> None:
        """Nothing more will come. The first reason stays."""
        if self.closed is None:
            self.closed = why
        self._wake()

    def _has_room(self) -> bool:
        bound = self._bound
        return 2 * len(self._messages) <= bound.messages and 2 * self._bytes <= bound.bytes

    async def _wait(self) -> None:
        if self._reader is not None:
            raise RuntimeError("a WebSocket has one reader")
        self._reader = asyncio.get_running_loop().create_future()
        try:
            await self._reader
        finally:
            self._reader = None

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
