"""One box without sockets, driven by a clock that a test moves: every layer but the wire is real.

Requests go through ``exchange.gateway``: host, engine, market, journal and history on disk, the
request log, answers that wait for the commit. What a refusal may not change is compared here.
"""

import random
import re
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from tradewind.engine.events import Refused
from tradewind.exchange import keys
from tradewind.exchange.clock import Clock
from tradewind.exchange.gateway import Gateway
from tradewind.exchange.host import VenueHost
from tradewind.exchange.requests import Requests
from tradewind.model import Permission
from tradewind.protocol.faults import Fault
from tradewind.protocol.hosting import Credential
from tradewind.protocol.messages import Close, HttpRequest, HttpResponse, Ping
from tradewind.protocol.operations import Operation, Rest
from tradewind.protocol.scaled import write
from tradewind.venues.binance import auth, errors, wallet_errors
from tradewind.venues.binance.exchange import Exchange
from tradewind.venues.binance.operations import TABLE

MS = 1_000_000
BEGIN = 1_780_000_000_000_000_000
SYMBOLS = ("BTCUSDT", "ETHUSDT", "ETHBTC", "BTCUSDC", "XRPUSDT")
IDS = [
    *("BTC/USDT", "ETH/USDT", "ETH/BTC", "BTC/USDC", "XRP/USDT"),
    *("BNB/USDT", "LTC/USDT"),  # nobody trades them: fees and dust need what they are worth
]
RICH = {"USDT": "1000000", "USDC": "1000000", "BTC": "20", "ETH": "300", "XRP": "500000"}
DUST, DUST_UNITS = "LTC", 10**7
"""What the owner's account has little enough of to be dust; given again when it was converted."""

TRADERS = ("default", "maker", "taker")
FED = (*TRADERS, "default/sub", "default/other")
KEPT = 200
"""Ids of orders that generators remember, per kind."""

PARTIAL = errors.REPLACE_PARTIAL.code
"""The one refusal that is told when something did happen."""

COUNTED = errors.REPLACE_FAILED.code
"""A new order that was not attempted still counts (rest-api.md "cancelReplace", 2026-07-21), so
here the order count is not compared.
"""

EMPTY_STATUSES = (403, 404, 406, 410)
"""What the web server before the API answers without a code."""


class Wall:
    """The machine's clock."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> int:
        return self.now


class Trader(Struct, frozen=True):
    """A key, and what signs with it."""

    name: str
    credential: Credential
    signer: auth.Signer


class Told(Struct, frozen=True):
    """An answer: ``code`` 0 when there was none in it, ``kind`` for the spread."""

    status: int
    code: int = 0
    text: str = ""
    body: Any = None

    @property
    def refused(self) -> bool:
        return self.status >= 400

    @property
    def label(self) -> str:
        return f"{self.status} {self.code}" if self.code else str(self.status)


class Wrong(AssertionError):
    """The box did what it must not do."""


class Line:
    """A client's WebSocket: keeps what came since the last question."""

    def __init__(self, world: "World", session: Any, request: HttpRequest) -> None:
        self.world = world
        self.session = session
        self.request = request
        self.got: list[bytes] = []
        self.open = True

    def flush(self) -> None:
        """What the wire does; pings are answered, as by every client library."""
        for frame in self.session.take():
            if isinstance(frame, bytes):
                self.got.append(frame)
            elif isinstance(frame, Ping):
                self.world.pongs.append((self, frame))
            elif isinstance(frame, Close):
                self.open = False

    def close(self) -> None:
        self.open = False


