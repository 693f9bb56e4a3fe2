"""Asked for the same with the same clock and secret, our client sends what ccxt sends: the same
place, the same parameters, a signature that verifies. The requests were recorded from ccxt 4.5.90.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tradewind.model import Instrument, InstrumentStatus, OrderType, Side, TimeInForce
from tradewind.model import commands as ask
from tradewind.protocol.asking import Key
from tradewind.protocol.hosting import Credential
from tradewind.protocol.signing import signer
from tradewind.venues.binance import auth
from tradewind.venues.binance.client import build

FILE = Path(__file__).resolve().parents[3] / "shared/judges/golden_requests/binance.json"
OURS = {"newClientOrderId", "recvWindow", "signature", "newOrderRespType", "limit"}
"""What either side may choose: ids, how long it is valid, how long the answer is."""

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="needs ../shared")


def command(method: str, args: list[Any]) -> ask.Request | None:
    """The same in our words, None for what we have no word for yet."""
    args = [*args, *[None] * (6 - len(args))]
    params = next((a for a in args if isinstance(a, dict)), {})
    args = [None if isinstance(a, dict) else a for a in args]
    match method:
        case "create_order" if set(params) <= {"postOnly", "timeInForce", "clientOrderId"}:
            if args[1] not in ("limit", "market"):
                return None
            return ask.PlaceOrder(
                args[0],
                Side(args[2]),
                OrderType(args[1]),
                Decimal(str(args[3])),
                None if args[4] is None else Decimal(str(args[4])),
                time_in_force=TimeInForce(params.get("timeInForce", "gtc").lower()),
                post_only=params.get("postOnly", False),
                client_order_id=params.get("clientOrderId", ""),
            )
        case "cancel_order" if args[0] and not params:
            return ask.CancelOrder(args[1], order_id=args[0])
        case "fetch_order" if args[0] and not params:
            return ask.FetchOrder(args[1], order_id=args[0])
        case "fetch_open_orders" if not params:
            return ask.FetchOpenOrders(args[0] or "")
        case "fetch_my_trades" if args[0] and not any(args[1:]):
            return ask.FetchFills(args[0])
        case "fetch_balance" if not params:
            return ask.FetchBalances()
        case _:
            return None


def cases() -> list[tuple[str, list[Any], dict[str, Any]]]:
    """The recorded spot requests that have a word here."""
    if not FILE.exists():
        return []
    return [
        (case["method"], case["args"], request)
        for case in json.loads(FILE.read_text())["cases"]
        for request in case["requests"]
        if "/api/v3/" in request["url"] and command(case["method"], case["args"])
    ]


@pytest.mark.parametrize(("method", "args", "recorded"), cases(), ids=lambda v: str(v)[:40])
def test_our_request_is_equivalent(method: str, args: list[Any], recorded: dict[str, Any]) -> None:
    """Method, path and parameters agree, and the signature is right."""
    client = build(Key("test-api-key", signer("hmac", "test-secret")))
    market = dict.fromkeys(
        ("tick_size", "lot_size", "min_quantity", "max_quantity", "min_notional"), Decimal(0)
    )
    pair = ("BTC/USDT", "BTCUSDT", "BTC", "USDT")
    client.learn([Instrument(*pair, **market, status=InstrumentStatus.TRADING)])
    asked = command(method, args)
    assert asked is not None
    request = client.request(asked, 1_700_000_000_000 * 1_000_000)

    url = urlsplit(recorded["url"])
    theirs = dict(parse_qsl(url.query or recorded.get("body") or "", keep_blank_values=True))
    ours = dict(parse_qsl(request.query, keep_blank_values=True))
    assert (request.method, request.path) == (recorded["method"], url.path)
    assert request.headers["X-MBX-APIKEY"] == recorded["headers"]["X-MBX-APIKEY"]
    assert _values(ours) == _values(theirs)
    credential = Credential("test-api-key", "hmac", 1, frozenset(), secret="test-secret")
    assert auth.verify_rest(credential, request.query, request.body)


def _values(words: dict[str, str]) -> dict[str, str]:
    return {k: v for k, v in words.items() if k not in OURS}


def test_there_are_requests_to_compare_with() -> None:
    """The recording has not lost what we compare."""
    assert len(cases()) >= 8
