"""Where time comes from on the real wire."""

from time import monotonic_ns as monotonic_ns
from time import time_ns as wall_ns

__all__ = ["monotonic_ns", "wall_ns"]
