"""The unified API: one async Python interface over every venue.

async with tradewind.connect("...", env="local") as venue:
    order = await venue.place_order("BTC/USDT", "buy", "limit", quantity="0.01", price="50000")
"""

from .venue import Exchanged, Venue, connect

__all__ = ["Exchanged", "Venue", "connect"]
