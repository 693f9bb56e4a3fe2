"""Orders of every kind, with every optional word there is: what was asked for comes back in each
answer, query and event about it. rest-api.md "Conditional fields in Order Responses", 2026-07-21.
"""

from decimal import Decimal
from typing import Any

from . import truth
from .market import BTC
from .orders import FILL, Row, cancelled, placed, queried
from .sessions import REPORT, follows
from .stage import Stage
from .words import (
    AMOUNT,
    ANYTHING,
    NOW,
    POSITIVE,
    Each,
    Like,
    amount,
    holds,
    now,
    one_of,
    true,
)

ECHOED = ("trailingDelta", "strategyId", "strategyType", "pegPriceType", "pegOffsetType",
          "pegOffsetValue")  # fmt: skip
CONDITIONAL = (*ECHOED, "stopPrice", "icebergQty", "trailingTime", "peggedPrice", "usedSor",
               "workingFloor", "preventedMatchId", "preventedQuantity")  # fmt: skip
MARKETS = ("MARKET", "STOP_LOSS", "TAKE_PROFIT")
STOPS = ("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")


def at_market(stage: Stage) -> Like:
    """A price near the best one."""
    bid, _ = stage.best(BTC)
    return Like(
        f"a price near {bid}",
        lambda v: AMOUNT.check(v) and abs(Decimal(v) / bid - 1) < Decimal("0.1"),
    )


def extras(stage: Stage, asked: Row) -> Row:
    """The conditional fields of an order that was asked for so."""
    found: Row = {name: asked[name] for name in ECHOED if name in asked}
    if asked["type"] in STOPS:
        found["stopPrice"] = amount(asked.get("stopPrice", 0))
    if "icebergQty" in asked:
        found["icebergQty"] = amount(asked["icebergQty"])
    if "trailingDelta" in asked:  # it begins with the first trade that counts
        found["trailingTime"] = NOW | -1
    if "pegPriceType" in asked and asked["type"] not in STOPS:
        found["peggedPrice"] = at_market(stage)
    return found


def told(stage: Stage, asked: Row, **other: Any) -> Row:
    """The answer to such an order, which rests or waits."""
    waits = {"workingTime": -1} if asked["type"] in STOPS else {}
    answer = placed(asked, **extras(stage, asked), **waits)
    length = asked.get("newOrderRespType", "FULL")
    if length != "FULL":
        del answer["fills"]
    return answer | other


def found(stage: Stage, asked: Row, order: Row, **other: Any) -> Row:
    """What a query says of it."""
    waits = asked["type"] in STOPS
    return queried(order, isWorking=not waits) | extras(stage, asked) | other


def gone(stage: Stage, asked: Row, order: Row, **other: Any) -> Row:
    """What its cancel says."""
    return cancelled(order) | extras(stage, asked) | other


def kinds(stage: Stage) -> list[Row]:
    """One order of each kind."""
    sell: Row = {"symbol": BTC, "side": "SELL", "quantity": "0.004", "newOrderRespType": "FULL"}
    limit = {"timeInForce": "GTC"}

    def price(percent: float) -> str:
        return stage.price(BTC, percent)

    rows = [
        sell | limit | {"type": "LIMIT", "price": price(15), "icebergQty": "0.002",
                        "strategyId": 31, "strategyType": 1000031,
                        "selfTradePreventionMode": "EXPIRE_TAKER"},
        sell | limit | {"type": "STOP_LOSS_LIMIT", "price": price(-12), "stopPrice": price(-11),
                        "icebergQty": "0.001", "strategyId": 32, "strategyType": 1000032},
        sell | limit | {"type": "TAKE_PROFIT_LIMIT", "price": price(12), "stopPrice": price(11),
                        "trailingDelta": 300, "selfTradePreventionMode": "EXPIRE_BOTH"},
        sell | {"type": "STOP_LOSS", "trailingDelta": 400, "newOrderRespType": "RESULT"},
        sell | limit | {"type": "LIMIT", "side": "BUY", "pegPriceType": "PRIMARY_PEG",
                        "pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": 40,
                        "selfTradePreventionMode": "DECREMENT"},
        sell | {"type": "LIMIT_MAKER", "price": price(18), "strategyId": 33,
                "selfTradePreventionMode": "TRANSFER"},
    ]  # fmt: skip
    return [row | {"newClientOrderId": stage.name("kind")} for row in rows]


