"""The shell of the client: a venue's pure client over connections.

``connect`` opens a venue, its methods ask one question each; ``stream_*`` are async iterators.
What goes wrong is sorted by whether it happened: NotSent, Rejected, OutcomeUnknown, Unreadable.
"""

import os
import secrets
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from itertools import count
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from msgspec import Struct

from ..model import (
    Balance,
    Fill,
    Instrument,
    InvalidInput,
    Misconfigured,
    Order,
    OrderBook,
    OrderType,
    OutcomeUnknown,
    Side,
    Ticker,
    TimeInForce,
    Trade,
)
from ..model import commands as ask
from ..net.clock import wall_ns
from ..net.wire import Answer, HttpClient, Wire
from ..protocol.asking import Client, ClientModule, Key
from ..protocol.messages import HttpRequest, HttpResponse
from ..protocol.signing import signer
from ..venues import part
from . import local

Number = Decimal | int | str
"""What may be given for a price or a quantity. Not a float: it does not keep its digits."""

TIMEOUT = 10.0
"""Seconds for a whole answer; the venues themselves give up on a request after about as long."""


class Exchanged(Struct, frozen=True):
    """One request and its answer, as they went over the wire."""

    request: HttpRequest
    answer: Answer
    url: str


def connect(
    venue: str,
    *,
    env: str = "local",
    key: str | None = "default",
    data: str | os.PathLike[str] | None = None,
    wire: Wire | None = None,
) -> "Venue":
    """A venue, to be used with ``async with``.

    ``env="local"`` is the box that runs on this machine (on the folder ``data``); ``key`` is the
    label of one of its keys, None asks only what is public. Raises Misconfigured.
    """
    if env != "local":
        raise Misconfigured(f"there is no environment {env!r} yet; there is: local")
    module = cast(ClientModule, part(venue, "client"))
    doors = local.running(data).venues.get(venue)
    if doors is None:
        raise Misconfigured(f"the box does not run {venue}; start it with: tradewind up")
    signing = None if key is None else _signing(local.key(venue, key, data))
    return Venue(module.build(signing), dict(doors), wire or _real())


def _signing(key: local.LocalKey) -> Key:
    return Key(key.api_key, signer(key.kind, key.api_secret or key.private_key))


def _real() -> Wire:
    from ..net.real import RealWire

    return RealWire()


class Venue:
    """One venue, open. Instruments are named ``BTC/USDT`` or as the venue does."""

    def __init__(
        self,
        client: Client,
        doors: dict[str, str],
        wire: Wire,
        *,
        now: Callable[[], int] = wall_ns,
    ) -> None:
        """``now`` is the clock that signed requests carry, in nanoseconds."""
        self._client = client
        self._now = now
        self._doors = doors
        self._wire = wire
        self._http: HttpClient = wire.http(doors["rest"])
        self._identity = secrets.token_hex(6)  # 48 bits: never drawn twice, also by other processes
        self._sequence = count(1)
        self.instruments: dict[str, Instrument] = {}

    @property
    def url(self) -> str:
        """Where its requests go."""
        return self._doors["rest"]

    async def __aenter__(self) -> Self:
        """Learn what can be traded."""
        await self._http.__aenter__()
        try:
            await self.fetch_instruments()
        except BaseException:
            await self._http.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self._http.close()

    # --- one question, one answer ---------------------------------------------------------------

    async def fetch_instruments(self) -> list[Instrument]:
        """Everything that can be traded."""
        found: list[Instrument] = await self._ask(ask.FetchInstruments())
        self._client.learn(found)
        self.instruments = {each.id: each for each in found}
        return found

    async def fetch_ticker(self, instrument: str) -> Ticker:
        """The last 24 hours."""
        return cast(Ticker, await self._ask(ask.FetchTicker(instrument)))

    async def fetch_order_book(self, instrument: str, limit: int = 100) -> OrderBook:
        """The best levels of both sides."""
        return cast(OrderBook, await self._ask(ask.FetchOrderBook(instrument, limit)))

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
        client_order_id: str = "",
    ) -> Order:
        """Send a new order; its ``client_order_id`` is made up when none is given.

        OutcomeUnknown carries that id: ask with ``fetch_order``, never send again.
        """
        command = ask.PlaceOrder(
            instrument,
            _word(Side, side),
            _word(OrderType, order_type),
            _exact(quantity),
            _exact(price),
            _exact(quote_quantity),
            _word(TimeInForce, time_in_force),
            post_only,
            client_order_id or f"{self._identity}-{next(self._sequence)}",
        )
        return cast(Order, await self._ask(command))

    async def cancel_order(
        self, instrument: str, *, order_id: str = "", client_order_id: str = ""
    ) -> Order:
        """End an open order, named by one of its ids."""
        return cast(Order, await self._ask(ask.CancelOrder(instrument, order_id, client_order_id)))

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

    async def fetch_balances(self) -> dict[str, Balance]:
        """What the account has, by asset."""
        found: list[Balance] = await self._ask(ask.FetchBalances())
        return {each.asset: each for each in found}

    async def call(self, operation: str, **parameters: str) -> Any:
        """An operation by the venue's own name with its own parameters; plain JSON values."""
        return await self._ask(ask.NativeCall(operation, parameters))

    async def exchange(self, command: ask.Request) -> Exchanged:
        """Send a command and give back what went over the wire, whatever the venue said."""
        request = self._client.request(command, self._now())
        answer = await self._http.request(
            request.method,
            request.path,
            request.query,
            request.headers,
            request.body,
            timeout=TIMEOUT,
        )
        query = f"?{request.query}" if request.query else ""
        return Exchanged(request, answer, f"{self._doors['rest']}{request.path}{query}")

    # --- streams --------------------------------------------------------------------------------

    async def stream_trades(self, instrument: str) -> AsyncIterator[Trade]:
        """Public trades as they happen, until the connection ends (then Closed is raised)."""
        wanted = self._client.subscribe(ask.StreamTrades(instrument))
        url = self._doors[wanted.door] + wanted.path
        async with await self._wire.connect(url) as socket:
            for message in wanted.hello:
                socket.send(message)
            while True:
                for trade in self._client.events(await socket.receive()):
                    yield trade

    # --- below ----------------------------------------------------------------------------------

    async def _ask(self, command: ask.Request) -> Any:
        try:
            done = await self.exchange(command)
        except OutcomeUnknown as error:
            raise OutcomeUnknown(str(error), getattr(command, "client_order_id", "")) from error
        answer = done.answer
        return self._client.read(command, HttpResponse(answer.status, answer.body, answer.headers))


def _exact(value: Number | None) -> Decimal | None:
    if value is None or isinstance(value, Decimal):
        return value
    if isinstance(value, float):
        raise InvalidInput(f"{value!r} is a float, which does not keep its digits; give text")
    try:
        return Decimal(value)
    except ArithmeticError:
        raise InvalidInput(f"{value!r} is not a number") from None


W = TypeVar("W", Side, OrderType, TimeInForce)


def _word(kind: type[W], word: str) -> W:
    try:
        return kind(word)
    except ValueError:
        known = ", ".join(each.value for each in kind)
        raise InvalidInput(f"there is no {kind.__name__} {word!r}; there are: {known}") from None
