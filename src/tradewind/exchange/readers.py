"""Makes what was kept of requests and messages readable, once somebody looks at it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ..engine.commands import AnyCommand
from ..engine.events import Event
from ..protocol.messages import HttpRequest
from ..protocol.wording import Words
from . import words
from .masking import masked
from .views import Numbers
from .wire_record import Answered, Message


class Readers:
    """Those of one venue. They hold nothing of its host: log and record outlive a world that was
    reset, and must not keep the whole of it.
    """

    def __init__(self, told: Words, numbers: Numbers, names: Mapping[int, str]) -> None:
        self._told = told
        self._numbers = numbers
        self._names = names

    def name(self, account: int) -> str:
        """The name a user gave the account."""
        return self._names.get(account, "")

    def did(self, did: Sequence[tuple[AnyCommand, Sequence[Event]]], account: int) -> str:
        """What a request did."""
        return words.describe(did, account, self._numbers)

    def answered(self, kept: Answered) -> dict[str, Any]:
        """A kept request in readable form, with the book it was shown."""
        request = HttpRequest(kept.method, kept.path, kept.query)
        facts: dict[str, Any] = {
            "account": self.name(kept.account),
            "operation": self._told.request(request).operation,
            "status": kept.status,
            "bytes": kept.size,
            "note": kept.host,
        }
        book = self._told.snapshot(request, kept.head)
        if book is not None:
            facts |= {"channel": book.channel, "instrument": book.instrument, "whole": True}
            facts |= {"first": book.first, "last": book.last}
        return facts

    def asked(self, kept: Message) -> dict[str, Any]:
        """A kept message in readable form."""
        operation, note = self._message(kept.body)
        return {
            "account": self.name(kept.account),
            "operation": operation,
            "status": kept.status,
            "note": note,
        }

    def message(self, body: bytes) -> partial[str]:
        """Tells later what a message asked."""
        return partial(self._line, body)

    def _line(self, body: bytes) -> str:
        return " ".join(self._message(body)).rstrip()

    def _message(self, body: bytes) -> tuple[str, str]:
        told = self._told.message(body)
        return masked(told.operation), masked(told.more)
