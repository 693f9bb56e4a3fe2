"""Market streams: complete, consistent, and telling what was just traded."""

import itertools
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from . import truth
from .market import BTC, DAY, MINUTE, buy, near
from .stage import Stage
from .words import (
    AMOUNT,
    COUNT,
    DECIMAL,
    FLAG,
    ID,
    LATELY,
    NOW,
    PAST,
    POSITIVE,
    SIGNED,
    Each,
    Like,
    holds,
    now,
    one_of,
    true,
)

Row = dict[str, Any]
HEAR_SECONDS = 20
UPDATE = Like("an update id", lambda v: type(v) is int and v > 0)


def hear(stage: Stage, stream: str, wanted: Callable[[Any], bool], pattern: Any = None) -> Any:
    """The first message that is wanted; every message is like the pattern."""
    until = time.monotonic() + HEAR_SECONDS
    count = 0
    while True:
        for message in stage.voice.heard(stream):
            count += 1
            if pattern is not None:
                holds(message, pattern, stream)
            if wanted(message):
                return message
        true(time.monotonic() < until, f"what was wanted is not among {count} of {stream}")
        time.sleep(0.02)


def first(stage: Stage, stream: str, pattern: Any = None) -> Any:
    """Listen; the first message."""
    stage.voice.listen(stream)
    return hear(stage, stream, lambda _: True, pattern)