@truth("order.place", "order.status", "openOrders.status", "allOrders", "openOrders.cancelAll")
def every_kind_of_order_is_told_by_the_queries(stage: Stage) -> None:
    asked = kinds(stage)
    orders = [stage.says("order.place", told(stage, each), **each) for each in asked]
    by_id = {order["orderId"]: (each, order) for each, order in zip(asked, orders, strict=True)}
    for number, (each, order) in by_id.items():
        stage.says("order.status", found(stage, each, order), symbol=BTC, orderId=number)
    opened = stage.ask("openOrders.status", symbol=BTC)
    past = stage.ask("allOrders", symbol=BTC, orderId=orders[0]["orderId"], limit=len(orders))
    for name, rows in (("openOrders.status", opened), ("allOrders", past)):
        true([row["orderId"] for row in rows] == list(by_id), f"{name} has other orders: {rows}")
        for row in rows:
            holds(row, found(stage, *by_id[row["orderId"]]), name)
    ended: list[Row] = stage.ask("openOrders.cancelAll", symbol=BTC)
    true({row["orderId"] for row in ended} == by_id.keys(), "others were cancelled")
    for row in ended:
        holds(row, gone(stage, *by_id[row["orderId"]]), "openOrders.cancelAll")


@truth("order.place", "order.cancelReplace", "openOrders.cancelAll")
def any_kind_of_order_can_replace_any_other(stage: Stage) -> None:
    asked = kinds(stage)
    order = stage.says("order.place", told(stage, asked[0]), **asked[0])
    for before, after in zip(asked, [*asked[1:], asked[0]], strict=True):
        words = after | {"newClientOrderId": stage.name("after")}
        named, mode = stage.name("gone"), "ALLOW_FAILURE"
        by_name = {"cancelOrigClientOrderId": order["clientOrderId"]}
        both = stage.says(
            "order.cancelReplace",
            {"cancelResult": "SUCCESS", "newOrderResult": "SUCCESS",
             "cancelResponse": gone(stage, before, order, clientOrderId=named),
             "newOrderResponse": told(stage, words)},
            **words, cancelReplaceMode=mode, cancelNewClientOrderId=named,
            cancelRestrictions="ONLY_NEW", orderRateLimitExceededMode="CANCEL_ONLY", **by_name,
        )  # fmt: skip
        order = both["newOrderResponse"]
    stage.ask("openOrders.cancelAll", symbol=BTC)


@truth("order.place", "order.cancelReplace", "openOrders.cancelAll")
def what_takes_the_place_can_trade_at_once_or_expire(stage: Stage) -> None:
    first: Row = {"symbol": BTC, "side": "SELL", "type": "LIMIT", "timeInForce": "GTC",
                  "quantity": "0.002", "price": stage.price(BTC, 21),
                  "newOrderRespType": "FULL"}  # fmt: skip
    market: Row = {"symbol": BTC, "side": "BUY", "type": "MARKET", "quoteOrderQty": "120",
                   "newOrderRespType": "FULL"}  # fmt: skip
    late: Row = {"symbol": BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "IOC",
                 "quantity": "0.002", "price": stage.price(BTC, -9),
                 "newOrderRespType": "FULL"}  # fmt: skip
    for words, ends in (
        (market, {"origQty": POSITIVE, "executedQty": POSITIVE, "status": "FILLED",
                  "cummulativeQuoteQty": POSITIVE, "fills": Each(FILL)}),
        (late, {"status": "EXPIRED", "expiryReason": "UNFILLED_IOC_QUANTITY_EXPIRED"}),
    ):  # fmt: skip
        one = first | {"newClientOrderId": stage.name("first")}
        order = stage.says("order.place", told(stage, one), **one)
        words = words | {"newClientOrderId": stage.name("then")}
        answer = stage.says(
            "order.cancelReplace",
            {"cancelResult": "SUCCESS", "newOrderResult": "SUCCESS",
             "cancelResponse": gone(stage, one, order), "newOrderResponse": placed(words, **ends)},
            **words, cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=order["orderId"],
        )["newOrderResponse"]  # fmt: skip
        if "quoteOrderQty" in words:
            spent = Decimal(answer["cummulativeQuoteQty"])
            true(Decimal(115) < spent <= Decimal(120), f"it spent {spent}")
            true(answer["origQty"] == answer["executedQty"], "it is not filled")
            if "fills" in answer or not stage.voice.blind:
                paid(answer)