class World:
    """The box and its clients."""

    def __init__(self, folder: Path, seed: int, settings: Mapping[str, Any] | None = None) -> None:
        self.random = random.Random(seed)
        self.wall = Wall()
        self.soon: list[Callable[[], None]] = []
        self.pongs: list[tuple[Line, Ping]] = []
        self.orders: deque[tuple[str, int, str, int]] = deque(maxlen=KEPT)
        """symbol, order id, client order id, account: of orders that were answered."""
        self.lists: deque[tuple[str, int, str, int]] = deque(maxlen=KEPT)
        self.quotes: deque[tuple[str, int]] = deque(maxlen=KEPT)
        self.listen_keys: deque[str] = deque(maxlen=KEPT)
        asked = {"instruments": IDS, **(settings or {})}
        self.host = VenueHost(
            "binance", folder, seed, Clock(wall=self.wall), settings=asked, sync="off"
        )
        self.host.open()
        self.gateway = Gateway(self.host, Requests(), _raise, self.soon.append)
        exchange = self.host.exchange
        assert isinstance(exchange, Exchange)
        self.exchange = exchange
        self.traders: dict[str, Trader] = {}
        self._people()
        self.turn()

    def _people(self) -> None:
        for name in TRADERS:
            self._trader(name, name, "hmac")
        self._trader("ed25519", "maker", "ed25519")
        self._trader("rsa", "taker", "rsa")
        self._trader("sub", "default/sub", "hmac")
        self._trader("poor", "poor", "hmac")
        self._trader("reader", "default", "hmac", (Permission.READ,))
        self._trader("elsewhere", "default", "hmac", ips=("10.9.9.9",))
        self._trader("owner", "default", "hmac", tuple(Permission))
        self._trader("revoked", "default", "hmac", revoked=True)
        self.host.account("default/other")
        self.feed()

    def _trader(
        self,
        name: str,
        account: str,
        kind: str,
        permissions: tuple[Permission, ...] = (Permission.READ, Permission.TRADE),
        ips: tuple[str, ...] = (),
        *,
        revoked: bool = False,
    ) -> None:
        made = keys.make(kind, 7, "" if kind == "rsa" else f"local{name}")
        credential = Credential(
            made.api_key,
            kind,
            self.host.account(account),
            frozenset(permissions),
            made.api_secret,
            made.public_key,
            ips=ips,
            label=f"fuzz-{name}",
            revoked=revoked,
        )
        self.host.issue(credential)
        signer = auth.signer(kind, made.api_secret or made.private_key)
        self.traders[name] = Trader(name, credential, signer)

    def feed(self) -> None:
        """Fill up who trades, so that a long run does not end in poverty."""
        for name in FED:
            have = self.host.engine.balances(self.host.accounts[name])
            poor = {
                asset: text
                for asset, text in RICH.items()
                if have.get(asset, (0, 0))[0] < int(text) * 10**8 // 4
            }
            if poor:
                self.host.faucet(name, poor)
        short = DUST_UNITS - self.host.engine.balance(self.host.accounts["default"], DUST)[0]
        if short:
            self.host.faucet("default", {DUST: write(short, 8)})

    def close(self) -> None:
        self.turn()
        self.host.close()

    # time

    def step(self, ns: int) -> None:
        """Let time go by; the box beats ten times a second."""
        beat = (self.wall.now + ns) // (100 * MS) != self.wall.now // (100 * MS)
        self.wall.now += ns
        if beat:
            self.gateway.beat()
            self.turn()
            self._pong()

    def jump(self, ns: int) -> None:
        """``advance``, as the admin port does it."""
        self.host.clock.advance(ns)
        self.host.clock_changed()
        self.gateway.beat()
        self.turn()

    def turn(self) -> None:
        """The rest of a loop turn."""
        while self.soon:
            calls, self.soon = self.soon, []
            self.gateway._call_soon = self.soon.append
            for call in calls:
                call()

    def _pong(self) -> None:
        pongs, self.pongs = self.pongs, []
        for line, ping in pongs:
            line.session.control(ping, self.wall.now)

    @property
    def now_ms(self) -> int:
        return self.host.now() // MS

    # faults

    def fault(self, fault: Fault) -> None:
        """Set one, as the admin port does it."""
        spoiler = self.gateway.spoiler
        spoiler.begin(spoiler.schedule.set(fault, self.host.now()))

    # asking

    def rest(self, request: HttpRequest) -> Told:
        """One HTTP request."""
        answers: list[HttpResponse] = []
        self.gateway.http(request, answers.append)
        self.turn()
        if len(answers) != 1:
            raise Wrong(f"{len(answers)} answers")
        return read_http(answers[0], failing=self.gateway.spoiler.armed)

    def connect(self, path: str, query: str = "", peer: str = "127.0.0.1") -> Line | Told:
        """A WebSocket."""
        request = HttpRequest("GET", path, query, {}, b"", peer)
        session = self.gateway.upgrade(request)
        if isinstance(session, HttpResponse):
            return read_http(session)
        line = Line(self, session, request)
        self.gateway.opened(line)
        return line

    def api(self, line: Line, message: bytes) -> Told | None:
        """One message to the WebSocket API; None when the connection ended instead."""
        line.got.clear()
        self.host.did = []
        self.gateway.received(line, message)
        self.turn()
        return next(filter(None, map(read_api, reversed(line.got))), None)

    def say(self, line: Line, message: bytes) -> Told:
        """One message to the market streams."""
        line.got.clear()
        self.gateway.received(line, message)
        self.turn()
        for frame in line.got:
            body = msgspec.json.decode(frame)
            if isinstance(body, dict) and "error" in body:
                return Told(400, body["error"]["code"], body["error"]["msg"])
        return Told(200)

    def drop(self, line: Line) -> None:
        """The client is gone."""
        line.open = False
        self.gateway.closed(line)

    # what a refusal may not change

    def fingerprint(self) -> list[object]:
        """Everything an outsider could notice, at the last tick; order counts come first."""
        for symbol in SYMBOLS:
            self.host.look(symbol)
        exchange, now = self.exchange, self.host.now()
        accounts = self.host.accounts.values()
        return [
            tuple(exchange.orders.used(account, now) for account in accounts),
            self.host.engine.digest(),
            exchange.records.state(),
            exchange.wallet.movements.state(),
            exchange.wallet._convert.state(),
            exchange.listen_keys.state(),
        ]

    def check_did(self, told: Told) -> None:
        """The cheap part, on every refusal: no command of it was obeyed."""
        if told.refused and told.code != PARTIAL:
            for command, events in self.host.did:
                if not all(type(event) is Refused for event in events):
                    raise Wrong(f"refused with {told.label}, yet {type(command).__name__} was done")


