"""What a shape knows of an answer, and what it does not."""

import json

import pytest

from tradewind.comparing.differences import Question, Reply, compare
from tradewind.comparing.masking import Mask
from tradewind.comparing.shapes import parse, shape, shown
from tradewind.protocol.comparing import Nature

NATURE = Nature(
    varies=frozenset({"owner"}),
    told=frozenset({"e"}),
    ordered=frozenset({"id", "0"}),
    tags=("kind",),
)


def said(venue: object, box: object, *, rows_vary: bool = False) -> list[str]:
    """What differs between two bodies, in short."""
    asked = Question("op", "title", NATURE, Mask(), rows_vary)
    replies = [
        Reply(200, (one if isinstance(one, str) else json.dumps(one)).encode())
        for one in (venue, box)
    ]
    return [f"{d.what} {d.field}: {d.venue} / {d.box}" for d in compare(asked, *replies)]


@pytest.mark.parametrize(
    ("venue", "box"),
    [
        ({"price": "4.00000000"}, {"price": "71.25000000"}),
        ({"id": 7}, {"id": 1234567}),
        ([{"id": 1}, {"id": 2}], [{"id": 7}]),
        ([], [{"id": 7}]),
        ({"rows": []}, {"rows": [["1.5", "2.5"]]}),
        ({"owner": "ALICE"}, {"owner": "BOB"}),
        ([{"flag": True}, {"flag": False}], [{"flag": True}]),
        ({"name": "one thing"}, {"name": "another"}),
        ([{"id": 2, "z": "1.5"}, {"id": 1, "z": "2.5"}], [{"id": 9, "z": "1.5"}]),
    ],
)
def test_values_do_not_differ(venue: object, box: object) -> None:
    """Prices, ids, numbers of rows, names."""
    assert said(venue, box) == []


@pytest.mark.parametrize(
    ("venue", "box", "told"),
    [
        ('{"a":1}', '{"a":1.0}', "form a: number (with a decimal point) / number (whole)"),
        ('{"a":"1"}', '{"a":"1.0"}', "form a: text (a decimal) / text (a whole number)"),
        ('{"a":""}', '{"a":"x y"}', "form a: text (free text) / text (empty)"),
        ('{"a":1}', '{"a":1e3}', "form a: number (with an exponent) / number (whole)"),
        ('{"a":null}', '{"a":[]}', "kind a: list / null"),
        ('{"a":{}}', '{"a":true}', "kind a: true or false / object"),
        ('{"e":"b"}', '{"e":"c d"}', "value e: c d / b"),
        ('[["1.5",2],["1.4",2]]', '[["1.4",2],["1.5",2]]', "order of rows [].0: rising / falling"),
        ('[["1.5",2]]', '[["1.4"]]', "field [].1: absent / present"),
        ('[{"kind":"AB","x":1}]', '[{"kind":"AB"}]', "field [AB].x: absent / present"),
        ('{"a":1,"b":2}', '{"b":1,"a":2}', "order of fields (all): b a / a b"),
    ],
)
def test_shapes_do(venue: str, box: str, told: str) -> None:
    """Either way round, once."""
    assert said(box, venue) == [told]
    assert len(said(venue, box)) == len(said(box, venue))


def test_rows_of_an_account_keep_their_words() -> None:
    """Which orders somebody has is not told; how they are written is compared."""
    mine, box = [{"status": "FILLED", "price": "1.5"}], [{"status": "NEW", "price": 1.5}]
    assert said(mine, box, rows_vary=True) == [
        "kind [].price: text (a decimal) / number (with a decimal point)"
    ]
    assert "value [].status: FILLED / NEW" in said(mine, box)


def test_paths_are_readable() -> None:
    """As one would write them."""
    found = shape(parse(b'{"a":[{"kind":"X_Y","b":{"c":1}}]}'), NATURE)
    assert sorted(map(shown, found)) == [
        "(all)", "a", "a[X_Y]", "a[X_Y].b", "a[X_Y].b.c", "a[X_Y].kind",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Illegal characters found in parameter 'price'.", None),
        ("recvWindow must be less than 60000.", None),
        ("Too many orders; current limit is 50 orders per 10 SECOND.", None),
        ("request ip: 203.0.113.9", "request ip: <address>"),
        ("from 2001:db8:0:0:1::7", "from <address>"),
        ("order 123456789", "order <number>"),
        ("at 64123.55", "at <decimal>"),
        ("mail a.b+c@mail.example.org now", "mail <email> now"),
        ("key " + "aB" * 32, "key <id>"),
        ("id my_bot-2024-order-7", "id <id>"),
        ("what hush-hush says", "what <secret> says"),
    ],
)
def test_texts_are_cleaned(text: str, clean: str | None) -> None:
    """Of what looks like somebody's, and of what was learnt to be."""
    mask = Mask()
    mask.learn("hush-hush", "60000", "short")
    assert mask.clean(text) == (text if clean is None else clean)
