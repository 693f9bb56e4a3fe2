"""The last requests, for people who watch: a ring of a fixed size.

A request costs one tuple; words are made when somebody looks. Of a key that the box did not issue
nothing is kept: no query, no header, no body ever.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from ..engine.commands import AnyCommand
from ..engine.events import Event
from ..protocol.hosting import Credential
from ..protocol.messages import HttpRequest, HttpResponse
from .masking import masked

KEPT = 1_000
"""Some minutes of a person's work; about 1 MB."""

ERROR_BYTES_MAX = 2_048
"""Longer bodies are no error answers and are not looked into for a code."""

ANSWER_SHOWN = 200
"""Bytes of an answer that are kept."""

FORM = "application/x-www-form-urlencoded"
FORM_BYTES_MAX = 4_096
"""Of parameters in a body that are kept; an order has about 200."""

WITHHELD = ("signature", "token", "secret", "passphrase", "password", "key")
"""Parameters that are never kept, wherever they stand."""


class Entry(Struct, frozen=True):
    """One request in readable form. ``n`` counts from 1 and never repeats."""

    n: int
    at: int
    venue: str
    account: str
    label: str
    method: str
    path: str
    query: str
    status: int
    code: str
    weight: int
    microseconds: int
    did: str
    answer: str = ""
    fault: str = ""


class _Code(Struct):
    code: int | str | None = None
    error: Any = None
    """WebSocket answers have it one deeper."""


_read_code = msgspec.json.Decoder(_Code).decode

Did = Sequence[tuple[AnyCommand, Sequence[Event]]]
Words = Callable[[Did, int], str]
Name = Callable[[int], str]


class Requests:
    """The ring. One for the whole box; each venue's gateway adds to it."""

    def __init__(self) -> None:
        self._ring: deque[tuple[Any, ...]] = deque(maxlen=KEPT)
        self.count = 0

    def add(
        self,
        venue: str,
        at: int,
        took: int,
        request: HttpRequest,
        response: HttpResponse,
        asked: list[Credential | None],
        did: Did,
        weight: int,
        words: Words,
        name: Name,
        fault: str = "",
    ) -> None:
        """Keep one request. ``asked`` are the answers to the key lookups it caused."""
        self.count += 1
        key = asked[-1] if asked else None
        unknown = asked and key is None
        error = response.status >= 400 and len(response.body) <= ERROR_BYTES_MAX
        body = response.body if error else b""
        if unknown:
            query = ""
        elif key is None:
            query = public_query(request.query, False) if request.query else ""
        else:
            query = _parameters(request)
        self._ring.append(
            (
                self.count,
                at,
                venue,
                key,
                request.method,
                masked(request.path),
                query,
                response.status,
                body,
                weight,
                took // 1_000,
                did,
                _foreign if unknown else words,
                name,
                response.body[:ANSWER_SHOWN],
                fault,
            )
        )

    def add_message(
        self,
        venue: str,
        at: int,
        took: int,
        path: str,
        asked: str | Callable[[], str],
        status: int,
        answer: bytes,
        key: Credential | None,
        foreign: bool,
        did: Did,
        weight: int,
        words: Words,
        name: Name,
        fault: str = "",
    ) -> None:
        """Keep one WebSocket message. ``asked`` is, or tells later, what of it may be shown."""
        self.count += 1
        self._ring.append(
            (
                self.count,
                at,
                venue,
                key,
                "WS",
                path,
                asked,
                status,
                answer if status >= 400 else b"",
                weight,
                took // 1_000,
                did,
                _foreign if foreign else words,
                name,
                answer[:ANSWER_SHOWN],
                fault,
            )
        )

    def after(self, number: int, limit: int = KEPT) -> list[Entry]:
        """Entries with a higher number, oldest first."""
        return [_entry(*kept) for kept in self._ring if kept[0] > number][:limit]


def _parameters(request: HttpRequest) -> str:
    """Those of the query and those of a form, where a key of this box has sent them."""
    body = request.body
    kind = request.headers.get("content-type", FORM)
    if not body or len(body) > FORM_BYTES_MAX or not kind.startswith(FORM):
        return request.query
    return "&".join(filter(None, (request.query, body.decode("latin-1"))))


def _foreign(did: Did, account: int) -> str:
    """What is said of a request with a key of another place: never the key."""
    del did, account
    return "refused: a key that this box did not issue"


def _entry(
    n: int,
    at: int,
    venue: str,
    key: Credential | None,
    method: str,
    path: str,
    query: str | Callable[[], str],
    status: int,
    body: bytes,
    weight: int,
    microseconds: int,
    did: Did,
    words: Words,
    name: Name,
    answer: bytes,
    fault: str,
) -> Entry:
    account = 0 if key is None else key.account
    return Entry(
        n,
        at,
        venue,
        name(account),
        "" if key is None else key.label,
        method,
        path,
        public_query(query if isinstance(query, str) else query(), key is not None),
        status,
        _code(body),
        weight,
        microseconds,
        words(did, account),
        answer.decode("utf-8", "replace"),
        fault,
    )


def public_query(query: str, known: bool) -> str:
    """The query without what is secret. A signed one of no known key is not shown at all."""
    kept = []
    for part in query.split("&"):
        name = part.partition("=")[0].lower()
        if any(word in name for word in WITHHELD):
            if not known:
                return ""
        elif part:
            kept.append(part if known else masked(part))
    return "&".join(kept)


def _code(body: bytes) -> str:
    if not body:
        return ""
    try:
        found = _read_code(body)
    except msgspec.MsgspecError:
        return ""
    code = found.code
    if code is None and isinstance(found.error, dict):
        code = found.error.get("code")
    return "" if code is None else str(code)
