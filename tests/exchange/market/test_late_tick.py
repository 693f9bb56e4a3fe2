"""A box whose next tick is late: what an outsider traded meanwhile is told at once."""

import pytest

from tradewind.exchange.market.participants import TICK
from tradewind.model import Side

from .world import World


@pytest.mark.parametrize("late", [1, 500_000, TICK, 3 * TICK])
def test_a_trade_after_the_last_tick_is_on_the_tape(late: int) -> None:
    """Also when the tick that is due has not been run."""
    world = World()
    world.advance(20)
    at = (world.market.tick + 1) * TICK + late
    world.order(Side.BUY, 900, at=at)
    newest = world.market.tape.prints("BTCUSDT", limit=3)[-1]
    assert (newest.trade_id, newest.time) == (world.trades[-1].trade_id, at)
    assert world.market.tape.last("BTCUSDT") == newest
