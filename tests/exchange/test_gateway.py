"""Nothing leaves the box before it is on disk; a turn's commands share one commit."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tradewind.protocol.messages import HttpRequest, HttpResponse, Ping

from . import kills, toy


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    folder.mkdir(mode=0o700)
    return folder


class Steps(list[str]):
    """What happened, in order; answers are noted here too."""

    def __call__(self, step: str) -> None:
        self.append(step)


@pytest.fixture
def steps() -> Steps:
    return Steps()


@pytest.fixture
def life(data: Path, steps: Steps) -> Iterator[kills.Life]:
    life = kills.Life(data, toy.Wall(), kills.Notes(), steps)
    steps.clear()
    yield life
    life.host.close()


ORDER = {"instrument": "AAAUSD", "side": "buy", "quantity": 1, "price": 900}


def _rows_on_disk(data: Path) -> int:
    connection = sqlite3.connect(data / "toy.sqlite")
    (count,) = connection.execute("SELECT count(*) FROM journal").fetchone()
    connection.close()
    return int(count)


def test_an_order_is_answered_after_its_commit(life: kills.Life, steps: Steps, data: Path) -> None:
    """Another process already sees the row when the answer leaves."""
    before = _rows_on_disk(data)
    seen = []
    life.ask("/order", "localA", lambda told: seen.append(_rows_on_disk(data)), **ORDER)
    assert seen == []
    assert _rows_on_disk(data) == before
    life.turn()
    assert seen == [before + 1]


def test_commands_of_one_turn_share_one_commit(life: kills.Life, steps: Steps) -> None:
    """Answers leave in the order of their requests, all after the commit."""
    for name in "abc":
        life.ask("/order", "localA", lambda told, name=name: steps.append(name), **ORDER)
    life.turn()
    assert steps == ["applied"] * 3 + ["inserted", "committed", "a", "b", "c", "answered"]


def test_a_question_is_answered_at_once_unless_something_waits(
    life: kills.Life, steps: Steps
) -> None:
    """What a question shows may rest on a row that is not on disk yet: then it waits too."""
    life.ask("/open", "localA", lambda told: steps.append("free"))
    assert steps == ["free"]
    life.ask("/order", "localA", lambda told: steps.append("order"), **ORDER)
    life.ask("/open", "localA", lambda told: steps.append("behind"))
    assert "behind" not in steps
    life.turn()
    assert steps.index("committed") < steps.index("order") < steps.index("behind")


def test_frames_leave_after_the_commit(life: kills.Life, steps: Steps) -> None:
    """A fill is shown on a stream only when it is on disk."""
    life.ask(
        "/order",
        "localA",
        lambda told: None,
        instrument="AAAUSD",
        side="buy",
        quantity=1,
        price=1_099,
    )
    assert life.notes.fills == set()
    life.turn()
    assert len(life.notes.fills) == 1


def test_a_fill_in_a_tick_is_journaled_before_it_is_shown(
    life: kills.Life, steps: Steps, data: Path
) -> None:
    """The participants come to an order that rests: the row says up to which tick."""
    life.ask(
        "/order",
        "localA",
        lambda told: None,
        instrument="AAAUSD",
        side="buy",
        quantity=1,
        price=1_003,
    )
    life.turn()
    rows = life.host.journal.seq
    for _ in range(200):
        life.wall.now += 100_000_000
        life.gateway.beat()
        if life.notes.fills:
            break
    else:
        pytest.fail("the price never came down to the order")
    kinds = [row.kind.value for row in life.host.journal.rows(rows)]
    assert kinds[-1] == "ran"


def test_a_box_that_cannot_write_answers_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk ends the box instead of orders that will be gone after a restart."""
    life = kills.Life(data, toy.Wall(), kills.Notes(), lambda step: None)
    answered = []

    def full() -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(life.host.database, "commit", full)
    life.ask("/order", "localA", answered.append, **ORDER)
    with pytest.raises(sqlite3.OperationalError):
        life.turn()
    monkeypatch.undo()
    life.gateway.beat()
    assert answered == []
    life.host.database.abandon()


