"""Orders on their way out, and what becomes of them.

    guard -> journal -> pacing -> guard again if it waited -> sign -> send -> outcome

Whatever has left without a readable answer is UNKNOWN: its worst case stays reserved, and
``reconcile`` asks until the venue's own word or a proof of absence says what happened. Nothing is
ever sent twice.
"""

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any, cast

from msgspec import Struct, structs

from ..guard import (
    Approved,
    Exposure,
    Limits,
    Refused,
    Risky,
    Snapshot,
    Top,
    check,
    check_ending,
)
from ..model import (
    Guarded,
    Instrument,
    InstrumentStatus,
    InvalidInput,
    Misconfigured,
    NotSent,
    Order,
    OrderBook,
    OrderList,
    OrderStatus,
    Outcome,
    OutcomeUnknown,
    PartlyRejected,
    Rejected,
    Replaced,
    TradewindError,
    Unreadable,
)
from ..model import commands as ask
from ..protocol import outcomes
from ..protocol.asking import Asked
from ..protocol.messages import HttpResponse
from ..protocol.outcomes import Act, Fate, Intent, Part, Stage, State
from .account import Account, worst
from .door import Door, Exchanged
from .intents import Journal

_log = logging.getLogger(__name__)

SECOND = 1_000_000_000
MINUTE = 60 * SECOND

RELIST_NS = 5 * SECOND
"""How often the rules of a market that is closed are fetched again, when orders are sent to it."""

RECHECK_NS = 1_000_000
"""A command that waited longer than this in pacing is checked again before it is signed."""

FLUSH_SECONDS = 0.15
"""How long an outcome may wait for its row in the journal; a crash before costs one question. A
transaction costs as much as some twenty rows, so it pays to wait for them.
"""

DONE_KEPT = 20_000
"""Outcomes known by heart."""

NOBODY_ASKED = 5
"""Levels of the book that is fetched when a book is required and nobody streams one."""


class Unknown(Struct, frozen=True):
    """An order call whose outcome is not known yet.

    ``countdown_ns`` is when its absence can be proved at the earliest, None where there is no such
    proof and only the venue's word will do. ``reserved`` is its worst case in quote.
    """

    client_order_id: str
    operation: str
    instrument: str
    since: int
    why: str
    countdown_ns: int | None
    reserved: Decimal


class _Plan(Struct):
    """An order call, ready to be carried out."""

    command: ask.Order | ask.NativeCall
    name: str
    instrument: str
    parts: tuple[Part, ...]
    anew: bool = True
    atomic: bool = False
    sweeps: ask.CancelAllOrders | ask.CancelOrderList | None = None
    """What it means where it ends several orders: the answer says which."""
    sequence: int = 0


