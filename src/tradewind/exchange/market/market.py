"""A venue's market: drives the engine with what the participants do.

    advance   ticks one by one: where outsiders have orders every tick runs, where somebody only
              watches the ticks run too (or the last one, when the clock is ahead)
    jump      a long way in one step: outside orders are found by bars, ticks run in the seconds
              whose bar reaches one
    look      an instrument nobody had an eye on is brought to the present: its last tick runs

All three leave the same book and the same past, whoever looked or watched: participants have no
memory, and what outsiders changed is in the boards. ``apply`` carries out a command at a venue
time and gives its events; ``see`` takes the events of everybody else's commands.
"""

from collections.abc import Callable, Mapping, Sequence
from math import gcd

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ...engine.commands import AnyCommand, Requote
from ...engine.engine import Engine
from ...engine.events import Event, InstrumentChanged, Trade
from ...model import InstrumentStatus, Misconfigured
from ...protocol.hosting import Traded
from . import own
from .board import Board, BoardState
from .participants import Participants
from .path import PricePath
from .prints import TICKS_PER_SECOND
from .reach import Reach, next_second
from .skeleton import Drawn, Skeleton
from .store import MemoryStore, Store
from .tape import Tape
from .universe import known, spec_of

Apply = Callable[[AnyCommand, int], Sequence[Event]]

CATCH_UP = 5
"""Ticks behind from which instruments that are only watched run just the last one."""


class MarketState(Struct, frozen=True):
    """What is not a function of seed and tick."""

    tick: int
    boards: dict[str, BoardState]
    away: list[str]
    store: bytes
    rows: dict[str, tuple[str, ...]] = {}


