"""Limits: charged, told, refused with 429 and 418, given back."""

from typing import Any

import pytest
from tests.venues.binance.host import FakeHost, Trader, liquid

from tradewind.model import Side
from tradewind.protocol.limits import SECOND
from tradewind.venues.binance import limits
from tradewind.venues.binance.limits import WEIGH
from tradewind.venues.binance.operations import TABLE


def trader_of(**settings: Any) -> Trader:
    host = FakeHost(**settings)
    host.open_account(3, USDT="100000", BTC="100")
    return Trader(host, host.key(3))


@pytest.mark.parametrize(
    ("rule", "sent", "weight"),
    [
        ("depth", {}, 5),
        ("depth", {"limit": "100"}, 5),
        ("depth", {"limit": "101"}, 25),
        ("depth", {"limit": "1000"}, 50),
        ("depth", {"limit": "5000"}, 250),
        ("ticker_24hr", {"symbol": "A"}, 2),
        ("ticker_24hr", {"symbols": ",".join("a" * 21)}, 40),
        ("ticker_24hr", {}, 80),
        ("per_symbol", {"symbols": ",".join("a" * 60)}, 200),
        ("one_or_many", {}, 4),
        ("execution_rules", {"symbols": "a,b"}, 4),
        ("order_test", {"computeCommissionRates": "true"}, 20),
        ("open_orders", {}, 80),
        ("open_orders", {"symbol": "A"}, 6),
        ("my_trades", {"orderId": "1"}, 5),
        ("my_trades", {}, 20),
    ],
)
def test_weights_depend_on_parameters(rule: str, sent: dict[str, str], weight: int) -> None:
    """As the weight tables of the pages say."""
    assert WEIGH[rule](sent) == weight


def test_every_rule_that_a_row_names_exists() -> None:
    """A row's ``weigh`` is a name here."""
    assert {row.weigh for row in TABLE.rows if row.weigh} <= set(WEIGH)


def test_orders_that_succeed_weigh_nothing_and_refused_ones_do() -> None:
    """Since 2026-04-02; before, both weighed."""
    trader = trader_of()
    liquid(trader.host)
    good = trader.order("BUY", price="90", quantity="1")
    assert good.headers["x-mbx-used-weight-1m"] == "0"
    bad = trader.order("BUY", price="90", quantity="0")
    assert bad.headers["x-mbx-used-weight-1m"] == "1"
    gone = trader.ask("DELETE", "order", symbol="BTCUSDT", orderId=good.json["orderId"])
    assert (gone.status, gone.headers["x-mbx-used-weight-1m"]) == (200, "1")
    before = trader_of(date="2026-04-01")
    liquid(before.host)
    assert before.order("BUY", price="90", quantity="1").headers["x-mbx-used-weight-1m"] == "1"


def test_numbers_and_date_choose_the_limits_in_force() -> None:
    """RAW_REQUESTS grew on 2026-04-02; numbers can be changed by data."""
    assert limits.in_force({})["RAW_REQUESTS"].limit == 300_000
    assert limits.in_force({"date": "2026-04-01"})["RAW_REQUESTS"].limit == 61_000
    assert limits.in_force({"limits": {"ORDERS_10S": 7}})["ORDERS_10S"].limit == 7
    words = [limits.interval(limit) for limit in limits.LIMITS]
    assert words == [("MINUTE", 1), ("MINUTE", 5), ("SECOND", 10), ("DAY", 1), ("MINUTE", 5)]


def test_too_much_weight_is_429_until_the_minute_ends() -> None:
    """With Retry-After and the limit in words; the next minute is a new one."""
    trader = trader_of(limits={"REQUEST_WEIGHT": 10})
    trader.host.pass_time(15 * SECOND)
    for _ in range(2):
        assert trader.raw("GET", "depth", "symbol=BTCUSDT").status == 200
    over = trader.raw("GET", "time")
    assert over.error == (
        429,
        -1003,
        "Too much request weight used; current limit is 10 request weight per 1 MINUTE. "
        "Please use WebSocket Streams for live updates to avoid polling the API.",
    )
    assert over.headers["retry-after"] == "45"
    other = Trader(trader.host, trader.key, peer="10.1.1.1")
    assert other.raw("GET", "time").status == 200
    trader.host.pass_time(45 * SECOND)
    assert trader.raw("GET", "time").headers["x-mbx-used-weight"] == "1"


