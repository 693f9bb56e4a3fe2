"""One simulation: a client with its bot, a venue, a wire between them, and everything that goes
wrong, from one seed.

    storm   faults of single messages, spells of maintenance, bans and silence
    deaths  the client and the venue are killed between any two steps and come back; sometimes the
            client's journal does not
    calm    nothing goes wrong any more, everything that can be known becomes known
    verdict the client's orders, fills and balances beside the venue's
"""

import asyncio
import hashlib
import logging
import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import Context
from decimal import Decimal
from typing import Any, cast

from msgspec import Struct, field

from .. import venues
from ..client.intents import spelling
from ..exchange.faults import words_of
from ..model import TradewindError
from ..net.memory import MemoryWire
from ..net.virtual import VirtualLoop
from ..protocol.messages import HttpRequest
from ..protocol.outcomes import Act, Stage, State
from ..strategy import Strategy, run
from .boxed import SimulatedBox
from .crowd import Crowd
from .lifewire import LifeJournal, LifeWire, Paper
from .living import Living, open_venue
from .mortal import NOBODY, Killed, Life, tasks
from .restless import Notes, Restless
from .storm import SPELLS, Storm, questions
from .truth import Records
from .verdict import Ledger, Violation, compare

INSTRUMENTS = 2
"""How many are traded: two are enough to confuse them."""

RICH = 100_000_000
"""Of the quote asset, and the same worth of the others: no order fails for want of money."""

ROUND = 5_000
"""Orders of one world. A longer run is several worlds, each from the seed and its number."""

QUIET_SECONDS = 900.0
"""Virtual seconds within which everything must have become known once nothing goes wrong."""

STUCK_SECONDS = 40_000.0
"""Virtual seconds after which a world has not done its orders and never will."""

GROWTH = 50
"""How much larger the venue's published limits are made, so that a world is not all waiting."""


BOX_STEPS: Mapping[str, int] = {
    "applied": 1_200,
    "inserted": 1_200,
    "committed": 1_500,
    "answered": 1_500,
    "projected": 280,
    "snapshot written": 5,
}


class Pace(Struct, frozen=True):
    """How often what happens. Seconds are virtual means."""

    crowd: float = 0.2
    spell: float = 40.0
    client_steps: int = 4_000
    """Steps of the client between two deaths, at the mean."""
    client_places: int = 350
    """One of so many writes of the client is its last."""
    box_steps: Mapping[str, int] = field(default_factory=lambda: BOX_STEPS)
    """One of so many of these steps of the box is its last."""
    down: float = 1.0
    lost_journal: float = 0.12
    """The part of the client's deaths that take the journal with them."""


