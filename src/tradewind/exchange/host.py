"""One venue of the box without its sockets: engine, market, journal, history and keys together.

``execute`` is the whole of it: bring the instrument to the present, apply, journal, project,
publish. Whoever calls commits before anything is shown (``gateway``). Opening is the same thing
backwards: the last snapshot, then the rows behind it.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from secrets import token_bytes
from typing import Any, Protocol, cast

import msgspec
from msgspec import Struct

from .. import venues
from ..engine.commands import AddAsset, AnyCommand, List, OpenAccount, ReplaceOrder, Transfer
from ..engine.engine import Engine
from ..engine.events import Event
from ..engine.listing import OUTSIDE_ACCOUNT, Asset
from ..model import Misconfigured
from ..protocol import scaled
from ..protocol.facts import Venue
from ..protocol.hosting import Credential, Exchange, ExchangeModule, History, Tape, Traded
from .clock import SPEED_ONE, TICK, Clock, Setting
from .database import Database, Step, no_step
from .history import Projection
from .journal import ENGINE, Account, Cast, Followed, Journal, Kind, Row, Snapshot
from .keys import Keys

Apply = Callable[[AnyCommand, int], Sequence[Event]]

DEFAULT = "default"
"""The name of the first account and of its key."""

ACCOUNTS_MAX = 10_000
"""Per venue; a runaway script should meet an end."""

GIVEN_MAX = 1 << 62
"""Units of an asset: with what is won by trading they still fit into journal and snapshot."""

ROWS_WAITING_MAX = 512
"""Rows a projection holds back at most: about 5 ms of writing at once."""

RANDOM_AHEAD = 4_096
"""Random bytes fetched at once: every cancelled order needs some for a new id."""

DIGEST_EVERY = 1_024
"""Rows between two digests: a wrong replay is noticed within about a second of trading."""

SNAPSHOT_WORK = 5_000
"""Rows and ticks between two snapshots: about a second of replay (0.1-0.2 ms each)."""

BYTES_PER_ROW = 100
"""A large state is kept less often: writing 1 MB (7,000 open orders) once per 10,000 rows."""

JUMP_FROM = 50
"""More ticks behind than this (5 s): the clock has jumped, the loop has not just been late."""


class State(Struct, frozen=True):
    """What a snapshot holds."""

    engine: bytes
    market: bytes
    exchange: bytes
    keys: list[Credential]
    accounts: list[Account]
    clock: Setting


class Diverged(Misconfigured):
    """Replay came to another state than the journal says."""


class Market(Protocol):
    """The participants, as the host drives them. ``apply`` takes a command and a venue time."""

    @property
    def tick(self) -> int:
        """The last tick that has run."""

    @property
    def tape(self) -> Tape:
        """The public past."""

    def start(self, tick: int) -> None:
        """Begin at a tick, with no past of outsiders."""

    def advance(self, tick: int, apply: Apply) -> None:
        """Run every tick up to this one where outsiders have orders or somebody watches."""

    def jump(self, tick: int, apply: Apply) -> None:
        """Go to a tick in one step, touching outside orders as the path in between does."""

    def look(self, instrument: str, apply: Apply) -> None:
        """Bring an instrument to the last tick."""

    def see(self, events: Sequence[Event]) -> None:
        """Take the events of a command that came from outside."""

    def watch(self, instrument: str, watchers: int) -> None:
        """Keep an instrument at the present while there are watchers."""

    def participants(self, instrument: str, on: bool, apply: Apply) -> None:
        """Send the participants of an instrument away, or call them back."""

    def follow(self, instrument: str, rows: Sequence[str], apply: Apply) -> None:
        """Let an instrument, by its id, follow a price path of somebody's own."""

    def state(self) -> bytes:
        """What is not a function of seed and tick."""

    def restore(self, state: bytes) -> None:
        """Take back what ``state`` gave."""


class Parts(Struct, frozen=True):
    """What makes one venue: its facts, its exchange, its market."""

    facts: Venue
    module: ExchangeModule
    market: Callable[[int, Sequence[Traded], Engine, Database], Market]


def discovered(venue: str) -> Parts:
    """The parts of a real venue. Raises Misconfigured."""
    from .participants import market

    return Parts(venues.facts(venue), cast(ExchangeModule, venues.part(venue, "exchange")), market)


