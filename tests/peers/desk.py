"""A program that trades: the stories of a run, one of two policies, what it believes at the end.

    harness -> driver   {"rest": ..., "policy": ..., "stories": [...]}, then "go", "settle", "tell"
    driver -> harness   {"at": "ready"}, {"at": "done"}, {"at": "settled"}, {"at": "told", ...}

The policies are ours, not the libraries'. ``naive``: what raised is sent again. ``documented``:
what the library's manual, or the venue's, says is to be done after such an error.
"""

import asyncio
import json
import logging
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import msgspec
from tests.judges import guard

from .story import Spec, Story

TRIES = 5
PAUSE = 0.25
"""Seconds between two tries."""

EVERY = 0.08
"""Seconds from the begin of one story to the next: slower than any library's own pace."""

QUIET = 40.0
"""Seconds without faults at the end, the same for all: streams may come back, and what is unknown
may become known.
"""

LAST_WORDS = 2.0
"""Seconds in which a stream may still tell what happened before the venue was frozen."""

FINAL = frozenset({"filled", "cancelled", "expired", "rejected"})


MISTAKES = (AttributeError, NameError, TypeError, AssertionError)


class Seen(msgspec.Struct, frozen=True):
    """An order as somebody told it. ``status`` is a word of ``STATUS``, ``filled`` a decimal."""

    order_id: str
    status: str
    filled: Decimal


class GaveUp(Exception):
    """Every try raised: the program goes on without the order."""


class Unsure(Exception):
    """It may be there or not, and could not be found out."""


class Desk:
    """One program on one library. What a library offers is in its subclasses."""

    streams = False
    """Whether it follows a stream; else it asks at the end, whatever the policy."""

    def __init__(self, opened: dict[str, Any]) -> None:
        self.opened = opened
        self.orders: dict[tuple[str, str], list[Any]] = {}
        """Believed: status and filled quantity, by instrument and order id."""
        self.fills: Counter[tuple[str, str, str]] = Counter()
        """How often each execution was told: instrument, trade id, order id."""
        self.balances: dict[str, list[str]] = {}
        self.raised: Counter[str] = Counter()
        self.intents: dict[tuple[str, str], str] = {}
        """What it believes of each order it meant, by instrument and quantity."""

    # what a library has to offer

    async def open(self) -> None:
        """Connect, and follow the own orders where there is a stream."""

    async def place(self, order: Spec, name: str) -> Seen:
        """A new order; ``name`` is its client id, "" leaves that to the library."""
        raise LookupError("each driver has its own")

    async def find(self, order: Spec, name: str) -> Seen | None:
        """The order of a client id, None when the venue says that there is none."""
        raise LookupError("each driver has its own")

    async def look(self, instrument: str, order_id: str) -> Seen:
        """An order by its id."""
        raise LookupError("each driver has its own")

    async def cancel(self, instrument: str, order_id: str) -> Seen:
        """End it."""
        raise LookupError("each driver has its own")

    async def replace(self, old: str, order: Spec, name: str) -> Seen:
        """Cancel-replace; gives the new order."""
        raise LookupError("each driver has its own")

    def refused(self, error: Exception) -> bool:
        """Whether the library says that it did not happen."""
        raise LookupError("each driver has its own")

    async def refresh(self, instruments: list[str]) -> None:
        """Ask for the known orders, for all executions and for the balances."""

    async def settle(self) -> None:
        """Come to rest: nothing goes wrong any more."""
        await asyncio.sleep(self.opened["quiet"])

    async def close(self) -> None:
        """Let go of connections."""

    # what it believes

    def seen(self, instrument: str, told: Seen) -> Seen:
        """Take what an answer or a report says; an order only ever goes on."""
        known = self.orders.setdefault((instrument, told.order_id), ["open", Decimal(0)])
        if known[0] not in FINAL:
            known[0] = told.status
        known[1] = max(known[1], told.filled)
        return told

    def filled(self, instrument: str, trade_id: str, order_id: str) -> None:
        """An execution was told. By its id a careful program counts it once."""
        key = (instrument, trade_id, order_id)
        self.fills[key] = 1 if self.opened["policy"] == "documented" else self.fills[key] + 1

    def known_fills(self, instrument: str, rows: list[tuple[str, str]]) -> None:
        """All executions were asked for: those that are not known yet are taken."""
        for trade_id, order_id in rows:
            self.fills.setdefault((instrument, trade_id, order_id), 1)

    async def again_and_again(self, watch: Callable[[], Awaitable[None]]) -> None:
        """Watch a stream; open it anew when it raised, as every bot does."""
        while True:
            try:
                await watch()
            except Exception as error:  # noqa: BLE001  # whatever a library raises is its word
                self.note(error)
                await self.reopened()
            await asyncio.sleep(PAUSE)

    async def reopened(self) -> None:
        """A stream has raised. What to do about what it missed is the policy's business."""
        if self.opened["policy"] == "documented":
            await self.tried(lambda: self.refresh(self.opened["instruments"]))

    async def tried(self, call: Callable[[], Awaitable[None]]) -> None:
        """A question that may be left unanswered: it is asked again at the end."""
        try:
            await call()
        except Exception as error:  # noqa: BLE001
            self.note(error)

    def note(self, error: BaseException) -> None:
        """Count what was raised. A mistake of the driver itself is none of the library's."""
        if isinstance(error, MISTAKES):
            raise error
        self.raised[type(error).__name__] += 1

    def told(self) -> dict[str, Any]:
        """Everything it believes, for the comparison."""
        return {
            "intents": [[*key, belief] for key, belief in self.intents.items()],
            "orders": [[*key, known[0], str(known[1])] for key, known in self.orders.items()],
            "fills": [[*key, times] for key, times in self.fills.items()],
            "balances": self.balances,
            "raised": self.raised,
        }


