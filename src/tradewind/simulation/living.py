"""The client of a simulation: the real one, and what it knows at the end."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import cast

from .. import venues
from ..client.intents import Journal
from ..client.venue import Venue
from ..guard import Limits
from ..model import Fill
from ..protocol.asking import ClientModule, Key
from ..protocol.signing import signer
from .boxed import SimulatedBox
from .lifewire import LifeWire
from .mortal import Life
from .verdict import Known

LIMITS = Limits(collar=Decimal("0.20"), book_age_ms_max=5_000)
"""The guard is in the way of every order, and these bots give it no reason to say no."""


class Living:
    """One life's venue."""

    def __init__(self, life: Life, venue: Venue, journal: Journal) -> None:
        self.life = life
        self.venue = venue
        self.journal = journal

    def quiet(self) -> bool:
        """Whether nothing is under way and everything is known."""
        return not self.life.dead and self.venue.is_live and not self.venue.order_desk.states

    def known(self, intents: Iterable[str]) -> Known:
        """What the client knows: by heart and in its journal."""
        journal = self.journal
        journal.flush()
        return Known(
            orders={**self.venue.account.ended, **self.venue.account.orders},
            fills=_fills(journal),
            balances=dict(self.venue.balances),
            outcomes=journal.settled(intents),
            began=int(journal.noted("began") or 0),
        )


def open_venue(box: SimulatedBox, wire: LifeWire, journal: Journal, *, over: str) -> Venue:
    """The client as ``connect`` makes it, on a wire and a journal of the simulation."""
    module = cast(ClientModule, venues.part(box.venue, "client"))
    made = box.key()
    signing = Key(made.api_key, signer(made.kind, made.api_secret))
    return Venue(
        module.build(signing),
        box.doors,
        wire,
        journal=journal,
        limits=LIMITS,
        orders_over=over,
        name=box.venue,
    )


def _fills(journal: Journal) -> Mapping[tuple[str, str, str], Fill]:
    return {(f.instrument, f.fill_id, f.order_id): f for f in journal.fills()}
