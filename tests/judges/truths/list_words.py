"""Order lists with every optional word there is, in each of their legs; and lists whose first order
trades, expires or is limited while the list is placed.
"""

from typing import Any

from . import truth
from .kinds import paid, told
from .lists import LIST_ID, OLD, QUERIES, ends, listed
from .market import BTC
from .orders import FILL, Row
from .sessions import follows
from .stage import Stage
from .words import POSITIVE, Each, amount, holds, true

FORMS: dict[str, tuple[str, ...]] = {
    "oco": ("below", "above"),
    "oto": ("working", "pending"),
    "otoco": ("working", "pendingBelow", "pendingAbove"),
    "opo": ("working", "pending"),
    "opoco": ("working", "pendingBelow", "pendingAbove"),
}
"""The legs of each form, in the order in which answers tell them."""

MODE = "EXPIRE_TAKER"
QUANTITY = "0.004"
LABELS = {
    name: {"strategyId": 50 + number, "strategyType": 1000050 + number}
    for number, name in enumerate(("working", "pending", "below", "above"))
}


def _role(leg: str) -> str:
    return leg.removeprefix("pending").lower() or "pending"


def legs(stage: Stage, form: str, *, pegged: bool) -> dict[str, Row]:
    """Each leg as an order of its own: all optional words of one kind, or of the other."""
    return {leg: (_pegged if pegged else _plain)(stage, _role(leg)) for leg in FORMS[form]}


def _plain(stage: Stage, role: str) -> Row:
    def price(percent: float) -> str:
        return stage.price(BTC, percent)

    words: Row = {"symbol": BTC, "side": "SELL", "timeInForce": "GTC", "icebergQty": "0.001",
                  "quantity": QUANTITY} | LABELS[role]  # fmt: skip
    more: Row
    match role:
        case "working":
            more = {"type": "LIMIT", "side": "BUY", "price": price(-12)}
        case "above":
            more = {"type": "TAKE_PROFIT_LIMIT", "stopPrice": price(14), "price": price(15),
                    "trailingDelta": 450}  # fmt: skip
        case _:
            more = {"type": "STOP_LOSS_LIMIT", "stopPrice": price(-14), "price": price(-15),
                    "trailingDelta": 350}  # fmt: skip
    return words | more


def _pegged(stage: Stage, role: str) -> Row:
    peg = {"pegPriceType": "PRIMARY_PEG", "pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": 40}
    words: Row = {"symbol": BTC, "side": "SELL", "quantity": QUANTITY} | peg
    match role:
        case "working":
            price = stage.price(BTC, -12)  # mandatory here, and told as it was sent
            return words | {"type": "LIMIT", "side": "BUY", "timeInForce": "GTC", "price": price}
        case "above":
            return words | {"type": "LIMIT_MAKER"}
        case "pending":
            return words | {"type": "LIMIT", "timeInForce": "GTC"}
        case _:
            stop = stage.price(BTC, -14)
            return words | {"type": "STOP_LOSS_LIMIT", "timeInForce": "GTC", "stopPrice": stop}


def given(form: str, orders: dict[str, Row]) -> Row:
    """The parameters of a list of these orders."""
    words: Row = {"symbol": BTC, "selfTradePreventionMode": MODE}
    for leg, order in orders.items():
        shared = "" if form == "oco" else "working" if leg == "working" else "pending"
        for name, value in order.items():
            if name in ("side", "quantity"):
                words[_word(shared, name)] = value
            elif name != "symbol":
                words[_word(leg, name.replace("newClient", "client"))] = value
    if form.startswith("opo"):
        del words["pendingQuantity"]
    return words


def _word(prefix: str, name: str) -> str:
    return prefix + name[0].upper() + name[1:] if prefix else name


def reports(stage: Stage, form: str, orders: dict[str, Row], length: str) -> list[Row]:
    """What the answer tells of each."""
    found = []
    for leg, order in orders.items():
        pattern = told(stage, order | {"newOrderRespType": length}, orderListId=LIST_ID)
        pattern["selfTradePreventionMode"] = MODE
        if leg.startswith("pending"):
            pattern |= {"status": "PENDING_NEW", "workingTime": -1}
            pattern.pop("peggedPrice", None)
            if form.startswith("opo"):
                del pattern["origQty"]
        found.append(pattern)
    return found


def _named(stage: Stage, orders: dict[str, Row]) -> dict[str, Row]:
    return {leg: order | {"newClientOrderId": stage.name(leg)} for leg, order in orders.items()}


def _every_word(stage: Stage, form: str) -> None:
    for pegged in (False, True):
        length = "FULL" if pegged else "RESULT"
        orders = _named(stage, legs(stage, form, pegged=pegged))
        name = stage.name(form)
        answer = stage.says(
            f"orderList.place.{form}",
            listed(name, "OCO" if form == "oco" else "OTO",
                   reports(stage, form, orders, length)),
            **given(form, orders), listClientOrderId=name, newOrderRespType=length,
        )  # fmt: skip
        ends(stage, answer, stage.name("end"))


