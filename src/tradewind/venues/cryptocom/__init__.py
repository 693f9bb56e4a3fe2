"""Crypto.com Exchange v1: its facts. Everything else of the venue loads on use."""

from ...model import Permission
from ...protocol.facts import Environment, Venue

VENUE = Venue(
    name="cryptocom",
    title="Crypto.com Exchange v1",
    products=("spot", "margin", "perpetual", "future"),
    environments={
        # rest-common-api-reference "Rest API Root Endpoint" (2026-05-21). FIX 4.4 exists, over
        # AWS PrivateLink only.
        "live": Environment(
            rest="https://api.crypto.com/exchange/v1",
            streams="wss://stream.crypto.com/exchange/v1/market",
            private_streams="wss://stream.crypto.com/exchange/v1/user",
            websocket_api="wss://stream.crypto.com/exchange/v1/user",
        ),
        "sandbox": Environment(
            rest="https://uat-api.3ona.co/exchange/v1",
            streams="wss://uat-stream.3ona.co/exchange/v1/market",
            private_streams="wss://uat-stream.3ona.co/exchange/v1/user",
            websocket_api="wss://uat-stream.3ona.co/exchange/v1/user",
        ),
    },
    doors={
        "rest": "http://{}/exchange/v1",
        "streams": "ws://{}/exchange/v1/market",
        "private": "ws://{}/exchange/v1/user",
    },
    key_kinds=("hmac",),
    permissions={
        "Can Read": Permission.READ,
        "Enable Trading": Permission.TRADE,
        "Enable Withdrawal": Permission.WITHDRAW,
    },
    # at most 36 characters are documented, the alphabet is not: this one is safe
    client_id=r"[0-9A-Za-z_-]{1,36}",
    client_id_max=36,
    capabilities=frozenset(
        {
            "limit",
            "market",
            "market_by_quote",
            "post_only",
            "ioc",
            "fok",
            "reduce_only",
            "stop",
            "take_profit",
            "order_lists",
            "attached_exits",
            "amend",
            "batch",
            "cancel_on_disconnect",
            "self_trade_prevention",
            "asynchronous_acks",
        }
    ),
)
