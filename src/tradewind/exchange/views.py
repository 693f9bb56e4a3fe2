"""A venue's state in readable decimals, for the admin API and people who watch."""

from decimal import Decimal
from typing import Any

from ..engine.orders import Order
from ..model import Misconfigured, OrderType, Side
from ..protocol import scaled
from ..protocol.hosting import FillRow, Traded
from .host import VenueHost

FILLS_SHOWN = 20


class Numbers:
    """Ticks, lots and units of one venue as text (``words.Numbers``)."""

    def __init__(self, host: VenueHost) -> None:
        self._traded = {traded.listing.instrument: traded for traded in host.traded}
        self._decimals = host.facts.decimals

    def price(self, instrument: str, ticks: int) -> str:
        """A price."""
        traded = self._traded.get(instrument)
        return f"{ticks * traded.tick_size:f}" if traded else str(ticks)

    def quantity(self, instrument: str, lots: int) -> str:
        """A quantity."""
        traded = self._traded.get(instrument)
        return short(lots * traded.lot_size) if traded else str(lots)

    def units(self, amount: int) -> str:
        """An amount of an asset."""
        return scaled.write_short(amount, self._decimals)


def short(value: Decimal) -> str:
    """Without zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def traded(host: VenueHost, name: str) -> Traded:
    """An instrument by its id or native symbol. Raises Misconfigured with what there is."""
    for each in host.traded:
        if name in (each.id, each.listing.instrument):
            return each
    known = ", ".join(each.id for each in host.traded)
    raise Misconfigured(f"{host.venue} does not trade {name!r} here; it trades: {known}")


def venue(host: VenueHost) -> dict[str, Any]:
    """One venue for ``status``."""
    return {
        "title": host.facts.title,
        "instruments": [each.id for each in host.traded],
        "accounts": list(host.accounts),
        "keys": sum(not key.revoked for key in host.keys.all()),
        "open_orders": sum(
            len(host.engine.open_orders(number)) for number in host.accounts.values()
        ),
        "rows": host.journal.seq,
        "tick": host.market.tick,
    }


def balances(host: VenueHost, number: int) -> list[dict[str, str]]:
    """What an account has, assets with nothing left away."""
    numbers = Numbers(host)
    found = []
    for asset, (available, held) in host.engine.balances(number).items():
        if available or held:
            found.append(
                {"asset": asset, "available": numbers.units(available), "held": numbers.units(held)}
            )
    return sorted(found, key=lambda balance: balance["asset"])


def account(host: VenueHost, number: int) -> dict[str, Any]:
    """Balances, open orders, last fills."""
    numbers = Numbers(host)
    fills = [
        fill
        for each in host.traded
        for fill in host.history.fills(number, each.listing.instrument, limit=FILLS_SHOWN)
    ]
    fills.sort(key=lambda fill: fill.time)
    ids = {each.listing.instrument: each.id for each in host.traded}
    return {
        "balances": balances(host, number),
        "open_orders": [_order(order, ids, numbers) for order in host.engine.open_orders(number)],
        "fills": [_fill(fill, ids, numbers) for fill in fills[-FILLS_SHOWN:]],
    }


def _order(order: Order, ids: dict[str, str], numbers: Numbers) -> dict[str, Any]:
    instrument = order.instrument
    return {
        "order_id": order.order_id,
        "client_order_id": order.client_order_id,
        "instrument": ids[instrument],
        "side": order.side.value,
        "order_type": order.order_type.value,
        "time_in_force": order.time_in_force.value,
        "price": numbers.price(instrument, order.price)
        if order.order_type is OrderType.LIMIT
        else "",
        "quantity": numbers.quantity(instrument, order.quantity),
        "filled_quantity": numbers.quantity(instrument, order.filled_quantity),
        "order_status": order.status.value,
        "created": order.created,
    }


def _fill(fill: FillRow, ids: dict[str, str], numbers: Numbers) -> dict[str, Any]:
    return {
        "trade_id": fill.trade_id,
        "order_id": fill.order_id,
        "instrument": ids[fill.instrument],
        "side": fill.side,
        "price": numbers.price(fill.instrument, fill.price),
        "quantity": numbers.quantity(fill.instrument, fill.quantity),
        "fee": numbers.units(fill.fee),
        "fee_asset": fill.fee_asset,
        "liquidity": "maker" if fill.maker else "taker",
        "time": fill.time,
    }


def book(host: VenueHost, which: Traded, levels: int) -> dict[str, Any]:
    """Both sides, best first, as price and quantity."""
    instrument = which.listing.instrument
    host.look(instrument)
    numbers = Numbers(host)

    def side(wanted: Side) -> list[list[str]]:
        return [
            [numbers.price(instrument, price), numbers.quantity(instrument, quantity)]
            for price, quantity in host.engine.levels(instrument, wanted, levels)
        ]

    return {"instrument": which.id, "bids": side(Side.BUY), "asks": side(Side.SELL)}


def trades(host: VenueHost, which: Traded, limit: int) -> dict[str, Any]:
    """The last public trades, oldest first."""
    instrument = which.listing.instrument
    numbers = Numbers(host)
    return {
        "instrument": which.id,
        "trades": [
            {
                "trade_id": print_.trade_id,
                "price": numbers.price(instrument, print_.price),
                "quantity": numbers.quantity(instrument, print_.quantity),
                "side": print_.aggressor_side.value,
                "time": print_.time,
            }
            for print_ in host.tape.prints(instrument, limit=limit)
        ],
    }
