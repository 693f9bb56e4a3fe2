"""What became of an intent: a pure state machine over what was seen, and when.

    intended -> journaled -> sent -> acknowledged        the venue said yes
                    |          |---> rejected            the venue said no
                    |          '---> unknown --> resolved
                    '-> not_sent                         no byte left this machine

``unknown`` is left in two ways only: by the venue's own word about the orders concerned, or by
proof of absence. Where the operation's ``proof`` is DEADLINE, that proof is:

    the venue's own clock is past the deadline it checks, plus a margin
    and at least as much time has gone by here
    and everything that together is authoritative, asked after that, knows nothing of it

Nothing is guessed, nothing is sent a second time, however long it takes.

An intent has parts, one per order that it touches, each with its own fate:

    NEW     does the order exist?      Seen anywhere: happened. Seen rejected, or proof
                                       of absence: never. All that is there and may be it under
                                       another name has ended: over.
    END     did the order end by it?   Seen cancelled: happened. Seen ended otherwise: never.
                                       Seen open after the deadline: never.
    CHANGE  has it the new quantity?   Seen with it, or given it since: happened. Ended, or open
                                       after the deadline, with the quantity that it had before:
                                       never; with a third one, what the venue says of each
                                       change decides.

A cancel-replace is an END and a NEW (the venue may do either alone), an order list is several NEWs
that exist together or not at all (``atomic``).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum, unique

from msgspec import Struct, structs

from ..model import Amendment, Fill, Order, OrderStatus, OrderType, Side
from .operations import Proof

ABSENCE_MARGIN = 1_000_000_000
"""Nanoseconds past a deadline before absence counts: what may lie between the venue's last look at
the clock and the order showing in its queries. A choice (guessed: the venues publish no number),
generous because it costs little: too long, an outcome is known that much later; too short, an order
is told as never made that is."""


class Impossible(AssertionError):
    """A step that the machine does not have: a mistake in this program."""


@unique
class Stage(StrEnum):
    """Where an intent is."""

    INTENDED = "intended"
    JOURNALED = "journaled"
    SENT = "sent"
    UNKNOWN = "unknown"
    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    RESOLVED = "resolved"

    @property
    def is_final(self) -> bool:
        """Whether the intent's outcome is known."""
        return self in _FINAL

    @property
    def may_have_left(self) -> bool:
        """Whether the venue may know of it, without our knowing its outcome."""
        return self in (Stage.SENT, Stage.UNKNOWN)


_FINAL = frozenset({Stage.ACKNOWLEDGED, Stage.REJECTED, Stage.NOT_SENT, Stage.RESOLVED})


@unique
class Fate(StrEnum):
    """What is known of one part."""

    UNKNOWN = "unknown"
    HAPPENED = "happened"
    NEVER = "never"
    OVER = "over"
    """Whether it ever was cannot be known any more; nothing of it is open, nor can it arrive."""


@unique
class Act(StrEnum):
    """What a part does to its order."""

    NEW = "new"
    END = "end"
    CHANGE = "change"


class Part(Struct, frozen=True, gc=False):
    """One order that an intent touches. ``name`` is the order's client id, ``alias`` the id that
    its cancel leaves behind; ``quantity`` and ``price`` are the worst that it can come to. A CHANGE
    is from ``before``, None when that is not known, to ``quantity``.
    """

    act: Act
    name: str
    order_id: str = ""
    alias: str = ""
    side: Side | None = None
    order_type: OrderType | None = None
    price: Decimal | None = None
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    before: Decimal | None = None


class Intent(Struct, frozen=True, gc=False):
    """What is to be done, before it is done. ``created`` is wall time, ``sequence`` the number
    that its ``id`` was made of. ``atomic`` parts exist all or none.
    """

    id: str
    sequence: int
    operation: str
    proof: Proof
    instrument: str
    parts: tuple[Part, ...]
    created: int
    atomic: bool = False
    lists: bool = False
    window: int = 0
    """How long, in ns, the venue takes the request after it was signed."""


