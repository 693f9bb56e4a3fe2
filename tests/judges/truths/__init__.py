"""Truths about the venue's operations and streams, in the venue's own words.

Each is played through every door of every judge that has the operations it asks. What an answer
must be depends on what was done just before; its fields are exactly the documented ones.
rest-api.md, web-socket-api.md, web-socket-streams.md, user-data-stream.md as of 2026-07-21.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .stage import Stage

Play = Callable[[Stage], None]


@dataclass(frozen=True)
class Truth:
    """A scenario: what it asks (operations), hears (kinds of streams), and where it can be."""

    name: str
    play: Play
    asks: frozenset[str]
    hears: frozenset[str]
    doors: str
    group: str


TRUTHS: list[Truth] = []


def truth(*asks: str, hears: tuple[str, ...] = (), doors: str = "") -> Callable[[Play], Play]:
    """Register a scenario. ``doors`` limits it to doors of that kind (``ws``, ``rest``)."""

    def register(play: Play) -> Play:
        name = play.__name__.replace("_", " ")
        group = play.__module__.rpartition(".")[2]
        TRUTHS.append(Truth(name, play, frozenset(asks), frozenset(hears), doors, group))
        return play

    return register


def every() -> list[Truth]:
    """All of them."""
    from . import (
        account,
        kinds,
        list_words,
        lists,
        market,
        orders,
        partly,
        prevention,
        ranges,
        sessions,
        streams,
        wallet,
        wallet_words,
    )

    del account, kinds, list_words, lists, market, orders, partly, prevention, ranges
    del sessions, streams, wallet, wallet_words
    return TRUTHS
