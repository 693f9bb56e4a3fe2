"""The market of a box: a venue's participants, with what outsiders changed on the venue's file."""

from collections.abc import Sequence

from ..engine.engine import Engine
from ..protocol.hosting import Traded
from .database import Database
from .market.market import Market
from .stretches import SqliteStore


def market(seed: int, traded: Sequence[Traded], engine: Engine, database: Database) -> Market:
    """The market of a new box, or one to ``restore``."""
    return Market(seed, traded, engine, SqliteStore(database))
