"""Order lists of every kind: placed, found, cancelled as a whole, and done when a part is."""

from decimal import Decimal
from typing import Any

from . import truth
from .market import BTC
from .orders import Row, cancelled, placed, queried
from .stage import Stage
from .words import AMOUNT, ANYTHING, ID, NAME, NOW, NUMBER, Each, amount, holds, true

LIST_ID = NUMBER
EXTRA = ("stopPrice", "icebergQty", "trailingDelta", "trailingTime", "strategyId", "strategyType",
         "pegPriceType", "pegOffsetType", "pegOffsetValue")  # fmt: skip
"""What a cancel tells of an order as it was told when it was placed."""


def listed(name: str, contingency: str, reports: list[Row], **other: Any) -> Row:
    """The answer to a new list."""
    return {
        "orderListId": LIST_ID,
        "contingencyType": contingency,
        "listStatusType": "EXEC_STARTED",
        "listOrderStatus": "EXECUTING",
        "listClientOrderId": name,
        "transactionTime": NOW,
        "symbol": BTC,
        "orders": [
            {"symbol": BTC, "orderId": ID, "clientOrderId": each["clientOrderId"]}
            for each in reports
        ],
        "orderReports": reports,
    } | other


def leg(asked: Row, **other: Any) -> Row:
    """One order of a list."""
    made = placed(asked, orderListId=LIST_ID, **other)
    del made["fills"]
    return made


def found(told: Row) -> Row:
    """What a query says of a list that was answered so."""
    return {name: value for name, value in told.items() if name != "orderReports"}


def ends(stage: Stage, told: Row, name: str = "") -> None:
    """It is found by id and name, among the open ones and all, and cancelled as a whole: with a
    name for the cancel by the name of the list, else by its id.
    """
    number = told["orderListId"]
    orders = [(row["orderId"], row["clientOrderId"]) for row in told["orders"]]
    reports = [(row["orderId"], row["clientOrderId"]) for row in told["orderReports"]]
    true(orders == reports, "the orders are not those of the reports")
    true(all(row["orderListId"] == number for row in told["orderReports"]), "other list ids")
    stage.says("orderList.status", found(told), orderListId=number)
    stage.says("orderList.status", found(told), origClientOrderId=told["listClientOrderId"])
    stage.says("openOrderLists.status", [found(told)])
    if "allOrderLists" in stage.may:
        stage.says("allOrderLists", [found(told)], fromId=number, limit=1)
    gone = stage.says(
        "orderList.cancel",
        found(told)
        | {
            "listStatusType": "ALL_DONE",
            "listOrderStatus": "ALL_DONE",
            "transactionTime": NOW,
            "orderReports": Each(ANYTHING),
        },
        symbol=BTC,
        **({"newClientOrderId": name, "listClientOrderId": told["listClientOrderId"]} if name
           else {"orderListId": number}),
    )  # fmt: skip
    by_id = {row["orderId"]: row for row in gone["orderReports"]}
    if name:
        true({row["clientOrderId"] for row in by_id.values()} == {name}, "not by that name")
    true(by_id.keys() == {n for n, _ in orders}, "not all were cancelled")
    for row in told["orderReports"]:
        extra = {n: row[n] for n in EXTRA if n in row}
        if "peggedPrice" in row:  # it has moved on
            extra["peggedPrice"] = AMOUNT
        if "origQty" not in row:  # its quantity was never known
            holds({k: v for k, v in by_id[row["orderId"]].items() if k != "origQty"},
                  {k: v for k, v in cancelled(row | {"origQty": ""}, **extra).items()
                   if k != "origQty"}, "the cancelled leg")  # fmt: skip
        else:
            holds(by_id[row["orderId"]], cancelled(row, **extra), "the cancelled leg")
    stage.says("openOrderLists.status", [])
    stage.says(
        "orderList.status",
        found(told) | {"listStatusType": "ALL_DONE", "listOrderStatus": "ALL_DONE",
                       "orders": [{"symbol": BTC, "orderId": n, "clientOrderId": NAME}
                                  for n, _ in orders]},
        orderListId=number,
    )  # fmt: skip
    stage.refuses(-2011, "Unknown order sent.", "orderList.cancel", symbol=BTC,
                  orderListId=number)  # fmt: skip


