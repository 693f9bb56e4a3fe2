"""Live books over a connection that fails in every way: right, or not shown."""

import asyncio

import pytest
from tests.client.stage import BTC, Stage, play

from tradewind.client.books import LiveBook, StaleBook
from tradewind.protocol.books import Half

DEPTH = b'{"stream":"btcusdt@depth'


def shown(half: Half, count: int = 20) -> list[tuple[int, int]]:
    """In hundred-millionths."""
    found = []
    for key, quantity in half.top(count):
        whole, _, part = quantity.partition(".")
        found.append((abs(key) // 10**4, int(whole + part.ljust(8, "0"))))
    return found


def is_true(stage: Stage, book: LiveBook) -> bool:
    """Whether the client's book is the exchange's."""
    return (shown(book.raw.bids), shown(book.raw.asks)) == stage.top()


async def settled(book: LiveBook) -> None:
    """Live, and everything that was on its way has come."""
    await book.live()
    await asyncio.sleep(0.5)
    await book.live()


def test_a_book_is_live_and_true() -> None:
    """It follows the exchange, and a comparison by REST agrees."""

    async def story(stage: Stage) -> None:
        await stage.trade_on(2)
        async with stage.market.book("BTC/USDT") as book:
            await stage.trade_on(5)
            await settled(book)
            assert is_true(stage, book)
            assert (book.counts.gaps, book.counts.snapshots) == (0, 1)
            assert (await book.verify()).is_right
            assert book.best_bid == book.bids(1)[0]

    play(story)


@pytest.mark.parametrize("lost", [1, 3])
def test_a_lost_message_makes_it_stale_at_the_next_and_a_snapshot_heals_it(lost: int) -> None:
    """Nothing is shown in between."""

    async def story(stage: Stage) -> None:
        await stage.trade_on(2)
        async with stage.market.book("BTC/USDT") as book:
            await settled(book)
            stage.exchange.faults.drop[DEPTH] = lost
            await stage.trade_on(1)
            await settled(book)
            assert book.counts.gaps == 1
            assert book.counts.resyncs == 1
            assert is_true(stage, book)

    play(story)


def test_a_message_that_cannot_be_read_makes_it_stale() -> None:
    """It may have been a change."""

    async def story(stage: Stage) -> None:
        await stage.trade_on(2)
        async with stage.market.book("BTC/USDT") as book:
            await settled(book)
            stage.exchange.faults.spoil = 1
            await stage.trade_on(1)
            await settled(book)
            assert book.counts.unreadable == 1
            assert is_true(stage, book)

    play(story)


def test_a_cut_makes_it_stale_at_once_and_it_comes_back() -> None:
    """Until it has joined a snapshot of the new connection, nothing is shown."""

    async def story(stage: Stage) -> None:
        await stage.trade_on(2)
        async with stage.market.book("BTC/USDT") as book:
            await settled(book)
            stage.exchange.cut()
            await book.changed()
            with pytest.raises(StaleBook):
                _ = book.best_bid
            await stage.trade_on(3)
            await settled(book)
            assert is_true(stage, book)
            assert stage.market.hub.lines[0].health.connects == 2

    play(story)


def test_a_stream_that_dies_while_pings_go_on_is_found_by_its_silence() -> None:
    """The venue has news by REST that the stream does not tell: the connection is dead."""

    async def story(stage: Stage) -> None:
        await stage.trade_on(2)
        async with stage.market.book("BTC/USDT") as book:
            await settled(book)
            stage.exchange.faults.mute = (DEPTH,)
            stage.move()
            await asyncio.sleep(8)
            health = stage.market.hub.lines[0].health
            assert (health.dead, health.connects) == (1, 2)
            stage.exchange.faults.mute = ()
            await stage.trade_on(2)
            await settled(book)
            assert is_true(stage, book)

    play(story)


def test_a_connection_that_answers_nothing_is_dead() -> None:
    """Frozen: control messages are not answered either."""

    async def story(stage: Stage) -> None:
        await stage.trade_on(2)
        async with stage.market.book("BTC/USDT") as book:
            await settled(book)
            stage.exchange.faults.frozen = True
            await asyncio.sleep(11)
            stage.exchange.faults.frozen = False
            assert stage.market.hub.lines[0].health.dead == 1
            await settled(book)
            assert is_true(stage, book)

    play(story)


def test_a_quiet_market_is_not_a_dead_one() -> None:
    """The book stays live, asked about ever less often."""

    async def story(stage: Stage) -> None:
        await stage.trade_on(1)
        async with stage.market.book("BTC/USDT") as book:
            await settled(book)
            await asyncio.sleep(600)
            health = stage.market.hub.lines[0].health
            assert (health.dead, health.connects) == (0, 1)
            assert 5 <= health.probes <= 15
            assert book.is_live
            assert book.age_ns > 500 * 10**9

    play(story)


def test_a_book_is_shared_and_ends_with_its_last_reader() -> None:
    """One subscription, one snapshot, however many want it."""

    async def story(stage: Stage) -> None:
        await stage.trade_on(1)
        async with stage.market.book("BTC/USDT") as one:
            async with stage.market.book(BTC) as two:
                assert one is two
                await settled(one)
            assert one.is_live
            assert one.counts.snapshots == 1
        await asyncio.sleep(1)
        assert stage.host.watched[BTC] == 0

    play(story)


def test_a_wrong_book_is_found_by_verify_and_replaced() -> None:
    """Whatever made it wrong."""

    async def story(stage: Stage) -> None:
        await stage.trade_on(2)
        async with stage.market.book("BTC/USDT") as book:
            await settled(book)
            half = book.raw.bids
            half.levels[half.keys[-1]] = "77.00000000"
            verified = await book.verify()
            assert not verified.is_right
            assert (len(verified.differences), verified.differences[0].here) == (1, 77)
            assert not book.is_live
            await settled(book)
            assert is_true(stage, book)

    play(story)


def test_a_book_that_has_grown_thin_is_deepened_without_a_moment_between() -> None:
    """The snapshot was cut; the market has eaten into it."""

    async def story(stage: Stage) -> None:
        await stage.trade_on(20, 0.01)
        async with stage.market.book("BTC/USDT", depth=100) as book:
            await settled(book)
            assert book.raw.bids.floor is not None
            for half in (book.raw.bids, book.raw.asks):
                half.floor = half.keys[-3]
            for _ in range(70):
                await stage.trade_on(0.2, 0.1)
                assert book.is_live
            assert book.raw.bids.known() >= 20
            assert is_true(stage, book)
            assert (book.counts.snapshots, book.counts.resyncs) == (2, 0)

    play(story)


def test_iteration_gives_each_state_once_and_conflates() -> None:
    """A slow reader gets the book of now, not a queue of old ones."""

    async def story(stage: Stage) -> None:
        await stage.trade_on(1)
        seen = []
        async for book in stage.market.stream_book("BTC/USDT"):
            seen.append(book.version)
            await stage.trade_on(1)
            if len(seen) == 4:
                break
        assert seen == sorted(set(seen))
        assert book.counts.changes > len(seen)

    play(story)


def test_an_instrument_that_the_venue_has_not_is_refused() -> None:
    """Before anything is sent."""
    from tradewind.model import InvalidInput

    async def story(stage: Stage) -> None:
        with pytest.raises(InvalidInput):
            async with stage.market.book("NO/PE"):
                pass

    play(story)
