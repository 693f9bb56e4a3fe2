"""Faults of the market: halted, empty, thin, jumped; journaled, so a restart meets them too."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tradewind.exchange.box import Box, Options
from tradewind.model import Misconfigured
from tradewind.protocol.faults import Fault, Kind
from tradewind.testing import Exchange
from tradewind.testing.asking import Remote

from .bot import PAIR, SYMBOL, VENUE, Bot

ALIVE = "ETH/USDT"


def test_a_halted_market_takes_no_orders_and_keeps_those_it_has(venue: Exchange, bot: Bot) -> None:
    """In the venue's words; afterwards it trades."""
    bot.order("one")
    number = venue.fault("halt", instrument=PAIR)
    assert "closed" in bot.order("two")[1]["msg"].lower()
    venue.clear_fault(number)
    assert bot.order("three")[0] == 200
    assert bot.names() == ["one", "three"]


def test_an_empty_book_has_nobody_and_comes_back(venue: Exchange, bot: Bot) -> None:
    """A market order finds nothing; when it is over there is a market again."""
    number = venue.fault("empty", instrument=ALIVE)
    book = venue.order_book(ALIVE)
    assert (book.bids, book.asks) == ((), ())
    venue.clear_fault(number)
    book = venue.order_book(ALIVE)
    assert len(book.bids) == len(book.asks) == 20


def test_a_thin_book_has_little_and_moves_a_price_far(venue: Exchange) -> None:
    """Few levels, a hundredth of what was there, still in order."""
    before = venue.order_book(ALIVE, 100)
    venue.fault("thin", instrument=ALIVE)
    after = venue.order_book(ALIVE, 20)
    assert 2 < len(after.bids) <= 5 >= len(after.asks)
    assert after.asks[-1].price - after.asks[0].price > before.asks[4].price - before.asks[0].price
    assert after.bids[0].price < after.asks[0].price
    was = sum(level.quantity for level in before.asks)
    assert sum(level.quantity for level in after.asks) < was / 10


def test_a_price_jump_fills_what_lies_in_its_way(venue: Exchange, bot: Bot) -> None:
    """A bid 5 % below is bought when the price falls by 10 %, at the bid's price; it is printed."""
    before = venue.order_book(ALIVE, 1).asks[0].price
    price = f"{before * Decimal('0.95'):.2f}"
    assert bot.order("deep", price, symbol="ETHUSDT")[0] == 200
    number = venue.fault("jump", instrument=ALIVE, value=-10)
    fill = venue.fills(ALIVE)[-1]
    assert f"{fill.price:.2f}" == price
    assert abs(venue.trades(ALIVE, 1)[0].price / before - Decimal("0.9")) < Decimal("0.01")
    told = bot.ask("GET", "/api/v3/ticker/price", symbol="ETHUSDT")[1]
    assert float(told["price"]) < float(before) * 0.91
    venue.clear_fault(number)
    assert abs(venue.order_book(ALIVE, 1).asks[0].price / before - 1) < Decimal("0.01")


def test_a_jumped_market_goes_on_printing(venue: Exchange) -> None:
    """Once a second of venue time, at its own price."""
    venue.fault("jump", instrument=ALIVE, value=20)
    count = venue.trades(ALIVE, 1)[0].trade_id
    venue.advance(seconds=2)
    venue.wait_for(lambda: venue.trades(ALIVE, 1)[0].trade_id > count)


def test_a_scripted_book_is_there_again_afterwards(venue: Exchange) -> None:
    """A fault over a book that a test has written gives it back."""
    before = venue.order_book(PAIR)
    number = venue.fault("thin", instrument=PAIR)
    assert venue.order_book(PAIR) != before
    venue.clear_fault(number)
    assert venue.order_book(PAIR) == before


def test_a_market_has_one_fault_at_a_time(venue: Exchange) -> None:
    """The second is refused, and says which is there."""
    venue.fault("thin", instrument=PAIR)
    with pytest.raises(Misconfigured, match="under fault 1"):
        venue.fault("jump", instrument=PAIR)
    assert len(venue.ask("GET", "/faults")["faults"]) == 1