def test_too_many_raw_requests_are_429() -> None:
    """Also those that weigh nothing when they succeed."""
    trader = trader_of(limits={"RAW_REQUESTS": 2})
    liquid(trader.host)
    for _ in range(2):
        assert trader.order("BUY", price="90", quantity="1").status == 200
    assert trader.order("BUY", price="90", quantity="1").error[:2] == (429, -1003)


def test_going_on_after_429_is_a_ban_that_grows() -> None:
    """418 with Retry-After; first two minutes, the next time four."""
    trader = trader_of(limits={"REQUEST_WEIGHT": 1}, ban_after=2)
    statuses = [trader.raw("GET", "time").status for _ in range(4)]
    assert statuses == [200, 429, 429, 418]
    banned = trader.raw("GET", "time")
    until = trader.host.venue_time // 1_000_000 + 120_000
    assert banned.error == (
        418,
        -1003,
        f"Way too much request weight used; IP banned until {until}. "
        "Please use WebSocket Streams for live updates to avoid bans.",
    )
    assert banned.headers["retry-after"] == "120"
    trader.host.pass_time(119 * SECOND)
    assert trader.raw("GET", "time").status == 418
    trader.host.pass_time(SECOND)
    again = [trader.raw("GET", "time") for _ in range(4)]
    assert [each.status for each in again] == [200, 429, 429, 418]
    assert again[-1].headers["retry-after"] == "240"


def test_orders_are_counted_until_they_fill(market: FakeHost, trader: Trader) -> None:
    """+1 accepted, -1 first fill as taker, -5 as maker, never below 0, refusals nothing."""
    host = market
    counts = []

    def counted() -> tuple[int, int]:
        rows = trader.ask("GET", "rateLimit/order").json
        return rows[0]["count"], rows[1]["count"]

    for price in ("90", "91", "92"):
        answer = trader.order("BUY", price=price, quantity="0.1")
        counts.append(answer.headers["x-mbx-order-count-10s"])
    assert counts == ["1", "2", "3"]
    assert trader.order("BUY", price="90", quantity="0").status == 400
    assert trader.order("BUY", price="90", quantity="9000").code == -2010
    assert counted() == (3, 3)
    taken = trader.order("BUY", price="101", quantity="0.1")
    assert taken.headers["x-mbx-order-count-1d"] == "3"
    host.pass_time(10 * SECOND)
    assert counted() == (0, 3)
    trader.order("BUY", price="100.5", quantity="0.1")
    host.take("BTCUSDT", Side.SELL, "100.5", "0.1")
    assert counted() == (0, 0)


def test_too_many_orders_are_429_with_retry_after() -> None:
    """The count is the account's, over all its keys and addresses."""
    trader = trader_of(limits={"ORDERS_10S": 2})
    host = trader.host
    liquid(host)
    host.pass_time(3 * SECOND)
    for _ in range(2):
        assert trader.order("BUY", price="90", quantity="0.1").status == 200
    other = Trader(host, host.key(3), peer="10.0.0.9")
    before = host.engine.digest()
    over = other.order("BUY", price="90", quantity="0.1")
    assert over.error == (
        429,
        -1015,
        "Too many new orders; current limit is 2 orders per 10 SECOND.",
    )
    assert over.headers["retry-after"] == "7"
    assert host.engine.digest() == before
    tested = other.ask(
        "POST", "order/test", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="1"
    )
    assert (tested.status, tested.json) == (200, {})


def test_limits_survive_a_restart() -> None:
    """Weight, counts and bans come back with the exchange's state."""
    trader = trader_of(limits={"REQUEST_WEIGHT": 8}, ban_after=1)
    liquid(trader.host)
    trader.order("BUY", price="90", quantity="0.1")
    for _ in range(3):
        trader.raw("GET", "depth", "symbol=BTCUSDT")
    state = trader.host.exchange.state()
    fresh = FakeHost(limits={"REQUEST_WEIGHT": 8})
    fresh.exchange.restore(state)
    exchange = fresh.exchange
    assert exchange.addresses.used("127.0.0.1", fresh.now()) == 15
    assert exchange.orders.used(3, fresh.now()) == (1, 1)
    assert exchange.addresses.banned_until("127.0.0.1", fresh.now()) > fresh.now()


def test_the_host_is_told_what_a_request_weighed(trader: Trader) -> None:
    """For its log: the full weight of a refusal, nothing for an order that succeeded."""
    trader.ask("GET", "account")
    assert trader.host.weight == 20
    trader.order("BUY", price="50", quantity="1")
    assert trader.host.weight == 0
    trader.order("BUY", price="50", quantity="100000")
    assert trader.host.weight == 1
