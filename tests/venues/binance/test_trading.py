"""Orders, each told as the venue tells them, over the real engine."""

import re
from typing import Any

import pytest
from tests.venues.binance.host import MS, START, Answer, FakeHost, Trader, liquid

from tradewind.engine.commands import OpenAccount, SetFees, SetStatus
from tradewind.engine.listing import FeeRates
from tradewind.model import InstrumentStatus, Side
from tradewind.protocol.limits import SECOND

AT = START // MS
BTC = "BTCUSDT"
RESULT = [
    "symbol", "orderId", "orderListId", "clientOrderId", "transactTime", "price", "origQty",
    "executedQty", "origQuoteOrderQty", "cummulativeQuoteQty", "status", "timeInForce", "type",
    "side", "workingTime", "selfTradePreventionMode",
]  # fmt: skip


def states(trader: Trader) -> dict[str, str]:
    """Status by client order id, of everything on the symbol."""
    rows = trader.ask("GET", "allOrders", symbol=BTC).json
    return {row["clientOrderId"]: row["status"] for row in rows}


def query(trader: Trader, order_id: int) -> Any:
    """The order as a query tells it."""
    return trader.ask("GET", "order", symbol=BTC, orderId=order_id).json


# --- placing --------------------------------------------------------------------------------------


def test_a_limit_order_rests_and_holds_its_cost(market: FakeHost, trader: Trader) -> None:
    """FULL by default, padded to eight places, quote locked."""
    del market
    answer = trader.order("BUY", price="90", quantity="1.5", newClientOrderId="mine")
    assert answer.json == {
        "symbol": BTC,
        "orderId": 5,
        "orderListId": -1,
        "clientOrderId": "mine",
        "transactTime": AT,
        "price": "90.00000000",
        "origQty": "1.50000000",
        "executedQty": "0.00000000",
        "origQuoteOrderQty": "0.00000000",
        "cummulativeQuoteQty": "0.00000000",
        "status": "NEW",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "workingTime": AT,
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "fills": [],
    }
    assert list(answer.json) == [*RESULT, "fills"]
    assert trader.free("USDT") == ("9865.00000000", "135.00000000")


def test_a_market_order_tells_its_fills(market: FakeHost, trader: Trader) -> None:
    """Best price first, commission in what is received."""
    del market
    told = trader.order("BUY", "MARKET", quantity="1.5").json
    assert told["fills"] == [
        {
            "price": "101.00000000",
            "qty": "1.00000000",
            "commission": "0.00100000",
            "commissionAsset": "BTC",
            "tradeId": 1,
        },
        {
            "price": "102.00000000",
            "qty": "0.50000000",
            "commission": "0.00050000",
            "commissionAsset": "BTC",
            "tradeId": 2,
        },
    ]
    assert (told["status"], told["timeInForce"], told["price"]) == ("FILLED", "GTC", "0.00000000")
    assert told["cummulativeQuoteQty"] == "152.00000000"
    assert trader.free("BTC") == ("3.49850000", "0.00000000")


def test_a_market_order_by_value_keeps_to_the_lot_size(market: FakeHost, trader: Trader) -> None:
    """The quantity is the most whole lots that the value buys."""
    del market
    told = trader.order("BUY", "MARKET", quoteOrderQty="50", newOrderRespType="RESULT").json
    assert (told["origQty"], told["executedQty"]) == ("0.49504000", "0.49504000")
    assert told["origQuoteOrderQty"] == "50.00000000"
    assert "fills" not in told


def test_a_market_order_that_empties_the_book_expires(market: FakeHost, trader: Trader) -> None:
    """EXPIRED with what it got, and why."""
    del market
    told = trader.order("BUY", "MARKET", quantity="5").json
    assert (told["status"], told["executedQty"]) == ("EXPIRED", "2.00000000")
    assert told["expiryReason"] == "INSUFFICIENT_LIQUIDITY"


def test_a_market_order_meets_an_empty_book(trader: Trader) -> None:
    """By value it is refused; by quantity it expires with nothing."""
    told = trader.order("BUY", "MARKET", quoteOrderQty="50")
    text = "Order book liquidity is less than symbol minimum quantity."
    assert (told.status, told.json) == (400, {"code": -2010, "msg": text})
    told = trader.order("BUY", "MARKET", quantity="1").json
    assert (told["status"], told["executedQty"]) == ("EXPIRED", "0.00000000")
    assert told["expiryReason"] == "INSUFFICIENT_LIQUIDITY"


@pytest.mark.parametrize(
    ("tif", "quantity", "status", "executed", "reason"),
    [
        ("IOC", "1.5", "EXPIRED", "1.00000000", "UNFILLED_IOC_QUANTITY_EXPIRED"),
        ("FOK", "1.5", "EXPIRED", "0.00000000", "UNFILLED_FOK_ORDER_EXPIRED"),
        ("FOK", "1", "FILLED", "1.00000000", None),
        ("GTC", "1.5", "PARTIALLY_FILLED", "1.00000000", None),
    ],
)
def test_times_in_force(
    market: FakeHost,
    trader: Trader,
    tif: str,
    quantity: str,
    status: str,
    executed: str,
    reason: str | None,
) -> None:
    """What does not fill at once expires, or rests."""
    del market
    told = trader.order("BUY", price="101", quantity=quantity, timeInForce=tif).json
    assert (told["status"], told["executedQty"]) == (status, executed)
    assert told.get("expiryReason") == reason
    assert query(trader, told["orderId"]).get("expiryReason") == reason


def test_a_maker_order_never_takes(market: FakeHost, trader: Trader) -> None:
    """ACK by default; crossing is refused and changes nothing."""
    refused = trader.order("BUY", "LIMIT_MAKER", price="101", quantity="1")
    assert refused.error == (400, -2010, "Order would immediately match and take.")
    told = trader.order("BUY", "LIMIT_MAKER", price="100.5", quantity="1").json
    assert list(told) == RESULT[:5]
    assert query(trader, told["orderId"])["type"] == "LIMIT_MAKER"
    assert market.engine.best(BTC)[0] == 10050


