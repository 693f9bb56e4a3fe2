"""What addresses and accounts have used of the venue's limits, and who is banned.

Per address: request weight, raw requests, and a ban for going on after 429. Per account: the
unfilled order count, which falls again when orders fill. All of it is venue time.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from ....engine.events import Event, Fill, OrderAccepted
from ....engine.listing import MARKET_ACCOUNT
from ....model import Liquidity
from ....protocol.limits import FixedWindow, Limit
from .. import errors
from ..limits import (
    BAN_AFTER,
    BAN_FIRST,
    BAN_LONGEST,
    DAY,
    MAKER_CREDIT,
    MINUTE,
    TAKER_CREDIT,
    interval,
)
from .call import MILLISECONDS, Refusal

MOST_KEYS = 10_000
"""Addresses or accounts remembered before those of past windows are dropped."""


OFFENCES_WINDOW = 5 * MINUTE
"""As connections are counted."""


class Ban(Struct):
    """An address that went on after 429: until when, and how often it has been banned."""

    until: int
    times: int


class Addresses:
    """Weight, raw requests and bans, per address."""

    def __init__(self, limits: Mapping[str, Limit], settings: Mapping[str, Any]) -> None:
        self.weight = FixedWindow(limits["REQUEST_WEIGHT"])
        self.raw = FixedWindow(limits["RAW_REQUESTS"])
        self._ban_after = int(settings.get("ban_after", BAN_AFTER))
        self._refused: dict[str, tuple[int, int]] = {}
        self._bans: dict[str, Ban] = {}
        self._offences: dict[str, tuple[int, int]] = {}

    def charge(self, address: str, weight: int, now: int, *, raw: int = 1) -> None:
        """Charge one request. Raises Refusal with 418 while banned, with 429 over a limit."""
        if self._bans:
            self.refuse_banned(address, now)
        used = self.weight.charge(address, weight, now)
        requests = self.raw.charge(address, raw, now)
        if used > self.weight.limit.limit or requests > self.raw.limit.limit:
            window = self.weight if used > self.weight.limit.limit else self.raw
            self._refuse_over(window, address, now)

    def give_back(self, address: str, weight: int, now: int) -> None:
        """A successful order call weighs nothing."""
        self.weight.charge(address, -weight, now)

    def used(self, address: str, now: int) -> int:
        """Weight used in this minute."""
        return self.weight.used(address, now)

    def banned_until(self, address: str, now: int) -> int:
        """Venue time at which the address's ban ends; 0 if it has none."""
        ban = self._bans.get(address)
        return ban.until if ban and ban.until > now else 0

    def offended(self, address: str, now: int) -> None:
        """A connection of it was cut for too many messages, or one more was refused. Who goes on
        is banned (web-socket-streams.md; after how many is guessed, as for requests).
        """
        begun, count = self._offences.get(address, (now, 0))
        if now - begun >= OFFENCES_WINDOW:
            begun, count = now, 0
        if len(self._offences) > MOST_KEYS:
            self._offences.clear()
        self._offences[address] = begun, count + 1
        if count >= self._ban_after:
            del self._offences[address]
            self._ban(address, now)

    def refuse_banned(self, address: str, now: int) -> None:
        """Raise Refusal with 418 while banned."""
        until = self.banned_until(address, now)
        if until:
            raise Refusal(errors.BANNED, until // MILLISECONDS, until=until)

    def _refuse_over(self, window: FixedWindow, address: str, now: int) -> None:
        until = now + window.retry_after(now)
        _, refused = self._refused.get(address, (0, 0))
        if self._refused.get(address, (0, 0))[0] != until:
            refused = 0
        refused += 1
        self._refused[address] = (until, refused)
        self._forget(now)
        if refused > self._ban_after:
            until = self._ban(address, now)
            raise Refusal(errors.BANNED, until // MILLISECONDS, until=until)
        if window is self.raw:
            raise Refusal(errors.TOO_MANY_REQUESTS, until=until)
        word, number = interval(window.limit)
        raise Refusal(errors.TOO_MUCH_WEIGHT, window.limit.limit, f"{number} {word}", until=until)

    def _ban(self, address: str, now: int) -> int:
        """Bans double from two minutes to three days; a day of peace begins anew (guessed)."""
        before = self._bans.get(address)
        times = before.times if before and now - before.until < DAY else 0
        until: int = now + min(BAN_FIRST * 2**times, BAN_LONGEST)
        self._bans[address] = Ban(until, times + 1)
        return until

    def _forget(self, now: int) -> None:
        if len(self._refused) > MOST_KEYS:
            self._refused = {a: r for a, r in self._refused.items() if r[0] > now}
            self.weight.forget(now)
            self.raw.forget(now)

    def state(self) -> bytes:
        """Everything, for a restart."""
        parts = (self.weight.state(), self.raw.state(), self._refused, self._bans)
        return msgspec.msgpack.encode(parts)

    def restore(self, state: bytes) -> None:
        """Take back what ``state`` gave."""
        kind = tuple[
            dict[str | int, tuple[int, int]],
            dict[str | int, tuple[int, int]],
            dict[str, tuple[int, int]],
            dict[str, Ban],
        ]
        weight, raw, self._refused, self._bans = msgspec.msgpack.decode(state, type=kind)
        self.weight.restore(weight)
        self.raw.restore(raw)


class Orders:
    """The unfilled order count per account (faqs/order_count_decrement.md)."""

    def __init__(self, limits: Mapping[str, Limit], settings: Mapping[str, Any]) -> None:
        self.windows = (FixedWindow(limits["ORDERS_10S"]), FixedWindow(limits["ORDERS_1D"]))
        self._credit = {
            Liquidity.TAKER: TAKER_CREDIT,
            Liquidity.MAKER: int(settings.get("maker_credit", MAKER_CREDIT)),
        }

    def check(self, account: int, counts: int, now: int) -> Refusal | None:
        """The refusal if that many more orders would be too many."""
        for window in self.windows:
            if window.used(account, now) + counts > window.limit.limit:
                word, number = interval(window.limit)
                return Refusal(
                    errors.TOO_MANY_ORDERS,
                    window.limit.limit,
                    f"{number} {word}",
                    until=now + window.retry_after(now),
                )
        return None

    def charge(self, account: int, counts: int, now: int) -> None:
        """Count orders, or give back when negative."""
        for window in self.windows:
            window.charge(account, counts, now)

    def used(self, account: int, now: int) -> tuple[int, ...]:
        """The counts in the order of ``windows``."""
        return tuple(window.used(account, now) for window in self.windows)

    def publish(self, events: Iterable[Event]) -> None:
        """An accepted order counts, its first fill gives back. From events, so that a restart
        counts the same again.
        """
        for event in events:
            if type(event) is OrderAccepted:
                self._add(event.order.account, 1, event.at)
            elif type(event) is Fill and event.number == 1:
                self._add(event.order.account, -self._credit[event.liquidity], event.at)

    def _add(self, account: int, counts: int, at: int) -> None:
        if account != MARKET_ACCOUNT:
            self.charge(account, counts, at)

    def state(self) -> bytes:
        """Everything, for a restart."""
        return msgspec.msgpack.encode([window.state() for window in self.windows])

    def restore(self, state: bytes) -> None:
        """Take back what ``state`` gave."""
        kind = list[dict[str | int, tuple[int, int]]]
        for window, used in zip(
            self.windows, msgspec.msgpack.decode(state, type=kind), strict=True
        ):
            window.restore(used)