class State(Struct, frozen=True, gc=False):
    """An intent and what is known of it.

    ``deadline`` is venue time after which the venue refuses the request; ``sent`` and ``lasts`` say
    since when, and for how long on our own clock, it may still be on its way. ``began`` is the
    venue time it was signed for, 0 when that is not known.
    """

    intent: Intent
    stage: Stage = Stage.INTENDED
    fates: tuple[Fate, ...] = ()
    deadline: int | None = None
    sent: int = 0
    lasts: int = 0
    began: int = 0
    why: str = ""

    @property
    def unknown(self) -> bool:
        """Whether the outcome is open, so that exposure stays reserved."""
        return self.stage.may_have_left

    def undecided(self) -> list[Part]:
        """The parts whose fate is open."""
        pairs = zip(self.intent.parts, self.fates, strict=True)
        return [part for part, fate in pairs if fate is Fate.UNKNOWN]


class Round(Struct, frozen=True):
    """What the venue said when it was asked about an intent.

    ``clock`` is the venue's own time, read before any of the other questions was asked; ``at`` is
    ours at that moment. ``orders`` has one entry per name or order id that was asked for, None for
    "there is none". ``open_orders``, ``history`` (every order since the intent, open and past) and
    ``fills`` are None when not asked, not answered or not complete. ``changes`` are those of the
    orders, by order id, that were asked for.
    """

    clock: int
    at: int
    orders: Mapping[str, Order | None] = {}
    open_orders: tuple[Order, ...] | None = None
    history: tuple[Order, ...] | None = None
    fills: tuple[Fill, ...] | None = None
    list_known: bool | None = None
    changes: Mapping[str, tuple[Amendment, ...]] = {}

    def seen(self) -> list[Order]:
        """Every order that any of the answers shows."""
        named = [order for order in self.orders.values() if order is not None]
        return [*named, *(self.open_orders or ()), *(self.history or ())]

    @property
    def complete(self) -> bool:
        """Whether everything that together is authoritative has answered."""
        return None not in (self.open_orders, self.history, self.fills)


# --- steps --------------------------------------------------------------------------------------


def begin(intent: Intent) -> State:
    """An intent that nobody knows of yet."""
    return State(intent, fates=(Fate.UNKNOWN,) * len(intent.parts))


def journaled(state: State) -> State:
    """It is on disk; from here on it may be sent."""
    _check(state, Stage.JOURNALED, Stage.INTENDED)
    return State(state.intent, Stage.JOURNALED, state.fates)


def sent(state: State, at: int, began: int, deadline: int | None) -> State:
    """Bytes are about to leave: ``at`` our own monotonic time, signed for venue time ``began``."""
    _check(state, Stage.SENT, Stage.JOURNALED)
    lasts = 0 if deadline is None else max(0, deadline - began)
    return State(state.intent, Stage.SENT, state.fates, deadline, at, lasts, began, state.why)


def not_sent(state: State, why: str) -> State:
    """No byte has left."""
    moved = _step(state, Stage.NOT_SENT, Stage.INTENDED, Stage.JOURNALED, Stage.SENT)
    return _decided(structs.replace(moved, why=why), Fate.NEVER)


def acknowledged(state: State) -> State:
    """The venue said yes, in time or late."""
    to = _after(state, Stage.ACKNOWLEDGED)
    _check(state, to, Stage.SENT, Stage.UNKNOWN)
    fates = (Fate.HAPPENED,) * len(state.intent.parts)
    return structs.replace(state, stage=to, fates=fates)


def rejected(state: State, why: str) -> State:
    """The venue said no, in time or late."""
    moved = _step(state, _after(state, Stage.REJECTED), Stage.SENT, Stage.UNKNOWN)
    return _decided(structs.replace(moved, why=why), Fate.NEVER)


def partly(state: State, fates: Iterable[Fate], why: str) -> State:
    """The venue told of each part by itself."""
    moved = _step(state, _after(state, Stage.REJECTED), Stage.SENT, Stage.UNKNOWN)
    told = structs.replace(moved, fates=tuple(fates), why=why)
    return told if Fate.UNKNOWN not in told.fates else structs.replace(told, stage=Stage.UNKNOWN)


