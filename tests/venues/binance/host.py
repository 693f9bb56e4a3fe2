"""A host over the real engine with its history in memory, and traders that sign real requests."""

import json
import random
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from tests.venues.binance.fake_tape import START, Box

from tradewind.engine.commands import AnyCommand, OpenAccount, Transfer
from tradewind.engine.events import Event, Fill, OrderExpired
from tradewind.engine.listing import OUTSIDE_ACCOUNT
from tradewind.engine.orders import Order
from tradewind.model import Liquidity, Permission, Side
from tradewind.protocol.hosting import Credential, FillRow, OrderRow
from tradewind.protocol.messages import HttpRequest, HttpResponse
from tradewind.venues.binance import auth
from tradewind.venues.binance.exchange import FEES, Exchange, build
from tradewind.venues.binance.exchange.answers import row_of

MS = 1_000_000
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"


def _window(rows: list[Any], ids: list[int], times: list[int], window: tuple[Any, ...]) -> Any:
    from_id, start, end, limit = window
    found = [
        row
        for row, number, at in zip(rows, ids, times, strict=True)
        if (from_id is None or number >= from_id)
        and (start is None or at >= start)
        and (end is None or at <= end)
    ]
    return found[:limit] if from_id is not None or start is not None else found[-limit:]


class FakeHistory:
    """What accounts did, kept in lists."""

    def __init__(self) -> None:
        self._orders: dict[int, Order] = {}
        self._expiry: dict[int, str] = {}
        self._fills: list[FillRow] = []
        self._records: dict[tuple[str, int, int], tuple[str, int, int, bytes]] = {}

    def project(self, events: Sequence[Event]) -> None:
        for event in events:
            order = getattr(event, "order", None)
            if order is None or order.account <= 0:
                continue
            self._orders[order.order_id] = order
            if isinstance(event, OrderExpired):
                self._expiry[order.order_id] = event.why
            if isinstance(event, Fill):
                self._fills.append(
                    FillRow(
                        event.trade_id,
                        order.account,
                        order.instrument,
                        order.order_id,
                        order.list_id,
                        order.side,
                        event.price,
                        event.quantity,
                        event.value,
                        event.fee,
                        event.fee_asset,
                        event.at,
                        event.liquidity is Liquidity.MAKER,
                    )
                )

    def _row(self, order: Order) -> OrderRow:
        row = row_of(order)
        values = {name: getattr(row, name) for name in OrderRow.__struct_fields__}
        return OrderRow(**{**values, "expiry": self._expiry.get(order.order_id, "")})

    def _of(self, account: int, instrument: str) -> list[Order]:
        return [
            order
            for _, order in sorted(self._orders.items())
            if order.account == account and order.instrument == instrument
        ]

    def order(
        self, account: int, instrument: str, order_id: int = 0, client_order_id: str = ""
    ) -> OrderRow | None:
        found = [
            order
            for order in self._of(account, instrument)
            if (
                order.order_id == order_id if order_id else order.client_order_id == client_order_id
            )
        ]
        return self._row(found[-1]) if found else None

    def orders(
        self,
        account: int,
        instrument: str,
        *,
        from_id: int | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
    ) -> list[OrderRow]:
        orders = self._of(account, instrument)
        ids, times = [o.order_id for o in orders], [o.created for o in orders]
        found = _window(orders, ids, times, (from_id, start, end, limit))
        return [self._row(order) for order in found]

    def fills(
        self,
        account: int,
        instrument: str,
        *,
        order_id: int | None = None,
        from_id: int | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
    ) -> list[FillRow]:
        rows = [
            row
            for row in self._fills
            if row.account == account
            and row.instrument == instrument
            and order_id in (None, row.order_id)
        ]
        ids, times = [r.trade_id for r in rows], [r.time for r in rows]
        found: list[FillRow] = _window(rows, ids, times, (from_id, start, end, limit))
        return found

    def records(
        self,
        kind: str,
        account: int,
        instrument: str = "",
        *,
        key: int | None = None,
        from_id: int | None = None,
        start: int | None = None,
        end: int | None = None,
        limit: int = 500,
    ) -> list[bytes]:
        chosen = [
            (row_id, at, data)
            for (of_kind, of, row_id), (where, with_key, at, data) in sorted(self._records.items())
            if of_kind == kind
            and of == account
            and instrument in ("", where)
            and key in (None, with_key)
        ]
        ids, times = [row[0] for row in chosen], [row[1] for row in chosen]
        found = _window(chosen, ids, times, (from_id, start, end, limit))
        return [data for _, _, data in found]

    def keep(
        self, kind: str, account: int, instrument: str, row_id: int, key: int, at: int, data: bytes
    ) -> None:
        self._records[kind, account, row_id] = (instrument, key, at, data)


