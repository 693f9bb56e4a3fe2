"""What everybody may ask: consistent with itself and with what was just traded."""

import itertools
from decimal import Decimal
from typing import Any

from ..rules import EXCHANGE_FILTERS
from . import truth
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
    RECENT_MS,
    SIGNED,
    WORD,
    Each,
    Like,
    amount,
    holds,
    now,
    one_of,
    true,
)

BTC = "BTCUSDT"
MINUTE = 60_000
DAY = 86_400_000

INTERVALS_MS = {"1s": 1_000, "1m": MINUTE, "5m": 5 * MINUTE, "1h": 60 * MINUTE, "1d": DAY}

TRADE = {
    "id": ID,
    "price": POSITIVE,
    "qty": POSITIVE,
    "quoteQty": AMOUNT,
    "time": PAST,
    "isBuyerMaker": FLAG,
    "isBestMatch": True,
}
AGGREGATE = {
    "a": ID,
    "p": POSITIVE,
    "q": POSITIVE,
    "f": ID,
    "l": ID,
    "T": PAST,
    "m": FLAG,
    "M": True,
}
MINI = {
    "symbol": BTC,
    "openPrice": POSITIVE,
    "highPrice": POSITIVE,
    "lowPrice": POSITIVE,
    "lastPrice": POSITIVE,
    "volume": POSITIVE,
    "quoteVolume": POSITIVE,
    "openTime": LATELY,
    "closeTime": Like("about now", lambda v: type(v) is int and abs(v - now()) < 2 * DAY),
    "firstId": ID,
    "lastId": ID,
    "count": COUNT,
}
WINDOW = MINI | {
    "priceChange": SIGNED,
    "priceChangePercent": Like(
        "a percentage", lambda v: isinstance(v, str) and abs(Decimal(v)) < 50
    ),
    "weightedAvgPrice": POSITIVE,
}
FULL_DAY = WINDOW | {
    "prevClosePrice": POSITIVE,
    "lastQty": POSITIVE,
    "bidPrice": POSITIVE,
    "bidQty": POSITIVE,
    "askPrice": POSITIVE,
    "askQty": POSITIVE,
}


def buy(stage: Stage, quantity: str = "0.001", symbol: str = BTC) -> dict[str, Any]:
    """Trade, so that something has just happened."""
    order: dict[str, Any] = stage.ask(
        "order.place",
        symbol=symbol,
        side="BUY",
        type="MARKET",
        quantity=quantity,
        newOrderRespType="FULL",
        newClientOrderId=stage.name("buy"),
    )
    true(order["status"] == "FILLED", f"the market order is {order['status']}")
    return order


AGGREGATED_MS = 1_000
"""Before a trade of mine: a busy second has fewer aggregates than an answer holds."""


def near(one: Any, other: Any, text: str, parts: int = 1000) -> None:
    """Equal but for one part of so many."""
    a, b = Decimal(str(one)), Decimal(str(other))
    true(abs(a - b) * parts <= max(abs(a), abs(b)), f"{text}: {a} and {b}")


@truth("ping")
def nothing_is_said_to_a_ping(stage: Stage) -> None:
    stage.says("ping", {})


@truth("time")
def the_time_is_now_and_goes_on(stage: Stage) -> None:
    first = stage.says("time", {"serverTime": NOW})
    later = stage.says("time", {"serverTime": NOW})
    true(first["serverTime"] <= later["serverTime"] <= now() + 50, "time does not go on")


