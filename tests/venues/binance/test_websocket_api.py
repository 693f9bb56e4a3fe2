"""The WebSocket API: answers, sessions, limits and what an account is told."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.venues.binance.host import MS, SECRET, FakeHost

from tradewind.engine.commands import Transfer
from tradewind.engine.listing import OUTSIDE_ACCOUNT
from tradewind.model import Permission
from tradewind.protocol.hosting import Credential
from tradewind.protocol.messages import Close, HttpRequest, HttpResponse, Ping, Pong
from tradewind.venues.binance import auth
from tradewind.venues.binance.exchange.websocket_api import ApiSession

Message = dict[str, Any]
SECOND = 1_000_000_000


class Socket:
    """One client connection: sends requests, sorts answers from events."""

    def __init__(self, host: FakeHost, query: str = "", peer: str = "127.0.0.1") -> None:
        self.host = host
        session = host.exchange.open(
            HttpRequest("GET", "/ws-api/v3", query, {}, b"", peer), "ws_api"
        )
        assert isinstance(session, ApiSession)
        self.session = session
        self.frames: list[Any] = []

    def read(self) -> list[Message]:
        """Everything new, as JSON."""
        frames = self.session.take()
        self.frames += frames
        return [json.loads(frame) for frame in frames if isinstance(frame, bytes)]

    def send(self, message: bytes | Message) -> Message:
        """Send, and give the one answer; events that came along are kept in ``events``."""
        raw = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.session.receive(raw, self.host.wall())
        answers = []
        self.events: list[Message] = []
        for each in self.read():
            (self.events if "event" in each else answers).append(each)
        assert len(answers) == 1, answers
        return answers[0]

    def ask(self, method: str, **params: Any) -> Message:
        """An unsigned request."""
        return self.send({"id": 1, "method": method, "params": params})

    def signed(self, key: Credential, method: str, **params: Any) -> Message:
        """A request signed with that key."""
        params = {"apiKey": key.api_key, "timestamp": self.host.venue_time // MS, **params}
        secret = SECRET if key.kind == "hmac" else key.passphrase
        params["signature"] = auth.sign_params(auth.signer(key.kind, secret), params)
        return self.ask(method, **params)


def ed25519(host: FakeHost, account: int, name: str = "E" * 64) -> Credential:
    """An Ed25519 key; the private half travels in ``passphrase`` for the test."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    key = Credential(
        api_key=name,
        kind="ed25519",
        account=account,
        permissions=frozenset({Permission.READ, Permission.TRADE}),
        public_key=public.decode(),
        passphrase=pem.decode(),
    )
    host.keys[name] = key
    return key


@pytest.fixture
def socket(host: FakeHost) -> Socket:
    return Socket(host)


def order(socket: Socket, key: Credential, side: str, kind: str = "LIMIT", **sent: Any) -> Message:
    if kind == "LIMIT":
        sent.setdefault("timeInForce", "GTC")
    return socket.signed(key, "order.place", symbol="BTCUSDT", side=side, type=kind, **sent)


def test_ids_are_echoed_whatever_they_are(socket: Socket) -> None:
    for request_id in (7, "abc", None):
        answer = socket.send({"id": request_id, "method": "ping"})
        assert answer["id"] == request_id
        assert answer["status"] == 200
        assert answer["result"] == {}


