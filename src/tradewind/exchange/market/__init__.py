"""The market: a price path, prints and participants' ladders from a seed, and what outsiders did.

Pure: no clock, no sockets, no randomness but ``mixing``.
"""

from .market import Market
from .store import MemoryStore, Store, Stretch

__all__ = ["Market", "MemoryStore", "Store", "Stretch"]
