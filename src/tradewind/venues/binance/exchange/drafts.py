"""An order as it was asked for, before the engine: what its type demands and what it becomes.

    parameters -> Draft (``draft``) -> rules by type (``check_type``) -> filters -> ``PlaceOrder``

A draft's numbers are hundred-millionths as sent; 0 or "" is absent. ``prefix`` is the leg it was
read from ("" for a single order), so that errors can name the parameter that was sent.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from ....engine.commands import Peg, PegTo, PlaceOrder, Trigger, TriggerWhen
from ....model import InstrumentStatus, OrderType, SelfTradePrevention, Side, TimeInForce
from .. import errors
from .call import Call, Refusal
from .markets import Market
from .parameters import LONGEST

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
ID_LENGTH = 22
"""Length of client order ids that the venue makes up, as in all its samples."""

LIMITS = frozenset({"LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"})
STOPS = frozenset({"STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"})
TIMED = frozenset({"LIMIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"})
FULL_BY_DEFAULT = frozenset({"LIMIT", "MARKET"})


class Memo(Struct, frozen=True, omit_defaults=True, array_like=False):
    """What the engine does not keep for us: ``p`` the price sent with a peg (ticks), ``o`` that an
    offset was sent, ``s`` and ``t`` the strategy labels, ``r`` that it was routed.
    """

    p: int = 0
    o: bool = False
    s: int | None = None
    t: int | None = None
    r: bool = False


PLAIN = Memo()
_write = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder(Memo).decode


def read_memo(text: str) -> Memo:
    """The memo of an order."""
    return _read(text) if text else PLAIN


class Draft:
    """One order as asked for."""

    __slots__ = (
        "client_order_id",
        "iceberg",
        "market",
        "mode",
        "peg",
        "peg_offset",
        "peg_offset_type",
        "prefix",
        "price",
        "quantity",
        "quote_quantity",
        "routed",
        "side",
        "stop",
        "strategy_id",
        "strategy_type",
        "time_in_force",
        "trailing",
        "type",
    )

    client_order_id: str
    iceberg: int | None
    market: Market
    mode: str
    peg: str
    peg_offset: int | None
    peg_offset_type: str
    prefix: str
    price: int | None
    quantity: int | None
    quote_quantity: int | None
    routed: bool
    side: str
    stop: int | None
    strategy_id: int | None
    strategy_type: int | None
    time_in_force: str
    trailing: int | None
    type: str

    def name(self, word: str) -> str:
        """The parameter that this word of the draft was sent as."""
        return self.prefix + word[0].upper() + word[1:] if self.prefix else word

    @property
    def above(self) -> bool:
        """Whether its trigger lies above the market."""
        return (self.side == "BUY") is self.type.startswith("STOP")

    @property
    def algo(self) -> bool:
        """Whether it waits for a trigger."""
        return self.type in STOPS


_NAMES = (
    "type",
    "timeInForce",
    "quantity",
    "quoteOrderQty",
    "price",
    "stopPrice",
    "trailingDelta",
    "icebergQty",
    "strategyId",
    "strategyType",
    "pegPriceType",
    "pegOffsetType",
    "pegOffsetValue",
    "clientOrderId",
    "side",
)


def _compiled(prefix: str) -> tuple[str, ...]:
    if prefix:
        return tuple(prefix + name[0].upper() + name[1:] for name in _NAMES)
    return tuple("newClientOrderId" if name == "clientOrderId" else name for name in _NAMES)


PREFIXES = ("", "above", "below", "working", "pending", "pendingAbove", "pendingBelow")
_KEYS = {prefix: _compiled(prefix) for prefix in PREFIXES}


def draft(call: Call, prefix: str = "") -> Draft:
    """The order that a call's parameters ask for."""
    get = call.values.get
    (
        kind,
        tif,
        quantity,
        quote,
        price,
        stop,
        trailing,
        iceberg,
        strategy_id,
        strategy_type,
        peg,
        offset_type,
        offset,
        client,
        side,
    ) = _KEYS[prefix]
    made = Draft()
    made.prefix = prefix
    made.market = call.market
    made.type = get(kind, "")
    made.side = get(side, "")
    made.time_in_force = get(tif, "")
    made.quantity = get(quantity)
    made.quote_quantity = get(quote)
    made.price = get(price)
    made.stop = get(stop)
    made.trailing = get(trailing)
    made.iceberg = get(iceberg)
    made.strategy_id = get(strategy_id)
    made.strategy_type = get(strategy_type)
    made.peg = get(peg, "")
    made.peg_offset_type = get(offset_type, "")
    made.peg_offset = get(offset)
    made.client_order_id = get(client, "")
    made.mode = get("selfTradePreventionMode", "")
    made.routed = False
    return made


