"""Listen keys: user data on the streams door, as it was before 2026-02-20.

    POST /api/v3/userDataStream -> a key (the same one while it lives) -> /ws/<key>: bare events,
                                                                         /stream?streams=<key>

A key lives 60 minutes from its making or its last PUT, in venue time; its streams are told when it
has expired. Guessed: that streams of an expired key stay open and silent, and that they answer
SUBSCRIBE without doing anything.
"""

from collections.abc import Sequence
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from ....engine.events import Event
from ....protocol.hosting import Host
from ....protocol.limits import SECOND
from ....protocol.messages import HttpRequest
from .. import errors
from ..limits import DAY
from ..wire import user_data
from ..wire import user_stream as wire
from .call import MICROSECONDS, MILLISECONDS, Call, Handler, Refusal
from .line import Line
from .markets import Markets
from .records import Records
from .user_data import Reporter

LIVES = 3600 * SECOND
CONNECTION_LIVES = DAY
LENGTH = 64
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_UNITS = {"MICROSECOND": MICROSECONDS, "microsecond": MICROSECONDS}

_encode = msgspec.json.Encoder().encode


class Key(Struct):
    """Whose key it is and when it ends, in ns of venue time."""

    account: int
    until: int


class Asked(Struct):
    """A message of a stream's client."""

    id: int | str | None = None
    method: str = ""


class ListenSession(Line):
    """One connection that follows one key."""

    __slots__ = ("combined", "keys", "listen_key", "opened", "unit")

    def __init__(
        self, keys: "ListenKeys", peer: str, listen_key: str, unit: int, combined: bool
    ) -> None:
        super().__init__(keys, peer, keys.host.wall())
        self.keys = keys
        self.listen_key = listen_key
        self.unit = unit
        self.combined = combined
        self.opened = keys.host.now()

    def receive(self, message: bytes, now: int) -> None:  # noqa: ARG002 (the host tells venue time)
        """Answer a subscription message; what it follows does not change."""
        try:
            asked = msgspec.json.decode(message, type=Asked)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        listed = [self.listen_key] if asked.method == "LIST_SUBSCRIPTIONS" else None
        self.push(_encode({"result": listed, "id": asked.id}))

    def tell(self, message: user_data.Event | wire.ListenKeyExpired) -> None:
        """Push one event, wrapped if the connection is a combined one."""
        if self.combined:
            self.push(_encode({"stream": self.listen_key, "data": message}))
        else:
            self.push(_encode(message))


class ListenKeys:
    """The keys and the connections that follow them."""

    def __init__(self, host: Host, markets: Markets, records: Records) -> None:
        self.host = host
        self._reporter = Reporter(host.engine, markets, records)
        self._keys: dict[str, Key] = {}
        self._of: dict[int, str] = {}
        self._sessions: dict[ListenSession, None] = {}
        self._dirty: list[ListenSession] = []
        self.handlers: dict[str, Handler] = {
            "userDataStream.start": self.start,
            "userDataStream.ping": self.ping,
            "userDataStream.stop": self.stop,
        }

    # requests

    def start(self, call: Call) -> wire.ListenKey:
        """``POST /api/v3/userDataStream``: the account's key, made or made to live on."""
        self._expire(call.now)
        name = self._of.get(call.account)
        if name is None:
            name = call.host.draw(LETTERS, LENGTH)
            self._of[call.account] = name
        self._keys[name] = Key(call.account, call.now + LIVES)
        return wire.ListenKey(listen_key=name)

    def ping(self, call: Call) -> wire.Done:
        """``PUT``: another 60 minutes."""
        self._own(call).until = call.now + LIVES
        return wire.Done()

    def stop(self, call: Call) -> wire.Done:
        """``DELETE``: the key is gone."""
        key = self._own(call)
        self._forget(call.values["listenKey"], key)
        return wire.Done()

    def _own(self, call: Call) -> Key:
        self._expire(call.now)
        key = self._keys.get(call.values["listenKey"])
        if key is None or key.account != call.account:
            raise Refusal(errors.LISTEN_KEY)
        return key

    # connections

    def open(self, request: HttpRequest) -> ListenSession | None:
        """A session if the handshake names a key that lives, else None."""
        if not self._keys:
            return None
        self._expire(self.host.now())
        head, _, tail = request.path.strip("/").partition("/")
        query = dict(parse_qsl(request.query))
        name = tail if head == "ws" else query.get("streams", "") if head == "stream" else ""
        if name not in self._keys:
            return None
        unit = _UNITS.get(query.get("timeUnit", ""), MILLISECONDS)
        session = ListenSession(self, request.peer, name, unit, head == "stream")
        self._sessions[session] = None
        return session

    def has_something(self, session: ListenSession) -> None:
        """A session's outbox is no longer empty."""
        self._dirty.append(session)

    def too_late(self, session: ListenSession) -> None:
        """Everybody is told from copies, so a connection can be forgotten while it is told."""
        self.leave(session)

    def leave(self, session: ListenSession) -> None:
        """Forget a connection."""
        self._sessions.pop(session, None)

    def dirty(self) -> Sequence[ListenSession]:
        """Sessions with something in their outbox since the last call."""
        found, self._dirty = self._dirty, []
        return found

    # what happens

    def publish(self, events: Sequence[Event]) -> None:
        """Tell accounts what happened to them."""
        if not self._sessions:
            return
        for unit in {session.unit for session in self._sessions}:
            for account, message in self._reporter.tell(events, self.host.now(), unit):
                name = self._of.get(account)
                for session in tuple(self._sessions):
                    if name is not None and session.listen_key == name and session.unit == unit:
                        session.tell(message)

    def flush(self) -> None:
        """End what is over: keys after an hour, connections after a day."""
        now = self.host.now()
        self._expire(now)
        for session in tuple(self._sessions):
            if session.opened + CONNECTION_LIVES <= now:
                session.end(1000, "")

    def _expire(self, now: int) -> None:
        for name, key in [each for each in self._keys.items() if each[1].until <= now]:
            for session in [each for each in self._sessions if each.listen_key == name]:
                session.tell(wire.ListenKeyExpired(E=now // session.unit, listenKey=name))
            self._forget(name, key)

    def _forget(self, name: str, key: Key) -> None:
        del self._keys[name]
        if self._of.get(key.account) == name:
            del self._of[key.account]

    def state(self) -> bytes:
        """The keys, for a restart."""
        return msgspec.msgpack.encode(self._keys)

    def restore(self, state: bytes) -> None:
        """Take back what ``state`` gave."""
        self._keys = msgspec.msgpack.decode(state, type=dict[str, Key])
        self._of = {key.account: name for name, key in self._keys.items()}
