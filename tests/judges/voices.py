"""Every door of every judge that speaks the venue's own words, and what each cannot ask."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tradewind.protocol.operations import Operation, Rest, WebSocket
from tradewind.venues import part

from .box import Box
from .door import stream_arguments
from .resident import Judge
from .truths import Truth
from .truths.kinds import CONDITIONAL
from .truths.stage import Stage

ROWS: dict[str, Operation] = part("binance", "operations").TABLE.by_name


def _names(kind: type, prefix: str = "") -> frozenset[str]:
    return frozenset(
        name
        for name, row in ROWS.items()
        if any(isinstance(door, kind) for door in row.doors) and name.startswith(prefix)
    )


REST = _names(Rest)
SOCKET = _names(WebSocket)
WALLET = _names(Rest, "wallet.")
LISTEN_KEYS = frozenset(name for name in ROWS if name.startswith("userDataStream.st")) | {
    "userDataStream.ping"
}


@dataclass(frozen=True)
class Door:
    """One door of one judge. ``judge`` is the name in reports, ``lacks`` operations its software
    has no method for.
    """

    judge: str
    module: str
    door: str
    lacks: frozenset[str] = frozenset()
    streams: bool = False
    lists_as_text: bool = False
    flags_as_text: bool = False
    blind: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """For test names."""
        return f"{self.judge} {self.door}"

    def can(self, truth: Truth) -> bool:
        """Whether its software has all that a truth asks and hears."""
        there = SOCKET if self.door == "ws" else REST
        if truth.doors and truth.doors != self.door:
            return False
        if truth.hears and not self.streams:
            return False
        return not truth.asks & self.lacks and {a for a in truth.asks if "?" not in a} <= there


PYTHON_BINANCE_LACKS = frozenset(
    {
        "executionRules", "blockTrades.historical", "referencePrice", "referencePrice.calculation",
        "order.amend.keepPriority", "order.amendments", "orderList.place", "orderList.place.opo",
        "orderList.place.opoco", "myFilters",
        "wallet.sub-account.assets.v3", "exchangeInfo?symbol", "recvWindow?",
    }
)  # fmt: skip
"""python-binance 1.0.37 has no method for these (its get_exchange_info takes no symbols, and its
recvWindow is its own).
"""

CLOCK = frozenset({"clock?late"})
"""Their clocks cannot be set."""

SDK_BLIND = frozenset(
    {
        "takerPreventedQuantity",
        "order.cancelReplace.newOrderResponse.fills",
        "order.cancelReplace.newOrderResponse.workingTime",
        "the cancelled leg.origClientOrderId",
        "exchangeInfo.sors",
        "sor.order.test.specialCommissionForOrder",
        *(f"openOrders.cancelAll.{name}" for name in CONDITIONAL),
    }
)
"""Fields that the models of binance-sdk-spot 13.3.0 do not have and drop."""

SDK_SOCKET_BLIND = SDK_BLIND | {
    "preventedMatches",
    "a leg.fills",
    *(
        f"orderList.place{form}.orderReports[{leg}].fills"
        for form in ("", ".oco", ".oto", ".otoco", ".opo", ".opoco")
        for leg in range(3)
    ),
}
"""The same over its WebSocket API."""

PYTHON_BINANCE_SOCKET = frozenset(
    {
        "ping", "time", "exchangeInfo", "depth", "trades.recent", "trades.historical",
        "trades.aggregate", "klines", "uiKlines", "avgPrice", "ticker.24hr", "ticker.tradingDay",
        "ticker", "ticker.price", "ticker.book", "order.place", "order.test", "order.status",
        "order.cancel", "order.cancelReplace", "openOrders.status", "openOrders.cancelAll",
        "orderList.place.oco", "orderList.place.oto", "orderList.place.otoco", "orderList.status",
        "orderList.cancel", "openOrderLists.status", "sor.order.place", "sor.order.test",
        "account.status", "account.rateLimits.orders", "allOrders", "myTrades",
        "myPreventedMatches", "myAllocations", "account.commission",
    }
)  # fmt: skip

CCXT_LACKS = frozenset({"order.amend.keepPriority", "order.amendments", "myFilters"})
"""ccxt 4.5.90 has no implicit method for these."""

# binance-sdk-spot's model of myFilters over the WebSocket API is that of REST and reads nothing

DOORS: tuple[Door, ...] = (
    Door("binance-sdk-spot", "sdk_judge", "rest", WALLET | LISTEN_KEYS | CLOCK, streams=True,
         blind=SDK_BLIND),
    Door("binance-sdk-spot", "sdk_judge", "ws", LISTEN_KEYS | CLOCK | {"myFilters"},
         blind=SDK_SOCKET_BLIND),
    Door("python-binance", "python_binance_door", "rest", PYTHON_BINANCE_LACKS,
         lists_as_text=True),
    Door("python-binance", "python_binance_door", "async", PYTHON_BINANCE_LACKS, streams=True,
         lists_as_text=True),
    Door("python-binance", "python_binance_door", "ws", (SOCKET - PYTHON_BINANCE_SOCKET) | CLOCK,
         flags_as_text=True),
    Door("node", "node_judge", "rest", WALLET | LISTEN_KEYS | CLOCK, streams=True),
    Door("node", "node_judge", "ws", LISTEN_KEYS | CLOCK),
    Door("ccxt", "ccxt_door", "rest", CCXT_LACKS, lists_as_text=True),
)  # fmt: skip

MONEY = {"USDT": "50000", "BTC": "3", "ETH": "10", "BNB": "20", "XRP": "1000", "LTC": "50"}


class Voice:
    """A door in its judge's process."""

    def __init__(self, judge: Judge, door: Door, who: str, **opened: Any) -> None:
        self._judge, self._door, self._who = judge, door, who
        self.door, self.blind, self.key = door.door, door.blind, opened["key"]
        judge.ask(who, "open", door=door.door, **opened)

    def call(self, operation: str, given: dict[str, Any]) -> Any:
        """Ask an operation."""
        if self._door.lists_as_text:
            given = {
                name: json.dumps(value, separators=(",", ":")) if isinstance(value, list) else value
                for name, value in given.items()
            }
        if self._door.flags_as_text:  # it signs True as "True" and sends it as true
            given = {n: str(v).lower() if isinstance(v, bool) else v for n, v in given.items()}
        return self._judge.ask(self._who, "call", operation=operation, given=given)

    def listen(self, stream: str) -> None:
        """Hear a stream from now on; what it told before is gone."""
        if self._door.module == "node_judge":
            kind, words = stream_arguments(stream)
            self._judge.ask(self._who, "listen", stream=stream, kind=kind, words=words)
        else:
            self._judge.ask(self._who, "listen", stream=stream)
        self.heard(stream)

    def heard(self, stream: str) -> list[Any]:
        """Messages since the last time."""
        found: list[Any] = self._judge.ask(self._who, "heard", stream=stream)
        return found

    def follow(self) -> None:
        """Hear user data from now on."""
        self._judge.ask(self._who, "follow")

    def told(self) -> list[Any]:
        """Events since the last time."""
        found: list[Any] = self._judge.ask(self._who, "told")
        return found


