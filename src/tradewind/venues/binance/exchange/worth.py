"""What assets are worth in one another: by last prices to look at, by the book to convert."""

from collections.abc import Callable
from fractions import Fraction

from ....model import Side
from ....protocol.hosting import Host
from ..instruments import UNIT
from .markets import Market, Markets

MIDDLES = ("USDT", "BTC", "USDC")
ZERO = Fraction(0)

Price = Callable[[Market, bool], Fraction]


class Worth:
    """Rates between assets: units of the one for a unit of the other, exactly; 0 without a way."""

    def __init__(self, host: Host, markets: Markets) -> None:
        self._host = host
        self._markets = markets

    def value(self, asset: str, target: str) -> Fraction:
        """By last prices."""
        return self._rate(asset, target, self._last)

    def offer(self, asset: str, target: str) -> Fraction:
        """What somebody gets who sells ``asset`` for ``target`` into the books as they are."""
        return self._rate(asset, target, self._taken)

    def _rate(self, asset: str, target: str, price: Price) -> Fraction:
        direct = self._direct(asset, target, price)
        if direct:
            return direct
        for middle in MIDDLES:
            first = self._direct(asset, middle, price)
            second = self._direct(middle, target, price) if first else ZERO
            if second:
                return first * second
        return ZERO

    def _direct(self, asset: str, target: str, price: Price) -> Fraction:
        if asset == target:
            return Fraction(1)
        market = self._markets.pairs.get((asset, target))
        if market is not None:
            return price(market, True)
        market = self._markets.pairs.get((target, asset))
        if market is not None:
            found = price(market, False)
            return 1 / found if found else ZERO
        return ZERO

    def _last(self, market: Market, sell: bool) -> Fraction:
        del sell
        self._host.look(market.symbol)
        last = self._host.engine.last_price(market.symbol)
        if not last:
            told = self._host.tape.last(market.symbol)
            last = told.price if told else 0
        return Fraction(last * market.tick, UNIT)

    def _taken(self, market: Market, sell: bool) -> Fraction:
        self._host.look(market.symbol)
        side = Side.BUY if sell else Side.SELL
        levels = self._host.engine.levels(market.symbol, side, 1)
        return Fraction(levels[0][0] * market.tick, UNIT) if levels else ZERO


def units(rate: Fraction, amount: int) -> int:
    """An amount at a rate, rounded down."""
    return int(rate * amount)


def text(rate: Fraction, places: int = 8) -> str:
    """A rate as decimal text without zeros at the end."""
    scaled = int(rate * 10**places)
    digits = f"{scaled // 10**places}.{scaled % 10**places:0{places}d}"
    return digits.rstrip("0").rstrip(".")
