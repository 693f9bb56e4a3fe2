"""The market streams: who listens to what, and what is due when.

Only symbols that somebody listens to are worked on, and the host is told how many do, so that
their ticks run. Real-time streams follow ``publish``, the others ``flush``: 100 ms streams at every
flush, 1 s and 2 s streams when wall time has come that far; a candle's end is pushed at the flush
that finds it over. ``E`` and all times shown are venue time.
"""

import json
from collections.abc import Iterable, Sequence
from itertools import takewhile
from urllib.parse import unquote

from ....engine.events import Event, LevelChanged, Trade
from ....protocol.hosting import Host
from ....protocol.limits import FixedWindow
from ....protocol.messages import HttpRequest, HttpResponse
from ..errors import TIME_UNIT, TOO_MANY_REQUESTS, Error
from ..limits import in_force
from .call import MICROSECONDS, MILLISECONDS, Refusal
from .channels import FAST, SECOND, SLOW, TIMED, Channel, Feed, Listener, Moment, begin_candles
from .limiter import Addresses
from .markets import Market, Markets
from .stream_names import StreamName, parse
from .stream_session import STREAMS_MAX, StreamSession

LIFE = 24 * 3600 * SECOND
"""How long a connection lives, in venue time."""

NOTICE = 600 * SECOND
"""How long before its end a connection is told (guessed: the page gives no time); setting
``shutdown_notice`` in seconds."""

_UNITS = {"MICROSECOND": MICROSECONDS, "microsecond": MICROSECONDS}
_MILLISECONDS = ("MILLISECOND", "millisecond", "")


