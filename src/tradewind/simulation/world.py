"""One simulation: a client with its bot, a venue, a wire between them, and everything that goes
wrong, from one seed.

    storm   faults of single messages, spells of maintenance, bans and silence
    deaths  the client and the venue are killed between any two steps and come back; sometimes the
            client's journal does not
    calm    nothing goes wrong any more, everything that can be known becomes known
    verdict the client's orders, fills and balances beside the venue's
"""

import asyncio
import gc
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from decimal import Decimal
from typing import Any, cast

from msgspec import Struct

from .. import venues
from ..client.intents import spelling
from ..exchange.faults import words_of
from ..model import TradewindError
from ..net.memory import MemoryWire
from ..net.virtual import VirtualLoop
from ..protocol.messages import HttpRequest
from ..protocol.outcomes import Act, Stage, State
from ..strategy import Strategy, run
from .boxed import STEPS, SimulatedBox
from .crowd import Crowd
from .due import DEATHS, SPELLS, STRIKES, Due
from .lifewire import LifeJournal, LifeWire, Paper
from .living import Living, open_venue
from .mortal import NOBODY, Killed, Life, tasks
from .report import Report
from .restless import Notes, Restless
from .storm import LASTING, Storm, kinds
from .truth import Records
from .unknowns import Unknowns
from .verdict import Ledger, Violation, compare

INSTRUMENTS = 2
"""How many are traded: two are enough to confuse them."""

RICH = 100_000_000
"""Of the quote asset, and the same worth of the others: no order fails for want of money."""

ROUND = 5_000
"""Orders of one world. A longer run is several worlds, each from the seed and its number."""

QUIET_SECONDS = 900.0
"""Virtual seconds within which everything must have become known once nothing goes wrong."""

STUCK_SECONDS = 600.0
"""Virtual seconds without an order after which there will never be one."""

COLLECT_AFTER = 50_000
"""Objects made between two looks for cycles."""

NOT_STARTED = "not started"
"""How a life ends that does not reach the venue."""

GROWTH = 50
"""How much larger the venue's published limits are made, so that a world is not all waiting."""


class Pace(Struct, frozen=True):
    """How often what happens. Seconds are virtual means.

    Of so many steps of the client, writes of the client and steps of the box chance points at one;
    it is the last one unless enough have ended there (``due``).
    """

    strikes: int = STRIKES
    """Of each fault on each kind of message, per million orders."""
    deaths: int = DEATHS
    """At each step, per million orders."""
    spells: int = SPELLS
    """Of each kind, per million orders."""
    crowd: float = 0.2
    alone: float = 0.8
    """The crowd's, while there is no client that could watch it."""
    spell: float = 3.0
    client_steps: int = 4
    client_places: int = 40
    box_steps: int = 100
    box_snapshots: int = 3
    down: float = 0.3
    lost_journal: float = 0.12
    """The part of the client's deaths that take the journal with them."""


Bot = Callable[[], Strategy]
"""Makes the strategy of one life."""


