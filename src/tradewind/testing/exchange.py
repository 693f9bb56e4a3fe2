"""``Exchange``: a venue for tests. Everything is synchronous and may be called from any thread.

    with Exchange() as exchange:
        exchange.book("BTC/USDT", bids=[(99, 1)], asks=[(100, 1)])
        run_my_bot(exchange.rest, exchange.api_key, exchange.api_secret)
        exchange.advance(hours=8)
        exchange.assert_order(side="buy", order_status="filled")

Venue time stands still until ``advance`` or ``run``; the same seed meets the same market.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from ..exchange.box import Options
from ..exchange.host import DEFAULT
from ..model import Balance, Fill, Level, Misconfigured, Order, OrderBook, Trade
from . import seen
from .asking import Asking, Embedded, Remote
from .seen import Key, Request, described, listed, matching

BEGIN = "2026-11-24T12:00:00"
"""Venue time of a new exchange unless told otherwise: always the same, so that prices are."""

API_KEY = "localtesttesttesttesttesttesttesttesttesttesttesttesttesttest000"
"""The key of every exchange for tests; the secret that belongs to it never changes either."""

TOLD_MAX = 60
"""Seconds of a step that streams tell tick by tick: about 30 ms of work."""

POLL = 0.005
"""Seconds between two looks of ``wait_for``."""

T = TypeVar("T")
Number = int | float | str | Decimal
Levels = Iterable[tuple[Number, Number]]
Rows = Iterable[Sequence[object]]


class Exchange:
    """One venue in a box of its own, in a thread of this process, in memory.

    ``venue`` is the first that can be served, ``instruments`` a number, ids with commas, "all" or
    "" for the usual ones. ``at`` is the first venue time: ISO 8601 (UTC) or "now". ``participants``
    False: nobody quotes until ``book`` or ``participants`` say so. ``settings`` are the venue's.
    With ``data`` the box is on disk there, and the venue's real names are served too.
    """

    def __init__(
        self,
        venue: str = "",
        *,
        instruments: str | int = "",
        seed: int = 1,
        at: str = BEGIN,
        participants: bool = True,
        settings: Mapping[str, Any] | None = None,
        flavour: str = "",
        date: str = "",
        data: str | os.PathLike[str] | None = None,
        account: str = DEFAULT,
    ) -> None:
        from ..exchange.box import check_served, servable

        self.seed = seed
        self.venue = venue or servable()[0]
        check_served([self.venue])
        chosen = {"flavour": flavour, "date": date}
        given = {**{name: value for name, value in chosen.items() if value}, **(settings or {})}
        begin = time.time_ns() if at == "now" else _nanoseconds(at)
        options = Options(
            data=None if data is None else Path(data),
            venues=(self.venue,),
            port_base=0,
            seed=seed,
            speed=0,
            sync="off",
            instruments=str(instruments),
            settings={self.venue: given},
            at=begin,
            key_seed=0,
            first_key=API_KEY,
        )
        self._begin(Embedded(options), account)
        if not participants:
            self.participants(on=False)

    @classmethod
    def attach(
        cls, admin: str, admin_token: str, venue: str = "", *, account: str = DEFAULT
    ) -> Self:
        """The same over a box that runs elsewhere: address and token are in its ready line.

        Such a box has time and seed of its own, its keys are made with ``key``, and ``requests``
        begins now.
        """
        self = cls.__new__(cls)
        asking = Remote(admin, admin_token)
        self.venue = venue or next(iter(asking.doors))
        self.seed = asking.ask("GET", "/status", {})["seed"]
        self._begin(asking, account)
        self._seen = int(asking.ask("GET", "/log", {"limit": 0})["last"])
        return self

    def _begin(self, asking: Asking, account: str) -> None:
        self._asking = asking
        self.account = account
        self._first: Key | None = None
        self._seen = 0

    def close(self) -> None:
        """Stop the box; everything in memory is gone."""
        self._asking.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def ask(self, method: str, path: str, **asked: Any) -> Any:
        """One question to the admin API, in its own words; this venue is meant."""
        return self._asking.ask(method, path, {"venue": self.venue, **asked})

    # where it is, and who may come in

    @property
    def urls(self) -> Mapping[str, str]:
        """All doors of the venue by name."""
        return self._asking.doors[self.venue]

    @property
    def rest(self) -> str:
        """Where REST is answered, ``http://127.0.0.1:PORT``."""
        return self._door("rest")

    @property
    def streams(self) -> str:
        """Where streams are, ``ws://127.0.0.1:PORT``."""
        return self._door("streams")

    @property
    def ws_api(self) -> str:
        """Where the WebSocket API is."""
        return self._door("ws_api")

    @property
    def admin(self) -> str:
        """The admin API, for programs that are not Python."""
        return self._asking.admin

    @property
    def admin_token(self) -> str:
        """What it wants in ``Authorization: Bearer``."""
        return self._asking.admin_token

    def _door(self, name: str) -> str:
        if name not in self.urls:
            raise Misconfigured(f"{self.venue} has no door {name!r}; it has {', '.join(self.urls)}")
        return self.urls[name]

    @property
    def api_key(self) -> str:
        """The first key's; always the same."""
        return self._first_key().api_key

    @property
    def api_secret(self) -> str:
        """The first key's secret (or private key); always the same."""
        first = self._first_key()
        return first.api_secret or first.private_key

    def _first_key(self) -> Key:
        if self._first is None:
            self._first = self._made_key()
        return self._first

    def _made_key(self) -> Key:
        if isinstance(self._asking, Remote):
            return self.key(account=self.account)
        from ..exchange import keys
        from ..venues import facts

        made = keys.make(facts(self.venue).key_kinds[0], 0, API_KEY)
        return msgspec.convert(
            {**msgspec.to_builtins(made), "venue": self.venue, "label": DEFAULT}, Key
        )

    def key(
        self,
        permissions: Iterable[str] = ("read", "trade"),
        ip: str | Iterable[str] = (),
        *,
        account: str = "",
        kind: str = "",
        label: str = "",
        api_key: str = "",
    ) -> Key:
        """Another key; it works at once. ``ip``: addresses it may come from, none is any."""
        made = self.ask(
            "POST",
            "/keys",
            permissions=list(permissions),
            ips=[ip] if isinstance(ip, str) else list(ip),
            account=account or self.account,
            kind=kind,
            label=label,
            api_key=api_key,
        )
        return msgspec.convert(made, Key)

    def revoke(self, key: Key | str) -> None:
        """End a key: itself, its label or its api key."""
        self.ask("POST", "/keys/revoke", key=key if isinstance(key, str) else key.api_key)

    @property
    def accounts(self) -> list[str]:
        """Names of the accounts."""
        return list(self.ask("GET", "/accounts")["accounts"])

    def faucet(
        self, amounts: Mapping[str, Number] | None = None, *, account: str = "", **more: Number
    ) -> None:
        """Give an account assets, or take them (negative): ``faucet(USDT=1000)``."""
        wanted = {asset: f"{_exact(each):f}" for asset, each in {**(amounts or {}), **more}.items()}
        self.ask("POST", "/faucet", account=account or self.account, amounts=wanted)

    # time

    @property
    def time(self) -> datetime:
        """Venue time."""
        return seen.moment(self.time_ns)

    @property
    def time_ns(self) -> int:
        """Venue time in nanoseconds."""
        return int(self.ask("POST", "/time")["venue_time_ns"])

    def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        """Step forward: candles close, limits refill, bans end, resting orders meet the market.

        In up to a minute streams tell all that happens on the way, in longer ones how it ends.
        """
        step = seconds + 60 * minutes + 3600 * hours + 86_400 * days
        self.ask("POST", "/time", advance=step, every_tick=step <= TOLD_MAX)

    def run(self, speed: float = 1) -> None:
        """Let venue time run, ``speed`` times as fast as wall time, until ``freeze``."""
        self.ask("POST", "/time", speed=speed)

    def freeze(self) -> None:
        """Let venue time stand still again."""
        self.ask("POST", "/time", freeze=True)

    def snapshot(self, name: str = "") -> str:
        """Keep everything as it is now; its name, for ``restore``."""
        return str(self.ask("POST", "/snapshot", **({"name": name} if name else {}))["snapshot"])

    def restore(self, name: str) -> None:
        """Go back to a snapshot, venue time too. Open connections end, as at a restart, and
        ``requests`` begins anew.
        """
        self._seen = int(self.ask("POST", "/restore", name=name)["log"])

    def reset(self) -> None:
        """Begin again: no orders, opening balances; keys, accounts and venue time stay."""
        self.ask("POST", "/reset")

    # the market

    def book(self, instrument: str, *, bids: Levels = (), asks: Levels = ()) -> None:
        """Let exactly these levels rest, (price, quantity) each, then nothing more."""
        sides = {
            name: [[str(price), str(quantity)] for price, quantity in side]
            for name, side in (("bids", bids), ("asks", asks))
        }
        self.ask("POST", "/book", instrument=instrument, **sides)

    def path(self, instrument: str, prices: str | os.PathLike[str] | Rows) -> None:
        """Let the price follow rows of (time, price) or (time, open, high, low, close), or a CSV
        file of them. Times are dates, or seconds: small ones count from now.
        """
        if isinstance(prices, str | os.PathLike):
            self.ask("POST", "/path", instrument=instrument, csv=Path(prices).read_text())
        else:
            rows = [[str(cell) for cell in row] for row in prices]
            self.ask("POST", "/path", instrument=instrument, rows=rows)

    def fees(
        self,
        instrument: str,
        *,
        standard: Mapping[str, Number] | None = None,
        special: Mapping[str, Number] | None = None,
        tax: Mapping[str, Number] | None = None,
        account: str = "",
    ) -> None:
        """What an account pays there, as parts of what it receives: ``maker``, ``taker``, and on
        top ``buyer``, ``seller``. Special and tax rates have no discount. The rest stays.
        """
        given = {"standard": standard, "special": special, "tax": tax}
        rates = {
            kind: {name: f"{_exact(rate):f}" for name, rate in each.items()}
            for kind, each in given.items()
            if each is not None
        }
        account = account or self.account
        self.ask("POST", "/fees", instrument=instrument, account=account, **rates)

    def participants(self, instrument: str = "", *, on: bool) -> None:
        """Send everybody who quotes and trades away from an instrument (or all), or call them."""
        self.ask("POST", "/participants", instrument=instrument, on=on)

    def order_book(self, instrument: str, levels: int = 20) -> OrderBook:
        """The book as it is, everybody's orders."""
        told = self.ask("GET", "/books", instrument=instrument, levels=levels)
        bids, asks = (
            tuple(Level(Decimal(price), Decimal(quantity)) for price, quantity in told[side])
            for side in ("bids", "asks")
        )
        return OrderBook(told["instrument"], bids, asks, 0, self.time_ns)

    def trades(self, instrument: str, limit: int = 20) -> list[Trade]:
        """The last public trades, oldest first."""
        told = self.ask("GET", "/trades", instrument=instrument, limit=limit)["trades"]
        return [
            _noun(
                {
                    **trade,
                    "trade_id": str(trade["trade_id"]),
                    "instrument": instrument,
                    "aggressor_side": trade["side"],
                },
                Trade,
            )
            for trade in told
        ]

    @property
    def instruments(self) -> list[str]:
        """What is traded here."""
        return [one["id"] for one in self.ask("GET", "/instruments")["instruments"]]

    # what goes wrong

    def fault(self, kind: str, **how: Any) -> int:
        """Set a fault (``tradewind fault kinds`` has them); its number, for ``clear_fault``."""
        return int(self.ask("POST", "/faults", kind=kind, **how)["fault"]["number"])

    def clear_fault(self, number: int) -> None:
        """End one fault."""
        self.ask("DELETE", "/faults", number=number)

    def clear_faults(self) -> None:
        """End all faults."""
        self.ask("DELETE", "/faults")

    @property
    def faults(self) -> list[dict[str, Any]]:
        """Those that are set, with how often each was ``seen`` and has ``struck``."""
        return list(self.ask("GET", "/faults")["faults"])

    # what the bot did

    def orders(self, instrument: str = "", *, account: str = "", **wanted: object) -> list[Order]:
        """Orders, open and past, oldest first; ``wanted`` are fields as they must be, for instance
        ``side="buy"``, ``price=100`` or ``quantity=lambda q: q > 1``.
        """
        asked = {"account": account or self.account, "instrument": instrument, "limit": 10_000}
        told = self.ask("GET", "/orders", **asked)["orders"]
        return matching([_noun(order, Order) for order in told], wanted)

    def open_orders(
        self, instrument: str = "", *, account: str = "", **wanted: object
    ) -> list[Order]:
        """Those that may still fill."""
        found = self.orders(instrument, account=account, **wanted)
        return [order for order in found if not order.order_status.is_final]

    def fills(self, instrument: str = "", *, account: str = "", **wanted: object) -> list[Fill]:
        """Executions of the account's orders, oldest first."""
        asked = {"account": account or self.account, "instrument": instrument, "limit": 10_000}
        told = self.ask("GET", "/fills", **asked)["fills"]
        return matching([_noun(fill, Fill) for fill in told], wanted)

    def balances(self, *, account: str = "") -> dict[str, Balance]:
        """What the account has, by asset."""
        told = self.ask("GET", "/account", account=account or self.account)["balances"]
        return {each["asset"]: _noun(each, Balance) for each in told}

    def balance(self, asset: str, *, account: str = "") -> Balance:
        """What the account has of an asset; zeros where it has nothing."""
        found = self.balances(account=account).get(asset)
        return found or Balance(asset, Decimal(0), Decimal(0))

    def requests(self, path: str = "", **wanted: object) -> list[Request]:
        """What was asked of the venue (the last thousand), oldest first; ``path`` is a part of it.

        Of WebSocket API messages ``method`` is ``WS`` and ``query`` names the operation.
        """
        told = self._asking.ask("GET", "/log", {"after": self._seen})["requests"]
        every = [msgspec.convert(entry, Request) for entry in told if entry["venue"] == self.venue]
        return matching([each for each in every if path in f"{each.path} {each.query}"], wanted)

    # what must be so

    def assert_order(self, instrument: str = "", *, account: str = "", **wanted: object) -> Order:
        """There is exactly one such order; gives it back."""
        __tracebackhide__ = True
        found = self.orders(instrument, account=account, **wanted)
        if len(found) != 1:
            count = "no order" if not found else f"{len(found)} orders, not one,"
            self._fail(f"{count} with {described(_where(instrument, wanted))}", account)
        return found[0]

    def assert_orders(
        self, count: int, instrument: str = "", *, account: str = "", **wanted: object
    ) -> list[Order]:
        """There are that many such orders, open or past."""
        __tracebackhide__ = True
        found = self.orders(instrument, account=account, **wanted)
        if len(found) != count:
            what = described(_where(instrument, wanted))
            self._fail(f"{len(found)} orders, not {count}, with {what}", account)
        return found

    def assert_no_orders(self, instrument: str = "", *, account: str = "") -> None:
        """No order was ever accepted."""
        __tracebackhide__ = True
        self.assert_orders(0, instrument, account=account)

    def assert_no_open_orders(self, instrument: str = "", *, account: str = "") -> None:
        """Nothing rests or waits for a trigger."""
        __tracebackhide__ = True
        if found := self.open_orders(instrument, account=account):
            self._fail(f"{len(found)} open orders, not none", account)

    def assert_fills(
        self, count: int, instrument: str = "", *, account: str = "", **wanted: object
    ) -> list[Fill]:
        """There were that many such executions."""
        __tracebackhide__ = True
        found = self.fills(instrument, account=account, **wanted)
        if len(found) != count:
            what = described(_where(instrument, wanted))
            every = map(seen.of_fill, self.fills(account=account))
            raise AssertionError(
                f"{len(found)} fills, not {count}, with {what}\n"
                + listed("fills", every, "no fills")
            )
        return found

    def assert_balance(
        self,
        asset: str,
        total: Number | None = None,
        *,
        available: Number | None = None,
        held: Number | None = None,
        account: str = "",
    ) -> Balance:
        """An asset's balance is exactly that."""
        __tracebackhide__ = True
        found = self.balance(asset, account=account)
        for name, wanted in (("total", total), ("available", available), ("held", held)):
            value = getattr(found, name)
            if wanted is not None and value != _exact(wanted):
                lines = map(seen.of_balance, self.balances(account=account).values())
                raise AssertionError(
                    f"{asset}: {name} is {value:f}, not {wanted} (it differs by "
                    f"{value - _exact(wanted):f})\n{listed('balances', lines, 'no balances')}"
                )
        return found

    def assert_requests(self, count: int, path: str = "", **wanted: object) -> list[Request]:
        """There were that many such requests."""
        __tracebackhide__ = True
        found = self.requests(path, **wanted)
        if len(found) != count:
            what = described({"path": path, **wanted} if path else wanted)
            raise AssertionError(
                f"{len(found)} requests, not {count}, with {what}\n"
                + listed("requests", map(str, self.requests()), "no requests")
            )
        return found

    def assert_nothing_refused(self) -> None:
        """The venue said no to nothing the bot asked."""
        __tracebackhide__ = True
        if found := [each for each in self.requests() if each.refused]:
            raise AssertionError(listed(f"{len(found)} requests were refused", map(str, found), ""))

    def wait_for(self, condition: Callable[[], T], seconds: float = 5) -> T:
        """Look again and again until it is true (wall time): for bots in threads and processes.

        What was true comes back; a failed assertion counts as not yet.
        """
        __tracebackhide__ = True
        until = time.monotonic() + seconds
        while True:
            why = ""
            try:
                if found := condition():
                    return found
            except AssertionError as error:
                why = str(error)
            if time.monotonic() > until:
                raise AssertionError(f"not so within {seconds} s\n{why or self.report()}")
            time.sleep(POLL)

    def report(self) -> str:
        """What was asked, what became of it: for the end of a failed test."""
        began = f"venue {self.venue}, seed {self.seed}, venue time {self.time:%Y-%m-%d %H:%M:%S}"
        return "\n".join(
            [
                began,
                listed("orders", map(seen.of_order, self.orders()), "no orders"),
                listed("requests", map(str, self.requests()), "no requests"),
            ]
        )

    def _fail(self, text: str, account: str) -> None:
        __tracebackhide__ = True
        lines = [seen.of_order(order) for order in self.orders(account=account)]
        refused = [str(each) for each in self.requests() if each.refused]
        told = [text, listed("orders", lines, "no orders")]
        if refused:
            told.append(listed("refused", refused, ""))
        raise AssertionError("\n".join(told))


def _where(instrument: str, wanted: Mapping[str, object]) -> Mapping[str, object]:
    return {"instrument": instrument, **wanted} if instrument else wanted


def _noun(told: Mapping[str, Any], kind: type[T]) -> T:
    return msgspec.convert(told, kind, strict=False)


def _exact(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _nanoseconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Misconfigured(f"at={text!r} is no date; write {BEGIN!r} or 'now'") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp()) * 1_000_000_000
