"""The name server of a private network."""

import struct

import pytest

from tradewind.net.resolver import answer

KNOWN = frozenset({"api.one.test"})


def query(name: str, kind: int = 1, number: int = 7) -> bytes:
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return (
        struct.pack("!6H", number, 0x0100, 1, 0, 0, 0)
        + labels
        + b"\0"
        + struct.pack("!2H", kind, 1)
    )


def test_a_known_name_is_here() -> None:
    """127.0.0.1, whatever the case of its letters; the question is repeated."""
    asked = query("API.one.TEST")
    found = answer(asked, KNOWN)
    assert found is not None
    assert (found.name, found.exists, found.again) == ("api.one.test", True, False)
    number, flags, questions, answers, *_ = struct.unpack_from("!6H", found.data)
    assert (number, flags & 0x800F, questions, answers) == (7, 0x8000, 1, 1)
    assert found.data[12 : len(asked)] == asked[12:]
    assert found.data.endswith(b"\x7f\0\0\1")


def test_a_known_name_has_no_other_address() -> None:
    """IPv6 and all else: it exists, and there is nothing."""
    found = answer(query("api.one.test", 28), KNOWN)
    assert found is not None
    _, flags, _, answers, *_ = struct.unpack_from("!6H", found.data)
    assert (found.exists, found.again, flags & 0xF, answers) == (True, True, 0, 0)


def test_any_other_name_does_not_exist() -> None:
    found = answer(query("www.example.org"), KNOWN)
    assert found is not None
    _, flags, _, answers, *_ = struct.unpack_from("!6H", found.data)
    assert (found.name, found.exists, flags & 0xF, answers) == ("www.example.org", False, 3, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x" * 11,
        query("api.one.test")[:-3],
        query("api.one.test")[:20],
        struct.pack("!6H", 7, 0x8180, 1, 0, 0, 0) + query("api.one.test")[12:],  # an answer
        struct.pack("!6H", 7, 0x0100, 0, 0, 0, 0),
        struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + b"\xc0\x0c\0\1\0\1",  # a pointer to itself
        struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + b"\x02\xff\xff\0\0\1\0\1",
    ],
)
def test_what_is_no_query_gets_no_answer(data: bytes) -> None:
    assert answer(data, KNOWN) is None
