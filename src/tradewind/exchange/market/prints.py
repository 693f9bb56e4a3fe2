"""The prints of one leaf: drawn at random, yet meeting the leaf's bar exactly.

There are ten ticks a second. In one tick all takers are on one side, so that a single ladder can
serve them: their prices go away from the touch, and what lies between is used up. A leaf of N
prints has a first one at its open, a last one at its close, a buy at its high, a sell at its low,
and one spare print a side, which takes the lots that make the value come out to the last unit.
"""

from bisect import bisect_left
from itertools import pairwise
from math import sqrt

from .bars import Bar
from .mixing import bell, mix

TICKS_PER_SECOND = 10


class Leaf:
    """Prints of a minute or an hour, ascending; lists of one length, one entry a print.

    ``buys`` says whether the taker bought; ``takers`` is the number of the first print of the same
    taker order; ``first`` how many prints there were before, ``base`` the first tick.
    """

    __slots__ = (
        "_bars",
        "base",
        "buys",
        "first",
        "open",
        "prices",
        "seconds",
        "sizes",
        "takers",
        "ticks",
    )

    def __init__(
        self,
        base: int,
        seconds: int,
        first: int,
        opened: int,
        ticks: list[int],
        prices: list[int],
        sizes: list[int],
        buys: list[bool],
        takers: list[int],
    ) -> None:
        self.base = base
        self.seconds = seconds
        self.first = first
        self.open = opened
        self.ticks = ticks
        self.prices = prices
        self.sizes = sizes
        self.buys = buys
        self.takers = takers
        self._bars: dict[int, tuple[Bar, ...]] = {}

    def index(self, tick: int) -> int:
        """How many of the leaf's prints come before a tick."""
        return bisect_left(self.ticks, tick)

    def bars(self, step: int) -> tuple[Bar, ...]:
        """The leaf's bars of ``step`` seconds."""
        known = self._bars.get(step)
        if known is None:
            known = self._bars[step] = self._fold(step)
        return known

    def bar(self, begin: int, end: int, last: int) -> Bar:
        """One bar over the prints ``begin`` to ``end`` of the leaf; ``last``: the price before."""
        if begin == end:
            return Bar(last, last, last, last, self.first + begin, 0, 0, 0, 0, 0)
        prices, sizes, buys = self.prices, self.sizes, self.buys
        some = prices[begin:end]
        bought = bought_value = volume = value = 0
        for at in range(begin, end):
            size = sizes[at]
            volume += size
            value += size * prices[at]
            if buys[at]:
                bought += size
                bought_value += size * prices[at]
        return Bar(
            some[0],
            max(some),
            min(some),
            some[-1],
            self.first + begin,
            end - begin,
            bought,
            bought_value,
            volume - bought,
            value - bought_value,
        )

    def _fold(self, step: int) -> tuple[Bar, ...]:
        edges = [
            bisect_left(self.ticks, self.base + at * TICKS_PER_SECOND)
            for at in range(0, self.seconds + 1, step)
        ]
        last = self.open
        bars = []
        for begin, end in pairwise(edges):
            bar = self.bar(begin, end, last)
            last = bar.close
            bars.append(bar)
        return tuple(bars)


def draw_leaf(draw: int, bar: Bar, base: int, seconds: int, spread: int, gap: int) -> Leaf:
    """Prints that fold to ``bar``, which has at least 8 trades and as many lots on each side.

    ``spread`` is the usual distance of bid and ask, ``gap`` that of the levels, in ticks.
    """
    count = bar.trades - 2
    ticks = _ticks(draw, count, seconds * TICKS_PER_SECOND)
    buys = _sides(draw, ticks, bar.bought / (bar.bought + bar.sold))
    prices = _prices(draw, bar, ticks, buys, spread, gap)
    top, bottom = _extremes(prices, buys)
    prices[top], prices[bottom] = bar.high, bar.low
    prices[0], prices[-1] = bar.open, bar.close
    fixed = {0, count - 1, top, bottom}
    sizes = _sizes(draw, buys, bar)
    rows = list(zip(ticks, prices, sizes, buys, strict=True))
    for buying, value in ((True, bar.bought_value), (False, bar.sold_value)):
        _meet(rows, fixed, buying, value, bar.low, bar.high)
    rows.sort(key=_place)
    return _grouped(draw, rows, bar, base, seconds)


Row = tuple[int, int, int, bool]
"""Tick in the leaf, price, size, whether the taker bought."""


def _place(row: Row) -> tuple[int, int]:
    return (row[0], row[1] if row[3] else -row[1])


