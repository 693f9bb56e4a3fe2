"""What a stranger gets wrong: each mistake is named, with its reason and what to do instead."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.client.box import Box, client, run
from tests.client.test_outcomes_wire import PAIR

from tradewind.client import Venue, connect
from tradewind.model import (
    InvalidInput,
    Misconfigured,
    NotSent,
    OrderStatus,
    OrderType,
    Side,
    TradewindError,
)
from tradewind.model.commands import AmendOrder, CancelOrder, NativeCall, PlaceOrder, ReplaceOrder
from tradewind.net.memory import MemoryWire

Call = Callable[[Venue], Any]


def limit(**more: Any) -> Call:
    words = {"quantity": "1", "price": "50"} | more
    return lambda v: v.place_order(PAIR, "buy", "limit", **words)


def market(**more: Any) -> Call:
    return lambda v: v.place_order(PAIR, "buy", "market", **more)


def careless(*words: Any) -> PlaceOrder:
    """A command made by hand, which nobody has looked at."""
    return PlaceOrder(PAIR, *words)


MISTAKES: dict[str, tuple[Call, str]] = {
    "a float for a price": (limit(price=50.5), "price=50.5 is a float.*give text: '50.5'"),
    "a float for a quantity": (limit(quantity=0.1), "quantity=0.1 is a float"),
    "a truth": (limit(quantity=True), "quantity=True is no number"),
    "a comma": (limit(price="50,5"), "price='50,5' is no number; one looks like"),
    "less than nothing": (limit(quantity="-1"), "quantity must be a positive number, not -1"),
    "nothing": (limit(quantity=0), "quantity must be a positive number, not 0"),
    "no price": (limit(price=None), "a limit order needs a price and a quantity"),
    "money for a limit order": (limit(quote_quantity="5"), "quote_quantity is for market orders"),
    "a price at market": (market(quantity="1", price="50"), "takes no price: leave it out"),
    "two quantities": (market(quantity="1", quote_quantity="5"), "either a quantity or"),
    "no quantity at market": (market(), "either a quantity or a quote_quantity"),
    "post-only at market": (market(quantity="1", post_only=True), "rests nowhere"),
    "a profit without a trigger": (limit(trigger="take_profit"), "needs a trigger_price"),
    "a side": (
        lambda v: v.place_order(PAIR, "up", "limit", quantity="1", price="50"),
        "no Side 'up'; there are: buy, sell",
    ),
    "a stop": (
        lambda v: v.place_order(PAIR, "buy", "stop", quantity="1", price="50"),
        "with a trigger_price",
    ),
    "a prevention": (limit(self_trade_prevention="no"), "there are: none, expire_taker"),
    "an instrument": (
        lambda v: v.place_order("BTC/USDC", "buy", "limit", quantity="1", price="50"),
        "no instrument 'BTC/USDC' here; like it: .*BTC/USDT",
    ),
    "an instrument to look at": (lambda v: v.fetch_ticker("btcusdt"), "like it: .*BTCUSDT"),
    "no name of an order": (lambda v: v.cancel_order(PAIR), "order_id or client_order_id"),
    "no quantity to amend to": (lambda v: v.amend_order(PAIR, None, order_id="1"), "is missing"),
    "an operation": (lambda v: v.call("order.plaice"), "like it: .*order.place"),
    "a float natively": (lambda v: v.call("depth", symbol="BTCUSDT", limit=1.5), "limit=1.5 is a"),
    "a careless replacement": (
        lambda v: v.replace_order(careless("buy", "limit", 1.0, 50.0), order_id="1"),
        "quantity=1.0 is a float",
    ),
    "a careless list": (
        lambda v: v.place_order_list("oco", [careless("up", "limit", Decimal(1), Decimal(50))]),
        "no Side 'up'",
    ),
    "a careless command": (
        lambda v: v.exchange(careless("buy", "limit", 1.0, Decimal(50))),
        "quantity=1.0 is a float",
    ),
    "a careless change": (
        lambda v: v.exchange(AmendOrder(PAIR, 0.5, "1")),  # type: ignore[arg-type]  # the mistake
        "quantity=0.5 is a float",
    ),
    "seconds": (
        lambda v: v.fetch_candles(PAIR, "1m", 1_700_000_000),
        r"start=1700000000 is not in nanoseconds; seconds need \* 10\*\*9",
    ),
    "milliseconds": (
        lambda v: v.fetch_candles(PAIR, "1m", 0, 1_700_000_000_000),
        "end=1700000000000 is not in nanoseconds",
    ),
    "a float for a time": (lambda v: v.fetch_candles(PAIR, "1m", 1.7e18), "is no time"),
    "a list of one": (
        lambda v: v.place_order_list(
            "oco", [careless(Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(50))]
        ),
        "oco has 2 orders",
    ),
    "an outcome of nothing": (lambda v: v.outcome("x"), "no intent 'x' here"),
}


def test_a_mistake_says_what_and_why_and_nothing_is_sent() -> None:
    """InvalidInput with a text that helps; no order reaches the venue, nothing stays unknown."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            sent = len(box.asked)
            for what, (call, text) in MISTAKES.items():
                with pytest.raises(InvalidInput, match=text):
                    await call(venue)
                assert len(box.asked) == sent, what
            assert not venue.under_way
            assert box.placed() == []

    run(story)


