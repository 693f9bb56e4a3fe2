"""Trading with oneself, prevented in every way: who ends, what is told of it, and where.

faqs/stp_faq.md, 2026-07-21: the taker's mode decides.
"""

from decimal import Decimal

from . import truth
from .kinds import found, gone, told
from .market import BTC
from .orders import Row, alone, placed
from .sessions import REPORT, follows
from .stage import Stage
from .words import ANYTHING, ID, NOW, NUMBER, amount, holds, true

MADE = amount("0.004")
TAKEN = amount("0.001")
BY_MODE: dict[str, tuple[str, str]] = {
    "EXPIRE_TAKER": (TAKEN, ""),
    "EXPIRE_MAKER": ("", MADE),
    "EXPIRE_BOTH": (TAKEN, MADE),
    "DECREMENT": (TAKEN, TAKEN),
}
"""What each mode prevents of a taker of 0.001 and a maker of 0.004."""


def _maker(stage: Stage, price: str) -> tuple[Row, Row]:
    asked: Row = {"symbol": BTC, "side": "SELL", "type": "LIMIT", "timeInForce": "GTC",
                  "quantity": "0.004", "price": price, "newOrderRespType": "FULL",
                  "newClientOrderId": stage.name("maker")}  # fmt: skip
    return asked, stage.says("order.place", told(stage, asked), **asked)


def _taker(stage: Stage, price: str, mode: str) -> Row:
    return {"symbol": BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
            "quantity": "0.001", "price": price, "selfTradePreventionMode": mode,
            "newClientOrderId": stage.name("taker"), "newOrderRespType": "FULL"}  # fmt: skip


def _lost(mode: str) -> Row:
    names = ("takerPreventedQuantity", "makerPreventedQuantity")
    return {name: lost for name, lost in zip(names, BY_MODE[mode], strict=True) if lost}


def answered(maker: Row, mode: str) -> Row:
    """What the answer to the taker has beyond that of an order that rests."""
    match = {"preventedMatchId": NUMBER, "makerOrderId": maker["orderId"],
             "price": maker["price"]} | _lost(mode)  # fmt: skip
    return {"preventedMatchId": NUMBER, "preventedMatches": [match]} | _ended(BY_MODE[mode][0])


def _ended(lost: str) -> Row:
    return {"status": "EXPIRED_IN_MATCH", "preventedQuantity": lost} if lost else {}


def _later(mode: str) -> tuple[Row, Row]:
    """What queries say of taker and maker beside what was answered."""
    taker, maker = (_ended(lost) | ({"preventedMatchId": NUMBER} if lost else {})
                    for lost in BY_MODE[mode])  # fmt: skip
    if mode == "DECREMENT":
        maker["status"] = "NEW"
    return taker, maker


@truth("order.place", "order.status", "allOrders", "myPreventedMatches", "openOrders.cancelAll")
def every_mode_prevents_what_it_says(stage: Stage) -> None:
    for mode in BY_MODE:
        alone(stage, lambda price, mode=mode: _mode(stage, price, mode))  # type: ignore[misc]


def _mode(stage: Stage, price: str, mode: str) -> None:
    offered, maker = _maker(stage, price)
    asked = _taker(stage, price, mode)
    taker = stage.ask("order.place", **asked)
    holds(taker, placed(asked) | answered(maker, mode), f"the taker with {mode}")
    matches = [
        {"symbol": BTC, "preventedMatchId": taker.get("preventedMatchId", NUMBER),
         "takerOrderId": taker["orderId"], "makerSymbol": BTC, "makerOrderId": maker["orderId"],
         "tradeGroupId": -1, "selfTradePreventionMode": mode, "price": amount(price),
         "transactTime": taker["transactTime"]} | _lost(mode)
    ]  # fmt: skip
    seen = stage.says("myPreventedMatches", matches, symbol=BTC, orderId=maker["orderId"])
    number = seen[0]["preventedMatchId"]
    for match in taker.get("preventedMatches", []):
        holds(match["preventedMatchId"], number, "preventedMatches.preventedMatchId")
    at = {"symbol": BTC, "orderId": maker["orderId"], "limit": 1}
    stage.says("myPreventedMatches", matches, **at, fromPreventedMatchId=number)
    stage.says("myPreventedMatches", [], **at, fromPreventedMatchId=number + 1)
    for words, order, more in zip((asked, offered), (taker, maker), _later(mode), strict=True):
        of = {"symbol": BTC, "orderId": order["orderId"]}
        row = found(stage, words, order) | more | {"updateTime": NOW, "isWorking": ANYTHING}
        stage.says("order.status", row, **of)
        stage.says("allOrders", [row], **of, limit=1)
    if stage.state()[1]:
        stage.ask("openOrders.cancelAll", symbol=BTC)


