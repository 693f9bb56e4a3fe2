"""Binance Spot: its facts. Everything else of the venue loads on use."""

from ...model import Permission
from ...protocol.facts import Environment, Venue

VENUE = Venue(
    name="binance",
    title="Binance Spot",
    products=("spot",),
    environments={
        # rest-api.md, web-socket-api.md, web-socket-streams.md; testnet/ and demo-mode/
        # general-info.md (2026-07-21)
        "live": Environment(
            rest="https://api.binance.com",
            streams="wss://stream.binance.com:9443",
            websocket_api="wss://ws-api.binance.com:443/ws-api/v3",
            fix="tcp+tls://fix-oe.binance.com:9000",
            also={
                "rest": (
                    "https://api1.binance.com",
                    "https://api2.binance.com",
                    "https://api3.binance.com",
                    "https://api4.binance.com",
                    "https://api-gcp.binance.com",
                    "https://data-api.binance.vision",
                ),
                "streams": (
                    "wss://stream.binance.com:443",
                    "wss://data-stream.binance.vision",
                ),
                "websocket_api": ("wss://ws-api.binance.com:9443/ws-api/v3",),
            },
        ),
        "testnet": Environment(
            rest="https://testnet.binance.vision",
            streams="wss://stream.testnet.binance.vision",
            websocket_api="wss://ws-api.testnet.binance.vision/ws-api/v3",
            fix="tcp+tls://fix-oe.testnet.binance.vision:9000",
            also={
                "rest": ("https://api1.testnet.binance.vision",),
                "streams": ("wss://stream.testnet.binance.vision:9443",),
                "websocket_api": ("wss://ws-api.testnet.binance.vision:9443/ws-api/v3",),
            },
        ),
        "demo": Environment(
            rest="https://demo-api.binance.com",
            streams="wss://demo-stream.binance.com",
            websocket_api="wss://demo-ws-api.binance.com/ws-api/v3",
            fix="tcp+tls://demo-fix-oe.binance.com:9000",
            also={"streams": ("wss://demo-stream.binance.com:9443",)},
        ),
    },
    doors={"rest": "http://{}", "streams": "ws://{}", "ws_api": "ws://{}/ws-api/v3"},
    key_kinds=("hmac", "ed25519", "rsa"),
    permissions={
        "USER_DATA": Permission.READ,
        "USER_STREAM": Permission.READ,
        "TRADE": Permission.TRADE,
    },
    client_id=r"[a-zA-Z0-9-_]{1,36}",
    client_id_max=36,
    capabilities=frozenset(
        {
            "limit",
            "market",
            "market_by_quote",
            "post_only",
            "ioc",
            "fok",
            "stop",
            "take_profit",
            "trailing",
            "iceberg",
            "pegged",
            "amend",
            "cancel_replace",
            "order_lists",
            "self_trade_prevention",
        }
    ),
    decimals=8,
)
