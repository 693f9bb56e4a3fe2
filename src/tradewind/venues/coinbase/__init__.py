"""Coinbase Advanced Trade and Coinbase Exchange: its facts. The rest loads on use."""

from ...model import Permission
from ...protocol.facts import Environment, Venue

VENUE = Venue(
    name="coinbase",
    title="Coinbase Advanced Trade and Exchange",
    products=("advanced", "exchange"),
    environments={
        # docs.cdp.coinbase.com: advanced-trade-apis, exchange/introduction, exchange/fix-api/
        # connectivity (2026-08). Advanced Trade's sandbox is a static mock without sockets.
        "live": Environment(
            rest="https://api.coinbase.com",
            streams="wss://advanced-trade-ws.coinbase.com",
            private_streams="wss://advanced-trade-ws-user.coinbase.com",
            fix="tcp+tls://fix-ord.exchange.coinbase.com:6121",
            more={
                "exchange_rest": "https://api.exchange.coinbase.com",
                "exchange_streams": "wss://ws-feed.exchange.coinbase.com",
                "exchange_direct": "wss://ws-direct.exchange.coinbase.com",
                "fix_market_data": "tcp+tls://fix-md.exchange.coinbase.com:6121",
                "fix_drop_copy": "tcp+tls://fix-dc.exchange.coinbase.com:6122",
            },
        ),
        "sandbox": Environment(
            rest="https://api-sandbox.coinbase.com",
            fix="tcp+tls://fix-ord.sandbox.exchange.coinbase.com:6121",
            more={
                "exchange_rest": "https://api-public.sandbox.exchange.coinbase.com",
                "exchange_streams": "wss://ws-feed-public.sandbox.exchange.coinbase.com",
                "exchange_direct": "wss://ws-direct.sandbox.exchange.coinbase.com",
                "fix_market_data": "tcp+tls://fix-md.sandbox.exchange.coinbase.com:6121",
                "fix_drop_copy": "tcp+tls://fix-dc.sandbox.exchange.coinbase.com:6122",
            },
        ),
    },
    doors={"rest": "http://{}", "streams": "ws://{}", "fix": "tcp://{}"},
    key_kinds=("ed25519", "es256", "hmac"),
    permissions={
        "view": Permission.READ,
        "trade": Permission.TRADE,
        "transfer": Permission.WITHDRAW,
    },
    # FIX insists on a lower-case UUIDv4; Advanced Trade takes up to 128 characters, these too
    client_id=r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
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
            "stop",
            "take_profit",
            "attached_exits",
            "amend",
            "batch",
            "idempotent_client_ids",
            "self_trade_prevention",
            "fix",
        }
    ),
    decimals=16,
)
