"""What can be asked of each venue, read off its client: the word here, the venue's own, the doors.

    python -m tradewind.client.capabilities        prints the table of docs/capabilities.md

Nothing is claimed: every word is put to the venue's client, and what it would send is shown.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, cast

from msgspec import Struct

from ..model import (
    Instrument,
    InstrumentStatus,
    InvalidInput,
    ListKind,
    OrderType,
    Side,
)
from ..model import commands as ask
from ..protocol.asking import Client, ClientModule, Key
from ..protocol.operations import Fix, Operation, Rest, WebSocket
from ..protocol.signing import signer
from ..protocol.streaming import FeedModule
from ..venues import facts, have, names, part

ONE = Decimal(1)
BTC = "BTC/USDT"


class Capability(Struct, frozen=True):
    """One word: ``native`` is the venue's name of it, "" where it has none."""

    word: str
    native: str = ""
    doors: tuple[str, ...] = ()


class Capabilities(Struct, frozen=True):
    """What a venue's client can be asked."""

    venue: str
    title: str
    calls: tuple[Capability, ...]
    streams: tuple[Capability, ...]
    orders: tuple[str, ...]


def _calls() -> dict[str, Any]:
    order = ask.PlaceOrder(BTC, Side.BUY, OrderType.LIMIT, ONE, ONE)
    sell = ask.PlaceOrder(BTC, Side.SELL, OrderType.LIMIT, ONE, 3 * ONE)
    stop = ask.PlaceOrder(BTC, Side.SELL, OrderType.LIMIT, ONE, ONE, trigger_price=ONE)
    legs = {
        ListKind.OCO: (sell, stop),
        ListKind.OTO: (order, sell),
        ListKind.OTOCO: (order, sell, stop),
    }
    return {
        "place_order": order,
        "cancel_order": ask.CancelOrder(BTC, "1"),
        "amend_order": ask.AmendOrder(BTC, ONE, order_id="1"),
        "replace_order": ask.ReplaceOrder(ask.CancelOrder(BTC, "1"), order),
        **{
            f"place_order_list ({kind})": ask.PlaceOrderList(kind, orders)
            for kind, orders in legs.items()
        },
        "cancel_order_list": ask.CancelOrderList(BTC, "1"),
        "cancel_all_orders": ask.CancelAllOrders(BTC),
        "fetch_order": ask.FetchOrder(BTC, "1"),
        "fetch_order_list": ask.FetchOrderList(BTC, "1"),
        "fetch_amendments": ask.FetchAmendments(BTC, "1"),
        "fetch_open_orders": ask.FetchOpenOrders(BTC),
        "fetch_orders": ask.FetchOrders(BTC),
        "fetch_fills": ask.FetchFills(BTC),
        "fetch_balances": ask.FetchBalances(),
        "fetch_fees": ask.FetchFees(BTC),
        "fetch_key": ask.FetchKey(),
        "fetch_time": ask.FetchTime(),
        "fetch_instruments": ask.FetchInstruments(),
        "fetch_ticker": ask.FetchTicker(BTC),
        "fetch_order_book": ask.FetchOrderBook(BTC),
        "fetch_trades": ask.FetchTrades(BTC),
        "fetch_candles": ask.FetchCandles(BTC, "1m"),
    }


PRIVATE = ("stream_orders", "stream_fills", "stream_balances")
"""Told by the connection for requests, together and without being asked one by one."""

OTHER = {
    "book": "the live book that stream_book shows",
    "market": "what the streams and candles are made of",
    "call": "any operation by the venue's own name",
    "exchange": "any command of this table, with the request and the answer of the wire",
    "live": "waits until orders, fills and balances are reconciled",
    "outcome": "waits until it is known what became of an order call",
    "abandon": "leaves without a word",
    "account": "what is known of orders, fills and balances",
    "balances": "as they are followed",
    "clock": "the venue's time, estimated",
    "door": "the connections",
    "instruments": "what can be traded, as fetched",
    "is_live": "whether it is reconciled",
    "journal": "intents, orders and fills on disk",
    "name": "which venue it is",
    "order_desk": "where orders go through",
    "orders": "those that work, as they are followed",
    "reconciled": "what was found when it became live",
    "reconciler": "what finds out",
    "under_way": "whether anything is not known yet",
    "unknown": "order calls whose outcome is not known",
    "url": "where requests go",
}
"""Words of ``Venue`` that are no question to a venue, and what they are."""

_STREAMS: dict[str, Any] = {
    "stream_book": ask.StreamBook(BTC),
    "stream_quotes": ask.StreamQuotes(BTC),
    "stream_trades": ask.StreamTrades(BTC),
    "stream_candles": ask.StreamCandles(BTC, "1m"),
    "stream_ticker": ask.StreamTicker(BTC),
}


def of(venue: str) -> Capabilities | None:
    """The table of a venue; None while it has no client."""
    if not have(venue, "client"):
        return None
    known, module = facts(venue), part(venue, "client")
    client = cast(ClientModule, module).build(Key("k", signer("hmac", "s")))
    client.learn([_instrument()])
    feed = cast(FeedModule, module).feed(client)
    streams = tuple(
        Capability(word, _named(lambda c=command: feed.name(c)), (feed.facts.door,))
        for word, command in _STREAMS.items()
    )
    calls = tuple(_call(client, word, command) for word, command in _calls().items())
    return Capabilities(venue, known.title, calls, streams, tuple(sorted(known.capabilities)))


def markdown() -> Iterator[str]:
    """The table of every venue that has a client, line by line."""
    for venue in names():
        found = of(venue)
        if found is None:
            continue
        yield f"## {found.title}"
        yield ""
        yield "| here | there | through |"
        yield "|---|---|---|"
        for each in (*found.calls, *found.streams):
            native = f"`{each.native}`" if each.native else "not there"
            yield f"| `{each.word}` | {native} | {', '.join(each.doors)} |"
        yield ""
        told = ", ".join(f"`{word}`" for word in PRIVATE)
        yield f"Of the account, all on one private stream: {told}."
        yield ""
        yield f"Orders: {', '.join(found.orders)}."
        yield ""
    yield "## Words that ask nothing"
    yield ""
    yield "| word | what it is |"
    yield "|---|---|"
    for word, meaning in OTHER.items():
        yield f"| `{word}` | {meaning} |"
    yield ""


def _call(client: Client, word: str, command: ask.Request) -> Capability:
    try:
        operation = client.prepare(command).operation
    except InvalidInput:
        return Capability(word)
    return Capability(word, operation.name, _doors(operation))


def _doors(operation: Operation) -> tuple[str, ...]:
    words = {Rest: "REST", WebSocket: "WebSocket", Fix: "FIX"}
    return tuple(dict.fromkeys(words[type(door)] for door in operation.doors))


def _named(name: Any) -> str:
    try:
        return cast(str, name())
    except InvalidInput:
        return ""


def _instrument() -> Instrument:
    return Instrument(
        BTC, "BTCUSDT", "BTC", "USDT", ONE, ONE, ONE, ONE, ONE, InstrumentStatus.TRADING
    )


if __name__ == "__main__":
    print("\n".join(markdown()).rstrip())
