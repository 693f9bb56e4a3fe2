"""What is rare is struck as often as what is common."""

from tradewind.protocol.faults import Facts, Point
from tradewind.simulation.due import MILLION, Due
from tradewind.simulation.storm import CHANCES, QUESTION, Storm


def test_a_step_is_the_last_one_as_often_as_is_due() -> None:
    """One of ten orders: met at each order or at every fifth, it strikes equally often."""
    orders = 0
    due = Due(MILLION // 10, lambda: orders)
    for orders in range(1, 1_001):
        due.take("common")
        if orders % 5 == 0:
            due.take("rare")
    assert due.struck == {"common": 100, "rare": 100}
    assert due.met == {"common": 1_000, "rare": 200}


def test_a_rare_message_is_struck_as_often_as_a_common_one() -> None:
    """Twenty messages to one, and about as many faults of each kind on both."""
    orders = 0
    storm = Storm(7, {"common": "common", "rare": "rare"}, lambda: orders, strikes=2_000)
    for orders in range(1, 20_001):
        for operation in ("common",) if orders % 20 else ("common", "rare"):
            storm.hits(Point.REQUEST, Facts("venue", operation=operation), orders)
    for step in ("common", "rare"):
        counts = [storm.struck[chance.label, step] for chance in CHANCES[Point.REQUEST]]
        assert all(20 < count < 60 for count in counts), counts
    assert storm.struck["request lost", QUESTION] == 0
