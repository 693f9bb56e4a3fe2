"""One order after another: what is placed is found, filled, replaced, amended, cancelled."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from . import truth
from .market import BTC, buy
from .stage import Stage
from .words import (
    AMOUNT,
    ANYTHING,
    ID,
    NAME,
    NOW,
    NUMBER,
    POSITIVE,
    Each,
    Like,
    amount,
    holds,
    one_of,
    sums,
    true,
)

Row = dict[str, Any]
FEE = Decimal("0.001")


def placed(asked: Row, **other: Any) -> Row:
    """The answer to a new order that rests."""
    market = asked["type"] in ("MARKET", "STOP_LOSS", "TAKE_PROFIT")
    return {
        "symbol": asked["symbol"],
        "orderId": ID,
        "orderListId": -1,
        "clientOrderId": asked.get("newClientOrderId", NAME),
        "transactTime": NOW,
        "price": amount(0 if market else asked.get("price", 0)),
        "origQty": amount(asked.get("quantity", 0)),
        "executedQty": amount(0),
        "origQuoteOrderQty": amount(asked.get("quoteOrderQty", 0)),
        "cummulativeQuoteQty": amount(0),
        "status": "NEW",
        "timeInForce": asked.get("timeInForce", "GTC"),
        "type": asked["type"],
        "side": asked["side"],
        "workingTime": NOW,
        "selfTradePreventionMode": asked.get("selfTradePreventionMode", "EXPIRE_MAKER"),
        "fills": [],
    } | other


def queried(order: Row, **other: Any) -> Row:
    """What a query says of an order that was answered so."""
    same = {
        name: order.get(name, ANYTHING)  # what the software did not read was missed before
        for name in (
            "symbol", "orderId", "orderListId", "clientOrderId", "price", "origQty",
            "executedQty", "cummulativeQuoteQty", "status", "timeInForce", "type", "side",
            "workingTime", "origQuoteOrderQty", "selfTradePreventionMode",
        )
    }  # fmt: skip
    return (
        same
        | {
            "stopPrice": order.get("stopPrice", amount(0)),
            "icebergQty": order.get("icebergQty", amount(0)),
            "time": order["transactTime"],
            "updateTime": order["transactTime"],
            "isWorking": True,
        }
        | other
    )


def cancelled(order: Row, **other: Any) -> Row:
    """What a cancel answers of an order that was answered so."""
    same = {
        name: order[name]
        for name in (
            "symbol", "orderId", "orderListId", "price", "origQty", "executedQty",
            "origQuoteOrderQty", "cummulativeQuoteQty", "timeInForce", "type", "side",
            "selfTradePreventionMode",
        )
    }  # fmt: skip
    return (
        same
        | {
            "origClientOrderId": order["clientOrderId"],
            "clientOrderId": NAME,
            "transactTime": NOW,
            "status": "CANCELED",
        }
        | other
    )


def rest(stage: Stage, percent: float = 20, symbol: str = BTC, **other: Any) -> Row:
    """A sell that rests."""
    asked: Row = {
        "symbol": symbol,
        "side": "SELL",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.002",
        "price": stage.price(symbol, percent),
        "newClientOrderId": stage.name("rest"),
        "newOrderRespType": "FULL",
    } | other
    known = {n: v for n, v in asked.items() if n in ("stopPrice", "icebergQty")}
    return stage.says(  # type: ignore[no-any-return]
        "order.place", placed(asked, **{n: amount(v) for n, v in known.items()}), **asked
    )


@truth("order.place", "order.status", "openOrders.status", "allOrders", "order.cancel")
def a_resting_order_is_found_until_it_is_cancelled(stage: Stage) -> None:
    _, held = stage.money("BTC")
    order = rest(stage)
    true(stage.money("BTC")[1] == held + Decimal("0.002"), "it is not held")
    stage.says("order.status", queried(order), symbol=BTC, orderId=order["orderId"])
    stage.says("order.status", queried(order), symbol=BTC, origClientOrderId=order["clientOrderId"])
    stage.says("openOrders.status", [queried(order)], symbol=BTC)
    stage.says("allOrders", [queried(order)], symbol=BTC, orderId=order["orderId"], limit=1)
    gone = stage.says("order.cancel", cancelled(order), symbol=BTC, orderId=order["orderId"])
    true(gone["transactTime"] >= order["transactTime"], "cancelled before it was placed")
    true(stage.money("BTC")[1] == held, "it is still held")
    stage.says("openOrders.status", [], symbol=BTC)
    stage.says(
        "order.status",
        queried(
            order,
            status="CANCELED",
            updateTime=gone["transactTime"],
            clientOrderId=gone["clientOrderId"],
        ),
        symbol=BTC,
        orderId=order["orderId"],
    )
    stage.refuses(
        -2011, "Unknown order sent.", "order.cancel", symbol=BTC, orderId=order["orderId"]
    )
    stage.refuses(-2013, "Order does not exist.", "order.status", symbol=BTC, orderId=999999999)


@truth("order.place", "order.cancel")
def answers_come_in_three_lengths(stage: Stage) -> None:
    asked: Row = {"symbol": BTC, "side": "SELL", "type": "LIMIT", "timeInForce": "GTC",
                  "quantity": "0.002", "price": stage.price(BTC, 21)}  # fmt: skip
    short = {"symbol", "orderId", "orderListId", "clientOrderId", "transactTime"}
    for length in ("ACK", "RESULT"):
        words = asked | {"newOrderRespType": length, "newClientOrderId": stage.name("len")}
        pattern = placed(words)
        del pattern["fills"]
        if length == "ACK":
            pattern = {name: pattern[name] for name in short}
        stage.says("order.place", pattern, **words)
        stage.ask("order.cancel", symbol=BTC, origClientOrderId=words["newClientOrderId"])


@truth("order.place", "myTrades", "order.status", "account.status", "account.commission")
def a_market_order_fills_and_pays_what_the_fills_say(stage: Stage) -> None:
    base, quote = stage.money("BTC")[0], stage.money("USDT")[0]
    asked: Row = {"symbol": BTC, "side": "BUY", "type": "MARKET", "quantity": "0.003",
                  "newClientOrderId": stage.name("buy"), "newOrderRespType": "FULL"}  # fmt: skip
    order = stage.says(
        "order.place",
        placed(asked, executedQty=amount("0.003"), status="FILLED", cummulativeQuoteQty=POSITIVE,
               fills=Each(FILL)),
        **asked,
    )  # fmt: skip
    _bid, ask = stage.best(BTC)
    spent = Decimal(0)
    for fill in order["fills"]:
        true(abs(Decimal(fill["price"]) / ask - 1) < Decimal("0.01"), f"at {fill['price']}")
        true(
            Decimal(fill["commission"]) == (Decimal(fill["qty"]) * FEE).quantize(Decimal("1e-8")),
            f"the fee is {fill['commission']}",
        )
        spent += Decimal(fill["price"]) * Decimal(fill["qty"])
    true(Decimal(order["cummulativeQuoteQty"]) == spent, "its worth is not that of its fills")
    true(sums(order["fills"], "qty") == Decimal("0.003"), "the fills do not add up")
    fees = sums(order["fills"], "commission")
    true(stage.money("BTC")[0] - base == Decimal("0.003") - fees, "the coins are not those")
    true(quote - stage.money("USDT")[0] == spent, "the money is not that")
    trades = [
        {
            "symbol": BTC,
            "id": fill["tradeId"],
            "orderId": order["orderId"],
            "orderListId": -1,
            "price": fill["price"],
            "qty": fill["qty"],
            "quoteQty": amount(Decimal(fill["price"]) * Decimal(fill["qty"])),
            "commission": fill["commission"],
            "commissionAsset": "BTC",
            "time": order["transactTime"],
            "isBuyer": True,
            "isMaker": False,
            "isBestMatch": True,
        }
        for fill in order["fills"]
    ]
    stage.says("myTrades", trades, symbol=BTC, orderId=order["orderId"])
    stage.says("order.status", queried(order), symbol=BTC, orderId=order["orderId"])
    stage.refuses(-1121, "Invalid symbol.", "myTrades", symbol="NOPEUSDT")


FILL = {
    "price": POSITIVE,
    "qty": POSITIVE,
    "commission": AMOUNT,
    "commissionAsset": "BTC",
    "tradeId": ID,
}


@truth("order.place", "order.status")
def a_market_order_for_money_spends_no_more(stage: Stage) -> None:
    asked: Row = {"symbol": BTC, "side": "BUY", "type": "MARKET", "quoteOrderQty": "150",
                  "newClientOrderId": stage.name("spend"), "newOrderRespType": "FULL"}  # fmt: skip
    order = stage.says(
        "order.place",
        placed(asked, origQty=POSITIVE, executedQty=POSITIVE, status="FILLED",
               cummulativeQuoteQty=POSITIVE, fills=Each(FILL)),
        **asked,
    )  # fmt: skip
    true(order["origQty"] == order["executedQty"], "it is not filled")
    true(
        140 < Decimal(order["cummulativeQuoteQty"]) <= 150, f"spent {order['cummulativeQuoteQty']}"
    )
    stage.says("order.status", queried(order), symbol=BTC, orderId=order["orderId"])


@truth("order.place", "order.cancel", "order.status")
def an_iceberg_shows_its_tip_and_labels_come_back(stage: Stage) -> None:
    asked: Row = {
        "symbol": BTC, "side": "SELL", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.02",
        "price": stage.price(BTC, 15), "newOrderRespType": "FULL", "icebergQty": "0.005",
        "newClientOrderId": stage.name("ice"), "strategyId": 7, "strategyType": 1000001,
    }  # fmt: skip
    more = {"icebergQty": amount("0.005"), "strategyId": 7, "strategyType": 1000001}
    order = stage.says("order.place", placed(asked, **more), **asked)
    labels = {"strategyId": 7, "strategyType": 1000001}
    stage.says("order.status", queried(order, **labels), symbol=BTC, orderId=order["orderId"])
    stage.says(
        "order.cancel",
        cancelled(order, icebergQty=amount("0.005"), **labels),
        symbol=BTC,
        orderId=order["orderId"],
    )


@truth("order.place", "order.status", "order.cancel", "openOrders.status")
def a_stop_waits_for_its_price(stage: Stage) -> None:
    stop = stage.price(BTC, -10)
    asked: Row = {"symbol": BTC, "side": "SELL", "type": "STOP_LOSS_LIMIT", "timeInForce": "GTC",
                  "quantity": "0.002", "price": stage.price(BTC, -11), "stopPrice": stop,
                  "newClientOrderId": stage.name("stop"), "newOrderRespType": "FULL"}  # fmt: skip
    order = stage.says(
        "order.place", placed(asked, stopPrice=amount(stop), workingTime=-1), **asked
    )
    waiting = queried(order, isWorking=False)
    stage.says("openOrders.status", [waiting], symbol=BTC)
    stage.says("order.status", waiting, symbol=BTC, orderId=order["orderId"])
    gone = {"symbol": BTC, "orderId": order["orderId"], "newClientOrderId": stage.name("gone")}
    pattern = cancelled(order, stopPrice=amount(stop), clientOrderId=gone["newClientOrderId"])
    stage.says("order.cancel", pattern, **gone)
    above = asked | {"stopPrice": stage.price(BTC, 10), "newClientOrderId": stage.name("stop")}
    stage.refuses(-2010, "Order would trigger immediately.", "order.place", **above)


@truth("order.place", "order.status", "order.cancel")
def a_trailing_stop_tells_its_delta(stage: Stage) -> None:
    asked: Row = {"symbol": BTC, "side": "SELL", "type": "STOP_LOSS_LIMIT", "timeInForce": "GTC",
                  "quantity": "0.002", "price": stage.price(BTC, -9), "trailingDelta": 500,
                  "newClientOrderId": stage.name("trail"), "newOrderRespType": "FULL"}  # fmt: skip
    pattern = placed(asked, workingTime=-1) | {"trailingDelta": 500, "trailingTime": NOW | -1,
                                               "stopPrice?": AMOUNT}  # fmt: skip
    order = stage.says("order.place", pattern, **asked)
    seen = queried(order, isWorking=False, trailingDelta=500, trailingTime=NOW | -1,
                   stopPrice=AMOUNT)  # fmt: skip
    stage.says("order.status", seen, symbol=BTC, orderId=order["orderId"])
    stage.ask("order.cancel", symbol=BTC, orderId=order["orderId"])
    stage.refuses(-1013, "TRAILING_DELTA", "order.place",
                  **asked | {"trailingDelta": 5, "newClientOrderId": stage.name("t")})  # fmt: skip


@truth("order.place", "order.status", "order.cancel")
def a_pegged_order_takes_the_best_price(stage: Stage) -> None:
    asked: Row = {"symbol": BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
                  "quantity": "0.002", "newClientOrderId": stage.name("peg"),
                  "newOrderRespType": "FULL"}  # fmt: skip
    pegs = {"pegPriceType": "PRIMARY_PEG", "pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": 25}
    asked |= pegs
    order = stage.says(
        "order.place", placed(asked, price=Like("a price", lambda v: AMOUNT.check(v)),
                              peggedPrice=POSITIVE, **pegs), **asked,
    )  # fmt: skip
    bid, _ = stage.best(BTC)
    off = Decimal(order["peggedPrice"]) / bid - 1
    true(Decimal("-0.05") < off < Decimal("0.001"), f"pegged at {order['peggedPrice']}")
    stage.says("order.status", queried(order, peggedPrice=POSITIVE, price=AMOUNT, **pegs),
               symbol=BTC, orderId=order["orderId"])  # fmt: skip
    stage.ask("order.cancel", symbol=BTC, orderId=order["orderId"])


@truth("order.test")
def a_rehearsal_tells_the_commission_when_asked(stage: Stage) -> None:
    asked: Row = {"symbol": BTC, "side": "SELL", "type": "LIMIT", "timeInForce": "GTC",
                  "quantity": "0.002", "price": stage.price(BTC, 5)}  # fmt: skip
    before = stage.state()
    stage.says("order.test", {}, **asked)
    stage.says(
        "order.test",
        {
            "standardCommissionForOrder": {"maker": amount("0.001"), "taker": amount("0.001")},
            "specialCommissionForOrder": {"maker": amount(0), "taker": amount(0)},
            "taxCommissionForOrder": {"maker": amount(0), "taker": amount(0)},
            "discount": {"enabledForAccount": False, "enabledForSymbol": True,
                         "discountAsset": "BNB", "discount": one_of(amount(0), amount("0.75"))},
        },
        **asked,
        computeCommissionRates=True if stage.socket else "true",
    )  # fmt: skip
    true(stage.state() == before, "a rehearsal changed something")


@truth("order.place", "order.status")
def immediate_or_cancel_and_fill_or_kill_do_not_rest(stage: Stage) -> None:
    for force in ("IOC", "FOK"):
        asked: Row = {"symbol": BTC, "side": "BUY", "type": "LIMIT", "timeInForce": force,
                      "quantity": "0.002", "price": stage.price(BTC, -5),
                      "newClientOrderId": stage.name(force),
                      "newOrderRespType": "FULL"}  # fmt: skip
        reason = {"expiryReason?": ANYTHING}
        order = stage.says("order.place", placed(asked, status="EXPIRED") | reason, **asked)
        true(stage.money("USDT")[1] == 0, "it holds money")
        order.pop("expiryReason", None)
        stage.says("order.status", queried(order, isWorking=ANYTHING) | reason, symbol=BTC,
                   orderId=order["orderId"])  # fmt: skip


@truth("order.place", "openOrders.cancelAll", "openOrders.status")
def cancelling_all_tells_of_each(stage: Stage) -> None:
    one, other = rest(stage, 20), rest(stage, 22)
    told = stage.says(
        "openOrders.cancelAll",
        Each({"symbol": BTC} | dict.fromkeys(cancelled(one), ANYTHING), 2),
        symbol=BTC,
    )
    by_id = {row["orderId"]: row for row in told}
    for order in (one, other):
        holds(by_id.get(order["orderId"]), cancelled(order), "the cancelled order")
    true(len(told) == 2, f"{len(told)} were cancelled")
    stage.says("openOrders.status", [], symbol=BTC)
    stage.refuses(-2011, "Unknown order sent.", "openOrders.cancelAll", symbol=BTC)


@truth("order.place", "order.cancelReplace", "order.status", "order.cancel")
def a_replacement_takes_the_place(stage: Stage) -> None:
    order = rest(stage, 20)
    asked: Row = {"symbol": BTC, "side": "SELL", "type": "LIMIT", "timeInForce": "GTC",
                  "quantity": "0.003", "price": stage.price(BTC, 25),
                  "newClientOrderId": stage.name("repl"), "newOrderRespType": "FULL"}  # fmt: skip
    told = stage.says(
        "order.cancelReplace",
        {"cancelResult": "SUCCESS", "newOrderResult": "SUCCESS",
         "cancelResponse": cancelled(order), "newOrderResponse": placed(asked)},
        **asked,
        cancelReplaceMode="STOP_ON_FAILURE",
        cancelOrderId=order["orderId"],
    )  # fmt: skip
    stage.says("order.status", queried(told["newOrderResponse"]), symbol=BTC,
               origClientOrderId=asked["newClientOrderId"])  # fmt: skip
    again = asked | {"newClientOrderId": stage.name("repl")}
    stage.refuses(-2022, "Order cancel-replace failed.", "order.cancelReplace", **again,
                  cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=999999999)  # fmt: skip
    stage.ask("order.cancel", symbol=BTC, origClientOrderId=asked["newClientOrderId"])


@truth(
    "order.place", "order.amend.keepPriority", "order.amendments", "order.status", "order.cancel"
)
def an_amended_order_is_smaller_and_the_same(stage: Stage) -> None:
    order = rest(stage, 20, quantity="0.01")
    name = stage.name("amended")
    seen = queried(order, clientOrderId=name, origQty=amount("0.004"))
    told = stage.says(
        "order.amend.keepPriority",
        {
            "transactTime": NOW,
            "executionId": ID,
            "amendedOrder": {
                "symbol": BTC, "orderId": order["orderId"], "orderListId": -1,
                "origClientOrderId": order["clientOrderId"], "clientOrderId": name,
                "price": order["price"], "qty": amount("0.004"), "executedQty": amount(0),
                "preventedQty": amount(0), "quoteOrderQty": amount(0),
                "cumulativeQuoteQty": amount(0),
                "status": "NEW", "timeInForce": "GTC", "type": "LIMIT", "side": "SELL",
                "workingTime": order["workingTime"], "selfTradePreventionMode": "EXPIRE_MAKER",
            },
        },
        symbol=BTC, orderId=order["orderId"], newQty="0.004", newClientOrderId=name,
    )  # fmt: skip
    stage.says("order.status", seen | {"updateTime": told["transactTime"]}, symbol=BTC,
               orderId=order["orderId"])  # fmt: skip
    stage.says(
        "order.amendments",
        [{"symbol": BTC, "orderId": order["orderId"], "executionId": told["executionId"],
          "origClientOrderId": order["clientOrderId"], "newClientOrderId": name,
          "origQty": amount("0.01"), "newQty": amount("0.004"), "time": told["transactTime"]}],
        symbol=BTC, orderId=order["orderId"],
    )  # fmt: skip
    stage.refuses(-2038, "", "order.amend.keepPriority", symbol=BTC, orderId=order["orderId"],
                  newQty="0.02")  # fmt: skip
    stage.ask("order.cancel", symbol=BTC, orderId=order["orderId"])


@truth("order.place", "myPreventedMatches", "openOrders.cancelAll")
def trading_with_oneself_is_prevented_and_told(stage: Stage) -> None:
    alone(stage, lambda price: _prevented(stage, price))


ATTEMPTS = 20
TICK = Decimal("0.01")


def alone(stage: Stage, play: Callable[[str], None]) -> None:
    """Play at a price between bid and ask where nobody stands, while the market stands still: so
    that nobody comes to my offer before I do.
    """
    for _ in range(ATTEMPTS):
        with stage.still():
            bid, ask = stage.best(BTC)
            if ask - bid > TICK:
                play(amount(ask - TICK))
                return
    true(False, "there was never room between bid and ask")


def _prevented(stage: Stage, price: str) -> None:
    maker = stage.ask("order.place", symbol=BTC, side="SELL", type="LIMIT", timeInForce="GTC",
                      quantity="0.004", price=price, newClientOrderId=stage.name("maker"),
                      newOrderRespType="FULL")  # fmt: skip
    asked: Row = {"symbol": BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "IOC",
                  "quantity": "0.001", "price": price, "selfTradePreventionMode": "EXPIRE_TAKER",
                  "newClientOrderId": stage.name("taker"), "newOrderRespType": "FULL"}  # fmt: skip
    taker = stage.ask("order.place", **asked)
    true(maker["status"] == "NEW", "my offer was taken")
    true(taker["status"] == "EXPIRED_IN_MATCH", "I traded with myself")
    match = {
        "symbol": BTC,
        "preventedMatchId": NUMBER,
        "takerOrderId": taker["orderId"],
        "makerSymbol": BTC,
        "makerOrderId": maker["orderId"],
        "tradeGroupId": Like("a group", lambda v: type(v) is int),
        "selfTradePreventionMode": "EXPIRE_TAKER",
        "price": amount(price),
        "takerPreventedQuantity": amount("0.001"),
        "transactTime": taker["transactTime"],
    }
    told = stage.says("myPreventedMatches", [match], symbol=BTC, orderId=taker["orderId"])
    number = told[0]["preventedMatchId"]
    stage.says("myPreventedMatches", [match], symbol=BTC, preventedMatchId=number)
    prevented = {"preventedMatchId": NUMBER, "makerOrderId": maker["orderId"],
                 "price": amount(price), "takerPreventedQuantity": amount("0.001")}  # fmt: skip
    pattern = placed(asked, status="EXPIRED_IN_MATCH", preventedMatchId=NUMBER,
                     preventedQuantity=amount("0.001"))  # fmt: skip
    pattern |= {"preventedMatches?": Each(prevented), "expiryReason?": ANYTHING}
    holds(taker, pattern, "the taker")


@truth("sor.order.place", "sor.order.test", "order.status", "myAllocations", "exchangeInfo")
def smart_routing_fills_over_several_books(stage: Stage) -> None:
    before = stage.state()
    asked: Row = {"symbol": BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
                  "quantity": "0.002", "price": stage.price(BTC, 0.5)}  # fmt: skip
    stage.says("sor.order.test", {}, **asked)
    true(stage.state() == before, "a rehearsal changed something")
    asked |= {"newClientOrderId": stage.name("sor"), "newOrderRespType": "FULL"}
    fill = FILL | {"matchType": "ONE_PARTY_TRADE_REPORT", "tradeId": -1, "allocId": Like(
        "an allocation", lambda v: type(v) is int and v >= 0)}  # fmt: skip
    told = stage.ask("sor.order.place", **asked)
    true(isinstance(told, list) == stage.socket, "over the WebSocket API alone it is a list")
    row = told[0] if stage.socket else told
    holds(
        row,
        placed(asked, status="FILLED", executedQty=amount("0.002"), cummulativeQuoteQty=POSITIVE,
               fills=Each(Like("a fill", lambda v: isinstance(v, dict))), usedSor=True,
               workingFloor="SOR"),
        "sor.order.place",
    )  # fmt: skip
    true(sums(row["fills"], "qty") == Decimal("0.002"), "the fills do not add up")
    for each in row["fills"]:
        holds(each, fill if "allocId" in each else FILL, "a fill")
    seen = queried(row, usedSor=True, workingFloor="SOR")
    stage.says("order.status", seen, symbol=BTC, orderId=row["orderId"])
    allocations = [
        {
            "symbol": BTC, "allocationId": each["allocId"], "allocationType": "SOR",
            "orderId": row["orderId"], "orderListId": -1, "price": each["price"],
            "qty": each["qty"], "quoteQty": amount(Decimal(each["price"]) * Decimal(each["qty"])),
            "commission": each["commission"], "commissionAsset": "BTC", "time": row["transactTime"],
            "isBuyer": True, "isMaker": False, "isAllocator": False,
        }
        for each in row["fills"] if "allocId" in each
    ]  # fmt: skip
    stage.says("myAllocations", allocations, symbol=BTC, orderId=row["orderId"])
    stage.refuses(-1121, "Invalid symbol.", "sor.order.place", **asked | {"symbol": "NOPEUSDT"})


@truth("order.place")
def orders_that_cannot_be_are_refused_by_their_field(stage: Stage) -> None:
    fine: Row = {"symbol": BTC, "side": "SELL", "type": "LIMIT", "timeInForce": "GTC",
                 "quantity": "0.002", "price": stage.price(BTC, 10)}  # fmt: skip
    say = stage.refuses
    say(-2010, "insufficient balance", "order.place", **fine | {"quantity": "50"})
    say(-1013, "PRICE_FILTER", "order.place", **fine | {"price": fine["price"] + "001"
        if "." in fine["price"] else fine["price"] + ".001"})  # fmt: skip
    say(-1013, "LOT_SIZE", "order.place", **fine | {"quantity": "0.000001"})
    say(-1013, "NOTIONAL", "order.place", **fine | {"quantity": "0.00002"})
    say(-1121, "Invalid symbol.", "order.place", **fine | {"symbol": "NOPEUSDT"})
    post = {k: v for k, v in fine.items() if k != "timeInForce"} | {"type": "LIMIT_MAKER"}
    post["price"] = stage.price(BTC, -1)
    say(-2010, "Order would immediately match and take.", "order.place", **post)
    say(-1111, "precision", "order.place", **fine | {"quantity": "0.0000000001"})


@truth("order.place", "allOrders", "myTrades")
def ranges_of_orders_and_trades_are_kept_to(stage: Stage) -> None:
    first = buy(stage)
    second = buy(stage)
    orders = stage.ask("allOrders", symbol=BTC, startTime=second["transactTime"] - 1,
                       endTime=second["transactTime"] + 1_000)  # fmt: skip
    ids = [row["orderId"] for row in orders]
    true(second["orderId"] in ids, f"orders are {ids}")
    one = stage.ask("allOrders", symbol=BTC, orderId=first["orderId"], limit=1)
    true([row["orderId"] for row in one] == [first["orderId"]], "not the first alone")
    trades = stage.ask("myTrades", symbol=BTC, fromId=second["fills"][0]["tradeId"], limit=1)
    true([row["orderId"] for row in trades] == [second["orderId"]], "not the second trade")
    holds(trades[0]["time"], second["transactTime"], "its time")
    holds(trades[0]["id"], ID, "its id")
