"""docs/peers.md, from the runs."""

import platform
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version

from tradewind import __version__

from .desk import EVERY, QUIET, TRIES
from .faults import FRAMES, ORDERS, QUESTIONS, REQUESTS, SILENT_SECONDS
from .harness import CLIENTS, Run
from .oracle import NONE, Verdict
from .story import KINDS

DISTRIBUTIONS = ("ccxt", "python-binance")

TEXT = """# The same faults, other clients

The same seeded orders, through the same faults, by {clients} and by our own client. Each run has a
fresh exchange in a box on loopback. At the end the program's own belief (which orders are there, in
which state, which fills, which balances) is compared with the box's records, by a comparison that
shares nothing with the programs.

This page is written by `make peers ARGS="--write"`: {date}, {versions}, Python {python}, tradewind
{ours}; seeds {seeds}, {stories} stories a run, {seconds:.0f} s in all.

**How to read it.** The programs are ours, small drivers in `tests/peers`, one per library, each
library at its own defaults. A row is a library *under a policy*, and the policy decides more than
the library does:

* **naive**: what raised is sent again, up to {tries} times, whatever it was. Many bots are written
  like this.
* **documented**: each order has an id of the program's own. After an error that leaves open whether
  the order exists, the venue is asked for that id, and only when it says "no such order" it is sent
  again, under the same id. That is what ccxt's manual asks for after a
  [RequestTimeout](https://github.com/ccxt/ccxt/wiki/Manual#requesttimeout) (here after every error
  that is not a refusal, and by the id instead of by lists), and what the venue's own
  [documentation](https://github.com/binance/binance-spot-api-docs/blob/master/rest-api.md#http-return-codes)
  asks for after 5xx, -1006 and -1007. python-binance's own pages say nothing about it. Orders,
  fills and balances are asked for once more at the end and after each error of a stream. For our
  own client it is what [outcomes.md](outcomes.md) says: after `OutcomeUnknown` wait for `outcome`;
  at the end nothing is asked for.

A program that sends again whatever it was told doubles orders with every library, ours too.

## What was found

| client | policy | meant | there | doubled | wrong | unresolved | given up | stale | unseen |
|---|---|---|---|---|---|---|---|---|---|
{orders}

| client | policy | fills | lost | doubled | invented | balances off |
|---|---|---|---|---|---|---|
{fills}

* **meant**: orders that were to be there once. **doubled**: orders beyond the
  first. **wrong**: the program believes that an order is there and it is not, or the reverse.
  **unresolved**: it says that it does not know.
* **given up**: not placed, and the program knows: no mistake, but no order either. Our client takes
  nothing new while its private stream is being reconciled (`Guarded`), and the naive policy soon
  stops asking.
* **stale**: orders that the program knows, in another state or filled otherwise than it says.
  **unseen**: open orders that it knows nothing of.
* **lost**, **doubled**, **invented**: fills never told to the program, told more than once, told
  and never made. **balances off**: assets, of three in each run. ccxt without streams asks for
  all of this at the end under either policy.

Without any fault all of these are zero for every client ({control} orders each, in the same
command); else the comparison itself would be wrong.

## By fault

Doubled / wrong / unresolved, by the first fault that a request to make the order met.

{by_fault}

## How often each fault struck

The same seeds for all. Which request is struck depends on its number among those of its operation,
so a program that asks more often meets more.

{struck}

{probabilities}

## What was raised

{raised}

## What this does not show

* The policies are ours. Another program on the same library can do better or worse; what a library
  raises is what such a program has to go by.
* A request that is still on its way when the program asks for it, and arrives after "no such
  order", is not among the faults of a box: there the documented policy can double an order as well.
  A late request here comes after {late:.0f} s, when every library has given up and the venue
  refuses it. The [simulation](simulation.md) has that fault; our client passes it by proof of
  absence.
* Everything is at the defaults: ten seconds of patience, a receive window of five (ccxt: ten).
  With a shorter patience more is left open.
* Orders go over REST. Order entry over the WebSocket API, order lists and amendments are not here;
  amendments because ccxt has no method for them.
* Programs are not killed, and the box is not either; [simulation.md](simulation.md) and
  `make kills` do that to our client.
* Books are not compared here; `make books` does that for ours, and
  [incidents.md](incidents.md) shows single cases.
* python-binance's user socket is opened on a new client after an error, and the old one is not
  waited for: on the same client it does not come back (its request times out, the next is refused
  with -2035), and closing it while it reconnects has no end. A program that does not know this
  hears nothing more of its orders.
* The market moves with the clock, so fills differ a little from run to run; numbers of orders and
  faults hardly do. Speed is not measured.
* The venue is our box, not the real one, and its probabilities of failure are no venue's.
"""


