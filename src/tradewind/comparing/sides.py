"""One side of a comparison: a venue or a box, asked through our client, its guard and its budget.

What changes orders goes the way of every order; everything else is one question at the door. A
question in disguise (another key, another clock) goes through the same door.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from msgspec import Struct

from ..client import Venue
from ..client.clock import Clock
from ..client.door import Door, Exchanged
from ..client.line import Line
from ..model import InvalidInput, NotSent, OutcomeUnknown, TradewindError
from ..model.commands import NativeCall
from ..protocol.asking import ClientModule, Key
from ..protocol.comparing import Step, Who, reads
from ..protocol.messages import HttpResponse
from ..protocol.operations import Table
from ..protocol.signing import signer
from .differences import Reply
from .masking import Mask
from .shapes import WORD

STALE_NS = 120_000_000_000
"""How wrong the clock of a request is that must be refused; the largest window is a minute."""

TIMEOUT = 10.0
"""Seconds for an answer over the WebSocket, as over HTTP."""

STOP = frozenset({418, 429})
"""A venue that answers so is asked nothing more: going on gets the address banned."""


class Silent(Struct, frozen=True):
    """There is no answer, and why. ``gone``: it was asked, or could not be reached to ask."""

    why: str
    gone: bool = False


class Stopped(TradewindError):
    """The venue wants to be left alone."""


class Side:
    """Made for an open venue. ``secrets`` learns what must not be shown."""

    def __init__(
        self,
        name: str,
        venue: Venue,
        module: ClientModule,
        table: Table,
        mask: Mask,
        *,
        run: str,
    ) -> None:
        self.name = name
        self.venue = venue
        self.memory: dict[str, str] = {"run": run}
        self.line: Line | None = None
        self._mask = mask
        self._module, self._table = module, table
        self._doors: dict[Who, Door] = {Who.OWNER: venue.door}
        self._api_key = ""

    async def ask(self, step: Step, over: str = "rest") -> Reply | Silent:
        """Put a question, learn from the answer."""
        parameters = step.filled(self.memory)
        if parameters is None:
            return Silent("what it builds on was not answered")
        call = NativeCall(step.operation, parameters)
        try:
            told = await (self._over_line(call) if over == "websocket" else self._ask(call, step))
        except TradewindError as error:
            why = self._mask.clean(f"{type(error).__name__}: {error}")
            return Silent(why, isinstance(error, OutcomeUnknown) or type(error) is NotSent)
        if told.status in STOP:
            raise Stopped(f"{self.name} answers with status {told.status}: it is asked no more")
        if told.status < 300:
            self._learn(step, told)
        return told

    async def open_line(self) -> None:
        """Open the WebSocket for requests. Raises NotSent, Rejected."""
        self.line = await self.venue.door.connect(lambda _: None, lambda *_: None)

    async def close(self) -> None:
        """Close what was opened here."""
        line, self.line = self.line, None
        if line is not None:
            await line.close()

    async def _ask(self, call: NativeCall, step: Step) -> Reply:
        if step.who is Who.OWNER:
            done = await self.venue.exchange(call)
        else:
            done = await self._door(step.who).ask(call)
        self._hide(done)
        return Reply(done.answer.status, done.answer.body, done.answer.headers)

    async def _over_line(self, call: NativeCall) -> Reply:
        """Only what reads: orders leave through the guard alone."""
        door, line = self.venue.door, self.line
        asked = door.client.prepare(call)
        if line is None or not reads(asked.operation) or door.changes_orders(asked):
            raise InvalidInput(f"{call.operation} is not asked over the WebSocket")
        await door.pacing.ready(asked.operation, asked.parameters)
        _, told = await line.request(asked, door.clock.venue(), TIMEOUT)
        door.pacing.heard(asked.operation, HttpResponse(told.status, told.body, told.headers))
        return Reply(told.status, told.body)

    def _door(self, who: Who) -> Door:
        if who not in self._doors:
            door = self.venue.door
            now = door.clock.venue
            changes: dict[Who, Callable[[], Door]] = {
                Who.WRONG_SECRET: lambda: door.disguised(self._spoilt("")),
                Who.MALFORMED: lambda: door.disguised(self._spoilt("malformed")),
                Who.SLOW: lambda: door.disguised(clock=Clock(lambda: now() - STALE_NS)),
                Who.FAST: lambda: door.disguised(clock=Clock(lambda: now() + STALE_NS)),
            }
            self._doors[who] = changes[who]()
        return self._doors[who]

    def _spoilt(self, api_key: str) -> Any:
        """A client whose key is not right; of the right one it has the public part alone."""
        return self._module.build(Key(api_key or self._api_key, signer("hmac", "wrong" * 8), "x"))

    def _hide(self, done: Exchanged) -> None:
        """Keys and signatures of what was sent."""
        headers = done.request.headers.values()
        self._mask.learn(*headers)
        self._api_key = self._api_key or next(iter(headers), "")
        for pair in done.request.query.split("&"):
            name, _, value = pair.partition("=")
            if name == "signature":
                self._mask.learn(value)

    def _learn(self, step: Step, told: Reply) -> None:
        """What later steps need, and what of an account's answer must never be shown."""
        with suppress(ValueError):
            answer = json.loads(told.body)
            if self._table.by_name[step.operation].signed:
                self._mask.learn(*_leaves(answer))
            if step.learn is not None:
                with suppress(KeyError, TypeError, IndexError, ArithmeticError, StopIteration):
                    step.learn(answer, self.memory)  # another shape: what builds on it is left out


def _leaves(value: Any) -> list[str]:
    """Texts and numbers in an answer, words aside."""
    found: list[str] = []
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, Mapping):
            rest += one.values()
        elif isinstance(one, list):
            rest += one
        elif isinstance(one, int) and not isinstance(one, bool):
            found.append(str(one))
        elif isinstance(one, str) and not WORD.fullmatch(one):
            found.append(one)
    return found
