"""The numbers of the rules, as data: a table per environment in TOML.

    [testnet]
    orders_per_second = 10
    collar = "0.05"              # a limit may cross the book by at most 5 %
    [testnet.order_value]        # in the quote asset
    USDT = "100000"

None (or left out) is no limit. Money is text: TOML's numbers are floats.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct, ValidationError, convert

from ..model import Misconfigured

SECOND = 1_000_000_000


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """What an environment allows. Values per quote asset; an asset that is not named has none."""

    orders_per_second: int | None = None
    orders_per_minute: int | None = None
    collar: Decimal | None = None
    book_age_ms_max: int | None = None
    book_required: bool = False
    order_value: Mapping[str, Decimal] = {}
    instrument_exposure: Mapping[str, Decimal] = {}
    total_exposure: Mapping[str, Decimal] = {}


def read(tables: Mapping[str, Any], environment: str) -> Limits:
    """The limits of an environment. Raises Misconfigured for what is not understood."""
    table = tables.get(environment, {})
    try:
        return convert(table, Limits, strict=True)
    except ValidationError as error:
        known = ", ".join(Limits.__struct_fields__)
        raise Misconfigured(f"limits of {environment}: {error}; there are: {known}") from None
