"""Messages that others keep to test their parsers with, read by our client and by ccxt.

    .venv-judges/bin/python -m tests.judges.payloads        prints every file and difference

The files stay where they are (see ../shared/judges/README.md). A file is compared by what both make
of it, or it is out of scope with a reason; nothing is left out in silence.
"""

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec import json as exact

from tradewind.model import (
    Candle,
    Fill,
    Instrument,
    InstrumentStatus,
    Order,
    OrderStatus,
    Quote,
    Ticker,
    TradewindError,
)
from tradewind.model import commands as ask
from tradewind.protocol.messages import HttpResponse
from tradewind.protocol.streaming import Data
from tradewind.venues.binance.client import Client, build, feed
from tradewind.venues.binance.operations import TABLE
from tradewind.venues.binance.wire.stream import AggregateTrade

FOLDER = Path(__file__).resolve().parents[3] / "shared/judges/payloads/nautilus_trader"
PAIRS = ("ETH/BTC", "LTC/BTC", "BNB/BTC", "BTC/USDT", "ETH/USDT", "BTC/USD")

Pair = tuple[str, Any, Any]
"""A field, and what each makes of it."""

UNREAD = "(not read)"
"""Where there would be a field."""

OUT_OF_SCOPE = {
    r"bybit/.*": "another venue, which has no client yet",
    r".*(futures|/fapi|swap).*": "futures, which there are none of",
    r".*(\.sbe|\.metadata\.json|user_data_sbe/.*)": "SBE, which is not spoken",
    r".*(README|SOURCES|LICENSE).*": "no message",
}
"""By path: why nobody compares it."""

RULELESS = "the sample has no filters; ours says 0 for a rule that there is not, ccxt None"
DIFFERENT = {
    ("spot/http_json/exchange_info_response", "tick"): RULELESS,
    ("spot/http_json/exchange_info_response", "lot"): RULELESS,
    ("spot/http_json/exchange_info_response", "least quantity"): RULELESS,
    ("spot/http_json/exchange_info_response", "most quantity"): RULELESS,
    ("ws_spot_execution_report_empty_client_id", "client id"): "ours is empty text, ccxt's None",
    ("ws_spot_execution_report_pending_cancel", "status"): (
        "ccxt has a word for an order that is being cancelled, ours says that it has not ended;"
        " enums.md says that the venue does not use it"
    ),
    ("http_spot_market_avg_price", UNREAD): (
        "from 2021: closeTime, which the venue documents, is not in it; venue.call() gives it"
    ),
    ("http_wallet_trading_fee", UNREAD): "an object where the venue documents a list",
    ("ws_spot_execution_report_rejected", UNREAD): "GTX, which is no time in force on spot",
}
"""By the end of a path and a field: why both do not make the same of it."""


class Found(Struct):
    """One file: what was compared, or why it could not be."""

    path: str
    pairs: list[Pair]
    unread: str = ""

    def differences(self) -> list[Pair]:
        """Where both do not mean the same."""
        found = [pair for pair in self.pairs if not same(pair[1], pair[2])]
        return [*found, (UNREAD, self.unread, "")] if self.unread else found


def same(ours: Any, theirs: Any) -> bool:
    """Numbers by value: ccxt makes floats of them."""
    if isinstance(ours, Decimal) and theirs is not None:
        return float(ours) == float(theirs)
    return bool(ours == theirs)


def scope(path: str) -> str:
    """Why a file is not compared, "" when it is."""
    return next((why for fits, why in OUT_OF_SCOPE.items() if re.fullmatch(fits, path)), "")


# --- both readers -------------------------------------------------------------------------------


