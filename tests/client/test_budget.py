"""The budget of limits: used to the end, never beyond, by one process or many."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.client import budget_run
from tests.client.box import Box, client
from tests.client.box import run as box_run
from tests.client.stage import BTC, SECOND, Stage, play
from tests.client.test_outcomes_wire import PAIR
from tests.client.test_reconcile import other, take

from tradewind.client import Venue
from tradewind.client.budget import MARGIN, Budget, share, unshare
from tradewind.client.clock import Clock
from tradewind.model import Misconfigured, NotSent, Side
from tradewind.model import commands as ask
from tradewind.net.memory import MemoryWire
from tradewind.net.virtual import VirtualLoop
from tradewind.protocol.asking import Key
from tradewind.protocol.messages import HttpResponse
from tradewind.protocol.pacing import Priority
from tradewind.protocol.signing import signer
from tradewind.venues.binance.client import build
from tradewind.venues.binance.limits import CONNECTIONS, LIMITS, MINUTE, Pacing
from tradewind.venues.binance.operations import TABLE

FOREVER = dict.fromkeys(Priority, 1e9)
DAY = 86_400 * SECOND


def run(story: Callable[[], Awaitable[Any]]) -> Any:
    """On a virtual clock."""

    async def main() -> Any:
        return await story()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


# --- each published limit, three full windows ---------------------------------------------------


class Load:
    """As many requests as the budget lets through, for some windows."""

    def __init__(self, stage: Stage, numbers: dict[str, int]) -> None:
        self.stage = stage
        key = stage.host.key(2)
        self.client = build(Key(key.api_key, signer("hmac", key.secret)))
        self.client.learn(self.client.read(ask.FetchInstruments(), stage.info))
        self.budget = Budget(Pacing(numbers), stage.clock, patience=FOREVER)
        self.sent: list[int] = []
        self.statuses: list[int] = []

    async def one(self, operation: str, sent: dict[str, str]) -> None:
        stage = self.stage
        row = TABLE.by_name[operation]
        await self.budget.ready(row, sent)
        now = stage.clock.venue()
        request = self.client.request(ask.NativeCall(operation, sent), now)
        asked = stage.clock.monotonic()
        answer = await stage.http.request(
            request.method, request.path, request.query, request.headers, request.body
        )
        if operation != "time":
            self.sent.append(now)
        self.statuses.append(answer.status)
        self.budget.heard(row, HttpResponse(answer.status, answer.body, answer.headers))
        if operation == "time":
            told = int(answer.body.split(b":")[1][:-1]) * 10**6
            stage.clock.heard(told, asked, stage.clock.monotonic())

    async def press(self, operation: str, sent: dict[str, str], until: int, at_once: int) -> None:
        """Keep so many requests wanting to leave until venue time."""

        async def worker() -> None:
            while self.stage.clock.venue() < until:
                await self.one(operation, sent)

        async def keep_time() -> None:
            while True:
                await asyncio.sleep(300)
                await self.one("time", {})

        loop = asyncio.get_running_loop()
        workers = [loop.create_task(worker()) for _ in range(at_once)]
        workers.append(loop.create_task(keep_time()))
        try:
            await asyncio.wait(workers, timeout=(until - self.stage.clock.venue()) / SECOND)
        finally:
            for task in workers:
                task.cancel()
            for end in await asyncio.gather(*workers, return_exceptions=True):
                if isinstance(end, Exception):
                    raise end


def per_window(sent: list[int], per: int, first: int, windows: int) -> list[int]:
    found = [0] * windows
    for at in sent:
        number = at // per - first
        if 0 <= number < windows:
            found[number] += 1
    return found


CASES = [
    # limit, what it becomes in the test, the operation that uses it, cost of one, at once
    ("REQUEST_WEIGHT", 6000, "depth", {"symbol": BTC, "limit": "500"}, 25, 20),
    ("REQUEST_WEIGHT", 6000, "ticker.price", {"symbol": BTC}, 2, 40),
    ("RAW_REQUESTS", 1500, "ticker.price", {"symbol": BTC}, 1, 20),
    ("ORDERS_10S", 100, "order.place", {}, 1, 20),
    ("ORDERS_1D", 200, "order.place", {}, 1, 10),
    ("SAPI_IP", 600, "wallet.account.apiRestrictions", {}, 1, 20),
]
ORDER = {
    "symbol": BTC,
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "IOC",
    "quantity": "0.001",
    "price": "90000.00",
}


@pytest.mark.parametrize(
    ("name", "number", "operation", "sent", "cost", "at_once"),
    CASES,
    ids=[f"{case[0]}-{case[2]}" for case in CASES],
)
def test_a_limit_is_used_for_three_windows_and_never_exceeded(
    name: str, number: int, operation: str, sent: dict[str, str], cost: int, at_once: int
) -> None:
    """0 refusals, at least 95 % of each window, nothing within round trip + 250 ms of an edge."""
    limit = next(each for each in Pacing().limits if each.name == name)
    wide = {each.name: 10**9 for each in LIMITS} | {name: number}

    async def story(stage: Stage) -> Load:
        for away in range(1, 300):
            stage.host.rest(BTC, Side.BUY, f"{89000 - away}.00", "0.001")
        load = Load(stage, wide)
        await load.one("time", {})
        first = stage.clock.venue() // limit.per + 1
        ends = (first + 3) * limit.per
        await load.press(operation, ORDER if operation == "order.place" else sent, ends, at_once)
        used = per_window(load.sent, limit.per, first, 3)
        assert all(status == 200 for status in load.statuses)
        share = [count * cost / number for count in used]
        told = ", ".join(f"{each:.1%}" for each in share)
        print(f"{name} ({operation}): {told} of three windows, {len(load.sent)} sent, 0 refused")
        assert min(share) >= 0.95, share
        assert max(share) <= 1.0
        trip = 2_000_000 + MARGIN
        idle = [at % limit.per for at in load.sent]
        assert min(idle) >= 10_000_000
        assert max(idle) < limit.per - 2_000_000
        # a window with time to spare is not left early: what is refused is only the edge
        assert load.budget.edges().before + load.budget.edges().after <= trip + 60_000_000
        await load.budget.close()
        return load

    play(story, beat=limit.per / SECOND / 20, limits=wide, maker_credit=0)


def test_every_published_limit_is_played() -> None:
    """Each of those that the client paces by is in a test here."""
    assert {case[0] for case in CASES} | {"CONNECTIONS"} == {each.name for each in Pacing().limits}


def test_connections_are_paced_too() -> None:
    """As many WebSockets as the venue allows, for three windows."""

    async def story(stage: Stage) -> None:
        budget = Budget(Pacing({"CONNECTIONS": 20}), stage.clock, patience=FOREVER)
        first = stage.clock.venue() // CONNECTIONS.per + 1
        opened = []
        while stage.clock.venue() < (first + 3) * CONNECTIONS.per:
            await budget.connecting("streams")
            opened.append(stage.clock.venue())
            socket = await stage.wire.connect(f"{stage.url}/ws/btcusdt@trade")
            await socket.close()
        used = per_window(opened, CONNECTIONS.per, first, 3)
        print(f"CONNECTIONS: {used} of 20 in three windows, 0 refused")
        assert used == [19, 19, 19]
        await budget.close()

    play(story, beat=10, limits={"CONNECTIONS": 20})


def test_without_pacing_the_same_load_is_refused() -> None:
    """The exchange does count: the tests above would see it."""

    async def story(stage: Stage) -> None:
        load = Load(stage, {"REQUEST_WEIGHT": 10**9})
        for _ in range(30):
            await load.one("depth", {"symbol": BTC, "limit": "500"})
        assert 429 in load.statuses
        await load.budget.close()

    play(story, limits={"REQUEST_WEIGHT": 600})


# --- one process --------------------------------------------------------------------------------


def query(name: str = "ticker.price") -> Any:
    return TABLE.by_name[name]


def test_cancels_go_before_amends_before_orders_before_questions() -> None:
    """Whoever waits longest of its kind goes first; nobody passes for the same limit."""

    async def story() -> None:
        budget = Budget(Pacing({"REQUEST_WEIGHT": 10}), Clock(), patience=FOREVER)
        symbol = {"symbol": BTC}
        while budget.eta(query("order.cancel"), symbol) < 1:
            await budget.ready(query("order.cancel"), symbol)
        left: list[str] = []

        async def send(name: str) -> None:
            await budget.ready(query(name), symbol)
            left.append(name)

        names = [
            "ticker.price",
            "order.place",
            "order.amend.keepPriority",
            "order.cancel",
            "ticker.price",
            "order.cancel",
        ]
        tasks = []
        for name in names:
            tasks.append(asyncio.get_running_loop().create_task(send(name)))
            await asyncio.sleep(0.01)
        waiting = budget.waiting
        assert [each.priority for each in waiting] == sorted(each.priority for each in waiting)
        assert all(0 < each.seconds <= 61 for each in waiting)
        await asyncio.sleep(180)
        await asyncio.gather(*tasks)
        assert left == [
            "order.cancel",
            "order.cancel",
            "order.amend.keepPriority",
            "order.place",
            "ticker.price",
            "ticker.price",
        ]
        await budget.close()

    run(story)


def test_a_reserve_is_left_for_cancels() -> None:
    """When questions have used all that they may, a cancel still goes at once."""

    async def story() -> None:
        budget = Budget(Pacing({"REQUEST_WEIGHT": 1000}), Clock())
        await asyncio.sleep(1)
        while budget.eta(query(), {"symbol": BTC}) == 0:
            await budget.ready(query(), {"symbol": BTC})
        assert budget.eta(query(), {"symbol": BTC}) > 30
        assert budget.eta(query("order.cancel"), {"symbol": BTC}) == 0
        used = {usage.limit.name: usage.used for usage in budget.usage()}
        assert used["REQUEST_WEIGHT"] == 960
        await budget.close()

    run(story)


def test_what_would_wait_too_long_is_not_sent() -> None:
    """At once, with how long it would be."""

    async def story() -> None:
        budget = Budget(Pacing({"ORDERS_1D": 1}), Clock())
        await asyncio.sleep(1)
        await budget.ready(query("order.place"), {})
        with pytest.raises(NotSent, match="would have to wait 8"):
            await budget.ready(query("order.place"), {})
        await budget.ready(query("order.cancel"), {})
        await budget.close()

    run(story)


def answer(weight: int, status: int = 200, **headers: str) -> HttpResponse:
    told = (("X-MBX-USED-WEIGHT-1M", str(weight)), *headers.items())
    return HttpResponse(status, b'{"code":-1003}', told)


def test_strangers_behind_the_same_address_are_seen_and_given_way_to() -> None:
    """The venue counts more than we have spent: the rest is theirs, and some more."""

    async def story() -> None:
        budget = Budget(Pacing(), Clock(), patience=FOREVER)
        await asyncio.sleep(2)
        await budget.ready(query(), {"symbol": BTC})
        budget.heard(query(), answer(5002))
        usage = budget.usage()[0]
        assert (usage.used, usage.strangers) == (2, 5000)
        sent = 0
        while budget.eta(query(), {"symbol": BTC}) == 0:
            await budget.ready(query(), {"symbol": BTC})
            sent += 2
        assert 500 < sent < 700
        await budget.close()

    run(story)


def test_what_weighs_nothing_when_it_succeeds_is_given_back() -> None:
    """And an order that was refused does not count."""

    async def story() -> None:
        budget = Budget(Pacing(), Clock())
        await asyncio.sleep(2)
        for status in (200, 400):
            await budget.ready(query("order.place"), {})
            budget.heard(query("order.place"), HttpResponse(status, b"{}", ()))
        used = {usage.limit.name: usage.used for usage in budget.usage()}
        assert (used["REQUEST_WEIGHT"], used["ORDERS_10S"], used["ORDERS_1D"]) == (1, 1, 1)
        await budget.close()

    run(story)


def test_a_refusal_is_obeyed_by_everything_for_as_long_as_it_says() -> None:
    """429 with Retry-After: nothing leaves until then."""

    async def story() -> None:
        budget = Budget(Pacing(), Clock(), patience=FOREVER)
        await asyncio.sleep(2)
        await budget.ready(query(), {"symbol": BTC})
        budget.heard(query(), answer(1, 429, **{"Retry-After": "7"}))
        began = asyncio.get_running_loop().time()
        await budget.ready(query("order.cancel"), {})
        assert 7 <= asyncio.get_running_loop().time() - began < 8
        assert budget.refused == 1
        await budget.close()

    run(story)


def test_too_many_orders_stops_orders_only() -> None:
    """Questions and cancels go on."""

    async def story() -> None:
        budget = Budget(Pacing(), Clock(), patience=FOREVER)
        await asyncio.sleep(2)
        await budget.ready(query("order.place"), {})
        told = HttpResponse(429, b'{"code":-1015,"msg":"... 10 SECOND."}', (("retry-after", "6"),))
        budget.heard(query("order.place"), told)
        assert budget.eta(query("order.place"), {}) > 5
        assert budget.eta(query("order.cancel"), {}) == 0
        assert budget.eta(query(), {"symbol": BTC}) == 0
        await budget.close()

    run(story)


def test_a_cancelled_wait_leaves_nothing_behind() -> None:
    """The next one takes its place."""

    async def story() -> None:
        budget = Budget(Pacing({"ORDERS_10S": 1}), Clock(), patience=FOREVER)
        await asyncio.sleep(1)
        await budget.ready(query("order.place"), {})
        task = asyncio.get_running_loop().create_task(budget.ready(query("order.place"), {}))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert budget.waiting == []
        await budget.close()

    run(story)


# --- many processes -----------------------------------------------------------------------------


def test_two_budgets_of_one_file_share_a_limit(tmp_path: Path) -> None:
    """What one has used the other has not; accounts have their own."""

    async def story() -> None:
        path = tmp_path / "shared.limits"
        one = Budget(Pacing({"REQUEST_WEIGHT": 100}), Clock(), path=path, account="a")
        two = Budget(Pacing({"REQUEST_WEIGHT": 100}), Clock(), path=path, account="b")
        await asyncio.sleep(1)
        await one.ready(query("order.place"), {})
        await one.ready(query(), {"symbol": BTC})
        used = {usage.limit.name: usage.used for usage in two.usage()}
        assert (used["REQUEST_WEIGHT"], used["ORDERS_10S"]) == (3, 0)
        await one.close()
        await two.close()

    run(story)


HOLDER = """
import asyncio, sys
from pathlib import Path
from tradewind.client.budget import Budget
from tradewind.client.clock import Clock
from tradewind.venues.binance.limits import Pacing
from tradewind.venues.binance.operations import TABLE

