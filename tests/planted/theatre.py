"""Judges, resident, at one box behind the proxy; plays truths with and without a mistake."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.judges.box import Box
from tests.judges.resident import Judge
from tests.judges.truths import Truth, every, sessions, streams
from tests.judges.truths.stage import Stage
from tests.judges.voices import DOORS, MONEY, Door, stage

from .mistakes import Mistake
from .proxy import Proxy

PLAYS_MAX = 12
"""Plays from one address before another is taken: far below the request limit of a minute."""

WAIT_SECONDS = 4
"""What is not told by then is missed: most mistakes in events are noticed by waiting in vain."""

Crossed = dict[tuple[str, str, tuple[str, ...]], list[tuple[Door, Truth]]]


@dataclass
class Seen:
    """Who saw a mistake: by judge the truth and what it said; where it was made but unseen."""

    by: dict[str, str] = field(default_factory=dict)
    unseen: set[str] = field(default_factory=set)
    said: str = ""

    @property
    def reached(self) -> bool:
        """Whether it was ever made."""
        return bool(self.by or self.unseen)


class Theatre:
    """One box, one proxy, every judge."""

    def __init__(self, folder: Path) -> None:
        self._patience = (streams.HEAR_SECONDS, sessions.TELL_SECONDS)
        streams.HEAR_SECONDS = sessions.TELL_SECONDS = WAIT_SECONDS
        self._stack = ExitStack()
        self._folder = folder
        self.box = self._stack.enter_context(Box(folder / "data"))
        self.proxy = Proxy(self.box.rest)
        self._stack.callback(self.proxy.close)
        self._judges: dict[str, Judge] = {}
        self._stages: dict[str, Stage] = {}
        self._opened = 0
        self._plays = 0

    def close(self) -> None:
        """End everybody."""
        streams.HEAR_SECONDS, sessions.TELL_SECONDS = self._patience
        for judge in self._judges.values():
            judge.close()
        self._stack.close()

    def _stage(self, door: Door) -> Stage:
        if door.module not in self._judges:
            self._judges[door.module] = Judge(door.module, self._folder / "escapes")
        if door.name not in self._stages:
            self.proxy.elsewhere()
            self._opened += 1
            self._stages[door.name] = stage(
                self._judges[door.module],
                door,
                self.box,
                self.proxy.rest,
                self.proxy.streams,
                self.proxy.knows,
                f"{door.name.replace(' ', '-')}-{self._opened}",
            )
        return self._stages[door.name]

    def again(self, door: Door) -> None:
        """A new process for a judge whose software has changed itself."""
        judge = self._judges.pop(door.module, None)
        if judge is not None:
            judge.close()
        for other in DOORS:
            if other.module == door.module:
                self._stages.pop(other.name, None)

    def play(self, door: Door, truth: Truth, mistake: Mistake | None = None) -> tuple[str, int]:
        """What was untrue ("" for nothing), and how often the mistake was made."""
        self._plays += 1
        if self._plays % PLAYS_MAX == 0:
            self.proxy.elsewhere()
        on = self._stage(door)
        if on.money("USDT")[0] < Decimal(20_000):
            on.faucet(**MONEY)
        self.proxy.plant(mistake)
        said = ""
        try:
            on.play(truth.play, truth.asks)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what the judge noticed
            said = f"{type(error).__name__}: {error}"
        finally:
            made = self.proxy.made
            self.proxy.plant(None)
            try:
                on.clean()
            except Exception:  # noqa: BLE001  # its software is broken by what it read
                self.again(door)
        if "strict typing removed" in said:  # the SDK relaxes its models for good
            self.again(door)
        return said, made

    def sees(self, door: Door, truth: Truth, mistake: Mistake) -> tuple[bool, bool, str]:
        """Whether the truth fails with the mistake and holds without; whether it was made."""
        said, made = self.play(door, truth, mistake)
        if not made or not said:
            return False, bool(made), ""
        for _ in range(2):
            control, _none = self.play(door, truth)
            if not control:
                return True, True, said
            self.again(door)
        return False, False, ""

    def record(self, told: Callable[[str], None]) -> Crossed:
        """Play everything as it is; which fields cross the wire in which truth."""
        crossed: Crossed = {}
        for door in DOORS:
            for truth in every():
                if not door.can(truth):
                    continue
                self.proxy.watching = True
                self.proxy.watch()
                said, _ = self.play(door, truth)
                self.proxy.watching = False
                if said:
                    told(f"without a mistake: {door.name}: {truth.name}: {said[:200]}")
                    continue
                for (side, target), messages in self.proxy.watch().items():
                    for path in {p for message in messages for p in paths(message)}:
                        crossed.setdefault((side, target, path), []).append((door, truth))
        return crossed


def paths(value: Any, here: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Every path in a message, as ``mistakes.at`` takes them."""
    found: set[tuple[str, ...]] = set()
    if isinstance(value, dict):
        for name, inside in value.items():
            for step in (name, "*"):
                found.add((*here, step))
                found |= paths(inside, (*here, step))
    elif isinstance(value, list):
        for number, inside in enumerate(value[:20]):
            if isinstance(inside, dict | list):
                found |= paths(inside, here)
            else:
                found.add((*here, f"#{number}"))
    return found


def warn(text: str) -> None:
    """To the person who waits."""
    print(text, file=sys.stderr, flush=True)
