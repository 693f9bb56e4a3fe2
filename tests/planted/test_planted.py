"""Every mistake by hand is seen by a judge, in the scenario named for it; the rule makes the
same mistakes each time. The whole table is `make planted`.
"""

from collections.abc import Iterator

import pytest

from .__main__ import by_name
from .by_hand import BY_HAND
from .fields import by_rule
from .mistakes import Mistake
from .theatre import Theatre

pytestmark = pytest.mark.judge


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    """Judges at one box, behind a proxy that makes mistakes."""
    made = Theatre(tmp_path_factory.mktemp("planted"))
    yield made
    made.close()


@pytest.mark.parametrize("mistake", BY_HAND, ids=lambda mistake: mistake.name)
def test_a_mistake_is_seen(mistake: Mistake, theatre: Theatre) -> None:
    """The named scenario fails with it, through some judge, and holds without it."""
    assert by_name(theatre, mistake, enough=1).by, f"nobody saw: {mistake.name}"


def test_the_rule_makes_the_same_mistakes_again() -> None:
    """A seed is a table."""
    again = [mistake.name for mistake in by_rule(40, 7)]
    assert again == [mistake.name for mistake in by_rule(40, 7)]
    assert again != [mistake.name for mistake in by_rule(40, 8)]
