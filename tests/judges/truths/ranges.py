"""Which of many are told: by time, by id, by count, by status, by symbol. What is left out is as
much a part of the truth as what is told.
"""

import time as clock
from decimal import Decimal
from typing import Any

from ..rules import OLDER, OLDER_FILTERS, OUTSIDE
from . import truth
from .list_words import given, legs
from .market import BTC, DAY, MINI, MINUTE, TRADE, WINDOW, buy
from .orders import Row, rest
from .stage import Stage
from .words import Each, holds, now, one_of, true

ETH = "ETHUSDT"
TWO = [BTC, ETH]
Q: dict[str, Any] = {"symbol": BTC}


def later(stage: Stage, then: int) -> None:
    """Until the venue's clock has gone on by some milliseconds."""
    until = clock.monotonic() + 5
    while stage.box.ask("GET", "/status")["venue_time_ns"] // 1_000_000 < then + 3:
        true(clock.monotonic() < until, "venue time stands still")
        clock.sleep(0.002)


def chosen(stage: Stage, operation: str, name: str, wanted: list[Any], **words: Any) -> None:
    """Exactly these are told, in this order."""
    rows = stage.ask(operation, **words)
    seen = [row[name] for row in rows]
    true(seen == wanted, f"{operation} {words} tells {seen}, not {wanted}")


@truth("orderList.place.oco", "allOrderLists", "orderList.cancel")
def lists_are_chosen_by_time_and_id(stage: Stage) -> None:
    told = []
    for _ in range(2):
        words = given("oco", legs(stage, "oco", pegged=False))
        told.append(stage.ask("orderList.place.oco", **words))
        stage.ask("orderList.cancel", symbol=BTC, orderListId=told[-1]["orderListId"])
        later(stage, told[-1]["transactionTime"])
    one, two = ((row["orderListId"], row["transactionTime"]) for row in told)
    ask = "allOrderLists", "orderListId"
    chosen(stage, *ask, [one[0], two[0]], startTime=one[1])
    chosen(stage, *ask, [two[0]], startTime=two[1])
    chosen(stage, *ask, [one[0]], startTime=one[1], endTime=one[1])
    chosen(stage, *ask, [one[0]], fromId=one[0], limit=1)
    chosen(stage, *ask, [two[0]], fromId=two[0])


@truth("order.place", "myTrades", "allOrders", "order.cancel")
def trades_and_orders_are_chosen_by_time(stage: Stage) -> None:
    orders = []
    for _ in range(2):
        orders.append(buy(stage))
        later(stage, orders[-1]["transactTime"])
    one, two = orders
    start, end = one["transactTime"], two["transactTime"]
    first = [one["orderId"]] * len(one["fills"])
    second = [two["orderId"]] * len(two["fills"])
    ask = "myTrades", "orderId"
    chosen(stage, *ask, first + second, **Q, startTime=start)
    chosen(stage, *ask, second, **Q, startTime=end)
    chosen(stage, *ask, first, **Q, startTime=start, endTime=start)
    chosen(stage, *ask, second[:1], **Q, orderId=two["orderId"], limit=1)
    ids = [one["orderId"], two["orderId"]]
    chosen(stage, "allOrders", "orderId", ids, **Q, startTime=start)
    chosen(stage, "allOrders", "orderId", ids[1:], **Q, startTime=end)
    chosen(stage, "allOrders", "orderId", ids[:1], **Q, startTime=start, endTime=start)
    chosen(stage, "allOrders", "orderId", ids[:1], **Q, orderId=ids[0], limit=1)


@truth("sor.order.place", "myAllocations")
def allocations_are_chosen_by_time_and_id(stage: Stage) -> None:
    got: list[Row] = []
    for _ in range(2):
        answer = stage.ask("sor.order.place", symbol=BTC, side="BUY", type="MARKET",
                           quantity="0.001", newOrderRespType="FULL")  # fmt: skip
        got.append(answer[0] if stage.socket else answer)
        later(stage, got[-1]["transactTime"])
    rows = [stage.ask("myAllocations", **Q, orderId=each["orderId"]) for each in got]
    one, two = ([row["allocationId"] for row in each] for each in rows)
    true(bool(one) and bool(two), "nothing was allocated")
    times = [each["transactTime"] for each in got]
    ask = "myAllocations", "allocationId"
    chosen(stage, *ask, one + two, **Q, startTime=times[0])
    chosen(stage, *ask, two, **Q, startTime=times[1])
    chosen(stage, *ask, one, **Q, startTime=times[0], endTime=times[0])
    chosen(stage, *ask, two[:1], **Q, fromAllocationId=two[0], limit=1)
    chosen(stage, *ask, two, **Q, orderId=got[1]["orderId"], fromAllocationId=one[0])


