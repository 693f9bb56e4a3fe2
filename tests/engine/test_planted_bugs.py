"""Every bug planted in the engine is found by comparing it with the oracle."""

import pytest

from tradewind.engine.engine import Engine

from .fuzz import Divergence, Fuzz
from .planted import BUGS, Bug, load

BOUND = 10_000
SEED = 20


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found(bug: Bug) -> None:
    """Within so many commands the engine with the bug says something the oracle does not."""
    with pytest.raises(Divergence):
        Fuzz(SEED, load(bug)(), kept=100).run(BOUND)


def test_the_engine_without_a_bug_passes_the_same() -> None:
    """The same commands show no difference when nothing is planted, loaded the same way."""
    fresh = load(None)
    assert fresh is not Engine
    Fuzz(SEED, fresh(), kept=100).run(BOUND)
