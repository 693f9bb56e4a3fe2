"""Venue time runs, freezes, steps and accelerates, and never goes back."""

import pytest

from tradewind.exchange.clock import SPEED_ONE, Clock, Setting, speed
from tradewind.model import Misconfigured

SECOND = 1_000_000_000


class Wall:
    """A machine's clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000 * SECOND

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


def test_venue_time_is_wall_time_until_somebody_moves_it(wall: Wall) -> None:
    """One clock, until it is changed."""
    clock = Clock(wall=wall)
    wall.now += 7 * SECOND
    assert clock.now() == wall.now


def test_frozen_time_stands_and_goes_on_from_where_it_stood(wall: Wall) -> None:
    """No jump when it runs again."""
    clock = Clock(wall=wall)
    clock.set_speed(0)
    stood = clock.now()
    wall.now += 60 * SECOND
    assert clock.now() == stood
    clock.set_speed(SPEED_ONE)
    wall.now += SECOND
    assert clock.now() == stood + SECOND


def test_speed_and_steps_add_up(wall: Wall) -> None:
    """60 times as fast, then eight hours forward."""
    clock = Clock(wall=wall)
    began = clock.now()
    clock.set_speed(60 * SPEED_ONE)
    wall.now += 2 * SECOND
    clock.advance(8 * 3600 * SECOND)
    wall.now += SECOND
    assert clock.now() == began + (180 + 8 * 3600) * SECOND


def test_time_never_goes_back_when_the_machine_s_clock_does(wall: Wall) -> None:
    """NTP steps the wall back; the venue stands still instead."""
    clock = Clock(wall=wall)
    shown = clock.now()
    wall.now -= 5 * SECOND
    assert clock.now() == shown


def test_a_restart_goes_on_as_a_venue_would_have(wall: Wall) -> None:
    """The stored setting says what time it is now; frozen stays frozen."""
    clock = Clock(wall=wall)
    clock.advance(3600 * SECOND)
    stored = clock.setting
    wall.now += 100 * SECOND
    again = Clock(wall=wall)
    again.take(stored)
    assert again.now() == wall.now + 3600 * SECOND
    frozen = Clock(wall=wall)
    frozen.take(Setting(wall.now, 5_000 * SECOND, 0, 9))
    wall.now += 100 * SECOND
    assert frozen.now() == 5_000 * SECOND


def test_of_two_settings_the_newer_is_taken(wall: Wall) -> None:
    """Two venues of a box may have been written at different times."""
    clock = Clock(wall=wall)
    clock.take(Setting(wall.now, 7 * SECOND, 0, 5))
    clock.take(Setting(wall.now, 3 * SECOND, 0, 4))
    assert clock.setting.number == 5


@pytest.mark.parametrize("text", ["0", "-1", "fast", "1000000"])
def test_a_speed_that_is_none_is_refused(text: str) -> None:
    """With the range in the message."""
    with pytest.raises(Misconfigured, match="speed is"):
        speed(text)


def test_speeds_are_read_as_thousandths() -> None:
    """No float is kept."""
    assert (speed("60"), speed("0.5"), speed("1")) == (60_000, 500, 1_000)
