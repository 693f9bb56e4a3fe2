"""The books that play the stream: ours bare, ours with ledger and events, and three peers.

Each has ``prepare`` (untimed: build commands in the book's own terms), ``play`` (timed) and
``result`` (untimed, a run of its own that tells the fills where the book reports them).
"""

import ctypes
import importlib
from collections import Counter
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

from tradewind.engine.book import Half
from tradewind.engine.commands import (
    AddAsset,
    AnyCommand,
    CancelOrder,
    List,
    OpenAccount,
    PlaceOrder,
    Transfer,
)
from tradewind.engine.engine import Engine
from tradewind.engine.events import Fill
from tradewind.engine.listing import OUTSIDE_ACCOUNT, Asset, FeeRates, Listing
from tradewind.engine.orders import Resting
from tradewind.model import Liquidity, OrderType, Side

from .stream import Bare, Command, Fills


class Contender(NamedTuple):
    """A book in the race. ``note`` says what is missing, then the rest is not used."""

    name: str
    note: str
    prepare: Callable[[list[Command]], Any]
    play: Callable[[Any], None]
    result: Callable[[Any], Fills]
    tells_fills: bool


def contenders() -> list[Contender]:
    """All of them, also those that are not installed."""
    return [
        Contender("tradewind book", "", list, _bare_play, _bare_result, True),
        Contender("tradewind book + ledger", "", _commands, _engine_play, _engine_result, True),
        *_peer("limit-order-book", "limit_order_book", _lob),
        *_peer("litebook", "litebook", _litebook),
        *_peer("lightmatchingengine", "lightmatchingengine.lightmatchingengine", _light),
    ]


def _peer(name: str, module: str, build: Callable[[ModuleType, str], Contender]) -> list[Contender]:
    try:
        return [build(importlib.import_module(module), name)]
    except ImportError as error:
        note = f"not measured: {error}"
        return [Contender(name, note, list, _nothing, lambda _: Fills([], {}), False)]


def _nothing(_: Any) -> None:
    return None


# ---------------------------------------------------------------- ours


def _bare_play(stream: list[Command]) -> None:
    bids: Half[Resting] = Half(1, watched=False)
    asks: Half[Resting] = Half(-1, watched=False)
    orders: dict[int, Resting] = {}
    for order_id, buys, price, quantity in stream:
        if not quantity:
            (bids if buys else asks).remove(orders.pop(order_id))
            continue
        own, other, limit = (bids, asks, -price) if buys else (asks, bids, price)
        if other.keys and other.keys[-1] >= limit:
            for maker, _, lots in other.sweep(limit, quantity):
                quantity -= lots
                if not maker.shown:
                    del orders[maker.order_id]
            if not quantity:
                continue
        order = Resting()
        order.order_id = order_id
        order.price = price
        order.remaining = order.shown = quantity
        orders[order_id] = order
        own.insert(order)


def _bare_result(stream: list[Command]) -> Fills:
    bare, fills = Bare(), []
    for order_id, buys, price, quantity in stream:
        if quantity:
            got = bare.add(order_id, buys, price, quantity)
            fills += [(maker.order_id, paid, lots) for maker, paid, lots in got]
        else:
            bare.cancel(order_id, buys)
    levels = [*bare.bids.levels.values(), *bare.asks.levels.values()]
    return Fills(fills, {level.price: level.visible for level in levels})


def _opening() -> list[AnyCommand]:
    """Two rich accounts: one buys, one sells, and each pays fees."""
    commands: list[AnyCommand] = [
        AddAsset(asset=Asset("BTC", 8)),
        AddAsset(asset=Asset("USDT", 8)),
        List(listing=Listing("BTCUSDT", "BTC", "USDT", base_per_lot=1_000, value_numerator=10)),
    ]
    for account in (1, 2):
        commands.append(OpenAccount(account=account, fees=FeeRates(100_000, 100_000)))
        commands += [
            Transfer(source=OUTSIDE_ACCOUNT, target=account, asset=asset, amount=10**18)
            for asset in ("BTC", "USDT")
        ]
    return commands


def _commands(stream: list[Command]) -> list[AnyCommand]:
    out: list[AnyCommand] = []
    for order_id, buys, price, quantity in stream:
        account = 1 if buys else 2
        if not quantity:
            out.append(CancelOrder(account=account, instrument="BTCUSDT", order_id=order_id))
            continue
        out.append(
            PlaceOrder(
                account=account,
                instrument="BTCUSDT",
                side=Side.BUY if buys else Side.SELL,
                order_type=OrderType.LIMIT,
                quantity=quantity,
                price=price,
                client_order_id=f"c{order_id}",
            )
        )
    return out


