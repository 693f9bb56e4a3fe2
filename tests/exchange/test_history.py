"""History on disk: the same answers whether rows are written already or still held back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tradewind.exchange.database import Database
from tradewind.exchange.history import Projection

from . import kills, toy


@pytest.fixture
def life(tmp_path: Path) -> Iterator[kills.Life]:
    folder = tmp_path / "box"
    folder.mkdir(mode=0o700)
    life = kills.Life(folder, toy.Wall(), kills.Notes(), lambda step: None)
    yield life
    life.host.close()


def _order(
    life: kills.Life, name: str, side: str = "buy", price: int = 900, quantity: int = 5
) -> None:
    life.ask(
        "/order",
        "localA",
        lambda told: None,
        instrument="AAAUSD",
        side=side,
        quantity=quantity,
        price=price,
        id=name,
    )
    life.turn()
    life.wall.now += 1_000_000_000


def test_orders_are_found_by_id_by_client_id_and_by_window(life: kills.Life) -> None:
    """Ascending by id; from an id or a time on the first ones, otherwise the last ones."""
    for name in "abcde":
        _order(life, name)
    history, mine = life.host.history, life.host.accounts["default"]
    rows = history.orders(mine, "AAAUSD")
    names = [row.client_order_id for row in rows]
    assert names == list("abcde")

    def window(**how: int) -> str:
        found = history.orders(mine, "AAAUSD", **how)
        return "".join(row.client_order_id for row in found)

    assert window(limit=2) == "de"
    assert window(from_id=rows[1].order_id, limit=2) == "bc"
    assert window(start=rows[1].created, limit=2) == "bc"
    assert window(start=rows[1].created, end=rows[3].created) == "bcd"
    assert window(end=rows[2].created, limit=2) == "bc"
    assert window(from_id=rows[2].order_id, end=rows[3].created) == "cd"
    assert history.orders(mine, "BBBUSD") == []
    assert history.orders(mine + 1, "AAAUSD") == []
    found = history.order(mine, "AAAUSD", rows[2].order_id)
    assert found == rows[2]
    assert history.order(mine, "AAAUSD", 0, "c") == rows[2]
    assert history.order(mine + 1, "AAAUSD", rows[2].order_id) is None
    assert history.order(mine, "AAAUSD", rows[2].order_id, "d") is None


def test_of_orders_with_one_client_id_the_newest_is_found(life: kills.Life) -> None:
    """A venue may let an id be used again once the order is over."""
    _order(life, "same", price=1_100)
    _order(life, "same")
    history, mine = life.host.history, life.host.accounts["default"]
    found = history.order(mine, "AAAUSD", 0, "same")
    assert found is not None
    assert found.order_id == history.orders(mine, "AAAUSD")[-1].order_id


def test_a_row_shows_an_open_order_as_it_is_now(life: kills.Life) -> None:
    """Filled by a tick between two questions."""
    _order(life, "a", price=1_003)
    history, mine = life.host.history, life.host.accounts["default"]
    statuses = []
    for _ in range(300):
        found = history.order(mine, "AAAUSD", 0, "a")
        assert found is not None
        statuses.append(found.status)
        if statuses[-1] == "filled":
            break
        life.wall.now += 100_000_000
        life.gateway.beat()
    assert statuses[-1] == "filled"


def test_fills_are_found_by_order_and_by_window(life: kills.Life) -> None:
    """One row per execution and order, with what it cost."""
    _order(life, "a", price=1_100, quantity=120)
    _order(life, "b", price=1_100, quantity=10)
    history, mine = life.host.history, life.host.accounts["default"]
    first, second = history.orders(mine, "AAAUSD")
    fills = history.fills(mine, "AAAUSD", order_id=first.order_id)
    assert len(fills) == 3
    assert sum(fill.quantity for fill in fills) == 120
    assert all(fill.fee > 0 and fill.fee_asset == "AAA" and not fill.maker for fill in fills)
    every = history.fills(mine, "AAAUSD")
    assert [fill.trade_id for fill in every] == sorted(fill.trade_id for fill in every)
    assert history.fills(mine, "AAAUSD", from_id=fills[1].trade_id, limit=1) == [fills[1]]
    assert every[-1].order_id == second.order_id


@pytest.fixture
def projection(tmp_path: Path) -> Iterator[Projection]:
    database = Database(tmp_path / "h.sqlite")
    yield Projection(database)
    database.close()


def test_records_are_kept_replaced_and_found_by_key(projection: Projection) -> None:
    """Whatever a venue wants to be asked for later; a row kept twice is there once."""
    for row_id in range(5):
        projection.keep("amend", 1, "X", row_id, row_id % 2, 100 + row_id, b"old")
    projection.keep("amend", 1, "X", 3, 1, 103, b"new")
    assert projection.records("amend", 1, "X") == [b"old", b"old", b"old", b"new", b"old"]
    assert projection.records("amend", 1, key=1) == [b"old", b"new"]
    assert projection.records("amend", 1, start=103) == [b"new", b"old"]
    assert projection.records("amend", 2) == []
    assert projection.records("list", 1) == []


def test_a_small_box_holds_rows_back_and_a_question_writes_them(projection: Projection) -> None:
    """Written behind, but never behind a question."""
    projection.keep("amend", 1, "X", 1, 0, 0, b"x")
    assert projection.waiting == 1
    projection.records("amend", 1)
    assert projection.waiting == 0


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Projection]:
    """Twenty thousand orders and fills of one account, one a second, and another account's."""
    database = Database(tmp_path / "h.sqlite")
    projection = Projection(database)
    text = ("buy", "limit", "gtc", False, 1, 1, 0, 0, 1, 1, 0, "filled", "none", 0)
    rest = ("", 0, 0, 0, "", 0, "", "")
    orders = [
        (n, 1 + n % 2, "X", f"c{n}", *text, n * 10**9, n * 10**9, n * 10**9, *rest)
        for n in range(1, 40_001)
    ]
    database.many(f"INSERT INTO orders VALUES({','.join('?' * 29)})", orders)
    fills = [(1 + n % 2, "X", n, n, 0, "buy", 1, 1, 1, 0, "A", n * 10**9, 0) for n in range(40_001)]
    database.many(f"INSERT INTO fills VALUES({','.join('?' * 13)})", fills)
    yield projection
    database.close()


def test_a_long_history_is_asked_by_looking_not_by_walking(full: Projection) -> None:
    """Whatever the window, SQLite steps over little more than the rows it gives."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    full._database.connection.set_progress_handler(count, 100)
    at = 20_000 * 10**9
    assert [o.order_id for o in full.orders(1, "X", start=at, limit=2)] == [20_000, 20_002]
    assert [o.order_id for o in full.orders(1, "X", end=at, limit=2)] == [19_998, 20_000]
    assert [o.order_id for o in full.orders(1, "X", start=at, end=at)] == [20_000]
    assert [f.trade_id for f in full.fills(1, "X", start=at, limit=2)] == [20_000, 20_002]
    assert [f.trade_id for f in full.fills(1, "X", end=at - 1, limit=2)] == [19_996, 19_998]
    assert [f.trade_id for f in full.fills(2, "X", order_id=777)] == [777]
    found = full.order(2, "X", 0, "c777")
    assert found is not None
    assert found.order_id == 777
    assert full.orders(1, "X", start=50_000 * 10**9) == []
    assert full.orders(1, "X", end=1) == []
    full._database.connection.set_progress_handler(None, 0)
    assert steps * 100 < 20_000