class Streams:
    """All connections to the market streams of one exchange."""

    def __init__(self, host: Host, markets: Markets, addresses: Addresses) -> None:
        self.host = host
        self.markets = markets
        self._addresses = addresses
        self._channels: dict[tuple[str, int], Channel] = {}
        self._feeds: dict[str, Feed] = {}
        self._timed: dict[int, dict[Channel, None]] = {FAST: {}, SECOND: {}, SLOW: {}}
        self._klines: dict[Channel, None] = {}
        self._due = {cadence: _next(cadence, host.wall()) for cadence in self._timed}
        self._watchers: dict[str, int] = {}
        self._dirty: list[StreamSession] = []
        self._late: list[StreamSession] = []
        self._sessions: dict[StreamSession, None] = {}
        self._unwarned: dict[StreamSession, None] = {}
        self._warned: dict[StreamSession, None] = {}
        self._notice = int(host.settings.get("shutdown_notice", NOTICE // SECOND)) * SECOND
        self._attempts = FixedWindow(in_force(host.settings)["CONNECTIONS"])
        for market in markets.values():
            market.updates.begin(max(host.now(), host.wall()))

    # connections

    def open(self, request: HttpRequest) -> StreamSession | HttpResponse:
        """Answer a handshake on ``/ws...`` or ``/stream``."""
        now = self.host.now()
        try:
            self._addresses.refuse_banned(request.peer, now)
        except Refusal as refusal:
            return _refused(refusal.error, refusal.text)
        if self._attempts.charge(request.peer, 1, now) > self._attempts.limit.limit:
            self._addresses.offended(request.peer, now)
            return _refused(TOO_MANY_REQUESTS)
        head, *tail = [unquote(part) for part in request.path.strip("/").split("/")]
        query = _query(request.query)
        if head not in ("ws", "stream") or (head == "stream" and tail):
            return HttpResponse(404)
        asked = query.get("timeUnit", "")
        unit = _UNITS.get(asked, MILLISECONDS)
        if unit is MILLISECONDS and asked not in _MILLISECONDS:
            return _refused(TIME_UNIT)
        texts = tail if head == "ws" else query.get("streams", "").split("/")
        names = [name for name in map(parse, texts) if name is not None]
        if len(names) > STREAMS_MAX:
            return HttpResponse(400)
        session = StreamSession(self, request.peer, combined=head == "stream", unit=unit)
        self._sessions[session] = None
        self._unwarned[session] = None
        for name in names:
            session.add(name)
        return session

    def leave(self, session: StreamSession) -> None:
        """Forget a connection and its subscriptions."""
        if session in self._sessions:
            del self._sessions[session]
            self._unwarned.pop(session, None)
            self._warned.pop(session, None)
            for name in session.names.values():
                self.unsubscribe(session, name)
            session.names = {}

    def flooded(self, session: StreamSession) -> None:
        """A session was cut for its messages."""
        self._addresses.offended(session.peer, self.host.now())

    def has_something(self, session: StreamSession) -> None:
        """A session's outbox is no longer empty."""
        self._dirty.append(session)

    def dirty(self) -> Sequence[StreamSession]:
        """Sessions with something in their outbox since the last call."""
        for session in self._late:
            self.leave(session)
        self._late.clear()
        found, self._dirty = self._dirty, []
        return found

    def too_late(self, session: StreamSession) -> None:
        """A session was cut in the middle of a push: it leaves when that is over."""
        self._late.append(session)

    # subscriptions

    def subscribe(self, session: StreamSession, name: StreamName) -> None:
        """Let a session hear a stream."""
        market = self.markets.by_lower.get(name.symbol)
        if (name.symbol and market is None) or name.kind in ("shutdown", "block"):
            return  # nothing is ever said here
        key = (name.text, session.unit)
        channel = self._channels.get(key)
        if channel is None:
            channel = self._channels[key] = Channel(name, market, session.unit)
            self._begin(channel)
        self._listeners(channel, session)[session] = None
        self._watch(market, 1)

    def unsubscribe(self, session: StreamSession, name: StreamName) -> None:
        """Let a session hear a stream no more."""
        channel = self._channels.get((name.text, session.unit))
        if channel is None or session not in self._listeners(channel, session):
            return
        del self._listeners(channel, session)[session]
        if channel.empty:
            self._end(channel)
        self._watch(channel.market, -1)

    @staticmethod
    def _listeners(channel: Channel, session: StreamSession) -> dict[Listener, None]:
        return channel.combined if session.combined else channel.raw

    def _begin(self, channel: Channel) -> None:
        if channel.cadence:
            self._timed[channel.cadence][channel] = None
        if channel.market is not None:
            if channel.name.kind == "kline":
                self._klines[channel] = None
                self.host.look(channel.market.symbol)
                begin_candles(self.host, channel, channel.market)
            feed = self._feeds.get(channel.market.symbol)
            if feed is None:
                feed = self._feeds[channel.market.symbol] = Feed(channel.market)
            followers = feed.of(channel.name.kind)
            if followers is not None:
                followers.append(channel)

    def _end(self, channel: Channel) -> None:
        del self._channels[channel.name.text, channel.unit]
        self._klines.pop(channel, None)
        if channel.cadence:
            self._timed[channel.cadence].pop(channel, None)
        if channel.market is not None:
            followers = self._feeds[channel.market.symbol].of(channel.name.kind)
            if followers is not None:
                followers.remove(channel)

    def _watch(self, market: Market | None, more: int) -> None:
        """Count the listeners of a symbol, or of all, and tell the host."""
        for each in self.markets.values() if market is None else (market,):
            count = self._watchers.get(each.symbol, 0) + more
            self._watchers[each.symbol] = count
            if not count:
                self._feeds.pop(each.symbol, None)
            self.host.watch(each.symbol, count)

    # what happens

    def publish(self, events: Sequence[Event]) -> None:
        """Take the events of one command or tick."""
        found: dict[str, tuple[list[Trade], list[LevelChanged]]] = {}
        for event in events:
            if type(event) is LevelChanged:
                found.setdefault(event.instrument, ([], []))[1].append(event)
            elif type(event) is Trade:
                found.setdefault(event.instrument, ([], []))[0].append(event)
        for symbol, (trades, levels) in found.items():
            market = self.markets.get(symbol)
            if market is None:
                continue
            if levels:
                market.updates.next()
            feed = self._feeds.get(symbol)
            if feed is not None:
                feed.follow(self.host, trades, levels)

    def flush(self) -> None:
        """Push what is due; ten times a wall second."""
        wall = self.host.wall()
        self._end_old()
        moment = Moment(self.host, self.markets.values())
        for channel in self._klines:
            if 0 < channel.closes <= moment.now:
                _push(moment, channel)
        for cadence, channels in self._timed.items():
            if cadence == FAST or wall >= self._due[cadence]:
                self._due[cadence] = _next(cadence, wall)
                for channel in channels:
                    _push(moment, channel)

    def _end_old(self) -> None:
        """The 24 hour cut, told before."""
        now = self.host.now()
        for session in _opened_before(self._unwarned, now - LIFE + self._notice):
            del self._unwarned[session]
            self._warned[session] = None
            session.shut_down()
        for session in _opened_before(self._warned, now - LIFE):
            session.end(1000, "")


def _opened_before(sessions: Iterable[StreamSession], then: int) -> list[StreamSession]:
    """Those opened by then, of sessions in the order they were opened."""
    return list(takewhile(lambda session: session.opened <= then, sessions))


def _next(cadence: int, wall: int) -> int:
    return (wall // cadence + 1) * cadence


def _push(moment: Moment, channel: Channel) -> None:
    for payload in TIMED[channel.name.kind](moment, channel):
        channel.send(payload)


def _query(text: str) -> dict[str, str]:
    """``a=b&c=d``; a plus is a plus, because time zones are written with one."""
    pairs = (part.partition("=") for part in text.split("&") if part)
    return {unquote(name): unquote(value) for name, _, value in pairs}


def _refused(error: Error, text: str = "") -> HttpResponse:
    told = {"code": error.code, "msg": text or error.text}
    body = json.dumps(told, separators=(",", ":")).encode()
    return HttpResponse(error.status, body, (("Content-Type", "application/json;charset=UTF-8"),))
