"""Instruments, accounts, transfers, statuses, and what can be asked."""

import pytest

from tradewind.engine.commands import (
    AddAsset,
    List,
    OpenAccount,
    PlaceOrder,
    SetStatus,
    Transfer,
)
from tradewind.engine.events import Expiry, InstrumentChanged, OrderExpired, Refusal, Transferred
from tradewind.engine.listing import OUTSIDE_ACCOUNT, Asset, Listing
from tradewind.model import InstrumentStatus, OrderType, TimeInForce

from .desk import ANNA, BEN, BUY, LIMIT, MARKET, SELL, Desk, X


def status(desk: Desk, to: InstrumentStatus) -> None:
    desk.do(SetStatus(instrument=X, status=to))


def test_a_halt_takes_nothing_and_keeps_everything() -> None:
    """Neither orders nor cancels; afterwards the book is as it was."""
    desk = Desk()
    bid = desk.buy(ANNA, 5, 100)
    status(desk, InstrumentStatus.HALTED)
    assert [e.status for e in desk.of(InstrumentChanged)] == [InstrumentStatus.HALTED]
    desk.try_(BEN, SELL, 1, 100)
    assert desk.refusal is Refusal.MARKET_CLOSED
    desk.cancel(bid)
    assert desk.refusal is Refusal.MARKET_CLOSED
    status(desk, InstrumentStatus.TRADING)
    assert desk.bids() == [(100, 5)]


def test_cancel_only_takes_cancels_only() -> None:
    """New orders are refused, cancels work."""
    desk = Desk()
    bid = desk.buy(ANNA, 5, 100)
    status(desk, InstrumentStatus.CANCEL_ONLY)
    assert desk.engine.statuses[X] is InstrumentStatus.CANCEL_ONLY
    desk.try_(BEN, SELL, 1, 100)
    assert desk.refusal is Refusal.MARKET_CLOSED
    desk.cancel(bid)
    assert desk.refusal is None


def test_the_end_of_an_instrument_ends_its_orders() -> None:
    """Money comes back; the participants go too."""
    desk = Desk()
    desk.buy(ANNA, 5, 100)
    desk.quote({99: 1}, {101: 1})
    status(desk, InstrumentStatus.ENDED)
    assert [e.why for e in desk.of(OrderExpired)] == [Expiry.INSTRUMENT_CLOSED]
    assert desk.has(ANNA, "CASH") == (100_000, 0)
    assert desk.bids() == desk.asks() == []


def test_a_client_order_id_is_unique_among_open_orders_of_the_account() -> None:
    """Another account may use it; it is free once the order has ended."""
    desk = Desk()
    bid = desk.buy(ANNA, 5, 100, client_order_id="a")
    desk.try_(ANNA, BUY, 5, 99, client_order_id="a")
    assert desk.refusal is Refusal.DUPLICATE_CLIENT_ORDER_ID
    desk.buy(BEN, 5, 99, client_order_id="a")
    desk.cancel(bid)
    desk.buy(ANNA, 5, 100, client_order_id="a")


@pytest.mark.parametrize(
    "fields",
    [
        {"quantity": 0},
        {"quantity": -1},
        {"price": -1},
        {"price": 0},
        {"order_type": MARKET},
        {"quote_quantity": 5},
        {"time_in_force": TimeInForce.GTD},
        {"time_in_force": TimeInForce.IOC, "post_only": True},
        {"time_in_force": TimeInForce.FOK, "display_quantity": 1},
        {"display_quantity": 6},
        {"order_type": OrderType.MARKET, "price": 0, "quantity": 0},
        {"order_type": OrderType.MARKET, "price": 0, "quote_quantity": 5},
        {"order_type": OrderType.MARKET, "price": 0, "post_only": True},
    ],
)
def test_orders_that_contradict_themselves_are_refused(fields: dict[str, object]) -> None:
    """And change nothing."""
    desk = Desk()
    whole: dict[str, object] = {
        "account": ANNA,
        "instrument": X,
        "side": BUY,
        "order_type": LIMIT,
        "quantity": 5,
        "price": 100,
    }
    before = desk.engine.state()
    desk.do(PlaceOrder(**{**whole, **fields}))  # type: ignore[arg-type]
    assert desk.refusal is Refusal.INVALID
    assert desk.engine.state() == before


