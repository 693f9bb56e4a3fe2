"""Random commands to the engine and to the oracle; every event and balance must be the same.

    python -m tests.engine.fuzz --commands 1000000 --seed 7

prints how often each kind of command, order, refusal and end occurred, and fails when one of them
occurred less often than ``--require`` says (a thousandth of the commands by default).
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tradewind.engine.commands import (
    AddAsset,
    AmendOrder,
    AnyCommand,
    CancelAll,
    CancelList,
    CancelOnly,
    CancelOrder,
    Contingency,
    List,
    OpenAccount,
    Peg,
    PegTo,
    PlaceList,
    PlaceOrder,
    ReplaceOrder,
    Requote,
    SetFees,
    SetStatus,
    Transfer,
    Trigger,
    TriggerWhen,
)
from tradewind.engine.engine import Engine
from tradewind.engine.events import (
    Expiry,
    Fill,
    OrderExpired,
    Refusal,
    Refused,
    TradePrevented,
    Transferred,
)
from tradewind.engine.listing import Asset, FeeRates, Listing
from tradewind.engine.orders import Order
from tradewind.model import (
    InstrumentStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)

from .oracle import Oracle

ASSETS = ("A", "F", "Q")
LISTINGS = (
    Listing("AQ", "A", "Q", base_per_lot=10, value_numerator=3, value_denominator=7),
    Listing(
        "FQ",
        "F",
        "Q",
        base_per_lot=1,
        value_numerator=1,
        value_denominator=150,
        market_lot=3,
        market_min=6,
    ),
    Listing("AF", "A", "F", base_per_lot=10, value_numerator=2),
)
FUNDS = {"A": 4_000, "F": 40_000, "Q": 15_000}
POOR = 4
SHARES = {(POOR, "A"): 10, (POOR, "F"): 10, (POOR, "Q"): 10, (3, "F"): 400}
"""Who has how much less: balances must fall short, also the asset that fees are paid in."""
ACCOUNTS = (
    OpenAccount(account=1, fees=FeeRates(100_000, 150_000), group=7),
    OpenAccount(account=2, fees=FeeRates(0, 3_333_333), group=7),
    OpenAccount(
        account=3, fees=FeeRates(5_000_000, 8_000_000), fee_asset="F", fee_discount=25_000_000
    ),
    OpenAccount(account=POOR, fees=FeeRates(1_000_000, 2_000_000)),
    OpenAccount(account=5, group=7, fees=FeeRates(99_999, 1), fee_asset="Q"),
)
LIMIT, MARKET = OrderType.LIMIT, OrderType.MARKET
GTC, IOC, FOK, GTD = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTD
PREVENTIONS = tuple(SelfTradePrevention)
DRAWN_PREVENTIONS = (*PREVENTIONS, SelfTradePrevention.TRANSFER, SelfTradePrevention.TRANSFER)
ABOVE, BELOW = TriggerWhen.AT_OR_ABOVE, TriggerWhen.AT_OR_BELOW


def fair(account: int, asset: str) -> int:
    """What an account begins with, and is brought back to."""
    return FUNDS.get(asset, 0) // SHARES.get((account, asset), 1)


class Divergence(AssertionError):
    """The engine and the oracle disagree."""


def plain(event: Any) -> tuple[Any, ...]:
    """An event as values: records of orders become their ids."""
    return (type(event).__name__, *[_plain(getattr(event, n)) for n in event.__struct_fields__])


def _plain(value: Any) -> Any:
    if isinstance(value, Order):
        return value.order_id
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return value


class Writer:
    """Draws commands. It looks at the engine only to name orders that exist."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)
        self.names = 0
        kinds: dict[Callable[[Engine], AnyCommand], float] = {
            self.place: 44,
            self.requote: 9,
            self.participant: 5,
            self.cancel: 11,
            self.cancel_all: 2.5,
            self.amend: 6,
            self.replace: 5,
            self.list_: 10,
            self.cancel_list: 2,
            self.transfer: 3.5,
            self.status: 1.2,
            self.account: 0.4,
            self.fees: 0.4,
            self.asset: 0.3,
            self.listing: 0.5,
        }
        self.kinds, self.weights = list(kinds), list(kinds.values())

    def opening(self) -> list[AnyCommand]:
        """What makes the world."""
        out: list[AnyCommand] = [AddAsset(asset=Asset(name, 8)) for name in ASSETS]
        out += [List(listing=listing) for listing in LISTINGS]
        for account in ACCOUNTS:
            out.append(account)
            out += [
                Transfer(
                    source=-1, target=account.account, asset=n, amount=fair(account.account, n)
                )
                for n in FUNDS
            ]
        return out

    def draw(self, engine: Engine) -> AnyCommand:
        """The next command."""
        return self.r.choices(self.kinds, self.weights)[0](engine)

    # -------------------------------------------------------------- pieces

    def some(self, likely: Any, rare: Any, chance: float = 0.01) -> Any:
        return rare if self.r.random() < chance else likely

    def who(self) -> int:
        return self.some(self.r.choice((1, 1, 2, 3, 3, POOR, 5)), self.r.choice((99, -2)), 0.006)

    def where(self) -> str:
        return self.some(self.r.choice(("AQ", "AQ", "FQ", "AF")), "nowhere", 0.005)

    def last(self, engine: Engine, instrument: str) -> int:
        return engine.last_price(instrument) if instrument in engine.listings else 0

    def name(self) -> str:
        self.names += 1
        return self.r.choice(("", f"n{self.names}", f"n{self.r.randrange(12)}"))

    def price(self) -> int:
        return 100 + self.r.choice((-6, -4, -3, -2, -1, -1, 0, 0, 1, 1, 2, 3, 4, 6))

    def lots(self) -> int:
        return self.r.choice((1, 2, 3, 5, 7, 10, 15, 20, 40))

    def trigger(self, side: Side, last: int) -> Trigger:
        when = self.r.choice((ABOVE, BELOW))
        last = last or 100
        away = self.r.choice((1, 1, 2, 3))
        price = last + away if when is ABOVE else last - away
        kind = self.r.random()
        if kind < 0.04:
            return Trigger(when, self.r.choice((last, last - 2, last + 2)))
        if kind < 0.7:
            return Trigger(when, max(1, price))
        trail = self.r.choice((50, 100, 200, 300))
        if kind < 0.85:
            return Trigger(when, 0, trail)
        if kind < 0.99:
            return Trigger(when, max(1, price), trail)
        return Trigger(when, 0, self.r.choice((0, 10_000, -5)))

    def peg(self, offsets: tuple[int, ...] = (0, 0, 1, 2, 5, 9)) -> Peg:
        return Peg(self.r.choice(tuple(PegTo)), self.r.choice(offsets))

    # -------------------------------------------------------------- orders

    def order(self, engine: Engine, account: int, instrument: str) -> PlaceOrder:
        r = self.r
        side = r.choice((Side.BUY, Side.SELL))
        values: dict[str, Any] = {
            "account": account,
            "instrument": instrument,
            "side": side,
            "client_order_id": self.name(),
            "self_trade_prevention": r.choice(DRAWN_PREVENTIONS),
            "fee_price": r.choice((0, 100_000_000, 37_000_000, 250_000_001)),
            "memo": r.choice(("", "x")),
        }
        if r.random() < 0.12:
            values["price_low"] = r.choice((0, 0, 96, 98, 100))
            values["price_high"] = r.choice((0, 0, 100, 102, 104))
        if r.random() < 0.3:
            values |= self.market_fields(engine, instrument, side)
        else:
            values |= self.limit_fields(engine, instrument, side)
        if r.random() < 0.01:
            values |= r.choice(
                (
                    {"quantity": 0},
                    {"quantity": -3},
                    {"price": -1},
                    {"time_in_force": GTD},
                    {"quote_quantity": 50, "quantity": 5},
                    {"post_only": True, "time_in_force": IOC},
                    {"display_quantity": 1_000},
                    {"price_low": -1},
                    {"peg": Peg(PegTo.PRIMARY, -1)},
                )
            )
        return PlaceOrder(order_type=values.pop("order_type"), **values)

    def market_fields(self, engine: Engine, instrument: str, side: Side) -> dict[str, Any]:
        r = self.r
        values: dict[str, Any] = {"order_type": MARKET}
        kind = r.random()
        if kind < 0.35:
            values["quote_quantity"] = r.choice((1, 5, 7, 13, 60, 300, 900, 4_000, 20_000))
        else:
            values["quantity"] = self.lots() * r.choice((1, 1, 4))
            values["time_in_force"] = r.choice((GTC, GTC, IOC, FOK))
            if kind > 0.75:
                values["trigger"] = self.trigger(side, self.last(engine, instrument))
        return values

    def limit_fields(self, engine: Engine, instrument: str, side: Side) -> dict[str, Any]:
        r = self.r
        values: dict[str, Any] = {
            "order_type": LIMIT,
            "quantity": self.lots(),
            "price": self.price(),
        }
        kind = r.random()
        if kind < 0.15:
            values["post_only"] = True
        elif kind < 0.45:
            values["time_in_force"] = r.choice((IOC, FOK))
        elif kind < 0.6:
            values["display_quantity"] = r.randint(1, values["quantity"])
        kind = r.random()
        if kind < 0.12:
            values["peg"] = self.peg()
            values["price"] = r.choice((0, values["price"]))
        if r.random() < 0.2:
            values["trigger"] = self.trigger(side, self.last(engine, instrument))
        return values

    def place(self, engine: Engine) -> PlaceOrder:
        return self.order(engine, self.who(), self.where())

    def participant(self, engine: Engine) -> PlaceOrder:
        r = self.r
        price = r.choice((0, 0, self.price()))
        by_value = not price and r.random() < 0.2
        return PlaceOrder(
            account=0,
            instrument=self.where(),
            side=r.choice((Side.BUY, Side.SELL)),
            order_type=LIMIT if price else MARKET,
            price=price,
            quantity=0 if by_value else self.lots(),
            quote_quantity=r.choice((30, 500)) if by_value else 0,
            time_in_force=GTC if by_value else r.choice((GTC, IOC, FOK)),
        )

    def requote(self, engine: Engine) -> Requote:
        r = self.r
        instrument = self.where()
        middle = 100 + r.choice((-3, -1, 0, 0, 0, 0, 1, 3))
        depth = r.choice((0, 1, 3, 3, 6))
        return Requote(
            instrument=instrument,
            bids=tuple((middle - 1 - n, r.choice((5, 10, 10, 20))) for n in range(depth)),
            asks=tuple((middle + 1 + n, r.choice((5, 10, 10, 20))) for n in range(depth)),
            next_trade_id=self.some(0, r.randrange(1, 10**6), 0.05),
            last_price=self.some(0, middle, 0.1),
        )

    # -------------------------------------------------------------- about orders that exist

    def mine(self, engine: Engine) -> tuple[int, str, Order | None]:
        account = self.who()
        orders = engine.open_orders(account)
        if not orders or self.r.random() < 0.02:
            return account, self.where(), None
        order = self.r.choice(orders)
        return account, order.instrument, order

    def ids(self, order: Order | None) -> dict[str, Any]:
        kind = self.r.random()
        if order is None:
            return {"order_id": self.r.choice((0, 10**9))}
        if kind < 0.65 or not order.client_order_id:
            return {"order_id": order.order_id}
        if kind < 0.8:
            return {"client_order_id": order.client_order_id}
        if kind < 0.9:
            return {"order_id": order.order_id, "client_order_id": "not this"}
        return {"order_id": order.order_id, "client_order_id": order.client_order_id}

    def cancel(self, engine: Engine) -> CancelOrder:
        account, instrument, order = self.mine(engine)
        return CancelOrder(
            account=account,
            instrument=instrument,
            cancel_id=self.r.choice(("", "c1", f"c{self.names}")),
            only=self.some(None, self.r.choice(tuple(CancelOnly)), 0.25),
            **self.ids(order),
        )

    def cancel_all(self, engine: Engine) -> CancelAll:
        return CancelAll(account=self.who(), instrument=self.r.choice(("", self.where())))

    def amend(self, engine: Engine) -> AmendOrder:
        account, instrument, order = self.mine(engine)
        asleep = [o for o in engine.open_orders(account) if engine.awaits_list(o)]
        if asleep and self.r.random() < 0.15:
            order = self.r.choice(asleep)
            instrument = order.instrument
        quantity = 5
        if order is not None:
            lower = self.r.randint(0, max(1, order.quantity))
            quantity = self.r.choice((lower, lower, lower, order.quantity - 1, order.quantity + 1))
        return AmendOrder(
            account=account,
            instrument=instrument,
            quantity=quantity,
            new_client_order_id=self.name(),
            **self.ids(order),
        )

    def replace(self, engine: Engine) -> ReplaceOrder:
        cancel = self.cancel(engine)
        other = self.some(cancel.instrument, self.where(), 0.1)
        return ReplaceOrder(
            cancel=cancel,
            new=self.order(engine, cancel.account, other),
            stop_on_failure=self.r.random() < 0.5,
            place=self.r.random() < 0.9,
        )

    # -------------------------------------------------------------- lists

    def legs(self, engine: Engine, base: dict[str, Any], last: int) -> list[PlaceOrder]:
        """A pair: a limit or take-profit leg and a stop leg on the other side of the price."""
        r = self.r
        side, last = base["side"], last or 100
        sign = 1 if side is Side.SELL else -1
        gain, loss = last + sign * r.choice((1, 2, 3)), last - sign * r.choice((1, 2, 3))
        if r.random() < 0.1:
            gain, loss = loss, gain
        up, down = (ABOVE, BELOW) if side is Side.SELL else (BELOW, ABOVE)
        first: dict[str, Any] = {"order_type": LIMIT, "price": max(1, gain)}
        kind = r.random()
        if kind < 0.4:
            first["post_only"] = True
        elif kind < 0.6:
            first["trigger"] = Trigger(up, max(1, gain))
        elif kind < 0.65:
            first = {"order_type": MARKET, "trigger": Trigger(up, max(1, gain))}
        if kind > 0.9:
            first |= {"peg": self.peg((0, 0, 1)), "price": 0}
        stop = Trigger(down, max(1, loss), self.some(0, 100, 0.2))
        if r.random() < 0.1:
            stop = Trigger(down, 0, 150)
        second: dict[str, Any] = {"order_type": MARKET, "trigger": stop}
        if r.random() < 0.5:
            second = {"order_type": LIMIT, "price": max(1, loss - sign), "trigger": stop}
        legs = [
            PlaceOrder(**{**base, "client_order_id": self.name(), **leg}) for leg in (first, second)
        ]
        if r.random() < 0.5:
            legs.reverse()
        return legs

    def list_(self, engine: Engine) -> PlaceList:
        r = self.r
        account, instrument = self.who(), self.where()
        last = self.last(engine, instrument)
        side = r.choice((Side.BUY, Side.SELL))
        base: dict[str, Any] = {
            "account": account,
            "instrument": instrument,
            "side": side,
            "quantity": self.lots(),
            "self_trade_prevention": r.choice(DRAWN_PREVENTIONS),
            "fee_price": r.choice((0, 100_000_000)),
        }
        proceeds, orders = False, []
        if r.random() < 0.45:
            contingency = Contingency.ONE_CANCELS_OTHER
            orders = self.legs(engine, base, last)
        else:
            contingency = Contingency.ONE_TRIGGERS_OTHER
            proceeds = r.random() < 0.45
            first: dict[str, Any] = {"order_type": LIMIT, "price": self.price()}
            kind = r.random()
            if kind < 0.2:
                first["time_in_force"] = r.choice((IOC, FOK))
            elif kind < 0.3:
                first["post_only"] = True
            then = dict(base)
            if proceeds:
                base["side"], then["side"], then["quantity"] = Side.BUY, Side.SELL, 0
            elif r.random() < 0.5:
                then["side"] = side.opposite
            orders = [PlaceOrder(**{**base, "client_order_id": self.name(), **first})]
            if r.random() < 0.5:
                orders += self.legs(engine, then, last)
            else:
                orders.append(self.legs(engine, then, last)[r.randrange(2)])
        if r.random() < 0.02:
            orders = r.choice((orders[:1], [orders[0], *orders], orders[::-1]))
        return PlaceList(
            account=account,
            instrument=instrument,
            contingency=contingency,
            orders=tuple(orders),
            client_list_id=r.choice(("", f"l{r.randrange(6)}", f"l{self.names}")),
            proceeds=proceeds,
        )

    def cancel_list(self, engine: Engine) -> CancelList:
        account = self.who()
        lists = engine.open_lists(account)
        if not lists or self.r.random() < 0.05:
            return CancelList(account=account, instrument=self.where(), list_id=10**9)
        listed = self.r.choice(lists)
        kind = self.r.random()
        by_name = kind < 0.3
        name = listed.client_list_id if kind < 0.6 else self.some("", "not this", 0.3)
        return CancelList(
            account=account,
            instrument=self.some(listed.instrument, self.where(), 0.05),
            list_id=0 if by_name else listed.list_id,
            client_list_id=name,
            cancel_id=self.r.choice(("", "c2")),
        )

    # -------------------------------------------------------------- the world

    def transfer(self, engine: Engine) -> Transfer:
        r = self.r
        asset = self.some(r.choice(ASSETS), "Z", 0.05)
        account = self.who()
        richest = fair(account, asset)
        available = engine.balance(account, asset)[0]
        amount = max(available - richest, richest // r.choice((5, 20)) + 1)
        amount = self.some(amount, r.choice((0, -5)), 0.03)
        source, target = (account, -1) if available > richest else (-1, account)
        if r.random() < 0.25:
            source, target = account, self.who()
        return Transfer(source=source, target=target, asset=asset, amount=amount)

    def status(self, engine: Engine) -> SetStatus:
        closed = [
            name
            for name, status in engine.statuses.items()
            if status is not InstrumentStatus.TRADING
        ]
        if closed and self.r.random() < 0.93:
            return SetStatus(instrument=self.r.choice(closed), status=InstrumentStatus.TRADING)
        return SetStatus(instrument=self.where(), status=self.r.choice(tuple(InstrumentStatus)))

    def account(self, engine: Engine) -> OpenAccount:
        again = self.r.choice(ACCOUNTS)
        return self.some(
            again,
            self.r.choice(
                (
                    OpenAccount(account=0),
                    OpenAccount(account=1, fee_asset="Z"),
                    OpenAccount(account=1, fees=FeeRates(200_000, 0), group=7),
                    OpenAccount(account=2, fees=FeeRates(0, 3_333_333), group=0),
                )
            ),
            0.5,
        )

    def fees(self, engine: Engine) -> SetFees:
        r = self.r.randrange
        small = FeeRates(r(200_000), r(200_000), r(50_000), r(50_000))
        rare = self.r.choice((FeeRates(-1, 0), FeeRates(99_900_000, 0, 99_999), FeeRates(0, 10**8)))
        return SetFees(
            account=self.who(),
            instrument=self.where(),
            fees=self.some(FeeRates(5_000_000, 8_000_000, 10_000, 20_000), small, 0.3),
            special=self.some(FeeRates(buyer=r(30_000), seller=r(30_000)), rare, 0.3),
            tax=FeeRates(r(3_000), r(3_000), r(500), r(500)),
        )

    def asset(self, engine: Engine) -> AddAsset:
        return AddAsset(asset=Asset(self.r.choice((*ASSETS, "")), self.r.choice((8, 8, 2))))

    def listing(self, engine: Engine) -> List:
        return List(
            listing=self.some(
                self.r.choice(LISTINGS),
                self.r.choice(
                    (
                        Listing("AQ", "A", "Q", base_per_lot=11, value_numerator=3),
                        Listing("ZQ", "Z", "Q", base_per_lot=1, value_numerator=1),
                        Listing("FQ", "F", "Q", base_per_lot=1, value_numerator=0),
                        Listing("QQ", "Q", "Q", base_per_lot=1, value_numerator=1),
                    )
                ),
                0.3,
            )
        )


class Fuzz:
    """Plays commands on both and counts what happened; Divergence at the first difference."""

    def __init__(self, seed: int, engine: Any = None, kept: int = 3_000) -> None:
        self.writer = Writer(seed)
        self.engine = Engine() if engine is None else engine
        self.oracle = Oracle()
        self.counts: Counter[str] = Counter()
        self.number = 0
        self.seed = seed
        self.kept = kept
        """After so many commands the engine is replaced by one restored from its bytes."""

    def run(self, commands: int) -> None:
        for command in self.writer.opening():
            self.step(command)
        for _ in range(commands):
            self.step(self.writer.draw(self.engine))
        self.compare_state(None)

    def step(self, command: AnyCommand) -> None:
        self.number += 1
        now = self.number * 1_000
        digest = self.engine.digest() if isinstance(command, Requote) else ""
        try:
            got = self.engine.apply(command, now)
        except Exception as error:
            raise Divergence(f"{self.place()}: {command}: {error!r}") from error
        wanted = self.oracle.apply(command, now)
        if [plain(e) for e in got] != [plain(e) for e in wanted]:
            raise Divergence(self.difference(command, got, wanted))
        self.count(command, got)
        if digest and not any(isinstance(e, Fill | OrderExpired) for e in got):
            same = self.engine.digest() == digest or any(self.trails(e) for e in got)
            if not same and not self.oracle_trails():
                raise Divergence(f"{self.place()}: a requote changed the digest: {command}")
        if self.number % 50 == 0:
            self.compare_state(command)
        if self.number % self.kept == 0:
            self.restore()

    def trails(self, event: Any) -> bool:
        return type(event).__name__ == "OrderTriggered"

    def oracle_trails(self) -> bool:
        """Trails follow the participants' trades, so what an outsider sees did change."""
        return any(o.watching and o.c.trigger.trailing for o in self.oracle.orders if o.c.trigger)

    def restore(self) -> None:
        kind, before = type(self.engine), self.engine.state()
        restored = kind.restore(before)
        if restored.digest() != self.engine.digest() or restored.state() != before:
            raise Divergence(f"{self.place()}: state and restore differ")
        self.engine = restored

    def place(self) -> str:
        return f"seed {self.seed} command {self.number}"

    def difference(self, command: AnyCommand, got: list[Any], wanted: list[Any]) -> str:
        lines = [f"{self.place()}: {command}"]
        ours, theirs = [plain(e) for e in got], [plain(e) for e in wanted]
        for index in range(max(len(ours), len(theirs))):
            one = ours[index] if index < len(ours) else None
            two = theirs[index] if index < len(theirs) else None
            mark = "  " if one == two else "! "
            lines.append(f"{mark}engine {one}")
            if one != two:
                lines.append(f"  oracle {two}")
        return "\n".join(lines)

    def compare_state(self, command: AnyCommand | None) -> None:
        """Everything that can be asked, and the engine's own audit."""
        try:
            self.engine.audit()
        except AssertionError as error:
            raise Divergence(f"{self.place()}: {command}: audit: {error}") from error
        pairs = (
            ("orders", engine_orders(self.engine), oracle_orders(self.oracle)),
            ("balances", engine_balances(self.engine), oracle_balances(self.oracle)),
            ("levels", engine_levels(self.engine), oracle_levels(self.oracle)),
            ("prices", engine_prices(self.engine), oracle_prices(self.oracle)),
        )
        for what, ours, theirs in pairs:
            if ours != theirs:
                raise Divergence(f"{self.place()}: {command}: {what}\n{ours}\n{theirs}")

    def count(self, command: AnyCommand, events: list[Any]) -> None:
        counts = self.counts
        counts[f"command {type(command).__name__}"] += 1
        orders = command.orders if isinstance(command, PlaceList) else ()
        if isinstance(command, PlaceOrder):
            orders = (command,)
        elif isinstance(command, ReplaceOrder):
            orders = (command.new,)
        told = [event.command for event in events if isinstance(event, Refused)]
        refused = command in told or (isinstance(command, ReplaceOrder) and command.new in told)
        if not refused:
            for order in orders:
                for kind in kinds_of(order):
                    counts[f"accepted {kind}"] += 1
            if isinstance(command, PlaceList):
                size = f"{command.contingency.value}{len(command.orders)}"
                counts[f"list {size}{' proceeds' if command.proceeds else ''}"] += 1
        for event in events:
            if isinstance(event, Refused):
                counts[f"refused {event.why.value}"] += 1
            elif isinstance(event, OrderExpired):
                counts[f"expired {event.why.value}"] += 1
            elif isinstance(event, TradePrevented):
                counts[f"prevented {event.mode.value}"] += 1
            elif isinstance(event, Transferred) and isinstance(command, Transfer):
                counts["event Transferred (command)"] += 1
            elif isinstance(event, Fill):
                counts[f"fill fee in {'F' if event.fee_asset == 'F' else 'other'}"] += 1
                counts["event Fill"] += 1
            else:
                counts[f"event {type(event).__name__}"] += 1


def kinds_of(order: PlaceOrder) -> list[str]:
    """The words under which an accepted order is counted."""
    who = "participant's " if order.account == 0 else ""
    kinds = [f"{who}type {order.order_type.value}", f"{who}tif {order.time_in_force.value}"]
    if who:
        return kinds
    kinds.append(f"stp {order.self_trade_prevention.value}")
    for name, there in (
        ("market by value", order.quote_quantity),
        ("post only", order.post_only),
        ("iceberg", order.display_quantity),
        ("pegged", order.peg),
        ("trigger", order.trigger and not order.trigger.trailing),
        ("trailing", order.trigger and order.trigger.trailing),
        ("range", order.price_low or order.price_high),
    ):
        if there:
            kinds.append(name)
    return kinds


def expected() -> list[str]:
    """What must occur often enough in a long run."""
    refusals = [f"refused {why.value}" for why in Refusal]
    expiries = [f"expired {why.value}" for why in Expiry]
    modes = [f"prevented {mode.value}" for mode in PREVENTIONS if mode.value != "none"]
    stps = [f"accepted stp {mode.value}" for mode in PREVENTIONS]
    tifs = [f"accepted tif {tif.value}" for tif in (GTC, IOC, FOK)]
    types = [f"accepted type {kind.value}" for kind in (LIMIT, MARKET)]
    more = ("market by value", "post only", "iceberg", "pegged", "trigger", "trailing", "range")
    commands = [f"command {kind}" for kind in AnyCommand.__args__ for kind in (kind.__name__,)]
    lists = [f"list {kind}" for kind in ("oco2", "oto2", "oto3", "oto2 proceeds", "oto3 proceeds")]
    extra = [f"accepted {kind}" for kind in more]
    return refusals + expiries + modes + stps + tifs + types + extra + commands + lists


def engine_orders(engine: Any) -> list[tuple[Any, ...]]:
    return [
        (
            o.order_id,
            o.account,
            o.instrument,
            o.client_order_id,
            o.status.value,
            o.price,
            o.quantity,
            o.remaining,
            o.shown,
            o.filled_quantity,
            o.filled_value,
            o.prevented_quantity,
            o.fills,
            o.trail_extreme,
            engine.awaits_list(o),
            engine.order(o.order_id) is o,
            not o.client_order_id
            or engine.by_client_id(o.account, o.instrument, o.client_order_id) is o,
        )
        for account in engine.accounts
        for o in engine.open_orders(account)
    ]


def oracle_orders(oracle: Oracle) -> list[tuple[Any, ...]]:
    return [
        (
            o.id,
            o.c.account,
            o.c.instrument,
            o.name,
            o.status,
            o.price,
            o.quantity,
            o.left,
            o.shown,
            o.filled,
            o.value,
            o.prevented,
            o.fills,
            o.extreme,
            o.dormant,
            True,
            True,
        )
        for account in oracle.accounts
        for o in sorted(oracle.orders, key=lambda o: o.id)
        if o.c.account == account and o.id > 0
    ]


def engine_balances(engine: Any) -> dict[tuple[int, str], tuple[int, int]]:
    return {
        (account, asset): has
        for account in engine.accounts
        for asset, has in engine.balances(account).items()
        if any(has)
    }


def oracle_balances(oracle: Oracle) -> dict[tuple[int, str], tuple[int, int]]:
    return {key: has for key, has in oracle.balances().items() if any(has)}


def engine_levels(engine: Any) -> dict[tuple[str, str], list[tuple[int, int]]]:
    out = {}
    for name in engine.listings:
        for side in Side:
            out[name, side.value] = engine.levels(name, side, 3)
            best = engine.best(name)[0 if side is Side.BUY else 1]
            assert best == (out[name, side.value][0][0] if out[name, side.value] else None)
    return out


def oracle_levels(oracle: Oracle) -> dict[tuple[str, str], list[tuple[int, int]]]:
    depth, out = oracle.depth(), {}
    for name in oracle.listings:
        for side in Side:
            rows = [(p, q) for (n, s, p), q in depth.items() if (n, s) == (name, side.value)]
            out[name, side.value] = sorted(rows, reverse=side is Side.BUY)[:3]
    return out


def engine_prices(engine: Any) -> dict[str, tuple[int, int, bool]]:
    return {
        name: (
            engine.last_price(name),
            engine.next_trade_id(name),
            engine.has_outside_orders(name),
        )
        for name in engine.listings
    }


def oracle_prices(oracle: Oracle) -> dict[str, tuple[int, int, bool]]:
    return {
        name: (
            oracle.last[name],
            oracle.trade_id[name],
            any(o.c.instrument == name and o.id > 0 for o in oracle.orders),
        )
        for name in oracle.listings
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--require", type=int, default=-1)
    chosen = parser.parse_args()
    require = chosen.commands // 1_000 if chosen.require < 0 else chosen.require
    fuzz = Fuzz(chosen.seed)
    started = time.perf_counter()
    fuzz.run(chosen.commands)
    seconds = time.perf_counter() - started
    for name, count in sorted(fuzz.counts.items()):
        print(f"{count:>9,}  {name}")
    print(f"{chosen.commands:,} commands, seed {chosen.seed}: the same events, {seconds:.0f} s")
    print(f"digest {fuzz.engine.digest()}")
    rare = {name: fuzz.counts[name] for name in expected() if fuzz.counts[name] < require}
    if rare:
        raise SystemExit(f"occurred less than {require:,} times: {rare}")


if __name__ == "__main__":
    main()
