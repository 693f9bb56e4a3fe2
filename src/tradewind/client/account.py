"""What is known of our orders, fills and balances, and what may still come of them.

Everything the venue says about an order ends here, from whichever side it comes: answers, the
private stream, queries. Reports may come twice, late and out of order; an order only ever goes on.
A fill counts once, by its id.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterable
from decimal import Decimal
from typing import Generic, TypeVar

from msgspec import structs

from ..guard import Exposure
from ..model import Balance, Fill, Order, OrderStatus, Side
from ..protocol.outcomes import Act, Part
from .intents import FillKey, Journal, fill_key

_log = logging.getLogger(__name__)

T = TypeVar("T")
Key = tuple[str, str]
"""Instrument and order id: ids are unique per instrument only."""

ENDED_KEPT = 20_000
"""Orders that have ended and are still known by heart."""

FILLS_KEPT = 100_000
"""Fill ids known by heart; older ones are looked up in the journal."""

ZERO = Decimal(0)


class Feed(Generic[T]):
    """Something to listen to. What a listener has not read yet waits, however much: an order or a
    fill that is dropped is a wrong position.
    """

    def __init__(self) -> None:
        self._listeners: list[_Listener[T]] = []

    def publish(self, item: T) -> None:
        """Tell everybody who listens."""
        for listener in self._listeners:
            listener.put(item)

    async def listen(self) -> AsyncIterator[T]:
        """Everything from now on."""
        listener: _Listener[T] = _Listener()
        self._listeners.append(listener)
        try:
            while True:
                yield await listener.get()
        finally:
            self._listeners.remove(listener)


class _Listener(Generic[T]):
    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._there = asyncio.Event()

    def put(self, item: T) -> None:
        self._items.append(item)
        self._there.set()

    async def get(self) -> T:
        while not self._items:
            self._there.clear()
            await self._there.wait()
        return self._items.popleft()


class Account:
    """Orders, fills and balances of one key."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.orders: dict[Key, Order] = {}
        """Orders that work."""
        self.ended: OrderedDict[Key, Order] = OrderedDict()
        """The newest of those that have ended."""
        self.balances: dict[str, Balance] = {}
        self.order_feed: Feed[Order] = Feed()
        self.fill_feed: Feed[Fill] = Feed()
        self.balance_feed: Feed[Balance] = Feed()
        self.short: dict[Key, Order] = {}
        """Orders that have filled, as the venue says, more than we have counted fills of."""
        self.changes = 0
        """How often an order has moved."""
        self.duplicates = 0
        """Fills that were told again, and counted once."""
        self.first_filled: Callable[[Fill], None] = lambda _: None
        """Called with the first fill of an order."""
        self._by_name: OrderedDict[str, Key] = OrderedDict()
        self._aliases: OrderedDict[str, str] = OrderedDict()
        self._fills: OrderedDict[FillKey, None] = OrderedDict()
        self._filled: dict[Key, Decimal] = {}
        self._reserved: dict[Key, tuple[str, Side, Decimal, bool]] = {}
        self._sums: dict[str, list[Decimal]] = {}

    # --- orders ---------------------------------------------------------------------------------

    def order(self, instrument: str, order_id: str = "", name: str = "") -> Order | None:
        """What is known of an order."""
        key = (instrument, order_id) if order_id else self._by_name.get(name)
        if key is None:
            return None
        return self.orders.get(key) or self.ended.get(key)

    def alias(self, alias: str, name: str) -> None:
        """From now on an order called ``alias`` is the one that was called ``name``: some venues
        rename an order when it is cancelled.
        """
        if alias and name:
            self._aliases[alias] = self._aliases.get(name, name)
            while len(self._aliases) > FILLS_KEPT:
                self._aliases.popitem(last=False)

    def aliases(self, name: str) -> list[str]:
        """The names under which an order may be found by now."""
        return [alias for alias, known in self._aliases.items() if known == name]

    def named(self, order: Order) -> Order:
        """The order with the name that we gave it."""
        name = self._aliases.get(order.client_order_id)
        return order if name is None else structs.replace(order, client_order_id=name)

    def absorb(self, told: Order) -> Order:
        """Take what the venue says of an order; gives what is known now."""
        told = self.named(told)
        key = (told.instrument, told.order_id)
        known = self.orders.get(key) or self.ended.get(key)
        order = told if known is None else later(known, told)
        if order is known:
            return order
        if order.order_status.is_final:
            self.orders.pop(key, None)
            self.ended[key] = order
            self._forget()
        else:
            self.orders[key] = order
        self.changes += 1
        self._by_name[order.client_order_id] = key
        self._weigh(key, order)
        self.journal.keep_order(order)
        self._reserve_order(key, order)
        self.order_feed.publish(order)
        return order

    def _forget(self) -> None:
        while len(self.ended) > ENDED_KEPT:
            key, order = self.ended.popitem(last=False)
            self._filled.pop(key, None)
            self.short.pop(key, None)
            if self._by_name.get(order.client_order_id) == key:
                del self._by_name[order.client_order_id]

    def known_ids(self, instrument: str) -> set[str]:
        """Order ids of an instrument that are accounted for."""
        return {
            order_id
            for orders in (self.orders, self.ended)
            for where, order_id in orders
            if where == instrument
        }

    # --- fills and balances ---------------------------------------------------------------------

    def apply(self, fill: Fill) -> bool:
        """Count a fill; False when it has been counted already."""
        key = fill_key(fill)
        if key in self._fills or (len(self._fills) >= FILLS_KEPT and self.journal.has_fill(key)):
            self.duplicates += 1
            return False
        first = (fill.instrument, fill.order_id) not in self._filled
        self._count(fill, key)
        self.journal.keep_fill(fill)
        if first:
            self.first_filled(fill)
        self.fill_feed.publish(fill)
        return True

    def recall(self, fills: Iterable[Fill]) -> None:
        """Take fills that were counted before a restart."""
        for fill in fills:
            self._count(fill, fill_key(fill))

    def _count(self, fill: Fill, key: FillKey) -> None:
        self._fills[key] = None
        while len(self._fills) > FILLS_KEPT:
            self._fills.popitem(last=False)
        of = (fill.instrument, fill.order_id)
        self._filled[of] = self._filled.get(of, ZERO) + fill.quantity
        order = self.short.get(of)
        if order is not None:
            self._weigh(of, order)

    def filled(self, instrument: str, order_id: str) -> Decimal:
        """What the fills of an order that were counted come to."""
        return self._filled.get((instrument, order_id), ZERO)

    def _weigh(self, key: Key, order: Order) -> None:
        """Whether the venue says that an order has filled more than we have counted."""
        if order.filled_quantity > self._filled.get(key, ZERO):
            self.short[key] = order
        else:
            self.short.pop(key, None)

    def hold(self, balance: Balance) -> None:
        """Take what the account has of an asset."""
        if self.balances.get(balance.asset) != balance:
            self.balances[balance.asset] = balance
            self.balance_feed.publish(balance)

    # --- exposure -------------------------------------------------------------------------------

    def exposure(self, instrument: str) -> Exposure:
        """What open orders and orders of unknown outcome may come to."""
        sums = self._sums.get(instrument)
        return Exposure() if sums is None else Exposure(sums[0], sums[1], sums[2])

    def total(self, instruments: Iterable[str]) -> Decimal:
        """Both sides of several instruments together."""
        wanted = frozenset(instruments)
        found = ZERO
        for instrument, sums in self._sums.items():
            if instrument in wanted:
                found += sums[0] + sums[1]
        return found

    def reserve(self, name: str, instrument: str, side: Side, value: Decimal) -> None:
        """Keep the worst case of an order that may or may not exist."""
        self._release(("", name))
        self._add(("", name), instrument, side, value, unknown=True)

    def release(self, name: str) -> None:
        """The order does not exist, or is known by itself now."""
        self._release(("", name))

    def reserved(self) -> dict[str, Decimal]:
        """What is reserved for orders of unknown outcome, by name."""
        return {key[1]: row[2] for key, row in self._reserved.items() if not key[0]}

    def _reserve_order(self, key: Key, order: Order) -> None:
        self._release(("", order.client_order_id))
        self._release(key)
        price = order.price or order.trigger_price
        if not order.order_status.is_final and price is not None:
            self._add(key, order.instrument, order.side, order.remaining_quantity * price)

    def _add(
        self, key: Key, instrument: str, side: Side, value: Decimal, unknown: bool = False
    ) -> None:
        self._reserved[key] = (instrument, side, value, unknown)
        self._shift(instrument, side, value, unknown)

    def _release(self, key: Key) -> None:
        row = self._reserved.pop(key, None)
        if row is not None:
            instrument, side, value, unknown = row
            self._shift(instrument, side, -value, unknown)

    def _shift(self, instrument: str, side: Side, value: Decimal, unknown: bool) -> None:
        sums = self._sums.setdefault(instrument, [ZERO, ZERO, ZERO])
        sums[0 if side is Side.BUY else 1] += value
        if unknown:
            sums[2] += value


