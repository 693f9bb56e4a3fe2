"""The market in an engine: pure when left alone, honest about what outsiders did."""

from itertools import pairwise

import pytest

from tradewind.engine.commands import CancelOrder, PlaceOrder, SetStatus, Trigger, TriggerWhen
from tradewind.engine.engine import Engine
from tradewind.engine.events import OrderTriggered, Trade
from tradewind.exchange.market import Market
from tradewind.exchange.market.board import SECOND
from tradewind.exchange.market.participants import TICK
from tradewind.model import InstrumentStatus, OrderType, Side, TimeInForce
from tradewind.protocol.hosting import Print

from .world import ALL, BTC, LTC, LTCBTC, SEED, START, World

NAMES = [one.listing.instrument for one in ALL]


def as_print(trade: Trade) -> tuple[object, ...]:
    return (
        trade.trade_id,
        trade.price,
        trade.quantity,
        trade.value,
        trade.at,
        trade.aggressor_side,
    )


def shape(one: Print) -> tuple[object, ...]:
    return (one.trade_id, one.price, one.quantity, one.value, one.time, one.aggressor_side)


def taped(world: World, instrument: str, first: int) -> list[tuple[object, ...]]:
    return [shape(one) for one in world.market.tape.prints(instrument, from_id=first, limit=10**6)]


def happened(world: World, instrument: str) -> list[tuple[object, ...]]:
    return [as_print(trade) for trade in world.trades if trade.instrument == instrument]


@pytest.mark.parametrize("instrument", NAMES)
def test_takers_in_an_untouched_book_give_the_pure_prints(instrument: str) -> None:
    """What the engine prints is what the path says, to ids, sizes, values and times."""
    world = World()
    world.market.watch(instrument, 1)
    world.advance(600)
    assert len(world.trades) > 3
    assert happened(world, instrument) == taped(world, instrument, world.trades[0].trade_id)
    world.engine.audit()