def test_a_market_fault_ends_with_its_time(venue: Exchange, bot: Bot) -> None:
    """In venue time."""
    venue.fault("halt", instrument=PAIR, seconds=60)
    assert bot.order("one")[0] == 400
    venue.advance(seconds=61)
    venue.wait_for(lambda: venue.ask("GET", "/faults")["faults"] == [])
    assert bot.order("two")[0] == 200


def test_a_restarted_box_is_in_the_same_fault(tmp_path: Path) -> None:
    """The journal has what was done to the market, the folder has what can be cleared."""
    import asyncio

    options = Options(tmp_path / "box", (VENUE,), port_base=0, seed=7, speed=0, digest_every=1)

    def digest(box: Box) -> Any:
        return box.gateway(VENUE).host.engine.digest()

    async def first() -> Any:
        box = Box(options)
        await box.open()
        box.faults.set(Fault(Kind.JUMP, instrument=PAIR, value=-20))
        box.faults.set(Fault(Kind.HALT, instrument=ALIVE))
        for gateway in box.gateways.values():
            gateway.end_turn()
        found = digest(box)
        box.failed(RuntimeError("killed"))  # no snapshot at the end: the journal must do
        await box.close()
        return found

    async def second() -> tuple[Any, int, int]:
        box = Box(options)
        await box.open()
        found = digest(box)
        count = len(box.faults.all())
        box.faults.clear()
        host = box.gateway(VENUE).host
        levels = len(host.engine.levels(SYMBOL, next(iter(_sides())), 100))
        await box.close()
        return found, count, levels

    before = asyncio.run(first())
    after, count, levels = asyncio.run(second())
    assert before == after
    assert count == 2
    assert levels > 60


def _sides() -> Any:
    from tradewind.model import Side

    return Side


def test_faults_are_set_over_http_too(venue: Exchange, bot: Bot) -> None:
    """Whatever the fixture can do, the admin API can do; nonsense is refused with what there is."""
    remote = Remote(venue.admin, venue.admin_token)
    told = remote.ask("POST", "/faults", {"kind": "timeout", "operation": "order.*"})
    assert told["fault"]["number"] == 1
    assert bot.order("one")[0] == 504
    (fault,) = remote.ask("GET", "/faults", {})["faults"]
    assert (fault["struck"], fault["seen"]) == (1, 1)
    assert remote.ask("DELETE", "/faults", {"number": 1})["cleared"][0]["kind"] == "timeout"
    for wrong, word in (
        ({"kind": "meteor"}, "the kinds are"),
        ({"kind": "jump"}, "needs an instrument"),
        ({"kind": "cut", "value": -1}, "between 0 and"),
        ({"kind": "drop", "value": 1}, "takes no value"),
        ({"kind": "drop", "probability": 2}, "at most 1"),
        ({"kind": "drop", "venue": "nowhere"}, "does not serve"),
        ({"kind": "certificate", "flaw": "ugly"}, "expired"),
        ({"kind": "drop", "colour": "red"}, "no such fault"),
    ):
        with pytest.raises(Misconfigured, match=word):
            remote.ask("POST", "/faults", wrong)
    assert {k["kind"] for k in remote.ask("GET", "/faults/kinds", {})["kinds"]} == set(Kind)


def test_faults_of_another_version_or_market_do_not_stop_a_box(tmp_path: Path) -> None:
    """What cannot be read is named; what is not there any more is forgotten."""
    import asyncio

    def options(instruments: str) -> Options:
        return Options(tmp_path / "box", (VENUE,), port_base=0, seed=7, instruments=instruments)

    async def life(instruments: str, fault: Fault | None = None) -> int:
        box = Box(options(instruments))
        try:
            await box.open()
            if fault is not None:
                box.faults.set(fault)
            return len(box.faults.all())
        finally:
            await box.close()

    assert asyncio.run(life("BTC/USDT", Fault(Kind.DROP))) == 1
    file = tmp_path / "box" / "faults.json"
    known = file.read_text()
    file.write_text(known.replace("drop", "meteor"))
    with pytest.raises(Misconfigured, match=r"faults\.json"):
        asyncio.run(life("BTC/USDT"))
    gone = known.replace('"kind":"drop"', f'"kind":"halt","venue":"{VENUE}","instrument":"NO/NE"')
    file.write_text(gone)
    assert asyncio.run(life("BTC/USDT")) == 0
