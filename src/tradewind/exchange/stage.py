"""What a test sets up and looks at: books and price paths of its own, moments to come back to,
and what accounts did. As handlers of the admin API; the pytest plugin asks through them too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ..engine.commands import Requote
from ..engine.events import Refused
from ..engine.listing import RATE_ONE, FeeRates
from ..model import Misconfigured
from ..protocol.hosting import FillRow, OrderRow, Traded
from ..protocol.scaled import write
from . import views
from .host import DEFAULT, VenueHost
from .market.market import Market
from .views import Numbers

if TYPE_CHECKING:
    from .box import Box, Moment

Asked = Mapping[str, Any]
Handler = Callable[[Asked], Any]
Level = tuple[Decimal, Decimal]

MOMENTS_MAX = 32
"""Kept in memory, some megabytes each; the oldest is forgotten."""

LEVELS_MAX = 5_000
"""Of a scripted side: as deep as the deepest book that a venue shows."""

ROWS_MAX = 10_000
"""Orders or fills told at once."""

STEPS_MAX = 10**15
"""Of a scripted price, quantity or rate: far above what venues allow, and values still fit."""

RELATIVE_MAX = Decimal(100_000_000)
"""Smaller times (seconds, about three years) count from now."""


class Stage:
    """The handlers, over one box."""

    def __init__(self, box: "Box") -> None:
        self._box = box
        self._moments: dict[str, Moment] = {}
        self._made = 0

    def handlers(self) -> dict[tuple[str, str], Handler]:
        """By method and path."""
        return {
            ("POST", "/snapshot"): self.snapshot,
            ("POST", "/restore"): self.restore,
            ("POST", "/book"): self.book,
            ("POST", "/path"): self.path,
            ("POST", "/participants"): self.participants,
            ("POST", "/fees"): self.fees,
            ("GET", "/instruments"): self.instruments,
            ("GET", "/orders"): self.orders,
            ("GET", "/fills"): self.fills,
        }

    # moments

    def snapshot(self, asked: Asked) -> Any:
        """Keep everything as it is now under ``name``, or a free one."""
        self._made += 1
        name = _text(asked, "name", f"snapshot-{self._made}")
        self._moments.pop(name, None)
        while len(self._moments) >= MOMENTS_MAX:
            self._moments.pop(next(iter(self._moments)))
        self._moments[name] = self._box.snapshot()
        return {"snapshot": name}

    def restore(self, asked: Asked) -> Any:
        """Go back to a snapshot: balances, orders, keys, books, venue time. Connections end.

        The log of requests goes on; ``log`` is the number of its last one.
        """
        name = _text(asked, "name")
        if name not in self._moments:
            raise Misconfigured(
                f"there is no snapshot {name!r}; there are: {', '.join(self._moments) or 'none'}"
            )
        self._box.restore(self._moments[name])
        return {"restored": name, "log": self._box.requests.count}

    # the market

    def book(self, asked: Asked) -> Any:
        """Let exactly these levels rest, nobody else; ``bids`` and ``asks`` are [price, quantity].

        The participants go. Where nobody has traded yet the past is flat at the book's middle, so
        that what venues compare prices with is near.
        """
        host, one = self._instrument(asked)
        bids, asks = (_levels(asked.get(side, ()), side) for side in ("bids", "asks"))
        best = [max(bids)[0]] if bids else []
        best += [min(asks)[0]] if asks else []
        if len(best) == 2 and best[0] >= best[1]:
            raise Misconfigured(f"the best bid {best[0]} is not below the best ask {best[1]}")
        ladders = [
            tuple((_whole(price, one.tick_size, "price"), _lots(one, lots)) for price, lots in side)
            for side in (bids, asks)
        ]
        native = one.listing.instrument
        market = host.market
        if best and isinstance(market, Market) and not market.changed(native):
            middle = sum(best, Decimal(0)) / len(best) // one.tick_size * one.tick_size
            host.follow(one.id, (f"0,{middle}",))
        host.cast(native, on=False)
        host.execute(Requote(instrument=native, bids=ladders[0], asks=ladders[1]))
        return views.book(host, one, LEVELS_MAX)

    def path(self, asked: Asked) -> Any:
        """Let an instrument's price follow ``rows`` of [time, price] or of bars, or ``csv`` text.

        Small times are seconds from now.
        """
        host, one = self._instrument(asked)
        host.follow(one.id, tuple(_rows(asked, host.now())))
        return views.book(host, one, 1)

    def participants(self, asked: Asked) -> Any:
        """Send the participants away (``on`` false) or call them back; of ``instrument`` or all."""
        host = self._host(asked)
        on = asked.get("on")
        if not isinstance(on, bool):
            raise Misconfigured("on is true or false")
        chosen = [self._instrument(asked)[1]] if asked.get("instrument") else host.traded
        for one in chosen:
            host.cast(one.listing.instrument, on)
        return {"instruments": [one.id for one in chosen], "on": on}

    def fees(self, asked: Asked) -> Any:
        """What an account pays on one instrument from now on: ``standard``, ``special`` and
        ``tax`` as ``{"maker": "0.001", ...}`` of what is received. What is not named stays.
        """
        host, one = self._instrument(asked)
        number = host.account(_text(asked, "account", DEFAULT))
        before = host.engine.rates(number, one.listing.instrument)
        command = replace(
            before,
            fees=_rates(asked, "standard", before.fees),
            special=_rates(asked, "special", before.special),
            tax=_rates(asked, "tax", before.tax),
        )
        if any(type(event) is Refused for event in host.execute(command)):
            raise Misconfigured("rates are not negative, and together not above 1")
        kinds = {"standard": command.fees, "special": command.special, "tax": command.tax}
        return {
            "instrument": one.id,
            **{kind: _shown_rates(rates) for kind, rates in kinds.items()},
        }

    def instruments(self, asked: Asked) -> Any:
        """What is traded, with its smallest steps."""
        return {
            "instruments": [
                {
                    "id": one.id,
                    "native": one.listing.instrument,
                    "base": one.listing.base,
                    "quote": one.listing.quote,
                    "tick_size": f"{one.tick_size:f}",
                    "lot_size": f"{one.lot_size:f}",
                }
                for one in self._host(asked).traded
            ]
        }

    # what accounts did

    def orders(self, asked: Asked) -> Any:
        """An account's orders, open and past, oldest first; of ``instrument``, or all."""
        host, number, chosen = self._account(asked)
        numbers = Numbers(host)
        limit = _limit(asked)
        rows = [
            (row.order_id, _order(host, one, row, numbers))
            for one in chosen
            for row in host.history.orders(number, one.listing.instrument, limit=limit)
        ]
        return {"orders": [told for _, told in sorted(rows, key=lambda row: row[0])][-limit:]}

    def fills(self, asked: Asked) -> Any:
        """An account's executions, oldest first; of ``instrument``, or all."""
        host, number, chosen = self._account(asked)
        numbers = Numbers(host)
        limit = _limit(asked)
        rows = [
            ((row.time, row.trade_id, row.order_id), _fill(one, row, numbers))
            for one in chosen
            for row in host.history.fills(number, one.listing.instrument, limit=limit)
        ]
        return {"fills": [told for _, told in sorted(rows, key=lambda row: row[0])][-limit:]}

    # which

    def _host(self, asked: Asked) -> VenueHost:
        """The venue that is named, or the box's first."""
        return self._box.gateway(_text(asked, "venue", next(iter(self._box.gateways)))).host

    def _instrument(self, asked: Asked) -> tuple[VenueHost, Traded]:
        host = self._host(asked)
        return host, views.traded(host, _text(asked, "instrument"))

    def _account(self, asked: Asked) -> tuple[VenueHost, int, Sequence[Traded]]:
        host = self._host(asked)
        name = _text(asked, "account", DEFAULT)
        if name not in host.accounts:
            raise Misconfigured(
                f"{host.venue} has no account {name!r}; there are: {', '.join(host.accounts)}"
            )
        chosen = [self._instrument(asked)[1]] if asked.get("instrument") else host.traded
        return host, host.accounts[name], chosen


