"""What truly happened at the venue, from its own events, history and ledger. The client has no part
in it: it shares with this nothing but the words for statuses.

Facts are noted with the row of the venue's journal that they belong to. When the venue dies, what
was not on disk never happened, and is taken back here too.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from ..engine.events import Event, OrderAccepted, OrderAmended, OrderCancelled
from ..exchange.host import VenueHost
from ..exchange.views import Numbers
from ..protocol.hosting import FillRow, OrderRow


class Noted(Struct, frozen=True):
    """One fact: what an event said of an order of ours."""

    row: int
    kind: type[Event]
    order_id: int
    name: str
    """The client id the order had, or that the cancel has."""
    instrument: str
    quantity: int = 0


class Truth:
    """Facts about one account."""

    def __init__(self) -> None:
        self.account = 0
        self.orders = 0
        """How many were accepted."""
        self._facts: list[Noted] = []

    def take(self, row: int, events: Sequence[Event]) -> None:
        """Note what a command did."""
        for event in events:
            kind = type(event)
            if kind is OrderAccepted or kind is OrderCancelled or kind is OrderAmended:
                order = event.order  # type: ignore[attr-defined]  # all of these have one
                if order.account != self.account:
                    continue
                name, quantity = order.client_order_id, order.quantity
                if isinstance(event, OrderCancelled):
                    name = event.cancel_id
                elif isinstance(event, OrderAmended):
                    quantity = event.quantity
                self.orders += kind is OrderAccepted
                self._facts.append(
                    Noted(row, kind, order.order_id, name, order.instrument, quantity)
                )

    def cut(self, row: int) -> None:
        """Nothing behind this row of the journal ever happened."""
        while self._facts and self._facts[-1].row > row:
            self.orders -= self._facts.pop().kind is OrderAccepted

    def accepted(self) -> Counter[str]:
        """How many orders were accepted under each client id."""
        return Counter(fact.name for fact in self._facts if fact.kind is OrderAccepted)

    def ids(self) -> dict[int, str]:
        """The client id that each order was accepted under."""
        return {f.order_id: f.name for f in self._facts if f.kind is OrderAccepted}

    def cancels(self) -> Counter[str]:
        """How many orders were ended by each cancel id."""
        return Counter(f.name for f in self._facts if f.kind is OrderCancelled and f.name)

    def amended(self) -> set[tuple[int, str, int]]:
        """Orders and the quantities (lots) that they were given."""
        facts = [fact for fact in self._facts if fact.kind is OrderAmended]
        return {(fact.order_id, fact.instrument, fact.quantity) for fact in facts}


class TrueOrder(Struct, frozen=True):
    """An order as the venue's history has it, in decimals."""

    order_id: str
    name: str
    instrument: str
    status: str
    quantity: Decimal
    filled: Decimal
    family: str
    """Its list, or itself: what is done to one leg may be done to all."""


class TrueFill(Struct, frozen=True):
    """An execution as the venue's history has it, in decimals."""

    instrument: str
    fill_id: str
    order_id: str
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    time: int


EVERYTHING = 1_000_000_000


class Records:
    """History and ledger of one account, in the words and numbers of the public edge."""

    def __init__(self, host: VenueHost, account: int, truth: Truth) -> None:
        self._host = host
        self._account = account
        self._numbers = Numbers(host)
        self._names = truth.ids()
        self._truth = truth

    def orders(self) -> dict[str, TrueOrder]:
        """Every order, by id."""
        found = {}
        for traded in self._host.traded:
            native = traded.listing.instrument
            for row in self._host.history.orders(self._account, native, limit=EVERYTHING):
                found[str(row.order_id)] = self._order(row, traded.id)
        return found

    def fills(self) -> dict[tuple[str, str, str], TrueFill]:
        """Every execution, by instrument, trade and order."""
        found = {}
        for traded in self._host.traded:
            native = traded.listing.instrument
            for row in self._host.history.fills(self._account, native, limit=EVERYTHING):
                fill = self._fill(row, traded.id)
                found[fill.instrument, fill.fill_id, fill.order_id] = fill
        return found

    def amended(self) -> set[tuple[str, Decimal | None]]:
        """Orders and the quantities that they were given."""
        quantity = self._numbers.quantity
        return {
            (str(order_id), Decimal(quantity(instrument, lots)))
            for order_id, instrument, lots in self._truth.amended()
        }

    def balances(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Available and held, by asset."""
        units = self._numbers.units
        return {
            asset: (Decimal(units(available)), Decimal(units(held)))
            for asset, (available, held) in self._host.engine.balances(self._account).items()
            if available or held
        }

    def _order(self, row: OrderRow, instrument: str) -> TrueOrder:
        native = row.instrument
        return TrueOrder(
            str(row.order_id),
            self._names.get(row.order_id, row.client_order_id),
            instrument,
            row.status,
            Decimal(self._numbers.quantity(native, row.quantity)),
            Decimal(self._numbers.quantity(native, row.filled_quantity)),
            f"list {row.list_id}" if row.list_id else str(row.order_id),
        )

    def _fill(self, row: FillRow, instrument: str) -> TrueFill:
        native = row.instrument
        return TrueFill(
            instrument,
            str(row.trade_id),
            str(row.order_id),
            Decimal(self._numbers.price(native, row.price)),
            Decimal(self._numbers.quantity(native, row.quantity)),
            Decimal(self._numbers.units(row.fee)),
            row.fee_asset,
            row.time,
        )
