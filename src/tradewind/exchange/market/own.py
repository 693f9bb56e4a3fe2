"""A price path of the user's own, from a file: points in time that the price moves through.

    time,price                     2026-11-24T12:00:00,100.5
    time,open,high,low,close       1795521600,100,101,99.5,100.5     (a volume may follow)

Between points the price moves straight; before the first and after the last it stands still. Of a
bar the low comes before the high when it closes above its open, else after; each bar opens where
the one before closed. A file of rows under a minute, or of up to two days, is
followed to the second, a longer one to the minute. How much trades follows
from the instrument's entry in the universe, or from the file's volumes.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import NamedTuple

from msgspec.structs import replace

from ...model import Misconfigured
from .skeleton import DAY, FLOOR, GENESIS, Shape, points_of
from .universe import Spec

ROWS_MAX = 5_000_000
"""Two months of seconds; more would not fit the memory of a small machine."""

DENSE = 20
"""Points closer than this (seconds) make prints by the second; bars of a minute do not."""

SHORT = 2 * DAY
"""A path of up to two days is followed to the second too: it is a scene somebody has written."""


class Point(NamedTuple):
    """At a time in seconds the price, and the volume in base units since the point before."""

    time: float
    price: Decimal
    volume: float | None = None


def read(lines: Iterable[str], name: str = "the file") -> list[Point]:
    """Points of a file's rows; a first line with names is skipped. Raises Misconfigured."""
    rows: list[tuple[float, list[Decimal]]] = []
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.replace(";", ",").split(",")]
        if not line.strip() or (number == 1 and not _numeric(cells[-1])):
            continue
        try:
            rows.append((_time(cells[0]), [Decimal(cell) for cell in cells[1:]]))
        except (ValueError, InvalidOperation):
            raise Misconfigured(
                f"{name}, line {number}: not time,price or OHLC: {line!r}"
            ) from None
        if len(rows) > ROWS_MAX:
            raise Misconfigured(f"{name} has more than {ROWS_MAX} rows")
        _check(name, number, rows)
    if not rows:
        raise Misconfigured(f"{name} has no prices")
    if len(rows[0][1]) == 1:
        return [Point(time, prices[0]) for time, prices in rows]
    return _bars(rows)


def _check(name: str, number: int, rows: list[tuple[float, list[Decimal]]]) -> None:
    time, values = rows[-1]
    if len(values) not in (1, 4, 5) or len(values) != len(rows[0][1]):
        raise Misconfigured(f"{name}, line {number}: {len(values) + 1} columns; 2, 5 or 6 are read")
    if min(values[:4]) <= 0:
        raise Misconfigured(f"{name}, line {number}: a price is not above zero")
    if (
        len(values) > 1
        and not values[2] <= min(values[0], values[3]) <= max(values[0], values[3]) <= values[1]
    ):
        raise Misconfigured(f"{name}, line {number}: open and close are not between low and high")
    if len(rows) > 1 and time <= rows[-2][0]:
        raise Misconfigured(f"{name}, line {number}: its time is not after the one before")


def _bars(rows: list[tuple[float, list[Decimal]]]) -> list[Point]:
    steps = [b[0] - a[0] for a, b in pairwise(rows)]
    length = min(steps) if steps else 60.0
    points = [Point(rows[0][0], rows[0][1][0])]
    for time, (opened, high, low, close, *volume) in rows:
        if time > points[-1].time:
            points.append(Point(time, points[-1].price))
        part = float(volume[0]) / 3 if volume else None
        first, second = (low, high) if close >= opened else (high, low)
        points.append(Point(time + length / 3, first, part))
        points.append(Point(time + 2 * length / 3, second, part))
        points.append(Point(time + length, close, part))
    return points


def _numeric(text: str) -> bool:
    try:
        Decimal(text)
    except InvalidOperation:
        return False
    return True


def _time(text: str) -> float:
    """Seconds since 1970 from seconds, milli-, micro- or nanoseconds, or ISO 8601 (UTC)."""
    if not _numeric(text):
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    value = float(text)
    for bound, scale in ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3)):
        if value >= bound:
            return value / scale
    return value


