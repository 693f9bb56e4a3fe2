"""The participants of one instrument: what they do in a tick, as commands.

They have no memory: the ladder they wish for, then takers that in an untouched book give exactly
the prints of that tick. Whatever outsiders did, the next tick asks for the same again.
"""

from collections.abc import Iterator

from ...engine.commands import PlaceOrder, Requote
from ...engine.listing import MARKET_ACCOUNT
from ...model import OrderType, Side, TimeInForce
from ...protocol.hosting import Print, Traded
from .ladder import Ladder
from .path import PricePath
from .prints import TICKS_PER_SECOND, Leaf

TICK = 1_000_000_000 // TICKS_PER_SECOND
"""Nanoseconds of venue time in a tick."""


class Participants:
    """One instrument's participants."""

    def __init__(self, traded: Traded, path: PricePath) -> None:
        self.instrument = traded.listing.instrument
        self.listing = traded.listing
        self.path = path
        self.ladder = Ladder(path)

    def requote(self, tick: int, next_trade_id: int = 0, last_price: int = 0) -> Requote:
        """The wished ladder as a command."""
        bids, asks = self.ladder.at(tick)
        return Requote(
            instrument=self.instrument,
            bids=bids,
            asks=asks,
            next_trade_id=next_trade_id,
            last_price=last_price,
        )

    def takers(self, tick: int) -> list[PlaceOrder]:
        """The taker orders of a tick, in their order."""
        leaf = self.path.leaf_of_tick(tick)
        begin, end = leaf.index(tick), leaf.index(tick + 1)
        orders = []
        step = self.path.lot_step
        while begin < end:
            upto = begin + 1
            while upto < end and leaf.takers[upto] == leaf.takers[begin]:
                upto += 1
            orders.append(
                PlaceOrder(
                    account=MARKET_ACCOUNT,
                    instrument=self.instrument,
                    side=Side.BUY if leaf.buys[begin] else Side.SELL,
                    order_type=OrderType.LIMIT,
                    quantity=sum(leaf.sizes[begin:upto]) * step,
                    price=leaf.prices[upto - 1],
                    time_in_force=TimeInForce.IOC,
                )
            )
            begin = upto
        return orders

    def prints(self, begin: int, end: int, extra: int) -> Iterator[Print]:
        """The pure prints by number, ``end`` exclusive; ids are 1 + number + ``extra``."""
        while begin < end:
            leaf, at = self.path.find(begin)
            upto = min(len(leaf.ticks), at + end - begin)
            begin += upto - at
            for place in range(at, upto):
                yield self.print(leaf, place, extra)

    def print(self, leaf: Leaf, at: int, extra: int) -> Print:
        """One pure print."""
        price, lots = leaf.prices[at], leaf.sizes[at] * self.path.lot_step
        first = 1 + leaf.first + extra
        return Print(
            trade_id=first + at,
            price=price,
            quantity=lots,
            value=self.listing.value(price, lots),
            time=leaf.ticks[at] * TICK,
            aggressor_side=Side.BUY if leaf.buys[at] else Side.SELL,
            taker_order=first + leaf.takers[at],
        )