class FakeHost(Box):
    """A box with history, keys and an exchange. Accounts 1 and 2 are rich and pay no fees;
    ``open_account`` makes ones that pay.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.history = FakeHistory()
        self.keys: dict[str, Credential] = {}
        self._random = random.Random(7)
        self.exchange: Exchange = build(self)
        self.publish = self.exchange.publish

    def execute(self, command: AnyCommand) -> Sequence[Event]:
        events = self.engine.apply(command, self.venue_time)
        self.history.project(events)
        self.tape.record(events)
        self.publish(events)
        self.engine.audit()
        return events

    def credential(self, api_key: str) -> Credential | None:
        return self.keys.get(api_key)

    def draw(self, characters: str, length: int) -> str:
        return "".join(self._random.choices(characters, k=length))

    def open_account(self, account: int, *, bnb: bool = False, **assets: str) -> None:
        """An account that pays the venue's fees and has these assets."""
        self.execute(
            OpenAccount(
                account=account,
                fees=FEES,
                fee_asset="BNB" if bnb else "",
                fee_discount=25_000_000 if bnb else 0,
            )
        )
        for asset, amount in assets.items():
            whole, _, part = amount.partition(".")
            units = int(whole + part.ljust(8, "0"))
            self.execute(
                Transfer(source=OUTSIDE_ACCOUNT, target=account, asset=asset, amount=units)
            )

    def key(
        self,
        account: int,
        *permissions: Permission,
        ips: tuple[str, ...] = (),
        revoked: bool = False,
        name: str = "",
    ) -> Credential:
        """A fresh key that may read and trade unless told otherwise."""
        made = Credential(
            api_key=name or f"{len(self.keys):064d}",
            kind="hmac",
            account=account,
            permissions=frozenset(permissions or (Permission.READ, Permission.TRADE)),
            secret=SECRET,
            ips=ips,
            revoked=revoked,
        )
        self.keys[made.api_key] = made
        return made


class Answer:
    """An HTTP answer, read."""

    def __init__(self, response: HttpResponse) -> None:
        self.status = response.status
        self.raw = response.body
        self.headers = {name.lower(): value for name, value in response.headers}

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def error(self) -> tuple[int, int, str]:
        """Status, code and text of a refusal."""
        body = self.json
        return self.status, body["code"], body["msg"]

    @property
    def code(self) -> int:
        return int(self.json["code"])


class Trader:
    """Sends signed requests as one account would."""

    def __init__(self, host: FakeHost, key: Credential, peer: str = "127.0.0.1") -> None:
        self.host = host
        self.key = key
        self.peer = peer
        self._signer = auth.signer("hmac", SECRET)

    def ask(
        self,
        method: str,
        path: str,
        *,
        signed: bool = True,
        headers: dict[str, str] | None = None,
        timestamp: int | None = None,
        **sent: Any,
    ) -> Answer:
        """One request under ``/api/v3``, parameters in the query."""
        if signed:
            at = self.host.venue_time // MS if timestamp is None else timestamp
            sent["timestamp"] = at
        query = urlencode(sent)
        if signed:
            query += f"&signature={auth.sign_rest(self._signer, query)}"
        return self.raw(method, path, query, headers)

    def raw(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """One request exactly so."""
        request = HttpRequest(
            method,
            f"/api/v3/{path}" if not path.startswith("/") else path,
            query,
            {"x-mbx-apikey": self.key.api_key, **(headers or {})},
            body,
            self.peer,
        )
        return Answer(self.host.exchange.http(request))

    def sign(self, text: str) -> str:
        """The signature of a text."""
        return auth.sign_rest(self._signer, text)

    def order(self, side: str, kind: str = "LIMIT", **sent: Any) -> Answer:
        """A new order; LIMIT is GTC unless told otherwise."""
        sent.setdefault("symbol", "BTCUSDT")
        if kind == "LIMIT":
            sent.setdefault("timeInForce", "GTC")
        return self.ask("POST", "order", side=side, type=kind, **sent)

    def free(self, asset: str) -> tuple[str, str]:
        """Free and locked of an asset, as the account says."""
        balances = self.ask("GET", "account").json["balances"]
        found = next(b for b in balances if b["asset"] == asset)
        return found["free"], found["locked"]


def liquid(host: FakeHost, symbol: str = "BTCUSDT") -> None:
    """A book of the rich account: 100.00 and 99.00 bid for 1 each, 101.00 and 102.00 asked."""
    host.rest(symbol, Side.BUY, "100", "1")
    host.rest(symbol, Side.BUY, "99", "1")
    host.rest(symbol, Side.SELL, "101", "1")
    host.rest(symbol, Side.SELL, "102", "1")


__all__ = ["MS", "SECRET", "START", "Answer", "FakeHost", "Trader", "liquid"]
