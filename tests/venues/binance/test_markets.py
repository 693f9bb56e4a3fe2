"""Numbers between the engine's integers and the wire's text."""

import msgspec
import pytest

from tradewind.model import InstrumentStatus
from tradewind.venues.binance.exchange.markets import Market, Markets, symbol_info, text
from tradewind.venues.binance.instruments import Row
from tradewind.venues.binance.wire.market import LotSize, MaxPosition

MARKETS = Markets.of({"instruments": "all"})


@pytest.mark.parametrize(
    ("units", "written"),
    [
        (0, "0.00000000"),
        (1, "0.00000001"),
        (123_456_789_012, "1234.56789012"),
        (-50, "-0.00000050"),
    ],
)
def test_eight_places_always(units: int, written: str) -> None:
    """Hundred-millionths are padded to 8 places, also below zero."""
    assert text(units) == written


@pytest.mark.parametrize("symbol", list(MARKETS))
def test_reading_is_the_inverse_of_writing(symbol: str) -> None:
    """Ticks and lots come back as they went."""
    market = MARKETS[symbol]
    for number in (1, 7, 123_456):
        assert market.read_price(int(market.price(number).replace(".", ""))) == number
        assert market.read_lots(int(market.quantity(number).replace(".", ""))) == number


def test_between_ticks_is_an_error() -> None:
    """Never rounded: whether it is allowed was a filter's business."""
    market = MARKETS["BTCUSDT"]
    with pytest.raises(ValueError, match=r"0\.00500000 is no multiple of 0\.01000000"):
        market.read_price(500_000)
    with pytest.raises(ValueError, match="BTCUSDT"):
        market.read_lots(1)


def test_an_average_is_value_over_quantity() -> None:
    """In hundred-millionths of a price, 0 over nothing."""
    market = MARKETS["BTCUSDT"]
    assert market.average(3 * 10**8, 150_000) == 2 * 10**8  # 3 USDT for 1.5 BTC
    assert market.average(0, 0) == 0


def test_markets_are_found_by_every_name() -> None:
    """Native, id, and the lower case of stream names; filters by their kind."""
    market = MARKETS["ETHBTC"]
    assert MARKETS.by_id["ETH/BTC"] is MARKETS.by_lower["ethbtc"] is market
    assert MARKETS.pairs["ETH", "BTC"] is market
    lots = market.filter(LotSize)
    assert lots is not None
    assert lots.step_size == "0.00010000"
    assert market.filter(MaxPosition) is None


def test_status_and_permission_sets_as_shown() -> None:
    """The engine's status is told in the venue's words, and permissions can be left out."""
    market = MARKETS["ETHBTC"]
    assert symbol_info(market, InstrumentStatus.TRADING, True) == market.info
    halted = symbol_info(market, InstrumentStatus.HALTED, False)
    assert (halted.status, halted.permission_sets) == ("HALT", ())
    assert symbol_info(market, InstrumentStatus.CANCEL_ONLY, True).status == "CANCEL_ONLY"
    assert symbol_info(market, InstrumentStatus.ENDED, True).status == "BREAK"


def test_a_loaded_break_stays_one() -> None:
    """The engine has one word for HALT and BREAK; what the file said is told until it changes."""
    info = msgspec.structs.replace(MARKETS["ETHBTC"].info, status="BREAK")
    market = Market(Row("ETH/BTC", info), MARKETS["ETHBTC"].listing)
    assert symbol_info(market, InstrumentStatus.HALTED, True).status == "BREAK"
    assert symbol_info(market, InstrumentStatus.TRADING, True).status == "TRADING"


def test_update_ids_grow_over_restarts() -> None:
    """They begin at the clock and never go back."""
    first = Markets.of({})["BTCUSDT"].updates
    first.begin(1_000_000_000_000)
    said = [first.next() for _ in range(3)]
    assert said == [1_000_000_001, 1_000_000_002, 1_000_000_003]
    first.begin(5)
    assert first.last == said[-1]
    later = Markets.of({})["BTCUSDT"].updates
    later.begin(1_000_001_000_000)
    assert later.last > said[0]