QUERIES = ("orderList.status", "openOrderLists.status", "orderList.cancel")
OLD = (*QUERIES, "allOrderLists")


def _pair(stage: Stage, above: str, below: str) -> tuple[Row, Row, Row]:
    """A sell's stop below and its limit above, as parameters and as legs."""
    stop, take, floor = stage.price(BTC, -15), stage.price(BTC, 15), stage.price(BTC, -16)
    words = {
        "above": {"price": take, "name": above},
        "below": {"stop": stop, "price": floor, "name": below},
    }
    lower = leg(
        {"symbol": BTC, "type": "STOP_LOSS_LIMIT", "side": "SELL", "quantity": "0.002",
         "price": floor, "timeInForce": "GTC", "newClientOrderId": below},
        stopPrice=amount(stop), workingTime=-1,
    )  # fmt: skip
    upper = leg(
        {"symbol": BTC, "type": "LIMIT_MAKER", "side": "SELL", "quantity": "0.002", "price": take,
         "newClientOrderId": above},
    )  # fmt: skip
    return words, lower, upper


@truth("orderList.place.oco", *OLD, "order.status")
def one_cancels_the_other(stage: Stage) -> None:
    above, below, name = stage.name("above"), stage.name("below"), stage.name("oco")
    words, lower, upper = _pair(stage, above, below)
    told = stage.says(
        "orderList.place.oco",
        listed(name, "OCO", [lower, upper]),
        symbol=BTC, side="SELL", quantity="0.002", listClientOrderId=name,
        aboveType="LIMIT_MAKER", abovePrice=words["above"]["price"], aboveClientOrderId=above,
        belowType="STOP_LOSS_LIMIT", belowStopPrice=words["below"]["stop"],
        belowPrice=words["below"]["price"], belowTimeInForce="GTC", belowClientOrderId=below,
        newOrderRespType="RESULT",
    )  # fmt: skip
    held = stage.money("BTC")[1]
    true(held == Decimal("0.002"), f"{held} is held for a pair of which one can trade")
    report = told["orderReports"][0]
    stage.says("order.status", queried(report, isWorking=False), symbol=BTC,
               orderId=report["orderId"])  # fmt: skip
    ends(stage, told)


@truth("orderList.place.oco", *QUERIES)
def a_pair_can_be_placed_and_cancelled_without_the_list_of_all(stage: Stage) -> None:
    above, below, name = stage.name("above"), stage.name("below"), stage.name("oco")
    words, lower, upper = _pair(stage, above, below)
    told = stage.says(
        "orderList.place.oco",
        listed(name, "OCO", [lower, upper]),
        symbol=BTC, side="SELL", quantity="0.002", listClientOrderId=name,
        aboveType="LIMIT_MAKER", abovePrice=words["above"]["price"], aboveClientOrderId=above,
        belowType="STOP_LOSS_LIMIT", belowStopPrice=words["below"]["stop"],
        belowPrice=words["below"]["price"], belowTimeInForce="GTC", belowClientOrderId=below,
        newOrderRespType="RESULT",
    )  # fmt: skip
    ends(stage, told)
    wrong = words["above"]["price"]
    stage.refuses(
        -2010, "", "orderList.place.oco",
        symbol=BTC, side="SELL", quantity="0.002",
        aboveType="LIMIT_MAKER", abovePrice=words["below"]["price"],
        belowType="STOP_LOSS_LIMIT", belowStopPrice=wrong, belowPrice=wrong,
        belowTimeInForce="GTC",
    )  # fmt: skip


@truth("orderList.place", *OLD)
def the_old_form_of_a_pair_does_the_same(stage: Stage) -> None:
    above, below, name = stage.name("above"), stage.name("below"), stage.name("old")
    words, lower, upper = _pair(stage, above, below)
    told = stage.says(
        "orderList.place",
        listed(name, "OCO", [lower, upper]),
        symbol=BTC, side="SELL", quantity="0.002", listClientOrderId=name,
        price=words["above"]["price"], limitClientOrderId=above,
        stopPrice=words["below"]["stop"], stopLimitPrice=words["below"]["price"],
        stopLimitTimeInForce="GTC", stopClientOrderId=below, newOrderRespType="RESULT",
    )  # fmt: skip
    ends(stage, told)


