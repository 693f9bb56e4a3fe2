"""Each filter refuses under its own name, and lets its boundary pass."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.venues.binance.host import FakeHost, Trader, liquid

from tradewind.model import Side
from tradewind.protocol.limits import SECOND
from tradewind.venues.binance.instruments import rows


def traded(host: FakeHost, price: str = "101", quantity: str = "0.1") -> None:
    """A last price to compare with."""
    host.take("BTCUSDT", Side.BUY, price, quantity)


def ask(trader: Trader, **sent: str) -> str:
    """The filter that refuses, or "" when the order passes."""
    good = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    good |= {"quantity": "1", "price": "90"}
    sent = {k: v for k, v in {**good, **sent}.items() if v}
    before = trader.host.engine.digest()
    answer = trader.ask("POST", "order/test", **sent)
    assert trader.host.engine.digest() == before
    if answer.status == 200:
        assert answer.json == {}
        return ""
    assert (answer.status, answer.code) == (400, -1013)
    return str(answer.json["msg"].removeprefix("Filter failure: "))


MARKET = {"type": "MARKET", "timeInForce": "", "price": ""}
STOP = {"type": "STOP_LOSS", "timeInForce": "", "price": ""}


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ({"price": "90.001"}, "PRICE_FILTER"),
        ({"price": "0"}, "PRICE_FILTER"),
        ({"price": "1000000.01"}, "PRICE_FILTER"),
        ({"quantity": "0"}, "LOT_SIZE"),
        ({"quantity": "1.000001"}, "LOT_SIZE"),
        ({"quantity": "9000.00001"}, "LOT_SIZE"),
        ({"quantity": "9000"}, ""),
        ({"quantity": "1", "icebergQty": "0.000001"}, "LOT_SIZE"),
        ({"quantity": "1", "icebergQty": "0.01"}, ""),
        ({"quantity": "1", "icebergQty": "0.00999"}, "ICEBERG_PARTS"),
        ({"price": "505"}, ""),
        ({"price": "505.01"}, "PERCENT_PRICE_BY_SIDE"),
        ({"price": "20.20"}, ""),
        ({"price": "20.19"}, "PERCENT_PRICE_BY_SIDE"),
        ({"side": "SELL", "price": "20.19"}, "PERCENT_PRICE_BY_SIDE"),
        ({"quantity": "0.05", "price": "100"}, ""),
        ({"quantity": "0.04999", "price": "100"}, "NOTIONAL"),
        ({"quantity": "9000", "price": "505"}, ""),
        ({**MARKET, "quantity": "110"}, ""),
        ({**MARKET, "quantity": "110.00001"}, "MARKET_LOT_SIZE"),
        ({**MARKET, "quantity": "0.0496"}, ""),
        ({**MARKET, "quantity": "0.0495"}, "NOTIONAL"),
        ({**MARKET, "quantity": "", "quoteOrderQty": "5"}, ""),
        ({**MARKET, "quantity": "", "quoteOrderQty": "4.99"}, "NOTIONAL"),
        ({**STOP, "stopPrice": "150.001"}, "PRICE_FILTER"),
        ({**STOP, "trailingDelta": "9"}, "TRAILING_DELTA"),
        ({**STOP, "trailingDelta": "10"}, ""),
        ({**STOP, "trailingDelta": "2001", "side": "SELL"}, "TRAILING_DELTA"),
    ],
)
def test_a_filter_refuses_by_name(
    market: FakeHost, trader: Trader, sent: dict[str, str], name: str
) -> None:
    """Values on the boundary pass, the next step beyond fails."""
    traded(market)
    assert ask(trader, **sent) == name


def test_prices_are_compared_with_the_average_of_five_minutes(
    market: FakeHost, trader: Trader
) -> None:
    """By volume, not the last price; before any trade nothing is compared."""
    assert ask(trader, price="600") == ""
    traded(market, "101", "1")
    traded(market, "102", "1")
    market.pass_time(SECOND)
    assert ask(trader, price="507.50") == ""
    assert ask(trader, price="507.51") == "PERCENT_PRICE_BY_SIDE"


def one_market(tmp_path: Path, **filters: dict[str, Any]) -> FakeHost:
    """A box whose only symbol has other filters."""
    info = json.loads(msgspec.json.encode(rows()[0].info))
    info["filters"] = [
        {**each, **filters.pop(each["filterType"], {})}
        for each in info["filters"]
        if not each["filterType"].startswith("PERCENT")
    ] + [{"filterType": name, **more} for name, more in filters.items()]
    path = tmp_path / "info.json"
    path.write_text(
        json.dumps(
            {
                "timezone": "UTC",
                "serverTime": 0,
                "rateLimits": [],
                "exchangeFilters": [],
                "symbols": [info],
            }
        )
    )
    host = FakeHost(instruments_file=str(path), instruments="all")
    host.open_account(3, USDT="100000", BTC="2")
    liquid(host)
    return host


@pytest.mark.parametrize(
    ("name", "rule", "sent"),
    [
        (
            "MAX_NUM_ORDERS",
            {"maxNumOrders": 2},
            {"type": "LIMIT", "price": "90", "timeInForce": "GTC"},
        ),
        ("MAX_NUM_ALGO_ORDERS", {"maxNumAlgoOrders": 2}, {"type": "STOP_LOSS", "stopPrice": "150"}),
        (
            "MAX_NUM_ICEBERG_ORDERS",
            {"maxNumIcebergOrders": 2},
            {"type": "LIMIT", "price": "90", "timeInForce": "GTC", "icebergQty": "0.1"},
        ),
    ],
)
def test_open_orders_are_limited(
    tmp_path: Path, name: str, rule: dict[str, int], sent: dict[str, str]
) -> None:
    """The third is refused, and passes once one is gone."""
    host = one_market(tmp_path, **{name: rule})
    trader = Trader(host, host.key(3))

    def place() -> Any:
        return trader.ask("POST", "order", symbol="BTCUSDT", side="BUY", quantity="0.2", **sent)

    first = place()
    assert place().status == 200
    assert place().error == (400, -1013, f"Filter failure: {name}")
    trader.ask("DELETE", "order", symbol="BTCUSDT", orderId=first.json["orderId"])
    assert place().status == 200


def test_a_position_is_limited(tmp_path: Path) -> None:
    """What is owned, plus open bids, plus this order; sells are free."""
    host = one_market(tmp_path, MAX_POSITION={"maxPosition": "3.00000000"})
    trader = Trader(host, host.key(3))
    assert trader.order("BUY", price="90", quantity="0.5").status == 200
    over = trader.order("BUY", price="90", quantity="0.50001")
    assert over.error == (400, -1013, "Filter failure: MAX_POSITION")
    assert trader.order("BUY", price="90", quantity="0.5").status == 200
    assert trader.order("SELL", price="150", quantity="1").status == 200


def test_older_symbols_have_a_min_notional(tmp_path: Path) -> None:
    """It spares market orders unless it says otherwise."""
    host = one_market(
        tmp_path,
        NOTIONAL={"minNotional": "0.00000000", "applyMinToMarket": False},
        MIN_NOTIONAL={"minNotional": "20.00000000", "applyToMarket": False, "avgPriceMins": 5},
    )
    traded(host)
    trader = Trader(host, host.key(3))
    assert ask(trader, quantity="0.1", price="90") == "MIN_NOTIONAL"
    assert ask(trader, quantity="0.1", type="MARKET", price="", timeInForce="") == ""


def test_the_greatest_notional_binds_limit_orders(tmp_path: Path) -> None:
    """applyMaxToMarket is off, so market orders are free of it."""
    host = one_market(tmp_path, NOTIONAL={"maxNotional": "1000.00000000"})
    traded(host)
    trader = Trader(host, host.key(3))
    assert ask(trader, quantity="10", price="100") == ""
    assert ask(trader, quantity="10.00001", price="100") == "NOTIONAL"
    assert ask(trader, quantity="20", type="MARKET", price="", timeInForce="") == ""


WIDE_FILTERS = [
    {"filterType": "EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders": 4},
    {"filterType": "EXCHANGE_MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 1},
    {"filterType": "EXCHANGE_MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders": 1},
    {"filterType": "EXCHANGE_MAX_NUM_ORDER_LISTS", "maxNumOrderLists": 0},
]


def test_the_exchange_as_a_whole_may_limit_what_is_open() -> None:
    """Counted over all symbols; told by exchangeInfo and myFilters."""
    limit = {"filterType": "MAX_ASSET", "asset": "USDT", "limit": "1000.00000000"}
    host = FakeHost(exchange_filters=WIDE_FILTERS, asset_filters=[limit])
    host.open_account(3, USDT="100000", BTC="2")
    liquid(host)
    liquid(host, "BNBUSDT")
    trader = Trader(host, host.key(3))
    stop = {"stopPrice": "150", "quantity": "0.1"}
    assert trader.order("BUY", "STOP_LOSS", **stop).status == 200
    second = trader.order("BUY", "STOP_LOSS", symbol="BNBUSDT", **stop)
    assert second.json["msg"] == "Filter failure: EXCHANGE_MAX_NUM_ALGO_ORDERS"
    ice = {"price": "90", "quantity": "1", "icebergQty": "0.1"}
    assert trader.order("BUY", **ice).status == 200
    third = trader.order("BUY", symbol="BNBUSDT", **ice)
    assert third.json["msg"] == "Filter failure: EXCHANGE_MAX_NUM_ICEBERG_ORDERS"
    pair = trader.ask(
        "POST", "order/oco", symbol="BTCUSDT", side="SELL", quantity="0.5", price="120",
        stopPrice="90",
    )  # fmt: skip
    assert pair.json["msg"] == "Filter failure: EXCHANGE_MAX_NUM_ALGO_ORDERS"
    take = {"workingType": "LIMIT", "workingSide": "BUY", "workingPrice": "90"}
    take |= {"workingQuantity": "1", "workingTimeInForce": "GTC"}
    take |= {"pendingType": "LIMIT", "pendingSide": "SELL", "pendingQuantity": "1"}
    take |= {"pendingPrice": "130", "pendingTimeInForce": "GTC"}
    listed = trader.ask("POST", "orderList/oto", symbol="BTCUSDT", **take)
    assert listed.json["msg"] == "Filter failure: EXCHANGE_MAX_NUM_ORDER_LISTS"
    assert trader.order("BUY", symbol="BNBUSDT", price="90", quantity="1").status == 200
    assert trader.order("BUY", symbol="BNBUSDT", price="90", quantity="1").status == 200
    over = trader.order("BUY", price="90", quantity="1")
    assert over.json["msg"] == "Filter failure: EXCHANGE_MAX_NUM_ORDERS"
    assert ask(trader, price="100", quantity="10.00001") == "MAX_ASSET"
    told = trader.ask("GET", "myFilters", symbol="BTCUSDT").json
    assert told["exchangeFilters"] == WIDE_FILTERS
    assert told["assetFilters"] == [limit]
    assert trader.raw("GET", "exchangeInfo").json["exchangeFilters"] == WIDE_FILTERS


def test_lists_on_a_symbol_are_limited(tmp_path: Path) -> None:
    """A pair is one list."""
    host = one_market(tmp_path, MAX_NUM_ORDER_LISTS={"maxNumOrderLists": 1})
    traded(host)
    trader = Trader(host, host.key(3))
    pair = {"side": "SELL", "quantity": "0.5", "price": "120", "stopPrice": "90"}
    assert trader.ask("POST", "order/oco", symbol="BTCUSDT", **pair).status == 200
    second = trader.ask("POST", "order/oco", symbol="BTCUSDT", **pair)
    assert second.json["msg"] == "Filter failure: MAX_NUM_ORDER_LISTS"