def _text(asked: Asked, name: str, default: str = "") -> str:
    value = asked.get(name, default)
    if not isinstance(value, str) or not value:
        raise Misconfigured(f"{name} is a text")
    return value


def _limit(asked: Asked) -> int:
    try:
        return min(max(int(asked.get("limit", 500)), 1), ROWS_MAX)
    except (TypeError, ValueError):
        raise Misconfigured("limit is a whole number") from None


def _number(value: object) -> Decimal:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise Misconfigured(f"{value!r} is not a number") from None
    if not found.is_finite():
        raise Misconfigured(f"{value!r} is not a number")
    return found


def _rates(asked: Asked, kind: str, before: FeeRates) -> FeeRates:
    given = asked.get(kind, {})
    known = FeeRates.__struct_fields__
    if not isinstance(given, dict) or given.keys() - set(known):
        raise Misconfigured(f"{kind} is an object with some of: {', '.join(known)}")
    step = Decimal(1) / RATE_ONE
    exact = {name: _whole(_number(value), step, f"{kind} rate") for name, value in given.items()}
    return replace(before, **exact)


def _shown_rates(rates: FeeRates) -> dict[str, str]:
    return {name: write(getattr(rates, name), 8) for name in FeeRates.__struct_fields__}


def _levels(given: object, side: str) -> list[Level]:
    if not isinstance(given, list | tuple) or len(given) > LEVELS_MAX:
        raise Misconfigured(f"{side} is a list of [price, quantity]")
    found: dict[Decimal, Decimal] = {}
    for level in given:
        if not isinstance(level, list | tuple) or len(level) != 2:
            raise Misconfigured(f"{side}: {level!r} is not [price, quantity]")
        price, quantity = map(_number, level)
        if price <= 0 or quantity <= 0:
            raise Misconfigured(f"{side}: {level!r}: price and quantity are above zero")
        found[price] = found.get(price, Decimal(0)) + quantity
    return list(found.items())


