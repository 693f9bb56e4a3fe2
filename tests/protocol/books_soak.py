"""Updates with faults against the true book: nothing wrong is ever served, every gap is seen.

    python -m tests.protocol.books_soak --updates 2000000 --seed 7

A venue in miniature keeps the true book and tells its changes as the real one does, as JSON; on
the way messages are lost, doubled, swapped, spoiled, cut off, or the connection goes. After every
message that arrives, what the client serves is compared with the truth of the same number: the
best levels each time, everything at intervals and after every resynchronisation.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tradewind.model import Unreadable
from tradewind.protocol.books import BookState, Half, Snapshot, Sync
from tradewind.protocol.streaming import Data
from tradewind.venues.binance.client.market_data import Feed

TOP = 5
FULL_EVERY = 1_000
WIDTH = 400
"""Ticks either side of the middle where orders rest."""

Levels = dict[int, int]
FAULTS = ("lose", "double", "swap", "spoil", "halve", "cut")


class Names:
    """Both notations of one instrument."""

    def native(self, instrument: str) -> str:
        return instrument.replace("/", "")

    def id(self, native: str) -> str:
        return native


def text(units: int) -> str:
    return f"{units // 100}.{units % 100:02d}000000"


class Truth:
    """The venue's book in ticks and lots of a hundredth; each change gets the next number."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.middle = 5_000_000
        self.number = 1_000
        self.bids: Levels = {}
        self.asks: Levels = {}
        for step in range(1, WIDTH):
            self.bids[self.middle - step] = rng.randint(1, 10**6)
            self.asks[self.middle + step] = rng.randint(1, 10**6)

    def change(self) -> bytes:
        """Something happens; what the stream says of it."""
        rng = self.rng
        touched: tuple[Levels, Levels] = ({}, {})
        first = self.number + 1
        self.number += rng.randint(1, 4)
        if rng.random() < 0.1:
            self._move(rng.choice((-3, -2, -1, 1, 2, 3)), touched)
        for _ in range(rng.randint(1, 8)):
            side = rng.randrange(2)
            away = 1 + int(rng.expovariate(0.05)) % (WIDTH - 1)
            levels = (self.bids, self.asks)[side]
            price = self.middle + (away if side else -away)
            amount = 0 if rng.random() < 0.35 else rng.randint(1, 10**6)
            self._set(levels, touched[side], price, amount)
        bids, asks = ([[text(p), text(q)] for p, q in side.items()] for side in touched)
        return json.dumps(
            {
                "stream": "btcusdt@depth@100ms",
                "data": {
                    "e": "depthUpdate",
                    "E": self.number,
                    "s": "BTCUSDT",
                    "U": first,
                    "u": self.number,
                    "b": bids,
                    "a": asks,
                },
            },
            separators=(",", ":"),
        ).encode()

    def _move(self, ticks: int, touched: tuple[Levels, Levels]) -> None:
        """The market moves: what is in its way is gone."""
        self.middle += ticks
        for price in [p for p in self.bids if p >= self.middle]:
            self._set(self.bids, touched[0], price, 0)
        for price in [p for p in self.asks if p <= self.middle]:
            self._set(self.asks, touched[1], price, 0)

    @staticmethod
    def _set(levels: Levels, touched: Levels, price: int, amount: int) -> None:
        touched[price] = amount
        if amount:
            levels[price] = amount
        else:
            levels.pop(price, None)

    def top(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """The best levels, best first, found the obvious way near the middle."""
        return _near(self.bids, self.middle, -1), _near(self.asks, self.middle, 1)

    def snapshot(self, depth: int) -> bytes:
        """The answer of depth."""
        bids = sorted(self.bids.items(), reverse=True)[:depth]
        asks = sorted(self.asks.items())[:depth]
        rows = [[[text(p), text(q)] for p, q in side] for side in (bids, asks)]
        return json.dumps({"lastUpdateId": self.number, "bids": rows[0], "asks": rows[1]}).encode()


def _near(levels: Levels, middle: int, step: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    price = middle
    while len(found) < min(TOP, len(levels)):
        if price in levels:
            found.append((price, levels[price]))
        price += step
    return found


def served(half: Half, count: int | None) -> list[tuple[int, int]]:
    """What the client shows of a side, in the truth's units."""
    return [(abs(key) // 10**10, round(float(q) * 100)) for key, q in half.top(count)]


@dataclass
class Report:
    """What a run saw."""

    updates: int = 0
    delivered: int = 0
    compared: int = 0
    compared_whole: int = 0
    wrong: int = 0
    gaps_planted: int = 0
    gaps_missed: int = 0
    live: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    counts: object = None
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        return self.wrong == 0 and self.gaps_missed == 0

    def __str__(self) -> str:
        faults = ", ".join(f"{name} {self.faults[name]}" for name in FAULTS)
        return (
            f"{self.updates} updates in {self.seconds:.0f} s, faults: {faults}\n"
            f"compared {self.compared} times ({self.compared_whole} whole books), "
            f"live after {100 * self.live / max(1, self.delivered):.1f} % of messages\n"
            f"wrong books served: {self.wrong}; gaps planted in a live book: {self.gaps_planted}, "
            f"not seen: {self.gaps_missed}\n{self.counts}"
        )


class Run:
    """One client on one faulty wire."""

    def __init__(self, seed: int, rate: float) -> None:
        self.rng = random.Random(seed)
        self.rate = rate
        self.truth = Truth(random.Random(seed + 1))
        self.feed = Feed(Names())
        self.sync = Sync(self.feed.facts.rules)
        self.report = Report()
        self.tops: dict[int, tuple[list[tuple[int, int]], list[tuple[int, int]]]] = {}
        self.hole = False
        self.wait = 0
        self.made = Snapshot(0, (), ())
        self.old: list[bytes] = []

    def run(self, updates: int) -> Report:
        """Everything."""
        began = time.perf_counter()
        for message in self.wire(updates):
            self.deliver(message)
            self.compare()
        self.report.counts = self.sync.counts
        self.report.seconds = time.perf_counter() - began
        return self.report

    def wire(self, updates: int) -> Iterator[bytes | None]:
        """The messages as they arrive; None when the connection is lost."""
        for number in range(updates):
            message = self.told()
            self.report.updates += 1
            if self.rng.random() >= self.rate:
                yield message
                continue
            fault = self.rng.choice(FAULTS)
            self.report.faults[fault] += 1
            match fault:
                case "lose":
                    self.planted()
                case "double":
                    yield message
                    yield message
                case "swap":
                    later = self.told()
                    self.report.updates += 1
                    self.planted()
                    yield later
                    yield message
                case "spoil":
                    at = self.rng.randrange(80, len(message) - 10)
                    self.planted()
                    yield message[:at] + b'"' + message[at:]
                case "halve":
                    self.planted()
                    yield message[: len(message) // 2]
                case "cut":
                    yield None
            if number % 997 == 0 and self.old:
                yield self.old[0]  # something from long ago

    def told(self) -> bytes:
        """The next message, with the truth that it makes remembered."""
        message = self.truth.change()
        self.tops[self.truth.number] = self.truth.top()
        if len(self.tops) > 8:
            del self.tops[next(iter(self.tops))]
        if self.rng.random() < 0.001:
            self.old = [message]
        return message

    def planted(self) -> None:
        """A message that a live book needs will not come."""
        if self.sync.is_live:
            self.report.gaps_planted += 1
            self.hole = True

    def deliver(self, message: bytes | None) -> None:
        """What the shell does with a message, and with a book that wants a snapshot."""
        report, sync = self.report, self.sync
        report.delivered += 1
        if message is None:
            sync.disconnected()
            self.hole = False
        else:
            try:
                told = self.feed.read(message)
            except Unreadable as error:
                sync.unreadable(str(error))
            else:
                assert isinstance(told, Data)
                change = told.events[0]
                if sync.is_live and change.last <= sync.book.version:
                    sync.change(change, report.delivered)
                    return  # something old tells nothing about what is missing
                sync.change(change, report.delivered)
            if self.hole and sync.is_live:
                report.gaps_missed += 1
            self.hole = False
        if sync.state is BookState.BUFFERING:
            self.resync()
        elif report.delivered % 256 == 0 and sync.is_thin:
            sync.restart("thin")

    def resync(self) -> None:
        """A snapshot arrives some messages after it was made, sometimes before it was asked for:
        then it is older than what is kept.
        """
        self.wait -= 1
        if self.wait == 0:
            if self.sync.snapshot(self.made, self.report.delivered):
                self.compare(whole=True)
        elif self.wait < 0:
            self.wait = self.rng.randint(1, 6)
            depth = self.rng.choice((100, 500, 1000))
            self.made = self.feed.snapshot(self.truth.snapshot(depth), depth)

    def compare(self, whole: bool = False) -> None:
        """What is served against the truth of its number."""
        sync, report = self.sync, self.report
        if not sync.is_live:
            return
        report.live += not whole
        book = sync.book
        top = self.tops.get(book.version)
        if top is None:
            report.wrong += 1
            return
        report.compared += 1
        if (served(book.bids, TOP), served(book.asks, TOP)) != top:
            report.wrong += 1
        if (whole or report.delivered % FULL_EVERY == 0) and book.version == self.truth.number:
            report.compared_whole += 1
            bids = sorted(self.truth.bids.items(), reverse=True)[: book.bids.known()]
            asks = sorted(self.truth.asks.items())[: book.asks.known()]
            report.wrong += (served(book.bids, None), served(book.asks, None)) != (bids, asks)


def run(updates: int, seed: int, rate: float = 0.002) -> Report:
    """A whole run; ``rate`` faults a message."""
    return Run(seed, rate).run(updates)


def main() -> int:
    """Run as asked; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, default=2_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rate", type=float, default=0.002)
    given = parser.parse_args()
    report = run(given.updates, given.seed, given.rate)
    print(report)
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
