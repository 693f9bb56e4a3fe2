"""The market streams: what is pushed when, the control messages, and how a connection ends."""

import json
from itertools import pairwise
from typing import Any

import pytest
from tests.venues.binance.asking import ask
from tests.venues.binance.fake_tape import DAY, HOUR, MINUTE, SECOND, START, Box

from tradewind.engine.commands import CancelAll
from tradewind.model import Side
from tradewind.protocol.messages import Close, HttpRequest, HttpResponse, Ping, Pong
from tradewind.venues.binance.exchange import stream_names
from tradewind.venues.binance.exchange.books import asks, bids
from tradewind.venues.binance.exchange.limiter import Addresses
from tradewind.venues.binance.exchange.stream_session import StreamSession
from tradewind.venues.binance.exchange.streams import Streams
from tradewind.venues.binance.limits import in_force
from tradewind.venues.binance.operations.market import INTERVALS

BUY, SELL = Side.BUY, Side.SELL
BTC = "BTCUSDT"
MS = 1_000_000
FLUSH = 100 * MS


class Desk:
    """A box with its streams, and one client's view of them."""

    def __init__(self, **settings: Any) -> None:
        self.box = Box(**settings)
        addresses = Addresses(in_force(self.box.settings), self.box.settings)
        self.streams = Streams(self.box, self.box.markets, addresses)
        self.box.publish = self.streams.publish

    def open(self, path: str = "/ws", query: str = "", peer: str = "127.0.0.1") -> StreamSession:
        session = self.streams.open(HttpRequest("GET", path, query, peer=peer))
        assert isinstance(session, StreamSession), session
        return session

    def refused(self, path: str, query: str = "") -> HttpResponse:
        answer = self.streams.open(HttpRequest("GET", path, query))
        assert isinstance(answer, HttpResponse)
        return answer

    def trade(self, price: str = "100000", quantity: str = "1", side: Side = BUY) -> None:
        self.box.rest(BTC, side.opposite, price, quantity)
        self.box.take(BTC, side, price, quantity)

    def run(self, nanoseconds: int) -> None:
        """Let both clocks go on, flushing ten times a second."""
        for _ in range(nanoseconds // FLUSH):
            self.box.pass_time(FLUSH)
            self.streams.flush()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def said(session: StreamSession) -> list[Any]:
    return [json.loads(frame) for frame in session.take() if isinstance(frame, bytes)]


def send(session: StreamSession, message: str) -> Any:
    session.receive(message.encode(), session._streams.host.wall())
    (answer,) = said(session)
    return answer


# --- events -------------------------------------------------------------------------------------


def test_trade_and_aggregate_trade(desk: Desk) -> None:
    """Raw trades one by one, one aggregate per taker and price, both with their own ids."""
    trades, joined = desk.open("/ws/btcusdt@trade"), desk.open("/ws/btcusdt@aggTrade")
    for price, quantity in (("100000", "1"), ("100000", "2"), ("100001", "1")):
        desk.box.rest(BTC, SELL, price, quantity)
    desk.box.take(BTC, BUY, "100001", "3.5")
    first, second, third = said(trades)
    assert first == {
        "e": "trade",
        "E": START // MS,
        "s": BTC,
        "t": 1,
        "p": "100000.00000000",
        "q": "1.00000000",
        "T": START // MS,
        "m": False,
        "M": True,
    }
    assert (second["t"], third["t"], third["q"]) == (2, 3, "0.50000000")
    one, two = said(joined)
    assert list(one) == ["e", "E", "s", "a", "p", "q", "f", "l", "T", "m", "M"]
    assert (one["a"], one["f"], one["l"], one["q"]) == (1, 1, 2, "3.00000000")
    assert (two["a"], two["p"]) == (3, "100001.00000000")
    assert one["M"] is two["M"] is True


def test_aggregates_have_the_ids_that_rest_has(desk: Desk) -> None:
    """Both doors use one function."""
    from tradewind.venues.binance.exchange.aggregates import of_prints

    session = desk.open("/ws/btcusdt@aggTrade")
    for _ in range(3):
        desk.box.rest(BTC, SELL, "100000", "1")
        desk.trade("100000", "1.5")
    assert [a["a"] for a in said(session)] == [a.first for a in of_prints(desk.box.tape.past[BTC])]


def test_a_sale_has_the_buyer_as_maker(desk: Desk) -> None:
    """The flag of the page."""
    session = desk.open("/ws/btcusdt@trade")
    desk.trade(side=SELL)
    assert said(session)[0]["m"] is True


def test_microseconds(desk: Desk) -> None:
    """All times in the unit that the address asks for."""
    session = desk.open("/stream", "streams=btcusdt@trade&timeUnit=MICROSECOND")
    desk.trade()
    (event,) = said(session)
    assert event["data"]["T"] == event["data"]["E"] == START // 1000
    assert desk.refused("/stream", "timeUnit=YEAR").status == 400


def test_book_ticker_speaks_when_the_best_changes(desk: Desk) -> None:
    """No event type, no time; silent while only deeper levels move."""
    session = desk.open("/ws/btcusdt@bookTicker")
    desk.box.rest(BTC, BUY, "99000", "1")
    desk.box.rest(BTC, BUY, "98000", "1")
    desk.box.rest(BTC, BUY, "99000", "1")
    first, second = said(session)
    assert list(first) == ["u", "s", "b", "B", "a", "A"]
    assert (first["b"], first["B"], first["a"]) == (
        "99000.00000000",
        "1.00000000",
        "0.00000000",
    )
    assert second["B"] == "2.00000000"
    assert second["u"] == first["u"] + 2


def test_combined_wraps_and_raw_does_not(desk: Desk) -> None:
    """The same payload, once with its stream's name around it."""
    raw, combined = desk.open("/ws/btcusdt@trade"), desk.open("/stream", "streams=btcusdt@trade")
    desk.trade()
    assert said(combined) == [{"stream": "btcusdt@trade", "data": said(raw)[0]}]


def test_one_payload_for_all(desk: Desk) -> None:
    """However many listen, the bytes are made once."""
    sessions = [desk.open("/stream", "streams=btcusdt@trade") for _ in range(3)]
    sessions += [desk.open("/ws/btcusdt@trade") for _ in range(3)]
    desk.trade()
    payloads = [session.take()[0] for session in sessions]
    assert len({id(payload) for payload in payloads}) == 2


# --- the book -----------------------------------------------------------------------------------


class LocalBook:
    """The official recipe for a local book, and what ccxt asks of it beside."""

    def __init__(self, desk: Desk) -> None:
        market = desk.box.markets[BTC]
        self.last = market.updates.last
        self.sides = {
            "b": dict(bids(desk.box, market, 5000)),
            "a": dict(asks(desk.box, market, 5000)),
        }
        self.fresh = True

    def apply(self, event: dict[str, Any]) -> None:
        if event["u"] <= self.last:
            return
        assert event["U"] <= self.last + 1, "a gap"
        if self.fresh:
            assert event["U"] - 1 <= self.last <= event["u"] - 1
        else:
            assert event["U"] == self.last + 1
        self.fresh = False
        self.last = event["u"]
        for name, side in self.sides.items():
            for price, quantity in event[name]:
                side[price] = quantity
                if not float(quantity):
                    del side[price]


def test_a_local_book_after_the_recipe_is_the_book(desk: Desk) -> None:
    """Snapshot taken in the middle of an interval, gapless after, equal at every flush."""
    session = desk.open("/ws/btcusdt@depth@100ms")
    desk.box.rest(BTC, BUY, "99000", "1")
    desk.run(FLUSH)
    desk.box.rest(BTC, BUY, "98000", "1")  # in the running interval, before the snapshot
    book = LocalBook(desk)
    for n in range(60):
        side, price = (SELL, 100_500 + n) if n % 2 else (BUY, 99_500 - n)
        desk.box.rest(BTC, side, str(price), "0.5")
        if n % 3 == 0:
            desk.box.take(BTC, BUY, "100600", "0.4")
        if n % 7 == 0:
            desk.box.requote(BTC, [(9_800_000 + n, 5)], [(10_100_000 - n, 6)])
        if n % 20 == 19:
            desk.box.execute(CancelAll(account=1, instrument=BTC))
        desk.run(FLUSH)
        for event in said(session):
            book.apply(event)
        now = LocalBook(desk)
        assert (book.last, book.sides) == (now.last, now.sides)


def test_slow_and_fast_depth_cover_the_same_ids(desk: Desk) -> None:
    """Each is gapless in itself; the slow one joins what the fast one split."""
    fast, slow = desk.open("/ws/btcusdt@depth@100ms"), desk.open("/ws/btcusdt@depth")
    for n in range(25):
        desk.box.rest(BTC, BUY, str(99_000 - n), "1")
        desk.run(FLUSH)
    desk.run(SECOND)
    quick, lazy = said(fast), said(slow)
    assert len(quick) == 25
    assert len(lazy) == 3
    for events in (quick, lazy):
        assert all(b["U"] == a["u"] + 1 for a, b in pairwise(events))
    assert (quick[0]["U"], quick[-1]["u"]) == (lazy[0]["U"], lazy[-1]["u"])
    assert list(quick[0]) == ["e", "E", "s", "U", "u", "b", "a"]


def test_a_level_that_is_gone_is_zero(desk: Desk) -> None:
    """Absolute quantities; also when it came and went within one interval."""
    session = desk.open("/ws/btcusdt@depth@100ms")
    desk.box.rest(BTC, BUY, "99000", "1")
    desk.box.execute(CancelAll(account=1, instrument=BTC))
    desk.run(FLUSH)
    assert said(session)[0]["b"] == [["99000.00000000", "0.00000000"]]


def test_no_change_no_event(desk: Desk) -> None:
    """The diff stream is silent while the book stands still."""
    session = desk.open("/ws/btcusdt@depth@100ms")
    desk.run(2 * SECOND)
    assert said(session) == []


def test_partial_depth(desk: Desk) -> None:
    """The top levels as they are, with the update id, at each cadence after a change."""
    fast, slow = desk.open("/ws/btcusdt@depth5@100ms"), desk.open("/ws/btcusdt@depth20")
    for n in range(7):
        desk.box.rest(BTC, BUY, str(99_000 - n), "1")
        desk.run(FLUSH)
    events = said(fast)
    assert [len(event["bids"]) for event in events] == [1, 2, 3, 4, 5, 5, 5]
    assert list(events[0]) == ["lastUpdateId", "bids", "asks"]
    desk.run(SECOND)
    (snapshot,) = said(slow)
    assert (len(snapshot["bids"]), snapshot["lastUpdateId"]) == (7, events[-1]["lastUpdateId"])


# --- candles and tickers ------------------------------------------------------------------------


def test_a_candle_is_pushed_every_two_seconds_and_closed_at_its_end(desk: Desk) -> None:
    """Open ones while trades come, the last one with x true, then the next."""
    session = desk.open("/ws/btcusdt@kline_1m")
    for n in range(62):
        desk.trade(str(100_000 + n), "0.1")
        desk.run(SECOND)
    candles = [event["k"] for event in said(session)]
    closed = [candle for candle in candles if candle["x"]]
    assert [candle["t"] for candle in closed] == [START // MS]
    assert 28 <= len(candles) <= 33
    assert closed[0]["n"] == 60
    assert (closed[0]["o"], closed[0]["c"]) == ("100000.00000000", "100059.00000000")
    assert closed[0]["T"] == START // MS + 59_999
    assert candles[-1]["t"] == START // MS + 60_000
    assert list(candles[0]) == list("tTsifLochlvnxqVQB")


def test_a_candle_says_what_rest_says(desk: Desk) -> None:
    """Every letter is the place it stands for, and the ids are those of its trades."""
    session = desk.open("/ws/btcusdt@kline_1m")
    for price, side in (("100", BUY), ("103", BUY), ("98", SELL), ("101", SELL), ("99", BUY)):
        desk.trade(price, "0.5", side)
    desk.run(2 * SECOND)
    (event,) = said(session)
    (row,) = ask(desk.box, "klines", symbol=BTC, interval="1m")
    assert [event["k"][letter] for letter in "tohlcvTqnVQ"] == row[:11]
    assert (event["k"]["f"], event["k"]["L"], event["k"]["i"]) == (1, 5, "1m")
    assert (event["k"]["s"], event["s"], event["k"]["x"]) == (BTC, BTC, False)


def test_one_second_candles_come_every_second_also_without_trades(desk: Desk) -> None:
    """Each second is closed once; without trades ids are -1."""
    desk.trade()
    session = desk.open("/ws/btcusdt@kline_1s")
    desk.run(5 * SECOND)
    closed = [event["k"] for event in said(session) if event["k"]["x"]]
    assert [candle["t"] for candle in closed] == [START // MS + 1000 * n for n in range(5)]
    assert [candle["n"] for candle in closed] == [1, 0, 0, 0, 0]
    assert closed[1]["f"] == closed[1]["L"] == -1


def test_a_jump_closes_every_candle_on_the_way(desk: Desk) -> None:
    """Venue time leaps an hour: sixty closed minutes, in order, once each."""
    session = desk.open("/ws/btcusdt@kline_1m")
    desk.trade()
    desk.run(2 * SECOND)
    desk.box.pass_time(HOUR, wall=FLUSH)
    desk.streams.flush()
    desk.run(4 * SECOND)
    closed = [event["k"]["t"] for event in said(session) if event["k"]["x"]]
    assert closed == [START // MS + 60_000 * n for n in range(60)]


def test_a_candle_of_another_time_zone(desk: Desk) -> None:
    """A day at +08:00 has begun at 16:00 UTC."""
    session = desk.open("/ws/btcusdt@kline_1d@+08:00")
    desk.trade()
    desk.run(2 * SECOND)
    assert said(session)[0]["k"]["t"] == (START - 8 * HOUR) // MS


def test_tickers_once_a_second_while_something_changes(desk: Desk) -> None:
    """mini and full, with the fields of the page in its order."""
    mini, full = desk.open("/ws/btcusdt@miniTicker"), desk.open("/ws/btcusdt@ticker")
    desk.trade("100000", "1")
    desk.run(3 * SECOND)
    desk.trade("101000", "1")
    desk.run(3 * SECOND)
    small, large = said(mini), said(full)
    assert len(small) == len(large) == 2
    assert list(small[1]) == ["e", "E", "s", "c", "o", "h", "l", "v", "q"]
    assert (small[1]["o"], small[1]["c"], small[1]["v"]) == (
        "100000.00000000",
        "101000.00000000",
        "2.00000000",
    )
    assert list(large[1]) == ["e", "E", *"spPwxcQbBaAohlvqOCFLn"]
    assert (large[1]["P"], large[1]["n"], large[1]["F"], large[1]["L"]) == ("1.000", 2, 1, 2)


ANSWERED = {
    "p": "priceChange",
    "P": "priceChangePercent",
    "w": "weightedAvgPrice",
    "o": "openPrice",
    "h": "highPrice",
    "l": "lowPrice",
    "c": "lastPrice",
    "v": "volume",
    "q": "quoteVolume",
    "O": "openTime",
    "C": "closeTime",
    "F": "firstId",
    "L": "lastId",
    "n": "count",
    "x": "prevClosePrice",
    "Q": "lastQty",
    "b": "bidPrice",
    "B": "bidQty",
    "a": "askPrice",
    "A": "askQty",
    "s": "symbol",
}


@pytest.mark.parametrize(
    ("stream", "operation", "sent"),
    [
        ("ticker", "ticker.24hr", {}),
        ("miniTicker", "ticker.24hr", {}),
        ("ticker_1h", "ticker", {"windowSize": "1h"}),
        ("ticker_4h", "ticker", {"windowSize": "4h"}),
        ("ticker_1d", "ticker", {"windowSize": "1d"}),
    ],
)
def test_tickers_say_what_rest_says(
    desk: Desk, stream: str, operation: str, sent: dict[str, str]
) -> None:
    """The same moment over both doors: every letter is the field it stands for."""
    desk.trade("99999", "7")
    desk.box.pass_time(25 * HOUR)
    desk.streams.flush()
    session = desk.open(f"/ws/btcusdt@{stream}")
    for price, quantity in (("100000", "1"), ("103000", "2"), ("98000", "3"), ("101000", "4")):
        desk.trade(price, quantity)
    desk.box.rest(BTC, BUY, "97000", "5")
    desk.box.rest(BTC, SELL, "104000", "6")
    desk.run(SECOND)
    (event,) = said(session)
    answer = ask(desk.box, operation, symbol=BTC, **sent)
    letters = [letter for letter in event if letter not in "eE"]
    assert {k: event[k] for k in letters} == {k: answer[ANSWERED[k]] for k in letters}


def test_window_tickers(desk: Desk) -> None:
    """The window's name is in the event type, and it opens on a minute."""
    sessions = {w: desk.open(f"/ws/btcusdt@ticker_{w}") for w in ("1h", "4h", "1d")}
    desk.trade()
    desk.run(SECOND)
    for window, session in sessions.items():
        (event,) = said(session)
        assert event["e"] == f"{window}Ticker"
        assert event["O"] % 60_000 == 0
        assert list(event) == ["e", "E", *"spPohlcwvqOCFLn"]


def test_all_symbols_at_once(desk: Desk) -> None:
    """An array of those that changed; every symbol is watched for it."""
    mini = desk.open("/ws/!miniTicker@arr")
    window = desk.open("/ws/!ticker_4h@arr")
    assert set(desk.box.watched) == set(desk.box.markets)
    desk.run(SECOND)
    desk.trade()
    desk.run(SECOND)
    desk.run(SECOND)
    (array,) = said(mini)
    assert [event["s"] for event in array] == [BTC]
    assert said(window)[0][0]["e"] == "4hTicker"
    mini.closed(0)
    window.closed(0)
    assert not any(desk.box.watched.values())


def test_average_price(desk: Desk) -> None:
    """When it changes, with the time of the last trade."""
    session = desk.open("/ws/btcusdt@avgPrice")
    desk.trade()
    desk.run(3 * SECOND)
    (event,) = said(session)
    assert event == {
        "e": "avgPrice",
        "E": START // MS + 1000,
        "s": BTC,
        "i": "5m",
        "w": "100000.00000000",
        "T": START // MS,
    }


def test_reference_price(desk: Desk) -> None:
    """Every second, null before the first trade, no event time; others have none."""
    session = desk.open("/ws/xrpusdt@referencePrice/btcusdt@referencePrice")
    desk.run(SECOND)
    desk.box.rest("XRPUSDT", SELL, "2", "10")
    desk.box.take("XRPUSDT", BUY, "2", "10")
    desk.run(SECOND)
    first, second = said(session)
    assert first == {"e": "referencePrice", "s": "XRPUSDT", "r": None, "t": START // MS + 1000}
    assert second["r"] == "2.00000000"


# --- names and paths ----------------------------------------------------------------------------


@pytest.mark.parametrize("interval", INTERVALS)
def test_every_interval_is_a_stream(interval: str) -> None:
    """In both time zones."""
    utc = stream_names.parse(f"btcusdt@kline_{interval}")
    shanghai = stream_names.parse(f"btcusdt@kline_{interval}@+08:00")
    assert utc is not None
    assert shanghai is not None
    assert (utc.argument, utc.offset, shanghai.offset) == (interval, 0, 8 * HOUR)


@pytest.mark.parametrize(
    "name",
    [
        "btcusdt",
        "btcusdt@",
        "@trade",
        "btcusdt@kline_2m",
        "btcusdt@kline_1m@+09:00",
        "btcusdt@depth7",
        "btcusdt@depth@250ms",
        "btcusdt@ticker_2h",
        "!ticker@arr",
        "!bookTicker",
        "btc usdt@trade",
        "",
    ],
)
def test_malformed_names(name: str) -> None:
    """What no stream is called, also those that were retired."""
    assert stream_names.parse(name) is None


@pytest.mark.parametrize(
    ("path", "query", "names"),
    [
        ("/ws", "", []),
        ("/ws/", "", []),
        ("/ws/0", "", []),
        ("/ws/btcusdt@trade/ethusdt@depth", "", ["btcusdt@trade", "ethusdt@depth"]),
        ("/ws/btcusdt%40trade", "", ["btcusdt@trade"]),
        ("/stream", "", []),
        ("/stream", "streams=btcusdt@kline_1m@+08:00", ["btcusdt@kline_1m@+08:00"]),
        (
            "/stream",
            "streams=btcusdt%40trade%2Fethusdt%40trade",
            ["btcusdt@trade", "ethusdt@trade"],
        ),
    ],
)
def test_paths(desk: Desk, path: str, query: str, names: list[str]) -> None:
    """Raw and combined, with and without names, encoded or not, and ccxt's dummy number."""
    session = desk.open(path, query)
    assert list(session.names) == names
    assert session.combined is path.startswith("/stream")


@pytest.mark.parametrize("path", ["/", "/wss", "/stream/btcusdt@trade", "/api/v3/ping"])
def test_other_paths_are_not_found(desk: Desk, path: str) -> None:
    """404 with an empty body."""
    assert desk.refused(path) == HttpResponse(404)


def test_too_many_streams_in_an_address(desk: Desk) -> None:
    """1024 at most."""
    names = "/".join(f"s{n}@trade" for n in range(1025))
    assert desk.refused("/stream", f"streams={names}").status == 400
    fewer = "/".join(f"s{n}@trade" for n in range(1024))
    assert len(desk.open("/stream", f"streams={fewer}").names) == 1024


# --- control ------------------------------------------------------------------------------------


def test_subscribe_and_unsubscribe(desk: Desk) -> None:
    """Answered with null, in force at once, counted for the host, listed in order."""
    session = desk.open()
    assert send(
        session, '{"method":"SUBSCRIBE","params":["btcusdt@trade","ethusdt@depth"],"id":1}'
    ) == {
        "result": None,
        "id": 1,
    }
    assert desk.box.watched == {BTC: 1, "ETHUSDT": 1}
    desk.trade()
    assert len(said(session)) == 1
    desk.run(2 * SECOND)
    assert (
        send(session, '{"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":"x-1"}')["id"]
        == "x-1"
    )
    desk.trade()
    assert said(session) == []
    assert desk.box.watched[BTC] == 0
    listed = send(session, '{"method":"LIST_SUBSCRIPTIONS","id":null}')
    assert listed == {"result": ["ethusdt@depth"], "id": None}


def test_twice_is_once(desk: Desk) -> None:
    """A second subscription of the same name changes nothing."""
    session = desk.open("/ws/btcusdt@trade")
    send(session, '{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}')
    desk.trade()
    assert len(said(session)) == 1
    assert desk.box.watched[BTC] == 1


def test_an_unknown_symbol_is_accepted_and_silent(desk: Desk) -> None:
    """Also a known one in upper case."""
    session = desk.open()
    answer = send(session, '{"method":"SUBSCRIBE","params":["BTCUSDT@trade","nope@trade"],"id":1}')
    assert answer["result"] is None
    desk.trade()
    assert said(session) == []
    assert desk.box.watched == {}


def test_combined_is_a_property(desk: Desk) -> None:
    """False on /ws, and the payloads follow it."""
    session = desk.open("/ws/btcusdt@trade")
    assert (
        send(session, '{"method":"GET_PROPERTY","params":["combined"],"id":2}')["result"] is False
    )
    assert (
        send(session, '{"method":"SET_PROPERTY","params":["combined",true],"id":5}')["result"]
        is None
    )
    desk.trade()
    assert said(session)[0]["stream"] == "btcusdt@trade"
    assert send(session, '{"method":"GET_PROPERTY","params":["combined"],"id":2}')["result"] is True


TOO_MANY = "Invalid request: too many parameters"
NO_STREAM = "Invalid request: invalid stream"
BAD_ID = "Invalid request: request ID must be an unsigned integer"
NO_NAME = "Invalid request: property name must be a string"
NOT_BOOLEAN = "Invalid value type: expected Boolean"
VARIANTS = (
    "`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY` "
    "at line 1 column 21"
)


@pytest.mark.parametrize(
    ("message", "code", "text"),
    [
        ("nonsense", 3, "Invalid JSON: expected value at line 1 column"),
        ('{"id":1,\n"method":oops}', 3, "Invalid JSON: expected value at line 2 column 10"),
        ('{"params":[],"id":1}', 2, "Invalid request: missing field `method` at line 1 column 20"),
        ("[]", 2, "Invalid request: missing field `method`"),
        (
            '{"params":[],\n "id":1}',
            2,
            "Invalid request: missing field `method` at line 2 column 8",
        ),
        (
            '{"method":"subscribe","params":[],"id":1}',
            2,
            f"Invalid request: unknown variant `subscribe`, expected one of {VARIANTS}",
        ),
        ('{"method":"LIST_SUBSCRIPTIONS"}', 2, BAD_ID),
        ('{"method":"LIST_SUBSCRIPTIONS","id":1.5}', 2, BAD_ID),
        ('{"method":"LIST_SUBSCRIPTIONS","id":true}', 2, BAD_ID),
        (f'{{"method":"LIST_SUBSCRIPTIONS","id":"{"a" * 37}"}}', 2, BAD_ID),
        ('{"method":"LIST_SUBSCRIPTIONS","params":[1],"id":1}', 2, TOO_MANY),
        ('{"method":"SUBSCRIBE","params":["btcusdt@nope"],"id":1}', 2, NO_STREAM),
        ('{"method":"SUBSCRIBE","params":[7],"id":1}', 2, NO_STREAM),
        ('{"method":"SUBSCRIBE","id":1}', 2, NO_STREAM),
        ('{"method":"SET_PROPERTY","params":["colour",true],"id":1}', 0, "Unknown property"),
        ('{"method":"SET_PROPERTY","params":["combined",1],"id":1}', 1, NOT_BOOLEAN),
        ('{"method":"SET_PROPERTY","params":["combined"],"id":1}', 1, NOT_BOOLEAN),
        ('{"method":"SET_PROPERTY","params":[1,true],"id":1}', 2, NO_NAME),
        ('{"method":"GET_PROPERTY","params":[],"id":1}', 2, NO_NAME),
        ('{"method":"GET_PROPERTY","params":["combined",1],"id":1}', 2, TOO_MANY),
    ],
)
def test_control_errors(desk: Desk, message: str, code: int, text: str) -> None:
    """The documented texts in the live envelope, with the id where it could be read."""
    session = desk.open("/ws/btcusdt@trade")
    answer = send(session, message)
    assert answer["error"]["code"] == code
    assert answer["error"]["msg"].startswith(text)
    if '"id":1' in message and code != 3 and "ID must" not in text:
        assert answer["id"] == 1
    assert list(session.names) == ["btcusdt@trade"]


def test_one_bad_name_refuses_all(desk: Desk) -> None:
    """Nothing of such a message is subscribed."""
    session = desk.open()
    send(session, '{"method":"SUBSCRIBE","params":["btcusdt@trade","btcusdt@nope"],"id":1}')
    assert session.names == {}


def test_1024_streams_at_most(desk: Desk) -> None:
    """One more is refused, and nothing is lost."""
    session = desk.open()
    names = [f"s{n}@trade" for n in range(1024)]
    assert "result" in send(session, json.dumps({"method": "SUBSCRIBE", "params": names, "id": 1}))
    refusal = send(session, '{"method":"SUBSCRIBE","params":["x@trade"],"id":2}')
    assert refusal["error"]["code"] == 2
    assert "result" in send(session, '{"method":"SUBSCRIBE","params":["s1@trade"],"id":3}')
    assert len(session.names) == 1024


# --- how a connection ends ----------------------------------------------------------------------


def test_five_messages_a_second(desk: Desk) -> None:
    """Requests, pings and pongs count; the sixth within a second is the end."""
    session = desk.open()
    for _ in range(3):
        session.receive(b'{"method":"LIST_SUBSCRIPTIONS","id":1}', desk.box.wall())
    session.control(Ping(b"x"), desk.box.wall())
    session.control(Pong(b""), desk.box.wall())
    desk.box.pass_time(SECOND)
    for _ in range(5):
        session.receive(b'{"method":"LIST_SUBSCRIPTIONS","id":1}', desk.box.wall())
    assert not any(isinstance(frame, Close) for frame in session.take())
    session.control(Pong(b""), desk.box.wall())
    assert session.take() == [Close(1008, "Too many requests")]


def test_pings_and_the_cut_of_who_does_not_answer(desk: Desk) -> None:
    """Every 20 s of wall time; a minute without the pong is the end; venue time does not matter."""
    session = desk.open("/ws/btcusdt@trade")
    desk.box.pass_time(HOUR, wall=0)
    for n in range(1, 4):
        deadline = session.next_deadline()
        assert deadline == START + n * 20 * SECOND
        desk.box.pass_time(0, wall=20 * SECOND)
        session.wake(deadline)
        assert session.take() == [Ping(str(desk.box.wall() // MS).encode())]
    session.control(Pong(b"something else"), desk.box.wall())
    desk.box.pass_time(0, wall=20 * SECOND)
    session.wake(desk.box.wall())
    assert session.take() == [Close(1008, "Pong timeout")]
    assert session.next_deadline() is None
    assert desk.box.watched[BTC] == 0


def test_a_pong_keeps_a_connection(desk: Desk) -> None:
    """With the payload of the ping; for an hour."""
    session = desk.open()
    for _ in range(180):
        desk.box.pass_time(20 * SECOND)
        session.wake(desk.box.wall())
        for frame in session.take():
            assert isinstance(frame, Ping)
            session.control(Pong(frame.payload), desk.box.wall())


def test_a_day_of_venue_time_is_the_end(desk: Desk) -> None:
    """Told ten minutes before, raw or combined."""
    raw, combined = desk.open(), desk.open("/stream")
    desk.box.pass_time(DAY - 601 * SECOND, wall=SECOND)
    desk.streams.flush()
    assert raw.take() == []
    desk.box.pass_time(SECOND)
    desk.streams.flush()
    at = (START + DAY - 600 * SECOND) // MS
    assert said(raw) == [{"e": "serverShutdown", "E": at}]
    assert said(combined) == [
        {"stream": "!serverShutdown", "data": {"e": "serverShutdown", "E": at}}
    ]
    desk.box.pass_time(600 * SECOND, wall=SECOND)
    desk.streams.flush()
    assert raw.take() == [Close(1000, "")]
    assert set(desk.streams.dirty()) >= {combined}


def test_nothing_is_kept_of_a_connection_that_is_gone(desk: Desk) -> None:
    """However it ended: no channel, no feed, no session."""
    for n in range(50):
        session = desk.open("/stream", "streams=btcusdt@kline_1m/btcusdt@depth/!miniTicker@arr")
        session.closed(0) if n % 2 else session.end(1000, "")
        session.closed(0)
    streams = desk.streams
    desk.streams.dirty()
    kept = (streams._sessions, streams._unwarned, streams._warned, streams._channels)
    assert not any(kept)
    assert not any((streams._feeds, streams._klines, *streams._timed.values()))


def test_three_hundred_connections_in_five_minutes(desk: Desk) -> None:
    """One more from the same address is refused; another address is not."""
    for _ in range(300):
        desk.open()
    assert desk.refused("/ws").status == 429
    desk.open(peer="127.0.0.2")
    desk.box.pass_time(5 * MINUTE)
    desk.open()


def test_who_is_cut_again_and_again_is_banned(desk: Desk) -> None:
    """After ten cuts within five minutes, for two minutes; another address is not."""
    for _ in range(11):
        session = desk.open()
        for _ in range(9):
            session.receive(b'{"method":"LIST_SUBSCRIPTIONS","id":1}', desk.box.wall())
    refused = desk.refused("/ws")
    assert refused.status == 418
    assert b"IP banned until" in refused.body
    desk.open(peer="127.0.0.2")
    desk.box.pass_time(2 * MINUTE)
    desk.open()


def test_cuts_of_long_ago_do_not_count(desk: Desk) -> None:
    """A cut a minute is no offence that a ban would follow."""
    for _ in range(12):
        session = desk.open()
        for _ in range(6):
            session.receive(b'{"method":"LIST_SUBSCRIPTIONS","id":1}', desk.box.wall())
        desk.box.pass_time(MINUTE)
    desk.open()


def test_who_goes_on_connecting_is_banned(desk: Desk) -> None:
    """The 429 of the handshake says to stop."""
    for _ in range(300):
        desk.open()
    for _ in range(11):
        assert desk.refused("/ws").status == 429
    assert desk.refused("/ws").status == 418


def test_who_never_reads_is_cut(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outbox has an end, and the others do not notice."""
    monkeypatch.setattr("tradewind.venues.binance.exchange.line.OUTBOX_MAX", 10)
    asleep, awake = desk.open("/ws/btcusdt@trade"), desk.open("/ws/btcusdt@trade")
    for _ in range(20):
        desk.trade()
        assert len(said(awake)) == 1
    frames = asleep.take()
    assert frames[10:] == [Close(1008, "Slow consumer")]
    desk.streams.dirty()
    assert desk.box.watched[BTC] == 1


def test_dirty_names_each_session_once(desk: Desk) -> None:
    """Until its outbox is taken."""
    session = desk.open("/ws/btcusdt@trade")
    desk.trade()
    desk.trade()
    assert list(desk.streams.dirty()) == [session]
    assert list(desk.streams.dirty()) == []
    session.take()
    desk.trade()
    assert list(desk.streams.dirty()) == [session]


def test_nobody_listens_nothing_is_worked_on(desk: Desk) -> None:
    """But update ids go on, so that a snapshot is never older than a stream."""
    before = desk.box.markets[BTC].updates.last
    desk.box.rest(BTC, BUY, "99000", "1")
    desk.streams.flush()
    assert desk.box.markets[BTC].updates.last == before + 1
    assert not desk.streams._channels
    assert not desk.streams._feeds