class Readers:
    """Our client and ccxt, without a wire."""

    def __init__(self, ccxt: Any) -> None:
        self.ours: Client = build(None)
        self.ours.learn([_instrument(pair) for pair in PAIRS])
        self.feed = feed(self.ours)
        self.theirs = ccxt
        ccxt.options["crossMarginPairsData"] = ccxt.options["isolatedMarginPairsData"] = []
        ccxt.set_markets([_market(ccxt, pair) for pair in PAIRS])

    def read(self, command: ask.Request, body: bytes) -> Any:
        """An answer, as our client reads it."""
        return self.ours.read(command, HttpResponse(200, body))

    def told(self, event: bytes) -> list[Any]:
        """A private event, as our client reads it."""
        found = self.ours.told(b'{"subscriptionId":0,"event":' + event + b"}")
        assert isinstance(found, list)
        return found

    def streamed(self, name: str, event: bytes) -> Any:
        """A public event, as our client reads it."""
        found = self.feed.read(b'{"stream":"' + name.encode() + b'","data":' + event + b"}")
        assert isinstance(found, Data)
        return found.events[0]

    def wire(self, operation: str, body: bytes) -> Any:
        """An answer that has no word in the client, by the declared shape."""
        return exact.decode(body, type=TABLE.by_name[operation].response)


def _instrument(pair: str) -> Instrument:
    base, _, quote = pair.partition("/")
    zero = Decimal(0)
    return Instrument(
        pair, base + quote, base, quote, zero, zero, zero, zero, zero, InstrumentStatus.TRADING
    )


def _market(ccxt: Any, pair: str) -> Any:
    base, _, quote = pair.partition("/")
    words = {"id": base + quote, "symbol": pair, "type": "spot", "spot": True, "contract": False}
    precise = {"price": 1e-8, "amount": 1e-8}
    return ccxt.safe_market_structure(
        {**words, "base": base, "quote": quote, "active": True, "precision": precise}
    )


# --- what is compared ---------------------------------------------------------------------------

STATUS = {
    OrderStatus.PENDING: "open",
    OrderStatus.OPEN: "open",
    OrderStatus.PARTIALLY_FILLED: "open",
    OrderStatus.FILLED: "closed",
    OrderStatus.CANCELLED: "canceled",
    OrderStatus.EXPIRED: "expired",
    OrderStatus.PREVENTED: "expired",
    OrderStatus.REJECTED: "rejected",
}
"""Our words in theirs, which has fewer."""


def _order(mine: Order, theirs: Any) -> Iterator[Pair]:
    yield "id", mine.order_id, theirs["id"]
    yield "client id", mine.client_order_id, theirs["clientOrderId"]
    yield "instrument", mine.instrument, theirs["symbol"]
    yield "side", mine.side.value, theirs["side"]
    yield "type", mine.order_type.value, theirs["type"]
    yield "time in force", mine.time_in_force.value.upper(), theirs["timeInForce"]
    yield "post only", mine.post_only, theirs["postOnly"]
    if mine.price is not None:  # at market ccxt tells the average
        yield "price", mine.price, theirs["price"]
    yield "trigger price", mine.trigger_price, theirs["triggerPrice"]
    yield "quantity", mine.quantity, theirs["amount"]
    yield "filled", mine.filled_quantity, theirs["filled"]
    yield "remaining", mine.remaining_quantity, theirs["remaining"]
    yield "average", mine.average_price, theirs["average"]
    yield "status", STATUS[mine.order_status], theirs["status"]
    if mine.created:
        yield "created", mine.created, theirs["timestamp"] * 10**6
    if theirs["lastUpdateTimestamp"] is not None:
        yield "updated", mine.updated, theirs["lastUpdateTimestamp"] * 10**6


def _fill(mine: Fill, theirs: Any) -> Iterator[Pair]:
    yield "fill id", mine.fill_id, theirs["id"]
    yield "order id", mine.order_id, theirs["order"]
    yield "instrument", mine.instrument, theirs["symbol"]
    yield "side", mine.side.value, theirs["side"]
    yield "price", mine.price, theirs["price"]
    yield "quantity", mine.quantity, theirs["amount"]
    yield "liquidity", mine.liquidity.value, theirs["takerOrMaker"]
    yield "time", mine.time, theirs["timestamp"] * 10**6
    fee = theirs["fee"] or {"cost": 0, "currency": None}
    yield "fee", mine.fee, fee["cost"] or 0
    yield "fee asset", mine.fee_asset or None, fee["currency"]


