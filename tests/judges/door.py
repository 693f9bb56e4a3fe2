"""What every judge that speaks the venue's own words shares: a loop in a thread, what was heard by
stream, and streams' names read into arguments.

A door answers ``call`` (an operation of the table, parameters by their names on the wire),
``listen`` and ``heard`` (market streams by name), ``follow`` and ``told`` (user data). Answers are
what the software made of the venue's words, put back under the names of the wire.
"""

import asyncio
import re
import threading
from collections import deque
from collections.abc import Coroutine
from typing import Any

KEPT = 1_000
ANSWER_SECONDS = 15

Heard = dict[str, Any]


class Loop:
    """A loop that runs in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def run(self, task: Coroutine[Any, Any, Any]) -> Any:
        """Wait for a result."""
        return asyncio.run_coroutine_threadsafe(task, self.loop).result(ANSWER_SECONDS)

    def go(self, task: Coroutine[Any, Any, Any]) -> None:
        """Let it run beside."""
        asyncio.run_coroutine_threadsafe(task, self.loop)


class Tapes:
    """What was heard, by stream. A break in the judge's software is told when it is asked."""

    def __init__(self) -> None:
        self._tapes: dict[str, deque[Any]] = {}
        self._broken: dict[str, str] = {}

    def open(self, stream: str) -> bool:
        """Whether it is new."""
        new = stream not in self._tapes
        self._tapes.setdefault(stream, deque(maxlen=KEPT))
        return new

    def add(self, stream: str, message: Any) -> None:
        """A message."""
        self._tapes[stream].append(message)

    def broke(self, stream: str, why: str) -> None:
        """The software failed on a message."""
        self._broken[stream] = why

    def take(self, stream: str) -> list[Any]:
        """All that was heard since the last time."""
        if stream in self._broken:
            raise AssertionError(self._broken.pop(stream))
        tape = self._tapes[stream]
        messages = list(tape)
        tape.clear()
        return messages


def snake(words: str) -> str:
    """``newClientOrderId`` as ``new_client_order_id``, ``order.place`` as ``order_place``."""
    return (
        re.sub(r"(?<=[a-z])([A-Z])", lambda m: "_" + m[1].lower(), words).replace(".", "_").lower()
    )


_STREAMS: tuple[tuple[str, str], ...] = (
    (r"!miniTicker@arr", "all_mini_ticker"),
    (r"!ticker_(?P<window_size>\w+)@arr", "all_market_rolling_window_ticker"),
    (r"(?P<symbol>\w+)@trade", "trade"),
    (r"(?P<symbol>\w+)@aggTrade", "agg_trade"),
    (r"(?P<symbol>\w+)@avgPrice", "avg_price"),
    (r"(?P<symbol>\w+)@blockTrade", "block_trade"),
    (r"(?P<symbol>\w+)@bookTicker", "book_ticker"),
    (r"(?P<symbol>\w+)@referencePrice", "reference_price"),
    (r"(?P<symbol>\w+)@miniTicker", "mini_ticker"),
    (r"(?P<symbol>\w+)@ticker", "ticker"),
    (r"(?P<symbol>\w+)@ticker_(?P<window_size>\w+)", "rolling_window_ticker"),
    (r"(?P<symbol>\w+)@kline_(?P<interval>\w+)", "kline"),
    (r"(?P<symbol>\w+)@kline_(?P<interval>\w+)@\+08:00", "kline_offset"),
    (r"(?P<symbol>\w+)@depth(?P<levels>\d+)(?:@(?P<update_speed>\w+))?", "partial_book_depth"),
    (r"(?P<symbol>\w+)@depth(?:@(?P<update_speed>\w+))?", "diff_book_depth"),
)


def stream_arguments(stream: str) -> tuple[str, dict[str, str]]:
    """The kind of a stream and what makes it one of its kind. Raises LookupError."""
    for pattern, kind in _STREAMS:
        found = re.fullmatch(pattern, stream)
        if found:
            return kind, {k: v for k, v in found.groupdict().items() if v}
    raise LookupError(f"no stream {stream!r}")
