"""The shell of the client: a venue's pure client over connections.

``connect`` opens a venue, its methods ask one question each; ``stream_*`` are async iterators.
What goes wrong is sorted by whether it happened: NotSent, Rejected, OutcomeUnknown, Unreadable.
Orders go through ``orders``, and what became of them is found out by ``reconcile``.
"""

import os
import random
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from msgspec import structs

from ..guard import Limits, Top
from ..guard.limits import read as read_limits
from ..model import (
    Amendment,
    Balance,
    Candle,
    Fees,
    Fill,
    Instrument,
    KeyFacts,
    ListKind,
    Misconfigured,
    NotSent,
    Order,
    OrderBook,
    OrderList,
    OrderType,
    Permission,
    Quote,
    Rejected,
    Replaced,
    SelfTradePrevention,
    Side,
    Ticker,
    TimeInForce,
    Trade,
    TradewindError,
    Trigger,
)
from ..model import commands as ask
from ..net.wire import Wire
from ..protocol.asking import Client, ClientModule, Pacing
from ..protocol.facts import Environment
from ..protocol.outcomes import State
from ..protocol.pacing import PacingRules
from ..venues import facts, part
from . import credentials, given, kill, local
from .account import Account, Key
from .books import DEPTH, LiveBook
from .budget import Budget
from .candles import OnProgress
from .clock import Clock
from .door import Door, Exchanged
from .given import Number
from .intents import FORMS, Journal, private, spelling
from .listed import ListedWire, places
from .market import Market
from .orders import Orders, Unknown
from .reconcile import Reconciled, Reconciler
from .streams import Jitter

NOT_YET = "the venue is not open yet; use it within: async with tradewind.connect(...) as venue"
CLOSED = "the venue is closed; for another one call tradewind.connect again"

NOT_FOLLOWED = (
    "orders, fills and balances are not followed here: that needs a key, and does not exist for "
    "env='live' yet; ask with fetch_open_orders, fetch_fills, fetch_balances"
)

READ_ONLY = (
    "env='live' is read-only until the guard and the vault are finished: it takes no orders. "
    "Trade on 'local' or 'testnet'"
)


def connect(
    venue: str,
    *,
    env: str = "local",
    key: str | None = "default",
    data: str | os.PathLike[str] | None = None,
    wire: Wire | None = None,
    orders_over: str = "rest",
    limits: Limits | None = None,
    pacing: Pacing | None = None,
) -> "Venue":
    """A venue, to be used with ``async with``.

    ``env``: ``local`` is the box that runs on this machine (on the folder ``data``), the others are
    the venue's own (``testnet``, ``live``). ``key`` names a key (see ``credentials``), None asks
    only what is public. ``orders_over`` is ``rest`` or ``websocket``. ``limits`` are the guard's;
    without them ``limits.toml`` in the data folder, or the defaults. ``pacing`` waits for the
    venue's limits; without one their published numbers are shared by all your processes. Raises
    Misconfigured.
    """
    if orders_over not in ("rest", "websocket"):
        raise Misconfigured(f"orders_over is 'rest' or 'websocket', not {orders_over!r}")
    module = cast(ClientModule, part(venue, "client"))
    known = facts(venue)
    folder = local.folder(data)
    if env == "local":
        doors = dict(local.running(data).venues.get(venue) or {})
        if not doors:
            raise Misconfigured(f"the box does not run {venue}; start it with: tradewind up")
        chosen: Wire = wire or _real()
    elif env in known.environments:
        doors = _doors(known.environments[env])
        chosen = ListedWire(wire or _real(), places(known.environments[env]))
    else:
        there = ", ".join(("local", *known.environments))
        raise Misconfigured(f"{venue} has no environment {env!r}; there are: {there}")
    signing = None if key is None else credentials.resolve(venue, env, key, data)
    journal = None
    if signing is not None and env != "live":
        form = spelling(known.client_id, known.client_id_max)
        name = f"{venue}-{env}-{signing.label}"
        journal = Journal.in_folder(folder / kill.FOLDER, name, form)
    clock = Clock()
    label = "" if signing is None else signing.label
    return Venue(
        module.build(signing),
        doors,
        chosen,
        clock=clock,
        journal=journal,
        limits=limits or _limits(folder, env),
        orders_over=orders_over,
        pacing=pacing or _budget(venue, folder / kill.FOLDER / f"{venue}-{env}", clock, label),
        kill_switch=kill.switch(folder, venue),
        read_only=READ_ONLY if env == "live" else "",
        key_checked=env != "local" and signing is not None,
        key_told=env == "live",
        name=venue,
        jitter=random.Random().random,
    )


