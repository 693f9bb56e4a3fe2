"""The client's side: what the model asks, in the venue's words, and its answers in the model's.

Everything is sent as a query string, signed last, as the official collection does. Answers are
read into the same Structs that the exchange writes; what they mean is said here and, separately,
in ``exchange``.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from re import fullmatch
from typing import Any, cast
from urllib.parse import urlencode

from msgspec import UNSET, DecodeError, UnsetType, ValidationError, json

from ....model import (
    Balance,
    Fill,
    Instrument,
    InstrumentStatus,
    InvalidInput,
    Level,
    Liquidity,
    Order,
    OrderBook,
    OrderStatus,
    OrderType,
    Outcome,
    OutcomeUnknown,
    Rejected,
    Side,
    Ticker,
    TimeInForce,
    Trade,
    Unreadable,
)
from ....model import commands as ask
from ....protocol.asking import Key, Subscription
from ....protocol.messages import HttpRequest, HttpResponse
from ....protocol.operations import Operation, Rest
from .. import VENUE, auth, errors
from ..operations import TABLE
from ..wire import account, market, stream, trading

MILLISECONDS = 1_000_000

Parameters = dict[str, str]


# --- values -------------------------------------------------------------------------------------

STATUSES = {
    "PENDING_NEW": OrderStatus.PENDING,
    "NEW": OrderStatus.OPEN,
    "PARTIALLY_FILLED": OrderStatus.PARTIALLY_FILLED,
    "FILLED": OrderStatus.FILLED,
    "CANCELED": OrderStatus.CANCELLED,
    "EXPIRED": OrderStatus.EXPIRED,
    "EXPIRED_IN_MATCH": OrderStatus.PREVENTED,
    "REJECTED": OrderStatus.REJECTED,
}
TYPES = {
    "LIMIT": OrderType.LIMIT,
    "LIMIT_MAKER": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "STOP_LOSS": OrderType.MARKET,
    "STOP_LOSS_LIMIT": OrderType.LIMIT,
    "TAKE_PROFIT": OrderType.MARKET,
    "TAKE_PROFIT_LIMIT": OrderType.LIMIT,
}
INSTRUMENT_STATUSES = {
    "TRADING": InstrumentStatus.TRADING,
    "CANCEL_ONLY": InstrumentStatus.CANCEL_ONLY,
    "HALT": InstrumentStatus.HALTED,
    "BREAK": InstrumentStatus.HALTED,
    "END_OF_DAY": InstrumentStatus.ENDED,
}


def plain(value: Decimal | None, what: str) -> str:
    """A positive decimal as the venue reads it, never in scientific notation."""
    if value is None or not value.is_finite() or value <= 0:
        raise InvalidInput(f"{what} must be a positive number, not {value}")
    return format(value, "f")


# --- the client ---------------------------------------------------------------------------------


def build(key: Key | None) -> "Client":
    """A client that asks with a key, or only what is public."""
    return Client(key)


class Client:
    """Asks and reads. Holds a key that signs, and how instruments are called."""

    def __init__(self, key: Key | None) -> None:
        self._key = key
        self._native: dict[str, str] = {}
        self._ids: dict[str, str] = {}

    def learn(self, instruments: Sequence[Instrument]) -> None:
        """Take the venue's instruments, so that both notations are understood."""
        self._native = {each.id: each.native for each in instruments}
        self._ids = {each.native: each.id for each in instruments}

    def request(self, command: ask.Request, now: int) -> HttpRequest:
        """The signed request of a command."""
        operation, parameters = self._words(command)
        row = TABLE.by_name.get(operation)
        if row is None:
            raise InvalidInput(f"there is no operation {operation!r} here")
        return self._signed(row, parameters, now)

    def read(self, command: ask.Request, response: HttpResponse) -> Any:
        """The answer in the model's nouns."""
        if response.status >= 300:
            raise self._refused(command, response)
        try:
            match command:
                case ask.NativeCall():
                    return json.decode(response.body)
                case ask.FetchOrderBook(instrument):
                    asked = self.id(self.native(instrument))
                    return _book(asked, json.decode(response.body, type=market.Depth))
                case _:
                    kind, make = READERS[type(command)]
                    return make(self.id, json.decode(response.body, type=kind))
        except (DecodeError, ValidationError, KeyError, ArithmeticError) as error:
            raise Unreadable(f"{type(command).__name__}: {error}", response.body) from error

    def subscribe(self, command: ask.StreamTrades) -> Subscription:
        """How to hear public trades: the stream's name is in the path."""
        return Subscription("streams", f"/ws/{self.native(command.instrument).lower()}@trade")

    def events(self, message: bytes) -> list[Trade]:
        """What a stream message says."""
        try:
            event = json.decode(message, type=stream.Trade)
        except (DecodeError, ValidationError) as error:
            raise Unreadable(f"stream: {error}", message) from error
        return [
            Trade(
                trade_id=str(event.t),
                instrument=self.id(event.s),
                price=Decimal(event.p),
                quantity=Decimal(event.q),
                aggressor_side=Side.SELL if event.m else Side.BUY,
                time=event.T * MILLISECONDS,
            )
        ]

    def native(self, instrument: str) -> str:
        """The venue's own name of an instrument."""
        name = self._native.get(instrument, instrument)
        if name not in self._ids:
            raise InvalidInput(f"there is no instrument {instrument!r} here")
        return name

    def id(self, native: str) -> str:
        """``BTC/USDT`` for the venue's own name; a new listing keeps its native one."""
        return self._ids.get(native, native)

    def _signed(self, row: Operation, parameters: Parameters, now: int) -> HttpRequest:
        door = next(door for door in row.doors if isinstance(door, Rest))
        headers: Mapping[str, str] = {}
        if row.permission is not None:
            if self._key is None:
                raise InvalidInput(f"{row.name} needs a key")
            headers = {"X-MBX-APIKEY": self._key.api_key}
        if row.signed:
            parameters = parameters | {"timestamp": str(now // MILLISECONDS)}
        query = urlencode(parameters)
        if row.signed and self._key is not None:
            query += "&signature=" + auth.sign_rest(self._key.signer, query)
        return HttpRequest(door.method, door.path, query, headers)

    def _words(self, command: ask.Request) -> tuple[str, Parameters]:
        """The operation and its parameters, in the venue's words."""
        match command:
            case ask.PlaceOrder():
                return "order.place", self._order(command)
            case ask.CancelOrder():
                return "order.cancel", self._named(command)
            case ask.FetchOrder():
                return "order.status", self._named(command)
            case ask.FetchOpenOrders(""):
                return "openOrders.status", {}
            case ask.FetchOpenOrders(instrument):
                return "openOrders.status", {"symbol": self.native(instrument)}
            case ask.FetchOrders(instrument, limit):
                return "allOrders", {"symbol": self.native(instrument), "limit": str(limit)}
            case ask.FetchFills(instrument, order_id, limit):
                one = {"orderId": order_id} if order_id else {}
                return "myTrades", {"symbol": self.native(instrument), **one, "limit": str(limit)}
            case ask.FetchBalances():
                return "account.status", {}
            case ask.FetchInstruments():
                return "exchangeInfo", {}
            case ask.FetchTicker(instrument):
                return "ticker.24hr", {"symbol": self.native(instrument)}
            case ask.FetchOrderBook(instrument, limit):
                return "depth", {"symbol": self.native(instrument), "limit": str(limit)}
            case ask.NativeCall(operation, parameters):
                return operation, dict(parameters)

    def _order(self, order: ask.PlaceOrder) -> Parameters:
        words = {
            "symbol": self.native(order.instrument),
            "side": order.side.value.upper(),
            "type": "LIMIT_MAKER" if order.post_only else order.order_type.value.upper(),
        }
        match order.order_type:
            case OrderType.LIMIT:
                if order.time_in_force not in (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK):
                    raise InvalidInput("orders can be gtc, ioc or fok here")
                if not order.post_only:
                    words["timeInForce"] = order.time_in_force.value.upper()
                words["quantity"] = plain(order.quantity, "quantity")
                words["price"] = plain(order.price, "price")
            case OrderType.MARKET if order.quote_quantity is not None:
                words["quoteOrderQty"] = plain(order.quote_quantity, "quote_quantity")
            case OrderType.MARKET:
                words["quantity"] = plain(order.quantity, "quantity")
        if order.client_order_id:
            if not fullmatch(VENUE.client_id, order.client_order_id):
                raise InvalidInput(f"client_order_id must look like {VENUE.client_id}")
            words["newClientOrderId"] = order.client_order_id
        return words | {"newOrderRespType": "FULL"}

    def _named(self, command: ask.CancelOrder | ask.FetchOrder) -> Parameters:
        words = {"symbol": self.native(command.instrument)}
        if command.order_id:
            words["orderId"] = command.order_id
        if command.client_order_id:
            words["origClientOrderId"] = command.client_order_id
        if len(words) == 1:
            raise InvalidInput("an order is named by order_id or client_order_id")
        return words

    def _refused(self, command: ask.Request, response: HttpResponse) -> Exception:
        """What a refusal means: the code decides, the status only where there is no known code."""
        orders = isinstance(command, ask.Order) or (
            isinstance(command, ask.NativeCall) and TABLE.by_name[command.operation].counts > 0
        )
        named = getattr(command, "client_order_id", "")
        try:
            problem = json.decode(response.body, type=trading.ErrorBody)
        except (DecodeError, ValidationError):
            text = f"HTTP {response.status} without a code"
            if 400 <= response.status < 500:
                return Rejected(text, "", response.status)
            return OutcomeUnknown(text, named) if orders else Unreadable(text, response.body)
        text = f"{problem.code} {problem.msg}"
        outcome = errors.OUTCOMES.get(problem.code, Outcome.UNKNOWN)
        if orders and outcome is Outcome.UNKNOWN:
            return OutcomeUnknown(text, named)
        return Rejected(text, str(problem.code), response.status)


# --- answers ------------------------------------------------------------------------------------

Naming = Callable[[str], str]
"""Turns the venue's name of an instrument into ours."""


def _placed(name: Naming, done: trading.NewOrder) -> Order:
    at = done.transact_time
    return _order_of(name, done, done.client_order_id, at, at)


def _cancelled(name: Naming, done: trading.CancelledOrder) -> Order:
    at = done.transact_time
    return _order_of(name, done, done.orig_client_order_id, at, at)


def _queried(name: Naming, row: trading.QueriedOrder) -> Order:
    return _order_of(name, row, row.client_order_id, row.time, row.update_time)


def _orders(name: Naming, rows: list[trading.QueriedOrder]) -> list[Order]:
    return [_queried(name, row) for row in rows]


def _order_of(
    name: Naming,
    row: trading.NewOrder | trading.CancelledOrder | trading.QueriedOrder,
    client_order_id: str,
    created: int,
    updated: int,
) -> Order:
    filled = Decimal(row.executed_qty)
    market_order = TYPES[row.type] is OrderType.MARKET
    return Order(
        order_id=str(row.order_id),
        client_order_id=client_order_id,
        instrument=name(row.symbol),
        side=Side(row.side.lower()),
        order_type=TYPES[row.type],
        time_in_force=TimeInForce(row.time_in_force.lower()),
        post_only=row.type == "LIMIT_MAKER",
        price=None if market_order else Decimal(row.price),
        quantity=_decimal(row.orig_qty),
        filled_quantity=filled,
        average_price=Decimal(row.cummulative_quote_qty) / filled if filled else None,
        trigger_price=_decimal(row.stop_price) or None,
        order_status=STATUSES[row.status],
        created=created * MILLISECONDS,
        updated=updated * MILLISECONDS,
    )


def _decimal(text: str | UnsetType) -> Decimal:
    return Decimal("0" if text is UNSET else text)


def _fills(name: Naming, rows: list[account.AccountTrade]) -> list[Fill]:
    return [
        Fill(
            fill_id=str(row.id),
            order_id=str(row.order_id),
            instrument=name(row.symbol),
            side=Side.BUY if row.is_buyer else Side.SELL,
            price=Decimal(row.price),
            quantity=Decimal(row.qty),
            fee=Decimal(row.commission),
            fee_asset=row.commission_asset,
            liquidity=Liquidity.MAKER if row.is_maker else Liquidity.TAKER,
            time=row.time * MILLISECONDS,
        )
        for row in rows
    ]


def _balances(_: Naming, found: account.Account) -> list[Balance]:
    return [Balance(row.asset, Decimal(row.free), Decimal(row.locked)) for row in found.balances]


def _instruments(_: Naming, found: market.ExchangeInfo) -> list[Instrument]:
    return [_instrument(row) for row in found.symbols]


def _instrument(row: market.Symbol) -> Instrument:
    rules = {type(rule): rule for rule in row.filters}
    price = cast(market.PriceFilter, rules[market.PriceFilter])
    lot = cast(market.LotSize, rules[market.LotSize])
    notional = rules.get(market.Notional) or rules.get(market.MinNotional)
    return Instrument(
        id=f"{row.base_asset}/{row.quote_asset}",
        native=row.symbol,
        base=row.base_asset,
        quote=row.quote_asset,
        tick_size=Decimal(price.tick_size),
        lot_size=Decimal(lot.step_size),
        min_quantity=Decimal(lot.min_qty),
        max_quantity=Decimal(lot.max_qty),
        min_notional=Decimal(getattr(notional, "min_notional", "0")),
        status=INSTRUMENT_STATUSES[row.status],
    )


def _ticker(name: Naming, row: market.Ticker24) -> Ticker:
    return Ticker(
        instrument=name(row.symbol),
        last=Decimal(row.last_price),
        bid=Decimal(row.bid_price) or None,
        ask=Decimal(row.ask_price) or None,
        open=Decimal(row.open_price),
        high=Decimal(row.high_price),
        low=Decimal(row.low_price),
        volume=Decimal(row.volume),
        quote_volume=Decimal(row.quote_volume),
        time=row.close_time * MILLISECONDS,
    )


def _book(instrument: str, row: market.Depth) -> OrderBook:
    return OrderBook(
        instrument=instrument,
        bids=_levels(row.bids),
        asks=_levels(row.asks),
        version=row.last_update_id,
        time=0,  # the venue does not date its book
    )


def _levels(rows: Sequence[market.Level]) -> tuple[Level, ...]:
    return tuple(Level(Decimal(price), Decimal(quantity)) for price, quantity in rows)


READERS: dict[type, tuple[Any, Callable[[Naming, Any], Any]]] = {
    ask.PlaceOrder: (trading.NewOrder, _placed),
    ask.CancelOrder: (trading.CancelledOrder, _cancelled),
    ask.FetchOrder: (trading.QueriedOrder, _queried),
    ask.FetchOpenOrders: (list[trading.QueriedOrder], _orders),
    ask.FetchOrders: (list[trading.QueriedOrder], _orders),
    ask.FetchFills: (list[account.AccountTrade], _fills),
    ask.FetchBalances: (account.Account, _balances),
    ask.FetchInstruments: (market.ExchangeInfo, _instruments),
    ask.FetchTicker: (market.Ticker24, _ticker),
}
"""The shape of a command's answer, and what makes it the model's noun."""
