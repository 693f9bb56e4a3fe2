"""Plays a scenario through a trader and holds the venue to the truth it states.

``People`` hands out traders by condition ("a wrong secret"); ``reasons`` says what the venue calls
each reason for a refusal. A refusal is always followed by a look at money and open orders, which
must be what they were.
"""

import re
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from itertools import pairwise
from typing import Protocol

from .tables_reader import Scenario, Step
from .trader import Refused, Row, Trader

USUAL = "the usual key"
REFUSED = "refused: "
HEAR_SECONDS = 10
"""How long a truth may take to come over a stream; slow ones speak every two seconds."""

UNTIL_MAX = 1_000
"""A limit that is not reached by then is not there."""

Reasons = Mapping[str, tuple[str, str]]
"""A trader's reason to the venue's code and (a part of) its text."""


class People(Protocol):
    """Hands out traders."""

    def trader(self, condition: str) -> Trader:
        """The trader with a key, a secret or a clock of that condition."""


class Untrue(AssertionError):
    """What happened is not what the table says."""


@dataclass
class Stage:
    """What one scenario remembers while it is played."""

    people: People
    reasons: Reasons
    unique: Callable[[str], str]
    usual: Trader
    actor: Trader
    instrument: str = ""
    it: Row = field(default_factory=dict)
    asked: Row = field(default_factory=dict)
    before: dict[str, list[str]] = field(default_factory=dict)
    fills: list[Row] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)


def play(scenario: Scenario, people: People, reasons: Reasons, unique: Callable[[str], str]) -> int:
    """Play it; how many truths were asserted. Raises Untrue with the line that is not so."""
    usual = people.trader(USUAL)
    stage = Stage(people, reasons, unique, usual, usual, before=usual.balances())
    asserted = 0
    try:
        for step in scenario.steps:
            with _told(scenario, step):
                _play(stage, step)
            asserted += bool(step.truth)
    finally:
        _tidy(stage)
    return asserted


@contextmanager
def _told(scenario: Scenario, step: Step):  # type: ignore[no-untyped-def]
    where = f"{scenario.table}.txt:{step.line}: {step.text} -> {step.truth}"
    try:
        yield
    except Refused as refused:
        raise Untrue(f"{where}\n  but it was refused: {refused}") from refused
    except Untrue as untrue:
        raise Untrue(f"{where}\n  but {untrue}") from untrue


def _play(stage: Stage, step: Step) -> None:
    for pattern, act in STEPS:
        found = pattern.fullmatch(step.text)
        if found:
            if step.truth.startswith(REFUSED):
                _refused(stage, step.truth.removeprefix(REFUSED), partial(act, stage, found, ""))
            else:
                act(stage, found, step.truth)
            return
    raise ValueError(f"nobody knows how to {step.text!r}")


def _refused(stage: Stage, reason: str, act: Callable[[], None]) -> None:
    code, text = stage.reasons[reason]
    watched = reason not in ("banned", "too many requests")  # then nobody may look
    was = _state(stage) if watched else None
    try:
        act()
    except Refused as refused:
        if refused.code != code or text not in refused.text:
            raise Untrue(f"it was refused as {refused}, not as {code} {text!r}") from refused
    else:
        raise Untrue("it was not refused")
    if watched and _state(stage) != was:
        raise Untrue(f"the refusal changed something: {was} became {_state(stage)}")


def _state(stage: Stage) -> tuple[dict[str, list[Decimal]], list[str]]:
    money = {a: [Decimal(x) for x in amounts] for a, amounts in stage.usual.balances().items()}
    return money, sorted(row["id"] for row in stage.usual.open_orders(stage.instrument))


def _tidy(stage: Stage) -> None:
    """Leave nothing open behind, also after an untruth."""
    for instrument in stage.touched:
        try:
            if stage.usual.open_orders(instrument):
                stage.usual.cancel_all(instrument)
        except Refused:
            return  # a spent limit: this box is not used again


# --- steps --------------------------------------------------------------------------------------


def _on(stage: Stage, found: re.Match[str], _: str) -> None:
    stage.instrument = found[1]
    stage.touched.append(found[1])


def _with(stage: Stage, found: re.Match[str], _: str) -> None:
    stage.actor = stage.people.trader(found[1])


