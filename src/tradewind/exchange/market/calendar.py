"""Where candles begin and end: intervals of fixed length, weeks from Monday, calendar months.

The 3-day candle counts from 1970-01-01 (guessed: no source says where it begins).
"""

from ...model import Misconfigured

_SECOND = 1_000_000_000
_DAY = 86_400 * _SECOND

LENGTHS = {
    "1s": _SECOND,
    "1m": 60 * _SECOND,
    "3m": 180 * _SECOND,
    "5m": 300 * _SECOND,
    "15m": 900 * _SECOND,
    "30m": 1_800 * _SECOND,
    "1h": 3_600 * _SECOND,
    "2h": 7_200 * _SECOND,
    "4h": 14_400 * _SECOND,
    "6h": 21_600 * _SECOND,
    "8h": 28_800 * _SECOND,
    "12h": 43_200 * _SECOND,
    "1d": _DAY,
    "3d": 3 * _DAY,
    "1w": 7 * _DAY,
}
MONTH = "1M"
_MONDAY = 4 * _DAY
"""The first Monday after 1970-01-01, a Thursday."""


def opens(
    interval: str, start: int | None, end: int, limit: int, offset: int
) -> list[tuple[int, int]]:
    """(open, close) of up to ``limit`` candles that open in ``[start, end]``: the first ones from
    ``start``, or the last ones. ``offset`` is the time zone in ns. Raises Misconfigured.
    """
    if interval == MONTH:
        return _months(start, end, limit, offset)
    length = LENGTHS.get(interval)
    if length is None:
        raise Misconfigured(f"no candles of {interval!r}; there are: {', '.join(LENGTHS)}, 1M")
    shift = offset - (_MONDAY if interval == "1w" else 0)
    last = (end + shift) // length
    first = last - limit + 1 if start is None else -(-(start + shift) // length)
    stop = min(last, first + limit - 1)
    return [(n * length - shift, (n + 1) * length - shift) for n in range(first, stop + 1)]


def _months(start: int | None, end: int, limit: int, offset: int) -> list[tuple[int, int]]:
    last = month_of((end + offset) // _DAY)
    if start is None:
        first = last - limit + 1
    else:
        first = month_of((start + offset) // _DAY)
        if month_start(first) * _DAY < start + offset:
            first += 1
    stop = min(last, first + limit - 1)
    return [
        (month_start(n) * _DAY - offset, month_start(n + 1) * _DAY - offset)
        for n in range(first, stop + 1)
    ]


def month_of(day: int) -> int:
    """Months since year 0 of a day since 1970-01-01 (Hinnant's civil calendar)."""
    shifted = day + 719_468
    era, of_era = divmod(shifted, 146_097)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    march = (5 * of_year + 2) // 153
    return (era * 400 + year) * 12 + march + 2


def month_start(month: int) -> int:
    """The day since 1970-01-01 on which a month since year 0 begins."""
    year, march = divmod(month - 2, 12)
    era, of_era = divmod(year, 400)
    of_year = (153 * march + 2) // 5
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
