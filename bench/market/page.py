"""docs/markets.md and its plots, from the facts of our market and of the recordings.

    python bench/market/page.py --recordings DIR

Reads what facts.py measures; nothing on the page is written by hand but the targets below.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parent))

from facts import START, Facts, our_classes, recorded
from tests.exchange.market.world import SEED, World

from tradewind.exchange.market import Market
from tradewind.exchange.market.participants import TICK
from tradewind.model import Side
from tradewind.venues import names, part

ROOT = Path(__file__).parents[2]
CLASSES = ("deep", "middle", "thin")
PERPETUAL = "BTC perpetual, minutes of Jan 2022"
TRADES = "BTC/USDT, 2,001 trades of Jan 2021"
BOOKS = "BTC/USDT perpetual, books of Sep 2020"
XRP = "XRP/USDT perpetual, book of Dec 2024"
THIN = "four thin coins, 30 s of Oct 2021"

Beside = Mapping[str, str | float]
"""By class: the recording that stands beside ours, or a stated target."""

ROWS: dict[str, tuple[str, Beside]] = {
    "spread, bips": ("spread", {"deep": TRADES, "middle": XRP, "thin": THIN}),
    "depth 10 bips, trades": (
        "depth near the touch",
        {"deep": 400.0, "middle": 200.0, "thin": THIN},
    ),
    "size p99/mean": ("trade-size tail", {"deep": TRADES, "middle": 15.0, "thin": 15.0}),
    "largest 1 % of volume": ("trade-size tail", {"deep": TRADES, "middle": 0.25, "thin": 0.25}),
    "trade to trade": ("return autocorrelation", {"deep": TRADES, "middle": -0.25, "thin": -0.25}),
    "minute returns, lag 1": (
        "return autocorrelation",
        {"deep": PERPETUAL, "middle": 0.0, "thin": -0.1},
    ),
    "their size, lag 1": (
        "return autocorrelation",
        {"deep": PERPETUAL, "middle": 0.35, "thin": 0.35},
    ),
    "their size, lag 60": (
        "return autocorrelation",
        {"deep": PERPETUAL, "middle": 0.15, "thin": 0.15},
    ),
    "hour's volume, sd/mean": ("volume per hour", {"deep": PERPETUAL, "middle": 0.9, "thin": 0.9}),
    "busiest/quietest hour": ("volume per hour", {"deep": PERPETUAL, "middle": 3.0, "thin": 3.0}),
}
"""What is compared with what. A number is a target that we set ourselves, for want of a recording:
depths are guesses, the others carry the recorded deep market over to the thinner classes."""

WIDTH, LINE = 720, 22


HEAD = """\
# Markets

What moves when nobody from outside trades: 40 instruments in three liquidity classes. Bars, prints
and ladders are pure functions of the seed, the instrument and venue time; how is told in
[ARCHITECTURE.md](../ARCHITECTURE.md). This page asks whether they look like a market. It is made by
`python bench/market/page.py --recordings DIR` (it needs pyarrow); each figure of ours is the median
over four instruments of the class, 14 days of minutes, 20,000 prints, 40 books.

A *target* is a number that we set for want of a recording. Recordings are of other years and partly
of perpetuals, so they show the order of magnitude, not a goal to hit.

![The facts by class](markets/facts.svg)

| fact | measure | class | ours | beside | of |
|---|---|---|---|---|---|
"""

TAIL = """
Where we are off: the spread of the deep class is set by its tick, and recorded spreads differ
tenfold between venues and years; volatility forgets faster than the recorded one (size of returns,
lag 60); hours differ less from each other than recorded. Nothing here knows news, funding or other
venues.

## A day, and a book

![One day of BTC/USDT](markets/day.svg)

![The book of BTC/USDT near the touch](markets/book.svg)

## Your own prices