def page(runs: Sequence[Run], controls: Sequence[Run], stories: int, seconds: float) -> str:
    """The whole page."""
    cells = [(client, policy) for client in CLIENTS for policy in ("naive", "documented")]
    of = {cell: [run for run in runs if (run.client, run.policy) == cell] for cell in cells}
    found = {cell: total(run.verdict for run in each) for cell, each in of.items()}
    if bad := [run for run in controls if not blameless(run.verdict)]:
        raise SystemExit(f"without faults: {bad}")
    named = [f"{name} {version(name)}" for name in DISTRIBUTIONS]
    return TEXT.format(
        clients=", ".join(name for name in CLIENTS if name != "tradewind"),
        date=time.strftime("%Y-%m-%d", time.gmtime()),
        versions=", ".join(named),
        python=platform.python_version(),
        ours=__version__,
        seeds=", ".join(str(seed) for seed in sorted({run.seed for run in runs})),
        stories=stories,
        seconds=seconds,
        tries=TRIES,
        orders=_rows(found, lambda v: [v.meant, v.there, v.doubled, v.wrong, v.unresolved,
                                       v.given_up, v.stale, v.unseen]),
        fills=_rows(found, lambda v: [v.fills, v.fills_lost, v.fills_doubled, v.fills_invented,
                                      v.balances_off]),
        control=min(run.verdict.meant for run in controls),
        by_fault=_by_fault(found),
        struck=_struck(of),
        probabilities=_probabilities(),
        raised=_raised(of),
        late=REQUESTS["request late"]["value"] / 1_000,
    )  # fmt: skip


def blameless(verdict: Verdict) -> bool:
    """Whether nothing was otherwise than the program believes."""
    return not (
        verdict.doubled or verdict.wrong or verdict.unresolved or verdict.stale or verdict.unseen
        or verdict.fills_lost or verdict.fills_doubled or verdict.fills_invented
        or verdict.balances_off
    )  # fmt: skip


def total(verdicts: Iterable[Verdict]) -> Verdict:
    """Several runs as one."""
    found = Verdict(by_fault={}, examples=[])
    for verdict in verdicts:
        for name in Verdict.__struct_fields__:
            value = getattr(verdict, name)
            if isinstance(value, int):
                setattr(found, name, getattr(found, name) + value)
        for fault, row in verdict.by_fault.items():
            known = found.by_fault.setdefault(fault, [0, 0, 0])
            found.by_fault[fault] = [a + b for a, b in zip(known, row, strict=True)]
    return found


def _rows(found: dict[tuple[str, str], Verdict], what: Callable[[Verdict], list[int]]) -> str:
    return "\n".join(
        f"| {client} | {policy} | " + " | ".join(f"{number:,}" for number in what(verdict)) + " |"
        for (client, policy), verdict in found.items()
    )


def _table(head: str, rows: Sequence[str], cells: Sequence[tuple[str, str]]) -> str:
    names = " | ".join(f"{client}, {policy}" for client, policy in cells)
    return "\n".join([f"| {head} | {names} |", "|---|" + "---|" * len(cells), *rows])


WORDS = {
    "lose": "request lost",
    "late": "request late",
    "drop": "answer lost",
    "delay": "answer late",
    "cut": "answer cut",
    "error": "gateway 502, 504",
    "timeout": "-1006, -1007",
    "ban": "ban 418",
    NONE: "none, or lost from the log",
}
"""The box's words for faults, and the tables'."""


def _by_fault(found: dict[tuple[str, str], Verdict]) -> str:
    met = [word for word in WORDS if any(word in verdict.by_fault for verdict in found.values())]
    cells = [cell for cell, verdict in found.items() if verdict.by_fault]
    rows = []
    for word in met:
        texts = [
            " / ".join(map(str, found[cell].by_fault[word])) if word in found[cell].by_fault else ""
            for cell in cells
        ]
        rows.append(f"| {WORDS[word]} | " + " | ".join(texts) + " |")
    none = [", ".join(cell) for cell, verdict in found.items() if not verdict.by_fault]
    said = f"\n\nNothing of it: {'; '.join(none)}." if none else ""
    return _table("fault", rows, cells) + said


def _struck(of: dict[tuple[str, str], list[Run]]) -> str:
    rows = []
    for name in [*REQUESTS, *FRAMES, "silence"]:
        counts = [sum(run.struck.get(name, 0) for run in runs) for runs in of.values()]
        rows.append(f"| {name} | " + " | ".join(map(str, counts)) + " |")
    asked = [sum(run.requests for run in runs) for runs in of.values()]
    rows.append("| (requests) | " + " | ".join(f"{each:,}" for each in asked) + " |")
    return _table("fault", rows, list(of))


def _probabilities() -> str:
    orders = ", ".join(f"{name} {each['probability']:.1%}" for name, each in REQUESTS.items())
    frames = ", ".join(f"{name} {each['probability']:.1%}" for name, each in FRAMES.items())
    kinds = ", ".join(f"{name} {weight} %" for name, weight in KINDS)
    return (
        f"Of requests that place, cancel or replace ({', '.join(f'`{each}`' for each in ORDERS)}): "
        f"{orders}; of questions ({', '.join(f'`{each}`' for each in QUESTIONS)}) half as many. Of "
        f"pushed messages: {frames}; once in a run the private stream is silent for "
        f"{SILENT_SECONDS} s while its pings go on. A story "
        f"begins every {EVERY * 1000:.0f} ms; kinds: {kinds}. After the last one there are "
        f"{QUIET:.0f} s without faults, the same for all."
    )


def _raised(of: dict[tuple[str, str], list[Run]]) -> str:
    lines = []
    for (client, policy), runs in of.items():
        counts: Counter[str] = sum((Counter(run.raised) for run in runs), Counter())
        said = ", ".join(f"`{name}` {count}" for name, count in counts.most_common())
        lines.append(f"- {client}, {policy}: {said}")
    return "\n".join(lines)
