"""Incidents that somebody reported, as scenarios, and what a run of one shows. Pure.

    Scenario (a venue's ``incidents``) --played against a program--> Evidence --rules--> Findings

Evidence is the exchange's journal and its wire record; nothing is inferred from what the program
says of itself. Prices and quantities in findings are the engine's ticks and lots.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from .faults import Fault

SECOND = 1_000_000_000

STALE_AFTER = 2 * SECOND
"""A program that acts on a book which has missed changes for longer acts on a stale one."""

REFUSED_IN_A_ROW = 10
"""So many refused orders, one after the other, are a loop."""

SLIPPAGE_PERCENT = 0.5
"""What a market order may pay beyond the best price before it counts: five times the usual fee."""

_HIDDEN = frozenset({"drop", "error", "timeout", "delay", "cut", "lose"})
"""Faults that keep an order's answer from the program."""


class When(Struct, frozen=True):
    """When a step is taken: so many seconds after the program's first request, or after so many
    answered requests of an operation, or sent frames of a channel; all that are given.
    """

    seconds: float = 0
    operation: str = ""
    channel: str = ""
    count: int = 1


class Step(Struct, frozen=True):
    """What happens in the venue during the run: faults begin, venue time advances (seconds), or
    faults end (``clear``).
    """

    when: When
    faults: tuple[Fault, ...] = ()
    advance: float = 0
    clear: bool = False


class Scenario(Struct, frozen=True):
    """One incident.

    ``thread`` is where it was reported, ``told`` what was, ``task`` what a program should do during
    the run (a word for drivers, a hint for others), ``rules`` what is looked at. ``places`` and
    ``looks`` are the venue's operations that place an order and that show a book. ``take`` is
    taken from the default account before (asset to amount). ``copies`` of the program run at once,
    for at most ``seconds``.
    """

    name: str
    thread: str
    told: str
    task: str
    rules: tuple[str, ...]
    faults: tuple[Fault, ...] = ()
    steps: tuple[Step, ...] = ()
    settings: Mapping[str, object] = {}
    take: Mapping[str, str] = {}
    copies: int = 1
    seconds: float = 60
    places: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()


class WireRow(Struct, frozen=True):
    """A row of the wire record (``exchange.wire_record.Entry``)."""

    n: int
    line: int
    at: int
    fate: str
    venue: str = ""
    peer: str = ""
    account: str = ""
    operation: str = ""
    status: int = 0
    channel: str = ""
    instrument: str = ""
    first: int = 0
    last: int = 0
    whole: bool = False
    bytes: int = 0
    fault: str = ""
    note: str = ""


class OrderFact(Struct, frozen=True):
    """An order that was accepted, as the journal's history has it."""

    order_id: int
    instrument: str
    side: str
    quantity: int
    price: int
    filled_quantity: int
    status: str
    created: int
    updated: int


class FillFact(Struct, frozen=True):
    """One execution."""

    order_id: int
    instrument: str
    side: str
    price: int
    quantity: int
    time: int


class Evidence(Struct, frozen=True):
    """What a run left. ``exits`` are the programs' exit codes, None for one that was ended because
    its time was over.
    """

    rows: Sequence[WireRow]
    orders: Sequence[OrderFact]
    fills: Sequence[FillFact]
    exits: Sequence[int | None]


class Finding(Struct, frozen=True):
    """What one rule says: ``good`` None where there was nothing to judge."""

    rule: str
    good: bool | None
    text: str


Rule = Callable[[Scenario, Evidence], Finding]


def judge(scenario: Scenario, evidence: Evidence) -> list[Finding]:
    """All findings of a scenario, in its own order."""
    return [RULES[name](scenario, evidence) for name in scenario.rules]


def doubled(scenario: Scenario, evidence: Evidence) -> Finding:
    """An order whose answer did not arrive was placed again while the first one lived."""
    placed = list(zip(_placed(scenario, evidence), evidence.orders, strict=False))
    for number, (row, order) in enumerate(placed):
        if not _HIDDEN & set(row.fault.split(",")):
            continue
        for _, later in placed[number + 1 :]:
            gone = order.status == "cancelled" and order.updated <= later.created
            if _same(order, later) and not gone:
                return Finding(
                    "doubled",
                    False,
                    f"order {order.order_id} was accepted, its answer was lost ({row.fault}), "
                    f"and order {later.order_id} is the same again",
                )
    hidden = [order for row, order in placed if _HIDDEN & set(row.fault.split(","))]
    if not hidden:
        return Finding("doubled", None, "no order met the fault")
    return Finding("doubled", True, f"order {hidden[0].order_id} is there once")


