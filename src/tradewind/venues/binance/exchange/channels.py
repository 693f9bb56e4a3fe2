"""What each stream pushes: one channel per stream name and unit of time, encoded once for all.

    engine events -> Feed (one per symbol) -> trade, aggTrade, bookTicker at once; depth collected
    wall time     -> TIMED[kind](now, channel) -> depth, candles, tickers at their cadence

Cadences: web-socket-streams.md (2026-07-21). Guessed: a stream whose content has not changed says
nothing at its cadence, except referencePrice and the one-second candle.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

import msgspec

from ....engine.events import LevelChanged, Trade
from ....model import Side
from ....protocol.hosting import Bar, Host
from ..wire import stream as wire
from . import aggregates, books, statistics
from .markets import Market, text
from .reference import reference_price
from .stream_names import WINDOWS, StreamName

MILLISECOND = 1_000_000
SECOND = 1_000_000_000
FAST = 100 * MILLISECOND
SLOW = 2 * SECOND

BARS_MAX = 500
"""How many candles one push may close, when venue time jumps; older ones are left out."""

_encode = msgspec.json.Encoder().encode


class Listener(Protocol):
    """What a channel needs of a session."""

    def push(self, payload: bytes) -> None:
        """Put a text message into the outbox."""


class Channel:
    """One stream in one unit of time, and who listens: raw and combined connections apart."""

    __slots__ = (
        "asks",
        "before",
        "bids",
        "closes",
        "combined",
        "finished",
        "market",
        "name",
        "opened",
        "raw",
        "since",
        "unit",
    )

    def __init__(self, name: StreamName, market: Market | None, unit: int) -> None:
        self.name = name
        self.market = market
        self.unit = unit
        self.raw: dict[Listener, None] = {}
        self.combined: dict[Listener, None] = {}
        self.before: object = None
        """What was pushed last, without times."""

        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self.since = 0
        """Of a depth channel: the levels that changed, and the first update id among them."""

        self.opened = -1
        self.closes = 0
        self.finished = -1
        """Of a candle channel: the newest candle shown, its end, the newest shown as closed."""

    @property
    def empty(self) -> bool:
        """Whether nobody listens."""
        return not self.raw and not self.combined

    @property
    def cadence(self) -> int:
        """How often it pushes, in ns of wall time; 0 is at once."""
        kind = self.name.kind
        if kind in ("diff", "partial"):
            return FAST if self.name.fast else SECOND
        if kind == "kline":
            return SECOND if self.name.argument == "1s" else SLOW
        return SECOND if kind in TIMED else 0

    def send(self, payload: bytes) -> None:
        """Hand one payload to everybody."""
        for listener in self.raw:
            listener.push(payload)
        if self.combined:
            wrapped = b'{"stream":"%b","data":%b}' % (self.name.text.encode(), payload)
            for listener in self.combined:
                listener.push(wrapped)


class Feed:
    """The channels of one symbol that follow the engine's events."""

    __slots__ = ("aggregate", "book", "diff", "market", "trade")

    def __init__(self, market: Market) -> None:
        self.market = market
        self.trade: list[Channel] = []
        self.aggregate: list[Channel] = []
        self.book: list[Channel] = []
        self.diff: list[Channel] = []

    def of(self, kind: str) -> list[Channel] | None:
        """Where a channel of that kind belongs; None if it does not follow events."""
        return {
            "trade": self.trade,
            "aggregate": self.aggregate,
            "book": self.book,
            "diff": self.diff,
        }.get(kind)

    def follow(self, host: Host, trades: Sequence[Trade], levels: Sequence[LevelChanged]) -> None:
        """Take the events of one command or tick; the update id has been counted."""
        if trades:
            for channel in self.trade:
                _trades(host.now(), channel, self.market, trades)
            if self.aggregate:
                joined = aggregates.of_trades(trades)
                for channel in self.aggregate:
                    _aggregates(host.now(), channel, self.market, joined)
        if levels:
            for channel in self.diff:
                _collect(channel, self.market, levels)
            if self.book:
                self._book(host)

    def _book(self, host: Host) -> None:
        best = books.best(host, self.market)
        payload = b""
        for channel in self.book:
            if channel.before != best:
                channel.before = best
                payload = payload or _encode(
                    wire.BookTicker(self.market.updates.last, self.market.symbol, *best)
                )
                channel.send(payload)


def _trades(now: int, channel: Channel, market: Market, trades: Iterable[Trade]) -> None:
    unit = channel.unit
    for each in trades:
        event = wire.Trade(
            E=now // unit,
            s=market.symbol,
            t=each.trade_id,
            p=market.price(each.price),
            q=market.quantity(each.quantity),
            T=each.at // unit,
            m=each.aggressor_side is Side.SELL,
            M=True,
        )
        channel.send(_encode(event))


