"""The price path of an instrument, drawn coarse to fine and the same for every venue.

    block of 64 days -> day -> hour -> quarter of an hour -> minute

A bar's children are drawn inside it: the first opens where it opens, the last closes where it
closes, one touches its high, one its low, and their trade counts add up to its. Nothing is kept
that cannot be drawn again, so any bar of any day costs the same.

Prices are *points*, integers fine enough that every venue's tick is a whole number of them;
``path`` snaps them to ticks (snapping is monotone, so highs, lows, opens and closes still fold) and
adds exact lots. A cross has no draws of its own for closes: they are the quotient of its legs'.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from math import sqrt
from typing import NamedTuple, Protocol

from .mixing import bell, exp, key, mix, text_key
from .universe import Spec

DAY = 86_400
GENESIS = 18_262
"""The first day of the past: 2020-01-01, days since 1970."""
REFERENCE = 20_781
"""The day at whose end prices are the universe's reference prices: 2026-11-24."""
_STEP, _SHAKE = 0.55, 0.55
"""Of a child's usual move: how much of it stays in the path, and how much comes and goes. Together
they leave the returns of a minute without memory, as ``bench/market/facts.py`` measures.
"""
FLOOR = 8
"""The fewest trades of a bar that prints are drawn from; fewer cannot meet its exact sums."""
BUSY = 30_000
"""With more trades a day prints are drawn by the minute, else by the quarter of an hour."""

_BLOCK = 64
_NOISE_DAYS = ((64, 0.10), (128, 0.16), (256, 0.2), (512, 0.2), (1024, 0.2))
"""Slow waves of the logarithm of the price: period in days, amplitude for a 2.5 % instrument."""


class Shape(NamedTuple):
    """A bar in points: prices, mean price, trade count, volume weight, buyers' share.

    ``weight`` is base units for a day, and relative to its siblings for an hour or a minute.
    """

    open: int
    high: int
    low: int
    close: int
    mean: int
    trades: int
    weight: float
    buyers: float


class Skeleton(Protocol):
    """What ``path`` needs to know of an instrument's prices; indices count from 1970."""

    spec: Spec
    unit: Decimal
    """One point, in quote per base."""
    leaf_seconds: int
    """What prints are drawn from: quarters (900), minutes (60) or seconds (1)."""

    def trades_before(self, day: int) -> int:
        """How many trades there were before that day, since GENESIS."""

    def day(self, day: int) -> Shape:
        """One day."""

    def hours(self, day: int) -> Sequence[Shape]:
        """The 24 hours of a day."""

    def quarters(self, hour: int) -> Sequence[Shape]:
        """The 4 quarters of an hour."""

    def minutes(self, quarter: int) -> Sequence[Shape]:
        """The 15 minutes of a quarter."""

    def seconds(self, minute: int) -> Sequence[Shape]:
        """The 60 seconds of a minute, where prints are drawn from seconds."""


def points_of(price: Decimal) -> Decimal:
    """A power of ten of which the price has 10 digits."""
    return Decimal(1).scaleb(price.adjusted() - 9)