class FromPoints:
    """A skeleton through given points."""

    def __init__(self, spec: Spec, points: Sequence[Point]) -> None:
        self.unit = points_of(points[0].price)
        self._times = [point.time for point in points]
        self._prices = [max(1, int(point.price / self.unit)) for point in points]
        dense = any(b - a < DENSE for a, b in pairwise(self._times))
        dense = dense or self._times[-1] - self._times[0] <= SHORT
        self.leaf_seconds = 1 if dense else 60
        usual = spec.trades * self.leaf_seconds // DAY
        self._per_leaf = max(FLOOR, usual)
        trades = self._per_leaf * DAY // self.leaf_seconds
        self.spec = replace(spec, trades=trades, legs=None)
        self._rate = spec.turnover / float(points[0].price) / DAY
        self._areas = [0.0]
        for at in range(1, len(points)):
            width = self._times[at] - self._times[at - 1]
            self._areas.append(
                self._areas[-1] + width * (self._prices[at] + self._prices[at - 1]) / 2
            )
        self._volumes: list[float] | None = None
        if any(point.volume is not None for point in points):
            so_far = 0.0
            self._volumes = [so_far := so_far + (point.volume or 0.0) for point in points]

    def trades_before(self, day: int) -> int:
        """Every day has the same number."""
        return (day - GENESIS) * self.spec.trades

    def day(self, day: int) -> Shape:
        """One day."""
        return self._shape(day * DAY, DAY)

    def hours(self, day: int) -> Sequence[Shape]:
        """The 24 hours of a day."""
        return [self._shape(day * DAY + n * 3_600, 3_600) for n in range(24)]

    def quarters(self, hour: int) -> Sequence[Shape]:
        """The 4 quarters of an hour."""
        return [self._shape(hour * 3_600 + n * 900, 900) for n in range(4)]

    def minutes(self, quarter: int) -> Sequence[Shape]:
        """The 15 minutes of a quarter."""
        return [self._shape(quarter * 900 + n * 60, 60) for n in range(15)]

    def seconds(self, minute: int) -> Sequence[Shape]:
        """The 60 seconds of a minute."""
        return [self._shape(minute * 60 + n, 1) for n in range(60)]

    def _shape(self, start: int, length: int) -> Shape:
        end = start + length
        first, last = bisect_right(self._times, start), bisect_left(self._times, end)
        opened, closed = self._price(start), self._price(end)
        inner = [opened, closed, *self._prices[first:last]]
        return Shape(
            opened,
            max(inner),
            min(inner),
            closed,
            int((self._area(end) - self._area(start)) / length),
            self._per_leaf * length // self.leaf_seconds,
            self._volume(start, end),
            0.5,
        )

    def _price(self, time: float) -> int:
        at = bisect_right(self._times, time)
        if at == 0:
            return self._prices[0]
        if at == len(self._times):
            return self._prices[-1]
        part = (time - self._times[at - 1]) / (self._times[at] - self._times[at - 1])
        before, after = self._prices[at - 1], self._prices[at]
        return before + int((after - before) * part)

    def _area(self, time: float) -> float:
        """The integral of the price over time since the first point."""
        at = bisect_right(self._times, time)
        if at == 0:
            return (time - self._times[0]) * self._prices[0]
        width = time - self._times[at - 1]
        mean = (self._prices[at - 1] + self._price(time)) / 2
        return self._areas[at - 1] + width * mean

    def _volume(self, start: int, end: int) -> float:
        if self._volumes is None:
            return self._rate * (end - start)
        return max(1e-9, self._volume_before(end) - self._volume_before(start))

    def _volume_before(self, time: float) -> float:
        assert self._volumes is not None
        at = bisect_right(self._times, time)
        if at == 0:
            return 0.0
        if at == len(self._times):
            return self._volumes[-1]
        part = (time - self._times[at - 1]) / (self._times[at] - self._times[at - 1])
        return self._volumes[at - 1] + (self._volumes[at] - self._volumes[at - 1]) * part
