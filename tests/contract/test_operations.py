"""The vendors' own request and answer samples against ``wire`` and ``operations``.

Each sample is stored as it stands in the documentation, with address and date. It must decode
into its Struct with nothing left over, and encode back to the same JSON: number lexemes, key
order, and what is absent. Every key of a request must be a parameter of its row.
"""

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tradewind.model import Permission
from tradewind.protocol import fix
from tradewind.protocol.limits import Limit
from tradewind.protocol.operations import Fix, Operation, Proof, Rest, Table, WebSocket

VENUES = ("bybit", "kraken", "coinbase", "okx", "cryptocom")
SAMPLES = Path(__file__).parents[1] / "samples"


class Sample(msgspec.Struct, forbid_unknown_fields=True):
    """A file of ``samples``; ``any_order``: the vendor's samples disagree on the order of keys."""

    source: str
    read: str
    door: str
    struct: str
    payload: msgspec.Raw
    operation: str = ""
    any_order: bool = False
    note: str = ""


def samples(*doors: str) -> list[Any]:
    found = []
    for venue in VENUES:
        for path in sorted((SAMPLES / venue).glob("*.json")):
            sample = msgspec.json.decode(path.read_bytes(), type=Sample)
            if sample.door in doors:
                found.append(pytest.param(venue, sample, id=f"{venue}/{path.stem}"))
    return found


def shape(venue: str, sample: Sample) -> Any:
    wire = import_module(f"tradewind.venues.{venue}.wire")
    if sample.struct.startswith("list["):
        return list[getattr(wire, sample.struct[5:-1])]  # type: ignore[misc]
    return getattr(wire, sample.struct)


def table(venue: str) -> Table:
    return import_module(f"tradewind.venues.{venue}.operations").TABLE  # type: ignore[no-any-return]


def lexemes(payload: bytes, any_order: bool) -> Any:
    """JSON as nested pairs with numbers as they were written."""

    def pairs(found: list[tuple[str, Any]]) -> Any:
        return sorted(found) if any_order else found

    return json.loads(
        payload,
        object_pairs_hook=pairs,
        parse_int=lambda text: ("number", text),
        parse_float=lambda text: ("number", text),
    )


@pytest.mark.parametrize(("venue", "sample"), samples("rest", "websocket"))
def test_sample_survives(venue: str, sample: Sample) -> None:
    """Decoded and encoded, a vendor's sample is the same JSON, and no key of it was unknown."""
    kind = shape(venue, sample)
    back = msgspec.json.encode(msgspec.json.decode(sample.payload, type=kind))
    assert lexemes(back, sample.any_order) == lexemes(bytes(sample.payload), sample.any_order)
    assert sample.source.startswith("https://")
    assert sample.read


def keys(value: Any, within: str = "") -> Iterator[tuple[str, str]]:
    """Every key of a JSON value with the key that holds it."""
    match value:
        case dict():
            for name, inner in value.items():
                yield within, name
                yield from keys(inner, name)
        case list():
            for item in value:
                yield from keys(item, within)


ENVELOPES = {
    # what is around the parameters at each door, and where they are then
    ("bybit", "websocket"): lambda message: message["args"][0],
    ("kraken", "websocket"): lambda message: message["params"],
    ("okx", "rest"): lambda message: {"args": message},
    ("okx", "websocket"): lambda message: {k: v for k, v in message.items() if k != "op"},
    ("cryptocom", "rest"): lambda message: message["params"],
    ("cryptocom", "websocket"): lambda message: message["params"],
}


@pytest.mark.parametrize(
    ("venue", "sample"), [case for case in samples("rest", "websocket") if case.values[1].operation]
)
def test_request_is_in_the_row(venue: str, sample: Sample) -> None:
    """Every key of a request is a parameter of its row, and no mandatory one is absent."""
    row = table(venue).by_name[sample.operation]
    inner = ENVELOPES.get((venue, sample.door), lambda message: message)
    sent = set(keys(inner(json.loads(bytes(sample.payload)))))
    here = [p for p in row.parameters if p.door in ("", sample.door)]
    assert sent <= {(p.within, p.name) for p in here}
    holders = {"", *(name for _, name in sent)}
    mandatory = {(p.within, p.name) for p in here if p.mandatory and p.within in holders}
    assert mandatory <= sent
    for parameter in here:
        if parameter.values and (parameter.within, parameter.name) in sent:
            assert all(
                value in parameter.values or _known_slip(venue, value)
                for value in values(
                    inner(json.loads(bytes(sample.payload))), parameter.name, parameter.within
                )
            )


def _known_slip(venue: str, value: str) -> bool:
    """One vendor sample sets ``timeInForce`` to ``Limit``, which its own table does not list."""
    return (venue, value) == ("bybit", "Limit")


