"""What an account is told about itself follows from what it did just before."""

from typing import Any

import pytest
from tests.venues.binance.host import MS, START, FakeHost, Trader

from tradewind.model import Side
from tradewind.protocol.limits import SECOND

AT = START // MS
BTC = "BTCUSDT"
HOUR = 3600 * SECOND


def test_balances_are_free_and_locked(market: FakeHost, trader: Trader) -> None:
    """Every asset of the venue, or only those it has."""
    market.pass_time(5 * SECOND)
    trader.order("BUY", price="90", quantity="10")
    told = trader.ask("GET", "account").json
    assert list(told) == [
        "makerCommission", "takerCommission", "buyerCommission", "sellerCommission",
        "commissionRates", "canTrade", "canWithdraw", "canDeposit", "brokered",
        "requireSelfTradePrevention", "preventSor", "updateTime", "accountType", "balances",
        "permissions", "uid",
    ]  # fmt: skip
    assert (told["makerCommission"], told["updateTime"]) == (10, AT + 5000)
    assert told["commissionRates"]["taker"] == "0.00100000"
    assert len(told["balances"]) > 6
    sparse = trader.ask("GET", "account", omitZeroBalances="true").json["balances"]
    assert sparse == [
        {"asset": "BTC", "free": "2.00000000", "locked": "0.00000000"},
        {"asset": "USDT", "free": "9100.00000000", "locked": "900.00000000"},
        {"asset": "BNB", "free": "50.00000000", "locked": "0.00000000"},
    ]


def test_an_order_is_told_field_by_field(market: FakeHost, trader: Trader) -> None:
    """The query's shape: zeros for what it has not, times of both events."""
    order = trader.order("BUY", price="100.5", quantity="2", newClientOrderId="q").json
    market.pass_time(2 * SECOND)
    market.take(BTC, Side.SELL, "100.5", "0.5")
    assert trader.ask("GET", "order", symbol=BTC, origClientOrderId="q").json == {
        "symbol": BTC,
        "orderId": order["orderId"],
        "orderListId": -1,
        "clientOrderId": "q",
        "price": "100.50000000",
        "origQty": "2.00000000",
        "executedQty": "0.50000000",
        "cummulativeQuoteQty": "50.25000000",
        "status": "PARTIALLY_FILLED",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "stopPrice": "0.00000000",
        "icebergQty": "0.00000000",
        "time": AT,
        "updateTime": AT + 2000,
        "isWorking": True,
        "workingTime": AT,
        "origQuoteOrderQty": "0.00000000",
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }
    assert market.looked[-1] == BTC


def test_open_orders_of_one_symbol_or_of_all(market: FakeHost, trader: Trader) -> None:
    """Ascending by id; without a symbol it weighs 80."""
    market.rest("BNBUSDT", Side.BUY, "50", "1")
    market.take("BNBUSDT", Side.SELL, "50", "0.5")
    trader.order("BUY", price="90", quantity="1", newClientOrderId="one")
    trader.order("SELL", symbol="BNBUSDT", price="60", quantity="1", newClientOrderId="two")
    mine = trader.ask("GET", "openOrders", symbol=BTC)
    assert [o["clientOrderId"] for o in mine.json] == ["one"]
    assert mine.headers["x-mbx-used-weight"] == "6"
    everything = trader.ask("GET", "openOrders")
    assert [o["clientOrderId"] for o in everything.json] == ["one", "two"]
    assert everything.headers["x-mbx-used-weight"] == "86"


def orders(trader: Trader, **sent: Any) -> list[str]:
    """Client ids of allOrders."""
    rows = trader.ask("GET", "allOrders", symbol=BTC, **sent).json
    return [row["clientOrderId"] for row in rows]


def test_all_orders_by_id_and_by_time(market: FakeHost, trader: Trader) -> None:
    """The newest up to the limit; from an id on; a time range wins over an id."""
    ids = []
    for name in "abcd":
        ids.append(
            trader.order("BUY", price="90", quantity="1", newClientOrderId=name).json["orderId"]
        )
        market.pass_time(HOUR)
    trader.ask("DELETE", "order", symbol=BTC, orderId=ids[0], newClientOrderId="gone")
    hour = HOUR // MS
    assert orders(trader) == ["gone", "b", "c", "d"]
    assert orders(trader, limit=2) == ["c", "d"]
    assert orders(trader, orderId=ids[1], limit=2) == ["b", "c"]
    assert orders(trader, startTime=AT + hour, limit=2) == ["b", "c"]
    assert orders(trader, endTime=AT + hour) == ["gone", "b"]
    assert orders(trader, startTime=AT + hour, endTime=AT + 2 * hour, orderId=ids[3]) == ["b", "c"]
    assert orders(trader, startTime=(AT + hour) * 1000) == ["b", "c", "d"]
    day = 24 * hour
    assert trader.ask("GET", "allOrders", symbol=BTC, startTime=AT, endTime=AT + day + 1).error == (
        400,
        -1127,
        "More than 24 hours between startTime and endTime.",
    )


