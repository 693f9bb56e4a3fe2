"""Every truth, through every door of every judge that can ask it."""

from collections.abc import Iterator
from contextlib import ExitStack
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


class Stages:
    """Each door in its judge's process, at a box of its own: what one spends limits no other."""

    def __init__(self, folder: Path, escapes: Path, stack: ExitStack) -> None:
        self._folder, self._escapes, self._stack = folder, escapes, stack
        self._judges: dict[str, Judge] = {}
        self._stages: dict[str, Stage] = {}

    def of(self, door: Door) -> Stage:
        """A door's stage, opened when first asked for."""
        if door.module not in self._judges:
            judge = self._stack.enter_context(Judge(door.module, self._escapes))
            self._judges[door.module] = judge
        if door.name not in self._stages:
            folder = self._folder / door.name.replace(" ", "-")
            box = self._stack.enter_context(Box(folder, *settings(folder.with_suffix(".rules"))))
            self._stages[door.name] = stage(self._judges[door.module], door, box)
        return self._stages[door.name]


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory, escapes: Path) -> Iterator[Stages]:
    """Everybody's stage."""
    with ExitStack() as stack:
        yield Stages(tmp_path_factory.mktemp("truths"), escapes, stack)


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
