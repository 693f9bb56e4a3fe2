"""The state machine of an intent: what moves it, and what does not."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from tradewind.model import (
    Amendment,
    Fill,
    Liquidity,
    Order,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
)
from tradewind.protocol import outcomes
from tradewind.protocol.operations import Proof
from tradewind.protocol.outcomes import ABSENCE_MARGIN as MARGIN
from tradewind.protocol.outcomes import (
    Act,
    Fate,
    Impossible,
    Intent,
    Part,
    Round,
    Stage,
    State,
)

SECOND = 1_000_000_000
BEGAN = 1_000 * SECOND
DEADLINE = BEGAN + 5 * SECOND
NEW = Part(Act.NEW, "a-1", side=Side.BUY, price=Decimal(100), quantity=Decimal(2))
END = Part(Act.END, "a-1", "7", "a-2")
CHANGE = Part(Act.CHANGE, "a-1", "7", quantity=Decimal(1), before=Decimal(2))


def intent(*parts: Part, proof: Proof = Proof.DEADLINE, **more: Any) -> Intent:
    return Intent("a-1", 1, "order.place", proof, "BTC/USDT", parts, 0, **more)


def unknown(*parts: Part, **more: Any) -> State:
    """Sent at our time 10 s, and lost."""
    state = outcomes.journaled(outcomes.begin(intent(*parts, **more)))
    return outcomes.lost(outcomes.sent(state, 10 * SECOND, BEGAN, DEADLINE), "cut")


def order(status: OrderStatus = OrderStatus.OPEN, **more: Any) -> Order:
    made = Order(
        "7", "a-1", "BTC/USDT", Side.BUY, OrderType.LIMIT, TimeInForce.GTC, False, Decimal(100),
        Decimal(2), Decimal(0), None, None, status, BEGAN + 1, BEGAN + 1,
    )  # fmt: skip
    return structs.replace(made, **more)


def fill(order_id: str) -> Fill:
    return Fill(
        "1", order_id, "BTC/USDT", Side.BUY, Decimal(100), Decimal(1), Decimal(0), "BTC",
        Liquidity.TAKER, 0,
    )  # fmt: skip


def nothing(clock: int = DEADLINE + MARGIN + 1, at: int = 17 * SECOND, **more: Any) -> Round:
    """Everything was asked, and there is nothing."""
    told = Round(clock, at, {"a-1": None}, (), (), ())
    return structs.replace(told, **more)


def test_the_straight_way() -> None:
    """Intended, journaled, sent, acknowledged."""
    state = outcomes.begin(intent(NEW))
    stages = [state.stage]
    for step in (
        outcomes.journaled,
        lambda s: outcomes.sent(s, 1, BEGAN, DEADLINE),
        outcomes.acknowledged,
    ):
        state = step(state)
        stages.append(state.stage)
    assert stages == [Stage.INTENDED, Stage.JOURNALED, Stage.SENT, Stage.ACKNOWLEDGED]
    assert state.fates == (Fate.HAPPENED,)


@pytest.mark.parametrize(
    "step",
    [
        lambda s: outcomes.sent(s, 1, 1, 1),
        outcomes.acknowledged,
        lambda s: outcomes.lost(s, ""),
        lambda s: outcomes.rejected(s, ""),
    ],
)
def test_nothing_is_sent_before_it_is_journaled(step: Any) -> None:
    """From ``intended`` there is no way out but the journal."""
    with pytest.raises(Impossible):
        step(outcomes.begin(intent(NEW)))


def test_what_is_final_stays_so() -> None:
    """No step leads away from an outcome, and no sending again."""
    state = outcomes.acknowledged(
        outcomes.sent(outcomes.journaled(outcomes.begin(intent(NEW))), 1, BEGAN, DEADLINE)
    )
    for step in (outcomes.acknowledged, lambda s: outcomes.sent(s, 1, 1, 1)):
        with pytest.raises(Impossible):
            step(state)
    assert outcomes.learn(state, nothing(), set()) is state


def test_an_unknown_intent_cannot_be_sent_again() -> None:
    """There is no such step."""
    with pytest.raises(Impossible):
        outcomes.sent(unknown(NEW), 1, BEGAN, DEADLINE)


def test_seen_anywhere_it_happened() -> None:
    """By id, among open orders, in the history, or told unasked."""
    seen = order()
    for told in (
        Round(0, 0, {"a-1": seen}),
        Round(0, 0, {"a-1": None}, (seen,)),
        Round(0, 0, {"a-1": None}, (), (seen,)),
    ):
        moved = outcomes.learn(unknown(NEW), told, set())
        assert (moved.stage, moved.fates) == (Stage.RESOLVED, (Fate.HAPPENED,))
    assert outcomes.word(unknown(NEW), [seen]).stage is Stage.RESOLVED


def test_absence_is_proved_by_the_deadline_and_every_query() -> None:
    """All of it together."""
    moved = outcomes.learn(unknown(NEW), nothing(), set())
    assert (moved.stage, moved.fates) == (Stage.RESOLVED, (Fate.NEVER,))


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("the venue's clock is not past the deadline", nothing(clock=DEADLINE)),
        ("... nor past the margin", nothing(clock=DEADLINE + MARGIN)),
        ("our own clock says too little time has gone by", nothing(at=16 * SECOND)),
        ("its id was not asked for", nothing(orders={})),
        ("open orders were not told", nothing(open_orders=None)),
        ("the history was not told", nothing(history=None)),
        ("fills were not told", nothing(fills=None)),
        ("a fill belongs to an order that nothing shows", nothing(fills=(fill("99"),))),
        (
            "an order looks like ours, made smaller under another name",
            nothing(history=(order(client_order_id="x", order_id="8", quantity=Decimal(1)),)),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_absence_is_not_proved_when(why: str, told: Round) -> None:
    """Each single gap leaves it unknown."""
    assert outcomes.learn(unknown(NEW), told, set()).stage is Stage.UNKNOWN, why


@pytest.mark.parametrize(
    ("also", "stage", "fate"),
    [
        ((), Stage.RESOLVED, Fate.OVER),
        ((order(client_order_id="x", order_id="9", quantity=Decimal(1)),), Stage.UNKNOWN, None),
    ],
)
def test_whatever_may_be_it_has_ended(also: Any, stage: Stage, fate: Fate | None) -> None:
    """A cancel gave its own name to an order that may be ours: nothing of it is open, so it is
    over, whether it was ours or not. One more that may be ours and is open: unknown.
    """
    ended = order(OrderStatus.CANCELLED, client_order_id="web_1", order_id="8")
    moved = outcomes.learn(unknown(NEW), nothing(history=(ended, *also)), set())
    assert (moved.stage, moved.fates) == (stage, (fate or Fate.UNKNOWN,))
    early = nothing(clock=DEADLINE, history=(ended,))
    assert outcomes.learn(unknown(NEW), early, set()).stage is Stage.UNKNOWN


def test_what_is_accounted_for_is_no_lookalike() -> None:
    """Orders and fills of known orders prove nothing against absence."""
    twin = order(OrderStatus.CANCELLED, client_order_id="a-0", order_id="6")
    told = nothing(history=(twin,), fills=(fill("6"), fill("5")))
    assert outcomes.learn(unknown(NEW), told, {"5", "6"}).stage is Stage.RESOLVED


def test_not_found_is_no_answer_however_often() -> None:
    """A hundred times not found before the deadline is still unknown."""
    state = unknown(NEW)
    for _ in range(100):
        state = outcomes.learn(state, nothing(clock=DEADLINE - 1), set())
    assert state.stage is Stage.UNKNOWN


def test_without_a_proof_only_the_venues_word_helps() -> None:
    """Where the venue checks no deadline, absence is never proved."""
    state = unknown(NEW, proof=Proof.NONE)
    assert outcomes.learn(state, nothing(clock=10 * DEADLINE), set()) is not None
    assert outcomes.learn(state, nothing(clock=10 * DEADLINE), set()).stage is Stage.UNKNOWN
    assert outcomes.countdown(state, 0, 0) is None


def test_an_older_order_of_the_same_name_is_not_it() -> None:
    """Some venues free a client id when its order has ended."""
    old = order(OrderStatus.FILLED, created=BEGAN - 60 * SECOND)
    told = nothing(orders={"a-1": old})
    assert outcomes.learn(unknown(NEW), told, {"7"}).fates == (Fate.NEVER,)


@pytest.mark.parametrize(
    ("seen", "past", "fate"),
    [
        (order(OrderStatus.CANCELLED), False, Fate.HAPPENED),
        (order(OrderStatus.FILLED), False, Fate.NEVER),
        (order(OrderStatus.EXPIRED), False, Fate.NEVER),
        (order(OrderStatus.OPEN), False, Fate.UNKNOWN),
        (order(OrderStatus.OPEN), True, Fate.NEVER),
    ],
)
def test_a_cancel_is_known_by_its_order(seen: Order, past: bool, fate: Fate) -> None:
    """Ended by a cancel, ended otherwise, or open after the deadline."""
    clock, at = (DEADLINE + 2 * MARGIN, 60 * SECOND) if past else (DEADLINE, 11 * SECOND)
    assert outcomes.learn(unknown(END), Round(clock, at, {"7": seen}), set()).fates == (fate,)


@pytest.mark.parametrize(
    ("seen", "past", "fate"),
    [
        (order(quantity=Decimal(1)), False, Fate.HAPPENED),
        (order(), False, Fate.UNKNOWN),
        (order(), True, Fate.NEVER),
        (order(OrderStatus.FILLED), False, Fate.NEVER),
    ],
)
def test_an_amend_is_known_by_the_quantity(seen: Order, past: bool, fate: Fate) -> None:
    """The new one, or an old one that cannot change any more."""
    clock, at = (DEADLINE + 2 * MARGIN, 60 * SECOND) if past else (DEADLINE, 11 * SECOND)
    assert outcomes.learn(unknown(CHANGE), Round(clock, at, {"7": seen}), set()).fates == (fate,)


def test_an_order_that_is_shown_rejected_never_was() -> None:
    """The venue's own word, with or without a number of its own."""
    for order_id in ("7", ""):
        told = order(OrderStatus.REJECTED, order_id=order_id)
        assert outcomes.word(unknown(NEW), [told]).fates == (Fate.NEVER,)


