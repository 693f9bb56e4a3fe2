"""The box's rules while it is judged: beside the usual symbols one with the older filters, and
bounds over all symbols, so that every filter there is is told and read.
"""

import json
from pathlib import Path

import msgspec

from tradewind.venues import part

OLDER = "TRXUSDT"
OUTSIDE = "DOGEUSDT"
"""A symbol whose reference price is made outside of the venue."""

ROUTED = "BTCUSDC"
"""The other book of the smart order route."""

OLDER_FILTERS = [
    {"filterType": "PERCENT_PRICE", "multiplierUp": "4", "multiplierDown": "0.25",
     "avgPriceMins": 5},
    {"filterType": "MIN_NOTIONAL", "minNotional": "5.00000000", "applyToMarket": True,
     "avgPriceMins": 5},
    {"filterType": "MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders": 7},
    {"filterType": "MAX_POSITION", "maxPosition": "5000000.00000000"},
    {"filterType": "T_PLUS_SELL", "endTime": 1700000000000},
]  # fmt: skip
"""They stand in the place of PERCENT_PRICE_BY_SIDE and NOTIONAL."""

EXCHANGE_FILTERS = [
    {"filterType": "EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders": 1000},
    {"filterType": "EXCHANGE_MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 200},
    {"filterType": "EXCHANGE_MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders": 300},
    {"filterType": "EXCHANGE_MAX_NUM_ORDER_LISTS", "maxNumOrderLists": 400},
]
ASSET_FILTERS = [{"filterType": "MAX_ASSET", "asset": "BTC", "limit": "900.00000000"}]


def settings(folder: Path) -> tuple[str, ...]:
    """What the box is started with; the instruments are written into a file of that folder."""
    instruments = part("binance", "instruments")
    names = dict.fromkeys([*(row.info.symbol for row in instruments.chosen({})), OUTSIDE, ROUTED])
    symbols = [
        msgspec.to_builtins(row.info) for row in instruments.chosen({"instruments": list(names)})
    ]
    for symbol in symbols:
        if symbol["symbol"] == OLDER:
            kept = [f for f in symbol["filters"]
                    if f["filterType"] not in ("PERCENT_PRICE_BY_SIDE", "NOTIONAL")]  # fmt: skip
            symbol["filters"] = kept + OLDER_FILTERS
    saved = {"timezone": "UTC", "serverTime": 0, "rateLimits": [], "exchangeFilters": [],
             "symbols": symbols}  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "instruments.json"
    file.write_text(json.dumps(saved))
    return (
        "--instruments", str(file),
        "--set", f"binance.exchange_filters={json.dumps(EXCHANGE_FILTERS)}",
        "--set", f"binance.asset_filters={json.dumps(ASSET_FILTERS)}",
    )  # fmt: skip
