"""The instruments there are: what they cost, how much they move, trade and rest.

Levels are those of late 2026 as this project imagines them (they are guesses, only their orders of
magnitude come from the recordings that ``facts`` compares with). A cross such as ETH/BTC has no
price of its own: it follows its two legs.
"""

from decimal import Decimal
from enum import StrEnum, unique

from msgspec import Struct


@unique
class Liquidity(StrEnum):
    """How much an instrument trades and rests."""

    DEEP = "deep"
    MIDDLE = "middle"
    THIN = "thin"


class Spec(Struct, frozen=True):
    """One instrument of the universe.

    ``price`` is the reference on the reference day. ``volatility`` is a day's standard deviation
    and ``beta`` the share of the common factor in it. ``turnover`` is a day's volume in quote at
    the reference price, ``trades`` a day's prints. ``spread`` is the usual distance of bid and ask
    and ``gap`` that of neighbouring levels, both in hundred-thousandths of the price (0.1 bip), at
    least one tick. ``depth`` is what usually rests within 10 bips of the touch, a side, in quote.
    ``legs`` are the two instruments a cross is the quotient of.
    """

    id: str
    liquidity: Liquidity
    price: Decimal
    volatility: float
    beta: float
    turnover: float
    trades: int
    spread: float
    gap: float
    depth: float
    legs: tuple[str, str] | None = None


def _deep(
    instrument: str,
    price: str,
    volatility: float,
    turnover: float,
    trades: int,
    legs: tuple[str, str] | None = None,
    depth: float = 0.0,
) -> Spec:
    return Spec(
        instrument,
        Liquidity.DEEP,
        Decimal(price),
        volatility,
        0.8,
        turnover,
        trades,
        0.1,
        0.4,
        depth or turnover * 0.003,
        legs,
    )


def _middle(
    instrument: str,
    price: str,
    volatility: float,
    turnover: float,
    trades: int,
    legs: tuple[str, str] | None = None,
) -> Spec:
    return Spec(
        instrument,
        Liquidity.MIDDLE,
        Decimal(price),
        volatility,
        0.6,
        turnover,
        trades,
        15.0,
        8.0,
        turnover * 0.004,
        legs,
    )


def _thin(
    instrument: str,
    price: str,
    volatility: float,
    turnover: float,
    trades: int,
    legs: tuple[str, str] | None = None,
) -> Spec:
    return Spec(
        instrument,
        Liquidity.THIN,
        Decimal(price),
        volatility,
        0.5,
        turnover,
        trades,
        120.0,
        60.0,
        turnover * 0.006,
        legs,
    )


