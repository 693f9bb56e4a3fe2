"""The venue's published limits, as data: the exchange enforces them, the client paces by them.

Windows are aligned to the clock. ``REQUEST_WEIGHT`` and ``RAW_REQUESTS`` are per address,
``ORDERS`` per account. ORDERS is an *unfilled order count*: fills give back (``TAKER_CREDIT``,
``MAKER_CREDIT``), see faqs/order_count_decrement.md.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ...protocol.limits import SECOND, Limit, Scope
from ...protocol.operations import Known, Source

MINUTE = 60 * SECOND
DAY = 86_400 * SECOND

_ENUMS = Source("enums.md", "2026-07-21")
_LOG = Source("CHANGELOG.md 2026-03-27", "2026-07-21")
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