@pytest.mark.parametrize("kind", ["ACK", "RESULT", "FULL"])
def test_the_caller_chooses_the_answer(market: FakeHost, trader: Trader, kind: str) -> None:
    """Keys of each kind, in their order."""
    del market
    told = trader.order("BUY", "MARKET", quantity="1", newOrderRespType=kind).json
    keys = {"ACK": RESULT[:5], "RESULT": RESULT, "FULL": [*RESULT, "fills"]}
    assert list(told) == keys[kind]


def test_ids_are_made_up_or_taken_and_unique_among_open_orders(
    market: FakeHost, trader: Trader
) -> None:
    """22 alphanumerics; a name is free again when its order is not open."""
    del market
    made = trader.order("BUY", price="90", quantity="1").json["clientOrderId"]
    assert re.fullmatch(r"[a-zA-Z0-9]{22}", made)
    name = {"newClientOrderId": "x-1_y"}
    first = trader.order("BUY", price="90", quantity="1", **name)
    twice = trader.order("BUY", price="90", quantity="1", **name)
    assert twice.error == (400, -2010, "Duplicate order sent.")
    trader.ask("DELETE", "order", symbol=BTC, orderId=first.json["orderId"])
    assert trader.order("BUY", price="90", quantity="1", **name).status == 200


def test_money_is_needed(market: FakeHost, trader: Trader) -> None:
    """-2010, nothing held, no id used."""
    before = market.engine.digest()
    refused = trader.order("BUY", price="100", quantity="101")
    text = "Account has insufficient balance for requested action."
    assert refused.error == (400, -2010, text)
    assert market.engine.digest() == before


def test_strategy_labels_come_back(market: FakeHost, trader: Trader) -> None:
    """In the answer, in queries, in the cancel."""
    del market
    labels = {"strategyId": 7, "strategyType": 1000000}
    told = trader.order("BUY", price="90", quantity="1", **labels).json
    gone = trader.ask("DELETE", "order", symbol=BTC, orderId=told["orderId"]).json
    for row in (told, query(trader, told["orderId"]), gone):
        assert {key: row[key] for key in labels} == labels


def test_fees_are_paid_in_bnb_when_switched_on(market: FakeHost) -> None:
    """A quarter less, at the last prices."""
    market.open_account(7, bnb=True, USDT="1000", BNB="1")
    market.rest("BNBUSDT", Side.SELL, "50", "1")
    market.take("BNBUSDT", Side.BUY, "50", "1")
    market.rest("BNBBTC", Side.SELL, "0.5", "1")
    market.take("BNBBTC", Side.BUY, "0.5", "1")
    rich = Trader(market, market.key(7))
    fill = rich.order("BUY", "MARKET", quantity="1").json["fills"][0]
    assert (fill["commission"], fill["commissionAsset"]) == ("0.00150000", "BNB")
    assert rich.free("BNB")[0] == "0.99850000"
    rates = rich.ask(
        "POST", "order/test", symbol=BTC, side="BUY", type="MARKET", quantity="1",
        computeCommissionRates="true",
    )  # fmt: skip
    assert rates.json["standardCommissionForOrder"] == {
        "maker": "0.00100000",
        "taker": "0.00100000",
    }
    assert rates.json["discount"] == {
        "enabledForAccount": True,
        "enabledForSymbol": True,
        "discountAsset": "BNB",
        "discount": "0.25000000",
    }
    assert rates.headers["x-mbx-used-weight-1m"] == "40"


def test_special_and_tax_commissions_are_told_and_taken(market: FakeHost, trader: Trader) -> None:
    """The same rates in every answer, and their sum in the fill (commission_faq.md)."""
    market.execute(
        SetFees(
            account=3,
            instrument=BTC,
            fees=FeeRates(maker=100_000, taker=200_000, buyer=10_000),
            special=FeeRates(taker=1_000_000),
            tax=FeeRates(maker=5_000, taker=6_000, seller=7_000),
        )
    )
    told = trader.ask("GET", "account/commission", symbol=BTC).json
    assert told["standardCommission"] == _four("0.00100000", "0.00200000", buyer="0.00010000")
    assert told["specialCommission"] == _four("0.00000000", "0.01000000")
    assert told["taxCommission"] == _four("0.00005000", "0.00006000", seller="0.00007000")
    tested = {"symbol": BTC, "type": "MARKET", "quantity": "1", "computeCommissionRates": "true"}
    sold = trader.ask("POST", "order/test", side="SELL", **tested).json
    assert sold["standardCommissionForOrder"] == {"maker": "0.00100000", "taker": "0.00200000"}
    assert sold["taxCommissionForOrder"] == {"maker": "0.00012000", "taker": "0.00013000"}
    bought = trader.ask("POST", "order/test", side="BUY", **tested).json
    assert bought["standardCommissionForOrder"] == {"maker": "0.00110000", "taker": "0.00210000"}
    assert bought["specialCommissionForOrder"] == {"maker": "0.00000000", "taker": "0.01000000"}
    fill = trader.order("BUY", "MARKET", quantity="1").json["fills"][0]
    assert (fill["commission"], fill["commissionAsset"]) == ("0.01216000", "BTC")
    assert trader.free("BTC")[0] == "2.98784000"
    other = trader.ask("GET", "account/commission", symbol="ETHUSDT").json
    assert other["taxCommission"] == _four("0.00000000", "0.00000000")


def _four(
    maker: str, taker: str, *, buyer: str = "0.00000000", seller: str = "0.00000000"
) -> dict[str, str]:
    return {"maker": maker, "taker": taker, "buyer": buyer, "seller": seller}


def test_a_halted_symbol_takes_no_orders(market: FakeHost, trader: Trader) -> None:
    """Cancels go through while it is cancel-only."""
    mine = trader.order("BUY", price="90", quantity="1").json["orderId"]
    market.execute(SetStatus(instrument=BTC, status=InstrumentStatus.HALTED))
    assert trader.order("BUY", price="90", quantity="1").error[1:] == (-1013, "Market is closed.")
    assert trader.ask("DELETE", "order", symbol=BTC, orderId=mine).code == -2011
    market.execute(SetStatus(instrument=BTC, status=InstrumentStatus.CANCEL_ONLY))
    assert trader.order("BUY", price="90", quantity="1").code == -1013
    assert trader.ask("DELETE", "order", symbol=BTC, orderId=mine).status == 200


