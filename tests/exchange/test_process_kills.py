"""The real process, killed under load: what was answered is there afterwards.

A few of what ``make kills`` does fifty times.
"""

import re

from . import process_kills


def test_what_was_answered_survives_kill_9() -> None:
    """None lost, none doubled, the money right to the last unit."""
    told = process_kills.run(2, seed=5, seconds=0.6)
    answered = re.search(r"(\d+) answered", told)
    assert answered is not None
    assert int(answered[1]) > 10
