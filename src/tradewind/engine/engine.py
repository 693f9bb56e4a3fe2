"""The engine: commands in, events out. No I/O, no clock, no chance.

    engine = Engine()
    events = engine.apply(PlaceOrder(...), now_ns)

One command is applied whole: the order of its events is acceptance, executions, what rests or
ends, lists, balances, levels. After every command the ledger has proven that nothing was made or
lost. A refused command gives one ``Refused`` and changes nothing.
"""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from ..model import InstrumentStatus, Side
from . import amending, cancelling, conditional, linking, lists, participants, placing, snapshot
from .commands import (
    AddAsset,
    AmendOrder,
    AnyCommand,
    CancelAll,
    CancelList,
    CancelOrder,
    List,
    OpenAccount,
    PlaceList,
    PlaceOrder,
    ReplaceOrder,
    Requote,
    SetFees,
    SetStatus,
    Transfer,
)
from .events import (
    BalanceChanged,
    Event,
    Expiry,
    InstrumentChanged,
    LevelChanged,
    Refusal,
    Transferred,
)
from .ledger import MAY_OWE
from .listing import MARKET_ACCOUNT, RATE_ONE, Listing
from .orders import Order
from .state import Market, OrderList, State

BUY = Side.BUY
SELL = Side.SELL


class Engine:
    """All instruments, accounts and orders of one venue."""

    def __init__(self, state: State | None = None) -> None:
        self._state = state or State()

    def apply(self, command: AnyCommand, now_ns: int) -> list[Event]:
        """Do one thing at one time; what followed from it."""
        state = self._state
        state.now = now_ns
        events: list[Event] = []
        state.events = events
        HANDLERS[type(command)](state, command)
        if state.saw_prices or state.activations:
            self._follow_up()
        self._close_command()
        return events

    def _follow_up(self) -> None:
        """Triggers that were met and orders that were released, until nothing more follows."""
        state = self._state
        while True:
            if state.saw_prices:
                state.saw_prices = False
                for market in state.used:
                    conditional.watch(state, market)
            if not state.activations:
                return
            order, released = state.activations.popleft()
            placing.activate(state, state.markets[order.instrument], order, released)

    def _close_command(self) -> None:
        """Lists, balances and levels that differ from before the command."""
        state = self._state
        if state.lists_changed:
            for listed in state.lists_changed:
                listed.changed = False
                lists.report(state, listed)
            state.lists_changed.clear()
        events, now = state.events, state.now
        for row in state.ledger.close_command():
            if row.account != MARKET_ACCOUNT:
                events.append(
                    BalanceChanged(
                        at=now,
                        account=row.account,
                        asset=row.asset,
                        available=row.available,
                        held=row.held,
                    )
                )
        if len(state.used) > 1:
            state.used.sort(key=_name)
        for market in state.used:
            if market.book.bids.touched:
                _tell_levels(state, market, BUY)
            if market.book.asks.touched:
                _tell_levels(state, market, SELL)
        state.used.clear()

    @property
    def listings(self) -> dict[str, Listing]:
        """Every instrument."""
        return self._state.listings

    @property
    def statuses(self) -> dict[str, InstrumentStatus]:
        """Whether each instrument takes orders."""
        return self._state.statuses

    @property
    def accounts(self) -> dict[int, OpenAccount]:
        """Every account as it was last opened, also those of the box itself."""
        return self._state.accounts

    def rates(self, account: int, instrument: str) -> SetFees:
        """What the account pays there."""
        return self._state.rates(account, instrument)

    def best(self, instrument: str) -> tuple[int | None, int | None]:
        """The best bid and ask in ticks."""
        book = self._state.markets[instrument].book
        return book.bids.best(), book.asks.best()

    def levels(self, instrument: str, side: Side, limit: int) -> list[tuple[int, int]]:
        """(price in ticks, visible lots) of up to ``limit`` levels, best first."""
        half = self._state.markets[instrument].book.own(side)
        sign, levels = half.sign, half.levels
        keys = half.keys[-limit:] if limit > 0 else []
        return [(sign * key, levels[key].visible) for key in reversed(keys)]

    def order(self, order_id: int) -> Order | None:
        """An open order of an outside account."""
        return self._state.orders.get(order_id)

    def by_client_id(self, account: int, instrument: str, client_order_id: str) -> Order | None:
        """The open order with that client order id."""
        market = self._state.markets.get(instrument)
        return market.clients.get((account, client_order_id)) if market else None

    def open_orders(self, account: int, instrument: str = "") -> list[Order]:
        """Open orders, waiting ones too, ascending by id; of one instrument or of all."""
        markets = self._state.markets
        chosen = [markets[instrument]] if instrument else list(markets.values())
        found = [order for m in chosen for order in m.outside.get(account, {}).values()]
        return sorted(found, key=lambda order: order.order_id)

    def open_count(self, account: int, instrument: str) -> int:
        """How many open orders an account has on an instrument."""
        return len(self._state.markets[instrument].outside.get(account, ()))

    def has_outside_orders(self, instrument: str) -> bool:
        """Whether anybody but the participants has an open order there."""
        return bool(self._state.markets[instrument].outside)

    def outside_orders(self, instrument: str) -> list[Order]:
        """Everybody's open orders there but the participants', waiting ones too."""
        outside = self._state.markets[instrument].outside
        return [order for mine in outside.values() for order in mine.values()]

    def awaits_list(self, order: Order) -> bool:
        """Whether a PENDING order waits for the first of its list, not for a trigger."""
        return lists.awaits(self._state, order)

    def balance(self, account: int, asset: str) -> tuple[int, int]:
        """Available and held units."""
        row = self._state.ledger.rows.get((account, asset))
        return (row.available, row.held) if row else (0, 0)

    def balances(self, account: int) -> dict[str, tuple[int, int]]:
        """Available and held units of every asset the account ever had."""
        return {
            row.asset: (row.available, row.held)
            for row in self._state.ledger.rows.values()
            if row.account == account
        }

    def last_price(self, instrument: str) -> int:
        """Ticks of the last trade, 0 before the first."""
        return self._state.markets[instrument].last_price

    def next_trade_id(self, instrument: str) -> int:
        """The id the next trade will have."""
        return self._state.markets[instrument].next_trade_id

    def list_(self, list_id: int) -> OrderList | None:
        """An open order list."""
        return self._state.lists.get(list_id)

    def open_lists(self, account: int, instrument: str = "") -> list[OrderList]:
        """Open order lists, ascending by id."""
        return [
            listed
            for _, listed in sorted(self._state.lists.items())
            if listed.account == account and instrument in ("", listed.instrument)
        ]

    def state(self) -> bytes:
        """Everything, as bytes for ``restore``."""
        return snapshot.write(self._state)

    @classmethod
    def restore(cls, state: bytes) -> "Engine":
        """The engine that wrote those bytes. Raises msgspec.DecodeError on anything else."""
        return cls(snapshot.read(state))

    def digest(self) -> str:
        """A short hash of what outsiders can see; the participants do not change it."""
        return snapshot.digest(self._state)

    def audit(self) -> None:
        """Assert what must hold between commands: slow, for tests and checks."""
        state = self._state
        totals: dict[str, int] = {}
        held: dict[tuple[int, str], int] = {}
        for order in state.orders.values():
            listing = state.markets[order.instrument].listing
            asset = listing.quote if order.side is BUY else listing.base
            held[order.account, asset] = held.get((order.account, asset), 0) + order.held
        for key, row in state.ledger.rows.items():
            totals[row.asset] = totals.get(row.asset, 0) + row.available + row.held
            assert row.held == held.get(key, 0), f"{key}: {row.held} held"
            assert row.available >= 0 or row.account in MAY_OWE, f"{key}: {row.available}"
        assert not any(totals.values()), f"the ledger does not sum to zero: {totals}"
        for market in state.markets.values():
            bid, ask = market.book.bids.best(), market.book.asks.best()
            assert bid is None or ask is None or bid < ask, f"crossed: {bid} {ask}"


