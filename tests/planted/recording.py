"""What crosses the wire in which scenario, kept while everything is played once as it is: where a
mistake can be made, where it would change something, and why it would not.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.judges.truths import Truth
from tests.judges.voices import Door

from .absent import absent
from .mistakes import EVENT, Mistake, Path, number, values

KEPT = 60
"""Messages of a kind that are kept of one play."""

HEARD = {
    "24hrMiniTicker": {"miniTicker", "!miniTicker@arr"},
    "24hrTicker": {"ticker"},
    "1hTicker": {"ticker_1h, ticker_4h, ticker_1d", "!ticker_1h@arr ..."},
    "partialDepth": {"depth5, depth10, depth20"},
    "depthUpdate": {"depth"},
}
"""Events and the streams that scenarios hear them on, where the names differ. Streams of earlier
scenarios go on beside: a mistake in what nobody listens to shows nothing.
"""

UNKNOWN = 0.3
"""What a play is thought to need of its limits before it was played."""

Kind = tuple[str, str]
"""Side and target."""


@dataclass
class Play:
    """One scenario through one door: how long it took, what part of its limits it needs, what it
    held patterns against, and what crossed.
    """

    door: Door
    truth: Truth
    seconds: float
    spent: float
    held: frozenset[str]
    messages: dict[Kind, list[Any]] = field(default_factory=dict)

    def of(self, side: str, target: str) -> list[Any]:
        """Messages of a kind that the scenario is about."""
        if side == EVENT and not self.truth.hears & HEARD.get(target, {target}):
            return []
        return self.messages.get((side, target), [])

    def holds(self, target: str) -> bool:
        """Whether the answer of an operation is held against a pattern."""
        return any(name.startswith(target) for name in self.held)


class Recording:
    """All plays."""

    def __init__(self) -> None:
        self.plays: list[Play] = []

    def add(self, play: Play) -> None:
        """One more; long rows of messages are cut."""
        play.messages = {kind: rows[:KEPT] for kind, rows in play.messages.items()}
        self.plays.append(play)

    def need(self, door: Door, truth: Truth) -> float:
        """The part of its limits that a play needs."""
        found = [p.spent for p in self.plays if p.door is door and p.truth is truth]
        return max(found, default=UNKNOWN)

    def crossings(self, side: str, target: str, path: Path) -> Iterator[Play]:
        """The plays in which a field is on the wire."""
        for play in self.plays:
            if any(values(message, path) for message in play.of(side, target)):
                yield play

    def places(self, mistake: Mistake) -> list[Play]:
        """Where it would change something: what is quick and looks closely first."""
        found = [
            play
            for play in self.plays
            if any(
                mistake.change(deepcopy(message))[1]
                for message in play.of(mistake.side, mistake.target)
            )
        ]
        return sorted(found, key=lambda p: (not p.holds(mistake.target), p.seconds))

    def why_not(self, mistake: Mistake) -> tuple[str, str]:
        """Why a mistake changes nothing anywhere: a kind of reason, and the reason."""
        side, target, path = mistake.side, mistake.target, mistake.path
        seen = [
            value
            for play in self.plays
            for message in play.of(side, target)
            for value in values(message, path)
        ]
        if not seen:
            reason = absent(side, target, path)
            return (
                ("absent", reason) if reason else ("nowhere", "no scenario brings it on the wire")
            )
        if mistake.rule == "swap":
            return "equivalent", self._swapped(mistake)
        return "equivalent", _nothing(mistake.rule, seen)

    def _swapped(self, mistake: Mistake) -> str:
        """Nothing is exchanged where one of the two is not there, or both hold the same."""
        beside = (*mistake.path[:-1], mistake.other)
        both = sum(
            bool(values(message, mistake.path) and values(message, beside))
            for play in self.plays
            for message in play.of(mistake.side, mistake.target)
        )
        if not both:
            return "the two are never there together"
        return f"where both are there they hold the same, in {both} messages"


def _nothing(rule: str, seen: list[Any]) -> str:
    if all(isinstance(v, str) and not number(v) for v in seen):
        return {"shift": "a word has no unit", "sign": "a word has no sign"}.get(
            rule, f"the word is empty in all {len(seen)} messages"
        )
    if rule == "enum":
        return "a number has no other word"
    if all(_zero(v) for v in seen):
        return f"it is zero in all {len(seen)} messages"
    return f"an object or a list has no {'unit' if rule == 'shift' else rule}"


def _zero(value: Any) -> bool:
    if isinstance(value, str):
        return not number(value) or Decimal(value) == 0
    return isinstance(value, int | float) and value == 0
