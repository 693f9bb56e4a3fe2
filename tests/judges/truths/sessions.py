"""The WebSocket API's own: sessions, subscriptions, and what user data tells of what was done."""

import time
from decimal import Decimal
from typing import Any

from . import truth
from .account import ASSET
from .market import BTC, buy
from .orders import rest
from .stage import Stage
from .words import (
    AMOUNT,
    ANYTHING,
    DECIMAL,
    FLAG,
    ID,
    NAME,
    NOW,
    NUMBER,
    PAST,
    Each,
    Like,
    amount,
    holds,
    true,
)

Row = dict[str, Any]
TELL_SECONDS = 15

REPORT: Row = {
    "e": "executionReport",
    "E": NOW,
    "s": BTC,
    "c": NAME,
    "S": "SELL",
    "o": "LIMIT",
    "f": "GTC",
    "q": AMOUNT,
    "p": AMOUNT,
    "P": AMOUNT,
    "F": AMOUNT,
    "g": -1,
    "C": "",
    "x": "NEW",
    "X": "NEW",
    "r": "NONE",
    "i": ID,
    "l": AMOUNT,
    "z": AMOUNT,
    "L": AMOUNT,
    "n": DECIMAL,
    "N?": ANYTHING,
    "T": NOW,
    "t": -1,
    "v?": NUMBER,
    "I": ID,
    "w": FLAG,
    "m": FLAG,
    "M": FLAG,
    "O": NOW,
    "Z": AMOUNT,
    "Y": AMOUNT,
    "Q": AMOUNT,
    "W?": NOW,
    "V": "EXPIRE_MAKER",
}
POSITION = {"e": "outboundAccountPosition", "E": NOW, "u": NOW,
            "B": Each({"a": ASSET, "f": AMOUNT, "l": AMOUNT})}  # fmt: skip


class Ear:
    """User data, event by event."""

    def __init__(self, stage: Stage) -> None:
        stage.voice.follow()
        stage.voice.told()
        self._stage = stage
        self._events: list[Row] = []

    def next(self, kind: str, **wanted: Any) -> Row:
        """The next event of a kind with these values; those before it are gone."""
        until = time.monotonic() + TELL_SECONDS
        seen: list[Row] = []
        while True:
            self._events += self._stage.voice.told()
            while self._events:
                event = self._events.pop(0)
                seen.append(event)
                same = all(event.get(name) == value for name, value in wanted.items())
                if event.get("e") == kind and same:
                    return event
            true(time.monotonic() < until, f"no {kind} {wanted} among {seen}")
            time.sleep(0.01)


def follows(stage: Stage) -> Ear:
    """Hear user data; declared as asking for a subscription."""
    return Ear(stage)


@truth("order.place", "order.cancel", hears=("executionReport", "outboundAccountPosition"))
def user_data_tells_of_a_resting_order_and_its_cancel(stage: Stage) -> None:
    ear = follows(stage)
    order = rest(stage)
    told = ear.next("executionReport", i=order["orderId"])
    fixed = REPORT | {
        "c": order["clientOrderId"], "q": order["origQty"], "p": order["price"],
        "P": amount(0), "F": amount(0), "l": amount(0), "z": amount(0), "L": amount(0),
        "n": "0", "T": order["transactTime"], "w": True, "m": False, "M": False,
        "O": order["transactTime"], "Z": amount(0), "Y": amount(0), "Q": amount(0),
        "W": order["workingTime"],
    }  # fmt: skip
    del fixed["W?"]
    holds(told, fixed, "executionReport")
    position = ear.next("outboundAccountPosition")
    holds(position, POSITION, "outboundAccountPosition")
    _money(stage, position)
    gone = stage.ask("order.cancel", symbol=BTC, orderId=order["orderId"])
    ended = ear.next("executionReport", i=order["orderId"])
    holds(
        ended,
        fixed | {"c": gone["clientOrderId"], "C": order["clientOrderId"], "x": "CANCELED",
                 "X": "CANCELED", "T": gone["transactTime"], "w": False},
        "executionReport",
    )  # fmt: skip
    true(ended["I"] > told["I"], "execution ids do not grow")
    _money(stage, ear.next("outboundAccountPosition"))


def _money(stage: Stage, position: Row) -> None:
    for row in position["B"]:
        seen = (Decimal(row["f"]), Decimal(row["l"]))
        true(seen == stage.money(row["a"]), f"{row} and {stage.money(row['a'])}")


