"""Kill the box at every kind of write boundary and compare what it had said with what is left.

    python -m tests.exchange.kills                    200 deaths in process, 50 of the real process
    python -m tests.exchange.kills --deaths 20 --processes 3

In process a death is an exception at a named step of writing. At that moment the files are copied,
which is what the next process would find after ``kill -9``: everything written, nothing more. The
client's notes (what was sent, what was answered) live outside the box.
"""

import argparse
import random
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec

from tradewind.exchange import gateway as gateway_module
from tradewind.exchange import keys
from tradewind.exchange.host import VenueHost
from tradewind.exchange.requests import Requests
from tradewind.model import Permission
from tradewind.protocol.hosting import Credential
from tradewind.protocol.messages import HttpRequest, HttpResponse

from . import toy

STEPS = (
    "applied",
    "inserted",
    "committed",
    "answered",
    "ticked",
    "projection",
    "projected",
    "snapshot",
    "snapshot written",
    "checkpoint",
    "checkpointed",
    "torn checkpoint",
)
TURNS = 60
STREAM = HttpRequest("GET", "/")
KEYS = {"localA": "default", "localB": "other"}


class Death(BaseException):
    """The process is gone."""


class Lost(AssertionError):
    """What the client was told is not there, or is there twice."""


class Notes:
    """What a client saw: outside the box."""

    def __init__(self) -> None:
        self.sent: set[str] = set()
        self.orders: dict[str, dict[str, Any]] = {}
        self.cancelled: set[int] = set()
        self.fills: set[tuple[int, ...]] = set()
        """As a stream showed them."""
        self.seq = 0
        """Newest row of the journal when the last answer came."""
        self.digests: dict[int, str] = {}


class Stream:
    """A client's connection that notes the fills it is shown."""

    def __init__(self, session: toy.Session, notes: Notes) -> None:
        self.session = session
        self.request = STREAM
        self._notes = notes

    def flush(self) -> None:
        """What the wire does."""
        for frame in self.session.take():
            if isinstance(frame, bytes) and frame.startswith(b"["):
                self._notes.fills.add(tuple(msgspec.json.decode(frame)))

    def close(self) -> None:
        """The box goes away."""