def _order(stage: Stage, found: re.Match[str]) -> Row:
    rules = stage.usual.instrument(stage.instrument)
    name = found["name"].strip('"') if found["name"] else ""
    order: Row = {
        "instrument": stage.instrument,
        "side": found["side"],
        "type": "market" if found["market"] else "limit",
        "quantity": "",
        "quote": "",
        "price": "",
        "tif": found["tif"] or "gtc",
        "post_only": bool(found["post"]),
        "name": name if " " in name else stage.unique(name),
    }
    if found["quote"]:
        order["quote"] = found["quote"]
    else:
        order["quantity"] = _quantity(rules, found["size"])
    if not found["market"]:
        order["price"] = _price(stage, rules, found["price"])
    if found["other"]:
        order["instrument"] = found["other"]
    return order


def _quantity(rules: Row, words: str) -> str:
    lot = Decimal(rules["lot"])
    if words == "nothing but a speck":
        return _text(lot / 10)
    if words == "too much":
        return _text(Decimal(rules["most"]) + lot)
    number, _, odd = words.partition(" and ")
    return _text(Decimal(number) + (lot / 2 if odd else 0))


def _price(stage: Stage, rules: Row, words: str) -> str:
    tick = Decimal(rules["tick"])
    percent, _, odd = words.partition(" and ")
    last = Decimal(stage.usual.ticker(stage.instrument)["last"])
    wished = last * (1 + Decimal(percent.rstrip("%")) / 100)
    rounded = (wished / tick).quantize(Decimal(1), ROUND_HALF_UP) * tick
    return _text(rounded + (tick / 2 if odd else 0))


