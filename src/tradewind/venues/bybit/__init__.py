"""Bybit V5, Unified Trading Account: its facts. Everything else of the venue loads on use."""

from ...model import Permission
from ...protocol.facts import Environment, Venue

VENUE = Venue(
    name="bybit",
    title="Bybit V5",
    products=("spot", "linear", "inverse", "option"),
    environments={
        # v5/guide.mdx, v5/ws/connect.mdx, v5/demo.mdx (2026-07-24). The product is the last part of
        # the public address; demo has no public socket of its own and no order entry socket.
        "live": Environment(
            rest="https://api.bybit.com",
            streams="wss://stream.bybit.com/v5/public",
            private_streams="wss://stream.bybit.com/v5/private",
            websocket_api="wss://stream.bybit.com/v5/trade",
            more={"status": "wss://stream.bybit.com/v5/public/misc/status"},
        ),
        "testnet": Environment(
            rest="https://api-testnet.bybit.com",
            streams="wss://stream-testnet.bybit.com/v5/public",
            private_streams="wss://stream-testnet.bybit.com/v5/private",
            websocket_api="wss://stream-testnet.bybit.com/v5/trade",
            more={"status": "wss://stream-testnet.bybit.com/v5/public/misc/status"},
        ),
        "demo": Environment(
            rest="https://api-demo.bybit.com",
            streams="wss://stream.bybit.com/v5/public",
            private_streams="wss://stream-demo.bybit.com/v5/private",
        ),
    },
    doors={
        "rest": "http://{}",
        "streams": "ws://{}/v5/public",
        "private": "ws://{}/v5/private",
        "ws_api": "ws://{}/v5/trade",
    },
    key_kinds=("hmac", "rsa"),
    permissions={
        "ReadOnly": Permission.READ,
        "ExchangeHistory": Permission.READ,
        "SpotTrade": Permission.TRADE,
        "Order": Permission.TRADE,
        "Position": Permission.TRADE,
        "OptionsTrade": Permission.TRADE,
        "DerivativesTrade": Permission.TRADE,
        "AccountTransfer": Permission.TRADE,
        "SubMemberTransfer": Permission.WITHDRAW,
        "Withdraw": Permission.WITHDRAW,
    },
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
            "trailing",
            "attached_exits",
            "amend",
            "batch",
            "self_trade_prevention",
            "asynchronous_acks",
        }
    ),
)
