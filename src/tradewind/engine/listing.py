"""What the engine knows of an instrument: integers and how they convert.

Prices are whole ticks, quantities whole lots, money whole *units* of an asset
(``10 ** -decimals`` of it). Nothing in the engine is a float or a Decimal.
"""

from msgspec import Struct

from ..model import InstrumentStatus, SelfTradePrevention


class Asset(Struct, frozen=True):
    """An asset and how finely the ledger keeps it."""

    name: str
    decimals: int


class Listing(Struct, frozen=True):
    """An instrument as the engine trades it.

    ``base_per_lot`` is base units in one lot. A price of ``p`` ticks and a quantity of
    ``q`` lots is worth ``p * q * value_numerator / value_denominator`` quote units; the
    fraction is not whole for instruments whose tick times lot is finer than the quote
    asset, so fills round down and holds round up.
    """

    instrument: str
    base: str
    quote: str
    base_per_lot: int
    value_numerator: int
    value_denominator: int = 1
    status: InstrumentStatus = InstrumentStatus.TRADING
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.NONE
    market_lot: int = 1
    """Step of a market order's quantity when it is derived from a quote quantity, in lots."""
    market_min: int = 1
    """The least lots a market order may fill when its quantity is derived, in lots."""

    def value(self, price: int, quantity: int) -> int:
        """Quote units of a fill: rounded down."""
        return price * quantity * self.value_numerator // self.value_denominator

    def value_up(self, price: int, quantity: int) -> int:
        """Quote units to hold for an order: rounded up."""
        return -(-price * quantity * self.value_numerator // self.value_denominator)


class FeeRates(Struct, frozen=True):
    """What an account pays per fill, in hundred-millionths of what it receives: by its part in
    the trade, and by its side.
    """

    maker: int = 0
    taker: int = 0
    buyer: int = 0
    seller: int = 0

    def of(self, *, makes: bool, buys: bool) -> int:
        """The rate of one fill."""
        return (self.maker if makes else self.taker) + (self.buyer if buys else self.seller)


RATE_ONE = 100_000_000
"""A rate of 1, as FeeRates counts."""

MARKET_ACCOUNT = 0
"""The box's own participants. May go negative, pays no fees, is not told of its orders."""

OUTSIDE_ACCOUNT = -1
"""Where deposits come from and withdrawals go to, so that the ledger sums to zero."""

FEE_ACCOUNT = -2
"""Where fees go."""
