"""What a truth is played with: a voice, the box's own word on money and orders, and prices."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from typing import Any, Protocol

from tests.scenarios.trader import Refused

from tradewind.venues import part

from .words import BLIND, HELD, WHERE, Untrue, holds, text, true

_numbers = count(1)
COSTS = {row.name: (row.weight, row.counts) for row in part("binance", "operations").TABLE.rows}
WEIGHT_SECONDS, ORDERS_SECONDS = 60, 10


class Spending:
    """What was asked lately, in request weight (of ``/api``) and in orders."""

    def __init__(self) -> None:
        self._asked: deque[tuple[float, int, int]] = deque(maxlen=10_000)

    def add(self, operation: str) -> None:
        """One request."""
        weight, orders = COSTS[operation]
        here = 0 if operation.startswith("wallet.") else weight
        self._asked.append((time.monotonic(), here, orders))

    @property
    def weight(self) -> int:
        """Of the last minute, at the cheapest."""
        since = time.monotonic() - WEIGHT_SECONDS
        return sum(weight for at, weight, _ in self._asked if at > since)

    @property
    def orders(self) -> int:
        """Of the last ten seconds."""
        since = time.monotonic() - ORDERS_SECONDS
        return sum(orders for at, _, orders in self._asked if at > since)


class Voice(Protocol):
    """One door of one piece of software, asked in the venue's words."""

    door: str
    blind: frozenset[str]
    key: str

    def call(self, operation: str, given: dict[str, Any]) -> Any:
        """Ask. Raises Refused."""

    def listen(self, stream: str) -> None:
        """Hear a stream from now on."""

    def heard(self, stream: str) -> list[Any]:
        """Messages since the last time."""

    def follow(self) -> None:
        """Hear user data from now on."""

    def told(self) -> list[Any]:
        """Events since the last time."""


class Truthful(Protocol):
    """The box's own word, past every judge."""

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The admin API."""

    def key(self, label: str, **wanted: Any) -> dict[str, str]:
        """A new key."""


class Stage:
    """One account at one box, seen through one voice."""

    def __init__(self, opens: "Callable[[str], Voice]", box: Truthful, account: str) -> None:
        self._opens = opens
        self._voices: dict[str, Voice] = {}
        self.voice, self.box, self.account = self.other("hmac"), box, account
        self.asked: set[str] = set()
        self.refused: set[str] = set()
        self.may: frozenset[str] = frozenset()
        self.spending = Spending()

    def play(self, play: "Callable[[Stage], None]", may: frozenset[str]) -> int:
        """Play a truth that may ask these operations; how many things were held to be true. The
        caller cleans up.
        """
        self.may = may
        self.asked.clear()
        self.refused.clear()
        HELD[0] = 0
        WHERE.clear()
        BLIND.clear()
        BLIND.update(self.voice.blind)
        play(self)
        return HELD[0]

    def other(self, kind: str) -> Voice:
        """The same account's voice with a key of another kind: hmac, ed25519, rsa."""
        if kind not in self._voices:
            self._voices[kind] = self._opens(kind)
        return self._voices[kind]

    @property
    def socket(self) -> bool:
        """Whether the voice speaks over the WebSocket API."""
        return self.voice.door == "ws"

    def ask(self, operation: str, **given: Any) -> Any:
        """Ask, and have an answer."""
        self.asked.add(operation)
        self.spending.add(operation)
        words = {name: value for name, value in given.items() if value is not None}
        try:
            return self.voice.call(operation, words)
        except Refused as refused:
            raise Untrue(f"{operation} {given} was refused: {refused}") from refused

    def says(self, operation: str, pattern: Any, **given: Any) -> Any:
        """Ask, and the answer is like the pattern."""
        answer = self.ask(operation, **given)
        holds(answer, pattern, operation)
        return answer

    def refuses(self, code: int, words: str, operation: str, **given: Any) -> None:
        """It is refused with that code, and money and orders stay what they were."""
        before = self.state()
        self.refused.add(operation)
        self.spending.add(operation)
        given = {name: value for name, value in given.items() if value is not None}
        try:
            answer = self.voice.call(operation, given)
        except Refused as refused:
            if refused.code != str(code) or words not in refused.text:
                wanted = f"{code} {words!r}"
                raise Untrue(f"{operation} was refused as {refused}, not as {wanted}") from refused
        else:
            raise Untrue(f"{operation} {given} was answered: {answer}")
        true(self.state() == before, f"the refused {operation} changed something")

    def state(self) -> Any:
        """Money and open orders, by the box's own word."""
        seen = self.box.ask("GET", "/account", venue="binance", account=self.account)
        return {row["asset"]: row for row in seen["balances"]}, seen["open_orders"]

    def money(self, asset: str) -> tuple[Decimal, Decimal]:
        """Available and held of an asset, by the box's own word."""
        found = self.state()[0].get(asset) or {"available": "0", "held": "0"}
        return Decimal(found["available"]), Decimal(found["held"])

    def faucet(self, **amounts: str) -> None:
        """More money."""
        body = {"venue": "binance", "account": self.account, "amounts": amounts}
        self.box.ask("POST", "/faucet", body)

    def best(self, symbol: str) -> tuple[Decimal, Decimal]:
        """The best bid and ask, by the box's own word."""
        book = self.box.ask("GET", "/books", venue="binance", instrument=symbol, levels=1)
        return Decimal(str(book["bids"][0][0])), Decimal(str(book["asks"][0][0]))

    def price(self, symbol: str, percent: float, tick: str = "0.01") -> str:
        """A price so far from the market."""
        bid, _ = self.best(symbol)
        steps = (bid * (100 + Decimal(str(percent))) / 100) // Decimal(tick)
        return text(steps * Decimal(tick))

    @contextmanager
    def still(self) -> Iterator[None]:
        """The market stands still meanwhile: venue time is frozen, and made up for afterwards."""
        self.box.ask("POST", "/time", {"freeze": True})
        try:
            yield
        finally:
            told = self.box.ask("POST", "/time", {"run": True})
            behind = time.time_ns() - told["venue_time_ns"]
            self.box.ask("POST", "/time", {"advance": max(0, behind) / 1e9})

    def name(self, words: str = "t") -> str:
        """A fresh client order id."""
        return f"{words}-{next(_numbers)}"

    def clean(self) -> None:
        """Nothing stays open, whatever happened."""
        for order in self.state()[1]:
            try:
                symbol = order["instrument"].replace("/", "")
                self.voice.call("openOrders.cancelAll", {"symbol": symbol})
            except Refused:
                continue
