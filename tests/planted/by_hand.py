"""Mistakes that somebody could really make, each with the scenario that should see it."""

import base64
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .mistakes import ANSWER, EVENT, REFUSAL, REQUEST, Change, Mistake, Path, at, retype, shift

Row = dict[str, Any]


def field(path: str, do: Callable[[Any], Any]) -> Change:
    """A value becomes another."""

    def change(holder: Any, key: Any) -> bool:
        was = holder[key]
        holder[key] = do(was)
        return bool(holder[key] != was or type(holder[key]) is not type(was))

    return at(_path(path), change)


def renamed(path: str, other: str) -> Change:
    """A field has another name."""

    def change(holder: Any, key: Any) -> bool:
        holder[other] = holder.pop(key)
        return True

    return at(_path(path), change)


def gone(path: str) -> Change:
    """A field is not there."""

    def change(holder: Any, key: Any) -> bool:
        del holder[key]
        return True

    return at(_path(path), change)


def copied(path: str, source: str) -> Change:
    """A field holds what another holds."""

    def change(holder: Any, key: Any) -> bool:
        was, holder[key] = holder[key], holder[source]
        return bool(was != holder[key])

    return at(_path(path), change)


def swapped(path: str, other: str) -> Change:
    """Two fields hold each other's values."""

    def change(holder: Any, key: Any) -> bool:
        holder[key], holder[other] = holder[other], holder[key]
        return bool(holder[key] != holder[other])

    return at(_path(path), change)


def whole(do: Callable[[Any], Any]) -> Change:
    """The whole message becomes another."""

    def change(message: Any) -> tuple[Any, int]:
        made = do(message)
        return made, int(made != message)

    return change


def _path(text: str) -> Path:
    return tuple(text.split("."))


def _set(name: str, value: Any) -> Change:
    def change(message: Row) -> tuple[Row, int]:
        if name not in message:
            return message, 0
        return message | {name: value}, 1

    return change


def _rest_of(row: Any) -> Any:
    """executedQty holds what is left instead of what is done."""
    if "origQty" not in row:
        return row
    left = Decimal(row["origQty"]) - Decimal(row["executedQty"])
    return row | {"executedQty": f"{left:.8f}"}


def _levels(book: Any) -> Any:
    sides = {s: [{"p": p, "q": q} for p, q in book[s]] for s in ("bids", "asks")}
    return book | sides


def _upside_down(book: Any) -> Any:
    return book | {"bids": book["bids"][::-1]}


def _as_base64(words: Row) -> tuple[Row, int]:
    try:
        raw = bytes.fromhex(words["signature"])
    except ValueError:
        return words, 0
    return words | {"signature": base64.b64encode(raw).decode()}, 1


def _unchecked(words: Row) -> tuple[Row, int]:
    return words | {"signature": "right"}, 1