# --- conditional orders ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "kind", "good", "bad"),
    [
        ("BUY", "STOP_LOSS", "102", "101"),
        ("SELL", "STOP_LOSS", "100", "101"),
        ("BUY", "TAKE_PROFIT", "100", "101"),
        ("SELL", "TAKE_PROFIT", "102", "101"),
    ],
)
def test_stops_wait_on_their_side_of_the_market(
    market: FakeHost, trader: Trader, side: str, kind: str, good: str, bad: str
) -> None:
    """The other side would trigger at once."""
    market.take(BTC, Side.BUY, "101", "0.1")
    refused = trader.order(side, kind, stopPrice=bad, quantity="0.5")
    assert refused.error == (400, -2010, "Order would trigger immediately.")
    ack = trader.order(side, kind, stopPrice=good, quantity="0.5").json
    told = query(trader, ack["orderId"])
    assert (told["type"], told["stopPrice"]) == (kind, f"{good}.00000000")
    assert (told["status"], told["isWorking"], told["workingTime"]) == ("NEW", False, -1)


def test_a_stop_limit_goes_to_the_book_when_triggered(market: FakeHost, trader: Trader) -> None:
    """At the trade that reaches its stop price."""
    market.take(BTC, Side.BUY, "101", "0.1")
    ack = trader.order(
        "BUY", "STOP_LOSS_LIMIT", stopPrice="102", price="101.5", quantity="1", timeInForce="GTC"
    ).json
    market.pass_time(SECOND)
    market.take(BTC, Side.BUY, "102", "1")
    told = query(trader, ack["orderId"])
    assert (told["isWorking"], told["workingTime"]) == (True, AT + 1000)
    assert market.engine.best(BTC)[0] == 10150


def test_a_trailing_stop_follows_and_triggers(market: FakeHost, trader: Trader) -> None:
    """It starts at the next trade and sells when the price fell by its delta."""
    ack = trader.order("SELL", "STOP_LOSS", trailingDelta="100", quantity="0.5").json
    waiting = query(trader, ack["orderId"])
    assert (waiting["trailingDelta"], waiting["trailingTime"]) == (100, -1)
    assert waiting["stopPrice"] == "0.00000000"
    market.take(BTC, Side.BUY, "101", "0.1")
    assert query(trader, ack["orderId"])["trailingTime"] == AT
    market.take(BTC, Side.SELL, "100", "0.1")
    done = query(trader, ack["orderId"])
    assert (done["status"], done["cummulativeQuoteQty"]) == ("NEW", "0.00000000")
    market.take(BTC, Side.SELL, "99", "1")
    assert query(trader, ack["orderId"])["status"] == "FILLED"


def test_an_iceberg_shows_its_part(market: FakeHost, trader: Trader) -> None:
    """The book sees icebergQty, the answer tells it."""
    told = trader.order("BUY", price="100.5", quantity="1", icebergQty="0.1").json
    assert told["icebergQty"] == "0.10000000"
    assert market.engine.levels(BTC, Side.BUY, 1) == [(10050, 10000)]


def test_a_pegged_order_takes_its_price_from_the_book(market: FakeHost, trader: Trader) -> None:
    """price is what was sent (nothing), peggedPrice what it got; an offset only when sent."""
    del market
    told = trader.order("BUY", quantity="1", pegPriceType="PRIMARY_PEG").json
    assert (told["price"], told["peggedPrice"]) == ("0.00000000", "100.00000000")
    assert "pegOffsetType" not in told
    behind = trader.order(
        "BUY", "LIMIT_MAKER", quantity="1", price="80", pegPriceType="PRIMARY_PEG",
        pegOffsetType="PRICE_LEVEL", pegOffsetValue="1", newOrderRespType="RESULT",
    ).json  # fmt: skip
    for row in (behind, query(trader, behind["orderId"])):
        assert (row["price"], row["peggedPrice"]) == ("80.00000000", "99.00000000")
        assert (row["pegOffsetType"], row["pegOffsetValue"]) == ("PRICE_LEVEL", 1)
    deep = trader.order(
        "BUY", quantity="1", pegPriceType="PRIMARY_PEG", pegOffsetType="PRICE_LEVEL",
        pegOffsetValue="50",
    )  # fmt: skip
    text = "Order book liquidity is too low for this pegged order."
    assert deep.error == (400, -2010, text)


# --- self-trade prevention ------------------------------------------------------------------------


def test_own_orders_do_not_meet(market: FakeHost, trader: Trader) -> None:
    """EXPIRE_MAKER: the resting one ends, both sides of the match can be asked for."""
    del market
    maker = trader.order("BUY", price="100.5", quantity="1").json["orderId"]
    taker = trader.order("SELL", price="100.5", quantity="0.4").json
    assert taker["status"] == "NEW"
    assert taker["preventedMatches"] == [
        {
            "preventedMatchId": 0,
            "makerOrderId": maker,
            "price": "100.50000000",
            "makerPreventedQuantity": "1.00000000",
        }
    ]
    ended = query(trader, maker)
    assert (ended["status"], ended["preventedMatchId"]) == ("EXPIRED_IN_MATCH", 0)
    assert ended["preventedQuantity"] == "1.00000000"
    matches = trader.ask("GET", "myPreventedMatches", symbol=BTC, orderId=maker).json
    assert matches == [
        {
            "symbol": BTC,
            "preventedMatchId": 0,
            "takerOrderId": taker["orderId"],
            "makerSymbol": BTC,
            "makerOrderId": maker,
            "tradeGroupId": -1,
            "selfTradePreventionMode": "EXPIRE_MAKER",
            "price": "100.50000000",
            "makerPreventedQuantity": "1.00000000",
            "transactTime": AT,
        }
    ]
    by_id = trader.ask("GET", "myPreventedMatches", symbol=BTC, preventedMatchId=0)
    assert by_id.json == matches
    assert trader.ask("GET", "myPreventedMatches", symbol=BTC, preventedMatchId=1).json == []
    assert trader.ask("GET", "myPreventedMatches", symbol=BTC).code == -1128