def _needs(order: Draft, word: str, value: object) -> None:
    if value is None or value == "":
        raise Refusal(errors.MANDATORY, order.name(word))


def _refuses(order: Draft, **words: object) -> None:
    for word, value in words.items():
        if value is not None and value != "":
            raise Refusal(errors.NOT_REQUIRED, order.name(word))


def check_type(order: Draft) -> None:
    """What the type of an order demands and forbids (rest-api.md "New order"; that missing ones
    come before superfluous ones is a guess). Raises Refusal.
    """
    kind = order.type
    if kind == "MARKET":
        _check_market(order)
    else:
        if kind in TIMED:
            _needs(order, "timeInForce", order.time_in_force)
        if kind in LIMITS and not order.peg:
            _needs(order, "price", order.price)
        if order.prefix == "" or order.prefix == "working":
            _needs(order, "quantity", order.quantity)
        if kind in STOPS and order.stop is None and order.trailing is None:
            raise Refusal(errors.ONE_OF_TWO, order.name("stopPrice"), order.name("trailingDelta"))
        if kind not in TIMED:
            _refuses(order, timeInForce=order.time_in_force)
        if kind not in LIMITS:
            _refuses(order, price=order.price, icebergQty=order.iceberg)
        _refuses(order, quoteOrderQty=order.quote_quantity)
    if kind not in STOPS:
        _refuses(order, stopPrice=order.stop, trailingDelta=order.trailing)
    if order.peg or order.peg_offset_type or order.peg_offset is not None:
        _check_peg(order)


def _check_market(order: Draft) -> None:
    if order.prefix == "":
        if order.quantity is None and order.quote_quantity is None:
            raise Refusal(errors.ONE_OF_TWO, "quantity", "quoteOrderQty")
        if order.quantity is not None and order.quote_quantity is not None:
            raise Refusal(errors.BAD_COMBINATION)
        if order.quote_quantity is not None and order.quote_quantity > LONGEST:
            raise Refusal(errors.OVERFLOW, "quoteOrderQty")  # no filter bounds it (guessed)
    _refuses(order, timeInForce=order.time_in_force, price=order.price, icebergQty=order.iceberg)


def _check_peg(order: Draft) -> None:
    """faqs/pegged_orders.md. Codes are guessed, the texts documented."""
    if bool(order.peg_offset_type) != (order.peg_offset is not None) or not order.peg:
        names = [order.name(word) for word in ("pegPriceType", "pegOffsetType", "pegOffsetValue")]
        raise Refusal(errors.TOGETHER, ", ".join(names if not order.peg else names[1:]))
    if order.type not in LIMITS:
        raise Refusal(errors.MESSAGE, errors.NO_PEG_FOR_TYPE)
    if order.type == "LIMIT_MAKER" and order.peg == "MARKET_PEG":
        raise Refusal(errors.MESSAGE, errors.WRONG_PEG_FOR_TYPE)
    if order.type == "LIMIT" and order.peg == "PRIMARY_PEG" and order.time_in_force != "GTC":
        raise Refusal(errors.MESSAGE, errors.COMBINATION)


_WORDS = {
    "MARKET": "Market",
    "STOP_LOSS": "Stop loss",
    "STOP_LOSS_LIMIT": "Stop loss limit",
    "TAKE_PROFIT": "Take profit",
    "TAKE_PROFIT_LIMIT": "Take profit limit",
    "LIMIT_MAKER": "Limit maker",
    "LIMIT": "Limit",
}


