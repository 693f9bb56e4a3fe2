"""A box without a disk and without participants: the real engine, and a tape of what it traded.

Every number on this tape is counted the obvious way from the trades themselves, so that a test can
say what an answer must be.
"""

from collections.abc import Callable, Sequence
from typing import Any

from tradewind.engine.commands import AddAsset, AnyCommand, List, OpenAccount, PlaceOrder, Requote
from tradewind.engine.commands import Transfer as Move
from tradewind.engine.engine import Engine
from tradewind.engine.events import Event, Trade
from tradewind.engine.listing import OUTSIDE_ACCOUNT, Asset
from tradewind.model import OrderType, Side, TimeInForce
from tradewind.protocol.hosting import Bar, Credential, Print
from tradewind.venues.binance.exchange.markets import Market, Markets

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = 1_795_564_800 * SECOND
"""2026-11-25 00:00 UTC, a Wednesday."""

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
MONDAY = 4 * DAY
"""1970-01-05 was one."""


class FakeTape:
    """The public past, kept as a list."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.past: dict[str, list[Print]] = {}

    def record(self, events: Sequence[Event]) -> None:
        for e in events:
            if isinstance(e, Trade):
                made = Print(
                    e.trade_id, e.price, e.quantity, e.value, e.at, e.aggressor_side,
                    e.taker_order_id,
                )  # fmt: skip
                self.past.setdefault(e.instrument, []).append(made)

    def prints(
        self,
        instrument: str,
        *,
        from_id: int | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
    ) -> list[Print]:
        found = [
            p
            for p in self.past.get(instrument, [])
            if (from_id is None or p.trade_id >= from_id)
            and (start is None or p.time >= start)
            and (end is None or p.time <= end)
        ]
        first = from_id is not None or start is not None
        return found[:limit] if first else found[-limit:]

    def bars(
        self,
        instrument: str,
        interval: str,
        *,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
        offset: int = 0,
    ) -> list[Bar]:
        past = self.past.get(instrument, [])
        if not past:
            return []
        length = int(interval[:-1]) * _UNITS[interval[-1]]
        shift = offset - (MONDAY if interval.endswith("w") else 0)
        opened = (past[0].time + shift) // length * length - shift
        found: list[Bar] = []
        while opened <= self._now():
            close = found[-1].close if found else past[0].price
            found.append(_bar(past, opened, opened + length, close))
            opened += length
        inside = [
            bar
            for bar in found
            if (start is None or bar.opened >= start) and (end is None or bar.opened <= end)
        ]
        return inside[:limit] if start is not None else inside[-limit:]

    def window(self, instrument: str, start: int, end: int) -> Bar:
        past = self.past.get(instrument, [])
        before = [p.price for p in past if p.time < start]
        return _bar(past, start, end, before[-1] if before else 0)

    def last(self, instrument: str) -> Print | None:
        past = self.past.get(instrument)
        return past[-1] if past else None

    def average_price(self, instrument: str, minutes: int) -> int:
        market = MARKETS[instrument]
        since = self._now() - minutes * MINUTE
        past = self.past.get(instrument, [])
        recent = [p for p in past if p.time > since]
        if not recent:
            return past[-1].price * market.tick if past else 0
        return market.average(sum(p.value for p in recent), sum(p.quantity for p in recent))


def _bar(past: Sequence[Print], opened: int, closed: int, before: int) -> Bar:
    inside = [p for p in past if opened <= p.time < closed]
    bought = [p for p in inside if p.aggressor_side is Side.BUY]
    prices = [p.price for p in inside] or [before]
    return Bar(
        opened=opened,
        closed=closed,
        open=prices[0],
        high=max(prices),
        low=min(prices),
        close=prices[-1],
        volume=sum(p.quantity for p in inside),
        value=sum(p.value for p in inside),
        taker_volume=sum(p.quantity for p in bought),
        taker_value=sum(p.value for p in bought),
        first_id=inside[0].trade_id if inside else -1,
        last_id=inside[-1].trade_id if inside else -1,
        trades=len(inside),
    )


MARKETS = Markets.of({})


class Box:
    """Host and clock in one. ``maker`` and ``taker`` are two accounts with plenty of everything."""

    venue = "binance"
    history: Any = None

    def __init__(self, **settings: Any) -> None:
        self.settings: dict[str, Any] = settings
        self.venue_time = START
        self.wall_time = START
        self.weight = 0
        self.engine = Engine()
        self.tape = FakeTape(self.now)
        self.markets = Markets.of(settings)
        self.watched: dict[str, int] = {}
        self.looked: list[str] = []
        self.publish: Callable[[Sequence[Event]], None] = lambda _: None
        for asset in sorted({a for m in self.markets.values() for a in _assets(m)}):
            self.engine.apply(AddAsset(asset=Asset(asset, 8)), START)
        for market in self.markets.values():
            self.engine.apply(List(listing=market.listing), START)
        for account in (1, 2):
            self.engine.apply(OpenAccount(account=account), START)
            for asset in sorted({a for m in self.markets.values() for a in _assets(m)}):
                self.engine.apply(
                    Move(source=OUTSIDE_ACCOUNT, target=account, asset=asset, amount=10**18), START
                )

    def now(self) -> int:
        return self.venue_time

    def wall(self) -> int:
        return self.wall_time

    def charged(self, weight: int) -> None:
        self.weight = weight

    def execute(self, command: AnyCommand) -> Sequence[Event]:
        events = self.engine.apply(command, self.venue_time)
        self.tape.record(events)
        self.publish(events)
        return events

    def look(self, instrument: str) -> None:
        self.looked.append(instrument)

    def watch(self, instrument: str, watchers: int) -> None:
        self.watched[instrument] = watchers

    def credential(self, api_key: str) -> Credential | None:
        return None

    def account_name(self, account: int) -> str:
        return str(account)

    def draw(self, characters: str, length: int) -> str:
        return characters[0] * length

    # what tests do

    def pass_time(self, nanoseconds: int, *, wall: int | None = None) -> None:
        self.venue_time += nanoseconds
        self.wall_time += nanoseconds if wall is None else wall

    def rest(self, symbol: str, side: Side, price: str, quantity: str, **more: Any) -> None:
        """Account 1 puts an order into the book."""
        self._place(1, symbol, side, price, quantity, TimeInForce.GTC, more)

    def take(self, symbol: str, side: Side, price: str, quantity: str, **more: Any) -> None:
        """Account 2 takes what crosses."""
        self._place(2, symbol, side, price, quantity, TimeInForce.IOC, more)

    def requote(
        self, symbol: str, bids: list[tuple[int, int]], asks: list[tuple[int, int]]
    ) -> None:
        self.execute(Requote(instrument=symbol, bids=tuple(bids), asks=tuple(asks)))

    def _place(
        self,
        account: int,
        symbol: str,
        side: Side,
        price: str,
        quantity: str,
        time_in_force: TimeInForce,
        more: dict[str, Any],
    ) -> None:
        market = self.markets[symbol]
        self.execute(
            PlaceOrder(
                account=account,
                instrument=symbol,
                side=side,
                order_type=OrderType.LIMIT,
                price=market.read_price(units(price)),
                quantity=market.read_lots(units(quantity)),
                time_in_force=time_in_force,
                **more,
            )
        )


def _assets(market: Market) -> tuple[str, str]:
    return market.info.base_asset, market.info.quote_asset


def units(text: str) -> int:
    whole, _, fraction = text.partition(".")
    return int(whole + fraction.ljust(8, "0"))
