"""One table of errors, read both ways."""

import re

import pytest

from tradewind.model import Outcome
from tradewind.venues.binance import errors
from tradewind.venues.binance.operations import TABLE


@pytest.mark.parametrize("name", sorted(errors.ROWS))
def test_a_filled_text_finds_its_row_again(name: str) -> None:
    """Code and text over the wire are enough to know what was meant."""
    row = errors.ROWS[name]
    text = row.fill(*(f"x{i}" for i in range(row.text.count("%s"))))
    found = errors.find(row.code, text)
    assert found is not None
    assert found.code == row.code
    assert re.fullmatch(re.escape(found.text).replace("%s", ".*"), text)


def test_outcomes_belong_to_codes() -> None:
    """Only what the venue calls unknown is unknown; a code that is not listed has no outcome."""
    unknown = {code for code, outcome in errors.OUTCOMES.items() if outcome is Outcome.UNKNOWN}
    assert unknown == {-1000, -1001, -1006, -1007}
    for row in errors.ROWS.values():
        assert row.outcome is errors.OUTCOMES[row.code]
    assert -9999 not in errors.OUTCOMES
    assert errors.find(-9999, "?") is None


def test_codes_of_one_number_keep_their_documented_status() -> None:
    """Limits are 429, a ban 418, half a replace 409, keys 401."""
    status = {name: row.status for name, row in errors.ROWS.items()}
    assert status["TOO_MUCH_WEIGHT"] == status["TOO_MANY_ORDERS"] == 429
    assert status["BANNED"] == 418
    assert status["REPLACE_PARTIAL"] == 409
    assert status["KEY_FORMAT"] == status["KEY_REJECTED"] == 401
    assert status["SIGNATURE"] == status["LATE"] == status["FILTER"] == 400


def test_every_error_that_a_parameter_names_exists() -> None:
    """Rows of the operations table name rows of this one."""
    named = {
        name
        for row in TABLE.rows
        for parameter in row.parameters
        for name in (parameter.missing, parameter.empty, parameter.malformed)
        if name
    }
    assert named <= set(errors.ROWS)


def test_a_text_of_an_unknown_wording_still_finds_the_code() -> None:
    """The code decides, whatever the venue says today."""
    found = errors.find(-1121, "Symbol is odd.")
    assert found is errors.BAD_SYMBOL
    engine = errors.find(-2010, errors.INSUFFICIENT)
    assert engine is errors.ORDER_REJECTED
