"""Candles from pieces that were folded before are the same candles."""

import random

from tests.exchange.market.world import World

from tradewind.model import Side

MINUTE = 60_000_000_000


def _traded() -> World:
    """Some minutes in which an outsider traded now and then."""
    world = World()
    chance = random.Random(3)
    for _ in range(60):
        world.advance(chance.randrange(1, 200))
        side = chance.choice((Side.BUY, Side.SELL))
        world.order(side, 40)
    world.advance(300)
    return world


def test_windows_are_what_a_fold_of_everything_gives() -> None:
    """Any window, asked in any order, also when its pieces were kept."""
    world = _traded()
    tape = world.market.tape
    chance = random.Random(5)
    now = (world.market.tick + 1) * 100_000_000
    mixed = 0
    for _ in range(200):
        length = chance.choice((MINUTE, 90 * 10**9, 7 * MINUTE, 61 * MINUTE, 86_400 * 10**9))
        start = now - chance.randrange(length)
        start -= chance.choice((0, start % MINUTE))
        view = tape._view("BTCUSDT")
        mixed += view._mixes(start, start + length)
        assert view.bars([(start, start + length)]) == view._short([(start, start + length)])
    assert mixed > 100
    assert tape._folded


def test_a_market_that_goes_back_forgets_its_pieces() -> None:
    """What was folded may become another past."""
    world = _traded()
    now = (world.market.tick + 1) * 100_000_000
    world.market.tape.window("BTCUSDT", now - 10 * MINUTE, now)
    state = world.market.state()
    assert world.market.tape._folded
    world.market.restore(state)
    assert not world.market.tape._folded