async def main():
    budget = Budget(Pacing(), Clock(), path=Path(sys.argv[1]))
    for _ in range(10):
        await budget.ready(TABLE.by_name["ticker.price"], {"symbol": "BTCUSDT"})
    print("spent", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_what_a_killed_process_had_not_spent_is_back_within_a_second(tmp_path: Path) -> None:
    """And what it had spent stays spent."""
    path = tmp_path / "shared.limits"

    async def away_from_the_edge() -> None:
        inside = Clock.wall() % MINUTE
        if inside > 50 * SECOND or inside < SECOND:
            await asyncio.sleep((MINUTE - inside) % MINUTE / SECOND + 1.0)

    async def story() -> None:
        await away_from_the_edge()
        child = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True
        )
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "spent\n"
            child.stdout.close()
            budget = Budget(Pacing(), Clock(), path=path)
            pacer = budget._pacer
            assert pacer._living() == 2
            slot = pacer._slots["REQUEST_WEIGHT"]
            assert pacer._words[slot.at + 2] > 20  # the child's lease is larger than what it spent
            os.kill(child.pid, signal.SIGKILL)  # and nobody waits for it: it stays a zombie
            loop = asyncio.get_running_loop()
            killed = loop.time()
            while pacer._living() == 2:
                await budget.ready(query("ping"), {})
                await asyncio.sleep(0.02)
                assert loop.time() - killed < 1.0
            spent = budget.usage()[0].used
            assert spent >= 20
            await budget.close()
        finally:
            child.kill()
            child.wait()

    asyncio.run(story())


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    """Neither open to others nor a link."""
    path = tmp_path / "a.limits"
    unshare(share(path))
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        share(path)
    link = tmp_path / "b.limits"
    link.symlink_to(path)
    with pytest.raises(Misconfigured):
        share(link)


