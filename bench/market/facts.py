"""Five facts of a market, of ours and of what was recorded at real venues.

    python bench/market/facts.py [--recordings DIR] [--json]

    spread      distance of bid and ask, median, in bips of the mid price
    depth       what rests within 10 bips of the touch, a side, in mean trades
    sizes       trade sizes: median and 99th percentile over the mean, share of the largest 1 %
    returns     of a minute: autocorrelation at lag 1, of their size at lags 1 and 60, kurtosis;
                from trade to trade: autocorrelation at lag 1 (the bounce); taker's side at lag 1
    volume      of an hour: standard deviation over mean, busiest over quietest hour of the day

The recordings are data of other people, read where they lie; the trades need pyarrow.
"""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import fmean, median, pstdev

sys.path.insert(0, str(Path(__file__).parents[2]))

import itertools

from tests.exchange.market.world import SEED, START, World

from tradewind.exchange.market import Market
from tradewind.exchange.market.participants import TICK
from tradewind.exchange.market.universe import Liquidity, known
from tradewind.model import Side
from tradewind.protocol.hosting import Traded
from tradewind.venues import names, part

Facts = dict[str, float]
Levels = Sequence[tuple[float, float]]


def correlation(values: Sequence[float], lag: int) -> float:
    """Autocorrelation at a lag."""
    mean = fmean(values)
    away = [value - mean for value in values]
    whole = sum(a * a for a in away)
    return sum(a * b for a, b in zip(away, away[lag:], strict=False)) / whole if whole else 0.0


def size_facts(sizes: Sequence[float]) -> Facts:
    """How sizes spread."""
    ordered = sorted(sizes)
    mean = fmean(ordered)
    return {
        "size median/mean": median(ordered) / mean,
        "size p99/mean": ordered[int(len(ordered) * 0.99)] / mean,
        "largest 1 % of volume": sum(ordered[int(len(ordered) * 0.99) :]) / sum(ordered),
    }


def trade_facts(prices: Sequence[float], buys: Sequence[bool], sizes: Sequence[float]) -> Facts:
    """From trade to trade."""
    changes = [b - a for a, b in itertools.pairwise(prices)]
    return size_facts(sizes) | {
        "trade to trade": correlation(changes, 1),
        "taker's side": correlation([1.0 if buy else -1.0 for buy in buys], 1),
    }


def minute_facts(closes: Sequence[float], volumes: Sequence[float]) -> Facts:
    """Returns of a minute and volumes of an hour; minutes from the first full hour on."""
    returns = [b / a - 1 for a, b in itertools.pairwise(closes)]
    spread = pstdev(returns)
    mean = fmean(returns)
    hours = [sum(volumes[at : at + 60]) for at in range(0, len(volumes) - 59, 60)]
    by_hour = [fmean(hours[h::24]) for h in range(24)] if len(hours) >= 48 else []
    facts = {
        "minute return, bips": spread * 1e4,
        "minute returns, lag 1": correlation(returns, 1),
        "their size, lag 1": correlation([abs(r) for r in returns], 1),
        "their size, lag 60": correlation([abs(r) for r in returns], 60),
        "kurtosis": fmean([(r - mean) ** 4 for r in returns]) / spread**4 if spread else 0.0,
        "hour's volume, sd/mean": pstdev(hours) / fmean(hours),
    }
    if by_hour:
        facts["busiest/quietest hour"] = max(by_hour) / min(by_hour)
    return facts


def book_facts(bids: Levels, asks: Levels, mean_size: float) -> Facts:
    """Spread and what rests near the touch."""
    (bid, _), (ask, _) = bids[0], asks[0]
    middle = (bid + ask) / 2
    near = sum(q for p, q in bids if p >= bid * 0.999) + sum(q for p, q in asks if p <= ask * 1.001)
    steps = [(a[0] - b[0]) / middle * 1e4 for a, b in itertools.pairwise(bids)]
    facts = {"spread, bips": (ask - bid) / middle * 1e4, "gap of levels, bips": median(steps)}
    if mean_size:
        facts["depth 10 bips, trades"] = near / 2 / mean_size
    return facts


def middle_of(many: Sequence[Facts]) -> Facts:
    """The median of each fact."""
    keys = dict.fromkeys(key for facts in many for key in facts)
    return {key: median([facts[key] for facts in many if key in facts]) for key in keys}


# ours


def ours(one: Traded, days: int = 14, prints: int = 20_000) -> Facts:
    """The facts of one of our instruments, in an untouched market."""
    name = one.listing.instrument
    world = World((one,))
    market = Market(SEED, (one,), world.engine)
    market.start(START)
    bars = [bar for n in reversed(range(days)) for bar in _day(market, name, n)]
    facts = minute_facts([bar.close for bar in bars], [bar.volume for bar in bars])
    last = market.tape.prints(name, limit=prints)
    facts |= trade_facts(
        [p.price for p in last],
        [p.aggressor_side is Side.BUY for p in last],
        [p.quantity for p in last],
    )
    mean_size = fmean([p.quantity for p in last])
    books = []
    for _ in range(40):
        world.market.start(world.market.tick + 977)
        world.look()
        bids, asks = (world.engine.levels(name, side, 999) for side in Side)
        books.append(book_facts(bids, asks, mean_size))
    return facts | middle_of(books)