def _ticks(draw: int, count: int, span: int) -> list[int]:
    """When each print is, in ticks of the leaf: bursts, with the first and the last one alone."""
    x = mix(draw ^ 0x11)
    ticks: list[int] = []
    while len(ticks) < count:
        x = mix(x)
        burst, at = x >> 56, (x & 0xFFFFFFFF) * span >> 32
        many = (
            1
            if burst < 150
            else 2
            if burst < 205
            else 3
            if burst < 235
            else 5
            if burst < 252
            else 9
        )
        ticks.extend([at] * many)
    del ticks[count:]
    ticks.sort()
    _part(ticks, span)
    if len(set(ticks[1:-1])) < 4:  # few prints: each in a tick of its own
        for at in range(count):
            ticks[at] = (at + 1) * span // (count + 2)
    return ticks


def _part(ticks: list[int], span: int) -> None:
    """Keep the first tick and the last one to themselves."""
    first, last = ticks[0], ticks[-1]
    if first >= span - 4:
        first = ticks[0] = 0
    if last <= first + 3:
        last = ticks[-1] = span - 1
    at = 1
    while ticks[at] <= first:
        ticks[at] = first + 1
        at += 1
    at = len(ticks) - 2
    while ticks[at] >= last:
        ticks[at] = last - 1
        at -= 1


def _sides(draw: int, ticks: list[int], buyers: float) -> list[bool]:
    """Who takes in each tick: one side a tick, the same side oftener than not in the next."""
    x = mix(draw ^ 0x22)
    bound = int(min(0.9, max(0.1, buyers)) * 65536)
    buys: list[bool] = []
    before, side = -1, x & 0x10000 > 0
    for tick in ticks:
        if tick != before:
            x = mix(x)
            if x >> 48 < 58000:
                side = x & 0xFFFF < bound
            before = tick
        buys.append(side)
    inner = buys[1:-1]
    if not 2 <= sum(inner) <= len(inner) - 2:
        _alternate(ticks, buys)
    return buys


def _alternate(ticks: list[int], buys: list[bool]) -> None:
    """Give each side at least two prints, tick by tick."""
    side, before = buys[1], ticks[1]
    for at in range(1, len(ticks) - 1):
        if ticks[at] != before:
            side, before = not side, ticks[at]
        buys[at] = side


