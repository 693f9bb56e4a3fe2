"""What an account has open and owns, as the filters ask for it."""

from ....engine.engine import Engine
from ....model import Side


class AccountView:
    """One account in one engine, read when asked."""

    __slots__ = ("_account", "_engine")

    def __init__(self, engine: Engine, account: int) -> None:
        self._engine = engine
        self._account = account

    def total(self, asset: str) -> int:
        """Available and held units of an asset."""
        return sum(self._engine.balance(self._account, asset))

    def open_count(self, symbol: str) -> int:
        """Open orders, waiting ones too; of all symbols for "", as in all of these."""
        if symbol:
            return self._engine.open_count(self._account, symbol)
        return len(self._engine.open_orders(self._account))

    def open_algos(self, symbol: str) -> int:
        """Open orders with a trigger."""
        orders = self._engine.open_orders(self._account, symbol)
        return sum(order.trigger is not None for order in orders)

    def open_icebergs(self, symbol: str) -> int:
        """Open icebergs."""
        orders = self._engine.open_orders(self._account, symbol)
        return sum(order.display_quantity > 0 for order in orders)

    def open_lots(self, symbol: str, side: Side) -> int:
        """Lots that open orders of one side could still trade."""
        orders = self._engine.open_orders(self._account, symbol)
        return sum(o.quantity - o.filled_quantity for o in orders if o.side is side)

    def open_lists(self, symbol: str) -> int:
        """Open order lists."""
        return len(self._engine.open_lists(self._account, symbol))
