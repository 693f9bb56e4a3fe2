"""A name server for a network where only some names exist (RFC 1035, the little that is needed)."""

import struct
from collections.abc import Container
from ipaddress import IPv4Address

from msgspec import Struct

_HEADER = struct.Struct("!6H")
_QUESTION = struct.Struct("!2H")
_ANSWER, _DESIRED, _AVAILABLE = 0x8000, 0x0100, 0x0080
_NO_ERROR, _NO_SUCH_NAME = 0, 3
_A, _IN = 1, 1
_AAAA = 28
_HERE = IPv4Address("127.0.0.1").packed


class Reply(Struct, frozen=True):
    """The bytes to send, the name that was asked for, whether it exists, and whether the question
    is the second half of a pair (most programs ask for IPv4 and IPv6 at once).
    """

    data: bytes
    name: str
    exists: bool
    again: bool


def answer(query: bytes, known: Container[str]) -> Reply | None:
    """The answer to a query; None for what is no query.

    Known names are at 127.0.0.1 and have nothing but that; others do not exist.
    """
    try:
        number, flags, questions, *_ = _HEADER.unpack_from(query)
        name, end = _name(query, _HEADER.size)
        kind, network = _QUESTION.unpack_from(query, end)
    except (struct.error, IndexError, UnicodeDecodeError):
        return None
    if flags & _ANSWER or questions != 1:
        return None
    question = query[_HEADER.size : end + _QUESTION.size]
    exists = name in known
    code = _NO_ERROR if exists else _NO_SUCH_NAME
    records = b""
    if exists and kind == _A and network == _IN:
        records = struct.pack("!3HIH", 0xC00C, _A, _IN, 0, len(_HERE)) + _HERE
    said = _ANSWER | _AVAILABLE | flags & _DESIRED | code
    header = _HEADER.pack(number, said, 1, 1 if records else 0, 0, 0)
    return Reply(header + question + records, name, exists, kind == _AAAA)


def _name(query: bytes, at: int) -> tuple[str, int]:
    """The name that begins there, and where it ends. A question has no pointers."""
    labels = []
    while query[at]:
        size = query[at]
        if size > 63:
            raise IndexError("no label is longer")
        label = query[at + 1 : at + 1 + size]
        if len(label) < size:
            raise IndexError("the label is cut")
        labels.append(label.decode("ascii").lower())
        at += 1 + size
    return ".".join(labels), at + 1
