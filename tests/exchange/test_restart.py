"""A box that dies goes on with everything it had said, and nothing twice.

``kills`` holds the deaths and what is compared; the long run is ``make kills``. Here are some of
each kind, and four planted faults that the comparison must find.
"""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tradewind.exchange import gateway, host, journal
from tradewind.exchange.clock import SPEED_ONE
from tradewind.exchange.host import Diverged
from tradewind.exchange.journal import Kind
from tradewind.model import Misconfigured

from . import kills, toy


@pytest.mark.parametrize("step", kills.STEPS)
def test_what_was_answered_survives_a_death_at(step: str, tmp_path: Path) -> None:
    """None lost, none doubled, the same state, at every kind of write boundary."""
    died = 0
    for seed in range(6):
        folder = tmp_path / str(seed)
        folder.mkdir()
        died += kills.die(step, seed, folder)
    assert died >= 1, "the step was never reached"


def _changed(module: ModuleType, line: str, other: str) -> dict[str, Any]:
    """The names of a module in which one line reads differently."""
    file = module.__file__
    assert file is not None
    text = Path(file).read_text()
    assert text.count(line) == 1, f"{line!r} is no longer there: plant the fault anew"
    names: dict[str, Any] = {"__name__": module.__name__, "__package__": module.__package__}
    exec(compile(text.replace(line, other), file, "exec"), names)
    return names


def _found(tmp_path: Path, **how: Any) -> bool:
    """Whether some death shows the fault."""
    for number in range(60):
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            kills.die(kills.STEPS[number % len(kills.STEPS)], number, folder, **how)
        except (kills.Lost, Misconfigured):  # a changed module has a Diverged of its own
            return True
    return False


