"""Finding out: after a start, after a lost connection, and after every lost answer.

    start / reconnect   private stream first, then open orders, fills since the last known and
                        balances; only then is the venue live
    now and then        open orders and balances once more: a report that a stream has left out
                        leaves no other trace where it was about an order that rests
    unknown outcomes    asked about by their ids at once and again; when the deadline is past on the
                        venue's own clock, everything that together is authoritative is asked

Nothing here sends an order.
"""

import asyncio
import logging
import sqlite3
from collections import OrderedDict
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any

from msgspec import Struct, structs

from ..model import Amendment, Balance, Fill, Order, OrderList, Rejected, TradewindError
from ..model import commands as ask
from ..protocol import outcomes
from ..protocol.asking import Ended, Told
from ..protocol.messages import HttpResponse
from ..protocol.outcomes import ABSENCE_MARGIN, Act, Round, Stage, State
from .account import Key
from .door import TIMEOUT
from .line import Line
from .orders import Orders

_log = logging.getLogger(__name__)

SECOND = 1_000_000_000

FIRST_NS = SECOND // 10
"""Before the first question about a lost answer: what was under way may still arrive."""

SLOWEST_NS = 5 * SECOND
"""Between questions about one intent; they begin close together and get rarer."""

RETRY_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Between attempts to connect."""

WATCH_SECONDS = 1.0
"""Between looks for fills that are missing and for a stream that is silent."""

SILENT_NS = 5 * SECOND
"""An order of ours that the stream has not told of after this long: the stream is dead."""

GRACE_NS = SECOND // 100
"""After a countdown has ended before the proof is asked for."""

CLOCK_NS = 30 * SECOND
"""Between readings of the venue's clock."""

AUDIT_NS = 30 * SECOND
"""Between questions for what the stream may have left out: reports carry no numbers by which a gap
could be seen. The two questions cost some percent of the weight that the venues allow."""

LIFE_NS = 23 * 3_600 * SECOND
"""Age at which a connection is replaced: the venues cut theirs after a day, whatever happens."""

TOLD_KEPT = 20_000
"""Orders that the stream has told of, known by heart."""

PASSING = (TradewindError, sqlite3.Error)
"""What is tried again: a venue that does not answer, a journal on a full disk."""

PAGE = 1000
"""Rows of one question about a history; the venues' usual most."""

OVERLAP = 2 * ABSENCE_MARGIN
"""How far before an intent its history begins: clocks differ, and times are cut to milliseconds."""


class Reconciled(Struct, frozen=True):
    """What was found when the venue became live. ``adopted`` are open orders with an id of ours
    that the journal did not know; ``strangers`` are open orders of somebody else.
    """

    adopted: tuple[Order, ...]
    strangers: tuple[Order, ...]
    fills: int
    ended: int
    journal_lost: bool