class Drawn:
    """The skeleton of one instrument from a seed."""

    def __init__(self, seed: int, spec: Spec, legs: "tuple[Drawn, Drawn] | None" = None) -> None:
        self.spec = spec
        self.unit = points_of(spec.price)
        self.leaf_seconds = 60 if spec.trades >= BUSY else 900
        by_minute = self.leaf_seconds == 60
        self._legs = legs
        self._seed = key(seed, text_key(spec.id))
        self._common = key(seed, text_key("everything"))
        self._floor = 15 * FLOOR if by_minute else FLOOR
        """The fewest trades of a quarter."""
        self._block = lru_cache(64)(self._draw_block)
        self.day = lru_cache(1024)(self._draw_day)
        # few, for the pairs that this one is a leg of: what is made of them is what is kept
        self.hours = lru_cache(16)(self._draw_hours)
        self.quarters = lru_cache(16)(self._draw_quarters)
        self.minutes = lru_cache(16)(self._draw_minutes)
        self._scale = 1.0
        if legs is None:
            self._scale = float(spec.price / self.unit) / exp(self._log(REFERENCE))
        else:
            self._scale = float(legs[0].unit / legs[1].unit / self.unit)

    day: Callable[[int], Shape]
    hours: Callable[[int], Sequence[Shape]]
    quarters: Callable[[int], Sequence[Shape]]
    minutes: Callable[[int], Sequence[Shape]]

    def trades_before(self, day: int) -> int:
        """How many trades there were before that day, since GENESIS; every block has the same."""
        block, place = divmod(day - GENESIS, _BLOCK)
        return block * _BLOCK * self.spec.trades + self._block(block)[2][place]

    def _log(self, day: int) -> float:
        """The logarithm of the close of a day, without scale."""
        block, place = divmod(day - GENESIS, _BLOCK)
        return self._block(block)[0][place + 1]

    def _close(self, day: int) -> int:
        if self._legs is not None:
            above, below = self._legs
            return int(above._close(day) * self._scale / below._close(day))
        return max(1_000_000, int(self._scale * exp(self._log(day))))

    def _draw_block(self, block: int) -> tuple[list[float], list[float], list[int]]:
        """Closes (65, the first is the close before), turbulence (64), trades before (65)."""
        spec = self.spec
        common = _wander(self._common, block, 0.02)
        own = _wander(self._seed, block, spec.volatility)
        beta = spec.beta
        alone = sqrt(1 - beta * beta)
        logs = [
            c * beta * spec.volatility / 0.02 + o * alone for c, o in zip(common, own, strict=True)
        ]
        x = key(self._seed, 2, block)
        turbulence: list[float] = []
        last = 1.0
        for place in range(_BLOCK):
            x = mix(x)
            weekend = (GENESIS + block * _BLOCK + place + 3) % 7 > 4
            drawn = (0.5 + (x & 0xFFFF) / 80000 + 1.6 * ((x >> 16 & 0xFFFF) / 65536) ** 5) * (
                0.75 if weekend else 1.0
            )
            last = 0.5 * last + 0.5 * drawn
            turbulence.append(last)
        floor = 96 * self._floor
        counts = _portions(
            _BLOCK * (spec.trades - floor), [int(t * 4096) for t in turbulence], floor
        )
        before = [0]
        for count in counts:
            before.append(before[-1] + count)
        return logs, turbulence, before

    def _draw_day(self, day: int) -> Shape:
        block, place = divmod(day - GENESIS, _BLOCK)
        _, turbulence, before = self._block(block)
        wild = turbulence[place]
        x = mix(key(self._seed, 3, day))
        opened, closed = self._close(day - 1), self._close(day)
        step = self.spec.volatility * wild * opened * 0.9
        top, bottom = max(opened, closed), min(opened, closed)
        if self._legs is not None:
            hours = self._leg_bars(day, 24)
            closes = [close for close, _ in hours]
            top, bottom = max(top, *closes), min(bottom, *closes)
            step *= 0.2
        high = top + int(step * (0.03 + ((x & 0xFFFF) / 65536) ** 2))
        low = max(1, bottom - int(step * (0.03 + ((x >> 16 & 0xFFFF) / 65536) ** 2)))
        mean = (2 * (opened + closed) + high + low) // 6
        if self._legs is not None:
            mean = sum(mean for _, mean in hours) // 24
        else:
            mean += int((high - low) * ((x >> 32 & 0xFFFF) - 32768) / 655360)
        buyers = 0.5 + ((x >> 48) - 32768) / 655360
        price = float(self.spec.price)
        base = self.spec.turnover / price * wild * wild**0.5
        trades = before[place + 1] - before[place]
        return Shape(opened, high, low, closed, mean, trades, base, buyers)

    def _leg_bars(self, index: int, n: int) -> list[tuple[int, int]]:
        """What the legs say of closes and means of a day's hours (24), an hour's quarters (4) or a
        quarter's minutes (15).
        """
        assert self._legs is not None
        parts = [{24: leg.hours, 4: leg.quarters, 15: leg.minutes}[n](index) for leg in self._legs]
        pairs = zip(*parts, strict=True)
        scale = self._scale
        return [(int(a.close * scale / b.close), int(a.mean * scale / b.mean)) for a, b in pairs]

    def _draw_hours(self, day: int) -> Sequence[Shape]:
        legs = self._leg_bars(day, 24) if self._legs else None
        draw = key(self._seed, 4, day)
        return refine(self.day(day), 24, draw, 4 * self._floor, _HOURS, legs)

    def _draw_quarters(self, hour: int) -> Sequence[Shape]:
        legs = self._leg_bars(hour, 4) if self._legs else None
        bar = self.hours(hour // 24)[hour % 24]
        return refine(bar, 4, key(self._seed, 5, hour), self._floor, _QUARTERS, legs)

    def _draw_minutes(self, quarter: int) -> Sequence[Shape]:
        legs = self._leg_bars(quarter, 15) if self._legs else None
        bar = self.quarters(quarter // 4)[quarter % 4]
        return refine(bar, 15, key(self._seed, 6, quarter), FLOOR, _MINUTES, legs)

    def seconds(self, minute: int) -> Sequence[Shape]:
        """The 60 seconds of a minute; not what prints are drawn from here."""
        bar = self.minutes(minute // 15)[minute % 15]
        return refine(bar, 60, key(self._seed, 7, minute), 0, [100] * 60)


_HOURS = (
    # How busy each UTC hour is: Asia's morning, Europe's, then the American one.
    78, 82, 74, 66, 62, 60, 64, 74, 88, 92, 90, 88,
    102, 140, 164, 158, 140, 122, 108, 100, 98, 90, 80, 76,
)  # fmt: skip
_QUARTERS = (108, 97, 99, 96)
_MINUTES = (118, 104, *[98] * 13)


def _wander(seed: int, block: int, volatility: float) -> list[float]:
    """65 values of a walk over a block's days: slow waves at the ends, midpoints between."""
    ends = [_waves(seed, b) * volatility / 0.025 for b in (block, block + 1)]
    walk = [0.0] * (_BLOCK + 1)
    walk[0], walk[_BLOCK] = ends
    x = key(seed, 1, block)
    half = _BLOCK // 2
    while half:
        spread = volatility * sqrt(half / 2)
        for at in range(half, _BLOCK, 2 * half):
            x = mix(x)
            walk[at] = (walk[at - half] + walk[at + half]) / 2 + spread * bell(x)
        half //= 2
    return walk


def _waves(seed: int, block: int) -> float:
    total = 0.0
    for number, (period, height) in enumerate(_NOISE_DAYS):
        cell, rest = divmod(block * _BLOCK, period)
        left, right = (
            bell(mix(key(seed, 10 + number, cell))),
            bell(mix(key(seed, 10 + number, cell + 1))),
        )
        total += height * (left + (right - left) * rest / period)
    return total


def _portions(total: int, weights: Sequence[int], floor: int) -> list[int]:
    """Whole portions by weight that add up to ``total``, each plus ``floor``."""
    whole = sum(weights)
    given = so_far = 0
    portions = []
    for weight in weights:
        so_far += weight
        upto = total * so_far // whole
        portions.append(floor + upto - given)
        given = upto
    return portions


def refine(
    bar: Shape,
    n: int,
    draw: int,
    floor: int,
    busy: Sequence[int],
    legs: Sequence[tuple[int, int]] | None = None,
) -> tuple[Shape, ...]:
    """The ``n`` children of a bar, which fold to it. ``busy`` is the usual activity of each.

    With ``legs``, closes and means, the children are there, as far as the bar allows.
    """
    closes = None if legs is None else [close for close, _ in legs]
    opened, high, low, closed, _, trades, _, buyers = bar
    weights: list[int] = []
    extras: list[int] = []
    x, last = draw, 100.0
    for usual in busy:
        x = mix(x)
        a = x & 0xFFFF
        drawn = usual * (0.3 + 2.2 * (a / 65536) ** 3) * (2.5 if a > 64200 else 1.0)
        last = 0.45 * last + 0.55 * drawn
        weights.append(int(last * 64) + 1)
        extras.append(x)
    whole = sum(weights)
    scale = (high - low) / (1.6 * sqrt(whole / 64))
    path = _closes(bar, x, weights, whole, scale, closes)
    path[-1] = closed
    tops: list[int] = []
    bottoms: list[int] = []
    before = opened
    for close, weight, x in zip(path, weights, extras, strict=True):
        wick = scale * sqrt(weight / 64) * 0.9
        top, bottom = (before, close) if before > close else (close, before)
        tops.append(min(high, top + int(wick * (x >> 16 & 0xFFFF) * (x >> 32 & 0xFFFF) / 2**32)))
        bottoms.append(
            max(low, bottom - int(wick * (x >> 40 & 0xFFFF) * (x >> 24 & 0xFFFF) / 2**32))
        )
        before = close
    tops[tops.index(max(tops))] = high
    bottoms[bottoms.index(min(bottoms))] = low
    counts = _portions(trades - n * floor, weights, floor)
    children: list[Shape] = []
    before = opened
    for close, top, bottom, count, weight, x in zip(
        path, tops, bottoms, counts, weights, extras, strict=True
    ):
        middle = (2 * (before + close) + top + bottom) // 6
        middle += int((top - bottom) * ((x >> 48) - 32768) / 524288)
        if legs is not None:
            part = (top - bottom) // 4
            middle = min(top - part, max(bottom + part, legs[len(children)][1]))
        share = buyers + 0.5 * (close - before) / (top - bottom + 1) * 0.5
        children.append(
            Shape(
                before,
                top,
                bottom,
                close,
                middle,
                count,
                weight * (0.6 + (x >> 20 & 0xFFFF) / 81920),
                min(0.85, max(0.15, share + ((x >> 36 & 0xFFF) - 2048) / 12288)),
            )
        )
        before = close
    return tuple(children)


def _closes(
    bar: Shape,
    draw: int,
    weights: list[int],
    whole: int,
    scale: float,
    given: Sequence[int] | None,
) -> list[int]:
    """Closes of the children, bent to the bar's mean; of a few walks the first that agrees."""
    if given is not None:
        path = [min(bar.high, max(bar.low, c)) for c in given]
        tolerance = 0.15 if len(given) > 15 else 0.08
        if _lean(path, weights, whole, bar, tolerance) < tolerance:
            return path
    best: list[int] = []
    least = float("inf")
    x = draw
    for _ in range(6):
        x = mix(x)
        path = _walk(bar, x, weights, whole, scale)
        off = _lean(path, weights, whole, bar)
        if off < least:
            best, least = path, off
        if off < 0.03:
            break
    return best


def _lean(
    path: list[int], weights: list[int], whole: int, bar: Shape, tolerance: float = 0.0
) -> float:
    """Bend a path so that its mean is the bar's, leaving ends, high and low where they are. One
    within ``tolerance`` is left as it is: volumes can lean instead.

    Returns by how much of the bar's span the mean is still off.
    """
    low, span = bar.low, bar.high - bar.low
    if span == 0:
        return 0.0
    average = passed = reach = 0.0
    bends: list[float] = []
    before = bar.open
    for value, weight in zip(path, weights, strict=True):
        passed += weight
        at = passed / whole
        room = (value - low) * (bar.high - value) / span * min(1.0, 6 * at * (1 - at))
        bends.append(room)
        reach += room * weight
        average += (value + before) * weight / 2
        before = value
    missing = bar.mean * whole - average
    if abs(missing) / whole / span < tolerance:
        return 0.0
    lean = max(-0.9, min(0.9, missing / reach)) if reach > 0 else 0.0
    for place, room in enumerate(bends):
        path[place] += int(lean * room)
    return abs(missing - lean * reach) / whole / span


def _walk(bar: Shape, draw: int, weights: list[int], whole: int, scale: float) -> list[int]:
    """Closes that lead from the open over the extremes to the close: legs about as long as their
    way is far, with a walk's noise on them.
    """
    opened, high, low, closed = bar[:4]
    stops = _stops(bar, draw, weights, whole)
    x = draw
    walk: list[float] = []
    at = shaken = 0.0
    for weight in weights:
        x = mix(x)
        step = bell(x) * sqrt(weight / 64)
        x = mix(x)
        at += _STEP * step - shaken
        shaken = _SHAKE * bell(x) * sqrt(weight / 64)
        at += shaken
        walk.append(at)
    path: list[int] = []
    begin, value, noise = -1, float(opened), 0.0
    for end, target in [*stops, (len(weights) - 1, closed)]:
        leg = sum(weights[begin + 1 : end + 1])
        passed = 0
        away = target - value
        drift = walk[end] - noise
        for place in range(begin + 1, end + 1):
            passed += weights[place]
            part = passed / leg
            here = value + away * part + scale * (walk[place] - noise - drift * part)
            if here > high:
                here = high - (here - high) / 2
            elif here < low:
                here = low + (low - here) / 2
            path.append(min(high, max(low, int(here))))
        begin, value, noise = end, float(target), walk[end]
    return path


def _stops(bar: Shape, draw: int, weights: list[int], whole: int) -> list[tuple[int, int]]:
    """After which children the extremes are reached, and the prices there; none for an extreme
    where the bar opens or closes.
    """
    opened, high, low, closed = bar[:4]
    x = mix(draw ^ 0x5707)
    high_first = x & 0xFF < (90 if closed > opened else 166)
    targets = (high, low) if high_first else (low, high)
    prices = (opened, *targets, closed)
    ways = [
        abs(b - a) * (0.35 + (x >> shift & 0xFF) / 256)
        for a, b, shift in zip(prices, prices[1:], (8, 16, 24), strict=False)
    ]
    total = sum(ways)
    stops: list[tuple[int, int]] = []
    if not total:
        return stops
    short = (high - low) // 64
    so_far, passed, place = 0.0, 0, -1
    for way, target in zip(ways, targets, strict=False):
        so_far += way
        while place < len(weights) - 2 and passed + weights[place + 1] / 2 < so_far / total * whole:
            place += 1
            passed += weights[place]
        if place >= 0 and (not stops or place > stops[-1][0]) and place < len(weights) - 1:
            stops.append((place, target - short if target == high else target + short))
    return stops
