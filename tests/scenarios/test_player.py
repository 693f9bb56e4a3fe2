"""The player holds a trader to what a table states: each kind of lie is noticed."""

from decimal import Decimal
from typing import Any

import pytest
from tests.judges.people import REASONS

from .player import STEPS, Untrue, play
from .tables_reader import Scenario, Step, every
from .trader import Refused, Row


class Exchange:
    """A venue so small that one can see that it is right: one instrument, last price 100."""

    def __init__(self) -> None:
        self.money = {"BTC": [Decimal(1), Decimal(0)], "USDT": [Decimal(1000), Decimal(0)]}
        self.all: list[Row] = []
        self.executions: list[Row] = []

    def instrument(self, _: str) -> Row:
        return {"tick": "0.01", "lot": "0.001", "least": "0.001", "most": "9", "min_notional": "1"}

    def ticker(self, _: str) -> Row:
        return {"last": "100", "high": "110", "low": "90", "bid": "99", "ask": "101"}

    def place(self, order: Row) -> Row:
        quantity = Decimal(order["quantity"])
        if quantity > self.money["BTC"][0]:
            raise Refused(*REASONS["not enough money"][:1], 400, REASONS["not enough money"][1])
        row = {"id": str(len(self.all) + 1), "name": order["name"], "filled": "0"}
        row |= {"side": order["side"], "type": order["type"], "quantity": order["quantity"]}
        if order["type"] == "market":
            row |= {"status": "filled", "filled": order["quantity"]}
            self.money["BTC"][0] -= quantity
            self.money["USDT"][0] += quantity * 99 - Decimal("0.1")
            fill = {"id": row["id"], "order_id": row["id"], "price": "99", "maker": False}
            fill |= {"quantity": order["quantity"], "fee": "0.1", "fee_asset": "USDT"}
            self.executions.append(fill)
        else:
            row["status"] = "open"
            self._hold(quantity)
        self.all.append(row)
        return row

    def cancel(self, _: str, order_id: str, name: str) -> Row:
        row = self.order("", order_id, name)
        row["status"] = "cancelled"
        self._hold(-Decimal(row["quantity"]))
        return row

    def cancel_all(self, _: str) -> None:
        for row in self.open_orders(""):
            self.cancel("", row["id"], "")

    def order(self, _: str, order_id: str, name: str) -> Row:
        return next(row for row in self.all if order_id == row["id"] or name == row["name"])

    def open_orders(self, _: str) -> list[Row]:
        return [row for row in self.all if row["status"] == "open"]

    def orders(self, _: str) -> list[Row]:
        return self.all

    def fills(self, _: str, order_id: str) -> list[Row]:
        return [fill for fill in self.executions if fill["order_id"] == order_id]

    def balances(self) -> dict[str, list[str]]:
        return {asset: [str(x) for x in amounts] for asset, amounts in self.money.items()}

    def _hold(self, quantity: Decimal) -> None:
        self.money["BTC"][0] -= quantity
        self.money["BTC"][1] += quantity

    def trader(self, _: str) -> Any:
        return self


RESTS = [
    ("on BTC/USDT", ""),
    ("sell 0.1 at +50%", "open"),
    ("money BTC", "available -0.1, held +0.1"),
    ("open orders", "it"),
    ("look it up by id", "open, filled 0"),
    ("look it up by name", "open, filled 0"),
    ("all orders", "it as open"),
    ("cancel it by id", "cancelled"),
    ("money", "as at the start"),
    ("open orders", "none"),
]
TRADES = [
    ("on BTC/USDT", ""),
    ("sell 0.1 at market", "filled, filled 0.1"),
    ("fills of it", "add up, as taker"),
    ("money", "as the fills say"),
]
TOO_MUCH = [("on BTC/USDT", ""), ("sell 5 at +50%", "refused: not enough money")]


def played(exchange: Exchange, steps: list[tuple[str, str]]) -> int:
    lines = tuple(Step(text, truth, n) for n, (text, truth) in enumerate(steps, 1))
    return play(Scenario("here", "Title", lines), exchange, REASONS, lambda name: name or "made-up")


@pytest.mark.parametrize(("steps", "truths"), [(RESTS, 9), (TRADES, 3), (TOO_MUCH, 1)])
def test_what_is_so_passes(steps: list[tuple[str, str]], truths: int) -> None:
    """An honest venue is believed, and every truth counted."""
    assert played(Exchange(), steps) == truths


class HoldsNothing(Exchange):
    def _hold(self, quantity: Decimal) -> None:
        return None


class ForgetsTheCancel(Exchange):
    def cancel(self, instrument: str, order_id: str, name: str) -> Row:
        return self.order(instrument, order_id, name) | {"status": "cancelled"}


class FindsAnother(Exchange):
    def order(self, instrument: str, order_id: str, name: str) -> Row:
        return super().order(instrument, order_id, name) | {"id": "77"}


class TakesTooMuch(Exchange):
    def place(self, order: Row) -> Row:
        placed = super().place(order)
        self.money["USDT"][0] -= 1
        return placed


class LosesAFill(Exchange):
    def fills(self, instrument: str, order_id: str) -> list[Row]:
        return [f | {"quantity": "0.05"} for f in super().fills(instrument, order_id)]


class SaysAnotherCode(Exchange):
    def place(self, order: Row) -> Row:
        raise Refused("-1000", 400, "no")


class RefusesAndKeeps(Exchange):
    def place(self, order: Row) -> Row:
        self.money["BTC"][0] -= Decimal("0.1")
        return super().place(order)


class RefusesNothing(Exchange):
    def __init__(self) -> None:
        super().__init__()
        self.money["BTC"][0] = Decimal(100)


@pytest.mark.parametrize(
    ("liar", "steps"),
    [
        (HoldsNothing, RESTS),
        (ForgetsTheCancel, RESTS),
        (FindsAnother, RESTS),
        (TakesTooMuch, TRADES),
        (LosesAFill, TRADES),
        (SaysAnotherCode, TOO_MUCH),
        (RefusesAndKeeps, TOO_MUCH),
        (RefusesNothing, TOO_MUCH),
    ],
)
def test_what_is_not_so_is_noticed(liar: type[Exchange], steps: list[tuple[str, str]]) -> None:
    """A venue that lies in one point is caught by the table."""
    with pytest.raises(Untrue):
        played(liar(), steps)


def test_every_step_of_every_table_is_understood() -> None:
    """A step that nobody knows would only be found when the judges run."""
    unknown = [
        f"{scenario.table}.txt:{step.line}: {step.text}"
        for scenario in every()
        for step in scenario.steps
        if not any(pattern.fullmatch(step.text) for pattern, _ in STEPS)
    ]
    assert unknown == []


def test_every_reason_is_known_to_the_venue() -> None:
    """Each reason a table gives has a code, and each code is asked for by a table."""
    truths = [step.truth for scenario in every() for step in scenario.steps]
    given = {t.removeprefix("refused: ") for t in truths if t.startswith("refused: ")}
    assert given == set(REASONS)


def test_every_scenario_states_a_truth() -> None:
    """That it ran proves nothing."""
    assert [s.id for s in every() if not any(step.truth for step in s.steps)] == []
