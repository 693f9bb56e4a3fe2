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
SPENDING = every("limits")
OTHERS = [scenario for scenario in every() if scenario.table != "limits"]

pytestmark = pytest.mark.judge
_numbers = count(1)


def unique(name: str) -> str:
    """A client order id; the same name gives the same one within a scenario's box."""
    return f"{name}-order" if name else f"s-{next(_numbers)}"


@pytest.fixture(scope="module", params=JUDGES)
def judge(request: pytest.FixtureRequest, escapes: Path) -> Iterator[tuple[str, Judge]]:
    """A judge's process, resident for all its scenarios."""
    with Judge(JUDGES[request.param], escapes) as process:
        yield request.param, process


@pytest.fixture(scope="module")
def stage(
    judge: tuple[str, Judge], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Cast, Box]]:
    """A fresh box for each judge."""
    name, process = judge
    with Box(tmp_path_factory.mktemp("box") / "data") as box:
        yield name, Cast(process, box, name), box


@pytest.mark.parametrize("scenario", OTHERS, ids=lambda scenario: scenario.id)
def test_scenario(stage: tuple[str, Cast, Box], scenario: Scenario, evidence: Evidence) -> None:
    """What the table says is what happened."""
    name, cast, box = stage
    before, _ = box.log(after=1 << 60)
    assert play(scenario, cast, REASONS, unique) > 0
    evidence.add(name, box.log(after=before)[1])


@pytest.mark.parametrize("scenario", SPENDING, ids=lambda scenario: scenario.id)
def test_spent_limit(
    judge: tuple[str, Judge], scenario: Scenario, tmp_path: Path, evidence: Evidence
) -> None:
    """A spent limit is refused as the venue does; each in a box of its own."""
    name, process = judge
    with Box(tmp_path / "data") as box:
        assert play(scenario, Cast(process, box, name), REASONS, unique) > 0
        evidence.add(name, box.log()[1])