def orders(command: ask.Request) -> "Compare":
    """Answers that are orders."""

    def compare(by: Readers, body: bytes) -> Iterator[Pair]:
        found, raw = by.read(command, body), json.loads(body)
        rows = [each for row in _listed(raw) for each in row.get("orderReports", [row])]
        both = zip(_listed(found), rows, strict=True)
        for mine, row in both:
            theirs = by.theirs.parse_order(row)
            if "origClientOrderId" in row:  # a cancel: ccxt tells the name that it left
                theirs["clientOrderId"] = row["origClientOrderId"]
            yield from _order(mine, theirs)

    return compare


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def fills(by: Readers, body: bytes) -> Iterator[Pair]:
    """Own executions."""
    for mine, row in zip(by.read(ask.FetchFills("BTC/USDT"), body), json.loads(body), strict=True):
        yield from _fill(mine, by.theirs.parse_trade(row))


def trades(by: Readers, body: bytes) -> Iterator[Pair]:
    """Public trades."""
    market = by.theirs.market("BTC/USDT")
    for mine, row in zip(by.read(ask.FetchTrades("BTC/USDT"), body), json.loads(body), strict=True):
        yield from _trade(mine, by.theirs.parse_trade(row, market))


def _trade(mine: Any, theirs: Any) -> Iterator[Pair]:
    yield "id", mine.trade_id, theirs["id"]
    yield "price", mine.price, theirs["price"]
    yield "quantity", mine.quantity, theirs["amount"]
    yield "side", mine.aggressor_side.value, theirs["side"]
    yield "time", mine.time, theirs["timestamp"] * 10**6


def book(by: Readers, body: bytes) -> Iterator[Pair]:
    """All levels of both sides."""
    mine = by.read(ask.FetchOrderBook("BTC/USDT"), body)
    theirs = by.theirs.parse_order_book(json.loads(body), "BTC/USDT")
    yield "version", mine.version, json.loads(body)["lastUpdateId"]
    for side, levels in (("bids", mine.bids), ("asks", mine.asks)):
        shown = [[float(each.price), float(each.quantity)] for each in levels]
        yield side, shown, [level[:2] for level in theirs[side]]


def candles(by: Readers, body: bytes) -> Iterator[Pair]:
    """Bars."""
    found: list[Candle] = by.read(ask.FetchCandles("BTC/USDT", "1m"), body)
    for mine, row in zip(found, json.loads(body), strict=True):
        theirs = by.theirs.parse_ohlcv(row)
        yield "opened", mine.opened, theirs[0] * 10**6
        numbers = (mine.open, mine.high, mine.low, mine.close, mine.volume)
        yield from zip("ohlcv", numbers, theirs[1:], strict=True)


def ticker(by: Readers, body: bytes) -> Iterator[Pair]:
    """The last 24 hours."""
    mine: Ticker = by.read(ask.FetchTicker("BNB/BTC"), body)
    yield from _ticker(mine, by.theirs.parse_ticker(json.loads(body)))


def _ticker(mine: Ticker, theirs: Any) -> Iterator[Pair]:
    yield "instrument", mine.instrument, theirs["symbol"]
    for ours, word in (
        ("last", "last"), ("bid", "bid"), ("ask", "ask"), ("open", "open"), ("high", "high"),
        ("low", "low"), ("volume", "baseVolume"), ("quote_volume", "quoteVolume"),
    ):  # fmt: skip
        yield ours, getattr(mine, ours), theirs[word]
    yield "time", mine.time, theirs["timestamp"] * 10**6


def balances(by: Readers, body: bytes) -> Iterator[Pair]:
    """What the account has."""
    theirs = by.theirs.parse_balance_custom(json.loads(body), "spot")
    for mine in by.read(ask.FetchBalances(), body):
        yield f"{mine.asset} available", mine.available, theirs[mine.asset]["free"]
        yield f"{mine.asset} held", mine.held, theirs[mine.asset]["used"]
        yield f"{mine.asset} total", mine.total, theirs[mine.asset]["total"]


