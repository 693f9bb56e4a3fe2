"""OKX V5: its facts. Everything else of the venue loads on use."""

from ...model import Permission
from ...protocol.facts import Environment, Venue

VENUE = Venue(
    name="okx",
    title="OKX V5",
    products=("spot", "margin", "swap", "futures", "option"),
    environments={
        # docs-v5 "Production Trading Services", "Demo Trading Services" (2026-08-22). Demo shares
        # the REST host and is chosen by the header x-simulated-trading: 1.
        "live": Environment(
            rest="https://openapi.okx.com",
            streams="wss://ws.okx.com:8443/ws/v5/public",
            private_streams="wss://ws.okx.com:8443/ws/v5/private",
            websocket_api="wss://ws.okx.com:8443/ws/v5/private",
            more={
                "business": "wss://ws.okx.com:8443/ws/v5/business",
                "rest_before_2026": "https://www.okx.com",
            },
        ),
        "demo": Environment(
            rest="https://openapi.okx.com",
            streams="wss://wspap.okx.com:8443/ws/v5/public",
            private_streams="wss://wspap.okx.com:8443/ws/v5/private",
            websocket_api="wss://wspap.okx.com:8443/ws/v5/private",
            more={"business": "wss://wspap.okx.com:8443/ws/v5/business"},
        ),
    },
    doors={
        "rest": "http://{}",
        "streams": "ws://{}/ws/v5/public",
        "private": "ws://{}/ws/v5/private",
        "business": "ws://{}/ws/v5/business",
    },
    key_kinds=("hmac",),
    permissions={
        "read_only": Permission.READ,
        "trade": Permission.TRADE,
        "withdraw": Permission.WITHDRAW,
    },
    client_id=r"[0-9A-Za-z]{1,32}",
    client_id_max=32,
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
            "trailing",
            "iceberg",
            "attached_exits",
            "amend",
            "batch",
            "deadline",
            "cancel_all_after",
            "self_trade_prevention",
        }
    ),
)
