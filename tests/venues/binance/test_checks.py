"""Every check answers with its own code, in the declared order, and changes nothing."""

import pytest
from tests.venues.binance.host import MS, FakeHost, Trader, liquid

from tradewind.model import Misconfigured, Permission
from tradewind.venues.binance.exchange.checks import CALL_STEPS, ORDER

MISSING = "Mandatory parameter '%s' was not sent, was empty/null, or malformed."
GOOD = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "1",
    "price": "90",
}


def test_each_step_has_a_source_and_stands_once() -> None:
    """The order of checks is data."""
    names = [step.name for step in ORDER]
    assert len(set(names)) == len(names)
    assert all(step.place.read for step in ORDER)


def test_unknown_paths_are_404_and_empty_unless_html_is_wanted(trader: Trader) -> None:
    """The body is HTML only for Accept: text/html."""
    plain = trader.raw("GET", "nothing")
    assert (plain.status, plain.raw) == (404, b"")
    html = trader.raw("GET", "/sapi/v1/account", headers={"accept": "text/html,*/*"})
    assert html.status == 404
    assert html.raw.startswith(b"<html>")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_listen_keys_are_gone(trader: Trader, method: str) -> None:
    """410 with nginx HTML since 2026-02-20."""
    answer = trader.raw(method, "userDataStream")
    assert answer.status == 410
    assert b"410 Gone" in answer.raw


def test_before_the_removal_listen_keys_are_not_gone() -> None:
    """Rule changes follow the box's date."""
    host = FakeHost(date="2026-02-19")
    assert Trader(host, host.key(1)).raw("POST", "userDataStream").status != 410


def test_a_flavour_may_lack_a_path() -> None:
    """The testnet has no deprecated OCO."""
    host = FakeHost(flavour="testnet")
    trader = Trader(host, host.key(1))
    assert trader.ask("POST", "order/oco", symbol="BTCUSDT").status == 404
    assert trader.ask("POST", "orderList/oco", symbol="BTCUSDT").status == 400


