"""Symbols as the exchange works with them: between the engine's integers and the wire's text.

    "0.10000000"  <- price(ticks) --   ticks, lots, units   -- read_price(units), read_lots(units)

Units are hundred-millionths, of a price as of an asset. Reading divides exactly or raises
ValueError: whether a number is a multiple of the tick is a filter's business, asked before.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from ....engine.listing import Listing
from ....model import InstrumentStatus
from ....protocol.scaled import read
from .. import rules
from ..instruments import DECIMALS, UNIT, Row, chosen, filter_of, listing
from ..wire.market import PriceFilter, Symbol

F = TypeVar("F", bound=Struct)


@lru_cache(4_096)
def text(units: int) -> str:
    """Hundred-millionths as decimal text with 8 places. Books and answers repeat themselves."""
    if units < 0:
        return "-" + text(-units)
    return f"{units // UNIT}.{units % UNIT:08d}"


class Updates:
    """The update ids of one symbol's book.

    ``lastUpdateId`` of a snapshot and ``U``/``u`` of the diff stream are this one counter: it goes
    up by one with every command or tick that changed a level. It begins at the clock's
    microseconds, so that after every restart it is larger than anything said before.
    """

    __slots__ = ("last",)

    def __init__(self) -> None:
        self.last = 0

    def begin(self, now: int) -> None:
        """Count on from a time in nanoseconds, unless that would go back."""
        self.last = max(self.last, now // 1_000)

    def next(self) -> int:
        """Count one change."""
        self.last += 1
        return self.last


class Market:
    """One symbol: its rules, its listing, and how its numbers are written."""

    __slots__ = (
        "filters",
        "id",
        "info",
        "listing",
        "lower",
        "row",
        "step",
        "symbol",
        "tick",
        "updates",
    )

    def __init__(self, row: Row, listing: Listing) -> None:
        self.row = row
        self.listing = listing
        self.id = row.id
        self.info = row.info
        self.symbol = row.info.symbol
        self.lower = self.symbol.lower()
        self.tick = read(filter_of(row.info, PriceFilter).tick_size, DECIMALS)
        """Units of a price in one tick."""
        self.step = listing.base_per_lot
        """Units of the base asset in one lot."""
        self.updates = Updates()
        self.filters: Mapping[type[Struct], Any] = {type(each): each for each in row.info.filters}

    def filter(self, kind: type[F]) -> F | None:
        """The filter of that kind, if the symbol has one."""
        found: F | None = self.filters.get(kind)
        return found

    def price(self, ticks: int) -> str:
        """Ticks as text: ``"0.10000000"``."""
        return text(ticks * self.tick)

    def quantity(self, lots: int) -> str:
        """Lots as text."""
        return text(lots * self.step)

    def value(self, units: int) -> str:
        """Units of the quote asset (or of any asset: all have 8 places) as text."""
        return text(units)

    def average(self, value: int, lots: int) -> int:
        """Units of a price: ``value`` quote units over ``lots``, rounded down; 0 over nothing."""
        return value * UNIT // (lots * self.step) if lots else 0

    def read_price(self, units: int) -> int:
        """Ticks in a price of that many units. Raises ValueError between ticks."""
        return _whole(units, self.tick, self.symbol)

    def read_lots(self, units: int) -> int:
        """Lots in that many base units. Raises ValueError between lots."""
        return _whole(units, self.step, self.symbol)


def _whole(units: int, per: int, symbol: str) -> int:
    whole, rest = divmod(units, per)
    if rest:
        raise ValueError(f"{text(units)} is no multiple of {text(per)} on {symbol}")
    return whole


class Markets(dict[str, Market]):
    """The markets by native symbol, in the order exchangeInfo lists them; never changed. A dict
    itself, because every request looks into it several times.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        super().__init__((row.info.symbol, Market(row, listing(row.info))) for row in rows)
        self.by_id = {market.id: market for market in self.values()}
        self.by_lower = {market.lower: market for market in self.values()}
        self.pairs = {
            (market.info.base_asset, market.info.quote_asset): market for market in self.values()
        }

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Markets":
        """The markets that the settings choose."""
        return cls(rules.dated(chosen(settings), settings))


STATUS_TEXT = {
    InstrumentStatus.TRADING: "TRADING",
    InstrumentStatus.CANCEL_ONLY: "CANCEL_ONLY",
    InstrumentStatus.HALTED: "HALT",
    InstrumentStatus.ENDED: "BREAK",
}
"""What the engine's status is called on the wire."""


def symbol_info(market: Market, status: InstrumentStatus, show_permission_sets: bool) -> Symbol:
    """The symbol's exchangeInfo entry at that status."""
    told = market.info.status
    now = told if _same(told, status) else STATUS_TEXT[status]
    sets = market.info.permission_sets if show_permission_sets else ()
    return msgspec.structs.replace(market.info, status=now, permission_sets=sets)


def _same(told: str, status: InstrumentStatus) -> bool:
    return STATUS_TEXT[status] == told or (told == "BREAK" and status is InstrumentStatus.HALTED)
