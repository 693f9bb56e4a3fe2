"""``kill -9`` of a trading client, many times, against a real box: nothing is lost or doubled.

    python -m tests.client.kills --kills 100

The client is a process of its own that places, cancels and amends as fast as it can, over its
journal. It is killed at any moment; the next one begins on the same journal. In the end one more
reconciles, and what it knows is compared with what the box says: every order that the box has
carries an id of ours and is known, every fill is counted once, every intent has an outcome and it
is true.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import tradewind
from tradewind.client import Venue
from tradewind.client.door import Unpaced
from tradewind.model import Order, OrderStatus, TradewindError
from tradewind.protocol.outcomes import Act, Fate
from tradewind.venues import have, names

VENUE = next(name for name in names() if have(name, "exchange") and have(name, "client"))
PAIR = "BTC/USDT"
LIMITS = '{"ORDERS_10S":10000000,"ORDERS_1D":100000000,"REQUEST_WEIGHT":100000000,' \
    '"RAW_REQUESTS":100000000}'  # fmt: skip


class Differs(AssertionError):
    """What the client knows is not what the box has."""


# --- the client that is killed ------------------------------------------------------------------


async def trade(data: str, seed: int, over: str) -> None:
    """Trade until the end comes."""
    chance = random.Random(seed)
    async with tradewind.connect(VENUE, data=data, orders_over=over, pacing=Unpaced()) as venue:
        ticker = await venue.fetch_ticker(PAIR)
        print("live", flush=True)
        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(_trader(venue, chance, ticker.last))


async def _trader(venue: Venue, chance: random.Random, price: Decimal) -> None:
    while True:
        try:
            await _act(venue, chance, price)
        except TradewindError:
            await asyncio.sleep(0.001)


async def _act(venue: Venue, chance: random.Random, price: Decimal) -> None:
    orders = list(venue.orders.values())
    if orders and chance.random() < 0.45:
        order = chance.choice(orders)
        if chance.random() < 0.3:
            less = (order.quantity / 2).quantize(Decimal("0.001"))
            await venue.amend_order(PAIR, less, order_id=order.order_id)
        else:
            await venue.cancel_order(PAIR, order_id=order.order_id)
        return
    side = chance.choice(("buy", "sell"))
    if chance.random() < 0.2:
        await venue.place_order(PAIR, side, "market", quantity="0.002")
        return
    away = Decimal(chance.randrange(1, 40)) / 10_000 * (-1 if side == "buy" else 1)
    at = (price * (1 + away)).quantize(Decimal("0.1"))
    await venue.place_order(PAIR, side, "limit", quantity="0.004", price=at)


# --- the one that looks afterwards --------------------------------------------------------------


async def look(data: str, over: str) -> dict[str, int]:
    """Reconcile, wait until everything is known, and compare. Raises Differs."""
    async with tradewind.connect(VENUE, data=data, orders_over=over, pacing=Unpaced()) as venue:
        assert venue.reconciled is not None
        if venue.reconciled.adopted:
            raise Differs(f"sent without a journal: {venue.reconciled.adopted}")
        unknown = len(venue.unknown)
        async with asyncio.timeout(60):
            while venue.under_way:
                await asyncio.sleep(0.1)
        await asyncio.gather(*(_cancel(venue, order) for order in list(venue.orders.values())))
        await asyncio.sleep(0.3)
        return await _compare(venue, unknown)


async def _cancel(venue: Venue, order: Order) -> None:
    try:
        await venue.cancel_order(PAIR, order_id=order.order_id)
    except TradewindError:
        return


async def _compare(venue: Venue, unknown: int) -> dict[str, int]:
    venue.journal.flush()
    theirs = {order.order_id: order for order in await _orders(venue)}
    execute = venue.journal._execute
    parts: dict[str, Fate] = {}
    rows = execute("SELECT intent, stage, fates FROM intents").fetchall()
    for blob, stage, fates in rows:
        if stage == "journaled":
            raise Differs(f"an intent without an outcome: {blob!r}")
        for part, fate in zip(json.loads(blob)["parts"], (fates or "").split(","), strict=True):
            if part["act"] == Act.NEW:
                parts[part["name"]] = Fate(fate)
    happened = {name for name, fate in parts.items() if fate is Fate.HAPPENED}
    named = _by_our_names(theirs, execute("SELECT told FROM orders").fetchall())
    if len(named) != len(theirs):
        raise Differs(f"{len(theirs)} orders there, {len(named)} names: one is there twice")
    if set(named) != happened:
        raise Differs(f"only there: {set(named) - happened}; only here: {happened - set(named)}")
    fills = await venue.reconciler._all_fills(_every_fill())
    there = sorted((fill.fill_id, fill.order_id) for fill in fills)
    here = sorted(execute("SELECT fill_id, order_id FROM fills").fetchall())
    if there != here:
        raise Differs(f"{len(there)} fills there, {len(here)} here")
    return {"intents": len(rows), "orders": len(theirs), "fills": len(fills), "unknown": unknown}


def _every_fill() -> Any:
    from tradewind.model.commands import FetchFills

    return FetchFills(PAIR, "", 1000, None, "0")


async def _orders(venue: Venue) -> list[Order]:
    return await venue.reconciler._all_orders(PAIR, 0)


def _by_our_names(theirs: dict[str, Order], rows: list[tuple[bytes]]) -> dict[str, Order]:
    """The box's orders under the names that we gave them: a cancel renames an order."""
    ours = {told["order_id"]: told for told in (json.loads(row[0]) for row in rows)}
    named = {}
    for order_id, order in theirs.items():
        known = ours.get(order_id)
        if known is None:
            raise Differs(f"the box has {order}, which the journal does not know")
        if order.order_status is not OrderStatus(known["order_status"]):
            raise Differs(f"{order_id} is {order.order_status} there, {known['order_status']} here")
        if order.filled_quantity != Decimal(known["filled_quantity"]):
            raise Differs(f"{order_id} has filled {order.filled_quantity} there")
        named[known["client_order_id"]] = order
    return named