class Orders:
    """Every order call of a venue goes through here."""

    def __init__(
        self,
        door: Door,
        journal: Journal,
        account: Account,
        instruments: Callable[[], Mapping[str, Instrument]],
        *,
        limits: Limits | None = None,
        read_only: str = "",
    ) -> None:
        self.door = door
        self.journal = journal
        self.account = account
        self.limits = limits or Limits()
        self.live = True
        """Whether the venue is reconciled; while it is not, nothing new is sent."""
        self.states: dict[str, State] = {}
        """Intents whose outcome is not known."""
        self.done: dict[str, State] = {}
        """Intents whose outcome is known, the newest of them."""
        self.kill: Callable[[], str] = lambda: ""
        """Why nothing may be sent, "" when it may."""
        self.top: Callable[[str], Top | None] = lambda _: None
        """The best prices of a book that somebody keeps right."""
        self.lost_one: Callable[[], None] = lambda: None
        """Called when there is something new to resolve."""
        self.answered: Callable[[Order], None] = lambda _: None
        """Called with an order of ours that an answer told of: the stream should tell it too."""
        self.refused_clock: Callable[[], None] = lambda: None
        """Called when the venue refuses an order: its clock may have been set."""
        self.relist: Callable[[], Awaitable[object]] | None = None
        """Asks the venue for its instruments anew."""
        self._relisted = 0
        self._read_only = read_only
        self._instruments = instruments
        self._fetched: dict[str, Top] = {}
        self._grouped: Mapping[str, Instrument] = {}
        self._groups: dict[str, frozenset[str]] = {}
        self._sent: deque[int] = deque()
        self._second: deque[int] = deque()
        self._waiting: dict[str, list[asyncio.Future[State]]] = {}
        self._flush: asyncio.TimerHandle | None = None

    # --- what can be done -----------------------------------------------------------------------

    async def place(self, command: ask.PlaceOrder) -> Order:
        """Send a new order."""
        order: Order = (await self.carry_out(command))[1]
        return order

    async def cancel(self, command: ask.CancelOrder) -> Order:
        """End an order."""
        order: Order = (await self.carry_out(command))[1]
        return order

    async def amend(self, command: ask.AmendOrder) -> Order:
        """Give an order another quantity."""
        order: Order = (await self.carry_out(command))[1]
        return order

    async def replace(self, command: ask.ReplaceOrder) -> Replaced:
        """One order in another's place."""
        both: Replaced = (await self.carry_out(command))[1]
        return both

    async def place_list(self, command: ask.PlaceOrderList) -> OrderList:
        """Orders that depend on each other."""
        placed: OrderList = (await self.carry_out(command))[1]
        return placed

    async def cancel_list(self, command: ask.CancelOrderList) -> OrderList:
        """End a list."""
        ended: OrderList = (await self.carry_out(command))[1]
        return ended

    async def cancel_all(self, command: ask.CancelAllOrders) -> list[Order]:
        """End everything on an instrument."""
        ended: list[Order] = (await self.carry_out(command))[1]
        return ended

    async def carry_out(
        self, command: ask.Order | ask.NativeCall, *, raw: bool = False
    ) -> tuple[Exchanged, Any]:
        """Do it, and give what went over the wire and what it means. ``raw``: whatever the venue
        said is given back and not raised; the outcome is kept all the same.
        """
        if self._read_only:  # before a question is asked on its behalf
            raise Misconfigured(self._read_only)
        plan = self._plan(command)
        plan.sequence = self.journal.sequence
        asked = self.door.client.prepare(plan.command)
        if plan.anew:
            await self._reopened(plan.instrument)
        if plan.anew and self.limits.book_required:
            await self._fetch_top(plan.instrument)
        self._one_change_at_a_time(plan)  # no await from here until it is in the journal
        approved = self._approve(plan)
        state = self._journal(plan, asked)
        try:
            await self.door.pacing.ready(asked.operation, asked.parameters)
            if plan.anew and self.door.clock.monotonic() - approved.at > RECHECK_NS:
                approved = self._approve(plan)
        except BaseException as error:
            self._settle(outcomes.not_sent(state, str(error) or type(error).__name__))
            raise
        return await self._send(plan, asked, approved, state, raw)

    async def outcome(self, name: str) -> State:
        """Wait until the outcome of an intent is known."""
        known = self.done.get(name)
        if known is not None:
            return known
        if name not in self.states:
            raise InvalidInput(f"there is no intent {name!r} here")
        waiter: asyncio.Future[State] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(name, []).append(waiter)
        return await waiter

    def unknown(self) -> list[Unknown]:
        """Order calls whose outcome is not known yet, oldest first."""
        clock, reserved = self.door.clock, self.account.reserved()
        now, here = clock.venue(), clock.monotonic()
        return [
            Unknown(
                client_order_id=name,
                operation=state.intent.operation,
                instrument=state.intent.instrument,
                since=state.intent.created,
                why=state.why,
                countdown_ns=outcomes.countdown(state, now, here),
                reserved=sum(
                    (reserved.get(part.name, Decimal(0)) for part in state.intent.parts), Decimal(0)
                ),
            )
            for name, state in self.states.items()
            if state.stage is Stage.UNKNOWN
        ]

    # --- plans ----------------------------------------------------------------------------------

    def _plan(self, command: ask.Order | ask.NativeCall) -> _Plan:
        draw = self.journal.draw
        match command:
            case ask.PlaceOrder():
                command = _with_name(command, draw)
                return _Plan(command, command.client_order_id, command.instrument, (_new(command),))
            case ask.CancelOrder():
                drawn = draw()  # in any case: the row in the journal has a number of its own
                command = structs.replace(command, cancel_id=command.cancel_id or drawn)
                part = self._end(command)
                return _Plan(command, command.cancel_id, command.instrument, (part,), anew=False)
            case ask.AmendOrder():
                known = self.account.order(
                    command.instrument, command.order_id, command.client_order_id
                )
                if known is not None:
                    command = structs.replace(command, client_order_id=known.client_order_id)
                part = Part(
                    Act.CHANGE,
                    command.client_order_id,
                    command.order_id or ("" if known is None else known.order_id),
                    quantity=command.quantity,
                    before=None if known is None else known.quantity,
                )
                return _Plan(command, draw(), command.instrument, (part,))
            case ask.ReplaceOrder():
                gone = structs.replace(command.cancel, cancel_id=command.cancel.cancel_id or draw())
                new = _with_name(command.place, draw)
                command = structs.replace(command, cancel=gone, place=new)
                both = (self._end(gone), _new(new))
                return _Plan(command, new.client_order_id, new.instrument, both)
            case ask.PlaceOrderList():
                orders = tuple(_with_name(order, draw) for order in command.orders)
                listed = command.client_list_id or draw()
                command = structs.replace(command, orders=orders, client_list_id=listed)
                parts = tuple(_new(order) for order in orders)
                where = orders[0].instrument if orders else ""
                return _Plan(command, listed, where, parts, atomic=True)
            case ask.CancelOrderList() | ask.CancelAllOrders():
                parts = tuple(self._all(command))
                return _Plan(command, draw(), command.instrument, parts, anew=False, sweeps=command)
            case ask.NativeCall():
                told = self.door.client.identify(command, draw)
                parts = told.parts if told.sweeps is None else tuple(self._all(told.sweeps))
                where, sweeps = told.instrument, told.sweeps
                return _Plan(told.call, told.name, where, parts, told.anew, told.lists, sweeps)

    def _one_change_at_a_time(self, plan: _Plan) -> None:
        """While it is not known whether an order was changed, another change of it would hide that
        for ever: its quantity would say nothing about the first one. Raises NotSent.
        """
        mine = {self._family(plan.instrument, p) for p in plan.parts if p.act is Act.CHANGE}
        if not mine:
            return
        for name, state in self.states.items():
            where = state.intent.instrument
            changing = [p for p in state.undecided() if p.act is Act.CHANGE]
            if any(self._family(where, part) in mine for part in changing):
                raise NotSent(f"the outcome of {name}, which changes the same order, is not known")

    def _family(self, instrument: str, part: Part) -> tuple[str, str]:
        """The order of a part, or its list: changing one leg may change all."""
        known = self.account.order(instrument, part.order_id, part.name)
        if known is not None and known.list_id:
            return instrument, f"list {known.list_id}"
        return instrument, part.order_id or part.name

    def _end(self, command: ask.CancelOrder) -> Part:
        known = self.account.order(command.instrument, command.order_id, command.client_order_id)
        name = command.client_order_id or ("" if known is None else known.client_order_id)
        order_id = command.order_id or ("" if known is None else known.order_id)
        self.account.alias(command.cancel_id, name)
        return Part(Act.END, name, order_id, command.cancel_id)

    def _all(self, command: ask.CancelAllOrders | ask.CancelOrderList) -> Iterable[Part]:
        for order in self.account.orders.values():
            if order.instrument != command.instrument:
                continue
            if isinstance(command, ask.CancelOrderList) and (
                not order.list_id or (command.list_id and order.list_id != command.list_id)
            ):
                continue
            yield Part(Act.END, order.client_order_id, order.order_id)

    # --- the guard ------------------------------------------------------------------------------

    def snapshot(self, instrument: str) -> Snapshot:
        """The world as the guard sees it."""
        instruments = self._instruments()
        rules = instruments.get(instrument)
        now = self.door.clock.monotonic()
        top = self._newest(instrument)
        limits = self.limits
        total = Decimal(0)
        if limits.total_exposure and rules is not None:
            total = self.account.total(self._priced_in(instruments, rules.quote))
        return Snapshot(
            now=now,
            instrument=rules,
            top=top,
            exposure=self.account.exposure(instrument),
            total=total,
            orders_second=_count(self._second, now - SECOND),
            orders_minute=_count(self._sent, now - MINUTE),
            killed=self.kill(),
            live=self.live,
            read_only=self._read_only,
        )

    def _priced_in(self, instruments: Mapping[str, Instrument], quote: str) -> frozenset[str]:
        """Instruments of a quote asset: gone through once, there may be thousands."""
        if self._grouped is not instruments:
            self._grouped, self._groups = instruments, {}
        found = self._groups.get(quote)
        if found is None:
            same = (each.id for each in instruments.values() if each.quote == quote)
            found = self._groups[quote] = frozenset(same)
        return found

    def exposure(self, instrument: str) -> Exposure:
        """What open orders and orders of unknown outcome may come to, in quote."""
        return self.account.exposure(instrument)

    def _approve(self, plan: _Plan) -> Approved[Any]:
        seen = self.snapshot(plan.instrument)
        verdict: Approved[Any] | Refused
        if plan.anew:
            verdict = check(cast(Risky, plan.command), seen, self.limits)
        else:
            verdict = check_ending(cast(Any, plan.command), seen)
        if isinstance(verdict, Refused):
            raise self._refusal(verdict)
        return verdict

    def _refusal(self, refused: Refused) -> TradewindError:
        if refused.rule == "environment":
            return Misconfigured(refused.text)
        if not refused.instrument_rule:
            return Guarded(refused.text, refused.rule)
        venue = self.door.client.refusal(refused.instrument_rule)
        return InvalidInput(f"{refused.text} (the venue would say: {venue})")

    async def _reopened(self, instrument: str) -> None:
        """A market that was closed when its rules were fetched may be open by now."""
        rules = self._instruments().get(instrument)
        now = self.door.clock.monotonic()
        if rules is None or rules.status is InstrumentStatus.TRADING or self.relist is None:
            return
        if not self._relisted or now - self._relisted >= RELIST_NS:
            self._relisted = now
            with suppress(TradewindError):  # then the guard goes by what is known
                await self.relist()

    async def _fetch_top(self, instrument: str) -> None:
        """Where a book is required and nobody keeps a fresh one, ask for it."""
        now = self.door.clock.monotonic()
        top = self._newest(instrument)
        age = self.limits.book_age_ms_max
        if top is not None and (age is None or now - top.at <= age * 1_000_000 // 2):
            return
        self.saw(await self._question(ask.FetchOrderBook(instrument, NOBODY_ASKED)), now)

    def saw(self, book: OrderBook, asked: int) -> None:
        """A book that was fetched is one to compare with; as old as the question (monotonic ns)."""
        bid = book.bids[0].price if book.bids else None
        best = book.asks[0].price if book.asks else None
        known = self._fetched.get(book.instrument)
        if known is None or known.at <= asked:
            self._fetched[book.instrument] = Top(bid, best, asked)

    def _newest(self, instrument: str) -> Top | None:
        kept, fetched = self.top(instrument), self._fetched.get(instrument)
        if kept is None or fetched is None:
            return kept or fetched
        return kept if kept.at >= fetched.at else fetched

    async def _question(self, command: ask.Request) -> Any:
        answer = (await self.door.ask(command)).answer
        told = HttpResponse(answer.status, answer.body, answer.headers)
        return self.door.client.read(command, told)

    # --- out ------------------------------------------------------------------------------------

    def _journal(self, plan: _Plan, asked: Asked) -> State:
        """On disk, and its worst case reserved."""
        intent = Intent(
            id=plan.name,
            sequence=plan.sequence,
            operation=asked.operation.name,
            proof=asked.operation.proof,
            instrument=plan.instrument,
            parts=plan.parts,
            created=self.door.clock.wall(),
            atomic=plan.atomic,
            lists=plan.atomic,
            window=self._window(asked),
        )
        state = outcomes.begin(intent)
        self.journal.append(state)
        state = outcomes.journaled(state)
        self.states[plan.name] = state
        self._reserve(state)
        return state

    def _window(self, asked: Asked) -> int:
        now = self.door.clock.venue()
        return max(0, (self.door.client.expires(asked, now) or now) - now)

    def recover(self, state: State) -> None:
        """Take an intent of the run before, whose outcome is not known."""
        self.states[state.intent.id] = state
        self._reserve(state)

    def _reserve(self, state: State) -> None:
        where = state.intent.instrument
        news = [part for part in state.undecided() if part.act is Act.NEW and part.side]
        if not news:
            return
        priced = all(part.price is not None for part in news)
        top = None if priced else self._newest(where)
        bid, best = (None, None) if top is None else (top.bid, top.ask)
        for part in news:
            value = worst(part, bid, best)
            if value is not None and part.side is not None:
                self.account.reserve(part.name, where, part.side, value)

    async def _send(
        self, plan: _Plan, asked: Asked, approved: Approved[Any], state: State, raw: bool
    ) -> tuple[Exchanged, Any]:
        clock = self.door.clock
        now, here = clock.venue(), clock.monotonic()
        deadline = self.door.client.expires(asked, now)
        state = outcomes.sent(state, here, now, deadline)
        self.states[plan.name] = state
        if plan.anew:
            self._sent.append(here)
            self._second.append(here)
        try:
            done = await self.door.send(approved, asked, now, lambda told: self._late(plan, told))
        except NotSent as error:
            self._settle(outcomes.not_sent(state, str(error)))
            raise
        except BaseException as error:
            self._lose(state, str(error) or type(error).__name__)
            if isinstance(error, OutcomeUnknown):
                raise OutcomeUnknown(str(error), plan.name) from error
            raise
        answer = done.answer
        told = HttpResponse(answer.status, answer.body, answer.headers)
        try:
            return done, self._take(plan, state, told)
        except (Rejected, OutcomeUnknown, Unreadable):
            if raw:
                return done, None
            raise

    def _take(self, plan: _Plan, state: State, told: HttpResponse) -> Any:
        """What an answer means. Raises what it says."""
        try:
            value = self.door.client.read(plan.command, told)
        except PartlyRejected as error:
            self._halved(state, error)
            raise
        except Rejected as error:
            self._settle(outcomes.rejected(state, str(error)))
            self.refused_clock()
            raise
        except (OutcomeUnknown, Unreadable) as error:
            if state.stage is Stage.SENT:
                self._lose(state, str(error))
            if isinstance(error, OutcomeUnknown):
                raise OutcomeUnknown(str(error), plan.name) from error
            raise
        if plan.sweeps is None:
            self._settle(outcomes.acknowledged(state))
            return self._absorb(value)
        return self._swept(plan, state, told, value)

    def _swept(self, plan: _Plan, state: State, told: HttpResponse, value: Any) -> Any:
        """Several orders were to end: those that the answer has did, under whatever name it was
        asked. Where it cannot be read, each is asked about.
        """
        if plan.sweeps is plan.command:
            self._settle(_only_ended(outcomes.acknowledged(state), value))
            return self._absorb(value)
        try:
            ended = self.door.client.read(cast(Any, plan.sweeps), told)
        except Unreadable as error:
            if state.stage is Stage.SENT:
                self._lose(state, str(error))
        else:
            self._settle(_only_ended(outcomes.acknowledged(state), ended))
            self._absorb(ended)
        return value

    def _halved(self, state: State, error: PartlyRejected) -> None:
        """A part was done, a part was not, and of a part the venue itself may not know."""
        fates = {None: Fate.HAPPENED, Outcome.UNKNOWN: Fate.UNKNOWN}
        told = [fates.get(outcome, Fate.NEVER) for outcome in error.outcomes]
        if len(told) != len(state.fates):
            told = [Fate.UNKNOWN] * len(state.fates)
        self._absorb(error.done)
        state = outcomes.partly(state, told, str(error))
        if state.unknown:
            self._keep_unknown(state)
        else:
            self._settle(state)

    def _absorb(self, value: Any) -> Any:
        match value:
            case Order():
                self.answered(value)
                order = self.account.absorb(value)
                self.word(order)  # it may be what another call waits to know, under its old name
                return order
            case OrderList():
                orders = tuple(self._absorb(order) for order in value.orders)
                return structs.replace(value, orders=orders)
            case Replaced():
                return Replaced(self._absorb(value.cancelled), self._absorb(value.placed))
            case list():
                return [self._absorb(each) for each in value]
            case _:
                return value

    def _late(self, plan: _Plan, told: HttpResponse) -> None:
        """An answer after we had stopped waiting for it."""
        state = self.states.get(plan.name)
        if state is None or state.stage is not Stage.UNKNOWN:
            return
        try:
            self._take(plan, state, told)
        except (Rejected, OutcomeUnknown, Unreadable) as error:
            _log.info("%s: late answer: %s", plan.name, error)

    # --- what became of it ----------------------------------------------------------------------

    def _lose(self, state: State, why: str) -> None:
        _log.warning("%s %s is unknown: %s", state.intent.operation, state.intent.id, why)
        self._keep_unknown(outcomes.lost(state, why))

    def _keep_unknown(self, state: State) -> None:
        self.learned(outcomes.word(state, self.heard_of(state)))
        if state.intent.id in self.states:
            self.lost_one()

    def heard_of(self, state: State) -> list[Order]:
        """What is known already of the orders of an intent, under the names that we gave them."""
        return [
            order
            for part in state.intent.parts
            if (order := self.account.order(state.intent.instrument, part.order_id, part.name))
        ]

    def learned(self, state: State) -> None:
        """Take a state that a question or an event has moved."""
        if state.stage.is_final:
            self._settle(state)
        else:
            self.states[state.intent.id] = state

    def word(self, order: Order) -> None:
        """The venue told of an order unasked: it may be what somebody waits to know."""
        name, order_id = self.account.named(order).client_order_id, order.order_id
        for state in list(self.states.values()):
            if state.stage is not Stage.UNKNOWN or state.intent.instrument != order.instrument:
                continue
            if any(
                part.name == name or (order_id and part.order_id == order_id)
                for part in state.undecided()
            ):
                self.learned(outcomes.word(state, [self.account.named(order)]))

    def _settle(self, state: State) -> None:
        name = state.intent.id
        self.states.pop(name, None)
        self.done[name] = state
        while len(self.done) > DONE_KEPT:
            del self.done[next(iter(self.done))]
        for part, fate in zip(state.intent.parts, state.fates, strict=True):
            gone = fate in (Fate.NEVER, Fate.OVER)
            known = gone or self.account.order(state.intent.instrument, "", part.name)
            if part.act is Act.NEW and known:
                self.account.release(part.name)
        self.journal.settle(state)
        self.flush_soon()
        for waiter in self._waiting.pop(name, ()):
            if not waiter.done():
                waiter.set_result(state)

    def flush_soon(self) -> None:
        """Write intents, outcomes, orders and fills as rows, all together in a moment."""
        if self._flush is None:
            loop = asyncio.get_running_loop()
            self._flush = loop.call_later(FLUSH_SECONDS, self._flush_now)

    def _flush_now(self) -> None:
        self._flush = None
        try:
            self.journal.flush()
        except sqlite3.Error as error:  # what waits stays, for the next time
            _log.warning("the intent journal cannot be written: %s", error)

    def close(self) -> None:
        """Nobody waits any more."""
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        for waiters in self._waiting.values():
            for waiter in waiters:
                waiter.cancel()
        self._waiting.clear()


def _with_name(order: ask.PlaceOrder, draw: Callable[[], str]) -> ask.PlaceOrder:
    if order.client_order_id:
        draw()  # its row in the journal has a number of its own all the same
        return order
    return structs.replace(order, client_order_id=draw())


def _only_ended(state: State, value: list[Order] | OrderList) -> State:
    """What was to be ended together may have ended by itself before: the answer has the rest."""
    told = value.orders if isinstance(value, OrderList) else value
    gone = {order.order_id for order in told if order.order_status is OrderStatus.CANCELLED}
    fates = [Fate.HAPPENED if part.order_id in gone else Fate.NEVER for part in state.intent.parts]
    return structs.replace(state, fates=tuple(fates))


def _new(order: ask.PlaceOrder) -> Part:
    return Part(
        Act.NEW,
        order.client_order_id,
        side=order.side,
        order_type=order.order_type,
        price=order.price,
        quantity=order.quantity,
        quote_quantity=order.quote_quantity,
    )


def _count(times: deque[int], since: int) -> int:
    """How many are not older; forgets those that are."""
    while times and times[0] < since:
        times.popleft()
    return len(times)