class Life:
    """One life of a box on a folder, driven without sockets."""

    def __init__(
        self,
        data: Path,
        wall: toy.Wall,
        notes: Notes,
        step: Callable[[str], None],
        gateway: Any = gateway_module.Gateway,
    ) -> None:
        self.wall = wall
        self.notes = notes
        self.soon: list[Callable[[], None]] = []
        self.host = toy.host(data, wall, step=step, digest_every=1, snapshot_work=40)
        try:
            self._begin(gateway)
        except BaseException:
            self.host.database.abandon()
            raise

    def _begin(self, gateway: Any) -> None:
        self.host.open()
        self.gateway = gateway(self.host, Requests(), _raise, lambda call: self.soon.append(call))
        for api_key, account in KEYS.items():
            if self.host.keys.get(api_key) is None:
                self._key(api_key, account)
        session = self.gateway.upgrade(STREAM)
        assert isinstance(session, toy.Session)
        self.gateway.opened(Stream(session, self.notes))
        self.turn()

    def _key(self, api_key: str, account: str) -> None:
        made = keys.make("hmac", 7, api_key)
        number = self.host.account(account)
        self.host.issue(Credential(api_key, "hmac", number, frozenset(Permission), made.api_secret))
        if account != "default":
            self.host.faucet(account, {"USD": "500000", "AAA": "5000", "BBB": "5000"})

    def turn(self) -> None:
        """What the loop does between two polls."""
        soon, self.soon = self.soon, []
        for call in soon:
            call()

    def ask(
        self, path: str, api_key: str, answered: Callable[[dict[str, Any]], None], **query: Any
    ) -> None:
        """Send one request; the answer may come in a later turn, or never."""

        def answer(response: HttpResponse) -> None:
            self.notes.seq = self.host.journal.seq
            self.notes.digests[self.notes.seq] = self.host.engine.digest()
            answered(msgspec.json.decode(response.body))

        request = HttpRequest("POST", path, urlencode(query), {"key": api_key})
        self.gateway.http(request, answer)

    def play(self, chance: random.Random) -> None:
        """Some requests in one turn, then time goes on."""
        for _ in range(chance.randrange(4)):
            self._order(chance) if chance.random() < 0.75 else self._cancel(chance)
        self.turn()
        self.wall.now += chance.choice((3, 40, 150, 900)) * 1_000_000
        if chance.random() < 0.03:
            self.wall.now += 3_600_000_000_000
        self.gateway.beat()
        if chance.random() < 0.3:
            self.checkpoint()

    def _order(self, chance: random.Random) -> None:
        name = f"c{len(self.notes.sent)}"
        self.notes.sent.add(name)
        wanted = {
            "instrument": chance.choice(("AAAUSD", "BBBUSD")),
            "side": chance.choice(("buy", "sell")),
            "quantity": chance.randrange(1, 90),
            "price": 1_020 + chance.randrange(-40, 41),
            "id": name,
        }

        def answered(told: dict[str, Any]) -> None:
            if "code" not in told:
                self.notes.orders[name] = {**wanted, **told}

        self.ask("/order", chance.choice(tuple(KEYS)), answered, **wanted)

    def _cancel(self, chance: random.Random) -> None:
        if not self.notes.orders:
            return
        noted = chance.choice(list(self.notes.orders.values()))

        def answered(told: dict[str, Any]) -> None:
            if "code" not in told:
                self.notes.cancelled.add(noted["order"])

        instrument, order = noted["instrument"], noted["order"]
        self.ask(
            "/cancel", chance.choice(tuple(KEYS)), answered, instrument=instrument, order=order
        )

    def checkpoint(self) -> None:
        """What the checkpoint thread does, in this thread and at once."""
        database = self.host.database
        connection = sqlite3.connect(database.path, isolation_level=None)
        try:
            database.checkpoint(connection, pages=0)
        finally:
            connection.close()


def _raise(error: BaseException) -> None:
    raise error


def die(
    step: str,
    seed: int,
    folder: Path,
    gateway: Any = gateway_module.Gateway,
) -> bool:
    """Live until the seeded occurrence of a step, die there, check what is left.

    Gives whether the death came; raises Lost.
    """
    chance = random.Random(f"{step}/{seed}")
    after = chance.randrange(1, 12 if step in ("ticked", "snapshot", "snapshot written") else 40)
    data, left = folder / "data", folder / "left"
    data.mkdir(mode=0o700)
    wall, notes, alive = toy.Wall(), Notes(), True
    before: dict[str, bytes] = {}

    def reached(name: str) -> None:
        nonlocal after, alive
        if name == "checkpoint":
            before["db"], before["wal"] = _read(data / "toy.sqlite"), _read(data / "toy.sqlite-wal")
        if not alive or name != {"torn checkpoint": "checkpointed"}.get(step, step):
            return
        after -= 1
        if after == 0:
            alive = False
            _image(data, left, before if step == "torn checkpoint" else None)
            raise Death(name)

    life = None
    try:
        life = Life(data, wall, notes, reached, gateway)
        for _ in range(TURNS):
            life.play(chance)
    except Death:
        pass
    if life is None:
        shutil.rmtree(data)
        shutil.rmtree(left)
        return False
    life.host.database.abandon()
    if alive:
        _image(data, left, None)
    wall.now += chance.randrange(1, 20_000) * 1_000_000
    _check(left, wall, notes, chance, gateway)
    return not alive


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _image(data: Path, left: Path, before: dict[str, bytes] | None) -> None:
    """What is on disk. ``before`` makes a checkpoint that was half done: the WAL of before it,
    and a file of which only the first half of the pages is new.
    """
    left.mkdir(mode=0o700)
    for name in ("toy.sqlite", "toy.sqlite-wal"):
        if (data / name).exists():
            shutil.copyfile(data / name, left / name)
    if before:
        new = _read(left / "toy.sqlite")
        half = len(new) // 2 // 4096 * 4096
        (left / "toy.sqlite").write_bytes(new[:half] + before["db"][half:])
        (left / "toy.sqlite-wal").write_bytes(before["wal"])


