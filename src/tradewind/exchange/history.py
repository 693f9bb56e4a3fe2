"""What accounts did, as tables beside the journal: orders, fills, records.

They are projections: every row follows from the journal, and replay writes the same rows again.
Rows are written behind, a few hundred at a time, and always before somebody asks; so the order path
pays for an append to a list, and memory does not grow.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from ..engine.events import (
    Event,
    Fill,
    ListChanged,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderExpired,
    OrderRested,
    OrderTriggered,
    TradePrevented,
)
from ..engine.orders import Order
from ..model import Liquidity
from ..protocol.hosting import FillRow, OrderRow
from .database import Database

_TABLES = """
CREATE TABLE IF NOT EXISTS orders(
    order_id INTEGER PRIMARY KEY, account INTEGER, instrument TEXT, client_order_id TEXT,
    side TEXT, order_type TEXT, time_in_force TEXT, post_only INTEGER, price INTEGER,
    quantity INTEGER, quote_quantity INTEGER, display_quantity INTEGER, filled_quantity INTEGER,
    filled_value INTEGER, prevented_quantity INTEGER, status TEXT, self_trade_prevention TEXT,
    list_id INTEGER, created INTEGER, updated INTEGER, working_since INTEGER, trigger_when TEXT,
    trigger_price INTEGER, trigger_trailing INTEGER, trail_started INTEGER, peg_to TEXT,
    peg_offset INTEGER, expiry TEXT, memo TEXT);