def change(quantity: int, time: int = BEGAN) -> Amendment:
    return Amendment("7", Decimal(9), Decimal(quantity), time)


@pytest.mark.parametrize(
    ("told", "fate"),
    [
        (None, Fate.UNKNOWN),
        ((), Fate.UNKNOWN),
        ((change(1),), Fate.UNKNOWN),  # it was seen with 3: there is more than is told
        ((change(1), change(3)), Fate.HAPPENED),
        ((change(4), change(3)), Fate.NEVER),
        ((change(1, BEGAN - 60 * SECOND), change(3)), Fate.NEVER),
    ],
)
def test_when_somebody_else_changed_it_too_the_changes_are_asked(
    told: tuple[Amendment, ...] | None, fate: Fate
) -> None:
    """A third quantity says nothing by itself, however late."""
    changes = {} if told is None else {"7": told}
    third = order(quantity=Decimal(3))
    orders = {"7": third, "a-1": third}
    part = Round(DEADLINE + 2 * MARGIN, 60 * SECOND, orders, changes=changes)
    whole = structs.replace(part, open_orders=(third,), history=(third,), fills=())
    for seen in (part, whole):
        assert outcomes.learn(unknown(CHANGE), seen, set()).fates == (fate,)


def test_an_order_of_unknown_quantity_that_was_never_changed_was_not_changed_by_us() -> None:
    """After the deadline; before it the change may still arrive."""
    change = structs.replace(CHANGE, before=None)
    for clock, at, told, fate in (
        (DEADLINE + 2 * MARGIN, 60 * SECOND, {"7": ()}, Fate.NEVER),
        (DEADLINE + 2 * MARGIN, 60 * SECOND, {}, Fate.UNKNOWN),
        (DEADLINE, 11 * SECOND, {"7": ()}, Fate.UNKNOWN),
    ):
        seen = Round(clock, at, {"7": order(quantity=Decimal(3))}, changes=told)
        assert outcomes.learn(unknown(change), seen, set()).fates == (fate,)


