"""Three clients that others have shipped: the simulation must tell each from ours."""

from collections.abc import Callable
from typing import Any

import pytest

from tradewind.client import orders, reconcile
from tradewind.client.door import Door
from tradewind.model import OutcomeUnknown
from tradewind.protocol import outcomes
from tradewind.simulation import Report, default_venue, simulate, storm
from tradewind.simulation.lifewire import LifeJournal

ORDERS = 600
SEED = 2


@pytest.fixture(autouse=True)
def _many_lost_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that few orders are enough to tell."""
    monkeypatch.setattr(storm, "SEVERED_TIMES", 20)


def _played() -> Report:
    return simulate(default_venue(), SEED, ORDERS)


def _kinds(report: Report) -> set[str]:
    return {violation.what for violation in report.violations}


def test_as_it_is_nothing_is_wrong() -> None:
    """The same seed without a mistake."""
    assert _played().violations == []


def test_without_the_journal_before_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders are sent whose intent is nowhere: after a death nobody knows that they are there."""
    monkeypatch.setattr(LifeJournal, "append", lambda self, state: None)
    report = _played()
    assert "unjournaled" in _kinds(report)


def test_with_a_second_sending_after_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """What got through without an answer is there twice."""
    once = Door.send

    async def twice(self: Door, *given: Any) -> Any:
        try:
            return await once(self, *given)
        except OutcomeUnknown:
            what, asked, _, late = given
            return await once(self, what, asked, self.clock.venue(), late)

    monkeypatch.setattr(Door, "send", twice)
    report = _played()
    assert "doubled" in _kinds(report)


def test_with_three_times_not_found_meaning_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that is late is found by nobody three times, and then it arrives."""
    asked: dict[str, int] = {}
    learn: Callable[..., outcomes.State] = outcomes.learn

    def guess(state: outcomes.State, told: outcomes.Round, *more: Any) -> outcomes.State:
        moved = learn(state, told, *more)
        if moved.unknown and not told.seen():
            asked[state.intent.id] = asked.get(state.intent.id, 0) + 1
            if asked[state.intent.id] >= 3:
                return outcomes.rejected(moved, "not found three times")
        return moved

    monkeypatch.setattr(outcomes, "learn", guess)
    assert reconcile.outcomes is orders.outcomes is outcomes
    report = _played()
    assert "wrong" in _kinds(report)