@truth("order.place", "myPreventedMatches", "openOrders.cancelAll")
def so_many_prevented_matches_are_told_as_were_asked_for(stage: Stage) -> None:
    def play(price: str) -> None:
        _, maker = _maker(stage, price)
        for _ in range(2):
            taker = _taker(stage, price, "EXPIRE_TAKER")
            stage.ask("order.place", **taker)
        for most, count in ((1, 1), (10, 2)):
            of = {"symbol": BTC, "orderId": maker["orderId"], "fromPreventedMatchId": 0}
            seen = stage.ask("myPreventedMatches", **of, limit=most)
            true(len(seen) == count, f"{len(seen)} of at most {most}")
        stage.ask("openOrders.cancelAll", symbol=BTC)

    alone(stage, play)


@truth("order.place", "openOrders.status", "order.cancel", "order.cancelReplace",
       "openOrders.cancelAll")  # fmt: skip
def what_was_made_smaller_is_told_so_until_it_ends(stage: Stage) -> None:
    alone(stage, lambda price: _smaller(stage, price))


def _smaller(stage: Stage, price: str) -> None:
    more = {"preventedQuantity": TAKEN}
    for end in ("order.cancel", "openOrders.cancelAll", "order.cancelReplace"):
        offered, maker = _maker(stage, price)
        asked = _taker(stage, price, "DECREMENT")
        taker = stage.ask("order.place", **asked)
        true(taker["status"] == "EXPIRED_IN_MATCH", f"I traded with myself: {taker}")
        row = found(stage, offered, maker) | more | {"preventedMatchId": NUMBER, "updateTime": NOW}
        stage.says("openOrders.status", [row], symbol=BTC)
        ended = gone(stage, offered, maker) | more
        if end == "order.cancel":
            stage.says(end, ended, symbol=BTC, orderId=maker["orderId"])
        elif end == "openOrders.cancelAll":
            rows = stage.ask(end, symbol=BTC)
            true(len(rows) == 1, f"{len(rows)} were cancelled")
            holds(rows[0], ended, end)
        else:
            _replaced(stage, maker, ended, price)


def _replaced(stage: Stage, maker: Row, ended: Row, price: str) -> None:
    """The order goes, and what takes its place meets another order of mine."""
    _, other = _maker(stage, price)
    words = _taker(stage, price, "EXPIRE_BOTH")
    both = stage.ask("order.cancelReplace", **words, cancelReplaceMode="STOP_ON_FAILURE",
                     cancelOrderId=maker["orderId"])  # fmt: skip
    holds(both["cancelResponse"], ended, "order.cancelReplace.cancelResponse")
    new = placed(words) | answered(other, "EXPIRE_BOTH")
    holds(both["newOrderResponse"], new, "order.cancelReplace.newOrderResponse")


@truth("order.place", "sor.order.place")
def a_routed_order_does_not_meet_its_owner_either(stage: Stage) -> None:
    def play(price: str) -> None:
        _, maker = _maker(stage, price)
        asked = _taker(stage, price, "EXPIRE_BOTH")
        answer = stage.ask("sor.order.place", **asked)
        taker = answer[0] if stage.socket else answer
        routed = {"usedSor": True, "workingFloor": "SOR"}
        holds(taker, placed(asked) | answered(maker, "EXPIRE_BOTH") | routed, "sor.order.place")

    alone(stage, play)


@truth("order.place", "orderList.place.oto", "orderList.place.otoco", "orderList.place.opo",
       "orderList.place.opoco")  # fmt: skip
def the_first_of_a_list_does_not_meet_its_owner_either(stage: Stage) -> None:
    for operation in ("oto", "otoco", "opo", "opoco"):
        alone(stage, lambda price, name=operation: _list(stage, price, name))  # type: ignore[misc]


