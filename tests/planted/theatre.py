"""Judges, resident, at one box behind the proxy; plays truths with and without a mistake."""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from tests.judges.box import Box
from tests.judges.resident import Judge
from tests.judges.rules import settings
from tests.judges.truths import Truth, every, sessions, streams
from tests.judges.truths.stage import Stage
from tests.judges.truths.words import WHERE
from tests.judges.voices import DOORS, MONEY, Door, stage

from .mistakes import Mistake
from .proxy import Proxy
from .recording import Play, Recording

SPENT_MAX = 0.6
"""The part of a limit after which another account plays, from another address of this machine."""

MINUTE_SECONDS = 60

WAIT_SECONDS = 4
"""What is not told by then is missed: most mistakes in events are noticed by waiting in vain."""

TRIES = 14
"""Scenarios in which a mistake is made before nobody has seen it."""


@dataclass
class Seen:
    """Who saw a mistake: by judge the truth and what it said; where it was made but unseen; why it
    could not be made: a kind of reason and the reason.
    """

    by: dict[str, str] = field(default_factory=dict)
    unseen: set[str] = field(default_factory=set)
    said: str = ""
    why: tuple[str, str] = ("", "")

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
        self.box = self._stack.enter_context(Box(folder / "data", *settings(folder)))
        self.proxy = Proxy(self.box.rest)
        self._stack.callback(self.proxy.close)
        self._judges: dict[str, Judge] = {}
        self._stages: dict[str, Stage] = {}
        self._opened = 0
        self.recording = Recording()
        self._spent: dict[str, tuple[float, float]] = {}

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
            self._spent.pop(door.name, None)
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

    def _fresh(self, door: Door, truth: Truth) -> None:
        """Another account at another address when this one's limits would not last."""
        spent, at = self._spent.get(door.name, (0.0, 0.0))
        if time.monotonic() - at > MINUTE_SECONDS:
            spent = 0.0
        if spent and spent + self.recording.need(door, truth) > SPENT_MAX:
            self._stages.pop(door.name, None)
            spent = 0.0
        self.proxy.spent = spent

    def play(self, door: Door, truth: Truth, mistake: Mistake | None = None) -> tuple[str, int]:
        """What was untrue ("" for nothing), and how often the mistake was made."""
        self._fresh(door, truth)
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
            self._spent[door.name] = (self.proxy.spent, time.monotonic())
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

    def record(self, told: Callable[[str], None]) -> None:
        """Play everything as it is and keep what crosses."""
        for door in DOORS:
            for truth in every():
                if not door.can(truth):
                    continue
                self._stage(door)
                before, _at = self._spent.get(door.name, (0.0, 0.0))
                self.proxy.watching = True
                self.proxy.watch()
                began = time.monotonic()
                said, _ = self.play(door, truth)
                self.proxy.watching = False
                if said:
                    told(f"without a mistake: {door.name}: {truth.name}: {said[:300]}")
                    continue
                seconds, crossed = time.monotonic() - began, self.proxy.watch()
                need = max(0.0, self.proxy.spent - before)
                self.recording.add(Play(door, truth, seconds, need, frozenset(WHERE), crossed))


def warn(text: str) -> None:
    """To the person who waits."""
    print(text, file=sys.stderr, flush=True)
