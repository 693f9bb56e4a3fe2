"""The WebSocket API: requests and answers on one socket, sessions, user data subscriptions.

    {"id", "method", "params"} -> Call -> checks and handlers, as for REST -> {"id", "status", ...}

web-socket-api.md, 2026-07-21. Guessed, because no page tells: what an unknown method and an
unreadable request answer, that a missing ``apiKey`` is a missing parameter, that a banned address
is refused at the handshake, and the codes of closes.
"""

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import parse_qsl

import msgspec
from msgspec import UNSET, UnsetType

from ....engine.events import Event
from ....protocol.hosting import Credential, Host
from ....protocol.limits import SECOND, FixedWindow
from ....protocol.messages import HttpRequest, HttpResponse
from ....protocol.operations import Operation, Table
from .. import auth, errors
from ..limits import DAY, in_force, interval
from ..wire import user_data
from ..wire import websocket_api as wire
from ..wire.account import OrderCount
from .call import MICROSECONDS, MILLISECONDS, Call, Handler, Refusal
from .checks import Checks
from .line import Line
from .markets import Markets
from .records import Records
from .user_data import Reporter

CONNECT_WEIGHT = 2
LIFE = DAY
NOTICE = 600 * SECOND
"""How long before its end a connection is told (guessed); setting ``shutdown_notice``, seconds."""

ACTIVE_MAX = 1_000
SUBSCRIPTIONS_MAX = 65_535
"""User data subscriptions of one connection: at a time, and in its life (web-socket-api.md)."""

POLICY = 1008
VERSION = "v3/"
_UNITS = {"": MILLISECONDS, "MILLISECOND": MILLISECONDS, "millisecond": MILLISECONDS}
_UNITS |= {"MICROSECOND": MICROSECONDS, "microsecond": MICROSECONDS}

_decode = msgspec.json.Decoder(wire.Request).decode
_encode = msgspec.json.Encoder().encode


class _Plain(msgspec.Struct, frozen=True):
    """A request whose parameters are texts and whole numbers, as nearly all are."""

    id: int | str | UnsetType | None = UNSET
    method: str = ""
    params: dict[str, str | int] | None = None


_decode_plain = msgspec.json.Decoder(_Plain).decode

LISTED = frozenset({"sor.order.place"})
"""What answers a list of one here and an object over REST (web-socket-api.md, 2026-07-21)."""


class Subscribed(msgspec.Struct, frozen=True):
    """A user data subscription: whose, and whether it came with the log-on."""

    account: int
    session: bool


