"""Every scenario, played through software we did not write and through our own client."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest
from tests.scenarios.player import play
from tests.scenarios.tables_reader import Scenario, every

from .box import Box
from .evidence import Evidence
from .people import REASONS, Cast
from .resident import Judge

JUDGES = {
    "ccxt": "ccxt_judge",
    "python-binance": "python_binance_judge",
    "tradewind": "own_judge",
}
CHANNELS = {
    "ccxt": {"trades", "book", "best", "candles", "ticker"},
    "python-binance": {"trades", "book", "best", "candles", "ticker", "mini ticker"},
    "tradewind": {"trades"},
}
"""The streams a judge can hear."""

LEFT_OUT = {
    # our client never sends a client order id a second time, whatever the venue would do
    ("tradewind", "A name can be used again once its order has ended"),
}
"""Judge and scenario that cannot be played, with the reason."""

SPENDING = every("limits")
OTHERS = [scenario for scenario in every() if scenario.table != "limits"]

pytestmark = pytest.mark.judge
_numbers = count(1)


def unique(name: str) -> str:
    """A client order id; the same name gives the same one within a scenario's box."""
    return f"{name}-order" if name else f"s-{next(_numbers)}"


class Company:
    """Judges and their boxes, opened when first asked for; both stay for all scenarios."""

    def __init__(self, folder: Path, escapes: Path, stack: ExitStack) -> None:
        self._folder, self._escapes, self._stack = folder, escapes, stack
        self._judges: dict[str, Judge] = {}
        self._stages: dict[str, tuple[Cast, Box]] = {}

    def judge(self, name: str) -> Judge:
        """A judge's process."""
        if name not in self._judges:
            judge = Judge(JUDGES[name], self._escapes)
            self._judges[name] = self._stack.enter_context(judge)
        return self._judges[name]

    def stage(self, name: str) -> tuple[Cast, Box]:
        """A judge with a box of its own."""
        if name not in self._stages:
            box = self._stack.enter_context(Box(self._folder / name / "data"))
            self._stages[name] = (Cast(self.judge(name), box, name), box)
        return self._stages[name]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, escapes: Path) -> Iterator[Company]:
    """Everybody who judges."""
    with ExitStack() as stack:
        yield Company(tmp_path_factory.mktemp("boxes"), escapes, stack)


PLAYED = [
    pytest.param(name, scenario, id=f"{name}: {scenario.id}")
    for name in JUDGES
    for scenario in OTHERS
    if scenario.channels <= CHANNELS[name] and (name, scenario.title) not in LEFT_OUT
]


@pytest.mark.parametrize(("judge", "scenario"), PLAYED)
def test_scenario(judge: str, company: Company, scenario: Scenario, evidence: Evidence) -> None:
    """What the table says is what happened."""
    cast, box = company.stage(judge)
    before, _ = box.log(after=1 << 60)
    assert play(scenario, cast, REASONS, unique) > 0
    evidence.add(judge, box.log(after=before)[1])
    evidence.heard(judge, scenario.channels)


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("scenario", SPENDING, ids=lambda scenario: scenario.id)
def test_spent_limit(
    judge: str, company: Company, scenario: Scenario, tmp_path: Path, evidence: Evidence
) -> None:
    """A spent limit is refused as the venue does; each in a box of its own."""
    with Box(tmp_path / "data") as box:
        assert play(scenario, Cast(company.judge(judge), box, judge), REASONS, unique) > 0
        evidence.add(judge, box.log()[1])