def paid(answer: Row) -> None:
    """The fills of an answer add up to it, and pay a thousandth."""
    fills = answer["fills"]
    quantity = sum((Decimal(each["qty"]) for each in fills), Decimal(0))
    worth = sum((Decimal(each["qty"]) * Decimal(each["price"]) for each in fills), Decimal(0))
    true(quantity == Decimal(answer["executedQty"]), "the fills do not add up")
    true(worth == Decimal(answer["cummulativeQuoteQty"]), "its worth is not that of its fills")
    for each in fills:
        fee = (Decimal(each["qty"]) * Decimal("0.001")).quantize(Decimal("1e-8"))
        true(Decimal(each["commission"]) == fee, f"the fee is {each['commission']}")
    numbers = [each["tradeId"] for each in fills]
    true(numbers == sorted(set(numbers)), f"the trades are {numbers}")


@truth("order.place", "order.cancel", "order.cancelReplace", "openOrders.cancelAll")
def a_cancel_can_be_limited_to_orders_that_have_not_traded(stage: Stage) -> None:
    asked: Row = {"symbol": BTC, "side": "SELL", "type": "LIMIT", "timeInForce": "GTC",
                  "quantity": "0.002", "price": stage.price(BTC, 21), "newOrderRespType": "FULL",
                  "newClientOrderId": stage.name("only")}  # fmt: skip
    order = stage.says("order.place", told(stage, asked), **asked)
    number = order["orderId"]
    no = "Order was not canceled due to cancel restrictions."
    stage.refuses(-2011, no, "order.cancel", symbol=BTC, orderId=number,
                  cancelRestrictions="ONLY_PARTIALLY_FILLED")  # fmt: skip
    again = asked | {"newClientOrderId": stage.name("only")}
    stage.refuses(-2022, "", "order.cancelReplace", **again, cancelOrderId=number,
                  cancelReplaceMode="STOP_ON_FAILURE",
                  cancelRestrictions="ONLY_PARTIALLY_FILLED")  # fmt: skip
    stage.says("order.cancel", gone(stage, asked, order), symbol=BTC, orderId=number,
               cancelRestrictions="ONLY_NEW")  # fmt: skip
    stage.refuses(-1130, "orderRateLimitExceededMode", "order.cancelReplace", **again,
                  cancelOrderId=number, cancelReplaceMode="STOP_ON_FAILURE",
                  orderRateLimitExceededMode="NEITHER")  # fmt: skip


@truth("order.test", "sor.order.test")
def a_rehearsal_refuses_what_an_order_would_be_refused_for(stage: Stage) -> None:
    before = stage.state()
    for operation in ("order.test", "sor.order.test"):
        for words, reason in _rehearsed(stage, routed=operation.startswith("sor")):
            if reason is None:
                stage.says(operation, {}, **words)
            else:
                stage.refuses(*reason, operation, **words)
    true(stage.state() == before, "a rehearsal changed something")


