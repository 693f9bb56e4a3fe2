"""What a test sees of the box, beside the nouns of ``model``."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from msgspec import Struct

from ..model import Balance, Fill, Order

Numbers = Mapping[str, object]

LISTED_MAX = 20
"""Lines of a message; the last ones tell most."""


class Key(Struct, frozen=True):
    """A key of the box: ``api_secret`` for hmac, else ``private_key`` (PEM). Opens nothing else."""

    venue: str
    label: str
    kind: str
    api_key: str
    api_secret: str = ""
    private_key: str = ""
    passphrase: str = ""


class Request(Struct, frozen=True):
    """A request as the venue got it: ``code`` is its own error code, ``did`` what followed in the
    engine, ``at`` wall time in nanoseconds. Parameters that are secret are not in ``query``.
    """

    n: int
    at: int
    venue: str
    account: str
    label: str
    method: str
    path: str
    query: str
    status: int
    code: str
    weight: int
    did: str

    @property
    def parameters(self) -> dict[str, str]:
        """What ``query`` says."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def refused(self) -> bool:
        """Whether the venue said no."""
        return self.status >= 400

    def __str__(self) -> str:
        asked = f"{self.path}?{self.query}" if self.query else self.path
        code = f" ({self.code})" if self.code else ""
        did = f"  {self.did}" if self.did else ""
        return f"{self.method} {asked} -> {self.status}{code}{did}"


def of_order(order: Order) -> str:
    """One line."""
    price = "at the market" if order.price is None else f"at {order.price}"
    name = f" {order.client_order_id}" if order.client_order_id else ""
    trigger = f", triggers at {order.trigger_price}" if order.trigger_price else ""
    return (
        f"{order.side} {order.quantity} {order.instrument} {price}{trigger}: {order.order_status}, "
        f"{order.filled_quantity} filled  (order {order.order_id}{name})"
    )


def of_fill(fill: Fill) -> str:
    """One line."""
    return (
        f"{fill.side} {fill.quantity} {fill.instrument} at {fill.price}, fee {fill.fee} "
        f"{fill.fee_asset}, {fill.liquidity}  (order {fill.order_id})"
    )


def of_balance(balance: Balance) -> str:
    """One line."""
    return f"{balance.asset}: {balance.available} available, {balance.held} held"


def listed(title: str, lines: Iterable[str], none: str) -> str:
    """Lines under a title, the last ones where there are many."""
    every = list(lines)
    if not every:
        return none
    kept = every[-LISTED_MAX:]
    left = [f"  ... {len(every) - len(kept)} before"] if len(kept) < len(every) else []
    return "\n".join([f"{title}:", *left, *(f"  {line}" for line in kept)])


def described(wanted: Numbers) -> str:
    """``side=buy, price=100``."""
    return ", ".join(f"{name}={value}" for name, value in wanted.items()) or "any"


def moment(nanoseconds: int) -> datetime:
    """As a date in UTC."""
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)


def matching(found: Sequence[Any], wanted: Numbers) -> list[Any]:
    """Those whose fields are as wanted; numbers compare as numbers, a callable is asked."""
    for name in wanted:
        if found and not hasattr(found[0], name):
            known = ", ".join(found[0].__struct_fields__)
            raise TypeError(f"there is no field {name!r}; there are: {known}")
    return [one for one in found if all(_is(getattr(one, n), w) for n, w in wanted.items())]


def _is(value: object, wanted: object) -> bool:
    from decimal import Decimal, InvalidOperation

    if callable(wanted):
        return bool(wanted(value))
    if isinstance(value, Decimal) and wanted is not None:
        try:
            return value == Decimal(str(wanted))
        except InvalidOperation:
            return False
    return value == wanted
