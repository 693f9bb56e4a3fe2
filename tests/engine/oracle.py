"""The obvious engine: slow, flat, recomputed from scratch at every step.

It shares nothing with the engine but the command and event types. There is no book: resting orders
are sorted when somebody needs the best. There are no holds: what is held is computed from the open
orders whenever a balance is asked for. There is no touched set: balances and depths are taken
before and after a command and compared. Events carry order ids where the engine's carry records.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tradewind.engine import events as ev
from tradewind.engine.commands import (
    AddAsset,
    AmendOrder,
    CancelAll,
    CancelList,
    CancelOnly,
    CancelOrder,
    Contingency,
    List,
    OpenAccount,
    PegTo,
    PlaceList,
    PlaceOrder,
    ReplaceOrder,
    Requote,
    SetFees,
    SetStatus,
    Transfer,
    TriggerWhen,
)
from tradewind.engine.events import Expiry, ListStatus, Refusal
from tradewind.engine.listing import FeeRates, Listing
from tradewind.model import (
    InstrumentStatus,
    Liquidity,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)

MARKET, OUTSIDE, FEES = 0, -1, -2
ONE = 10**8
FINAL = ("filled", "cancelled", "expired", "prevented")
STP = SelfTradePrevention


def part_rate(part: FeeRates, makes: bool, buys: bool) -> int:
    role = part.maker if makes else part.taker
    return role + (part.buyer if buys else part.seller)


class No(Exception):
    """The command is refused."""

    def __init__(self, why: Refusal, command: Any = None) -> None:
        self.why = why
        self.command = command


@dataclass
class Ord:
    id: int
    c: PlaceOrder
    name: str
    price: int
    quantity: int
    hold_price: int
    status: str = "open"
    filled: int = 0
    value: int = 0
    prevented: int = 0
    fills: int = 0
    shown: int = 0
    arrival: int = 0  # place in the queue; 0: does not rest
    budget: int | None = None  # a taking market buy: what it may still spend
    locked: int = 0  # proceeds received for it
    group: Lst | None = None
    dormant: bool = False  # waits for the first of its list
    watching: bool = False  # waits for its trigger
    extreme: int = 0

    @property
    def left(self) -> int:
        return self.quantity - self.filled - self.prevented

    @property
    def live(self) -> bool:
        return self.status not in FINAL


@dataclass
class Lst:
    id: int
    c: PlaceList
    orders: list[Ord] = field(default_factory=list)
    waiting: bool = False

    def pair(self) -> list[Ord]:
        two = (
            self.orders if self.c.contingency is Contingency.ONE_CANCELS_OTHER else self.orders[1:]
        )
        return two if len(two) == 2 else []

    def partner(self, o: Ord) -> Ord | None:
        others = [x for x in self.pair() if x is not o]
        return others[0] if len(others) == 1 and others[0].live else None


class Oracle:
    def __init__(self) -> None:
        self.assets: dict[str, int] = {}
        self.accounts: dict[int, OpenAccount] = {n: OpenAccount(account=n) for n in (0, -1, -2)}
        self.fees: dict[tuple[int, str], SetFees] = {}
        self.listings: dict[str, Listing] = {}
        self.totals: defaultdict[tuple[int, str], int] = defaultdict(int)
        self.orders: list[Ord] = []  # open ones, participants' too
        self.lists: list[Lst] = []
        self.last: defaultdict[str, int] = defaultdict(int)
        self.trade_id: defaultdict[str, int] = defaultdict(lambda: 1)
        self.prevented_id: defaultdict[str, int] = defaultdict(int)
        self.order_id = 1
        self.quote_id = -1
        self.list_id = 1
        self.arrivals = 0
        self.now = 0
        self.out: list[Any] = []
        self.prices: list[tuple[str, int]] = []
        self.todo: list[tuple[Ord, bool]] = []
        self.lists_touched: list[Lst] = []

    # ------------------------------------------------------------------ one command

    def apply(self, command: Any, now: int) -> list[Any]:
        self.now, self.out = now, []
        self.prices, self.todo, self.lists_touched = [], [], []
        balances, depth = self.balances(), self.depth()
        try:
            getattr(self, "do_" + type(command).__name__)(command)
        except No as no:
            self.say(ev.Refused, command=no.command or command, why=no.why)
        self.follow_up()
        for lst in self.lists_touched:
            self.report(lst)
        after = self.balances()
        for account, asset in sorted(set(after) | set(balances)):
            now_has = after.get((account, asset), (0, 0))
            if now_has != balances.get((account, asset), (0, 0)) and account != MARKET:
                a, h = now_has
                assert h >= 0, "held below zero"
                assert a >= 0 or account == OUTSIDE, "available below zero"
                self.say(ev.BalanceChanged, account=account, asset=asset, available=a, held=h)
        levels = self.depth()
        for instrument, side, price in sorted(set(depth) | set(levels)):
            lots = levels.get((instrument, side, price), 0)
            if lots != depth.get((instrument, side, price), 0):
                self.say(
                    ev.LevelChanged,
                    instrument=instrument,
                    side=Side(side),
                    price=price,
                    quantity=lots,
                )
        return self.out

    def say(self, kind: Any, **values: Any) -> None:
        self.out.append(kind(at=self.now, **values))

    def follow_up(self) -> None:
        while True:
            for instrument, price in self.prices:
                self.watch(instrument, price)
            self.prices = []
            if not self.todo:
                return
            order, released = self.todo.pop(0)
            if order.status == "pending":
                self.activate(order, released)

    # ------------------------------------------------------------------ what is

    def depth(self) -> dict[tuple[str, str, int], int]:
        out: defaultdict[tuple[str, str, int], int] = defaultdict(int)
        for o in self.orders:
            if o.arrival:
                out[o.c.instrument, str(o.c.side), o.price] += o.shown
        return dict(out)

    def balances(self) -> dict[tuple[int, str], tuple[int, int]]:
        held: defaultdict[tuple[int, str], int] = defaultdict(int)
        for o in self.orders:
            if o.c.account != MARKET:
                held[o.c.account, self.pays(o)] += self.own_hold(o)
        return {key: (total - held[key], held[key]) for key, total in self.totals.items()}

    def own_hold(self, o: Ord) -> int:
        """What an order holds; the first live leg of a pair holds for both."""
        if o.dormant and o.group and o.group.c.proceeds:
            return o.locked
        if o.group and o.group.partner(o):
            both = [self.need(x) for x in o.group.pair()]
            return max(both) if o is o.group.pair()[0] else 0
        return self.need(o)

    def need(self, o: Ord) -> int:
        listing = self.listings[o.c.instrument]
        if o.c.side is Side.SELL:
            return o.left * listing.base_per_lot
        if o.budget is not None:
            return o.budget
        return self.worth_up(listing, o.hold_price, o.left)

    def pays(self, o: Ord) -> str:
        listing = self.listings[o.c.instrument]
        return listing.quote if o.c.side is Side.BUY else listing.base

    def free(self, account: int, asset: str) -> int:
        held = sum(
            self.own_hold(o)
            for o in self.orders
            if o.c.account == account and self.pays(o) == asset
        )
        return self.totals[account, asset] - held

    @staticmethod
    def worth(listing: Listing, price: int, lots: int) -> int:
        return (price * lots * listing.value_numerator) // listing.value_denominator

    @staticmethod
    def worth_up(listing: Listing, price: int, lots: int) -> int:
        whole, rest = divmod(price * lots * listing.value_numerator, listing.value_denominator)
        return whole + (1 if rest else 0)

    def queue(self, taker: Ord) -> list[Ord]:
        """What the taker may meet, in order; its limit and range not yet looked at."""
        others = [
            o
            for o in self.orders
            if o.arrival and o.c.instrument == taker.c.instrument and o.c.side is not taker.c.side
        ]
        if taker.c.side is Side.BUY:
            return sorted(others, key=lambda o: (o.price, o.arrival))
        return sorted(others, key=lambda o: (-o.price, o.arrival))

    def crosses(self, taker: Ord, price: int) -> bool:
        if taker.c.order_type is OrderType.MARKET:
            return True
        return price <= taker.price if taker.c.side is Side.BUY else price >= taker.price

    @staticmethod
    def in_range(taker: Ord, price: int) -> bool:
        low, high = taker.c.price_low, taker.c.price_high
        return price >= low and (not high or price <= high)

    def same_owner(self, taker: Ord, maker: Ord) -> bool:
        if taker.c.self_trade_prevention is STP.NONE or MARKET in (
            taker.c.account,
            maker.c.account,
        ):
            return False
        group = self.accounts[taker.c.account].group
        if group and group == self.accounts[maker.c.account].group:
            return True
        return taker.c.account == maker.c.account

    # ------------------------------------------------------------------ accounts and instruments

    def do_AddAsset(self, c: AddAsset) -> None:
        if not c.asset.name or c.asset.decimals < 0:
            raise No(Refusal.INVALID)
        if self.assets.get(c.asset.name, c.asset.decimals) != c.asset.decimals:
            raise No(Refusal.INVALID)
        self.assets[c.asset.name] = c.asset.decimals

    def do_List(self, c: List) -> None:
        new = c.listing
        if new.base not in self.assets or new.quote not in self.assets:
            raise No(Refusal.UNKNOWN_ASSET)
        if not new.instrument or new.base == new.quote:
            raise No(Refusal.INVALID)
        for number in (
            new.base_per_lot,
            new.value_numerator,
            new.value_denominator,
            new.market_lot,
            new.market_min,
        ):
            if number < 1:
                raise No(Refusal.INVALID)
        old = self.listings.get(new.instrument)
        if old and any(o.c.instrument == new.instrument for o in self.orders):
            for name in (
                "base",
                "quote",
                "base_per_lot",
                "value_numerator",
                "value_denominator",
            ):
                if getattr(old, name) != getattr(new, name):
                    raise No(Refusal.INVALID)
        self.listings[new.instrument] = new
        self.change_status(new.instrument, new.status)

    def do_SetStatus(self, c: SetStatus) -> None:
        if c.instrument not in self.listings:
            raise No(Refusal.UNKNOWN_INSTRUMENT)
        self.change_status(c.instrument, c.status)

    def change_status(self, instrument: str, status: InstrumentStatus) -> None:
        old = self.listings[instrument]
        values = {name: getattr(old, name) for name in Listing.__struct_fields__}
        self.listings[instrument] = Listing(**{**values, "status": status})
        self.say(ev.InstrumentChanged, listing=self.listings[instrument], status=status)
        if status is InstrumentStatus.ENDED:
            here = [o for o in self.orders if o.c.instrument == instrument]
            for o in sorted(here, key=lambda o: (o.c.account, o.id)):
                if o.c.account == MARKET:
                    self.drop(o)
                elif o.live:
                    self.expire(o, Expiry.INSTRUMENT_CLOSED)

    def do_OpenAccount(self, c: OpenAccount) -> None:
        if c.fee_asset and c.fee_asset not in self.assets:
            raise No(Refusal.UNKNOWN_ASSET)
        if c.account <= 0 or c.group < 0:
            raise No(Refusal.INVALID)
        self.accounts[c.account] = c

    def do_SetFees(self, c: SetFees) -> None:
        if c.account not in self.accounts or c.account in (MARKET, OUTSIDE, FEES):
            raise No(Refusal.UNKNOWN_ACCOUNT)
        if c.instrument not in self.listings:
            raise No(Refusal.UNKNOWN_INSTRUMENT)
        parts = (c.fees, c.special, c.tax)
        if any(n < 0 for p in parts for n in (p.maker, p.taker, p.buyer, p.seller)):
            raise No(Refusal.INVALID)
        for makes in (True, False):
            for buys in (True, False):
                if sum(part_rate(p, makes, buys) for p in parts) > ONE:
                    raise No(Refusal.INVALID)
        self.fees[c.account, c.instrument] = c

    def do_Transfer(self, c: Transfer) -> None:
        if c.source not in self.accounts or c.target not in self.accounts:
            raise No(Refusal.UNKNOWN_ACCOUNT)
        if c.asset not in self.assets:
            raise No(Refusal.UNKNOWN_ASSET)
        if c.amount <= 0 or c.source == c.target:
            raise No(Refusal.INVALID)
        if c.source not in (MARKET, OUTSIDE) and self.free(c.source, c.asset) < c.amount:
            raise No(Refusal.INSUFFICIENT_BALANCE)
        self.totals[c.source, c.asset] -= c.amount
        self.totals[c.target, c.asset] += c.amount
        self.say(ev.Transferred, source=c.source, target=c.target, asset=c.asset, amount=c.amount)

    # ------------------------------------------------------------------ placing

    def do_PlaceOrder(self, c: PlaceOrder) -> None:
        self.object_to(c)
        if c.account == MARKET:
            self.participate(c)
            return
        o = self.record(c, self.order_id)
        if c.trigger is None:
            amount, cut = self.prepare(o)
        else:
            if self.met(c, self.last[c.instrument]):
                raise No(Refusal.WOULD_TRIGGER)
            amount, cut = self.need(o), None
        if self.free(c.account, self.pays(o)) < amount:
            raise No(Refusal.INSUFFICIENT_BALANCE)
        self.order_id += 1
        self.accept(o)
        if c.trigger is None:
            self.start(o, amount)
            self.enter(o, cut)
        else:
            o.watching = True

    def object_to(self, c: PlaceOrder) -> None:
        if c.instrument not in self.listings:
            raise No(Refusal.UNKNOWN_INSTRUMENT)
        if c.account < 0 or c.account not in self.accounts:
            raise No(Refusal.UNKNOWN_ACCOUNT)
        if not self.makes_sense(c):
            raise No(Refusal.INVALID)
        if self.listings[c.instrument].status is not InstrumentStatus.TRADING:
            raise No(Refusal.MARKET_CLOSED)
        if c.client_order_id and self.named(c.account, c.instrument, c.client_order_id):
            raise No(Refusal.DUPLICATE_CLIENT_ORDER_ID)

    def named(self, account: int, instrument: str, name: str) -> Ord | None:
        for o in self.orders:
            if (o.c.account, o.c.instrument, o.name) == (account, instrument, name) and name:
                return o
        return None

    @staticmethod
    def makes_sense(c: PlaceOrder) -> bool:
        limit = c.order_type is OrderType.LIMIT
        rules = [
            c.time_in_force is not TimeInForce.GTD,
            c.quantity >= 0,
            c.quote_quantity >= 0,
            c.price >= 0,
            c.price_low >= 0,
            c.price_high >= 0,
            0 <= c.display_quantity <= c.quantity,
            c.peg is None or c.peg.offset >= 0,
        ]
        if c.trigger is not None:
            rules += [
                c.trigger.price >= 0,
                0 <= c.trigger.trailing < 10_000,
                c.trigger.price > 0 or c.trigger.trailing > 0,
                c.quote_quantity == 0,
            ]
        if limit:
            rules += [
                c.quantity > 0,
                c.quote_quantity == 0,
                c.price > 0 or c.peg is not None,
                c.time_in_force is TimeInForce.GTC or not (c.post_only or c.display_quantity),
            ]
        else:
            rules += [
                c.price == 0,
                not c.post_only,
                c.display_quantity == 0,
                c.peg is None,
                (c.quantity > 0) != (c.quote_quantity > 0),
                c.quote_quantity == 0 or c.time_in_force is not TimeInForce.FOK,
            ]
        return all(rules)

    def record(self, c: PlaceOrder, number: int) -> Ord:
        hold_price = c.price
        if not hold_price and c.trigger is not None:
            hold_price = c.trigger.price
        if not hold_price:
            hold_price = self.last[c.instrument]
        o = Ord(number, c, c.client_order_id, c.price, c.quantity, hold_price)
        if c.trigger is not None:
            o.status = "pending"
        return o

    def prepare(self, o: Ord) -> tuple[int, Expiry | None]:
        c, listing = o.c, self.listings[o.c.instrument]
        if c.order_type is OrderType.MARKET:
            return self.prepare_market(o, listing)
        if c.peg is not None:
            side = c.side if c.peg.to is PegTo.PRIMARY else c.side.opposite
            prices = {
                x.price
                for x in self.orders
                if x.arrival and x.c.instrument == c.instrument and x.c.side is side
            }
            ladder = sorted(prices, reverse=side is Side.BUY)
            if len(ladder) <= c.peg.offset:
                raise No(Refusal.NO_LIQUIDITY_FOR_PEG)
            o.price = o.hold_price = ladder[c.peg.offset]
        if self.worth(listing, o.price, o.left) == 0:
            raise No(Refusal.NO_VALUE)
        if c.post_only and any(self.crosses(o, x.price) for x in self.queue(o)):
            raise No(Refusal.WOULD_TAKE)
        return self.need(o), None

    def prepare_market(self, o: Ord, listing: Listing) -> tuple[int, Expiry | None]:
        levels = self.reachable(o)
        if o.c.quantity or not o.c.quote_quantity:
            if o.c.side is Side.SELL:
                return self.need(o), None
            want, total = o.left, 0
            for price, lots in levels:
                got = min(lots, want)
                total += self.worth_up(listing, price, got) if got else 0
                want -= got
            return total, None
        if not self.queue(o):
            raise No(Refusal.EMPTY_BOOK)
        lots, ended = self.by_value(listing, levels, o.c.quote_quantity)
        cut = None
        if ended:
            beyond = any(not self.in_range(o, x.price) for x in self.queue(o))
            cut = Expiry.PRICE_RANGE if beyond else Expiry.NO_LIQUIDITY
        if lots < listing.market_min and (levels or not ended):
            raise No(Refusal.BELOW_MARKET_MIN)
        o.quantity = lots
        return (o.c.quote_quantity if o.c.side is Side.BUY else self.need(o)), cut

    def by_value(
        self, listing: Listing, levels: list[tuple[int, int]], budget: int
    ) -> tuple[int, bool]:
        total, ended = 0, True
        for price, lots in levels:
            got = 0
            while got < lots and self.worth(listing, price, got + 1) <= budget:
                got += 1
            total += got
            if self.worth(listing, price, got + 1) > budget:
                ended = False
                break
            budget -= self.worth(listing, price, got)
        return total // listing.market_lot * listing.market_lot, ended

    def reachable(self, o: Ord) -> list[tuple[int, int]]:
        """Lots by price that a market order can come to, within its range."""
        passes = o.c.self_trade_prevention is STP.EXPIRE_MAKER
        levels: dict[int, int] = {}
        for maker in self.queue(o):
            if not self.in_range(o, maker.price):
                break
            if passes and self.same_owner(o, maker):
                continue
            levels[maker.price] = levels.get(maker.price, 0) + maker.left
        return list(levels.items())

    def accept(self, o: Ord) -> None:
        self.orders.append(o)
        self.say(ev.OrderAccepted, order=o.id, status=OrderStatus(o.status))

    def start(self, o: Ord, amount: int) -> None:
        """From now on a market buy holds a budget."""
        if o.c.order_type is OrderType.MARKET and o.c.side is Side.BUY:
            o.budget = amount

    def enter(self, o: Ord, cut: Expiry | None) -> None:
        c = o.c
        if c.time_in_force is TimeInForce.FOK and not self.could_fill(o):
            self.expire(o, Expiry.FOK_UNFILLED)
            return
        why = self.take(o, cut is not None)
        if not o.live:
            return
        if c.order_type is OrderType.LIMIT and c.time_in_force is TimeInForce.GTC and why is None:
            self.rest(o)
            self.say(ev.OrderRested, order=o.id, price=o.price, quantity=o.left)
            return
        if why is None:
            why = Expiry.NO_LIQUIDITY if c.order_type is OrderType.MARKET else Expiry.IOC_REST
            why = cut or why
        self.expire(o, why)

    def rest(self, o: Ord) -> None:
        o.shown = min(o.c.display_quantity, o.left) if o.c.display_quantity else o.left
        self.arrivals += 1
        o.arrival = self.arrivals

    def could_fill(self, o: Ord) -> bool:
        """Play it through on copies."""
        rows = [
            [m.price, m.arrival, m.shown, m.left, m.c.display_quantity, self.same_owner(o, m)]
            for m in self.queue(o)
            if self.crosses(o, m.price)
        ]
        want, tick = o.left, self.arrivals
        sign = 1 if o.c.side is Side.BUY else -1
        while want:
            rows = sorted((r for r in rows if r[3]), key=lambda r: (sign * r[0], r[1]))
            if not rows or not self.in_range(o, rows[0][0]):
                return False
            if rows[0][5]:
                if o.c.self_trade_prevention is not STP.EXPIRE_MAKER:
                    return False
                rows = rows[1:]
                continue
            row = rows[0]
            got = min(want, row[2])
            want -= got
            row[2] -= got
            row[3] -= got
            if not row[2] and row[3]:
                tick += 1
                row[1], row[2] = tick, min(row[4], row[3])
        return True

    def participate(self, c: PlaceOrder) -> None:
        o = self.record(c, self.quote_id)
        self.quote_id -= 1
        if c.quote_quantity:
            levels = self.reachable(o)
            o.quantity = self.by_value(self.listings[c.instrument], levels, c.quote_quantity)[0]
        if c.time_in_force is TimeInForce.FOK and not self.could_fill(o):
            return
        self.take(o, False)

    def do_Requote(self, c: Requote) -> None:
        if c.instrument not in self.listings:
            raise No(Refusal.UNKNOWN_INSTRUMENT)
        if self.listings[c.instrument].status is not InstrumentStatus.TRADING:
            raise No(Refusal.MARKET_CLOSED)
        if c.next_trade_id:
            self.trade_id[c.instrument] = c.next_trade_id
        if c.last_price and c.last_price != self.last[c.instrument]:
            self.last[c.instrument] = c.last_price
            self.see(c.instrument, c.last_price)
        wanted = {(Side.BUY, p): q for p, q in c.bids} | {(Side.SELL, p): q for p, q in c.asks}
        for o in list(self.orders):
            theirs = o.c.account == MARKET and o.c.instrument == c.instrument
            if theirs and wanted.get((o.c.side, o.price)) != o.left:
                self.drop(o)
        for (side, price), lots in wanted.items():
            there = any(
                o.c.account == MARKET
                and (o.c.instrument, o.c.side, o.price) == (c.instrument, side, price)
                for o in self.orders
            )
            if there:
                continue
            order = PlaceOrder(
                account=MARKET,
                instrument=c.instrument,
                side=side,
                order_type=OrderType.LIMIT,
                quantity=lots,
                price=price,
            )
            o = Ord(self.quote_id, order, "", price, lots, price)
            self.quote_id -= 1
            self.take(o, False)
            if o.left:
                self.orders.append(o)
                self.rest(o)

    # ------------------------------------------------------------------ meeting

    def take(self, o: Ord, short: bool) -> Expiry | None:
        while o.left and o.live:
            queue = self.queue(o)
            if not queue or not self.crosses(o, queue[0].price):
                return None
            maker = queue[0]
            if not self.in_range(o, maker.price):
                return Expiry.PRICE_RANGE
            if self.same_owner(o, maker):
                self.prevent(o, maker)
            else:
                self.trade(o, maker, min(o.left, maker.shown), short)
        return None

    def eat(self, maker: Ord, lots: int) -> None:
        """Lots come off what a resting order shows; an iceberg shows more, last in the queue."""
        maker.shown -= lots
        if not maker.shown:
            maker.arrival = 0
            if maker.left:
                self.rest(maker)

    def swap(self, taker: Ord, maker: Ord, lots: int) -> int:
        """Money and lots change hands."""
        listing = self.listings[taker.c.instrument]
        value = self.worth(listing, maker.price, lots)
        buyer, seller = (taker, maker) if taker.c.side is Side.BUY else (maker, taker)
        self.totals[buyer.c.account, listing.quote] -= value
        self.totals[seller.c.account, listing.quote] += value
        self.totals[seller.c.account, listing.base] -= lots * listing.base_per_lot
        self.totals[buyer.c.account, listing.base] += lots * listing.base_per_lot
        if buyer.budget is not None:
            buyer.budget -= value
        return value

    def trade(self, taker: Ord, maker: Ord, lots: int, short: bool) -> None:
        instrument, price = taker.c.instrument, maker.price
        for o in (maker, taker):
            self.leg_works(o)
        number = self.trade_id[instrument]
        self.trade_id[instrument] += 1
        value = self.swap(taker, maker, lots)
        for o in (maker, taker):
            o.filled += lots
            o.value += value
            o.fills += 1
        self.eat(maker, lots)
        for o in (maker, taker):
            full = o.left == 0 and not (short and o is taker)
            if o.c.account != MARKET:
                o.status = "filled" if full else "partially_filled"
                fee, asset = self.fee(o, o is maker, lots, value)
                self.say(
                    ev.Fill,
                    order=o.id,
                    trade_id=number,
                    price=price,
                    quantity=lots,
                    value=value,
                    liquidity=Liquidity.MAKER if o is maker else Liquidity.TAKER,
                    fee=fee,
                    fee_asset=asset,
                    filled_quantity=o.filled,
                    filled_value=o.value,
                    status=OrderStatus(o.status),
                    number=o.fills,
                )
        self.say(
            ev.Trade,
            instrument=instrument,
            trade_id=number,
            price=price,
            quantity=lots,
            value=value,
            aggressor_side=taker.c.side,
            maker_account=maker.c.account,
            taker_account=taker.c.account,
            taker_order_id=taker.id,
        )
        self.last[instrument] = price
        self.see(instrument, price)
        for o in (maker, taker):
            if o.c.account == MARKET:
                if o is maker and not o.left:
                    self.drop(o)
            elif o.status == "filled":
                self.drop(o)
                self.after_end(o)

    def fee(self, o: Ord, is_maker: bool, lots: int, value: int) -> tuple[int, str]:
        listing, account = self.listings[o.c.instrument], self.accounts[o.c.account]
        buys = o.c.side is Side.BUY
        asset = listing.base if buys else listing.quote
        got = lots * listing.base_per_lot if buys else value
        own = self.fees.get((o.c.account, o.c.instrument))
        rate = part_rate(own.fees if own else account.fees, is_maker, buys)
        more = sum(part_rate(p, is_maker, buys) for p in (own.special, own.tax)) if own else 0
        plain = got * (rate + more) // ONE
        heir = None
        if o.group and o.group.c.proceeds and o.group.waiting and o is o.group.orders[0]:
            heir = o.group.orders[1]
        pays, amount = asset, plain
        if account.fee_asset and o.c.fee_price:
            each = rate * (ONE - account.fee_discount) + more * ONE
            less = got * o.c.fee_price * each // (ONE * ONE * ONE)
            if self.free(o.c.account, account.fee_asset) >= less:
                pays, amount = account.fee_asset, less
        free_before = self.free(o.c.account, asset) - got
        self.totals[o.c.account, pays] -= amount
        self.totals[FEES, pays] += amount
        if heir is not None:
            heir.locked += got
            from_free = asset != account.fee_asset and free_before >= plain
            if pays == asset and not from_free:
                heir.locked -= amount
        return amount, pays

    def prevent(self, taker: Ord, maker: Ord) -> None:
        mode = taker.c.self_trade_prevention
        if mode is STP.TRANSFER and maker.c.self_trade_prevention is not STP.TRANSFER:
            mode = STP.DECREMENT
        both = mode in (STP.DECREMENT, STP.TRANSFER)
        lots = min(taker.left, maker.shown)
        off_maker = maker.left if mode in (STP.EXPIRE_MAKER, STP.EXPIRE_BOTH) else 0
        off_taker = taker.left if mode in (STP.EXPIRE_TAKER, STP.EXPIRE_BOTH) else 0
        if both:
            off_maker = off_taker = lots
        instrument = taker.c.instrument
        self.say(
            ev.TradePrevented,
            instrument=instrument,
            prevented_id=self.prevented_id[instrument],
            maker=maker.id,
            taker=taker.id,
            price=maker.price,
            mode=mode,
            maker_prevented=off_maker,
            taker_prevented=off_taker,
        )
        self.prevented_id[instrument] += 1
        if off_maker and off_taker:
            self.leg_works(maker)
            self.leg_works(taker)
        if mode is STP.TRANSFER and maker.c.account != taker.c.account:
            value = self.swap(taker, maker, lots)
            listing = self.listings[instrument]
            buyer, seller = (taker, maker) if taker.c.side is Side.BUY else (maker, taker)
            base = lots * listing.base_per_lot
            for source, target, asset, amount in (
                (seller, buyer, listing.base, base),
                (buyer, seller, listing.quote, value),
            ):
                if amount:
                    self.say(
                        ev.Transferred,
                        source=source.c.account,
                        target=target.c.account,
                        asset=asset,
                        amount=amount,
                    )
        maker.prevented += off_maker
        taker.prevented += off_taker
        if off_maker:
            if maker.left:
                self.eat(maker, off_maker)
            else:
                self.expire(maker, Expiry.SELF_TRADE)
        if off_taker and not taker.left:
            self.expire(taker, Expiry.SELF_TRADE)

    # ------------------------------------------------------------------ ends

    def drop(self, o: Ord) -> None:
        self.orders = [x for x in self.orders if x is not o]
        o.arrival = o.shown = 0

    def expire(self, o: Ord, why: Expiry, follow: bool = True) -> None:
        o.status = "prevented" if why is Expiry.SELF_TRADE else "expired"
        self.drop(o)
        self.say(ev.OrderExpired, order=o.id, why=why, status=OrderStatus(o.status))
        if follow:
            self.after_end(o)

    def touch(self, lst: Lst) -> None:
        if not any(x is lst for x in self.lists_touched):
            self.lists_touched.append(lst)

    def leg_works(self, o: Ord) -> None:
        """One leg of a pair does something: the other ends first."""
        if o.group is None:
            return
        partner = o.group.partner(o)
        if partner is not None:
            self.expire(partner, Expiry.OTHER_LEG, follow=False)
            self.touch(o.group)

    def after_end(self, o: Ord) -> None:
        lst = o.group
        if lst is None:
            return
        self.touch(lst)
        partner = lst.partner(o)
        if partner is not None:
            self.expire(partner, Expiry.OTHER_LEG, follow=False)
        if lst.waiting and o is lst.orders[0]:
            if o.status != "filled":
                lst.waiting = False
                self.end_pending(lst, Expiry.FIRST_LEG_EXPIRED)
            else:
                self.release(lst)

    def end_pending(self, lst: Lst, why: Expiry) -> None:
        for x in lst.orders[1:]:
            if x.live:
                self.expire(x, why, follow=False)
                x.dormant = False

    def release(self, lst: Lst) -> None:
        lst.waiting = False
        rest = lst.orders[1:]
        if lst.c.proceeds:
            listing = self.listings[lst.c.instrument]
            lots = rest[0].locked // listing.base_per_lot
            if any(x.c.order_type is OrderType.MARKET for x in rest):
                lots = lots // listing.market_lot * listing.market_lot
            if not lots:
                self.end_pending(lst, Expiry.REFUSED_AT_TRIGGER)
                return
            for x in rest:
                x.quantity = lots
        for x in rest:
            x.dormant = False
            self.todo.append((x, True))

    def report(self, lst: Lst, updated_only: bool = False) -> None:
        done = not any(o.live for o in lst.orders)
        if done:
            self.lists = [x for x in self.lists if x is not lst]
        self.say(
            ev.ListChanged,
            list_id=lst.id,
            client_list_id=lst.c.client_list_id,
            account=lst.c.account,
            instrument=lst.c.instrument,
            contingency=lst.c.contingency,
            status=ListStatus.DONE if done else ListStatus.EXECUTING,
            orders=tuple(o.id for o in lst.orders),
            updated_only=updated_only,
        )

    # ------------------------------------------------------------------ triggers

    def see(self, instrument: str, price: int) -> None:
        if any(o.watching and o.c.instrument == instrument for o in self.orders):
            self.prices.append((instrument, price))

    @staticmethod
    def met(c: PlaceOrder, price: int) -> bool:
        t = c.trigger
        if t is None or not t.price or not price:
            return False
        return price >= t.price if t.when is TriggerWhen.AT_OR_ABOVE else price <= t.price

    def watch(self, instrument: str, price: int) -> None:
        for o in sorted(self.orders, key=lambda o: o.id):
            if o.watching and o.c.instrument == instrument and self.fires(o, price):
                o.watching = False
                self.todo.append((o, False))

    def fires(self, o: Ord, price: int) -> bool:
        t = o.c.trigger
        assert t is not None
        if not t.trailing:
            return self.met(o.c, price)
        if o.extreme == 0:
            if t.price == 0 or self.met(o.c, price):
                o.extreme = price
            return False
        if o.c.side is Side.BUY:
            o.extreme = min(o.extreme, price)
            return 10_000 * (price - o.extreme) >= t.trailing * o.extreme
        o.extreme = max(o.extreme, price)
        return 10_000 * (o.extreme - price) >= t.trailing * o.extreme

    def activate(self, o: Ord, released: bool) -> None:
        if released:
            self.say(ev.OrderReleased, order=o.id)
            if o.c.trigger is not None:
                if self.met(o.c, self.last[o.c.instrument]):
                    self.expire(o, Expiry.REFUSED_AT_TRIGGER)
                else:
                    o.watching = True
                return
        else:
            self.say(ev.OrderTriggered, order=o.id)
            self.leg_works(o)
        account, asset = o.c.account, self.pays(o)
        funds = self.free(account, asset) + self.held_with_partner(o)
        o.status = "open"
        try:
            amount, cut = self.prepare(o)
        except No:
            self.expire(o, Expiry.REFUSED_AT_TRIGGER)
            return
        if o.group and o.group.partner(o):
            amount = max(self.need(x) for x in o.group.pair())
        if funds < amount:
            self.expire(o, Expiry.REFUSED_AT_TRIGGER)
            return
        self.start(o, amount)
        self.enter(o, cut)

    def held_with_partner(self, o: Ord) -> int:
        partner = o.group.partner(o) if o.group else None
        return self.own_hold(o) + (self.own_hold(partner) if partner else 0)

    # ------------------------------------------------------------------ cancels and amends

    def take_cancels(self, instrument: str) -> bool:
        return self.listings[instrument].status in (
            InstrumentStatus.TRADING,
            InstrumentStatus.CANCEL_ONLY,
        )

    def find(self, c: CancelOrder | AmendOrder) -> Ord:
        mine = [
            o
            for o in self.orders
            if o.c.account == c.account and o.c.instrument == c.instrument and o.id > 0
        ]
        if c.order_id:
            mine = [o for o in mine if o.id == c.order_id]
        else:
            mine = [o for o in mine if o.name == c.client_order_id and o.name]
        if not mine:
            raise No(Refusal.UNKNOWN_ORDER)
        if c.client_order_id and mine[0].name != c.client_order_id:
            raise No(Refusal.ID_MISMATCH)
        return mine[0]

    def check_place(self, account: int, instrument: str) -> None:
        if instrument not in self.listings:
            raise No(Refusal.UNKNOWN_INSTRUMENT)
        if account not in self.accounts:
            raise No(Refusal.UNKNOWN_ACCOUNT)

    def do_CancelOrder(self, c: CancelOrder) -> None:
        self.check_place(c.account, c.instrument)
        if not self.take_cancels(c.instrument):
            raise No(Refusal.MARKET_CLOSED)
        o = self.find(c)
        if c.only is CancelOnly.NEW and o.filled:
            raise No(Refusal.RESTRICTED)
        if c.only is CancelOnly.PARTIALLY_FILLED and not o.filled:
            raise No(Refusal.RESTRICTED)
        self.cancel(o, c.cancel_id)

    def cancel(self, o: Ord, cancel_id: str) -> None:
        if o.group:
            o.group.waiting = False
            self.touch(o.group)
        for x in o.group.orders if o.group else [o]:
            if x.live:
                x.status = "cancelled"
                self.drop(x)
                self.say(ev.OrderCancelled, order=x.id, client_order_id=x.name, cancel_id=cancel_id)

    def do_CancelAll(self, c: CancelAll) -> None:
        if c.instrument and c.instrument not in self.listings:
            raise No(Refusal.UNKNOWN_INSTRUMENT)
        if c.account not in self.accounts:
            raise No(Refusal.UNKNOWN_ACCOUNT)
        if c.instrument and not self.take_cancels(c.instrument):
            raise No(Refusal.MARKET_CLOSED)
        mine = [
            o
            for o in self.orders
            if o.c.account == c.account
            and o.id > 0
            and c.instrument in ("", o.c.instrument)
            and self.take_cancels(o.c.instrument)
        ]
        if not mine:
            raise No(Refusal.UNKNOWN_ORDER)
        for o in sorted(mine, key=lambda o: o.id):
            if o.live:
                self.cancel(o, c.cancel_id)

    def do_CancelList(self, c: CancelList) -> None:
        self.check_place(c.account, c.instrument)
        if not self.take_cancels(c.instrument):
            raise No(Refusal.MARKET_CLOSED)
        mine = [x for x in self.lists if (x.c.account, x.c.instrument) == (c.account, c.instrument)]
        if c.list_id:
            mine = [x for x in mine if x.id == c.list_id]
        else:
            mine = [x for x in mine if x.c.client_list_id == c.client_list_id != ""]
        if not mine:
            raise No(Refusal.UNKNOWN_LIST)
        if c.client_list_id and mine[0].c.client_list_id != c.client_list_id:
            raise No(Refusal.ID_MISMATCH)
        self.cancel(mine[0].orders[0], c.cancel_id)

    def do_ReplaceOrder(self, c: ReplaceOrder) -> None:
        gone = True
        try:
            self.do_CancelOrder(c.cancel)
        except No as no:
            gone = False
            self.say(ev.Refused, command=c.cancel, why=no.why)
        if not c.place or (c.stop_on_failure and not gone):
            raise No(Refusal.NOT_ATTEMPTED, c.new)
        try:
            self.do_PlaceOrder(c.new)
        except No as no:
            raise No(no.why, c.new) from None

    def do_AmendOrder(self, c: AmendOrder) -> None:
        self.check_place(c.account, c.instrument)
        if self.listings[c.instrument].status is not InstrumentStatus.TRADING:
            raise No(Refusal.MARKET_CLOSED)
        o = self.find(c)
        if o.dormant and o.group and o.group.c.proceeds:
            raise No(Refusal.NOT_AMENDABLE)
        if c.quantity == o.quantity:
            raise No(Refusal.NO_CHANGE)
        if c.quantity > o.quantity:
            raise No(Refusal.NOT_LOWER)
        if c.quantity <= o.filled + o.prevented:
            raise No(Refusal.INVALID)
        other = self.named(c.account, c.instrument, c.new_client_order_id)
        if other is not None and other is not o:
            raise No(Refusal.DUPLICATE_CLIENT_ORDER_ID)
        old_name, partner = o.name, o.group.partner(o) if o.group else None
        o.name = c.new_client_order_id or o.name
        for x, name in ((o, old_name), (partner, partner.name if partner else "")):
            if x is not None:
                self.say(
                    ev.OrderAmended,
                    order=x.id,
                    previous_client_order_id=name,
                    previous_quantity=x.quantity,
                    quantity=c.quantity,
                )
                x.quantity = c.quantity
                x.shown = min(x.shown, x.left)
        if o.group and o.name != old_name:
            self.report(o.group, updated_only=True)

    # ------------------------------------------------------------------ lists

    def do_PlaceList(self, c: PlaceList) -> None:
        for order in c.orders:
            self.object_to(self.measured(c, order))
        if not self.list_makes_sense(c):
            raise No(Refusal.INVALID)
        names = [o.client_order_id for o in c.orders if o.client_order_id]
        if len(names) != len(set(names)):
            raise No(Refusal.DUPLICATE_CLIENT_ORDER_ID)
        for x in self.lists:
            same = (x.c.account, x.c.instrument) == (c.account, c.instrument)
            if same and c.client_list_id and x.c.client_list_id == c.client_list_id:
                raise No(Refusal.DUPLICATE_CLIENT_ORDER_ID)
        oco = c.contingency is Contingency.ONE_CANCELS_OTHER
        if oco and not self.prices_relate(c):
            raise No(Refusal.BAD_PRICES)
        lst = Lst(self.list_id, c, waiting=not oco)
        cut = None
        for place, order in enumerate(c.orders):
            o = self.record(order, self.order_id + place)
            o.group = lst
            if place and not oco:
                o.dormant, o.status = True, "pending"
            lst.orders.append(o)
        for o in lst.orders if oco else lst.orders[:1]:
            if o.c.trigger is None:
                _, cut = self.prepare(o)
        wanted: defaultdict[str, int] = defaultdict(int)
        for o in lst.orders:
            wanted[self.pays(o)] += self.own_hold(o)
        if any(self.free(c.account, asset) < amount for asset, amount in wanted.items()):
            raise No(Refusal.INSUFFICIENT_BALANCE)
        self.order_id += len(lst.orders)
        self.list_id += 1
        self.lists.append(lst)
        for o in lst.orders:
            self.accept(o)
            o.watching = o.c.trigger is not None and not o.dormant
        self.report(lst)
        for o in lst.orders if oco else lst.orders[:1]:
            if o.c.trigger is None:
                self.enter(o, cut)

    @staticmethod
    def measured(c: PlaceList, order: PlaceOrder) -> PlaceOrder:
        """A pending order that will sell proceeds has no quantity yet: judge it as if it had."""
        if not c.proceeds or order is c.orders[0] or order.quantity or order.quote_quantity:
            return order
        values = {name: getattr(order, name) for name in PlaceOrder.__struct_fields__}
        return PlaceOrder(**{**values, "quantity": max(1, order.display_quantity)})

    @staticmethod
    def list_makes_sense(c: PlaceList) -> bool:
        def pairs(legs: tuple[PlaceOrder, ...]) -> bool:
            if len(legs) != 2 or legs[0].side is not legs[1].side:
                return False
            if legs[0].quantity != legs[1].quantity:
                return False
            immediate = [leg for leg in legs if leg.trigger is None]
            if any(leg.order_type is OrderType.MARKET for leg in immediate):
                return False
            return len(immediate) < 2

        if c.account <= 0:
            return False
        for o in c.orders:
            if (o.account, o.instrument) != (c.account, c.instrument):
                return False
        if c.contingency is Contingency.ONE_CANCELS_OTHER:
            return not c.proceeds and pairs(c.orders)
        if len(c.orders) not in (2, 3):
            return False
        first, rest = c.orders[0], c.orders[1:]
        if first.order_type is not OrderType.LIMIT or first.trigger is not None:
            return False
        if any(o.quote_quantity for o in rest):
            return False
        if c.proceeds:
            if first.side is not Side.BUY:
                return False
            if any(o.side is not Side.SELL or o.quantity for o in rest):
                return False
        return len(rest) == 1 or pairs(rest)

    def prices_relate(self, c: PlaceList) -> bool:
        last = self.last[c.instrument]
        above, below = [], []
        for leg in c.orders:
            up = leg.side is Side.SELL
            price = 0 if leg.peg else leg.price
            if leg.trigger is not None:
                if self.met(leg, last):
                    return False
                up = leg.trigger.when is TriggerWhen.AT_OR_ABOVE
                price = leg.trigger.price
            if not price:
                continue
            if last and ((up and price <= last) or (not up and price >= last)):
                return False
            (above if up else below).append(price)
        if len(above) == 2 or len(below) == 2:
            return False
        return not (above and below) or above[0] > below[0]
