"""The WebSocket API and what it tells of the account.

web-socket-api.md "Request format", "Response format"; user-data-stream.md; 2026-07-21.

{"id": "7", "status": 200, "result": {...}, "rateLimits": [...]}
{"subscriptionId": 0, "event": {"e": "executionReport", ...}}
"""

from decimal import Decimal
from typing import Any

from msgspec import UNSET, DecodeError, Raw, Struct, UnsetType, ValidationError, json

from ....model import (
    Balance,
    Fill,
    InvalidInput,
    Liquidity,
    Order,
    OrderType,
    Side,
    TimeInForce,
    Unreadable,
)
from ....protocol.asking import Asked, Ended, Key, Reply, Told
from ....protocol.messages import HttpResponse
from ....protocol.operations import Kind, WebSocket
from .. import auth
from ..wire import user_data
from ..wire.account import OrderCount
from .orders import MILLISECONDS, TYPES, Naming, status

NO_LIST = -1

PREFIX = {"REQUEST_WEIGHT": "X-MBX-USED-WEIGHT-", "ORDERS": "X-MBX-ORDER-COUNT-"}
"""How REST's headers name what ``rateLimits`` says here, so that both are heard in one way."""


class _Message(Struct, frozen=True, rename="camel"):
    id: str | int | None = None
    status: int = 0
    result: Raw | UnsetType = UNSET
    error: Raw | UnsetType = UNSET
    event: Raw | UnsetType = UNSET
    rate_limits: list[OrderCount] | UnsetType = UNSET


class _Event(Struct, frozen=True):
    e: str


class _Report(Struct, frozen=True, rename={"last": "l", "created": "O"}):
    """What is read of an ``executionReport``. Of its fields some are newer than others and not on
    every report that is to be met; those that nobody needs here are not asked for.
    """

    s: str
    c: str
    C: str
    S: str
    o: str
    f: str
    q: str
    p: str
    P: str
    x: str
    X: str
    i: int
    last: str
    z: str
    L: str
    n: str
    N: str | None
    T: int
    t: int
    w: bool
    m: bool
    created: int
    Z: str
    g: int = NO_LIST
    W: int | UnsetType = UNSET


_KINDS: dict[str, dict[str, Kind]] = {}
"""The kinds of parameters, by operation and name, of operations that were asked for."""

_encode = json.Encoder().encode
_message = json.Decoder(_Message).decode


def frame(key: Key | None, asked: Asked, identifier: str, now: int) -> bytes:
    """A request as the WebSocket API takes it. Raises InvalidInput."""
    row = asked.operation
    door = next((door for door in row.doors if isinstance(door, WebSocket)), None)
    if door is None:
        raise InvalidInput(f"{row.name} is not asked over a WebSocket here")
    kinds = _KINDS.get(row.name)
    if kinds is None:
        kinds = {parameter.name: parameter.kind for parameter in row.parameters}
        _KINDS[row.name] = kinds
    params: dict[str, Any] = {
        name: _value(kinds.get(name, Kind.TEXT), name, text)
        for name, text in asked.parameters.items()
    }
    if row.permission is not None or row.signed:
        if key is None:
            raise InvalidInput(f"{row.name} needs a key")
        params["apiKey"] = key.api_key
        if row.signed:
            params["timestamp"] = now // MILLISECONDS
            params["signature"] = auth.sign_params(key.signer, params)
    return _encode({"id": identifier, "method": door.method, "params": params})


def _value(kind: Kind, name: str, text: str) -> Any:
    """Numbers, booleans and lists are JSON here; decimals of orders stay text."""
    if kind in (Kind.INTEGER, Kind.TIME, Kind.LIST) or name == "recvWindow":
        return Raw(text.encode())
    if kind is Kind.BOOLEAN:
        return text == "true"
    return text


def read(name: Naming, message: bytes) -> Reply | list[Told]:
    """An answer, or events. Raises Unreadable."""
    try:
        told = _message(message)
        if isinstance(told.event, Raw):
            return _event(name, told.event)
        body = told.result if told.error is UNSET else told.error
        if isinstance(body, UnsetType):
            raise Unreadable("neither answer nor event", message)
        headers = (
            () if isinstance(told.rate_limits, UnsetType) else tuple(map(_header, told.rate_limits))
        )
        return Reply(str(told.id), HttpResponse(told.status, bytes(body), headers))
    except (DecodeError, ValidationError, KeyError, ValueError, ArithmeticError) as error:
        raise Unreadable(f"WebSocket API: {error}", message) from error


def _header(limit: OrderCount) -> tuple[str, str]:
    prefix = PREFIX.get(limit.rate_limit_type, f"X-{limit.rate_limit_type}-")
    return f"{prefix}{limit.interval_num}{limit.interval[0]}", str(limit.count)


def _event(name: Naming, raw: Raw) -> list[Told]:
    match json.decode(raw, type=_Event).e:
        case "executionReport":
            return _report(name, json.decode(raw, type=_Report))
        case "outboundAccountPosition":
            told = json.decode(raw, type=user_data.AccountPosition)
            return [Balance(row.a, Decimal(row.f), Decimal(row.l)) for row in told.B]
        case "eventStreamTerminated" | "serverShutdown" as why:
            return [Ended(why)]
        case _:
            return []  # lists are told order by order, movements by the balances that follow


def _report(name: Naming, told: _Report) -> list[Told]:
    filled = Decimal(told.z)
    order = Order(
        order_id="" if told.i < 0 else str(told.i),  # -1: refused before it had one (guessed)
        client_order_id=told.C if told.x == "CANCELED" and told.C else told.c,
        instrument=name(told.s),
        side=Side(told.S.lower()),
        order_type=TYPES[told.o],
        time_in_force=TimeInForce(told.f.lower()),
        post_only=told.o == "LIMIT_MAKER",
        price=None if TYPES[told.o] is OrderType.MARKET else Decimal(told.p),
        quantity=Decimal(told.q),
        filled_quantity=filled,
        average_price=Decimal(told.Z) / filled if filled else None,
        trigger_price=Decimal(told.P) or None,
        order_status=status(told.X, told.w or told.W is not UNSET),
        created=told.created * MILLISECONDS,
        updated=told.T * MILLISECONDS,
        list_id="" if told.g == NO_LIST else str(told.g),
    )
    traded = told.x == "TRADE" and Decimal(told.last) > 0  # one of nothing has been met
    return [order, _fill(order, told)] if traded else [order]


def _fill(order: Order, told: _Report) -> Fill:
    return Fill(
        fill_id=str(told.t),
        order_id=order.order_id,
        instrument=order.instrument,
        side=order.side,
        price=Decimal(told.L),
        quantity=Decimal(told.last),
        fee=Decimal(told.n),
        fee_asset=told.N or "",
        liquidity=Liquidity.MAKER if told.m else Liquidity.TAKER,
        time=told.T * MILLISECONDS,
    )
