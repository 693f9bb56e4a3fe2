"""A venue of two instruments and a market without chance, to try the box itself."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec

from tradewind.engine.commands import CancelOrder, PlaceOrder, Requote
from tradewind.engine.engine import Engine
from tradewind.engine.events import Event, Fill, OrderAccepted, Refused
from tradewind.engine.listing import FeeRates, Listing
from tradewind.exchange.clock import TICK, Clock
from tradewind.exchange.database import Database
from tradewind.exchange.host import Apply, Parts, VenueHost
from tradewind.model import OrderType, Side
from tradewind.protocol.facts import Venue
from tradewind.protocol.hosting import Host, Print, Traded
from tradewind.protocol.messages import Frame, HttpRequest, HttpResponse, Ping, Pong

FACTS = Venue(
    name="toy",
    title="Toy",
    products=("spot",),
    environments={},
    doors={"rest": "http://{}", "streams": "ws://{}", "ws_api": "ws://{}/api"},
    key_kinds=("hmac", "ed25519", "rsa"),
    permissions={},
    client_id=".*",
    client_id_max=36,
)

TRADED = tuple(
    Traded(
        id=f"{base}/USD",
        listing=Listing(f"{base}USD", base, "USD", 1_000_000, 10_000),
        tick_size=Decimal("0.01"),
        lot_size=Decimal("0.01"),
    )
    for base in ("AAA", "BBB")
)


class Session:
    """Repeats what it is sent, tells of fills; due at a time that a test sets."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self.out: list[Frame] = []
        self.deadline: int | None = None
        self.woken = 0

    def receive(self, message: bytes, now: int) -> None:
        self.out.append(message)

    def control(self, frame: Ping | Pong, now: int) -> None:
        self.out.append(b"control")

    def take(self) -> list[Frame]:
        out, self.out = self.out, []
        return out

    def next_deadline(self) -> int | None:
        return self.deadline

    def wake(self, now: int) -> None:
        self.deadline = None
        self.woken += 1
        self.out.append(b"woken")

    def closed(self, now: int) -> None:
        self.out = []