def test_the_halves_of_a_replacement_are_known_by_themselves() -> None:
    """The old one is gone; whether the new one came is still open."""
    new = structs.replace(NEW, name="a-3")
    state = unknown(END, new)
    gone = order(OrderStatus.CANCELLED)
    state = outcomes.learn(state, Round(0, 0, {"7": gone, "a-3": None}), set())
    assert (state.stage, state.fates) == (Stage.UNKNOWN, (Fate.HAPPENED, Fate.UNKNOWN))
    told = nothing(orders={"a-3": None, "a-1": None}, history=(gone,))
    assert outcomes.learn(state, told, {"7"}).fates == (Fate.HAPPENED, Fate.NEVER)


def test_a_list_is_there_whole_or_not_at_all() -> None:
    """One leg seen is all of them; absence needs the list's own question too."""
    legs = (NEW, structs.replace(NEW, name="a-2", price=Decimal(90)))
    state = unknown(*legs, atomic=True, lists=True)
    assert outcomes.word(state, [order()]).fates == (Fate.HAPPENED, Fate.HAPPENED)
    told = nothing(orders={"a-1": None, "a-2": None})
    assert outcomes.learn(state, told, set()).stage is Stage.UNKNOWN
    asked = structs.replace(told, list_known=False)
    assert outcomes.learn(state, asked, set()).fates == (Fate.NEVER, Fate.NEVER)
    there = structs.replace(told, list_known=True)
    assert outcomes.learn(state, there, set()).fates == (Fate.HAPPENED, Fate.HAPPENED)


