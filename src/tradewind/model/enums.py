"""The closed vocabularies of trading, one word per thing.

A value that is not listed is an error, never a silent default: an order whose state
we cannot name is an order we cannot account for.
"""

from enum import StrEnum, unique


@unique
class Side(StrEnum):
    """Which way an order or a fill goes."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


@unique
class OrderType(StrEnum):
    """What an order does once it works. Triggers, pegs and post-only are attributes, not types."""

    LIMIT = "limit"
    MARKET = "market"


@unique
class Trigger(StrEnum):
    """What a trigger price waits for: that the price goes against the side, or in its favour."""

    STOP = "stop"
    TAKE_PROFIT = "take_profit"


@unique
class ListKind(StrEnum):
    """How the orders of a list depend on each other."""

    OCO = "oco"
    OTO = "oto"
    OTOCO = "otoco"


@unique
class TimeInForce(StrEnum):
    """How long an order may rest."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    GTD = "gtd"


@unique
class OrderStatus(StrEnum):
    """Where an order is in its life."""

    PENDING = "pending"  # accepted, waiting for a trigger or for another order of its list
    OPEN = "open"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # ended by a rule (IOC rest, FOK, no liquidity, other leg worked)
    PREVENTED = "prevented"  # ended by self-trade prevention
    REJECTED = "rejected"

    @property
    def is_final(self) -> bool:
        """Whether nothing more can happen to the order."""
        return self not in (OrderStatus.PENDING, OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED)


@unique
class Liquidity(StrEnum):
    """Which role a fill had: maker rested, taker came."""

    MAKER = "maker"
    TAKER = "taker"


@unique
class SelfTradePrevention(StrEnum):
    """What happens when an order meets one of the same owner. The taker's mode decides."""

    NONE = "none"
    EXPIRE_TAKER = "expire_taker"
    EXPIRE_MAKER = "expire_maker"
    EXPIRE_BOTH = "expire_both"
    DECREMENT = "decrement"
    TRANSFER = "transfer"


@unique
class Permission(StrEnum):
    """What a key may do."""

    READ = "read"
    TRADE = "trade"
    WITHDRAW = "withdraw"


@unique
class InstrumentStatus(StrEnum):
    """Whether an instrument takes orders."""

    TRADING = "trading"
    CANCEL_ONLY = "cancel_only"
    HALTED = "halted"
    ENDED = "ended"
