"""Tradewind: the exchange in a box, and the client that cannot hurt you."""

__version__ = "0.1.0"
