"""What others keep to test their parsers with means to our client what it means to ccxt."""

from collections import Counter

import pytest

from . import payloads

pytestmark = [
    pytest.mark.judge,
    pytest.mark.skipif(not payloads.FOLDER.exists(), reason="needs ../shared"),
]


def test_every_message_is_read_and_means_what_ccxt_reads_from_it() -> None:
    """All that concern spot; each difference is listed with its reason, and no reason is idle."""
    found = list(payloads.compare(payloads.readers()))
    listed, idle = Counter[str](), set(payloads.DIFFERENT)
    for file in found:
        assert file.pairs or file.unread, f"{file.path}: nothing was compared"
        for field, ours, theirs in file.differences():
            key = next(
                (k for k in payloads.DIFFERENT if f"{k[0]}.json" in file.path and k[1] == field),
                None,
            )
            assert key is not None, f"{file.path}: {field} is {ours!r}, to ccxt {theirs!r}"
            idle.discard(key)
            listed[payloads.DIFFERENT[key]] += 1
    assert not idle
    fields = sum(len(file.pairs) for file in found)
    unread = [file.path for file in found if file.unread]
    outside = Counter(why for _, why in payloads.skipped())
    told = {
        "files read": len(found) - len(unread),
        "fields compared": fields,
        "fields equal": fields - sum(listed.values()) + len(unread),
        "listed differences": dict(listed),
        "out of scope": dict(outside),
    }
    for name, value in told.items():
        print(f"{name}: {value}")
    assert len(found) + sum(outside.values()) == sum(
        file.is_file() for file in payloads.FOLDER.rglob("*")
    )