@truth("exchangeInfo", "exchangeInfo?symbol", "order.test")
def the_rules_of_a_symbol_are_those_that_are_enforced(stage: Stage) -> None:
    info = stage.says(
        "exchangeInfo",
        {
            "timezone": "UTC",
            "serverTime": NOW,
            "rateLimits": [*RATE_LIMITS[:3], CONNECTIONS if stage.socket else RATE_LIMITS[3]],
            "exchangeFilters": EXCHANGE_FILTERS,
            "symbols": [SYMBOL],
            "sors": [{"baseAsset": "BTC", "symbols": ["BTCUSDT", "BTCUSDC"]}],
        },
        symbol=BTC,
    )
    filters = {rule["filterType"]: rule for rule in info["symbols"][0]["filters"]}
    bid, _ = stage.best(BTC)
    up = Decimal(filters["PERCENT_PRICE_BY_SIDE"]["askMultiplierUp"])
    tried: dict[str, Any] = {"symbol": BTC, "side": "SELL", "type": "LIMIT", "timeInForce": "GTC"}
    far = amount((bid * up * Decimal("1.05")).quantize(Decimal("0.01")))
    stage.refuses(
        -1013, "PERCENT_PRICE_BY_SIDE", "order.test", **tried, quantity="0.001", price=far
    )
    fine = amount((bid * up * Decimal("0.95")).quantize(Decimal("0.01")))
    stage.says("order.test", {}, **tried, quantity="0.001", price=fine)
    tick = Decimal(filters["PRICE_FILTER"]["tickSize"])
    odd = amount(Decimal(fine) + tick / 2)
    stage.refuses(-1013, "PRICE_FILTER", "order.test", **tried, quantity="0.001", price=odd)
    step = Decimal(filters["LOT_SIZE"]["stepSize"])
    stage.refuses(-1013, "LOT_SIZE", "order.test", **tried, quantity=amount(step / 2), price=fine)
    most = Decimal(filters["LOT_SIZE"]["maxQty"]) + step
    stage.refuses(-1013, "LOT_SIZE", "order.test", **tried, quantity=amount(most), price=fine)


@truth("exchangeInfo", "exchangeInfo?symbol")
def a_symbol_that_is_not_there_is_refused(stage: Stage) -> None:
    stage.refuses(-1121, "Invalid symbol.", "exchangeInfo", symbol="NOPEUSDT")


@truth("exchangeInfo", "exchangeInfo?symbol")
def many_symbols_come_as_asked(stage: Stage) -> None:
    info = stage.ask("exchangeInfo", symbols=[BTC, "ETHBTC"])
    seen = {row["symbol"]: (row["baseAsset"], row["quoteAsset"]) for row in info["symbols"]}
    true(seen == {BTC: ("BTC", "USDT"), "ETHBTC": ("ETH", "BTC")}, f"the symbols are {seen}")


@truth("executionRules")
def the_price_range_of_a_symbol_is_told(stage: Stage) -> None:
    stage.says(
        "executionRules",
        {
            "symbolRules": [
                {
                    "symbol": "XRPUSDT",
                    "rules": [
                        {
                            "ruleType": "PRICE_RANGE",
                            "bidLimitMultUp": one_of("1.0500"),
                            "bidLimitMultDown": one_of("0.9500"),
                            "askLimitMultUp": one_of("1.0500"),
                            "askLimitMultDown": one_of("0.9500"),
                        }
                    ],
                }
            ]
        },
        symbol="XRPUSDT",
    )


@truth("depth", "order.place", "order.cancel")
def an_order_of_mine_stands_in_the_book_and_goes(stage: Stage) -> None:
    price = stage.price(BTC, -1)
    stage.ask(
        "order.place",
        symbol=BTC,
        side="BUY",
        type="LIMIT",
        timeInForce="GTC",
        quantity="0.0333",
        price=price,
        newClientOrderId="in-the-book",
    )
    levels = _book(stage)
    there = levels.get(price_of(price), Decimal(0))
    true(there >= Decimal("0.0333"), f"at {price} there is {there}")
    before = stage.ask("depth", symbol=BTC, limit=5)["lastUpdateId"]
    stage.ask("order.cancel", symbol=BTC, origClientOrderId="in-the-book")
    left = _book(stage).get(price_of(price), Decimal(0))
    true(left <= there - Decimal("0.0333"), f"at {price} there is still {left}")
    after = stage.ask("depth", symbol=BTC, limit=5)["lastUpdateId"]
    true(after > before, "the book changed without a new update id")
    five = stage.ask("depth", symbol=BTC, limit=5)
    true(len(five["bids"]) == len(five["asks"]) == 5, "not five levels a side")