def instruments(by: Readers, body: bytes) -> Iterator[Pair]:
    """Everything that can be traded, with its rules."""
    found: list[Instrument] = by.read(ask.FetchInstruments(), body)
    for mine, row in zip(found, json.loads(body)["symbols"], strict=True):
        theirs = by.theirs.parse_market(row)
        limits, precision = theirs["limits"], theirs["precision"]
        yield "native", mine.native, theirs["id"]
        yield "id", mine.id, theirs["symbol"]
        yield "base", mine.base, theirs["base"]
        yield "quote", mine.quote, theirs["quote"]
        yield "tick", mine.tick_size, precision["price"]
        yield "lot", mine.lot_size, precision["amount"]
        yield "least quantity", mine.min_quantity, limits["amount"]["min"]
        yield "most quantity", mine.max_quantity, limits["amount"]["max"]
        yield "least price", mine.min_price, limits["price"]["min"]
        yield "most price", mine.max_price, limits["price"]["max"]
        yield "least value", mine.min_notional, limits["cost"]["min"] or 0
        yield "trading", mine.status is InstrumentStatus.TRADING, theirs["active"]


def clock(by: Readers, body: bytes) -> Iterator[Pair]:
    """The venue's time."""
    theirs = by.theirs.safe_integer(json.loads(body), "serverTime")
    yield "time", by.read(ask.FetchTime(), body), theirs * 10**6


def shaped(operation: str, names: dict[str, str], method: str) -> "Compare":
    """Answers that our client gives as plain JSON: fields of the declared shape."""

    def compare(by: Readers, body: bytes) -> Iterator[Pair]:
        for mine, row in zip(
            _listed(by.wire(operation, body)), _listed(json.loads(body)), strict=True
        ):
            theirs = getattr(by.theirs, method)(row)
            for ours, word in names.items():
                yield ours, Decimal(getattr(mine, ours)), theirs[word]

    return compare


def parsed_only(operation: str) -> "Compare":
    """Answers of which ccxt reads nothing; that they are read whole is all there is to see."""

    def compare(by: Readers, body: bytes) -> Iterator[Pair]:
        again = json.loads(exact.encode(by.wire(operation, body)))
        yield "the whole", again, json.loads(body)

    return compare


# --- streams ------------------------------------------------------------------------------------


def private(by: Readers, body: bytes) -> Iterator[Pair]:
    """What happens to the account, wrapped or not."""
    message = json.loads(body)
    event = message.get("event") or message.get("data") or message
    told = by.told(json.dumps(event).encode())
    match event["e"]:
        case "executionReport":
            theirs = by.theirs.parse_ws_order(event)
            yield from _order(told[0], theirs)
            happened = event["x"] == "TRADE" and float(event["l"]) > 0
            yield "has a fill", len(told) == 2, happened
            if len(told) == 2:
                yield from _fill(told[1], by.theirs.parse_ws_trade(event))
        case "outboundAccountPosition":
            for mine, row in zip(told, event["B"], strict=True):
                yield f"{mine.asset} available", mine.available, by.theirs.safe_number(row, "f")
                yield f"{mine.asset} held", mine.held, by.theirs.safe_number(row, "l")
        case _:
            yield "nothing is told", told, []


def stream(by: Readers, body: bytes) -> Iterator[Pair]:
    """Market data, of a combined stream or not."""
    message = json.loads(body)
    event = message.get("data") or message
    told = json.dumps(event).encode()
    if "data" not in message or event.get("e") == "24hrTicker":
        mine = by.streamed("bnbbtc@ticker", told)
        yield from _ticker(mine, by.theirs.parse_ws_ticker(event, "spot"))
    elif event.get("e") == "trade":
        yield from _trade(by.streamed(message["stream"], told), by.theirs.parse_ws_trade(event))
    else:
        quote: Quote = by.streamed(message["stream"], told)
        theirs = by.theirs.parse_ws_ticker(event, "spot")
        assert quote.bid is not None
        assert quote.ask is not None
        yield "instrument", quote.instrument, theirs["symbol"]
        yield "bid", quote.bid.price, theirs["bid"]
        yield "bid quantity", quote.bid.quantity, theirs["bidVolume"]
        yield "ask", quote.ask.price, theirs["ask"]
        yield "ask quantity", quote.ask.quantity, theirs["askVolume"]


Compare = Callable[[Readers, bytes], Iterator[Pair]]

