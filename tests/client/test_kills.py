"""A trading client dies by ``kill -9``, and the next one knows everything."""

import pytest
from tests.client import kills


@pytest.mark.parametrize(("over", "number"), [("rest", 2), ("websocket", 1)])
def test_a_killed_client_has_lost_and_doubled_nothing(over: str, number: int) -> None:
    """Three here; a hundred with ``python -m tests.client.kills --kills 100``."""
    assert "nothing doubled" in kills.run(number, seed=3, over=over, longest=0.5)
