"""The door of ``/sapi``: the same checks as ``/api/v3``, with the wallet's own limits and manners.

Each path has a window of its own: 12,000 a minute per address, or 180,000 a minute per account
(general information page of the wallet's documentation). The weight used is in the header
``X-SAPI-USED-IP-WEIGHT-1M`` or ``X-SAPI-USED-UID-WEIGHT-1M``. A ban of the address counts too.

Observed: -2015 ends with ``, request ip: x``; a well-formed key that is unknown is -2008. Guessed:
an empty parameter counts as absent, and unknown ones are ignored (the venue's clients send both); a
signature over text that is not percent-encoded is still taken (the notice of 2026-01-15 is of
``/api/v3``; common clients sign e-mail addresses so); what a spent limit answers.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

import msgspec

from ....protocol.hosting import Host
from ....protocol.limits import FixedWindow, Limit, Scope
from ....protocol.messages import HttpRequest
from ....protocol.operations import Known, Operation, Source, Table
from .. import errors
from ..limits import MINUTE
from ..operations.wallet import UID
from .call import Call, Handler, Refusal, Rule
from .checks import Checks
from .limiter import Addresses, Orders
from .markets import Market
from .rest import JSON, Rest

_PAGE = Source("wallet general information", "2026-11-24", Known.OBSERVED)
IP_WEIGHT = Limit("SAPI_IP_WEIGHT", 12_000, MINUTE, Scope.IP, source=_PAGE)
UID_WEIGHT = Limit("SAPI_UID_WEIGHT", 180_000, MINUTE, Scope.ACCOUNT, source=_PAGE)
MOST_WINDOWS = 10_000
"""Windows remembered before those that have passed are dropped."""


class WalletChecks(Checks):
    """Checks of one exchange's wallet."""

    def __init__(
        self,
        host: Host,
        addresses: Addresses,
        orders: Orders,
        handlers: Mapping[str, Handler],
        rules: Mapping[str, Rule],
    ) -> None:
        super().__init__(host, addresses, orders, handlers, rules, {})
        self._encoded = False
        self.ip = FixedWindow(IP_WEIGHT)
        self.uid = FixedWindow(UID_WEIGHT)
        self._windows = 0

    def used(self, call: Call) -> tuple[str, int]:
        """The header that tells what is used, and how much."""
        name = call.operation.name
        if name not in UID:
            return "X-SAPI-USED-IP-WEIGHT-1M", self.ip.used(f"{name} {call.peer}", call.now)
        account = call.credential.account if call.credential else 0
        return "X-SAPI-USED-UID-WEIGHT-1M", self.uid.used(f"{name} {account}", call.now)

    def _address(self, call: Call) -> None:
        until = self.addresses.banned_until(call.peer, call.now)
        if until:
            raise Refusal(errors.BANNED, until // 1_000_000, until=until)
        if call.operation.name not in UID:
            self._charge(self.ip, call, call.peer)

    def _key(self, call: Call) -> None:
        try:
            super()._key(call)
        except Refusal:
            if self.host.credential(call.api_key) is None:
                raise Refusal(errors.UNKNOWN_KEY) from None
            text = errors.KEY_REJECTED.text.removesuffix(".")
            raise Refusal(errors.KEY_REJECTED, text=f"{text}, request ip: {call.peer}") from None
        if call.operation.name in UID:
            self._charge(self.uid, call, call.account)

    def _charge(self, window: FixedWindow, call: Call, whose: str | int) -> None:
        weight = call.weight = call.operation.weight
        used = window.charge(f"{call.operation.name} {whose}", weight, call.now)
        self._forget(call.now)
        if used > window.limit.limit:
            raise Refusal(
                errors.TOO_MUCH_WEIGHT,
                window.limit.limit,
                "1 MINUTE",
                until=call.now + window.retry_after(call.now),
            )

    def _forget(self, now: int) -> None:
        self._windows += 1
        if self._windows > MOST_WINDOWS:
            self._windows = 0
            self.ip.forget(now)
            self.uid.forget(now)

    def state(self) -> bytes:
        """What is used, for a restart."""
        return msgspec.msgpack.encode((self.ip.state(), self.uid.state()))

    def restore(self, state: bytes) -> None:
        """Take back what ``state`` gave."""
        used = dict[str | int, tuple[int, int]]
        ip, uid = msgspec.msgpack.decode(state, type=tuple[used, used])
        self.ip.restore(ip)
        self.uid.restore(uid)


class WalletRest(Rest):
    """Answers requests under ``/sapi``."""

    def __init__(
        self, host: Host, table: Table, markets: Mapping[str, Market], checks: WalletChecks
    ) -> None:
        super().__init__(host, table, markets, checks)
        self._wallet = checks
        self._known = {
            row.name: frozenset(parameter.name for parameter in row.parameters)
            for row in table.rows
        }

    def _call(self, request: HttpRequest, operation: Operation) -> Call:
        call = super()._call(request, operation)
        form = request.method != "GET" and _is_form(request)
        body = request.body.decode("utf-8", "replace") if form else ""
        call.sent = _merged(request.query, body, self._known[operation.name])
        call.duplicates = False
        return call

    def _headers(self, call: Call, counts: int) -> tuple[tuple[str, str], ...]:
        del counts
        name, used = self._wallet.used(call)
        return JSON, ("x-mbx-uuid", self._uuid()), (name, str(used))


def _is_form(request: HttpRequest) -> bool:
    kind = request.headers.get("content-type", "application/x-www-form-urlencoded")
    return kind.startswith("application/x-www-form-urlencoded")


def _merged(query: str, body: str, known: frozenset[str]) -> dict[str, str]:
    """Parameters that are known and not empty; the query wins; repeated ones become ``a,b``."""
    sent: dict[str, str] = {}
    for text in (body, query):
        found: dict[str, list[str]] = {}
        for name, value in parse_qsl(text):
            if name in known:
                found.setdefault(name, []).append(value)
        sent.update({name: ",".join(values) for name, values in found.items()})
    return sent
