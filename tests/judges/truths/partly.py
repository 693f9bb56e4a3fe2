"""Orders that are filled in part: what is done and what is left is told until they end."""

from decimal import Decimal

from . import truth
from .kinds import paid
from .market import BTC
from .orders import Row, cancelled, placed, queried
from .sessions import follows
from .stage import Stage
from .words import ANYTHING, NOW, amount, holds, one_of, text, true

MORE = Decimal("0.03")
"""What is asked beyond the best offer: it rests at that price."""


def _asked(stage: Stage) -> tuple[Row, Decimal]:
    """A buy of the best offer and a little more, and what that offer holds."""
    book = stage.box.ask("GET", "/books", venue="binance", instrument=BTC, levels=1)
    price, there = (Decimal(str(value)) for value in book["asks"][0][:2])
    asked: Row = {"symbol": BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
                  "quantity": text(there + MORE), "price": text(price),
                  "newClientOrderId": stage.name("part"), "newOrderRespType": "FULL"}  # fmt: skip
    return asked, there


def _money(stage: Stage) -> None:
    """Enough for whatever the best offer holds."""
    stage.faucet(USDT="3000000")


def _done(asked: Row, there: Decimal) -> Row:
    worth = amount((there * Decimal(asked["price"])).quantize(Decimal("1e-8")))
    return {"executedQty": amount(there), "cummulativeQuoteQty": worth}


def _place(stage: Stage) -> tuple[Row, Row, Row]:
    asked, there = _asked(stage)
    done = _done(asked, there)
    order = stage.says(
        "order.place", placed(asked, **done, status="PARTIALLY_FILLED", fills=ANYTHING), **asked
    )
    if "fills" in order:
        paid(order)
    return asked, order, done


@truth("order.place", "order.status", "openOrders.status", "allOrders", "order.cancel",
       "openOrders.cancelAll", "order.cancelReplace")  # fmt: skip
def what_was_filled_in_part_is_told_until_it_ends(stage: Stage) -> None:
    _money(stage)
    for end in ("order.cancel", "openOrders.cancelAll", "order.cancelReplace"):
        with stage.still():
            asked, order, done = _place(stage)
            of = {"symbol": BTC, "orderId": order["orderId"]}
            row = queried(order)
            stage.says("order.status", row, **of)
            stage.says("openOrders.status", [row], symbol=BTC)
            stage.says("allOrders", [row], **of, limit=1)
            ended = cancelled(order)
            if end == "order.cancel":
                stage.says(end, ended, **of, cancelRestrictions="ONLY_PARTIALLY_FILLED")
            elif end == "openOrders.cancelAll":
                rows = stage.ask(end, symbol=BTC)
                true(len(rows) == 1, f"{len(rows)} were cancelled")
                holds(rows[0], ended, end)
            else:
                words = asked | {"newClientOrderId": stage.name("again"), "timeInForce": "IOC",
                                 "price": stage.price(BTC, -9)}  # fmt: skip
                both = stage.ask(end, **words, cancelReplaceMode="STOP_ON_FAILURE",
                                 cancelOrderId=order["orderId"])  # fmt: skip
                holds(both["cancelResponse"], ended, f"{end}.cancelResponse")
            after = row | {"status": "CANCELED", "updateTime": NOW, "clientOrderId": ANYTHING}
            stage.says("order.status", after | done, **of)


@truth("order.place", "order.amend.keepPriority", "order.status", "order.cancel")
def what_is_left_can_be_made_smaller(stage: Stage) -> None:
    _money(stage)
    with stage.still():
        asked, order, done = _place(stage)
        of = {"symbol": BTC, "orderId": order["orderId"]}
        less = text(Decimal(asked["quantity"]) - MORE / 2)
        seen = stage.ask("order.amend.keepPriority", **of, newQty=less)["amendedOrder"]
        told = {"qty": amount(less), "executedQty": done["executedQty"],
                "cumulativeQuoteQty": done["cummulativeQuoteQty"],
                "status": "PARTIALLY_FILLED"}  # fmt: skip
        for name, value in told.items():
            holds(seen[name], value, f"order.amend.keepPriority.{name}")
        same = {"origQty": amount(less), "updateTime": NOW, "clientOrderId": ANYTHING}
        stage.says("order.status", queried(order) | same, **of)
        stage.ask("order.cancel", **of)


@truth("orderList.place.oto", "orderList.cancel", "orderList.status")
def the_first_of_a_list_can_be_filled_in_part(stage: Stage) -> None:
    _money(stage)
    with stage.still():
        asked, there = _asked(stage)
        done = _done(asked, there)
        answer = stage.ask(
            "orderList.place.oto", symbol=BTC, workingType="LIMIT", workingSide="BUY",
            workingPrice=asked["price"], workingQuantity=asked["quantity"],
            workingTimeInForce="GTC", pendingType="LIMIT", pendingSide="SELL",
            pendingPrice=stage.price(BTC, 20), pendingQuantity="0.001", pendingTimeInForce="GTC",
            newOrderRespType="FULL",
        )  # fmt: skip
        first = answer["orderReports"][0]
        told = done | {"status": "PARTIALLY_FILLED", "origQty": amount(asked["quantity"])}
        for name, value in told.items():
            holds(first[name], value, f"orderList.place.oto.{name}")
        ended = stage.ask("orderList.cancel", symbol=BTC, orderListId=answer["orderListId"])
        row = next(r for r in ended["orderReports"] if r["orderId"] == first["orderId"])
        for name, value in (done | {"status": "CANCELED"}).items():
            holds(row[name], value, f"orderList.cancel.{name}")


@truth("order.place", "order.cancel", hears=("executionReport",))
def user_data_tells_what_is_done_and_what_is_left(stage: Stage) -> None:
    _money(stage)
    ear = follows(stage)
    with stage.still():
        asked, order, done = _place(stage)
        number = order["orderId"]
        ear.next("executionReport", i=number, x="NEW")
        for fill in order.get("fills", []):
            event = ear.next("executionReport", i=number, x="TRADE")
            holds(event["X"], one_of("PARTIALLY_FILLED"), "executionReport.X")
            holds(event["t"], fill["tradeId"], "executionReport.t")
        stage.ask("order.cancel", symbol=BTC, orderId=number)
        event = ear.next("executionReport", i=number, x="CANCELED")
        told = {"z": done["executedQty"], "Z": done["cummulativeQuoteQty"], "l": amount(0),
                "q": amount(asked["quantity"]), "X": "CANCELED"}  # fmt: skip
        for letter, value in told.items():
            holds(event[letter], value, f"executionReport.{letter}")