def _rehearsed(stage: Stage, *, routed: bool) -> list[tuple[Row, tuple[int, str] | None]]:
    """Words at the edge of what is allowed: a little more or less and the answer is another."""
    limit: Row = {"symbol": BTC, "side": "SELL", "type": "LIMIT", "timeInForce": "GTC",
                  "quantity": "0.002", "price": stage.price(BTC, 5)}  # fmt: skip
    longest = 10**18 if stage.socket else str(10**18)
    both: list[tuple[Row, tuple[int, str] | None]] = [
        (limit | {"strategyId": longest, "newClientOrderId": stage.name("test")}, None),
        (limit | {"strategyType": 999999}, (-1134, "strategyType")),
        (limit | {"icebergQty": "0.000001"}, (-1013, "LOT_SIZE")),
        (limit | {"newClientOrderId": "not so"}, (-1100, "newClientOrderId")),
        (limit | {"newOrderRespType": "WHOLE"}, (-1130, "newOrderRespType")),
        (limit | {"selfTradePreventionMode": "NONE"}, (-1013, "self-trade prevention mode")),
        (limit | {"selfTradePreventionMode": "DECREMENT", "newOrderRespType": "RESULT"}, None),
    ]
    if routed:
        return both
    stop = limit | {"type": "STOP_LOSS_LIMIT"}
    market = {"symbol": BTC, "side": "BUY", "type": "MARKET"}
    return [
        *both,
        (market | {"quoteOrderQty": "1"}, (-1013, "NOTIONAL")),
        (market | {"quoteOrderQty": "100"}, None),
        (stop | {"stopPrice": "200000.00", "price": stage.price(BTC, 4)}, None),
        (stop | {"stopPrice": "2000000.00", "price": stage.price(BTC, 4)}, (-1013, "PRICE_FILTER")),
        (stop | {"trailingDelta": 5}, (-1013, "TRAILING_DELTA")),
        (stop | {"trailingDelta": 1500}, None),
        *_pegged({n: v for n, v in limit.items() if n != "price"}),
    ]


def _pegged(limit: Row) -> list[tuple[Row, tuple[int, str] | None]]:
    peg = {"pegPriceType": "PRIMARY_PEG", "pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": 100}
    return [
        (limit | peg, None),
        (limit | peg | {"pegOffsetValue": 101}, (-1102, "pegOffsetValue")),
        (limit | peg | {"pegOffsetType": "TICKS"}, (-1211, "pegOffsetType")),
        (limit | peg | {"pegPriceType": "MIDDLE_PEG"}, (-1210, "pegPriceType")),
    ]


@truth("sor.order.test")
def a_routed_rehearsal_tells_the_commission_when_asked(stage: Stage) -> None:
    none = {"maker": amount(0), "taker": amount(0)}
    rate = {"maker": amount("0.001"), "taker": amount("0.001")}
    stage.says(
        "sor.order.test",
        {"standardCommissionForOrder": rate, "specialCommissionForOrder": none,
         "taxCommissionForOrder": none,
         "discount": {"enabledForAccount": False, "enabledForSymbol": True,
                      "discountAsset": "BNB", "discount": one_of(amount(0), amount("0.25"))}},
        symbol=BTC, side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.002",
        price=stage.price(BTC, 5), computeCommissionRates=True if stage.socket else "true",
    )  # fmt: skip


ROUTED = {"usedSor": True, "workingFloor": "SOR"}


@truth("sor.order.place")
def a_routed_order_that_finds_nobody_expires(stage: Stage) -> None:
    for force, reason in (("IOC", "UNFILLED_IOC_QUANTITY_EXPIRED"),
                          ("FOK", "UNFILLED_FOK_ORDER_EXPIRED")):  # fmt: skip
        asked: Row = {"symbol": BTC, "side": "BUY", "type": "LIMIT", "timeInForce": force,
                      "quantity": "0.002", "price": stage.price(BTC, -9),
                      "newOrderRespType": "FULL",
                      "newClientOrderId": stage.name("nobody")}  # fmt: skip
        answer = stage.ask("sor.order.place", **asked)
        order = answer[0] if stage.socket else answer
        pattern = told(stage, asked, status="EXPIRED", expiryReason=reason) | ROUTED
        holds(order, pattern, "sor.order.place")


