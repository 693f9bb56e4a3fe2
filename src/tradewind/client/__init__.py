"""The unified API: one async Python interface over every venue.

async with tradewind.connect("...", env="local") as venue:
    order = await venue.place_order("BTC/USDT", "buy", "limit", quantity="0.01", price="50000")
"""

from .door import Exchanged
from .intents import Journal
from .orders import Unknown
from .reconcile import Reconciled
from .venue import Venue, connect

__all__ = ["Exchanged", "Journal", "Reconciled", "Unknown", "Venue", "connect"]