class ToyExchange:
    """``/order``, ``/cancel``, ``/open``, ``/balance``, ``/past`` for whoever sends a known key."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.sessions: list[Session] = []
        self.seen = 0

    def http(self, request: HttpRequest) -> HttpResponse:
        asked = {name: values[0] for name, values in parse_qs(request.query).items()}
        key = self.host.credential(request.headers.get("key", ""))
        if key is None:
            return HttpResponse(401, b'{"code":-1,"msg":"unknown key"}')
        self.host.charged(3)
        value = getattr(self, f"do{request.path.replace('/', '_')}")(key.account, asked)
        return HttpResponse(400 if "code" in value else 200, msgspec.json.encode(value))

    def do_order(self, account: int, asked: Mapping[str, str]) -> dict[str, Any]:
        command = PlaceOrder(
            account=account,
            instrument=asked["instrument"],
            side=Side(asked["side"]),
            order_type=OrderType.LIMIT,
            quantity=int(asked["quantity"]),
            price=int(asked["price"]),
            client_order_id=asked.get("id", ""),
        )
        return _told(self.host.execute(command))

    def do_cancel(self, account: int, asked: Mapping[str, str]) -> dict[str, Any]:
        command = CancelOrder(
            account=account, instrument=asked["instrument"], order_id=int(asked["order"])
        )
        return _told(self.host.execute(command))

    def do_open(self, account: int, asked: Mapping[str, str]) -> dict[str, Any]:
        return {"orders": [order.order_id for order in self.host.engine.open_orders(account)]}

    def do_balance(self, account: int, asked: Mapping[str, str]) -> dict[str, Any]:
        return {"balances": self.host.engine.balances(account)}

    def do_past(self, account: int, asked: Mapping[str, str]) -> dict[str, Any]:
        history, instrument = self.host.history, asked["instrument"]
        return {
            "orders": history.orders(account, instrument, limit=10_000),
            "fills": history.fills(account, instrument, limit=10_000),
        }

    def open(self, request: HttpRequest, door: str) -> Session | HttpResponse:
        if door == "streams" and request.path != "/":
            return HttpResponse(404, door.encode())
        session = Session(request.peer)
        session.out.append(door.encode())
        self.sessions.append(session)
        return session

    def publish(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, Fill) and event.order.account > 0:
                self.seen += 1
                told = (event.order.order_id, event.trade_id, event.price, event.quantity)
                for session in self.sessions:
                    session.out.append(msgspec.json.encode(told))

    def flush(self) -> None:
        pass

    def dirty(self) -> Sequence[Session]:
        return [session for session in self.sessions if session.out]

    def state(self) -> bytes:
        return str(self.seen).encode()

    def restore(self, state: bytes) -> None:
        self.seen = int(state)


def _told(events: Sequence[Event]) -> dict[str, Any]:
    told: dict[str, Any] = {"fills": []}
    for event in events:
        if isinstance(event, Refused):
            return {"code": -2, "msg": event.why.value}
        if isinstance(event, OrderAccepted) and event.order.account > 0:
            told["order"] = event.order.order_id
        if isinstance(event, Fill) and event.order.order_id == told.get("order"):
            told["fills"].append([event.trade_id, event.price, event.quantity])
    return told


class ToyTape:
    """Two trades, always the same."""

    def prints(self, instrument: str, *, limit: int = 500, **window: Any) -> list[Print]:
        return [
            Print(number, 1_000 + number, 50, 500, number * TICK, Side.SELL, number)
            for number in (1, 2)
        ][-limit:]


class ToyMarket:
    """A ladder whose middle walks with the tick; without memory, so instruments may sleep."""

    def __init__(
        self, seed: int, traded: Sequence[Traded], engine: Engine, database: Database
    ) -> None:
        self.tick = 0
        self.tape: Any = ToyTape()
        self._seed = seed
        self._engine = engine
        self._at = {each.listing.instrument: 0 for each in traded}

    def start(self, tick: int) -> None:
        self.tick = tick

    def advance(self, tick: int, apply: Apply) -> None:
        while self.tick < tick:
            self.tick += 1
            for instrument in self._at:
                if self._engine.has_outside_orders(instrument):
                    self.look(instrument, apply)

    def jump(self, tick: int, apply: Apply) -> None:
        step = max(1, (tick - self.tick) // 7)
        while self.tick < tick:
            self.tick = min(tick, self.tick + step)
            for instrument in self._at:
                if self._engine.has_outside_orders(instrument):
                    self.look(instrument, apply)

    def look(self, instrument: str, apply: Apply) -> None:
        if self._at[instrument] < self.tick:
            self._at[instrument] = self.tick
            middle = 1_000 + (self.tick * 7_919 + self._seed) % 41
            apply(
                Requote(
                    instrument=instrument,
                    bids=tuple((middle - 1 - level, 50 + level) for level in range(5)),
                    asks=tuple((middle + 1 + level, 50 + level) for level in range(5)),
                ),
                self.tick * TICK,
            )

    def see(self, events: Sequence[Event]) -> None:
        pass

    def watch(self, instrument: str, watchers: int) -> None:
        pass

    def state(self) -> bytes:
        return msgspec.msgpack.encode((self.tick, self._at))

    def restore(self, state: bytes) -> None:
        self.tick, self._at = msgspec.msgpack.decode(state, type=tuple[int, dict[str, int]])


class Module:
    """What ``venues/toy/exchange`` would hold."""

    FEES = FeeRates(maker=100_000, taker=100_000)
    OPENING: Mapping[str, str] = {"USD": "1000000", "AAA": "10000", "BBB": "10000"}

    def traded(self, settings: Mapping[str, Any]) -> Sequence[Traded]:
        return TRADED

    def build(self, host: Host) -> ToyExchange:
        return ToyExchange(host)


PARTS = Parts(FACTS, Module(), ToyMarket)


class Wall:
    """A machine's clock that a test moves."""

    def __init__(self, now: int = 1_700_000_000_000_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def host(data: Path, wall: Wall, **more: Any) -> VenueHost:
    """A host on a folder."""
    return VenueHost("toy", data, 7, Clock(wall=wall), parts=PARTS, **more)