def busy(world: World, ticks: int, every: int = 7) -> None:
    """An outsider who takes, rests, crosses and cancels; all orders are gone at the end."""
    for step in range(ticks):
        world.advance(1)
        if step % every:
            continue
        instrument = NAMES[step // every % 3]
        world.market.look(instrument, world.apply)
        bid, ask = world.engine.best(instrument)
        assert bid
        assert ask
        act = step // every % 4
        if act == 0:
            world.order(Side.BUY, 900, 0, instrument, at=world.market.tick * TICK + 70_000_000)
        elif act == 1:
            world.order(Side.SELL, 3_000, bid - 1, instrument, TimeInForce.IOC)
        elif act == 2:
            world.order(Side.BUY, 500, bid + 1 if ask - bid > 1 else bid, instrument)
        else:
            world.order(Side.SELL, 1_000, ask, instrument)
        if step % (3 * every) == 0:
            leave(world)
    leave(world)


def leave(world: World) -> None:
    for order in world.engine.open_orders(1):
        world.say(CancelOrder(account=1, instrument=order.instrument, order_id=order.order_id))


def test_the_tape_is_what_happened() -> None:
    """With outsiders all over the place: every print of every instrument, ids without a gap."""
    world = World()
    for name in NAMES:
        world.market.watch(name, 1)
    busy(world, 400)
    world.advance(15)
    for name in NAMES:
        real = happened(world, name)
        assert [row[0] for row in real] == list(range(real[0][0], real[0][0] + len(real)))  # type: ignore[call-overload]
        assert taped(world, name, real[0][0]) == real  # type: ignore[arg-type]
        times = [
            one.time for one in world.market.tape.prints(name, start=START * TICK, limit=10**6)
        ]
        assert times == sorted(times)
    world.engine.audit()


@pytest.mark.parametrize("interval", ["1s", "1m", "5m", "1h"])
def test_candles_fold_what_happened(interval: str) -> None:
    """Seconds with outsiders count as they were, and so do the longer candles over them."""
    world = World()
    world.look()
    busy(world, 300)
    world.advance(25)
    tape = world.market.tape
    for name in NAMES:
        bars = tape.bars(
            name, interval, start=START * TICK // (3600 * SECOND) * 3600 * SECOND, limit=5000
        )
        assert bars
        for bar in bars[-200:]:
            prints = tape.prints(name, start=bar.opened, end=bar.closed - 1, limit=10**6)
            assert bar.trades == len(prints)
            if not prints:
                assert bar.first_id == -1
                continue
            assert (bar.open, bar.close) == (prints[0].price, prints[-1].price)
            assert bar.high == max(one.price for one in prints)
            assert bar.low == min(one.price for one in prints)
            assert (bar.first_id, bar.last_id) == (prints[0].trade_id, prints[-1].trade_id)
            assert bar.volume == sum(one.quantity for one in prints)
            assert bar.value == sum(one.value for one in prints)
            bought = [one for one in prints if one.aggressor_side is Side.BUY]
            assert bar.taker_volume == sum(one.quantity for one in bought)
            assert bar.taker_value == sum(one.value for one in bought)


def test_the_book_is_the_pure_one_after_the_last_outsider_left() -> None:
    """One tick later, and the participants hold nothing but what outsiders gave them."""
    world, untouched = World(), World()
    busy(world, 120)
    world.advance(1)
    world.look()
    untouched.market.start(world.market.tick)
    untouched.look()
    for name in NAMES:
        assert world.book(name) == untouched.book(name)


def test_looking_and_watching_change_nothing() -> None:
    """Orders, fills, balances, books and tape are the same whoever looks."""
    quiet, nosy = World(), World()
    for name in NAMES[:2]:
        nosy.market.watch(name, 3)
    for world in (quiet, nosy):
        for step in range(60):
            world.advance(5)
            if world is nosy:
                world.market.look(NAMES[2], world.apply)
            if step % 9 == 2:
                world.order(Side.BUY, 2_000, 0, "BTCUSDT")
                world.order(Side.SELL, 50, 0, "LTCBTC")
            if step % 20 == 5:
                world.market.look("BTCUSDT", world.apply)
                bid, _ = world.engine.best("BTCUSDT")
                world.order(Side.BUY, 700, (bid or 0) - 300, "BTCUSDT")
        world.advance(30)
        world.look()
    assert quiet.engine.digest() == nosy.engine.digest()
    for name in NAMES:
        assert quiet.book(name) == nosy.book(name)
        first = quiet.market.tape.prints(name, start=START * TICK, limit=1)[0].trade_id
        assert taped(quiet, name, first) == taped(nosy, name, first)


def test_a_replay_is_identical_and_a_restart_goes_on() -> None:
    """From the state at a tick everything continues as if nothing had been."""
    first, second = World(), World()
    busy(first, 160)
    busy(second, 160)
    assert first.engine.digest() == second.engine.digest()
    second.order(Side.BUY, 5_000, 1_000_000)
    first.order(Side.BUY, 5_000, 1_000_000)
    restarted = World()
    restarted.engine = Engine.restore(second.engine.state())
    restarted.market = Market(SEED, ALL, restarted.engine)
    restarted.market.restore(second.market.state())
    for world in (first, restarted):
        busy(world, 60, every=5)
        world.look()
    assert first.engine.digest() == restarted.engine.digest()
    for name in NAMES:
        assert first.book(name) == restarted.book(name)
        start = first.market.tape.prints(name, start=START * TICK, limit=1)[0].trade_id
        assert taped(first, name, start) == taped(restarted, name, start)


def test_a_second_in_progress_survives_a_restart() -> None:
    """Its real prints are in the state."""
    world = World()
    world.advance(3)
    world.order(Side.BUY, 2_000)
    restored = Market(SEED, ALL, world.engine)
    restored.restore(world.market.state())
    for tape in (world.market.tape, restored.tape):
        assert tape.last("BTCUSDT") == world.market.tape.last("BTCUSDT")
        assert tape.prints("BTCUSDT", limit=20) == world.market.tape.prints("BTCUSDT", limit=20)
        assert tape.bars("BTCUSDT", "1s", limit=1)[0].last_id == world.trades[-1].trade_id


def test_a_dormant_instrument_costs_no_commands() -> None:
    """Nobody has an order, nobody watches: nothing is sent to the engine."""
    world = World()
    world.advance(1_000)
    assert not world.events
    assert world.market.tape.last("BTCUSDT") is not None


def test_the_tape_goes_no_further_than_the_last_tick() -> None:
    """No print from the future, and the open candle ends now."""
    world = World()
    world.advance(17)
    last = world.market.tape.last("BTCUSDT")
    assert last is not None
    assert last.time <= world.market.tick * TICK
    candle = world.market.tape.bars("BTCUSDT", "1m", limit=1)[0]
    assert candle.last_id == last.trade_id
    assert candle.close == last.price
    assert candle.opened <= world.market.tick * TICK < candle.closed


def test_prints_by_id_by_time_and_the_last_ones_agree() -> None:
    """The three ways to ask meet in the same rows, across a stretch of real prints."""
    world = World()
    busy(world, 90)
    world.advance(40)
    tape = world.market.tape
    for name in NAMES:
        end = world.market.tick * TICK
        rows = tape.prints(name, start=end - 60 * SECOND, limit=10**6)
        assert tape.prints(name, from_id=rows[0].trade_id, limit=10**6) == rows
        assert tape.prints(name, limit=len(rows)) == rows
        assert (
            tape.prints(name, start=end - 60 * SECOND, end=rows[4].time, limit=10**6)[-1].time
            <= rows[4].time
        )
        assert tape.prints(name, end=rows[-1].time - 1, limit=3)[-1].time < rows[-1].time
        assert [b.trade_id - a.trade_id for a, b in pairwise(rows)] == [1] * (len(rows) - 1)
        old = tape.prints(name, from_id=1, limit=3)
        assert [one.trade_id for one in old] == [1, 2, 3]


def test_a_resting_order_is_filled_by_the_market_and_prints_so() -> None:
    """A bid at the touch is hit; the print has the outsider's lots and the next id."""
    world = World()
    world.market.look("LTCUSDT", world.apply)
    bid, ask = world.engine.best("LTCUSDT")
    assert bid
    assert ask
    world.order(Side.BUY, 5, ask - 1, "LTCUSDT")
    for _ in range(3_000):
        world.advance(1)
        if not world.engine.has_outside_orders("LTCUSDT"):
            break
    mine = [trade for trade in world.trades if trade.maker_account == 1]
    assert sum(trade.quantity for trade in mine) == 5
    world.advance(10)
    first = world.trades[0].trade_id
    assert taped(world, "LTCUSDT", first)[: len(world.trades)] == happened(world, "LTCUSDT")


def test_a_jump_fills_the_orders_that_the_path_reaches() -> None:
    """Eight hours in one step: orders inside the range are filled or triggered, others rest."""
    world = World()
    world.market.look("BTCUSDT", world.apply)
    end = START + 8 * 36_000
    ahead = World(start=end).market.tape.window("BTCUSDT", START * TICK, end * TICK)
    world.order(Side.BUY, 10, ahead.low + 1, client="in")
    world.order(Side.BUY, 10, ahead.low - 50_000, client="out")
    world.order(Side.SELL, 10, ahead.high - 1, client="up")
    world.say(
        PlaceOrder(
            account=1,
            instrument="BTCUSDT",
            side=Side.SELL,
            order_type=OrderType.MARKET,
            quantity=10,
            trigger=Trigger(TriggerWhen.AT_OR_BELOW, ahead.low + 2),
            client_order_id="stop",
        )
    )
    world.market.jump(end, world.apply)
    left = {order.client_order_id for order in world.engine.open_orders(1)}
    assert left == {"out"}
    assert any(type(event) is OrderTriggered for event in world.events)
    assert world.market.tick == end
    real = happened(world, "BTCUSDT")
    assert set(real) <= set(taped(world, "BTCUSDT", real[0][0]))  # type: ignore[arg-type]


def test_a_jump_gives_the_fills_that_all_ticks_give() -> None:
    """Small orders, no queue before them at their prices: same fills, same times, same tape."""
    jumped, ticked = World((LTC,)), World((LTC,))
    end = START + 3 * 600
    for world in (jumped, ticked):
        world.market.look("LTCUSDT", world.apply)
        bid, ask = world.engine.best("LTCUSDT")
        assert bid
        assert ask
        for away in range(1, 6):
            world.order(Side.BUY, 3, bid - away, "LTCUSDT", client=f"b{away}")
            world.order(Side.SELL, 3, ask + away, "LTCUSDT", client=f"s{away}")
    jumped.market.jump(end, jumped.apply)
    ticked.advance(end - START)
    mine = [
        [as_print(t)[1:5] for t in world.trades if 1 in (t.maker_account, t.taker_account)]
        for world in (jumped, ticked)
    ]
    assert mine[0] == mine[1]
    assert mine[0], "the path reaches some of them"
    assert jumped.engine.digest() == ticked.engine.digest()
    first = ticked.trades[0].trade_id
    assert taped(jumped, "LTCUSDT", first) == taped(ticked, "LTCUSDT", first)


def test_participants_can_be_sent_away_and_called_back() -> None:
    """A scripted book: only what outsiders do is there, and only that prints; the past stays."""
    world = World()
    world.advance(5)
    tape = world.market.tape
    world.market.look("BTCUSDT", world.apply)
    before = tape.last("BTCUSDT")
    assert before
    world.market.participants("BTCUSDT", False, world.apply)
    assert world.book() == ([], [])
    world.advance(40)
    assert tape.last("BTCUSDT") == before
    world.order(Side.SELL, 7, 10_000_00)
    world.order(Side.BUY, 3, 10_000_00)
    world.advance(600)
    last = tape.last("BTCUSDT")
    assert last
    assert (last.trade_id, last.price, last.quantity) == (before.trade_id + 1, 10_000_00, 3)
    assert tape.bars("BTCUSDT", "1m", limit=1)[0].trades == 0
    assert tape.bars("BTCUSDT", "1m", limit=1)[0].close == 10_000_00
    leave(world)
    world.market.participants("BTCUSDT", True, world.apply)
    world.advance(50)
    world.market.look("BTCUSDT", world.apply)
    rows = tape.prints("BTCUSDT", from_id=before.trade_id, limit=10**5)
    assert [one.trade_id for one in rows] == list(
        range(before.trade_id, before.trade_id + len(rows))
    )
    assert len(rows) > 5
    bids, asks = world.book()
    assert len(bids) > 30
    assert len(asks) > 30


def test_a_halted_instrument_prints_nothing_until_it_reopens() -> None:
    """Participants cannot trade either; ids go on without a gap afterwards."""
    world = World()
    world.market.watch("BTCUSDT", 1)
    world.advance(5)
    world.say(SetStatus(instrument="BTCUSDT", status=InstrumentStatus.HALTED))
    count = len(world.trades)
    world.advance(100)
    assert len(world.trades) == count
    world.say(SetStatus(instrument="BTCUSDT", status=InstrumentStatus.TRADING))
    world.advance(100)
    real = happened(world, "BTCUSDT")
    assert len(real) > count
    assert taped(world, "BTCUSDT", real[0][0]) == real  # type: ignore[arg-type]


def test_a_late_tick_does_not_print_into_the_past() -> None:
    """The loop woke up late: an order of a later time came first; time and ids go together."""
    world = World()
    world.market.watch("BTCUSDT", 1)
    world.advance(4)
    for late in (TICK * 2 + 7, TICK * 25):
        world.order(Side.BUY, 900, at=world.market.tick * TICK + late)
        world.advance(9)
    world.advance(60)
    real = happened(world, "BTCUSDT")
    assert [row[4] for row in real] == sorted(row[4] for row in real)  # type: ignore[type-var]
    assert taped(world, "BTCUSDT", real[0][0]) == real  # type: ignore[arg-type]
    seconds = world.market.tape.bars("BTCUSDT", "1s", start=START * TICK, limit=500)
    assert sum(bar.trades for bar in seconds) == len(
        world.market.tape.prints("BTCUSDT", start=START * TICK, limit=10**6)
    )


def test_the_order_of_two_crosses_keeps_their_values_whole() -> None:
    """Where a tick times a lot is finer than the quote asset, prints come in whole units."""
    world = World((LTCBTC,))
    listing = LTCBTC.listing
    for one in world.market.tape.prints("LTCBTC", limit=300):
        assert one.price * one.quantity * listing.value_numerator % listing.value_denominator == 0


def test_an_average_price_is_weighted_by_volume() -> None:
    """Hundred-millionths of the quote asset, over the last minutes."""
    world = World((BTC,))
    world.advance(3)
    rows = world.market.tape.prints(
        "BTCUSDT", start=(world.market.tick + 1) * TICK - 300 * SECOND, limit=10**6
    )
    exact = sum(one.price * one.quantity for one in rows) / sum(one.quantity for one in rows)
    found = world.market.tape.average_price("BTCUSDT", 5)
    assert abs(found - exact * 1_000_000) <= 1_000
