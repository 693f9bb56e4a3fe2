"""An exchange for tests: the pytest fixture ``exchange``, and ``Exchange`` for everything else.

    def test_bot(exchange):                    with Exchange() as exchange:
        exchange.book("BTC/USDT", ...)             ...

The plugin itself is in ``plugin``; pytest finds it when the package is installed.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .exchange import Exchange as Exchange
    from .seen import Key as Key
    from .seen import Request as Request

__all__ = ["Exchange", "Key", "Request"]


def __getattr__(name: str) -> Any:
    """The box loads on first use: pytest imports this package in every run."""
    if name == "Exchange":
        from .exchange import Exchange

        return Exchange
    if name in ("Key", "Request"):
        from . import seen

        return getattr(seen, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
