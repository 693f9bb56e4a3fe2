"""Market data over REST: every answer depends on what was just done in the real engine."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.venues.binance.asking import BY_NAME, ask
from tests.venues.binance.fake_tape import DAY, HOUR, MINUTE, SECOND, START, Box

from tradewind.engine.commands import SetStatus
from tradewind.model import InstrumentStatus, Side
from tradewind.venues.binance.exchange import aggregates
from tradewind.venues.binance.exchange.call import Refusal
from tradewind.venues.binance.exchange.klines import zone
from tradewind.venues.binance.exchange.market_data import HANDLERS
from tradewind.venues.binance.exchange.reference import bounds, mean
from tradewind.venues.binance.exchange.statistics import percent
from tradewind.venues.binance.limits import WEIGH
from tradewind.venues.binance.operations.market import ROWS

BUY, SELL = Side.BUY, Side.SELL
MS = 1_000_000
BTC = "BTCUSDT"


def refused(box: Box, name: str, **sent: Any) -> int:
    with pytest.raises(Refusal) as refusal:
        ask(box, name, **sent)
    return int(refusal.value.code)


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def traded(box: Box) -> Box:
    """Three trades: 1.5 at 100,000 by one taker in two parts, a minute later 0.5 at 99,000."""
    box.rest(BTC, SELL, "100000", "1")
    box.rest(BTC, SELL, "100000", "1")
    box.rest(BTC, BUY, "99000", "2")
    box.take(BTC, BUY, "100000", "1.5")
    box.pass_time(MINUTE)
    box.take(BTC, SELL, "99000", "0.5")
    return box


# --- the rules ----------------------------------------------------------------------------------


def test_every_row_has_a_handler_and_its_weights_exist() -> None:
    """And nothing is handled that is not in the table."""
    assert set(HANDLERS) == set(BY_NAME)
    assert {row.weigh for row in ROWS} - {""} <= set(WEIGH)


def test_ping_and_time(box: Box) -> None:
    """Nothing, and venue time in the unit asked for."""
    assert ask(box, "ping") == {}
    assert ask(box, "time") == {"serverTime": START // MS}
    assert ask(box, "time", unit=1000) == {"serverTime": START // 1000}


def test_exchange_info_lists_what_is_traded(box: Box) -> None:
    """All symbols with their filters in the live order, limits, no smart routes for the twelve."""
    info = ask(box, "exchangeInfo")
    assert list(info) == ["timezone", "serverTime", "rateLimits", "exchangeFilters", "symbols"]
    assert [s["symbol"] for s in info["symbols"]] == list(box.markets)
    assert [f["filterType"] for f in info["symbols"][0]["filters"]] == [
        "PRICE_FILTER",
        "LOT_SIZE",
        "ICEBERG_PARTS",
        "MARKET_LOT_SIZE",
        "TRAILING_DELTA",
        "PERCENT_PRICE_BY_SIDE",
        "NOTIONAL",
        "MAX_NUM_ORDERS",
        "MAX_NUM_ORDER_LISTS",
        "MAX_NUM_ALGO_ORDERS",
        "MAX_NUM_ORDER_AMENDS",
    ]
    kinds = [(r["rateLimitType"], r["interval"], r["intervalNum"]) for r in info["rateLimits"]]
    assert kinds == [
        ("REQUEST_WEIGHT", "MINUTE", 1),
        ("ORDERS", "SECOND", 10),
        ("ORDERS", "DAY", 1),
        ("RAW_REQUESTS", "MINUTE", 5),
    ]


def test_exchange_info_over_the_websocket_lists_connections(box: Box) -> None:
    """In the place of raw requests."""
    info = ask(box, "exchangeInfo", door="ws")
    assert info["rateLimits"][-1]["rateLimitType"] == "CONNECTIONS"


def test_exchange_info_of_forty_has_smart_routes() -> None:
    """BTC against USDT and USDC."""
    info = ask(Box(instruments="all"), "exchangeInfo", symbol=BTC)
    assert info["sors"] == [{"baseAsset": "BTC", "symbols": ["BTCUSDT", "BTCUSDC"]}]


def test_exchange_info_selects(box: Box) -> None:
    """By symbol, symbols, permission (one or several) and status."""

    def names(**sent: Any) -> list[str]:
        return [s["symbol"] for s in ask(box, "exchangeInfo", **sent)["symbols"]]

    assert names(symbol="LTCBTC") == ["LTCBTC"]
    assert names(symbols=["LTCBTC", BTC]) == [BTC, "LTCBTC"]
    assert (
        names(permissions="SPOT") == names(permissions=["MARGIN", "LEVERAGED"]) == list(box.markets)
    )
    assert names(permissions="TRD_GRP_250") == []
    box.execute(SetStatus(instrument="LTCBTC", status=InstrumentStatus.HALTED))
    assert names(symbolStatus="HALT") == ["LTCBTC"]
    assert "LTCBTC" not in names(symbolStatus="TRADING")
    hidden = ask(box, "exchangeInfo", symbol=BTC, showPermissionSets="false")["symbols"][0]
    assert hidden["permissionSets"] == []


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"symbol": "BTCBUSD"}, -1121),
        ({"symbols": ["BTCUSDT", "NOPE"]}, -1121),
        ({"symbols": []}, -1105),
        ({"symbols": ["BTCUSDT", "BTCUSDT"]}, -1151),
        ({"symbols": "BTCUSDT"}, -1100),
        ({"symbol": "BTCUSDT", "symbols": ["ETHUSDT"]}, -1128),
        ({"symbol": "BTCUSDT", "permissions": "SPOT"}, -1128),
        ({"symbol": "BTCUSDT", "symbolStatus": "TRADING"}, -1128),
        ({"permissions": "NONSENSE"}, -1130),
        ({"permissions": '["SPOT"'}, -1130),
        ({"permissions": '[["SPOT"]]'}, -1130),
        ({"permissions": "[]"}, -1130),
        ({"symbolStatus": "SLEEPING"}, -1122),
    ],
)
def test_exchange_info_refuses(box: Box, sent: dict[str, Any], code: int) -> None:
    """Each wrong selection with its own code."""
    assert refused(box, "exchangeInfo", **sent) == code


# --- the book -----------------------------------------------------------------------------------


def test_depth_shows_the_book_and_counts_updates(box: Box) -> None:
    """Best first, absolute quantities, padded to 8; hidden quantity stays hidden."""
    for price, quantity in (("99000", "2"), ("98000", "3"), ("99000", "1")):
        box.rest(BTC, BUY, price, quantity)
    box.rest(BTC, SELL, "101000", "5", display_quantity=100_000)
    depth = ask(box, "depth", symbol=BTC)
    assert list(depth) == ["lastUpdateId", "bids", "asks"]
    assert depth["bids"] == [["99000.00000000", "3.00000000"], ["98000.00000000", "3.00000000"]]
    assert depth["asks"] == [["101000.00000000", "1.00000000"]]
    assert ask(box, "depth", symbol=BTC, limit="1")["bids"] == depth["bids"][:1]
    assert box.looked[-1] == BTC


def test_a_quantity_beyond_64_bits_is_cut() -> None:
    """At 92233720368.54775807, the largest at 8 places."""
    box = Box(instruments="PEPE/USDT")
    box.requote("PEPEUSDT", [(500, 10**11)], [(501, 5)])
    depth = ask(box, "depth", symbol="PEPEUSDT")
    assert depth["bids"] == [["0.00000500", "92233720368.54775807"]]
    assert depth["asks"] == [["0.00000501", "5.00000000"]]


@pytest.mark.parametrize(
    ("limit", "weight"),
    [
        ("1", 5),
        ("100", 5),
        ("101", 25),
        ("500", 25),
        ("501", 50),
        ("1000", 50),
        ("1001", 250),
        ("9999", 250),
    ],
)
def test_depth_weighs_by_its_limit(limit: str, weight: int) -> None:
    """The four steps of the page."""
    assert WEIGH[BY_NAME["depth"].weigh]({"symbol": BTC, "limit": limit}) == weight


@pytest.mark.parametrize(
    ("name", "sent", "weight"),
    [
        ("ticker.24hr", {}, 80),
        ("ticker.24hr", {"symbol": BTC}, 2),
        ("ticker.24hr", {"symbols": json.dumps(["A"] * 21)}, 40),
        ("ticker", {"symbols": json.dumps(["A"] * 3)}, 12),
        ("ticker", {"symbols": json.dumps(["A"] * 60)}, 200),
        ("ticker.price", {}, 4),
        ("ticker.price", {"symbol": BTC}, 2),
        ("executionRules", {}, 40),
        ("executionRules", {"symbols": json.dumps(["A"] * 4)}, 8),
    ],
)
def test_weights_by_symbols(name: str, sent: dict[str, str], weight: int) -> None:
    """As the tables of the page say."""
    assert WEIGH[BY_NAME[name].weigh](sent) == weight


def test_depth_cuts_its_limit_and_refuses_nonsense(box: Box) -> None:
    """Above 5000 is 5000; zero and text are errors; the status must match."""
    assert ask(box, "depth", symbol=BTC, limit="6000")["bids"] == []
    assert refused(box, "depth", symbol=BTC, limit="0") == -1130
    assert refused(box, "depth", symbol=BTC, limit="-1") == -1100
    assert refused(box, "depth", symbol=BTC, symbolStatus="HALT") == -1220
    assert refused(box, "depth") == -1102
    assert refused(box, "depth", symbol="") == -1105


def test_book_ticker(box: Box) -> None:
    """Best bid and ask; zeros where nobody is."""
    box.rest(BTC, BUY, "99000", "2")
    assert ask(box, "ticker.book", symbol=BTC) == {
        "symbol": BTC,
        "bidPrice": "99000.00000000",
        "bidQty": "2.00000000",
        "askPrice": "0.00000000",
        "askQty": "0.00000000",
    }
    assert len(ask(box, "ticker.book")) == len(box.markets)


# --- trades -------------------------------------------------------------------------------------


def test_trades_tell_what_was_done(traded: Box) -> None:
    """Oldest first, in the order and form of the page; the buyer was the maker of a sale."""
    trades = ask(traded, "trades.recent", symbol=BTC)
    assert [t["id"] for t in trades] == [1, 2, 3]
    assert trades[0] == {
        "id": 1,
        "price": "100000.00000000",
        "qty": "1.00000000",
        "quoteQty": "100000.00000000",
        "time": START // MS,
        "isBuyerMaker": False,
        "isBestMatch": True,
    }
    assert trades[2]["isBuyerMaker"] is True
    assert ask(traded, "trades.recent", symbol=BTC, limit="1") == trades[2:]
    assert ask(traded, "trades.historical", symbol=BTC, fromId="2", limit="1") == trades[1:2]


def test_aggregates_join_what_one_taker_took_at_one_price(traded: Box) -> None:
    """The id is that of the first trade, and paging by it meets every aggregate once."""
    found = ask(traded, "trades.aggregate", symbol=BTC)
    assert [(a["a"], a["f"], a["l"], a["q"]) for a in found] == [
        (1, 1, 2, "1.50000000"),
        (3, 3, 3, "0.50000000"),
    ]
    assert ask(traded, "trades.aggregate", symbol=BTC, fromId="2") == found[1:]
    assert ask(traded, "trades.aggregate", symbol=BTC, limit="1") == found[1:]
    assert (
        ask(traded, "trades.aggregate", symbol=BTC, startTime=str(START // MS), limit="1")
        == found[:1]
    )
    later = START // MS + 1
    assert ask(traded, "trades.aggregate", symbol=BTC, startTime=str(later)) == found[1:]
    assert ask(traded, "trades.aggregate", symbol=BTC, endTime=str(later)) == found[:1]
    assert ask(traded, "trades.aggregate", symbol="ETHUSDT") == []
    assert refused(traded, "trades.aggregate", symbol=BTC, fromId="1", startTime="1") == -1128


def test_aggregates_are_the_same_from_either_end(box: Box) -> None:
    """Any page forward or backward is a slice of the one list of all aggregates."""
    for n in range(60):
        for _ in range(1 + n % 4):
            box.rest(BTC, SELL, "100000", "0.001")
        box.take(BTC, BUY, "100000", f"0.00{1 + n % 4}")
    everything = aggregates.of_prints(box.tape.past[BTC])

    def read(from_id: int, count: int) -> Any:
        return box.tape.prints(BTC, from_id=from_id, limit=count)

    last = box.tape.past[BTC][-1].trade_id
    for limit in (1, 7, 60, 100):
        assert aggregates.backward(read, last, limit) == everything[-limit:]
        for start in (0, 1, 2, 3, 50, last, last + 1):
            wanted = [a for a in everything if a.first >= start][:limit]
            assert aggregates.forward(read, start, limit) == wanted
    assert aggregates.backward(read, 2, 5) == aggregates.of_prints(box.tape.past[BTC][:2])


def test_aggregates_page_over_many_prints(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading in small batches gives the same as reading at once, and stops at the end time."""
    for n in range(40):
        box.rest(BTC, SELL, "100000", "0.001")
        box.rest(BTC, SELL, "100000", "0.001")
        box.take(BTC, BUY, "100000", "0.002" if n % 2 else "0.0015")
        box.pass_time(SECOND)
    past = box.tape.past[BTC]
    everything = aggregates.of_prints(past)
    monkeypatch.setattr(aggregates, "BATCH", 7)
    reads: list[int] = []

    def read(from_id: int, count: int) -> Any:
        reads.append(from_id)
        return box.tape.prints(BTC, from_id=from_id, limit=count)

    assert aggregates.forward(read, 1, 1000) == everything
    assert aggregates.forward(read, 1, 5) == everything[:5]
    end = past[30].time
    reads.clear()
    found = aggregates.forward(read, 1, 1000, end)
    assert found == [a for a in everything if a.time <= end]
    assert max(reads) <= past[30].trade_id + 7, "it went on reading beyond the end"


