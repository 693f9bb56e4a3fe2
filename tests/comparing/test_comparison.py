"""A box beside a box, over sockets: nothing differs, and each mistake made on the wire is told."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from tradewind.client import connect
from tradewind.comparing import Comparison, Difference

from .conftest import Stand
from .relay import Said

ORDERS = ("POST", "PUT", "DELETE")


def made(stand: Stand, tmp_path: Path, env: str, key: str | None, **more: Any) -> Comparison:
    """A comparison with an environment whose hosts are the relay."""
    return Comparison("binance", env, key, data=str(tmp_path), against=stand.relay.url, **more)


def hurried(comparison: Comparison) -> Comparison:
    """Only what trading begins with, and the orders."""
    chosen = comparison.chosen
    account = tuple(step for step in chosen.reading if step.learn is not None)
    comparison.chosen = structs.replace(
        chosen, reading=account, rehearsals=chosen.rehearsals[:2], streams=False
    )
    return comparison


def play(comparison: Comparison) -> list[Difference]:
    asyncio.run(comparison.run(lambda _: None))
    assert comparison.result.unfinished == ""
    return comparison.result.differences


def test_nothing_differs_between_two_boxes(stand: Stand, tmp_path: Path) -> None:
    """Everything is asked, with orders and streams; afterwards nothing is open."""
    codes: set[str] = set()

    def noting(said: Said) -> Said:
        codes.update(re.findall(r'^{"code":(-\d+)', said.body.decode()))
        return said

    stand.relay.change = noting
    comparison = made(stand, tmp_path, "testnet", "bot")
    assert play(comparison) == []
    assert comparison.result.left_out == []
    # a key that is none, a wrong signature, a clock that is off, no such symbol, filters, no order
    assert codes >= {"-2014", "-1022", "-1021", "-1121", "-1013", "-2011", "-2013", "-1102"}
    assert comparison.result.asked > 400
    assert comparison.result.open == []
    assert {method for method, _, _ in stand.relay.asked} >= {"GET", *ORDERS}
    orders = stand.box.orders()
    assert len(orders) > 8
    assert stand.box.open_orders() == []
    assert not any("allOpenOrders" in path for _, path, _ in stand.relay.asked)


@pytest.mark.parametrize("stand", ["live"], indirect=True)
def test_live_is_only_read(stand: Stand, tmp_path: Path) -> None:
    """With a key that may trade, and orders asked for: GETs, and the account's questions."""
    comparison = made(stand, tmp_path, "live", "bot", only=("account", "order", "depth"))
    play(comparison)
    assert {method for method, _, _ in stand.relay.asked} == {"GET"}
    assert any(path == "/api/v3/account" for _, path, _ in stand.relay.asked)
    assert comparison.orders == ""
    chosen = made(stand, tmp_path, "live", "bot").chosen
    assert (chosen.orders, chosen.rehearsals) == ((), ())
    assert chosen.history  # which the box alone plays


# --- mistakes on the wire -----------------------------------------------------------------------

Edit = Callable[[Any], Any]
"""An answer's JSON, changed."""


def renamed(old: str, new: str) -> Edit:
    return lambda told: {new if name == old else name: value for name, value in told.items()}


def put(name: str, change: Callable[[Any], Any]) -> Edit:
    return lambda told: {**told, name: change(told[name])}


def each(edit: Edit) -> Edit:
    return lambda rows: [edit(row) for row in rows]


def backwards(row: Any) -> Any:
    return dict(reversed(row.items()))


Mistake = tuple[str, str, Edit, list[tuple[str, ...]]]
"""Path, a part of the query, what is done, and what must be said of it."""

