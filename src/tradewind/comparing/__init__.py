"""A venue beside a box: the same questions to both, and what differs in their answers.

    comparison = Comparison("...", "testnet", "bot")
    await comparison.run(print)
    print(comparison.page)

``Comparison`` opens both sides through our client (hosts frozen, guard, budget), starts a box of
its own for the time it takes, and leaves what was found in ``result``.
"""

import logging
import secrets
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

from .. import __version__
from ..client import connect, local
from ..client.listed import ListedWire, places
from ..model import Misconfigured, Unreadable
from ..net.address import address
from ..net.real import RealWire
from ..net.wire import HttpClient, Server, WebSocketClient, Wire
from ..protocol.asking import ClientModule
from ..protocol.comparing import Questions
from ..protocol.operations import Table
from ..testing import Exchange
from ..venues import facts, part
from .differences import Difference
from .masking import Mask
from .play import STREAMS, Chosen, LeftOut, Player, Result, choose
from .report import About, as_json, as_page
from .sides import Side
from .streams import Place

RUN = "cmp"
"""How the ids of our orders begin, before a random part."""


class Redirected:
    """A wire that leads to one place of this machine, whatever it is asked for: for tests."""

    def __init__(self, wire: Wire, url: str) -> None:
        where = address(url, "http")  # which allows no other machine without TLS
        self._wire, self._name = wire, where.name

    def http(self, url: str) -> HttpClient:
        """That place."""
        del url
        return self._wire.http(f"http://{self._name}")

    async def connect(self, url: str, headers: Mapping[str, str] | None = None) -> WebSocketClient:
        """The same path at that place."""
        return await self._wire.connect(f"ws://{self._name}{urlsplit(url).path}", headers)

    async def serve(self, *_: object, **__: object) -> Server:
        """Nothing is served here."""
        raise Misconfigured("this wire only leads somewhere")


class Comparison:
    """One comparison. ``key`` is a label (None asks what is public), ``trade`` lets orders be sent
    where that is possible at all, ``only`` are beginnings of operations' names, ``data`` is the
    folder with the user's budget and keys, ``against`` a place of this machine instead of the
    venue. Raises Misconfigured.
    """

    def __init__(
        self,
        venue: str,
        env: str,
        key: str | None = None,
        *,
        trade: bool = True,
        only: tuple[str, ...] = (),
        data: str | None = None,
        against: str = "",
    ) -> None:
        known = facts(venue)
        if env != "local" and env not in known.environments:
            there = ", ".join(("local", *known.environments))
            raise Misconfigured(f"{venue} has no environment {env!r}; there are: {there}")
        self.name, self.env, self.key = venue, env, key
        self.title = known.title
        self.trades = trade and key is not None and env != "live"
        self.result = Result()
        self.mask = Mask()
        self._data = data
        self._wire: Wire = Redirected(RealWire(), against) if against else RealWire()
        self._environment = known.environments.get(env)
        self._questions = cast(Questions, part(venue, "compare").QUESTIONS)
        self._table = self._in_force(env)
        self.chosen: Chosen = choose(
            self._questions, self._table, key=key is not None, trade=self.trades, only=only
        )
        for name in only:
            asked = any(step.operation.startswith(name) for step in self.chosen.steps)
            if not asked and name != STREAMS:
                hint = "" if key is not None else " without a key"
                raise Misconfigured(f"nothing that begins with {name!r} is asked{hint}")
        self.doors = self._doors()

    @property
    def weight(self) -> int:
        """About what it costs of the venue's main limit."""
        rows = self._table.by_name
        return sum(rows[s.operation].weight * (1 + s.twice) for s in self.chosen.steps)

    @property
    def orders(self) -> str:
        """What is traded, "" when nothing is."""
        return self._questions.trades if self.chosen.orders else ""

    @property
    def about(self) -> About:
        """For the report."""
        day = datetime.now(UTC).date().isoformat()
        return About(self.title, self.env, __version__, day, self.key is not None)

    @property
    def page(self) -> str:
        """The report for people."""
        return as_page(self.about, self.result)

    @property
    def json(self) -> dict[str, object]:
        """The report for programs."""
        return as_json(self.about, self.result)

    async def run(self, told: Callable[[int], None]) -> None:
        """Play it. ``result`` holds what was found, also when this is interrupted or raises."""
        module = cast(ClientModule, part(self.name, "client"))
        run = f"{RUN}{secrets.token_hex(4)}"
        async with AsyncExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tradewind-"))
            opening = connect(
                self.name, env=self.env, key=self.key, data=self._data, wire=self._wire
            )
            try:
                there = await stack.enter_async_context(opening)
            except Unreadable as error:
                self.result.unfinished = self.mask.clean(f"our client could not read: {error}")
                return
            box = stack.enter_context(
                Exchange(self.name, data=folder, at="now", flavour=self._flavour)
            )
            box.run()
            log = logging.getLogger("tradewind.exchange")
            stack.callback(log.setLevel, log.level)
            log.setLevel(logging.ERROR)  # below that it says who is refused
            label = None if self.key is None else "default"
            here = await stack.enter_async_context(connect(self.name, key=label, data=folder))
            venue_side, box_side = (
                Side(name, venue, module, self._table, self.mask, run=run)
                for name, venue in (("the venue", there), ("the box", here))
            )
            player = Player(venue_side, box_side, self._questions, self._table, self.mask, told)
            self.result = player.result
            streams = self._streams(), Place(RealWire(), box.streams)
            await player.play(self.chosen, streams)

    @property
    def _flavour(self) -> str:
        return "" if self.env == "local" else self.env

    def _in_force(self, env: str) -> Table:
        rules, table = part(self.name, "rules"), part(self.name, "operations").TABLE
        return cast(Table, rules.in_force(table, {"flavour": "" if env == "local" else env}))

    def _doors(self) -> tuple[str, ...]:
        """Where it connects to."""
        if self._environment is None:
            return tuple(local.running(self._data).venues[self.name].values())
        where = self._environment
        return tuple(filter(None, (where.rest, where.streams, where.websocket_api)))

    def _streams(self) -> Place:
        if self._environment is None:
            return Place(self._wire, local.running(self._data).venues[self.name]["streams"])
        wire = ListedWire(self._wire, places(self._environment))
        return Place(wire, self._environment.streams)


__all__ = ["Comparison", "Difference", "LeftOut", "Result"]
