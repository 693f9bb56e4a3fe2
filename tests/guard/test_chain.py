"""Each rule of the chain: what it stops, what it lets through, and who can approve at all."""

import ast
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from tradewind import client, guard
from tradewind.guard import Approved, Exposure, Limits, Refused, Snapshot, Top, check, check_ending
from tradewind.guard.limits import read
from tradewind.model import Instrument, InstrumentStatus, ListKind, Misconfigured, OrderType, Side
from tradewind.model import commands as ask

MS = 1_000_000
GONE = ask.CancelOrder("BTC/USDT", "1")
PAIR = Instrument(
    "BTC/USDT", "BTCUSDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.001"), Decimal("0.001"),
    Decimal(100), Decimal(10), InstrumentStatus.TRADING, Decimal("0.01"), Decimal(1_000_000),
    Decimal(1_000_000), True, Decimal("0.001"), Decimal(50),
)  # fmt: skip
SEEN = Snapshot(now=10_000 * MS, instrument=PAIR, top=Top(Decimal(99), Decimal(101), 9_900 * MS))


def limit(price: str = "100", quantity: str = "1", side: Side = Side.BUY) -> ask.PlaceOrder:
    return ask.PlaceOrder("BTC/USDT", side, OrderType.LIMIT, Decimal(quantity), Decimal(price))


def market(quantity: str = "1") -> ask.PlaceOrder:
    return ask.PlaceOrder("BTC/USDT", Side.BUY, OrderType.MARKET, Decimal(quantity))


def verdict(command: Any, seen: Snapshot = SEEN, **limits: Any) -> str:
    """The rule that refused, "" when it is approved."""
    told = check(command, seen, Limits(**limits))
    if isinstance(told, Refused):
        return f"{told.rule}:{told.instrument_rule}".rstrip(":")
    return ""


def seen(**more: Any) -> Snapshot:
    return structs.replace(SEEN, **more)


def test_a_sane_order_is_approved() -> None:
    """And the approval holds the command."""
    told = check(limit(), SEEN, Limits())
    assert isinstance(told, Approved)
    assert told.command == limit()


def test_only_the_guard_approves() -> None:
    """Nobody else has the seal."""
    with pytest.raises(TypeError, match="only the guard"):
        Approved(limit(), 0, object())  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (limit("100.001"), "instrument:tick_size"),
        (limit("1000000.01"), "instrument:price_range"),
        (limit(quantity="1.0001"), "instrument:lot_size"),
        (limit(quantity="0.0001"), "instrument:quantity_range"),
        (limit(quantity="101"), "instrument:quantity_range"),
        (market("51"), "instrument:market_quantity_range"),
        (limit("9", "1"), "instrument:min_notional"),
        (limit("999999", "2"), "instrument:max_notional"),
        (limit("1E+30"), "instrument:price_range"),
        (ask.AmendOrder("BTC/USDT", Decimal("0.00001"), "1"), "instrument:quantity_range"),
        (ask.ReplaceOrder(GONE, limit("0.001")), "instrument:price_range"),
        (ask.PlaceOrderList(ListKind.OTO, (limit(), limit("100.001"))), "instrument:tick_size"),
        (market("50"), ""),
        (limit("10", "1"), ""),
    ],
    ids=str,
)  # fmt: skip
def test_the_instruments_rules(command: Any, rule: str) -> None:
    """Checked before sending, also in replacements, amends and each element of a list."""
    assert verdict(command) == rule


def test_an_instrument_that_does_not_trade() -> None:
    """Halted is halted."""
    halted = structs.replace(PAIR, status=InstrumentStatus.HALTED)
    assert verdict(limit(), seen(instrument=halted)) == "instrument:status"


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        (limit("106.05"), ""),
        (limit("106.06"), "collar"),
        (limit("94.05", side=Side.SELL), ""),
        (limit("94.04", side=Side.SELL), "collar"),
        (limit("1000000", "0.001", side=Side.SELL), ""),
    ],
    ids=str,
)
def test_the_collar(command: Any, rule: str) -> None:
    """A limit may be through the other side by 5 %, and as far away as it likes."""
    assert verdict(command, collar=Decimal("0.05")) == rule


def test_the_collar_does_not_trust_an_old_book() -> None:
    """With an old one it is silent; where a book is required, an old one is none."""
    far = limit("500")
    old = {"collar": Decimal("0.05"), "book_age_ms_max": 99}
    assert verdict(far, **old) == ""
    assert verdict(far, **old, book_required=True) == "age"
    assert verdict(far, seen(top=None), book_required=True) == "age"
    assert verdict(limit(), collar=Decimal("0.05"), book_age_ms_max=100, book_required=True) == ""