KINDS = (
    "LIMIT, LIMIT_MAKER, MARKET, ",
    "STOP_LOSS, STOP_LOSS_LIMIT, TAKE_PROFIT, TAKE_PROFIT_LIMIT",
)
ORDER = "id price qty quoteQty time isBuyerMaker isBestMatch"
ONE = "symbol=BTCUSDT"
ANSWERS: list[Mistake] = [
    ("avgPrice", "", renamed("price", "average"),
     [("avgPrice", "field", "average", "present", "absent"),
      ("avgPrice", "field", "price", "absent", "present")]),
    ("ticker/bookTicker", ONE, put("bidPrice", float),
     [("ticker.book", "kind", "bidPrice", "number (with a decimal point)", "text (a decimal)")]),
    ("trades", "limit=3", each(backwards),
     [("trades.recent", "order of fields", "[]", " ".join(reversed(ORDER.split())), ORDER)]),
    ("ticker/24hr", ONE, put("volume", lambda v: v[:-5]),
     [("ticker.24hr", "decimals", "volume", "3", "8")]),
    ("account/commission", "", put("discount", put("discountAsset", lambda _: None)),
     [("account.commission", "kind", "discount.discountAsset", "null", "text (a word)")]),
    ("account/commission", "", put("discount", put("enabledForSymbol", lambda v: not v)),
     [("account.commission", "value", "discount.enabledForSymbol", "false", "true")]),
    ("aggTrades", "limit=3", lambda told: list(reversed(told)),
     [("trades.aggregate", "order of rows", "[].a", "falling", "rising")]),
    ("exchangeInfo", ONE, put("symbols", each(put("orderTypes", lambda v: [*v, "NEW"]))),
     [("exchangeInfo", "value", "symbols[].orderTypes[]", "NEW, ".join(KINDS), "".join(KINDS))]),
    ("exchangeInfo", ONE, put("symbols", each(put("filters", lambda rows: [
        row for row in rows if row["filterType"] != "ICEBERG_PARTS"]))),
     [("exchangeInfo", "field", "symbols[].filters[ICEBERG_PARTS]", "absent", "present")]),
]  # fmt: skip
REFUSALS: list[Mistake] = [
    ("depth", "symbol=NOPE", put("code", lambda _: -1122),
     [("depth", "code", "code", "-1122", "-1121")]),
    ("klines", "interval=7m", put("msg", lambda _: "No such interval."),
     [("klines", "message", "msg", "No such interval.", "Invalid interval.")]),
    ("historicalTrades", "fromId=x1", put("code", str),
     [("trades.historical", "kind", "code", "text (a whole number)", "number (whole)")]),
    ("historicalBlockTrades", "limit=0", lambda _: [],
     [("blockTrades.historical", "code", "code", "none", "-1130"),
      ("blockTrades.historical", "message", "msg", "none",
       "Data sent for parameter 'limit' is not valid.")]),
    ("executionRules", "nonsense", lambda told: {**told, "more": 1},
     [("executionRules", "field", "more", "present", "absent")]),
]  # fmt: skip


def mistaken(said: Said) -> Said:
    """An answer with the mistakes that are meant for it."""
    if said.path == "/api/v3/ping":
        return said._replace(body=b"<html>")
    if said.path == "/api/v3/referencePrice" and "NOPE" in said.query:
        return said._replace(status=404)
    if said.path == "/api/v3/time":
        kept = [(k, v) for k, v in said.headers if k.lower() != "x-mbx-used-weight-1m"]
        return said._replace(headers=kept)
    if said.path == "/api/v3/depth" and "limit=5" in said.query:
        body = re.sub(rb'(Id":\d)(\d+)', rb"\1.\2e9", said.body)
        return said._replace(body=body)
    told = before = json.loads(said.body or b"{}")
    for path, query, edit, _ in ANSWERS if said.status < 400 else REFUSALS:
        if said.path == f"/api/v3/{path}" and query in said.query and "%5B" not in said.query:
            told = edit(told)
    if told is before:
        return said
    return said._replace(body=json.dumps(told, separators=(",", ":")).encode())


def misheard(text: str) -> str:
    """The same for frames."""
    text = re.sub(r'"result":{"serverTime"', '"result":{"time"', text)
    text = re.sub(r'^{"result":null', '{"result":{}', text)
    text = text.replace('"e":"aggTrade"', '"e":"sumTrade"')
    return text.replace('"e":"avgPrice"', '"e":"avgPrice","n":null')


