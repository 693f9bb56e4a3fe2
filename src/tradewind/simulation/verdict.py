"""The comparison: what the client knows beside what truly happened."""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from ..model import Balance, Fill, Order
from ..protocol.outcomes import Act, Fate, Intent, Part, Stage
from .truth import Records, Truth

if TYPE_CHECKING:
    from .lifewire import Paper


class Violation(Struct, frozen=True):
    """Something that must never be. ``intent`` is the client order id it is about."""

    what: str
    intent: str
    text: str

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.what, self.intent, self.text)))


class Known(Struct, frozen=True):
    """What the client knows at the end: its orders (open and past), fills, balances, and what its
    journal says became of each intent.
    """

    orders: Mapping[tuple[str, str], Order]
    fills: Mapping[tuple[str, str, str], Fill]
    balances: Mapping[str, Balance]
    outcomes: Mapping[str, tuple[Stage, tuple[Fate, ...]]]
    began: int
    """Since when, venue time in ns, the journal claims to know every fill."""


class Ledger(Struct):
    """Every intent that ever got onto paper, and how often each fill was told to a bot."""

    intents: dict[str, Intent] = {}
    erased: set[str] = set()
    """Those whose journal was lost: the client cannot know what became of them."""
    first: int = 0
    """When the first intent of the journal that is there got onto paper, venue time in ns; 0 for
    none.
    """
    told_fills: dict[tuple[str, str, str], int] = {}


OPEN = ("open", "partially_filled", "pending")
NOTHING: tuple[Stage | None, tuple[Fate, ...]] = (None, ())


def compare(known: Known, truth: Truth, records: Records, ledger: Ledger) -> Iterator[Violation]:
    """Every difference, the gravest kind first."""
    yield from _doubled(truth, ledger)
    yield from _outcomes(known, truth, records, ledger)
    yield from _orders(known, records)
    yield from _fills(known, records, ledger)
    yield from _balances(known, records)


def _doubled(truth: Truth, ledger: Ledger) -> Iterator[Violation]:
    """An intent has at most one order, and an order has an intent."""
    meant = {
        part.name for intent in ledger.intents.values() for part in intent.parts
        if part.act is Act.NEW
    }  # fmt: skip
    for name, count in truth.accepted().items():
        if count > 1:
            yield Violation("doubled", name, f"{count} orders were accepted under this id")
        if name not in meant:
            yield Violation("unjournaled", name, "an order was accepted that no journal has")


def _outcomes(known: Known, truth: Truth, records: Records, ledger: Ledger) -> Iterator[Violation]:
    """What the journal says became of each intent is what became of it."""
    accepted, cancels = truth.accepted(), truth.cancels()
    by_id = records.orders()
    alive = {order.name for order in by_id.values() if order.status in OPEN}
    family = {order_id: order.family for order_id, order in by_id.items()}
    changed = {(family.get(each, each), much) for each, much in _changed(known, ledger)}
    amended = {(family.get(each, each), much) for each, much in records.amended()} - changed
    for name, intent in ledger.intents.items():
        if name in ledger.erased:
            continue
        found = known.outcomes.get(name)
        if found is None:
            yield Violation("forgotten", name, "the journal does not have it any more")
            continue
        stage, fates = found
        if not stage.is_final or len(fates) != len(intent.parts):
            yield Violation("unresolved", name, f"{intent.operation} is {stage} to the end")
            continue
        for part, fate in zip(intent.parts, fates, strict=True):
            if fate is Fate.UNKNOWN:
                yield Violation("unresolved", name, f"{part.act} of {part.name} is unknown")
            elif fate is Fate.OVER:
                if part.name in alive:
                    yield Violation("wrong", name, f"order {part.name} is over, and it is open")
            elif part.act is Act.NEW:
                if (fate is Fate.HAPPENED) != (accepted[part.name] > 0):
                    count = accepted[part.name]
                    yield Violation(
                        "wrong", name, f"order {part.name}: {stage}, {fate}; {count} were accepted"
                    )
            elif part.act is Act.END:
                yield from _ended(name, part, fate, cancels, by_id)
            elif fate is Fate.NEVER and (family.get(part.order_id), part.quantity) in amended:
                yield Violation("wrong", name, f"amend {stage}, {fate}, and it was amended")


def _changed(known: Known, ledger: Ledger) -> set[tuple[str, Decimal | None]]:
    """What amends that happened have left behind: two may have asked for the same."""
    return {
        (part.order_id, part.quantity)
        for name, intent in ledger.intents.items()
        for part, fate in zip(intent.parts, known.outcomes.get(name, NOTHING)[1], strict=False)
        if part.act is Act.CHANGE and (fate is Fate.HAPPENED or name in ledger.erased)
    }


def _ended(
    name: str, part: Part, fate: Fate, cancels: Counter[str], by_id: Mapping[str, object]
) -> Iterator[Violation]:
    alias, order_id = part.alias, part.order_id
    order = by_id.get(order_id)
    status = getattr(order, "status", "")
    if fate is Fate.HAPPENED and order is not None and status != "cancelled":
        yield Violation("wrong", name, f"cancel of {order_id} happened, and it is {status}")
    if fate is Fate.NEVER and alias and cancels[alias]:
        yield Violation("wrong", name, f"cancel of {order_id} never happened, and it did")


def _orders(known: Known, records: Records) -> Iterator[Violation]:
    """Each order that the client knows is as it is, and it knows each that is open."""
    mine = {key[1]: order for key, order in known.orders.items()}
    for order_id, true in records.orders().items():
        order = mine.get(order_id)
        if order is None:
            if true.status in OPEN:
                yield Violation("missing", true.name, f"order {order_id} is {true.status} unseen")
            continue
        seen = (order.order_status.value, order.quantity, order.filled_quantity)
        if seen != (true.status, true.quantity, true.filled):
            text = " ".join(map(str, seen))
            yield Violation(
                "stale", true.name, f"order {order_id} is {text}, truly {true.status}"
                f" {true.quantity} {true.filled}",
            )  # fmt: skip


def _fills(known: Known, records: Records, ledger: Ledger) -> Iterator[Violation]:
    """Every execution once, with its numbers."""
    true = records.fills()
    for key, fill in true.items():
        mine = known.fills.get(key)
        if mine is None:
            if fill.time < min(known.began, ledger.first or known.began):
                continue  # before the journal that is there, the one before was lost
            yield Violation("fill lost", key[2], f"fill {key[1]} of order {key[2]} is not known")
        elif (mine.price, mine.quantity, mine.fee, mine.fee_asset) != (
            fill.price,
            fill.quantity,
            fill.fee,
            fill.fee_asset,
        ):
            yield Violation("fill wrong", key[2], f"{mine} is truly {fill}")
    for key in sorted(known.fills.keys() - true.keys()):
        yield Violation("fill invented", key[2], f"fill {key[1]} of order {key[2]} never was")
    for key, times in ledger.told_fills.items():
        if times > 1:
            yield Violation("fill doubled", key[2], f"fill {key[1]} was told {times} times")


def _balances(known: Known, records: Records) -> Iterator[Violation]:
    true = records.balances()
    for asset in sorted(true.keys() | known.balances.keys()):
        mine = known.balances.get(asset)
        seen = (Decimal(0), Decimal(0)) if mine is None else (mine.available, mine.held)
        if seen != true.get(asset, (Decimal(0), Decimal(0))):
            yield Violation("balance", asset, f"{seen} is truly {true.get(asset)}")


__all__ = ["Known", "Ledger", "Paper", "Violation", "compare"]
