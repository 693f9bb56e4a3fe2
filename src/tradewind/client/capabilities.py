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
    return {
        "place_order": order,
        "cancel_order": ask.CancelOrder(BTC, "1"),
        "amend_order": ask.AmendOrder(BTC, ONE, order_id="1"),
        "replace_order": ask.ReplaceOrder(ask.CancelOrder(BTC, "1"), order),
        "cancel_order_list": ask.CancelOrderList(BTC, "1"),
        "cancel_all_orders": ask.CancelAllOrders(BTC),
        "fetch_order": ask.FetchOrder(BTC, "1"),
        "fetch_order_list": ask.FetchOrderList(BTC, "1"),
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
        yield f"Orders: {', '.join(found.orders)}."
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
