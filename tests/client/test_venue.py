"""The client's shell over a scripted wire: what is asked, and what the answers are taken for."""

import asyncio
import json
from collections.abc import Coroutine, Mapping
from decimal import Decimal
from typing import Any, Self, TypeVar

import pytest

from tradewind.client import Venue
from tradewind.model import (
    InvalidInput,
    NotSent,
    OrderStatus,
    OutcomeUnknown,
    Rejected,
    Unreadable,
)
from tradewind.net.wire import Answer
from tradewind.protocol.asking import Key
from tradewind.protocol.signing import signer
from tradewind.venues.binance.client import build

T = TypeVar("T")

SYMBOL = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "baseAssetPrecision": 8,
    "quoteAsset": "USDT",
    "quotePrecision": 8,
    "quoteAssetPrecision": 8,
    "baseCommissionPrecision": 8,
    "quoteCommissionPrecision": 8,
    "orderTypes": ["LIMIT", "MARKET"],
    "icebergAllowed": True,
    "ocoAllowed": True,
    "quoteOrderQtyMarketAllowed": True,
    "filters": [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": "0.01",
            "maxPrice": "1000000",
            "tickSize": "0.01",
        },
        {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
    ],
}
INFO = {
    "timezone": "UTC",
    "serverTime": 1,
    "rateLimits": [],
    "exchangeFilters": [],
    "symbols": [SYMBOL],
}
PLACED = {
    "symbol": "BTCUSDT",
    "orderId": 28,
    "orderListId": -1,
    "clientOrderId": "mine-1",
    "transactTime": 1507725176595,
    "price": "0.00000000",
    "origQty": "2.00000000",
    "executedQty": "2.00000000",
    "origQuoteOrderQty": "0.00000000",
    "cummulativeQuoteQty": "30.00000000",
    "status": "FILLED",
    "timeInForce": "GTC",
    "type": "MARKET",
    "side": "BUY",
    "workingTime": 1507725176595,
    "selfTradePreventionMode": "NONE",
    "fills": [],
}


class ScriptedHttp:
    """Answers from a list; an error in it is raised."""

    def __init__(self) -> None:
        self.script: list[tuple[int, bytes] | Exception] = [(200, json.dumps(INFO).encode())]
        self.asked: list[tuple[str, str, str]] = []

    async def request(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        timeout: float | None = None,
    ) -> Answer:
        self.asked.append((method, path, query))
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer[0], answer[1], (), 1, 1, 1)

    async def close(self) -> None:
        return None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


class ScriptedWire:
    """A wire with one HTTP client."""

    def __init__(self, http: ScriptedHttp) -> None:
        self._http = http

    def http(self, url: str) -> ScriptedHttp:
        return self._http


def asked(
    answer: tuple[int, Any] | Exception, ask: Any, key: bool = True
) -> tuple[Any, ScriptedHttp]:
    """Open a venue, script one more answer, ask."""
    http = ScriptedHttp()
    if isinstance(answer, Exception):
        http.script.append(answer)
    else:
        body = answer[1] if isinstance(answer[1], bytes) else json.dumps(answer[1]).encode()
        http.script.append((answer[0], body))
    held = Key("k" * 64, signer("hmac", "secret")) if key else None

    async def run() -> Any:
        venue = Venue(build(held), {"rest": "http://box"}, ScriptedWire(http), now=lambda: 10**18)  # type: ignore[arg-type]  # only http is used
        async with venue:
            return await ask(venue)

    return asyncio.run(run()), http


def buy(venue: Venue) -> Coroutine[Any, Any, Any]:
    return venue.place_order("BTC/USDT", "buy", "market", quantity="2", client_order_id="mine-1")


def error(code: int) -> dict[str, Any]:
    return {"code": code, "msg": "text"}


