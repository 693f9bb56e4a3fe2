"""One side of a book, without accounts or events."""

from tradewind.engine.book import NO_LIMIT, Half
from tradewind.engine.orders import Resting


def resting(order_id: int, price: int, lots: int, shows: int = 0, account: int = 1) -> Resting:
    order = Resting()
    order.order_id, order.account, order.price = order_id, account, price
    order.remaining, order.display_quantity = lots, shows
    order.shown = min(shows or lots, lots)
    return order


def half(sign: int, *orders: Resting) -> "Half[Resting]":
    side: Half[Resting] = Half(sign)
    for order in orders:
        side.insert(order)
    return side


def taken(side: "Half[Resting]", limit: int, quantity: int) -> list[tuple[int, int, int]]:
    return [(maker.order_id, price, lots) for maker, price, lots in side.sweep(limit, quantity)]


def test_the_highest_bid_and_the_lowest_ask_are_best() -> None:
    """Best first on both sides."""
    assert half(1, resting(1, 99, 1), resting(2, 101, 1)).best() == 101
    assert half(-1, resting(1, 99, 1), resting(2, 101, 1)).best() == 99


def test_better_prices_first_then_older_orders() -> None:
    """A sweep goes by price, then by time."""
    side = half(-1, resting(1, 101, 5), resting(2, 100, 5), resting(3, 100, 5))
    assert taken(side, NO_LIMIT, 12) == [(2, 100, 5), (3, 100, 5), (1, 101, 2)]


def test_a_sweep_stops_at_its_limit_inclusive() -> None:
    """A price equal to the limit is taken, the next is not."""
    side = half(-1, resting(1, 100, 5), resting(2, 101, 5))
    assert taken(side, -100, 50) == [(1, 100, 5)]
    assert side.best() == 101


def test_an_iceberg_shows_a_part_and_goes_to_the_end_for_the_next() -> None:
    """The replenished part queues behind those who were there."""
    side = half(-1, resting(1, 100, 9, shows=4), resting(2, 100, 4))
    assert side.levels[-100].visible == 8
    assert taken(side, NO_LIMIT, 10) == [(1, 100, 4), (2, 100, 4), (1, 100, 2)]
    assert side.levels[-100].visible == 2


def test_a_sweep_stops_before_an_account_it_must_avoid() -> None:
    """What lies before that order is taken, nothing behind it."""
    side = half(-1, resting(1, 100, 1), resting(2, 100, 1, account=7), resting(3, 100, 1))
    got = side.sweep(NO_LIMIT, 3, (7,))
    assert [maker.order_id for maker, _, _ in got] == [1]
    front = side.front(NO_LIMIT)
    assert front is not None
    assert front.order_id == 2


def test_removing_the_last_order_removes_the_level() -> None:
    """An empty level is not a level."""
    order = resting(1, 100, 1)
    side = half(1, order)
    side.remove(order)
    assert (side.best(), side.keys, side.levels) == (None, [], {})


def test_lowering_keeps_the_place_and_hides_first() -> None:
    """A lowered order stays first; what it shows changes only when less than that remains."""
    first = resting(1, 100, 9, shows=4)
    side = half(1, first, resting(2, 100, 5))
    side.lower(first, 6)
    assert side.levels[100].visible == 9
    side.lower(first, 3)
    assert side.levels[100].visible == 8
    assert taken(side, NO_LIMIT, 1) == [(1, 100, 1)]


def test_touched_levels_remember_what_was_visible_before() -> None:
    """The first change of a level is what counts, also when the level vanishes."""
    side = half(1, resting(1, 100, 5))
    side.touched.clear()
    side.sweep(NO_LIMIT, 2)
    side.sweep(NO_LIMIT, 3)
    side.insert(resting(2, 99, 1))
    assert side.touched == {100: 5, 99: 0}
