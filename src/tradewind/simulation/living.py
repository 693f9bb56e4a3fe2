"""The client of a simulation: the real one, and what it knows at the end."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..client.intents import Journal
from ..client.venue import Venue
from ..model import Fill, Order
from ..protocol.outcomes import Intent
from .boxed import SimulatedBox
from .lifewire import LifeWire, Paper
from .mortal import Life
from .verdict import Known


class Living:
    """One life's venue."""

    def __init__(self, life: Life, venue: Venue) -> None:
        self.life = life
        self.venue = venue

    def quiet(self) -> bool:
        """Whether nothing is under way and everything is known."""
        return not self.life.dead and self.venue.is_live and not self.venue.under_way

    def known(self, paper: Paper, intents: Iterable[str]) -> Known:
        """What the client knows: by heart and in its journal."""
        journal = self.venue.journal
        journal.flush()
        return Known(
            orders=_orders(self.venue),
            fills=_fills(journal),
            balances=dict(self.venue.balances),
            outcomes=journal.settled(intents),
            began=int(journal.noted("began") or 0),
        )


def open_venue(box: SimulatedBox, wire: LifeWire, journal: Journal, *, over: str) -> Venue:
    """The client as ``connect`` makes it, on a wire and a journal of the simulation."""
    raise NotImplementedError


def _orders(venue: Any) -> Mapping[tuple[str, str], Order]:
    return {}


def _fills(journal: Journal) -> Mapping[tuple[str, str, str], Fill]:
    return {(f.instrument, f.fill_id, f.order_id): f for f in journal.fills()}
