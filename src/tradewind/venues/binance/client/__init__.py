"""The client's side: what the model asks, in the venue's words, and its answers in the model's.

Everything is sent as a query string, signed last, as the official collection does. Answers are
read into the same Structs that the exchange writes; what they mean is said here and, separately,
in ``exchange``.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from msgspec import UNSET, DecodeError, Raw, Struct, UnsetType, ValidationError, json

from ....model import (
    Instrument,
    InstrumentStatus,
    InvalidInput,
    Level,
    OrderBook,
    Outcome,
    OutcomeUnknown,
    PartlyRejected,
    Rejected,
    Side,
    Ticker,
    Trade,
    Unreadable,
)
from ....model import commands as ask
from ....protocol.asking import (
    Asked,
    Identified,
    Key,
    Reply,
    Subscription,
    Told,
    missing,
)
from ....protocol.messages import HttpRequest, HttpResponse
from ....protocol.operations import Proof, Rest
from .. import auth, errors
from ..operations import TABLE
from ..wire import account, market, stream, trading, wallet
from . import market_data, native, orders, private

MILLISECONDS = 1_000_000

RECV_WINDOW_MS = 5_000
"""How long an order may be on its way; the venue's default, said so that it cannot change."""

_USUAL_WINDOW = str(RECV_WINDOW_MS)

REST = {row.name: door for row in TABLE.rows for door in row.doors[::-1] if isinstance(door, Rest)}
"""The HTTP door of an operation, the first where there are several."""

PLAIN = re.compile(r"[A-Za-z0-9_.-]*")

Parameters = dict[str, str]


INSTRUMENT_STATUSES = {
    "TRADING": InstrumentStatus.TRADING,
    "CANCEL_ONLY": InstrumentStatus.CANCEL_ONLY,
    "HALT": InstrumentStatus.HALTED,
    "BREAK": InstrumentStatus.HALTED,
    "END_OF_DAY": InstrumentStatus.ENDED,
}


# --- the client ---------------------------------------------------------------------------------


def build(key: Key | None) -> "Client":
    """A client that asks with a key, or only what is public."""
    return Client(key)