def sold_twice(scenario: Scenario, evidence: Evidence) -> Finding:
    """More was sold than was bought: one fill was acted on twice."""
    del scenario
    bought = sum(order.filled_quantity for order in evidence.orders if order.side == "buy")
    sold = sum(order.quantity for order in evidence.orders if order.side == "sell")
    told = f"bought {bought} lots, ordered to sell {sold}"
    if not any(row.fate == "again" for row in evidence.rows):
        return Finding("sold twice", None, "no event was told twice")
    if not bought:
        return Finding("sold twice", None, "nothing was bought")
    return Finding("sold twice", sold <= bought, told)


def limits(scenario: Scenario, evidence: Evidence) -> Finding:
    """Requests beyond the limits, and those that went on after being told."""
    del scenario
    over = [row for row in evidence.rows if row.status == 429]
    banned = [row for row in evidence.rows if row.status == 418]
    if not over and not banned:
        asked = sum(row.fate in ("answered", "asked") for row in evidence.rows)
        return Finding("limits", True, f"{asked} requests, none beyond a limit")
    text = f"{len(over)} answered with 429, {len(banned)} with 418"
    return Finding("limits", False, text)


def loop(scenario: Scenario, evidence: Evidence) -> Finding:
    """Refused orders in a row."""
    longest = row_length = 0
    asked = [row for row in evidence.rows if row.operation in scenario.places]
    for row in asked:
        row_length = row_length + 1 if row.status >= 400 else 0
        longest = max(longest, row_length)
    seconds = (asked[-1].at - asked[0].at) / SECOND if len(asked) > 1 else 0.0
    text = f"{longest} refused orders in a row in {seconds:.0f} s"
    if not asked:
        return Finding("loop", None, "no order was tried")
    return Finding("loop", longest < REFUSED_IN_A_ROW, text)


def stale(scenario: Scenario, evidence: Evidence) -> Finding:
    """An order while the book had missed changes for too long and was not looked at anew."""
    missed: dict[tuple[int, str], int] = {}
    judged = 0
    withheld = any(row.fate in ("withheld", "late") for row in evidence.rows)
    for row in evidence.rows:
        _follow(scenario, row, missed)
        if row.operation in scenario.places and row.status == 200 and row.fate != "opened":
            judged += 1
            for since in missed.values():
                age = row.at - since
                if age > STALE_AFTER:
                    return Finding(
                        "stale book",
                        False,
                        f"an order {age / SECOND:.1f} s after the first change that its book "
                        "missed, without a look at the venue in between",
                    )
    if not judged:
        return Finding("stale book", True if withheld else None, "it placed no order")
    if not withheld:
        return Finding("stale book", None, "no frame was withheld from it")
    return Finding(
        "stale book",
        True,
        f"{judged} order{'s' * (judged > 1)}, none on a book that had missed changes for long",
    )


def certificate(scenario: Scenario, evidence: Evidence) -> Finding:
    """Requests over a connection whose certificate was not good."""
    del scenario
    shown = [row for row in evidence.rows if row.fate == "tls" and row.fault]
    if not shown:
        return Finding("certificate", None, "it never came to the TLS door")
    went_on = sum(bool(row.note) for row in evidence.rows if row.fate == "answered")
    went_on += sum(row.fate == "opened" for row in evidence.rows)
    text = f"shown {len(shown)} times, {went_on} requests over it"
    return Finding("certificate", not went_on, text)


