"""Rules that changed on a day: what a box does before and after, and on which network."""

import argparse
import json
from typing import Any

import pytest
from tests.venues.binance.host import MS, FakeHost, Trader, liquid

from tradewind.cli import main, up
from tradewind.model import Misconfigured
from tradewind.protocol.messages import HttpRequest
from tradewind.venues.binance import rules
from tradewind.venues.binance.exchange.listen_keys import ListenSession
from tradewind.venues.binance.operations import TABLE

MINUTE = 60 * 10**9
BEFORE = "2026-02-19"
AFTER = "2026-02-20"


def trader_on(date: str) -> Trader:
    host = FakeHost(date=date)
    return Trader(host, host.key(1))


def info(trader: Trader) -> Any:
    return trader.ask("GET", "exchangeInfo", signed=False, symbol="BTCUSDT").json["symbols"][0]


def test_the_list_is_in_order_and_names_real_operations() -> None:
    """Every change has its day, its source and two states."""
    dates = [change.date for change in rules.CHANGES]
    assert dates == sorted(dates)
    for change in rules.CHANGES:
        assert change.before != change.after
        assert change.source.page.startswith("CHANGELOG.md")
        for name in change.operations | change.ended:
            assert name in TABLE.by_name


@pytest.mark.parametrize("change", [c for c in rules.CHANGES if c.operations], ids=lambda c: c.name)
def test_operations_begin_on_their_day(change: Any) -> None:
    """The day before they are not found; from the day on they are."""
    for name in change.operations:
        door = TABLE.by_name[name].doors[0]
        for date, found in ((change.date, True), ("", True), ("2020-01-01", False)):
            answer = trader_on(date).raw(door.method, door.path)  # type: ignore[union-attr]
            assert (answer.status != 404) is found, name


def test_symbols_are_those_of_the_day() -> None:
    """ICEBERG_PARTS grew twice, OPO and STP TRANSFER came."""
    parts = {
        date: next(
            f for f in info(trader_on(date))["filters"] if f["filterType"] == "ICEBERG_PARTS"
        )
        for date in ("2026-02-10", "2026-02-11", "2026-03-12")
    }
    assert [row["limit"] for row in parts.values()] == [25, 50, 100]
    assert "opoAllowed" not in info(trader_on("2025-12-17"))
    assert info(trader_on("2025-12-18"))["opoAllowed"] is True
    assert "TRANSFER" not in info(trader_on("2026-04-01"))["allowedSelfTradePreventionModes"]
    assert "TRANSFER" in info(trader_on("2026-04-02"))["allowedSelfTradePreventionModes"]


def test_transfer_prevention_is_refused_before_its_day() -> None:
    """An order that asks for it, the day before."""
    sent = {"quantity": "1", "price": "100", "selfTradePreventionMode": "TRANSFER"}
    assert trader_on("2026-04-01").order("BUY", **sent).code == -1013
    assert trader_on("2026-04-02").order("BUY", **sent).status == 200


def test_orders_weigh_until_they_are_free() -> None:
    """The same order, two days."""

    def weight(date: str) -> str:
        answer = trader_on(date).order("BUY", quantity="1", price="90")
        return answer.headers["x-mbx-used-weight-1m"]

    assert weight("2026-04-01") == "1"
    assert weight("2026-04-02") == "0"


def test_text_was_signed_before_or_after_encoding() -> None:
    """Until the day both are taken, from then on only the encoded text."""
    for date, code in (("2026-01-14", -2013), ("2026-01-15", -1022)):
        trader = trader_on(date)
        now = trader.host.venue_time // MS
        start = "symbol=BTCUSDT&origClientOrderId="
        sent, plain = (f"{start}{name}&timestamp={now}" for name in ("%61bc", "abc"))
        query = f"{sent}&signature={trader.sign(plain)}"
        assert trader.raw("GET", "order", query).code == code
        query = f"{sent}&signature={trader.sign(sent)}"
        assert trader.raw("GET", "order", query).code == -2013


def test_raw_requests_grew() -> None:
    """As exchangeInfo tells it."""

    def limit(date: str) -> int:
        told = trader_on(date).ask("GET", "exchangeInfo", signed=False).json["rateLimits"]
        return next(row["limit"] for row in told if row["rateLimitType"] == "RAW_REQUESTS")

    assert limit("2026-04-01") == 61_000
    assert limit("2026-04-02") == 300_000


@pytest.mark.parametrize("date", ["yesterday", "2026-13-01", "20260101"])
def test_a_date_is_a_day(date: str) -> None:
    """Anything else stops the box and says so."""
    with pytest.raises(Misconfigured, match="YYYY-MM-DD"):
        FakeHost(date=date)


def test_a_flavour_has_a_name() -> None:
    """And Demo Mode had a first day."""
    with pytest.raises(Misconfigured, match="live, testnet, demo"):
        FakeHost(flavour="paper")
    with pytest.raises(Misconfigured, match="2026-01-29"):
        FakeHost(flavour="demo", date="2026-01-28")


def test_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """All, and what held on a day."""
    assert main(["rules", "--venue", "binance", "--date", BEFORE, "--json"]) == 0
    told = {row["name"]: row for row in json.loads(capsys.readouterr().out)["binance"]}
    assert told["listen-key"]["holds"] == "before"
    assert told["percent-encoding"]["holds"] == "after"
    assert main(["rules"]) == 0
    assert "2026-02-20" in capsys.readouterr().out
    assert main(["rules", "--date", "soon"]) == 1
    assert main(["rules", "--venue", "okx"]) == 1


