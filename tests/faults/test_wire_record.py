"""The wire record stays small, however many connections there are."""

from tradewind.exchange.wire_record import LINES_FULL, LINES_MAX, ROWS_MAX, Fate, WireRecord


def _fill(record: WireRecord, lines: int) -> None:
    for number in range(lines):
        line = record.websocket("v", "127.0.0.1", "/", number)
        for at in range(ROWS_MAX + 10):
            line.note(at, Fate.SENT)


def test_a_few_lines_are_kept_whole() -> None:
    """A thousand rows each."""
    record = WireRecord()
    _fill(record, 3)
    assert [len(line.rows) for line in record.lines()] == [ROWS_MAX] * 3


def test_all_lines_together_stay_within_one_measure() -> None:
    """Old lines give up their older rows, and keep their newest."""
    record = WireRecord()
    _fill(record, LINES_MAX + 5)
    lines = record.lines()
    assert len(lines) == LINES_MAX
    assert sum(len(line.rows) for line in lines) <= ROWS_MAX * LINES_FULL
    assert lines[0].rows[-1][1] == ROWS_MAX + 9


def test_a_line_that_is_no_longer_kept_keeps_nothing() -> None:
    """Its connection lives on: what it is told then must not fill memory beside the record."""
    record = WireRecord()
    first = record.websocket("v", "127.0.0.1", "/", 0)
    for number in range(LINES_MAX):
        record.websocket("v", "127.0.0.1", "/", number)
    assert first not in record.lines()
    first.note(1, Fate.SENT)
    assert not first.rows
