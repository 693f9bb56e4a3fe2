"""Every scenario, played through software we did not write and through our own client."""

from collections.abc import Iterator
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

SPENDING = every("limits")
OTHERS = [scenario for scenario in every() if scenario.table != "limits"]

pytestmark = pytest.mark.judge
_numbers = count(1)


def unique(name: str) -> str:
    """A client order id; the same name gives the same one within a scenario's box."""
    return f"{name}-order" if name else f"s-{next(_numbers)}"


@pytest.fixture(scope="module")
def judge(judge_name: str, escapes: Path) -> Iterator[Judge]:
    """A judge's process, resident for all its scenarios."""
    with Judge(JUDGES[judge_name], escapes) as process:
        yield process


@pytest.fixture(scope="module")
def stage(
    judge_name: str, judge: Judge, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Cast, Box]]:
    """A fresh box for each judge."""
    with Box(tmp_path_factory.mktemp("box") / "data") as box:
        yield Cast(judge, box, judge_name), box


PLAYED = [
    pytest.param(name, scenario, id=f"{name}: {scenario.id}")
    for name in JUDGES
    for scenario in OTHERS
    if scenario.channels <= CHANNELS[name]
]


@pytest.mark.parametrize(("judge_name", "scenario"), PLAYED, scope="module")
def test_scenario(
    judge_name: str, stage: tuple[Cast, Box], scenario: Scenario, evidence: Evidence
) -> None:
    """What the table says is what happened."""
    cast, box = stage
    before, _ = box.log(after=1 << 60)
    assert play(scenario, cast, REASONS, unique) > 0
    evidence.add(judge_name, box.log(after=before)[1])
    evidence.heard(judge_name, scenario.channels)


@pytest.mark.parametrize("judge_name", JUDGES, scope="module")
@pytest.mark.parametrize("scenario", SPENDING, ids=lambda scenario: scenario.id)
def test_spent_limit(
    judge_name: str, judge: Judge, scenario: Scenario, tmp_path: Path, evidence: Evidence
) -> None:
    """A spent limit is refused as the venue does; each in a box of its own."""
    with Box(tmp_path / "data") as box:
        assert play(scenario, Cast(judge, box, judge_name), REASONS, unique) > 0
        evidence.add(judge_name, box.log()[1])