def test_what_is_given_by_hand_is_understood_too() -> None:
    """Words for enums, text for numbers, numbers for native texts."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            order = await limit(self_trade_prevention="expire_both")(venue)
            new = careless("buy", "limit", "1", 49)
            both = await venue.replace_order(new, order_id=order.order_id)
            assert both.placed is not None
            assert both.placed.price == 49
            gone = CancelOrder(PAIR, both.placed.order_id)
            await venue.exchange(ReplaceOrder(gone, careless("buy", "limit", "1", "48")))
            (left,) = venue.orders.values()
            assert (left.price, left.order_status) == (48, OrderStatus.OPEN)
            book = await venue.call("depth", symbol="BTCUSDT", limit=1)
            assert len(book["bids"]) == 1
            await venue.exchange(NativeCall("order.cancel", {"symbol": "BTCUSDT", "orderId": 7}))  # type: ignore[dict-item]  # an int
            assert not venue.orders

    run(story)


def test_a_price_that_is_rounded_to_the_tick_is_taken() -> None:
    """By ``quantize`` or by the instrument itself; the venue pads its numbers, we do not."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire) as venue:
            rules = venue.instruments[PAIR]
            assert (str(rules.tick_size), str(rules.lot_size)) == ("0.01", "0.00001")
            price = Decimal("50.123456789")
            for rounded in (price.quantize(rules.tick_size), rules.round_price(price)):
                assert str(rounded) == "50.12"
                amount = rules.round_quantity(Decimal("0.123456789"))
                assert str(amount) == "0.12345"
                order = await venue.place_order(
                    PAIR, "buy", "limit", quantity=amount, price=rounded
                )
                assert order.price == rounded

    run(story)


def test_a_venue_says_that_it_is_not_open() -> None:
    """Before it was opened, after it was closed, and when it is opened twice."""

    async def story(box: Box, wire: MemoryWire) -> None:
        venue = client(box, wire)
        calls = (limit(), lambda v: v.fetch_ticker(PAIR), lambda v: anext(v.stream_quotes(PAIR)))
        for call in calls:
            with pytest.raises(NotSent, match="not open yet; use it within: async with"):
                await call(venue)
        async with venue:
            with pytest.raises(NotSent, match="open already"):
                await venue.__aenter__()
        for call in calls:
            with pytest.raises(NotSent, match="closed; for another one call"):
                await call(venue)
        with pytest.raises(NotSent, match="opened once"):
            await venue.__aenter__()

    run(story)


def test_a_stream_that_would_never_say_anything_is_refused() -> None:
    """Where nothing is followed, waiting for an order of ours is waiting for ever."""

    async def story(box: Box, wire: MemoryWire) -> None:
        async with client(box, wire, managed=False) as venue:
            for listen in (venue.stream_orders, venue.stream_fills, venue.stream_balances):
                with pytest.raises(Misconfigured, match="not followed here: that needs a key"):
                    listen()

    run(story)


@pytest.mark.parametrize(
    ("venue", "settings", "text"),
    [
        ("nasdaq", {}, "no venue 'nasdaq'; there are: binance"),
        ("kraken", {}, "kraken has no client yet"),
        ("binance", {"env": "prod"}, "no environment 'prod'; there are: local, live, testnet"),
        ("binance", {}, "no box runs on .*; start one with: tradewind up"),
        ("binance", {"env": "testnet"}, "no key 'default' for testnet; set TRADEWIND_BINANCE"),
        ("binance", {"env": "testnet", "orders_over": "fix"}, "'rest' or 'websocket', not 'fix'"),
    ],
)
def test_what_cannot_be_connected_to_is_said_at_once(
    venue: str, settings: dict[str, Any], text: str, tmp_path: Path
) -> None:
    """What there is instead, and what to do."""
    with pytest.raises(Misconfigured, match=text):
        connect(venue, data=tmp_path, **settings)


def test_every_error_of_ours_is_a_tradewind_error() -> None:
    """One ``except`` catches all that is raised on purpose."""
    assert issubclass(InvalidInput, NotSent)
    assert issubclass(NotSent, TradewindError)
    assert issubclass(Misconfigured, TradewindError)
    assert not issubclass(asyncio.TimeoutError, TradewindError)
