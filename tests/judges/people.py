"""Traders by the condition a scenario names, for one judge and one box; and what the venue calls
each reason for a refusal.
"""

from tests.scenarios.player import USUAL
from tests.scenarios.trader import Trader

from .box import Box
from .resident import Judge

TWO_MINUTES_MS = 120_000

REASONS = {
    "tick size": ("-1013", "Filter failure: PRICE_FILTER"),
    "price too far": ("-1013", "Filter failure: PERCENT_PRICE"),
    "lot size": ("-1013", "Filter failure: LOT_SIZE"),
    "worth too little": ("-1013", "Filter failure: NOTIONAL"),
    "not enough money": ("-2010", "Account has insufficient balance for requested action."),
    "would take": ("-2010", "Order would immediately match and take."),
    "name taken": ("-2010", "Duplicate order sent."),
    "no such order": ("-2013", "Order does not exist."),
    "nothing to cancel": ("-2011", "Unknown order sent."),
    "no such instrument": ("-1121", "Invalid symbol."),
    "illegal characters": ("-1100", "Illegal characters found in parameter 'newClientOrderId'"),
    "bad signature": ("-1022", "Signature for this request is not valid."),
    "bad key": ("-2015", "Invalid API-key, IP, or permissions for action."),
    "stale": ("-1021", "Timestamp for this request"),
    "too many orders": ("-1015", "Too many new orders"),
    "too many requests": ("-1003", "Too much request weight used"),
    "banned": ("-1003", "IP banned until"),
}


class Cast:
    """Hands out one judge's traders; each is made once."""

    def __init__(self, judge: Judge, box: Box, name: str) -> None:
        self._judge, self._box, self._name = judge, box, name
        self._traders: dict[str, Trader] = {}
        self._usual = box.key(f"{name} usual")

    def trader(self, condition: str) -> Trader:
        """The trader of a condition."""
        if condition not in self._traders:
            self._traders[condition] = self._make(condition)
        return self._traders[condition]

    def _make(self, condition: str) -> Trader:
        key, late = self._usual, 0
        match condition:
            case _ if condition == USUAL:
                pass
            case "a wrong secret":
                key = key | {"api_secret": "x" * 64}
            case "an unknown key":
                key = key | {"api_key": "k" * 64}
            case "a key for another address":
                key = self._box.key(f"{self._name} elsewhere", ips=["203.0.113.7"])
            case "a key that may only read":
                key = self._box.key(f"{self._name} reader", permissions=["read"])
            case "a revoked key":
                key = self._box.key(f"{self._name} revoked")
                self._box.revoke(f"{self._name} revoked")
            case "a clock two minutes slow":
                late = TWO_MINUTES_MS
            case "a clock two minutes fast":
                late = -TWO_MINUTES_MS
            case _:
                raise ValueError(f"nobody knows {condition!r}")
        return self._judge.trader(
            f"{condition} at {self._box.rest}",
            rest=self._box.rest,
            streams=self._box.streams,
            key=key["api_key"],
            secret=key["api_secret"],
            late_ms=late,
        )