def _text(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _place(stage: Stage, found: re.Match[str], truth: str) -> None:
    order = _order(stage, found)
    if found["rehearse"]:
        stage.actor.rehearse(order)
        return
    stage.asked = order
    stage.it = stage.actor.place(order)
    if truth == "":
        return
    _holds(stage.it, truth)
    if stage.it["status"] in ("filled", "partly filled"):
        stage.fills += stage.usual.fills(stage.instrument, stage.it["id"])


def _holds(order: Row, truth: str) -> None:
    status, _, filled = truth.partition(", filled ")
    if order["status"] != status:
        raise Untrue(f"the order is {order['status']}")
    if filled and Decimal(order["filled"]) != Decimal(filled):
        raise Untrue(f"{order['filled']} of it is filled")


def _cancel(stage: Stage, found: re.Match[str], truth: str) -> None:
    by_id = found[1] == "id"
    done = stage.actor.cancel(
        stage.instrument, stage.it["id"] if by_id else "", "" if by_id else stage.asked["name"]
    )
    if truth:
        _holds(done, truth)
        if done["id"] != stage.it["id"]:
            raise Untrue(f"order {done['id']} was cancelled instead of {stage.it['id']}")


def _cancel_number(stage: Stage, found: re.Match[str], _: str) -> None:
    stage.actor.cancel(stage.instrument, found[1], "")


def _cancel_all(stage: Stage, _found: re.Match[str], _: str) -> None:
    stage.actor.cancel_all(stage.instrument)


def _look(stage: Stage, found: re.Match[str], truth: str) -> None:
    by_id = found[1] == "id"
    seen = stage.actor.order(
        stage.instrument, stage.it["id"] if by_id else "", "" if by_id else stage.asked["name"]
    )
    if seen["id"] != stage.it["id"]:
        raise Untrue(f"order {seen['id']} was found instead of {stage.it['id']}")
    _holds(seen, truth)
    same = ("side", "type", "quantity")
    wrong = {n: seen[n] for n in same if stage.asked["quantity"] and _same(n, seen, stage.asked)}
    if wrong:
        raise Untrue(f"the order is not what was asked for: {wrong}")


def _same(name: str, seen: Row, asked: Row) -> bool:
    if name == "quantity":
        return Decimal(seen[name]) != Decimal(asked[name])
    return bool(seen[name] != asked[name])


def _look_number(stage: Stage, found: re.Match[str], _: str) -> None:
    stage.actor.order(stage.instrument, found[1], "")


def _open_orders(stage: Stage, _: re.Match[str], truth: str) -> None:
    ids = [row["id"] for row in stage.actor.open_orders(stage.instrument)]
    if truth == "it" and ids != [stage.it["id"]]:
        raise Untrue(f"open are {ids}")
    if truth == "none" and ids:
        raise Untrue(f"open are {ids}")
    if truth.isdigit() and len(ids) != int(truth):
        raise Untrue(f"open are {ids}")


def _all_orders(stage: Stage, _: re.Match[str], truth: str) -> None:
    mine = [row for row in stage.actor.orders(stage.instrument) if row["id"] == stage.it["id"]]
    if len(mine) != 1:
        raise Untrue(f"the order stands {len(mine)} times among all")
    _holds(mine[0], truth.removeprefix("it as "))


def _money(stage: Stage, found: re.Match[str], truth: str) -> None:
    now = stage.actor.balances()
    if truth == "as at the start":
        if _change(stage.before, now):
            raise Untrue(f"it changed by {_change(stage.before, now)}")
    elif truth.startswith("as the fills say"):
        _adds_up(stage, now, truth)
    elif truth == "its price held":
        worth = Decimal(stage.asked["quantity"]) * Decimal(stage.asked["price"])
        _is(_change(stage.before, now), found[1], -worth, worth)
    elif truth:
        available, held = (Decimal(part.split()[-1]) for part in truth.split(","))
        _is(_change(stage.before, now), found[1], available, held)


def _is(change: dict[str, list[Decimal]], asset: str, available: Decimal, held: Decimal) -> None:
    seen = change.get(asset, [Decimal(0), Decimal(0)])
    if seen != [available, held]:
        raise Untrue(f"{asset} changed by {seen[0]} available and {seen[1]} held")


def _adds_up(stage: Stage, now: dict[str, list[str]], truth: str) -> None:
    base, quote = stage.instrument.split("/")
    expected: dict[str, Decimal] = {base: Decimal(0), quote: Decimal(0)}
    for fill in stage.fills:
        quantity, price = Decimal(fill["quantity"]), Decimal(fill["price"])
        sign = 1 if stage.asked["side"] == "buy" else -1
        expected[base] += sign * quantity
        expected[quote] -= sign * quantity * price
        fee_asset = fill["fee_asset"]
        expected[fee_asset] = expected.get(fee_asset, Decimal(0)) - Decimal(fill["fee"])
    changes = {asset: sum(change) for asset, change in _change(stage.before, now).items()}
    wanted = {asset: amount for asset, amount in expected.items() if amount}
    if changes != wanted:
        raise Untrue(f"money changed by {changes}, the fills say {wanted}")
    if "within" in truth:
        most = Decimal(truth.split("within ")[1].split()[0])
        if not 0 < -wanted[quote] <= most:
            raise Untrue(f"{-wanted[quote]} {quote} was spent")


def _change(before: dict[str, list[str]], now: dict[str, list[str]]) -> dict[str, list[Decimal]]:
    zero = ["0", "0"]
    changes = {}
    for asset in before.keys() | now.keys():
        was, new = before.get(asset, zero), now.get(asset, zero)
        change = [Decimal(b) - Decimal(a) for a, b in zip(was, new, strict=True)]
        if any(change):
            changes[asset] = change
    return changes


def _fills(stage: Stage, _: re.Match[str], truth: str) -> None:
    fills = stage.actor.fills(stage.instrument, stage.it["id"])
    if not fills or any(fill["order_id"] != stage.it["id"] for fill in fills):
        raise Untrue(f"its fills are {fills}")
    if sum(Decimal(fill["quantity"]) for fill in fills) != Decimal(stage.it["filled"]):
        raise Untrue("the fills do not add up to what was filled")
    if any(Decimal(fill["fee"]) <= 0 for fill in fills):
        raise Untrue("a fill paid no fee")
    if "as taker" in truth and any(fill["maker"] for fill in fills):
        raise Untrue("a fill came as maker")
    if "better than its price" in truth:
        bound = Decimal(stage.asked["price"])
        if any(Decimal(fill["price"]) >= bound for fill in fills):
            raise Untrue("a fill is no better than the order's price")


def _book(stage: Stage, _: re.Match[str], truth: str) -> None:
    book = stage.actor.book(stage.instrument, 1000)
    bids, asks = ([Decimal(level[0]) for level in book[side]] for side in ("bids", "asks"))
    if not bids or not asks:
        raise Untrue("a side of the book is empty")
    if bids != sorted(set(bids), reverse=True) or asks != sorted(set(asks)):
        raise Untrue("the book is not sorted")
    if bids[0] >= asks[0]:
        raise Untrue(f"the book is crossed: {bids[0]} and {asks[0]}")
    if truth == "holds it":
        price = Decimal(stage.asked["price"])
        levels = {Decimal(p): Decimal(q) for p, q in book["bids"] + book["asks"]}
        if levels.get(price, Decimal(0)) < Decimal(stage.asked["quantity"]):
            raise Untrue(f"at {price} there is {levels.get(price)}")


def _ticker(stage: Stage, _: re.Match[str], _truth: str) -> None:
    seen = {k: Decimal(v) for k, v in stage.actor.ticker(stage.instrument).items()}
    if not seen["low"] <= seen["last"] <= seen["high"] or not seen["bid"] < seen["ask"]:
        raise Untrue(f"the ticker is {seen}")


def _trades(stage: Stage, _: re.Match[str], truth: str) -> None:
    trades = stage.actor.trades(stage.instrument, 500)
    ids, times = [int(t["id"]) for t in trades], [t["time"] for t in trades]
    if not trades or ids != sorted(set(ids)) or times != sorted(times):
        raise Untrue("public trades are missing or out of order")
    if truth.startswith("hold my fills"):
        prints = {t["id"]: t for t in trades}
        side = "buy" if truth.endswith("bought") else "sell"
        for fill in stage.fills:
            seen = prints.get(fill["id"])
            if seen is None:
                raise Untrue(f"fill {fill['id']} is not among the public trades")
            same = all(Decimal(seen[n]) == Decimal(fill[n]) for n in ("price", "quantity"))
            if not same or seen["side"] != side:
                raise Untrue(f"fill {fill} was printed as {seen}")


def _candles(stage: Stage, _: re.Match[str], _truth: str) -> None:
    rows = stage.actor.candles(stage.instrument, "1m", 100)
    times = [int(row[0]) for row in rows]
    if len(rows) < 100 or any(b - a != 60_000 for a, b in pairwise(times)):
        raise Untrue("candles are missing or not a minute apart")
    for _time, opened, high, low, close, _volume in rows:
        o, h, low_, c = map(Decimal, (opened, high, low, close))
        if not low_ <= min(o, c) <= max(o, c) <= h:
            raise Untrue(f"a candle is impossible: {opened} {high} {low} {close}")


def _orders_until_refused(stage: Stage, _found: re.Match[str], _: str) -> None:
    rules = stage.usual.instrument(stage.instrument)
    price = _price(stage, rules, "+50%")
    for _number in range(UNTIL_MAX):
        order: Row = {
            "instrument": stage.instrument,
            "side": "sell",
            "type": "limit",
            "quantity": "0.001",
            "quote": "",
            "price": price,
            "tif": "gtc",
            "post_only": False,
            "name": stage.unique(""),
        }
        placed = stage.actor.place(order)
        stage.actor.cancel(stage.instrument, placed["id"], "")


def _ask_until_refused(stage: Stage, _found: re.Match[str], _: str) -> None:
    for _number in range(UNTIL_MAX):
        stage.actor.book(stage.instrument, 5000)


def _go_on_asking(stage: Stage, _found: re.Match[str], _: str) -> None:
    code = stage.reasons["too many requests"]
    for _number in range(UNTIL_MAX):
        try:
            stage.actor.book(stage.instrument, 5000)
        except Refused as refused:
            if (refused.code, refused.status) != (code[0], 429) or code[1] not in refused.text:
                raise


def _listen(stage: Stage, found: re.Match[str], _: str) -> None:
    stage.actor.listen(stage.instrument, found[1])


def _hear(stage: Stage, found: re.Match[str], truth: str) -> None:
    channel = found[1]
    until = time.monotonic() + HEAR_SECONDS
    while True:
        words = stage.actor.heard(stage.instrument, channel)
        wrong = HEARD[channel](stage, words, truth)
        if not wrong:
            return
        if time.monotonic() > until:
            raise Untrue(wrong)
        time.sleep(0.05)


def _heard_trades(stage: Stage, words: list[Row], truth: str) -> str:
    prints = {word["id"]: word for word in words}
    side = "buy" if truth.endswith("bought") else "sell"
    for fill in stage.usual.fills(stage.instrument, stage.it["id"]):
        seen = prints.get(fill["id"])
        if seen is None:
            return f"fill {fill['id']} was not heard"
        same = all(Decimal(seen[n]) == Decimal(fill[n]) for n in ("price", "quantity"))
        if not same or seen["side"] != side:
            return f"fill {fill} was told as {seen}"
    return ""


def _heard_book(stage: Stage, words: list[Row], truth: str) -> str:
    levels = {Decimal(p): Decimal(q) for p, q in words[-1]["bids"] + words[-1]["asks"]}
    there = levels.get(Decimal(stage.asked["price"]), Decimal(0))
    mine = Decimal(stage.asked["quantity"])
    if truth == "it":
        return "" if there >= mine else f"at its price there is {there}"
    return "" if there < mine else f"at its price there is still {there}"


def _heard_best(_: Stage, words: list[Row], _truth: str) -> str:
    last = words[-1]
    return "" if Decimal(last["bid"]) < Decimal(last["ask"]) else f"crossed: {last}"


def _heard_candles(stage: Stage, words: list[Row], _truth: str) -> str:
    fills = stage.usual.fills(stage.instrument, stage.it["id"])
    for candle in words:
        o, h, low, c = (Decimal(candle[name]) for name in ("open", "high", "low", "close"))
        if not low <= min(o, c) <= max(o, c) <= h:
            return f"an impossible candle: {candle}"
    price = Decimal(fills[-1]["price"])
    inside = any(Decimal(w["low"]) <= price <= Decimal(w["high"]) for w in words[-3:])
    return "" if inside else f"no candle holds {price}"


def _heard_ticker(_: Stage, words: list[Row], _truth: str) -> str:
    low, last, high = (Decimal(words[-1][name]) for name in ("low", "last", "high"))
    return "" if low <= last <= high else f"the ticker is {words[-1]}"


HEARD: dict[str, Callable[[Stage, list[Row], str], str]] = {
    "trades": _heard_trades,
    "book": _heard_book,
    "best": _heard_best,
    "candles": _heard_candles,
    "ticker": _heard_ticker,
    "mini ticker": _heard_ticker,
}
"""By channel: what is wrong with what was heard so far, "" when the truth was heard."""

_ORDER = (
    r"(?P<rehearse>rehearse )?(?P<side>buy|sell) "
    r"(?:for (?P<quote>[0-9.]+) [A-Z]+"
    r"|(?P<size>nothing but a speck|too much|[0-9.]+(?: and half a lot)?)(?: (?P<other>[A-Z]+))?)"
    r" at (?:(?P<market>market)|(?P<price>[-+][0-9.]+%(?: and half a tick)?))"
    r"(?: (?P<post>post only))?(?: (?P<tif>ioc|fok))?(?: as (?P<name>\w+|\"[^\"]*\"))?"
)

Act = Callable[[Stage, re.Match[str], str], None]
STEPS: list[tuple[re.Pattern[str], Act]] = [
    (re.compile(pattern), act)
    for pattern, act in (
        (r"on (\S+)", _on),
        (r"with (.+)", _with),
        (_ORDER, _place),
        (r"cancel it by (id|name)", _cancel),
        (r"cancel order (\d+)", _cancel_number),
        (r"cancel all", _cancel_all),
        (r"look it up by (id|name)", _look),
        (r"look up order (\d+)", _look_number),
        (r"open orders", _open_orders),
        (r"all orders", _all_orders),
        (r"money(?: (\w+))?", _money),
        (r"fills of it", _fills),
        (r"book", _book),
        (r"ticker", _ticker),
        (r"trades", _trades),
        (r"candles", _candles),
        (r"listen to (.+)", _listen),
        (r"hear (.+)", _hear),
        (r"place and cancel until refused", _orders_until_refused),
        (r"ask until refused", _ask_until_refused),
        (r"go on asking", _go_on_asking),
    )
]
