"""The bot of a simulation when nobody brings one: it does everything an order manager must survive.

It places orders that rest, that fill and that are refused, cancels, amends and replaces them, sends
lists, and never waits for one thing before it begins the next. What it was told of each call is
noted outside of its life, for the comparison with what truly happened.
"""

import random
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from ..client.books import LiveBook
from ..model import (
    Fill,
    Instrument,
    ListKind,
    NotSent,
    Order,
    OrderType,
    OutcomeUnknown,
    Rejected,
    Side,
    TimeInForce,
    Unreadable,
)
from ..model.commands import PlaceOrder
from ..strategy import Strategy

TOGETHER = 40
"""Calls under way at once."""

EVERY = 0.06
"""Seconds between two looks at the clock."""

AT_ONCE = 3
"""Ideas at each of them."""

REFUSED = 4
"""Refusals in a row after which it waits: the venue takes nothing now."""

LOOKS = 15
"""So many looks at the clock."""


class Notes(Struct):
    """What bots were told, over all lives. Outcomes of calls by client order id."""

    placed: dict[str, str] = {}
    fills: dict[tuple[str, str, str], int] = {}
    """How often each fill was told within one life, at most."""
    calls: int = 0


class Restless(Strategy):
    """Seeded. ``wanted`` says whether there is still something to do."""

    timer = EVERY

    def __init__(
        self,
        instruments: Sequence[str],
        chance: random.Random,
        notes: Notes,
        wanted: Callable[[], bool],
        middles: dict[str, Decimal],
    ) -> None:
        self.instruments = tuple(instruments)
        self._chance = chance
        self._notes = notes
        self._wanted = wanted
        self._middles = middles
        self._busy = 0
        self._refused = 0
        self._pause = 0
        self._told: dict[tuple[str, str, str], int] = {}
        weights: dict[Callable[[], Awaitable[None]], int] = {
            self._place: 50,
            self._cancel: 24,
            self._amend: 8,
            self._replace: 9,
            self._list: 6,
            self._cancel_list: 9,
            self._cancel_all: 9,
        }
        self._ideas = [idea for idea, weight in weights.items() for _ in range(weight)]

    async def on_book(self, book: LiveBook) -> None:
        """Remember where the market is."""
        bid, ask = book.best_bid, book.best_ask
        if bid is not None and ask is not None:
            self._middles[book.instrument] = (bid.price + ask.price) / 2

    async def on_fill(self, fill: Fill) -> None:
        """Count how often it was told."""
        key = (fill.instrument, fill.fill_id, fill.order_id)
        told = self._told[key] = self._told.get(key, 0) + 1
        self._notes.fills[key] = max(told, self._notes.fills.get(key, 0))

    async def on_timer(self) -> None:
        """Have some ideas."""
        if self._pause:
            self._pause -= 1
            return
        for _ in range(AT_ONCE):
            self._begin()

    def _begin(self) -> None:
        if self._busy < TOGETHER and self._wanted() and self.venue.is_live:
            idea = self._ideas[int(self._chance.random() * len(self._ideas))]
            self._busy += 1
            self.start(self._try(idea))

    async def _try(self, idea: Callable[[], Awaitable[None]]) -> None:
        try:
            await idea()
            self._refused = 0
        except Rejected:
            self._refused += 1
            if self._refused >= REFUSED:
                self._refused, self._pause = 0, LOOKS
        except (NotSent, OutcomeUnknown, Unreadable):
            pass  # what is known of it is in the journal and in the notes
        finally:
            self._busy -= 1

    # ideas

    async def _place(self) -> None:
        chance = self._chance
        rules = self._some()
        order = self._draft(rules, chance.choice((2, 6, 20, 100)))
        if chance.random() < 0.25:
            await self._send(
                rules, order.side, OrderType.MARKET, quantity=order.quantity
            ) if chance.random() < 0.7 else await self._send(
                rules, order.side, OrderType.MARKET, quote_quantity=Decimal(chance.randint(15, 90))
            )
        else:
            kinds = (TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)
            await self._send(
                rules,
                order.side,
                OrderType.LIMIT,
                quantity=order.quantity,
                price=order.price,
                time_in_force=chance.choice(kinds),
            )

    async def _send(self, rules: Instrument, side: Side, kind: OrderType, **more: Any) -> None:
        """Place it, and note what was said about it."""
        self._notes.calls += 1
        await self.venue.place_order(rules.id, side, kind, **more)

    async def _cancel(self) -> None:
        order = self._one()
        if order is not None:
            by_name = self._chance.random() < 0.5 and order.client_order_id
            await self.venue.cancel_order(
                order.instrument,
                order_id="" if by_name else order.order_id,
                client_order_id=order.client_order_id if by_name else "",
            )

    async def _amend(self) -> None:
        order = self._one()
        if order is None:
            return
        rules = self.venue.instruments[order.instrument]
        less = _down(order.quantity * Decimal("0.7"), rules.lot_size)
        if less > order.filled_quantity:
            await self.venue.amend_order(order.instrument, less, order_id=order.order_id)

    async def _replace(self) -> None:
        order = self._one()
        if order is not None:
            rules = self.venue.instruments[order.instrument]
            draft = self._draft(rules, 20)
            await self.venue.replace_order(
                draft, order_id=order.order_id, place_anyway=self._chance.random() < 0.2
            )

    async def _list(self) -> None:
        rules = self._some()
        middle, side = self._middle(rules), self._chance.choice((Side.BUY, Side.SELL))
        quantity = self._quantity(rules, middle)
        sign = 1 if side is Side.SELL else -1
        near, far = (
            _near(middle * (1 + sign * Decimal(part) / 10_000), rules.tick_size)
            for part in (90, -90)
        )
        limit = PlaceOrder(rules.id, side, OrderType.LIMIT, quantity, near, post_only=True)
        stop = PlaceOrder(rules.id, side, OrderType.LIMIT, quantity, far, trigger_price=far)
        await self.venue.place_order_list(ListKind.OCO, (limit, stop))

    async def _cancel_list(self) -> None:
        lists = [order for order in self.venue.orders.values() if order.list_id]
        if lists:
            order = self._chance.choice(lists)
            await self.venue.cancel_order_list(order.instrument, list_id=order.list_id)

    async def _cancel_all(self) -> None:
        if len(self.venue.orders) > 3:
            await self.venue.cancel_all_orders(self._some().id)

    # what they are about

    def _some(self) -> Instrument:
        return self.venue.instruments[self._chance.choice(self.instruments)]

    def _one(self) -> Order | None:
        orders = list(self.venue.orders.values())
        return self._chance.choice(orders) if orders else None

    def _middle(self, rules: Instrument) -> Decimal:
        return self._middles[rules.id]

    def _quantity(self, rules: Instrument, price: Decimal) -> Decimal:
        worth = Decimal(self._chance.randint(12, 200))
        return max(_down(worth / price, rules.lot_size), rules.min_quantity)

    def _draft(self, rules: Instrument, steps: int) -> PlaceOrder:
        """A limit order at most so many ladder steps off the middle, on either side of it."""
        chance = self._chance
        side = chance.choice((Side.BUY, Side.SELL))
        middle = self._middle(rules)
        off = chance.randint(-steps, steps) if steps < 10 else chance.randint(1, steps)
        sign = -1 if side is Side.BUY else 1
        price = _near(middle * (1 + Decimal(sign * off) / 10_000), rules.tick_size)
        return PlaceOrder(rules.id, side, OrderType.LIMIT, self._quantity(rules, price), price)


def _down(value: Decimal, step: Decimal) -> Decimal:
    return value // step * step


def _near(value: Decimal, step: Decimal) -> Decimal:
    return max(step, (value / step).to_integral_value() * step)
