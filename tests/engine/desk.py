"""A trading desk for tests: an engine with one instrument, and short words for what traders do.

One lot is one unit of COIN, one tick one unit of CASH, so a value is price times quantity. Every
account begins with 1,000 COIN and 100,000 CASH and pays no fees unless a test says so.
"""

from __future__ import annotations

from typing import Any

from tradewind.engine.commands import (
    AddAsset,
    AmendOrder,
    AnyCommand,
    CancelOrder,
    Contingency,
    List,
    OpenAccount,
    PlaceList,
    PlaceOrder,
    Requote,
    Transfer,
)
from tradewind.engine.engine import Engine
from tradewind.engine.events import Event, Fill, OrderAccepted, Refusal, Refused, Trade
from tradewind.engine.listing import OUTSIDE_ACCOUNT, Asset, Listing
from tradewind.engine.orders import Order
from tradewind.model import OrderType, SelfTradePrevention, Side, TimeInForce

X = "COINCASH"
ANNA, BEN, CARL = 1, 2, 3
BUY, SELL = Side.BUY, Side.SELL
GTC, IOC, FOK = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK
LIMIT, MARKET = OrderType.LIMIT, OrderType.MARKET
STP = SelfTradePrevention


class Desk:
    """``events`` are those of the last command; ``now`` counts commands."""

    def __init__(self, listing: Listing | None = None) -> None:
        self.engine = Engine()
        self.now = 0
        self.events: list[Event] = []
        for name in ("COIN", "CASH", "TOKEN"):
            self.do(AddAsset(asset=Asset(name, 0)))
        self.do(List(listing=listing or Listing(X, "COIN", "CASH", 1, 1)))
        for account in (ANNA, BEN, CARL):
            self.do(OpenAccount(account=account))
            self.fund(account, COIN=1_000, CASH=100_000)

    def do(self, command: AnyCommand) -> list[Event]:
        self.now += 1
        self.events = self.engine.apply(command, self.now)
        self.engine.audit()
        return self.events

    def fund(self, account: int, **amounts: int) -> None:
        for asset, amount in amounts.items():
            self.do(Transfer(source=OUTSIDE_ACCOUNT, target=account, asset=asset, amount=amount))

    def take_away(self, account: int, **amounts: int) -> None:
        for asset, amount in amounts.items():
            self.do(Transfer(source=account, target=OUTSIDE_ACCOUNT, asset=asset, amount=amount))

    def place(self, account: int, side: Side, quantity: int, price: int = 0, **more: Any) -> Order:
        """Place an order that is accepted; its record (also when it has ended)."""
        self.try_(account, side, quantity, price, **more)
        assert not self.refusal, self.refusal
        return self.accepted[0]

    def try_(self, account: int, side: Side, quantity: int, price: int = 0, **more: Any) -> None:
        """Place an order that may be refused."""
        self.do(order(account, side, quantity, price, **more))

    def buy(self, account: int, quantity: int, price: int = 0, **more: Any) -> Order:
        return self.place(account, BUY, quantity, price, **more)

    def sell(self, account: int, quantity: int, price: int = 0, **more: Any) -> Order:
        return self.place(account, SELL, quantity, price, **more)

    def cancel(self, placed: Order, **more: Any) -> None:
        self.do(CancelOrder(account=placed.account, instrument=X, order_id=placed.order_id, **more))

    def amend(self, placed: Order, quantity: int, **more: Any) -> None:
        self.do(
            AmendOrder(
                account=placed.account,
                instrument=X,
                order_id=placed.order_id,
                quantity=quantity,
                **more,
            )
        )

    def list_(
        self, contingency: Contingency, *orders: PlaceOrder, **more: Any
    ) -> tuple[Order, ...]:
        """Place a list that is accepted; its orders."""
        self.do(
            PlaceList(
                account=orders[0].account,
                instrument=X,
                contingency=contingency,
                orders=orders,
                **more,
            )
        )
        assert not self.refusal, self.refusal
        return tuple(self.accepted)

    def quote(self, bids: dict[int, int], asks: dict[int, int], **more: Any) -> None:
        """The participants' ladder."""
        self.do(Requote(instrument=X, bids=tuple(bids.items()), asks=tuple(asks.items()), **more))

    def trade_at(self, price: int) -> None:
        """One lot changes hands at that price between Ben and Carl."""
        self.buy(BEN, 1, price)
        self.sell(CARL, 1, price)
        assert self.prints[:1] == [(price, 1)], "somebody else was in the way"

    @property
    def refusal(self) -> Refusal | None:
        return next((e.why for e in self.events if isinstance(e, Refused)), None)

    @property
    def accepted(self) -> list[Order]:
        return [e.order for e in self.events if isinstance(e, OrderAccepted)]

    @property
    def prints(self) -> list[tuple[int, int]]:
        """(price, lots) of the last command's trades."""
        return [(e.price, e.quantity) for e in self.events if isinstance(e, Trade)]

    @property
    def fills(self) -> list[Fill]:
        return [e for e in self.events if isinstance(e, Fill)]

    @property
    def names(self) -> list[str]:
        """What kinds of events the last command gave, in order."""
        return [type(e).__name__ for e in self.events]

    def of(self, kind: type[Any]) -> list[Any]:
        """The last command's events of one kind."""
        return [e for e in self.events if isinstance(e, kind)]

    def bids(self) -> list[tuple[int, int]]:
        return self.engine.levels(X, BUY, 10)

    def asks(self) -> list[tuple[int, int]]:
        return self.engine.levels(X, SELL, 10)

    def has(self, account: int, asset: str) -> tuple[int, int]:
        return self.engine.balance(account, asset)


def order(account: int, side: Side, quantity: int, price: int = 0, **more: Any) -> PlaceOrder:
    """A limit order, or without a price a market order."""
    pegged_or_limit = price or more.get("peg")
    return PlaceOrder(
        account=account,
        instrument=X,
        side=side,
        order_type=LIMIT if pegged_or_limit else MARKET,
        quantity=quantity,
        price=price,
        **more,
    )