@pytest.mark.parametrize(
    ("mode", "maker_status", "taker_status"),
    [
        ("EXPIRE_TAKER", "NEW", "EXPIRED_IN_MATCH"),
        ("EXPIRE_BOTH", "EXPIRED_IN_MATCH", "EXPIRED_IN_MATCH"),
        ("DECREMENT", "NEW", "EXPIRED_IN_MATCH"),
    ],
)
def test_the_takers_mode_decides(
    market: FakeHost, trader: Trader, mode: str, maker_status: str, taker_status: str
) -> None:
    """Who ends when two own orders meet."""
    del market
    maker = trader.order("BUY", price="100.5", quantity="1").json["orderId"]
    taker = trader.order("SELL", price="100.5", quantity="0.4", selfTradePreventionMode=mode).json
    assert taker["status"] == taker_status
    assert taker["preventedQuantity"] == "0.40000000"
    assert query(trader, maker)["status"] == maker_status


# --- cancelling -----------------------------------------------------------------------------------


def test_a_cancel_replaces_the_name(market: FakeHost, trader: Trader) -> None:
    """clientOrderId is the cancel's, origClientOrderId the order's; money is free again."""
    del market
    placed = trader.order("BUY", price="90", quantity="1", newClientOrderId="old").json
    gone = trader.ask(
        "DELETE", "order", symbol=BTC, origClientOrderId="old", newClientOrderId="bye"
    )
    assert gone.json == {
        "symbol": BTC,
        "origClientOrderId": "old",
        "orderId": placed["orderId"],
        "orderListId": -1,
        "clientOrderId": "bye",
        "transactTime": AT,
        "price": "90.00000000",
        "origQty": "1.00000000",
        "executedQty": "0.00000000",
        "origQuoteOrderQty": "0.00000000",
        "cummulativeQuoteQty": "0.00000000",
        "status": "CANCELED",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }
    assert trader.free("USDT") == ("10000.00000000", "0.00000000")
    assert query(trader, placed["orderId"])["clientOrderId"] == "bye"
    again = trader.ask("DELETE", "order", symbol=BTC, orderId=placed["orderId"])
    assert again.error == (400, -2011, "Unknown order sent.")


def test_cancels_can_be_restricted(market: FakeHost, trader: Trader) -> None:
    """To orders without a fill, or to those with one."""
    market.rest(BTC, Side.SELL, "100.5", "0.4")
    part = trader.order("BUY", price="100.5", quantity="1").json["orderId"]
    whole = trader.order("BUY", price="90", quantity="1").json["orderId"]
    text = "Order was not canceled due to cancel restrictions."

    def cancel(order: int, only: str) -> Answer:
        return trader.ask("DELETE", "order", symbol=BTC, orderId=order, cancelRestrictions=only)

    assert cancel(part, "ONLY_NEW").error == (400, -2011, text)
    assert cancel(whole, "ONLY_PARTIALLY_FILLED").error == (400, -2011, text)
    assert cancel(whole, "SOMETIMES").code == -1145
    assert cancel(part, "ONLY_PARTIALLY_FILLED").status == 200
    assert cancel(whole, "ONLY_NEW").status == 200


def test_both_names_must_be_of_one_order(market: FakeHost, trader: Trader) -> None:
    """Cancels are refused, queries say -2039."""
    del market
    order = trader.order("BUY", price="90", quantity="1", newClientOrderId="a").json["orderId"]
    wrong = {"symbol": BTC, "orderId": order, "origClientOrderId": "b"}
    assert trader.ask("DELETE", "order", **wrong).code == -2011
    assert trader.ask("GET", "order", **wrong).error[1:] == (
        -2039,
        "Client order ID is not correct for this order ID.",
    )
    assert trader.ask("DELETE", "order", **{**wrong, "origClientOrderId": "a"}).status == 200


def test_others_orders_are_unknown(market: FakeHost, trader: Trader) -> None:
    """Neither to be seen nor to be cancelled."""
    del market
    assert trader.ask("GET", "order", symbol=BTC, orderId=1).error[1:] == (
        -2013,
        "Order does not exist.",
    )
    assert trader.ask("DELETE", "order", symbol=BTC, orderId=1).code == -2011


def test_all_of_a_symbol_go_at_once(market: FakeHost, trader: Trader) -> None:
    """Orders first, lists after them; none open is an unknown order."""
    del market
    assert trader.ask("DELETE", "openOrders", symbol=BTC).error == (
        400,
        -2011,
        "Unknown order sent.",
    )
    trader.order("BUY", price="90", quantity="1", newClientOrderId="one")
    oco(trader)
    told = trader.ask("DELETE", "openOrders", symbol=BTC).json
    assert [row.get("origClientOrderId") for row in told] == ["one", None]
    assert told[1]["listOrderStatus"] == "ALL_DONE"
    assert {leg["status"] for leg in told[1]["orderReports"]} == {"CANCELED"}
    assert trader.ask("GET", "openOrders", symbol=BTC).json == []


# --- cancel and replace ---------------------------------------------------------------------------


def replace(trader: Trader, mode: str, cancel: int, **new: str) -> Answer:
    """Cancel an order and place another."""
    sent = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "91"}
    return trader.ask(
        "POST",
        "order/cancelReplace",
        symbol=BTC,
        cancelReplaceMode=mode,
        cancelOrderId=cancel,
        **{**sent, **new},
    )


