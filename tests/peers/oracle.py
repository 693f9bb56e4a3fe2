"""The comparison: what a program believes beside what the box's history has. Shares nothing with
the programs but the words for statuses.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from msgspec import Struct
from tests.judges.box import VENUE, Box

from .story import Spec

NONE = "none"
"""The fault of an intent whose requests met none."""

SHOWN = {"partially_filled": "open", "pending": "open", "prevented": "expired"}
"""Not every library tells these apart."""


class Truth(Struct, frozen=True):
    """Of one account: orders and fills as rows of the admin API, balances by asset."""

    orders: list[dict[str, Any]]
    fills: list[dict[str, Any]]
    balances: dict[str, tuple[Decimal, Decimal]]


class Verdict(Struct):
    """What a run was found to be; each count is a number of things that must not be."""

    meant: int = 0
    """Orders that were to be there once."""
    there: int = 0
    doubled: int = 0
    """Orders beyond the first of one intent."""
    wrong: int = 0
    """Intents believed to be there that are not, or the reverse."""
    unresolved: int = 0
    """Intents of which the program says to the end that it does not know."""
    given_up: int = 0
    """Intents believed not to be there, and truly not. No fault, but no order either."""
    stale: int = 0
    """Orders that the program knows, and that are otherwise than it says."""
    unseen: int = 0
    """Open orders that the program does not know of."""
    fills: int = 0
    fills_lost: int = 0
    fills_doubled: int = 0
    fills_invented: int = 0
    balances_off: int = 0
    """Assets whose available or held amount is otherwise."""
    by_fault: dict[str, list[int]] = {}
    """Intents doubled, wrong, unresolved by the first fault that their requests met."""
    examples: list[str] = []


def truth(box: Box) -> Truth:
    """What is there."""
    asked = {"venue": VENUE, "account": "default", "limit": 10_000}
    account = box.account()
    return Truth(
        box.ask("GET", "/orders", **asked)["orders"],
        box.ask("GET", "/fills", **asked)["fills"],
        {
            row["asset"]: (Decimal(row["available"]), Decimal(row["held"]))
            for row in account["balances"]
        },
    )


def faults_of(
    log: Sequence[Mapping[str, Any]], natives: Mapping[str, str]
) -> dict[tuple[str, Decimal], list[str]]:
    """The faults that requests to make an order met, in order, by instrument and quantity."""
    found: dict[tuple[str, Decimal], list[str]] = defaultdict(list)
    for row in log:
        words = dict(parse_qsl(row["query"]))
        if row["fault"] and "quantity" in words and words.get("symbol") in natives:
            key = (natives[words["symbol"]], Decimal(words["quantity"]))
            found[key] += row["fault"].split(",")
    return found


def compare(
    told: Mapping[str, Any],
    specs: Sequence[Spec],
    true: Truth,
    faults: Mapping[tuple[str, Decimal], Sequence[str]],
) -> Verdict:
    """Every difference, counted."""
    verdict = Verdict()
    _intents(verdict, told, specs, true, faults)
    _orders(verdict, told, true)
    _fills(verdict, told, true)
    believed = {asset: tuple(map(Decimal, row)) for asset, row in told["balances"].items()}
    nothing = (Decimal(0), Decimal(0))
    for asset in sorted(believed.keys() | true.balances.keys()):
        mine, there = believed.get(asset, nothing), true.balances.get(asset, nothing)
        if [round(each, 7) for each in mine] != [round(each, 7) for each in there]:
            verdict.balances_off += 1
            verdict.examples.append(f"balance {asset}: {mine}, truly {there}")
    return verdict


def _intents(
    verdict: Verdict,
    told: Mapping[str, Any],
    specs: Sequence[Spec],
    true: Truth,
    faults: Mapping[tuple[str, Decimal], Sequence[str]],
) -> None:
    there = Counter((row["instrument"], Decimal(row["quantity"])) for row in true.orders)
    believed = {(row[0], Decimal(row[1])): row[2] for row in told["intents"]}
    for spec in specs:
        key = (spec.instrument, Decimal(spec.quantity))
        belief = believed.get(key)
        if belief is None:  # the order before it in its story did not come about
            belief = "never"
        else:
            verdict.meant += 1
        count = there[key]
        verdict.there += count
        doubled = max(0, count - 1)
        wrong = belief != "unknown" and (belief == "happened") != (count > 0)
        verdict.doubled += doubled
        verdict.wrong += wrong
        verdict.unresolved += belief == "unknown"
        verdict.given_up += belief == "never" and not count and key in believed
        if doubled or wrong or belief == "unknown":
            met = list(faults.get(key, ())) or [NONE]
            row = verdict.by_fault.setdefault(met[0], [0, 0, 0])
            for place, number in enumerate((doubled, int(wrong), int(belief == "unknown"))):
                row[place] += number
            verdict.examples.append(f"{key[0]} {key[1]}: {belief}, {count} there, met {met}")


def _orders(verdict: Verdict, told: Mapping[str, Any], true: Truth) -> None:
    believed = {(row[0], row[1]): (row[2], Decimal(row[3])) for row in told["orders"]}
    for row in true.orders:
        mine = believed.get((row["instrument"], row["order_id"]))
        status = SHOWN.get(row["order_status"], row["order_status"])
        if mine is None:
            verdict.unseen += status == "open"
        elif mine != (status, Decimal(row["filled_quantity"])):
            verdict.stale += 1
            now = f"{status} {row['filled_quantity']}"
            verdict.examples.append(f"order {row['order_id']}: {mine[0]} {mine[1]}, truly {now}")


def _fills(verdict: Verdict, told: Mapping[str, Any], true: Truth) -> None:
    believed = {(row[0], row[1], row[2]): row[3] for row in told["fills"]}
    there = {(row["instrument"], row["fill_id"], row["order_id"]) for row in true.fills}
    verdict.fills = len(there)
    verdict.fills_lost = len(there - believed.keys())
    verdict.fills_invented = len(believed.keys() - there)
    verdict.fills_doubled = sum(times > 1 for times in believed.values())
