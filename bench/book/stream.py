"""One stream of orders for every book: 60 % passive adds, 30 % cancels of a live order, 10 % takes.

Prices are ticks, quantities lots; ids count 1, 2, 3 in the order of the adds, because two of the
peers number orders themselves. Drawn from a seed; the stream knows which orders live because it is
played on our own book while it is drawn.
"""

import random
from typing import NamedTuple

from tradewind.engine.book import Half
from tradewind.engine.orders import Resting

MIDDLE = 1_000_000


class Command(NamedTuple):
    """An add, or (``quantity`` 0) the cancel of ``order_id``."""

    order_id: int
    buys: bool
    price: int
    quantity: int


class Fills(NamedTuple):
    """What a book did with the stream: (maker, price, quantity) in order, and what rests."""

    fills: list[tuple[int, int, int]]
    book: dict[int, int]


class Bare:
    """The engine's book alone: no accounts, no events."""

    def __init__(self) -> None:
        self.bids: Half[Resting] = Half(1)
        self.asks: Half[Resting] = Half(-1)
        self.orders: dict[int, Resting] = {}

    def add(
        self, order_id: int, buys: bool, price: int, quantity: int
    ) -> list[tuple[Resting, int, int]]:
        """Match, then rest what remains."""
        own, other = (self.bids, self.asks) if buys else (self.asks, self.bids)
        limit = other.sign * price
        fills: list[tuple[Resting, int, int]] = []
        if other.keys and other.keys[-1] >= limit:
            fills = other.sweep(limit, quantity)
            for maker, _, lots in fills:
                quantity -= lots
                if not maker.shown:
                    del self.orders[maker.order_id]
        if quantity:
            order = Resting()
            order.order_id = order_id
            order.price = price
            order.remaining = order.shown = quantity
            self.orders[order_id] = order
            own.insert(order)
        return fills

    def cancel(self, order_id: int, buys: bool) -> None:
        """Take a resting order out."""
        (self.bids if buys else self.asks).remove(self.orders.pop(order_id))


def draw(commands: int, seed: int) -> list[Command]:
    """The stream."""
    r = random.Random(seed)
    bare, live, place, out = Bare(), list[int](), dict[int, int](), list[Command]()
    sides: dict[int, bool] = {}

    def gone(order_id: int) -> None:
        at = place.pop(order_id)
        last = live.pop()
        if last != order_id:
            live[at] = last
            place[last] = at

    number = 0
    for _ in range(commands):
        kind = r.random()
        if 0.6 <= kind < 0.9 and live:
            order_id = live[r.randrange(len(live))]
            gone(order_id)
            bare.cancel(order_id, sides[order_id])
            out.append(Command(order_id, sides[order_id], 0, 0))
            continue
        bid, ask = bare.bids.best() or MIDDLE - 1, bare.asks.best() or MIDDLE + 1
        number += 1
        buys = r.random() < 0.5
        if kind < 0.9:
            away = 1 + int(r.expovariate(0.1))
            price, quantity = (ask - away if buys else bid + away), r.randint(1, 100)
        else:
            price, quantity = (ask + 2 if buys else bid - 2), r.randint(1, 250)
        command = Command(number, buys, price, quantity)
        for maker, _, _ in bare.add(*command):
            if not maker.shown:
                gone(maker.order_id)
        if number in bare.orders:
            place[number] = len(live)
            live.append(number)
        sides[number] = buys
        out.append(command)
    return out
