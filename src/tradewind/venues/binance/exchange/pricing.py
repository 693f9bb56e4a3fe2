"""What an order must know of prices outside its own book: its price range, and what the fee asset
is worth.
"""

from ....engine.listing import RATE_ONE
from ....model import Side
from ..instruments import UNIT
from .call import Call
from .drafts import Draft
from .markets import Market, Markets
from .reference import bounds


def price_range(call: Call, market: Market, side: str) -> tuple[int, int]:
    """Lowest and highest ticks at which an order may take, 0 = unbounded; fixed when it is placed
    (faqs/price_range_execution_rules.md).
    """
    if market.row.reference is None:
        return 0, 0
    found = bounds(call.host, market)
    if found is None:
        return 0, 0
    low, high = found[:2] if side == "BUY" else found[2:]
    return -(-low // market.tick), high // market.tick


def fee_price(call: Call, order: Draft) -> int:
    """Units of the account's fee asset worth ``RATE_ONE`` units of what the order receives, by
    last prices; 0 when it pays in what it receives, or when there is no way between the two.
    """
    account = call.host.engine.accounts.get(call.account)
    if account is None or not account.fee_asset:
        return 0
    listing = order.market.listing
    received = listing.base if order.side == Side.BUY.upper() else listing.quote
    markets = call.markets
    assert isinstance(markets, Markets)
    return worth(call, markets, received, account.fee_asset)


def worth(call: Call, markets: Markets, asset: str, target: str) -> int:
    """Units of ``target`` for ``RATE_ONE`` units of ``asset``, directly or over another asset."""
    direct = _direct(call, markets, asset, target)
    if direct:
        return direct
    for middle in ("USDT", "BTC", "USDC"):
        first = _direct(call, markets, asset, middle)
        second = _direct(call, markets, middle, target) if first else 0
        if second:
            return first * second // RATE_ONE
    return 0


def _direct(call: Call, markets: Markets, asset: str, target: str) -> int:
    if asset == target:
        return RATE_ONE
    market = markets.pairs.get((asset, target))
    if market is not None:
        return _last(call, market) * market.tick * RATE_ONE // UNIT
    market = markets.pairs.get((target, asset))
    if market is not None:
        price = _last(call, market) * market.tick
        return RATE_ONE * UNIT // price if price else 0
    return 0


def _last(call: Call, market: Market) -> int:
    call.host.look(market.symbol)  # nobody may have looked at that market yet
    return call.host.engine.last_price(market.symbol)