class World:
    """One venue, one client. ``await play()`` gives the report."""

    def __init__(
        self,
        venue: str,
        seed: int,
        orders: int,
        *,
        bot: Bot | None = None,
        pace: Pace | None = None,
        over: str = "rest",
    ) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self.loop = loop
        self.seed = seed
        self.pace = pace or Pace()
        self.orders = orders
        self.over = over
        self.report = Report(seed=seed, worlds=1)
        self.ledger = Ledger()
        self.notes = Notes(fills=self.ledger.told_fills)
        per = self.pace
        self.storm = Storm(seed, kinds(venue), self._done, per.strikes, per.spells)
        self.unknowns = Unknowns()
        self._client_due = Due(per.deaths, self._done)
        self._box_due = Due(per.deaths, self._done)
        chance = random.Random(f"{seed}/world")
        latency = random.Random(f"{seed}/latency")
        self.wire = MemoryWire(lambda: 0.0003 + latency.random() ** 4 * 0.04)
        self._chance = chance
        self._life_chance = random.Random(f"{seed}/lives")
        self._bot = bot
        self._lives = 0
        self._calm = False
        self._crashed = False
        self._why = "nothing"
        self._words = words_of(venue)
        self._middles: dict[str, Decimal] = {}
        self.paper = Paper(lambda: f"{chance.getrandbits(48):012x}", self)
        found = venues.part(venue, "exchange").traded({})
        self.instruments = [traded.id for traded in found][:INSTRUMENTS]
        limits = {each.name: each.limit * GROWTH for each in venues.part(venue, "limits").LIMITS}
        settings: dict[str, Any] = {"instruments": self.instruments, "limits": limits}
        self.box = SimulatedBox(venue, self.wire, loop, seed, self.storm, settings, self._box_dies)
        self.living: Living | None = None

    # the course of it

    async def play(self) -> Report:
        """Storm, calm, verdict."""
        self.loop.set_task_factory(cast(Any, tasks))  # the stub wants a name for every argument
        self.loop.set_exception_handler(self._broke)
        await self._open()
        self._repeat(self._crowd)
        self._repeat(self._spell)
        task = asyncio.create_task(self._live(), context=Context())
        try:
            await self._storming(task)
            await self._calming(task)
            self._judge()
        except Stuck as stuck:
            self.report.violations.append(Violation("stuck", "", str(stuck)))
        finally:
            self._calm = True
            task.cancel()
            if self.living is not None:
                self.living.life.end("the end")
            await asyncio.gather(task, return_exceptions=True)
        self._sum_up()
        return self.report

    async def _open(self) -> None:
        box = self.box
        await box.open()
        host = box.host
        self._people = Crowd(host, self.seed)
        for _ in range(20 * INSTRUMENTS):
            self._people.act(host)
        for traded in host.traded:
            native = traded.listing.instrument
            price = Decimal(host.engine.last_price(native)) * traded.tick_size
            self._middles[traded.id] = price
            for asset, worth in ((traded.listing.base, price), (traded.listing.quote, Decimal(1))):
                host.faucet("default", {asset: f"{round(RICH / worth)}"})

    async def _storming(self, task: asyncio.Task[None]) -> None:
        done, since = 0, self.loop.time()
        while self._wanted():
            if self._done() != done:
                done, since = self._done(), self.loop.time()
            if self._crashed:
                raise Stuck("something raised what nobody answered for")
            if self.loop.time() > since + STUCK_SECONDS:
                raise Stuck(
                    f"no order in {STUCK_SECONDS:,.0f} seconds of venue time, after {done:,} of "
                    f"{self.orders:,}; a life of the client ended last with: {self._why}"
                )
            await _some(task)

    async def _calming(self, task: asyncio.Task[None]) -> None:
        """Let everything become known; then once more from a new connection."""
        self._calm = True
        self.storm.end()
        for again in (False, True):
            if again:
                self.box.cut()
                await asyncio.sleep(30)
            until = self.loop.time() + QUIET_SECONDS
            while not self._quiet():
                if self.loop.time() > until:
                    break  # what is unknown by now is a violation of its own
                await _some(task)

    def _quiet(self) -> bool:
        return self.box.alive and self.living is not None and self.living.quiet()

    # the client's lives

    async def _live(self) -> None:
        """One life after the other."""
        while True:
            self._lives += 1
            life = Life(self._lives, self._client_died)
            life.fatal, life.spared = self._next_risk(), self._spared
            task = life.run(self._one_life(life))
            await asyncio.wait([task])
            error = None if task.cancelled() else task.exception()
            if isinstance(error, Exception) and not _expected(error):
                raise error
            self._why = _reason(error) if error is not None else self._why
            if not life.dead:
                life.end(NOT_STARTED)
            self.living = None
            if not self._calm and self._chance.random() < self.pace.lost_journal:
                self._lose_journal()
            await asyncio.sleep(self._chance.expovariate(1 / self.pace.down))

    async def _one_life(self, life: Life) -> None:
        wire = LifeWire(self.wire, life, self._client_dies, self._severs)
        form = spelling(self.box.host.facts.client_id, self.box.host.facts.client_id_max)
        journal = LifeJournal(self.paper, life, self._client_dies, form)
        async with open_venue(self.box, wire, journal, over=self.over) as venue:
            self.living = Living(life, venue, journal)
            await run(self._strategy(), venue)

    def _strategy(self) -> Strategy:
        if self._bot is not None:
            return self._bot()
        chance = random.Random(f"{self.seed}/bot/{self._lives}")
        return Restless(self.instruments, chance, self.notes, self._wanted, self._middles)

    def _wanted(self) -> bool:
        return self._done() < self.orders

    def _done(self) -> int:
        """Orders until now: those on paper, or, where nothing is written, those accepted."""
        return max(self.report.orders, self.box.truth.orders)

    def _next_risk(self) -> int:
        """After how many steps chance points at one."""
        return 1 + round(self._life_chance.expovariate(1 / self.pace.client_steps))

    def _spared(self, place: str) -> int:
        if not self._calm and self._client_due.take(place):
            return 0
        return self._next_risk()

    def _client_dies(self, life: Life, place: str) -> bool:
        del life
        if self._calm or self._life_chance.random() * self.pace.client_places >= 1:
            return False
        return self._client_due.take(place)

    def _severs(self, asked: Callable[[], HttpRequest]) -> float:
        return self.storm.severs(lambda: self._words.request(asked()).operation)

    def _client_died(self, where: str) -> None:
        if self.living is not None:
            states = self.living.venue.order_desk.states
            self.unknowns.met |= {n for n, s in states.items() if s.stage is Stage.UNKNOWN}
        self.report.not_started += where == NOT_STARTED

    def _lose_journal(self) -> None:
        self.paper.lose(identities=self._chance.random() < 0.3)
        self.report.journals_lost += 1
        self.ledger.erased |= self.ledger.intents.keys()
        self.ledger.first = 0

    # what gets onto paper

    def written(self, state: State) -> None:
        """An intent is on paper."""
        intent = state.intent
        self.ledger.intents[intent.id] = intent
        self.ledger.first = self.ledger.first or self.loop.wall_ns()
        self.report.calls += 1
        self.report.orders += sum(part.act is Act.NEW for part in intent.parts)

    def became(self, state: State) -> None:
        """An outcome is known."""
        self.report.fates[state.stage.value] += 1
        if state.stage is Stage.RESOLVED:
            self.unknowns.resolve(state)

    def found(self, state: State) -> None:
        """A life has found an intent without an outcome."""
        self.unknowns.met.add(state.intent.id)

    # everybody else

    def _repeat(self, what: Callable[[], float]) -> None:
        """Again and again, at the mean after the seconds that it gives."""

        def again() -> None:
            mean = what()
            self.loop.call_later(self._chance.expovariate(1 / mean), again, context=NOBODY)

        self.loop.call_soon(again, context=NOBODY)

    def _crowd(self) -> float:
        if not self._calm:
            self.box.act(self._people.act)
        watched = self.living is not None and self.living.venue.is_live
        return self.pace.crowd if watched else self.pace.alone

    def _spell(self) -> float:
        if not self._calm and self.box.alive:
            name = self._chance.choice(list(LASTING))
            self.storm.spell(name, self.box.host.clock.now())
        return self.pace.spell

    def _box_dies(self, step: str) -> bool:
        if self._calm or step not in STEPS:
            return False
        one_of = self.pace.box_snapshots if step == STEPS[-1] else self.pace.box_steps
        if self._chance.random() * one_of >= 1 or not self._box_due.take(step):
            return False
        self.loop.call_soon(self._box_down, context=Context())
        return True

    def _box_down(self) -> None:
        wait = self._chance.expovariate(1 / self.pace.down)
        self.loop.call_later(wait, self._box_up, context=Context())

    def _box_up(self) -> None:
        self._opening = self.loop.create_task(self.box.open(), context=Context())
        self._opening.add_done_callback(self._opened, context=NOBODY)

    def _opened(self, task: asyncio.Task[None]) -> None:
        """A venue that cannot start again is the end: nothing would ever answer."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._broke(self.loop, {"message": "the venue cannot start", "exception": error})

    # the end

    def _judge(self) -> None:
        assert self.living is not None
        self.box.close()
        known = self.living.known(self.ledger.intents)
        records = Records(self.box.host, self.box.truth.account, self.box.truth)
        found = list(compare(known, self.box.truth, records, self.ledger))
        self.report.violations += found
        self.report.accepted = sum(self.box.truth.accepted().values())
        self.report.fills = len(records.fills())

    def _broke(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Something raised what nobody answered for."""
        error = context.get("exception")
        if not isinstance(error, Killed):
            self._crashed = True
            loop.default_exception_handler(context)
            what = f"{context.get('message')}: {error!r}"
            self.report.violations.append(Violation("crash", "", what))

    def _sum_up(self) -> None:
        report = self.report
        report.virtual_seconds = self.loop.time()
        for step, count in self.storm.seen.items():
            told = report.reports if step in self.storm.reports else report.requests
            told[step] += count
        report.faults.update(self.storm.struck)
        report.client_steps.update(self._client_due.met)
        report.client_deaths.update(self._client_due.struck)
        report.box_steps.update(self._box_due.met)
        report.box_deaths.update(self.box.deaths)
        report.unknown = len(self.unknowns.met)
        report.resolved.update(self.unknowns.how.values())
        report.erased = len(self.unknowns.met & self.ledger.erased - self.unknowns.how.keys())
        report.venue_hash = self.box.digest() if self.box.alive else ""
        report.client_hash = self.paper.digest()


