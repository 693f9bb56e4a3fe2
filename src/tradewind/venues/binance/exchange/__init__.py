"""The exchange side: wire message -> engine command, engine events -> wire messages (pure).

HttpRequest --rest.py--> Call --checks.py--> trading.py, lists.py, account.py, market_data.py
WebSocket   --websocket_api.py--> the same Call, checks and handlers
engine events --publish--> limits, records, streams, user data
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from ....engine.events import Event
from ....engine.listing import FeeRates
from ....model import Misconfigured
from ....protocol.hosting import Host
from ....protocol.messages import HttpRequest, HttpResponse
from ....protocol.session import ServerSession
from .. import limits, rules
from ..instruments import traded
from ..operations import TABLE
from . import market_data
from .account import Account
from .call import Handler
from .checks import Checks
from .filters import Filters
from .limiter import Addresses, Orders
from .listen_keys import ListenKeys
from .lists import Lists
from .markets import Markets
from .records import Records
from .rest import Rest
from .streams import Streams
from .trading import Trading
from .wallet import Wallet
from .wallet_account import FEE_ASSET, FEE_DISCOUNT
from .websocket_api import WebSocketApi

__all__ = ["FEES", "FEE_ASSET", "FEE_DISCOUNT", "OPENING", "Exchange", "build", "traded"]

FEES = FeeRates(maker=100_000, taker=100_000)
"""0.1 % each, as an account without volume pays."""

OPENING: Mapping[str, str] = {
    "USDT": "10000",
    "BTC": "1",
    "ETH": "10",
    "BNB": "50",
    "LTC": "50",
    "TRX": "20000",
}


class Kept(Protocol):
    """A part with a state that must survive a restart."""

    def state(self) -> bytes:
        """The state."""

    def restore(self, state: bytes) -> None:
        """Take it back."""


class Exchange:
    """One venue's exchange. ``checks`` and ``handlers`` serve every door."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.markets = Markets.of(host.settings)
        in_force = limits.in_force(host.settings)
        table = rules.in_force(TABLE, host.settings)
        self.addresses = Addresses(in_force, host.settings)
        self.orders = Orders(in_force, host.settings)
        self.records = Records(host)
        self.streams = Streams(host, self.markets, self.addresses)
        self.websocket_api = WebSocketApi(host, table, self.markets, self.records)
        self.listen_keys = ListenKeys(host, self.markets, self.records)
        filters = {symbol: Filters(host, market) for symbol, market in self.markets.items()}
        trading = Trading(filters, self.orders, self.records)
        lists = Lists(filters)
        account = Account(self.markets, self.orders, self.records)
        self.handlers: dict[str, Handler] = {
            **market_data.HANDLERS,
            **trading.handlers,
            **lists.handlers,
            **account.handlers,
            **self.websocket_api.handlers,
            **self.listen_keys.handlers,
        }
        self.checks = Checks(
            host,
            self.addresses,
            self.orders,
            self.handlers,
            {**trading.rules, **lists.rules, **account.rules},
            {**trading.filters, **lists.filters},
        )
        self.websocket_api.use(self.checks)
        self._rest = Rest(host, table, self.markets, self.checks)
        self.wallet = Wallet(host, table, self.markets, self.addresses, self.orders, self.records)

    def http(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        if request.path.startswith(rules.WALLET):
            return self.wallet.http(request)
        return self._rest.answer(request)

    def open(self, request: HttpRequest, door: str) -> ServerSession | HttpResponse:
        """Answer a WebSocket handshake on that door. Raises Misconfigured for another door."""
        if door == "streams":
            return self.listen_keys.open(request) or self.streams.open(request)
        if door == "ws_api":
            return self.websocket_api.open(request)
        raise Misconfigured(f"there is no WebSocket door {door!r}; there are: streams, ws_api")

    def publish(self, events: Sequence[Event]) -> None:
        """Take the engine's events of one command or tick."""
        self.orders.publish(events)
        self.records.publish(events)
        self.wallet.publish(events)
        self.streams.publish(events)
        self.websocket_api.publish(events)
        self.listen_keys.publish(events)

    def flush(self) -> None:
        """Send what is due at a cadence."""
        self.streams.flush()
        self.websocket_api.flush()
        self.listen_keys.flush()

    def dirty(self) -> Sequence[ServerSession]:
        """Sessions with something in their outbox since the last call."""
        return (
            *self.streams.dirty(),
            *self.websocket_api.dirty(),
            *self.listen_keys.dirty(),
        )

    def state(self) -> bytes:
        """Limits in force and counters."""
        return msgspec.msgpack.encode([part.state() for part in self._parts])

    def restore(self, state: bytes) -> None:
        """Take back what ``state`` gave; parts that an older state lacks begin anew."""
        for part, kept in zip(
            self._parts, msgspec.msgpack.decode(state, type=list[bytes]), strict=False
        ):
            part.restore(kept)

    @property
    def _parts(self) -> tuple[Kept, ...]:
        """What has a state, in the order it is kept; new ones come last."""
        return (self.addresses, self.orders, self.records, self.wallet, self.listen_keys)


def build(host: Host) -> Exchange:
    """The exchange over a host."""
    return Exchange(host)