class Reconciler:
    """Asks until everything is known."""

    def __init__(self, orders: Orders, *, managed: bool, margin: int = ABSENCE_MARGIN) -> None:
        """``managed``: with a private stream and a reconciled start; else it only resolves."""
        self.orders = orders
        self.account = orders.account
        self.door = orders.door
        self.clock = orders.door.clock
        self.managed = managed
        self.margin = margin
        self.reconnects = 0
        self.last: Reconciled | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._reading: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._live = asyncio.Event()
        self._broken = asyncio.Event()
        self._due: dict[str, tuple[int, int]] = {}
        self._told: OrderedDict[Key, None] = OrderedDict()
        self._expected: dict[Key, int] = {}
        self._missing: set[Key] = set()
        self._changes = 0
        self._opened = 0
        self._audited = 0
        self._closing = False
        orders.lost_one = self._wake.set
        orders.refused_clock = self._reread
        orders.answered = self._expect

    async def start(self) -> None:
        """Reconcile, and go on resolving. Raises what the first attempt meets."""
        if self.managed:
            self.orders.live = False
            now = await self._read_clock()
            if self.orders.journal.noted("began") is None:
                self.orders.journal.note("began", str(now))
            self._recover()
            await self._connect()
            self._spawn(self._keep(), "private stream")
            self._spawn(self._watch(), "watch")
        self._spawn(self._resolve(), "resolve")

    async def open_line(self) -> None:
        """The WebSocket for requests alone, where nothing is followed."""
        self.door.line = await self.door.connect(self._heard, self._line_ended)

    def abandon(self) -> None:
        """Stop at once."""
        self._closing = True
        for task in (*self._tasks, *([self._reading] if self._reading else [])):
            task.cancel()

    async def close(self) -> None:
        """Stop asking. What is unknown stays so in the journal."""
        self._closing = True
        tasks = [*self._tasks, *([self._reading] if self._reading else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    # --- the journal of the run before ----------------------------------------------------------

    def _recover(self) -> None:
        """What was under way when the last process died, and what it knew."""
        journal = self.orders.journal
        self.account.recall(journal.fills())
        for alias, name in journal.aliases():
            self.account.alias(alias, name)
        for order in journal.open_orders():
            self.account.absorb(order)
        now, here = self.clock.venue(), self.clock.monotonic()
        for state in journal.unfinished():
            found = outcomes.recovered(state, here, now)
            known = [journal.order_named(part.name) for part in state.intent.parts if part.name]
            self.orders.recover(found)
            self._settle_known(found, [each for each in known if each])

    def _settle_known(self, state: State, known: list[Order]) -> None:
        """What the journal itself answers: the order was told of, only its outcome was not kept."""
        for order in known:
            self.account.absorb(order)
        self.orders.learned(outcomes.word(state, known))

    # --- live -----------------------------------------------------------------------------------

    async def live(self) -> None:
        """Wait until orders, fills and balances are reconciled."""
        if self.managed:
            await self._live.wait()

    async def _connect(self) -> None:
        """The stream first, so that nothing falls between it and the questions."""
        self._broken.clear()
        if self.door.has_line:
            line = await self.door.connect(self._heard, self._line_ended)
            self.door.line = line
            self._expected.clear()
            await self._follow(line)
        await self._read_clock()
        await self._reconcile()
        if not self._broken.is_set():
            self.orders.live = True
            self._live.set()

    async def _follow(self, line: Line) -> None:
        told = await line.follow(self.clock.venue(), TIMEOUT)
        if told.status != 200:
            text = told.body.decode(errors="replace")[:200]
            raise Rejected(f"private stream: {text}", "", told.status)
        self._opened = self.clock.monotonic()

    async def _renew(self) -> None:
        """Before the venue cuts the connection: the next one is there first, so nothing is missed
        and it stays live. What both of them tell counts once.
        """
        old = self.door.line
        if old is None or self.clock.monotonic() - self._opened < LIFE_NS:
            return
        line = await self.door.connect(self._heard, self._line_ended)
        try:
            await self._follow(line)
        except TradewindError:
            await line.close()
            raise
        self.door.line = line
        await old.idle(TIMEOUT)
        await old.close()

    async def _keep(self) -> None:
        """Whenever the stream ends, connect anew and reconcile."""
        while True:
            await self._broken.wait()
            attempt = 0
            while not self.orders.live:
                await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
                attempt += 1
                await self._try_again()
            self.reconnects += 1

    async def _try_again(self) -> None:
        line, self.door.line = self.door.line, None
        if line is not None:
            await line.close()
        try:
            await self._connect()
        except PASSING as error:
            _log.warning("not live yet: %s", error)

    def _line_ended(self, line: Line, why: str) -> None:
        if not self._closing and (self.door.line is None or line is self.door.line):
            _log.warning("private stream ended: %s", why)
            self.orders.live = False
            self._live.clear()
            self._broken.set()

    def _heard(self, told: list[Told]) -> None:
        for each in told:
            match each:
                case Order():
                    if each.order_id:  # one that was refused may have none
                        self._tell((each.instrument, each.order_id))
                        self.account.absorb(each)
                    self.orders.word(each)
                case Fill():
                    self.account.apply(each)
                case Balance():
                    self.account.hold(each)
                case Ended(why):
                    _log.warning("the venue ends the private stream: %s", why)
                    if self.door.line is not None:
                        self.door.line.drop()
        self.orders.flush_soon()

    # --- reconciling ----------------------------------------------------------------------------

    async def _reconcile(self) -> None:
        """Open orders, fills since the last known, balances."""
        journal = self.orders.journal
        self._audited = self.clock.monotonic()
        before = set(self.account.orders)
        names = {part.name for s in self.orders.states.values() for part in s.intent.parts}
        adopted: list[Order] = []
        strangers: list[Order] = []
        there: list[Order] = await self.ask(ask.FetchOpenOrders())
        for told in there:
            order = self.account.absorb(told)
            self.orders.word(told)
            new = (order.instrument, order.order_id) not in before
            if new and order.client_order_id not in names:
                (adopted if journal.ours(order.client_order_id) else strangers).append(order)
        ended = await self._look_after(before, there)
        fills = 0
        for instrument in self._instruments():
            fills += await self._fills_of(instrument)
        await self._look_at_balances()
        for order in adopted:
            _log.warning("adopted %s: it carries our id %s", order.order_id, order.client_order_id)
        self.last = Reconciled(tuple(adopted), tuple(strangers), fills, ended, journal.lost)
        self.orders.flush_soon()

    async def _look_at_balances(self) -> None:
        """What the account has. An asset that the stream tells of meanwhile is left to the stream:
        the answer may be older.
        """
        before = dict(self.account.balances)
        for balance in await self.ask(ask.FetchBalances()):
            if self.account.balances.get(balance.asset) is before.get(balance.asset):
                self.account.hold(balance)

    async def _look_after(self, before: set[Key], there: list[Order]) -> int:
        """Orders that were open and are not in the list any more: how they ended."""
        listed = {(order.instrument, order.order_id) for order in there}
        gone = [key for key in self.account.orders if key in before and key not in listed]
        for instrument, order_id in gone:
            told = await self._find(instrument, order_id=order_id)
            if told is None:
                _log.warning("%s: the venue does not know its order %s", instrument, order_id)
            else:
                self.account.absorb(told)
                self.orders.word(told)
        return len(gone)

    def _instruments(self) -> list[str]:
        """Instruments that we have had to do with."""
        found = set(self.orders.journal.instruments())
        found |= {instrument for instrument, _ in self.account.orders}
        found |= {state.intent.instrument for state in self.orders.states.values()}
        return sorted(name for name in found if name)

    async def _fills_of(self, instrument: str) -> int:
        """Every fill since the last one that was reconciled; gives how many were new."""
        journal = self.orders.journal
        note = f"fills:{instrument}"
        cursor = journal.noted(note) or ""
        start = None if cursor else int(journal.noted("began") or 0)
        new = 0
        for fill in await self._all_fills(ask.FetchFills(instrument, "", PAGE, start, cursor)):
            new += self.account.apply(fill)
            cursor = fill.fill_id
        if cursor:
            journal.flush()  # the fills before the note that they are known
            journal.note(note, cursor)
        return new

    async def _all_fills(self, command: ask.FetchFills) -> list[Fill]:
        """A history, page by page; pages meet in one row."""
        found: list[Fill] = []
        while True:
            rows: list[Fill] = await self.ask(command)
            found += rows[1:] if found else rows
            if len(rows) < command.limit:
                return found
            command = structs.replace(command, start=None, from_id=rows[-1].fill_id)

    async def _all_orders(self, instrument: str, start: int) -> list[Order]:
        """Every order since a time, open and past."""
        command = ask.FetchOrders(instrument, PAGE, start)
        found: list[Order] = []
        while True:
            rows: list[Order] = await self.ask(command)
            found += rows[1:] if found else rows
            if len(rows) < command.limit:
                return found
            command = structs.replace(command, start=None, from_id=rows[-1].order_id)

    # --- watching -------------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Fills that are missing are asked for; a silent stream is replaced; the clock is read."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if not self.orders.live:
                continue
            try:
                if (self.clock.age_ns or 0) > CLOCK_NS:
                    await self._read_clock()
                await self._audit()
                await self._look_for_fills()
                await self._renew()
                if not self.door.has_line and self._orders_moved():
                    await self._reconcile()  # nobody tells us, so we ask
            except PASSING as error:
                _log.info("while watching: %s", error)
            self._check_stream()

    async def _audit(self) -> None:
        """Orders that are otherwise than the stream has told, and balances. An order that has
        filled more than was told is short of fills, which are then looked for.
        """
        now = self.clock.monotonic()
        if not self.door.has_line or now - self._audited < AUDIT_NS:
            return
        self._audited = now
        before = set(self.account.orders)
        there: list[Order] = await self.ask(ask.FetchOpenOrders())
        changes = self.account.changes
        for told in there:
            self.account.absorb(told)
            self.orders.word(told)
        await self._look_after(before, there)
        await self._look_at_balances()
        if self.account.changes != changes:
            _log.info("the private stream had not told of everything")
        self.orders.flush_soon()

    def _orders_moved(self) -> bool:
        """Whether anything may have happened since the last look, where there is no stream."""
        moved = self.account.changes != self._changes
        self._changes = self.account.changes
        return moved or bool(self.account.orders)

    async def _look_for_fills(self) -> None:
        """Missing at two looks: it is not just on its way."""
        missing = set(self.account.short)
        for instrument, order_id in sorted(missing & self._missing):
            for fill in await self._all_fills(ask.FetchFills(instrument, order_id, PAGE)):
                self.account.apply(fill)
        self._missing = missing & set(self.account.short)

    def _expect(self, order: Order) -> None:
        """An answer told of an order of ours; the stream has, or will."""
        key = (order.instrument, order.order_id)
        if self.door.line is not None and key not in self._told:
            self._expected.setdefault(key, self.clock.monotonic())

    def _tell(self, key: Key) -> None:
        self._expected.pop(key, None)
        self._told[key] = None
        while len(self._told) > TOLD_KEPT:
            self._told.popitem(last=False)

    def _check_stream(self) -> None:
        """A stream that answers pings and says nothing of our orders is dead."""
        line, since = self.door.line, next(iter(self._expected.values()), None)
        if line is None or since is None or self.clock.monotonic() - since <= SILENT_NS:
            return
        _log.warning("the private stream is silent about our orders")
        line.drop()

    # --- resolving ------------------------------------------------------------------------------

    async def _resolve(self) -> None:
        """Ask about everything unknown until nothing is."""
        while True:
            now = self.clock.monotonic()
            unknown = [s for s in self.orders.states.values() if s.stage is Stage.UNKNOWN]
            self._due = {s.intent.id: self._due.get(s.intent.id, (now + FIRST_NS, FIRST_NS))
                         for s in unknown}  # fmt: skip
            ready = [s for s in unknown if self._due[s.intent.id][0] <= now]
            if ready:
                await self._ask_about(ready)
                continue
            next_one = min((at for at, _ in self._due.values()), default=None)
            self._wake.clear()
            try:
                async with asyncio.timeout(None if next_one is None else (next_one - now) / SECOND):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def _ask_about(self, states: list[State]) -> None:
        """One round of questions, instrument by instrument."""
        by_instrument: dict[str, list[State]] = {}
        for state in states:
            by_instrument.setdefault(state.intent.instrument, []).append(state)
        for instrument, group in by_instrument.items():
            try:
                await self._round(instrument, group)
            except PASSING as error:
                _log.info("no answer about %s yet: %s", instrument, error)
        for state in states:
            self._later(state)

    def _later(self, state: State) -> None:
        """When to ask again: rarer and rarer, but at once when absence can be proved."""
        now = self.clock.monotonic()
        _, delay = self._due[state.intent.id]
        delay = min(2 * delay, SLOWEST_NS)
        left = outcomes.countdown(state, self.clock.venue(), now, self.margin)
        wait = delay if not left else min(delay, left + GRACE_NS)
        self._due[state.intent.id] = (now + wait, delay)

    async def _round(self, instrument: str, states: list[State]) -> None:
        at = self.clock.monotonic()
        clock = await self._read_clock()
        past = [s for s in states if outcomes.passed(s, clock, at, self.margin)]
        open_orders: tuple[Order, ...] | None = None
        history: tuple[Order, ...] | None = None
        fills: tuple[Fill, ...] | None = None
        if past:
            start = min(self._begin(state) for state in past)
            there: list[Order] = await self.ask(ask.FetchOpenOrders(instrument))
            open_orders = tuple(map(self.account.named, there))
            history = tuple(map(self.account.named, await self._all_orders(instrument, start)))
            fills = tuple(await self._all_fills(ask.FetchFills(instrument, "", PAGE, start)))
        for state in states:
            if self.orders.states.get(state.intent.id) is not state:
                continue  # an event or a late answer was faster
            found = await self._orders_of(state)
            if state in past:
                found |= await self._behind_fills(instrument, fills or (), found, history or ())
            told = Round(
                clock=clock,
                at=at,
                orders=found,
                open_orders=open_orders if state in past else None,
                history=history if state in past else None,
                fills=fills if state in past else None,
                list_known=await self._list_of(state),
                changes=await self._changes_of(state, found),
            )
            self._learn(state, told)

    def _learn(self, state: State, told: Round) -> None:
        if self.orders.states.get(state.intent.id) is not state:
            return
        intent = state.intent
        known = self._known(intent.instrument, told)
        heard = outcomes.word(state, self.orders.heard_of(state))
        moved = outcomes.learn(heard, told, known, self.margin)
        for order in told.seen():
            ours = any(order.client_order_id == part.name for part in intent.parts)
            if ours or (order.instrument, order.order_id) in self.account.orders:
                self.account.absorb(order)
        if moved is not state:
            if moved.stage is Stage.RESOLVED:
                fates = ", ".join(moved.fates)
                _log.warning("%s %s is resolved: %s", intent.operation, intent.id, fates)
            self.orders.learned(moved)

    def _known(self, instrument: str, told: Round) -> set[str]:
        """Order ids that are accounted for, now or in an earlier run: also by a journal that is
        lost, which cannot have known of an order of this one.
        """
        history = told.history or ()
        journal = self.orders.journal
        named = {order.order_id for order in history if journal.before(order.client_order_id)}
        asked = {order.order_id for order in history} - named
        asked |= {fill.order_id for fill in told.fills or ()}
        by_heart = self.account.known_ids(instrument)
        return by_heart | named | journal.knows(instrument, asked - by_heart)

    def _begin(self, state: State) -> int:
        """Venue time before which an intent cannot have happened: not before the venue's clock
        was read for the first time of this journal either, unless that clock was set back.
        """
        wall = state.intent.created + self.clock.venue() - self.clock.wall()
        began, born = state.began or wall, int(self.orders.journal.noted("began") or 0)
        return max(began - OVERLAP, born) if began >= born else began - OVERLAP

    async def _orders_of(self, state: State) -> dict[str, Order | None]:
        """The orders of an intent by every id that they may have by now."""
        found: dict[str, Order | None] = {}
        instrument = state.intent.instrument
        for part in state.undecided():
            if part.order_id:
                found[part.order_id] = await self._find(instrument, order_id=part.order_id)
        for name in outcomes.names(state):
            for each in (name, *self.account.aliases(name)):
                if each not in found:
                    found[each] = await self._find(instrument, name=each)
        return found

    async def _changes_of(
        self, state: State, found: Mapping[str, Order | None]
    ) -> dict[str, tuple[Amendment, ...]]:
        """How orders were changed that have another quantity than before, and not the one asked."""
        told = {}
        for part in state.undecided():
            order = found.get(part.order_id or part.name)
            if part.act is not Act.CHANGE or order is None:
                continue
            if order.quantity not in (part.quantity, part.before):
                command = ask.FetchAmendments(order.instrument, order.order_id)
                told[order.order_id] = tuple(await self.ask(command))
        return told

    async def _behind_fills(
        self,
        instrument: str,
        fills: Iterable[Fill],
        found: dict[str, Order | None],
        history: Iterable[Order],
    ) -> dict[str, Order | None]:
        """Orders of fills that nothing else has shown: older than the history that was asked."""
        known = self.account.known_ids(instrument) | {order.order_id for order in history}
        asked = {fill.order_id for fill in fills} - known - set(found)
        return {each: await self._find(instrument, order_id=each) for each in sorted(asked)}

    async def _list_of(self, state: State) -> bool | None:
        if not state.intent.lists:
            return None
        command = ask.FetchOrderList(state.intent.instrument, "", state.intent.id)
        try:
            told: OrderList = await self.ask(command)
        except Rejected as error:
            if self.door.client.absent(error):
                return False
            raise
        return bool(told.list_id)

    async def _find(self, instrument: str, *, order_id: str = "", name: str = "") -> Order | None:
        """An order, or None when the venue says that there is none."""
        try:
            told: Order = await self.ask(ask.FetchOrder(instrument, order_id, name))
        except Rejected as error:
            if self.door.client.absent(error):
                return None
            raise
        return self.account.named(told)

    # --- the clock, and asking ------------------------------------------------------------------

    async def _read_clock(self) -> int:
        """The venue's own time, as it says."""
        asked = self.clock.monotonic()
        told: int = await self.ask(ask.FetchTime())
        self.clock.heard(told, asked, self.clock.monotonic())
        return told

    def _reread(self) -> None:
        """The venue has refused something: perhaps its clock was set."""
        if self.managed and (self._reading is None or self._reading.done()):
            self._reading = asyncio.create_task(self._reread_once(), name="clock")

    async def _reread_once(self) -> None:
        try:
            await self._read_clock()
        except TradewindError as error:
            _log.info("the venue's clock could not be read: %s", error)

    async def ask(self, command: ask.Request) -> Any:
        """One question. Raises Rejected, NotSent, OutcomeUnknown, Unreadable."""
        answer = (await self.door.ask(command)).answer
        told = HttpResponse(answer.status, answer.body, answer.headers)
        return self.door.client.read(command, told)