def _open_engine() -> Engine:
    engine = Engine()
    for command in _opening():
        engine.apply(command, 0)
    return engine


def _engine_play(commands: list[AnyCommand]) -> None:
    apply = _open_engine().apply
    for command in commands:
        apply(command, 1)


def _engine_result(commands: list[AnyCommand]) -> Fills:
    engine, fills = _open_engine(), []
    for command in commands:
        for event in engine.apply(command, 1):
            if isinstance(event, Fill) and event.liquidity is Liquidity.MAKER:
                fills.append((event.order.order_id, event.price, event.quantity))
    engine.audit()
    book = {p: q for side in Side for p, q in engine.levels("BTCUSDT", side, 10**9)}
    return Fills(fills, book)


# ---------------------------------------------------------------- peers


def _lob(module: ModuleType, name: str) -> Contender:
    """A C++ book behind ctypes. It reports no fills, so what rests is compared."""

    def play(stream: list[Command]) -> Any:
        book = module.LimitOrderBook()
        buy, sell, cancel = book.limit_buy, book.limit_sell, book.cancel
        for order_id, buys, price, quantity in stream:
            if not quantity:
                cancel(order_id)
            elif buys:
                buy(order_id, quantity, price)
            else:
                sell(order_id, quantity, price)
        return book

    def result(stream: list[Command]) -> Fills:
        book = play(stream)
        prices = {command.price for command in stream if command.quantity}
        volumes = {price: _whole(book.volume(price)) for price in prices}
        return Fills([], {price: lots for price, lots in volumes.items() if lots})

    return Contender(name, "", list, play, result, False)


def _whole(value: Any) -> int:
    return int(value.value if isinstance(value, ctypes._SimpleCData) else value)


def _litebook(module: ModuleType, name: str) -> Contender:
    """A book in Rust. It draws the ids itself, as text, so ours are kept beside them.

    Its fills (0.0.1) call the order that rested ``buy_id`` whatever its side, and name the price of
    the order that sells.
    """

    def play(stream: list[Command], fills: list[Any] | None = None) -> tuple[Any, dict[str, int]]:
        book = module.OrderBook(tick_size=1.0)
        create, add, cancel = book.create_order, book.add, book.cancel
        buy, sell = module.OrderType.Buy, module.OrderType.Sell
        names: dict[int, str] = {}
        for order_id, buys, price, quantity in stream:
            if quantity:
                order = create(buy if buys else sell, price, quantity)
                names[order_id] = order.id
                got = add(order)
                if fills is not None:
                    fills += got
            else:
                cancel(names[order_id])
        return book, {text: number for number, text in names.items()}

    def result(stream: list[Command]) -> Fills:
        told: list[Any] = []
        book, ids = play(stream, told)
        fills = [(ids[fill.buy_id], round(fill.price), round(fill.quantity)) for fill in told]
        rest: Counter[int] = Counter()
        for order in (*book.buy_orders, *book.sell_orders):
            rest[order.price_in_ticks] += round(order.quantity)
        return Fills(fills, dict(rest))

    return Contender(name, "", list, lambda stream: _drop(play(stream)), result, True)


def _light(module: ModuleType, name: str) -> Contender:
    """A book in Python. It numbers orders as the stream does."""

    def play(stream: list[Command], fills: list[Any] | None = None) -> Any:
        engine = module.LightMatchingEngine()
        add, cancel = engine.add_order, engine.cancel_order
        buy, sell = module.Side.BUY, module.Side.SELL
        for order_id, buys, price, quantity in stream:
            if quantity:
                order, trades = add("X", price, quantity, buy if buys else sell)
                if fills is not None:
                    fills += [trade for trade in trades if trade.order_id != order.order_id]
            else:
                cancel(order_id, "X")
        return engine

    def result(stream: list[Command]) -> Fills:
        told: list[Any] = []
        book = play(stream, told).order_books["X"]
        fills = [(trade.order_id, trade.trade_price, trade.trade_qty) for trade in told]
        rest = {
            price: sum(order.leaves_qty for order in orders)
            for half in (book.bids, book.asks)
            for price, orders in half.items()
        }
        return Fills(fills, rest)

    return Contender(name, "", list, lambda stream: _drop(play(stream)), result, True)


def _drop(_: Any) -> None:
    """What was built is let go inside the timed part, as for the others."""