def test_an_order_is_asked_and_read() -> None:
    """The words of the venue go out, the model's noun comes back."""
    order, http = asked((200, PLACED), buy)
    method, path, query = http.asked[-1]
    assert (method, path) == ("POST", "/api/v3/order")
    assert query.startswith(
        "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=2&newClientOrderId=mine-1"
    )
    assert "&timestamp=1000000000000&signature=" in query
    assert (order.order_status, order.average_price) == (OrderStatus.FILLED, Decimal(15))
    assert (order.instrument, order.order_id, order.price) == ("BTC/USDT", "28", None)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((400, error(-2010)), Rejected),  # the venue said no
        ((500, error(-2010)), Rejected),  # a code that is known decides, not the status
        ((400, error(-1007)), OutcomeUnknown),
        ((400, error(-9999)), OutcomeUnknown),  # an order call with a code nobody knows
        ((502, b"<html>"), OutcomeUnknown),
        ((403, b"<html>"), Rejected),
        ((200, b"{"), Unreadable),
        ((200, {"symbol": "BTCUSDT"}), Unreadable),
        ((200, PLACED | {"status": "NEVER_HEARD_OF"}), Unreadable),
        (NotSent("no connection"), NotSent),
        (OutcomeUnknown("cut"), OutcomeUnknown),
    ],
)
def test_what_goes_wrong_is_sorted_by_whether_it_happened(
    answer: Any, expected: type[Exception]
) -> None:
    """Code first, then status; a broken connection after the first byte is an unknown outcome."""
    with pytest.raises(expected) as raised:
        asked(answer, buy)
    assert type(raised.value) is expected
    if isinstance(raised.value, OutcomeUnknown):
        assert raised.value.client_order_id == "mine-1"


def test_a_question_with_an_unknown_code_is_only_rejected() -> None:
    """Nothing can have happened, so nothing is unknown."""
    with pytest.raises(Rejected) as raised:
        asked((400, error(-9999)), lambda venue: venue.fetch_balances())
    assert raised.value.code == "-9999"


@pytest.mark.parametrize(
    "ask",
    [
        lambda v: v.place_order("BTC/USDT", "buy", "limit", quantity="1"),
        lambda v: v.place_order("BTC/USDT", "buy", "limit", quantity="-1", price="5"),
        lambda v: v.place_order("BTC/USDT", "buy", "limit", quantity="NaN", price="5"),
        lambda v: v.place_order("BTC/USDT", "buy", "limit", quantity=0.1, price="5"),
        lambda v: v.place_order("BTC/USDT", "up", "limit", quantity="1", price="5"),
        lambda v: v.place_order("NOPE/USDT", "buy", "market", quantity="1"),
        lambda v: v.place_order("BTC/USDT", "buy", "market", quantity="1", client_order_id="a b"),
        lambda v: v.place_order(
            "BTC/USDT", "buy", "limit", quantity="1", price="5", time_in_force="gtd"
        ),
        lambda v: v.cancel_order("BTC/USDT"),
        lambda v: v.call("order.nonsense"),
    ],
)
def test_what_makes_no_sense_is_not_sent(ask: Any) -> None:
    """InvalidInput, and nothing left this machine."""
    http = ScriptedHttp()

    async def run() -> None:
        wire = ScriptedWire(http)
        key = Key("k", signer("hmac", "s"))
        async with Venue(build(key), {"rest": "http://box"}, wire) as venue:  # type: ignore[arg-type]  # only http is used
            await ask(venue)

    with pytest.raises(InvalidInput):
        asyncio.run(run())
    assert len(http.asked) == 1  # the instruments


def test_a_private_question_needs_a_key() -> None:
    """Without one nothing is sent."""
    with pytest.raises(InvalidInput, match="needs a key"):
        asked((200, {}), lambda venue: venue.fetch_balances(), key=False)


def test_numbers_never_leave_in_scientific_notation() -> None:
    """The venue refuses 1E-5."""
    _, http = asked(
        (200, PLACED),
        lambda v: v.place_order("BTC/USDT", "buy", "market", quantity=Decimal("1E-5")),
    )
    assert "&quantity=0.00001&" in http.asked[-1][2]


def test_ids_are_made_up_and_never_repeat() -> None:
    """Two clients draw two identities; one counts on."""
    seen = set()
    for _ in range(2):
        _, http = asked(
            (200, PLACED), lambda v: v.place_order("BTC/USDT", "buy", "market", quantity="1")
        )
        seen.add(http.asked[-1][2].split("newClientOrderId=")[1].split("&")[0])
    assert len(seen) == 2
    assert all(name.endswith("-1") and len(name) == 14 for name in seen)


def test_a_key_does_not_show_its_secret() -> None:
    """Not in repr, not in full."""
    key = Key("k" * 64, signer("hmac", "topsecret"))
    assert "topsecret" not in repr(key)
    assert "k" * 5 not in repr(key)