def test_the_firewall_refuses_sql_when_switched_on() -> None:
    """403 with HTML, only with the setting."""
    host = FakeHost(waf=True)
    trader = Trader(host, host.key(1))
    assert trader.raw("GET", "time", "a=1%20union%20select%202").status == 403
    assert trader.raw("GET", "time").status == 200


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"side": None}, -1102, MISSING % "side"),
        ({"type": ""}, -1105, "Parameter 'type' was empty."),
        (
            {"price": "1e3"},
            -1100,
            "Illegal characters found in parameter 'price'; legal range is "
            r"'^([0-9]{1,20})(\.[0-9]{1,20})?$'.",
        ),
        ({"price": "-1"}, -1100, None),
        ({"quantity": "0.000000001"}, -1111, "Parameter 'quantity' has too much precision."),
        ({"newClientOrderId": "a b"}, -1100, None),
        ({"newClientOrderId": "a" * 37}, -1100, None),
        ({"strategyId": "99999999999999999999"}, -1108, "Parameter 'strategyId' overflowed."),
        ({"strategyType": "999999"}, -1134, "`strategyType` was less than 1000000."),
        ({"recvWindow": "500.0001"}, -1111, None),
        ({"recvWindow": "60001"}, -1131, "'recvWindow' must be less than 60000."),
        (
            {"foo": "1"},
            -1104,
            "Not all sent parameters were read; read '8' parameter(s) but was sent '9'.",
        ),
        ({"symbol": "btcusdt"}, -1100, None),
        ({"symbol": "NOPE"}, -1121, "Invalid symbol."),
        ({"side": "HOLD"}, -1117, "Invalid side."),
        ({"type": "LIMITED"}, -1116, "Invalid orderType."),
        ({"timeInForce": "GTD"}, -1115, "Invalid timeInForce."),
        (
            {"newOrderRespType": "ALL"},
            -1130,
            "Data sent for parameter 'newOrderRespType' is not valid.",
        ),
        ({"pegPriceType": "X"}, -1210, "Invalid pegPriceType."),
        ({"pegPriceType": "PRIMARY_PEG", "pegOffsetType": "X", "pegOffsetValue": "1"}, -1211, None),
        (
            {
                "pegPriceType": "PRIMARY_PEG",
                "pegOffsetType": "PRICE_LEVEL",
                "pegOffsetValue": "101",
            },
            -1102,
            "'pegOffsetValue' contains unexpected value. Cannot be greater than 100.",
        ),
        ({"price": None}, -1102, MISSING % "price"),
        ({"timeInForce": None}, -1102, None),
        ({"quantity": None}, -1102, None),
        ({"quoteOrderQty": "5"}, -1106, "Parameter 'quoteOrderQty' sent when not required."),
        ({"stopPrice": "5"}, -1106, "Parameter 'stopPrice' sent when not required."),
        (
            {"selfTradePreventionMode": "NONE"},
            -1013,
            "This symbol does not allow the specified self-trade prevention mode.",
        ),
        ({"pegOffsetType": "PRICE_LEVEL"}, -1128, None),
        ({"icebergQty": "2"}, -1013, "IcebergQty exceeds QTY."),
        ({"icebergQty": "0.5", "timeInForce": "IOC"}, -1013, "Unsupported order combination"),
    ],
)
def test_bad_parameters_have_their_own_codes(
    market: FakeHost, trader: Trader, change: dict[str, str | None], code: int, text: str | None
) -> None:
    """One changed parameter of a good order."""
    before = market.engine.digest()
    sent = {k: v for k, v in {**GOOD, **change}.items() if v is not None}
    answer = trader.ask("POST", "order", **sent)
    assert (answer.status, answer.code) == (400, code)
    if text is not None:
        assert answer.json["msg"] == text
    assert market.engine.digest() == before


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"type": "MARKET"}, -1102),
        ({"type": "MARKET", "quantity": "1", "quoteOrderQty": "1"}, -1128),
        ({"type": "MARKET", "quantity": "1", "timeInForce": "GTC"}, -1106),
        ({"type": "MARKET", "quantity": "1", "price": "1"}, -1106),
        ({"type": "STOP_LOSS", "quantity": "1"}, -1102),
        ({"type": "STOP_LOSS", "quantity": "1", "stopPrice": "150", "price": "9"}, -1106),
        ({"type": "TAKE_PROFIT_LIMIT", "quantity": "1", "stopPrice": "9", "price": "9"}, -1102),
        ({"type": "STOP_LOSS_LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "9"}, -1102),
        ({"type": "LIMIT_MAKER", "quantity": "1"}, -1102),
        ({"type": "LIMIT_MAKER", "quantity": "1", "price": "9", "timeInForce": "GTC"}, -1106),
        ({"type": "LIMIT_MAKER", "quantity": "1", "pegPriceType": "MARKET_PEG"}, -1013),
        ({"type": "MARKET", "quantity": "1", "pegPriceType": "MARKET_PEG"}, -1013),
    ],
)
def test_each_type_demands_and_forbids_its_parameters(
    market: FakeHost, trader: Trader, sent: dict[str, str], code: int
) -> None:
    """Section "mandatory parameters by type" of the order page."""
    del market
    answer = trader.ask("POST", "order", symbol="BTCUSDT", side="BUY", **sent)
    assert (answer.status, answer.code) == (400, code)


def test_parameters_are_checked_in_the_order_of_the_table(trader: Trader) -> None:
    """Of two bad ones the first of the table is told, however they were sent."""
    answer = trader.ask("POST", "order", type="", side="", symbol="BTCUSDT")
    assert answer.json["msg"] == "Parameter 'side' was empty."


def test_ping_takes_no_parameters(trader: Trader) -> None:
    """-1101 with both counts."""
    answer = trader.raw("GET", "ping", "a=1&b=2")
    assert answer.error == (400, -1101, "Too many parameters; expected '0' and received '2'.")


def test_a_parameter_sent_twice_is_refused(trader: Trader) -> None:
    """Twice in one place; once in query and body is something else."""
    answer = trader.raw("GET", "depth", "symbol=BTCUSDT&symbol=BTCUSDT")
    assert answer.error == (400, -1101, "Duplicate values for a parameter detected.")