def test_real_processes_share_the_budget_of_a_real_box() -> None:
    """Nothing is refused, also when one of them is killed. The long run has eight of them for
    three minutes: ``python -m tests.client.budget_run``.
    """
    found = budget_run.run(3, 6, {"REQUEST_WEIGHT": 2000, "ORDERS_10S": 50}, kill=True)
    assert (found["refused"], found["other errors"]) == (0, 0), found
    assert found["requests"] > 50
    assert found["codes"] == [0]
    assert found["killed"] >= 1


# --- orders that trade --------------------------------------------------------------------------


def paced(box: Box, wire: MemoryWire) -> tuple[Venue, Budget]:
    clock = Clock()
    budget = Budget(Pacing(), clock)
    return client(box, wire, pacing=budget, clock=clock), budget


def orders_used(budget: Budget) -> tuple[int, int]:
    used = {usage.limit.name: usage.used for usage in budget.usage()}
    return used["ORDERS_10S"], used["ORDERS_1D"]


def test_the_first_fill_of_an_order_takes_it_off_the_count_of_orders() -> None:
    """Once, however often it fills; of the window that it filled in; never of somebody else."""

    async def story(box: Box, wire: MemoryWire) -> None:
        venue, budget = paced(box, wire)
        async with venue:
            for _ in range(2):
                await venue.place_order(PAIR, "buy", "limit", quantity="1", price="100.5")
            other(box).order("BUY", quantity="1", price="100.6")
            assert orders_used(budget) == (2, 2)
            take(box, "100.6", "1")  # theirs
            await asyncio.sleep(0.1)
            assert orders_used(budget) == (2, 2)
            for _ in range(3):
                take(box, "100.5", "0.25")
            await asyncio.sleep(0.1)
            assert orders_used(budget) == (1, 1)
            await asyncio.sleep(10)
            await venue.place_order(PAIR, "buy", "limit", quantity="1", price="50")
            take(box, "100.5", "1")  # the second of before
            await asyncio.sleep(0.1)
            ours = venue.account.orders
            assert len(ours) == 2
            assert orders_used(budget)[0] == 0  # an order of before takes one off today as well

    box_run(story)


def test_what_the_venue_has_counted_itself_is_not_taken_off_again() -> None:
    """An order fills at once: the count beside its answer has it already."""

    async def story(box: Box, wire: MemoryWire) -> None:
        venue, budget = paced(box, wire)
        async with venue:
            for _ in range(3):
                await venue.place_order(PAIR, "buy", "limit", quantity="0.1", price="50")
            for _ in range(3):
                await venue.place_order(PAIR, "buy", "limit", quantity="0.1", price="101")
            await asyncio.sleep(0.1)
            answer = other(box).order("BUY", quantity="1", price="49")
            told = int(answer.headers["x-mbx-order-count-1d"])
            assert orders_used(budget)[1] == told - 1 == 3

    box_run(story)
