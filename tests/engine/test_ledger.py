"""The ledger proves every command."""

import pytest

from tradewind.engine.ledger import Ledger


def test_a_move_changes_two_rows_and_sums_to_zero() -> None:
    """Both rows are told, in a fixed order."""
    ledger = Ledger()
    ledger.move(-1, 5, "CASH", 10)
    told = [(row.account, row.asset, row.available) for row in ledger.close_command()]
    assert told == [(-1, "CASH", -10), (5, "CASH", 10)]
    assert ledger.close_command() == []


def test_a_row_that_ends_as_it_began_is_not_told() -> None:
    """Held and released within one command is no change."""
    ledger = Ledger()
    row = ledger.row(1, "CASH")
    row.available += 5
    row.available -= 5
    assert ledger.close_command() == []


def test_money_out_of_nothing_stops_the_engine() -> None:
    """One side of an entry alone is an error of ours."""
    ledger = Ledger()
    ledger.row(1, "CASH").available += 1
    with pytest.raises(AssertionError, match="made or lost"):
        ledger.close_command()


def test_nobody_but_the_box_may_owe() -> None:
    """A trader's balance below zero is an error of ours, also of what is held."""
    ledger = Ledger()
    ledger.move(1, 2, "CASH", 1)
    with pytest.raises(AssertionError, match="account 1"):
        ledger.close_command()
    other = Ledger()
    row = other.row(2, "CASH")
    row.available, row.held = 1, -1
    with pytest.raises(AssertionError, match="account 2"):
        other.close_command()