_encode = msgspec.msgpack.Encoder().encode
_read_command = msgspec.msgpack.Decoder(AnyCommand).decode
_read_account = msgspec.msgpack.Decoder(Account).decode
_read_credential = msgspec.msgpack.Decoder(Credential).decode
_read_setting = msgspec.msgpack.Decoder(Setting).decode
_read_cast = msgspec.msgpack.Decoder(Cast).decode
_read_followed = msgspec.msgpack.Decoder(Followed).decode
_read_tick = msgspec.msgpack.Decoder(int).decode
_read_state = msgspec.msgpack.Decoder(State).decode

Did = list[tuple[AnyCommand, Sequence[Event]]]


class VenueHost:
    """What ``protocol.hosting.Host`` promises, over one SQLite file.

    ``written`` is called whenever there is something new that has to be committed. ``did`` and
    ``asked`` collect what happened since they were last emptied, for the request log.
    """

    def __init__(
        self,
        venue: str,
        data: Path | None,
        seed: int,
        clock: Clock,
        *,
        settings: Mapping[str, Any] | None = None,
        sync: str = "normal",
        step: Step = no_step,
        digest_every: int = DIGEST_EVERY,
        snapshot_work: int = SNAPSHOT_WORK,
        parts: Parts | None = None,
        image: bytes = b"",
    ) -> None:
        self.venue = venue
        self.seed = seed
        self.clock = clock
        self.skew = 0
        """Nanoseconds by which the venue is wrong about the time, for the request at hand."""
        self.settings: Mapping[str, Any] = settings or {}
        self._parts = parts or discovered(venue)
        self.facts: Venue = self._parts.facts
        self.module = self._parts.module
        self.keys = Keys()
        self.accounts: dict[str, int] = {}
        self.written: Callable[[], None] = _nothing
        self.broke: Callable[[BaseException], None] = _ignored
        self.did: Did = []
        self.asked: list[Credential | None] = []
        self.weight = 0
        self.resumed: Snapshot | None = None
        """The snapshot this box went on from; None in a new one."""
        self.replayed = 0
        """How many rows came after it."""

        self._names: dict[int, str] = {}
        self._alphabets: dict[str, bytes] = {}
        self._random = b""
        self._random_used = 0
        self._digest_every = digest_every
        self._snapshot_work = snapshot_work
        self.step = step
        self._work = 0
        self._snapshot_bytes = 0
        self._touched = False
        self._then: int | None = None
        self._exchange: Exchange | None = None
        path = None if data is None else data / f"{venue}.sqlite"
        self.database = Database(path, sync, step, image)
        self.journal = Journal(self.database)
        self.projection = Projection(self.database)
        self.history: History = self.projection
        self.traded = tuple(self.module.traded(self.settings))
        self.engine: Engine
        self.market: Market
        self.tape: Tape

    def _set(self, engine: Engine) -> None:
        self.engine = engine
        self.market = self._parts.market(self.seed, self.traded, engine, self.database)
        self.tape = self.market.tape

    # what a venue's exchange asks

    def now(self) -> int:
        """Venue time in nanoseconds; while replaying, the time of the row."""
        return self.clock.now() + self.skew if self._then is None else self._then

    def wall(self) -> int:
        """Wall time in nanoseconds, as wrong as venue time is."""
        return self.clock.wall() + self.skew

    def execute(self, command: AnyCommand) -> Sequence[Event]:
        """Apply a command from outside, put it into the journal, tell everybody."""
        instrument = _instrument(command)
        if instrument:
            self.look(instrument)
        now = self.clock.now()
        try:
            events = self._outside(command, now)
        except Exception as error:
            self.broke(error)  # the engine may be half changed: nothing may rest on it any more
            raise
        self.step("applied")
        self._row(Kind.COMMAND, _encode(command), now)
        self.did.append((command, events))
        return events

    def look(self, instrument: str) -> None:
        """Bring an instrument to the present before its book is read."""
        self.market.look(instrument, self._apply)

    def watch(self, instrument: str, watchers: int) -> None:
        """Tell how many stream subscribers an instrument has."""
        self.market.watch(instrument, watchers)

    def credential(self, api_key: str) -> Credential | None:
        """The key, also a revoked one; None when this box did not issue it."""
        found = self.keys.get(api_key)
        self.asked.append(found)
        return found

    @property
    def names(self) -> Mapping[int, str]:
        """The names that users gave accounts."""
        return self._names

    def account_name(self, account: int) -> str:
        """The name a user gave the account."""
        return self._names.get(account, "")

    def charged(self, weight: int) -> None:
        """Tell the request log what the request at hand was charged."""
        self.weight = weight

    def draw(self, characters: str, length: int) -> str:
        """A fresh random text."""
        table = self._alphabets.get(characters)
        if table is None:
            places = bytes(range(256))
            table = bytes(ord(characters[place % len(characters)]) for place in places)
            self._alphabets[characters] = table
        begin, self._random_used = self._random_used, self._random_used + length
        if self._random_used > len(self._random):
            self._random = token_bytes(max(length, RANDOM_AHEAD))
            begin, self._random_used = 0, length
        return self._random[begin : self._random_used].translate(table).decode()

    # what the box asks

    @property
    def exchange(self) -> Exchange:
        """The venue's exchange."""
        assert self._exchange is not None
        return self._exchange

    def open(self) -> None:
        """Go on from the last snapshot and the rows behind it, or begin; then catch up."""
        snapshot = self.journal.last_snapshot()
        if snapshot is None:
            self._begin()
        else:
            self._resume(snapshot)
        self.database.checkpoints()

    def account(self, name: str) -> int:
        """The number of an account, made at its first mention."""
        number = self.accounts.get(name)
        if number is not None:
            return number
        if not name or len(name) > 64 or not name.isprintable():
            raise Misconfigured("an account's name has 1 to 64 printable characters")
        if len(self.accounts) >= ACCOUNTS_MAX:
            raise Misconfigured(f"this venue has {ACCOUNTS_MAX} accounts; reset the box")
        number = len(self.accounts) + 1
        made = Account(number, name)
        self._name(made)
        self._row(Kind.ACCOUNT, _encode(made), self.clock.now())
        self.execute(OpenAccount(account=number, fees=self.module.FEES))
        return number

    def issue(self, credential: Credential) -> None:
        """Take a new key, or a newer state of one, into the journal."""
        self.keys.put(credential)
        self._row(Kind.KEY, _encode(credential), self.clock.now())

    def faucet(self, account: str, amounts: Mapping[str, str]) -> dict[str, str]:
        """Give an account assets, or take them (negative). All of it or nothing."""
        decimals = self.facts.decimals
        assets = self.assets()
        units: dict[str, int] = {}
        for asset, text in amounts.items():
            if asset not in assets:
                raise Misconfigured(
                    f"{self.venue} has no asset {asset!r}; there are: {', '.join(sorted(assets))}"
                )
            units[asset] = _units(text, decimals)
        number = self.account(account)
        have = self.engine.balances(number)
        for asset, amount_ in units.items():
            if have.get(asset, (0, 0))[0] + amount_ < 0:
                raise Misconfigured(f"{account} has less than {amounts[asset]} {asset} available")
            if amount_ - self.engine.balance(OUTSIDE_ACCOUNT, asset)[0] > GIVEN_MAX:
                most = scaled.write_short(GIVEN_MAX, decimals)
                raise Misconfigured(f"all accounts together are given at most {most} {asset}")
        for asset, amount_ in units.items():
            if amount_ > 0:
                self.execute(_transfer(OUTSIDE_ACCOUNT, number, asset, amount_))
            elif amount_ < 0:
                self.execute(_transfer(number, OUTSIDE_ACCOUNT, asset, -amount_))
        return dict(amounts)

    def cast(self, instrument: str, on: bool) -> None:
        """Send the participants of an instrument away, or call them back."""
        self.market.participants(instrument, on, self._apply)
        self._row(Kind.CAST, _encode(Cast(instrument, on)), self.clock.now())

    def follow(self, instrument: str, rows: Sequence[str]) -> None:
        """Let an instrument, by its id, follow rows of time and prices (see ``market.own``)."""
        self.market.follow(instrument, rows, self._apply)
        followed = Followed(instrument, tuple(rows))
        self._row(Kind.PATH, _encode(followed), self.clock.now())

    def image(self) -> bytes:
        """Everything as it is now, for a host that begins with it."""
        self.journal.write()
        self.snapshot()
        return self.database.image()

    def assets(self) -> set[str]:
        """Names of everything that is traded here."""
        found: set[str] = set()
        for traded in self.traded:
            found |= {traded.listing.base, traded.listing.quote}
        return found

    def ticks(self) -> None:
        """Run the ticks that venue time has reached: one by one, or in one step where the clock was
        moved or is faster than the wall's (ten ticks a wall second are enough to look at).
        """
        due = self.clock.tick()
        behind = due - self.market.tick
        hurried = behind > 1 and self.clock.setting.speed > SPEED_ONE
        if behind > JUMP_FROM or hurried:
            self._jump(due)
        elif behind > 0:
            self._run(due)

    def clock_changed(self) -> None:
        """Put the clock's new setting into the journal, and go where it points."""
        self._row(Kind.CLOCK, _encode(self.clock.setting), self.clock.now())
        self.ticks()

    def write(self) -> None:
        """End of a turn: rows, now and then projections and a snapshot, one commit."""
        self.journal.write()
        self.step("inserted")
        self.database.flush(ROWS_WAITING_MAX)
        if self._work >= max(self._snapshot_work, self._snapshot_bytes // BYTES_PER_ROW):
            self.snapshot()
        self.database.commit()
        self.step("committed")

    def tidy(self) -> None:
        """Write projections that have waited long enough."""
        self.database.flush()
        if self.database.open:
            self.written()

    def snapshot(self) -> None:
        """Keep the present state in the open transaction."""
        self._work = 0
        self.database.flush()
        state = State(
            engine=self.engine.state(),
            market=self.market.state(),
            exchange=self.exchange.state(),
            keys=self.keys.all(),
            accounts=[Account(number, name) for name, number in self.accounts.items()],
            clock=self.clock.setting,
        )
        encoded = _encode(state)
        self._snapshot_bytes = len(encoded)
        digest = self.engine.digest()
        self.journal.snapshot(self.market.tick, self.clock.now(), digest, encoded)

    def close(self) -> None:
        """Commit, keep a snapshot, close the file."""
        self.journal.write()
        self.snapshot()
        self.database.close()

    # inside

    def _outside(self, command: AnyCommand, now: int) -> Sequence[Event]:
        events = self.engine.apply(command, now)
        self.market.see(events)
        self.projection.project(events)
        self.exchange.publish(events)
        return events

    def _apply(self, command: AnyCommand, now: int) -> Sequence[Event]:
        events = self.engine.apply(command, now)
        if self.projection.project(events):
            self._touched = True
        self.exchange.publish(events)
        return events

    def _row(self, kind: Kind, payload: bytes, at: int) -> None:
        self._work += 1
        journal = self.journal
        digest = "" if (journal.seq + 1) % self._digest_every else self.engine.digest()
        journal.append(kind, payload, self.market.tick, at, digest)
        self.written()

    def _run(self, due: int) -> None:
        self._touched = False
        self._work += due - self.market.tick
        self.market.advance(due, self._apply)
        if self._touched:
            self.step("ticked")
            self._row(Kind.RAN, b"", due * TICK)

    def _jump(self, due: int) -> None:
        before = self.market.tick
        self.market.jump(due, self._apply)
        self._row(Kind.JUMP, _encode(before), due * TICK)

    def _name(self, made: Account) -> None:
        self.accounts[made.name] = made.account
        self._names[made.account] = made.name

    # beginning and going on

    def _begin(self) -> None:
        """A new venue: assets, instruments, the default account, and a snapshot of that."""
        now = self.clock.now()
        self._set(Engine())
        self.market.start(now // TICK)
        found: list[AnyCommand] = [
            AddAsset(asset=Asset(asset, self.facts.decimals)) for asset in sorted(self.assets())
        ]
        found += [List(listing=traded.listing) for traded in self.traded]
        for command in found:
            self.engine.apply(command, now)
            self._row(Kind.COMMAND, _encode(command), now)
        self._exchange = self.module.build(self)
        self.account(DEFAULT)
        assets = self.assets()
        opening = self.module.OPENING.items()
        self.faucet(DEFAULT, {asset: text for asset, text in opening if asset in assets})
        self.write()
        self.snapshot()
        self.database.commit()
        self.did.clear()

    def _resume(self, snapshot: Snapshot) -> None:
        self.resumed = snapshot
        try:
            state = _read_state(snapshot.state)
            self._set(Engine.restore(state.engine))
            self.market.restore(state.market)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise Diverged(
                f"{self.database.path} was written by version {snapshot.engine} and this is "
                f"{ENGINE}: its snapshot cannot be read ({error}). Open it with version "
                f"{snapshot.engine}, or begin again with: tradewind up --data on another folder"
            ) from None
        self._check(snapshot.digest, snapshot.seq, snapshot.engine)
        self._check_instruments()
        self.keys.restore(state.keys)
        for made in state.accounts:
            self._name(made)
        self.clock.take(state.clock)
        self._then = snapshot.at
        self._exchange = self.module.build(self)
        self.exchange.restore(state.exchange)
        last = snapshot.at
        for row in self.journal.rows(snapshot.seq):
            self._replay(row)
            last = row.at
            self.replayed += 1
        self._then = None
        self.did.clear()
        self.clock.not_before(last)
        self.ticks()
        self._work += self.replayed  # a box that is killed again and again replays no more
        self.write()

    def _check_instruments(self) -> None:
        """The journal's orders are about these instruments and no others."""
        asked = {traded.listing.instrument for traded in self.traded}
        have = set(self.engine.listings)
        if asked != have:
            raise Misconfigured(
                f"{self.database.path} trades {len(have)} instruments ({', '.join(sorted(have))}) "
                f"and was asked for {len(asked)}; its journal is about the ones it has. Start with "
                "the others on another folder (--data), or leave --instruments away"
            )

    def _replay(self, row: Row) -> None:
        self._then = row.at
        if row.kind is Kind.JUMP:
            before = _read_tick(row.payload)
            if before > self.market.tick:
                self.market.advance(before, self._apply)
            self.market.jump(row.tick, self._apply)
        elif row.tick > self.market.tick:
            self.market.advance(row.tick, self._apply)
        match row.kind:
            case Kind.COMMAND:
                command = _read_command(row.payload)
                instrument = _instrument(command)
                if instrument:
                    self.look(instrument)
                self._outside(command, row.at)
            case Kind.ACCOUNT:
                self._name(_read_account(row.payload))
            case Kind.KEY:
                self.keys.put(_read_credential(row.payload))
            case Kind.CLOCK:
                self.clock.take(_read_setting(row.payload))
            case Kind.CAST:
                cast = _read_cast(row.payload)
                self.market.participants(cast.instrument, cast.on, self._apply)
            case Kind.PATH:
                followed = _read_followed(row.payload)
                self.market.follow(followed.instrument, followed.rows, self._apply)
            case _:
                pass
        self._check(row.digest, row.seq, row.engine)

    def _check(self, digest: str, seq: int, engine: str) -> None:
        if digest and digest != self.engine.digest():
            raise Diverged(
                f"{self.database.path}: the state after row {seq} is not what the journal says it "
                f"was (row written by version {engine}, this is {ENGINE}). The box stops rather "
                "than show you another past. Open the folder with the version that wrote it, or "
                "move the file away and start again; nothing was changed"
            )


def _transfer(source: int, target: int, asset: str, amount: int) -> Transfer:
    return Transfer(source=source, target=target, asset=asset, amount=amount)


def _instrument(command: AnyCommand) -> str:
    """The one a command is about, "" for none or all."""
    if type(command) is ReplaceOrder:
        return command.new.instrument
    return getattr(command, "instrument", "")


def _nothing() -> None:
    """Nobody waits for a commit."""


def _ignored(error: BaseException) -> None:
    """Nobody has to be told; the error goes up all the same."""
    del error


def _units(text: str, decimals: int) -> int:
    try:
        negative = text.startswith("-")
        units = scaled.read(text.lstrip("+-"), decimals)
    except ValueError:
        raise Misconfigured(f"an amount is a plain number, not {text!r}") from None
    return -units if negative else units