@truth("order.place", "order.amend.keepPriority", "order.amendments", "order.cancel")
def amendments_are_chosen_by_id(stage: Stage) -> None:
    order = rest(stage, 20, quantity="0.01")
    of = {"symbol": BTC, "orderId": order["orderId"]}
    made = [stage.ask("order.amend.keepPriority", **of, newQty=left)["executionId"]
            for left in ("0.008", "0.006", "0.004")]  # fmt: skip
    ask = "order.amendments", "executionId"
    chosen(stage, *ask, made, **of)
    chosen(stage, *ask, made[:1], **of, limit=1)
    chosen(stage, *ask, made[1:], **of, fromExecutionId=made[1])
    stage.ask("order.cancel", **of)


# --- market data --------------------------------------------------------------------------------


@truth("exchangeInfo", "exchangeInfo?symbol")
def the_older_filters_are_told_too(stage: Stage) -> None:
    info = stage.ask("exchangeInfo", symbol=OLDER)
    filters = info["symbols"][0]["filters"]
    holds(filters[-len(OLDER_FILTERS) :], OLDER_FILTERS, "the older filters")


@truth("exchangeInfo", "exchangeInfo?symbol")
def symbols_are_chosen_by_status_and_permission(stage: Stage) -> None:
    every = {row["symbol"] for row in stage.ask("exchangeInfo")["symbols"]}
    true({BTC, ETH, OLDER, OUTSIDE} <= every, f"the symbols are {every}")
    trading = stage.ask("exchangeInfo", symbolStatus="TRADING")["symbols"]
    true({row["symbol"] for row in trading} == every, "not all are trading")
    true(not stage.ask("exchangeInfo", symbolStatus="HALT")["symbols"], "some are halted")
    may = stage.ask("exchangeInfo", permissions="TRD_GRP_004")["symbols"]
    true({row["symbol"] for row in may} == every, "another permission")
    true(not stage.ask("exchangeInfo", permissions="LEVERAGED")["symbols"], "leveraged ones")
    for shown in (True, False):
        flag = shown if stage.socket else str(shown).lower()
        row = stage.ask("exchangeInfo", symbol=BTC, showPermissionSets=flag)["symbols"][0]
        true(bool(row["permissionSets"]) is shown, f"permission sets: {row['permissionSets']}")


@truth("executionRules")
def price_ranges_are_chosen_by_symbol_and_status(stage: Stage) -> None:
    def told(**words: Any) -> list[str]:
        rules = stage.ask("executionRules", **words)["symbolRules"]
        return [row["symbol"] for row in rules]

    true(told(symbols=["XRPUSDT", OUTSIDE]) == ["XRPUSDT", OUTSIDE], "other symbols")
    true(told(symbol=OUTSIDE) == [OUTSIDE], "another symbol")
    true(told(symbolStatus="TRADING") == ["XRPUSDT", OUTSIDE], "not all that trade")
    true(told(symbolStatus="BREAK") == [], "some are in a break")


@truth("depth", "ticker.24hr", "ticker.tradingDay", "ticker", "ticker.price", "ticker.book",
       "referencePrice.calculation")  # fmt: skip
def another_status_than_that_of_the_symbol_is_refused(stage: Stage) -> None:
    for operation in ("depth", "ticker.24hr", "ticker.tradingDay", "ticker", "ticker.price",
                      "ticker.book", "referencePrice.calculation"):  # fmt: skip
        symbol = OUTSIDE if operation.startswith("reference") else BTC
        stage.ask(operation, symbol=symbol, symbolStatus="TRADING")
        stage.refuses(-1220, "status", operation, symbol=symbol, symbolStatus="HALT")


@truth("ticker.24hr", "ticker.tradingDay", "ticker", "ticker.price", "ticker.book")
def tickers_of_several_symbols_are_chosen_by_status(stage: Stage) -> None:
    for operation in ("ticker.24hr", "ticker.tradingDay", "ticker", "ticker.price", "ticker.book"):
        rows = stage.ask(operation, symbols=TWO, symbolStatus="TRADING")
        true([row["symbol"] for row in rows] == TWO, f"{operation}: {rows}")
        true(stage.ask(operation, symbols=TWO, symbolStatus="BREAK") == [], f"{operation}: a break")


@truth("ticker.book", "depth")
def the_best_offers_are_those_of_the_book(stage: Stage) -> None:
    with stage.still():
        best = stage.ask("ticker.book", symbol=BTC)
        book = stage.ask("depth", symbol=BTC, limit=5)
        for side, names in (("bids", ("bidPrice", "bidQty")), ("asks", ("askPrice", "askQty"))):
            seen = [best[name] for name in names]
            true(seen == book[side][0], f"the best of {side} is {seen}, not {book[side][0]}")