def lost(state: State, why: str) -> State:
    """It left, and what came back is no answer."""
    return structs.replace(_step(state, Stage.UNKNOWN, Stage.SENT), why=why)


def recovered(state: State, at: int, venue: int) -> State:
    """Found in the journal after a restart: it may have left at any time before now."""
    window = state.intent.window
    return structs.replace(
        state,
        stage=Stage.UNKNOWN,
        sent=at,
        lasts=window,
        deadline=venue + window if state.intent.proof is Proof.DEADLINE else None,
        why="the client was restarted before the outcome was known",
    )


def word(state: State, orders: Iterable[Order]) -> State:
    """The venue told of orders, asked or not: what that alone decides."""
    if not state.unknown:
        return state
    return _judge(state, list(orders), {}, False, Fate.UNKNOWN)


def learn(
    state: State, answers: Round, known: Collection[str], margin: int = ABSENCE_MARGIN
) -> State:
    """Take a round of answers. ``known`` are the ids of orders that are accounted for."""
    if state.stage is not Stage.UNKNOWN:
        return state
    if answers.list_known:
        return structs.replace(_decided(state, Fate.HAPPENED), stage=Stage.RESOLVED)
    past = passed(state, answers.clock, answers.at, margin)
    absent = _absent(state, answers, known) if past else Fate.UNKNOWN
    return _judge(state, answers.seen(), answers.changes, past, absent)


def passed(state: State, clock: int, at: int, margin: int = ABSENCE_MARGIN) -> bool:
    """Whether the venue can no longer take the request: by its own clock, and by ours."""
    if state.intent.proof is not Proof.DEADLINE or state.deadline is None:
        return False
    return clock > state.deadline + margin and at > state.sent + state.lasts + margin


def countdown(state: State, clock: int, at: int, margin: int = ABSENCE_MARGIN) -> int | None:
    """Nanoseconds until absence can be proved; None where there is no such proof."""
    if state.intent.proof is not Proof.DEADLINE or state.deadline is None:
        return None
    here = state.sent + state.lasts + margin - at
    return max(0, state.deadline + margin - clock, here)


def names(state: State) -> list[str]:
    """Client ids under which the undecided orders may be found."""
    found: dict[str, None] = {}
    for part in state.undecided():
        found[part.name] = None
        if part.alias:
            found[part.alias] = None
    return [name for name in found if name]


# --- judging ------------------------------------------------------------------------------------


Changes = Mapping[str, tuple[Amendment, ...]]


def _judge(state: State, seen: list[Order], changes: Changes, past: bool, absent: Fate) -> State:
    pairs = zip(state.intent.parts, state.fates, strict=True)
    fates = tuple(
        fate if fate is not Fate.UNKNOWN else _fate(state, part, seen, changes, past, absent)
        for part, fate in pairs
    )
    if state.intent.atomic and Fate.HAPPENED in fates:
        fates = (Fate.HAPPENED,) * len(fates)
    if state.intent.atomic and Fate.UNKNOWN in fates:
        fates = (Fate.UNKNOWN,) * len(fates)
    stage = state.stage if Fate.UNKNOWN in fates else Stage.RESOLVED
    return structs.replace(state, fates=fates, stage=stage)


def _fate(
    state: State, part: Part, seen: list[Order], changes: Changes, past: bool, absent: Fate
) -> Fate:
    ours = [order for order in seen if _is(part, order) and _new_enough(state, part, order)]
    if part.act is Act.NEW:
        if any(order.order_status is not OrderStatus.REJECTED for order in ours):
            return Fate.HAPPENED
        return Fate.NEVER if ours else absent
    if part.act is Act.END:
        fates = {_ended(order, past) for order in ours}
    else:
        told = {order.order_id: changes.get(order.order_id) for order in ours}
        fates = {_changed(state, part, order, told[order.order_id], past) for order in ours}
    for decided in (Fate.HAPPENED, Fate.NEVER):
        if decided in fates:
            return decided
    return Fate.NEVER if absent is Fate.NEVER and not ours else Fate.UNKNOWN