@truth("orderList.place.oto", *QUERIES)
def one_waits_for_the_other(stage: Stage) -> None:
    first, then, name = stage.name("first"), stage.name("then"), stage.name("oto")
    low, high = stage.price(BTC, -15), stage.price(BTC, 25)
    working = leg({"symbol": BTC, "type": "LIMIT", "side": "BUY", "quantity": "0.002",
                   "price": low, "timeInForce": "GTC", "newClientOrderId": first})  # fmt: skip
    pending = leg({"symbol": BTC, "type": "LIMIT", "side": "SELL", "quantity": "0.003",
                   "price": high, "timeInForce": "GTC", "newClientOrderId": then},
                  status="PENDING_NEW", workingTime=-1)  # fmt: skip
    told = stage.says(
        "orderList.place.oto",
        listed(name, "OTO", [working, pending]),
        symbol=BTC, listClientOrderId=name, workingType="LIMIT", workingSide="BUY",
        workingPrice=low, workingQuantity="0.002", workingTimeInForce="GTC",
        workingClientOrderId=first, pendingType="LIMIT", pendingSide="SELL", pendingPrice=high,
        pendingQuantity="0.003", pendingTimeInForce="GTC", pendingClientOrderId=then,
        newOrderRespType="RESULT",
    )  # fmt: skip
    held = stage.money("USDT")[1]
    true(held == Decimal(low) * Decimal("0.002"), f"{held} is held")
    ends(stage, told)


@truth("orderList.place.oto", "order.status", "openOrders.status", "order.cancel")
def what_waited_works_once_the_first_is_filled(stage: Stage) -> None:
    then, name = stage.name("then"), stage.name("oto")
    high = stage.price(BTC, 25)
    stage.ask(
        "orderList.place.oto",
        symbol=BTC, listClientOrderId=name, workingType="LIMIT", workingSide="BUY",
        workingPrice=stage.price(BTC, 1), workingQuantity="0.002", workingTimeInForce="IOC",
        pendingType="LIMIT", pendingSide="SELL", pendingPrice=high, pendingQuantity="0.001",
        pendingTimeInForce="GTC", pendingClientOrderId=then,
    )  # fmt: skip
    seen = stage.ask("order.status", symbol=BTC, origClientOrderId=then)
    true((seen["status"], seen["isWorking"]) == ("NEW", True), f"it is {seen['status']}")
    true(seen["workingTime"] > 0, "it has no working time")
    stage.ask("order.cancel", symbol=BTC, orderId=seen["orderId"])


@truth("orderList.place.otoco", *QUERIES)
def a_pair_waits_for_the_first(stage: Stage) -> None:
    first, above, below = stage.name("first"), stage.name("above"), stage.name("below")
    name = stage.name("otoco")
    words, lower, upper = _pair(stage, above, below)
    low = stage.price(BTC, -12)
    working = leg({"symbol": BTC, "type": "LIMIT", "side": "BUY", "quantity": "0.002",
                   "price": low, "timeInForce": "GTC", "newClientOrderId": first})  # fmt: skip
    waits = {"status": "PENDING_NEW", "workingTime": -1}
    told = stage.says(
        "orderList.place.otoco",
        listed(name, "OTO", [working, lower | waits, upper | waits]),
        symbol=BTC, listClientOrderId=name, workingType="LIMIT", workingSide="BUY",
        workingPrice=low, workingQuantity="0.002", workingTimeInForce="GTC",
        workingClientOrderId=first, pendingSide="SELL", pendingQuantity="0.002",
        pendingAboveType="LIMIT_MAKER", pendingAbovePrice=words["above"]["price"],
        pendingAboveClientOrderId=above, pendingBelowType="STOP_LOSS_LIMIT",
        pendingBelowStopPrice=words["below"]["stop"], pendingBelowPrice=words["below"]["price"],
        pendingBelowTimeInForce="GTC", pendingBelowClientOrderId=below, newOrderRespType="RESULT",
    )  # fmt: skip
    ends(stage, told)