def test_the_door_is_found_by_the_longest_path(life: kills.Life) -> None:
    """One port, several WebSocket doors."""
    for path, door in (("/api", b"ws_api"), ("/api/more", b"ws_api"), ("/", b"streams")):
        session = life.gateway.upgrade(HttpRequest("GET", path))
        assert isinstance(session, toy.Session)
        assert session.take() == [door]
    refused = life.gateway.upgrade(HttpRequest("GET", "/apis"))
    assert isinstance(refused, HttpResponse)


class Socket:
    """A connection that keeps what is put on it."""

    def __init__(self, session: toy.Session) -> None:
        self.session: Any = session
        self.own = session
        self.request = HttpRequest("GET", "/")
        self.sent: list[object] = []

    def flush(self) -> None:
        self.sent += self.session.take()

    def close(self) -> None:
        """Not used here."""

    def cut(self) -> None:
        """Not used here."""


@pytest.fixture
def socket(life: kills.Life) -> Socket:
    session = life.gateway.upgrade(HttpRequest("GET", "/"))
    assert isinstance(session, toy.Session)
    socket = Socket(session)
    life.gateway.opened(socket)
    socket.sent.clear()
    return socket


def test_messages_reach_their_session_and_answers_their_socket(
    life: kills.Life, socket: Socket
) -> None:
    """At the end of the turn; control frames too; nothing after the socket is gone."""
    life.gateway.received(socket, b"hello")
    life.gateway.control(socket, Ping(b""))
    life.turn()
    assert socket.sent == [b"hello", b"control"]
    life.gateway.closed(socket)
    socket.own.out.append(b"late")
    life.gateway.beat()
    assert socket.sent == [b"hello", b"control"]


def test_a_session_is_woken_when_it_asked_to_be(life: kills.Life, socket: Socket) -> None:
    """By wall time, at the first beat after it."""
    socket.own.deadline = life.wall.now + 1_000_000_000
    life.wall.now += 900_000_000
    life.gateway.beat()
    assert socket.own.woken == 0
    life.wall.now += 100_000_000
    life.gateway.beat()
    assert socket.own.woken == 1
    assert socket.sent == [b"woken"]


def test_a_command_that_breaks_the_engine_ends_the_box(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state may be half changed: nothing is answered from it, nothing of it is kept."""
    broken: list[BaseException] = []
    life = kills.Life(data, toy.Wall(), kills.Notes(), lambda step: None)
    life.ask("/order", "localA", lambda told: None, **ORDER)
    life.turn()
    digest, rows = life.host.engine.digest(), _rows_on_disk(data)
    monkeypatch.setattr(life.gateway, "_failed", broken.append)

    def half(command: object, now: int) -> None:
        life.host.engine._state.next_order_id += 1
        raise AssertionError("the ledger does not sum to zero")

    monkeypatch.setattr(life.host.engine, "apply", half)
    answered: list[object] = []
    with pytest.raises(AssertionError):
        life.ask("/order", "localA", answered.append, **ORDER)
    life.turn()
    life.gateway.beat()
    assert len(broken) == 1
    assert answered == []
    assert _rows_on_disk(data) == rows
    life.host.database.abandon()
    again = toy.host(data, toy.Wall())
    again.open()
    assert again.engine.digest() == digest
    again.database.close()


def test_a_fast_clock_runs_ten_steps_a_wall_second(life: kills.Life) -> None:
    """Sixty times as fast is not sixty times as much work: one step a beat, journaled."""
    life.ask("/order", "localA", lambda told: None, **ORDER)
    life.turn()
    life.host.clock.set_speed(60_000)
    life.host.clock_changed()
    rows = life.host.journal.seq
    for _ in range(10):
        life.wall.now += 100_000_000
        life.gateway.beat()
    kinds = [row.kind.value for row in life.host.journal.rows(rows)]
    assert kinds == ["jump"] * 10
    assert life.host.market.tick == life.host.clock.tick()