def test_a_version_before_the_method_is_allowed(socket: Socket, host: FakeHost) -> None:
    answer = socket.send({"id": 1, "method": "v3/time"})
    assert answer["result"] == {"serverTime": host.venue_time // MS}


def test_garbage_and_unknown_methods_are_refused_and_the_socket_lives(socket: Socket) -> None:
    assert socket.send(b"{nonsense")["error"]["code"] == -1135
    assert socket.send(b'[{"id":1}]')["error"]["code"] == -1135
    assert socket.ask("no.such.method")["error"]["code"] == -1020
    assert socket.ask("ping")["status"] == 200


def test_rate_limits_are_shown_unless_unwanted(host: FakeHost) -> None:
    """The request's own wish goes before the connection's; only placing shows ORDERS."""
    loud, quiet = Socket(host), Socket(host, "returnRateLimits=false")
    (weight,) = loud.ask("time")["rateLimits"]
    assert weight["rateLimitType"] == "REQUEST_WEIGHT"
    assert weight["count"] == 2 + 2 + 1  # two connections and one request
    assert "rateLimits" not in loud.ask("time", returnRateLimits=False)
    assert "rateLimits" not in loud.ask("time", returnRateLimits="false")
    assert "rateLimits" not in quiet.ask("time")
    assert "rateLimits" in quiet.ask("time", returnRateLimits=True)


def test_the_wish_for_rate_limits_is_signed_like_every_parameter(market: FakeHost) -> None:
    """ccxt sends it with every order; the venue's pages except only ``signature``."""
    answer = Socket(market).signed(market.key(3), "account.status", returnRateLimits=False)
    assert answer["status"] == 200
    assert "rateLimits" not in answer


def test_an_order_is_placed_asked_for_and_cancelled(market: FakeHost) -> None:
    socket, key = Socket(market), market.key(3)
    placed = order(socket, key, "BUY", price="90", quantity="0.5", newOrderRespType="ACK")
    assert placed["status"] == 200
    assert [limit["rateLimitType"] for limit in placed["rateLimits"]] == [
        "ORDERS", "ORDERS", "REQUEST_WEIGHT",
    ]  # fmt: skip
    assert placed["rateLimits"][0]["count"] == 1
    number = placed["result"]["orderId"]
    seen = socket.signed(key, "order.status", symbol="BTCUSDT", orderId=number)
    assert seen["result"]["status"] == "NEW"
    assert [limit["rateLimitType"] for limit in seen["rateLimits"]] == ["REQUEST_WEIGHT"]
    gone = socket.signed(key, "order.cancel", symbol="BTCUSDT", orderId=str(number))
    assert gone["result"]["status"] == "CANCELED"
    assert order(socket, key, "BUY", price="90", quantity="1000")["error"]["code"] == -2010


def test_numbers_are_signed_as_they_are_written(market: FakeHost) -> None:
    """0.50 is signed as 0.50, though it parses as 0.5."""
    key = market.key(3)
    at = market.venue_time // MS
    text = f"apiKey={key.api_key}&price=90.00&quantity=0.50&side=BUY&symbol=BTCUSDT&timeInForce=GTC"
    text += f"&timestamp={at}&type=LIMIT"
    import hashlib
    import hmac

    signature = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    raw = (
        '{"id":1,"method":"order.place","params":{"symbol":"BTCUSDT","side":"BUY","type":"LIMIT",'
        f'"timeInForce":"GTC","price":90.00,"quantity":0.50,"timestamp":{at},'
        f'"apiKey":"{key.api_key}","signature":"{signature}"}}}}'
    )
    assert Socket(market).send(raw.encode())["status"] == 200


def test_a_minus_before_zero_is_not_lost_before_the_signature(market: FakeHost) -> None:
    """-0 is one number for Python and two texts for whoever signs: refused for what it says."""
    key = market.key(3)
    sent = {"apiKey": key.api_key, "recvWindow": "-0", "timestamp": str(market.venue_time // MS)}
    sent["signature"] = auth.sign_params(auth.signer("hmac", SECRET), sent)
    raw = json.dumps({"id": 1, "method": "account.status", "params": sent})
    answer = Socket(market).send(raw.replace('"-0"', "-0").encode())
    assert answer["error"]["code"] == -1100


def test_wrong_signatures_stale_requests_and_missing_keys_change_nothing(market: FakeHost) -> None:
    socket, key = Socket(market), market.key(3)
    sent = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"}
    now = market.venue_time // MS
    cases: list[tuple[Message, int]] = [
        ({**sent, "timestamp": now}, -1102),
        ({**sent, "timestamp": now, "apiKey": key.api_key}, -1102),
        ({**sent, "timestamp": now, "apiKey": key.api_key, "signature": "00" * 32}, -1022),
        ({**sent, "timestamp": now - 6000, "apiKey": key.api_key, "signature": "00"}, -1021),
        ({**sent, "timestamp": now, "apiKey": "x", "signature": "00"}, -2014),
        ({**sent, "timestamp": now, "apiKey": "Z" * 64, "signature": "00"}, -2015),
    ]
    for params, code in cases:
        answer = socket.ask("order.place", **params)
        assert answer["error"]["code"] == code, params
        assert answer["status"] in (400, 401)
    assert market.engine.open_orders(3) == []
    assert market.engine.balance(3, "USDT") == (10_000 * 10**8, 0)


def test_a_logged_on_session_needs_no_key_and_no_signature(market: FakeHost) -> None:
    socket, key = Socket(market), ed25519(market, 3)
    assert socket.ask("session.status")["result"]["apiKey"] is None
    logon = socket.signed(key, "session.logon")["result"]
    assert logon["apiKey"] == key.api_key
    assert logon["userDataStream"] is False
    now = market.venue_time // MS
    sent = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"}
    assert socket.ask("order.place", **sent, timestamp=now)["result"]["status"] == "FILLED"
    assert socket.ask("order.place", **sent)["error"]["code"] == -1102  # no timestamp
    other = market.key(2)
    assert socket.signed(other, "account.status")["result"]["balances"] != []
    assert socket.ask("session.logout")["result"]["apiKey"] is None
    assert socket.ask("order.place", **sent, timestamp=now)["error"]["code"] == -1102


def test_only_ed25519_keys_log_on(market: FakeHost) -> None:
    answer = Socket(market).signed(market.key(3), "session.logon")
    assert answer["status"] == 400


def test_a_revoked_key_revokes_its_session(market: FakeHost) -> None:
    """The next request is answered with a null id, and the session has no key any more."""
    import msgspec

    socket, key = Socket(market), ed25519(market, 3)
    socket.signed(key, "session.logon")
    market.keys[key.api_key] = msgspec.structs.replace(key, revoked=True)
    answer = socket.ask("account.status", timestamp=market.venue_time // MS)
    assert answer == {
        "id": None,
        "status": 401,
        "error": {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."},
    }
    assert socket.ask("session.status")["result"]["apiKey"] is None


def test_the_same_weight_counts_over_rest_and_socket(host: FakeHost) -> None:
    socket = Socket(host)
    host.exchange.http(HttpRequest("GET", "/api/v3/depth", "symbol=BTCUSDT&limit=5000"))
    assert socket.ask("ping")["rateLimits"][0]["count"] == 2 + 250 + 1


def test_too_much_weight_says_when_to_try_again_and_a_ban_ends_the_connection() -> None:
    host = FakeHost(limits={"REQUEST_WEIGHT": 5})
    socket, other = Socket(host), Socket(host)
    socket.ask("ping")
    over = socket.ask("ping")
    assert over["status"] == 429
    assert over["error"]["code"] == -1003
    assert over["error"]["data"]["serverTime"] == host.venue_time // MS
    assert over["error"]["data"]["retryAfter"] > host.venue_time // MS
    while over["status"] == 429:
        over = socket.ask("ping")
    assert over["status"] == 418
    assert "IP banned until" in over["error"]["msg"]
    assert isinstance(socket.frames[-1], Close)
    other.read()
    assert isinstance(other.frames[-1], Close)
    refused = host.exchange.open(HttpRequest("GET", "/ws-api/v3"), "ws_api")
    assert isinstance(refused, HttpResponse)
    assert refused.status == 418


# user data


def told(socket: Socket) -> list[Message]:
    return [message["event"] for message in socket.read()]


def test_a_market_order_is_told_as_new_then_trades_then_the_position(market: FakeHost) -> None:
    socket, key = Socket(market), market.key(3)
    answer = socket.signed(key, "userDataStream.subscribe.signature")
    assert answer["result"] == {"subscriptionId": 0}
    placed = order(socket, key, "BUY", "MARKET", quantity="1.5")
    events = [message["event"] for message in socket.events]
    assert {message["subscriptionId"] for message in socket.events} == {0}
    kinds = [(e["e"], e.get("x"), e.get("X"), e.get("z")) for e in events]
    assert kinds == [
        ("executionReport", "NEW", "NEW", "0.00000000"),
        ("executionReport", "TRADE", "PARTIALLY_FILLED", "1.00000000"),
        ("executionReport", "TRADE", "FILLED", "1.50000000"),
        ("outboundAccountPosition", None, None, None),
    ]
    new, first, second, position = events
    assert new["n"] == "0"
    assert new["N"] is None
    assert new["t"] == -1
    assert (first["L"], first["l"], first["Y"]) == ("101.00000000", "1.00000000", "101.00000000")
    assert (second["L"], second["l"], second["Y"]) == ("102.00000000", "0.50000000", "51.00000000")
    assert (first["n"], first["N"]) == ("0.00100000", "BTC")
    assert first["I"] < second["I"]
    fills = placed["result"]["fills"]
    assert [fill["tradeId"] for fill in fills] == [first["t"], second["t"]]
    assert {row["a"]: row["f"] for row in position["B"]} == {
        "BTC": "3.49850000",
        "USDT": "9848.00000000",
    }


def test_a_resting_order_is_told_when_it_is_filled_by_somebody_else(market: FakeHost) -> None:
    maker, taker = Socket(market), Socket(market)
    mine, yours = market.key(3), market.key(2, name="Y" * 64)
    maker.signed(mine, "userDataStream.subscribe.signature")
    order(maker, mine, "SELL", price="100.5", quantity="1", newClientOrderId="mine")
    order(taker, yours, "BUY", price="100.5", quantity="0.4")
    trade, position = told(maker)
    assert (trade["x"], trade["X"], trade["c"], trade["m"], trade["w"]) == (
        "TRADE", "PARTIALLY_FILLED", "mine", True, True,
    )  # fmt: skip
    assert {row["a"]: row["l"] for row in position["B"]}["BTC"] == "0.60000000"
    assert told(taker) == []


def test_a_cancel_shows_both_client_ids(market: FakeHost) -> None:
    socket, key = Socket(market), market.key(3)
    socket.signed(key, "userDataStream.subscribe.signature")
    order(socket, key, "BUY", price="90", quantity="1", newClientOrderId="one")
    socket.signed(
        key, "order.cancel", symbol="BTCUSDT", origClientOrderId="one", newClientOrderId="two"
    )
    report = socket.events[0]["event"]
    assert (report["x"], report["X"], report["c"], report["C"]) == (
        "CANCELED", "CANCELED", "two", "one",
    )  # fmt: skip


def test_an_unfilled_rest_is_told_with_its_reason(market: FakeHost) -> None:
    socket, key = Socket(market), market.key(3)
    socket.signed(key, "userDataStream.subscribe.signature")
    order(socket, key, "BUY", price="101", quantity="2", timeInForce="IOC")
    reports = [m["event"] for m in socket.events if m["event"]["e"] == "executionReport"]
    assert [(r["x"], r["X"]) for r in reports] == [
        ("NEW", "NEW"), ("TRADE", "PARTIALLY_FILLED"), ("EXPIRED", "EXPIRED"),
    ]  # fmt: skip
    assert reports[-1]["eR"] == "UNFILLED_IOC_QUANTITY_EXPIRED"
    assert reports[-1]["z"] == "1.00000000"


def test_self_trade_prevention_is_told_to_both_orders(market: FakeHost) -> None:
    socket, key = Socket(market), market.key(3)
    socket.signed(key, "userDataStream.subscribe.signature")
    order(socket, key, "BUY", price="100.5", quantity="1", newClientOrderId="maker")
    order(
        socket, key, "SELL", price="100.5", quantity="1", newClientOrderId="taker",
        selfTradePreventionMode="EXPIRE_BOTH",
    )  # fmt: skip
    reports = [m["event"] for m in socket.events if m["event"]["e"] == "executionReport"]
    prevented = {r["c"]: r for r in reports if r["x"] == "TRADE_PREVENTION"}
    assert {r["X"] for r in prevented.values()} == {"EXPIRED_IN_MATCH"}
    assert prevented["taker"]["U"] == prevented["maker"]["i"]
    assert prevented["taker"]["pL"] == "100.50000000"
    assert prevented["taker"]["v"] == prevented["maker"]["v"]


def test_an_order_that_a_prevented_match_leaves_open_has_an_execution_id(market: FakeHost) -> None:
    """Every report of a symbol has one of its own, in order."""
    socket, key = Socket(market), market.key(3)
    socket.signed(key, "userDataStream.subscribe.signature")
    order(socket, key, "BUY", price="100.5", quantity="1", newClientOrderId="maker")
    order(
        socket, key, "SELL", price="100.5", quantity="0.4", newClientOrderId="taker",
        selfTradePreventionMode="DECREMENT",
    )  # fmt: skip
    reports = [m["event"] for m in socket.events if m["event"]["e"] == "executionReport"]
    prevented = {r["c"]: r for r in reports if r["x"] == "TRADE_PREVENTION"}
    assert (prevented["maker"]["X"], prevented["taker"]["X"]) == ("NEW", "EXPIRED_IN_MATCH")
    ids = [r["I"] for r in reports]
    assert sorted(ids) == list(range(ids[0], ids[0] + len(ids)))
    assert {r["t"] for r in reports} == {-1}


@pytest.mark.parametrize("time_in_force", ["GTC", "IOC"])
def test_an_order_is_told_as_it_was_when_matches_were_prevented(
    market: FakeHost, time_in_force: str
) -> None:
    """Not as the rest of its command left it: filled, expired, prevented once more."""
    socket, key = Socket(market), market.key(3)
    socket.signed(key, "userDataStream.subscribe.signature")
    price = "99" if time_in_force == "GTC" else "100.4"
    order(socket, key, "BUY", price="100.7", quantity="0.4")
    order(socket, key, "BUY", price="100.5", quantity="0.3")
    order(
        socket, key, "SELL", price=price, quantity="0.9", timeInForce=time_in_force,
        newClientOrderId="taker", selfTradePreventionMode="DECREMENT",
    )  # fmt: skip
    reports = [m["event"] for m in socket.events if m["event"]["e"] == "executionReport"]
    assert -1 not in {report["I"] for report in reports}
    first, *prevented = [r for r in reports if r["c"] == "taker"][:3]
    assert (first["x"], first["X"]) == ("NEW", "NEW")
    assert "A" not in first
    told = [(r["x"], r["X"], r["z"], r["B"], r["A"]) for r in prevented]
    assert told == [
        ("TRADE_PREVENTION", "NEW", "0.00000000", "0.40000000", "0.40000000"),
        ("TRADE_PREVENTION", "NEW", "0.00000000", "0.30000000", "0.70000000"),
    ]
    assert reports[-1]["X"] == ("FILLED" if time_in_force == "GTC" else "EXPIRED")


def test_a_fill_before_a_prevented_match_does_not_know_of_it(market: FakeHost) -> None:
    """The first maker is somebody else, the second one's own."""
    socket, key = Socket(market), market.key(3)
    socket.signed(key, "userDataStream.subscribe.signature")
    order(socket, key, "SELL", price="101.5", quantity="0.3")
    order(
        socket, key, "BUY", price="101.5", quantity="3", timeInForce="IOC",
        newClientOrderId="taker", selfTradePreventionMode="EXPIRE_TAKER",
    )  # fmt: skip
    reports = [m["event"] for m in socket.events if m["event"]["e"] == "executionReport"]
    told = [(r["x"], r["X"], r.get("A")) for r in reports if r["c"] == "taker"]
    assert told == [
        ("NEW", "NEW", None),
        ("TRADE", "PARTIALLY_FILLED", None),
        ("TRADE_PREVENTION", "EXPIRED_IN_MATCH", "2.00000000"),
    ]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"quantity": "500"}, "INSUFFICIENT_BALANCES"),
        ({"type": "LIMIT_MAKER", "timeInForce": "", "price": "101"}, "WOULD_MATCH_IMMEDIATELY"),
    ],
)
def test_a_replacement_that_fails_is_told_as_rejected(
    market: FakeHost, changed: dict[str, str], reason: str
) -> None:
    """After the cancel, which stands (enums.md, execution types)."""
    socket, key = Socket(market), market.key(3)
    placed = order(socket, key, "BUY", price="90", quantity="1")["result"]
    socket.signed(key, "userDataStream.subscribe.signature")
    asked = {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
        "quantity": "1", "price": "91", "newClientOrderId": "new",
        "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": placed["orderId"], **changed,
    }  # fmt: skip
    asked = {name: value for name, value in asked.items() if value != ""}
    told = socket.signed(key, "order.cancelReplace", **asked)
    assert told["error"]["code"] == -2021
    reports = [m["event"] for m in socket.events if m["event"]["e"] == "executionReport"]
    assert [(r["x"], r["X"], r["r"]) for r in reports] == [
        ("CANCELED", "CANCELED", "NONE"), ("REJECTED", "REJECTED", reason),
    ]  # fmt: skip
    rejected = reports[1]
    assert (rejected["c"], rejected["i"], rejected["z"]) == ("new", -1, "0.00000000")
    assert "W" not in rejected


def test_a_refused_order_alone_is_not_told(market: FakeHost) -> None:
    """The answer to the request says it."""
    socket, key = Socket(market), market.key(3)
    socket.signed(key, "userDataStream.subscribe.signature")
    assert order(socket, key, "BUY", price="100", quantity="500")["error"]["code"] == -2010
    assert socket.events == []


def test_an_order_list_is_told_beside_its_orders(market: FakeHost) -> None:
    socket, key = Socket(market), market.key(3)
    socket.signed(key, "userDataStream.subscribe.signature")
    placed = socket.signed(
        key, "orderList.place.oco", symbol="BTCUSDT", side="SELL", quantity="1",
        aboveType="LIMIT_MAKER", abovePrice="110", belowType="STOP_LOSS", belowStopPrice="90",
    )  # fmt: skip
    assert placed["status"] == 200, placed
    events = [message["event"] for message in socket.events]
    assert [e["e"] for e in events].count("executionReport") == 2
    (status,) = [e for e in events if e["e"] == "listStatus"]
    assert (status["c"], status["l"], status["L"]) == ("OCO", "EXEC_STARTED", "EXECUTING")
    assert [o["i"] for o in status["O"]] == [o["orderId"] for o in placed["result"]["orders"]]


def test_a_deposit_is_told_as_a_balance_update(host: FakeHost) -> None:
    socket = Socket(host)
    socket.signed(host.key(3), "userDataStream.subscribe.signature")
    host.execute(Transfer(source=OUTSIDE_ACCOUNT, target=3, asset="USDT", amount=5 * 10**8))
    update, position = told(socket)
    assert (update["e"], update["a"], update["d"]) == ("balanceUpdate", "USDT", "5.00000000")
    assert position["B"] == [{"a": "USDT", "f": "10005.00000000", "l": "0.00000000"}]


def test_subscriptions_count_up_and_end_separately(host: FakeHost) -> None:
    """Log-out ends only the one that came with the session; each end is told."""
    socket, key = Socket(host), ed25519(host, 3)
    assert socket.ask("userDataStream.subscribe")["error"]["code"] == -2015
    socket.signed(key, "session.logon")
    assert socket.ask("userDataStream.subscribe")["result"] == {"subscriptionId": 0}
    assert socket.ask("userDataStream.subscribe")["error"]["code"] == -2035
    other = host.key(2)
    second = socket.signed(other, "userDataStream.subscribe.signature")
    assert second["result"] == {"subscriptionId": 1}
    assert socket.ask("session.subscriptions")["result"] == [
        {"subscriptionId": 0}, {"subscriptionId": 1},
    ]  # fmt: skip
    assert socket.ask("session.status")["result"]["userDataStream"] is True
    socket.ask("session.logout")
    (ended,) = socket.events
    assert ended["subscriptionId"] == 0
    assert ended["event"]["e"] == "eventStreamTerminated"
    assert socket.ask("userDataStream.unsubscribe", subscriptionId=9)["error"]["code"] == -2036
    assert socket.ask("userDataStream.unsubscribe", subscriptionId="1")["result"] == {}
    assert socket.ask("session.subscriptions")["result"] == []


def test_microseconds_are_a_property_of_the_connection(market: FakeHost) -> None:
    fine = Socket(market, "timeUnit=MICROSECOND")
    assert fine.ask("time")["result"]["serverTime"] == market.venue_time // 1000
    fine.signed(market.key(3), "userDataStream.subscribe.signature")
    order(fine, market.key(3), "BUY", price="90", quantity="1")
    assert fine.events[0]["event"]["T"] == market.venue_time // 1000


def test_a_ping_comes_every_twenty_seconds_and_a_missing_pong_cuts(host: FakeHost) -> None:
    good, bad = Socket(host), Socket(host)
    for _ in range(4):
        host.wall_time = host.wall() + 20 * SECOND
        for socket in (good, bad):
            socket.session.wake(host.wall())
            socket.read()
        ping = good.frames[-1]
        assert isinstance(ping, Ping)
        good.session.control(Pong(ping.payload), host.wall())
    assert isinstance(bad.frames[-1], Close)
    assert good.session.next_deadline() is not None
    assert bad.session.next_deadline() is None


def test_a_connection_lives_a_day_and_is_told_before(host: FakeHost) -> None:
    socket = Socket(host)
    host.venue_time += 24 * 3600 * SECOND - 60 * SECOND
    host.exchange.flush()
    (event,) = told(socket)
    assert event["e"] == "serverShutdown"
    host.venue_time += 60 * SECOND
    host.exchange.flush()
    socket.read()
    assert isinstance(socket.frames[-1], Close)