@truth("orderList.place.oco", *QUERIES)
def a_pair_takes_every_word(stage: Stage) -> None:
    _every_word(stage, "oco")


@truth("orderList.place.oto", *QUERIES)
def one_that_waits_takes_every_word(stage: Stage) -> None:
    _every_word(stage, "oto")


@truth("orderList.place.otoco", *QUERIES)
def a_pair_that_waits_takes_every_word(stage: Stage) -> None:
    _every_word(stage, "otoco")


@truth("orderList.place.opo", *QUERIES)
def one_that_sells_what_was_bought_takes_every_word(stage: Stage) -> None:
    _every_word(stage, "opo")


@truth("orderList.place.opoco", *QUERIES)
def a_pair_that_sells_what_was_bought_takes_every_word(stage: Stage) -> None:
    _every_word(stage, "opoco")


@truth("orderList.place", *OLD)
def the_old_form_of_a_pair_takes_every_word(stage: Stage) -> None:
    shared: Row = {"symbol": BTC, "side": "SELL", "quantity": QUANTITY, "icebergQty": "0.001",
                   "selfTradePreventionMode": MODE, "newOrderRespType": "FULL"}  # fmt: skip
    stop = shared | LABELS["below"] | {
        "type": "STOP_LOSS_LIMIT", "timeInForce": "GTC", "stopPrice": stage.price(BTC, -14),
        "price": stage.price(BTC, -15), "trailingDelta": 350,
        "newClientOrderId": stage.name("stop")}  # fmt: skip
    limit = shared | LABELS["above"] | {
        "type": "LIMIT_MAKER", "price": stage.price(BTC, 15),
        "newClientOrderId": stage.name("limit")}  # fmt: skip
    name = stage.name("old")
    both = [told(stage, order, orderListId=LIST_ID) for order in (stop, limit)]
    answer = stage.says(
        "orderList.place",
        listed(name, "OCO", both),
        symbol=BTC, side="SELL", quantity=QUANTITY, listClientOrderId=name,
        price=limit["price"], limitClientOrderId=limit["newClientOrderId"],
        limitIcebergQty="0.001", limitStrategyId=limit["strategyId"],
        limitStrategyType=limit["strategyType"], stopPrice=stop["stopPrice"],
        stopClientOrderId=stop["newClientOrderId"], stopLimitPrice=stop["price"],
        stopLimitTimeInForce="GTC", stopIcebergQty="0.001", stopStrategyId=stop["strategyId"],
        stopStrategyType=stop["strategyType"], trailingDelta=350, selfTradePreventionMode=MODE,
        newOrderRespType="FULL",
    )  # fmt: skip
    ends(stage, answer, stage.name("end"))


def _at_once(stage: Stage, form: str) -> None:
    """The first order trades while the list is placed; and one that cannot ends all of it."""
    sold: Row = {"symbol": BTC, "side": "SELL", "quantity": "0.002"}
    low, high = stage.price(BTC, -20), stage.price(BTC, 20)
    rest: dict[str, Row] = {
        "pending": sold | {"type": "LIMIT", "timeInForce": "GTC", "price": high},
        "pendingBelow": sold | {"type": "STOP_LOSS", "stopPrice": low},
        "pendingAbove": sold | {"type": "LIMIT_MAKER", "price": high},
    }
    for percent, ending in (
        (1, {"status": "FILLED", "executedQty": amount("0.002"),
             "cummulativeQuoteQty": POSITIVE, "fills": Each(FILL)}),
        (-9, {"status": "EXPIRED", "expiryReason": "UNFILLED_IOC_QUANTITY_EXPIRED"}),
    ):  # fmt: skip
        first: Row = {"symbol": BTC, "side": "BUY", "quantity": "0.002", "type": "LIMIT",
                      "timeInForce": "IOC", "price": stage.price(BTC, percent)}  # fmt: skip
        orders = _named(stage, {leg: first if leg == "working" else rest[leg]
                                for leg in FORMS[form]})  # fmt: skip
        bought = stage.money("BTC")
        answer = stage.ask(f"orderList.place.{form}", **given(form, orders),
                           newOrderRespType="FULL")  # fmt: skip
        patterns = reports(stage, form, orders, "FULL")
        patterns[0] |= ending
        for row, pattern in zip(answer["orderReports"], patterns, strict=True):
            holds(row, pattern, "a leg")
        fees = answer["orderReports"][0].get("fills", [])
        if percent > 0:
            paid_in(stage, answer["orderReports"][0], bought, fees)
        elif stage.state()[1]:
            true(False, "something waits for what can no longer come")
        stage.clean()


