"""The comparison sees each kind of difference, and nothing where there is none."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from .oracle import Truth, Verdict, compare, faults_of
from .story import Spec, stories

PAIR = "BTC/USDT"
SPECS = [Spec(PAIR, "buy", "0.001", "60000"), Spec(PAIR, "sell", "0.002")]
RULES = [{"id": PAIR, "tick_size": "0.01", "lot_size": "0.00001"}]


def order(order_id: str, quantity: str, status: str, filled: str = "0") -> dict[str, Any]:
    return {
        "order_id": order_id,
        "instrument": PAIR,
        "quantity": quantity,
        "order_status": status,
        "filled_quantity": filled,
    }


TRUE = Truth(
    [order("1", "0.001", "open"), order("2", "0.002", "filled", "0.002")],
    [{"instrument": PAIR, "fill_id": "7", "order_id": "2"}],
    {"USDT": (Decimal(100), Decimal(60))},
)


def told(**other: Any) -> dict[str, Any]:
    right: dict[str, Any] = {
        "intents": [[PAIR, "0.001", "happened"], [PAIR, "0.00200", "happened"]],
        "orders": [[PAIR, "1", "open", "0"], [PAIR, "2", "filled", "0.0020"]],
        "fills": [[PAIR, "7", "2", 1]],
        "balances": {"USDT": ["100.0", "60"]},
    }
    return right | other


def found(verdict: Verdict) -> dict[str, int]:
    """What is not zero of that which must be."""
    counts = structs.asdict(verdict)
    fine = ("meant", "there", "fills", "by_fault", "examples")
    return {name: count for name, count in counts.items() if count and name not in fine}


def test_what_is_right_is_found_so() -> None:
    """However the numbers are written."""
    verdict = compare(told(), SPECS, TRUE, {})
    assert (verdict.meant, verdict.there, verdict.fills) == (2, 2, 1)
    assert found(verdict) == {}


UNKNOWN = [[PAIR, "0.001", "unknown"], [PAIR, "0.002", "happened"]]
NEVER = [[PAIR, "0.001", "never"], [PAIR, "0.002", "happened"]]
BELIEFS = [
    ({"intents": UNKNOWN}, {"unresolved": 1}),
    ({"intents": NEVER}, {"wrong": 1}),
    ({"orders": [[PAIR, "2", "filled", "0.002"]]}, {"unseen": 1}),
    ({"orders": [[PAIR, "1", "cancelled", "0"], [PAIR, "2", "filled", "0.002"]]}, {"stale": 1}),
    ({"orders": [[PAIR, "1", "open", "0"], [PAIR, "2", "filled", "0.001"]]}, {"stale": 1}),
    ({"fills": []}, {"fills_lost": 1}),
    ({"fills": [[PAIR, "7", "2", 2]]}, {"fills_doubled": 1}),
    ({"fills": [[PAIR, "7", "2", 1], [PAIR, "8", "2", 1]]}, {"fills_invented": 1}),
    ({"balances": {"USDT": ["100", "59"]}}, {"balances_off": 1}),
]


@pytest.mark.parametrize(("belief", "differs"), BELIEFS)
def test_a_wrong_belief_is_seen(belief: dict[str, Any], differs: dict[str, int]) -> None:
    """Each kind, and only that."""
    assert found(compare(told(**belief), SPECS, TRUE, {})) == differs


def test_an_order_that_is_there_twice_is_seen_with_its_fault() -> None:
    """The second of one intent, and one that is not there at all."""
    twice = structs.replace(TRUE, orders=[*TRUE.orders, order("3", "0.001", "cancelled")])
    log = [{"query": "symbol=BTCUSDT&quantity=0.00100&price=1", "fault": "drop,cut"}]
    verdict = compare(told(), SPECS, twice, faults_of(log, {"BTCUSDT": PAIR}))
    assert found(verdict) == {"doubled": 1}
    assert verdict.by_fault == {"drop": [1, 0, 0]}
    gone = structs.replace(TRUE, orders=TRUE.orders[1:])
    assert found(compare(told(), SPECS, gone, {})) == {"wrong": 1}


def test_no_two_orders_of_a_run_have_one_quantity() -> None:
    """The quantity is the name; and the same seed means the same orders."""
    made = stories(3, 200, RULES, {PAIR: Decimal(60_000)})
    names = [spec.quantity for story in made for spec in story.specs]
    assert len(set(names)) == len(names)
    assert made == stories(3, 200, RULES, {PAIR: Decimal(60_000)})
