"""Our own client under the venue's real names. It is played as its manual says: after
``OutcomeUnknown`` wait for ``outcome``; what has not happened may be sent again.

Its requests for TLS, names and keys are those of any program: nothing of the box is known to it.
Its limits are those that it ships for the test network, the first place where it trades.
"""

import asyncio
import os
import tempfile
import threading
import tomllib
from collections.abc import Coroutine
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from tradewind.client import Venue
from tradewind.client.budget import Budget
from tradewind.client.clock import Clock
from tradewind.client.intents import FORMS, Journal
from tradewind.guard.limits import read
from tradewind.model import Order, OutcomeUnknown, Side
from tradewind.net.real import RealWire
from tradewind.protocol.asking import Key
from tradewind.protocol.outcomes import Fate
from tradewind.protocol.signing import signer
from tradewind.venues import facts, part

from .bot import KEY, NOTES, QUANTITY, SECRET, Bot, Filled, main

VENUE = "binance"
PAIR = "BTC/USDT"
REAL = facts(VENUE).environments["live"]
DOORS = {"rest": REAL.rest, "streams": REAL.streams, "ws_api": REAL.websocket_api}
TRIES = 5

T = TypeVar("T")


class OwnBot(Bot):
    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._made: Venue | None = None

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _venue(self) -> Venue:
        if self._made is None:
            client = part(VENUE, "client").build(Key(KEY, signer("hmac", SECRET)))
            scratch = Path(os.environ.get(NOTES) or tempfile.mkdtemp()).with_suffix(".own")
            scratch.mkdir(exist_ok=True, mode=0o700)
            clock = Clock()
            rules = part(VENUE, "limits").Pacing()
            pacing = Budget(rules, clock, path=scratch / "budget", account="bot")
            journal = Journal.in_folder(scratch, "bot", FORMS[0])
            tables = tomllib.loads((files("tradewind.guard") / "limits.toml").read_text())
            venue = Venue(
                client, DOORS, RealWire(), clock=clock, journal=journal, pacing=pacing,
                limits=read(tables, "testnet"),
            )  # fmt: skip
            self._made = await venue.__aenter__()
        return self._made

    def best_ask(self) -> float:
        return self._do(self._best_ask())

    async def _best_ask(self) -> float:
        found = (await (await self._venue()).fetch_ticker(PAIR)).ask
        assert found is not None
        return float(found)

    def limit_buy(self, price: float, name: str = "") -> Any:
        del name  # it names its orders itself
        return self._do(self._order("buy", "limit", QUANTITY, f"{price:.2f}"))

    def market(self, side: str, quantity: float) -> Any:
        return self._do(self._order(side, "market", quantity, None))

    async def _order(self, side: str, kind: str, quantity: float, price: str | None) -> Order:
        venue = await self._venue()
        await venue.live()
        for _ in range(TRIES):
            try:
                return await venue.place_order(
                    PAIR, side, kind, quantity=f"{quantity:.5f}", price=price
                )
            except OutcomeUnknown as error:
                self.note(error)
                name = error.client_order_id
            if (await venue.outcome(name)).fates == (Fate.HAPPENED,):
                found = venue.account.order(PAIR, "", name)
                assert found is not None
                return found
        raise LookupError(f"it did not happen {TRIES} times")

    def deep_book(self) -> Any:
        return self._do(self._deep_book())

    async def _deep_book(self) -> Any:
        return await (await self._venue()).fetch_order_book(PAIR, 5_000)

    async def watch_book(self) -> None:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._watch_book(), self._loop))

    async def _watch_book(self) -> None:
        async for book in (await self._venue()).stream_book(PAIR):
            self.book = float(book.best_ask.price) if book.best_ask is not None else 0.0

    async def watch_own(self, filled: Filled) -> None:
        loop = asyncio.get_running_loop()

        def tell(quantity: float, fill: str) -> None:
            asyncio.run_coroutine_threadsafe(filled(quantity, fill), loop)

        watching = asyncio.run_coroutine_threadsafe(self._watch_own(tell), self._loop)
        await asyncio.wrap_future(watching)

    async def _watch_own(self, tell: Any) -> None:
        venue = await self._venue()

        async def orders() -> None:
            async for _ in venue.stream_orders():
                self.events += 1

        counting = asyncio.create_task(orders())
        try:
            async for fill in venue.stream_fills():
                if fill.side is Side.BUY:
                    tell(float(fill.quantity), fill.fill_id)
        finally:
            counting.cancel()


if __name__ == "__main__":
    main(OwnBot)
