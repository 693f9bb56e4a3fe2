"""What this exchange keeps beside the box's history: execution ids, prevented matches, amendments,
order lists, and when an account was last changed.

All of it follows from the engine's events, in ``publish``; rows go to ``History.keep``.
"""

import zlib
from collections.abc import Callable, Sequence
from typing import Any, get_args

import msgspec
from msgspec import Struct

from ....engine.events import (
    BalanceChanged,
    Event,
    Expiry,
    Fill,
    ListChanged,
    ListStatus,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderExpired,
    OrderReleased,
    OrderTriggered,
    TradePrevented,
)
from ....engine.listing import MARKET_ACCOUNT
from ....model import Liquidity, Side
from ....protocol.hosting import Host
from .drafts import read_memo
from .listing import CONTINGENCY


class KeptMatch(Struct, frozen=True, array_like=True):
    """A prevented match: ticks, lots, ns."""

    symbol: str
    prevented_id: int
    taker_order_id: int
    maker_order_id: int
    group: int
    mode: str
    price: int
    taker_prevented: int
    maker_prevented: int
    at: int


class KeptAmendment(Struct, frozen=True, array_like=True):
    """An amendment: lots, ns."""

    symbol: str
    order_id: int
    execution_id: int
    previous_client_order_id: str
    client_order_id: str
    previous_quantity: int
    quantity: int
    at: int


class KeptList(Struct, frozen=True, array_like=True):
    """An order list as it last was."""

    symbol: str
    list_id: int
    client_list_id: str
    contingency: str
    done: bool
    orders: tuple[tuple[int, str], ...]
    created: int


class KeptAllocation(Struct, frozen=True, array_like=True):
    """What a routed order got: ticks, lots, units, ns."""

    symbol: str
    allocation_id: int
    order_id: int
    price: int
    quantity: int
    value: int
    fee: int
    fee_asset: str
    at: int
    buyer: bool
    maker: bool


_allocation = msgspec.msgpack.Decoder(KeptAllocation).decode
_match = msgspec.msgpack.Decoder(KeptMatch).decode
_amendment = msgspec.msgpack.Decoder(KeptAmendment).decode
_list = msgspec.msgpack.Decoder(KeptList).decode
_write = msgspec.msgpack.Encoder().encode

LIST = "list"
Execution = (
    OrderAccepted
    | Fill
    | OrderCancelled
    | OrderExpired
    | OrderAmended
    | OrderTriggered
    | OrderReleased
)


class Later:
    """What a command did after one of its prevented matches. Orders are told as they were at it,
    and are by then as the command left them.
    """

    def __init__(self, events: Sequence[Event], event: Event) -> None:
        place = next(n for n, each in enumerate(events) if each is event)
        self._events = events[place + 1 :]

    def end(self, order_id: int) -> OrderExpired | None:
        """The end that the match brought to an order: nothing else of it is told before."""
        for event in self._events:
            if type(event) is OrderExpired and event.order.order_id == order_id:
                return event if event.why is Expiry.SELF_TRADE else None
            if type(event) is Fill and event.order.order_id == order_id:
                return None
            if type(event) is TradePrevented and prevented(event, order_id):
                return None
        return None

    def prevented(self, order_id: int) -> int:
        """Lots of an order that were prevented later."""
        return sum(prevented(e, order_id) for e in self._events if type(e) is TradePrevented)

    def fill(self, order_id: int) -> Fill | None:
        """The next fill of an order."""
        fills = (event for event in self._events if type(event) is Fill)
        return next((fill for fill in fills if fill.order.order_id == order_id), None)


def prevented(event: TradePrevented, order_id: int) -> int:
    """The lots that an order lost by a prevented match."""
    sides = ((event.taker, event.taker_prevented), (event.maker, event.maker_prevented))
    return sum(lots for order, lots in sides if order.order_id == order_id)