def test_the_query_wins_over_the_form_body(market: FakeHost, trader: Trader) -> None:
    """Both are signed, the query's value counts."""
    at = market.venue_time // MS
    query = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=90"
    body = f"quantity=1&price=50&timestamp={at}"
    signature = trader.sign(query + body)
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = trader.raw("POST", "order", query, form, f"{body}&signature={signature}".encode())
    assert answer.json["price"] == "90.00000000"


def test_a_body_that_is_no_form_is_not_read(trader: Trader) -> None:
    """JSON parameters are as good as none."""
    answer = trader.raw(
        "POST", "order", "", {"content-type": "application/json"}, b'{"symbol":"BTCUSDT"}'
    )
    assert answer.code == -1102


def test_get_takes_the_query_only(trader: Trader) -> None:
    """A form body of a GET is not read."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert trader.raw("GET", "depth", "", form, b"symbol=BTCUSDT").code == -1102


@pytest.mark.parametrize(
    ("late_ms", "window", "refused"),
    [
        (0, None, None),
        (5000, None, None),
        (5001, None, "Timestamp for this request is outside of the recvWindow."),
        (60, "50", "Timestamp for this request is outside of the recvWindow."),
        (60, "60.5", None),
        (-999, None, None),
        (-1000, None, "Timestamp for this request was 1000ms ahead of the server's time."),
    ],
)
def test_timestamps_must_be_fresh(
    host: FakeHost, trader: Trader, late_ms: int, window: str | None, refused: str | None
) -> None:
    """Within recvWindow behind, less than a second ahead."""
    sent = {} if window is None else {"recvWindow": window}
    at = host.venue_time // MS - late_ms
    answer = trader.ask("GET", "account", timestamp=at, **sent)
    if refused is None:
        assert answer.status == 200
    else:
        assert answer.error == (400, -1021, refused)


def test_a_timestamp_is_fresh_by_either_clock(host: FakeHost, trader: Trader) -> None:
    """When somebody moved venue time, wall time will do as well; microseconds too."""
    wall = host.wall_time
    host.venue_time += 3_600_000 * MS
    assert trader.ask("GET", "account", timestamp=wall // MS).status == 200
    assert trader.ask("GET", "account", timestamp=host.venue_time // 1000).status == 200
    assert trader.ask("GET", "account", timestamp=wall // MS + 60_000).code == -1021


def test_keys_are_checked_for_form_existence_address_and_permission(host: FakeHost) -> None:
    """-2014 for what is no key, -2015 for everything else."""
    host.open_account(5)
    good = host.key(5)
    cases = [
        (Trader(host, good), 200, 0),
        (Trader(host, host.key(5, Permission.TRADE)), 401, -2015),
        (Trader(host, host.key(5, revoked=True)), 401, -2015),
        (Trader(host, host.key(5, ips=("10.0.0.1",))), 401, -2015),
        (Trader(host, host.key(5, ips=("10.0.0.1",)), peer="10.0.0.1"), 200, 0),
        (Trader(host, host.key(5, name="localbob")), 200, 0),
    ]
    for trader, status, code in cases:
        answer = trader.ask("GET", "account")
        assert answer.status == status
        if code:
            assert answer.code == code
    trader = cases[0][0]
    unknown = trader.ask("GET", "account", headers={"x-mbx-apikey": "x" * 64})
    assert unknown.error == (401, -2015, "Invalid API-key, IP, or permissions for action.")
    for bad in ("", "abc", "x" * 63 + "!"):
        answer = trader.ask("GET", "account", headers={"x-mbx-apikey": bad})
        assert answer.error == (401, -2014, "API-key format invalid.")


def test_signatures_are_verified(trader: Trader) -> None:
    """Missing is a missing parameter, wrong is -1022."""
    at = trader.host.venue_time // MS
    assert trader.raw("GET", "account", f"timestamp={at}").code == -1102
    wrong = trader.raw("GET", "account", f"timestamp={at}&signature={'0' * 64}")
    assert wrong.error == (400, -1022, "Signature for this request is not valid.")
    upper = trader.sign(f"timestamp={at}").upper()
    assert trader.raw("GET", "account", f"timestamp={at}&signature={upper}").status == 200


def test_what_is_wrong_earlier_is_told_first(trader: Trader) -> None:
    """Key form, parameters, timestamp, key, signature, symbol."""
    at = trader.host.venue_time // MS
    other = {"x-mbx-apikey": "y" * 64}
    bad = "symbol=NOPE&orderId=1"
    late = f"timestamp={at - 99999}&signature=0"
    now = f"timestamp={at}&signature=0"
    codes = [
        trader.raw("GET", "order", "", {"x-mbx-apikey": "short"}).code,
        trader.raw("GET", "order", f"{bad}&{late}&extra=1", other).code,
        trader.raw("GET", "order", f"{bad}&{late}", other).code,
        trader.raw("GET", "order", f"{bad}&{now}", other).code,
        trader.raw("GET", "order", f"{bad}&{now}").code,
        trader.ask("GET", "order", symbol="NOPE", orderId=1).code,
    ]
    assert codes == [-2014, -1104, -1021, -2015, -1022, -1121]


def test_the_order_of_checks_is_a_setting() -> None:
    """A guessed place can be changed; a list that is not whole stops the program."""
    moved = [name for name in CALL_STEPS if name != "signature"]
    moved.insert(moved.index("parameters"), "signature")
    with_key = [name for name in moved if name != "key"]
    with_key.insert(with_key.index("signature"), "key")
    host = FakeHost(checks=with_key)
    trader = Trader(host, host.key(1))
    assert trader.raw("POST", "order", "symbol=&signature=0").code == -1022
    with pytest.raises(Misconfigured, match="engine last"):
        FakeHost(checks=["engine"])


def test_times_come_in_microseconds_when_asked(host: FakeHost, trader: Trader) -> None:
    """Either case of the word; another word is refused."""
    for word in ("MICROSECOND", "microsecond"):
        answer = trader.raw("GET", "time", headers={"x-mbx-time-unit": word})
        assert answer.json["serverTime"] == host.venue_time // 1000
    bad = trader.raw("GET", "time", headers={"x-mbx-time-unit": "Second"})
    assert bad.error[1:] == (
        -1194,
        "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.",
    )


def test_binary_answers_are_not_offered(trader: Trader) -> None:
    """SBE alone is 406; with JSON beside it, JSON comes."""
    sbe = {"accept": "application/sbe", "x-mbx-sbe": "3:5"}
    assert trader.raw("GET", "time", headers=sbe).status == 406
    both = {"accept": "application/sbe,application/json", "x-mbx-sbe": "3:5"}
    assert trader.raw("GET", "time", headers=both).status == 200


def test_every_answer_has_the_headers_that_clients_read(trader: Trader) -> None:
    """Weight under both names, a unique id, JSON with charset."""
    one, two = trader.raw("GET", "time"), trader.raw("GET", "time")
    assert one.headers["content-type"] == "application/json;charset=UTF-8"
    assert (one.headers["x-mbx-used-weight"], two.headers["x-mbx-used-weight-1m"]) == ("1", "2")
    assert one.headers["x-mbx-uuid"] != two.headers["x-mbx-uuid"]
    refused = trader.raw("GET", "depth")
    assert refused.headers["content-type"] == "application/json;charset=UTF-8"
    assert refused.headers["x-mbx-used-weight-1m"] == "7"


def test_a_symbol_of_the_whole_alphabet_is_read_from_percent_encoding(host: FakeHost) -> None:
    """Non-ASCII names are legal text, unencoded ones do not verify."""
    liquid(host)
    trader = Trader(host, host.key(1))
    at = host.venue_time // MS
    query = f"symbol=%EF%BC%91%EF%BC%92&orderId=1&timestamp={at}"
    signed = f"{query}&signature={trader.sign(query)}"
    assert trader.raw("GET", "order", signed).code == -1121
    plain = f"symbol=１２&orderId=1&timestamp={at}"
    assert trader.raw("GET", "order", f"{plain}&signature={trader.sign(plain)}").code == -1022