def _check(
    left: Path,
    wall: toy.Wall,
    notes: Notes,
    chance: random.Random,
    gateway: Any,
) -> None:
    """Open what is left twice, trading in between."""
    life = Life(left, wall, notes, lambda name: None, gateway)
    compare(life.host, notes)
    for _ in range(5):
        life.play(chance)
    life.turn()
    compare(life.host, notes)
    digest, seq = life.host.engine.digest(), life.host.journal.seq
    life.host.close()
    again = toy.host(left, wall)
    again.open()
    if again.engine.digest() != digest or again.journal.seq < seq:
        raise Lost("a clean restart came to another state")
    compare(again, notes)
    again.database.close()


def compare(host: VenueHost, notes: Notes) -> None:
    """None lost, none doubled, nothing made or lost. Raises Lost."""
    if host.journal.seq < notes.seq:
        raise Lost(f"row {notes.seq} was answered, the journal ends at {host.journal.seq}")
    for seq, digest in host.database.execute("SELECT seq, digest FROM journal").fetchall():
        if digest is not None and seq <= notes.seq and notes.digests.get(seq, digest) != digest:
            raise Lost(f"another state at row {seq}")
    try:
        host.engine.audit()
    except AssertionError as error:
        raise Lost(f"the ledger: {error}") from None
    orders, fills = {}, set()
    for account in host.accounts.values():
        for instrument in ("AAAUSD", "BBBUSD"):
            for row in host.history.orders(account, instrument, limit=100_000):
                if row.client_order_id in orders:
                    raise Lost(f"{row.client_order_id} is there twice")
                orders[row.client_order_id] = row
            mine = host.history.fills(account, instrument, limit=100_000)
            filled: dict[int, int] = {}
            for fill in mine:
                fills.add((fill.order_id, fill.trade_id, fill.price, fill.quantity))
                filled[fill.order_id] = filled.get(fill.order_id, 0) + fill.quantity
            for row in host.history.orders(account, instrument, limit=100_000):
                if row.filled_quantity != filled.get(row.order_id, 0):
                    raise Lost(f"order {row.order_id} and its fills differ")
    if unknown := set(orders) - notes.sent:
        raise Lost(f"nobody sent {unknown}")
    for name, noted in notes.orders.items():
        if name not in orders or orders[name].order_id != noted["order"]:
            raise Lost(f"{name} was answered and is not there")
        for trade_id, price, quantity in noted["fills"]:
            if (noted["order"], trade_id, price, quantity) not in fills:
                raise Lost(f"fill {trade_id} was answered and is not there")
    if gone := notes.fills - fills:
        raise Lost(f"fills {gone} were shown and are not there")
    by_id = {row.order_id: row for row in orders.values()}
    for order_id in notes.cancelled:
        if by_id[order_id].status != "cancelled":
            raise Lost(f"order {order_id} was cancelled and is {by_id[order_id].status}")


def deaths(count: int, seed: int = 1) -> dict[str, int]:
    """That many deaths, spread over all steps. Raises Lost at the first that was not survived."""
    died = dict.fromkeys(STEPS, 0)
    number = 0
    while sum(died.values()) < count:
        step = STEPS[number % len(STEPS)]
        with tempfile.TemporaryDirectory() as folder:
            try:
                died[step] += die(step, seed * 10_000 + number, Path(folder))
            except Lost as error:
                raise Lost(f"death {number} at {step!r}: {error}") from None
        number += 1
        if number > 5 * count + 50:
            raise AssertionError(f"some steps are never reached: {died}")
    return died


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deaths", type=int, default=200)
    parser.add_argument("--processes", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    died = deaths(options.deaths, options.seed)
    print(f"in process: {sum(died.values())} deaths survived: {died}", flush=True)
    if options.processes:
        from . import process_kills

        print(process_kills.run(options.processes, options.seed), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