def _name(market: Market) -> str:
    return market.listing.instrument


def _tell_levels(state: State, market: Market, side: Side) -> None:
    """What is visible now at the levels of a side that changed, ascending by price."""
    half = market.book.own(side)
    touched = half.touched
    keys = list(touched)
    if len(keys) > 1:
        keys.sort(reverse=half.sign < 0)
    for key in keys:
        level = half.levels.get(key)
        visible = level.visible if level else 0
        if visible != touched[key]:
            state.events.append(
                LevelChanged(
                    at=state.now,
                    instrument=market.listing.instrument,
                    side=side,
                    price=half.sign * key,
                    quantity=visible,
                )
            )
    touched.clear()


def _add_asset(state: State, command: AddAsset) -> None:
    known = state.assets.get(command.asset.name, command.asset)
    if known != command.asset or not command.asset.name or command.asset.decimals < 0:
        state.refuse(command, Refusal.INVALID)
        return
    state.assets[command.asset.name] = command.asset


def _list(state: State, command: List) -> None:
    listing = command.listing
    if listing.base not in state.assets or listing.quote not in state.assets:
        state.refuse(command, Refusal.UNKNOWN_ASSET)
        return
    market = state.market(listing.instrument)
    if _unsound(listing) or (market is not None and _rescales(market, listing)):
        state.refuse(command, Refusal.INVALID)
        return
    if market is None:
        market = state.markets[listing.instrument] = Market(listing)
        state.used.append(market)
    market.listing = listing
    _change_status(state, market, listing.status)