LATE_MS = 120_000


def stage(
    judge: Judge,
    door: Door,
    box: Box,
    rest: str = "",
    streams: str = "",
    knows: Callable[[str, str], None] | None = None,
    account: str = "",
) -> Stage:
    """A new account at a box, seen through a door; ``rest`` and ``streams`` lead elsewhere, and
    ``knows`` is told the keys that are made.
    """
    account = account or door.name.replace(" ", "-")
    doors = {"rest": rest or box.rest, "streams": streams or box.streams}

    def voice(kind: str) -> Voice:
        kind, _, whose = kind.partition(" of ")
        key = box.key(
            f"{whose or account} {kind}",
            account=whose or account,
            kind=kind if kind in ("ed25519", "rsa") else "hmac",
            permissions=["read", "trade", "withdraw"],
        )
        named = {"secret": "api_secret", "private_key": "private_key"}
        opened: dict[str, Any] = {name: key[there] for name, there in named.items() if there in key}
        if knows is not None and "secret" in opened:
            knows(key["api_key"], opened["secret"])
        if kind == "wrong":
            opened["secret"] = "x" * 64
        if kind == "late":
            opened["late_ms"] = LATE_MS
        who = f"{whose or account} {kind} at {box.rest}"
        return Voice(judge, door, who, key=key["api_key"], **opened, **doors)

    made = Stage(voice, box, account)
    made.faucet(**MONEY)
    return made
