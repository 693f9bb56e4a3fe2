"""What the market remembers of one instrument: how far it has come, and what outsiders changed.

Nearly everything is a function of the tick. What is not is kept here: the id of the next print,
and the real prints of the second in progress once they differ from the pure ones. A second that is
over and differed becomes a ``Stretch`` in the store; between stretches the past is pure, with ids
moved by as many prints as there were more (or fewer) than the path has.
"""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from ...engine.events import Trade
from ...engine.listing import MARKET_ACCOUNT
from ...protocol.hosting import Print
from .participants import TICK, Participants
from .prints import TICKS_PER_SECOND
from .store import Store, Stretch

SECOND = 1_000_000_000


class BoardState(Struct, frozen=True, array_like=True):
    """A board as a snapshot keeps it."""

    tick: int
    number: int
    next_id: int
    second: int
    end: int
    differs: bool
    off: bool
    newest: int
    first_id: int
    prints: tuple[Print, ...]
    taker: tuple[int, int]


class Board:
    """One instrument's account of prints.

    ``tick``      the last tick that counts as past
    ``number``    pure prints up to and with that tick
    ``next_id``   the id of the next print
    ``second``    where the open time begins, ``end`` where it ends (one second, if not ``off``)
    ``differs``   whether the open time has ``prints`` of its own, the first with ``first_id``
    ``off``       whether the participants are away: nothing pure happens
    ``newest``    venue time of the newest print that was not pure; no later print lies before it
    """

    def __init__(self, participants: Participants, store: Store, tick: int) -> None:
        self.participants = participants
        self.path = participants.path
        self.instrument = participants.instrument
        self.store = store
        self.tick = tick
        self.number = self.path.before(tick + 1)
        self.next_id = 1 + self.number
        self.second = tick // TICKS_PER_SECOND
        self.end = self.second + 1
        self.differs = False
        self.off = False
        self.newest = 0
        self.first_id = 0
        self.prints: list[Print] = []
        self._taker = (0, 0)

    def state(self) -> BoardState:
        """For a snapshot."""
        return BoardState(
            self.tick,
            self.number,
            self.next_id,
            self.second,
            self.end,
            self.differs,
            self.off,
            self.newest,
            self.first_id,
            tuple(self.prints),
            self._taker,
        )

    def restore(self, state: BoardState) -> None:
        """Take back what ``state`` gave."""
        self.tick, self.number, self.next_id = state.tick, state.number, state.next_id
        self.second, self.end, self.differs = state.second, state.end, state.differs
        self.off, self.newest = state.off, state.newest
        self.first_id, self.prints = state.first_id, list(state.prints)
        self._taker = state.taker

    @property
    def extra(self) -> int:
        """How many more prints there were than the path has."""
        return self.next_id - 1 - self.number

    def at(self, tick: int) -> int:
        """The venue time of a tick's events: never before what has happened already."""
        return max(tick * TICK, self.newest)

    def go(self, tick: int) -> None:
        """Let everything before a tick be past; ticks that were not run printed what is pure."""
        while self.tick < tick - 1:
            if self.off:
                self._pass(tick)
            elif not self.differs:
                self.next_id += self._pass(tick)
                self.second = tick // TICKS_PER_SECOND
                self.end = self.second + 1
            elif self.tick + 1 >= self.end * TICKS_PER_SECOND:
                self._close(self.end)
            else:
                upto = min(tick, self.end * TICKS_PER_SECOND)
                self.prints.extend(self._pure(self.number, self.path.before(upto)))
                self.next_id += self._pass(upto)
        if self.differs and not self.off and tick >= self.end * TICKS_PER_SECOND:
            self._close(self.end)

    def ran(self, tick: int) -> None:
        """A tick has run, and what differed in it was seen."""
        passed = self._pass(tick + 1)
        if not self.differs:
            self.next_id += passed
            self.second = tick // TICKS_PER_SECOND
            self.end = self.second + 1

    def see(self, trade: Trade) -> None:
        """Take a print. Pure ones in a pure second, and such as are known, change nothing."""
        second = trade.at // SECOND
        if not self.differs:
            if trade.maker_account == MARKET_ACCOUNT and trade.taker_account == MARKET_ACCOUNT:
                return
            if self.tick + 1 >= second * TICKS_PER_SECOND > self.second * TICKS_PER_SECOND:
                self.second, self.end = second, second + 1
            self._differ(trade.trade_id)
        if trade.trade_id < self.next_id:
            return
        if second >= self.end and (not self.off or self.prints):
            self._turn(second)
        order, first = self._taker
        if order != trade.taker_order_id or not self.prints:
            first = trade.trade_id
            self._taker = (trade.taker_order_id, first)
        self.newest = max(self.newest, trade.at)
        self.next_id = trade.trade_id + 1
        self.prints.append(
            Print(
                trade_id=trade.trade_id,
                price=trade.price,
                quantity=trade.quantity,
                value=trade.value,
                time=trade.at,
                aggressor_side=trade.aggressor_side,
                taker_order=first,
            )
        )
        if self.off:
            self.end = second + 1

    def leave(self) -> None:
        """The participants go away: from now on nothing pure happens."""
        if not self.off:
            if not self.differs:
                self._differ(self.next_id)
            self.off = True

    def come_back(self, tick: int) -> None:
        """The participants are there again from the tick after this one."""
        if self.off:
            self.go(tick + 1)
            self.off = False
            self.end = max(self.end, tick // TICKS_PER_SECOND + 1)

    def open_prints(self, tick: int) -> list[Print]:
        """The prints of the open time, also of ticks up to ``tick`` that were not run."""
        upto = min(tick + 1, self.end * TICKS_PER_SECOND)
        if self.off or self.tick + 1 >= upto:
            return self.prints
        return [*self.prints, *self._pure(self.number, self.path.before(upto))]

    def _pass(self, tick: int) -> int:
        """Count the pure prints before a tick as past; returns how many were not yet."""
        number = self.path.before(tick)
        passed = number - self.number
        self.number, self.tick = number, tick - 1
        return passed

    def _differ(self, next_id: int) -> None:
        """From here on the open time keeps its own account; so far it was pure."""
        extra = self.extra
        begin = self.path.before(self.second * TICKS_PER_SECOND)
        self.differs = True
        self.first_id = min(1 + begin + extra, next_id)
        self.prints = list(self._pure(begin, next_id - 1 - extra))
        self.next_id = next_id

    def _pure(self, begin: int, end: int) -> Iterable[Print]:
        """The path's prints by number, with their ids here."""
        for pure in self.participants.prints(begin, end, self.extra):
            late = pure.time < self.newest
            yield msgspec.structs.replace(pure, time=self.newest) if late else pure

    def _turn(self, second: int) -> None:
        """A print in a later second, perhaps before the last ticks of this one have run."""
        self._close(self.end)
        if second > self.second:
            self._begin(second)
            self._close(second)
        self._begin(second + 1)

    def _begin(self, end: int) -> None:
        self.differs = True
        self.first_id = self.next_id
        self.end = end

    def _close(self, end: int) -> None:
        """The open time is over: keep its prints, begin again at second ``end``."""
        if self.differs:
            extra = self.next_id - 1 - self.path.before(end * TICKS_PER_SECOND)
            kept = Stretch(self.second, end, self.first_id, extra, tuple(self.prints))
            self.store.put(self.instrument, kept)
        self.prints = []
        self.differs = False
        self.second, self.end = end, end + 1
