"""One field of a valid request changed, by rule. Each rule takes the value and gives another."""

import random
from collections.abc import Callable
from typing import Any

from .world import SYMBOLS, Pairs

Random = random.Random
Change = Callable[[Random, Any], Any]

_TEXTS = ("", " ", "null", "undefined", "NaN", "Infinity", "-", ".", "0x10", "1e5", "1_000", "+1")
_UNICODE = ("币安", "Ünï", "𝟙𝟚", "٣", "\u202e1", "a\u0000b", "😀", "ﬃ", "\x7f", "%41", "&=?")
_WORDS = ("GTC", "BUY", "MARKET", "EXPIRE_TAKER", "TRADING", "STOP_LOSS", "LIMIT", "ACK", "true")
_HUGE = (
    2**31,
    2**63 - 1,
    2**63,
    2**64,
    10**30,
    -(2**63),
    "9" * 20,
    "9" * 400,
    "0." + "0" * 30 + "1",
    "9" * 19 + ".99999999",
    1e308,
)


def _digits(random: Random, value: Any) -> Any:
    text = str(value)
    place = random.randrange(len(text) + 1)
    return text[:place] + random.choice("0123456789.-") + text[place:]


def _cut(random: Random, value: Any) -> Any:
    text = str(value)
    return text[: random.randrange(len(text))] if text else text


def _scale(random: Random, value: Any) -> Any:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return f"{value}{value}"
    return f"{number * random.choice((1e-9, 1e-3, 0.1, 0.37, 10, 1e3, 1e9)):.12f}"


CHANGES: dict[str, Change] = {
    "empty": lambda r, v: "",
    "null": lambda r, v: None,
    "retype list": lambda r, v: [v],
    "retype object": lambda r, v: {"a": v},
    "retype number": lambda r, v: r.choice((0, 1, -1, 0.1, 1e-9, 12345)),
    "retype flag": lambda r, v: r.choice((True, False)),
    "text": lambda r, v: r.choice(_TEXTS),
    "word": lambda r, v: r.choice(_WORDS),
    "overflow": lambda r, v: r.choice(_HUGE),
    "negative": lambda r, v: f"-{v}",
    "zero": lambda r, v: r.choice(("0", "0.00000000", 0)),
    "precision": lambda r, v: f"{v}{'' if '.' in str(v) else '.'}{'0' * r.randrange(12)}1",
    "scale": _scale,
    "digit": _digits,
    "cut": _cut,
    "unicode": lambda r, v: r.choice(_UNICODE),
    "unicode in": lambda r, v: f"{v}{r.choice(_UNICODE)}",
    "case": lambda r, v: str(v).swapcase(),
    "space": lambda r, v: f" {v} ",
    "long": lambda r, v: str(v) * r.choice((2, 40, 3000)),
    "symbol": lambda r, v: r.choice((*SYMBOLS, "NOSUCH", "BTCEUR", "btcusdt", '["BTCUSDT"]')),
    "symbols": lambda r, v: r.choice((["BTCUSDT", "BTCUSDT"], list(SYMBOLS) * 21, [], ["X"], [1])),
}

_UNKNOWN = ("foo", "Symbol", "quantity", "price", "icebergQty", "limit", "apiKey", "recvWindow", "")
_UNKNOWN_VALUES = ("1", "", "x", 5)


def mutate(random: Random, pairs: Pairs) -> tuple[str, Pairs]:
    """What was done, and the request it made. The signature is made after it."""
    pairs = list(pairs)
    roll = random.random()
    if not pairs or roll < 0.06:
        pairs.append((random.choice(_UNKNOWN), random.choice(_UNKNOWN_VALUES)))
        return "add", pairs
    place = random.randrange(len(pairs))
    name, value = pairs[place]
    if roll < 0.16:
        del pairs[place]
        return "drop", pairs
    if roll < 0.22:
        pairs.append((name, random.choice((value, "1"))))
        return "twice", pairs
    if roll < 0.28:
        other = random.randrange(len(pairs))
        pairs[place], pairs[other] = (name, pairs[other][1]), (pairs[other][0], value)
        return "swap", pairs
    if roll < 0.32:
        pairs[place] = (random.choice((name.upper(), name + "s", name[:-1], "x" + name)), value)
        return "rename", pairs
    if roll < 0.37 and name != "timestamp":
        random.shuffle(pairs)
        return "order", pairs
    rule = random.choice(tuple(CHANGES))
    pairs[place] = (name, CHANGES[rule](random, value))
    return rule, pairs


def stale(random: Random, pairs: Pairs) -> Pairs:
    """The same request at another time."""
    moved = random.choice((-6_000, -70_000, -(10**9), 900, 2_000, 10**7, -(10**12)))
    return [(n, v + moved if n == "timestamp" else v) for n, v in pairs]
