"""Numbers about the box in Prometheus' text format, version 0.0.4.

Written here and not by prometheus-client: it is thirty lines, and the library would register a
process collector, locks per sample and a second registry where the box has one loop and one thread.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ..protocol.messages import HttpRequest
from .masking import masked

if TYPE_CHECKING:
    from .box import Box
    from .host import VenueHost

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

BUCKETS = (50e-6, 100e-6, 200e-6, 500e-6, 1e-3, 2e-3, 5e-3, 10e-3, 50e-3, 200e-3, 1.0)
"""Seconds: a commit takes 12-40 us, one that survives a loss of power up to 4 ms."""

CALLS_MAX = 2_000
"""Different calls counted apart; a program that makes up paths shall not fill our memory."""

_COUNTS = {
    "orders": "SELECT count(*) FROM orders",
    "fills": "SELECT count(*) FROM fills",
}

Call = tuple[str, str, str, int]


class Histogram:
    """Counts per bucket, and the sum."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        """One observation."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.sum += seconds


class Metrics:
    """What is counted as it happens; the rest is looked up when asked."""

    def __init__(self) -> None:
        self._requests: Counter[Call] = Counter()
        self._messages: Counter[tuple[str, str, int]] = Counter()
        self._weight: Counter[str] = Counter()
        self._commits: dict[str, Histogram] = {}
        self.lag = Histogram()

    def request(self, venue: str, request: HttpRequest, status: int, weight: int) -> None:
        """A request was answered."""
        call = (venue, request.method, masked(request.path), status)
        before = self._requests.get(call, 0)
        if not before and len(self._requests) >= CALLS_MAX:
            call = (venue, "", "other", status)
            before = self._requests[call]
        self._requests[call] = before + 1
        self._weight[venue] += weight

    def message(self, venue: str, operation: str, status: int, weight: int) -> None:
        """A WebSocket message was answered."""
        call = (venue, operation, status)
        before = self._messages.get(call, 0)
        if not before and len(self._messages) >= CALLS_MAX:
            call = (venue, "other", status)
            before = self._messages[call]
        self._messages[call] = before + 1
        self._weight[venue] += weight

    def committed(self, venue: str, took: int) -> None:
        """A turn was written to disk, in ns."""
        histogram = self._commits.get(venue)
        if histogram is None:
            histogram = self._commits[venue] = Histogram()
        histogram.add(took / 1e9)

    def text(self, box: "Box") -> str:
        """All of it."""
        return "".join(f"{line}\n" for line in self._lines(box))

    def _lines(self, box: "Box") -> Iterator[str]:
        yield from _head("tradewind_requests_total", "counter", "Requests by operation and status.")
        for (venue, operation, door, status), count in sorted(self._calls(box).items()):
            labels = {"venue": venue, "operation": operation, "door": door, "status": status}
            yield _sample("tradewind_requests_total", labels, count)
        yield from self._venues(box)
        yield from _head("tradewind_weight_total", "counter", "Request weight that was charged.")
        for venue, weight in sorted(self._weight.items()):
            yield _sample("tradewind_weight_total", {"venue": venue}, weight)
        name = "tradewind_commit_seconds"
        yield from _head(name, "histogram", "What the commit of a turn took.")
        for venue, histogram in self._commits.items():
            yield from _histogram(name, {"venue": venue}, histogram)
        name = "tradewind_loop_lag_seconds"
        yield from _head(name, "histogram", "How late the box's ten beats a second were.")
        yield from _histogram(name, {}, self.lag)
        yield from _head("tradewind_faults", "gauge", "Faults that are set.")
        yield _sample("tradewind_faults", {}, len(box.faults.all()))

    def _calls(self, box: "Box") -> Counter[Call]:
        """By operation: what the venue calls a method and path."""
        found: Counter[Call] = Counter()
        for (venue, method, path, status), count in self._requests.items():
            gateway = box.gateways.get(venue)
            operation = path
            if gateway is not None and method:
                asked = gateway.spoiler.words.request(HttpRequest(method, path))
                operation = "other" if " " in asked.operation else asked.operation
            found[venue, operation, "http", status] += count
        for (venue, operation, status), count in self._messages.items():
            found[venue, operation[:60], "websocket", status] += count
        return found

    def _venues(self, box: "Box") -> Iterator[str]:
        rows: list[tuple[str, str, str, dict[str, int]]] = [
            ("tradewind_orders_total", "counter", "Orders of accounts.", {}),
            ("tradewind_fills_total", "counter", "Fills of accounts.", {}),
            ("tradewind_open_orders", "gauge", "Orders that are open.", {}),
            ("tradewind_connections", "gauge", "Open WebSockets.", {}),
            ("tradewind_journal_rows_total", "counter", "Rows of the journal.", {}),
            ("tradewind_tick", "counter", "The last tick of venue time that has run.", {}),
        ]
        for venue, gateway in box.gateways.items():
            host = gateway.host
            opened = sum(len(host.engine.open_orders(n)) for n in host.accounts.values())
            numbers = (
                _count(host, "orders"),
                _count(host, "fills"),
                opened,
                gateway.connected,
                host.journal.seq,
                host.market.tick,
            )
            for row, number in zip(rows, numbers, strict=True):
                row[3][venue] = number
        for name, kind, text, values in rows:
            yield from _head(name, kind, text)
            for venue, value in values.items():
                yield _sample(name, {"venue": venue}, value)


def _count(host: "VenueHost", table: str) -> int:
    statement = _COUNTS[table]
    (found,) = host.database.execute(statement).fetchone()
    return int(found)


def _head(name: str, kind: str, text: str) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"


def _sample(name: str, labels: Mapping[str, object], value: float) -> str:
    inner = ",".join(f'{key}="{_escaped(str(each))}"' for key, each in labels.items())
    return f"{name}{{{inner}}} {value}" if inner else f"{name} {value}"


def _histogram(name: str, labels: Mapping[str, object], histogram: Histogram) -> Iterator[str]:
    total = 0
    for bound, count in zip((*map(str, BUCKETS), "+Inf"), histogram.counts, strict=True):
        total += count
        yield _sample(f"{name}_bucket", {**labels, "le": bound}, total)
    yield _sample(f"{name}_sum", labels, round(histogram.sum, 9))
    yield _sample(f"{name}_count", labels, total)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
