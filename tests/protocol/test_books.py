"""The local book: continuity, snapshots that join, and nothing shown that may be wrong."""

from decimal import Decimal

import pytest
from tests.protocol import books_soak

from tradewind.protocol import books
from tradewind.protocol.books import (
    IGNORED_MAX,
    Book,
    Change,
    Rules,
    Snapshot,
    StaleBook,
    Step,
    Sync,
    counted,
    differences,
    linked,
    picture,
    spans,
)


def change(first: int, last: int, bids: tuple[tuple[str, str], ...] = (), **more: int) -> Change:
    return Change(first, last, bids, (), **more)


def live(version: int = 10, depth: int = 0) -> Sync:
    """A book of 100 bid and 101 asked."""
    sync = Sync(Rules(spans))
    assert sync.snapshot(Snapshot(version, (("100", "1"),), (("101", "2"),), depth), 0)
    return sync


def test_nothing_is_shown_before_a_snapshot() -> None:
    """A book without one is not a book."""
    sync = Sync(Rules(spans))
    sync.change(change(1, 2), 0)
    assert sync.wants_snapshot
    with pytest.raises(StaleBook):
        _ = sync.book
    with pytest.raises(StaleBook):
        sync.age(5)


def test_changes_are_applied_in_order() -> None:
    """Absolute quantities: set, replace, delete; a level that is not there can be deleted."""
    sync = live()
    assert sync.change(change(11, 12, (("99", "5"), ("100.00", "0.00"), ("98", "0"))), 7)
    assert sync.change(change(13, 13, (("99.0", "6"),)), 9)
    shown = picture(sync.book, "A/B")
    assert [(row.price, row.quantity) for row in shown.bids] == [(Decimal(99), Decimal(6))]
    assert (shown.version, sync.age(10)) == (13, 1)


def test_a_hole_stops_the_book_within_that_message() -> None:
    """What comes after it is kept for the next snapshot, and joins it."""
    sync = live()
    assert not sync.change(change(13, 14, (("99", "1"),)), 0)
    assert not sync.is_live
    assert sync.counts.gaps == 1
    assert sync.snapshot(Snapshot(12, (("100", "3"),), ()), 0)
    assert sync.book.version == 14
    assert sync.counts.resyncs == 1


def test_a_snapshot_older_than_what_is_kept_is_refused() -> None:
    """There is a hole between them; another is wanted."""
    sync = Sync(Rules(spans))
    sync.change(change(20, 21), 0)
    assert not sync.snapshot(Snapshot(18, (), ()), 0)
    assert sync.wants_snapshot
    assert sync.snapshot(Snapshot(19, (), ()), 0)
    assert (sync.book.version, sync.counts.refused) == (21, 1)


def test_a_snapshot_newer_than_all_that_is_kept_is_right_alone() -> None:
    """What was kept is in it already."""
    sync = Sync(Rules(spans))
    sync.change(change(20, 21, (("1", "1"),)), 0)
    assert sync.snapshot(Snapshot(30, (), ()), 0)
    assert sync.book.version == 30
    assert not sync.book.bids.keys


def test_repetitions_are_dropped_and_counted() -> None:
    """The same change twice changes nothing."""
    sync = live()
    for _ in range(3):
        assert sync.change(change(11, 11, (("99", "5"),)), 0)
    assert (sync.counts.duplicates, sync.counts.changes) == (2, 1)


def test_a_venue_that_counts_anew_is_noticed() -> None:
    """A book that takes everything for old would stand still and call itself live."""
    sync = live(1_000_000)
    for number in range(IGNORED_MAX + 1):
        sync.change(change(number, number), 0)
    assert not sync.is_live


@pytest.mark.parametrize("bad", [("x", "1"), ("1", "x"), ("1e3", "1"), ("1", "-1"), ("1", "")])
def test_text_that_is_no_number_stops_the_book(bad: tuple[str, str]) -> None:
    """Half a change may have been taken in."""
    sync = live()
    assert not sync.change(change(11, 11, (bad,)), 0)
    assert (sync.is_live, sync.counts.unreadable) == (False, 1)