def _is(part: Part, order: Order) -> bool:
    if part.order_id:
        return order.order_id == part.order_id
    return order.client_order_id in (part.name, part.alias) and bool(order.client_order_id)


def _new_enough(state: State, part: Part, order: Order) -> bool:
    """Whether a NEW can be this order, and not an older one whose client id was free again."""
    if part.act is not Act.NEW or not state.began or not order.created:
        return True
    return order.created + 2 * ABSENCE_MARGIN >= state.began


def _ended(order: Order, past: bool) -> Fate:
    """What one sight of an order says about an END of it."""
    if order.order_status is OrderStatus.CANCELLED:
        return Fate.HAPPENED
    return Fate.NEVER if order.order_status.is_final or past else Fate.UNKNOWN


def _changed(
    state: State, part: Part, order: Order, told: tuple[Amendment, ...] | None, past: bool
) -> Fate:
    """What one sight of an order, and what is ``told`` of its changes, say about a CHANGE of it.

    With a third quantity somebody else has changed it too, before or after: then only the changes
    themselves tell, and only if they go as far as what is seen.
    """
    if order.quantity == part.quantity:
        return Fate.HAPPENED
    if not (order.order_status.is_final or past):
        return Fate.UNKNOWN
    if order.quantity == part.before or (past and part.before is None and told == ()):
        return Fate.NEVER
    if not told or told[-1].quantity != order.quantity:
        return Fate.UNKNOWN
    since = state.began - 2 * ABSENCE_MARGIN
    happened = any(each.quantity == part.quantity and each.time >= since for each in told)
    return Fate.HAPPENED if happened else Fate.NEVER


def _absent(state: State, answers: Round, known: Collection[str]) -> Fate:
    """NEVER when the answers together prove that the undecided orders do not exist, OVER when
    whatever may be one of them has ended.
    """
    asked = all(name in answers.orders for name in names(state))
    if not asked or not answers.complete:
        return Fate.UNKNOWN
    if state.intent.lists and answers.list_known is None:
        return Fate.UNKNOWN
    history = answers.history or ()
    there = {order.order_id for order in answers.seen()}
    if any(
        fill.order_id not in there and fill.order_id not in known for fill in answers.fills or ()
    ):
        return Fate.UNKNOWN  # somebody's order has filled and is not in the history: it is behind
    alike = [each for part in state.undecided() for each in lookalikes(part, history, known)]
    if not alike:
        return Fate.NEVER
    ended = all(order.order_status.is_final for order in alike)
    return Fate.OVER if ended else Fate.UNKNOWN


def lookalikes(part: Part, history: Iterable[Order], known: Collection[str]) -> Iterator[Order]:
    """Orders that may be ours under another name: whoever cancels or amends an order gives it a
    new client id at some venues.
    """
    if part.act is not Act.NEW:
        return
    for order in history:
        if order.order_id in known or order.side is not part.side or order.price != part.price:
            continue
        if part.quantity is not None and order.quantity > part.quantity:
            continue
        same = part.quantity is None or order.quantity == part.quantity
        if not same or order.order_status is OrderStatus.CANCELLED:
            yield order


# --- helpers ------------------------------------------------------------------------------------


def _step(state: State, to: Stage, *allowed: Stage) -> State:
    _check(state, to, *allowed)
    return structs.replace(state, stage=to)


def _check(state: State, to: Stage, *allowed: Stage) -> None:
    if state.stage not in allowed:
        raise Impossible(f"{state.intent.id} cannot go from {state.stage} to {to}")


def _after(state: State, plain: Stage) -> Stage:
    """A late answer resolves what was unknown."""
    return Stage.RESOLVED if state.stage is Stage.UNKNOWN else plain


def _decided(state: State, fate: Fate) -> State:
    return structs.replace(state, fates=(fate,) * len(state.intent.parts))