@truth("orderList.place.opo", *QUERIES)
def what_is_bought_is_sold_again(stage: Stage) -> None:
    first, then, name = stage.name("first"), stage.name("then"), stage.name("opo")
    low, high = stage.price(BTC, -15), stage.price(BTC, 25)
    working = leg({"symbol": BTC, "type": "LIMIT", "side": "BUY", "quantity": "0.002",
                   "price": low, "timeInForce": "GTC", "newClientOrderId": first})  # fmt: skip
    pending = leg({"symbol": BTC, "type": "LIMIT", "side": "SELL", "price": high,
                   "timeInForce": "GTC", "newClientOrderId": then},
                  status="PENDING_NEW", workingTime=-1)  # fmt: skip
    del pending["origQty"]
    told = stage.says(
        "orderList.place.opo",
        listed(name, "OTO", [working, pending]),
        symbol=BTC, listClientOrderId=name, workingType="LIMIT", workingSide="BUY",
        workingPrice=low, workingQuantity="0.002", workingTimeInForce="GTC",
        workingClientOrderId=first, pendingType="LIMIT", pendingSide="SELL", pendingPrice=high,
        pendingTimeInForce="GTC", pendingClientOrderId=then, newOrderRespType="RESULT",
    )  # fmt: skip
    ends(stage, told)
    stage.refuses(
        -1222, "", "orderList.place.opo",
        symbol=BTC, workingType="LIMIT", workingSide="SELL", workingPrice=high,
        workingQuantity="0.002", workingTimeInForce="GTC", pendingType="LIMIT",
        pendingSide="SELL", pendingPrice=high, pendingTimeInForce="GTC",
    )  # fmt: skip


@truth("orderList.place.opo", "order.status", "order.cancel")
def what_was_bought_is_offered_less_its_fee(stage: Stage) -> None:
    then = stage.name("then")
    stage.ask(
        "orderList.place.opo",
        symbol=BTC, workingType="LIMIT", workingSide="BUY", workingPrice=stage.price(BTC, 1),
        workingQuantity="0.002", workingTimeInForce="IOC", pendingType="LIMIT",
        pendingSide="SELL", pendingPrice=stage.price(BTC, 25), pendingTimeInForce="GTC",
        pendingClientOrderId=then,
    )  # fmt: skip
    seen = stage.ask("order.status", symbol=BTC, origClientOrderId=then)
    true(seen["status"] == "NEW", f"it is {seen['status']}")
    true(Decimal("0.00199") <= Decimal(seen["origQty"]) <= Decimal("0.002"), f"{seen['origQty']}")
    stage.ask("order.cancel", symbol=BTC, orderId=seen["orderId"])


@truth("orderList.place.opoco", *QUERIES)
def what_is_bought_is_sold_by_a_pair(stage: Stage) -> None:
    first, above, below = stage.name("first"), stage.name("above"), stage.name("below")
    name = stage.name("opoco")
    words, lower, upper = _pair(stage, above, below)
    low = stage.price(BTC, -12)
    working = leg({"symbol": BTC, "type": "LIMIT", "side": "BUY", "quantity": "0.002",
                   "price": low, "timeInForce": "GTC", "newClientOrderId": first})  # fmt: skip
    waits = {"status": "PENDING_NEW", "workingTime": -1}
    pair = [each | waits for each in (lower, upper)]
    for each in pair:
        del each["origQty"]
    told = stage.says(
        "orderList.place.opoco",
        listed(name, "OTO", [working, *pair]),
        symbol=BTC, listClientOrderId=name, workingType="LIMIT", workingSide="BUY",
        workingPrice=low, workingQuantity="0.002", workingTimeInForce="GTC",
        workingClientOrderId=first, pendingSide="SELL", pendingAboveType="LIMIT_MAKER",
        pendingAbovePrice=words["above"]["price"], pendingAboveClientOrderId=above,
        pendingBelowType="STOP_LOSS_LIMIT", pendingBelowStopPrice=words["below"]["stop"],
        pendingBelowPrice=words["below"]["price"], pendingBelowTimeInForce="GTC",
        pendingBelowClientOrderId=below, newOrderRespType="RESULT",
    )  # fmt: skip
    ends(stage, told)