CREATE INDEX IF NOT EXISTS orders_of_account ON orders(account, instrument, order_id);
CREATE INDEX IF NOT EXISTS orders_by_client_id ON orders(client_order_id);
CREATE TABLE IF NOT EXISTS fills(
    account INTEGER, instrument TEXT, trade_id INTEGER, order_id INTEGER, list_id INTEGER,
    side TEXT, price INTEGER, quantity INTEGER, value INTEGER, fee INTEGER, fee_asset TEXT,
    time INTEGER, maker INTEGER,
    PRIMARY KEY(account, instrument, trade_id, order_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS fills_of_order ON fills(order_id);
CREATE TABLE IF NOT EXISTS records(
    kind TEXT, account INTEGER, instrument TEXT, row_id INTEGER, key INTEGER, at INTEGER,
    data BLOB, PRIMARY KEY(kind, account, row_id)) WITHOUT ROWID;
"""

_ORDER = f"INSERT OR REPLACE INTO orders VALUES({','.join('?' * 29)})"
_FILL = f"INSERT OR REPLACE INTO fills VALUES({','.join('?' * 13)})"
_RECORD = f"INSERT OR REPLACE INTO records VALUES({','.join('?' * 7)})"
_FILL_COLUMNS = (
    "trade_id, account, instrument, order_id, list_id, side, price, quantity, value, fee,"
    " fee_asset, time, maker"
)

_OF_ONE_ORDER = frozenset(
    {
        OrderAccepted,
        OrderTriggered,
        OrderRested,
        Fill,
        OrderCancelled,
        OrderExpired,
        OrderAmended,
    }
)
"""Events that change one order, their ``order``."""

_fields = attrgetter(
    *OrderRow.__struct_fields__[: OrderRow.__struct_fields__.index("trigger_when")]
)

Bind = list[int | str]
Window = tuple[int | None, int | None, int | None, int | None, int]
"""From id, before id, start, end, limit."""


class Projection:
    """The three tables of one venue. ``project`` takes events, the rest are questions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._orders: dict[int, Order] = {}
        self._expiry: dict[int, str] = {}
        self._fills: list[tuple[object, ...]] = []
        self._records: list[tuple[object, ...]] = []
        database.behind.append(self)
        database.connection.executescript(_TABLES)

    def project(self, events: Iterable[Event]) -> bool:
        """Note what events changed of outside accounts; say whether they changed anything."""
        touched = False
        for event in events:
            kind = type(event)
            if kind in _OF_ONE_ORDER:
                order: Order = event.order  # type: ignore[attr-defined]  # all of these have one
                if order.account <= 0:
                    continue
                self._orders[order.order_id] = order
                if kind is Fill:
                    assert isinstance(event, Fill)
                    self._fills.append(_fill(order, event))
                elif kind is OrderExpired:
                    assert isinstance(event, OrderExpired)
                    self._expiry[order.order_id] = event.why
                touched = True
            elif kind is TradePrevented or kind is ListChanged:
                touched |= self._several(event)
        return touched

    def _several(self, event: Event) -> bool:
        match event:
            case TradePrevented(maker=maker, taker=taker):
                orders: tuple[Order, ...] = (maker, taker)
            case ListChanged(orders=orders):
                pass
        outside = [order for order in orders if order.account > 0]
        self._orders.update((order.order_id, order) for order in outside)
        return bool(outside)

    @property
    def waiting(self) -> int:
        """How many rows are held back."""
        return len(self._orders) + len(self._fills) + len(self._records)

    def flush(self) -> None:
        """Write what is held back into the open transaction."""
        if not self.waiting:
            return
        self._database.step("projection")
        if self._orders:
            expiry = self._expiry
            rows = [_order(order, expiry.get(i, "")) for i, order in self._orders.items()]
            self._database.many(_ORDER, rows)
            self._orders.clear()
            expiry.clear()
        if self._fills:
            self._database.many(_FILL, self._fills)
            self._fills.clear()
        if self._records:
            self._database.many(_RECORD, self._records)
            self._records.clear()
        self._database.step("projected")

    # questions

    def order(
        self, account: int, instrument: str, order_id: int = 0, client_order_id: str = ""
    ) -> OrderRow | None:
        """By id, or the newest with that client order id."""
        self.flush()
        where = "account = ? AND instrument = ?"
        values: Bind = [account, instrument]
        if order_id:
            where = f"order_id = ? AND {where}"
            values.insert(0, order_id)
            if client_order_id:
                where += " AND client_order_id = ?"
                values.append(client_order_id)
        else:
            # the + keeps SQLite from walking all orders of the account instead
            where = "client_order_id = ? AND +account = ? AND +instrument = ?"
            values.insert(0, client_order_id)
        found = self._database.execute(
            f"SELECT * FROM orders WHERE {where} ORDER BY order_id DESC LIMIT 1",  # noqa: S608 (only our own words are put in)
            values,
        ).fetchone()
        return None if found is None else _order_row(found)

    def orders(
        self,
        account: int,
        instrument: str,
        *,
        from_id: int | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
    ) -> list[OrderRow]:
        """Orders, open and past, ascending by id."""
        self.flush()
        values: Bind = [account, instrument]
        window: Window = (from_id, None, start, end, limit)
        rows = self._window(
            "SELECT * FROM orders",
            "order_id",
            "created",
            ["account = ?", "instrument = ?"],
            values,
            self._ids("orders", "order_id", "created", values, window),
        )
        return [_order_row(row) for row in rows]

    def fills(
        self,
        account: int,
        instrument: str,
        *,
        order_id: int | None = None,
        from_id: int | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
    ) -> list[FillRow]:
        """Own executions, ascending by trade id."""
        self.flush()
        window: Window = (from_id, None, start, end, limit)
        if order_id is None:
            where = ["account = ?", "instrument = ?"]
            values: Bind = [account, instrument]
            window = self._ids("fills", "trade_id", "time", values, window)
        else:
            where = ["order_id = ?", "+account = ?", "+instrument = ?"]
            values = [order_id, account, instrument]
        rows = self._window(
            f"SELECT {_FILL_COLUMNS} FROM fills",  # noqa: S608 (only our own words are put in)
            "trade_id",
            "time",
            where,
            values,
            window,
        )
        return [_fill_row(row) for row in rows]

    def records(
        self,
        kind: str,
        account: int,
        instrument: str = "",
        *,
        key: int | None = None,
        from_id: int | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
    ) -> list[bytes]:
        """Rows kept by the venue, ascending by row id; ``instrument`` "" means any."""
        self.flush()
        where: list[str] = ["kind = ?", "account = ?"]
        values: Bind = [kind, account]
        if instrument:
            where.append("instrument = ?")
            values.append(instrument)
        if key is not None:
            where.append("key = ?")
            values.append(key)
        rows = self._window(
            "SELECT row_id, data FROM records",
            "row_id",
            "at",
            where,
            values,
            (from_id, None, start, end, limit),
        )
        return [bytes(data) for _, data in rows]

    def keep(
        self, kind: str, account: int, instrument: str, row_id: int, key: int, at: int, data: bytes
    ) -> None:
        """Store (or replace) a row for ``records``."""
        self._records.append((kind, account, instrument, row_id, key, at, data))

    def _ids(self, table: str, by: str, time: str, values: Bind, window: Window) -> Window:
        """The same window with its time bounds also as ids.

        Ids and times ascend together, so the place is found by halving, not by walking there.
        """
        select = f"SELECT {by}, {time} FROM {table} WHERE account = ? AND instrument = ?"  # noqa: S608 (only our own words are put in)
        newest = self._database.execute(f"{select} ORDER BY {by} DESC LIMIT 1", values).fetchone()
        if newest is None:
            return window
        probe = f"{select} AND {by} >= ? ORDER BY {by} LIMIT 1"

        def at_or_after(moment: int) -> int:
            low, high = 0, int(newest[0]) + 1
            while low < high:
                middle = (low + high) // 2
                found = self._database.execute(probe, (*values, middle)).fetchone()
                if found is None or found[1] >= moment:
                    high = middle
                else:
                    low = found[0] + 1
            return low

        from_id, before_id, start, end, limit = window
        if start is not None:
            from_id = max(from_id or 0, at_or_after(start))
        if end is not None:
            before_id = at_or_after(end + 1)
        return from_id, before_id, start, end, limit

    def _window(
        self,
        select: str,
        by: str,
        time: str,
        where: list[str],
        values: Bind,
        window: Window,
    ) -> Sequence[tuple[Any, ...]]:
        """From an id or a time on: the first; otherwise the last. Ascending either way."""
        from_id, before_id, start, end, limit = window
        bounds = (
            (by, ">=", from_id),
            (by, "<", before_id),
            (time, ">=", start),
            (time, "<=", end),
        )
        for column, sign, bound in bounds:
            if bound is not None:
                where.append(f"{column} {sign} ?")
                values.append(bound)
        newest = from_id is None and start is None
        values.append(limit)
        rows = self._database.execute(
            f"{select} WHERE {' AND '.join(where)} ORDER BY {by} {'DESC' if newest else 'ASC'}"
            " LIMIT ?",
            values,
        ).fetchall()
        return rows[::-1] if newest else rows


def _fill(order: Order, event: Fill) -> tuple[object, ...]:
    return (
        order.account,
        order.instrument,
        event.trade_id,
        order.order_id,
        order.list_id,
        order.side,
        event.price,
        event.quantity,
        event.value,
        event.fee,
        event.fee_asset,
        event.at,
        event.liquidity is Liquidity.MAKER,
    )


def _order(order: Order, expiry: str) -> tuple[object, ...]:
    trigger, peg = order.trigger, order.peg
    return (
        *_fields(order),
        "" if trigger is None else trigger.when,
        0 if trigger is None else trigger.price,
        0 if trigger is None else trigger.trailing,
        order.trail_started,
        "" if peg is None else peg.to,
        0 if peg is None else peg.offset,
        expiry,
        order.memo,
    )


def _fill_row(row: tuple[object, ...]) -> FillRow:
    *values, maker = row
    return FillRow(*values, bool(maker))  # type: ignore[arg-type,call-arg]  # as declared


def _order_row(row: tuple[object, ...]) -> OrderRow:
    values = list(row)
    values[7] = bool(values[7])
    return OrderRow(*values)  # type: ignore[arg-type]  # as the table is declared
