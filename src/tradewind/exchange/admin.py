"""The admin API of a box, on a port of its own. JSON in, JSON out.

Four attacks on local web servers end here: another user or program without the token (401), a name
that was rebound to this machine (Host, 403), a page in a browser (Origin, 403), and a cross-site
WebSocket (there is none).
"""

import hmac
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

from .. import __version__
from ..model import Misconfigured
from ..net.wire import Answering, Connection
from ..protocol.hosting import Credential
from ..protocol.messages import HttpRequest, HttpResponse, Ping, Pong
from ..protocol.session import ServerSession
from . import clock as clocks
from . import credentials, views
from .host import DEFAULT
from .stage import Stage
from .watching import Watching

if TYPE_CHECKING:
    from .box import Box

HOSTS = ("127.0.0.1", "localhost")
LEVELS_MAX = 1_000
TRADES_MAX = 1_000
ENTRIES_MAX = 1_000
ADVANCE_MAX = 366 * 86_400
"""Seconds in one step: longer ones would take too long to walk through."""

EVERY_TICK_MAX = 600
"""Seconds that are stepped through tick by tick: about a second of work."""

JSON = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))

Asked = Mapping[str, Any]
Handler = Callable[[Asked], Any]


class Refused(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Admin:
    """``net.wire.Application`` over a box."""

    def __init__(self, box: "Box") -> None:
        self._box = box
        self._began = time.monotonic()
        self._handlers: dict[tuple[str, str], Handler] = {
            ("GET", "/status"): self.status,
            ("GET", "/keys"): self.keys,
            ("POST", "/keys"): self.create_key,
            ("POST", "/keys/revoke"): self.revoke_key,
            ("POST", "/faucet"): self.faucet,
            ("GET", "/accounts"): self.accounts,
            ("GET", "/account"): self.account,
            ("GET", "/books"): self.book,
            ("GET", "/trades"): self.trades,
            ("GET", "/log"): self.log,
            ("POST", "/time"): self.time,
            ("POST", "/reset"): self.reset,
            ("POST", "/stop"): self.stop,
            **Stage(box).handlers(),
            **Watching(box).handlers(),
        }

    def http(self, request: HttpRequest, answer: Answering) -> None:
        """Answer after the commit of what the request changed."""
        try:
            self._guard(request)
            told = self.ask(request.method, request.path, _asked(request))
            answer(told if isinstance(told, HttpResponse) else _response(200, told))
        except Misconfigured as error:
            answer(_response(400, {"error": str(error)}))
        except Refused as error:
            answer(_response(error.status, {"error": str(error)}))

    def ask(self, method: str, path: str, asked: Asked) -> Any:
        """Do it and commit it. Raises Refused and Misconfigured. For callers in this process."""
        told = self._find(method, path)(asked)
        for gateway in self._box.gateways.values():
            gateway.end_turn()
        return told

    def upgrade(self, request: HttpRequest) -> ServerSession | HttpResponse:
        """There are no WebSockets here."""
        del request
        return _response(404, {"error": "the admin API has no WebSockets"})

    def opened(self, connection: Connection) -> None:
        """Never happens: no upgrade is accepted."""

    def received(self, connection: Connection, message: bytes) -> None:
        """Never happens."""

    def control(self, connection: Connection, frame: Ping | Pong) -> None:
        """Never happens."""

    def closed(self, connection: Connection) -> None:
        """Never happens."""

    def _guard(self, request: HttpRequest) -> None:
        headers = request.headers
        if headers.get("host", "").rpartition(":")[0] not in HOSTS:
            raise Refused(403, "the Host header must name this machine: 127.0.0.1 or localhost")
        if "origin" in headers or headers.get("sec-fetch-site", "none") != "none":
            raise Refused(403, "the admin API does not answer web pages")
        given = headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._box.token}".encode()):
            raise Refused(401, "give the admin token: Authorization: Bearer TOKEN (see up --json)")

    def _find(self, method: str, path: str) -> Handler:
        handler = self._handlers.get((method, path))
        if handler is None:
            words = ", ".join(f"{method} {path}" for method, path in self._handlers)
            raise Refused(404, f"there is no {method} {path}; there are: {words}")
        return handler

    # the box

    def status(self, _: Asked) -> Any:
        """What runs here."""
        box = self._box
        from os import getpid

        return {
            "version": __version__,
            "pid": getpid(),
            "data": str(box.data),
            "admin": box.admin_url,
            "up_seconds": int(time.monotonic() - self._began),
            "seed": box.seed,
            "sync": box.options.sync,
            **self._clock(),
            "venues": {
                name: {"doors": box.doors[name], **views.venue(gateway.host)}
                | {"connections": gateway.connected}
                for name, gateway in box.gateways.items()
            },
        }

    def time(self, asked: Asked) -> Any:
        """``freeze`` true, ``run`` true, ``speed`` x or ``advance`` seconds (may be combined).

        With ``every_tick`` true a step is made of small ones: streams tell all that happens on the
        way, not just how it ends.
        """
        speed: int | None = None
        if asked.get("freeze"):
            speed = 0
        elif asked.get("run"):
            speed = clocks.SPEED_ONE
        elif "speed" in asked:
            speed = clocks.speed(str(asked["speed"]))
        step = asked.get("advance", 0)
        if not isinstance(step, int | float) or not 0 <= step <= ADVANCE_MAX:
            raise Misconfigured(f"advance is a number of seconds up to {ADVANCE_MAX}")
        left = round(step * 1_000_000_000)
        if asked.get("every_tick"):
            if step > EVERY_TICK_MAX:
                raise Misconfigured(f"every_tick is for steps up to {EVERY_TICK_MAX} seconds")
            for _ in range(left // clocks.TICK):
                self._box.set_clock(advance=clocks.TICK)
            left %= clocks.TICK
        if speed is not None or left:
            self._box.set_clock(speed=speed, advance=left)
        return self._clock()

    def _clock(self) -> dict[str, Any]:
        clock = self._box.clock
        now = clock.now()
        return {
            "venue_time": datetime.fromtimestamp(now / 1e9, UTC).isoformat(timespec="milliseconds"),
            "venue_time_ns": now,
            "frozen": clock.frozen,
            "speed": clock.setting.speed / clocks.SPEED_ONE,
        }

    def reset(self, _: Asked) -> Any:
        """Begin again: no orders, opening balances; keys and accounts stay."""
        self._box.reset()
        return {"reset": True}

    def stop(self, _: Asked) -> Any:
        """Stop after this answer."""
        self._box.stop_soon()
        from os import getpid

        return {"stopping": True, "pid": getpid(), "data": str(self._box.data)}

    # keys and accounts

    def create_key(self, asked: Asked) -> Any:
        """Issue a key; the only place that shows its secret."""
        venue = _text(asked, "venue")
        label, made = self._box.create_key(
            venue,
            label=_text(asked, "label", ""),
            kind=_text(asked, "kind", ""),
            permissions=_texts(asked, "permissions", ("read", "trade")),
            ips=_texts(asked, "ips", ()),
            account=_text(asked, "account", DEFAULT),
            api_key=_text(asked, "api_key", ""),
        )
        return credentials.stored(venue, label, made)

    def keys(self, asked: Asked) -> Any:
        """All keys, or those of one venue, without secrets."""
        venue = _text(asked, "venue", "")
        wanted = [self._box.gateway(venue)] if venue else self._box.gateways.values()
        return {
            "keys": [
                _key(gateway.host.venue, key, gateway.host.account_name(key.account))
                for gateway in wanted
                for key in gateway.host.keys.all()
            ]
        }

    def revoke_key(self, asked: Asked) -> Any:
        """Revoke by label or api key."""
        venue = _text(asked, "venue")
        gone = self._box.revoke_key(venue, _text(asked, "key"))
        return {"venue": venue, "label": gone.label, "api_key": gone.api_key, "revoked": True}

    def faucet(self, asked: Asked) -> Any:
        """Give an account assets."""
        host = self._box.gateway(_text(asked, "venue")).host
        amounts = asked.get("amounts")
        if not isinstance(amounts, dict) or not amounts:
            raise Misconfigured('amounts is an object like {"USDT": "1000"}')
        name = _text(asked, "account", DEFAULT)
        host.faucet(name, {str(asset): str(amount) for asset, amount in amounts.items()})
        return {
            "venue": host.venue,
            "account": name,
            "balances": views.balances(host, host.accounts[name]),
        }

    def accounts(self, asked: Asked) -> Any:
        """Names of the accounts of a venue."""
        host = self._box.gateway(_text(asked, "venue")).host
        return {"accounts": list(host.accounts)}

    def account(self, asked: Asked) -> Any:
        """Balances, open orders and the last fills of an account."""
        host = self._box.gateway(_text(asked, "venue")).host
        name = _text(asked, "account", DEFAULT)
        if name not in host.accounts:
            raise Misconfigured(
                f"{host.venue} has no account {name!r}; there are: {', '.join(host.accounts)}"
            )
        return {"account": name, **views.account(host, host.accounts[name])}

    # the market

    def book(self, asked: Asked) -> Any:
        """An instrument's book."""
        host = self._box.gateway(_text(asked, "venue")).host
        traded = views.traded(host, _text(asked, "instrument"))
        return views.book(host, traded, _number(asked, "levels", 20, LEVELS_MAX))

    def trades(self, asked: Asked) -> Any:
        """An instrument's last public trades, oldest first."""
        host = self._box.gateway(_text(asked, "venue")).host
        traded = views.traded(host, _text(asked, "instrument"))
        return views.trades(host, traded, _number(asked, "limit", 20, TRADES_MAX))

    def log(self, asked: Asked) -> Any:
        """Requests after a number."""
        after = _number(asked, "after", 0, 1 << 62)
        limit = _number(asked, "limit", ENTRIES_MAX, ENTRIES_MAX)
        requests = self._box.requests
        return {"last": requests.count, "requests": requests.after(after, limit)}


def _asked(request: HttpRequest) -> Asked:
    if request.method == "GET":
        return dict(parse_qsl(request.query, keep_blank_values=True))
    if not request.body:
        return {}
    try:
        found = msgspec.json.decode(request.body)
    except msgspec.DecodeError as error:
        raise Misconfigured(f"the body is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise Misconfigured("the body is a JSON object")
    return found


def _response(status: int, value: Any) -> HttpResponse:
    return HttpResponse(status, msgspec.json.encode(value), JSON)


def _text(asked: Asked, name: str, default: str | None = None) -> str:
    value = asked.get(name, default)
    if not isinstance(value, str):
        raise Misconfigured(f"{name} is missing" if value is None else f"{name} is a text")
    return value


def _texts(asked: Asked, name: str, default: tuple[str, ...]) -> list[str]:
    value = asked.get(name, default)
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise Misconfigured(f"{name} is a list of texts")
    return list(value)


def _number(asked: Asked, name: str, default: int, most: int) -> int:
    try:
        value = int(asked.get(name, default))
    except (TypeError, ValueError):
        raise Misconfigured(f"{name} is a whole number") from None
    return min(max(value, 0), most)


def _key(venue: str, key: Credential, account: str) -> dict[str, Any]:
    return {
        "venue": venue,
        "label": key.label,
        "kind": key.kind,
        "api_key": key.api_key,
        "account": account,
        "permissions": sorted(permission.value for permission in key.permissions),
        "ips": list(key.ips),
        "revoked": key.revoked,
    }