def trades(trader: Trader, **sent: Any) -> list[int]:
    """Trade ids of myTrades."""
    return [row["id"] for row in trader.ask("GET", "myTrades", symbol=BTC, **sent).json]


def test_own_trades_in_every_combination(market: FakeHost, trader: Trader) -> None:
    """What they cost and paid, and which parameters go together."""
    first = trader.order("BUY", "MARKET", quantity="1.5").json["orderId"]
    market.pass_time(HOUR)
    second = trader.order("SELL", price="100.5", quantity="1").json["orderId"]
    market.take(BTC, Side.BUY, "100.5", "1")
    row = trader.ask("GET", "myTrades", symbol=BTC, orderId=second).json[0]
    assert row == {
        "symbol": BTC,
        "id": 3,
        "orderId": second,
        "orderListId": -1,
        "price": "100.50000000",
        "qty": "1.00000000",
        "quoteQty": "100.50000000",
        "commission": "0.10050000",
        "commissionAsset": "USDT",
        "time": AT + HOUR // MS,
        "isBuyer": False,
        "isMaker": True,
        "isBestMatch": True,
    }
    assert trades(trader) == [1, 2, 3]
    assert trades(trader, limit=1) == [3]
    assert trades(trader, orderId=first) == [1, 2]
    assert trades(trader, orderId=first, fromId=2) == [2]
    assert trades(trader, fromId=2, limit=1) == [2]
    assert trades(trader, startTime=AT + 1) == [3]
    assert trades(trader, endTime=AT) == [1, 2]
    assert trades(trader, startTime=AT, endTime=AT) == [1, 2]
    for bad in (
        {"orderId": first, "startTime": AT},
        {"fromId": 1, "endTime": AT},
        {"orderId": first, "fromId": 1, "startTime": AT},
    ):
        refused = trader.ask("GET", "myTrades", symbol=BTC, **bad)
        assert refused.error == (400, -1128, "Combination of optional parameters invalid.")


def test_weights_of_queries(market: FakeHost, trader: Trader) -> None:
    """As the pages say, each on its own."""
    del market
    expected = {
        ("GET", "account"): 20,
        ("GET", "allOrderList"): 20,
        ("GET", "openOrderList"): 6,
        ("GET", "rateLimit/order"): 40,
    }
    used = 0
    for (method, path), weight in expected.items():
        used += weight
        assert trader.ask(method, path).headers["x-mbx-used-weight-1m"] == str(used)


@pytest.mark.parametrize(
    ("path", "sent"),
    [("order", {"symbol": BTC}), ("orderList", {})],
)
def test_something_must_be_named(trader: Trader, path: str, sent: dict[str, str]) -> None:
    """-1102 with both names."""
    answer = trader.ask("GET", path, **sent)
    assert answer.code == -1102
    assert answer.json["msg"].endswith("must be sent, but both were empty/null!")


def test_lists_are_none_until_one_is_placed(trader: Trader) -> None:
    """Empty answers from state."""
    assert trader.ask("GET", "allOrderList").json == []
    assert trader.ask("GET", "openOrderList").json == []
    mixed = trader.ask("GET", "allOrderList", fromId=1, startTime=AT)
    assert mixed.code == -1128


def test_orders_of_long_ago_are_archived(market: FakeHost, trader: Trader) -> None:
    """Ended without a fill more than 90 days ago."""
    order = trader.order("BUY", price="90", quantity="1").json["orderId"]
    trader.ask("DELETE", "order", symbol=BTC, orderId=order)
    market.pass_time(90 * 24 * HOUR)
    assert trader.ask("GET", "order", symbol=BTC, orderId=order).status == 200
    market.pass_time(1)
    assert trader.ask("GET", "order", symbol=BTC, orderId=order).code == -2026


def test_commissions_and_filters_of_a_symbol(trader: Trader) -> None:
    """Rates of the account, filters of the symbol."""
    told = trader.ask("GET", "account/commission", symbol=BTC).json
    assert told["standardCommission"] == {
        "maker": "0.00100000",
        "taker": "0.00100000",
        "buyer": "0.00000000",
        "seller": "0.00000000",
    }
    assert told["discount"]["enabledForAccount"] is False
    filters = trader.ask("GET", "myFilters", symbol=BTC).json
    assert filters["symbolFilters"][0]["filterType"] == "PRICE_FILTER"
    assert trader.ask("GET", "myAllocations", symbol=BTC).json == []
    assert trader.ask("GET", "myAllocations", symbol=BTC, orderId=1, startTime=1).code == -1128


def test_execution_ids_and_records_survive_a_restart(market: FakeHost, trader: Trader) -> None:
    """Counters go on where they were."""
    order = trader.order("BUY", price="90", quantity="2").json["orderId"]
    sent = {"symbol": BTC, "orderId": order}
    first = trader.ask("PUT", "order/amend/keepPriority", newQty="1.5", **sent).json
    state = market.exchange.state()
    market.exchange.restore(state)
    second = trader.ask("PUT", "order/amend/keepPriority", newQty="1", **sent).json
    assert second["executionId"] == first["executionId"] + 1
    assert len(trader.ask("GET", "order/amendments", **sent).json) == 2