@pytest.mark.parametrize(
    ("mode", "known", "takes", "status", "code", "results"),
    [
        ("STOP_ON_FAILURE", True, False, 200, 0, ("SUCCESS", "SUCCESS")),
        ("STOP_ON_FAILURE", False, False, 400, -2022, ("FAILURE", "NOT_ATTEMPTED")),
        ("STOP_ON_FAILURE", True, True, 409, -2021, ("SUCCESS", "FAILURE")),
        ("ALLOW_FAILURE", False, False, 409, -2021, ("FAILURE", "SUCCESS")),
        ("ALLOW_FAILURE", False, True, 400, -2022, ("FAILURE", "FAILURE")),
        ("ALLOW_FAILURE", True, True, 409, -2021, ("SUCCESS", "FAILURE")),
    ],
)
def test_cancel_replace_outcomes(
    market: FakeHost,
    trader: Trader,
    mode: str,
    known: bool,
    takes: bool,
    status: int,
    code: int,
    results: tuple[str, str],
) -> None:
    """The table of the page, each with what truly happened."""
    del market
    old = trader.order("BUY", price="90", quantity="1", newClientOrderId="old").json["orderId"]
    sent = {"type": "LIMIT_MAKER", "price": "105", "timeInForce": ""} if takes else {}
    sent = {"newClientOrderId": "new", **sent}
    new = {k: v for k, v in sent.items() if v}
    if takes:
        answer = trader.ask(
            "POST", "order/cancelReplace", symbol=BTC, side="BUY", quantity="1",
            cancelReplaceMode=mode, cancelOrderId=old if known else 99999, **new,
        )  # fmt: skip
    else:
        answer = replace(trader, mode, old if known else 99999, **new)
    assert answer.status == status
    body = answer.json
    data = body["data"] if code else body
    assert body.get("code", 0) == code
    assert (data["cancelResult"], data["newOrderResult"]) == results
    if results[0] == "FAILURE":
        assert data["cancelResponse"] == {"code": -2011, "msg": "Unknown order sent."}
    else:
        assert data["cancelResponse"]["status"] == "CANCELED"
    told = {"SUCCESS": "NEW", "FAILURE": None, "NOT_ATTEMPTED": None}[results[1]]
    if told:
        assert data["newOrderResponse"]["status"] == told
    elif results[1] == "FAILURE":
        assert data["newOrderResponse"]["code"] == -2010
    else:
        assert data["newOrderResponse"] is None
    open_now = {o["clientOrderId"] for o in trader.ask("GET", "openOrders", symbol=BTC).json}
    assert open_now == ({"old"} if results[0] == "FAILURE" else set()) | (
        {"new"} if results[1] == "SUCCESS" else set()
    )


def test_a_replace_over_the_order_count_may_still_cancel() -> None:
    """DO_NOTHING is 429 and nothing; CANCEL_ONLY cancels and says what was not placed."""
    host = FakeHost(limits={"ORDERS_10S": 2})
    host.open_account(3, USDT="10000")
    liquid(host)
    trader = Trader(host, host.key(3))
    first = trader.order("BUY", price="90", quantity="1").json["orderId"]
    second = trader.order("BUY", price="90", quantity="1").json["orderId"]
    nothing = replace(trader, "STOP_ON_FAILURE", first)
    assert nothing.error[:2] == (429, -1015)
    only = replace(trader, "STOP_ON_FAILURE", first, orderRateLimitExceededMode="CANCEL_ONLY")
    assert (only.status, only.code) == (429, -2021)
    assert only.json["data"]["cancelResult"] == "SUCCESS"
    assert only.json["data"]["newOrderResponse"]["code"] == -1015
    allow = replace(trader, "ALLOW_FAILURE", second, orderRateLimitExceededMode="CANCEL_ONLY")
    assert (allow.status, allow.code) == (409, -2021)
    assert trader.ask("GET", "openOrders", symbol=BTC).json == []


def test_a_replace_counts_even_when_the_new_order_was_not_tried(
    market: FakeHost, trader: Trader
) -> None:
    """+1 in each case (order count FAQ); filters are asked before the cancel."""
    del market
    old = trader.order("BUY", price="90", quantity="1").json["orderId"]
    assert replace(trader, "STOP_ON_FAILURE", 99999).code == -2022
    assert trader.ask("GET", "rateLimit/order").json[0]["count"] == 2
    assert replace(trader, "STOP_ON_FAILURE", old, quantity="0").code == -1013
    assert states(trader) == dict.fromkeys(states(trader), "NEW")


# --- amending -------------------------------------------------------------------------------------


def amend(trader: Trader, order: int, quantity: str, **more: Any) -> Answer:
    """Lower an order's quantity."""
    return trader.ask(
        "PUT", "order/amend/keepPriority", symbol=BTC, orderId=order, newQty=quantity, **more
    )


def test_an_amend_lowers_and_renames(market: FakeHost, trader: Trader) -> None:
    """qty and a single-m cumulativeQuoteQty; the history of amendments can be asked for."""
    del market
    order = trader.order("BUY", price="90", quantity="2", newClientOrderId="a").json["orderId"]
    told = amend(trader, order, "1.5", newClientOrderId="b").json
    assert told["amendedOrder"] == {
        "symbol": BTC,
        "orderId": order,
        "orderListId": -1,
        "origClientOrderId": "a",
        "clientOrderId": "b",
        "price": "90.00000000",
        "qty": "1.50000000",
        "executedQty": "0.00000000",
        "preventedQty": "0.00000000",
        "quoteOrderQty": "0.00000000",
        "cumulativeQuoteQty": "0.00000000",
        "status": "NEW",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "workingTime": AT,
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }
    amend(trader, order, "1", newClientOrderId="b")
    rows = trader.ask("GET", "order/amendments", symbol=BTC, orderId=order).json
    assert [(r["origQty"], r["newQty"], r["newClientOrderId"]) for r in rows] == [
        ("2.00000000", "1.50000000", "b"),
        ("1.50000000", "1.00000000", "b"),
    ]
    assert rows[0]["executionId"] == told["executionId"] < rows[1]["executionId"]
    later = trader.ask(
        "GET", "order/amendments", symbol=BTC, orderId=order, fromExecutionId=rows[1]["executionId"]
    )
    assert later.json == rows[1:]
    assert trader.free("USDT") == ("9910.00000000", "90.00000000")


def test_amends_that_are_refused(market: FakeHost, trader: Trader) -> None:
    """-2038 with the engine's text; the quantity keeps to the lot size."""
    del market
    order = trader.order("BUY", price="90", quantity="2", newClientOrderId="a").json["orderId"]
    cases = {
        "3": "Order amend (quantity increase) is not supported.",
        "2": "The requested action would change no state; rejecting",
    }
    for quantity, text in cases.items():
        assert amend(trader, order, quantity).error == (400, -2038, text)
    assert amend(trader, 99999, "1").error == (400, -2038, "Unknown order sent.")
    assert amend(trader, order, "0").code == -1013
    assert amend(trader, order, "1.000001").code == -1013
    for step in range(10):
        assert amend(trader, order, f"1.{9 - step}").status == 200
    too_often = amend(trader, order, "0.5")
    assert too_often.error == (400, -2038, "Filter failure: MAX_NUM_ORDER_AMENDS")
    assert too_often.headers["x-mbx-used-weight-1m"] == str(4 * 16)


