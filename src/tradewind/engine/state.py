"""What the engine knows between commands, and the small steps that every rule is made of."""

from collections import deque

from ..model import InstrumentStatus, OrderStatus, Side
from .book import Book, Half
from .commands import AnyCommand, Contingency, OpenAccount, SetFees
from .events import Event, Expiry, OrderExpired, Refusal, Refused
from .ledger import Ledger
from .listing import (
    FEE_ACCOUNT,
    MARKET_ACCOUNT,
    OUTSIDE_ACCOUNT,
    Asset,
    Listing,
)
from .orders import Order

BUY = Side.BUY


class OrderList:
    """Orders that depend on each other. ``waiting``: the first has not filled yet (OTO)."""

    __slots__ = (
        "account",
        "changed",
        "client_list_id",
        "contingency",
        "instrument",
        "list_id",
        "orders",
        "proceeds",
        "waiting",
    )

    def __init__(
        self,
        list_id: int,
        client_list_id: str,
        account: int,
        instrument: str,
        contingency: Contingency,
        orders: tuple[Order, ...],
        proceeds: bool,
        waiting: bool,
    ) -> None:
        self.list_id = list_id
        self.client_list_id = client_list_id
        self.account = account
        self.instrument = instrument
        self.contingency = contingency
        self.orders = orders
        self.proceeds = proceeds
        self.waiting = waiting
        self.changed = False

    @property
    def pair(self) -> tuple[Order, ...]:
        """The two orders of which only one may work, or nothing."""
        legs = self.orders
        if self.contingency is Contingency.ONE_TRIGGERS_OTHER:
            legs = legs[1:]
        return legs if len(legs) == 2 else ()

    def sibling(self, order: Order) -> Order | None:
        """The order that ends when this one works."""
        pair = self.pair
        if order not in pair:
            return None
        return pair[1] if order is pair[0] else pair[0]


class Market:
    """One instrument: its book, its open orders, its counters."""

    __slots__ = (
        "book",
        "clients",
        "last_price",
        "listing",
        "next_prevented_id",
        "next_trade_id",
        "outside",
        "quotes",
        "seen",
        "status",
        "waiting",
    )

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.status: InstrumentStatus = listing.status
        self.book = Book()
        self.quotes: dict[Side, dict[int, Order]] = {Side.BUY: {}, Side.SELL: {}}
        """The participants' resting orders by price."""
        self.outside: dict[int, dict[int, Order]] = {}
        """Everybody else's open orders, by account and order id."""
        self.clients: dict[tuple[int, str], Order] = {}
        self.waiting: dict[int, Order] = {}
        """Orders that wait for a trigger."""
        self.seen: list[int] = []
        """Prices traded in this command that triggers have not looked at yet."""
        self.last_price = 0
        self.next_trade_id = 1
        self.next_prevented_id = 0


class State:
    """Everything, and the events of the command at hand."""

    def __init__(self) -> None:
        self.assets: dict[str, Asset] = {}
        self.accounts: dict[int, OpenAccount] = {
            number: OpenAccount(account=number)
            for number in (MARKET_ACCOUNT, OUTSIDE_ACCOUNT, FEE_ACCOUNT)
        }
        self.fees: dict[tuple[int, str], SetFees] = {}
        """Where an account pays by rates of the instrument's own."""
        self.groups: dict[int, set[int]] = {}
        self.markets: dict[str, Market] = {}
        self.listings: dict[str, Listing] = {}
        self.statuses: dict[str, InstrumentStatus] = {}
        self.ledger = Ledger()
        self.orders: dict[int, Order] = {}
        self.lists: dict[int, OrderList] = {}
        self.next_order_id = 1
        self.next_list_id = 1
        self.next_quote_id = -1

        self.now = 0
        self.events: list[Event] = []
        self.used: list[Market] = []
        self.lists_changed: list[OrderList] = []
        self.saw_prices = False
        """Whether some market has prices that its triggers have not looked at yet."""
        self.activations: deque[tuple[Order, bool]] = deque()
        """Orders to place before the command ends; True: released by their list, not triggered."""

    def market(self, instrument: str) -> Market | None:
        """An instrument that this command works on."""
        market = self.markets.get(instrument)
        if market is not None:
            self.used.append(market)
        return market

    def rates(self, account: int, instrument: str) -> SetFees:
        """What an account pays there."""
        return self.fees.get((account, instrument)) or SetFees(
            account=account, instrument=instrument, fees=self.accounts[account].fees
        )

    def refuse(self, command: AnyCommand, why: Refusal) -> None:
        """Say that the command changed nothing."""
        self.events.append(Refused(at=self.now, command=command, why=why))

    def expire(self, market: Market, order: Order, why: Expiry) -> None:
        """End an order by a rule."""
        prevented = why is Expiry.SELF_TRADE
        status = OrderStatus.PREVENTED if prevented else OrderStatus.EXPIRED
        close(self, market, order, status)
        self.events.append(OrderExpired(at=self.now, order=order, why=why, status=status))


def enroll(state: State, market: Market, order: Order) -> None:
    """An outside order becomes known under its ids."""
    state.orders[order.order_id] = order
    mine = market.outside.get(order.account)
    if mine is None:
        mine = market.outside[order.account] = {}
    mine[order.order_id] = order
    if order.client_order_id:
        market.clients[order.account, order.client_order_id] = order


def close(state: State, market: Market, order: Order, status: OrderStatus) -> None:
    """Take an outside order out of everything and release what it holds."""
    order.status = status
    order.updated = state.now
    if order.shown:
        half_of(market, order).remove(order)
    if order.held:
        hold(state, market, order, 0)
    del state.orders[order.order_id]
    mine = market.outside[order.account]
    del mine[order.order_id]
    if not mine:
        del market.outside[order.account]
    if order.client_order_id:
        del market.clients[order.account, order.client_order_id]
    if order.trigger is not None:
        market.waiting.pop(order.order_id, None)


def half_of(market: Market, order: Order) -> Half[Order]:
    """The side where the order rests."""
    return market.book.bids if order.side is BUY else market.book.asks


def left(order: Order) -> int:
    """Lots that are neither filled nor prevented."""
    return order.quantity - order.filled_quantity - order.prevented_quantity


def held_asset(listing: Listing, order: Order) -> str:
    """The asset an order pays with."""
    return listing.quote if order.side is BUY else listing.base


def hold(state: State, market: Market, order: Order, amount: int) -> None:
    """Make an order hold exactly that much; the account must have the difference."""
    row = state.ledger.row(order.account, held_asset(market.listing, order))
    more = amount - order.held
    row.available -= more
    row.held += more
    order.held = amount


def need(market: Market, order: Order) -> int:
    """What an order that rests or waits must hold."""
    lots = left(order)
    if order.side is not BUY:
        return lots * market.listing.base_per_lot
    return market.listing.value_up(order.hold_price, lots)
