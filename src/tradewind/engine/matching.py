"""What happens when orders meet: executions, fees, self-trade prevention.

``take`` walks the other side from the best price. ``Half.sweep`` does the walking; this file does
the money. A trade moves the price from the buyer's held quote to the seller's available quote and
the lots from the seller's held base to the buyer's available base; then the buyer's hold is
lowered to what its rest needs at its limit (price improvement), then the maker's fee and the
taker's fee are taken.
"""

from collections.abc import Container, Iterable, Iterator

from ..model import Liquidity, OrderStatus, OrderType
from ..model import SelfTradePrevention as Stp
from . import lists
from .book import NO_LIMIT, Half
from .events import Expiry, Fill, Trade, TradePrevented, Transferred
from .listing import FEE_ACCOUNT, MARKET_ACCOUNT, RATE_ONE
from .orders import Order
from .state import BUY, Market, State, half_of, hold, left, need

MARKET = OrderType.MARKET
FILLED = OrderStatus.FILLED
PARTIALLY_FILLED = OrderStatus.PARTIALLY_FILLED
MAKER = Liquidity.MAKER
TAKER = Liquidity.TAKER


def take(state: State, market: Market, taker: Order, short: bool = False) -> Expiry | None:
    """Trade as far as price, range and quantity allow.

    ``short``: the quantity was cut to what the book has, so filling it does not fill the order.
    Returns why the rest must end, or None. A taker that filled or was ended is final already.
    """
    half = other(market, taker)
    limit, stopped = bounds(market, taker)
    avoid = own_accounts(state, taker)
    while taker.remaining and not stopped:
        for maker, price, lots in half.sweep(limit, taker.remaining, avoid):
            execute(state, market, taker, maker, price, lots, short)
        maker_met = half.front(limit) if avoid and taker.remaining else None
        if maker_met is None:
            break
        prevent(state, market, taker, maker_met)
        if taker.status is OrderStatus.PREVENTED:
            return None
    if taker.remaining and beyond_range(taker, half):
        return Expiry.PRICE_RANGE
    return None


def bounds(market: Market, taker: Order) -> tuple[int, bool]:
    """The worst key the taker may take, and whether even the best price is outside its range."""
    half = other(market, taker)
    sign = half.sign
    limit = NO_LIMIT if taker.order_type is MARKET else sign * taker.price
    worst = taker.price_high if taker.side is BUY else taker.price_low
    nearest = taker.price_low if taker.side is BUY else taker.price_high
    if worst:
        limit = max(limit, sign * worst)
    return limit, bool(nearest and half.keys and half.keys[-1] > sign * nearest)


def beyond_range(taker: Order, half: Half[Order]) -> bool:
    """Whether the best price is within the taker's limit but outside its range."""
    best = half.best()
    if best is None:
        return False
    if taker.order_type is not MARKET and half.sign * best < half.sign * taker.price:
        return False
    high = taker.price_high
    return best < taker.price_low or bool(high and best > high)


def out_of_range(market: Market, taker: Order) -> bool:
    """Whether a market order's range keeps it from some of the other side."""
    limit, stopped = bounds(market, taker)
    half = other(market, taker)
    return stopped or bool(half.keys and half.keys[0] < limit)


def other(market: Market, order: Order) -> Half[Order]:
    """The side the order takes from."""
    return market.book.asks if order.side is BUY else market.book.bids


def own_accounts(state: State, order: Order) -> Container[int] | None:
    """Accounts the order must not trade with."""
    if order.self_trade_prevention is Stp.NONE or order.account == MARKET_ACCOUNT:
        return None
    group = state.accounts[order.account].group
    return state.groups[group] if group else (order.account,)


def execute(
    state: State, market: Market, taker: Order, maker: Order, price: int, lots: int, short: bool
) -> None:
    """One trade: money, fees, the two fills and the print."""
    listing = market.listing
    value = price * lots * listing.value_numerator // listing.value_denominator
    if maker.list_id:
        lists.works(state, market, maker)
    if taker.list_id:
        lists.works(state, market, taker)
    trade_id = market.next_trade_id
    market.next_trade_id = trade_id + 1
    market.last_price = price
    if market.waiting:
        state.saw_prices = True
        market.seen.append(price)
    taker.remaining -= lots
    if maker.account or taker.account:
        buyer, seller = (taker, maker) if taker.side is BUY else (maker, taker)
        settle(state, market, buyer, seller, lots * listing.base_per_lot, value)
        for order in (maker, taker):
            if order.account:
                order.filled_quantity += lots
                order.filled_value += value
                order.fills += 1
                order.updated = state.now
                lower_hold(state, market, order)
        for order in (maker, taker):
            if order.account:
                done = order.quantity == order.filled_quantity + order.prevented_quantity
                status = FILLED if done and not (short and order is taker) else PARTIALLY_FILLED
                order.status = status
                fee, asset = charge(state, market, order, order is maker, lots, value)
                state.events.append(
                    Fill(
                        at=state.now,
                        order=order,
                        trade_id=trade_id,
                        price=price,
                        quantity=lots,
                        value=value,
                        liquidity=MAKER if order is maker else TAKER,
                        fee=fee,
                        fee_asset=asset,
                        filled_quantity=order.filled_quantity,
                        filled_value=order.filled_value,
                        status=status,
                        number=order.fills,
                    )
                )
    state.events.append(
        Trade(
            at=state.now,
            instrument=listing.instrument,
            trade_id=trade_id,
            price=price,
            quantity=lots,
            value=value,
            aggressor_side=taker.side,
            maker_account=maker.account,
            taker_account=taker.account,
            taker_order_id=taker.order_id,
        )
    )
    for order in (maker, taker):
        if order.account:
            if order.status is FILLED:
                lists.filled(state, market, order)
        elif order is maker and not maker.remaining:
            del market.quotes[maker.side][maker.price]


