"""The nouns as data frames, for those who have polars or pandas (extras of their own).

    to_polars(await venue.fetch_candles("BTC/USDT", "1h", start))

Columns are the nouns' fields. Times become timestamps in UTC; prices and quantities stay exact
(``Decimal``), or become floats with ``exact=False``, which is what indicators want and orders never
do. A book becomes its levels: side, price, quantity.
"""

from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from importlib import import_module
from typing import Any

from msgspec import Struct

from ..model import InvalidInput, Misconfigured, OrderBook

TIMES = {"time", "opened", "closed", "created", "updated"}
"""Fields that are moments in ns."""


def columns(rows: Iterable[Struct] | OrderBook, exact: bool = True) -> dict[str, list[Any]]:
    """The fields of nouns of one kind as columns of plain values; times stay ns.

    Raises InvalidInput for rows of different kinds.
    """
    nouns = _levels(rows) if isinstance(rows, OrderBook) else list(rows)
    if not nouns:
        return {}
    kind = type(nouns[0])
    if any(type(noun) is not kind for noun in nouns):
        raise InvalidInput("rows of a frame are nouns of one kind")
    return {
        name: [_plain(getattr(noun, name), exact) for noun in nouns]
        for name in kind.__struct_fields__
    }


def to_polars(rows: Iterable[Struct] | OrderBook, exact: bool = True) -> Any:
    """A ``polars.DataFrame``. Raises Misconfigured when polars is not there."""
    polars = _library("polars")
    found = columns(rows, exact)
    times = [polars.from_epoch(n, time_unit="ns").alias(n) for n in found if n in TIMES]
    frame = polars.DataFrame(found).with_columns(times)
    return frame.with_columns(
        [polars.col(n).dt.replace_time_zone("UTC") for n in found if n in TIMES]
    )


def to_pandas(rows: Iterable[Struct] | OrderBook, exact: bool = True) -> Any:
    """A ``pandas.DataFrame``. Raises Misconfigured when pandas is not there."""
    pandas = _library("pandas")
    frame = pandas.DataFrame(columns(rows, exact))
    for name in frame.columns:
        if name in TIMES:
            frame[name] = pandas.to_datetime(frame[name], unit="ns", utc=True)
    return frame


class _Row(Struct, frozen=True):
    side: str
    price: Decimal
    quantity: Decimal


def _levels(book: OrderBook) -> list[Struct]:
    sides = (("bid", book.bids), ("ask", book.asks))
    return [_Row(side, level.price, level.quantity) for side, rows in sides for level in rows]


def _plain(value: Any, exact: bool) -> Any:
    if isinstance(value, Decimal):
        return value if exact else float(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Struct):
        return str(value)
    return value


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise Misconfigured(
            f"{name} is not installed; run: pip install 'tradewind[{name}]'"
        ) from None
