"""Client and exchange together in one process, on a wire in memory and a clock that jumps, with
seeded faults. From one seed, the same every time.
"""

from .boxed import default_venue
from .report import Report, told
from .world import Pace, World, simulate

__all__ = ["Pace", "Report", "World", "default_venue", "simulate", "told"]