_PRICE = shaped("ticker.price", {"price": "price"}, "parse_last_price")
_QUOTE = shaped(
    "ticker.book",
    {"bid_price": "bid", "bid_qty": "bidVolume", "ask_price": "ask", "ask_qty": "askVolume"},
    "parse_ticker",
)
_AGGREGATES = shaped("trades.aggregate", {"p": "price", "q": "amount"}, "parse_trade")
_FEES = shaped(
    "wallet.asset.tradeFee",
    {"maker_commission": "maker", "taker_commission": "taker"},
    "parse_trading_fee",
)


def aggregate(by: Readers, body: bytes) -> Iterator[Pair]:
    """A stream that our client has no word for, by the declared shape."""
    event = json.loads(body)["data"]
    mine = exact.decode(json.dumps(event), type=AggregateTrade)
    theirs = by.theirs.parse_ws_trade(event)
    yield "id", str(mine.a), theirs["id"]
    yield "price", Decimal(mine.p), theirs["price"]
    yield "quantity", Decimal(mine.q), theirs["amount"]
    yield "time", mine.T, theirs["timestamp"]


COMPARED: dict[str, Compare] = {
    r".*/order_response": orders(ask.FetchOrder("LTC/BTC", "1")),
    r".*/(open|all)_?orders_response": orders(ask.FetchOpenOrders("LTC/BTC")),
    r".*/cancel_order_response": orders(ask.CancelOrder("LTC/BTC", "4")),
    r".*/cancel_open_orders_response": orders(ask.CancelAllOrders("BTC/USDT")),
    r".*/new_order_full_response": orders(
        ask.PlaceOrder("BTC/USDT", "sell", "market", Decimal(10))  # type: ignore[arg-type]  # unread
    ),
    r".*/(account_trades_response)": fills,
    r".*/(trades_response|http_spot_market_(historical_)?trades)": trades,
    r".*/(depth_response|http_spot_market_depth)": book,
    r".*/(klines_response|http_spot_market_klines)": candles,
    r".*/ticker_24hr_response": ticker,
    r".*/(account_response|http_spot_wallet_account)": balances,
    r".*/(exchange_info_response|http_spot_market_exchange_info)": instruments,
    r".*/(server_time_response|http_spot_market_time)": clock,
    r".*/(ticker_price_response|http_spot_market_ticker_price)": _PRICE,
    r".*/(book_ticker_response|http_spot_market_book_ticker)": _QUOTE,
    r".*/http_spot_market_agg_trades": _AGGREGATES,
    r".*/http_wallet_trading_fees?": _FEES,
    r".*/(avg_price_response|http_spot_market_avg_price)": parsed_only("avgPrice"),
    r".*/(ping_response|http_spot_market_ping)": parsed_only("ping"),
    r".*/user_data_json/.*": private,
    r".*/ws_spot_execution_report_.*": private,
    r".*/ws_spot_agg_trade": aggregate,
    r".*/ws_spot_(trade|ticker_24hr|ticker_book)": stream,
}
"""By path: how a file is read by both."""


def compare(by: Readers) -> Iterator[Found]:
    """Every file that is in scope."""
    for file in sorted(FOLDER.rglob("*")):
        path = file.relative_to(FOLDER).as_posix()
        if not file.is_file() or scope(path):
            continue
        stem = path.removesuffix(".json")
        how = next((each for fits, each in COMPARED.items() if re.fullmatch(fits, stem)), None)
        if how is None:
            yield Found(path, [], "nobody reads it")
            continue
        found = Found(path, [])
        try:
            found.pairs += how(by, file.read_bytes())
        except (TradewindError, LookupError, ValueError, AssertionError) as error:
            found.unread = f"{type(error).__name__}: {error}"
        yield found


def skipped() -> Iterator[tuple[str, str]]:
    """Every file that is out of scope, and why."""
    for file in sorted(FOLDER.rglob("*")):
        path = file.relative_to(FOLDER).as_posix()
        if file.is_file() and scope(path):
            yield path, scope(path)


def readers() -> Readers:
    """Ours, and ccxt as it is installed."""
    import ccxt.pro

    return Readers(ccxt.pro.binance())


def main() -> None:
    """Print what was found."""
    for found in compare(readers()):
        print(f"{found.path}: {len(found.pairs)}")
        for field, ours, theirs in found.differences():
            print(f"    {field}: {ours!r} / {theirs!r}")


if __name__ == "__main__":
    main()