def price_of(text: str) -> Decimal:
    """A price as a key."""
    return Decimal(text)


def _book(stage: Stage) -> dict[Decimal, Decimal]:
    level = [POSITIVE, POSITIVE]
    seen = stage.says(
        "depth",
        {
            "lastUpdateId": Like("an update id", lambda v: type(v) is int and v > 0),
            "bids": Each(level, 20),
            "asks": Each(level, 20),
        },
        symbol=BTC,
        limit=1000,
    )
    bids, asks = ([Decimal(p) for p, _ in seen[side]] for side in ("bids", "asks"))
    true(bids == sorted(set(bids), reverse=True), "the bids are not sorted")
    true(asks == sorted(set(asks)), "the asks are not sorted")
    true(bids[0] < asks[0], "the book is crossed")
    bid, ask = stage.best(BTC)
    near(bids[0], bid, "the best bid")
    near(asks[0], ask, "the best ask")
    return {Decimal(p): Decimal(q) for p, q in seen["bids"] + seen["asks"]}


@truth("depth")
def a_limit_of_levels_that_is_none_is_refused(stage: Stage) -> None:
    stage.refuses(-1121, "Invalid symbol.", "depth", symbol="NOPEUSDT")


@truth("trades.recent", "trades.historical", "trades.aggregate", "order.place")
def a_trade_of_mine_is_printed(stage: Stage) -> None:
    order = buy(stage)
    fill = order["fills"][-1]
    mine = {
        "id": fill["tradeId"],
        "price": fill["price"],
        "qty": fill["qty"],
        "quoteQty": amount(Decimal(fill["price"]) * Decimal(fill["qty"])),
        "time": order["transactTime"],
        "isBuyerMaker": False,
        "isBestMatch": True,
    }
    recent = stage.says("trades.recent", Each(TRADE), symbol=BTC, limit=50)
    ids = [row["id"] for row in recent]
    true(ids == list(range(ids[0], ids[0] + len(ids))) and len(ids) == 50, f"ids are {ids}")
    _prints(recent)
    holds([row for row in recent if row["id"] == mine["id"]], [mine], "the recent trade")
    stage.says("trades.historical", [mine], symbol=BTC, limit=1, fromId=mine["id"])
    joined = stage.says(
        "trades.aggregate",
        Each(AGGREGATE),
        symbol=BTC,
        startTime=order["transactTime"] - AGGREGATED_MS,
        endTime=order["transactTime"] + 1_000,
    )
    for row in joined:
        true(row["a"] <= row["f"] <= row["l"] or row["f"] <= row["l"], f"an aggregate is {row}")
        near(row["p"], mine["price"], "the price of an aggregate", 20)
        true(row["T"] >= order["transactTime"] - AGGREGATED_MS, "older than asked")
    true(
        [row["f"] for row in joined[1:]] == [row["l"] + 1 for row in joined[:-1]],
        "aggregates have holes",
    )
    holding = [row for row in joined if row["f"] <= mine["id"] <= row["l"]]
    true(len(holding) == 1, f"the trade stands in {len(holding)} aggregates")
    holds(
        holding[0],
        AGGREGATE | {"p": mine["price"], "T": order["transactTime"], "m": False},
        "my aggregate",
    )
    total = sum(Decimal(f["qty"]) for f in order["fills"] if f["price"] == mine["price"])
    true(Decimal(holding[0]["q"]) == total, f"the aggregate holds {holding[0]['q']}")
    true(holding[0]["l"] - holding[0]["f"] < len(order["fills"]), "the aggregate holds too many")