def test_a_leg_of_a_list_is_amended_with_its_list(market: FakeHost, trader: Trader) -> None:
    """The list stands beside the order; a pending leg has no working time."""
    del market
    oto(trader, pendingQuantity="1", **PENDING)
    told = trader.ask(
        "PUT", "order/amend/keepPriority", symbol=BTC, origClientOrderId="then", newQty="0.5",
        newClientOrderId="less",
    ).json  # fmt: skip
    assert told["amendedOrder"]["status"] == "PENDING_NEW"
    assert "workingTime" not in told["amendedOrder"]
    assert told["listStatus"]["listOrderStatus"] == "EXECUTING"
    assert [o["clientOrderId"] for o in told["listStatus"]["orders"]] == ["first", "less"]


# --- order lists ----------------------------------------------------------------------------------


def oco(trader: Trader, **more: str) -> Answer:
    """A sell pair around the market: 120 to take profit, 90 to stop."""
    sent = {
        "side": "SELL",
        "quantity": "0.5",
        "aboveType": "LIMIT_MAKER",
        "abovePrice": "120",
        "belowType": "STOP_LOSS",
        "belowStopPrice": "90",
        "listClientOrderId": "pair",
        "aboveClientOrderId": "take",
        "belowClientOrderId": "stop",
    }
    return trader.ask("POST", "orderList/oco", symbol=BTC, **{**sent, **more})


def test_a_pair_is_placed_with_the_stop_leg_first(market: FakeHost, trader: Trader) -> None:
    """Shape and order of the samples; both legs hold the asset once."""
    market.take(BTC, Side.BUY, "101", "0.1")
    told = oco(trader).json
    assert list(told) == [
        "orderListId", "contingencyType", "listStatusType", "listOrderStatus",
        "listClientOrderId", "transactionTime", "symbol", "orders", "orderReports",
    ]  # fmt: skip
    assert (told["contingencyType"], told["listStatusType"]) == ("OCO", "EXEC_STARTED")
    assert (told["listOrderStatus"], told["listClientOrderId"]) == ("EXECUTING", "pair")
    assert [leg["clientOrderId"] for leg in told["orders"]] == ["stop", "take"]
    stop, take = told["orderReports"]
    assert (stop["type"], stop["stopPrice"], stop["workingTime"]) == (
        "STOP_LOSS",
        "90.00000000",
        -1,
    )
    assert (take["type"], take["price"], take["workingTime"]) == (
        "LIMIT_MAKER",
        "120.00000000",
        AT,
    )
    assert trader.free("BTC") == ("1.50000000", "0.50000000")
    assert trader.ask("GET", "rateLimit/order").json[0]["count"] == 2
    number = told["orderListId"]
    asked = trader.ask("GET", "orderList", orderListId=number).json
    assert asked == {key: told[key] for key in told if key != "orderReports"}
    assert trader.ask("GET", "orderList", origClientOrderId="pair").json == asked
    assert trader.ask("GET", "openOrderList").json == [asked]
    assert trader.ask("GET", "allOrderList").json == [asked]
    assert trader.ask("GET", "orderList", orderListId=number + 1).code == -2013


def test_one_leg_ends_the_other(market: FakeHost, trader: Trader) -> None:
    """The limit leg fills, the stop expires; the list is done."""
    market.take(BTC, Side.BUY, "101", "0.1")
    number = oco(trader, abovePrice="101.5").json["orderListId"]
    market.take(BTC, Side.BUY, "101.5", "2")
    assert states(trader) == {"take": "FILLED", "stop": "EXPIRED"}
    told = trader.ask("GET", "orderList", orderListId=number).json
    assert (told["listStatusType"], told["listOrderStatus"]) == ("ALL_DONE", "ALL_DONE")
    stop = next(
        r for r in trader.ask("GET", "allOrders", symbol=BTC).json if r["type"] != "LIMIT_MAKER"
    )
    assert stop["expiryReason"] == "OCO_TRIGGER"
    assert trader.ask("GET", "openOrderList").json == []


def test_cancelling_a_leg_cancels_the_list(market: FakeHost, trader: Trader) -> None:
    """And answers the list; by list id or by name the same."""
    market.take(BTC, Side.BUY, "101", "0.1")
    oco(trader)
    gone = trader.ask("DELETE", "order", symbol=BTC, origClientOrderId="stop").json
    assert [leg["clientOrderId"] for leg in gone["orders"]] == ["stop", "take"]
    assert [leg["origClientOrderId"] for leg in gone["orderReports"]] == ["stop", "take"]
    assert len({leg["clientOrderId"] for leg in gone["orderReports"]}) == 1
    number = oco(trader).json["orderListId"]
    told = trader.ask("DELETE", "orderList", symbol=BTC, orderListId=number).json
    assert told["listOrderStatus"] == "ALL_DONE"
    oco(trader)
    assert trader.ask("DELETE", "orderList", symbol=BTC, listClientOrderId="pair").status == 200
    assert trader.ask("DELETE", "orderList", symbol=BTC, listClientOrderId="pair").error == (
        400,
        -2011,
        "Unknown order sent.",
    )
    assert trader.free("BTC")[1] == "0.00000000"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"aboveType": "LIMIT"}, -1158),
        ({"aboveType": "LIMIT_MAKER", "belowType": "LIMIT_MAKER", "belowPrice": "90"}, -1168),
        ({"side": "BUY"}, -1196),
        ({"aboveType": "STOP_LOSS", "aboveStopPrice": "120", "belowType": "LIMIT_MAKER",
          "belowPrice": "90"}, -1197),
        ({"side": "BUY", "aboveType": "LIMIT_MAKER", "belowType": "TAKE_PROFIT"}, -1165),
        ({"belowType": "LIMIT_MAKER", "aboveType": "TAKE_PROFIT", "aboveStopPrice": "120",
          "belowPrice": "90"}, -1166),
        ({"side": "BUY", "aboveType": "TAKE_PROFIT", "belowType": "LIMIT_MAKER"}, -1198),
        ({"belowType": "TAKE_PROFIT", "aboveType": "TAKE_PROFIT"}, -1199),
        ({"belowStopPrice": "101"}, -2010),
        ({"abovePrice": "101"}, -2010),
        ({"aboveStopPrice": "130"}, -1106),
        ({"abovePrice": ""}, -1105),
        ({"belowType": "STOP_LOSS_LIMIT", "belowPrice": "90", "belowTimeInForce": "IOC",
          "belowIcebergQty": "0.1"}, -1160),
        ({"belowClientOrderId": "take"}, -2010),
        ({"quantity": "9"}, -2010),
        ({"quantity": "0.000001"}, -1013),
    ],
)  # fmt: skip
def test_pairs_that_are_refused(
    market: FakeHost, trader: Trader, change: dict[str, str], code: int
) -> None:
    """Each with its own code; nothing is placed or held."""
    market.take(BTC, Side.BUY, "101", "0.1")
    before = market.engine.digest()
    assert oco(trader, **change).code == code
    assert market.engine.digest() == before