def later(known: Order, told: Order) -> Order:
    """The later of two reports of one order, which is not always the one that came later.

    An order only fills on; once it works it waits no more, and once it has ended it stays so. A
    cancel may rename it; it keeps the name that it is known by.
    """
    if told.filled_quantity < known.filled_quantity:
        return known
    if told.filled_quantity == known.filled_quantity:
        if known.order_status.is_final and not told.order_status.is_final:
            return known
        same = known.order_status.is_final == told.order_status.is_final
        waited = known.order_status is OrderStatus.PENDING
        waits = told.order_status is OrderStatus.PENDING
        if same and (waits > waited or (waits == waited and told.updated <= known.updated)):
            return known
    renamed = told.order_status is OrderStatus.CANCELLED and known.client_order_id
    return structs.replace(
        told,
        client_order_id=known.client_order_id if renamed else told.client_order_id,
        created=told.created or known.created,
        trigger_price=told.trigger_price or known.trigger_price,
    )


def worst(part: Part, bid: Decimal | None, ask: Decimal | None) -> Decimal | None:
    """What a new order comes to at worst, in quote; None when there is no price to tell it by."""
    if part.act is not Act.NEW or part.side is None:
        return None
    if part.quote_quantity is not None:
        return part.quote_quantity
    price = part.price or (ask if part.side is Side.BUY else bid)
    return None if price is None or part.quantity is None else price * part.quantity