def _prices(
    draw: int, bar: Bar, ticks: list[int], buys: list[bool], spread: int, gap: int
) -> list[int]:
    """A walk from open to close within low and high; buys half a spread above it, sells below."""
    opened, high, low, closed = bar[:4]
    count = len(ticks)
    if high == low:
        return [opened] * count
    x = mix(draw ^ 0x33)
    walk = [0.0] * count
    at, before = 0.0, ticks[0]
    for place in range(1, count):
        if ticks[place] != before:
            x = mix(x)
            at += bell(x)
            before = ticks[place]
        walk[place] = at
    scale = (high - low) / (1.6 * sqrt(count))
    line = (closed - opened) / count
    tilt = at / count
    away = [value - tilt * place for place, value in enumerate(walk)]
    mean = bar.value / bar.volume
    if (sum(away) > 0) != (2 * mean > opened + closed):
        away = [-a for a in away]
    half = spread / 2
    up = _fit(away, opened, line, high, scale, 1)
    down = _fit(away, opened, line, low, scale, -1)
    prices = []
    before, deep = -1, 0
    for place, (tick, value, buy) in enumerate(zip(ticks, away, buys, strict=True)):
        deep = deep + 1 if tick == before else 0
        before = tick
        price = opened + line * place + value * (up if value > 0 else down)
        sweep = half + (deep // 2) * gap
        price += sweep if buy else -sweep
        if price > high:
            price = high - min(high - low, (price - high) / 2)
        elif price < low:
            price = low + min(high - low, (low - price) / 2)
        prices.append(int(price + 0.5))
    return prices


def _fit(away: list[float], opened: int, line: float, bound: int, scale: float, sign: int) -> float:
    most = max(away) if sign > 0 else min(away)
    if most * sign <= 0:
        return scale
    place = away.index(most)
    room = (bound - opened - line * place) / most
    return min(2 * scale, max(0.3 * scale, room))


def _extremes(prices: list[int], buys: list[bool]) -> tuple[int, int]:
    """Which buy will mark the high and which sell the low; not the first nor the last print."""
    inner = range(1, len(prices) - 1)
    top = max((at for at in inner if buys[at]), key=prices.__getitem__)
    bottom = min((at for at in inner if not buys[at]), key=prices.__getitem__)
    return top, bottom


def _sizes(draw: int, buys: list[bool], bar: Bar) -> list[int]:
    """Lots of each print with a heavy tail; each side's sum is the bar's less one lot for its
    spare print.
    """
    x = mix(draw ^ 0x44)
    weights = []
    for _ in buys:
        x = mix(x)
        u = x & 0xFFFF
        weights.append(((1 << 34) // (u * u // 64 + 40 * u + 22000) * (8 + (x >> 60))) >> 3)
    sizes = [1] * len(buys)
    for side, quantity in ((True, bar.bought), (False, bar.sold)):
        mine = [at for at, buy in enumerate(buys) if buy is side]
        free = quantity - len(mine) - 1
        whole = sum(weights[at] for at in mine)
        so_far = given = 0
        for at in mine:
            so_far += weights[at]
            upto = free * so_far // whole
            sizes[at] += upto - given
            given = upto
    return sizes


def _meet(rows: list[Row], fixed: set[int], buying: bool, value: int, low: int, high: int) -> None:
    """Shift prices of one side until its value is met, and add the spare print of one lot.

    Free prints move together as long as whole ticks are missing, then one after the other; the
    rest is less than the size of some print, and that many of its lots go one tick further.
    """
    mine = [at for at, row in enumerate(rows) if row[3] is buying]
    free = [at for at in mine if at not in fixed]
    missing = _shift(rows, mine, free, value, low, high)
    if missing:
        _shrink(rows, [at for at in mine if at in fixed], free)
        missing = _shift(rows, mine, free, value, low, high)
    assert not missing, "a leaf whose value cannot be met"


def _shift(
    rows: list[Row], mine: list[int], free: list[int], value: int, low: int, high: int
) -> int:
    """Returns what could not be met; on success the spare print is in ``rows``."""
    largest = max(free, key=lambda at: rows[at][2])
    missing = value - sum(rows[at][1] * rows[at][2] for at in mine) - rows[largest][1]
    step, bound = (1, high) if missing > 0 else (-1, low)
    missing = abs(missing)
    whole = 1
    while whole:
        able = [at for at in free if rows[at][1] != bound]
        lots = sum(rows[at][2] for at in able) + (largest in able)
        whole = missing // lots if lots else 0
        for at in able if whole else ():
            tick, price, size, side = rows[at]
            moved = min(whole, abs(bound - price))
            rows[at] = (tick, price + step * moved, size, side)
            missing -= moved * (size + (at == largest))
    if not able and missing:
        return missing
    host = largest
    for at in sorted(able, key=lambda at: -rows[at][2]):
        tick, price, size, side = rows[at]
        if at != largest and size <= missing:
            rows[at] = (tick, price + step, size, side)
            missing -= size
        elif largest not in able:
            host = at
    _split(rows, host, largest, missing, step)
    return 0


def _split(rows: list[Row], host: int, largest: int, missing: int, step: int) -> None:
    """Add the spare print: ``missing`` lots of the host go one tick further."""
    tick, price, size, side = rows[largest]
    if not missing:
        rows.append((tick, price, 1, side))
        return
    rows[largest] = (tick, price, size + 1, side)
    tick, price, size, side = rows[host]
    if missing == size:  # the largest with its spare lot, all but that one moves
        rows[host] = (tick, price + step, size, side)
        missing = 0
    assert 0 <= missing < size
    rows[host] = (tick, price, size - missing, side)
    rows.append((tick, price + step, missing, side))


def _shrink(rows: list[Row], fixed: list[int], free: list[int]) -> None:
    """Prints at given prices keep one lot, so that they cannot bind the value."""
    largest = max(free, key=lambda at: rows[at][2])
    for at in fixed:
        tick, price, size, side = rows[at]
        rows[at] = (tick, price, 1, side)
        big = rows[largest]
        rows[largest] = (big[0], big[1], big[2] + size - 1, side)


def _grouped(draw: int, rows: list[Row], bar: Bar, base: int, seconds: int) -> Leaf:
    """Give prints to taker orders: one order takes ever worse prices, one print a price."""
    x = draw
    takers: list[int] = []
    before, last, taker = -1, 0, 0
    for number, (tick, price, _, _) in enumerate(rows):
        x = mix(x)
        if tick != before or price == last or x & 3 == 0:
            taker = number
        takers.append(taker)
        before, last = tick, price
    return Leaf(
        base,
        seconds,
        bar.first,
        bar.open,
        [base + row[0] for row in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
        [row[3] for row in rows],
        takers,
    )
