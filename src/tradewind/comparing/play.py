"""Plays a venue's questions against the venue and a box, and gathers what differs.

    sides.Side (venue) --+
                         +--> differences --> Result
    sides.Side (box)   --+

Each question is put to both at once, one after the other. Whatever orders were opened at the venue
are cancelled at the end, also after an error or Ctrl-C, and nobody else's.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct, field

from ..model import TradewindError
from ..protocol.comparing import Questions, Step
from ..protocol.operations import Table, WebSocket
from .differences import Difference, Question, compare
from .masking import Mask
from .sides import Side, Silent, Stopped
from .streams import Place, compare_streams

STREAMS = "streams"
"""What public streams are called among operations."""

SILENT_MAX = 3
"""Questions in a row without an answer, after which the venue is taken to be gone."""

DENIED = frozenset({401, 403})
"""How a venue refuses a key that may not do what it asks for."""

TIDY_SECONDS = 30.0
"""For an unknown outcome to become known (a request is refused after some seconds) and cancels."""

TIDY_TRIES = 3


class LeftOut(Struct, frozen=True):
    """What was not compared, and why."""

    operation: str
    title: str
    why: str


class Result(Struct):
    """What came of it, as far as it came."""

    asked: int = 0
    differences: list[Difference] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    """What is still open at the venue, in sentences."""
    unfinished: str = ""


class Chosen(Struct, frozen=True):
    """What is to be played."""

    first: tuple[Step, ...]
    reading: tuple[Step, ...]
    rehearsals: tuple[Step, ...] = ()
    orders: tuple[Step, ...] = ()
    history: tuple[Step, ...] = ()
    """What the box alone does before it is read, so that its account has a past too."""
    streams: bool = True
    socket: bool = True

    @property
    def steps(self) -> tuple[Step, ...]:
        """All of them."""
        return (*self.first, *self.reading, *self.rehearsals, *self.orders)


def choose(
    asked: Questions, table: Table, *, key: bool, trade: bool, only: Sequence[str] = ()
) -> Chosen:
    """What to play: without a key only what is public, orders where they are wanted; ``only`` are
    the beginnings of operations' names.
    """

    def wanted(steps: Iterable[Step]) -> tuple[Step, ...]:
        return tuple(
            step
            for step in steps
            if step.operation in table.by_name
            and (not only or step.operation.startswith(tuple(only)))
        )

    private = key and not only
    return Chosen(
        first=tuple(step for step in asked.first if step.operation in table.by_name),
        reading=wanted((*asked.market, *(asked.account if key else ()))),
        rehearsals=wanted(asked.rehearsals) if key and trade else (),
        orders=asked.orders if private and trade else (),
        history=asked.orders if private else (),
        streams=not only or STREAMS in only,
        socket=any(isinstance(door, WebSocket) for row in table.rows for door in row.doors),
    )


class Player:
    """One comparison. ``told`` is called as it goes on, with the number of questions asked."""

    def __init__(
        self,
        venue: Side,
        box: Side,
        asked: Questions,
        table: Table,
        mask: Mask,
        told: Callable[[int], None],
    ) -> None:
        self.result = Result()
        self._venue, self._box = venue, box
        self._asked, self._table, self._mask = asked, table, mask
        self._told = told
        self._silent = 0

    async def play(self, chosen: Chosen, streams: tuple[Place, Place] | None) -> None:
        """Everything, as far as the venue lets us. What came of it is in ``result``."""
        try:
            if chosen.socket:
                await asyncio.gather(self._venue.open_line(), self._box.open_line())
            for step in chosen.first:
                await self._both(step)
            await self._give_box_a_past(chosen.history)
            for step in chosen.reading:
                await self._both(step)
            await self._trading(chosen)
            if streams is not None and chosen.streams:
                await self._streams(streams)
        except Stopped as stopped:
            self.result.unfinished = str(stopped)
        except asyncio.CancelledError:
            self.result.unfinished = "it was interrupted"
            raise
        finally:
            await asyncio.gather(self._venue.close(), self._box.close())

    async def _give_box_a_past(self, steps: Iterable[Step]) -> None:
        """Orders and trades of its own, under ids that are not used again."""
        memory = self._box.memory
        before = dict(memory)
        memory["run"] += "past"
        for step in steps:
            await self._box.ask(step)
        memory.clear()
        memory.update(before)

    async def _both(self, step: Step) -> None:
        """Over REST, and over the WebSocket where that is the same question."""
        await self._one(step)
        row = self._table.by_name[step.operation]
        over = any(isinstance(door, WebSocket) for door in row.doors)
        if step.twice and over and self._venue.line is not None:
            await self._one(step, "websocket")

    async def _trading(self, chosen: Chosen) -> None:
        """What only a key that may trade can ask: the first rehearsal tells whether it may."""
        for number, step in enumerate(chosen.rehearsals):
            status = await self._one(step)
            if number == 0 and status in DENIED:
                why = f"the key may not trade (status {status})"
                self.result.differences = [d for d in self.result.differences if not _of(step, d)]
                self.result.left_out.append(LeftOut("orders", "rehearsals and orders", why))
                return
        if chosen.orders:
            await self._orders(chosen.orders)

    async def _one(self, step: Step, over: str = "rest") -> int:
        """The status at the venue, 0 without an answer."""
        there, here = await asyncio.gather(self._venue.ask(step, over), self._box.ask(step, over))
        self.result.asked += 1
        self._told(self.result.asked)
        title = step.title if over == "rest" else f"{step.title} ({over})"
        if isinstance(there, Silent) or isinstance(here, Silent):
            sides = ((self._venue.name, there), (self._box.name, here))
            why = "; ".join(f"{name}: {s.why}" for name, s in sides if isinstance(s, Silent))
            self.result.left_out.append(LeftOut(step.operation, title, why))
            self._count_silence(there)
            return 0 if isinstance(there, Silent) else there.status
        self._silent = 0
        row = self._table.by_name[step.operation]
        question = Question(
            step.operation, title, self._asked.nature, self._mask, row.signed, over == "rest"
        )
        self.result.differences += compare(question, there, here)
        return there.status

    def _count_silence(self, there: object) -> None:
        gone = isinstance(there, Silent) and there.gone
        self._silent = self._silent + 1 if gone else 0
        if self._silent >= SILENT_MAX:
            assert isinstance(there, Silent)
            raise Stopped(f"{self._venue.name} does not answer any more: {there.why}")

    async def _orders(self, steps: Iterable[Step]) -> None:
        """Trade, and leave nothing open."""
        why = self._unable
        if why:
            self.result.left_out.append(LeftOut("orders", "all of them", why))
            return
        try:
            for step in steps:
                await self._one(step)
        finally:
            await self._tidy()

    @property
    def _unable(self) -> str:
        for side in (self._venue, self._box):
            if side.memory.get("unable"):
                return f"{side.name}: {side.memory['unable']}"
        return ""

    async def _tidy(self) -> None:
        """Cancel what is still open of this run, say what is left."""
        left = ["it could not be asked what is open"]
        try:
            async with asyncio.timeout(TIDY_SECONDS):
                left = await self._cancel_all_ours()
                for unknown in self._venue.venue.unknown:
                    await self._venue.venue.outcome(unknown.client_order_id)
                left = await self._cancel_all_ours()
        except (TradewindError, TimeoutError) as error:
            left.append(self._mask.clean(f"{type(error).__name__}: {error}"))
        for unknown in self._venue.venue.unknown:
            left.append(f"the outcome of a call of {unknown.operation} is not known")
        owed = self._asked.owed(self._venue.memory)
        self.result.open += [*left, *([owed] if owed else [])]

    async def _cancel_all_ours(self) -> list[str]:
        """Until nothing is open; gives what still is."""
        left: list[str] = []
        for _ in range(TIDY_TRIES):
            left = await self._cancel_ours()
            if not left:
                break
        return left

    async def _cancel_ours(self) -> list[str]:
        """One attempt; gives what was open before it."""
        venue, run = self._venue.venue, self._venue.memory["run"]
        found = await venue.fetch_open_orders(self._asked.instrument)
        ours = [order for order in found if order.client_order_id.startswith(run)]
        why: list[str] = []
        for order in ours:
            said = f"an order to {order.side} {self._asked.instrument} is open"
            try:
                await venue.cancel_order(order.instrument, order_id=order.order_id)
                why.append(said)
            except TradewindError as error:
                why.append(f"{said}, and its cancel failed: {self._mask.clean(str(error))}")
        return why

    async def _streams(self, places: tuple[Place, Place]) -> None:
        found, silent = await compare_streams(*places, self._asked, self._mask)
        self.result.differences += found
        self.result.left_out += [LeftOut(STREAMS, name, why) for name, why in silent]
        self.result.asked += len(self._asked.streams.names) + len(self._asked.streams.hello)


def _of(step: Step, found: Difference) -> bool:
    return (found.operation, found.title) == (step.operation, step.title)
