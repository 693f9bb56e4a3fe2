"""FIX tag=value messages as bytes: framing and checksum, no session and no dictionary.

A message is BeginString(8), BodyLength(9), fields, CheckSum(10), each ended by SOH. Fields keep
their order; a tag may stand several times (repeating groups), so they are pairs, not a mapping.
"""

from collections.abc import Iterable

SOH = b"\x01"
_LONGEST = 65_536
"""Bytes of one message; the largest documented batches stay below 8 kB."""

Fields = list[tuple[str, str]]


def write(begin: str, fields: Iterable[tuple[str, str]]) -> bytes:
    """A whole message around fields that begin with MsgType(35)."""
    body = b"".join([f"{tag}={value}\x01".encode("latin-1") for tag, value in fields])
    head = f"8={begin}\x019={len(body)}\x01".encode()
    return head + body + f"10={checksum(head + body):03d}\x01".encode()


def read(message: bytes) -> tuple[str, Fields]:
    """BeginString and the fields between BodyLength and CheckSum.

    Raises ValueError for a message whose frame, length or checksum is not right.
    """
    if len(message) > _LONGEST or not message.endswith(SOH):
        raise ValueError("not a whole FIX message")
    begin, length, *fields, last = [_pair(part) for part in message[:-1].split(SOH)]
    if begin[0] != "8" or length[0] != "9" or last[0] != "10":
        raise ValueError("8, 9 must come first and 10 last")
    frame = len(f"8={begin[1]}\x019={length[1]}\x01".encode())
    end = message.rindex(b"\x0110=") + 1
    if length[1] != str(end - frame):
        raise ValueError(f"BodyLength is {length[1]}, the body has {end - frame} bytes")
    if last[1] != f"{checksum(message[:end]):03d}":
        raise ValueError("CheckSum does not match")
    return begin[1], fields


def checksum(part: bytes) -> int:
    """The sum of all bytes modulo 256."""
    return sum(part) % 256


def _pair(part: bytes) -> tuple[str, str]:
    tag, mark, value = part.decode("latin-1").partition("=")
    if not (mark and tag.isdecimal() and value):
        raise ValueError(f"not tag=value: {part!r}")
    return tag, value