@truth("order.place", hears=("executionReport", "outboundAccountPosition"))
def user_data_tells_of_each_fill(stage: Stage) -> None:
    ear = follows(stage)
    order = buy(stage, "0.002")
    market = REPORT | {
        "c": order["clientOrderId"], "S": "BUY", "o": "MARKET", "q": amount("0.002"),
        "p": amount(0), "P": amount(0), "F": amount(0), "i": order["orderId"],
        "T": order["transactTime"], "O": order["transactTime"], "Q": amount(0),
        "W": order["workingTime"],
    }  # fmt: skip
    del market["W?"]
    holds(
        ear.next("executionReport", i=order["orderId"]),
        market | {"l": amount(0), "z": amount(0), "L": amount(0), "n": "0", "w": True, "m": False,
                  "M": False, "Z": amount(0), "Y": amount(0)},
        "executionReport",
    )  # fmt: skip
    filled, worth = Decimal(0), Decimal(0)
    last: Row = {}
    for fill in order["fills"]:
        filled += Decimal(fill["qty"])
        value = Decimal(fill["qty"]) * Decimal(fill["price"])
        worth += value
        last = ear.next("executionReport", i=order["orderId"])
        holds(
            last,
            market | {
                "x": "TRADE", "X": "FILLED" if filled == Decimal("0.002") else "PARTIALLY_FILLED",
                "l": fill["qty"], "z": amount(filled), "L": fill["price"],
                "n": fill["commission"], "N": "BTC", "t": fill["tradeId"], "w": False, "m": False,
                "M": True, "Z": amount(worth), "Y": amount(value),
            } | {"N?": "BTC"},
            "executionReport",
        )  # fmt: skip
    true(last["X"] == "FILLED", f"the last is {last['X']}")
    _money(stage, ear.next("outboundAccountPosition"))


@truth(hears=("balanceUpdate", "outboundAccountPosition"))
def user_data_tells_of_a_deposit(stage: Stage) -> None:
    ear = follows(stage)
    stage.faucet(LTC="0.375")
    holds(
        ear.next("balanceUpdate"),
        {"e": "balanceUpdate", "E": NOW, "a": "LTC", "d": amount("0.375"), "T": NOW},
        "balanceUpdate",
    )
    position = ear.next("outboundAccountPosition")
    holds(position, POSITION, "outboundAccountPosition")
    _money(stage, position)


@truth("orderList.place.oco", "orderList.cancel", hears=("listStatus", "executionReport"))
def user_data_tells_of_a_list(stage: Stage) -> None:
    ear = follows(stage)
    name = stage.name("oco")
    told = stage.ask(
        "orderList.place.oco",
        symbol=BTC, side="SELL", quantity="0.002", listClientOrderId=name,
        aboveType="LIMIT_MAKER", abovePrice=stage.price(BTC, 15),
        belowType="STOP_LOSS_LIMIT", belowStopPrice=stage.price(BTC, -15),
        belowPrice=stage.price(BTC, -16), belowTimeInForce="GTC",
    )  # fmt: skip
    orders = [{"s": BTC, "i": row["orderId"], "c": row["clientOrderId"]} for row in told["orders"]]
    status = {
        "e": "listStatus", "E": NOW, "s": BTC, "g": told["orderListId"], "c": "OCO",
        "l": "EXEC_STARTED", "L": "EXECUTING", "r": "NONE", "C": name,
        "T": told["transactionTime"], "O": orders,
    }  # fmt: skip
    stop = next(row for row in told["orderReports"] if row["type"] == "STOP_LOSS_LIMIT")
    seen = {e["e"]: e for e in (ear.next("listStatus"),)}
    holds(seen["listStatus"], status, "listStatus")
    gone = stage.ask("orderList.cancel", symbol=BTC, orderListId=told["orderListId"])
    ended = ear.next("listStatus")
    names = Like("its names", lambda v: isinstance(v, str) and v != "")
    holds(
        ended,
        status | {"l": "ALL_DONE", "L": "ALL_DONE", "T": gone["transactionTime"],
                  "O": [row | {"c": names} for row in orders], "C": names},
        "listStatus",
    )  # fmt: skip
    true(stop["orderListId"] == told["orderListId"], "another list")


@truth("order.place", "order.cancel", hears=("executionReport",))
def user_data_tells_what_a_stop_is_waiting_for(stage: Stage) -> None:
    ear = follows(stage)
    asked: Row = {"symbol": BTC, "side": "SELL", "type": "STOP_LOSS_LIMIT", "timeInForce": "GTC",
                  "quantity": "0.003", "price": stage.price(BTC, -12), "icebergQty": "0.001",
                  "stopPrice": stage.price(BTC, -11), "newClientOrderId": stage.name("stop"),
                  "strategyId": 9, "strategyType": 1000009}  # fmt: skip
    order = stage.ask("order.place", **asked)
    told = ear.next("executionReport", i=order["orderId"])
    pattern = REPORT | {
        "o": "STOP_LOSS_LIMIT", "P": amount(asked["stopPrice"]), "F": amount("0.001"),
        "p": amount(asked["price"]), "q": amount("0.003"), "c": asked["newClientOrderId"],
        "w": False, "m": False, "M": False, "j": 9, "J": 1000009, "Z": amount(0),
        "Y": amount(0), "Q": amount(0), "l": amount(0), "z": amount(0), "L": amount(0),
        "O": order["transactTime"], "T": order["transactTime"], "n": "0",
    }  # fmt: skip
    holds(told, pattern, "executionReport")
    stage.ask("order.cancel", symbol=BTC, orderId=order["orderId"])