`tradewind up --prices FILE` lets instruments follow your path; `tradewind up --instruments FILE`
takes the rules of a saved `exchangeInfo` answer. `tradewind up --help` tells the format.
"""


def page(found: dict[str, Facts]) -> str:
    """The Markdown."""
    rows = []
    for measure, (fact, beside) in ROWS.items():
        for name in CLASSES:
            other = beside[name]
            value = found.get(other, {}).get(measure) if isinstance(other, str) else other
            told = "not readable" if value is None else f"{value:.3g}"
            source = other if isinstance(other, str) else "target"
            mine = found[f"ours, {name}"][measure]
            rows.append(f"| {fact} | {measure} | {name} | {mine:.3g} | {told} | {source} |\n")
    return HEAD + "".join(rows) + TAIL


def facts_plot(found: dict[str, Facts]) -> str:
    """Ours (filled) and what stands beside it (open), each measure scaled to its own largest."""
    shapes = []
    y = 30
    for measure, (_, beside) in ROWS.items():
        shapes.append(_text(10, y, measure, bold=True))
        for name in CLASSES:
            y += LINE
            other = beside[name]
            theirs = found.get(other, {}).get(measure, 0.0) if isinstance(other, str) else other
            mine = found[f"ours, {name}"][measure]
            largest = _largest(found, measure, beside) or 1.0
            left, span = 330, 330
            shapes.append(_text(60, y, name))
            shapes.append(
                f'<line x1="{left}" x2="{left + span}" y1="{y - 4}" y2="{y - 4}" stroke="#ddd"/>'
            )
            for value, fill in ((theirs, "none"), (mine, "#1f6f8b")):
                x = left + span * min(1.0, abs(value) / largest)
                shapes.append(
                    f'<circle cx="{x:.1f}" cy="{y - 4}" r="5" fill="{fill}" stroke="#1f6f8b"/>'
                )
            shapes.append(_text(130, y, f"{mine:.3g} / {theirs:.3g}"))
        y += LINE + 8
    return _svg(y, shapes)


def _largest(found: dict[str, Facts], measure: str, beside: Beside) -> float:
    values = [found[f"ours, {name}"][measure] for name in CLASSES]
    values += [
        found.get(other, {}).get(measure, 0.0) if isinstance(other, str) else other
        for other in beside.values()
    ]
    return max(abs(value) for value in values)


def day_and_book() -> tuple[str, str]:
    """A day of minute closes, and one book within 60 levels."""
    traded = next(t for t in part(names()[0], "exchange").traded({}) if t.id == "BTC/USDT")
    world = World((traded,))
    market = Market(SEED, (traded,), world.engine)
    market.start(START)
    name, tick = traded.listing.instrument, float(traded.tick_size)
    day = 86_400_000_000_000
    start = (START * TICK // day - 1) * day
    bars = market.tape.bars(name, "1m", start=start, end=start + day - 1, limit=1440)
    closes = [bar.close * tick for bar in bars]
    world.look()
    sides = [world.engine.levels(name, side, 60) for side in (Side.BUY, Side.SELL)]
    return _line(closes), _steps([[(p * tick, float(q)) for p, q in side] for side in sides])


def _line(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    points = " ".join(
        f"{60 + 640 * n / (len(values) - 1):.1f},{230 - 200 * (v - low) / (high - low):.1f}"
        for n, v in enumerate(values)
    )
    shapes = [
        f'<polyline fill="none" stroke="#1f6f8b" stroke-width="1.2" points="{points}"/>',
        _text(4, 34, f"{high:,.0f}"),
        _text(4, 234, f"{low:,.0f}"),
        _text(60, 254, "00:00"),
        _text(660, 254, "24:00 UTC"),
    ]
    return _svg(264, shapes)


def _steps(sides: Sequence[Sequence[tuple[float, float]]]) -> str:
    prices = [price for side in sides for price, _ in side]
    low, high = min(prices), max(prices)
    sums: list[list[tuple[float, float]]] = []
    for side in sides:
        total, found = 0.0, []
        for price, lots in side:
            total += lots
            found.append((price, total))
        sums.append(found)
    most = max(total for found in sums for _, total in found)
    shapes = []
    for found, colour in zip(sums, ("#2e7d32", "#b3412e"), strict=True):
        points = " ".join(
            f"{60 + 640 * (p - low) / (high - low):.1f},{230 - 200 * t / most:.1f}"
            for p, t in found
        )
        shapes.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}"/>'
        )
    shapes += [_text(60, 254, f"{low:,.2f}"), _text(640, 254, f"{high:,.2f}")]
    shapes.append(_text(4, 20, "lots, cumulative from the touch"))
    return _svg(264, shapes)


def _text(x: float, y: float, text: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x}" y="{y}" font-family="sans-serif" font-size="12"{weight}>{text}</text>'


def _svg(height: float, shapes: Sequence[str]) -> str:
    body = "\n".join(shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0f}" '
        f'viewBox="0 0 {WIDTH} {height:.0f}"><rect width="100%" height="100%" fill="white"/>\n'
        f"{body}\n</svg>\n"
    )


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=Path, required=True)
    options = parser.parse_args()
    found = our_classes() | recorded(options.recordings)
    folder = ROOT / "docs" / "markets"
    folder.mkdir(parents=True, exist_ok=True)
    (ROOT / "docs" / "markets.md").write_text(page(found))
    (folder / "facts.svg").write_text(facts_plot(found))
    day, book = day_and_book()
    (folder / "day.svg").write_text(day)
    (folder / "book.svg").write_text(book)


if __name__ == "__main__":
    main()
