"""The wallet of one exchange: its door, its handlers, and what it keeps.

/sapi/... -> wallet_door -> wallet_account, wallet_capital, wallet_subs, wallet_convert
Transferred -> movements -> history
"""

from collections.abc import Sequence

import msgspec

from ....engine.events import Event
from ....protocol.hosting import Host
from ....protocol.messages import HttpRequest, HttpResponse
from ....protocol.operations import Table
from .limiter import Addresses, Orders
from .markets import Markets
from .movements import Movements
from .records import Records
from .wallet_account import AccountPart
from .wallet_capital import CapitalPart
from .wallet_convert import ConvertPart
from .wallet_door import WalletChecks, WalletRest
from .wallet_subs import SubsPart
from .worth import Worth


class Wallet:
    """Everything under ``/sapi``. What ``table`` does not have is not found."""

    def __init__(
        self,
        host: Host,
        table: Table,
        markets: Markets,
        addresses: Addresses,
        orders: Orders,
        records: Records,
    ) -> None:
        self.movements = Movements(host)
        worth = Worth(host, markets)
        account = AccountPart(markets, records, self.movements, worth)
        capital = CapitalPart(account.assets, self.movements)
        subs = SubsPart(host, account.assets, self.movements, worth)
        self._convert = ConvertPart(account.assets, self.movements, worth)
        parts = (account, capital, subs, self._convert)
        handlers = {name: each for part in parts for name, each in part.handlers.items()}
        rules = {name: each for part in parts for name, each in part.rules.items()}
        self._checks = WalletChecks(host, addresses, orders, handlers, rules)
        self._rest = WalletRest(host, table, markets, self._checks)

    def http(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        return self._rest.answer(request)

    def publish(self, events: Sequence[Event]) -> None:
        """Keep what moved."""
        self.movements.publish(events)

    def state(self) -> bytes:
        """What must survive a restart."""
        parts = (self.movements.state(), self._convert.state(), self._checks.state())
        return msgspec.msgpack.encode(parts)

    def restore(self, state: bytes) -> None:
        """Take back what ``state`` gave."""
        movements, convert, checks = msgspec.msgpack.decode(state, type=tuple[bytes, bytes, bytes])
        self.movements.restore(movements)
        self._convert.restore(convert)
        self._checks.restore(checks)