def test_exposure_counts_what_is_unknown() -> None:
    """Open, under way and unknown together with what is asked for."""
    unknown = Exposure(Decimal(400), Decimal(0), Decimal(400))
    caps = {"instrument_exposure": {"USDT": Decimal(500)}}
    assert verdict(limit(), seen(exposure=unknown), **caps) == ""
    assert verdict(limit("100.01"), seen(exposure=unknown), **caps) == "exposure"
    assert verdict(limit("500"), order_value={"USDT": Decimal(499)}) == "exposure"
    total = {"total_exposure": {"USDT": Decimal(1000)}}
    assert verdict(limit(), seen(total=Decimal(900)), **total) == ""
    assert verdict(limit(), seen(total=Decimal(901)), **total) == "exposure"
    assert verdict(market(), order_value={"USDT": Decimal(100)}) == "exposure", "at the ask"


def test_orders_per_second_and_minute() -> None:
    """A list counts each of its orders."""
    both = {"orders_per_second": 5, "orders_per_minute": 50}
    assert verdict(limit(), seen(orders_second=4), **both) == ""
    assert verdict(limit(), seen(orders_second=5), **both) == "rate"
    assert verdict(limit(), seen(orders_minute=50), **both) == "rate"
    pair = ask.PlaceOrderList(ListKind.OCO, (limit(), limit()))
    assert verdict(pair, seen(orders_second=4), **both) == "rate"
    assert verdict(ask.NativeCall("order.place"), seen(orders_second=5), **both) == "rate"


def test_kill_flag_venue_and_environment() -> None:
    """Nothing new; what only ends orders passes, except where no orders are sent at all."""
    end = ask.CancelOrder("BTC/USDT", "1")
    for state, rule in (
        (seen(killed="by hand"), "killed"),
        (seen(live=False), "live"),
        (seen(read_only="read-only"), "environment"),
    ):
        for command in (limit(), ask.AmendOrder("BTC/USDT", Decimal(1), "1"),
                        ask.NativeCall("order.place")):  # fmt: skip
            assert verdict(command, state) == rule
        assert isinstance(check_ending(end, state), Refused) == (rule == "environment")


def test_limits_are_read_from_tables() -> None:
    """Text keeps money exact; an unknown name or a float is said."""
    tables = {"testnet": {"collar": "0.05", "order_value": {"USDT": "10.5"}}}
    assert read(tables, "testnet").order_value == {"USDT": Decimal("10.5")}
    assert read(tables, "local") == Limits()
    for wrong in ({"colar": "1"}, {"collar": "x"}, {"orders_per_second": "5"}):
        with pytest.raises(Misconfigured, match="limits of testnet"):
            read({"testnet": wrong}, "testnet")


def test_the_shipped_limits_are_understood() -> None:
    """And live is stricter than testnet."""
    import tomllib

    text = (Path(guard.__file__).parent / "limits.toml").read_text()
    tables = tomllib.loads(text)
    live, testnet = read(tables, "live"), read(tables, "testnet")
    assert live.book_required
    assert live.order_value["USDT"] < testnet.order_value["USDT"]
    assert read(tables, "local").collar is not None


# --- nothing is sent without it -----------------------------------------------------------------

CLIENT = Path(client.__file__).parent
SENDING = {"sign", "frame"}
"""What makes a request that a venue would act on."""


def calls(path: Path) -> list[tuple[str, str]]:
    """Function and name of every method call in a file."""
    found = []
    for outer in ast.walk(ast.parse(path.read_text())):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(outer):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    found.append((outer.name, node.func.attr))
    return found


def test_requests_are_made_in_one_place() -> None:
    """Only the door signs over HTTP, and only the line frames for the WebSocket."""
    made = {
        (path.name, function, name)
        for path in CLIENT.glob("*.py")
        for function, name in calls(path)
        if name in SENDING
    }
    assert made == {("door.py", "_over_http", "sign"), ("line.py", "request", "frame")}


def test_an_order_takes_an_approval_to_the_door() -> None:
    """``send`` asks for an Approved, and whoever signs is reached by ``send`` and ``ask`` alone;
    ``ask`` refuses whatever changes orders.
    """
    tree = ast.parse((CLIENT / "door.py").read_text())
    functions = {
        node.name: node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    send = functions["send"]
    (annotation,) = [arg.annotation for arg in send.args.args if arg.arg == "approved"]
    assert annotation is not None
    assert ast.unparse(annotation) == "Approved[Any]"
    over = {"_over_http", "_over_line"}
    callers = {function for function, name in calls(CLIENT / "door.py") if name in over}
    assert callers == {"send", "ask"}
    assert "changes_orders" in {name for f, name in calls(CLIENT / "door.py") if f == "ask"}
    others = [
        (path.name, name)
        for path in CLIENT.glob("*.py")
        if path.name != "door.py"
        for _, name in calls(path)
        if name in over
    ]
    assert others == []
    senders = {
        (path.name, function)
        for path in CLIENT.glob("*.py")
        for function, name in calls(path)
        if name == "send" and "door.send" in path.read_text()
    }
    assert senders == {("orders.py", "_send")}


def test_the_seal_stays_in_the_guard() -> None:
    """Nothing outside of it names the seal."""
    package = CLIENT.parent
    named = {
        path.relative_to(package).parts[0]
        for path in package.rglob("*.py")
        if "SEAL" in path.read_text() or "_Seal" in path.read_text()
    }
    assert named == {"guard"}