def _unsound(listing: Listing) -> bool:
    positive = (
        listing.base_per_lot,
        listing.value_numerator,
        listing.value_denominator,
        listing.market_lot,
        listing.market_min,
    )
    return min(positive) < 1 or not listing.instrument or listing.base == listing.quote


def _rescales(market: Market, new: Listing) -> bool:
    """Whether what orders hold would no longer be what they need."""
    old = market.listing
    same = (old.base, old.quote, old.base_per_lot, old.value_numerator, old.value_denominator) == (
        new.base,
        new.quote,
        new.base_per_lot,
        new.value_numerator,
        new.value_denominator,
    )
    return not same and bool(market.outside or market.book.bids.keys or market.book.asks.keys)


def _set_status(state: State, command: SetStatus) -> None:
    market = state.market(command.instrument)
    if market is None:
        state.refuse(command, Refusal.UNKNOWN_INSTRUMENT)
        return
    _change_status(state, market, command.status)


def _change_status(state: State, market: Market, status: InstrumentStatus) -> None:
    market.status = status
    market.listing = replace(market.listing, status=status)
    state.listings[market.listing.instrument] = market.listing
    state.statuses[market.listing.instrument] = status
    state.events.append(InstrumentChanged(at=state.now, listing=market.listing, status=status))
    if status is InstrumentStatus.ENDED:
        for account in sorted(market.outside):
            for order in list(market.outside.get(account, {}).values()):
                if not order.status.is_final:
                    lists.expire(state, market, order, Expiry.INSTRUMENT_CLOSED)
        for side in (BUY, SELL):
            participants.withdraw(market, side, {})


def _open_account(state: State, command: OpenAccount) -> None:
    if command.fee_asset and command.fee_asset not in state.assets:
        state.refuse(command, Refusal.UNKNOWN_ASSET)
        return
    if command.account <= 0 or command.group < 0:
        state.refuse(command, Refusal.INVALID)
        return
    before = state.accounts.get(command.account)
    if before is not None and before.group:
        state.groups[before.group].discard(command.account)
    state.accounts[command.account] = command
    if command.group:
        state.groups.setdefault(command.group, set()).add(command.account)


def _set_fees(state: State, command: SetFees) -> None:
    if command.account not in state.accounts or command.account <= 0:
        state.refuse(command, Refusal.UNKNOWN_ACCOUNT)
    elif command.instrument not in state.markets:
        state.refuse(command, Refusal.UNKNOWN_INSTRUMENT)
    elif not _payable(command):
        state.refuse(command, Refusal.INVALID)
    else:
        state.fees[command.account, command.instrument] = command


def _payable(command: SetFees) -> bool:
    """Whether no fill costs more than it brings, and none brings a fee."""
    parts = (command.fees, command.special, command.tax)
    if any(min(part.maker, part.taker, part.buyer, part.seller) < 0 for part in parts):
        return False
    return all(
        sum(part.of(makes=makes, buys=buys) for part in parts) <= RATE_ONE
        for makes in (True, False)
        for buys in (True, False)
    )


def _transfer(state: State, command: Transfer) -> None:
    why = None
    if command.source not in state.accounts or command.target not in state.accounts:
        why = Refusal.UNKNOWN_ACCOUNT
    elif command.asset not in state.assets:
        why = Refusal.UNKNOWN_ASSET
    elif command.amount <= 0 or command.source == command.target:
        why = Refusal.INVALID
    elif (
        command.source not in MAY_OWE
        and state.ledger.available(command.source, command.asset) < command.amount
    ):
        why = Refusal.INSUFFICIENT_BALANCE
    if why is not None:
        state.refuse(command, why)
        return
    state.ledger.move(command.source, command.target, command.asset, command.amount)
    state.events.append(
        Transferred(
            at=state.now,
            source=command.source,
            target=command.target,
            asset=command.asset,
            amount=command.amount,
            memo=command.memo,
        )
    )


def _requote(state: State, command: Requote) -> None:
    market = state.market(command.instrument)
    if market is None or market.status is not InstrumentStatus.TRADING:
        why = Refusal.UNKNOWN_INSTRUMENT if market is None else Refusal.MARKET_CLOSED
        state.refuse(command, why)
        return
    participants.requote(state, market, command)


HANDLERS: dict[type[AnyCommand], Callable[[State, Any], object]] = {
    AddAsset: _add_asset,
    List: _list,
    SetStatus: _set_status,
    OpenAccount: _open_account,
    SetFees: _set_fees,
    Transfer: _transfer,
    PlaceOrder: placing.place,
    CancelOrder: cancelling.cancel,
    CancelAll: cancelling.cancel_all,
    CancelList: cancelling.cancel_list,
    ReplaceOrder: cancelling.replace,
    AmendOrder: amending.amend,
    PlaceList: linking.place_list,
    Requote: _requote,
}
"""What does each command."""