def test_the_comparison_finds_answers_before_the_commit(tmp_path: Path) -> None:
    """Without the one line that commits before answers leave, orders are lost."""
    planted = _changed(gateway, "                self.host.write()\n", "                pass\n")
    assert _found(tmp_path, gateway=planted["Gateway"])


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ('        self.journal.write()\n        self.step("inserted")\n', "\n"),
        ('            self._row(Kind.RAN, b"", due * TICK)\n', "            pass\n"),
        ("        elif row.tick > self.market.tick:\n", "        elif False:\n"),
    ],
    ids=["rows never written", "ticks that filled not noted", "ticks not run again"],
)
def test_the_comparison_finds_a_broken_journal(
    line: str, other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of these loses or changes something that was shown."""
    planted = _changed(host, line, other)
    monkeypatch.setattr(toy, "VenueHost", planted["VenueHost"])
    assert _found(tmp_path)


def _trade(life: kills.Life, count: int) -> None:
    for number in range(count):
        life.ask(
            "/order",
            "localA",
            lambda told: None,
            instrument="AAAUSD",
            side="buy",
            quantity=1 + number % 7,
            price=900 + number % 50,
            id=f"t{number}",
        )
    life.turn()


def _life(data: Path, wall: toy.Wall) -> kills.Life:
    return kills.Life(data, wall, kills.Notes(), lambda name: None)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    folder.mkdir(mode=0o700)
    return folder


def test_a_different_past_stops_the_box(data: Path) -> None:
    """A digest that replay does not come to is a message, not another balance."""
    life = _life(data, toy.Wall())
    _trade(life, 5)
    life.host.database.execute("UPDATE journal SET digest = 'feed' WHERE digest IS NOT NULL")
    life.host.database.abandon()
    again = toy.host(data, toy.Wall())
    with pytest.raises(Diverged, match=r"after row \d+ is not what the journal says.*nothing was"):
        again.open()
    again.database.abandon()


def test_a_journal_of_another_version_opens_from_its_snapshot(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clean stop leaves a snapshot, so nothing has to be replayed by the new version."""
    life = _life(data, toy.Wall())
    _trade(life, 5)
    digest = life.host.engine.digest()
    life.host.close()
    monkeypatch.setattr(journal, "ENGINE", "99.0")
    again = toy.host(data, toy.Wall())
    again.open()
    assert (again.replayed, again.engine.digest()) == (0, digest)
    again.database.close()


def test_a_snapshot_that_cannot_be_read_names_the_version_that_wrote_it(data: Path) -> None:
    """Which version to use is in the message."""
    life = _life(data, toy.Wall())
    life.host.close()
    connection = life.host.database
    import sqlite3

    changed = sqlite3.connect(connection.path)
    changed.execute("UPDATE snapshots SET state = x'00', engine = '0.0.1'")
    changed.commit()
    changed.close()
    again = toy.host(data, toy.Wall())
    with pytest.raises(Diverged, match=r"written by version 0\.0\.1"):
        again.open()
    again.database.abandon()


def test_the_tail_behind_a_snapshot_stays_short(data: Path) -> None:
    """Snapshots come with the work done, so a restart replays little however long the box ran."""
    life = _life(data, toy.Wall())
    for _ in range(20):
        _trade(life, 10)
    life.host.database.abandon()
    again = toy.host(data, toy.Wall())
    again.open()
    assert again.replayed <= 40 + 10
    assert again.journal.seq >= 200
    again.database.close()


def test_memory_holds_only_a_few_rows_whatever_was_traded(data: Path) -> None:
    """Closed orders leave the engine; their history is on disk."""
    life = _life(data, toy.Wall())
    for _ in range(30):
        life.ask(
            "/order",
            "localA",
            lambda told: None,
            instrument="AAAUSD",
            side="buy",
            quantity=1,
            price=1_100,
            id="again",
        )
        life.turn()
    number = life.host.accounts["default"]
    assert life.host.engine.open_orders(number) == []
    assert len(life.host.history.orders(number, "AAAUSD")) == 30
    assert life.host.projection.waiting == 0
    life.host.close()


@pytest.mark.parametrize("frozen", [False, True])
def test_a_restart_goes_to_the_present_unless_frozen(frozen: bool, data: Path) -> None:
    """A venue would have gone on; a frozen clock stands where it stood. One journaled row."""
    wall = toy.Wall()
    life = _life(data, wall)
    if frozen:
        life.host.clock.set_speed(0)
        life.host.clock_changed()
        life.turn()
    before, rows = life.host.now(), life.host.journal.seq
    life.host.close()
    wall.now += 3_600_000_000_000
    again = toy.host(data, wall)
    again.open()
    assert again.now() == (before if frozen else wall.now)
    kinds = [row.kind for row in again.journal.rows(rows)]
    assert kinds == ([] if frozen else [Kind.JUMP])
    again.database.close()


def test_speed_and_steps_survive_a_restart(data: Path) -> None:
    """The clock's setting is in the journal and in snapshots."""
    wall = toy.Wall()
    life = _life(data, wall)
    life.host.clock.set_speed(5 * SPEED_ONE)
    life.host.clock.advance(7_200_000_000_000)
    life.host.clock_changed()
    life.turn()
    before = life.host.now()
    life.host.database.abandon()
    wall.now += 1_000_000_000
    again = toy.host(data, wall)
    again.open()
    assert again.now() == before + 5_000_000_000
    again.database.close()


def test_keys_and_accounts_survive(data: Path) -> None:
    """Also revoked ones, as revoked."""
    life = _life(data, toy.Wall())
    import msgspec

    gone = life.host.keys.get("localB")
    assert gone is not None
    life.host.issue(msgspec.structs.replace(gone, revoked=True))
    life.turn()
    keys, accounts = life.host.keys.all(), dict(life.host.accounts)
    life.host.database.abandon()
    again = toy.host(data, toy.Wall())
    again.open()
    assert (again.keys.all(), again.accounts) == (keys, accounts)
    assert again.keys.all()[1].revoked
    again.database.close()


def test_the_venue_s_own_state_survives(data: Path) -> None:
    """What an exchange says in ``state`` comes back, and events behind the snapshot are told."""
    life = _life(data, toy.Wall())
    for _ in range(3):
        life.ask(
            "/order",
            "localA",
            lambda told: None,
            instrument="AAAUSD",
            side="buy",
            quantity=200,
            price=1_100,
            id="x",
        )
        life.turn()
    seen = life.host.exchange.seen  # type: ignore[attr-defined]
    assert seen >= 3
    life.host.database.abandon()
    again = toy.host(data, toy.Wall())
    again.open()
    assert again.exchange.seen == seen  # type: ignore[attr-defined]
    again.database.close()


def test_a_box_that_is_killed_again_and_again_replays_no_more_each_time(data: Path) -> None:
    """What was replayed counts towards the next snapshot."""
    wall = toy.Wall()
    replayed = []
    for _ in range(8):
        life = _life(data, wall)
        replayed.append(life.host.replayed)
        _trade(life, 15)
        life.host.database.abandon()
    assert max(replayed) <= 40 + 15 + 5
