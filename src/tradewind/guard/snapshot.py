"""What the guard is told about the world. Times in ns of our monotonic clock."""

from decimal import Decimal

from msgspec import Struct

from ..model import Instrument

ZERO = Decimal(0)


class Top(Struct, frozen=True, gc=False):
    """The best prices of a book, and when they were last known to be right."""

    bid: Decimal | None
    ask: Decimal | None
    at: int


class Exposure(Struct, frozen=True, gc=False):
    """What may still be bought and sold on an instrument, in its quote asset, at worst: open
    orders, orders under way and orders whose outcome is unknown (``unknown`` is these alone).
    """

    buying: Decimal = ZERO
    selling: Decimal = ZERO
    unknown: Decimal = ZERO


class Snapshot(Struct, frozen=True, gc=False):
    """The world as a rule may see it.

    ``orders_second`` and ``orders_minute`` count what has been sent in the last second and minute.
    ``killed`` is why nothing may be sent ("" when it may), ``live`` whether the venue is
    reconciled, ``read_only`` why this environment takes no orders.
    """

    now: int
    instrument: Instrument | None
    top: Top | None = None
    exposure: Exposure = Exposure()
    total: Decimal = ZERO
    """Exposure over all instruments of the same quote asset."""
    orders_second: int = 0
    orders_minute: int = 0
    killed: str = ""
    live: bool = True
    read_only: str = ""