@truth("ticker.tradingDay", "ticker")
def windows_of_several_symbols_and_days_elsewhere(stage: Stage) -> None:
    there: Row = {"symbol": one_of(*TWO)}
    stage.says("ticker.tradingDay", Each(WINDOW | there, 2), symbols=TWO)
    stage.says("ticker", Each(MINI | there, 2), symbols=TWO, windowSize="2h", type="MINI")
    for zone, hours in (("8", 8), ("-3:30", -3.5)):
        day = stage.says("ticker.tradingDay", WINDOW, symbol=BTC, timeZone=zone)
        off = int(hours * 60) * MINUTE
        opens = (now() + off) // DAY * DAY - off
        true(day["openTime"] == opens, f"in zone {zone} it opens at {day['openTime']}")


@truth("uiKlines", "klines")
def both_kinds_of_candles_are_chosen_by_time_and_zone(stage: Stage) -> None:
    start = now() // MINUTE * MINUTE - 20 * MINUTE
    for operation in ("uiKlines", "klines"):
        words = {"symbol": BTC, "interval": "1m", "startTime": start}
        rows = stage.ask(operation, **words, endTime=start + 3 * MINUTE)
        true([row[0] for row in rows] == [start + n * MINUTE for n in range(4)], f"{rows}")
        rows = stage.ask(operation, **words, limit=2)
        true([row[0] for row in rows] == [start, start + MINUTE], f"{rows}")
        rows = stage.ask(operation, symbol=BTC, interval="1m", endTime=start, limit=1)
        true([row[0] for row in rows] == [start], f"{rows}")
        days = stage.ask(operation, symbol=BTC, interval="1d", limit=2, timeZone="5")
        true([row[0] % DAY for row in days] == [19 * 60 * MINUTE] * 2, f"days begin at {days}")


@truth("trades.aggregate", "trades.historical", "trades.recent", "order.place")
def trades_are_chosen_by_id_and_count(stage: Stage) -> None:
    last = buy(stage)["fills"][-1]["tradeId"]
    for operation in ("trades.recent", "trades.historical"):
        for count in (1, 7):
            rows = stage.says(operation, Each(TRADE), symbol=BTC, limit=count)
            true(len(rows) == count, f"{len(rows)} trades of {operation}")
    rows = stage.ask("trades.historical", symbol=BTC, fromId=last - 4, limit=3)
    true([row["id"] for row in rows] == [last - 4, last - 3, last - 2], f"{rows}")
    joined = stage.ask("trades.aggregate", symbol=BTC, limit=3)
    true(len(joined) == 3, f"{len(joined)} aggregates")
    start = joined[0]
    again = stage.ask("trades.aggregate", symbol=BTC, fromId=start["a"], limit=2)
    true([row["a"] for row in again] == [row["a"] for row in joined[:2]], f"{again}")
    of = {"symbol": BTC, "startTime": start["T"]}
    rows = stage.ask("trades.aggregate", **of, endTime=start["T"])
    true({row["T"] for row in rows} == {start["T"]} and bool(rows), f"of that time: {rows}")


@truth("blockTrades.historical")
def of_block_trades_one_can_ask_for_some(stage: Stage) -> None:
    stage.says("blockTrades.historical", [], symbol=BTC, fromId=0, limit=10)
    stage.refuses(-1130, "limit", "blockTrades.historical", symbol=BTC, fromId=0, limit=0)
    stage.refuses(-1121, "Invalid symbol.", "blockTrades.historical", symbol="NOPEUSDT", fromId=0)


@truth("referencePrice.calculation", "referencePrice")
def a_reference_price_that_is_made_outside_is_told_so(stage: Stage) -> None:
    stage.says(
        "referencePrice.calculation",
        {"symbol": OUTSIDE, "calculationType": "EXTERNAL", "externalCalculationId": 3},
        symbol=OUTSIDE,
    )
    seen = stage.ask("referencePrice", symbol=OUTSIDE)
    price = Decimal(seen["referencePrice"])
    true(abs(price / stage.best(OUTSIDE)[0] - 1) < Decimal("0.05"), f"it is {price}")


@truth("account.status", "recvWindow?")
def a_window_for_late_requests_is_kept_to(stage: Stage) -> None:
    long = 60_001 if stage.socket else "60001"
    stage.refuses(-1131, "recvWindow", "account.status", recvWindow=long)
    fine = 59_000 if stage.socket else "59000"
    seen = stage.ask("account.status", recvWindow=fine)
    holds(seen["accountType"], "SPOT", "accountType")