def test_the_countdown_runs_to_the_proof() -> None:
    """By the slower of both clocks."""
    state = unknown(NEW)
    assert outcomes.countdown(state, BEGAN, 10 * SECOND) == 6 * SECOND
    assert outcomes.countdown(state, DEADLINE + MARGIN, 12 * SECOND) == 4 * SECOND
    assert outcomes.countdown(state, 2 * DEADLINE, 60 * SECOND) == 0


def test_after_a_restart_the_deadline_is_counted_from_now() -> None:
    """The dead process may have sent until a moment ago."""
    state = outcomes.recovered(
        outcomes.begin(intent(NEW, window=5 * SECOND)), at=2 * SECOND, venue=BEGAN
    )
    assert (state.stage, state.deadline) == (Stage.UNKNOWN, DEADLINE)
    assert outcomes.learn(state, nothing(at=7 * SECOND), set()).stage is Stage.UNKNOWN
    assert outcomes.learn(state, nothing(at=9 * SECOND), set()).fates == (Fate.NEVER,)


def test_a_late_answer_resolves() -> None:
    """Yes or no, after we had stopped waiting."""
    assert outcomes.acknowledged(unknown(NEW)).stage is Stage.RESOLVED
    assert outcomes.rejected(unknown(NEW), "no").fates == (Fate.NEVER,)


def test_parts_that_the_venue_itself_does_not_know_stay_unknown() -> None:
    """A cancel-replace whose second half timed out inside the venue."""
    state = outcomes.sent(
        outcomes.journaled(outcomes.begin(intent(END, NEW))), 10 * SECOND, BEGAN, DEADLINE
    )
    half = outcomes.partly(state, (Fate.HAPPENED, Fate.UNKNOWN), "-2021")
    assert (half.stage, half.undecided()) == (Stage.UNKNOWN, [NEW])
    whole = outcomes.partly(state, (Fate.HAPPENED, Fate.NEVER), "-2021")
    assert whole.stage is Stage.REJECTED
