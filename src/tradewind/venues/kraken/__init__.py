"""Kraken Spot and Derivatives: its facts. Everything else of the venue loads on use."""

from ...model import Permission
from ...protocol.facts import Environment, Venue

VENUE = Venue(
    name="kraken",
    title="Kraken",
    products=("spot", "margin", "derivatives"),
    environments={
        # docs.kraken.com guides (2026-08-22). There is no public sandbox: the derivatives demo was
        # retired on 2026-07-14. The derivatives REST and v1 sockets end on 2027-03-01, the unified
        # socket follows them. Orders and private streams share one socket.
        "live": Environment(
            rest="https://api.kraken.com",
            streams="wss://ws.kraken.com/v2",
            private_streams="wss://ws-auth.kraken.com/v2",
            websocket_api="wss://ws-auth.kraken.com/v2",
            more={
                "level3": "wss://ws-l3.kraken.com/v2",
                "derivatives_rest": "https://futures.kraken.com",
                "derivatives_streams": "wss://futures.kraken.com/ws/v1",
                "unified_streams": "wss://uws.kraken.com/v2/public",
                "unified_private": "wss://uws.kraken.com/v2/private",
            },
        ),
    },
    doors={
        "rest": "http://{}",
        "streams": "ws://{}/v2",
        "private": "ws://{}/private/v2",
        "level3": "ws://{}/l3/v2",
    },
    key_kinds=("hmac",),
    permissions={
        "query-funds": Permission.READ,
        "query-open-trades": Permission.READ,
        "query-closed-trades": Permission.READ,
        "query-ledger": Permission.READ,
        "export-data": Permission.READ,
        "create-ws-token": Permission.READ,
        "add-funds": Permission.READ,
        "modify-trades": Permission.TRADE,
        "close-trades": Permission.TRADE,
        "earn-funds": Permission.TRADE,
        "withdraw-funds": Permission.WITHDRAW,
        "add-withdraw-address": Permission.WITHDRAW,
        "update-withdraw-address": Permission.WITHDRAW,
    },
    # a UUID with or without dashes, or free ASCII text of at most 18 characters
    client_id=r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[!-~]{1,18}",
    client_id_max=36,
    capabilities=frozenset(
        {
            "limit",
            "market",
            "market_by_quote",
            "post_only",
            "ioc",
            "fok",
            "gtd",
            "reduce_only",
            "stop",
            "take_profit",
            "trailing",
            "iceberg",
            "attached_exits",
            "amend",
            "batch",
            "deadline",
            "validate_only",
            "cancel_all_after",
            "self_trade_prevention",
        }
    ),
    decimals=10,
)