def _list(stage: Stage, price: str, kind: str) -> None:
    _, maker = _maker(stage, price)
    words = _taker(stage, price, "EXPIRE_BOTH")
    high, low = stage.price(BTC, 20), stage.price(BTC, -20)
    given: Row = {
        "symbol": BTC, "newOrderRespType": "FULL", "selfTradePreventionMode": "EXPIRE_BOTH",
        "workingType": "LIMIT", "workingSide": "BUY", "workingPrice": price,
        "workingQuantity": "0.001", "workingTimeInForce": "GTC",
        "workingClientOrderId": words["newClientOrderId"], "pendingSide": "SELL",
    }  # fmt: skip
    if kind in ("oto", "otoco"):
        given["pendingQuantity"] = "0.001"
    if kind in ("oto", "opo"):
        given |= {"pendingType": "LIMIT", "pendingPrice": high, "pendingTimeInForce": "GTC"}
    else:
        given |= {"pendingAboveType": "LIMIT_MAKER", "pendingAbovePrice": high,
                  "pendingBelowType": "STOP_LOSS", "pendingBelowStopPrice": low}  # fmt: skip
    answer = stage.ask(f"orderList.place.{kind}", **given)
    first = placed(words, orderListId=answer["orderListId"]) | answered(maker, "EXPIRE_BOTH")
    holds(answer["orderReports"][0], first, "a leg")
    true(not stage.state()[1], "something of it is still open")


@truth("order.place", "orderList.place.oto", "orderList.cancel")
def the_first_of_a_list_can_be_made_smaller(stage: Stage) -> None:
    def play(price: str) -> None:
        small: Row = {"symbol": BTC, "side": "SELL", "type": "LIMIT", "timeInForce": "GTC",
                      "quantity": "0.001", "price": price}  # fmt: skip
        stage.ask("order.place", **small)
        answer = stage.ask(
            "orderList.place.oto", symbol=BTC, selfTradePreventionMode="DECREMENT",
            workingType="LIMIT", workingSide="BUY", workingPrice=price, workingQuantity="0.004",
            workingTimeInForce="GTC", pendingType="LIMIT", pendingSide="SELL",
            pendingPrice=stage.price(BTC, 20), pendingQuantity="0.001", pendingTimeInForce="GTC",
        )  # fmt: skip
        first = answer["orderReports"][0]
        true(first["preventedQuantity"] == TAKEN, f"it lost {first}")
        ended = stage.ask("orderList.cancel", symbol=BTC, orderListId=answer["orderListId"])
        by_id = {row["orderId"]: row for row in ended["orderReports"]}
        holds(by_id[first["orderId"]]["preventedQuantity"], TAKEN, "preventedQuantity")

    alone(stage, play)


@truth("order.place", "order.cancel", hears=("executionReport",))
def user_data_tells_of_trades_that_were_prevented(stage: Stage) -> None:
    ear = follows(stage)

    def play(price: str) -> None:
        for mode in ("EXPIRE_BOTH", "DECREMENT", "EXPIRE_TAKER"):
            _, maker = _maker(stage, price)
            taker = stage.ask("order.place", **_taker(stage, price, mode))
            ear.next("executionReport", i=taker["orderId"], x="NEW")
            lost = BY_MODE[mode]
            for order, other, own in ((taker, maker, lost[0]), (maker, taker, lost[1])):
                if own:
                    event = ear.next("executionReport", i=order["orderId"], x="TRADE_PREVENTION")
                    holds(event, _event(order, other, own, mode, price), "executionReport")
            if mode != "EXPIRE_BOTH":
                stage.ask("order.cancel", symbol=BTC, orderId=maker["orderId"])

    alone(stage, play)


def _event(order: Row, other: Row, own: str, mode: str, price: str) -> Row:
    maker = order["side"] == "SELL"
    goes_on = maker and mode == "DECREMENT"
    worth = amount((Decimal(own) * Decimal(price)).quantize(Decimal("1e-8")))
    return REPORT | {
        "c": order["clientOrderId"], "S": order["side"], "q": order["origQty"],
        "p": amount(price), "P": amount(0), "F": amount(0), "x": "TRADE_PREVENTION",
        "X": "NEW" if goes_on else "EXPIRED_IN_MATCH", "i": order["orderId"], "l": amount(0),
        "z": amount(0), "L": amount(0), "n": "0", "I": ID, "w": ANYTHING, "m": False,
        "M": False, "Z": amount(0), "Y": amount(0), "Q": amount(0),
        "V": "EXPIRE_MAKER" if maker else mode, "v": NUMBER, "A": own, "B": own,
        "U": other["orderId"], "Cs": BTC, "pl": own, "pL": amount(price), "pY": worth,
    }  # fmt: skip