class Records:
    """Counters and kept rows of one exchange."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._next: dict[str, int] = {}
        self._updated: dict[int, int] = {}
        self._latest: dict[int, int] = {}
        self._prevented: dict[tuple[int, int], int] = {}
        self._events: Sequence[Event] = ()
        self._takers: dict[type[Event], Callable[[Any], None]] = {
            **dict.fromkeys(get_args(Execution), self._number),
            BalanceChanged: self._note_balance,
            TradePrevented: self._keep_match,
            ListChanged: self._keep_list,
        }

    def publish(self, events: Sequence[Event]) -> None:
        """Count and keep what follows from these events."""
        if self._latest:
            self._latest.clear()
            self._prevented.clear()
        self._events = events
        find = self._takers.get
        for event in events:
            take = find(type(event))
            if take is not None:
                take(event)

    def execution_id(self, event: Event, order_id: int = 0) -> int:
        """The execution id of an event of the command last published; -1 if it has none. A
        prevented match has one for each ``order_id`` that it left open.
        """
        return self._latest.get(id(event)) or self._prevented.get((id(event), order_id), -1)

    def updated(self, account: int) -> int:
        """When a balance of the account last changed, in ns; 0 before."""
        return self._updated.get(account, 0)

    def _number(self, event: Execution) -> None:
        order = event.order
        if order.account == MARKET_ACCOUNT:
            return
        number = self._latest[id(event)] = self._take(order.instrument)
        if type(event) is OrderAmended:
            self._keep_amendment(event, number)
        elif type(event) is Fill and order.memo and read_memo(order.memo).r:
            self._keep_allocation(event)

    def _take(self, instrument: str) -> int:
        number = self._next.get(instrument, 1)
        self._next[instrument] = number + 1
        return number

    def _note_balance(self, event: BalanceChanged) -> None:
        self._updated[event.account] = event.at

    def _keep_match(self, event: TradePrevented) -> None:
        accounts = self._host.engine.accounts
        group = accounts[event.taker.account].group
        row = KeptMatch(
            event.instrument,
            event.prevented_id,
            event.taker.order_id,
            event.maker.order_id,
            group or -1,
            event.mode,
            event.price,
            event.taker_prevented,
            event.maker_prevented,
            event.at,
        )
        sides = ((event.taker, event.taker_prevented), (event.maker, event.maker_prevented))
        for order, lots in sides:
            if lots and Later(self._events, event).end(order.order_id) is None:
                self._prevented[id(event), order.order_id] = self._take(event.instrument)
        kind, data = f"prevented/{event.instrument}", _write(row)
        for place, order in enumerate((event.taker, event.maker)):
            self._host.history.keep(
                kind,
                order.account,
                event.instrument,
                2 * event.prevented_id + place,
                order.order_id,
                event.at,
                data,
            )

    def _keep_amendment(self, event: OrderAmended, number: int) -> None:
        order = event.order
        row = KeptAmendment(
            order.instrument,
            order.order_id,
            number,
            event.previous_client_order_id,
            order.client_order_id,
            event.previous_quantity,
            event.quantity,
            event.at,
        )
        self._host.history.keep(
            f"amendment/{order.instrument}",
            order.account,
            order.instrument,
            number,
            order.order_id,
            event.at,
            _write(row),
        )

    def _keep_allocation(self, event: Fill) -> None:
        """The trade's id serves as the allocation's: both count up on the symbol."""
        order = event.order
        row = KeptAllocation(
            order.instrument,
            event.trade_id,
            order.order_id,
            event.price,
            event.quantity,
            event.value,
            event.fee,
            event.fee_asset,
            event.at,
            order.side is Side.BUY,
            event.liquidity is Liquidity.MAKER,
        )
        self._host.history.keep(
            f"allocation/{order.instrument}",
            order.account,
            order.instrument,
            event.trade_id,
            order.order_id,
            event.at,
            _write(row),
        )

    def _keep_list(self, event: ListChanged) -> None:
        created = event.orders[0].created
        row = KeptList(
            event.instrument,
            event.list_id,
            event.client_list_id,
            CONTINGENCY[event.contingency],
            event.status is ListStatus.DONE,
            tuple((order.order_id, order.client_order_id) for order in event.orders),
            created,
        )
        key = name_key(event.client_list_id)
        self._host.history.keep(
            LIST, event.account, event.instrument, event.list_id, key, created, _write(row)
        )

    # questions

    def matches(
        self,
        account: int,
        symbol: str,
        *,
        prevented_id: int | None = None,
        order_id: int | None = None,
        from_id: int | None = None,
        limit: int = 500,
    ) -> list[KeptMatch]:
        """Prevented matches, oldest first: one by id, or those of an order."""
        kind = f"prevented/{symbol}"
        if prevented_id is not None:
            rows = self._host.history.records(
                kind, account, symbol, from_id=2 * prevented_id, limit=1
            )
            return [m for m in map(_match, rows) if m.prevented_id == prevented_id]
        rows = self._host.history.records(
            kind, account, symbol, key=order_id, from_id=2 * (from_id or 0), limit=limit
        )
        return [_match(row) for row in rows]

    def amendments(
        self, account: int, symbol: str, order_id: int, from_id: int = 0, limit: int = 500
    ) -> list[KeptAmendment]:
        """Amendments of an order, oldest first."""
        rows = self._host.history.records(
            f"amendment/{symbol}", account, symbol, key=order_id, from_id=from_id, limit=limit
        )
        return [_amendment(row) for row in rows]

    def allocations(
        self,
        account: int,
        symbol: str,
        *,
        order_id: int | None = None,
        from_id: int | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
    ) -> list[KeptAllocation]:
        """Allocations, oldest first; without an end from the very first (rest-api.md)."""
        if from_id is None and start is None and end is None:
            from_id = 0
        rows = self._host.history.records(
            f"allocation/{symbol}",
            account,
            symbol,
            key=order_id,
            from_id=from_id,
            start=start,
            end=end,
            limit=limit,
        )
        return [_allocation(row) for row in rows]

    def list_by_id(self, account: int, list_id: int) -> KeptList | None:
        """A list by its id."""
        rows = self._host.history.records(LIST, account, from_id=list_id, limit=1)
        found = _list(rows[0]) if rows else None
        return found if found is not None and found.list_id == list_id else None

    def list_by_name(self, account: int, name: str) -> KeptList | None:
        """The newest list with that client id."""
        rows = self._host.history.records(LIST, account, key=name_key(name), limit=1000)
        named = [found for found in map(_list, rows) if found.client_list_id == name]
        return named[-1] if named else None

    def lists(
        self,
        account: int,
        *,
        from_id: int | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
    ) -> list[KeptList]:
        """Lists, ascending by id."""
        rows = self._host.history.records(
            LIST, account, from_id=from_id, start=start, end=end, limit=limit
        )
        return [_list(row) for row in rows]

    def state(self) -> bytes:
        """Counters, for a restart."""
        return _write((self._next, self._updated))

    def restore(self, state: bytes) -> None:
        """Take back what ``state`` gave."""
        kind = tuple[dict[str, int], dict[int, int]]
        self._next, self._updated = msgspec.msgpack.decode(state, type=kind)


def name_key(name: str) -> int:
    """A client id as the number it is looked up by."""
    return zlib.crc32(name.encode())
