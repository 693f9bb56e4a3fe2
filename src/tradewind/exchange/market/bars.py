"""A bar of the path, and how bars fold."""

from collections.abc import Iterable
from typing import NamedTuple


class Bar(NamedTuple):
    """A bar in ticks and lot steps; values are ticks times steps; ``first`` is how many trades came
    before it. Without trades the prices repeat the last one.
    """

    open: int
    high: int
    low: int
    close: int
    first: int
    trades: int
    bought: int
    bought_value: int
    sold: int
    sold_value: int

    @property
    def volume(self) -> int:
        """All lots."""
        return self.bought + self.sold

    @property
    def value(self) -> int:
        """All ticks times lots."""
        return self.bought_value + self.sold_value


def fold(bars: Iterable[Bar]) -> Bar:
    """One bar over neighbouring bars, at least one; bars without trades only carry a price."""
    every = list(bars)
    some = [bar for bar in every if bar.trades]
    if not some:
        return every[0]
    return Bar(
        some[0].open,
        max(bar.high for bar in some),
        min(bar.low for bar in some),
        some[-1].close,
        some[0].first,
        sum(bar.trades for bar in some),
        sum(bar.bought for bar in some),
        sum(bar.bought_value for bar in some),
        sum(bar.sold for bar in some),
        sum(bar.sold_value for bar in some),
    )