def _expected(error: Exception) -> bool:
    """Whether it is no more than the storm: the client could not start, or gave up."""
    if isinstance(error, ExceptionGroup):
        return all(_expected(each) for each in error.exceptions)
    return isinstance(error, TradewindError)


def _reason(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"


class Loop(VirtualLoop):
    """A loop on which generators of the dead are not closed: that would be at the collector's
    whim, and the dead do nothing.
    """

    def _asyncgen_finalizer_hook(self, agen: object) -> None:
        del agen


class Stuck(Exception):
    """Nothing goes on."""


async def _some(task: asyncio.Task[None]) -> None:
    """A moment; raises what broke the client."""
    await asyncio.sleep(0.5)
    if task.done():
        task.result()
        raise Stuck("the client has ended")


def simulate(
    venue: str,
    seed: int,
    orders: int,
    *,
    bot: Bot | None = None,
    pace: Pace | None = None,
    over: str = "rest",
    progress: Callable[[Report], None] = lambda _: None,
    stop_at_first: bool = True,
) -> Report:
    """Worlds one after the other until so many orders are done, or something is wrong."""
    total = Report(seed=seed)
    number = 0
    while total.orders < orders:
        of_world = seed * 1_000_003 + number
        wanted = min(ROUND, orders - total.orders)

        async def main(of_world: int = of_world, wanted: int = wanted) -> Report:
            world = World(venue, of_world, wanted, bot=bot, pace=pace, over=over)
            return await world.play()

        with _silent(), _seldom_collecting(), asyncio.Runner(loop_factory=Loop) as runner:
            one = runner.run(main())
        total.add(one)
        progress(total)
        if one.violations and stop_at_first:
            break
        number += 1
    return total


@contextmanager
def _silent() -> Iterator[None]:
    """What goes wrong here is meant to."""
    log = logging.getLogger("tradewind")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """A world makes few cycles and millions of objects: looking for the former costs a tenth."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
        gc.collect()  # the world that has ended, before the next one


__all__ = ["Pace", "World", "simulate"]
