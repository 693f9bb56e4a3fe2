"""Market data: what is asked over REST, and the market streams of one combined connection.

web-socket-streams.md at 2026-07-21, read 2026-11-24. Streams are subscribed by control messages on
``/stream``, where every payload is wrapped with its stream's name.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from re import compile as pattern
from typing import Any, Protocol

from msgspec import DecodeError, Struct, ValidationError, json

from ....model import Candle, InvalidInput, Level, Quote, Side, Ticker, Trade, Unreadable
from ....model import commands as ask
from ....protocol.books import Change, Rules, Snapshot, spans
from ....protocol.limits import SECOND
from ....protocol.streaming import Answered, Data, Facts, Leaving
from ..operations.market import INTERVALS
from ..wire import market as wire
from ..wire import stream

MILLISECONDS = 1_000_000
HOUR = 3600 * SECOND

DEPTHS = (100, 500, 1000, 5000)
"""Steps of a snapshot's weight: 5, 25, 50, 250 (rest-api.md "Order book")."""

FACTS = Facts(
    door="streams",
    path="/stream",
    life=24 * HOUR,
    messages=5,  # inbound a second, pings and pongs too (web-socket-streams.md)
    per=SECOND,
    streams_max=1024,
    names_max=200,  # of one SUBSCRIBE: no limit is published, this keeps messages small
    depths=DEPTHS,
    rules=Rules(spans),
    quiet={  # ours: several times what each stream's cadence promises on a busy market
        ask.StreamBook: 5 * SECOND,
        ask.StreamQuotes: 10 * SECOND,
        ask.StreamTrades: 30 * SECOND,
        ask.StreamCandles: 10 * SECOND,
        ask.StreamTicker: 10 * SECOND,
    },
)

Naming = Callable[[str], str]


class Names(Protocol):
    """Both notations of instruments."""

    def native(self, instrument: str) -> str:
        """The venue's own name. Raises InvalidInput."""

    def id(self, native: str) -> str:
        """Ours for the venue's."""


# --- REST ---------------------------------------------------------------------------------------


def interval(word: str) -> str:
    """A candle interval that exists. Raises InvalidInput with those that do."""
    if word not in INTERVALS:
        raise InvalidInput(f"there is no interval {word!r} here; there are: {' '.join(INTERVALS)}")
    return word


