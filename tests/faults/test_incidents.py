"""Incidents: what the rules say of evidence, and a program that meets one from start to end."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tradewind.exchange import incidents
from tradewind.model import Misconfigured
from tradewind.net import namespace
from tradewind.protocol.faults import check
from tradewind.protocol.incidents import (
    RULES,
    SECOND,
    Evidence,
    Finding,
    OrderFact,
    Scenario,
    WireRow,
    judge,
)

PLACE = "order.place"


def _scenario(rule: str) -> Scenario:
    return Scenario("toy", "", "", "", (rule,), places=(PLACE,), looks=("depth",))


def _judge(rule: str, rows: list[dict[str, Any]], *orders: OrderFact) -> Finding:
    found = [
        WireRow(**{"n": n, "line": 1, "fate": "answered", **row}) for n, row in enumerate(rows)
    ]
    evidence = Evidence(found, orders, (), (0,))
    (finding,) = judge(_scenario(rule), evidence)
    return finding


def _order(number: int, status: str = "open", updated: int = 0) -> OrderFact:
    return OrderFact(number, "AAAUSD", "buy", 5, 100, 0, status, number * SECOND, updated)


def _at(seconds: float, **row: Any) -> dict[str, Any]:
    return {"at": round(seconds * SECOND), **row}


def _placed(seconds: float, fault: str = "", status: int = 200) -> dict[str, Any]:
    return _at(seconds, operation=PLACE, status=status, fault=fault)


@pytest.mark.parametrize(
    ("rows", "orders", "good"),
    [
        ([_placed(1, "timeout"), _placed(2)], [_order(1), _order(2)], False),
        ([_placed(1, "drop"), _placed(2)], [_order(1), _order(2)], False),
        ([_placed(1, "timeout")], [_order(1)], True),
        ([_placed(1), _placed(2)], [_order(1), _order(2)], None),
        (
            [_placed(1, "timeout"), _placed(2)],
            [_order(1, "cancelled", int(1.5 * SECOND)), _order(2)],
            True,
        ),
        # a refused placement in between does not shift whose answer was lost
        ([_placed(1, "", 400), _placed(2, "timeout")], [_order(1)], True),
    ],
)
def test_doubled(rows: list[Any], orders: list[OrderFact], good: bool | None) -> None:
    """An order behind a lost answer, and the same again while it lives."""
    assert _judge("doubled", rows, *orders).good is good


DEPTH = {"channel": "a@depth", "first": 1, "last": 2}
WITHHELD = {**DEPTH, "fate": "withheld"}
SENT = {**DEPTH, "fate": "sent"}


@pytest.mark.parametrize(
    ("rows", "good"),
    [
        ([_at(0, **WITHHELD), _placed(5)], False),
        ([_at(0, **WITHHELD), _placed(1)], True),
        ([_at(0, **WITHHELD), _at(4, operation="depth", status=200), _placed(5)], True),
        ([_at(0, **WITHHELD), _at(4, fate="closed"), _placed(5)], True),
        ([_at(0, **WITHHELD), _at(1, **SENT), _placed(5)], False),
        ([_at(0, **WITHHELD), _at(1, **SENT, whole=True), _placed(5)], True),
        ([_at(0, **SENT), _placed(5)], None),
        ([_at(0, **{**WITHHELD, "fate": "late"}), _placed(5)], False),
    ],
)
def test_stale(rows: list[Any], good: bool | None) -> None:
    """A change that the book missed heals by a look, a new connection, or a whole frame."""
    assert _judge("stale", rows, _order(1)).good is good


def test_loops_and_limits() -> None:
    """Ten refused orders in a row; one answer with 429."""
    assert _judge("loop", [_placed(n, "", 400) for n in range(9)]).good is True
    assert _judge("loop", [_placed(n, "", 400) for n in range(10)]).good is False
    assert _judge("limits", [_at(0, status=200)]).good is True
    assert _judge("limits", [_at(0, status=429)]).good is False


def test_a_bad_certificate_is_accepted_by_asking_over_it() -> None:
    """A handshake alone is no acceptance."""
    shown = _at(0, fate="tls", fault="wrong")
    assert _judge("certificate", [shown]).good is True
    assert _judge("certificate", [shown, _at(1, note="api.example")]).good is False
    assert _judge("certificate", []).good is None


def test_every_scenario_is_sound() -> None:
    """Its faults mean something, its rules exist, its thread is somewhere, its name is its own."""
    scenarios = [each for found in incidents.every().values() for each in found]
    assert len(scenarios) >= 15
    assert len({scenario.name for scenario in scenarios}) == len(scenarios)
    for scenario in scenarios:
        assert scenario.rules
        assert set(scenario.rules) <= RULES.keys()
        assert scenario.thread.startswith("https://github.com/")
        for fault in (*scenario.faults, *(f for step in scenario.steps for f in step.faults)):
            check(fault)
    with pytest.raises(Misconfigured, match=scenarios[0].name):
        incidents.find("nothing like it")


CHILD = Path(__file__).with_name("child.py")


def _run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tradewind.cli", "scenario", "run", "--json", name, "--"]
    return subprocess.run(
        [*command, sys.executable, str(CHILD), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.skipif(bool(namespace.why_not()), reason=f"needs unshare: {namespace.why_not()}")
@pytest.mark.parametrize(
    ("name", "how", "code", "good"),
    [
        ("status-unknown", "careless", 1, False),
        ("status-unknown", "careful", 0, True),
        ("wrong-certificate", "careless", 1, False),
        ("wrong-certificate", "careful", 0, True),
    ],
)
def test_a_program_meets_an_incident(name: str, how: str, code: int, good: bool) -> None:
    """Unchanged, under the venue's real names; judged by what the exchange has seen."""
    done = _run(name, name, how)
    assert done.returncode == code, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["findings"][0]["good"] is good, done.stdout + done.stderr
