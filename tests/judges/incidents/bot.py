"""What the drivers share: the tasks of the scenarios, done as the threads' bots did them.

    python -m tests.judges.incidents.ccxt_bot TASK [careful]

A driver uses its library with the library's own defaults. What the library raises is written down;
an order that raised is placed once more, as the reported bots did. Nothing else is mended: what the
library does by itself is what is looked at.

``careful`` is the other policy: an order has an id of the program's own, and after an error the
venue is asked for it first; after a stream has raised, orders are asked for; a fill counts once by
its id; what is refused is not tried again.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

NOTES = "TRADEWIND_BOT_NOTES"
KEY = os.environ.get("TRADEWIND_BINANCE_API_KEY", "")
SECRET = os.environ.get("TRADEWIND_BINANCE_API_SECRET", "")
QUANTITY = 0.01
FOLLOW_SECONDS = 14
OWN_SECONDS = 12
CAREFUL = "careful"
NAME = "careful-1"
"""The client id of the one order that the careful policy places."""

Filled = Callable[[float, str], Awaitable[None]]
"""Told of a fill: its quantity, and its id."""


class Bot:
    """One driver. ``book`` is the best ask that its stream has told."""

    careful = False

    def __init__(self) -> None:
        self.raised: list[str] = []
        self.book = 0.0
        self.events = 0

    # what a library has to offer

    def best_ask(self) -> float:
        """Over REST."""
        raise LookupError("each driver has its own")

    def limit_buy(self, price: float, name: str = "") -> Any:
        """0.01 BTC/USDT; ``name`` is its client id, "" leaves that to the library."""
        raise LookupError("each driver has its own")

    def find(self, name: str) -> Any:
        """The order of a client id, None when the venue says that there is none."""
        raise LookupError("each driver has its own")

    def look(self) -> Any:
        """Ask for the orders, open and past."""
        raise LookupError("each driver has its own")

    def market(self, side: str, quantity: float) -> Any:
        """At the market."""
        raise LookupError("each driver has its own")

    def deep_book(self) -> Any:
        """5000 levels over REST."""
        raise LookupError("each driver has its own")

    async def watch_book(self) -> None:
        """Keep ``book`` at what the stream tells, until cancelled."""
        raise LookupError("each driver has its own")

    async def watch_own(self, filled: Filled) -> None:
        """Count own events; tell of each fill of a buy, until cancelled."""
        raise LookupError("each driver has its own")

    async def aclose(self) -> None:
        """Let go of connections."""

    # the tasks

    def run(self, task: str) -> None:
        """Do it, and write down what was raised."""
        try:
            getattr(self, f"do_{task}")()
        except Exception as error:  # noqa: BLE001  # whatever a library raises is its word
            self.note(error)
        if NOTES in os.environ:
            with Path(os.environ[NOTES]).open("a") as notes:
                notes.write(json.dumps({"raised": self.raised, "events": self.events}) + "\n")
        print(f"raised {self.raised}, {self.events} own events", flush=True)

    def note(self, error: BaseException) -> None:
        name = type(error).__name__
        if len(self.raised) < 5 and (not self.raised or self.raised[-1] != name):
            self.raised.append(name)
        print(f"{name}: {str(error)[:300]}", file=sys.stderr, flush=True)

    def tried(self, call: Callable[[], Any], times: int = 2, pause: float = 0) -> Any:
        """The call, and once more when the library raised."""
        for _ in range(times):
            try:
                return call()
            except Exception as error:  # noqa: BLE001
                self.note(error)
                time.sleep(pause)
        return None

    def bought(self, price: float) -> Any:
        """The one order of a task, by the policy."""
        if not self.careful:
            return self.tried(lambda: self.limit_buy(price))
        for _ in range(3):
            try:
                return self.limit_buy(price, NAME)
            except Exception as error:  # noqa: BLE001
                self.note(error)
            if found := self.tried(lambda: self.find(NAME)):
                return found
        return None

    def do_buy(self) -> None:
        price = self.tried(self.best_ask)
        if price:
            self.bought(round(price * 0.98, 2))

    def do_closed(self) -> None:
        price = self.tried(self.best_ask) or 60_000
        self.tried(lambda: self.limit_buy(round(price * 0.98, 2)), times=8, pause=1)

    def do_again(self) -> None:
        price = self.best_ask()
        end = time.monotonic() + 5
        while time.monotonic() < end:
            done = self.tried(lambda: self.limit_buy(round(price * 0.98, 2)), times=1)
            if self.careful and done is None:
                break

    def do_market(self) -> None:
        self.tried(lambda: self.market("buy", 0.05), times=1)

    def do_poll(self) -> None:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            self.tried(self.deep_book, times=1)

    def do_follow(self) -> None:
        asyncio.run(self.beside(self.watch_book, self._bought_from_stream))

    def do_own(self) -> None:
        async def told(_: float, __: str) -> None:
            """A fill; nothing to do."""

        asyncio.run(self.beside(lambda: self.watch_own(told), self._order_and_wait))

    def do_twice(self) -> None:
        seen: set[str] = set()

        async def sell(quantity: float, fill: str) -> None:
            if self.careful and fill in seen:
                return
            seen.add(fill)
            await asyncio.to_thread(self.tried, lambda: self.market("sell", quantity))

        async def buy() -> None:
            await asyncio.sleep(4)
            await asyncio.to_thread(self.tried, lambda: self.market("buy", QUANTITY))
            await asyncio.sleep(4)

        asyncio.run(self.beside(lambda: self.watch_own(sell), buy))

    async def beside(
        self, watch: Callable[[], Awaitable[None]], act: Callable[[], Awaitable[None]]
    ) -> None:
        """Watch again and again, as a bot's outer loop does, while something else is done."""

        async def watching() -> None:
            while True:
                try:
                    await watch()
                except Exception as error:  # noqa: BLE001
                    self.note(error)
                    await asyncio.sleep(0.5)
                    if self.careful:
                        await asyncio.to_thread(self.tried, self.look)

        task = asyncio.create_task(watching())
        try:
            await act()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.aclose()

    async def _bought_from_stream(self) -> None:
        await asyncio.sleep(FOLLOW_SECONDS)
        if self.book:
            await asyncio.to_thread(self.tried, lambda: self.limit_buy(self.book), 1)

    async def _order_and_wait(self) -> None:
        await asyncio.sleep(4)
        price = await asyncio.to_thread(self.best_ask)
        await asyncio.to_thread(self.bought, round(price * 0.98, 2))
        await asyncio.sleep(OWN_SECONDS)


def main(make: Callable[[], Bot]) -> None:
    """The task of the command line."""
    task = sys.argv[1]
    bot = make()
    bot.careful = CAREFUL in sys.argv[2:]
    bot.run(task)
    os._exit(0)  # threads that a library left running do not matter any more