def test_unknown_places_and_people_are_refused() -> None:
    """Before anything else is looked at."""
    desk = Desk()
    desk.try_(99, BUY, 1, 100)
    assert desk.refusal is Refusal.UNKNOWN_ACCOUNT
    desk.do(PlaceOrder(account=ANNA, instrument="?", side=BUY, order_type=LIMIT))
    assert desk.refusal is Refusal.UNKNOWN_INSTRUMENT


def test_transfers_move_what_is_available_and_no_more() -> None:
    """What is held stays; deposits come from outside."""
    desk = Desk()
    desk.buy(ANNA, 5, 100)
    desk.do(Transfer(source=ANNA, target=BEN, asset="CASH", amount=99_501))
    assert desk.refusal is Refusal.INSUFFICIENT_BALANCE
    desk.do(Transfer(source=ANNA, target=BEN, asset="CASH", amount=99_500))
    assert [(e.source, e.target, e.amount) for e in desk.of(Transferred)] == [(ANNA, BEN, 99_500)]
    assert desk.has(ANNA, "CASH") == (0, 500)
    assert desk.has(BEN, "CASH") == (199_500, 0)
    assert desk.engine.balance(OUTSIDE_ACCOUNT, "CASH") == (-300_000, 0)
    for command, why in (
        (Transfer(source=ANNA, target=99, asset="CASH", amount=1), Refusal.UNKNOWN_ACCOUNT),
        (Transfer(source=ANNA, target=BEN, asset="GOLD", amount=1), Refusal.UNKNOWN_ASSET),
        (Transfer(source=ANNA, target=BEN, asset="COIN", amount=0), Refusal.INVALID),
        (Transfer(source=ANNA, target=ANNA, asset="COIN", amount=1), Refusal.INVALID),
    ):
        desk.do(command)
        assert desk.refusal is why


def test_listings_must_make_sense_and_not_change_scale_under_open_orders() -> None:
    """What orders hold would no longer be what they need."""
    desk = Desk()
    desk.buy(ANNA, 5, 100)
    for listing, why in (
        (Listing("Y", "GOLD", "CASH", 1, 1), Refusal.UNKNOWN_ASSET),
        (Listing("Y", "CASH", "CASH", 1, 1), Refusal.INVALID),
        (Listing("Y", "COIN", "CASH", 0, 1), Refusal.INVALID),
        (Listing(X, "COIN", "CASH", 1, 2), Refusal.INVALID),
    ):
        desk.do(List(listing=listing))
        assert desk.refusal is why
    desk.do(List(listing=Listing(X, "COIN", "CASH", 1, 1, market_lot=5)))
    assert desk.engine.listings[X].market_lot == 5
    assert desk.bids() == [(100, 5)]


def test_assets_and_accounts_are_checked() -> None:
    """Decimals do not change; the box's own accounts cannot be opened."""
    desk = Desk()
    desk.do(AddAsset(asset=Asset("COIN", 2)))
    assert desk.refusal is Refusal.INVALID
    desk.do(OpenAccount(account=0))
    assert desk.refusal is Refusal.INVALID
    desk.do(OpenAccount(account=ANNA, fee_asset="GOLD"))
    assert desk.refusal is Refusal.UNKNOWN_ASSET


def test_what_is_open_can_be_asked() -> None:
    """Ascending by id, by instrument or over all, best prices first."""
    desk = Desk()
    desk.do(List(listing=Listing("Z", "TOKEN", "CASH", 1, 1)))
    mine = [desk.buy(ANNA, 5, 100), desk.sell(ANNA, 5, 110)]
    desk.do(
        PlaceOrder(account=ANNA, instrument="Z", side=BUY, order_type=LIMIT, quantity=1, price=1)
    )
    assert desk.engine.open_orders(ANNA, X) == mine
    assert [o.order_id for o in desk.engine.open_orders(ANNA)] == [1, 2, 3]
    assert desk.engine.best(X) == (100, 110)
    assert desk.engine.levels(X, BUY, 0) == []
    assert desk.engine.has_outside_orders(X)
    desk.cancel(mine[0])
    desk.cancel(mine[1])
    assert not desk.engine.has_outside_orders(X)
    assert desk.engine.best(X) == (None, None)