def _aggregates(
    now: int, channel: Channel, market: Market, joined: Iterable[aggregates.Aggregate]
) -> None:
    unit = channel.unit
    for each in joined:
        event = wire.AggregateTrade(
            E=now // unit,
            s=market.symbol,
            a=each.first,
            p=market.price(each.price),
            q=market.quantity(each.quantity),
            f=each.first,
            l=each.last,
            T=each.time // unit,
            m=each.aggressor_side is Side.SELL,
            M=True,
        )
        channel.send(_encode(event))


def _collect(channel: Channel, market: Market, levels: Iterable[LevelChanged]) -> None:
    if not channel.since:
        channel.since = market.updates.last
    for each in levels:
        side = channel.bids if each.side is Side.BUY else channel.asks
        side[each.price] = each.quantity


class Moment:
    """One flush: the time, and the statistics that several channels share in it."""

    def __init__(self, host: Host, markets: Iterable[Market]) -> None:
        self.host = host
        self.markets = tuple(markets)
        self.now = host.now()
        self._statistics: dict[tuple[str, str], statistics.Statistics] = {}

    def day(self, market: Market) -> statistics.Statistics:
        """The last 24 hours."""
        key = (market.symbol, "")
        if key not in self._statistics:
            self.host.look(market.symbol)
            self._statistics[key] = statistics.last_day(self.host, market)
        return self._statistics[key]

    def window(self, market: Market, size: str) -> statistics.Statistics:
        """A rolling window."""
        key = (market.symbol, size)
        if key not in self._statistics:
            self.host.look(market.symbol)
            self._statistics[key] = statistics.rolling(self.host, market, WINDOWS[size])
        return self._statistics[key]


def _diff(moment: Moment, channel: Channel, market: Market) -> Iterator[bytes]:
    if not channel.since:
        return
    bids = sorted(channel.bids.items(), reverse=True)
    asks = sorted(channel.asks.items())
    yield _encode(
        wire.DepthUpdate(
            E=moment.now // channel.unit,
            s=market.symbol,
            U=channel.since,
            u=market.updates.last,
            b=tuple(books.level(market, *each) for each in bids),
            a=tuple(books.level(market, *each) for each in asks),
        )
    )
    channel.since = 0
    channel.bids = {}
    channel.asks = {}


def _partial(moment: Moment, channel: Channel, market: Market) -> Iterator[bytes]:
    last = market.updates.last
    if channel.before == last:
        return
    channel.before = last
    count = channel.name.levels
    yield _encode(
        wire.PartialDepth(
            last,
            books.bids(moment.host, market, count),
            books.asks(moment.host, market, count),
        )
    )


def _kline(moment: Moment, channel: Channel, market: Market) -> Iterator[bytes]:
    moment.host.look(market.symbol)
    for bar in _bars(moment, channel, market):
        closed = bar.closed <= moment.now
        if bar.opened <= channel.finished or (bar == channel.before and not closed):
            continue
        channel.before = bar
        channel.opened, channel.closes = bar.opened, bar.closed
        if closed:
            channel.finished = bar.opened
        yield _encode(_candle(moment, channel, market, bar, closed))


def begin_candles(host: Host, channel: Channel, market: Market) -> None:
    """Remember the candle that is open when somebody begins to listen: its end will be told."""
    name = channel.name
    found = host.tape.bars(market.symbol, name.argument, limit=1, offset=name.offset)
    if found:
        channel.opened, channel.closes = found[-1].opened, found[-1].closed


def _bars(moment: Moment, channel: Channel, market: Market) -> Sequence[Bar]:
    """The candle shown last and what came after it; the newest one for a new channel."""
    bars, name = moment.host.tape.bars, channel.name
    if channel.opened < 0:
        return bars(market.symbol, name.argument, end=moment.now, limit=1, offset=name.offset)
    found = bars(
        market.symbol,
        name.argument,
        start=channel.opened,
        end=moment.now,
        limit=BARS_MAX,
        offset=name.offset,
    )
    if len(found) < BARS_MAX:
        return found
    return bars(market.symbol, name.argument, end=moment.now, limit=BARS_MAX, offset=name.offset)


def _candle(moment: Moment, channel: Channel, market: Market, bar: Bar, closed: bool) -> wire.Kline:
    unit = channel.unit
    return wire.Kline(
        E=moment.now // unit,
        s=market.symbol,
        k=wire.Candle(
            t=bar.opened // unit,
            T=bar.closed // unit - 1,
            s=market.symbol,
            i=channel.name.argument,
            f=bar.first_id,
            L=bar.last_id,
            o=market.price(bar.open),
            c=market.price(bar.close),
            h=market.price(bar.high),
            l=market.price(bar.low),
            v=market.quantity(bar.volume),
            n=bar.trades,
            x=closed,
            q=market.value(bar.value),
            V=market.quantity(bar.taker_volume),
            Q=market.value(bar.taker_value),
            B="0",
        ),
    )


