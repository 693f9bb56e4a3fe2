"""The rules of the symbols, and loading a saved exchangeInfo."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from tradewind.model import InstrumentStatus, Misconfigured, SelfTradePrevention
from tradewind.venues.binance import instruments
from tradewind.venues.binance.wire.market import ExchangeInfo, Notional, PriceFilter, TPlusSell

TWELVE = 12
FORTY = 40


def test_forty_rows_with_names_that_fit_their_assets() -> None:
    """Each symbol once, named after its two assets."""
    rows = instruments.rows()
    assert len({row.id for row in rows}) == len({row.info.symbol for row in rows}) == FORTY
    for row in rows:
        assert row.id == f"{row.info.base_asset}/{row.info.quote_asset}"
        assert row.info.symbol == row.info.base_asset + row.info.quote_asset


def test_a_new_box_trades_twelve() -> None:
    """Unless settings say otherwise."""
    assert [t.id for t in instruments.traded({})] == list(instruments.DEFAULT)
    assert len(instruments.traded({})) == TWELVE
    assert len(instruments.traded({"instruments": "all"})) == FORTY


@pytest.mark.parametrize("wanted", ["ETH/BTC, BTCUSDT", ["ETH/BTC", "BTCUSDT"]])
def test_settings_name_instruments_by_id_or_symbol(wanted: object) -> None:
    """In the wanted order, either name."""
    found = instruments.traded({"instruments": wanted})
    assert [t.listing.instrument for t in found] == ["ETHBTC", "BTCUSDT"]


def test_an_unknown_instrument_names_those_that_exist() -> None:
    """A misconfigured name stops the program."""
    with pytest.raises(Misconfigured, match="BTC/BUSD; there are: BTC/USDT"):
        instruments.traded({"instruments": "BTC/BUSD"})


@pytest.mark.parametrize("row", instruments.rows(), ids=lambda row: row.id)
def test_a_listing_is_exact(row: instruments.Row) -> None:
    """One tick times one lot is tick x step of the quote asset, also where that is a fraction."""
    (traded,) = instruments.traded({"instruments": [row.id]})
    listing = traded.listing
    assert Decimal(listing.base_per_lot) / 10**8 == traded.lot_size
    worth = Decimal(listing.value_numerator) / listing.value_denominator / 10**8
    assert worth == traded.tick_size * traded.lot_size
    assert listing.self_trade_prevention is SelfTradePrevention.EXPIRE_MAKER
    assert listing.status is InstrumentStatus.TRADING


def test_known_rules() -> None:
    """Three symbols as the live venue has them (exchangeInfo, 2025 and 2026-09-26)."""
    info = {row.info.symbol: row.info for row in instruments.rows()}
    bitcoin = instruments.filter_of(info["BTCUSDT"], PriceFilter)
    assert bitcoin == PriceFilter("0.01000000", "1000000.00000000", "0.01000000")
    assert instruments.filter_of(info["ETHBTC"], PriceFilter).tick_size == "0.00001000"
    assert instruments.filter_of(info["ETHBTC"], Notional).min_notional == "0.00010000"
    assert instruments.filter_of(info["TRXUSDT"], Notional).min_notional == "5.00000000"


def saved(folder: Path, **changes: object) -> Path:
    """An exchangeInfo of one symbol, with some fields of the symbol changed."""
    row = next(r for r in instruments.rows() if r.id == "LTC/USDT")
    symbol = msgspec.to_builtins(row.info) | changes
    info = {
        "timezone": "UTC",
        "serverTime": 1,
        "rateLimits": [],
        "exchangeFilters": [],
        "symbols": [symbol],
    }
    path = folder / "exchangeInfo.json"
    path.write_bytes(msgspec.json.encode(info))
    return path


def test_a_saved_exchange_info_is_loaded_as_it_is(tmp_path: Path) -> None:
    """Its symbols are traded with their own rules, also an undocumented filter."""
    filters = [
        {"filterType": "PRICE_FILTER", "minPrice": "0", "maxPrice": "9", "tickSize": "0.50"},
        {"filterType": "LOT_SIZE", "minQty": "0.02", "maxQty": "9", "stepSize": "0.01"},
        {"filterType": "T_PLUS_SELL", "endTime": 7},
    ]
    path = saved(tmp_path, filters=filters, status="BREAK", baseAsset="LTC")
    (row,) = instruments.chosen({"instruments_file": str(path)})
    (traded,) = instruments.traded({"instruments_file": str(path)})
    assert row.info.filters[-1] == TPlusSell(7)
    assert traded.tick_size == Decimal("0.5")
    assert traded.listing.status is InstrumentStatus.HALTED
    assert traded.listing.market_min == 2  # 0.02 in steps of 0.01
    again = msgspec.json.decode(path.read_bytes(), type=ExchangeInfo).symbols[0]
    assert again == row.info


def test_an_old_saved_file_lacks_newer_fields(tmp_path: Path) -> None:
    """Fields that came later may be absent, and stay absent."""
    path = saved(tmp_path)
    raw = msgspec.json.decode(path.read_bytes())
    for name in ("opoAllowed", "amendAllowed", "pegInstructionsAllowed"):
        del raw["symbols"][0][name]
    path.write_bytes(msgspec.json.encode(raw))
    (row,) = instruments.chosen({"instruments_file": str(path)})
    assert "opoAllowed" not in msgspec.to_builtins(row.info)


@pytest.mark.parametrize(
    "changes",
    [
        {"filters": []},
        {"filters": [{"filterType": "NEVER_HEARD_OF"}]},
        {"symbol": None},
    ],
)
def test_a_file_that_cannot_be_traded_is_refused(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    """Rather than traded by other rules than it states."""
    with pytest.raises(Misconfigured):
        instruments.traded({"instruments_file": str(saved(tmp_path, **changes))})


def test_no_file_is_refused(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(Misconfigured, match=r"nothing\.json"):
        instruments.traded({"instruments_file": str(tmp_path / "nothing.json")})