class Report(Struct):
    """What a world, or several, came to."""

    seed: int = 0
    orders: int = 0
    calls: int = 0
    accepted: int = 0
    fills: int = 0
    unknown: int = 0
    resolved: int = 0
    virtual_seconds: float = 0.0
    worlds: int = 0
    messages: Counter[str] = field(default_factory=Counter)
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    client_deaths: Counter[str] = field(default_factory=Counter)
    box_deaths: Counter[str] = field(default_factory=Counter)
    journals_lost: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    venue_hash: str = ""
    client_hash: str = ""

    def add(self, other: "Report") -> None:
        """Another world's."""
        for name in ("orders", "calls", "accepted", "fills", "unknown", "resolved", "worlds",
                     "virtual_seconds", "journals_lost"):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("messages", "faults", "client_deaths", "box_deaths", "fates"):
            getattr(self, name).update(getattr(other, name))
        self.violations += other.violations
        self.venue_hash = _digest(self.venue_hash, other.venue_hash)
        self.client_hash = _digest(self.client_hash, other.client_hash)


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
        self.storm = Storm(seed, questions(venue))
        chance = random.Random(f"{seed}/world")
        latency = random.Random(f"{seed}/latency")
        self.wire = MemoryWire(lambda: 0.0003 + latency.random() ** 4 * 0.04)
        self._chance = chance
        self._life_chance = random.Random(f"{seed}/lives")
        self._bot = bot
        self._lives = 0
        self._calm = False
        self._words = words_of(venue)
        self._middles: dict[str, Decimal] = {}
        self._unknown: set[str] = set()
        self.paper = Paper(lambda: f"{chance.getrandbits(48):012x}", self._written, self._became)
        found = venues.part(venue, "exchange").traded({})
        self.instruments = [traded.id for traded in found][:INSTRUMENTS]
        limits = {each.name: each.limit * GROWTH for each in venues.part(venue, "limits").LIMITS}
        settings: dict[str, Any] = {"instruments": self.instruments, "limits": limits}
        self.box = SimulatedBox(venue, self.wire, loop, seed, self.storm, settings, self._box_dies)
        self.living: Living | None = None

    # the course of it

    async def play(self) -> Report:
        """Storm, calm, verdict."""
        random.seed(self.seed)  # what spreads reconnections draws from the common generator
        self.loop.set_task_factory(cast(Any, tasks))  # the stub wants a name for every argument
        self.loop.set_exception_handler(self._broke)
        await self._open()
        self._repeat(self.pace.crowd, self._crowd)
        self._repeat(self.pace.spell, self._spell)
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
        while self._wanted():
            if self.loop.time() > STUCK_SECONDS:
                raise Stuck(f"{self.report.orders} of {self.orders} orders in {STUCK_SECONDS} s")
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
            life.fatal = self._fatal()
            task = life.run(self._one_life(life))
            await asyncio.wait([task])
            error = None if task.cancelled() else task.exception()
            if isinstance(error, Exception) and not _expected(error):
                raise error
            life.end("gave up")
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
        return max(self.report.orders, self.box.truth.orders) < self.orders

    def _fatal(self) -> int:
        """The step that is the last one of a life."""
        return 1 + round(self._life_chance.expovariate(1 / self.pace.client_steps))

    def _client_dies(self, life: Life, place: str) -> bool:
        del life, place
        return not self._calm and self._life_chance.randrange(self.pace.client_places) == 0

    def _severs(self, request: HttpRequest) -> float:
        return self.storm.severs(self._words.request(request).operation)

    def _client_died(self, where: str) -> None:
        if where != "the end":
            self.report.client_deaths[where] += 1

    def _lose_journal(self) -> None:
        self.paper.lose(identities=self._chance.random() < 0.3)
        self.report.journals_lost += 1
        self.ledger.erased |= self.ledger.intents.keys()
        self.ledger.first = 0

    def _written(self, state: State) -> None:
        """An intent is on paper."""
        intent = state.intent
        self.ledger.intents[intent.id] = intent
        self.ledger.first = self.ledger.first or self.loop.wall_ns()
        self.report.calls += 1
        self.report.orders += sum(part.act is Act.NEW for part in intent.parts)

    def _became(self, state: State) -> None:
        """An outcome is known."""
        self.report.fates[state.stage.value] += 1

    # everybody else

    def _repeat(self, mean: float, what: Callable[[], None]) -> None:
        def again() -> None:
            what()
            self.loop.call_later(self._chance.expovariate(1 / mean), again, context=NOBODY)

        self.loop.call_later(self._chance.expovariate(1 / mean), again, context=NOBODY)

    def _crowd(self) -> None:
        if not self._calm:
            self.box.act(self._people.act)

    def _spell(self) -> None:
        if not self._calm and self.box.alive:
            name = self._chance.choice(list(SPELLS))
            self.storm.spell(name, self.box.host.clock.now())

    def _box_dies(self, step: str) -> bool:
        one_of = self.pace.box_steps.get(step)
        if self._calm or not one_of or self._chance.randrange(one_of):
            return False
        self.loop.call_soon(self._box_down, context=Context())
        return True

    def _box_down(self) -> None:
        wait = self._chance.expovariate(1 / self.pace.down)
        self.loop.call_later(wait, self._box_up, context=Context())

    def _box_up(self) -> None:
        self._opening = self.loop.create_task(self.box.open(), context=Context())

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
            loop.default_exception_handler(context)
            what = f"{context.get('message')}: {error!r}"
            self.report.violations.append(Violation("crash", "", what))

    def _sum_up(self) -> None:
        report = self.report
        report.virtual_seconds = self.loop.time()
        report.messages.update(self.storm.seen)
        report.faults.update(self.storm.struck)
        report.box_deaths.update(self.box.deaths)
        report.venue_hash = self.box.digest()
        report.client_hash = self.paper.digest()


def _expected(error: Exception) -> bool:
    """Whether it is no more than the storm: the client could not start, or gave up."""
    if isinstance(error, ExceptionGroup):
        return all(_expected(each) for each in error.exceptions)
    return isinstance(error, TradewindError)


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


def _digest(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()


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
    logging.getLogger("tradewind").setLevel(logging.CRITICAL)
    total = Report(seed=seed)
    number = 0
    while total.orders < orders:
        of_world = seed * 1_000_003 + number
        wanted = min(ROUND, orders - total.orders)

        async def main(of_world: int = of_world, wanted: int = wanted) -> Report:
            world = World(venue, of_world, wanted, bot=bot, pace=pace, over=over)
            return await world.play()

        with asyncio.Runner(loop_factory=Loop) as runner:
            one = runner.run(main())
        total.add(one)
        progress(total)
        if one.violations and stop_at_first:
            break
        number += 1
    return total


__all__ = ["Pace", "Report", "Stage", "World", "simulate"]