class Market:
    """The participants of all instruments of one venue.

    ``paths`` replaces the drawn price paths of some instruments, by id. Instruments are named by
    their native symbol everywhere else, as the engine does.
    """

    def __init__(
        self,
        seed: int,
        traded: Sequence[Traded],
        engine: Engine,
        store: Store | None = None,
        *,
        paths: Mapping[str, Skeleton] | None = None,
        tick: int = 0,
    ) -> None:
        self.tick = tick
        self.engine = engine
        self.store: Store = store if store is not None else MemoryStore()
        self._seed = seed
        self._traded = {one.listing.instrument: one for one in traded}
        self._own = dict(paths or {})
        self._rows: dict[str, tuple[str, ...]] = {}
        self._skeletons: dict[str, Drawn] = {}
        self._participants: dict[str, Participants] = {}
        self._boards: dict[str, Board] = {}
        self._watchers: dict[str, int] = {}
        self._away: set[str] = set()
        self.tape = Tape(self)

    @property
    def size(self) -> int:
        """How many instruments there are."""
        return len(self._traded)

    def start(self, tick: int) -> None:
        """Begin at a tick, with no past of outsiders."""
        self.tick = tick

    # what moves

    def advance(self, tick: int, apply: Apply) -> None:
        """Run the ticks up to this one where outsiders have orders or somebody watches."""
        behind = tick - self.tick
        for now in range(self.tick + 1, tick + 1):
            self.tick = now
            hurry = behind > CATCH_UP and now != tick
            for instrument in self._traded:
                if self.engine.has_outside_orders(instrument) or (
                    self._watchers.get(instrument) and not hurry
                ):
                    self._run(self.board(instrument), now, apply)
        self._settle()

    def jump(self, tick: int, apply: Apply) -> None:
        """Go to a tick in one step; outside orders meet what the path in between does.

        Instruments take their turns one after the other, each through the whole time.
        """
        if tick <= self.tick:
            return
        self.tick = tick
        for instrument in self._traded:
            if self.engine.has_outside_orders(instrument):
                self._walk(self.board(instrument), tick, apply)
            elif self._watchers.get(instrument):
                self._run(self.board(instrument), tick, apply)
        self._settle()

    def look(self, instrument: str, apply: Apply) -> None:
        """Bring an instrument to the last tick. One that is not traded here is left alone."""
        if instrument in self._traded:
            board = self.board(instrument)
            if board.tick < self.tick:
                self._run(board, self.tick, apply)

    def watch(self, instrument: str, watchers: int) -> None:
        """Keep an instrument at the present while there are watchers."""
        self._watchers[instrument] = watchers

    def see(self, events: Sequence[Event]) -> None:
        """Take the events of a command that did not come from here; twice does no harm."""
        for event in events:
            kind = type(event)
            if kind is Trade:
                assert isinstance(event, Trade)
                if event.instrument in self._traded:
                    self.board(event.instrument).see(event)
            elif kind is InstrumentChanged:
                assert isinstance(event, InstrumentChanged)
                if event.listing.instrument in self._traded:
                    self._attend(self.board(event.listing.instrument))

    def participants(self, instrument: str, on: bool, apply: Apply) -> None:
        """Send the participants of an instrument away, or call them back. Their past stays."""
        board = self.board(instrument)
        if on:
            self._away.discard(instrument)
            self._attend(board)
            if not board.off:
                ladder = board.participants.requote(self.tick + 1)
                self._take(board, apply(ladder, board.at(self.tick)))
            return
        self.look(instrument, apply)
        self._away.add(instrument)
        self._attend(board)
        apply(Requote(instrument=instrument, bids=(), asks=()), board.at(self.tick))

    def follow(self, instrument: str, rows: Sequence[str], apply: Apply) -> None:
        """Let an instrument, by its id, follow rows of time and prices; its past becomes theirs.

        So it must have no other past yet: no outsider may have traded it.
        """
        one = next((each for each in self._traded.values() if each.id == instrument), None)
        if one is None:
            raise Misconfigured(f"{instrument!r} is not traded here")
        native = one.listing.instrument
        if self.changed(native):
            raise Misconfigured(
                f"{instrument} has been traded already, or its book was scripted; give its prices "
                "before that"
            )
        self._take_path(one, tuple(rows))
        self._participants.pop(native, None)
        self._boards[native] = self._new_board(native, self.tick - 2)
        self._run(self._boards[native], self.tick, apply)

    def changed(self, instrument: str) -> bool:
        """Whether outsiders have left something in an instrument's past."""
        board = self._boards.get(instrument)
        if board is not None and (board.differs or board.off):
            return True
        return self.store.before(instrument, self.tick // TICKS_PER_SECOND + 2) is not None

    def _take_path(self, one: Traded, rows: tuple[str, ...]) -> None:
        spec = known(one.id) or spec_of(one.id, one.tick_size, one.lot_size)
        points = own.read(rows, "the path")
        skeleton = own.FromPoints(replace(spec, price=points[0].price), points)
        if skeleton.unit > one.tick_size:
            raise Misconfigured(f"{one.id}: the prices are too high for ticks of {one.tick_size}")
        self._own[one.id] = skeleton
        self._rows[one.id] = rows

    # what is kept

    def state(self) -> bytes:
        """What is not a function of seed and tick."""
        boards = {name: board.state() for name, board in self._boards.items()}
        away = sorted(self._away)
        store = self.store.state()
        return msgspec.msgpack.encode(MarketState(self.tick, boards, away, store, self._rows))

    def restore(self, state: bytes) -> None:
        """Take back what ``state`` gave."""
        self.tape.forget()
        found = msgspec.msgpack.decode(state, type=MarketState)
        self.tick = found.tick
        self._away = set(found.away)
        if found.store:
            self.store.restore(found.store)
        for one in self._traded.values():
            if one.id in found.rows:
                self._take_path(one, found.rows[one.id])
        self._boards.clear()
        for name, kept in found.boards.items():
            if name in self._traded:
                self._boards[name] = board = self._new_board(name, kept.tick)
                board.restore(kept)

    # who is there

    def board(self, instrument: str) -> Board:
        """The account of an instrument, as far as it was run."""
        board = self._boards.get(instrument)
        if board is None:
            board = self._boards[instrument] = self._new_board(instrument, self.tick - 1)
        return board

    def account(self, instrument: str) -> Board | None:
        """The account of an instrument, if it ever was run."""
        return self._boards.get(instrument)

    def cast(self, instrument: str) -> Participants:
        """The participants of an instrument."""
        found = self._participants.get(instrument)
        if found is None:
            one = self._traded.get(instrument)
            if one is None:
                raise Misconfigured(f"{instrument!r} is not traded here")
            found = self._participants[instrument] = Participants(one, self._path(one))
        return found

    def _new_board(self, instrument: str, tick: int) -> Board:
        return Board(self.cast(instrument), self.store, tick)

    def _path(self, one: Traded) -> PricePath:
        listing = one.listing
        step = listing.value_denominator // gcd(listing.value_numerator, listing.value_denominator)
        skeleton = self._own.get(one.id) or self._skeleton(one.id, one)
        return PricePath(self._seed, skeleton, one.tick_size, one.lot_size, step)

    def _skeleton(self, instrument: str, one: Traded | None = None) -> Drawn:
        found = self._skeletons.get(instrument)
        if found is None:
            spec = known(instrument)
            if spec is None:
                assert one is not None
                spec = spec_of(instrument, one.tick_size, one.lot_size)
            legs = None
            if spec.legs is not None:
                legs = (self._skeleton(spec.legs[0]), self._skeleton(spec.legs[1]))
            found = self._skeletons[instrument] = Drawn(self._seed, spec, legs)
        return found

    # one tick

    def _run(self, board: Board, tick: int, apply: Apply) -> None:
        """Run one tick of an instrument: the ladder, then the takers."""
        instrument = board.instrument
        if board.off or self.engine.statuses.get(instrument) is not InstrumentStatus.TRADING:
            self._attend(board)
            board.go(tick + 1)
            return
        who, last_price = board.participants, 0
        if board.tick < tick - 1 or not self.engine.last_price(instrument):
            last_price = self.tape.last_price(board, tick - 1)
        board.go(tick)
        at = board.at(tick)
        self._take(board, apply(who.requote(tick, board.next_id, last_price), at))
        for order in who.takers(tick):
            self._take(board, apply(order, at))
        board.ran(tick)

    @staticmethod
    def _take(board: Board, events: Sequence[Event]) -> None:
        for event in events:
            if type(event) is Trade:
                board.see(event)

    def _attend(self, board: Board) -> None:
        """Participants are away when they were sent or when the instrument does not trade."""
        instrument = board.instrument
        status = self.engine.statuses.get(instrument)
        if instrument in self._away or status is not InstrumentStatus.TRADING:
            board.leave()
        else:
            board.come_back(self.tick)

    def _settle(self) -> None:
        """Seconds that are over are put away, also where nobody has an eye on the instrument."""
        for board in self._boards.values():
            if board.differs and not board.off and self.tick >= board.end * TICKS_PER_SECOND:
                board.go(board.end * TICKS_PER_SECOND)

    # a long way

    def _walk(self, board: Board, tick: int, apply: Apply) -> None:
        """Run the ticks of the seconds that reach an outside order, then the last tick."""
        path = board.path
        end = tick // TICKS_PER_SECOND
        second = (board.tick + 1) // TICKS_PER_SECOND
        while second <= end and not board.off:
            reach = Reach.of(self.engine.outside_orders(board.instrument))
            found = next_second(path, second, end + 1, reach)
            if found is None:
                break
            first = max(board.tick + 1, found * TICKS_PER_SECOND)
            for now in range(first, min(tick, (found + 1) * TICKS_PER_SECOND - 1) + 1):
                self._run(board, now, apply)
            second = found + 1
        if board.tick < tick:
            self._run(board, tick, apply)
