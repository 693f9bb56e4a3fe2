"""The faults of a run: the same seeds for every client. Which request one meets is decided by its
number among those of its operation, so clients that ask more often meet more of them.
"""

from typing import Any

ORDERS = ("order.place", "order.cancel", "order.cancelReplace")
QUESTIONS = ("order.status", "openOrders.status", "allOrders", "myTrades")

REQUESTS: dict[str, dict[str, Any]] = {
    "request lost": {"kind": "lose", "probability": 0.03},
    "request late": {"kind": "late", "value": 12_000, "probability": 0.01},
    "answer lost": {"kind": "drop", "probability": 0.03},
    "answer late": {"kind": "delay", "value": 12_000, "probability": 0.015},
    "answer cut": {"kind": "cut", "probability": 0.02},
    "gateway 502": {"kind": "error", "value": 502, "probability": 0.02},
    "gateway 504": {"kind": "error", "value": 504, "probability": 0.02},
    "-1007": {"kind": "timeout", "probability": 0.02},
    "-1006": {"kind": "timeout", "value": 1, "probability": 0.02},
    "ban 418": {"kind": "ban", "probability": 0.01},
}
"""What strikes orders, and questions half as often. Twelve seconds are more than the ten after
which each of the libraries gives up by default."""

FRAMES: dict[str, dict[str, Any]] = {
    "gap": {"kind": "gap", "probability": 0.03},
    "duplicate": {"kind": "duplicate", "probability": 0.03},
    "reorder": {"kind": "reorder", "probability": 0.02},
    "disconnect": {"kind": "disconnect", "probability": 0.006},
}
"""What strikes the private stream."""

PUSHED = ("*@executionReport", "outboundAccountPosition")
"""Channels of the private stream. Answers on the same connection are left alone."""

SILENT_SECONDS = 6
SILENCE = [{"kind": "freeze", "channel": each, "seconds": SILENT_SECONDS} for each in PUSHED]
"""The silent stream, once in a run, after a third of its stories."""


def requests(seed: int) -> list[tuple[str, dict[str, Any]]]:
    """Name and words of each fault of requests and frames."""
    found = []
    for number, (name, words) in enumerate(REQUESTS.items()):
        for place, operation in enumerate((*ORDERS, *QUESTIONS)):
            share = words["probability"] / (1 if operation in ORDERS else 2)
            more = {"operation": operation, "seed": seed * 10_000 + number * 100 + place}
            found.append((name, {**words, **more, "probability": share}))
    for number, (name, words) in enumerate(FRAMES.items()):
        for place, channel in enumerate(PUSHED):
            lot = seed * 10_000 + 9_000 + number * 10 + place
            found.append((name, {**words, "channel": channel, "seed": lot}))
    return found