@truth("session.status", "session.subscriptions", "userDataStream.subscribe.signature",
       "userDataStream.unsubscribe", "session.logout", doors="ws")  # fmt: skip
def subscriptions_are_listed_until_they_end(stage: Stage) -> None:
    status: Row = {"apiKey?": ANYTHING, "authorizedSince?": ANYTHING, "connectedSince": PAST,
        "returnRateLimits": FLAG, "serverTime": NOW, "userDataStream": FLAG}  # fmt: skip
    seen = stage.says("session.status", status)
    true(seen.get("apiKey") is None and seen.get("authorizedSince") is None, "it is logged on")
    true(seen["connectedSince"] <= seen["serverTime"], "connected in the future")
    one = stage.says("userDataStream.subscribe.signature", {"subscriptionId": NUMBER})
    rows = stage.says("session.subscriptions", Each({"subscriptionId": NUMBER}))
    true(one in rows, f"{one} is not among {rows}")
    stage.says("userDataStream.unsubscribe", {}, subscriptionId=one["subscriptionId"])
    rows = stage.says("session.subscriptions", Each({"subscriptionId": NUMBER}, 0))
    true(one not in rows, f"{one} is still among {rows}")
    stage.says("session.logout", status)


@truth("session.logon", "session.status", "session.logout", "account.status",
       "userDataStream.subscribe", "session.subscriptions", "userDataStream.unsubscribe",
       doors="ws")  # fmt: skip
def a_session_is_logged_on_until_it_is_logged_out(stage: Stage) -> None:
    stage.refuses(-1020, "", "session.logon")  # with a secret of the old kind; guessed
    usual, stage.voice = stage.voice, stage.other("ed25519")
    status: Row = {"apiKey?": ANYTHING, "authorizedSince?": ANYTHING, "connectedSince": PAST,
                   "returnRateLimits": FLAG, "serverTime": NOW,
                   "userDataStream": False}  # fmt: skip
    try:
        on = status | {"apiKey": stage.voice.key, "authorizedSince": NOW}
        del on["apiKey?"], on["authorizedSince?"]
        stage.says("session.logon", on)
        stage.says("session.status", on)
        seen = stage.ask("account.status")
        free = {row["asset"]: Decimal(row["free"]) for row in seen["balances"]}
        true(free["USDT"] == stage.money("USDT")[0], "another account answered")
        one = stage.says("userDataStream.subscribe", {"subscriptionId": NUMBER})
        stage.says("session.status", on | {"userDataStream": True})
        stage.says("session.subscriptions", [one])
        stage.says("userDataStream.unsubscribe", {}, subscriptionId=one["subscriptionId"])
        off = stage.says("session.logout", status)
        true(off.get("apiKey") is None, "it is still logged on")
    finally:
        stage.voice = usual


@truth("account.status")
def keys_of_every_kind_sign(stage: Stage) -> None:
    usual = stage.voice
    try:
        for kind in ("ed25519", "rsa"):
            stage.voice = stage.other(kind)
            seen = stage.ask("account.status")
            free = {row["asset"]: Decimal(row["free"]) for row in seen["balances"]}
            true(free["USDT"] == stage.money("USDT")[0], f"{kind}: another account answered")
    finally:
        stage.voice = usual


@truth("account.status", "order.place")
def a_wrong_secret_opens_nothing(stage: Stage) -> None:
    usual, stage.voice = stage.voice, stage.other("wrong")
    try:
        stage.refuses(-1022, "Signature for this request is not valid.", "account.status")
        stage.refuses(-1022, "Signature", "order.place", symbol=BTC, side="BUY", type="MARKET",
                      quantity="0.001")  # fmt: skip
    finally:
        stage.voice = usual


@truth("account.status", "clock?late")
def a_clock_that_is_late_is_refused(stage: Stage) -> None:
    usual, stage.voice = stage.voice, stage.other("late")
    try:
        stage.refuses(-1021, "Timestamp for this request", "account.status")
    finally:
        stage.voice = usual