UNIVERSE: tuple[Spec, ...] = (
    _deep("BTC/USDT", "104000.00", 0.022, 2.1e9, 900_000),
    _deep("ETH/USDT", "3650.00", 0.030, 1.3e9, 700_000),
    _deep("BNB/USDT", "980.00", 0.024, 2.6e8, 280_000),
    _deep("SOL/USDT", "172.00", 0.036, 5.5e8, 420_000),
    _deep("XRP/USDT", "2.3500", 0.034, 4.2e8, 380_000),
    _middle("LTC/USDT", "98.00", 0.033, 4.5e7, 90_000),
    _middle("TRX/USDT", "0.3100", 0.020, 5.0e7, 80_000),
    _middle("ETH/BTC", "0.03510", 0.018, 2.2e3, 110_000, ("ETH/USDT", "BTC/USDT")),
    _middle("BNB/BTC", "0.009423", 0.016, 2.6e2, 42_000, ("BNB/USDT", "BTC/USDT")),
    _middle("SOL/BTC", "0.0016538", 0.024, 1.9e2, 40_000, ("SOL/USDT", "BTC/USDT")),
    _thin("LTC/BTC", "0.000942", 0.024, 2.1e1, 9_000, ("LTC/USDT", "BTC/USDT")),
    _thin("SOL/BNB", "0.1755", 0.022, 2.6e3, 7_500, ("SOL/USDT", "BNB/USDT")),
    _deep("DOGE/USDT", "0.16500", 0.041, 2.6e8, 300_000),
    _deep("USDC/USDT", "0.9998", 0.0002, 9.0e8, 260_000),
    _deep("FDUSD/USDT", "0.9985", 0.0004, 1.6e8, 90_000),
    _deep("BTC/FDUSD", "104156.00", 0.022, 6.0e8, 420_000, ("BTC/USDT", "FDUSD/USDT")),
    _deep("BTC/USDC", "104020.00", 0.022, 3.4e8, 300_000, ("BTC/USDT", "USDC/USDT")),
    _deep("ETH/USDC", "3650.70", 0.030, 2.2e8, 220_000, ("ETH/USDT", "USDC/USDT")),
    _middle("ADA/USDT", "0.5600", 0.038, 8.5e7, 120_000),
    _middle("AVAX/USDT", "19.40", 0.040, 5.2e7, 90_000),
    _middle("LINK/USDT", "15.60", 0.039, 6.1e7, 100_000),
    _middle("DOT/USDT", "3.120", 0.038, 2.3e7, 55_000),
    _middle("SUI/USDT", "2.1300", 0.045, 8.0e7, 120_000),
    _middle("SHIB/USDT", "0.00000910", 0.040, 2.4e7, 50_000),
    _middle("PEPE/USDT", "0.00000520", 0.052, 5.5e7, 95_000),
    _middle("UNI/USDT", "6.480", 0.043, 2.6e7, 56_000),
    _middle("BCH/USDT", "512.0", 0.034, 3.0e7, 60_000),
    _middle("NEAR/USDT", "2.260", 0.043, 2.2e7, 52_000),
    _middle("APT/USDT", "3.070", 0.043, 1.6e7, 46_000),
    _middle("BTC/EUR", "89600.00", 0.022, 3.1e7, 60_000, ("BTC/USDT", "EUR/USDT")),
    _middle("EUR/USDT", "1.1600", 0.004, 2.9e7, 45_000),
    _middle("ETH/EUR", "3146.00", 0.030, 9.0e6, 36_000, ("ETH/USDT", "EUR/USDT")),
    _thin("ATOM/USDT", "2.870", 0.041, 6.2e6, 22_000),
    _thin("ETC/USDT", "15.30", 0.037, 5.0e6, 19_000),
    _thin("XLM/USDT", "0.2510", 0.038, 9.0e6, 26_000),
    _thin("ALGO/USDT", "0.1580", 0.042, 4.0e6, 16_000),
    _thin("CHZ/USDT", "0.03050", 0.042, 2.4e6, 11_000),
    _thin("ZIL/USDT", "0.00720", 0.045, 9.0e5, 6_500),
    _thin("ONE/USDT", "0.00560", 0.047, 6.0e5, 5_200),
    _thin("DOGE/BTC", "0.00000159", 0.028, 6.0e0, 5_000, ("DOGE/USDT", "BTC/USDT")),
)

SMALL_BOX = tuple(spec.id for spec in UNIVERSE[:12])
"""What a new box offers when nobody asks for more."""

_BY_ID = {spec.id: spec for spec in UNIVERSE}


def known(instrument: str) -> Spec | None:
    """The instrument's entry, if there is one."""
    return _BY_ID.get(instrument)


def spec_of(instrument: str, tick_size: Decimal, lot_size: Decimal) -> Spec:
    """What to assume of an instrument that is not listed here: a thin one whose price has about
    four digits of ticks and whose usual trade has about a hundred lots.
    """
    price = tick_size * 5_000
    trades = 8_000
    return Spec(
        instrument,
        Liquidity.THIN,
        price,
        0.04,
        0.5,
        float(price * lot_size) * 120 * trades,
        trades,
        120.0,
        60.0,
        float(price * lot_size) * 120 * trades * 0.006,
    )