def _day(market: Market, name: str, back: int) -> Iterable[object]:
    end = START * TICK // 86_400_000_000_000 - back
    start = (end - 1) * 86_400_000_000_000
    return market.tape.bars(name, "1m", start=start, end=start + 86_399_000_000_000, limit=1440)


def our_classes() -> dict[str, Facts]:
    """Medians by liquidity class."""
    traded = part(names()[0], "exchange").traded({"instruments": "all"})
    found: dict[str, Facts] = {}
    for liquidity in Liquidity:
        mine = [t for t in traded if (s := known(t.id)) and s.liquidity is liquidity and not s.legs]
        stable = [t for t in mine if t.id.split("/")[0] not in ("USDC", "FDUSD", "EUR")]
        found[f"ours, {liquidity}"] = middle_of([ours(one) for one in stable[:4]])
    return found


# recorded


def recorded(folder: Path) -> dict[str, Facts]:
    """What the recordings say; what cannot be read is left out."""
    sources: dict[str, Callable[[Path], Facts]] = {
        "BTC perpetual, minutes of Jan 2022": _perpetual,
        "BTC/USDT, 2,001 trades of Jan 2021": _trades,
        "BTC/USDT perpetual, books of Sep 2020": _books,
        "XRP/USDT perpetual, book of Dec 2024": _xrp,
        "four thin coins, 30 s of Oct 2021": _thin,
    }
    found = {}
    for name, source in sources.items():
        try:
            found[name] = source(folder)
        except (ImportError, FileNotFoundError) as error:
            print(f"left out: {name}: {error}", file=sys.stderr)
    return found


def _perpetual(folder: Path) -> Facts:
    path = folder / "nautilus_trader" / "btc-perp-20211231-20220201_1m.csv"
    with path.open() as file:
        rows = list(csv.DictReader(file))
    first = next(at for at, row in enumerate(rows) if row["timestamp"][11:16] == "00:00")
    rows = rows[first:]
    return minute_facts([float(r["close"]) for r in rows], [float(r["volume"]) for r in rows])


def _trades(folder: Path) -> Facts:
    from pyarrow import parquet

    table = parquet.read_table(folder / "nautilus_trader" / "btcusdt-trades.parquet").to_pydict()
    quotes = parquet.read_table(folder / "nautilus_trader" / "btcusdt-quotes.parquet").to_pydict()
    buys = [maker == "False" for maker in table["buyer_maker"]]
    facts = trade_facts(table["price"], buys, table["quantity"])
    spreads = [
        (a - b) / a * 1e4 for a, b in zip(quotes["ask"], quotes["bid"], strict=True) if a > b
    ]
    return facts | {"spread, bips": median(spreads)}


def _books(folder: Path) -> Facts:
    path = folder / "nautilus_trader" / "binance-futures_book_snapshot_25_BTCUSDT.csv"
    found = []
    with path.open() as file:
        for row in csv.DictReader(file):
            sides = [
                [(float(row[f"{s}[{n}].price"]), float(row[f"{s}[{n}].amount"])) for n in range(25)]
                for s in ("bids", "asks")
            ]
            found.append(book_facts(sides[0], sides[1], 0.0))
    return middle_of(found)


def _xrp(folder: Path) -> Facts:
    import zipfile

    path = folder / "nautilus_trader" / "xrpusdt-ob500.data.zip"
    with zipfile.ZipFile(path) as archive:
        data = archive.read(archive.namelist()[0]).decode()
    message = json.loads(data.splitlines()[0])["data"]
    bids, asks = ([(float(p), float(q)) for p, q in message[side]] for side in "ba")
    return book_facts(bids, asks, 0.0)


def _thin(folder: Path) -> Facts:
    sizes: dict[str, list[float]] = {}
    trades: dict[str, list[tuple[float, bool]]] = {}
    lines = (folder / "cryptofeed" / "BINANCE.ws.1.0").read_text().splitlines()
    for line in lines:
        if ': {"stream"' not in line:
            continue
        message = json.loads(line.split(": ", 1)[1]).get("data", {})
        if message.get("e") == "aggTrade":
            sizes.setdefault(message["s"], []).append(float(message["q"]))
            trades.setdefault(message["s"], []).append((float(message["p"]), not message["m"]))
    books = []
    for line in (folder / "cryptofeed" / "BINANCE.http.0.0").read_text().splitlines():
        if "symbol=" not in line or "depth" not in line:
            continue
        symbol = line.split("symbol=", 1)[1].split("&", 1)[0]
        book = json.loads(line[line.index("{") :])
        bids, asks = ([(float(p), float(q)) for p, q in book[side]] for side in ("bids", "asks"))
        mean = fmean(sizes[symbol]) if symbol in sizes else 0.0
        books.append(book_facts(bids, asks, mean))
    return middle_of(books)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = our_classes()
    if options.recordings:
        found |= recorded(options.recordings)
    if options.json:
        print(json.dumps(found))
        return
    keys = dict.fromkeys(key for facts in found.values() for key in facts)
    for number, name in enumerate(found):
        print(f"  [{number}] {name}")
    print(f"{'':26}" + "".join(f"{f'[{n}]':>9}" for n in range(len(found))))
    for key in keys:
        cells = (f"{facts[key]:9.3f}" if key in facts else f"{'':9}" for facts in found.values())
        print(f"{key:26}" + "".join(cells))


if __name__ == "__main__":
    main()