def check_allowed(order: Draft, status: InstrumentStatus) -> None:
    """What the symbol allows (texts errors.md; that they come with -1013 was seen in public
    threads). Raises Refusal.
    """
    info = order.market.info
    if status is not InstrumentStatus.TRADING:
        raise Refusal(errors.MESSAGE, errors.MARKET_CLOSED)
    if order.type not in info.order_types:
        raise Refusal(errors.MESSAGE, errors.NOT_SUPPORTED % _WORDS[order.type])
    if order.iceberg is not None:
        _check_iceberg(order)
    if order.trailing is not None and not info.allow_trailing_stop:
        raise Refusal(errors.MESSAGE, errors.NOT_SUPPORTED % "Trailing stop")
    if order.quote_quantity is not None and not info.quote_order_qty_market_allowed:
        raise Refusal(errors.MESSAGE, errors.QUOTE_NOT_SUPPORTED)
    if order.peg and info.peg_instructions_allowed is False:
        raise Refusal(errors.MESSAGE, errors.NOT_SUPPORTED % "Pegged")
    if order.mode and order.mode not in info.allowed_self_trade_prevention_modes:
        raise Refusal(errors.STP_MODE)


def _check_iceberg(order: Draft) -> None:
    if not order.market.info.iceberg_allowed:
        raise Refusal(errors.MESSAGE, errors.NOT_SUPPORTED % "Iceberg")
    if order.type in TIMED and order.time_in_force != "GTC":
        if order.prefix in ("above", "below", "pendingAbove", "pendingBelow"):
            raise Refusal(errors.OCO_ICEBERG_TIF, order.name("icebergQty"))
        raise Refusal(errors.MESSAGE, errors.COMBINATION)
    if order.iceberg and order.quantity is not None and order.iceberg >= order.quantity:
        raise Refusal(errors.MESSAGE, errors.ICEBERG_EXCEEDS)


_SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
_TIMES = {
    "": TimeInForce.GTC,
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
}
_PEGS = {"PRIMARY_PEG": PegTo.PRIMARY, "MARKET_PEG": PegTo.MARKET}


def command(
    call: Call, order: Draft, limits: tuple[int, int] = (0, 0), fee_price: int = 0
) -> PlaceOrder:
    """The engine's command for a draft that passed its filters. ``limits`` is the range in which it
    may take, in ticks.
    """
    market = order.market
    ticks = market.read_price(order.price) if order.price else 0
    pegged = bool(order.peg)
    return PlaceOrder(
        account=call.account,
        instrument=market.symbol,
        side=_SIDES[order.side],
        order_type=OrderType.LIMIT if order.type in LIMITS else OrderType.MARKET,
        quantity=market.read_lots(order.quantity) if order.quantity else 0,
        price=0 if pegged else ticks,
        quote_quantity=order.quote_quantity or 0,
        time_in_force=_TIMES[order.time_in_force],
        post_only=order.type == "LIMIT_MAKER",
        client_order_id=order.client_order_id or call.host.draw(LETTERS, ID_LENGTH),
        self_trade_prevention=(
            SelfTradePrevention(order.mode.lower())
            if order.mode
            else market.listing.self_trade_prevention
        ),
        display_quantity=market.read_lots(order.iceberg) if order.iceberg else 0,
        trigger=_trigger(order) if order.type in STOPS else None,
        peg=Peg(to=_PEGS[order.peg], offset=order.peg_offset or 0) if pegged else None,
        price_low=limits[0],
        price_high=limits[1],
        fee_price=fee_price,
        memo=_memo(order, ticks if pegged else 0),
    )


def _trigger(order: Draft) -> Trigger:
    return Trigger(
        when=TriggerWhen.AT_OR_ABOVE if order.above else TriggerWhen.AT_OR_BELOW,
        price=order.market.read_price(order.stop) if order.stop else 0,
        trailing=order.trailing or 0,
    )


def _memo(order: Draft, price: int) -> str:
    memo = Memo(
        price, order.peg_offset is not None, order.strategy_id, order.strategy_type, order.routed
    )
    return "" if memo == PLAIN else _write(memo).decode()


def respond_as(values: Mapping[str, Any], kind: str) -> str:
    """Which answer is wanted: MARKET and LIMIT default to FULL, others to ACK."""
    asked = values.get("newOrderRespType")
    return str(asked) if asked else "FULL" if kind in FULL_BY_DEFAULT else "ACK"