def settle(
    state: State, market: Market, buyer: Order, seller: Order, base: int, value: int
) -> None:
    """Move what was traded. The participants hold nothing, so they pay from what is available."""
    listing = market.listing
    row = state.ledger.row
    paying = row(buyer.account, listing.quote)
    if buyer.account:
        paying.held -= value
        buyer.held -= value
    else:
        paying.available -= value
    row(seller.account, listing.quote).available += value
    giving = row(seller.account, listing.base)
    if seller.account:
        giving.held -= base
        seller.held -= base
    else:
        giving.available -= base
    row(buyer.account, listing.base).available += base


def lower_hold(state: State, market: Market, order: Order) -> None:
    """Release what a limit buy no longer needs."""
    if order.side is BUY and order.order_type is not MARKET:
        lots = order.quantity - order.filled_quantity - order.prevented_quantity
        excess = order.held - (market.listing.value_up(order.price, lots) if lots else 0)
        if excess:
            hold(state, market, order, order.held - excess)


def charge(
    state: State, market: Market, order: Order, is_maker: bool, lots: int, value: int
) -> tuple[int, str]:
    """Take the fee: from the account's fee asset if it can pay it whole, else from what it got.

    Rounded down once. Sources: commission FAQ (amounts), OPO FAQ (which funds), read 2026-11-24.
    """
    listing = market.listing
    account = state.accounts[order.account]
    makes, buys = is_maker, order.side is BUY
    rates = state.fees.get((order.account, listing.instrument)) if state.fees else None
    if rates is None:
        rate, more = account.fees.of(makes=makes, buys=buys), 0
    else:
        rate = rates.fees.of(makes=makes, buys=buys)
        more = rates.special.of(makes=makes, buys=buys) + rates.tax.of(makes=makes, buys=buys)
    if buys:
        received, asset = lots * listing.base_per_lot, listing.base
    else:
        received, asset = value, listing.quote
    fee = received * (rate + more) // RATE_ONE
    locks = bool(order.list_id) and lists_locks(state, order)
    free = state.ledger.available(order.account, asset) - received if locks else 0
    pays_in, amount = asset, fee
    if account.fee_asset and order.fee_price:
        paid = rate * (RATE_ONE - account.fee_discount) + more * RATE_ONE
        other_fee = received * order.fee_price * paid // RATE_ONE**3
        if state.ledger.available(order.account, account.fee_asset) >= other_fee:
            pays_in, amount = account.fee_asset, other_fee
    if amount:
        state.ledger.move(order.account, FEE_ACCOUNT, pays_in, amount)
    if locks:
        deduct = amount if pays_in == asset and (asset == account.fee_asset or free < fee) else 0
        lock_proceeds(state, market, order, received - deduct)
    return amount, pays_in


def lists_locks(state: State, order: Order) -> bool:
    """Whether what the order receives is locked for the orders that wait for it."""
    listed = state.lists[order.list_id]
    return listed.proceeds and listed.waiting and order is listed.orders[0]


def lock_proceeds(state: State, market: Market, order: Order, amount: int) -> None:
    """Keep what the first order of a list received for the next."""
    heir = state.lists[order.list_id].orders[1]
    hold(state, market, heir, heir.held + amount)