def test_a_crossed_book_is_not_served() -> None:
    """Somebody would buy for more than somebody sells."""
    sync = live()
    assert not sync.change(change(11, 11, (("101", "1"),)), 0)
    assert sync.counts.crossed == 1


def test_disconnection_and_unreadable_messages_stop_the_book() -> None:
    """What was missed cannot be known."""
    for stop in (Sync.disconnected, lambda sync: sync.unreadable("?")):
        sync = live()
        stop(sync)
        assert not sync.is_live


def test_nothing_beyond_the_depth_of_the_snapshot_is_shown() -> None:
    """There may be holes: what rested there and did not move was never told."""
    sync = live(depth=1)
    sync.change(change(11, 11, (("99", "5"), ("100", "0"))), 0)
    assert sync.book.bids.known() == 0
    assert sync.is_thin
    whole = live(depth=2)
    whole.change(change(11, 11, (("99", "5"),)), 0)
    assert whole.book.bids.known() == 2
    assert not whole.is_thin


def test_linked_changes_name_the_one_before() -> None:
    """The first after a snapshot has its number inside, the next ones must link."""
    assert linked(10, True, change(9, 12, previous=8)) is Step.APPLY
    assert linked(10, True, change(11, 12, previous=10)) is Step.GAP
    assert linked(12, False, change(15, 16, previous=12)) is Step.APPLY
    assert linked(12, False, change(15, 16, previous=13)) is Step.GAP
    assert linked(12, False, change(9, 12, previous=8)) is Step.OLD


def test_counted_changes_follow_one_by_one() -> None:
    """A number left out is a gap, one seen is old."""
    steps = [counted(5, False, change(n, n)) for n in (5, 6, 7)]
    assert steps == [Step.OLD, Step.APPLY, Step.GAP]


def test_a_wrong_checksum_stops_the_book() -> None:
    """Where the venue says what the book should sum to, it is believed."""
    rules = Rules(counted, lambda book: len(book.bids.keys))
    sync = Sync(rules)
    assert sync.snapshot(Snapshot(1, (("9", "1"),), (), checksum=1), 0)
    assert sync.change(Change(2, 2, (("8", "1"),), (), checksum=2), 0)
    assert not sync.change(Change(3, 3, (("7", "1"),), (), checksum=2), 0)
    assert sync.counts.mismatches == 1


def test_books_are_compared_as_far_as_both_know() -> None:
    """A price beyond the depth of either says nothing."""
    one, other = Book(), Book()
    one.load(Snapshot(1, (("9", "1"), ("8", "1.0"), ("7", "3")), (), 0))
    other.load(Snapshot(1, (("9", "2"), ("8", "1")), (), 2))
    found = differences(one, other)
    assert [(each.price, each.here, each.there) for each in found] == [(9, 1, 2)]


def test_no_fault_makes_a_wrong_book() -> None:
    """20,000 updates lost, doubled, swapped, spoiled and cut; the long run has two million."""
    report = books_soak.run(20_000, 7, 0.01)
    assert report.good, report
    assert min(report.faults[name] for name in books_soak.FAULTS) > 10
    assert report.gaps_planted > 50
    assert report.counts.refused > 0  # type: ignore[attr-defined]  # the counts of a sync
    assert report.live > 0.9 * report.delivered


@pytest.mark.parametrize("planted", ["blind", "bottomless", "trusting"])
def test_the_run_sees_planted_mistakes(planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A book that takes every change, shows what it cannot know, or believes any snapshot."""
    if planted == "blind":
        rules = Rules(lambda *_: Step.APPLY)
        monkeypatch.setattr(books_soak.Run, "__init__", _with(rules))
    elif planted == "bottomless":
        monkeypatch.setattr(books.Half, "known", lambda half: len(half.keys))
    else:
        rules = Rules(lambda at, fresh, new: Step.APPLY if fresh else spans(at, fresh, new))
        monkeypatch.setattr(books_soak.Run, "__init__", _with(rules))
    assert not books_soak.run(20_000, 7, 0.01).good


def _with(rules: Rules) -> object:
    original = books_soak.Run.__init__

    def init(run: books_soak.Run, seed: int, rate: float) -> None:
        original(run, seed, rate)
        run.sync = Sync(rules)

    return init
