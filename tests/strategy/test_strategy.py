"""A strategy runs on a venue, whichever wire is under it."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from tradewind.model import Fill, Order, Side
from tradewind.net.virtual import VirtualLoop
from tradewind.simulation.world import Pace, World
from tradewind.strategy import Strategy, run

CALM = Pace(
    strikes=0,
    deaths=0,
    spell=1e9,
    client_steps=10**12,
    client_places=10**12,
    box_steps=10**12,
    box_snapshots=10**12,
    spells=0,
    lost_journal=0,
)


class Once(Strategy):
    """Buys once at the market, sees it filled, stops; begun again, it does the same."""

    instruments = ("BTC/USDT",)
    timer = 0.5

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    async def on_start(self) -> None:
        self.heard.append("start")
        assert self.venue.is_live
        await self.venue.place_order("BTC/USDT", Side.BUY, "market", quantity=Decimal("0.001"))
        self.heard.append("placed")

    async def on_book(self, book: Any) -> None:
        assert book.best_bid.price < book.best_ask.price
        self.heard.append("book")

    async def on_order(self, order: Order) -> None:
        self.heard.append("order")

    async def on_fill(self, fill: Fill) -> None:
        self.heard.append("fill")

    async def on_timer(self) -> None:
        if {"book", "fill", "order"} <= set(self.heard):
            self.stop()


def _world(bot: Strategy, orders: int) -> Any:
    async def main() -> Any:
        from tradewind.simulation import default_venue

        world = World(default_venue(), 3, orders, bot=lambda: bot, pace=CALM)
        world.storm.end()
        return await world.play()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


def test_it_hears_what_it_has_handlers_for_and_one_handler_at_a_time() -> None:
    """What happens while ``on_start`` waits for its answer is told after it."""
    bot = Once()
    report = _world(bot, 3)
    assert bot.heard[:2] == ["start", "placed"]
    assert {"book", "order", "fill"} <= set(bot.heard)
    assert report.violations == []


def test_what_a_handler_raises_ends_the_run() -> None:
    """Nothing is swallowed."""

    class Broken(Strategy):
        timer = 0.01

        async def on_timer(self) -> None:
            raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as raised:
        asyncio.run(run(Broken(), None))  # type: ignore[arg-type]  # it asks for no stream
    assert isinstance(raised.value.exceptions[0], ZeroDivisionError)


def test_what_is_started_beside_the_handlers_ends_with_the_run() -> None:
    """``stop`` cancels it."""
    ended: list[bool] = []

    class Busy(Strategy):
        timer = 0.01

        async def on_start(self) -> None:
            self.start(self.work())

        async def work(self) -> None:
            try:
                await asyncio.sleep(1000)
            finally:
                ended.append(True)

        async def on_timer(self) -> None:
            self.stop()

    asyncio.run(run(Busy(), None))  # type: ignore[arg-type]  # it asks for no stream
    assert ended == [True]
