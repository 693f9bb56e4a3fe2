"""The engine as bytes and back, and the digest of what outsiders can see.

Everything the future depends on is kept, also the participants' orders and every queue's order.
"""

from collections.abc import Callable
from hashlib import blake2b
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct

from ..model import (
    InstrumentStatus,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from . import lists, participants
from .commands import Contingency, OpenAccount, Peg, SetFees, Trigger
from .ledger import Row
from .listing import MARKET_ACCOUNT, Asset, Listing
from .orders import Order
from .state import Market, OrderList, State, enroll


class OrderRow(Struct, frozen=True, array_like=True):
    """An order's fields, in the order they are written."""

    order_id: int
    account: int
    instrument: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    post_only: bool
    quote_quantity: int
    display_quantity: int
    self_trade_prevention: SelfTradePrevention
    trigger: Trigger | None
    peg: Peg | None
    list_id: int
    memo: str
    created: int
    fee_price: int
    price_low: int
    price_high: int
    client_order_id: str
    price: int
    quantity: int
    remaining: int
    shown: int
    filled_quantity: int
    filled_value: int
    prevented_quantity: int
    fills: int
    held: int
    hold_price: int
    status: OrderStatus
    updated: int
    working_since: int
    trail_started: int
    trail_extreme: int


FIELDS = OrderRow.__struct_fields__
values: Callable[[Order], tuple[Any, ...]] = attrgetter(*FIELDS)
"""An order's fields as a tuple: what an OrderRow of it encodes to."""


class QuoteRow(Struct, frozen=True, array_like=True):
    """A participants' order: all of it."""

    order_id: int
    side: Side
    price: int
    remaining: int


class ListRow(Struct, frozen=True, array_like=True):
    """An open order list; ended orders of it are kept with it."""

    list_id: int
    client_list_id: str
    account: int
    instrument: str
    contingency: Contingency
    orders: tuple[int, ...]
    ended: tuple[OrderRow, ...]
    proceeds: bool
    waiting: bool


class MarketRow(Struct, frozen=True, array_like=True):
    """One instrument. ``queue`` holds the ids of resting orders: both sides, each level in turn."""

    listing: Listing
    status: InstrumentStatus
    quotes: tuple[QuoteRow, ...]
    queue: tuple[int, ...]
    last_price: int
    next_trade_id: int
    next_prevented_id: int


class Snapshot(Struct, frozen=True, array_like=True):
    """The whole engine."""

    assets: tuple[Asset, ...]
    accounts: tuple[OpenAccount, ...]
    balances: tuple[tuple[int, str, int, int], ...]
    markets: tuple[MarketRow, ...]
    orders: tuple[OrderRow, ...]
    lists: tuple[ListRow, ...]
    next_order_id: int
    next_list_id: int
    next_quote_id: int
    fees: tuple[SetFees, ...] = ()


class Visible(Struct, frozen=True, array_like=True):
    """What the digest covers."""

    balances: tuple[tuple[int, str, int, int], ...]
    orders: tuple[tuple[Any, ...], ...]
    lists: tuple[ListRow, ...]
    prevented: tuple[tuple[str, int], ...]
    next_order_id: int
    next_list_id: int


def write(state: State) -> bytes:
    """The state as MessagePack."""
    return msgspec.msgpack.encode(
        Snapshot(
            assets=tuple(state.assets.values()),
            accounts=tuple(state.accounts.values()),
            balances=balances(state, everybody=True),
            markets=tuple(market_row(market) for market in state.markets.values()),
            orders=order_rows(state),
            lists=list_rows(state),
            next_order_id=state.next_order_id,
            next_list_id=state.next_list_id,
            next_quote_id=state.next_quote_id,
            fees=tuple(state.fees.values()),
        )
    )


def digest(state: State) -> str:
    """A hash that the participants' requotes do not change."""
    seen = Visible(
        balances=balances(state, everybody=False),
        orders=tuple(values(order) for _, order in sorted(state.orders.items())),
        lists=list_rows(state),
        prevented=tuple(
            (name, market.next_prevented_id) for name, market in sorted(state.markets.items())
        ),
        next_order_id=state.next_order_id,
        next_list_id=state.next_list_id,
    )
    return blake2b(msgspec.msgpack.encode(seen), digest_size=8).hexdigest()


def balances(state: State, *, everybody: bool) -> tuple[tuple[int, str, int, int], ...]:
    """All balances that are not zero, in a fixed order."""
    return tuple(
        sorted(
            (row.account, row.asset, row.available, row.held)
            for row in state.ledger.rows.values()
            if (row.available or row.held) and (everybody or row.account != MARKET_ACCOUNT)
        )
    )


def order_rows(state: State) -> tuple[OrderRow, ...]:
    """Every open order of outsiders, ascending by id."""
    return tuple(order_row(order) for _, order in sorted(state.orders.items()))


def order_row(order: Order) -> OrderRow:
    """An order's fields."""
    return OrderRow(*values(order))


def list_rows(state: State) -> tuple[ListRow, ...]:
    """Every open list, ascending by id."""
    return tuple(
        ListRow(
            list_id=listed.list_id,
            client_list_id=listed.client_list_id,
            account=listed.account,
            instrument=listed.instrument,
            contingency=listed.contingency,
            orders=tuple(order.order_id for order in listed.orders),
            ended=tuple(order_row(order) for order in listed.orders if order.status.is_final),
            proceeds=listed.proceeds,
            waiting=listed.waiting,
        )
        for _, listed in sorted(state.lists.items())
    )


def market_row(market: Market) -> MarketRow:
    """One instrument."""
    return MarketRow(
        listing=market.listing,
        status=market.status,
        quotes=tuple(
            QuoteRow(order.order_id, side, order.price, order.remaining)
            for side, quotes in market.quotes.items()
            for order in quotes.values()
        ),
        queue=tuple(
            order_id
            for half in (market.book.bids, market.book.asks)
            for key in half.keys
            for order_id in half.levels[key].orders
        ),
        last_price=market.last_price,
        next_trade_id=market.next_trade_id,
        next_prevented_id=market.next_prevented_id,
    )


def read(data: bytes) -> State:
    """The state that ``write`` wrote. Raises msgspec.DecodeError on anything else."""
    snapshot = msgspec.msgpack.decode(data, type=Snapshot)
    state = State()
    state.assets = {asset.name: asset for asset in snapshot.assets}
    state.next_order_id = snapshot.next_order_id
    state.next_list_id = snapshot.next_list_id
    state.next_quote_id = snapshot.next_quote_id
    for account in snapshot.accounts:
        state.accounts[account.account] = account
        if account.group:
            state.groups.setdefault(account.group, set()).add(account.account)
    state.fees = {(row.account, row.instrument): row for row in snapshot.fees}
    for number, asset, available, held in snapshot.balances:
        state.ledger.rows[number, asset] = Row(number, asset, available, held)
    orders = {row.order_id: read_order(row) for row in snapshot.orders}
    for market_row_ in snapshot.markets:
        read_market(state, market_row_, orders)
    for list_row in snapshot.lists:
        read_list(state, list_row, orders)
    for order in orders.values():
        market = state.markets[order.instrument]
        enroll(state, market, order)
        if (
            order.trigger is not None
            and order.status is OrderStatus.PENDING
            and not lists.awaits(state, order)
        ):
            market.waiting[order.order_id] = order
    return state


def read_order(row: OrderRow) -> Order:
    """The record of an order."""
    order = Order()
    for name in FIELDS:
        setattr(order, name, getattr(row, name))
    return order


def read_market(state: State, row: MarketRow, orders: dict[int, Order]) -> None:
    """One instrument, its queues in their order."""
    market = Market(row.listing)
    market.status = row.status
    market.last_price = row.last_price
    market.next_trade_id = row.next_trade_id
    market.next_prevented_id = row.next_prevented_id
    known = dict(orders)
    for quote in row.quotes:
        order = participants.restored_quote(
            market, quote.order_id, quote.side, quote.price, quote.remaining
        )
        order.shown = order.remaining
        market.quotes[quote.side][quote.price] = order
        known[quote.order_id] = order
    for order_id in row.queue:
        order = known[order_id]
        market.book.own(order.side).insert(order)
    for half in (market.book.bids, market.book.asks):
        half.touched.clear()
    state.markets[row.listing.instrument] = market
    state.listings[row.listing.instrument] = row.listing
    state.statuses[row.listing.instrument] = row.status


def read_list(state: State, row: ListRow, orders: dict[int, Order]) -> None:
    """An order list over the orders that are open and those that ended."""
    ended = {ended_row.order_id: read_order(ended_row) for ended_row in row.ended}
    state.lists[row.list_id] = OrderList(
        row.list_id,
        row.client_list_id,
        row.account,
        row.instrument,
        row.contingency,
        tuple(orders.get(order_id) or ended[order_id] for order_id in row.orders),
        row.proceeds,
        row.waiting,
    )
