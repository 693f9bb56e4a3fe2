"""The comparison with other clients sees a doubled order, and no doubled one of ours."""

import pytest
from tests.peers.harness import Run, play

pytestmark = pytest.mark.judge

LOST = ("answer lost", {"kind": "drop", "operation": "order.place", "every": 2})
STORIES = 8


def played(client: str, policy: str) -> Run:
    return play(client, policy, 7, STORIES, spoil=[LOST], quiet=0.5)


def test_what_is_sent_again_after_a_lost_answer_is_doubled() -> None:
    """The first orders that are answered with silence are there twice."""
    found = played("ccxt", "naive")
    verdict = found.verdict
    assert found.struck["answer lost"] >= STORIES // 2
    assert verdict.doubled >= STORIES // 2
    assert set(verdict.by_fault) == {"drop"}
    assert verdict.fills_lost == verdict.stale == 0


@pytest.mark.parametrize("client", ["tradewind", "python-binance"])
def test_who_asks_first_doubles_nothing(client: str) -> None:
    """Our client, and a careful program on another one."""
    found = played(client, "documented")
    verdict = found.verdict
    assert found.struck["answer lost"] >= STORIES // 2
    assert verdict.meant == verdict.there
    assert not verdict.by_fault, verdict.examples
    assert verdict.fills_lost == verdict.fills_doubled == verdict.stale == verdict.unseen == 0
    assert verdict.balances_off == 0, verdict.examples