@truth("sor.order.place", "order.status", "openOrders.status", "allOrders", "order.cancel",
       "order.cancelReplace", "openOrders.cancelAll")  # fmt: skip
def a_routed_order_that_rests_is_told_as_routed(stage: Stage) -> None:
    def rests() -> tuple[Row, Row]:
        asked: Row = {"symbol": BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
                      "quantity": "0.004", "price": stage.price(BTC, -15), "icebergQty": "0.001",
                      "strategyId": 41, "strategyType": 1000041, "newOrderRespType": "FULL",
                      "selfTradePreventionMode": "EXPIRE_TAKER",
                      "newClientOrderId": stage.name("sor")}  # fmt: skip
        answer = stage.ask("sor.order.place", **asked)
        order = answer[0] if stage.socket else answer
        holds(order, told(stage, asked) | ROUTED, "sor.order.place")
        return asked, order

    asked, order = rests()
    number = {"symbol": BTC, "orderId": order["orderId"]}
    seen = found(stage, asked, order) | ROUTED
    stage.says("order.status", seen, **number)
    stage.says("openOrders.status", [seen], symbol=BTC)
    stage.says("allOrders", [seen], **number, limit=1)
    stage.says("order.cancel", gone(stage, asked, order) | ROUTED, **number)
    asked, order = rests()
    ended = stage.ask("openOrders.cancelAll", symbol=BTC)
    true(len(ended) == 1, f"{len(ended)} were cancelled")
    holds(ended[0], gone(stage, asked, order) | ROUTED, "openOrders.cancelAll")
    asked, order = rests()
    words: Row = {"symbol": BTC, "side": "SELL", "type": "LIMIT", "timeInForce": "GTC",
                  "quantity": "0.002", "price": stage.price(BTC, 25), "newOrderRespType": "FULL",
                  "newClientOrderId": stage.name("plain")}  # fmt: skip
    both = stage.ask("order.cancelReplace", **words, cancelReplaceMode="STOP_ON_FAILURE",
                     cancelOrderId=order["orderId"])  # fmt: skip
    holds(both["cancelResponse"], gone(stage, asked, order) | ROUTED, "cancelResponse")
    stage.ask("openOrders.cancelAll", symbol=BTC)


# --- what user data tells of them ---------------------------------------------------------------

LETTERS = {
    "trailingDelta": "d", "trailingTime": "D", "strategyId": "j", "strategyType": "J",
    "pegPriceType": "gP", "pegOffsetType": "gOT", "pegOffsetValue": "gOV", "peggedPrice": "gp",
    "usedSor": "uS", "workingFloor": "k",
}  # fmt: skip


def reported(asked: Row, order: Row, more: Row) -> Row:
    """The event of a new order: ``more`` are its conditional fields."""
    waits = asked["type"] in STOPS
    letters = {LETTERS[name]: value for name, value in more.items() if name in LETTERS}
    return REPORT | {
        "c": asked["newClientOrderId"], "S": asked["side"], "o": asked["type"],
        "f": asked.get("timeInForce", "GTC"), "q": amount(asked["quantity"]),
        "p": amount(0 if asked["type"] in MARKETS else asked.get("price", 0)),
        "P": more.get("stopPrice", amount(0)), "F": more.get("icebergQty", amount(0)),
        "i": order["orderId"], "l": amount(0), "z": amount(0), "L": amount(0), "n": "0",
        "T": order["transactTime"], "O": order["transactTime"], "w": not waits, "m": False,
        "M": False, "Z": amount(0), "Y": amount(0), "Q": amount(0),
        "V": asked.get("selfTradePreventionMode", "EXPIRE_MAKER"),
    } | letters  # fmt: skip


