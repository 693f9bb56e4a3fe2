"""The market of a venue, with its prints on the venue's own file."""

from collections.abc import Sequence

from ..engine.engine import Engine
from ..protocol.hosting import Traded
from .database import Database
from .market import Market


def market(seed: int, traded: Sequence[Traded], engine: Engine, database: Database) -> Market:
    """The market of a box."""
    return Market(seed, traded, engine)