HEARD = [
    ("ping", "kind", "(all)", "no JSON", "JSON"),
    ("referencePrice", "status", "", "404", "400"),
    ("time", "header", "x-mbx-used-weight-1m", "absent", "present"),
    ("depth", "form", "lastUpdateId", "number (with an exponent)", "number (whole)"),
    ("time", "field", "time", "present", "absent"),
    ("time", "field", "serverTime", "absent", "present"),
    ("streams", "kind", "result", "object", "null"),
    ("streams", "value", "data.e", "sumTrade", "aggTrade"),
    ("streams", "field", "data.n", "present", "absent"),
]


def test_every_mistake_is_told(stand: Stand, tmp_path: Path) -> None:
    """With operation, field and both sides; and nothing else is."""
    stand.relay.change, stand.relay.text = mistaken, misheard
    only = ("ping", "time", "avg", "ticker", "depth", "klines", "trades", "blockTrades", "account",
            "exec", "exchangeInfo", "referencePrice", "streams")  # fmt: skip
    found = play(made(stand, tmp_path, "testnet", "bot", only=only))
    told = {(d.operation, d.what, d.field, d.venue, d.box) for d in found}
    wanted = {tuple(line) for *_, lines in ANSWERS + REFUSALS for line in lines} | set(HEARD)
    assert told - wanted == set()
    assert wanted - told == set()


# --- what must not get out ----------------------------------------------------------------------

EMAIL, UID, ADDRESS = (
    "trader.jones@example.org",
    7712345678,
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
)


def test_no_secret_gets_into_a_report(stand: Stand, tmp_path: Path) -> None:
    """Whatever a venue repeats in its texts, its words or its names of fields."""
    secrets = {stand.bot.api_key, stand.bot.api_secret, EMAIL, str(UID), ADDRESS, "my-own-name"}

    def telling(said: Said) -> Said:
        signed = dict(pair.split("=", 1) for pair in said.query.split("&") if "=" in pair)
        if "signature" not in signed:
            return said
        secrets.add(signed["signature"])
        told = json.loads(said.body or b"{}")
        words = [stand.bot.api_key, EMAIL, str(UID), ADDRESS, signed["signature"], "198.51.100.7"]
        if isinstance(told, dict) and "msg" in told:
            told["msg"] = f"Not you: {' '.join(words)} my-own-name"
        elif said.path == "/api/v3/account":
            told = {**told, "email": EMAIL, "uid": UID, stand.bot.api_key: 1, "nick": "my-own-name"}
            told["accountType"] = stand.bot.api_key.upper()[:40]
            told["balances"].append({"asset": "SECRETCOIN", "free": "123456.7", "locked": "0"})
        elif said.path == "/api/v3/account/commission":
            told = {**told, **dict.fromkeys(words)}
        return said._replace(body=json.dumps(told).encode())

    stand.relay.change = telling
    comparison = made(stand, tmp_path, "testnet", "bot", only=("account", "order"))
    assert play(comparison)
    stand.relay.asked.clear()
    text = comparison.page + json.dumps(comparison.json)
    for secret in secrets | {"198.51.100.7", "SECRETCOIN", "123456.7"}:
        assert secret not in text
    assert "Not you: <" in text


# --- ends ---------------------------------------------------------------------------------------


def interrupted(comparison: Comparison, stand: Stand) -> None:
    """Cancel a comparison, as Ctrl-C does, at the moment that the venue has an open order list."""

    async def main() -> None:
        def told(_: int) -> None:
            if any(path.endswith("orderList/oco") for _, path, _ in stand.relay.asked):
                task.cancel()

        task = asyncio.create_task(comparison.run(told))
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_interrupted_it_leaves_nothing_open(stand: Stand, tmp_path: Path) -> None:
    """Ctrl-C with orders at the venue: they are cancelled, somebody else's are not."""
    sent = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    strangers = place(stand, {**sent, "quantity": "0.001", "price": "60000"})
    comparison = hurried(made(stand, tmp_path, "testnet", "bot"))
    interrupted(comparison, stand)
    assert comparison.result.unfinished == "it was interrupted"
    assert comparison.result.open == []
    assert [order.order_id for order in stand.box.open_orders()] == [strangers]
    methods = [(method, path.rpartition("/")[2]) for method, path, _ in stand.relay.asked]
    assert ("DELETE", "order") in methods[methods.index(("POST", "oco")) :]