def _prints(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        near(row["quoteQty"], Decimal(row["price"]) * Decimal(row["qty"]), "worth", 10**6)
    times = [row["time"] for row in rows]
    true(times == sorted(times), "trades are not in order")
    true(now() - times[-1] < 120_000, f"the last trade is of {times[-1]}")
    for row in rows:
        near(row["price"], rows[-1]["price"], "prices of one minute", 20)


@truth("blockTrades.historical")
def there_are_no_block_trades(stage: Stage) -> None:
    stage.says("blockTrades.historical", [], symbol=BTC, fromId=0)


@truth("klines", "uiKlines", "order.place")
def candles_take_in_what_i_traded(stage: Stage) -> None:
    before = _candle(stage, "1m")
    order = buy(stage, "0.002")
    after = _candle(stage, "1m")
    if after[0] == before[0]:  # the minute did not end in between
        grown = Decimal(after[5]) - Decimal(before[5])
        true(grown >= Decimal("0.002"), f"the volume grew by {grown}")
        true(after[8] > before[8], "the count of trades did not grow")
        true(Decimal(after[9]) - Decimal(before[9]) >= Decimal("0.002"), "no taker volume")
        worth = Decimal(after[10]) - Decimal(before[10])
        true(worth >= Decimal(order["cummulativeQuoteQty"]), f"the taker worth grew by {worth}")
    price = Decimal(order["fills"][0]["price"])
    true(Decimal(after[3]) <= price <= Decimal(after[2]), "my price lies outside of the candle")
    for interval, length in INTERVALS_MS.items():
        rows = stage.ask("klines", symbol=BTC, interval=interval, limit=5)
        true(len(rows) == 5, f"{len(rows)} candles")
        _possible(rows, length)
    drawn = stage.ask("uiKlines", symbol=BTC, interval="1m", limit=5)
    _possible(drawn, MINUTE)
    plain = stage.ask("klines", symbol=BTC, interval="1m", limit=5)
    pairs = [(a, b) for a in drawn for b in plain if a[0] == b[0] and a[0] < plain[-1][0]]
    true(len(pairs) >= 3 and all(a == b for a, b in pairs), "the two kinds of candles differ")


def _candle(stage: Stage, interval: str) -> list[Any]:
    rows = stage.says("klines", [CANDLE], symbol=BTC, interval=interval, limit=1)
    found: list[Any] = rows[0]
    return found


CANDLE = [
    PAST, POSITIVE, POSITIVE, POSITIVE, POSITIVE, AMOUNT, Like(
        "an end in ms", lambda v: type(v) is int and v > 1_500_000_000_000 and v % 1000 == 999
    ), AMOUNT, COUNT, AMOUNT, AMOUNT, "0",
]  # fmt: skip


def _possible(rows: list[list[Any]], length: int) -> None:
    for row in rows:
        holds(row, CANDLE, "candle")
        o, h, low, c, volume = (Decimal(value) for value in row[1:6])
        true(low <= min(o, c) <= max(o, c) <= h, f"an impossible candle {row}")
        true(
            row[0] % length == 0 and row[6] == row[0] + length - 1,
            f"its times are {row[0]} {row[6]}",
        )
        worth, taker, taker_worth = Decimal(row[7]), Decimal(row[9]), Decimal(row[10])
        slack = Decimal("0.001") * worth + Decimal("0.01")
        true(low * volume - slack <= worth <= h * volume + slack, f"its worth is {worth}")
        true(taker <= volume, f"takers bought {taker} of {volume}")
        bound = low * taker - slack <= taker_worth <= h * taker + slack
        true(bound, f"the taker worth is {taker_worth}")
        true((row[8] > 0) == (volume > 0), f"{row[8]} trades of {volume}")
    starts = [row[0] for row in rows]
    true([b - a for a, b in itertools.pairwise(starts)] == [length] * (len(rows) - 1),
         f"candles start at {starts}")  # fmt: skip


@truth("klines")
def a_candle_of_no_length_is_refused(stage: Stage) -> None:
    stage.refuses(-1121, "Invalid symbol.", "klines", symbol="NOPEUSDT", interval="1m")


@truth("klines")
def days_can_begin_elsewhere(stage: Stage) -> None:
    rows = stage.ask("klines", symbol=BTC, interval="1d", limit=3, timeZone="8")
    true([row[0] % DAY for row in rows] == [16 * 60 * MINUTE] * 3, f"days begin at {rows}")


@truth("klines")
def candles_are_found_by_time(stage: Stage) -> None:
    start = now() // MINUTE * MINUTE - 10 * MINUTE
    rows = stage.ask(
        "klines", symbol=BTC, interval="1m", startTime=start, endTime=start + 4 * MINUTE
    )
    true([row[0] for row in rows] == [start + n * MINUTE for n in range(5)], f"starts are {rows}")


@truth("avgPrice", "klines")
def the_average_price_is_that_of_five_minutes(stage: Stage) -> None:
    seen = stage.says("avgPrice", {"mins": 5, "price": POSITIVE, "closeTime": LATELY}, symbol=BTC)
    rows = stage.ask("klines", symbol=BTC, interval="1m", limit=7)
    low, high = min(Decimal(r[3]) for r in rows), max(Decimal(r[2]) for r in rows)
    true(low <= Decimal(seen["price"]) <= high, f"{seen['price']} lies outside of {low} and {high}")
    true(now() - seen["closeTime"] < 120_000, "its last trade is old")


@truth("ticker.24hr", "order.place", "ticker.book", "ticker.price")
def the_day_takes_in_what_i_traded(stage: Stage) -> None:
    before = stage.says("ticker.24hr", FULL_DAY, symbol=BTC)
    order = buy(stage, "0.002")
    seen = stage.says("ticker.24hr", FULL_DAY, symbol=BTC)
    _window(seen, DAY)
    true(seen["closeTime"] - seen["openTime"] == DAY, "the window is not a day")
    true(abs(now() - seen["closeTime"]) < RECENT_MS, f"it ends at {seen['closeTime']}")
    true(seen["lastId"] >= order["fills"][-1]["tradeId"] > before["lastId"], "no new last id")
    # what was just bought counts; what left the window at its other end is seconds old
    true(seen["count"] > 0 and seen["lastId"] > before["lastId"], "nothing new was counted")
    bid, ask = stage.best(BTC)
    near(seen["bidPrice"], bid, "the bid")
    near(seen["askPrice"], ask, "the ask")
    true(Decimal(seen["bidPrice"]) < Decimal(seen["askPrice"]), "crossed")
    near(seen["lastPrice"], order["fills"][-1]["price"], "the last price")
    near(seen["prevClosePrice"], seen["openPrice"], "the close before", 50)
    book = stage.says(
        "ticker.book",
        {
            "symbol": BTC,
            "bidPrice": POSITIVE,
            "bidQty": POSITIVE,
            "askPrice": POSITIVE,
            "askQty": POSITIVE,
        },
        symbol=BTC,
    )
    near(book["bidPrice"], seen["bidPrice"], "the two bids")
    near(book["askPrice"], seen["askPrice"], "the two asks")
    true(Decimal(book["bidPrice"]) < Decimal(book["askPrice"]), "crossed")
    last = stage.says("ticker.price", {"symbol": BTC, "price": POSITIVE}, symbol=BTC)
    near(last["price"], order["fills"][-1]["price"], "the price")
    if seen["lastId"] == order["fills"][-1]["tradeId"]:
        holds(seen["lastQty"], order["fills"][-1]["qty"], "lastQty")
        holds(seen["lastPrice"], order["fills"][-1]["price"], "lastPrice")


def _window(seen: dict[str, Any], length: int) -> None:
    opened, high, low, last = (
        Decimal(seen[name]) for name in ("openPrice", "highPrice", "lowPrice", "lastPrice")
    )
    true(low <= min(opened, last) <= max(opened, last) <= high, f"an impossible window {seen}")
    true(seen["count"] == seen["lastId"] - seen["firstId"] + 1, "the count is not that of the ids")
    volume, worth = Decimal(seen["volume"]), Decimal(seen["quoteVolume"])
    true(low * volume <= worth <= high * volume, f"{worth} for {volume}")
    if "priceChange" in seen:
        true(Decimal(seen["priceChange"]) == last - opened, "the change is not last less open")
        percent = (last / opened - 1) * 100
        true(abs(percent - Decimal(seen["priceChangePercent"])) < Decimal("0.002"), "its percent")
        near(seen["weightedAvgPrice"], worth / volume, "the weighted average", 10**6)
    true(0 < seen["closeTime"] - seen["openTime"] <= length, "the window's ends")


@truth("ticker.24hr")
def the_day_of_several_symbols_and_in_short(stage: Stage) -> None:
    rows = stage.says(
        "ticker.24hr",
        Each(MINI | {"symbol": one_of(BTC, "ETHUSDT")}, 2),
        symbols=[BTC, "ETHUSDT"],
        type="MINI",
    )
    for row in rows:
        _window(row, DAY)


@truth("ticker.tradingDay")
def the_trading_day_begins_at_midnight(stage: Stage) -> None:
    seen = stage.says("ticker.tradingDay", WINDOW, symbol=BTC)
    _window(seen, DAY)
    true(seen["openTime"] == now() // DAY * DAY, f"it opens at {seen['openTime']}")
    true(seen["closeTime"] == seen["openTime"] + DAY - 1, f"it closes at {seen['closeTime']}")
    short = stage.says("ticker.tradingDay", MINI, symbol=BTC, type="MINI")
    _window(short, DAY)


@truth("ticker", "order.place")
def a_rolling_window_takes_in_what_i_traded(stage: Stage) -> None:
    before = stage.says("ticker", WINDOW, symbol=BTC, windowSize="1h")
    order = buy(stage, "0.002")
    seen = stage.says("ticker", WINDOW, symbol=BTC, windowSize="1h")
    _window(seen, 61 * MINUTE)
    true(seen["openTime"] % MINUTE == 0, "it does not open with a minute")
    true(59 * MINUTE <= seen["closeTime"] - seen["openTime"] <= 61 * MINUTE, "it is no hour")
    true(abs(now() - seen["closeTime"]) < RECENT_MS, f"it ends at {seen['closeTime']}")
    true(seen["lastId"] > before["lastId"], "nothing was added")
    if seen["firstId"] == before["firstId"]:
        grown = Decimal(seen["volume"]) - Decimal(before["volume"])
        worth = Decimal(seen["quoteVolume"]) - Decimal(before["quoteVolume"])
        true(grown >= Decimal("0.002"), f"the volume grew by {grown}")
        true(worth >= Decimal(order["cummulativeQuoteQty"]), f"the worth grew by {worth}")
    near(seen["lastPrice"], order["fills"][-1]["price"], "the last price")
    short = stage.says("ticker", MINI, symbol=BTC, windowSize="1h", type="MINI")
    _window(short, 61 * MINUTE)


@truth("ticker.price", "ticker.book")
def prices_of_several_symbols(stage: Stage) -> None:
    rows = stage.says(
        "ticker.price",
        Each({"symbol": one_of(BTC, "ETHUSDT"), "price": POSITIVE}, 2),
        symbols=[BTC, "ETHUSDT"],
    )
    true({row["symbol"] for row in rows} == {BTC, "ETHUSDT"}, f"{rows}")
    for row in rows:
        near(row["price"], stage.best(row["symbol"])[0], row["symbol"], 50)
    books = stage.says(
        "ticker.book",
        Each(
            {
                "symbol": one_of(BTC, "ETHUSDT"),
                "bidPrice": POSITIVE,
                "bidQty": POSITIVE,
                "askPrice": POSITIVE,
                "askQty": POSITIVE,
            },
            2,
        ),
        symbols=[BTC, "ETHUSDT"],
    )
    for row in books:
        near(row["bidPrice"], stage.best(row["symbol"])[0], row["symbol"], 50)
        true(Decimal(row["bidPrice"]) < Decimal(row["askPrice"]), "crossed")


@truth("ticker.24hr", "ticker.tradingDay", "ticker", "ticker.price", "ticker.book", "avgPrice")
def tickers_of_nothing_are_refused(stage: Stage) -> None:
    for operation in ("ticker.24hr", "ticker.tradingDay", "ticker", "ticker.price", "ticker.book"):
        stage.refuses(-1121, "Invalid symbol.", operation, symbol="NOPEUSDT")
    stage.refuses(-1121, "Invalid symbol.", "avgPrice", symbol="NOPEUSDT")


@truth("referencePrice", "referencePrice.calculation", "ticker.book")
def the_reference_price_lies_at_the_market(stage: Stage) -> None:
    seen = stage.says(
        "referencePrice",
        {"symbol": "XRPUSDT", "referencePrice": DECIMAL, "timestamp": LATELY},
        symbol="XRPUSDT",
    )
    near(seen["referencePrice"], stage.best("XRPUSDT")[0], "the reference", 20)
    stage.says(
        "referencePrice.calculation",
        {
            "symbol": "XRPUSDT",
            "calculationType": "ARITHMETIC_MEAN",
            "bucketCount": 60,
            "bucketWidthMs": 1000,
        },
        symbol="XRPUSDT",
    )
    stage.refuses(-2043, "reference price", "referencePrice", symbol=BTC)


RATE_LIMITS = [
    {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
    {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100},
    {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": 200000},
    {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 300000},
]
CONNECTIONS = {"rateLimitType": "CONNECTIONS", "interval": "MINUTE", "intervalNum": 5, "limit": 300}
"""limits.md: what the live venue publishes today."""

ORDER_TYPES = ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT",
               "TAKE_PROFIT_LIMIT"]  # fmt: skip
MODES = ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER"]
SYMBOL: dict[str, Any] = {
    "symbol": BTC,
    "status": "TRADING",
    "baseAsset": "BTC",
    "baseAssetPrecision": 8,
    "quoteAsset": "USDT",
    "quotePrecision": 8,
    "quoteAssetPrecision": 8,
    "baseCommissionPrecision": 8,
    "quoteCommissionPrecision": 8,
    "orderTypes": ORDER_TYPES,
    "icebergAllowed": True,
    "ocoAllowed": True,
    "otoAllowed": True,
    "opoAllowed": True,
    "quoteOrderQtyMarketAllowed": True,
    "allowTrailingStop": True,
    "cancelReplaceAllowed": True,
    "amendAllowed": True,
    "pegInstructionsAllowed": True,
    "isSpotTradingAllowed": True,
    "isMarginTradingAllowed": FLAG,
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.01000000", "maxPrice": "1000000.00000000",
         "tickSize": "0.01000000"},
        {"filterType": "LOT_SIZE", "minQty": "0.00001000", "maxQty": "9000.00000000",
         "stepSize": "0.00001000"},
        {"filterType": "ICEBERG_PARTS", "limit": 100},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": POSITIVE,
         "stepSize": "0.00000000"},
        {"filterType": "TRAILING_DELTA", "minTrailingAboveDelta": 10,
         "maxTrailingAboveDelta": 2000, "minTrailingBelowDelta": 10,
         "maxTrailingBelowDelta": 2000},
        {"filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": "5",
         "bidMultiplierDown": "0.2", "askMultiplierUp": "5", "askMultiplierDown": "0.2",
         "avgPriceMins": 5},
        {"filterType": "NOTIONAL", "minNotional": "5.00000000", "applyMinToMarket": True,
         "maxNotional": "9000000.00000000", "applyMaxToMarket": False, "avgPriceMins": 5},
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
        {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": 20},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5},
        {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": 10},
    ],
    "permissions": [],
    "permissionSets": Each(Each(WORD)),
    "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
    "allowedSelfTradePreventionModes": MODES,
}  # fmt: skip
"""BTCUSDT as the live venue describes it (a public saved exchangeInfo of 2026-09)."""
