"""How much of what can go wrong is still to come: of each kind the same number per order, so that
what can strike often does not crowd out what can strike rarely.
"""

from collections import Counter
from collections.abc import Callable

MILLION = 1_000_000

DEATHS = 1_200
"""At each step, per million orders: at least a thousand are asked for."""

STRIKES = 1_350
"""Of each fault on each message, per million orders: chance may fall short of it."""

SPELLS = 1_300
"""Of each kind, per million orders."""


class Due:
    """``orders`` says how many there are; ``struck`` is counted here."""

    def __init__(self, per_million: int, orders: Callable[[], int]) -> None:
        self.struck: Counter[str] = Counter()
        self.met: Counter[str] = Counter()
        """How often it could have struck."""
        self._per_million = per_million
        self._orders = orders

    def take(self, name: str) -> bool:
        """Whether it strikes now that chance has pointed at it; counts it then."""
        self.met[name] += 1
        if self.struck[name] * MILLION >= self._per_million * self._orders():
            return False
        self.struck[name] += 1
        return True
