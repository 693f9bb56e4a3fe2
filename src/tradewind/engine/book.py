"""One instrument's queue: price, then time.

A ``Half`` is one side. Prices are kept as *keys*, which are prices with the sign that makes the
best one the largest: the price itself for bids, its negative for asks. So both sides are one piece
of code, the best level is always the last key, and "crosses" is always ``key >= limit``.

A level is a dict from order id to order: insertion order is the queue, and taking out of the
middle costs nothing. ``touched`` remembers what was visible at a level before it first changed,
until the caller clears it.
"""

from bisect import bisect_left, insort
from collections.abc import Container, Iterator
from typing import Generic, TypeVar

from ..model import Side
from .orders import Order, Resting

NO_LIMIT = -(1 << 100)
"""A key below every price."""

BUY = Side.BUY

R = TypeVar("R", bound=Resting)


class Level(Generic[R]):
    """All orders at one price, oldest first, and the lots they show together."""

    __slots__ = ("orders", "price", "visible")

    def __init__(self, price: int) -> None:
        self.price = price
        self.orders: dict[int, R] = {}
        self.visible = 0


class Half(Generic[R]):
    """One side of the book. ``sign`` is 1 for bids and -1 for asks.

    Only a ``watched`` side remembers what it changed.
    """

    __slots__ = ("keys", "levels", "sign", "touched", "watched")

    def __init__(self, sign: int, *, watched: bool = True) -> None:
        self.sign = sign
        self.watched = watched
        self.keys: list[int] = []
        self.levels: dict[int, Level[R]] = {}
        self.touched: dict[int, int] = {}

    def insert(self, order: R) -> None:
        """Put an order at the end of its level's queue; ``shown`` must be set."""
        key = self.sign * order.price
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = Level(order.price)
            insort(self.keys, key)
        if self.watched:
            self.touched.setdefault(key, level.visible)
        level.orders[order.order_id] = order
        level.visible += order.shown

    def remove(self, order: R) -> None:
        """Take a resting order out."""
        key = self.sign * order.price
        level = self.levels[key]
        if self.watched:
            self.touched.setdefault(key, level.visible)
        del level.orders[order.order_id]
        level.visible -= order.shown
        order.shown = 0
        if not level.orders:
            del self.levels[key]
            del self.keys[bisect_left(self.keys, key)]

    def lower(self, order: R, remaining: int) -> None:
        """Lower what remains of a resting order; it keeps its place."""
        shown = min(order.shown, remaining)
        if shown != order.shown:
            key = self.sign * order.price
            level = self.levels[key]
            if self.watched:
                self.touched.setdefault(key, level.visible)
            level.visible -= order.shown - shown
            order.shown = shown
        order.remaining = remaining

    def sweep(
        self, limit: int, quantity: int, avoid: Container[int] | None = None
    ) -> list[tuple[R, int, int]]:
        """Take up to ``quantity`` lots from levels with ``key >= limit``, best and oldest first.

        Stops before an order whose account is in ``avoid``. Returns (maker, price, lots) in the
        order of execution; makers are lowered, replenished from their hidden part or removed.
        """
        fills: list[tuple[R, int, int]] = []
        keys = self.keys
        while quantity and keys and keys[-1] >= limit:
            key = keys[-1]
            level = self.levels[key]
            orders = level.orders
            if self.watched:
                self.touched.setdefault(key, level.visible)
            while quantity and orders:
                maker = next(iter(orders.values()))
                if avoid is not None and maker.account in avoid:
                    return fills
                lots = maker.shown
                if lots > quantity:
                    lots = quantity
                quantity -= lots
                fills.append((maker, level.price, lots))
                maker.remaining -= lots
                maker.shown -= lots
                level.visible -= lots
                if not maker.shown:
                    del orders[maker.order_id]
                    if maker.remaining:
                        self._replenish(level, maker)
            if not orders:
                del self.levels[key]
                keys.pop()
        return fills

    def front(self, limit: int) -> R | None:
        """The order that would be taken next, if its level is within ``limit``."""
        if not self.keys or self.keys[-1] < limit:
            return None
        return next(iter(self.levels[self.keys[-1]].orders.values()))

    def best(self) -> int | None:
        """The best price."""
        return self.sign * self.keys[-1] if self.keys else None

    def within(self, limit: int) -> Iterator[Level[R]]:
        """The levels with ``key >= limit``, best first."""
        for key in reversed(self.keys):
            if key < limit:
                return
            yield self.levels[key]

    @staticmethod
    def _replenish(level: Level[R], maker: R) -> None:
        """An iceberg shows its next part and loses its place."""
        maker.shown = min(maker.display_quantity, maker.remaining)
        level.orders[maker.order_id] = maker
        level.visible += maker.shown


class Book:
    """Both sides of one instrument."""

    __slots__ = ("asks", "bids")

    def __init__(self) -> None:
        self.bids: Half[Order] = Half(1)
        self.asks: Half[Order] = Half(-1)

    def own(self, side: Side) -> Half[Order]:
        """Where an order of that side rests."""
        return self.bids if side is BUY else self.asks

    def other(self, side: Side) -> Half[Order]:
        """What an order of that side takes."""
        return self.asks if side is BUY else self.bids