def feed(client: "Client") -> market_data.Feed:
    """The market streams, with the names that the client has learnt."""
    return market_data.Feed(client)


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

    def prepare(self, command: ask.Request) -> Asked:
        """A command in the venue's words."""
        operation, parameters = self._words(command)
        row = TABLE.by_name.get(operation)
        if row is None:
            raise InvalidInput(missing("operation", operation, TABLE.by_name))
        if row.permission is not None and self._key is None:
            raise InvalidInput(f"{row.name} needs a key; name one: connect(..., key='label')")
        if row.signed and row.proof is not Proof.NOT_AN_ORDER:
            parameters.setdefault("recvWindow", _USUAL_WINDOW)
        return Asked(row, parameters)

    def request(self, command: ask.Request, now: int) -> HttpRequest:
        """The signed request of a command."""
        return self.sign(self.prepare(command), now)

    def sign(self, asked: Asked, now: int) -> HttpRequest:
        """The request as it goes over HTTP: everything in the query, the signature last."""
        row, parameters = asked.operation, dict(asked.parameters)
        door = REST.get(row.name)
        if door is None:
            raise InvalidInput(f"{row.name} is not asked over HTTP here")
        headers = {}
        if row.permission is not None and self._key is not None:
            headers = {"X-MBX-APIKEY": self._key.api_key}
        if row.signed:
            parameters["timestamp"] = str(now // MILLISECONDS)
        query = _query(parameters)
        if row.signed and self._key is not None:
            query += "&signature=" + auth.sign_rest(self._key.signer, query)
        return HttpRequest(door.method, door.path, query, headers)

    def frame(self, asked: Asked, identifier: str, now: int) -> bytes:
        """The same over the WebSocket API."""
        return private.frame(self._key, asked, identifier, now)

    def expires(self, asked: Asked, now: int) -> int | None:
        """A request is good from its timestamp, which is cut to the millisecond, for recvWindow."""
        if not asked.operation.signed:
            return None
        told = asked.parameters.get("recvWindow")
        window = RECV_WINDOW_MS if told is None or told == _USUAL_WINDOW else Decimal(told)
        return now // MILLISECONDS * MILLISECONDS + int(window * MILLISECONDS)

    def follow(self, identifier: str, now: int) -> bytes:
        """Subscribe to user data; signed by itself, so that every kind of key can."""
        row = TABLE.by_name["userDataStream.subscribe.signature"]
        return private.frame(self._key, Asked(row, {}), identifier, now)

    def told(self, message: bytes) -> Reply | list[Told]:
        """An answer, or what happened to the account."""
        return private.read(self.id, message)

    def absent(self, error: Rejected) -> bool:
        """Orders and lists that are not there."""
        return error.code == str(errors.NO_SUCH_ORDER.code)

    def identify(self, call: ask.NativeCall, draw: Callable[[], str]) -> Identified:
        """A native order call with all its ids."""
        return native.identify(self.id, call, draw)

    def refusal(self, rule: str) -> str:
        """The venue's own words for a broken rule of an instrument."""
        return RULES[rule]

    def read(self, command: ask.Request, response: HttpResponse) -> Any:
        """The answer in the model's nouns."""
        try:
            if response.status >= 300:
                raise self._refused(command, response)
            match command:
                case ask.PlaceOrder():
                    return orders.placed(self.id, _placed(response.body))
                case ask.NativeCall():
                    return json.decode(response.body)
                case ask.CancelOrder():
                    return orders.ended(self.id, command, response.body)
                case ask.ReplaceOrder():
                    return orders.replaced(self.id, command, response.body)
                case ask.FetchOrderBook(instrument):
                    asked = self.id(self.native(instrument))
                    return _book(asked, json.decode(response.body, type=market.Depth))
                case ask.FetchTrades(instrument):
                    return market_data.trades(self.id(self.native(instrument)), response.body)
                case ask.FetchCandles(instrument):
                    return market_data.candles(self.id(self.native(instrument)), response.body)
                case _:
                    kind, make = READERS[type(command)]
                    return make(self.id, json.decode(response.body, type=kind))
        except (DecodeError, ValidationError, KeyError, ValueError, ArithmeticError) as error:
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
            raise InvalidInput(missing("instrument", instrument, (*self._native, *self._ids)))
        return name

    def id(self, native: str) -> str:
        """``BTC/USDT`` for the venue's own name; a new listing keeps its native one."""
        return self._ids.get(native, native)

    def _words(self, command: ask.Request) -> tuple[str, Parameters]:
        """The operation and its parameters, in the venue's words."""
        match command:
            case ask.PlaceOrder():
                return "order.place", orders.order(self.native, command)
            case ask.CancelOrder():
                return "order.cancel", orders.cancel(self.native, command)
            case ask.AmendOrder():
                return "order.amend.keepPriority", orders.amend(self.native, command)
            case ask.ReplaceOrder():
                return "order.cancelReplace", orders.replace(self.native, command)
            case ask.PlaceOrderList():
                return orders.placed_list(self.native, command)
            case ask.CancelOrderList():
                named = orders.named_list(self.native, command, "listClientOrderId")
                return "orderList.cancel", named
            case ask.CancelAllOrders(instrument):
                return "openOrders.cancelAll", {"symbol": self.native(instrument)}
            case ask.FetchOrder():
                return "order.status", orders.named(self.native, command)
            case ask.FetchOrderList():
                named = orders.named_list(self.native, command, "origClientOrderId")
                return "orderList.status", named
            case ask.FetchAmendments(instrument, order_id):
                symbol = {"symbol": self.native(instrument)}
                return "order.amendments", symbol | {"orderId": order_id, "limit": "1000"}
            case ask.FetchTime():
                return "time", {}
            case ask.FetchFees(instrument):
                return "account.commission", {"symbol": self.native(instrument)}
            case ask.FetchKey():
                return "wallet.account.apiRestrictions", {}
            case ask.FetchOpenOrders(""):
                return "openOrders.status", {}
            case ask.FetchOpenOrders(instrument):
                return "openOrders.status", {"symbol": self.native(instrument)}
            case ask.FetchOrders(instrument):
                symbol = {"symbol": self.native(instrument)}
                return "allOrders", symbol | orders.window(command, "orderId")
            case ask.FetchFills(instrument, order_id):
                one = {"orderId": order_id} if order_id else {}
                symbol = {"symbol": self.native(instrument)}
                return "myTrades", symbol | one | orders.window(command, "fromId")
            case ask.FetchBalances():
                return "account.status", {}
            case ask.FetchInstruments():
                return "exchangeInfo", {}
            case ask.FetchTicker(instrument):
                return "ticker.24hr", {"symbol": self.native(instrument)}
            case ask.FetchOrderBook(instrument, limit):
                return "depth", {"symbol": self.native(instrument), "limit": str(limit)}
            case ask.FetchTrades(instrument):
                return market_data.trade_words(self.native(instrument), command)
            case ask.FetchCandles(instrument):
                return "klines", market_data.candle_words(self.native(instrument), command)
            case ask.NativeCall(operation, parameters):
                return operation, dict(parameters)

    def _refused(self, command: ask.Request, response: HttpResponse) -> Exception:
        """What a refusal means: the code decides, the status only where there is no known code."""
        matters = isinstance(command, ask.Order) or (
            isinstance(command, ask.NativeCall)
            and TABLE.by_name[command.operation].proof is not Proof.NOT_AN_ORDER
        )
        name = getattr(command, "client_order_id", "")
        try:
            problem = json.decode(response.body, type=_Problem)
        except (DecodeError, ValidationError):
            text = f"HTTP {response.status} without a code"
            if 400 <= response.status < 500:
                return Rejected(text, "", response.status)
            return OutcomeUnknown(text, name) if matters else Unreadable(text, response.body)
        if problem.data is not UNSET and _replaces(command):
            return self._halved(command, problem, problem.data, response)
        text = f"{problem.code} {problem.msg}"
        if matters and _outcome(problem) is Outcome.UNKNOWN:
            return OutcomeUnknown(text, name)
        return Rejected(text, str(problem.code), response.status)

    def _halved(
        self, command: ask.Request, problem: "_Problem", data: Raw, response: HttpResponse
    ) -> Exception:
        """A cancel-replace of which not everything was done."""
        if json.decode(data, type=dict[str, Raw]).get("cancelResult") is None:
            return Rejected(f"{problem.code} {problem.msg}", str(problem.code), response.status)
        cancel = command.cancel if isinstance(command, ask.ReplaceOrder) else None
        done, *halves = orders.halves(self.id, cancel, data)
        reasons = [f"{half.why.code} {half.why.msg}" for half in halves if half.why is not None]
        text = f"{problem.code} {problem.msg} " + "; ".join(reasons)
        outcomes = [
            None if half.done else Outcome.REJECTED if half.why is None else _outcome(half.why)
            for half in halves
        ]
        if all(outcome is Outcome.REJECTED for outcome in outcomes):
            return Rejected(text, str(problem.code), response.status)
        return PartlyRejected(
            text, str(problem.code), response.status, done=done, outcomes=tuple(outcomes)
        )


def _replaces(command: ask.Request) -> bool:
    """Whether it is a cancel-replace, under whatever name."""
    if isinstance(command, ask.NativeCall):
        return command.operation == "order.cancelReplace"
    return isinstance(command, ask.ReplaceOrder)


def _query(parameters: Parameters) -> str:
    """Percent-encoded, where there is anything to encode: an order seldom has."""
    if PLAIN.fullmatch("".join(parameters.values())):
        return "&".join([f"{name}={text}" for name, text in parameters.items()])
    return urlencode(parameters)


class _Problem(Struct, frozen=True):
    code: int
    msg: str
    data: Raw | UnsetType = UNSET


def _outcome(problem: _Problem | trading.ErrorBody) -> Outcome:
    """What a code means. That an id is in use already is what a request meets that came twice."""
    if problem.msg == errors.DUPLICATE_ORDER:
        return Outcome.UNKNOWN
    return errors.OUTCOMES.get(problem.code, Outcome.UNKNOWN)


RULES = {
    rule: f"{errors.FILTER.code} {errors.FILTER.fill(name)}"
    for rule, name in {
        "tick_size": "PRICE_FILTER",
        "price_range": "PRICE_FILTER",
        "lot_size": "LOT_SIZE",
        "quantity_range": "LOT_SIZE",
        "market_quantity_range": "MARKET_LOT_SIZE",
        "min_notional": "NOTIONAL",
        "max_notional": "NOTIONAL",
    }.items()
} | {"status": f"{errors.MESSAGE.code} {errors.MARKET_CLOSED}"}
"""What the venue would say about a broken rule, by our name of it (filters.md, errors.md)."""


# --- answers ------------------------------------------------------------------------------------


class _Rule(Struct, frozen=True, rename="camel"):
    """What is read of a filter, whichever it is: kinds that came later are passed over."""

    filter_type: str
    min_price: str = "0"
    max_price: str = "0"
    tick_size: str = "0"
    min_qty: str = "0"
    max_qty: str = "0"
    step_size: str = "0"
    min_notional: str = "0"
    max_notional: str = "0"
    apply_min_to_market: bool = False
    apply_to_market: bool = False


class _Listed(Struct, frozen=True, rename="camel"):
    """What is read of a symbol."""

    symbol: str
    status: str
    base_asset: str
    quote_asset: str
    filters: list[_Rule]


class _Listings(Struct, frozen=True):
    symbols: list[_Listed]


def _instruments(_: orders.Naming, found: _Listings) -> list[Instrument]:
    return [_instrument(row) for row in found.symbols]


def _instrument(row: _Listed) -> Instrument:
    """A rule that a symbol does not have is 0, or None (filters.md). A state that nobody has heard
    of takes no orders.
    """
    rules = {rule.filter_type: rule for rule in row.filters}
    none = _Rule("")
    price, lot = rules.get("PRICE_FILTER", none), rules.get("LOT_SIZE", none)
    notional = rules.get("NOTIONAL") or rules.get("MIN_NOTIONAL") or none
    at_market = rules.get("MARKET_LOT_SIZE")
    return Instrument(
        id=f"{row.base_asset}/{row.quote_asset}",
        native=row.symbol,
        base=row.base_asset,
        quote=row.quote_asset,
        tick_size=_bare(price.tick_size),
        lot_size=_bare(lot.step_size),
        min_quantity=_bare(lot.min_qty),
        max_quantity=_bare(lot.max_qty),
        min_notional=_bare(notional.min_notional),
        status=INSTRUMENT_STATUSES.get(row.status, InstrumentStatus.HALTED),
        min_price=_bare(price.min_price) or None,
        max_price=_bare(price.max_price) or None,
        max_notional=_bare(notional.max_notional) or None,
        notional_on_market=notional.apply_min_to_market or notional.apply_to_market,
        market_min_quantity=_bare(at_market.min_qty) if at_market else None,
        market_max_quantity=_bare(at_market.max_qty) if at_market else None,
    )


def _bare(text: str) -> Decimal:
    """``0.01000000`` is 0.01 and ``10.00000000`` is 10: nothing is rounded."""
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def _ticker(name: orders.Naming, row: market.Ticker24) -> Ticker:
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


_placed = json.Decoder(trading.NewOrder).decode

READERS: dict[type, tuple[Any, Callable[[orders.Naming, Any], Any]]] = {
    ask.AmendOrder: (trading.Amended, orders.amended),
    ask.PlaceOrderList: (trading.NewOrderList, orders.listed),
    ask.CancelOrderList: (trading.CancelledOrderList, orders.listed),
    ask.CancelAllOrders: (list[Raw], orders.all_cancelled),
    ask.FetchOrder: (trading.QueriedOrder, orders.queried),
    ask.FetchOrderList: (trading.OrderList, orders.listed),
    ask.FetchAmendments: (list[account.Amendment], orders.amendments),
    ask.FetchOpenOrders: (list[trading.QueriedOrder], orders.queried_all),
    ask.FetchOrders: (list[trading.QueriedOrder], orders.queried_all),
    ask.FetchFills: (list[account.AccountTrade], orders.fills),
    ask.FetchBalances: (orders.Holdings, orders.balances),
    ask.FetchFees: (account.Commission, orders.fees),
    ask.FetchKey: (wallet.ApiRestrictions, orders.key),
    ask.FetchTime: (market.ServerTime, orders.clock),
    ask.FetchInstruments: (_Listings, _instruments),
    ask.FetchTicker: (market.Ticker24, _ticker),
}
"""The shape of a command's answer, and what makes it the model's noun."""