def prevent(state: State, market: Market, taker: Order, maker: Order) -> None:
    """Two orders of one owner met. Source: STP FAQ, read 2026-11-24."""
    mode = taker.self_trade_prevention
    if mode is Stp.TRANSFER and maker.self_trade_prevention is not Stp.TRANSFER:
        mode = Stp.DECREMENT
    match = min(taker.remaining, maker.shown)
    maker_lots, taker_lots = {
        Stp.EXPIRE_MAKER: (maker.remaining, 0),
        Stp.EXPIRE_TAKER: (0, taker.remaining),
        Stp.EXPIRE_BOTH: (maker.remaining, taker.remaining),
    }.get(mode, (match, match))
    state.events.append(
        TradePrevented(
            at=state.now,
            instrument=market.listing.instrument,
            prevented_id=market.next_prevented_id,
            maker=maker,
            taker=taker,
            price=maker.price,
            mode=mode,
            maker_prevented=maker_lots,
            taker_prevented=taker_lots,
        )
    )
    market.next_prevented_id += 1
    if maker_lots and taker_lots:
        for order in (maker, taker):
            if order.list_id:
                lists.works(state, market, order)
    if mode is Stp.TRANSFER and maker.account != taker.account:
        transfer_prevented(state, market, taker, maker, match)
    if maker_lots:
        lower_maker(state, market, maker, maker_lots)
    if taker_lots:
        taker.remaining -= taker_lots
        taker.prevented_quantity += taker_lots
        taker.updated = state.now
        lower_prevented_hold(state, market, taker)
        if not taker.remaining:
            lists.expire(state, market, taker, Expiry.SELF_TRADE)


def lower_maker(state: State, market: Market, maker: Order, lots: int) -> None:
    """Take prevented lots off a resting order, as a trade would: the shown part first."""
    maker.prevented_quantity += lots
    maker.updated = state.now
    half = half_of(market, maker)
    if lots == maker.remaining:
        half.remove(maker)
        maker.remaining = 0
        lists.expire(state, market, maker, Expiry.SELF_TRADE)
        return
    half.sweep(NO_LIMIT, lots)
    hold(state, market, maker, need(market, maker))


def lower_prevented_hold(state: State, market: Market, taker: Order) -> None:
    """Release what prevented lots of a taker were held for."""
    if taker.side is BUY and taker.order_type is MARKET:
        return  # holds the cost of what it takes; the rest is released when it ends
    if left(taker):
        hold(state, market, taker, need(market, taker))


def transfer_prevented(state: State, market: Market, taker: Order, maker: Order, lots: int) -> None:
    """TRANSFER between two accounts of a group: lots and their value change hands without trade."""
    listing = market.listing
    base, value = lots * listing.base_per_lot, listing.value(maker.price, lots)
    buyer, seller = (taker, maker) if taker.side is BUY else (maker, taker)
    settle(state, market, buyer, seller, base, value)
    for source, target, asset, amount in (
        (seller.account, buyer.account, listing.base, base),
        (buyer.account, seller.account, listing.quote, value),
    ):
        if amount:
            state.events.append(
                Transferred(at=state.now, source=source, target=target, asset=asset, amount=amount)
            )


def fillable(state: State, market: Market, taker: Order) -> int:
    """Lots a fill-or-kill order could trade now, up to its quantity.

    Own orders in the way do not count: with EXPIRE_MAKER they are passed over (they end if the
    order does fill), with every other mode the order could not fill past them, so it is killed
    without a prevented match (guessed: no source shows this case).
    """
    limit, stopped = bounds(market, taker)
    if stopped:
        return 0
    avoid = own_accounts(state, taker) or ()
    passes = taker.self_trade_prevention is Stp.EXPIRE_MAKER
    total = 0
    for level in other(market, taker).within(limit):
        own = [order for order in level.orders.values() if order.account in avoid]
        if not own or passes:
            total += sum(o.remaining for o in level.orders.values() if o.account not in avoid)
        else:
            for order in level.orders.values():
                if order.account in avoid:
                    return min(total, taker.quantity)
                total += order.shown
        if total >= taker.quantity:
            break
    return min(total, taker.quantity)


def reachable(state: State, market: Market, taker: Order) -> Iterator[tuple[int, int]]:
    """(price, lots) a market order can reach, best first; own orders only if not passed over."""
    limit, stopped = bounds(market, taker)
    if stopped:
        return
    passes = taker.self_trade_prevention is Stp.EXPIRE_MAKER
    avoid = (own_accounts(state, taker) or ()) if passes else ()
    for level in other(market, taker).within(limit):
        lots = sum(o.remaining for o in level.orders.values() if o.account not in avoid)
        if lots:
            yield level.price, lots


def cost(market: Market, levels: Iterable[tuple[int, int]], quantity: int) -> int:
    """Quote units that suffice to buy up to ``quantity`` lots from these levels."""
    total = 0
    for price, lots in levels:
        lots = min(lots, quantity)
        total += market.listing.value_up(price, lots)
        quantity -= lots
        if not quantity:
            break
    return total


def lots_for_value(
    market: Market, levels: Iterable[tuple[int, int]], budget: int
) -> tuple[int, bool]:
    """Lots whose value is at most ``budget``, and whether the levels ended before the budget.

    The budget has ended when it buys no further lot at the last price reached.
    """
    listing = market.listing
    total = 0
    for price, lots in levels:
        most = ((budget + 1) * listing.value_denominator - 1) // (price * listing.value_numerator)
        if most <= lots:
            total += most
            return total - total % listing.market_lot, False
        total += lots
        budget -= listing.value(price, lots)
    return total - total % listing.market_lot, True