def place(stand: Stand, sent: dict[str, str]) -> str:
    """An order of the same account that has nothing to do with the comparison."""

    async def main() -> str:
        async with connect("binance", key="bot", data=stand.data) as venue:
            return str((await venue.call("order.place", **sent))["orderId"])

    return asyncio.run(main())


def test_what_cannot_be_cancelled_is_said(stand: Stand, tmp_path: Path) -> None:
    """The venue refuses to cancel: the report names the orders that are left."""

    def stubborn(method: str, path: str) -> Said | None:
        body = b'{"code":-2011,"msg":"Not now."}'
        return Said(method, path, "", 400, [], body) if method == "DELETE" else None

    stand.relay.instead = stubborn
    comparison = hurried(made(stand, tmp_path, "testnet", "bot"))
    play(comparison)
    left = "".join(comparison.result.open)
    assert "an order to buy BTC/USDT is open, and its cancel failed: " in left
    assert "Not now." in left
    assert "Look after this at the venue" in comparison.page


@pytest.mark.parametrize("status", [418, 429])
def test_a_venue_that_wants_peace_gets_it(stand: Stand, tmp_path: Path, status: int) -> None:
    """Nothing more is asked, and what was found is kept."""

    def enough(said: Said) -> Said:
        return said._replace(status=status) if said.path == "/api/v3/trades" else said

    stand.relay.change = enough
    comparison = made(stand, tmp_path, "live", None)
    asyncio.run(comparison.run(lambda _: None))
    assert f"status {status}" in comparison.result.unfinished
    paths = [path for _, path, _ in stand.relay.asked]
    assert paths.index("/api/v3/trades") == len(paths) - 1
    assert 3 < comparison.result.asked < 30


def test_a_venue_that_is_gone_is_left(stand: Stand, tmp_path: Path) -> None:
    """After three questions without an answer."""

    def silent(said: Said) -> Said | None:
        return None if said.path == "/api/v3/trades" else said

    stand.relay.change = silent
    comparison = made(stand, tmp_path, "live", None, only=("trades.recent",))
    asyncio.run(comparison.run(lambda _: None))
    assert "does not answer any more" in comparison.result.unfinished


def test_a_key_that_only_reads_does_not_trade(stand: Stand, tmp_path: Path) -> None:
    """It is noticed at the first rehearsal; no difference is made of it."""
    comparison = hurried(made(stand, tmp_path, "testnet", "reader"))
    assert play(comparison) == []
    assert [left.operation for left in comparison.result.left_out] == ["orders"]
    assert stand.box.orders() == []


def test_an_account_that_is_too_poor_does_not_trade(stand: Stand, tmp_path: Path) -> None:
    """It is said what it would need."""
    stand.box.faucet(BTC=-stand.box.balance("BTC").available)
    comparison = hurried(made(stand, tmp_path, "testnet", "bot"))
    play(comparison)
    assert [left.why for left in comparison.result.left_out if left.operation == "orders"] == [
        "the venue: the account would need 0.005 BTC free"
    ]
    assert stand.box.orders() == []


def test_an_answer_that_our_client_cannot_read_is_said(stand: Stand, tmp_path: Path) -> None:
    """The comparison cannot begin, and the report says why."""
    stand.relay.change = lambda said: (
        said._replace(body=b'{"timezone":1}') if said.path == "/api/v3/exchangeInfo" else said
    )
    comparison = made(stand, tmp_path, "live", None)
    asyncio.run(comparison.run(lambda _: None))
    assert "our client could not read" in comparison.page
