"""Input that no client means: bytes, half JSON, unknown paths, deep nesting, odd headers."""

import random

from tradewind.protocol.messages import HttpRequest
from tradewind.venues.binance.operations import TABLE

Random = random.Random

METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "BREW", "")
_PATHS = (
    "/",
    "/api",
    "/api/v3",
    "/api/v3/",
    "/api/v3/nothing",
    "/api/v1/order",
    "/api/v3/userDataStream",
    "/sapi/v1/nothing",
    "/sapi/v9/account/status",
    "/wapi/v3/systemStatus.html",
    "/fapi/v1/order",
    "/api/v3/order/",
    "/api/v3/order/../order",
    "/api/v3/%6frder",
    "/ws",
    "//api/v3/ping",
    "/\x00",
    "/" + "a" * 4000,
)
_HEADERS = (
    ("x-mbx-apikey", ("", "short", "x" * 64, "\xff" * 64, "x" * 5000, "locald")),
    ("x-mbx-time-unit", ("MICROSECOND", "MILLISECOND", "microsecond", "second", "")),
    ("content-type", ("application/json", "text/plain", "multipart/form-data", "")),
    ("accept", ("text/html", "application/sbe", "application/json, application/sbe", "*/*")),
    ("x-mbx-sbe", ("3:1", "1:0", "x")),
    ("user-agent", ("", "curl/8")),
)
_STREAMS = (
    "btcusdt@trade",
    "ethusdt@depth@100ms",
    "ethbtc@depth20",
    "btcusdt@kline_1m",
    "xrpusdt@kline_1d@+08:00",
    "btcusdt@aggTrade",
    "btcusdt@bookTicker",
    "btcusdt@ticker_1h",
    "btcusdt@avgPrice",
    "xrpusdt@referencePrice",
    "btcusdt@depth7",
    "nosuch@trade",
    "BTCUSDT@trade",
    "@",
    "!all",
    "btcusdt@kline_9z",
    "x" * 300,
    "",
    "日本@trade",
)
_ALL = ("!miniTicker@arr", "!ticker_1h@arr")
"""Streams of all symbols: asked for rarely, they cost more than everything else together."""

_JSON = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"true",
    b"1",
    b'"x"',
    b"{}",
    b'{"id":1}',
    b'{"id":{},"method":"ping"}',
    b'{"id":1.5,"method":"ping"}',
    b'{"id":null,"method":"ping"}',
    b'{"id":1,"method":5}',
    b'{"id":1,"method":"ping","params":[]}',
    b'{"id":1,"method":"ping","params":null}',
    b'{"id":1,"method":"","params":{}}',
    b'{"id":"%b","method":"ping"}' % (b"i" * 5000),
    b'{"id":123456789012345678901234567890,"method":"time"}',
    b'{"id":1,"method":"v3/ping"}',
    b'{"id":1,"method":"v4/ping"}',
    b'{"id":1,"id":2,"method":"ping"}',
    b'{"id":1,"method":"ping","params":{"returnRateLimits":"maybe"}}',
    b'\xff\xfe{"id":1}',
    b'{"id":"\xff","method":"ping"}',
    b'{"id":"\\ud800","method":"ping"}',
    b'{"id":1,"method":"depth","params":{"symbol":"\\ud800"}}',
    b'{"id":1,"method":"depth","params":{"symbol":"\\u0000"}}',
    b"[" * 5_000,
    b'{"a":' * 5_000,
    b'{"id":1,"method":"order.place","params":{"symbol":%b1%b}}' % (b"[" * 3_000, b"]" * 3_000),
)


def _bytes(random: Random) -> bytes:
    return random.randbytes(random.choice((0, 1, 7, 60, 900)))


def _broken(random: Random, message: bytes) -> bytes:
    """A message with a few bytes changed, cut, or repeated."""
    data = bytearray(message)
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(data) + 1)
        match random.randrange(3):
            case 0:
                data[place : place + 1] = random.randbytes(1)
            case 1:
                del data[place : place + random.randint(1, 9)]
            case _:
                data[place:place] = data[place : place + 5]
    return bytes(data)


def api_message(random: Random, valid: bytes) -> bytes:
    """For the WebSocket API."""
    match random.randrange(4):
        case 0:
            return _bytes(random)
        case 1:
            return random.choice(_JSON)
        case _:
            return _broken(random, valid)


def stream_message(random: Random) -> bytes:
    """A control message of the market streams, often a well-formed one."""
    match random.randrange(6):
        case 0:
            return _bytes(random)
        case 1:
            return random.choice(_JSON)
        case 2:
            return _broken(random, _subscription(random))
        case _:
            return _subscription(random)


def _subscription(random: Random) -> bytes:
    texts = random.choices(_STREAMS, k=random.randrange(4))
    if random.random() < 0.002:
        texts.append(random.choice(_ALL))
    names = b",".join(b'"%b"' % text.encode() for text in texts)
    method = random.choice((b"SUBSCRIBE", b"SUBSCRIBE", b"UNSUBSCRIBE", b"LIST_SUBSCRIPTIONS"))
    if random.random() < 0.15:
        method, names = random.choice((b"SET_PROPERTY", b"GET_PROPERTY", b"DANCE")), b'"combined",1'
    number = random.choice((b"1", b'"a"', b"null", b"-5", b"1.5", b"{}"))
    return b'{"method":"%b","params":[%b],"id":%b}' % (method, names, number)


def stream_path(random: Random) -> tuple[str, str]:
    """Where a streams connection is opened: path and query."""
    names = "/".join(random.choices(_STREAMS, k=random.randint(1, 3)))
    unit = random.choice(("", "", "timeUnit=MICROSECOND", "timeUnit=x"))
    match random.randrange(4):
        case 0:
            return "/ws", unit
        case 1:
            return f"/ws/{names}", unit
        case 2:
            return "/stream", f"streams={names}&{unit}"
        case _:
            return random.choice(("/stream/x", "/ws//", "/wss", "/")), unit


def http_request(random: Random, valid: HttpRequest, peer: str) -> HttpRequest:
    """A request that only HTTP lets through."""
    row = random.choice([path for _, path in TABLE.by_rest])
    path = random.choice((*_PATHS, row, row, row, valid.path))
    headers = dict(valid.headers)
    for name, values in _HEADERS:
        if random.random() < 0.2:
            headers[name] = random.choice(values)
    query = valid.query
    match random.randrange(5):
        case 0:
            query = _bytes(random).decode("latin-1")
        case 1:
            query = "&".join(random.choices(("a=1", "=", "symbol", "%", "symbol=%ff", "&&"), k=4))
        case 2:
            query = _broken(random, query.encode()).decode("latin-1")
        case _:
            pass
    body = _bytes(random) if random.random() < 0.3 else valid.body
    return HttpRequest(random.choice((*METHODS, valid.method)), path, query, headers, body, peer)
