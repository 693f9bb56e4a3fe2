"""Bugs to plant in the engine, and a way to load an engine that has one.

A bug is a piece of real source and what it is changed into. The changed module and everything that
imports it are loaded afresh under the package's own names; the interface modules (commands,
events, listing, orders) are the ones everybody uses, so that values still compare.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import tradewind.engine
from tradewind.engine import engine as _real  # noqa: F401  (all modules are loaded once)

PACKAGE = "tradewind.engine"
SHARED = ("commands", "events", "listing", "orders")


class Bug(NamedTuple):
    name: str
    module: str
    was: str
    now: str


BUGS = (
    Bug(
        "the newest order at a price trades first",
        "book",
        "maker = next(iter(orders.values()))",
        "maker = next(reversed(orders.values()))",
    ),
    Bug("the worst price trades first", "book", "key = keys[-1]", "key = keys[0]"),
    Bug(
        "an iceberg keeps its place when it shows more",
        "book",
        "        level.orders[maker.order_id] = maker\n        level.visible",
        "        level.orders = {maker.order_id: maker, **level.orders}\n        level.visible",
    ),
    Bug(
        "an iceberg shows all that remains",
        "book",
        "maker.shown = min(maker.display_quantity, maker.remaining)",
        "maker.shown = maker.remaining",
    ),
    Bug(
        "a limit does not trade at exactly its price",
        "placing",
        "half.keys[-1] >= half.sign * order.price):\n        ends",
        "half.keys[-1] > half.sign * order.price):\n        ends",
    ),
    Bug(
        "visible lots are not lowered by a cancel",
        "book",
        "        level.visible -= order.shown\n        order.shown = 0",
        "        order.shown = 0",
    ),
    Bug(
        "an amended order goes to the end of the queue",
        "book",
        "        order.remaining = remaining\n",
        "        order.remaining = remaining\n"
        "        queue = self.levels[self.sign * order.price].orders\n"
        "        queue[order.order_id] = queue.pop(order.order_id)\n",
    ),
    Bug(
        "fees round up",
        "matching",
        "fee = received * (rate + more) // RATE_ONE",
        "fee = -(-received * (rate + more) // RATE_ONE)",
    ),
    Bug(
        "the maker pays the taker's rate",
        "matching",
        "account.fees.of(makes=makes,",
        "account.fees.of(makes=False,",
    ),
    Bug(
        "buyer and seller pay each other's rate",
        "matching",
        "rates.special.of(makes=makes, buys=buys)",
        "rates.special.of(makes=makes, buys=not buys)",
    ),
    Bug(
        "taxes are discounted",
        "matching",
        "+ more * RATE_ONE",
        "+ more * (RATE_ONE - account.fee_discount)",
    ),
    Bug(
        "a snapshot forgets the rates of instruments",
        "snapshot",
        "fees=tuple(state.fees.values()),",
        "fees=(),",
    ),
    Bug(
        "the discount is what is paid",
        "matching",
        "(RATE_ONE - account.fee_discount)",
        "account.fee_discount",
    ),
    Bug(
        "the fee asset may be overdrawn",
        "matching",
        "if state.ledger.available(order.account, account.fee_asset) >= other_fee:",
        "if other_fee >= 0:",
    ),
    Bug(
        "fill or kill fills in part",
        "placing",
        "if order.time_in_force is FOK and fillable(state, market, order) < order.remaining:\n"
        "        lists",
        "if order.time_in_force is FOK and not fillable(state, market, order):\n        lists",
    ),
    Bug(
        "fill or kill counts what it cannot trade with",
        "matching",
        "if not own or passes:\n",
        "if True:\n",
    ),
    Bug(
        "what an IOC leaves rests",
        "placing",
        "order.time_in_force is GTC and ends is None",
        "order.time_in_force is not FOK and ends is None",
    ),
    Bug(
        "the maker's self-trade prevention decides",
        "matching",
        "    mode = taker.self_trade_prevention\n",
        "    mode = maker.self_trade_prevention\n"
        "    mode = taker.self_trade_prevention if mode is Stp.NONE else mode\n",
    ),
    Bug(
        "expire maker and expire taker are mixed up",
        "matching",
        "Stp.EXPIRE_MAKER: (maker.remaining, 0)",
        "Stp.EXPIRE_MAKER: (0, taker.remaining)",
    ),
    Bug(
        "transfer needs only the taker to say so",
        "matching",
        "if mode is Stp.TRANSFER and maker.self_trade_prevention is not Stp.TRANSFER:",
        "if False:",
    ),
    Bug(
        "trade groups are not compared",
        "matching",
        "state.groups[group] if group else (order.account,)",
        "(order.account,)",
    ),
    Bug(
        "price improvement is not released",
        "matching",
        "        if excess:\n            hold(state, market, order, order.held - excess)",
        "        pass",
    ),
    Bug(
        "a cancelled order's hold is not released",
        "state",
        "    if order.held:\n        hold(state, market, order, 0)",
        "    if order.held and status is not OrderStatus.CANCELLED:\n"
        "        hold(state, market, order, 0)",
    ),
    Bug(
        "holds round down",
        "state",
        "return market.listing.value_up(order.hold_price, lots)",
        "return market.listing.value(order.hold_price, lots)",
    ),
    Bug(
        "a client order id may be used twice",
        "placing",
        "if command.client_order_id and "
        "(command.account, command.client_order_id) in market.clients:",
        "if False:",
    ),
    Bug(
        "a client order id stays taken after the order ended",
        "state",
        "        del market.clients[order.account, order.client_order_id]\n    if order.trigger",
        "        pass\n    if order.trigger",
    ),
    Bug(
        "one level too few is told",
        "engine",
        "    keys = list(touched)\n",
        "    keys = list(touched)[: max(1, len(touched) - 1)]\n",
    ),
    Bug("levels are cut one short", "engine", "half.keys[-limit:]", "half.keys[-limit + 1 :]"),
    Bug(
        "post-only takes at its own price",
        "placing",
        "if half.keys and half.keys[-1] >= half.sign * order.price:\n            return",
        "if half.keys and half.keys[-1] > half.sign * order.price:\n            return",
    ),
    Bug(
        "a market buy may spend more than there is",
        "placing",
        "return cost(market, reachable(state, market, order), order.remaining), None",
        "return 0, None",
    ),
    Bug(
        "a quote quantity buys one lot too many",
        "matching",
        "most = ((budget + 1) *",
        "most = 1 + ((budget + 1) *",
    ),
    Bug(
        "market lots are not kept",
        "matching",
        "return total - total % listing.market_lot, False",
        "return total, False",
    ),
    Bug(
        "a stop triggers one tick late",
        "conditional",
        "return price >= trigger.price",
        "return price > trigger.price",
    ),
    Bug(
        "a trail does not follow the price",
        "conditional",
        "order.trail_extreme = max(order.trail_extreme, price)",
        "pass",
    ),
    Bug(
        "stops trigger in the wrong order",
        "conditional",
        "sorted(market.waiting.values(), key=_by_id)",
        "sorted(market.waiting.values(), key=_by_id, reverse=True)",
    ),
    Bug(
        "the other leg stays open",
        "lists",
        "    state.expire(market, sibling, Expiry.OTHER_LEG)\n    hold(",
        "    hold(",
    ),
    Bug(
        "both legs of a pair are held for",
        "lists",
        "amounts[1] = max(0, amounts[1] - amounts[0])",
        "pass",
    ),
    Bug(
        "the pending order is placed before the first has filled",
        "lists",
        "        if order.status is OrderStatus.FILLED:",
        "        if order.filled_quantity:",
    ),
    Bug(
        "proceeds are not locked",
        "matching",
        "return listed.proceeds and listed.waiting and order is listed.orders[0]",
        "return False",
    ),
    Bug(
        "the range is exclusive",
        "matching",
        "        limit = max(limit, sign * worst)",
        "        limit = max(limit, sign * worst + 1)",
    ),
    Bug(
        "a peg looks at the other side",
        "placing",
        "market.book.own(side) if peg.to is PegTo.PRIMARY else market.book.other(side)",
        "market.book.other(side) if peg.to is PegTo.PRIMARY else market.book.own(side)",
    ),
    Bug(
        "trade ids skip",
        "matching",
        "market.next_trade_id = trade_id + 1",
        "market.next_trade_id = trade_id + 1 + (lots == 40)",
    ),
    Bug(
        "orders are accepted while only cancels are taken",
        "placing",
        "if market.status is not TRADING:",
        "if market.status not in (TRADING, InstrumentStatus.CANCEL_ONLY):",
    ),
    Bug(
        "the participants' stale quotes stay",
        "participants",
        "if wanted.get(price) != order.remaining]",
        "if price not in wanted]",
    ),
    Bug(
        "a queue is restored in the order of ids",
        "snapshot",
        "            for order_id in half.levels[key].orders\n",
        "            for order_id in sorted(half.levels[key].orders)\n",
    ),
    Bug(
        "a restored order no longer waits for its trigger",
        "snapshot",
        "            market.waiting[order.order_id] = order\n",
        "            pass\n",
    ),
    Bug(
        "a refused replacement still cancels nothing",
        "cancelling",
        "if not command.place or (not cancelled and command.stop_on_failure):",
        "if not command.place or not cancelled:",
    ),
)


def load(bug: Bug | None) -> Any:
    """The Engine class with that bug. The program's own modules are left as they were."""
    folder = Path(tradewind.engine.__file__).parent
    names = [p.stem for p in folder.glob("*.py") if p.stem not in ("__init__", *SHARED)]
    kept = {name: sys.modules.pop(f"{PACKAGE}.{name}", None) for name in names}
    attributes = {name: tradewind.engine.__dict__.pop(name, None) for name in names}
    finder = _Finder(folder, bug)
    sys.meta_path.insert(0, finder)
    try:
        return importlib.import_module(f"{PACKAGE}.engine").Engine
    finally:
        sys.meta_path.remove(finder)
        for name in names:
            sys.modules.pop(f"{PACKAGE}.{name}", None)
            before = kept[name]
            if before is not None:
                sys.modules[f"{PACKAGE}.{name}"] = before
            if attributes[name] is not None:
                setattr(tradewind.engine, name, attributes[name])


class _Finder:
    """Finds the one changed module; all others are found as usual."""

    def __init__(self, folder: Path, bug: Bug | None) -> None:
        self.folder = folder
        self.bug = bug

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if self.bug is None or name != f"{PACKAGE}.{self.bug.module}":
            return None
        return importlib.util.spec_from_loader(name, _Loader(self.folder, self.bug))


class _Loader:
    def __init__(self, folder: Path, bug: Bug) -> None:
        self.folder = folder
        self.bug = bug

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        path = self.folder / f"{self.bug.module}.py"
        source = path.read_text()
        found = source.count(self.bug.was)
        assert found == 1, f"{self.bug.name}: {self.bug.was!r} is there {found} times"
        exec(
            compile(source.replace(self.bug.was, self.bug.now), str(path), "exec"), module.__dict__
        )
