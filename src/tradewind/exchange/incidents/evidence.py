"""What a run left on disk: the wire record, and the orders and fills that the journal led to."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ...protocol.incidents import Evidence, FillFact, OrderFact, WireRow
from ..wire_record import FILE

_ORDERS = (
    "SELECT order_id, instrument, side, quantity, price, filled_quantity, status, created, updated"
    " FROM orders ORDER BY order_id"
)
_FILLS = "SELECT order_id, instrument, side, price, quantity, time FROM fills ORDER BY trade_id"


def read(data: Path, venue: str, exits: Sequence[int | None]) -> Evidence:
    """The evidence of a box that has stopped."""
    record = data / FILE
    lines = record.read_bytes().splitlines() if record.exists() else []
    rows = [msgspec.json.decode(line, type=WireRow) for line in lines]
    connection = sqlite3.connect(f"file:{data / f'{venue}.sqlite'}?mode=ro", uri=True)
    try:
        orders = [OrderFact(*row) for row in connection.execute(_ORDERS)]
        fills = [FillFact(*row) for row in connection.execute(_FILLS)]
    finally:
        connection.close()
    return Evidence(rows, orders, fills, exits)
