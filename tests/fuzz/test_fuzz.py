"""A few thousand inputs of the fuzzer, and its promise about codes."""

from pathlib import Path

import pytest

from . import reach
from .run import Fuzz
from .world import World


@pytest.fixture(scope="module")
def fuzz(tmp_path_factory: pytest.TempPathFactory) -> Fuzz:
    folder = tmp_path_factory.mktemp("fuzz") / "box"
    folder.mkdir(mode=0o700)
    world = World(Path(folder), 11)
    fuzz = Fuzz(world)
    fuzz.run(3_000)
    world.close()
    return fuzz


def test_nothing_crashes_and_refusals_change_nothing(fuzz: Fuzz) -> None:
    """Every answer is well-formed and known; the state is the same after a refusal."""
    assert fuzz.failures == []
    assert fuzz.compared > 200


def test_the_fuzzer_is_understood(fuzz: Fuzz) -> None:
    """Its valid requests succeed: else it would only test the first checks."""
    trading = [name for name in fuzz.well if name.startswith(("order", "sor"))]
    assert len(fuzz.well) > 70
    assert len(trading) > 12
    assert len(fuzz.codes) > 40


def test_a_change_by_a_refusal_would_be_seen(fuzz: Fuzz) -> None:
    """The comparison sees an order that is counted, and one that is placed."""
    world = fuzz.world
    before = world.exchange.orders.used(1, world.host.now())
    world.exchange.orders.charge(1, 1, world.host.now())
    assert world.exchange.orders.used(1, world.host.now()) != before


@pytest.mark.parametrize("code", sorted(reach.AIMS))
def test_a_code_is_answered(code: int) -> None:
    """What chance rarely meets is met on purpose."""
    assert reach.reach([code]) == {code}


def test_what_is_gone_today_is_answered_before(fuzz: Fuzz) -> None:
    """Every operation of the table has a request that succeeds, in some box."""
    assert reach.answered() == set(reach.GONE)
    assert not set(reach.GONE) & set(fuzz.well)


def test_every_code_has_an_aim_or_a_reason_or_comes_by_itself(fuzz: Fuzz) -> None:
    """No silent gaps; and none that is explained away and yet answered."""
    assert set(reach.CODES) - set(fuzz.codes) - set(reach.AIMS) - set(reach.CANNOT) <= _BY_CHANCE
    assert not reach.ELSEWHERE & (set(reach.CODES) | set(fuzz.codes))
    assert not set(reach.CANNOT) & (set(fuzz.codes) | set(reach.AIMS))


_BY_CHANCE = {
    -1106,
    -1108,
    -1111,
    -1128,
    -1131,
    -2013,
    -4001,
    -4003,
    -4018,
    -4033,
    -5011,
    -5013,
    -5021,
    -345001,
    -345103,
}
"""Codes that the long run meets and this short one may miss."""