def values(tree: Any, name: str, within: str, holder: str = "") -> Iterator[str]:
    """The texts that a key has, wherever it stands in that holder."""
    match tree:
        case dict():
            for key, inner in tree.items():
                if key == name and holder == within:
                    for item in inner if isinstance(inner, list) else [inner]:
                        yield item if isinstance(item, str) else json.dumps(item)
                yield from values(inner, name, within, key)
        case list():
            for item in tree:
                yield from values(item, name, within, holder)


def tags(kind: Any) -> dict[str, str]:
    """A Struct's tags and names."""
    return {field.encode_name: field.name for field in msgspec.structs.fields(kind)}


@pytest.mark.parametrize(("venue", "sample"), samples("fix"))
def test_fix_sample_by_tags(venue: str, sample: Sample) -> None:
    """Every tag of a FIX sample is in its Struct, and comes back with the value it had."""
    wire = import_module(f"tradewind.venues.{venue}.wire")
    text = msgspec.json.decode(sample.payload, type=str)
    if text.startswith("8="):
        begin, pairs = fix.read(text.replace("|", "\x01").encode())
        assert fix.write(begin, pairs) == text.replace("|", "\x01").encode()
    else:
        pairs = [tuple(part.split("=", 1)) for part in text.split("|")]  # type: ignore[misc]
    kind = shape(venue, sample)
    header = {tag: value for tag, value in pairs if tag in tags(wire.Header)}
    body = {tag: value for tag, value in pairs if tag not in header}
    assert set(body) <= set(tags(kind))
    if len(header) == len([tag for tag, _ in pairs if tag in ("35", "49", "56", "34", "52")]) == 5:
        parsed = msgspec.convert({**header, **body}, wire.Header), msgspec.convert(body, kind)
        back = msgspec.to_builtins(parsed[0]) | msgspec.to_builtins(parsed[1])
        assert list(back.items()) == pairs
    if sample.operation:
        row = {str(p.tag): p.name for p in table(venue).by_name[sample.operation].parameters}
        assert set(body) <= set(row)
        assert set(row) == set(tags(kind))


@pytest.mark.parametrize("venue", VENUES)
def test_row_is_complete(venue: str) -> None:
    """A row says who may call it, what it costs, how to prove it did not happen, and its source."""
    (row,) = table(venue).rows
    assert row.permission is Permission.TRADE
    assert row.signed
    assert row.counts == 1
    assert row.proof is not Proof.NOT_AN_ORDER
    assert row.source is not None
    limits = import_module(f"tradewind.venues.{venue}.limits").LIMITS
    assert all(isinstance(limit, Limit) and limit.source for limit in limits)
    assert row.weigh
    seen = [(p.door, p.within, p.name) for p in row.parameters]
    assert len(seen) == len(set(seen))


def test_asynchronous_acks_are_said() -> None:
    """Where an answer only acknowledges, the row says so."""
    names = {venue: table(venue).rows[0] for venue in VENUES}
    assert [venue for venue, row in names.items() if row.acknowledges] == ["bybit", "cryptocom"]


def test_doors_are_unique_and_found() -> None:
    """A row is found by each of its doors; two rows cannot share one."""
    for venue in VENUES:
        found = table(venue)
        for row in found.rows:
            for door in row.doors:
                match door:
                    case Rest(method, path):
                        assert found.by_rest[method, path] is row
                    case WebSocket(method, channel):
                        assert found.by_websocket[channel, method] is row
                    case Fix(message):
                        assert found.by_fix[message] is row
    door = (Rest("POST", "/a"),)
    with pytest.raises(ValueError, match="share the door"):
        Table((Operation("a", door), Operation("b", door)))


LOGON = "8=FIXT.1.1|9=5|35=0|10=241|".replace("|", "\x01").encode()


@pytest.mark.parametrize(
    "message",
    [
        b"",
        LOGON[:-1],
        LOGON.replace(b"9=5", b"9=6"),
        LOGON.replace(b"35=0", b"35=1"),
        LOGON.replace(b"8=FIXT.1.1\x019=5\x01", b"9=5\x018=FIXT.1.1\x01"),
        LOGON.replace(b"35=0", b"35="),
        b"8=FIXT.1.1\x01",
        b"8=\x01" * 40_000,
    ],
)
def test_fix_frames_that_are_wrong(message: bytes) -> None:
    """A message whose length, checksum, order or fields are not right is refused."""
    assert fix.read(fix.write("FIXT.1.1", [("35", "0")])) == ("FIXT.1.1", [("35", "0")])
    assert fix.write("FIXT.1.1", [("35", "0")]) == LOGON
    with pytest.raises(ValueError, match=r"."):
        fix.read(message)