def _fresh(words: Row) -> tuple[Row, int]:
    import time

    return words | {"timestamp": str(time.time_ns() // 1_000_000)}, 1


def mistake(name: str, side: str, target: str, change: Change, scenario: str) -> Mistake:
    """One of the list."""
    return Mistake(name, side, target, change, scenario)


RESTS = "a resting order is found until it is cancelled"
FILLS = "a market order fills and pays what the fills say"
PRINTED = "a trade of mine is printed"
BOOK = "an order of mine stands in the book and goes"

BY_HAND: tuple[Mistake, ...] = (
    mistake("cummulativeQuoteQty loses an m", ANSWER, "order.place",
            renamed("cummulativeQuoteQty", "cumulativeQuoteQty"), RESTS),
    mistake("executedQty is called execQty", ANSWER, "order.status",
            renamed("executedQty", "execQty"), RESTS),
    mistake("a price is a number", ANSWER, "order.place", at(("price",), retype), RESTS),
    mistake("an order id is a text", ANSWER, "order.status", at(("orderId",), retype), RESTS),
    mistake("transactTime in seconds", ANSWER, "order.place", at(("transactTime",), shift), RESTS),
    mistake("a status that does not exist", ANSWER, "order.place",
            field("status", lambda _: "PARTIAL_FILL"), FILLS),
    mistake("a side in small letters", ANSWER, "order.status", field("side", str.lower), RESTS),
    mistake("no fills", ANSWER, "order.place", gone("fills"), FILLS),
    mistake("no orderListId", ANSWER, "order.place", gone("orderListId"), RESTS),
    mistake("no selfTradePreventionMode", ANSWER, "order.status",
            gone("selfTradePreventionMode"), RESTS),
    mistake("the fee of a buy is told in the quote asset", ANSWER, "order.place",
            field("fills.commissionAsset", lambda _: "USDT"), FILLS),
    mistake("executedQty holds what is left", ANSWER, "order.place", whole(_rest_of), RESTS),
    mistake("levels are objects", ANSWER, "depth", whole(_levels), BOOK),
    mistake("bids ascend", ANSWER, "depth", whole(_upside_down), BOOK),
    mistake("isBuyerMaker is the other way round", ANSWER, "trades.recent",
            field("isBuyerMaker", lambda v: not v), PRINTED),
    mistake("too little money is a filter failure", REFUSAL, "order.place",
            field("code", lambda v: -1013 if v == -2010 else v),
            "orders that cannot be are refused by their field"),
    mistake("signatures are read as base64", REQUEST, "signature", _as_base64, RESTS),
    mistake("signatures are not checked", REQUEST, "signature", _unchecked,
            "a wrong secret opens nothing"),
    mistake("timestamps are not checked", REQUEST, "timestamp", _fresh,
            "a clock that is late is refused"),
    mistake("the window for late requests is not read", REQUEST, "account.status",
            gone("recvWindow"), "a window for late requests is kept to"),
    mistake("the client's own order id is not read", REQUEST, "order.place",
            gone("newClientOrderId"), RESTS),
    mistake("quantities are read tenfold", REQUEST, "order.place",
            field("quantity", lambda v: str(Decimal(str(v)) * 10)), RESTS),
    mistake("immediate-or-cancel is not read", REQUEST, "order.place",
            field("timeInForce", lambda v: "GTC" if v == "IOC" else v),
            "immediate or cancel and fill or kill do not rest"),
    mistake("the limit of levels is not read", REQUEST, "depth", gone("limit"), BOOK),
    mistake("free and locked are exchanged", ANSWER, "account.status",
            swapped("balances.free", "locked"), "balances follow faucet orders and trades"),
    mistake("my own buy is told as a sell", ANSWER, "myTrades",
            field("isBuyer", lambda v: not v), FILLS),
    mistake("open orders are always none", ANSWER, "openOrders.status", whole(lambda _: []), RESTS),
    mistake("the two orders of a list stand in the other order", ANSWER, "orderList.place.oco",
            whole(lambda m: m | {"orderReports": m["orderReports"][::-1]}),
            "a pair can be placed and cancelled without the list of all"),
    mistake("the change in percent is a fraction", ANSWER, "ticker.24hr",
            field("priceChangePercent", lambda v: f"{Decimal(v) / 100:.3f}"),
            "the day takes in what i traded"),
    mistake("the taker volume of a candle is all of it", ANSWER, "klines",
            field("#9", lambda _: "99999.00000000"), "candles take in what i traded"),
    mistake("x and X of an execution are exchanged", EVENT, "executionReport", swapped("x", "X"),
            "user data tells of each fill"),
    mistake("events are told in seconds", EVENT, "executionReport", at(("E",), shift),
            "user data tells of a resting order and its cancel"),
    mistake("updates of the book have holes", EVENT, "depthUpdate", copied("U", "u"),
            "a book kept from the stream is the book"),
    mistake("the maker of a print is the other side", EVENT, "trade",
            field("m", lambda v: not v), "streams print my trade"),
    mistake("the close of a candle is its open", EVENT, "kline", copied("k.c", "o"),
            "the candle on the stream takes in my trade"),
)  # fmt: skip
