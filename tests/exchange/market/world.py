"""A small venue for the market's tests: an engine, two or three instruments, one outsider."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from tradewind.engine.commands import AddAsset, AnyCommand, List, OpenAccount, PlaceOrder, Transfer
from tradewind.engine.engine import Engine
from tradewind.engine.events import Event, Trade
from tradewind.engine.listing import OUTSIDE_ACCOUNT, Asset, Listing
from tradewind.exchange.market import Market
from tradewind.exchange.market.participants import TICK
from tradewind.exchange.market.skeleton import REFERENCE
from tradewind.model import OrderType, Side, TimeInForce
from tradewind.protocol.hosting import Traded

START = (REFERENCE * 86_400 + 50_000) * 10
"""A tick in the afternoon of the reference day."""
SEED = 11


def traded(instrument: str, tick: str, lot: str) -> Traded:
    """An instrument whose assets are kept at eight decimals."""
    base, quote = instrument.split("/")
    worth = int(Decimal(tick) * Decimal(lot) * 10**16)
    denominator = 10**8
    while denominator > 1 and worth % 10 == 0:
        worth, denominator = worth // 10, denominator // 10
    listing = Listing(
        base + quote,
        base,
        quote,
        base_per_lot=int(Decimal(lot) * 10**8),
        value_numerator=worth,
        value_denominator=denominator,
    )
    return Traded(id=instrument, listing=listing, tick_size=Decimal(tick), lot_size=Decimal(lot))


BTC = traded("BTC/USDT", "0.01", "0.00001")
LTC = traded("LTC/USDT", "0.01", "0.001")
LTCBTC = traded("LTC/BTC", "0.000001", "0.001")
ALL = (BTC, LTC, LTCBTC)


class World:
    """Engine and market, driven as a box drives them; ``trades`` is every print that happened."""

    def __init__(
        self, instruments: Sequence[Traded] = ALL, start: int = START, **more: object
    ) -> None:
        self.instruments = instruments
        self.engine = Engine()
        self.trades: list[Trade] = []
        self.events: list[Event] = []
        assets = {a for one in instruments for a in (one.listing.base, one.listing.quote)}
        for asset in sorted(assets):
            self.engine.apply(AddAsset(asset=Asset(asset, 8)), 0)
        for one in instruments:
            self.engine.apply(List(listing=one.listing), 0)
        self.engine.apply(OpenAccount(account=1), 0)
        for asset in sorted(assets):
            give = Transfer(source=OUTSIDE_ACCOUNT, target=1, asset=asset, amount=10**17)
            self.engine.apply(give, 0)
        self.market = Market(SEED, instruments, self.engine, **more)  # type: ignore[arg-type]
        self.market.start(start)

    def apply(self, command: AnyCommand, at: int) -> Sequence[Event]:
        """Carry out a command."""
        events = self.engine.apply(command, at)
        self.events += events
        self.trades += [event for event in events if type(event) is Trade]
        return events

    def say(self, command: AnyCommand, at: int = 0) -> Sequence[Event]:
        """A command of an outsider, now or at a venue time."""
        instrument = getattr(command, "instrument", "")
        if instrument:
            self.market.look(instrument, self.apply)
        events = self.apply(command, at or self.market.tick * TICK + 1_000)
        self.market.see(events)
        return events

    def order(
        self,
        side: Side,
        quantity: int,
        price: int = 0,
        instrument: str = "BTCUSDT",
        tif: TimeInForce = TimeInForce.GTC,
        at: int = 0,
        client: str = "",
    ) -> Sequence[Event]:
        """A limit order, or a market order without a price."""
        kind = OrderType.LIMIT if price else OrderType.MARKET
        return self.say(
            PlaceOrder(
                account=1,
                instrument=instrument,
                side=side,
                order_type=kind,
                quantity=quantity,
                price=price,
                time_in_force=tif if price else TimeInForce.GTC,
                client_order_id=client,
            ),
            at,
        )

    def advance(self, ticks: int) -> None:
        """Run on, tick by tick."""
        for _ in range(ticks):
            self.market.advance(self.market.tick + 1, self.apply)

    def look(self) -> None:
        """Bring every instrument to the present."""
        for one in self.instruments:
            self.market.look(one.listing.instrument, self.apply)

    def book(self, instrument: str = "BTCUSDT") -> tuple[list[tuple[int, int]], ...]:
        """Both sides, all levels."""
        return tuple(self.engine.levels(instrument, side, 9_999) for side in Side)


def fresh(build: Callable[[], World] = World) -> World:
    """A new world."""
    return build()