def _whole(value: Decimal, step: Decimal, name: str) -> int:
    if abs(value) > STEPS_MAX * step:
        raise Misconfigured(f"the {name} {value} is too large")
    count = value / step
    if count != count.to_integral_value():
        raise Misconfigured(f"the {name} {value} is no whole number of {step:f}")
    return int(count)


def _lots(one: Traded, quantity: Decimal) -> int:
    return _whole(quantity, one.lot_size, "quantity")


def _rows(asked: Asked, now: int) -> Iterator[str]:
    """``csv`` as it is, or ``rows`` as lines of it."""
    csv = asked.get("csv")
    rows: object = csv.splitlines() if isinstance(csv, str) else asked.get("rows")
    if not isinstance(rows, list | tuple) or not rows:
        raise Misconfigured("give rows like [[0, 100], [60, 80]] (seconds, price), or csv")
    for row in rows:
        cells = row.split(",") if isinstance(row, str) else row
        if not isinstance(cells, list | tuple) or len(cells) < 2:
            raise Misconfigured(f"{row!r} is not time, price")
        yield ",".join([_absolute(str(cells[0]), now), *(str(cell) for cell in cells[1:])])


def _absolute(text: str, now: int) -> str:
    try:
        time = Decimal(text)
    except InvalidOperation:
        return text  # a date, or a word in the first line
    return f"{time + Decimal(now) / 1_000_000_000:f}" if time < RELATIVE_MAX else text


def _order(host: VenueHost, one: Traded, row: OrderRow, numbers: Numbers) -> dict[str, Any]:
    instrument = one.listing.instrument
    average = None
    if row.filled_quantity:
        value = Decimal(row.filled_value).scaleb(-host.facts.decimals)
        average = views.short(round(value / (row.filled_quantity * one.lot_size), 12))
    return {
        "order_id": str(row.order_id),
        "client_order_id": row.client_order_id,
        "instrument": one.id,
        "side": row.side,
        "order_type": row.order_type,
        "time_in_force": row.time_in_force,
        "post_only": row.post_only,
        "price": numbers.price(instrument, row.price) if row.price else None,
        "quantity": numbers.quantity(instrument, row.quantity),
        "filled_quantity": numbers.quantity(instrument, row.filled_quantity),
        "average_price": average,
        "trigger_price": numbers.price(instrument, row.trigger_price)
        if row.trigger_price
        else None,
        "order_status": row.status,
        "created": row.created,
        "updated": row.updated,
    }


def _fill(one: Traded, row: FillRow, numbers: Numbers) -> dict[str, Any]:
    return {
        "fill_id": str(row.trade_id),
        "order_id": str(row.order_id),
        "instrument": one.id,
        "side": row.side,
        "price": numbers.price(row.instrument, row.price),
        "quantity": numbers.quantity(row.instrument, row.quantity),
        "fee": numbers.units(row.fee),
        "fee_asset": row.fee_asset,
        "liquidity": "maker" if row.maker else "taker",
        "time": row.time,
    }