def test_the_old_form_of_a_pair(market: FakeHost, trader: Trader) -> None:
    """POST order/oco makes a LIMIT_MAKER and a stop leg; a stop limit needs its time in force."""
    market.take(BTC, Side.BUY, "101", "0.1")
    sent = {"side": "SELL", "quantity": "0.5", "price": "120", "stopPrice": "90"}
    told = trader.ask("POST", "order/oco", symbol=BTC, **sent).json
    assert [leg["type"] for leg in told["orderReports"]] == ["STOP_LOSS", "LIMIT_MAKER"]
    bad = trader.ask("POST", "order/oco", symbol=BTC, stopLimitPrice="89", **sent)
    assert bad.error[1:] == (
        -1128,
        "Combination of optional parameters invalid. "
        "Recommendation: 'stopLimitTimeInForce' should also be sent.",
    )
    limit = trader.ask(
        "POST", "order/oco", symbol=BTC, stopLimitPrice="89", stopLimitTimeInForce="GTC", **sent
    ).json
    assert limit["orderReports"][0]["type"] == "STOP_LOSS_LIMIT"


def oto(trader: Trader, path: str = "oto", **more: str) -> Answer:
    """A bid, and what is placed when it has filled."""
    sent = {
        "workingType": "LIMIT",
        "workingSide": "BUY",
        "workingPrice": "95",
        "workingQuantity": "1",
        "workingTimeInForce": "GTC",
        "workingClientOrderId": "first",
        "pendingSide": "SELL",
    }
    return trader.ask("POST", f"orderList/{path}", symbol=BTC, **{**sent, **more})


PENDING = {
    "pendingType": "LIMIT",
    "pendingPrice": "130",
    "pendingTimeInForce": "GTC",
    "pendingClientOrderId": "then",
}


def test_a_pending_order_follows_when_the_first_has_filled(
    market: FakeHost, trader: Trader
) -> None:
    """PENDING_NEW until then, NEW after."""
    told = oto(trader, pendingQuantity="1", **PENDING).json
    assert told["contingencyType"] == "OTO"
    assert [leg["status"] for leg in told["orderReports"]] == ["NEW", "PENDING_NEW"]
    assert told["orderReports"][1]["workingTime"] == -1
    assert states(trader) == {"first": "NEW", "then": "PENDING_NEW"}
    market.take(BTC, Side.SELL, "95", "2.5")
    assert states(trader) == {"first": "PARTIALLY_FILLED", "then": "PENDING_NEW"}
    market.take(BTC, Side.SELL, "95", "0.5")
    assert states(trader) == {"first": "FILLED", "then": "NEW"}


def test_a_first_that_fills_at_once_still_shows_the_rest_pending(
    market: FakeHost, trader: Trader
) -> None:
    """The placement answer does not look ahead; a query does."""
    del market
    told = oto(trader, workingPrice="101", pendingQuantity="1", **PENDING).json
    assert [leg["status"] for leg in told["orderReports"]] == ["FILLED", "PENDING_NEW"]
    assert states(trader) == {"first": "FILLED", "then": "NEW"}


def test_cancelling_the_first_ends_the_rest(market: FakeHost, trader: Trader) -> None:
    """Both are cancelled and both balances free."""
    del market
    oto(trader, pendingQuantity="1", **PENDING)
    trader.ask("DELETE", "order", symbol=BTC, origClientOrderId="first")
    assert trader.free("BTC")[1] == trader.free("USDT")[1] == "0.00000000"


def test_three_orders_in_one_list(market: FakeHost, trader: Trader) -> None:
    """OTOCO: the pair goes out together, one of it ends the other."""
    market.take(BTC, Side.BUY, "101", "0.1")
    legs = {
        "pendingQuantity": "1",
        "pendingAboveType": "LIMIT_MAKER",
        "pendingAbovePrice": "130",
        "pendingAboveClientOrderId": "take",
        "pendingBelowType": "STOP_LOSS_LIMIT",
        "pendingBelowPrice": "80",
        "pendingBelowStopPrice": "85",
        "pendingBelowTimeInForce": "GTC",
        "pendingBelowClientOrderId": "stop",
    }
    told = oto(trader, "otoco", **legs).json
    assert told["contingencyType"] == "OTO"
    assert [o["clientOrderId"] for o in told["orders"]] == ["first", "stop", "take"]
    assert trader.ask("GET", "rateLimit/order").json[0]["count"] == 3
    market.take(BTC, Side.SELL, "95", "3")
    assert states(trader) == {"first": "FILLED", "stop": "NEW", "take": "NEW"}
    market.take(BTC, Side.BUY, "130", "9")
    assert states(trader) == {"first": "FILLED", "stop": "EXPIRED", "take": "FILLED"}


def test_what_was_bought_pays_for_the_next(market: FakeHost, trader: Trader) -> None:
    """OPO: no pending quantity; it is what was received, less what the fee took."""
    told = oto(trader, "opo", **PENDING).json
    assert "origQty" not in told["orderReports"][1]
    assert "origQty" not in query(trader, told["orders"][1]["orderId"])
    market.take(BTC, Side.SELL, "95", "3")
    after = query(trader, told["orders"][1]["orderId"])
    assert (after["status"], after["origQty"]) == ("NEW", "1.00000000")
    assert oto(trader, "opo", workingSide="SELL", **PENDING).code == -1222
    assert oto(trader, "opo", pendingSide="BUY", **PENDING).code == -1223


