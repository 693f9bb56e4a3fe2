"""Candles from pieces that were folded before are the same candles."""

import random
from unittest.mock import Mock, patch

import pytest
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
    for each in range(160):
        length = chance.choice((MINUTE, 90 * 10**9, 7 * MINUTE))
        if each % 10 == 0:  # folding so many without pieces takes its time
            length = (1440 if each % 80 == 0 else 61) * MINUTE
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


@pytest.mark.parametrize("interval", ["1s", "1m"])
def test_rows_of_candles_are_made_once_and_stay_true(interval: str) -> None:
    """The same row while the market goes on: only what was still open is looked at again."""
    world = World()
    tape, chance = world.market.tape, random.Random(9)
    for _ in range(40):
        world.advance(chance.randrange(1, 90))
        if chance.random() < 0.5:
            world.order(chance.choice((Side.BUY, Side.SELL)), 40)
        bars = tape.bars("BTCUSDT", interval, limit=100)
        view = tape._view("BTCUSDT")
        assert bars == view._short([(bar.opened, bar.closed) for bar in bars])
    asked = Mock(wraps=view._short)
    with patch.object(type(view), "_short", side_effect=asked):
        tape.bars("BTCUSDT", interval, limit=100)
    assert sum(len(call.args[0]) for call in asked.call_args_list) <= 3


def test_pieces_are_bounded_and_the_newest_stay() -> None:
    """Memory does not grow with the days that a box runs."""
    from tradewind.exchange.market.tape import Folded

    world = World()
    bar = world.market.tape.window("BTCUSDT", 0, MINUTE)
    folded = Folded(1_000)
    for minute in range(3_500):
        folded.keep(("BTCUSDT", minute, minute + 1), bar)
        assert len(folded) <= folded.most
    kept = [minute for _, minute, _ in folded]
    assert kept == list(range(3_500))[-len(kept) :]
    assert len(kept) >= 750


def test_minutes_do_not_drive_out_the_hours_of_a_day() -> None:
    """A window over a day would else be folded again from its minutes, at every look at it."""
    from tradewind.exchange.market.tape import Pieces

    bar = World().market.tape.window("BTCUSDT", 0, MINUTE)
    names = [f"PAIR{number}" for number in range(40)]
    pieces = Pieces(len(names))
    begin = 10_000 * 24 * 60
    for minute in range(begin, begin + 3 * 24 * 60):
        for length in (1, 15, 60):
            if minute % length == 0:
                opened, closed = (minute - length) * MINUTE, minute * MINUTE
                kept = pieces.of(closed - opened)
                for name in names:
                    kept.keep((name, opened, closed), bar)
    last = (begin + 3 * 24 * 60 - 60) * MINUTE
    hours = [last - back * 60 * MINUTE for back in range(1, 24)]
    assert all((name, h, h + 60 * MINUTE) in pieces.long for name in names for h in hours)
    assert len(pieces) <= pieces.short.most + pieces.long.most
