"""The past of one instrument at one venue: exact bars and prints, in ticks and lots.

``skeleton`` says where prices go; here volumes are split to the last lot, values to the last tick
times lot, and prints are drawn inside a *leaf*: a minute of a busy instrument, a quarter of an
hour of another.

    day -> hours -> quarters -> minutes -> prints -> seconds     (busy)
    day -> hours -> quarters -> prints -> minutes, seconds       (others)

Every level folds exactly to the one above it: open, high, low, close, volume, value, what buyers
took of both, count and ids. All of it is a pure function of (seed, instrument, index); the caches
are bounded and change nothing.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache

from ...model import Misconfigured
from . import exact
from .bars import Bar
from .mixing import key, text_key
from .prints import TICKS_PER_SECOND, Leaf, draw_leaf
from .skeleton import GENESIS, Shape, Skeleton

_LEAST = 16
"""Lots a side and trade on an average day, at least: with fewer, sums could not be met."""

QUARTER = 900
MINUTE = 60


class PricePath:
    """One instrument's past and future without outsiders.

    Quantities here are whole *steps*: ``lot_step`` lots, so chosen that the value of every print
    is a whole number of the venue's units and bars of values fold exactly too.
    """

    def __init__(
        self,
        seed: int,
        skeleton: Skeleton,
        tick_size: Decimal,
        lot_size: Decimal,
        lot_step: int = 1,
    ) -> None:
        ratio = tick_size / skeleton.unit
        if ratio != ratio.to_integral_value() or ratio < 1:
            raise Misconfigured(
                f"{skeleton.spec.id}: a tick of {tick_size} is finer than {skeleton.unit}"
            )
        self.skeleton = skeleton
        self.spec = skeleton.spec
        self.tick_size = tick_size
        self.lot_size = lot_size
        self.lot_step = lot_step
        self.leaf_seconds = skeleton.leaf_seconds
        self.leaf_ticks = self.leaf_seconds * TICKS_PER_SECOND
        self._tick = int(ratio)
        self.key = key(seed, text_key(skeleton.spec.id), 7)
        self.spread = max(
            1, round(float(self.spec.price * Decimal(self.spec.spread) / 100_000 / tick_size))
        )
        self.gap = max(
            1, round(float(self.spec.price * Decimal(self.spec.gap) / 100_000 / tick_size))
        )
        self.day = lru_cache(1024)(self._day)
        self.hours = lru_cache(64)(self._hours)
        self.quarters = lru_cache(64)(self._draw_quarters)
        self._split_quarter = lru_cache(32)(self._draw_minutes)
        self._split_minute = lru_cache(8)(self._draw_seconds)
        self.leaf = lru_cache(6 if self.leaf_seconds > 1 else 128)(self._leaf)

    day: Callable[[int], Bar]
    hours: Callable[[int], Sequence[Bar]]
    quarters: Callable[[int], Sequence[Bar]]
    leaf: Callable[[int], Leaf]

    def minutes(self, quarter: int) -> Sequence[Bar]:
        """The 15 minutes of a quarter."""
        if self.leaf_seconds == QUARTER:
            return self.leaf(quarter).bars(MINUTE)
        return self._split_quarter(quarter)

    def hour(self, hour: int) -> Bar:
        """One hour."""
        return self.hours(hour // 24)[hour % 24]

    def quarter(self, quarter: int) -> Bar:
        """One quarter of an hour."""
        return self.quarters(quarter // 4)[quarter % 4]

    def minute(self, minute: int) -> Bar:
        """One minute."""
        return self.minutes(minute // 15)[minute % 15]

    def seconds(self, minute: int) -> Sequence[Bar]:
        """The 60 seconds of a minute."""
        if self.leaf_seconds == 1:
            return self._split_minute(minute)
        if self.leaf_seconds == MINUTE:
            return self.leaf(minute).bars(1)
        start = minute % 15 * 60
        return self.leaf(minute // 15).bars(1)[start : start + 60]

    def second(self, second: int) -> Bar:
        """One second."""
        return self.seconds(second // 60)[second % 60]

    def leaf_of_tick(self, tick: int) -> Leaf:
        """The leaf that a tick lies in."""
        return self.leaf(tick // self.leaf_ticks)

    def before(self, tick: int) -> int:
        """How many prints there were before a tick since the first day: the next print's number."""
        leaf = self.leaf_of_tick(tick)
        return leaf.first + leaf.index(tick)

    def find(self, number: int) -> tuple[Leaf, int]:
        """The leaf and the place in it of a print by its number."""
        day = GENESIS + number // self.spec.trades
        while self.skeleton.trades_before(day) > number:
            day -= 1
        while self.skeleton.trades_before(day + 1) <= number:
            day += 1
        hours = self.hours(day)
        hour = bisect_right([bar.first for bar in hours], number) - 1
        index = day * 24 + hour
        for split, seconds in ((self.quarters, QUARTER), (self.minutes, MINUTE), (self.seconds, 1)):
            if self.leaf_seconds <= seconds:
                bars = split(index)
                index = index * len(bars) + bisect_right([bar.first for bar in bars], number) - 1
        leaf = self.leaf(index)
        return leaf, number - leaf.first

    def _snap(self, points: int) -> int:
        return max(1, (points + self._tick // 2) // self._tick)

    def _day(self, day: int) -> Bar:
        shape = self.skeleton.day(day)
        lots = shape.weight / float(self.lot_size) / self.lot_step
        bought = max(_LEAST * shape.trades, int(lots * shape.buyers))
        sold = max(_LEAST * shape.trades, int(lots * (1 - shape.buyers)))
        opened, high, low, closed = (self._snap(p) for p in shape[:4])
        mean = max(low * 0.8 + high * 0.2, min(low * 0.2 + high * 0.8, shape.mean / self._tick))
        # where the price stands still, floats would miss the one value that there can be
        value, value_sold = (low * q if low == high else int(mean * q) for q in (bought, sold))
        first = self.skeleton.trades_before(day)
        return Bar(opened, high, low, closed, first, shape.trades, bought, value, sold, value_sold)

    def _hours(self, day: int) -> Sequence[Bar]:
        return self._split(self.day(day), self.skeleton.hours(day))

    def _draw_quarters(self, hour: int) -> Sequence[Bar]:
        return self._split(self.hour(hour), self.skeleton.quarters(hour))

    def _draw_minutes(self, quarter: int) -> Sequence[Bar]:
        return self._split(self.quarter(quarter), self.skeleton.minutes(quarter))

    def _draw_seconds(self, minute: int) -> Sequence[Bar]:
        return self._split(self.minute(minute), self.skeleton.seconds(minute))

    def _split(self, bar: Bar, shapes: Sequence[Shape]) -> Sequence[Bar]:
        snap = self._snap
        opens = [snap(s.open) for s in shapes]
        highs = [snap(s.high) for s in shapes]
        lows = [snap(s.low) for s in shapes]
        closes = [snap(s.close) for s in shapes]
        # The bar's own range may have grown when it was split from its parent.
        highs[highs.index(max(highs))] = bar.high
        lows[lows.index(min(lows))] = bar.low
        counts = [s.trades for s in shapes]
        means = [s.mean / self._tick for s in shapes]
        buyers = [s.weight * s.buyers for s in shapes]
        sellers = [s.weight * (1 - s.buyers) for s in shapes]
        ranges = exact.Ranges(opens, highs, lows, closes)
        sides = (
            (bar.bought, bar.bought_value, True, counts, ranges, means, buyers),
            (bar.sold, bar.sold_value, False, counts, ranges, means, sellers),
        )
        width, grown = ranges.width(), True
        while grown:  # a side that widens a range binds the other side anew
            (bought, bought_value), (sold, sold_value) = (exact.share(*side) for side in sides)
            width, grown = ranges.width(), ranges.width() != width
        firsts = []
        first = bar.first
        for count in counts:
            firsts.append(first)
            first += count
        columns = (
            opens,
            highs,
            lows,
            closes,
            firsts,
            counts,
            bought,
            bought_value,
            sold,
            sold_value,
        )
        return tuple(map(Bar._make, zip(*columns, strict=True)))

    def _leaf(self, index: int) -> Leaf:
        bars = {QUARTER: self.quarter, MINUTE: self.minute, 1: self.second}
        bar = bars[self.leaf_seconds](index)
        return draw_leaf(
            key(self.key, index),
            bar,
            index * self.leaf_ticks,
            self.leaf_seconds,
            self.spread,
            self.gap,
        )