def test_an_end_time_names_its_whole_millisecond(box: Box) -> None:
    """A trade in the middle of it is inside, the next millisecond is not."""
    for _ in range(2):
        box.pass_time(MS // 2)
        box.rest(BTC, SELL, "100000", "1")
        box.take(BTC, BUY, "100000", "1")
    ended = str(START // MS)
    assert [a["a"] for a in ask(box, "trades.aggregate", symbol=BTC, endTime=ended)] == [1]


def test_unknown_takers_are_not_joined(box: Box) -> None:
    """A taker order number of 0 says nothing."""
    box.rest(BTC, SELL, "100000", "1")
    box.take(BTC, BUY, "100000", "0.1")
    one = box.tape.past[BTC][0]
    nameless = [msgspec.structs.replace(one, taker_order=0, trade_id=n) for n in (1, 2)]
    assert len(aggregates.of_prints(nameless)) == 2


def test_block_trades_are_none(traded: Box) -> None:
    """A box has no negotiated trades, but the parameters count."""
    assert ask(traded, "blockTrades.historical", symbol=BTC, fromId="1") == []
    assert refused(traded, "blockTrades.historical", symbol=BTC) == -1102


# --- candles ------------------------------------------------------------------------------------


def test_klines_fold_the_trades(traded: Box) -> None:
    """Twelve values in the documented order; the newest candle is still open."""
    first, second = ask(traded, "klines", symbol=BTC, interval="1m")
    assert first == [
        START // MS,
        "100000.00000000",
        "100000.00000000",
        "100000.00000000",
        "100000.00000000",
        "1.50000000",
        START // MS + 59_999,
        "150000.00000000",
        2,
        "1.50000000",
        "150000.00000000",
        "0",
    ]
    assert (second[0], second[4], second[9]) == (
        START // MS + 60_000,
        "99000.00000000",
        "0.00000000",
    )
    assert ask(traded, "uiKlines", symbol=BTC, interval="1m") == [first, second]
    assert ask(traded, "klines", symbol=BTC, interval="1m", limit="1") == [second]
    assert ask(
        traded, "klines", symbol=BTC, interval="1m", startTime=str(START // MS), limit="1"
    ) == [first]
    assert ask(traded, "klines", symbol=BTC, interval="1m", endTime=str(START // MS)) == [first]


def test_klines_in_microseconds_end_on_the_last_one(traded: Box) -> None:
    """The close time is inclusive in the unit asked for."""
    (candle,) = ask(traded, "klines", symbol=BTC, interval="1d", unit=1000)
    assert candle[0] == START // 1000
    assert candle[6] == (START + DAY) // 1000 - 1


def test_klines_in_a_time_zone(traded: Box) -> None:
    """A day at +08:00 begins at 16:00 UTC of the day before."""
    (candle,) = ask(traded, "klines", symbol=BTC, interval="1d", timeZone="8")
    assert candle[0] == (START - 8 * HOUR) // MS


@pytest.mark.parametrize(
    ("written", "minutes"),
    [("0", 0), ("8", 480), ("-1:00", -60), ("05:45", 345), ("+14:00", 840), ("-12:00", -720)],
)
def test_time_zones(written: str, minutes: int) -> None:
    """Hours, or hours and minutes."""
    assert zone(written) == minutes * MINUTE


@pytest.mark.parametrize("written", ["-12:01", "14:01", "15", "UTC", "1:5", "1:60", "", "8 "])
def test_no_time_zones(written: str) -> None:
    """Strictly from -12:00 to +14:00."""
    assert zone(written) is None


def test_klines_refuse(box: Box) -> None:
    """Interval, zone and symbol each with its own code."""
    assert refused(box, "klines", symbol=BTC, interval="2m") == -1120
    assert refused(box, "klines", symbol=BTC, interval="1M", timeZone="15:00") == -1130
    assert refused(box, "klines", symbol=BTC, interval="") == -1105
    assert refused(box, "klines", symbol=BTC) == -1102
    assert refused(box, "klines", symbol="BTCBUSD", interval="1m") == -1121


def test_average_price(traded: Box) -> None:
    """Volume-weighted over five minutes, with the time of the last trade."""
    answer = ask(traded, "avgPrice", symbol=BTC)
    assert answer == {
        "mins": 5,
        "price": "99750.00000000",
        "closeTime": (START + MINUTE) // MS,
    }


# --- tickers ------------------------------------------------------------------------------------


def test_ticker_24hr_full(traded: Box) -> None:
    """Every field of the page, from the three trades."""
    now = (START + MINUTE) // MS
    assert ask(traded, "ticker.24hr", symbol=BTC) == {
        "symbol": BTC,
        "priceChange": "-1000.00000000",
        "priceChangePercent": "-1.000",
        "weightedAvgPrice": "99750.00000000",
        "prevClosePrice": "0.00000000",
        "lastPrice": "99000.00000000",
        "lastQty": "0.50000000",
        "bidPrice": "99000.00000000",
        "bidQty": "1.50000000",
        "askPrice": "100000.00000000",
        "askQty": "0.50000000",
        "openPrice": "100000.00000000",
        "highPrice": "100000.00000000",
        "lowPrice": "99000.00000000",
        "volume": "2.00000000",
        "quoteVolume": "199500.00000000",
        "openTime": now - 86_400_000,
        "closeTime": now,
        "firstId": 1,
        "lastId": 3,
        "count": 3,
    }


def test_ticker_24hr_forgets_and_remembers_the_price_before(traded: Box) -> None:
    """After 24 hours the first trades have left, and are the previous close."""
    traded.pass_time(DAY - 30 * SECOND)
    answer = ask(traded, "ticker.24hr", symbol=BTC)
    assert (answer["firstId"], answer["count"], answer["volume"]) == (3, 1, "0.50000000")
    assert answer["prevClosePrice"] == "100000.00000000"


def test_ticker_lists(traded: Box) -> None:
    """One object for a symbol, a list for a list, all for none, without the wrong status."""
    assert isinstance(ask(traded, "ticker.24hr", symbol=BTC), dict)
    assert [t["symbol"] for t in ask(traded, "ticker.24hr", symbols=["ETHBTC", BTC])] == [
        BTC,
        "ETHBTC",
    ]
    assert len(ask(traded, "ticker.24hr")) == len(traded.markets)
    assert ask(traded, "ticker.price", symbol="LTCBTC")["price"] == "0.00000000"
    assert ask(traded, "ticker.price", symbol=BTC) == {"symbol": BTC, "price": "99000.00000000"}
    traded.execute(SetStatus(instrument=BTC, status=InstrumentStatus.HALTED))
    assert [t["symbol"] for t in ask(traded, "ticker.price", symbolStatus="HALT")] == [BTC]
    assert ask(traded, "ticker.price", symbols=[BTC], symbolStatus="TRADING") == []
    assert refused(traded, "ticker.price", symbol=BTC, symbolStatus="TRADING") == -1220


def test_mini_tickers(traded: Box) -> None:
    """MINI leaves fields out and keeps the order."""
    for name in ("ticker.24hr", "ticker", "ticker.tradingDay"):
        assert list(ask(traded, name, symbol=BTC, type="MINI")) == [
            "symbol",
            "openPrice",
            "highPrice",
            "lowPrice",
            "lastPrice",
            "volume",
            "quoteVolume",
            "openTime",
            "closeTime",
            "firstId",
            "lastId",
            "count",
        ]


@pytest.fixture
def varied(box: Box) -> Box:
    """Open 100, high 103, low 98, last 101; buyers took more than sellers."""
    for price, quantity in (("100", "1"), ("103", "2"), ("98", "3"), ("101", "4")):
        box.rest("ETHUSDT", SELL, price, quantity)
        box.take("ETHUSDT", BUY, price, quantity)
        box.pass_time(SECOND)
    return box


def test_open_high_low_last_are_told_apart(varied: Box) -> None:
    """In full and mini form of every ticker, the same numbers under the same names."""
    for name in ("ticker.24hr", "ticker", "ticker.tradingDay"):
        full = ask(varied, name, symbol="ETHUSDT")
        known = {
            "openPrice": "100.00000000",
            "highPrice": "103.00000000",
            "lowPrice": "98.00000000",
            "lastPrice": "101.00000000",
            "volume": "10.00000000",
            "quoteVolume": "1004.00000000",
            "firstId": 1,
            "lastId": 4,
            "count": 4,
        }
        assert known.items() <= full.items()
        assert (full["priceChange"], full["priceChangePercent"]) == ("1.00000000", "1.000")
        assert full["weightedAvgPrice"] == "100.40000000"
        mini = ask(varied, name, symbol="ETHUSDT", type="MINI")
        assert mini == {key: full[key] for key in mini}


def test_rolling_window_begins_on_a_minute(traded: Box) -> None:
    """Up to 59.999 s wider than asked for, and ends now."""
    traded.pass_time(30 * SECOND + 5 * MS)
    answer = ask(traded, "ticker", symbol=BTC, windowSize="1m")
    assert answer["openTime"] == START // MS
    assert answer["closeTime"] == START // MS + 90_005
    assert answer["count"] == 3
    assert ask(traded, "ticker", symbol=BTC)["openTime"] == (START - DAY + MINUTE) // MS


def test_trading_day(traded: Box) -> None:
    """From midnight of the zone to the millisecond before the next one."""
    answer = ask(traded, "ticker.tradingDay", symbol=BTC, timeZone="-1:00")
    assert answer["openTime"] == (START + HOUR - DAY) // MS
    assert answer["closeTime"] == (START + HOUR) // MS - 1
    assert answer["count"] == 3


@pytest.mark.parametrize("size", ["0m", "60m", "24h", "8d", "1d2h", "1", "1w", "01m"])
def test_window_sizes_are_limited(box: Box, size: str) -> None:
    """1m to 59m, 1h to 23h, 1d to 7d, one unit."""
    assert refused(box, "ticker", symbol=BTC, windowSize=size) == -1130


@pytest.mark.parametrize(
    ("name", "sent", "code"),
    [
        ("ticker", {}, -1102),
        ("ticker.tradingDay", {}, -1102),
        ("ticker", {"symbols": ["A"] * 101}, -1101),
        ("ticker.24hr", {"symbol": BTC, "type": "TINY"}, -1139),
        ("ticker.24hr", {"symbol": BTC, "symbols": [BTC]}, -1128),
        ("ticker.price", {"symbols": []}, -1105),
    ],
)
def test_tickers_refuse(box: Box, name: str, sent: dict[str, Any], code: int) -> None:
    """Each with its own code."""
    assert refused(box, name, **sent) == code


@pytest.mark.parametrize(
    ("change", "of", "text"),
    [
        (260, 21_000, "1.238"),
        (-800, 900, "-88.889"),
        (-15_413, 2_082_527, "-0.740"),
        (8_530, 1_036_170, "0.823"),
        (-9_499_999_800, 9_900_000_000, "-95.960"),
        (-1, 10**9, "0.000"),
        (5, 0, "0.000"),
    ],
)
def test_percent_as_the_examples_have_it(change: int, of: int, text: str) -> None:
    """Three places, to the nearest (samples of the page)."""
    assert percent(change, of) == text


# --- reference prices ---------------------------------------------------------------------------


def test_reference_price_is_the_mean_of_trades(box: Box) -> None:
    """Every trade counts once; null before the first; symbols without one refuse."""
    assert ask(box, "referencePrice", symbol="XRPUSDT")["referencePrice"] is None
    for price in ("2.0000", "2.1000"):
        box.rest("XRPUSDT", SELL, price, "50")
        box.take("XRPUSDT", BUY, price, "50")
    answer = ask(box, "referencePrice", symbol="XRPUSDT")
    assert answer == {"symbol": "XRPUSDT", "referencePrice": "2.05000000", "timestamp": START // MS}
    assert bounds(box, box.markets["XRPUSDT"]) == (
        194_750_000,
        215_250_000,
        194_750_000,
        215_250_000,
    )
    assert bounds(box, box.markets[BTC]) is None
    assert refused(box, "referencePrice", symbol=BTC) == -2043
    assert refused(box, "referencePrice.calculation", symbol=BTC) == -2043


def test_the_oldest_bucket_counts_by_its_part_inside(box: Box) -> None:
    """Half a bucket outside the window halves its trades' say."""
    box.rest("XRPUSDT", SELL, "1.0000", "50")
    box.take("XRPUSDT", BUY, "1.0000", "50")
    (old,) = box.tape.past["XRPUSDT"]
    new = msgspec.structs.replace(old, price=40_000, time=old.time + SECOND)
    tick = box.markets["XRPUSDT"].tick
    cutoff = START + SECOND // 2
    found = mean([old, new], tick, cutoff, SECOND)
    assert found == (10_000 * tick * 5_000 + 40_000 * tick * 10_000) // 15_000
    assert Decimal(found) / 10**8 == 3


def test_a_reference_price_from_outside(box: Box) -> None:
    """The middle of what five minutes saw, and an unbounded side of its range."""
    box = Box(instruments="all")
    for price in ("0.10000", "0.14000", "0.12000"):
        box.rest("DOGEUSDT", SELL, price, "50")
        box.take("DOGEUSDT", BUY, price, "50")
    answer = ask(box, "referencePrice", symbol="DOGEUSDT")
    assert answer["referencePrice"] == "0.11500000"  # open .10 high .14 low .10 close .12
    assert bounds(box, box.markets["DOGEUSDT"]) == (0, 12_075_000, 10_925_000, 0)


def test_how_reference_prices_are_made() -> None:
    """By the engine with buckets, or outside with a number."""
    box = Box(instruments="all")
    assert ask(box, "referencePrice.calculation", symbol="XRPUSDT") == {
        "symbol": "XRPUSDT",
        "calculationType": "ARITHMETIC_MEAN",
        "bucketCount": 60,
        "bucketWidthMs": 1000,
    }
    assert ask(box, "referencePrice.calculation", symbol="DOGEUSDT") == {
        "symbol": "DOGEUSDT",
        "calculationType": "EXTERNAL",
        "externalCalculationId": 3,
    }


def test_execution_rules() -> None:
    """The range of those that have one; an unbounded side is absent; one selection only."""
    box = Box(instruments="all")
    rules = ask(box, "executionRules")["symbolRules"]
    assert [r["symbol"] for r in rules] == ["XRPUSDT", "DOGEUSDT", "USDCUSDT"]
    assert rules[1]["rules"] == [
        {"ruleType": "PRICE_RANGE", "bidLimitMultUp": "1.0500", "askLimitMultDown": "0.9500"}
    ]
    assert ask(box, "executionRules", symbol=BTC) == {"symbolRules": [{"symbol": BTC, "rules": []}]}
    assert ask(box, "executionRules", symbolStatus="HALT") == {"symbolRules": []}
    assert refused(box, "executionRules", symbol=BTC, symbolStatus="TRADING") == -1128