def _mini_event(moment: Moment, channel: Channel, market: Market) -> wire.MiniTicker:
    day = moment.day(market)
    return wire.MiniTicker(
        E=moment.now // channel.unit,
        s=market.symbol,
        c=day.last,
        o=day.open,
        h=day.high,
        l=day.low,
        v=day.volume,
        q=day.value,
    )


def _window_event(moment: Moment, channel: Channel, market: Market) -> wire.WindowTicker:
    size = channel.name.argument
    now = moment.window(market, size)
    return wire.WindowTicker(
        e=f"{size}Ticker",
        E=moment.now // channel.unit,
        s=market.symbol,
        p=now.change,
        P=now.percent,
        o=now.open,
        h=now.high,
        l=now.low,
        c=now.last,
        w=now.average,
        v=now.volume,
        q=now.value,
        O=now.opened // channel.unit,
        C=now.closed // channel.unit,
        F=now.first_id,
        L=now.last_id,
        n=now.count,
    )


Event = wire.MiniTicker | wire.WindowTicker
Make = Callable[[Moment, Channel, Market], Event]


def _changed(
    moment: Moment, channel: Channel, make: Make, state: Callable[[Market], object]
) -> Iterator[bytes]:
    """One symbol's event if it changed, or an array of those of all symbols that did."""
    if channel.market is not None:
        now = state(channel.market)
        if channel.before != now:
            channel.before = now
            yield _encode(make(moment, channel, channel.market))
        return
    fresh = {market.symbol: state(market) for market in moment.markets}
    before = channel.before if isinstance(channel.before, dict) else fresh
    changed = [m for m in moment.markets if before.get(m.symbol) != fresh[m.symbol]]
    channel.before = fresh
    if changed:
        yield _encode([make(moment, channel, market) for market in changed])


def _mini(moment: Moment, channel: Channel) -> Iterator[bytes]:
    return _changed(moment, channel, _mini_event, lambda market: _content(moment.day(market)))


def _window(moment: Moment, channel: Channel) -> Iterator[bytes]:
    size = channel.name.argument
    return _changed(
        moment, channel, _window_event, lambda market: _content(moment.window(market, size))
    )


def _content(now: statistics.Statistics) -> object:
    """What makes two windows different: trades that came or went."""
    return now.first_id, now.last_id, now.count


def _ticker(moment: Moment, channel: Channel, market: Market) -> Iterator[bytes]:
    day = moment.day(market)
    best = books.best(moment.host, market)
    state = (_content(day), best)
    if channel.before == state:
        return
    channel.before = state
    last = moment.host.tape.last(market.symbol)
    unit = channel.unit
    yield _encode(
        wire.Ticker(
            E=moment.now // unit,
            s=market.symbol,
            p=day.change,
            P=day.percent,
            w=day.average,
            x=statistics.price_before(moment.host, market, day.first_id),
            c=day.last,
            Q=market.quantity(last.quantity if last else 0),
            b=best[0],
            B=best[1],
            a=best[2],
            A=best[3],
            o=day.open,
            h=day.high,
            l=day.low,
            v=day.volume,
            q=day.value,
            O=day.opened // unit,
            C=day.closed // unit,
            F=day.first_id,
            L=day.last_id,
            n=day.count,
        )
    )


def _average(moment: Moment, channel: Channel, market: Market) -> Iterator[bytes]:
    tape = moment.host.tape
    moment.host.look(market.symbol)
    price = text(tape.average_price(market.symbol, books.AVERAGE_MINUTES))
    last = tape.last(market.symbol)
    traded = last.time if last else moment.now
    if channel.before == (price, traded):
        return
    channel.before = (price, traded)
    yield _encode(
        wire.AveragePrice(
            E=moment.now // channel.unit,
            s=market.symbol,
            i=f"{books.AVERAGE_MINUTES}m",
            w=price,
            T=traded // channel.unit,
        )
    )


def _reference(moment: Moment, channel: Channel, market: Market) -> Iterator[bytes]:
    moment.host.look(market.symbol)
    now = reference_price(moment.host, market)
    if now is not None:
        units = None if now.units is None else text(now.units)
        yield _encode(wire.ReferencePrice(s=market.symbol, r=units, t=now.at // channel.unit))


Push = Callable[[Moment, Channel], Iterator[bytes]]


def _of_one(make: Callable[[Moment, Channel, Market], Iterator[bytes]]) -> Push:
    def push(moment: Moment, channel: Channel) -> Iterator[bytes]:
        assert channel.market is not None
        return make(moment, channel, channel.market)

    return push


TIMED: dict[str, Push] = {
    "diff": _of_one(_diff),
    "partial": _of_one(_partial),
    "kline": _of_one(_kline),
    "mini": _mini,
    "ticker": _of_one(_ticker),
    "window": _window,
    "average": _of_one(_average),
    "reference": _of_one(_reference),
}
"""What is due at a cadence, by kind of stream."""