def _doors(environment: Environment) -> dict[str, str]:
    doors = {
        "rest": environment.rest,
        "streams": environment.streams,
        "ws_api": environment.websocket_api,
    }
    return {name: url for name, url in doors.items() if url}


def _limits(folder: Path, env: str) -> Limits:
    """The guard's numbers: the user's file, else ours."""
    own = folder / "limits.toml"
    text = own if own.exists() else files("tradewind.guard") / "limits.toml"
    try:
        tables = tomllib.loads(text.read_text())
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"{own}: {error}") from None
    return read_limits(tables, env)


def _budget(venue: str, stem: Path, clock: Clock, label: str) -> Pacing:
    """The published limits, shared with every process of the user through one file."""
    private(stem.parent)
    rules = cast(PacingRules, part(venue, "limits").Pacing())
    return Budget(rules, clock, path=stem.with_suffix(".budget"), account=label)


def _real() -> Wire:
    from ..net.real import RealWire

    return RealWire()


class Venue:
    """One venue, open. Instruments are named ``BTC/USDT`` or as the venue does."""

    def __init__(
        self,
        client: Client,
        doors: Mapping[str, str],
        wire: Wire,
        *,
        now: Callable[[], int] | None = None,
        clock: Clock | None = None,
        journal: Journal | None = None,
        managed: bool | None = None,
        limits: Limits | None = None,
        orders_over: str = "rest",
        pacing: Pacing | None = None,
        kill_switch: Callable[[], str] | None = None,
        read_only: str = "",
        key_checked: bool = False,
        key_told: bool = True,
        name: str = "",
        jitter: Jitter | None = None,
    ) -> None:
        """``now`` is venue time in ns where it is not to be estimated. ``jitter`` draws from [0, 1)
        what spreads reconnects; without it they are not spread. ``key_checked``: a key that may
        withdraw is refused; ``key_told``: also one of which the venue does not say.

        ``journal`` keeps intents; without one they are kept in memory. ``managed`` (with a journal,
        unless said otherwise): orders, fills and balances are followed and reconciled.
        """
        self.name = name
        self._client = client
        self._doors = dict(doors)
        self._wire = wire
        self._journal = journal or Journal(None, FORMS[0])
        self.clock = clock or Clock(now)
        self.account = Account(self._journal)
        self.door = Door(
            client,
            wire,
            self._doors,
            self.clock,
            pacing=pacing,
            over=orders_over,
            read_only=read_only,
        )
        self.instruments: dict[str, Instrument] = {}
        self._ids: dict[str, str] = {}
        self.order_desk = Orders(
            self.door,
            self._journal,
            self.account,
            lambda: self.instruments,
            limits=limits,
            read_only=read_only,
        )
        self.order_desk.top = self._top
        self.order_desk.relist = self.fetch_instruments
        self._market: Market | None = None
        if kill_switch is not None:
            self.order_desk.kill = kill_switch
        self._managed = journal is not None if managed is None else managed
        self.reconciler = Reconciler(self.order_desk, managed=self._managed)
        self._key_checked = key_checked
        self._key_told = key_told
        self._over = orders_over
        self._not_open = NOT_YET
        self._jitter = jitter
        self.account.first_filled = self._first_filled

    @property
    def url(self) -> str:
        """Where its requests go."""
        return self._doors["rest"]

    async def __aenter__(self) -> Self:
        """Learn what can be traded; find out how things stand before anything is sent."""
        if self._not_open != NOT_YET:
            raise NotSent("a venue is opened once: " + (self._not_open or "it is open already"))
        await self.door.open()
        self._not_open = ""
        try:
            await self.fetch_instruments()
            if self._key_checked:
                await self._check_key()
            self._journal.checkpoints()
            await self.reconciler.start()
            if self._over == "websocket" and not self._managed:
                await self.reconciler.open_line()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self._close()

    async def _close(self) -> None:
        self._not_open = CLOSED
        await self.reconciler.close()
        if self._market is not None:
            await self._market.close()
        await self.door.close()
        if isinstance(self.door.pacing, Budget):
            await self.door.pacing.close()
        self.order_desk.close()
        self._journal.close()

    def abandon(self) -> None:
        """Leave as the death of the process would: nothing is written or said any more."""
        self.reconciler.abandon()
        self.order_desk.close()
        self._journal.abandon()

    async def _check_key(self) -> None:
        """A key that may withdraw is refused; where the venue does not tell, that is said."""
        try:
            may: KeyFacts = await self._ask(ask.FetchKey())
        except TradewindError as error:
            if isinstance(error, Rejected) and error.status == 404 and not self._key_told:
                return  # this environment has no such question, and nothing to withdraw
            raise Misconfigured(f"the venue does not say what the key may do: {error}") from error
        if Permission.WITHDRAW in may.permissions:
            raise Misconfigured("the key may withdraw; make one that may only read and trade")

    # --- how things stand -----------------------------------------------------------------------

    @property
    def is_live(self) -> bool:
        """Whether orders, fills and balances are reconciled; else nothing new is sent."""
        return self.order_desk.live

    async def live(self) -> None:
        """Wait until it is live."""
        await self.reconciler.live()

    @property
    def journal(self) -> Journal:
        """Where intents, orders and fills are kept."""
        return self._journal

    @property
    def under_way(self) -> bool:
        """Whether anything is not known yet: an order call, or fills that the venue has counted."""
        return bool(self.order_desk.states or self.account.short)

    @property
    def reconciled(self) -> Reconciled | None:
        """What was found when it became live: orders adopted, strangers, fills."""
        return self.reconciler.last

    @property
    def orders(self) -> Mapping[Key, Order]:
        """Orders that work, by instrument and order id."""
        return self.account.orders

    @property
    def balances(self) -> Mapping[str, Balance]:
        """What the account has, as followed; empty where it is not managed."""
        return self.account.balances

    @property
    def unknown(self) -> list[Unknown]:
        """Order calls whose outcome is not known yet, with their countdown."""
        return self.order_desk.unknown()

    async def outcome(self, client_order_id: str) -> State:
        """Wait until it is known what became of an order call."""
        return await self.order_desk.outcome(client_order_id)

    # --- one question, one answer ---------------------------------------------------------------

    async def fetch_instruments(self) -> list[Instrument]:
        """Everything that can be traded."""
        found: list[Instrument] = await self._ask(ask.FetchInstruments())
        self._client.learn(found)
        self.instruments = {each.id: each for each in found}
        self._ids = {each.native: each.id for each in found}
        return found

    async def fetch_ticker(self, instrument: str) -> Ticker:
        """The last 24 hours."""
        return cast(Ticker, await self._ask(ask.FetchTicker(instrument)))

    async def fetch_order_book(self, instrument: str, limit: int = 100) -> OrderBook:
        """The best levels of both sides. The guard compares prices with it while it is fresh."""
        asked = self.order_desk.door.clock.monotonic()
        book = cast(OrderBook, await self._ask(ask.FetchOrderBook(instrument, limit)))
        self.order_desk.saw(book, asked)
        return book

    async def place_order(
        self,
        instrument: str,
        side: Side | str,
        order_type: OrderType | str,
        *,
        quantity: Number | None = None,
        price: Number | None = None,
        quote_quantity: Number | None = None,
        time_in_force: TimeInForce | str = TimeInForce.GTC,
        post_only: bool = False,
        trigger_price: Number | None = None,
        trigger: Trigger | str = Trigger.STOP,
        display_quantity: Number | None = None,
        self_trade_prevention: SelfTradePrevention | str | None = None,
        client_order_id: str = "",
    ) -> Order:
        """Send a new order; its ``client_order_id`` is made up when none is given.

        OutcomeUnknown carries that id: wait for ``outcome``, never send again.
        """
        return await self.order_desk.place(
            given.consistent(
                ask.PlaceOrder(
                    self._id(instrument),
                    given.word(Side, side),
                    given.word(OrderType, order_type),
                    given.number(quantity, "quantity"),
                    given.number(price, "price"),
                    given.number(quote_quantity, "quote_quantity"),
                    given.word(TimeInForce, time_in_force),
                    post_only,
                    client_order_id,
                    given.number(trigger_price, "trigger_price"),
                    given.word(Trigger, trigger),
                    given.number(display_quantity, "display_quantity"),
                    None
                    if self_trade_prevention is None
                    else given.word(SelfTradePrevention, self_trade_prevention),
                )
            )
        )

    async def cancel_order(
        self, instrument: str, *, order_id: str = "", client_order_id: str = ""
    ) -> Order:
        """End an open order, named by one of its ids."""
        return await self.order_desk.cancel(
            ask.CancelOrder(self._id(instrument), order_id, client_order_id)
        )

    async def amend_order(
        self,
        instrument: str,
        quantity: Number,
        *,
        order_id: str = "",
        client_order_id: str = "",
    ) -> Order:
        """Give an open order another (at some venues only a smaller) quantity."""
        exact = given.needed(quantity, "quantity")
        return await self.order_desk.amend(
            ask.AmendOrder(self._id(instrument), exact, order_id, client_order_id)
        )

    async def replace_order(
        self,
        new: ask.PlaceOrder,
        *,
        order_id: str = "",
        client_order_id: str = "",
        place_anyway: bool = False,
    ) -> Replaced:
        """End an order and place ``new`` in one request. PartlyRejected says what was done when not
        everything was.
        """
        new = structs.replace(given.order(new), instrument=self._id(new.instrument))
        gone = ask.CancelOrder(new.instrument, order_id, client_order_id)
        return await self.order_desk.replace(ask.ReplaceOrder(gone, new, place_anyway))

    async def place_order_list(
        self,
        kind: ListKind | str,
        orders: Sequence[ask.PlaceOrder],
        *,
        client_list_id: str = "",
    ) -> OrderList:
        """Send orders that depend on each other."""
        named = tuple(
            structs.replace(given.order(order), instrument=self._id(order.instrument))
            for order in orders
        )
        command = ask.PlaceOrderList(given.word(ListKind, kind), named, client_list_id)
        return await self.order_desk.place_list(command)

    async def cancel_order_list(
        self, instrument: str, *, list_id: str = "", client_list_id: str = ""
    ) -> OrderList:
        """End all orders of a list."""
        command = ask.CancelOrderList(self._id(instrument), list_id, client_list_id)
        return await self.order_desk.cancel_list(command)

    async def cancel_all_orders(self, instrument: str) -> list[Order]:
        """End every open order of an instrument."""
        return await self.order_desk.cancel_all(ask.CancelAllOrders(self._id(instrument)))

    async def fetch_order(
        self, instrument: str, *, order_id: str = "", client_order_id: str = ""
    ) -> Order:
        """One order, open or past."""
        return cast(Order, await self._ask(ask.FetchOrder(instrument, order_id, client_order_id)))

    async def fetch_open_orders(self, instrument: str = "") -> list[Order]:
        """Orders that still work, of one instrument or all."""
        return cast(list[Order], await self._ask(ask.FetchOpenOrders(instrument)))

    async def fetch_orders(self, instrument: str, limit: int = 500) -> list[Order]:
        """The newest orders, open and past, oldest first."""
        return cast(list[Order], await self._ask(ask.FetchOrders(instrument, limit)))

    async def fetch_fills(
        self, instrument: str, *, order_id: str = "", limit: int = 500
    ) -> list[Fill]:
        """The newest own executions, oldest first."""
        return cast(list[Fill], await self._ask(ask.FetchFills(instrument, order_id, limit)))

    async def fetch_order_list(
        self, instrument: str, *, list_id: str = "", client_list_id: str = ""
    ) -> OrderList:
        """One list of orders, working or done."""
        command = ask.FetchOrderList(instrument, list_id, client_list_id)
        return cast(OrderList, await self._ask(command))

    async def fetch_amendments(self, instrument: str, order_id: str) -> list[Amendment]:
        """Every change of an order's quantity, oldest first."""
        return cast(list[Amendment], await self._ask(ask.FetchAmendments(instrument, order_id)))

    async def fetch_fees(self, instrument: str) -> Fees:
        """What the account pays on an instrument."""
        return cast(Fees, await self._ask(ask.FetchFees(instrument)))

    async def fetch_time(self) -> int:
        """The venue's clock, in ns."""
        return cast(int, await self._ask(ask.FetchTime()))

    async def fetch_key(self) -> KeyFacts:
        """What the key may do."""
        return cast(KeyFacts, await self._ask(ask.FetchKey()))

    async def fetch_balances(self) -> dict[str, Balance]:
        """What the account has, by asset."""
        found: list[Balance] = await self._ask(ask.FetchBalances())
        return {each.asset: each for each in found}

    async def call(self, operation: str, **parameters: Number) -> Any:
        """An operation by the venue's own name with its own parameters; plain JSON values."""
        return await self._ask(ask.NativeCall(operation, given.texts(parameters)))

    async def exchange(self, command: ask.Request) -> Exchanged:
        """Send a command and give back what went over the wire, whatever the venue said. An order
        goes the way of every order.
        """
        self._check_open()
        command = given.command(command)
        if self._is_order(command):
            return (await self.order_desk.carry_out(cast(Any, command), raw=True))[0]
        return await self.door.ask(command)

    # --- streams --------------------------------------------------------------------------------

    def stream_orders(self) -> AsyncIterator[Order]:
        """Every change of an order of the account. Nothing is dropped."""
        self._check_followed()
        return self.account.order_feed.listen()

    def stream_fills(self) -> AsyncIterator[Fill]:
        """Every execution, once. Nothing is dropped."""
        self._check_followed()
        return self.account.fill_feed.listen()

    def stream_balances(self) -> AsyncIterator[Balance]:
        """Every change of what the account has."""
        self._check_followed()
        return self.account.balance_feed.listen()

    @property
    def market(self) -> Market:
        """The market data of the venue: streams and live books, made when first asked for."""
        self._check_open()
        if self._market is None:
            feed = import_module(type(self._client).__module__).feed(self._client)
            url = self._doors.get(feed.facts.door, "")
            if not url:
                there = ", ".join(self._doors)
                raise Misconfigured(f"there is no door {feed.facts.door!r} here, only: {there}")
            self._market = Market(
                feed,
                self._wire,
                url,
                self._client,
                self.door.ask,
                self.clock,
                jitter=self._jitter,
                admit=self._admit,
            )
        return self._market

    async def fetch_trades(
        self, instrument: str, limit: int = 500, from_id: str = ""
    ) -> list[Trade]:
        """Public trades, oldest first: the newest, or those from an id on."""
        return await self.market.fetch_trades(instrument, limit, from_id)

    async def fetch_candles(
        self,
        instrument: str,
        interval: str,
        start: int,
        end: int | None = None,
        *,
        progress: OnProgress | None = None,
    ) -> list[Candle]:
        """Candles that opened in [start, end) ns, however many; ``end`` None is now."""
        start = given.moment(start, "start")
        end = None if end is None else given.moment(end, "end")
        return await self.market.fetch_candles(instrument, interval, start, end, progress=progress)

    def book(self, instrument: str, depth: int = DEPTH) -> AbstractAsyncContextManager[LiveBook]:
        """A book that is kept live for as long as the block runs."""
        return self.market.book(self._id(instrument), depth)

    def stream_book(self, instrument: str, depth: int = DEPTH) -> AsyncIterator[LiveBook]:
        """The live book, each time that it has changed and is right. Changes conflate."""
        return self.market.stream_book(self._id(instrument), depth)

    def stream_quotes(self, instrument: str) -> AsyncIterator[Quote]:
        """The best bid and ask; the newest one when read slowly."""
        return self.market.stream_quotes(self._id(instrument))

    def stream_ticker(self, instrument: str) -> AsyncIterator[Ticker]:
        """The last 24 hours; the newest when read slowly."""
        return self.market.stream_ticker(self._id(instrument))

    def stream_candles(self, instrument: str, interval: str) -> AsyncIterator[Candle]:
        """The candle of now, and each that is closed once; also those closed during a cut."""
        return self.market.stream_candles(self._id(instrument), interval)

    def stream_trades(self, instrument: str) -> AsyncIterator[Trade]:
        """Public trades, each once, in order; those made during a cut are fetched."""
        return self.market.stream_trades(self._id(instrument))

    async def _admit(self) -> None:
        """Connections have a limit too."""
        if isinstance(self.door.pacing, Budget):
            await self.door.pacing.connecting("streams")

    def _first_filled(self, fill: Fill) -> None:
        """Orders that trade may count less; other processes count theirs."""
        pacing = self.door.pacing
        order = self.account.order(fill.instrument, fill.order_id)
        if isinstance(pacing, Budget) and order and self._journal.ours(order.client_order_id):
            pacing.filled(fill.time)

    def _top(self, instrument: str) -> Top | None:
        """The best prices of a book that is kept live."""
        book = None if self._market is None else self._market.live_book(instrument)
        if book is None:
            return None
        bid, best = book.best_bid, book.best_ask
        at = book.changed_ns
        return Top(bid.price if bid else None, best.price if best else None, at)

    # --- below ----------------------------------------------------------------------------------

    async def _ask(self, command: ask.Request) -> Any:
        self._check_open()
        if self._is_order(command):
            return (await self.order_desk.carry_out(cast(Any, command)))[1]
        return await self.reconciler.ask(command)

    def _check_open(self) -> None:
        if self._not_open:
            raise NotSent(self._not_open)

    def _check_followed(self) -> None:
        """Else a stream would be waited for that never says anything."""
        self._check_open()
        if not self._managed:
            raise Misconfigured(NOT_FOLLOWED)

    def _is_order(self, command: ask.Request) -> bool:
        """Whether a command changes orders, under whatever name."""
        if isinstance(command, ask.NativeCall):
            return self.door.changes_orders(self._client.prepare(command))
        return isinstance(command, ask.Order)

    def _id(self, instrument: str) -> str:
        """``BTC/USDT`` for either notation; what is not known is left to the venue's client."""
        self._check_open()
        if instrument in self.instruments:
            return instrument
        return self._ids.get(instrument, instrument)