# --- the run ------------------------------------------------------------------------------------


def run(kills: int, seed: int, over: str = "rest", longest: float = 1.0) -> str:
    """That many kills over one journal. Raises Differs."""
    chance = random.Random(seed)
    totals = {"unknown": 0}
    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder) / "box")
        box = _start_box(data)
        try:
            for number in range(kills):
                _trade_and_kill(data, f"{seed}{number}", over, chance.uniform(0.02, longest))
                if number % 10 == 9 or number == kills - 1:
                    told = asyncio.run(look(data, over))
                    totals = told | {"unknown": totals["unknown"] + told["unknown"]}
        finally:
            box.send_signal(signal.SIGTERM)
            box.communicate(timeout=20)
    return (
        f"{kills} kills of a trading client over {over}: {totals['intents']} intents, "
        f"{totals['orders']} orders, {totals['fills']} fills; {totals['unknown']} unknown at the "
        "looks, all resolved; nothing lost, nothing doubled"
    )


def _start_box(data: str) -> "subprocess.Popen[str]":
    box = subprocess.Popen(
        [
            *(sys.executable, "-m", "tradewind.cli", "up", "--json", "--venues", VENUE),
            *("--data", data, "--port-base", "0", "--seed", "7"),
            *("--set", f"{VENUE}.limits={LIMITS}"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert box.stdout is not None
    if not box.stdout.readline():
        raise Differs(f"the box does not start: {box.communicate()[1]}")
    return box


def _trade_and_kill(data: str, seed: str, over: str, seconds: float) -> None:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.client.kills", "--trade", data),
            *("--seed", seed, "--over", over),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
        env=dict(os.environ),
    )
    assert process.stdout is not None
    if process.stdout.readline() != "live\n":
        raise Differs(f"the client does not start again: {process.communicate()[1][-2000:]}")
    time.sleep(seconds)
    process.kill()
    process.communicate()
    if process.returncode != -signal.SIGKILL:
        raise Differs(f"the client ended by itself with {process.returncode}")


def main() -> None:
    """One run, or (for the run) one client."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--over", default="rest", choices=("rest", "websocket"))
    parser.add_argument("--trade", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.trade:
        asyncio.run(trade(options.trade, options.seed, options.over))
    else:
        print(run(options.kills, options.seed, options.over))


if __name__ == "__main__":
    main()
