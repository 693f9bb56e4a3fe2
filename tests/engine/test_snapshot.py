"""The engine as bytes and back."""

import msgspec
import pytest

from tradewind.engine.commands import Contingency, Trigger, TriggerWhen
from tradewind.engine.engine import Engine
from tradewind.engine.events import Fill
from tradewind.model import Liquidity, OrderStatus

from .desk import ANNA, BEN, BUY, CARL, SELL, Desk, X, order


def reopened(desk: Desk) -> Desk:
    before = desk.engine.state()
    desk.engine = Engine.restore(before)
    assert desk.engine.state() == before
    return desk


def test_everything_outlives_a_restart() -> None:
    """Orders, ids, names, balances, statuses, prices."""
    desk = Desk()
    desk.trade_at(100)
    bid = desk.buy(ANNA, 5, 99, client_order_id="a", memo="m")
    digest = desk.engine.digest()
    reopened(desk)
    found = desk.engine.by_client_id(ANNA, X, "a")
    assert found is desk.engine.order(bid.order_id)
    assert found is not None
    assert (found.memo, found.remaining, found.held) == ("m", 5, 495)
    assert desk.engine.digest() == digest
    assert desk.engine.last_price(X) == 100
    assert desk.buy(ANNA, 1, 98).order_id == bid.order_id + 1


def test_a_queue_keeps_its_order() -> None:
    """An iceberg that went to the end is still at the end, behind the participants too."""
    desk = Desk()
    iceberg = desk.sell(ANNA, 4, 100, display_quantity=2)
    desk.sell(BEN, 2, 100)
    desk.quote({}, {100: 2})
    desk.buy(CARL, 2, 100)
    reopened(desk)
    desk.buy(CARL, 5, 100)
    makers = [
        (e.order.account, e.quantity)
        for e in desk.events
        if isinstance(e, Fill) and e.liquidity is Liquidity.MAKER
    ]
    assert makers == [(BEN, 2), (ANNA, 1)]
    assert iceberg.order_id == 1


def test_triggers_and_lists_go_on() -> None:
    """A stop goes off and ends its other leg after a restart."""
    desk = Desk()
    desk.trade_at(100)
    desk.list_(
        Contingency.ONE_CANCELS_OTHER,
        order(ANNA, SELL, 5, 94, trigger=Trigger(TriggerWhen.AT_OR_BELOW, 95)),
        order(ANNA, SELL, 5, 105),
    )
    desk.list_(Contingency.ONE_TRIGGERS_OTHER, order(ANNA, BUY, 5, 97), order(ANNA, SELL, 3, 110))
    reopened(desk)
    waiting = [o for o in desk.engine.open_orders(ANNA) if desk.engine.awaits_list(o)]
    assert len(waiting) == 1
    desk.sell(BEN, 5, 97)
    desk.trade_at(95)
    left = [(o.price, o.status) for o in desk.engine.open_orders(ANNA)]
    assert left == [(94, OrderStatus.OPEN), (110, OrderStatus.OPEN)]


def test_the_digest_notices_what_an_outsider_can_see() -> None:
    """A balance, an order, its name, a counter: each changes it."""
    desk = Desk()
    seen = [desk.engine.digest()]
    bid = desk.buy(ANNA, 5, 100)
    seen.append(desk.engine.digest())
    desk.amend(bid, 5 - 1, new_client_order_id="a")
    seen.append(desk.engine.digest())
    desk.cancel(bid)
    seen.append(desk.engine.digest())
    desk.fund(ANNA, CASH=1)
    seen.append(desk.engine.digest())
    assert len(set(seen)) == len(seen)


def test_other_bytes_are_refused() -> None:
    """A snapshot of something else is no engine."""
    with pytest.raises(msgspec.DecodeError):
        Engine.restore(b"something else")