_ROWS = {}
for _row in (*errors.ROWS.values(), *wallet_errors.ROWS.values()):
    _pattern = re.escape(_row.text).replace("%s", ".*")
    _ROWS.setdefault(_row.code, []).append(re.compile(_pattern, re.DOTALL))


_WITH_ADDRESS = re.compile(r"(?<=for action), request ip: [0-9.]+$")


def check_known(code: int, text: str) -> None:
    """Every code and text is one of the tables'."""
    text = _WITH_ADDRESS.sub(".", text)
    if not any(pattern.fullmatch(text) for pattern in _ROWS.get(code, ())):
        raise Wrong(f"{code} {text!r} is in no table")


def read_http(response: HttpResponse, *, failing: bool = False) -> Told:
    """An answer, held to what the venue promises of its form; ``failing`` it was told to."""
    kind = dict(response.headers).get("Content-Type", "")
    if response.status in EMPTY_STATUSES and not kind.startswith("application/json"):
        return Told(response.status)
    if not kind.startswith("application/json"):
        raise Wrong(f"{response.status} with {kind!r}")
    body = msgspec.json.decode(response.body)
    if response.status < 400:
        return Told(response.status, body=body)
    code, text = body["code"], body["msg"]
    if response.status >= 500 and not failing:
        raise Wrong(f"{response.status} {code} {text}")
    check_known(code, text)
    return Told(response.status, code, text, body)


def read_api(frame: bytes) -> Told | None:
    """An answer of the WebSocket API, None for an event."""
    body = msgspec.json.decode(frame)
    status = body.get("status")
    if status is None:
        return None
    if status == 200:
        return Told(status, body=body["result"])
    code, text = body["error"]["code"], body["error"]["msg"]
    check_known(code, text)
    return Told(status, code, text, body["error"])


# how requests are written

Pairs = list[tuple[str, Any]]


def rest_door(operation: Operation) -> Rest | None:
    return next((door for door in operation.doors if isinstance(door, Rest)), None)


def rest_request(
    operation: Operation,
    pairs: Pairs,
    trader: Trader | None,
    *,
    peer: str = "127.0.0.1",
    signature: str | None = None,
    headers: Mapping[str, str] | None = None,
    in_body: bool = False,
) -> HttpRequest:
    """A request as a client writes it; signed when the operation is."""
    door = rest_door(operation)
    assert door is not None
    query = urlencode([(name, text(value)) for name, value in pairs], errors="replace")
    sent = dict(headers or {})
    if trader is not None:
        sent.setdefault("x-mbx-apikey", trader.credential.api_key)
        if operation.signed:
            made = auth.sign_rest(trader.signer, query) if signature is None else signature
            query += f"&signature={made}"
    if in_body and door.method != "GET":
        sent["content-type"] = "application/x-www-form-urlencoded"
        return HttpRequest(door.method, door.path, "", sent, query.encode(), peer)
    return HttpRequest(door.method, door.path, query, sent, b"", peer)


def api_request(
    operation: Operation,
    pairs: Pairs,
    trader: Trader | None,
    *,
    number: int,
    signature: str | None = None,
    trusted: bool = False,
) -> bytes:
    """A WebSocket API request, names that come twice included."""
    pairs = list(pairs)
    if trader is not None and operation.permission is not None and not trusted:
        pairs.append(("apiKey", trader.credential.api_key))
        if operation.signed:
            made = signature
            if made is None:
                made = auth.sign_params(trader.signer, dict(pairs))
            pairs.append(("signature", made))
    encode = msgspec.json.encode
    params = b",".join(encode(str(name)) + b":" + encode(value) for name, value in pairs)
    name = operation.name.encode()
    return b'{"id":%d,"method":"%b","params":{%b}}' % (number, name, params)


def text(value: Any) -> str:
    """A value as a query carries it."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def operation(name: str) -> Operation:
    return TABLE.by_name[name]


def _raise(error: BaseException) -> None:
    raise error
