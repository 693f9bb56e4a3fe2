"""What changed on a named day, as data: ``up --date YYYY-MM-DD`` sets a box to one of these days.

Dates are those of production; a change that was rolled out over weeks counts from its first day.
CHANGELOG.md of binance-spot-api-docs, read 2026-07-21. ``/sapi`` and flavours: testnet/ and
demo-mode/ general-info.md, the same day.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date as day
from typing import Any, TypeVar

from msgspec import UNSET, Struct
from msgspec.structs import replace

from ...model import Misconfigured
from ...protocol.operations import Rest, Source, Table
from ...protocol.rules import Change, absent, holds
from .instruments import Row
from .wire.market import IcebergParts, Symbol

READ = "2026-07-21"
FLAVOURS = ("live", "testnet", "demo")


def _log(entry: str) -> Source:
    return Source(f"CHANGELOG.md {entry}", READ)


MY_FILTERS = Change(
    "my-filters",
    "2025-09-29",
    _log("2025-09-29"),
    "nothing tells which filters an account has on a symbol",
    "myFilters does",
    operations=frozenset({"myFilters"}),
)
OPO = Change(
    "opo",
    "2025-12-18",
    _log("2025-12-02"),
    "order lists are OCO, OTO and OTOCO; exchangeInfo has no opoAllowed",
    "OPO and OPOCO too",
    operations=frozenset({"orderList.place.opo", "orderList.place.opoco"}),
)
PERCENT_ENCODING = Change(
    "percent-encoding",
    "2026-01-15",
    _log("2025-12-17"),
    "a signature over the text before or after percent-encoding is taken",
    "only one over the percent-encoded text; else -1022",
)
DEMO_MODE = Change(
    "demo-mode", "2026-01-29", _log("2026-01-29"), "there is no Demo Mode", "there is"
)
ICEBERG_50 = Change(
    "iceberg-parts-50",
    "2026-02-11",
    _log("2026-01-27"),
    "ICEBERG_PARTS is 25",
    "ICEBERG_PARTS is 50",
)
LISTEN_KEY = Change(
    "listen-key",
    "2026-02-20",
    _log("2026-01-21"),
    "a listenKey of POST /api/v3/userDataStream opens a user data stream at /ws/<listenKey>",
    "those requests answer 410; user data comes over the WebSocket API only",
    ended=frozenset({"userDataStream.start", "userDataStream.ping", "userDataStream.stop"}),
)
PRICE_RANGE = Change(
    "price-range",
    "2026-03-09",
    _log("2026-03-09"),
    "nothing tells execution rules and reference prices",
    "executionRules, referencePrice and referencePrice.calculation do",
    operations=frozenset({"executionRules", "referencePrice", "referencePrice.calculation"}),
)
ICEBERG_100 = Change(
    "iceberg-parts-100",
    "2026-03-12",
    _log("2026-02-24"),
    "ICEBERG_PARTS is 50",
    "ICEBERG_PARTS is 100",
)
ORDER_WEIGHT = Change(
    "order-weight",
    "2026-04-02",
    _log("2026-03-27"),
    "an order or cancel weighs its documented weight",
    "a successful one weighs nothing, a refused one its documented weight",
)
RAW_REQUESTS = Change(
    "raw-requests",
    "2026-04-02",
    _log("2026-03-27"),
    "RAW_REQUESTS is 61,000 in 5 minutes",
    "RAW_REQUESTS is 300,000 in 5 minutes",
)
STP_TRANSFER = Change(
    "stp-transfer",
    "2026-04-02",
    _log("2026-03-27"),
    "no symbol allows self-trade prevention TRANSFER",
    "every symbol does",
)
BLOCK_TRADES = Change(
    "block-trades",
    "2026-05-08",
    _log("2026-05-06"),
    "block trades are not told",
    "historicalBlockTrades tells them",
    operations=frozenset({"blockTrades.historical"}),
)

CHANGES: tuple[Change, ...] = (
    MY_FILTERS,
    OPO,
    PERCENT_ENCODING,
    DEMO_MODE,
    ICEBERG_50,
    LISTEN_KEY,
    PRICE_RANGE,
    ICEBERG_100,
    ORDER_WEIGHT,
    RAW_REQUESTS,
    STP_TRANSFER,
    BLOCK_TRADES,
)
"""In the order of their days."""

WALLET = "/sapi/"
"""Where the wallet's operations are; the test networks have none of them."""

ELSEWHERE: Mapping[str, frozenset[str]] = {"testnet": frozenset({"orderList.place"})}
"""Operations that a network lacks: testnet/rest-api.md has no deprecated OCO (2026-07-21)."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
R = TypeVar("R", bound=Struct)


def date_of(settings: Mapping[str, Any]) -> str:
    """The day a box is set to, "" for today. Raises Misconfigured."""
    text = str(settings.get("date") or "")
    if text:
        try:
            good = _DAY.fullmatch(text) and day.fromisoformat(text)
        except ValueError:
            good = None
        if not good:
            raise Misconfigured(f"date is a day as YYYY-MM-DD, not {text!r}")
    return text


def flavour_of(settings: Mapping[str, Any]) -> str:
    """Which of the venue's networks a box is. Raises Misconfigured."""
    flavour = str(settings.get("flavour") or "live")
    if flavour not in FLAVOURS:
        raise Misconfigured(f"there is no flavour {flavour!r}; there are: {', '.join(FLAVOURS)}")
    date = date_of(settings)
    if flavour == "demo" and not holds(DEMO_MODE, date):
        raise Misconfigured(f"there was no Demo Mode before {DEMO_MODE.date}")
    return flavour


def in_force(table: Table, settings: Mapping[str, Any]) -> Table:
    """The operations that exist on the box's day and network."""
    flavour = flavour_of(settings)
    gone = absent(CHANGES, date_of(settings)) | ELSEWHERE.get(flavour, frozenset())
    wallet = flavour == "live"
    return Table(
        tuple(
            row
            for row in table.rows
            if row.name not in gone
            and (
                wallet
                or not any(
                    isinstance(door, Rest) and door.path.startswith(WALLET) for door in row.doors
                )
            )
        )
    )


def _symbol(info: Symbol, date: str) -> Symbol:
    if not holds(OPO, date):
        info = replace(info, opo_allowed=UNSET)
    if not holds(STP_TRANSFER, date):
        modes = tuple(m for m in info.allowed_self_trade_prevention_modes if m != "TRANSFER")
        info = replace(info, allowed_self_trade_prevention_modes=modes)
    most = 25 if not holds(ICEBERG_50, date) else 50 if not holds(ICEBERG_100, date) else 0
    if most:
        info = replace(info, filters=tuple(_iceberg(each, most) for each in info.filters))
    return info


def _iceberg(each: R, most: int) -> R:
    if isinstance(each, IcebergParts) and each.limit > most:
        return replace(each, limit=most)
    return each


def dated(rows: Sequence[Row], settings: Mapping[str, Any]) -> Sequence[Row]:
    """Symbols as exchangeInfo told them on the box's day."""
    date = date_of(settings)
    return [replace(row, info=_symbol(row.info, date)) for row in rows] if date else rows
