"""The questions of every venue that has them: complete, harmless, and each as the table has it."""

import pytest

from tradewind.comparing.play import choose
from tradewind.protocol.comparing import Questions, Step, reads, refusals
from tradewind.protocol.operations import Kind, Operation, Parameter, Proof, Table
from tradewind.venues import facts, have, names, part

VENUES = [name for name in names() if have(name, "compare")]


def known(venue: str) -> tuple[Questions, Table]:
    return part(venue, "compare").QUESTIONS, part(venue, "operations").TABLE


def every(asked: Questions) -> list[Step]:
    return [*asked.first, *asked.market, *asked.account, *asked.rehearsals, *asked.orders]


@pytest.mark.parametrize("venue", VENUES)
def test_every_operation_is_asked_or_said_why_not(venue: str) -> None:
    """And no reason stands for what is asked under the same name."""
    asked, table = known(venue)
    done = {step.operation for step in every(asked)}
    left = [name for name in table.by_name if name not in done]
    assert [name for name in left if not name.startswith(tuple(asked.left_out))] == []
    assert [why for why in asked.left_out if not any(name.startswith(why) for name in left)] == []


@pytest.mark.parametrize("venue", VENUES)
def test_what_only_reads_changes_nothing(venue: str) -> None:
    """Before the rehearsals there is nothing but GETs; rehearsals are no orders."""
    asked, table = known(venue)
    for step in (*asked.first, *asked.market, *asked.account):
        assert reads(table.by_name[step.operation]), step
    for step in (*asked.first, *asked.market, *asked.account, *asked.rehearsals):
        assert table.by_name[step.operation].proof is Proof.NOT_AN_ORDER, step


@pytest.mark.parametrize("venue", VENUES)
def test_without_a_key_only_public_questions_are_asked(venue: str) -> None:
    """And with one that must not trade, no orders."""
    asked, table = known(venue)
    public = choose(asked, table, key=False, trade=False)
    assert {table.by_name[step.operation].permission for step in public.steps} == {None}
    assert not choose(asked, table, key=True, trade=False).orders
    assert not choose(asked, table, key=True, trade=False).rehearsals
    assert not choose(asked, table, key=True, trade=True, only=("order",)).orders


@pytest.mark.parametrize("venue", VENUES)
def test_every_new_order_is_known_as_ours(venue: str) -> None:
    """All ids that an operation can give to something new begin with the run's."""
    asked, table = known(venue)
    for step in asked.orders:
        if not table.by_name[step.operation].counts:
            continue
        sent = step.parameters.items()
        ids = {name: text for name, text in sent if name.endswith("ClientOrderId")}
        assert ids, step
        assert all(text.startswith("{{run}}") for text in ids.values()), step
        filled = {text.replace("{{run}}", "x" * 11) for text in ids.values()}
        assert len(filled) == len(ids)
        assert max(map(len, filled)) <= facts(venue).client_id_max


def test_refusals_are_one_step_from_right() -> None:
    """Missing, empty, wrong for its kind, beyond its ends, too many."""
    row = Operation(
        "op",
        (),
        (
            Parameter("symbol", Kind.SYMBOL, mandatory=True),
            Parameter("limit", Kind.INTEGER, minimum=1, maximum=10),
            Parameter("signature", mandatory=True),
        ),
    )
    good = {"symbol": "AB", "limit": "5"}
    sent = [step.parameters for step in refusals(row, good)]
    assert {"limit": "5"} in sent
    assert {"symbol": "", "limit": "5"} in sent
    assert {"symbol": "AB", "limit": "0"} in sent
    assert {"symbol": "AB", "limit": "11"} in sent
    assert {**good, "nonsense": "1"} in sent
    assert good not in sent
    assert not any("signature" in each for each in sent)


def test_a_step_waits_for_what_it_builds_on() -> None:
    """Nothing with a hole in it is ever sent."""
    step = Step("op", "title", {"price": "{{low}}", "id": "{{run}}-1"})
    assert step.filled({"run": "x"}) is None
    assert step.filled({"run": "x", "low": "7"}) == {"price": "7", "id": "x-1"}
