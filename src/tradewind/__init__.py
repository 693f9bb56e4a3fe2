"""Tradewind: the exchange in a box, and the client that cannot hurt you."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import connect as connect

__version__ = "0.2.0"
__all__ = ["__version__", "connect"]


def __getattr__(name: str) -> Any:
    """The client loads on first use, so that ``import tradewind`` costs nothing."""
    if name == "connect":
        from .client import connect

        return connect
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
