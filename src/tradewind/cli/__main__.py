"""``python -m tradewind.cli``."""

from . import entry

entry()
