"""The REST door: an HTTP request becomes a ``Call``, its value or refusal an HTTP answer."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from ....protocol.hosting import Host
from ....protocol.limits import SECOND
from ....protocol.messages import HttpRequest, HttpResponse
from ....protocol.operations import Operation, Table
from .. import limits
from ..wire.trading import ErrorBody
from .call import Call, Refusal
from .checks import Checks
from .markets import Market

FORM = "application/x-www-form-urlencoded"
JSON = ("Content-Type", "application/json;charset=UTF-8")
HTML = ("Content-Type", "text/html")
NOT_FOUND = b"<html><body><h2>404 Not found</h2></body></html>"
GONE = (
    b"<html>\r\n<head><title>410 Gone</title></head>\r\n<body>\r\n"
    b"<center><h1>410 Gone</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
FORBIDDEN = (
    b"<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n"
    b"<center><h1>403 Forbidden</h1></center>\r\n</body>\r\n</html>\r\n"
)
NOT_ACCEPTABLE = 406

REMOVED = {"/api/v3/userDataStream": "2026-02-20"}
"""Paths that answer 410, and since when (CHANGELOG.md; the body was seen in public threads)."""

ABSENT = {"testnet": frozenset({"/api/v3/order/oco"})}
"""Paths that a flavour of the venue does not have (testnet/rest-api.md has no deprecated OCO)."""

_SQL = re.compile(
    r"(?i)\b(union\s+(all\s+)?select|drop\s+table|insert\s+into|select\s.+\sfrom|or\s+1=1)\b"
)
"""What the firewall takes for SQL; the venue's own rules are not published (guessed)."""

_encode = msgspec.json.Encoder().encode
HEX = "0123456789abcdef"


class Rest:
    """Answers HTTP requests."""

    def __init__(
        self, host: Host, table: Table, markets: Mapping[str, Market], checks: Checks
    ) -> None:
        self._host = host
        self._table = table
        self._markets = markets
        self._checks = checks
        self._uuids = ""
        self._answers = 0
        self._firewall = bool(host.settings.get("waf"))
        self._not_here = ABSENT.get(str(host.settings.get("flavour") or ""), frozenset())
        self._date = str(host.settings.get("date") or "9999")
        self._weight_headers = (
            "X-MBX-USED-WEIGHT",
            f"X-MBX-USED-WEIGHT-{limits.letters(checks.addresses.weight.limit)}",
        )
        self._count_headers = [
            f"X-MBX-ORDER-COUNT-{limits.letters(window.limit)}" for window in checks.orders.windows
        ]

    def answer(self, request: HttpRequest) -> HttpResponse:
        """One request."""
        if self._firewall and _suspicious(request):
            return HttpResponse(403, FORBIDDEN, (HTML,))
        operation = self._table.by_rest.get((request.method, request.path))
        if operation is None or request.path in self._not_here:
            return self._absent(request)
        headers = request.headers
        if "x-mbx-sbe" in headers or "application/sbe" in headers.get("accept", ""):
            accept = headers.get("accept", "")
            if "application/sbe" in accept and "application/json" not in accept:
                return HttpResponse(NOT_ACCEPTABLE)
        call = self._call(request, operation)
        try:
            value = self._checks.answer(call)
        except Refusal as refusal:
            return self._refusal(call, refusal)
        return HttpResponse(200, _encode(value), self._headers(call, operation.counts))

    def _call(self, request: HttpRequest, operation: Operation) -> Call:
        headers = request.headers
        query, body = request.query, request.body
        sent, duplicates = read_form(query)
        if body and request.method != "GET":
            kind = headers.get("content-type", FORM)
            if kind.startswith(FORM):
                more, twice = read_form(body.decode("utf-8", "replace"))
                duplicates = duplicates or twice
                sent = {**more, **sent}
        return Call(
            self._host,
            self._markets,
            operation,
            sent,
            peer=request.peer,
            api_key=headers.get("x-mbx-apikey", ""),
            unit_text=headers.get("x-mbx-time-unit", ""),
            query=query,
            body=body,
            duplicates=duplicates,
        )

    def _absent(self, request: HttpRequest) -> HttpResponse:
        since = REMOVED.get(request.path)
        if since is not None and self._date >= since:
            return HttpResponse(410, GONE, (HTML,))
        if "text/html" in request.headers.get("accept", ""):
            return HttpResponse(404, NOT_FOUND, (HTML,))
        return HttpResponse(404)

    def _refusal(self, call: Call, refusal: Refusal) -> HttpResponse:
        body: Any = ErrorBody(code=refusal.code, msg=refusal.text)
        if refusal.data is not None:
            body = {"code": refusal.code, "msg": refusal.text, "data": refusal.data}
        headers = self._headers(call, 0)
        if refusal.until:
            seconds = -(-(refusal.until - call.now) // SECOND)
            headers = (*headers, ("Retry-After", str(max(1, seconds))))
        return HttpResponse(refusal.status, _encode(body), headers)

    def _uuid(self) -> str:
        """Unique by its counter: the prefix is drawn once, drawing costs more than an order."""
        self._answers += 1
        if not self._uuids:
            text = self._host.draw(HEX, 20)
            self._uuids = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:]}"
        return f"{self._uuids}-{self._answers:012x}"

    def _headers(self, call: Call, counts: int) -> tuple[tuple[str, str], ...]:
        used = str(self._checks.addresses.used(call.peer, call.now))
        plain, minute = self._weight_headers
        headers = (
            JSON,
            ("x-mbx-uuid", self._uuid()),
            (plain, used),
            (minute, used),
        )
        if not counts:
            return headers
        orders = self._checks.orders.used(call.account, call.now)
        return headers + tuple(
            (name, str(count)) for name, count in zip(self._count_headers, orders, strict=True)
        )


def read_form(text: str) -> tuple[dict[str, str], bool]:
    """``a=1&b=2`` as parameters in their order, and whether one came twice."""
    if not text:
        return {}, False
    sent: dict[str, str] = {}
    parts = text.split("&")
    blank = 0
    for part in parts:
        name, _, value = part.partition("=")
        if "%" in part or "+" in part:
            name, value = unquote_plus(name), unquote_plus(value)
        if name:
            sent[name] = value
        else:
            blank += 1
    return sent, len(sent) + blank != len(parts)


def _suspicious(request: HttpRequest) -> bool:
    text = f"{request.path}?{request.query}&{request.body.decode('utf-8', 'replace')}"
    return _SQL.search(unquote_plus(text)) is not None