def candle_words(native: str, command: ask.FetchCandles) -> dict[str, str]:
    """Parameters of klines; the venue's ends are inclusive and in ms."""
    words = {"symbol": native, "interval": interval(command.interval)}
    if command.start:
        words["startTime"] = str(-(-command.start // MILLISECONDS))
    if command.end:
        words["endTime"] = str(-(-command.end // MILLISECONDS) - 1)
    return words | {"limit": str(command.limit)}


def trade_words(native: str, command: ask.FetchTrades) -> tuple[str, dict[str, str]]:
    """Operation and parameters: from an id on it is another operation."""
    words = {"symbol": native, "limit": str(command.limit)}
    if not command.from_id:
        return "trades.recent", words
    return "trades.historical", words | {"fromId": command.from_id}


def candles(instrument: str, body: bytes) -> list[Candle]:
    """The answer of klines. Whether the last one is closed is not told: the clock says it."""
    return [_candle(instrument, row) for row in json.decode(body, type=list[wire.Kline])]


def _candle(instrument: str, row: wire.Kline) -> Candle:
    return Candle(
        instrument=instrument,
        opened=row[0] * MILLISECONDS,
        closed=(row[6] + 1) * MILLISECONDS,
        open=Decimal(row[1]),
        high=Decimal(row[2]),
        low=Decimal(row[3]),
        close=Decimal(row[4]),
        volume=Decimal(row[5]),
        quote_volume=Decimal(row[7]),
        trades=row[8],
    )


def trades(instrument: str, body: bytes) -> list[Trade]:
    """The answer of trades and historicalTrades."""
    return [
        Trade(
            trade_id=str(row.id),
            instrument=instrument,
            price=Decimal(row.price),
            quantity=Decimal(row.qty),
            aggressor_side=Side.SELL if row.is_buyer_maker else Side.BUY,
            time=row.time * MILLISECONDS,
        )
        for row in json.decode(body, type=list[wire.Trade])
    ]


# --- streams ------------------------------------------------------------------------------------


class _Control(Struct, frozen=True):
    """An answer or a refusal, read by either shape."""

    result: tuple[str, ...] | bool | None = None
    id: int | str | None = None
    error: stream.Fault | None = None


_PREFIX = b'{"stream":"'
_MIDDLE = b'","data":'
_control = json.Decoder(_Control).decode
_combined = json.Decoder(stream.Combined).decode
_depth = json.Decoder(stream.DepthUpdate).decode
_snapshot = json.Decoder(wire.Depth).decode
_trade = json.Decoder(stream.Trade).decode
_quote = json.Decoder(stream.BookTicker).decode
_kline = json.Decoder(stream.Kline).decode
_ticker = json.Decoder(stream.Ticker).decode
_encode = json.Encoder().encode


class Feed:
    """``protocol.streaming.Feed``: names, control messages, and what messages say."""

    facts = FACTS

    def __init__(self, names: Names) -> None:
        self._names = names
        self._readers: dict[bytes, tuple[str, Reader]] = {}

    def name(self, command: ask.Stream) -> str:
        """``btcusdt@depth@100ms``."""
        symbol = self._names.native(command.instrument).lower()
        if isinstance(command, ask.StreamCandles):
            return f"{symbol}@kline_{interval(command.interval)}"
        return f"{symbol}@{_KINDS[type(command)]}"

    def subscribe(self, names: Sequence[str], number: int) -> bytes:
        """``{"method":"SUBSCRIBE","params":["btcusdt@depth"],"id":1}``."""
        return _encode({"method": "SUBSCRIBE", "params": list(names), "id": number})

    def unsubscribe(self, names: Sequence[str], number: int) -> bytes:
        """The same with UNSUBSCRIBE."""
        return _encode({"method": "UNSUBSCRIBE", "params": list(names), "id": number})

    def probe(self, number: int) -> bytes:
        """LIST_SUBSCRIPTIONS: answered with the streams of this connection."""
        return _encode({"method": "LIST_SUBSCRIPTIONS", "id": number})

    def read(self, message: bytes) -> Data | Answered | Leaving:
        """``{"stream":"btcusdt@trade","data":{...}}`` or an answer to a control message."""
        try:
            if b'"serverShutdown"' in message[:80]:
                return Leaving()
            if message.startswith(_PREFIX):
                end = message.find(b'"', len(_PREFIX))
                begin = end + len(_MIDDLE)
                if message[end:begin] == _MIDDLE and message[-1:] == b"}":
                    name, reader = self._reader(message[len(_PREFIX) : end])
                    return Data(name, reader(self._names, memoryview(message)[begin:-1]))
            elif b'"stream"' not in message[:80]:
                return self._answer(message)
            wrapped = _combined(message)  # spaced unlike what was ever seen
            name, reader = self._reader(wrapped.stream.encode())
            return Data(name, reader(self._names, wrapped.data))
        except (DecodeError, ValidationError, ValueError, ArithmeticError, LookupError) as error:
            raise Unreadable(f"stream: {error}", message) from error

    def snapshot(self, body: bytes, depth: int) -> Snapshot:
        """``{"lastUpdateId":1,"bids":[["1","2"]],"asks":[]}``."""
        try:
            found = _snapshot(body)
        except (DecodeError, ValidationError) as error:
            raise Unreadable(f"depth: {error}", body) from error
        return Snapshot(found.last_update_id, found.bids, found.asks, depth)

    def _reader(self, name: bytes) -> "tuple[str, Reader]":
        known = self._readers.get(name)
        if known is not None:
            return known
        text = name.decode()
        for fits, reader in _READERS:
            if fits.fullmatch(text):
                if len(self._readers) >= FACTS.streams_max * 4:
                    self._readers.clear()
                self._readers[name] = text, reader
                return text, reader
        raise ValueError(f"nobody asked for {text}")

    @staticmethod
    def _answer(message: bytes) -> Answered:
        found = _control(message)
        if found.id is None and found.error is None:
            raise ValueError("neither data nor an answer")
        number = found.id if isinstance(found.id, int) else -1
        if found.error is not None:
            return Answered(number, f"{found.error.code} {found.error.msg}")
        return Answered(number, "", found.result if isinstance(found.result, tuple) else None)


Reader = Callable[[Names, Any], tuple[Any, ...]]


def read_change(_: Names, data: Any) -> tuple[Change]:
    """``{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":157,"u":160,"b":[["1","2"]],"a":[]}``."""
    found = _depth(data)
    return (Change(found.U, found.u, found.b, found.a, -1, found.E * MILLISECONDS),)


def _read_trade(names: Names, data: Any) -> tuple[Trade]:
    found = _trade(data)
    return (
        Trade(
            trade_id=str(found.t),
            instrument=names.id(found.s),
            price=Decimal(found.p),
            quantity=Decimal(found.q),
            aggressor_side=Side.SELL if found.m else Side.BUY,
            time=found.T * MILLISECONDS,
        ),
    )


def _read_quote(names: Names, data: Any) -> tuple[Quote]:
    found = _quote(data)
    return (
        Quote(
            instrument=names.id(found.s),
            bid=_level(found.b, found.B),
            ask=_level(found.a, found.A),
            version=found.u,
            time=0,  # the venue does not date it
        ),
    )


def _level(price: str, quantity: str) -> Level | None:
    amount = Decimal(quantity)
    return Level(Decimal(price), amount) if amount else None


def _read_candle(names: Names, data: Any) -> tuple[Candle]:
    found = _kline(data).k
    return (
        Candle(
            instrument=names.id(found.s),
            opened=found.t * MILLISECONDS,
            closed=(found.T + 1) * MILLISECONDS,
            open=Decimal(found.o),
            high=Decimal(found.h),
            low=Decimal(found.l),
            close=Decimal(found.c),
            volume=Decimal(found.v),
            quote_volume=Decimal(found.q),
            trades=found.n,
            is_closed=found.x,
        ),
    )


def _read_ticker(names: Names, data: Any) -> tuple[Ticker]:
    found = _ticker(data)
    return (
        Ticker(
            instrument=names.id(found.s),
            last=Decimal(found.c),
            bid=Decimal(found.b) or None,
            ask=Decimal(found.a) or None,
            open=Decimal(found.o),
            high=Decimal(found.h),
            low=Decimal(found.l),
            volume=Decimal(found.v),
            quote_volume=Decimal(found.q),
            time=found.C * MILLISECONDS,
        ),
    )


_KINDS: dict[type, str] = {
    ask.StreamBook: "depth@100ms",
    ask.StreamQuotes: "bookTicker",
    ask.StreamTrades: "trade",
    ask.StreamTicker: "ticker",
}

_READERS: tuple[tuple[Any, Reader], ...] = (
    (pattern(r"[^@]+@depth(@100ms|@1000ms)?"), read_change),
    (pattern(r"[^@]+@trade"), _read_trade),
    (pattern(r"[^@]+@bookTicker"), _read_quote),
    (pattern(r"[^@]+@kline_[0-9]+[a-zA-Z]"), _read_candle),
    (pattern(r"[^@]+@ticker"), _read_ticker),
)