class Naive:
    """What raised is sent again, a few times; then the program goes on without it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def place(self, order: Spec, number: str) -> Seen:
        """A new order. Raises GaveUp."""
        del number
        return await self._again(lambda: self.desk.place(order, ""))

    async def replace(self, old: str, order: Spec, number: str) -> Seen:
        """Another in its place. Raises GaveUp."""
        del number
        return await self._again(lambda: self.desk.replace(old, order, ""))

    async def cancel(self, instrument: str, order_id: str) -> None:
        """End it. Raises GaveUp."""
        await self._again(lambda: self.desk.cancel(instrument, order_id))

    async def _again(self, call: Callable[[], Awaitable[Seen]]) -> Seen:
        for _ in range(TRIES):
            try:
                return await call()
            except Exception as error:  # noqa: BLE001  # that is the policy
                self.desk.note(error)
                await asyncio.sleep(PAUSE)
        raise GaveUp


class Documented:
    """An id of the program's own; after an error that leaves it open, ask for that id first."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def place(self, order: Spec, number: str) -> Seen:
        """A new order. Raises GaveUp, Unsure."""
        return await self._once(order, number, lambda: self.desk.place(order, number))

    async def replace(self, old: str, order: Spec, number: str) -> Seen:
        """Another in its place. Where the first is gone and the second is not there, it is placed
        by itself. Raises GaveUp, Unsure.
        """

        async def do() -> Seen:
            if (await self.desk.look(order.instrument, old)).status in FINAL:
                return await self.desk.place(order, number)
            return await self.desk.replace(old, order, number)

        return await self._once(order, number, do)

    async def _once(self, order: Spec, number: str, do: Callable[[], Awaitable[Seen]]) -> Seen:
        for _ in range(TRIES):
            try:
                return await do()
            except Exception as error:  # noqa: BLE001  # whatever a library raises is its word
                self.desk.note(error)
                found = None if self.desk.refused(error) else await self._found(order, number)
            if found is not None:
                return found
            await asyncio.sleep(PAUSE)
        found = await self._found(order, number)
        if found is None:
            raise GaveUp
        return found

    async def _found(self, order: Spec, number: str) -> Seen | None:
        for _ in range(TRIES):
            try:
                return await self.desk.find(order, number)
            except Exception as error:  # noqa: BLE001
                self.desk.note(error)
                await asyncio.sleep(PAUSE)
        raise Unsure

    async def cancel(self, instrument: str, order_id: str) -> None:
        """End it; what raised is sent again, and what is refused is looked at. Raises GaveUp."""
        for _ in range(TRIES):
            try:
                await self.desk.cancel(instrument, order_id)
                return
            except Exception as error:  # noqa: BLE001
                self.desk.note(error)
            try:
                if (await self.desk.look(instrument, order_id)).status in FINAL:
                    return
            except Exception as error:  # noqa: BLE001
                self.desk.note(error)
            await asyncio.sleep(PAUSE)
        raise GaveUp


Policy = Naive | Documented
POLICIES: dict[str, Callable[[Any], Any]] = {"naive": Naive, "documented": Documented}


async def live(story: Story, desk: Desk, policy: Any) -> None:
    """One story from its begin to its end, and what is believed of each of its orders."""
    name = f"{desk.opened['run']}-{story.number}"
    order = await meant(story.first, desk, lambda: policy.place(story.first, f"{name}-a"))
    second = story.second
    if order is None:
        return
    if second is not None:
        old = order.order_id
        order = await meant(second, desk, lambda: policy.replace(old, second, f"{name}-b"))
    if order is not None and story.cancel:
        try:
            await policy.cancel(story.first.instrument, order.order_id)
        except GaveUp:
            return


async def meant(order: Spec, desk: Desk, do: Callable[[], Awaitable[Seen]]) -> Seen | None:
    """Do it, and note whether the program believes that the order is there."""
    key = (order.instrument, order.quantity)
    try:
        found = await do()
    except GaveUp:
        desk.intents[key] = "never"
        return None
    except Unsure:
        desk.intents[key] = "unknown"
        return None
    desk.intents[key] = "happened"
    return found


async def run(desk: Desk, policies: dict[str, Callable[[Any], Any]]) -> None:
    """Everything, at the word of the harness."""
    opened = desk.opened
    policy = policies[opened["policy"]](desk)
    told = msgspec.convert(opened["stories"], list[Story])
    await desk.open()
    await _say("ready", "go")
    async with asyncio.TaskGroup() as group:
        for story in told:
            group.create_task(live(story, desk, policy))
            await asyncio.sleep(EVERY)
    await _say("done", "settle")
    await desk.settle()
    await _say("settled", "tell")
    await asyncio.sleep(LAST_WORDS)
    if opened["policy"] == "documented" or not desk.streams:
        await desk.refresh(opened["instruments"])
    _answer({"at": "told", **desk.told()})
    await desk.close()


async def _say(at: str, then: str) -> None:
    _answer({"at": at})
    heard = (await asyncio.to_thread(sys.stdin.readline)).strip()
    if heard != then:
        raise SystemExit(f"{then} was expected, not {heard!r}")


def _answer(words: dict[str, Any]) -> None:
    _ANSWERS.write(json.dumps(words) + "\n")
    _ANSWERS.flush()


# what a library prints must not be taken for an answer
_ANSWERS = os.fdopen(os.dup(1), "w")


def main(make: Callable[[dict[str, Any]], Desk], policies: Any = POLICIES) -> None:
    """A driver's process."""
    os.dup2(2, 1)
    guard.install()
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    asyncio.run(run(make(json.loads(sys.stdin.readline())), policies))
    os._exit(0)  # threads that a library left running do not matter any more
