"""Every truth, through every door of every judge that can ask it."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from .box import Box
from .evidence import Evidence
from .resident import Judge
from .rules import settings
from .truths import Truth, every
from .truths.stage import Stage
from .voices import DOORS, Door, stage

pytestmark = pytest.mark.judge


WEIGHT_MOST, ORDERS_MOST = 3_000, 45
"""Of 6000 a minute and 100 in ten seconds: what is asked within one truth must find room."""


class Stages:
    """One door after the other in its judge's process, at a box of its own: what one spends limits
    no other. Another account plays when one has placed many orders, at another box when it has
    asked much; what is done with is closed.
    """

    def __init__(self, folder: Path, escapes: Path) -> None:
        self._folder, self._escapes = folder, escapes
        self._stack = ExitStack()
        self._numbers = count(1)
        self._on: tuple[Door, Judge, Box, Stage] | None = None

    def of(self, door: Door) -> Stage:
        """A door's stage, with room in its limits."""
        if self._on is not None:
            playing, judge, box, on = self._on
            if playing is door and on.spending.weight <= WEIGHT_MOST:
                return on if on.spending.orders <= ORDERS_MOST else self._open(door, judge, box)
        self.close()
        folder = self._folder / str(next(self._numbers))
        box = self._stack.enter_context(Box(folder / "data", *settings(folder)))
        judge = self._stack.enter_context(Judge(door.module, self._escapes))
        return self._open(door, judge, box)

    def _open(self, door: Door, judge: Judge, box: Box) -> Stage:
        account = f"{door.name.replace(' ', '-')}-{next(self._numbers)}"
        on = stage(judge, door, box, account=account)
        self._on = door, judge, box, on
        return on

    def close(self) -> None:
        """End judge and box."""
        self._stack.close()


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory, escapes: Path) -> Iterator[Stages]:
    """Everybody's stage."""
    made = Stages(tmp_path_factory.mktemp("truths"), escapes)
    yield made
    made.close()


PLAYED = [
    pytest.param(door, truth, id=f"{door.name}: {truth.group}: {truth.name}")
    for door in DOORS
    for truth in every()
    if door.can(truth)
]


@pytest.mark.parametrize(("door", "truth"), PLAYED)
def test_truth(door: Door, truth: Truth, stages: Stages, evidence: Evidence) -> None:
    """What is documented is what is answered."""
    on = stages.of(door)
    try:
        assert on.play(truth.play, truth.asks) > 0, "nothing was held to be true"
    finally:
        on.clean()
    assert on.asked | on.refused <= truth.asks, "it asks more than it says"
    prefix = "ws " if door.door == "ws" else ""
    for names, how in ((on.asked, "answered"), (on.refused, "refused")):
        for name in names:
            evidence.count(door.judge, prefix + name, how)
    evidence.heard(door.judge, truth.hears)
