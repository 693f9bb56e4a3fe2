"""The public past: trades and candles up to the last tick, computed or looked up when asked.

The past of an instrument is pure time and stretches in turn. A candle is a fold of both; an id is
found through the last stretch before it. Nothing here changes anything.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING

from ...model import Side
from ...protocol import hosting
from .bars import Bar, fold
from .board import SECOND
from .calendar import opens
from .participants import TICK, Participants
from .path import PricePath
from .prints import TICKS_PER_SECOND
from .skeleton import GENESIS
from .store import Stretch

if TYPE_CHECKING:
    from .board import Board
    from .market import Market

_DAY = 86_400 * TICKS_PER_SECOND
_HOUR = 3_600 * TICKS_PER_SECOND
_QUARTER = 900 * TICKS_PER_SECOND
_MINUTE = 60 * TICKS_PER_SECOND
_FIRST = GENESIS * _DAY
"""The first tick of the past."""

_PIECES = tuple(size * TICK for size in (_HOUR, _QUARTER, _MINUTE))
_CANDLES_KEPT = 2_048
"""Candles kept (0.6 KB each): the longest row that can be asked for, twice."""

_SHORT_MORE, _LONG_MORE = 128, 192
"""How many more for each instrument, of those below a quarter of an hour and of the others. Long
ones are a window over a day, five for each hour, and a day and a half of them stay: one that was
forgotten is folded again from sixty minutes."""

Piece = tuple[str, int, int]


class Folded(dict[Piece, hosting.Bar]):
    """Candles that change no more, ``most`` of them. The oldest quarter goes for a new one."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def keep(self, key: Piece, bar: hosting.Bar) -> None:
        """Add one."""
        if key in self:
            return
        if len(self) >= self.most:
            for old in tuple(islice(self, self.most // 4)):
                del self[old]
        self[key] = bar


class Pieces:
    """Candles that change no more; minutes, of which there are many, do not drive out hours."""

    def __init__(self, instruments: int) -> None:
        self.short = Folded(_CANDLES_KEPT + _SHORT_MORE * instruments)
        self.long = Folded(_CANDLES_KEPT + _LONG_MORE * instruments)

    def of(self, length: int) -> Folded:
        """Where candles of that length are."""
        return self.long if length >= _QUARTER * TICK else self.short

    def clear(self) -> None:
        """Forget all."""
        self.short.clear()
        self.long.clear()

    def __len__(self) -> int:
        return len(self.short) + len(self.long)


class Tape:
    """``protocol.hosting.Tape`` over a market."""

    def __init__(self, market: "Market") -> None:
        self._market = market
        self._folded = Pieces(market.size)

    def forget(self) -> None:
        """The market went back to an earlier moment: what was folded may become another past."""
        self._folded.clear()

    def prints(
        self,
        instrument: str,
        *,
        from_id: int | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
    ) -> list[hosting.Print]:
        """Trades, oldest first: from an id, from a time, or the last ones."""
        view = self._view(instrument)
        if from_id is not None:
            begin = max(from_id, 1)
        elif start is not None:
            begin = view.id_at(start)
        else:
            beyond = view.id_at(end + 1) if end is not None else view.next_id()
            begin = max(1, beyond - limit)
        found: list[hosting.Print] = []
        for one in view.ascending(begin):
            if len(found) >= limit or (end is not None and one.time > end):
                break
            found.append(one)
        return found

    def bars(
        self,
        instrument: str,
        interval: str,
        *,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
        offset: int = 0,
    ) -> list[hosting.Bar]:
        """Candles by their open time; the last one may be still open."""
        view = self._view(instrument)
        last = view.tick * TICK
        spans = opens(interval, start, last if end is None else min(end, last), limit, offset)
        begin = _FIRST * TICK
        return view.bars([(opened, closed) for opened, closed in spans if opened >= begin])

    def window(self, instrument: str, start: int, end: int) -> hosting.Bar:
        """One bar over ``[start, end)``."""
        return self._view(instrument).bars([(start, end)])[0]

    def last(self, instrument: str) -> hosting.Print | None:
        """The newest print."""
        found = self.prints(instrument, limit=1)
        return found[0] if found else None

    def average_price(self, instrument: str, minutes: int) -> int:
        """Volume-weighted price of the last minutes, in hundred-millionths."""
        view = self._view(instrument)
        now = (view.tick + 1) * TICK
        bar = view.bars([(now - minutes * 60 * SECOND, now)])[0]
        listing = view.cast.listing
        tick = view.path.tick_size * 100_000_000
        if not bar.volume:
            return int(bar.close * tick)
        ticks = Decimal(bar.value * listing.value_denominator) / (
            listing.value_numerator * bar.volume
        )
        return int(ticks * tick)

    def last_price(self, board: "Board", tick: int) -> int:
        """The price of the last print up to a tick."""
        view = _View(board.participants, board, self._market, tick, self._folded)
        return view.last_price(tick + 1)

    def _view(self, instrument: str) -> "_View":
        market = self._market
        cast, board = market.cast(instrument), market.account(instrument)
        return _View(cast, board, market, market.tick, self._folded)


class _View:
    """The past of one instrument as it stands at a tick."""

    def __init__(
        self,
        cast: Participants,
        board: "Board | None",
        market: "Market",
        tick: int,
        folded: Pieces,
    ) -> None:
        self.cast = cast
        self._pieces = folded
        self.path: PricePath = cast.path
        self.tick = tick
        self._instrument = cast.instrument
        self._store = market.store
        self._open: Stretch | None = None
        if board is not None and board.differs:
            end = max(board.end, tick // TICKS_PER_SECOND + 1) if board.off else board.end
            prints = tuple(board.open_prints(tick))
            next_id = board.first_id + len(prints)
            extra = next_id - 1 - self.path.before(min(end * TICKS_PER_SECOND, tick + 1))
            self._open = Stretch(board.second, end, board.first_id, extra, prints)

    # stretches, the open one included

    def _before(self, second: int) -> Stretch | None:
        if self._open is not None and self._open.start < second:
            return self._open
        return self._store.before(self._instrument, second)

    def _by_id(self, trade_id: int) -> Stretch | None:
        if self._open is not None and self._open.first_id <= trade_id:
            return self._open
        return self._store.by_id(self._instrument, trade_id)

    def _after(self, second: int) -> Stretch | None:
        found = self._store.after(self._instrument, second)
        return found or (
            self._open if self._open is not None and self._open.start >= second else None
        )

    def _within(self, start: int, end: int) -> list[Stretch]:
        """Those that have a part of ``[start, end)``."""
        found = list(self._store.within(self._instrument, start, end))
        first = self._store.before(self._instrument, start)
        if first is not None and first.end > start:
            found.insert(0, first)
        if self._open is not None and self._open.start < end and self._open.end > start:
            found.append(self._open)
        return found

    # ids

    def next_id(self) -> int:
        """The id after the newest print: an outsider's may be later than the last tick, when the
        tick that is due has not been run yet.
        """
        beyond = (self.tick + 1) * TICK
        if self._open is not None and self._open.prints:
            beyond = max(beyond, self._open.prints[-1].time + 1)
        return self.id_at(beyond)

    def id_at(self, time: int) -> int:
        """The id of the first print at or after a venue time."""
        tick = min(max(-(-time // TICK), _FIRST), self.tick + 1)
        second = min(time // SECOND, self.tick // TICKS_PER_SECOND + 1)
        found = self._before(second + 1)
        if found is None:
            return 1 + self.path.before(tick)
        if second < found.end or tick < found.end * TICKS_PER_SECOND:
            return found.first_id + sum(one.time < time for one in found.prints)
        return 1 + self.path.before(tick) + found.extra

    def ascending(self, trade_id: int) -> Iterator[hosting.Print]:
        """Prints from an id on."""
        while True:
            found = self._by_id(trade_id)
            if found is not None and trade_id < found.first_id + len(found.prints):
                yield from found.prints[trade_id - found.first_id :]
                trade_id = found.first_id + len(found.prints)
                continue
            extra = found.extra if found is not None else 0
            after = self._after(found.end if found is not None else 0)
            upto = self.tick + 1 if after is None else after.start * TICKS_PER_SECOND
            number, stop = trade_id - 1 - extra, self.path.before(upto)
            if number < stop:
                yield from self.cast.prints(number, stop, extra)
                trade_id = 1 + stop + extra
            if after is None or not after.prints:
                if after is None:
                    return
                trade_id = self._skip_empty(after)
                if trade_id < 0:
                    return

    def _skip_empty(self, stretch: Stretch) -> int:
        """The first id after a stretch without prints, -1 when nothing follows."""
        after = self._after(stretch.end)
        while after is not None and not after.prints and after.start == stretch.end:
            stretch, after = after, self._after(after.end)
        beyond = stretch.end * TICKS_PER_SECOND
        if beyond > self.tick and (after is None or not after.prints):
            return -1
        return stretch.first_id

    # bars

    def bars(self, spans: Sequence[tuple[int, int]]) -> list[hosting.Bar]:
        """Candles over ``[open, close)``, ascending."""
        if not spans:
            return []
        if spans[0][1] - spans[0][0] >= _PIECES[-1] and self._mixes(spans[0][0], spans[-1][1]):
            return [self._long(opened, closed) for opened, closed in spans]
        return self._kept(spans) if len(spans) > 1 else self._short(spans)

    def _kept(self, spans: Sequence[tuple[int, int]]) -> list[hosting.Bar]:
        """Candles of the past are made once: whoever asks for a thousand of them again and again
        must not hold up everybody else.
        """
        name, past = self._instrument, self._settled()
        known = self._pieces.of(spans[0][1] - spans[0][0])
        found = [known.get((name, opened, closed)) for opened, closed in spans]
        missing = [span for span, bar in zip(spans, found, strict=True) if bar is None]
        made = self._short(missing) if missing else []
        for bar in made:
            if bar.closed <= past:
                known.keep((name, bar.opened, bar.closed), bar)
        fresh = iter(made)
        return [next(fresh) if bar is None else bar for bar in found]

    def _mixes(self, opened: int, closed: int) -> bool:
        """Whether a stretch has a part of that time."""
        first = self._before(opened // SECOND)
        if first is not None and first.end * SECOND > opened:
            return True
        after = self._after(opened // SECOND)
        return after is not None and after.start * SECOND < closed

    def _long(self, opened: int, closed: int) -> hosting.Bar:
        """A candle from aligned pieces. Those of the past are folded once: after a day in which
        somebody traded every second, a window over it would else look at each of these seconds.
        """
        pieces = [self._piece(*piece) for piece in _aligned(opened, closed)]
        if any(piece.trades for piece in pieces):
            return self._joined(opened, closed, pieces)
        return self._short([(opened, closed)])[0]

    def _piece(self, opened: int, closed: int) -> hosting.Bar:
        key = self._instrument, opened, closed
        kept = self._pieces.of(closed - opened)
        bar = kept.get(key)
        if bar is None:
            inner = _aligned(opened, closed, closed - opened - 1)
            if len(inner) > 1 and self._mixes(opened, closed):
                bar = self._joined(opened, closed, [self._piece(*piece) for piece in inner])
            else:
                (bar,) = self._short([(opened, closed)])
            if closed - opened in _PIECES and closed <= self._settled():
                kept.keep(key, bar)
        return bar

    def _settled(self) -> int:
        """The time up to which the past changes no more."""
        second = self.tick // TICKS_PER_SECOND
        if self._open is not None:
            second = min(second, self._open.start)
        return second * SECOND

    def _short(self, spans: Sequence[tuple[int, int]]) -> list[hosting.Bar]:
        start = spans[0][0] // SECOND
        stretches = self._within(start, -(-spans[-1][1] // SECOND))
        found = self._before(start)
        extra = found.extra if found is not None else 0
        made = []
        place = 0
        for opened, closed in spans:
            while place < len(stretches) and stretches[place].end * SECOND <= opened:
                extra = stretches[place].extra
                place += 1
            if place < len(stretches) and stretches[place].start * SECOND < closed:
                some = [s for s in stretches[place:] if s.start * SECOND < closed]
                made.append(self._mixed(opened, closed, some, extra))
            else:
                begin = -(-opened // TICK)
                end = min(-(-closed // TICK), self.tick + 1)
                made.append(self._public(opened, closed, self._pure(begin, end), extra))
        return made

    def _public(self, opened: int, closed: int, bar: Bar, extra: int) -> hosting.Bar:
        listing, step = self.cast.listing, self.path.lot_step
        worth = step * listing.value_numerator
        first = 1 + bar.first + extra
        return hosting.Bar(
            opened=opened,
            closed=closed,
            open=bar.open,
            high=bar.high,
            low=bar.low,
            close=bar.close,
            volume=bar.volume * step,
            value=bar.value * worth // listing.value_denominator,
            taker_volume=bar.bought * step,
            taker_value=bar.bought_value * worth // listing.value_denominator,
            first_id=first if bar.trades else -1,
            last_id=first + bar.trades - 1 if bar.trades else -1,
            trades=bar.trades,
        )

    def _mixed(self, opened: int, closed: int, stretches: list[Stretch], extra: int) -> hosting.Bar:
        parts: list[hosting.Bar] = []
        at = opened
        for stretch in stretches:
            if stretch.start * SECOND > at:
                parts.append(self._part(at, stretch.start * SECOND, extra))
            extra = stretch.extra
            end = min(closed, stretch.end * SECOND)
            begin = max(opened, stretch.start * SECOND)
            some = [one for one in stretch.prints if one.time < end or end < closed]
            parts.append(_folded([one for one in some if one.time >= begin or begin > opened]))
            at = end
        if at < closed:
            parts.append(self._part(at, closed, extra))
        return self._joined(opened, closed, parts)

    def _joined(self, opened: int, closed: int, parts: Sequence[hosting.Bar]) -> hosting.Bar:
        some_parts = [part for part in parts if part.trades]
        if not some_parts:
            price = self.last_price(min(-(-opened // TICK), self.tick + 1))
            return hosting.Bar(opened, closed, price, price, price, price, 0, 0, 0, 0, -1, -1, 0)
        return hosting.Bar(
            opened=opened,
            closed=closed,
            open=some_parts[0].open,
            high=max(part.high for part in some_parts),
            low=min(part.low for part in some_parts),
            close=some_parts[-1].close,
            volume=sum(part.volume for part in some_parts),
            value=sum(part.value for part in some_parts),
            taker_volume=sum(part.taker_volume for part in some_parts),
            taker_value=sum(part.taker_value for part in some_parts),
            first_id=some_parts[0].first_id,
            last_id=some_parts[-1].last_id,
            trades=sum(part.trades for part in some_parts),
        )

    def _part(self, opened: int, closed: int, extra: int) -> hosting.Bar:
        begin, end = -(-opened // TICK), min(-(-closed // TICK), self.tick + 1)
        return self._public(opened, closed, self._pure(begin, end), extra)

    def last_price(self, tick: int) -> int:
        """The price of the last print before a tick."""
        beyond = self.id_at(tick * TICK)
        if beyond > 1:
            for one in self.ascending(beyond - 1):
                return one.price
        return self.path.leaf_of_tick(tick).open

    def _pure(self, begin: int, end: int) -> Bar:
        """The path's bar over ticks, from as large pieces as fit."""
        begin = max(begin, _FIRST)
        if end <= begin:
            return self._still(begin)
        path = self.path
        sizes = (
            (_DAY, path.day),
            (_HOUR, path.hour),
            (_QUARTER, path.quarter),
            (_MINUTE, path.minute),
        )
        parts: list[Bar] = []
        at = begin
        while at < end:
            for size, bar in sizes:
                if at % size == 0 and at + size <= end:
                    parts.append(bar(at // size))
                    at += size
                    break
            else:
                upto = min(end, at - at % _MINUTE + _MINUTE)
                parts.append(self._some_ticks(at, upto))
                at = upto
        return parts[0] if len(parts) == 1 else fold(parts)

    def _some_ticks(self, begin: int, end: int) -> Bar:
        leaf = self.path.leaf_of_tick(begin)
        first, last = leaf.index(begin), leaf.index(end)
        return leaf.bar(first, last, leaf.prices[first - 1] if first else leaf.open)

    def _still(self, tick: int) -> Bar:
        leaf = self.path.leaf_of_tick(tick)
        place = leaf.index(tick)
        return leaf.bar(place, place, leaf.prices[place - 1] if place else leaf.open)


def _aligned(opened: int, closed: int, largest: int = _PIECES[0]) -> list[tuple[int, int]]:
    """A time in hours, quarters and minutes where these fit, and what is left at its ends."""
    pieces: list[tuple[int, int]] = []
    at = opened
    while at < closed:
        for size in _PIECES:
            if size <= largest and at % size == 0 and at + size <= closed:
                break
        else:
            size = min(closed, at - at % _PIECES[-1] + _PIECES[-1]) - at
        pieces.append((at, at + size))
        at += size
    return pieces


def _folded(prints: Sequence[hosting.Print]) -> hosting.Bar:
    """A bar over prints; its times are not set."""
    if not prints:
        return hosting.Bar(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 0)
    prices = [one.price for one in prints]
    bought = [one for one in prints if one.aggressor_side is Side.BUY]
    return hosting.Bar(
        opened=0,
        closed=0,
        open=prices[0],
        high=max(prices),
        low=min(prices),
        close=prices[-1],
        volume=sum(one.quantity for one in prints),
        value=sum(one.value for one in prints),
        taker_volume=sum(one.quantity for one in bought),
        taker_value=sum(one.value for one in bought),
        first_id=prints[0].trade_id,
        last_id=prints[-1].trade_id,
        trades=len(prints),
    )