def test_lists_that_are_refused(market: FakeHost, trader: Trader) -> None:
    """Working orders are limits; what a pending type demands is named with its prefix."""
    del market
    assert oto(trader, workingType="MARKET", pendingQuantity="1", **PENDING).code == -1014
    bare = {"pendingType": "STOP_LOSS", "pendingQuantity": "1"}
    assert oto(trader, **bare).error == (
        400,
        -1102,
        "Param 'pendingStopPrice' or 'pendingTrailingDelta' must be sent, "
        "but both were empty/null!",
    )
    missing = {**PENDING, "pendingQuantity": "1", "pendingPrice": ""}
    assert (
        oto(trader, **{k: v for k, v in missing.items() if v})
        .json["msg"]
        .startswith("Mandatory parameter 'pendingPrice'")
    )


def test_an_answer_to_a_list_can_be_short(market: FakeHost, trader: Trader) -> None:
    """ACK makes every report an acknowledgement."""
    del market
    told = oto(trader, pendingQuantity="1", newOrderRespType="ACK", **PENDING).json
    assert [list(leg) for leg in told["orderReports"]] == [RESULT[:5], RESULT[:5]]


# --- smart order routing --------------------------------------------------------------------------


def test_a_routed_order_says_so(market: FakeHost, trader: Trader) -> None:
    """FULL by default, fills are allocations; only LIMIT and MARKET."""
    del market
    told = trader.ask(
        "POST", "sor/order", symbol=BTC, side="BUY", type="MARKET", quantity="0.5"
    ).json
    assert (told["workingFloor"], told["usedSor"]) == ("SOR", True)
    fill = told["fills"][0]
    assert (fill["matchType"], fill["tradeId"]) == ("ONE_PARTY_TRADE_REPORT", -1)
    assert query(trader, told["orderId"])["usedSor"] is True
    allocations = trader.ask("GET", "myAllocations", symbol=BTC).json
    assert allocations == [
        {
            "symbol": BTC,
            "allocationId": fill["allocId"],
            "allocationType": "SOR",
            "orderId": told["orderId"],
            "orderListId": -1,
            "price": "101.00000000",
            "qty": "0.50000000",
            "quoteQty": "50.50000000",
            "commission": "0.00050000",
            "commissionAsset": "BTC",
            "time": AT,
            "isBuyer": True,
            "isMaker": False,
            "isAllocator": False,
        }
    ]
    refused = trader.ask(
        "POST", "sor/order", symbol=BTC, side="BUY", type="LIMIT_MAKER", quantity="1", price="90"
    )
    assert refused.code == -1020
    tested = trader.ask(
        "POST", "sor/order/test", symbol=BTC, side="BUY", type="MARKET", quantity="0.5"
    )
    assert tested.json == {}


# --- and nothing else -----------------------------------------------------------------------------


def test_testing_an_order_changes_nothing(market: FakeHost, trader: Trader) -> None:
    """Not even when the account could not pay for it."""
    before = market.engine.digest()
    tested = trader.ask(
        "POST", "order/test", symbol=BTC, side="BUY", type="LIMIT", timeInForce="GTC",
        quantity="5000", price="100",
    )  # fmt: skip
    assert (tested.status, tested.raw) == (200, b"{}")
    assert market.engine.digest() == before


def test_microseconds_reach_every_time(market: FakeHost, trader: Trader) -> None:
    """transactTime and workingTime in the unit that was asked for."""
    market.pass_time(1_234_567)
    told = trader.order(
        "BUY", price="90", quantity="1", headers={"x-mbx-time-unit": "MICROSECOND"}
    ).json
    assert told["transactTime"] == told["workingTime"] == (START + 1_234_567) // 1000


def test_two_accounts_trade_with_each_other(market: FakeHost, trader: Trader) -> None:
    """The maker's order fills, each pays its own fee."""
    market.open_account(4, USDT="500")
    other = Trader(market, market.key(4))
    rests = trader.order("SELL", price="100.5", quantity="1").json["orderId"]
    taken = other.order("BUY", price="100.5", quantity="1").json
    assert taken["fills"][0]["price"] == "100.50000000"
    assert query(trader, rests)["status"] == "FILLED"
    assert trader.free("USDT")[0] == "10100.39950000"
    assert other.free("BTC")[0] == "0.99900000"


def test_accounts_of_a_group_are_one_owner(market: FakeHost, trader: Trader) -> None:
    """Self-trade prevention compares groups, and the match names the group."""
    market.open_account(4, BTC="1")
    for account in (3, 4):
        market.execute(OpenAccount(account=account, group=9))
    maker = trader.order("BUY", price="100.5", quantity="1").json["orderId"]
    taken = Trader(market, market.key(4)).order("SELL", price="100.5", quantity="1").json
    assert (taken["status"], taken["executedQty"]) == ("NEW", "0.00000000")
    assert query(trader, maker)["status"] == "EXPIRED_IN_MATCH"
    match = trader.ask("GET", "myPreventedMatches", symbol=BTC, orderId=maker).json[0]
    assert match["tradeGroupId"] == 9
    assert trader.ask("GET", "account").json["tradeGroupId"] == 9


def test_an_order_may_not_take_outside_the_price_range(trader: Trader) -> None:
    """The rest expires for that reason where the symbol has a rule and a reference price."""
    host = trader.host
    symbol = "XRPUSDT"
    host.rest(symbol, Side.SELL, "1", "100")
    host.take(symbol, Side.BUY, "1", "50")
    host.rest(symbol, Side.SELL, "1.04", "50")
    host.rest(symbol, Side.SELL, "1.06", "100")
    told = trader.order("BUY", symbol=symbol, price="1.1", quantity="200").json
    assert (told["status"], told["executedQty"]) == ("EXPIRED", "100.00000000")
    assert told["expiryReason"] == "EXECUTION_RULE_PRICE_RANGE_EXCEEDED"
