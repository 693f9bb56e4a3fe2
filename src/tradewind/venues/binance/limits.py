"""The venue's published limits, as data: the exchange enforces them, the client paces by them.

Windows are aligned to the clock. ``REQUEST_WEIGHT`` and ``RAW_REQUESTS`` are per address,
``ORDERS`` per account. ORDERS is an *unfilled order count*: fills give back (``TAKER_CREDIT``,
``MAKER_CREDIT``), see faqs/order_count_decrement.md.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import structs

from ...protocol.limits import SECOND, Limit, Scope
from ...protocol.messages import HttpResponse
from ...protocol.operations import Known, Operation, Rest, Source
from ...protocol.pacing import Charge, Pause, Priority

MINUTE = 60 * SECOND
DAY = 86_400 * SECOND

_ENUMS = Source("enums.md", "2026-07-21")
_LOG = Source("CHANGELOG.md 2026-03-27", "2026-07-21")
_SAPI = Source("wallet general information", "2026-11-24", Known.OBSERVED)
_SEEN = Source("exchangeInfo recorded 2025-08", "2026-11-22", Known.OBSERVED)

REQUEST_WEIGHT = Limit("REQUEST_WEIGHT", 6000, MINUTE, Scope.IP, source=_ENUMS)
RAW_REQUESTS = Limit("RAW_REQUESTS", 300_000, 5 * MINUTE, Scope.IP, source=_LOG)
RAW_REQUESTS_BEFORE = Limit("RAW_REQUESTS", 61_000, 5 * MINUTE, Scope.IP, source=_ENUMS)
ORDERS_10S = Limit("ORDERS_10S", 100, 10 * SECOND, Scope.ACCOUNT, source=_SEEN)
ORDERS_1D = Limit("ORDERS_1D", 200_000, DAY, Scope.ACCOUNT, source=_SEEN)
CONNECTIONS = Limit("CONNECTIONS", 300, 5 * MINUTE, Scope.IP, source=_ENUMS)

LIMITS = (REQUEST_WEIGHT, RAW_REQUESTS, ORDERS_10S, ORDERS_1D, CONNECTIONS)

FREE_SINCE = "2026-04-02"
"""Since when a successful order or cancel weighs nothing and RAW_REQUESTS is 300,000."""

FREE_WHEN_DONE = frozenset(
    {
        "order.place",
        "order.cancel",
        "openOrders.cancelAll",
        "order.cancelReplace",
        "sor.order.place",
        "orderList.place",
        "orderList.place.oco",
        "orderList.place.oto",
        "orderList.place.otoco",
        "orderList.place.opo",
        "orderList.place.opoco",
        "orderList.cancel",
    }
)
"""Operations that weigh nothing when they succeed (CHANGELOG.md 2026-04-02)."""

TAKER_CREDIT = 1
"""What an order's first fill as taker gives back to the unfilled count."""

MAKER_CREDIT = 5
"""The same as maker: 5 in the FAQ's example, which says it may differ; setting ``maker_credit``."""

BAN_FIRST = 2 * MINUTE
BAN_LONGEST = 3 * DAY
"""Bans scale from two minutes to three days (rest-api.md "IP Limits")."""

BAN_AFTER = 10
"""Refusals with 429 in one window that an address may ignore before it is banned; a guess, setting
``ban_after``."""


def in_force(settings: Mapping[str, Any]) -> dict[str, Limit]:
    """The limits of a box by name: as of its ``date``, with numbers from its ``limits``."""
    date = str(settings.get("date") or "")
    changed: Mapping[str, Any] = settings.get("limits") or {}
    found = {}
    for limit in LIMITS:
        if limit is RAW_REQUESTS and date and date < FREE_SINCE:
            limit = RAW_REQUESTS_BEFORE
        number = int(changed.get(limit.name, limit.limit))
        found[limit.name] = Limit(
            limit.name, number, limit.per, limit.scope, limit.shape, limit.source
        )
    return found


_INTERVALS = ((DAY, "DAY"), (60 * MINUTE, "HOUR"), (MINUTE, "MINUTE"), (SECOND, "SECOND"))


def interval(limit: Limit) -> tuple[str, int]:
    """A limit's window in the venue's words: ``("MINUTE", 5)``."""
    for unit, word in _INTERVALS:
        if limit.per % unit == 0:
            return word, limit.per // unit
    raise ValueError(f"{limit.name} has no whole interval")


def letters(limit: Limit) -> str:
    """A limit's window as headers spell it: ``1M``, ``10S``, ``1D``."""
    word, number = interval(limit)
    return f"{number}{word[0]}"


def _count(sent: Mapping[str, str]) -> int:
    """How many symbols a request names: 0 for all."""
    if sent.get("symbol"):
        return 1
    listed = sent.get("symbols", "")
    return listed.count(",") + 1 if listed else 0


def _depth(sent: Mapping[str, str]) -> int:
    text = sent.get("limit", "")
    limit = int(text) if text.isdecimal() and len(text) < 10 else 100
    for most, weight in ((100, 5), (500, 25), (1000, 50)):
        if limit <= most:
            return weight
    return 250


def _ticker_24hr(sent: Mapping[str, str]) -> int:
    count = _count(sent)
    if 0 < count <= 20:
        return 2
    return 40 if 0 < count <= 100 else 80


def _per_symbol(sent: Mapping[str, str]) -> int:
    return min(200, 4 * max(1, _count(sent)))


def _one_or_many(sent: Mapping[str, str]) -> int:
    return 2 if sent.get("symbol") else 4


def _rules(sent: Mapping[str, str]) -> int:
    count = _count(sent)
    return min(40, 2 * count) if count else 40


def _test(sent: Mapping[str, str]) -> int:
    return 20 if sent.get("computeCommissionRates") == "true" else 1


