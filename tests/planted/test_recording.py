"""A mistake is made where it changes something; where it changes nothing the reason is told."""

from typing import Any

import pytest
from tests.judges.truths import every as every_truth
from tests.judges.voices import DOORS

from .absent import REASONS, absent
from .fields import every as every_field
from .mistakes import ANSWER, RULES, Mistake, at, swap_with
from .recording import Play, Recording

ORDER = "order.place"


def recorded(*messages: Any, target: str = ORDER, seconds: float = 1.0) -> Recording:
    made = Recording()
    made.add(
        Play(DOORS[0], every_truth()[0], seconds, 0.0, frozenset(), {(ANSWER, target): [*messages]})
    )
    return made


def mistake(rule: str, *path: str, other: str = "", target: str = ORDER) -> Mistake:
    do = swap_with(other) if rule == "swap" else RULES[rule]
    return Mistake("one", ANSWER, target, at(path, do), "", path, rule, other)


def test_a_mistake_is_made_where_it_changes_something() -> None:
    """Only the plays with a value that the rule can change; what is quick comes first."""
    made = recorded({"price": "0.00000000"})
    for seconds in (3.0, 2.0):
        made.add(Play(DOORS[1], every_truth()[1], seconds, 0.0, frozenset(),
                      {(ANSWER, ORDER): [{"price": "7.00000000"}]}))  # fmt: skip
    places = made.places(mistake("shift", "price"))
    assert [play.seconds for play in places] == [2.0, 3.0]


def test_looking_for_a_place_leaves_what_was_kept_as_it_is() -> None:
    """The message is copied before the mistake is tried on it."""
    made = recorded({"price": "7.00000000"})
    assert made.places(mistake("drop", "price"))
    assert made.places(mistake("drop", "price"))


@pytest.mark.parametrize(
    ("rule", "message", "other", "why"),
    [
        ("shift", {"x": "LIMIT"}, "", "a word has no unit"),
        ("sign", {"x": "LIMIT"}, "", "a word has no sign"),
        ("sign", {"x": "0.000"}, "", "it is zero in all 1 messages"),
        ("shift", {"x": 0}, "", "it is zero in all 1 messages"),
        ("enum", {"x": "7"}, "", "a number has no other word"),
        ("swap", {"x": 1, "y": 1}, "y", "they hold the same, in 1 messages"),
        ("swap", {"x": 1}, "y", "never there together"),
    ],
)
def test_what_changes_nothing_is_told_with_its_reason(
    rule: str, message: dict[str, Any], other: str, why: str
) -> None:
    """By the rule and by what was seen on the wire."""
    made = recorded(message)
    planted = mistake(rule, "x", other=other)
    assert not made.places(planted)
    kind, reason = made.why_not(planted)
    assert kind == "equivalent"
    assert why in reason


def test_a_field_that_no_scenario_brings_is_told_apart_from_one_that_cannot_be() -> None:
    """The first lacks a scenario, the second has a reason."""
    made = recorded({})
    assert made.why_not(mistake("drop", "stopPrice"))[0] == "nowhere"
    assert made.why_not(mistake("drop", "usedSor")) == ("absent", "only sor.order.place routes")


def test_every_reason_is_about_a_field() -> None:
    """None speaks of what is not in the shapes."""
    fields = [(field.side, field.target, field.path) for field in every_field()]
    told = {absent(*field) for field in fields} - {""}
    assert {why for _, why in REASONS} == told
