"""Twenty thousand orders under everything that can go wrong: none doubled, lost, wrong, unknown."""

import json
import logging
from pathlib import Path

import pytest

from tradewind.cli import main
from tradewind.simulation import Report, default_venue, simulate
from tradewind.simulation.boxed import SimulatedBox
from tradewind.simulation.storm import SEVERED
from tradewind.simulation.unknowns import ANYHOW

ORDERS = 4_000
"""Of each seed; the broken clients, the bots and the hashes beside it make up the twenty thousand.
The seeds are arbitrary and stay, so that a failure here is a change of ours.
"""

FAULTS = (
    "request lost",
    "venue overloaded",
    "request late",
    "request late past its deadline",
    "request late past the timeout",
    "answer lost",
    "answer late",
    "answer late past the timeout",
    "answer cut",
    "answer byte by byte",
    "gateway error",
    "status unknown",
    "report twice",
    "report late",
    "report lost",
    "connection cut",
    "maintenance",
    "ban",
    "silence",
)
PLACES = ("before journal", "after journal", "before send", "after send", "answer came",
          "before outcome", "after outcome", "before flush", "before log cleared",
          "after flush")  # fmt: skip
STEPS = ("applied", "inserted", "committed", "answered", "projected", "snapshot written")


def _struck(report: Report, what: str) -> int:
    return sum(count for (each, _), count in report.faults.items() if each == what)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("over", "seed"), [("rest", 21), ("rest", 23), ("websocket", 22), ("websocket", 24)]
)
def test_orders_survive_everything(over: str, seed: int) -> None:
    """Client, journal, wire and venue fail at every step; what the client knows is the truth."""
    report = simulate(default_venue(), seed, ORDERS, over=over)
    assert report.violations == []
    assert report.orders >= ORDERS
    assert report.fills > ORDERS // 10
    assert report.unknown > ORDERS // 50
    assert sum(report.resolved.values()) == report.unknown - report.erased
    assert [how for how in report.resolved if how.startswith(ANYHOW)] == []
    assert [what for what in FAULTS if not _struck(report, what)] == []
    assert [place for place in PLACES if not report.client_deaths[place]] == []
    assert [step for step in STEPS if not report.box_deaths[step]] == []
    assert report.journals_lost
    if over == "rest":
        assert _struck(report, SEVERED)


def test_a_bot_of_ones_own_runs_unchanged(capsys: pytest.CaptureFixture[str]) -> None:
    """The sample bot cancels everything again and again, also what has just been filled."""
    bot = Path(__file__).parents[2] / "examples" / "strategy.py"
    assert main(["simulate", "--bot", str(bot), "--orders", "500", "--seed", "3", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["violations"] == []
    assert told["orders"] >= 500


def test_a_venue_that_cannot_start_again_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits for it, and nothing is taken for well."""
    opened = SimulatedBox.open

    async def once(self: SimulatedBox) -> None:
        if self.lives:
            raise RuntimeError("planted")
        await opened(self)

    monkeypatch.setattr(SimulatedBox, "open", once)
    report = simulate(default_venue(), 1, 2_000)
    assert [violation.what for violation in report.violations] == ["crash", "stuck"]
    assert "planted" in str(report.violations[0])


def test_the_program_s_own_log_is_left_as_it_was() -> None:
    """A simulation is silent, and what runs after it in the same process is not."""
    log = logging.getLogger("tradewind")
    simulate(default_venue(), 1, 20)
    assert log.level == logging.NOTSET
