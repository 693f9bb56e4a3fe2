"""The rules about orders: a snapshot in, a verdict out. Pure.

``check`` is the only way to an ``Approved``, and only an ``Approved`` can be sent.
"""

from .approval import Approved, Refused
from .chain import RULES, Risky, check, check_ending
from .limits import Limits
from .snapshot import Exposure, Snapshot, Top

__all__ = [
    "RULES",
    "Approved",
    "Exposure",
    "Limits",
    "Refused",
    "Risky",
    "Snapshot",
    "Top",
    "check",
    "check_ending",
]