class ApiSession(Line):
    """One connection."""

    __slots__ = (
        "api",
        "credential",
        "limits_shown",
        "logged_on",
        "next_id",
        "opened",
        "subscriptions",
        "unit",
    )

    def __init__(self, api: "WebSocketApi", peer: str, unit: int, limits_shown: bool) -> None:
        super().__init__(api, peer, api.host.wall())
        self.api = api
        self.unit = unit
        self.limits_shown = limits_shown
        self.opened = api.host.now()
        self.credential: Credential | None = None
        self.logged_on = 0
        self.subscriptions: dict[int, Subscribed] = {}
        self.next_id = 0

    def receive(self, message: bytes, now: int) -> None:  # noqa: ARG002 (the host's clocks count)
        """Take one request and answer it."""
        if not self.ended:
            self.api.answer(self, message)

    def tell(self, message: user_data.Event, subscription: int) -> None:
        """Push one user data event."""
        self.push(b'{"subscriptionId":%d,"event":%b}' % (subscription, _encode(message)))

    def log_off(self) -> None:
        """Forget the key; the subscription that came with it ends."""
        self.credential = None
        self.logged_on = 0
        for number in [n for n, s in self.subscriptions.items() if s.session]:
            self.end_subscription(number)

    def end_subscription(self, number: int) -> None:
        """End one subscription and say so."""
        ended = self.subscriptions.pop(number)
        self.api.unsubscribe(self, ended.account)
        self.tell(user_data.StreamTerminated(E=self.api.host.now() // self.unit), number)


class WebSocketApi:
    """All connections to the WebSocket API of one exchange.

    ``handlers`` are those of the operations that are about the connection itself; the exchange adds
    them to its own before it builds ``checks``.
    """

    def __init__(self, host: Host, table: Table, markets: Markets, records: Records) -> None:
        self.host = host
        self._table = table
        self._markets = markets
        self._reporter = Reporter(host.engine, markets, records)
        self._checks: Checks | None = None
        self._weight_count: Callable[..., OrderCount]
        self._order_counts: list[Callable[..., OrderCount]]
        self._dirty: list[ApiSession] = []
        self._sessions: dict[ApiSession, None] = {}
        self._unwarned: deque[ApiSession] = deque()
        self._warned: deque[ApiSession] = deque()
        self._followers: dict[int, dict[ApiSession, None]] = {}
        self._notice = int(host.settings.get("shutdown_notice", NOTICE // SECOND)) * SECOND
        self._attempts = FixedWindow(in_force(host.settings)["CONNECTIONS"])
        self.handlers: dict[str, Handler] = {
            "session.logon": _logon,
            "session.status": _status,
            "session.logout": _logout,
            "session.subscriptions": _subscriptions,
            "userDataStream.subscribe": _subscribe,
            "userDataStream.subscribe.signature": _subscribe_signed,
            "userDataStream.unsubscribe": _unsubscribe,
        }

    def use(self, checks: Checks) -> None:
        """The checks that requests go through."""
        self._checks = checks
        self._weight_count = _counted("REQUEST_WEIGHT", checks.addresses.weight)
        self._order_counts = [_counted("ORDERS", window) for window in checks.orders.windows]

    @property
    def checks(self) -> Checks:
        """The checks that requests go through."""
        assert self._checks is not None
        return self._checks

    # connections

    def open(self, request: HttpRequest) -> ApiSession | HttpResponse:
        """Answer a handshake; it weighs 2 of the address's request weight."""
        now, peer = self.host.now(), request.peer
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        unit = _UNITS.get(query.get("timeUnit", ""))
        if unit is None:
            return _refused(Refusal(errors.TIME_UNIT))
        try:
            self.checks.addresses.refuse_banned(peer, now)
            if self._attempts.charge(peer, 1, now) > self._attempts.limit.limit:
                self.checks.addresses.offended(peer, now)
                raise Refusal(errors.TOO_MANY_REQUESTS)
            self.checks.addresses.charge(peer, CONNECT_WEIGHT, now, raw=0)
        except Refusal as refusal:
            return _refused(refusal)
        session = ApiSession(self, peer, unit, query.get("returnRateLimits") != "false")
        self._sessions[session] = None
        self._unwarned.append(session)
        return session

    def has_something(self, session: ApiSession) -> None:
        """A session's outbox is no longer empty."""
        self._dirty.append(session)

    def too_late(self, session: ApiSession) -> None:
        """Everybody is told from copies, so a connection can be forgotten while it is told."""
        self.leave(session)

    def leave(self, session: ApiSession) -> None:
        """Forget a connection and its subscriptions."""
        self._sessions.pop(session, None)
        accounts = {subscribed.account for subscribed in session.subscriptions.values()}
        session.subscriptions = {}
        for account in accounts:
            self.unsubscribe(session, account)

    def dirty(self) -> Sequence[ApiSession]:
        """Sessions with something in their outbox since the last call."""
        found, self._dirty = self._dirty, []
        return found

    # requests

    def answer(self, session: ApiSession, message: bytes) -> None:
        """Answer one request."""
        try:
            request_id, method, params = _read(message)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._fail(session, None, Refusal(errors.INVALID_JSON_REQUEST), None)
            return
        operation = self._table.by_websocket.get(("", method.removeprefix(VERSION)))
        if operation is None:
            self._fail(session, request_id, Refusal(errors.UNSUPPORTED), None)
            return
        shown = _flag(params.get("returnRateLimits"), session.limits_shown)
        call = self._call(session, operation, params)
        try:
            if operation.signed and not call.trusted and "apiKey" not in params:
                raise Refusal(errors.MANDATORY, "apiKey")
            result = self.checks.answer(call)
            if operation.name in LISTED:
                result = [result]
        except Refusal as refusal:
            if call.trusted and refusal.code == errors.KEY_REJECTED.code:
                session.log_off()  # the key lost its validity: the session is revoked
                self._fail(session, None, refusal, None)
                return
            self._fail(session, request_id, refusal, call if shown else None)
            return
        limits = self._limits(call) if shown else UNSET
        session.push(_encode(wire.Answer(request_id, 200, result, limits)))

    def _call(self, session: ApiSession, operation: Operation, params: dict[str, str]) -> Call:
        sent = params.copy()
        api_key = sent.pop("apiKey", "")
        sent.pop("returnRateLimits", None)  # of every method, and signed like the others
        call = Call(
            self.host,
            self._markets,
            operation,
            sent,
            door="ws",
            peer=session.peer,
            api_key=api_key,
            unit_text="MICROSECOND" if session.unit == MICROSECONDS else "",
            signed=params,
        )
        call.session = session
        if not api_key and session.credential is not None and operation.name != "session.logon":
            call.trusted = True
            call.credential = session.credential
        return call

    def _fail(
        self,
        session: ApiSession,
        request_id: int | str | None,
        refusal: Refusal,
        call: Call | None,
    ) -> None:
        data = UNSET if refusal.data is None else refusal.data
        if refusal.until:
            now = self.host.now() // MILLISECONDS
            data = wire.Retry(now, -(-refusal.until // MILLISECONDS))
        fault = wire.Fault(refusal.code, refusal.text, data)
        limits = self._limits(call) if call is not None else UNSET
        session.push(_encode(wire.Failure(request_id, refusal.status, fault, limits)))
        if refusal.status == errors.BANNED.status:
            self._cut(session.peer)

    def _cut(self, peer: str) -> None:
        """A ban also ends the address's connections."""
        for session in [each for each in self._sessions if each.peer == peer]:
            session.end(POLICY, "IP banned")

    def _limits(self, call: Call) -> list[OrderCount]:
        """The limits that a request affects: orders first where it places any, then weight."""
        now = call.now
        weight = self._weight_count(count=self.checks.addresses.used(call.peer, now))
        if not call.operation.counts or call.credential is None:
            return [weight]
        used = self.checks.orders.used(call.account, now)
        found = [made(count=n) for made, n in zip(self._order_counts, used, strict=True)]
        return [*found, weight]

    # user data

    def subscribe(self, session: ApiSession, account: int, *, with_session: bool) -> int:
        """Begin a subscription; one per account and connection. Raises Refusal."""
        if any(each.account == account for each in session.subscriptions.values()):
            raise Refusal(errors.SUBSCRIPTION_ACTIVE)
        if session.next_id >= SUBSCRIPTIONS_MAX or len(session.subscriptions) >= ACTIVE_MAX:
            raise Refusal(errors.MAX_SUBSCRIPTIONS)
        number = session.next_id
        session.next_id += 1
        session.subscriptions[number] = Subscribed(account, with_session)
        self._followers.setdefault(account, {})[session] = None
        return number

    def unsubscribe(self, session: ApiSession, account: int) -> None:
        """A session follows an account no more."""
        followers = self._followers.get(account, {})
        followers.pop(session, None)
        if not followers:
            self._followers.pop(account, None)

    def publish(self, events: Sequence[Event]) -> None:
        """Tell accounts what happened to them."""
        if not self._followers:
            return
        sessions = {session for each in self._followers.values() for session in each}
        for unit in {session.unit for session in sessions}:
            for account, message in self._reporter.tell(events, self.host.now(), unit):
                for session in tuple(self._followers.get(account, ())):
                    if session.unit == unit:
                        _tell(session, account, message)

    def flush(self) -> None:
        """The 24 hour cut, told before; in venue time."""
        now = self.host.now()
        while self._unwarned and self._unwarned[0].opened + LIFE - self._notice <= now:
            session = self._unwarned.popleft()
            if session in self._sessions:
                stamp = now // session.unit
                session.push(b'{"event":{"e":"serverShutdown","E":%d}}' % stamp)
                self._warned.append(session)
        while self._warned and self._warned[0].opened + LIFE <= now:
            self._warned.popleft().end(1000, "")


def _tell(session: ApiSession, account: int, message: user_data.Event) -> None:
    for number, subscribed in tuple(session.subscriptions.items()):
        if subscribed.account == account:
            session.tell(message, number)


def _counted(kind: str, window: FixedWindow) -> Callable[..., OrderCount]:
    """Makes what is told of a window from what is used of it (``count``)."""
    word, number = interval(window.limit)
    return partial(
        OrderCount,
        rate_limit_type=kind,
        interval=word,
        interval_num=number,
        limit=window.limit.limit,
    )


def _flag(value: str | None, otherwise: bool) -> bool:
    """A boolean parameter, as ``true`` or as ``"true"`` (the venue's own connector sends text)."""
    return otherwise if value is None else value == "true"


def _read(message: bytes) -> tuple[int | str | None, str, dict[str, str]]:
    """Id, method and parameters, each as the text that is signed. Raises what msgspec does."""
    text = message.decode()  # binary frames may hold anything
    request: _Plain | wire.Request
    try:
        request = _decode_plain(text)
        sent = request.params or {}
        params = {n: v if type(v) is str else str(v) for n, v in sent.items()}
        kept = "-0" not in text or "0" not in params.values()  # an int does not keep the sign of 0
    except msgspec.ValidationError:
        kept = False
    if not kept:
        request = _decode(text)
        params = {name: auth.text(value) for name, value in (request.params or {}).items()}
    request_id = None if request.id is UNSET else request.id
    assert not isinstance(request_id, UnsetType)
    return request_id, request.method, params


def _refused(refusal: Refusal) -> HttpResponse:
    body = _encode({"code": refusal.code, "msg": refusal.text})
    kind = ("Content-Type", "application/json;charset=UTF-8")
    return HttpResponse(refusal.status, body, (kind,))


# handlers of what a connection asks about itself


def _session(call: Call) -> ApiSession:
    session = call.session
    assert isinstance(session, ApiSession)
    return session


def _logon(call: Call) -> wire.Session:
    session, key = _session(call), call.credential
    assert key is not None
    if key.kind != "ed25519":
        raise Refusal(errors.UNSUPPORTED)
    if session.credential is not None and session.credential.account != key.account:
        session.log_off()
    session.credential = key
    session.logged_on = call.now
    return _status(call)


def _status(call: Call) -> wire.Session:
    session = _session(call)
    key = session.credential
    return wire.Session(
        api_key=key.api_key if key else None,
        authorized_since=call.time(session.logged_on) if key else None,
        connected_since=call.time(session.opened),
        return_rate_limits=session.limits_shown,
        server_time=call.time(call.now),
        user_data_stream=bool(session.subscriptions),
    )


def _logout(call: Call) -> wire.Session:
    _session(call).log_off()
    return _status(call)


def _subscriptions(call: Call) -> list[wire.Subscription]:
    return [wire.Subscription(number) for number in _session(call).subscriptions]


def _subscribe(call: Call) -> wire.Subscription:
    session = _session(call)
    if session.credential is None:
        raise Refusal(errors.KEY_REJECTED)
    account = session.credential.account
    return wire.Subscription(session.api.subscribe(session, account, with_session=True))


def _subscribe_signed(call: Call) -> wire.Subscription:
    session = _session(call)
    return wire.Subscription(session.api.subscribe(session, call.account, with_session=False))


def _unsubscribe(call: Call) -> wire.Nothing:
    session = _session(call)
    wanted = call.values.get("subscriptionId")
    if wanted is not None and wanted not in session.subscriptions:
        raise Refusal(errors.SUBSCRIPTION_INACTIVE)
    for number in list(session.subscriptions) if wanted is None else [wanted]:
        session.end_subscription(number)
    return wire.Nothing()
