"""One WebSocket to the venue for requests and for what happens to the account.

Requests are numbered; an answer finds its request by the number, also a late one. When the
connection ends, what is under way has an unknown outcome.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from ..model import NotSent, OutcomeUnknown, Unreadable
from ..net.wire import Closed, WebSocketClient, Wire
from ..protocol.asking import Asked, Client, Reply, Told
from ..protocol.messages import HttpResponse

_log = logging.getLogger(__name__)

LATE_KEPT = 10_000
"""Requests given up on whose answer would still be recognised."""

PING_SECONDS = 10.0
PONG_SECONDS = 5.0
"""A peer that is gone without a word is noticed after both together."""

Late = Callable[[HttpResponse], None]


class Line:
    """Made by ``await Line.opened(...)``. ``heard`` takes private events, ``ended`` the end."""

    def __init__(
        self,
        client: Client,
        socket: WebSocketClient,
        heard: Callable[[list[Told]], None],
        ended: Callable[["Line", str], None],
    ) -> None:
        self._client = client
        self._socket = socket
        self._heard = heard
        self._ended = ended
        self._numbers = count(1)
        self._waiting: dict[str, asyncio.Future[HttpResponse]] = {}
        self._late: OrderedDict[str, Late] = OrderedDict()
        self._due: list[tuple[float, str]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._tasks = [
            asyncio.create_task(self._read(), name="line"),
            asyncio.create_task(self._ping(), name="line ping"),
        ]
        self._over = False

    @classmethod
    async def opened(
        cls,
        client: Client,
        wire: Wire,
        url: str,
        heard: Callable[[list[Told]], None],
        ended: Callable[["Line", str], None],
    ) -> "Line":
        """Connect. Raises NotSent, Rejected, Unreadable."""
        return cls(client, await wire.connect(url), heard, ended)

    @property
    def open(self) -> bool:
        """Whether requests may be sent."""
        return not self._over and self._socket.closed is None

    async def request(
        self, asked: Asked, now: int, timeout: float, late: Late | None = None
    ) -> tuple[bytes, HttpResponse]:
        """Send and wait. Raises NotSent, OutcomeUnknown; ``late`` gets an answer after that."""
        number = str(next(self._numbers))
        message = self._client.frame(asked, number, now)
        return message, await self._exchange(number, message, timeout, late)

    async def follow(self, now: int, timeout: float) -> HttpResponse:
        """Ask for the private stream."""
        number = str(next(self._numbers))
        return await self._exchange(number, self._client.follow(number, now), timeout, None)

    async def _exchange(
        self, number: str, message: bytes, timeout: float, late: Late | None
    ) -> HttpResponse:
        if not self.open:
            raise NotSent("the WebSocket for requests is not open")
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[HttpResponse] = loop.create_future()
        self._waiting[number] = waiter
        self._expect(number, loop.time() + timeout)
        try:
            self._socket.send(message)
            return await waiter
        except (TimeoutError, asyncio.CancelledError) as error:
            self._give_up(number, late)
            if isinstance(error, TimeoutError):
                raise OutcomeUnknown("no answer in time") from None
            raise
        finally:
            self._waiting.pop(number, None)

    def _expect(self, number: str, at: float) -> None:
        """Give up on a request at that time. One timer serves all: answers mostly come."""
        due = self._due
        while due and due[0][1] not in self._waiting:
            heappop(due)
        heappush(due, (at, number))
        if self._timer is None or self._timer.when() > at:
            self._watch()

    def _watch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(self._due[0][0], self._expire)

    def _expire(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        while self._due and (self._due[0][0] <= now or self._due[0][1] not in self._waiting):
            waiter = self._waiting.get(heappop(self._due)[1])
            if waiter is not None and not waiter.done():
                waiter.set_exception(TimeoutError())
        if self._due:
            self._watch()

    def _give_up(self, number: str, late: Late | None) -> None:
        if late is not None:
            self._late[number] = late
            while len(self._late) > LATE_KEPT:
                self._late.popitem(last=False)

    async def idle(self, timeout: float) -> None:
        """Wait until every request has its answer, for so long at most."""
        if self._waiting:
            await asyncio.wait(list(self._waiting.values()), timeout=timeout)

    async def close(self) -> None:
        """Close and wait until it is closed."""
        self._end("closed by us")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._socket.close()

    def drop(self) -> None:
        """Give the connection up: it is not trusted any more."""
        self._end("given up")

    async def _read(self) -> None:
        why = "closed"
        try:
            await self._socket.each(self._take)
        except Closed as closed:
            why = str(closed)
        except Exception as error:  # noqa: BLE001  (a line that nobody reads must not seem open)
            _log.exception("what came over the WebSocket for requests could not be taken")
            why = f"{type(error).__name__}: {error}"
        self._end(why)

    def _take(self, message: bytes) -> None:
        try:
            told = self._client.told(message)
        except Unreadable as error:
            _log.warning("unreadable: %s: %r", error, error.payload[:300])
            return
        if not isinstance(told, Reply):
            self._heard(told)
            return
        waiter = self._waiting.pop(told.identifier, None)
        late = self._late.pop(told.identifier, None)
        if waiter is not None and not waiter.done():
            waiter.set_result(told.response)
        elif late is not None:
            late(told.response)

    async def _ping(self) -> None:
        while self.open:
            await asyncio.sleep(PING_SECONDS)
            try:
                await self._socket.ping(timeout=PONG_SECONDS)
            except (TimeoutError, Closed):
                self._end("no pong")
                return

    def _end(self, why: str) -> None:
        if self._over:
            return
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lost = OutcomeUnknown(f"the connection was lost before the answer came: {why}")
        for waiter in self._waiting.values():
            if not waiter.done():
                waiter.set_exception(lost)
        self._waiting.clear()
        self._ended(self, why)