def paid_in(stage: Stage, report: Row, before: tuple[Any, Any], fills: list[Row]) -> None:
    """What was bought has come, available or held by what sells it."""
    if fills:
        paid(report)
    have = sum(stage.money("BTC"))
    true(have > sum(before), f"{have} after {before}")


@truth("orderList.place.oto", "openOrders.cancelAll")
def the_first_of_two_can_trade_at_once_or_expire(stage: Stage) -> None:
    _at_once(stage, "oto")


@truth("orderList.place.otoco", "openOrders.cancelAll")
def the_first_of_three_can_trade_at_once_or_expire(stage: Stage) -> None:
    _at_once(stage, "otoco")


@truth("orderList.place.opo", "openOrders.cancelAll")
def what_buys_for_one_can_trade_at_once_or_expire(stage: Stage) -> None:
    _at_once(stage, "opo")


@truth("orderList.place.opoco", "openOrders.cancelAll")
def what_buys_for_a_pair_can_trade_at_once_or_expire(stage: Stage) -> None:
    _at_once(stage, "opoco")


@truth("orderList.place.oto", "order.amend.keepPriority", "orderList.cancel")
def an_amended_order_of_a_list_tells_of_its_list(stage: Stage) -> None:
    orders = _named(stage, legs(stage, "oto", pegged=False))
    name, new = stage.name("oto"), stage.name("amended")
    answer = stage.ask("orderList.place.oto", **given("oto", orders), listClientOrderId=name)
    first = answer["orders"][0]
    seen = stage.ask("order.amend.keepPriority", symbol=BTC, newQty="0.003", newClientOrderId=new,
                     origClientOrderId=first["clientOrderId"])  # fmt: skip
    holds(
        seen["listStatus"],
        {"orderListId": answer["orderListId"], "contingencyType": "OTO",
         "listOrderStatus": "EXECUTING", "listClientOrderId": name, "symbol": BTC,
         "orders": [first | {"clientOrderId": new}, answer["orders"][1]]},
        "listStatus",
    )  # fmt: skip
    true(seen["amendedOrder"]["origClientOrderId"] == first["clientOrderId"], "another order")
    true(seen["amendedOrder"]["orderId"] == first["orderId"], "another order")
    true(seen["amendedOrder"]["orderListId"] == answer["orderListId"], "of another list")
    stage.ask("orderList.cancel", symbol=BTC, orderListId=answer["orderListId"])


@truth("orderList.place.oco", "orderList.place.oto", "orderList.place.opo", "orderList.place.otoco",
       "orderList.place.opoco", "orderList.cancel")  # fmt: skip
def a_list_can_be_told_in_short(stage: Stage) -> None:
    for form in FORMS:
        orders = _named(stage, legs(stage, form, pegged=False))
        answer = stage.ask(f"orderList.place.{form}", **given(form, orders),
                           newOrderRespType="ACK")  # fmt: skip
        short = ("symbol", "orderId", "orderListId", "clientOrderId", "transactTime")
        for row, pattern in zip(
            answer["orderReports"], reports(stage, form, orders, "RESULT"), strict=True
        ):
            holds(row, {name: pattern[name] for name in short}, "a leg in short")
        stage.ask("orderList.cancel", symbol=BTC, orderListId=answer["orderListId"])


@truth("orderList.place.otoco", "orderList.cancel", hears=("listStatus", "executionReport"))
def user_data_tells_of_every_leg(stage: Stage) -> None:
    ear = follows(stage)
    orders = _named(stage, legs(stage, "otoco", pegged=False))
    name = stage.name("otoco")
    answer = stage.ask("orderList.place.otoco", **given("otoco", orders), listClientOrderId=name)
    number = answer["orderListId"]
    for report, order in zip(answer["orderReports"], orders.values(), strict=True):
        event = ear.next("executionReport", i=report["orderId"])
        wanted = {"g": number, "c": order["newClientOrderId"], "o": order["type"],
                  "F": amount(order["icebergQty"]), "j": order["strategyId"],
                  "J": order["strategyType"], "X": report["status"],
                  "P": amount(order.get("stopPrice", 0)), "V": MODE,
                  "d": order.get("trailingDelta")}  # fmt: skip
        for letter, value in wanted.items():
            true(event.get(letter) == value, f"{letter} is {event.get(letter)!r}, not {value!r}")
    told_of = ear.next("listStatus", g=number)
    true(told_of["C"] == name and told_of["c"] == "OTO", f"the list is {told_of}")
    true([row["i"] for row in told_of["O"]] == [row["orderId"] for row in answer["orders"]],
         f"its orders are {told_of['O']}")  # fmt: skip
    stage.ask("orderList.cancel", symbol=BTC, orderListId=number)
    true(ear.next("listStatus", g=number)["l"] == "ALL_DONE", "it is not done")