@truth("order.place", "openOrders.cancelAll", hears=("executionReport",))
def user_data_tells_every_kind_of_order(stage: Stage) -> None:
    ear = follows(stage)
    for asked in kinds(stage):
        order = stage.ask("order.place", **asked)
        event = ear.next("executionReport", i=order["orderId"])
        holds(event, reported(asked, order, extras(stage, asked)), "executionReport")
    stage.ask("openOrders.cancelAll", symbol=BTC)


@truth("sor.order.place", "order.cancel", hears=("executionReport",))
def user_data_tells_of_routed_orders_and_their_allocations(stage: Stage) -> None:
    ear = follows(stage)
    for percent in (-15, 0.5):
        asked: Row = {"symbol": BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
                      "quantity": "0.002", "price": stage.price(BTC, percent),
                      "newOrderRespType": "FULL",
                      "newClientOrderId": stage.name("sor")}  # fmt: skip
        answer = stage.ask("sor.order.place", **asked)
        order = answer[0] if stage.socket else answer
        new = reported(asked, order, ROUTED)
        holds(ear.next("executionReport", i=order["orderId"]), new, "executionReport")
        for fill in order["fills"]:
            event = ear.next("executionReport", i=order["orderId"])
            worth = Decimal(fill["qty"]) * Decimal(fill["price"])
            holds(
                event,
                new | {"x": "TRADE", "X": one_of("PARTIALLY_FILLED", "FILLED"), "l": fill["qty"],
                       "z": POSITIVE, "L": fill["price"], "n": fill["commission"], "N?": "BTC",
                       "w": False, "M": True, "Z": POSITIVE, "Y": amount(worth), "t": -1,
                       "b": "ONE_PARTY_TRADE_REPORT", "a": fill["allocId"]},
                "executionReport",
            )  # fmt: skip
        if not order["fills"]:
            stage.ask("order.cancel", symbol=BTC, orderId=order["orderId"])


@truth("order.place", "allOrders", "order.status")
def queries_tell_why_an_order_expired(stage: Stage) -> None:
    asked: Row = {"symbol": BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "FOK",
                  "quantity": "0.002", "price": stage.price(BTC, -5), "newOrderRespType": "RESULT",
                  "newClientOrderId": stage.name("late")}  # fmt: skip
    why = {"status": "EXPIRED", "expiryReason": "UNFILLED_FOK_ORDER_EXPIRED"}
    order = stage.says("order.place", told(stage, asked, **why), **asked)
    row = found(stage, asked, order, isWorking=ANYTHING, **why)
    of = {"symbol": BTC, "orderId": order["orderId"]}
    stage.says("order.status", row, **of)
    stage.says("allOrders", [row], **of, limit=1)


@truth("order.place", hears=("executionReport",))
def user_data_tells_why_an_order_expired(stage: Stage) -> None:
    ear = follows(stage)
    for force, reason in (("IOC", "UNFILLED_IOC_QUANTITY_EXPIRED"),
                          ("FOK", "UNFILLED_FOK_ORDER_EXPIRED")):  # fmt: skip
        asked: Row = {"symbol": BTC, "side": "BUY", "type": "LIMIT", "timeInForce": force,
                      "quantity": "0.002", "price": stage.price(BTC, -5),
                      "newOrderRespType": "RESULT",
                      "newClientOrderId": stage.name("late")}  # fmt: skip
        order = stage.says("order.place", told(stage, asked, status="EXPIRED",
                                               expiryReason=reason), **asked)  # fmt: skip
        ear.next("executionReport", i=order["orderId"], x="NEW")
        holds(
            ear.next("executionReport", i=order["orderId"]),
            reported(asked, order, {}) | {"x": "EXPIRED", "X": "EXPIRED", "w": False, "eR": reason},
            "executionReport",
        )
        true(now() - order["transactTime"] < 60_000, "it is not of now")