WEIGH: dict[str, Callable[[Mapping[str, str]], int]] = {
    "depth": _depth,  # 5 up to 100 levels, 25 to 500, 50 to 1000, 250 beyond
    "ticker_24hr": _ticker_24hr,  # 2 up to 20 symbols, 40 to 100, 80 beyond or for all
    "per_symbol": _per_symbol,  # 4 a symbol, 200 at most
    "one_or_many": _one_or_many,  # 2 for one symbol, 4 for several or all
    "execution_rules": _rules,  # 2 a symbol, 40 at most or for all
    "order_test": _test,  # 20 with commission rates
    "open_orders": lambda sent: 6 if "symbol" in sent else 80,
    "my_trades": lambda sent: 5 if "orderId" in sent else 20,
    "prevented_matches": lambda sent: 2 if "preventedMatchId" in sent else 20,
}
"""Weights that depend on parameters, by the name that operations give in ``weigh``
(rest-api.md, 2026-07-21)."""


# --- pacing -------------------------------------------------------------------------------------

_HEADERS = {
    "x-mbx-used-weight-1m": "REQUEST_WEIGHT",
    "x-mbx-order-count-10s": "ORDERS_10S",
    "x-mbx-order-count-1d": "ORDERS_1D",
}
"""What the venue says has been used (rest-api.md "IP Limits", "Unfilled Order Count")."""

_CANCELS = frozenset({"order.cancel", "openOrders.cancelAll", "orderList.cancel"})
_AMENDS = frozenset({"order.amend.keepPriority", "order.cancelReplace"})
_KEPT = frozenset({"order.cancelReplace"})
"""Counted also when the new order was not attempted."""

_TOO_MANY_ORDERS = b'"code":-1015'
_PAUSE_DEFAULT = 10 * SECOND
"""For a refusal that does not say how long."""

CONNECT_WEIGHT = {"ws_api": 2}
"""What a WebSocket connection weighs, by door (web-socket-api.md "General Information")."""

SAPI_IP = Limit("SAPI_IP", 12_000, MINUTE, Scope.IP, source=_SAPI)
"""Wallet operations have 12,000 a minute each, by address or account; here all share one, so that
none is exceeded."""

FILL_CREDIT: tuple[Charge, ...] = (("ORDERS_10S", TAKER_CREDIT), ("ORDERS_1D", TAKER_CREDIT))
"""What an order's first fill gives back at least; as maker it may be more, and headers say so
(faqs/order_count_decrement.md, 2026-07-21)."""


class Pacing:
    """``protocol.pacing.PacingRules``; ``numbers`` replaces the limits' own by name."""

    filled = FILL_CREDIT

    def __init__(self, numbers: Mapping[str, int] | None = None) -> None:
        changed = numbers or {}
        self.limits = tuple(
            structs.replace(limit, limit=changed.get(limit.name, limit.limit))
            for limit in (*LIMITS, SAPI_IP)
        )
        self._wallet: dict[str, bool] = {}

    def charges(self, operation: Operation, sent: Mapping[str, str]) -> tuple[Charge, ...]:
        """Weight as if it failed, one request, and its orders."""
        weight = WEIGH[operation.weigh](sent) if operation.weigh else operation.weight
        wallet = self._wallet.get(operation.name)
        if wallet is None:
            paths = [door.path for door in operation.doors if isinstance(door, Rest)]
            wallet = any(path.startswith("/sapi/") for path in paths)
            self._wallet[operation.name] = wallet
        if wallet:
            return (("SAPI_IP", weight),)
        counts = operation.counts
        orders = (("ORDERS_10S", counts), ("ORDERS_1D", counts)) if counts else ()
        return (("REQUEST_WEIGHT", weight), ("RAW_REQUESTS", 1), *orders)

    def connecting(self, door: str) -> tuple[Charge, ...]:
        """What a WebSocket connection costs."""
        weight = CONNECT_WEIGHT.get(door, 0)
        return (("CONNECTIONS", 1), *((("REQUEST_WEIGHT", weight),) if weight else ()))

    def refunds(
        self, operation: Operation, sent: Mapping[str, str], response: HttpResponse
    ) -> tuple[Charge, ...]:
        """A success may weigh nothing, and a refused order does not count."""
        if response.status < 300:
            free = operation.name in FREE_WHEN_DONE
            return self.charges(operation, sent)[:1] if free else ()
        refused = 400 <= response.status < 500 and operation.name not in _KEPT
        return self.charges(operation, sent)[2:] if refused and operation.counts else ()

    def said(self, response: HttpResponse) -> tuple[Charge, ...]:
        """The counts of the headers; of other limits nothing is said."""
        found = []
        for name, value in response.headers:
            limit = _HEADERS.get(name.lower())
            if limit is not None and value.isdecimal():
                found.append((limit, int(value)))
        return tuple(found)

    def pause(self, response: HttpResponse, now: int) -> Pause | None:
        """429 and 418: until Retry-After; too many orders stops only orders."""
        if response.status not in (418, 429):
            return None
        after = next((v for n, v in response.headers if n.lower() == "retry-after"), "")
        until = now + (int(after) * SECOND if after.isdecimal() else _PAUSE_DEFAULT)
        if _TOO_MANY_ORDERS not in response.body:
            return Pause("", until)
        day = b"DAY" in response.body
        return Pause("ORDERS_1D" if day else "ORDERS_10S", until)

    def priority(self, operation: Operation) -> Priority:
        """Cancels first, questions last."""
        if operation.name in _CANCELS:
            return Priority.CANCEL
        if operation.name in _AMENDS:
            return Priority.AMEND
        return Priority.NEW if operation.counts else Priority.QUERY


PACING = Pacing()
