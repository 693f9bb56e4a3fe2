"""How faults look in this venue's words, and what the box's record says of messages (pure).

A timeout is the venue's own -1007, or by its value -1006, -1000 or -1001; overload is -1008.
Guessed: -1016 with 503 during maintenance, and the page of
the load balancer in front of the API.
"""

import re
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from ...protocol.faults import Kind
from ...protocol.messages import HttpRequest, HttpResponse
from ...protocol.wording import Asked, Shown
from . import errors
from .operations import TABLE
from .wire.trading import ErrorBody
from .wire.websocket_api import Failure, Fault, Request, Retry

MILLISECONDS = 1_000_000
JSON = ("Content-Type", "application/json;charset=UTF-8")
HTML = ("Content-Type", "text/html")
PAGE = (
    b"<html>\r\n<head><title>%d Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>%d Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)
SHOWN = frozenset(
    {"symbol", "side", "type", "quantity", "quoteOrderQty", "price", "newClientOrderId", "orderId",
     "origClientOrderId", "timeInForce", "limit", "interval", "streams"}
)  # fmt: skip
"""Parameters of messages that the record may show."""

STATUS_UNKNOWN = (
    errors.TIMEOUT,
    errors.UNEXPECTED_RESPONSE,
    errors.UNKNOWN,
    errors.DISCONNECTED,
)
"""The words for it, by the value of the fault; the last one for all above."""

_VERSION = re.compile(rb'\{"lastUpdateId":(\d+)')

_read_request = msgspec.json.Decoder(Request).decode
_encode = msgspec.json.encode


class _Frame(Struct):
    """What is looked for in a frame."""

    e: str = ""
    s: str = ""
    U: int = 0
    u: int = 0
    lastUpdateId: int = 0  # noqa: N815 (the wire's name)
    stream: str = ""
    data: Raw | UnsetType = UNSET
    event: Raw | UnsetType = UNSET
    id: Any = UNSET
    result: Any = UNSET
    status: int = 0


class _Control(Struct):
    """A message of the streams door."""

    method: str = ""
    params: Any = None


class _Method(Struct):
    """The name of what is asked."""

    method: str = ""


class _Status(Struct):
    """Whether an answer is one, and how it went."""

    status: int = 0


_read_frame = msgspec.json.Decoder(_Frame).decode
_read_control = msgspec.json.Decoder(_Control).decode
_read_method = msgspec.json.Decoder(_Method).decode
_read_status = msgspec.json.Decoder(_Status).decode


def request(request: HttpRequest) -> Asked:
    """What an HTTP request asks."""
    row = TABLE.by_rest.get((request.method, request.path))
    name = row.name if row is not None else f"{request.method} {request.path}"
    return Asked(name, request.headers.get("x-mbx-apikey", ""))


def message(message: bytes) -> Asked:
    """What a WebSocket message asks."""
    try:
        asked = _read_control(message)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Asked("unreadable")
    params = asked.params
    if isinstance(params, list):
        return Asked(asked.method, more=" ".join(str(each) for each in params)[:500])
    if not isinstance(params, dict):
        return Asked(asked.method.removeprefix("v3/"))
    more = "&".join(f"{name}={value}" for name, value in params.items() if name in SHOWN)
    return Asked(asked.method.removeprefix("v3/"), str(params.get("apiKey", "")), more)


def method(message: bytes) -> str:
    """What a WebSocket message asks, without its parameters."""
    try:
        return _read_method(message).method.removeprefix("v3/")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "unreadable"


def frame(payload: bytes) -> Shown:
    """What a frame shows."""
    try:
        found = _read_frame(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Shown("unreadable")
    if (found.id is not UNSET and found.result is not UNSET) or found.status:
        return Shown()
    inner = found.data if found.data is not UNSET else found.event
    if isinstance(inner, Raw):
        shown = frame(bytes(inner))
        symbol = found.stream.partition("@")[0].upper() if "@" in found.stream else ""
        return Shown(
            found.stream or shown.channel,
            shown.instrument or symbol,
            shown.first,
            shown.last,
            shown.whole,
        )
    if found.lastUpdateId:
        return Shown("depth", "", found.lastUpdateId, found.lastUpdateId, True)
    if found.e == "depthUpdate":
        return Shown(f"{found.s.lower()}@depth", found.s, found.U, found.u)
    if found.u and not found.e:
        return Shown(f"{found.s.lower()}@bookTicker", found.s, found.u, found.u, True)
    kind = found.e or "stream"
    return Shown(f"{found.s.lower()}@{kind}" if found.s else kind, found.s)


def status(payload: bytes) -> int:
    """An answer's status, 0 if it has none."""
    try:
        return _read_status(payload).status
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return 0


def snapshot(request: HttpRequest, body: bytes) -> Shown | None:
    """The book that an HTTP answer shows."""
    if request.path != "/api/v3/depth":
        return None
    found = _VERSION.match(body)  # it comes first; reading thousands of levels would cost more
    if found is None:
        return None
    symbol = dict(parse_qsl(request.query)).get("symbol", "")
    return Shown("depth", symbol, int(found[1]), int(found[1]), True)


def refused(kind: Kind, until: int, value: int) -> HttpResponse:
    """The answer of a fault."""
    if kind is Kind.ERROR:
        return HttpResponse(value, PAGE % (value, value), (HTML,))
    row, text = _row(kind, until, value)
    headers: tuple[tuple[str, str], ...] = (JSON,)
    if kind is Kind.BAN and until:
        headers = (JSON, ("Retry-After", str(max(1, value))))
    return HttpResponse(row.status, _encode(ErrorBody(code=row.code, msg=text)), headers)


def refusal(kind: Kind, message: bytes, until: int, value: int) -> bytes:
    """The same as the answer to a WebSocket message."""
    try:
        asked = _read_request(message)
        request_id = None if asked.id is UNSET else asked.id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        request_id = None
    assert not isinstance(request_id, UnsetType)
    row, text = _row(kind, until, value)
    data = Retry(0, until // MILLISECONDS) if kind is Kind.BAN and until else UNSET
    return _encode(Failure(request_id, row.status, Fault(row.code, text, data)))


def crossed(payload: bytes) -> bytes:
    """A frame or an answer with bids and asks exchanged; others as they are."""
    try:
        found = msgspec.json.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return payload
    if not isinstance(found, dict):
        return payload
    inner = found.get("data", found)
    if not isinstance(inner, dict) or not _exchange(inner):
        return payload
    return _encode(found)


def _exchange(book: dict[str, Any]) -> bool:
    """Exchange the sides in place; False if it is no book."""
    done = False
    for bid, ask in (("bids", "asks"), ("b", "a"), ("bidPrice", "askPrice")):
        if bid in book and ask in book and book.get("e", "depthUpdate") == "depthUpdate":
            book[bid], book[ask] = book[ask], book[bid]
            done = True
    return done


def _row(kind: Kind, until: int, value: int) -> tuple[errors.Error, str]:
    if kind is Kind.BAN:
        return errors.BANNED, errors.BANNED.fill(until // MILLISECONDS)
    if kind is Kind.MAINTENANCE:
        row = msgspec.structs.replace(errors.SHUTTING_DOWN, status=503)
        return row, row.text
    row = errors.DISCONNECTED
    if kind is Kind.TIMEOUT:
        row = STATUS_UNKNOWN[min(value, len(STATUS_UNKNOWN) - 1)]
    elif kind is Kind.OVERLOAD:
        row = errors.BUSY
    return row, row.text
