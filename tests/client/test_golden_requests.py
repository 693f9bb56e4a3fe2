"""Asked for the same with the same clock and secret, our client sends what ccxt sends: the same
place, the same parameters, a signature that verifies. The requests were recorded from ccxt 4.5.90.
"""

import json
from collections import Counter
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
OURS = {
    "newClientOrderId": "either makes up its own",
    "cancelNewClientOrderId": "ours names the cancel, so that the order is found under it",
    "recvWindow": "how long it is valid: 10 s there, 5 s here and on orders only",
    "signature": "over all of these; it is verified",
    "newOrderRespType": "ours always asks for the fills",
    "limit": "how long the answer is: ours says it, ccxt leaves the default",
}
"""What may differ, and why."""

NATIVELY = {
    "fetch_trades": "ccxt asks for aggregates, our word for the trades themselves",
    "fetch_tickers": "our word asks for one",
    "fetch_trading_fee": "ccxt asks the wallet, our word the account, which knows of discounts too",
}
"""Where our word asks another question: the same question is asked by the venue's name of it."""

OUTSIDE = {
    "fetch_deposits": "wallet, no spot trading",
    "fetch_withdrawals": "wallet, no spot trading",
    "fetch_positions": "futures",
    "withdraw": "nothing is withdrawn from here, by no name",
}

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="needs ../shared")

Request = dict[str, Any]


def command(method: str, args: list[Any]) -> ask.Request:
    """The same in our words, or in the venue's where NATIVELY says why."""
    params = next((a for a in args if isinstance(a, dict)), {})
    match method, [a for a in args if not isinstance(a, dict)]:
        case "create_order", [pair, kind, side, *numbers]:
            return order(pair, kind, side, numbers, params)
        case "edit_order", [number, pair, kind, side, *numbers]:
            new = order(pair, kind, side, numbers, params)
            return ask.ReplaceOrder(ask.CancelOrder(pair, number), new)
        case "cancel_order", [number, pair]:
            return ask.CancelOrder(pair, order_id=number)
        case "cancel_all_orders", [pair]:
            return ask.CancelAllOrders(pair)
        case "fetch_order", [number, pair]:
            return ask.FetchOrder(pair, order_id=number)
        case "fetch_open_orders", [pair]:
            return ask.FetchOpenOrders(pair)
        case (("fetch_orders" | "fetch_closed_orders"), [pair]):
            return ask.FetchOrders(pair)
        case "fetch_my_trades", [pair]:
            return ask.FetchFills(pair)
        case "fetch_balance", []:
            return ask.FetchBalances()
        case "fetch_order_book", [pair, limit]:
            return ask.FetchOrderBook(pair, limit)
        case "fetch_ticker", [pair]:
            return ask.FetchTicker(pair)
        case "fetch_ohlcv", [pair, interval]:
            return ask.FetchCandles(pair, interval)
        case "fetch_time", []:
            return ask.FetchTime()
        case "fetch_trades", ["BTC/USDT"]:
            return ask.NativeCall("trades.aggregate", {"symbol": "BTCUSDT"})
        case "fetch_tickers", [["BTC/USDT"]]:
            return ask.NativeCall("ticker.24hr", {"symbols": '["BTCUSDT"]'})
        case "fetch_trading_fee", ["BTC/USDT"]:
            return ask.NativeCall("wallet.asset.tradeFee", {"symbol": "BTCUSDT"})
        case _:
            raise AssertionError(f"nobody compares {method} {args}")


def order(
    pair: str, kind: str, side: str, numbers: list[float], params: dict[str, Any]
) -> ask.PlaceOrder:
    """A new order as ccxt is asked for it."""
    quantity, price = (*(Decimal(str(each)) for each in numbers), None, None)[:2]
    trigger = params.get("triggerPrice") or params.get("stopLossPrice")
    return ask.PlaceOrder(
        pair,
        Side(side),
        OrderType(kind),
        quantity,
        price,
        time_in_force=TimeInForce(params.get("timeInForce", "gtc").lower()),
        post_only=params.get("postOnly", False),
        client_order_id=params.get("clientOrderId", ""),
        trigger_price=None if trigger is None else Decimal(str(trigger)),
    )


def recorded() -> list[tuple[str, list[Any], Request]]:
    """Every request of the recording."""
    if not FILE.exists():
        return []
    return [
        (case["method"], case["args"], request)
        for case in json.loads(FILE.read_text())["cases"]
        for request in case["requests"]
    ]


def cases() -> list[tuple[str, list[Any], Request]]:
    """Those that are about spot trading."""
    return [each for each in recorded() if each[0] not in OUTSIDE]


@pytest.mark.parametrize(("method", "args", "told"), cases(), ids=lambda v: str(v)[:40])
def test_our_request_is_equivalent(method: str, args: list[Any], told: Request) -> None:
    """Method, path and parameters agree, and the signature is right."""
    client = build(Key("test-api-key", signer("hmac", "test-secret")))
    market = dict.fromkeys(
        ("tick_size", "lot_size", "min_quantity", "max_quantity", "min_notional"), Decimal(0)
    )
    pair = ("BTC/USDT", "BTCUSDT", "BTC", "USDT")
    client.learn([Instrument(*pair, **market, status=InstrumentStatus.TRADING)])
    request = client.request(command(method, args), 1_700_000_000_000 * 1_000_000)

    url = urlsplit(told["url"])
    theirs = dict(parse_qsl(url.query or told.get("body") or "", keep_blank_values=True))
    ours = dict(parse_qsl(request.query, keep_blank_values=True))
    assert (request.method, request.path) == (told["method"], url.path)
    assert _values(ours) == _values(theirs)
    if url.path.endswith("depth"):  # the one length that was asked for
        assert ours["limit"] == theirs["limit"]
    signed = "signature" in theirs
    assert signed is ("signature" in ours)
    if signed:
        assert request.headers["X-MBX-APIKEY"] == told["headers"]["X-MBX-APIKEY"]
        credential = Credential("test-api-key", "hmac", 1, frozenset(), secret="test-secret")
        assert auth.verify_rest(credential, request.query, request.body)


def _values(words: dict[str, str]) -> dict[str, str]:
    return {k: v for k, v in words.items() if k not in OURS}


def test_every_recorded_request_is_compared_or_has_its_reason() -> None:
    """By words of our own, by the venue's, or outside of spot trading; no reason is idle."""
    methods = Counter(method for method, _, _ in recorded())
    outside = sum(count for method, count in methods.items() if method in OUTSIDE)
    natively = sum(count for method, count in methods.items() if method in NATIVELY)
    assert set(OUTSIDE) | set(NATIVELY) <= set(methods)
    for method, args, _ in cases():
        native = isinstance(command(method, args), ask.NativeCall)
        assert native is (method in NATIVELY)
    compared = len(cases())
    assert compared + outside == sum(methods.values())
    print(f"requests compared: {compared}, of these by the venue's name: {natively}")
    print(f"outside of spot trading: {outside}")
    assert compared >= 24