class TestListenKeys:
    """User data as it was until 2026-02-20."""

    @pytest.fixture
    def trader(self) -> Trader:
        found = trader_on(BEFORE)
        liquid(found.host)
        found.host.open_account(5, USDT="1000", BTC="1")
        return Trader(found.host, found.host.key(5))

    def start(self, trader: Trader) -> str:
        key: str = trader.raw("POST", "userDataStream").json["listenKey"]
        return key

    def listen(self, trader: Trader, path: str, query: str = "") -> Any:
        return trader.host.exchange.open(HttpRequest("GET", path, query), "streams")

    def events(self, session: Any) -> list[Any]:
        return [json.loads(frame) for frame in session.take() if isinstance(frame, bytes)]

    def test_gone_since(self) -> None:
        """From the day on 410, over both doors."""
        for date in (AFTER, ""):
            assert trader_on(date).raw("POST", "userDataStream").status == 410

    def test_one_key_an_account(self, trader: Trader) -> None:
        """POST again gives the same key, another account gets another."""
        key = self.start(trader)
        assert len(key) == 64
        assert self.start(trader) == key
        assert self.start(Trader(trader.host, trader.host.key(1))) != key

    def test_events_are_bare_and_only_mine(self, trader: Trader) -> None:
        """/ws/<listenKey> has the account's events without a wrapper."""
        session = self.listen(trader, f"/ws/{self.start(trader)}")
        assert isinstance(session, ListenSession)
        order = trader.order("BUY", quantity="1", price="90").json
        report, position = self.events(session)
        assert (report["e"], report["x"], report["i"]) == (
            "executionReport", "NEW", order["orderId"],
        )  # fmt: skip
        assert position["e"] == "outboundAccountPosition"
        Trader(trader.host, trader.host.key(1)).order("BUY", quantity="1", price="91")
        assert self.events(session) == []

    def test_combined_is_wrapped(self, trader: Trader) -> None:
        """/stream?streams=<listenKey> names the stream."""
        key = self.start(trader)
        session = self.listen(trader, "/stream", f"streams={key}")
        trader.order("BUY", quantity="1", price="90")
        assert {event["stream"] for event in self.events(session)} == {key}
        session.receive(b'{"method":"LIST_SUBSCRIPTIONS","id":3}', 0)
        assert self.events(session) == [{"result": [key], "id": 3}]

    def test_a_key_ends_after_an_hour_unless_kept_alive(self, trader: Trader) -> None:
        """PUT gives another hour; then its stream is told and silent."""
        key, host = self.start(trader), trader.host
        session = self.listen(trader, f"/ws/{key}")
        host.pass_time(50 * MINUTE)
        assert trader.raw("PUT", "userDataStream", f"listenKey={key}").json == {}
        host.pass_time(59 * MINUTE)
        host.exchange.flush()
        assert self.events(session) == []
        host.pass_time(2 * MINUTE)
        host.exchange.flush()
        assert self.events(session) == [
            {"e": "listenKeyExpired", "E": host.venue_time // MS, "listenKey": key}
        ]
        trader.order("BUY", quantity="1", price="90")
        assert self.events(session) == []
        assert trader.raw("PUT", "userDataStream", f"listenKey={key}").code == -1125

    def test_a_key_can_be_ended(self, trader: Trader) -> None:
        """DELETE, once; a stranger's key is not known."""
        key = self.start(trader)
        stranger = Trader(trader.host, trader.host.key(1))
        assert stranger.raw("DELETE", "userDataStream", f"listenKey={key}").code == -1125
        assert trader.raw("DELETE", "userDataStream", f"listenKey={key}").json == {}
        assert trader.raw("DELETE", "userDataStream", f"listenKey={key}").code == -1125
        assert trader.raw("PUT", "userDataStream").code == -1102

    def test_an_unknown_key_is_just_a_quiet_stream(self, trader: Trader) -> None:
        """The market's own door takes it."""
        session = self.listen(trader, "/ws/" + "x" * 64)
        assert not isinstance(session, ListenSession)

    def test_keys_survive_a_restart(self, trader: Trader) -> None:
        """A key of before is still good after state and restore."""
        key, host = self.start(trader), trader.host
        fresh = type(host.exchange)(host)
        fresh.restore(host.exchange.state())
        host.exchange = fresh
        assert trader.raw("PUT", "userDataStream", f"listenKey={key}").json == {}

    def test_over_the_websocket_api(self, trader: Trader) -> None:
        """userDataStream.start gives the same key as REST."""
        session: Any = trader.host.exchange.open(HttpRequest("GET", "/ws-api/v3"), "ws_api")
        params = {"apiKey": trader.key.api_key}
        ask = {"id": 1, "method": "userDataStream.start", "params": params}
        session.receive(json.dumps(ask).encode(), 0)
        (told,) = self.events(session)
        assert told["result"]["listenKey"] == self.start(trader)


def test_up_gives_flavour_and_date_to_every_venue() -> None:
    """A setting by name wins; ``today`` forgets the day of before."""
    parser = argparse.ArgumentParser()
    up.arguments(parser)
    asked = parser.parse_args(["--flavour", "demo", "--date", "today"])
    told = up.everywhere(asked, {"binance": {"flavour": "live", "waf": True}})
    assert told["binance"] == {"flavour": "live", "waf": True, "date": ""}
    assert told["okx"] == {"flavour": "demo", "date": ""}
    assert up.everywhere(parser.parse_args([]), {}) == {}