class Prints:
    """The trades of the trade stream, by id."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._by_id: dict[int, Row] = {}
        self._keep(first(stage, "btcusdt@trade"))

    def of(self, trade_id: int) -> Row:
        """One of them; waits for it."""
        if trade_id not in self._by_id:
            hear(self._stage, "btcusdt@trade", lambda m: self._keep(m) == trade_id)
        return self._by_id[trade_id]

    def _keep(self, message: Row) -> int:
        self._by_id[message["t"]] = message
        return int(message["t"])


@truth("order.place", hears=("trade", "aggTrade"))
def streams_print_my_trade(stage: Stage) -> None:
    for stream in ("btcusdt@trade", "btcusdt@aggTrade"):
        first(stage, stream)
    order = buy(stage, "0.002")
    fill = order["fills"][-1]
    trade = {"e": "trade", "E": NOW, "s": BTC, "t": ID, "p": POSITIVE, "q": POSITIVE, "T": NOW,
             "m": FLAG, "M": True}  # fmt: skip
    seen = hear(stage, "btcusdt@trade", lambda m: m.get("t") == fill["tradeId"], trade)
    mine = {"p": fill["price"], "q": fill["qty"], "T": order["transactTime"], "m": False}
    holds(seen, trade | mine, "my trade")
    true(seen["T"] <= seen["E"], "told before it happened")
    joined = {"e": "aggTrade", "E": NOW, "s": BTC, "a": ID, "p": POSITIVE, "q": POSITIVE,
              "f": ID, "l": ID, "T": NOW, "m": FLAG, "M": True}  # fmt: skip
    seen = hear(stage, "btcusdt@aggTrade",
                lambda m: m.get("f", 0) <= fill["tradeId"] <= m.get("l", 0), joined)  # fmt: skip
    total = sum(Decimal(f["qty"]) for f in order["fills"] if f["price"] == fill["price"])
    holds(seen, joined | {"p": fill["price"], "T": order["transactTime"], "m": False}, "mine")
    true(Decimal(seen["q"]) == total, f"the aggregate holds {seen['q']}")
    true(seen["l"] - seen["f"] < len(order["fills"]), "it holds too many")
    true(seen["a"] <= seen["l"], "its id is beyond its trades")


@truth("ticker.book", "order.place", "order.cancel", hears=("bookTicker",))
def the_best_prices_are_told(stage: Stage) -> None:
    stream = "btcusdt@bookTicker"
    pattern = {"u": UPDATE, "s": BTC, "b": POSITIVE, "B": POSITIVE, "a": POSITIVE, "A": POSITIVE}
    first(stage, stream, pattern)
    one = hear(stage, stream, lambda _: True, pattern)
    bid, ask = stage.best(BTC)
    near(one["b"], bid, "the bid")
    near(one["a"], ask, "the ask")
    true(Decimal(one["b"]) < Decimal(one["a"]), "crossed")
    more = hear(stage, stream, lambda m: m["u"] > one["u"], pattern)
    true(Decimal(more["b"]) < Decimal(more["a"]), "crossed")
    top = {Decimal(v) for v in (one["B"], one["A"])}
    true(all(quantity < 1000 for quantity in top), f"quantities are {top}")


@truth("depth", "order.place", "order.cancel", hears=("depth",))
def a_book_kept_from_the_stream_is_the_book(stage: Stage) -> None:
    stream = "btcusdt@depth@100ms"
    level = [POSITIVE, AMOUNT]
    pattern = {"e": "depthUpdate", "E": NOW, "s": BTC, "U": UPDATE, "u": UPDATE,
               "b": Each(level, 0), "a": Each(level, 0)}  # fmt: skip
    stage.voice.listen(stream)
    hear(stage, stream, lambda _: True, pattern)
    price = stage.price(BTC, -0.8)
    stage.ask("order.place", symbol=BTC, side="BUY", type="LIMIT", timeInForce="GTC",
              quantity="0.0444", price=price, newClientOrderId="in-the-stream")  # fmt: skip
    events: list[Row] = []

    def shown(message: Row) -> bool:
        events.append(message)
        return any(Decimal(p) == Decimal(price) and Decimal(q) >= Decimal("0.0444")
                   for p, q in message["b"])  # fmt: skip

    hear(stage, stream, shown, pattern)
    snapshot = stage.ask("depth", symbol=BTC, limit=1000)
    stage.ask("order.cancel", symbol=BTC, origClientOrderId="in-the-stream")

    def gone(message: Row) -> bool:
        events.append(message)
        return any(Decimal(p) == Decimal(price) and Decimal(q) < Decimal("0.0444")
                   for p, q in message["b"])  # fmt: skip

    hear(stage, stream, gone, pattern)
    true(all(b["U"] == a["u"] + 1 for a, b in itertools.pairwise(events)),
         "updates have holes")  # fmt: skip
    true(all(e["U"] <= e["u"] for e in events), "an update ends before it begins")
    book = {side: {p: Decimal(q) for p, q in snapshot[name]}
            for side, name in (("b", "bids"), ("a", "asks"))}  # fmt: skip
    true(snapshot["lastUpdateId"] >= events[0]["U"] - 1, "the snapshot is older than the stream")
    for event in events:
        if event["u"] <= snapshot["lastUpdateId"]:
            continue
        for side, levels in book.items():
            levels.update({p: Decimal(q) for p, q in event[side]})
    again = stage.ask("depth", symbol=BTC, limit=5)
    mine = max(Decimal(p) for p, q in book["b"].items() if q)
    near(mine, again["bids"][0][0], "the best bid of the kept book")
    true(mine < min(Decimal(p) for p, q in book["a"].items() if q), "the kept book is crossed")


@truth("depth", hears=("depth5, depth10, depth20",))
def the_top_of_the_book_is_told(stage: Stage) -> None:
    level = [POSITIVE, POSITIVE]
    for levels in (5, 20):
        stream = f"btcusdt@depth{levels}@100ms"
        seen = first(
            stage, stream, {"lastUpdateId": UPDATE, "bids": Each(level), "asks": Each(level)}
        )
        bids, asks = ([Decimal(p) for p, _ in seen[side]] for side in ("bids", "asks"))
        true(len(bids) == len(asks) == levels, f"{len(bids)} and {len(asks)} levels")
        true(bids == sorted(set(bids), reverse=True) and asks == sorted(set(asks)), "not sorted")
        true(bids[0] < asks[0], "crossed")
        bid, ask = stage.best(BTC)
        near(bids[0], bid, "the bid")
        near(asks[0], ask, "the ask")
        later = stage.ask("depth", symbol=BTC, limit=5)["lastUpdateId"]
        true(0 <= later - seen["lastUpdateId"] < 10**7, "its update id is of another book")


WHOLE = Like("a whole number", lambda v: type(v) is int)
BAR = {
    "t": PAST, "T": PAST, "s": BTC, "i": "1m", "f": WHOLE, "L": WHOLE,
    "o": POSITIVE, "c": POSITIVE, "h": POSITIVE,
    "l": POSITIVE, "v": AMOUNT, "n": COUNT, "x": FLAG, "q": AMOUNT, "V": AMOUNT, "Q": AMOUNT,
    "B": "0",
}  # fmt: skip
END = Like(
    "an end in ms", lambda v: type(v) is int and v % 1000 == 999 and abs(v - now()) < 2 * DAY
)


@truth("order.place", "klines", hears=("kline", "trade"))
def the_candle_on_the_stream_takes_in_my_trade(stage: Stage) -> None:
    stream = "btcusdt@kline_1m"
    pattern = {"e": "kline", "E": NOW, "s": BTC, "k": BAR | {"T": END}}
    prints = Prints(stage)
    stage.voice.listen(stream)
    before = hear(stage, stream, lambda _: True, pattern)["k"]
    order = buy(stage, "0.002")
    trade = order["fills"][-1]["tradeId"]
    after = hear(stage, stream, lambda m: m["k"]["L"] >= trade, pattern)["k"]
    _bar(after, MINUTE)
    last = prints.of(after["L"])
    true(Decimal(after["c"]) == Decimal(last["p"]), f"it closes at {after['c']}, not {last['p']}")
    if after["t"] == before["t"]:
        grown = Decimal(after["v"]) - Decimal(before["v"])
        true(grown >= Decimal("0.002"), f"the volume grew by {grown}")
        true(after["n"] > before["n"] and after["f"] == before["f"], "the count did not grow")
        true(Decimal(after["V"]) - Decimal(before["V"]) >= Decimal("0.002"), "no taker volume")
        worth = Decimal(after["Q"]) - Decimal(before["Q"])
        true(worth >= Decimal(order["cummulativeQuoteQty"]), f"the taker worth grew by {worth}")
        true(Decimal(after["q"]) > Decimal(before["q"]), "the worth did not grow")
    rows = stage.ask("klines", symbol=BTC, interval="1m", startTime=after["t"], limit=1)
    true(rows[0][0] == after["t"] and rows[0][1] == after["o"], f"the query says {rows[0]}")


def _bar(bar: Row, length: int) -> None:
    o, h, low, c, volume = (Decimal(bar[name]) for name in "ohlcv")
    true(low <= min(o, c) <= max(o, c) <= h, f"an impossible candle {bar}")
    true(bar["t"] % length == 0 and bar["T"] == bar["t"] + length - 1, f"its times {bar}")
    true(bar["t"] <= now() + 50 and (bar["x"] or bar["T"] > now() - 60_000), "it is not of now")
    slack = Decimal("0.001") * h * volume + Decimal("0.01")
    true(low * volume - slack <= Decimal(bar["q"]) <= h * volume + slack, f"its worth {bar}")
    true(Decimal(bar["V"]) <= volume, "takers bought more than all")
    taker = Decimal(bar["V"])
    true(low * taker - slack <= Decimal(bar["Q"]) <= h * taker + slack, f"its taker worth {bar}")
    if bar["n"]:
        true(bar["L"] - bar["f"] + 1 == bar["n"], f"its count {bar}")


@truth("klines", hears=("kline",))
def candles_of_a_second_and_of_days_elsewhere(stage: Stage) -> None:
    second = {"e": "kline", "E": NOW, "s": BTC, "k": BAR | {"T": END, "i": "1s"}}
    stream = "btcusdt@kline_1s"
    stage.voice.listen(stream)
    bar = hear(stage, stream, lambda m: m["k"]["x"], second)["k"]
    _bar(bar, 1_000)
    day = {"e": "kline", "E": NOW, "s": BTC, "k": BAR | {"T": END, "i": "1d"}}
    seen = first(stage, "btcusdt@kline_1d@+08:00", day)["k"]
    true(seen["t"] % DAY == 16 * 60 * MINUTE, f"the day begins at {seen['t']}")
    true(seen["T"] - seen["t"] == DAY - 1, "it is no day")


MINI_EVENT = {"e": "24hrMiniTicker", "E": NOW, "s": BTC, "c": POSITIVE, "o": POSITIVE,
              "h": POSITIVE, "l": POSITIVE, "v": POSITIVE, "q": POSITIVE}  # fmt: skip
WINDOW_EVENT = MINI_EVENT | {
    "e": one_of("1hTicker", "4hTicker", "1dTicker"), "p": SIGNED, "P": Like(
        "a percentage", lambda v: isinstance(v, str) and abs(Decimal(v)) < 50),
    "w": POSITIVE, "O": LATELY, "C": NOW, "F": ID, "L": ID, "n": COUNT,
}  # fmt: skip
TICKER_EVENT = WINDOW_EVENT | {
    "e": "24hrTicker", "x": POSITIVE, "Q": POSITIVE, "b": POSITIVE, "B": POSITIVE, "a": POSITIVE,
    "A": POSITIVE,
}  # fmt: skip


@truth(
    "order.place",
    "ticker.24hr",
    hears=("trade", "ticker", "miniTicker", "ticker_1h, ticker_4h, ticker_1d"),
)
def tickers_on_the_stream_take_in_my_trade(stage: Stage) -> None:
    prints = Prints(stage)
    for stream in ("btcusdt@ticker", "btcusdt@miniTicker", "btcusdt@ticker_1h"):
        stage.voice.listen(stream)
    first(stage, "btcusdt@ticker", TICKER_EVENT)
    order = buy(stage, "0.002")
    trade = order["fills"][-1]
    seen = hear(stage, "btcusdt@ticker", lambda m: m["L"] >= trade["tradeId"], TICKER_EVENT)
    _ticker(seen)
    true(seen["C"] - seen["O"] == DAY, "it is no day")
    true(Decimal(seen["b"]) < Decimal(seen["a"]), "crossed")
    bid, ask = stage.best(BTC)
    near(seen["b"], bid, "the bid")
    near(seen["a"], ask, "the ask")
    near(seen["x"], seen["o"], "the close before", 50)
    near(seen["c"], trade["price"], "the last price")
    true(Decimal(seen["Q"]) < 1000, "the last quantity")
    last = prints.of(seen["L"])
    true((seen["Q"], seen["c"]) == (last["q"], last["p"]), f"the last trade is {last}")
    short = hear(stage, "btcusdt@miniTicker", lambda m: m["E"] >= order["transactTime"], MINI_EVENT)
    _ticker(short)
    near(short["v"], seen["v"], "the two volumes")
    near(short["o"], seen["o"], "the two opens")
    hour = hear(stage, "btcusdt@ticker_1h", lambda m: m["L"] >= trade["tradeId"],
                WINDOW_EVENT | {"e": "1hTicker"})  # fmt: skip
    _ticker(hour)
    true(59 * MINUTE <= hour["C"] - hour["O"] <= 61 * MINUTE, "it is no hour")
    true(hour["c"] == prints.of(hour["L"])["p"], f"the last price is {hour['c']}")


def _ticker(seen: Row) -> None:
    o, h, low, c, volume, worth = (Decimal(seen[name]) for name in "ohlcvq")
    true(low <= min(o, c) <= max(o, c) <= h, f"an impossible ticker {seen}")
    true(low * volume <= worth <= h * volume, f"{worth} for {volume}")
    if "n" in seen:
        true(seen["n"] == seen["L"] - seen["F"] + 1, "the count is not that of the ids")
        true(Decimal(seen["p"]) == c - o, "the change is not last less open")
        true(abs((c / o - 1) * 100 - Decimal(seen["P"])) < Decimal("0.002"), "its percent")
        near(seen["w"], worth / volume, "the weighted average", 10**6)


@truth("order.place", hears=("!miniTicker@arr", "!ticker_1h@arr ..."))
def tickers_of_all_symbols_tell_those_that_changed(stage: Stage) -> None:
    def mine(rows: list[Row]) -> bool:
        return any(row["s"] == BTC for row in rows)

    stage.voice.listen("!miniTicker@arr")
    stage.voice.listen("!ticker_1h@arr")
    stage.voice.listen("btcusdt@trade")
    buy(stage)
    rows = hear(stage, "!miniTicker@arr", mine)
    one = next(row for row in rows if row["s"] == BTC)
    holds(one, MINI_EVENT, "!miniTicker@arr")
    _ticker(one)
    rows = hear(stage, "!ticker_1h@arr", mine)
    one = next(row for row in rows if row["s"] == BTC)
    holds(one, WINDOW_EVENT | {"e": "1hTicker"}, "!ticker_1h@arr")
    _ticker(one)


@truth("avgPrice", "order.place", hears=("avgPrice",))
def the_average_price_is_told_when_it_changes(stage: Stage) -> None:
    stream = "btcusdt@avgPrice"
    stage.voice.listen(stream)
    order = buy(stage)
    pattern = {"e": "avgPrice", "E": NOW, "s": BTC, "i": "5m", "w": POSITIVE, "T": LATELY}
    seen = hear(stage, stream, lambda m: m["T"] >= order["transactTime"] - 2_000, pattern)
    asked = stage.ask("avgPrice", symbol=BTC)
    near(seen["w"], asked["price"], "the two averages", 200)
    true(now() - seen["T"] < 60_000, "its last trade is old")


@truth("referencePrice", hears=("referencePrice",))
def the_reference_price_is_told_each_second(stage: Stage) -> None:
    pattern = {"e": "referencePrice", "s": "XRPUSDT", "r": DECIMAL, "t": NOW}
    seen = first(stage, "xrpusdt@referencePrice", pattern)
    near(seen["r"], stage.ask("referencePrice", symbol="XRPUSDT")["referencePrice"], "both", 50)
