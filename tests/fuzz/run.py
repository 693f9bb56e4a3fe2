"""The fuzzer: seeded input against a whole box, what came of it counted.

half    valid signed requests with one field changed (after or before they are signed)
half    valid ones, raw garbage, stream control, time going by
"""

import resource
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from tradewind.protocol.operations import Operation

from . import garbage, mutate
from .valid import Valid
from .world import (
    COUNTED,
    MS,
    PARTIAL,
    Line,
    Pairs,
    Told,
    Trader,
    World,
    api_request,
    rest_door,
    rest_request,
)

PEERS = 40
"""Addresses that requests come from; some are banned now and then, as they would be."""

COMPARED = 0.2
"""Of all inputs: the whole state before and after is compared when it was a refusal."""

FAILURES_MAX = 20
LINES = 6
JUMPED = 0.00005
"""How often venue time is advanced by minutes or hours."""

STRANGERS = ("reader", "elsewhere", "revoked", "poor")


class Failure(Struct, frozen=True):
    """What went wrong, at which input of the seed."""

    number: int
    input: str
    error: str


class Fuzz:
    """One run."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.random = world.random
        self.valid = Valid(world)
        self.spread: Counter[str] = Counter()
        self.codes: Counter[int] = Counter()
        self.kinds: Counter[str] = Counter()
        self.well: Counter[str] = Counter()
        """Operations that an unchanged request of ours got an answer from."""
        self.refused = self.compared = 0
        self.failures: list[Failure] = []
        self.number = 0
        self._lines: list[Line] = []
        self._stream_lines: list[Line] = []
        self._logged_on: set[int] = set()
        self._what = ""

    def run(self, inputs: int, stop: Callable[[], bool] = lambda: False) -> None:
        """So many inputs; ends early when ``stop`` says so or too much has failed."""
        for _ in range(inputs):
            if stop() or len(self.failures) >= FAILURES_MAX:
                return
            self.one()

    def one(self) -> None:
        """One input, held to all promises."""
        self.number += 1
        roll = self.random.random()
        self.world.step(self.random.randrange(40 * MS))
        if self.number % 500 == 0:
            self.world.feed()
        if self.random.random() < JUMPED:
            self.world.jump(self.random.randint(1, 10_000) * 1000 * MS)
        try:
            if roll < 0.5:
                self._changed()
            elif roll < 0.72:
                self._unchanged()
            elif roll < 0.87:
                self._garbage()
            else:
                self._streams()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what we look for
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            text = f"{type(error).__name__} at {where}: {error}"[:600]
            self.failures.append(Failure(self.number, self._what[:1500], text))

    # kinds of input

    def _changed(self) -> None:
        operation, pairs, trader = self.valid.any()
        if trader is None and self.random.random() < 0.8:
            while trader is None:
                operation, pairs, trader = self.valid.any()
        signature = None
        roll = self.random.random()
        if roll < 0.04:
            rule, pairs = "stale", mutate.stale(self.random, pairs)
        elif roll < 0.08 and trader is not None:
            rule, trader = "stranger", self.world.traders[self.random.choice(STRANGERS)]
        elif roll < 0.12:
            rule, signature = "signature", self.random.choice(("", "00" * 32, "x", "ß", "A" * 88))
        else:
            rule, pairs = mutate.mutate(self.random, pairs)
        self.kinds["one field changed"] += 1
        self._ask(operation, pairs, trader, signature, f"{operation.name} {rule}")

    def _unchanged(self) -> None:
        self.kinds["valid"] += 1
        operation, pairs, trader = self.valid.any()
        told = self._ask(operation, pairs, trader, None, operation.name)
        if told is not None and not told.refused:
            self.well[operation.name] += 1

    def _garbage(self) -> None:
        self.kinds["garbage"] += 1
        operation, pairs, trader = self.valid.any()
        peer = self._peer()
        if self.random.random() < 0.5 and rest_door(operation):
            valid = rest_request(operation, pairs, trader, peer=peer)
            request = garbage.http_request(self.random, valid, peer)
            self._what = repr(request)
            self._judge(lambda: self.world.rest(request))
        else:
            valid_message = api_request(operation, pairs, trader, number=self.number)
            self._api(garbage.api_message(self.random, valid_message))

    def _streams(self) -> None:
        self.kinds["streams"] += 1
        lines = self._stream_lines
        lines[:] = [line for line in lines if line.open]
        if len(lines) < LINES or self.random.random() < 0.05:
            path, query = garbage.stream_path(self.random)
            self._what = f"streams {path}?{query}"
            line = self.world.connect(path, query, self._peer())
            if isinstance(line, Told):
                self._count(line)
                return
            lines.append(line)
            if len(lines) > LINES:
                self.world.drop(lines.pop(0))
        line = self.random.choice(lines)
        message = garbage.stream_message(self.random)
        self._what = f"streams {message!r}"
        self._count(self.world.say(line, message))

    # asking

    def _ask(
        self,
        operation: Operation,
        pairs: Pairs,
        trader: Trader | None,
        signature: str | None,
        what: str,
    ) -> Told | None:
        web = rest_door(operation) is None or (
            len(operation.doors) > 1 and self.random.random() < 0.4
        )
        self._what = f"{'ws' if web else 'rest'} {what} {pairs}"
        if web:
            line = self._line(logged_on=operation.name == "userDataStream.subscribe")
            if line is None:
                return None
            trusted = id(line) in self._logged_on and self.random.random() < 0.7
            message = api_request(
                operation,
                pairs,
                trader,
                number=self.number,
                signature=signature,
                trusted=trusted and operation.name != "session.logon",
            )
            told = self._api(message, line)
            if told is not None and not told.refused and operation.name == "session.logon":
                self._logged_on.add(id(line))
        else:
            headers = {}
            if self.random.random() < 0.1:
                headers["x-mbx-time-unit"] = self.random.choice(("MICROSECOND", "MILLISECOND"))
            request = rest_request(
                operation,
                pairs,
                trader,
                peer=self._peer(),
                signature=signature,
                headers=headers,
                in_body=self.random.random() < 0.2,
            )
            told = self._judge(lambda: self.world.rest(request))
        if told is not None and not told.refused and trader is not None:
            self._remember(operation.name, told.body, trader.credential.account)
        return told

    def _api(self, message: bytes, line: Line | None = None) -> Told | None:
        line = line or self._line()
        if line is None:
            return None
        if not self._what.startswith("ws "):
            self._what = f"ws {message!r}"
        return self._judge(lambda: self.world.api(line, message))

    def _line(self, *, logged_on: bool = False) -> Line | None:
        """A connection to the WebSocket API, if there is one a logged-on one where that is asked
        for; None when the address may not open one now.
        """
        lines = self._lines
        lines[:] = [line for line in lines if line.open]
        self._logged_on &= {id(line) for line in lines}
        if len(lines) < LINES or self.random.random() < 0.02:
            query = self.random.choice(("", "", "returnRateLimits=false", "timeUnit=MICROSECOND"))
            line = self.world.connect("/ws-api/v3", query, self._peer())
            if isinstance(line, Told):
                self._count(line)
                return None
            lines.append(line)
            if len(lines) > LINES:
                gone = lines.pop(0)
                self._logged_on.discard(id(gone))
                self.world.drop(gone)
        those = [line for line in lines if logged_on and id(line) in self._logged_on]
        return self.random.choice(those or lines)

    def _peer(self) -> str:
        return f"127.0.0.{self.random.randint(1, PEERS)}"

    # judging

    def _judge(self, ask: Callable[[], Told | None]) -> Told | None:
        compare = self.random.random() < COMPARED
        before = self.world.fingerprint() if compare else None
        told = ask()
        if told is None:
            return None
        self._count(told)
        if told.refused:
            self.refused += 1
            self.world.check_did(told)
            if before is not None and told.code != PARTIAL:
                self.compared += 1
                after = self.world.fingerprint()
                first = 1 if told.code == COUNTED else 0
                assert after[first:] == before[first:], (
                    f"refused with {told.label}, yet the state changed"
                )
        return told

    def _count(self, told: Told) -> None:
        self.spread[told.label] += 1
        if told.code:
            self.codes[told.code] += 1

    def _remember(self, name: str, body: Any, account: int) -> None:
        """What later requests may be about."""
        world = self.world
        if not isinstance(body, dict):
            return
        if "quoteId" in body:
            world.quotes.append((body["quoteId"], account))
        if "listenKey" in body:
            world.listen_keys.append(body["listenKey"])
        if name.startswith("orderList.place"):
            number = body["orderListId"]
            world.lists.append((body["symbol"], number, body["listClientOrderId"], account))
        order = body.get("newOrderResponse", body)
        if isinstance(order, dict) and "orderId" in order and "clientOrderId" in order:
            row = (order["symbol"], order["orderId"], order["clientOrderId"], account)
            world.orders.append(row)


def rss_mb() -> float:
    """Resident memory of this process now, in MB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6