def told_of_fills(scenario: Scenario, evidence: Evidence) -> Finding:
    """Whether the program could know of its fills: told by a stream, or it asked after them."""
    if not evidence.fills:
        return Finding("knows its fills", None, "nothing was filled")
    last = max(evidence.fills, key=lambda fill: fill.time)
    events = [row for row in evidence.rows if row.channel.endswith("executionReport")]
    sent = [row for row in events if row.fate == "sent"]
    asked = [row for row in evidence.rows if row.operation in scenario.looks and row.status == 200]
    if len(sent) > len(evidence.orders):
        return Finding("knows its fills", True, f"told by a stream ({len(sent)} events)")
    if asked and evidence.orders and _after_fill(asked, evidence, last):
        return Finding("knows its fills", True, f"it asked ({asked[-1].operation})")
    return Finding(
        "knows its fills", False, f"{len(sent)} events reached it and it did not ask afterwards"
    )


def own_events(scenario: Scenario, evidence: Evidence) -> Finding:
    """Whether a stream told the program of its own orders."""
    del scenario
    if not evidence.orders:
        return Finding("own events", None, "it placed no order")
    sent = [
        row
        for row in evidence.rows
        if row.channel.endswith("executionReport") and row.fate == "sent"
    ]
    gone = [row for row in evidence.rows if row.status == 410]
    text = f"{len(sent)} events for {len(evidence.orders)} orders"
    if gone:
        text += f"; {len(gone)} requests answered with 410"
    return Finding("own events", bool(sent), text)


def slippage(scenario: Scenario, evidence: Evidence) -> Finding:
    """How far beyond the best price an order was filled."""
    del scenario
    worst = 0.0
    for order in evidence.orders:
        prices = [fill.price for fill in evidence.fills if fill.order_id == order.order_id]
        if prices:
            worst = max(worst, 100 * (max(prices) / min(prices) - 1))
    if not evidence.fills:
        return Finding("slippage", True if evidence.orders else None, "nothing was filled")
    return Finding("slippage", worst <= SLIPPAGE_PERCENT, f"filled over {worst:.1f} % of price")


def got_through(scenario: Scenario, evidence: Evidence) -> Finding:
    """Whether an order was accepted in the end."""
    asked = [row for row in evidence.rows if row.operation in scenario.places]
    refused = [row for row in asked if row.status >= 400]
    text = f"{len(evidence.orders)} orders accepted, {len(refused)} refused"
    return Finding("got through", bool(evidence.orders), text)


def survived(scenario: Scenario, evidence: Evidence) -> Finding:
    """How the programs ended."""
    del scenario
    words = ", ".join("ended by us" if code is None else str(code) for code in evidence.exits)
    return Finding("survived", all(code == 0 for code in evidence.exits), f"exit code {words}")


RULES: Mapping[str, Rule] = {
    "doubled": doubled,
    "sold_twice": sold_twice,
    "limits": limits,
    "loop": loop,
    "stale": stale,
    "certificate": certificate,
    "told_of_fills": told_of_fills,
    "own_events": own_events,
    "slippage": slippage,
    "got_through": got_through,
    "survived": survived,
}


def _placed(scenario: Scenario, evidence: Evidence) -> list[WireRow]:
    """Accepted placements in their order: the k-th is the k-th order."""
    return [
        row
        for row in evidence.rows
        if row.operation in scenario.places and row.status == 200 and row.fate != "opened"
    ]


def _same(order: OrderFact, later: OrderFact) -> bool:
    return (order.instrument, order.side, order.quantity) == (
        later.instrument,
        later.side,
        later.quantity,
    )


def _follow(scenario: Scenario, row: WireRow, missed: dict[tuple[int, str], int]) -> None:
    """Keep since when each line has missed changes of a book."""
    if row.operation in scenario.looks or row.fate == "closed":
        if row.fate == "closed":
            for key in [key for key in missed if key[0] == row.line]:
                del missed[key]
        else:
            missed.clear()
    elif row.last and row.fate in ("withheld", "late"):
        missed.setdefault((row.line, row.channel), row.at)
    elif row.last and row.whole and row.fate == "sent":
        missed.pop((row.line, row.channel), None)


def _after_fill(asked: Sequence[WireRow], evidence: Evidence, last: FillFact) -> bool:
    """Whether a look came after the last fill. Venue time may have jumped; orders have both times:
    the order's placement in the record, and when history says it was made.
    """
    order = next((o for o in evidence.orders if o.order_id == last.order_id), None)
    changed = [row for row in evidence.rows if row.fate == "closed"]
    after = changed[0].at if changed else 0
    return order is not None and any(row.at > after for row in asked)
