"""The venue's operations as a Postman collection: every operation of the table at least once, in an
order in which each answer depends on what was done before, and refusals with their codes.

It leaves nothing open behind it. Orders are for 0.001 BTC, far from the market unless they are to
trade; the account needs some USDT, BTC and BNB.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ...protocol import postman
from ...protocol.operations import Table
from ...protocol.postman import SIGNATURE, Folder, Signing, Step
from . import rules
from .operations import TABLE
from .wire import trading

SYMBOL = "BTCUSDT"
QUANTITY = "0.00100000"

PREREQUEST = """\
const hmac = require('crypto-js').HmacSHA256;
// times and the signature: HMAC-SHA256 over the query as it is sent, without the signature
pm.variables.set('timestamp', String(Date.now()));
pm.variables.set('an_hour_ago', String(Date.now() - 3600000));
if (!pm.collectionVariables.get('run')) {
  pm.collectionVariables.set('run', Date.now().toString(36));
}
const sent = pm.request.url.query.filter((each) => !each.disabled);
if (sent.some((each) => each.key === 'signature' && each.value === '{{signature}}')) {
  const text = sent
    .filter((each) => each.key !== 'signature')
    .map((each) => `${each.key}=${pm.variables.replaceIn(each.value)}`)
    .join('&');
  const secret = pm.environment.get('api_secret');
  pm.variables.set('signature', hmac(text, secret).toString());
}
"""

SIGNING = Signing(
    prerequest=PREREQUEST,
    header="X-MBX-APIKEY",
    parameters=(("timestamp", "{{timestamp}}"), ("signature", SIGNATURE)),
    error="answer.code",
)


def _step(
    operation: str,
    title: str,
    *tests: tuple[str, str],
    keeps: Mapping[str, str] | None = None,
    status: int = 200,
    code: int = 0,
    shape: Any = None,
    signed: bool = True,
    key: bool = True,
    also: Mapping[str, str] | None = None,
    **sent: str,
) -> Step:
    return Step(
        operation,
        title,
        (*sent.items(), *(also or {}).items()),
        tests,
        tuple((keeps or {}).items()),
        400 if code and status == 200 else status,
        code,
        shape,
        signed,
        key,
    )


def _free(asset: str, field: str = "free") -> str:
    return f"number(answer.balances.find((b) => b.asset === '{asset}').{field})"


def _near(left: str, right: str) -> str:
    return f"Math.abs(({left}) - ({right})) < 1e-7"


def _level(factor: str) -> str:
    """The last price times a factor, in whole ticks."""
    return f"(Math.round(number(answer.price) * {factor} / v('tick')) * v('tick')).toFixed(2)"


OPEN = "answer.some((o) => o.orderId === v('order'))"
LISTED = "answer.some((l) => l.orderListId === v('list'))"
LOCKED = _free("BTC", "locked")
FREE = _free("USDT")

MARKET = Folder(
    "Market data",
    "Public: neither key nor signature.",
    (
        _step("ping", "The server is there", ("nothing is said", "text === '{}'")),
        _step(
            "time",
            "What time it is",
            ("a time in milliseconds", "answer.serverTime > 1.5e12 && answer.serverTime < 1e14"),
        ),
        _step(
            "exchangeInfo",
            "The rules of a symbol",
            (
                "one symbol",
                f"answer.symbols.length === 1 && answer.symbols[0].symbol === '{SYMBOL}'",
            ),
            ("it trades", "answer.symbols[0].status === 'TRADING'"),
            (
                "the weight limit is told",
                "answer.rateLimits.some((l) => l.rateLimitType === 'REQUEST_WEIGHT')",
            ),
            keeps={
                "tick": "number(answer.symbols[0].filters"
                ".find((f) => f.filterType === 'PRICE_FILTER').tickSize)",
                "step": "number(answer.symbols[0].filters"
                ".find((f) => f.filterType === 'LOT_SIZE').stepSize)",
            },
            symbol=SYMBOL,
        ),
        _step("executionRules", "Execution rules", symbol=SYMBOL),
        _step(
            "ticker.price",
            "The last price",
            ("a price", "number(answer.price) > 0"),
            (
                "in whole ticks",
                _near(
                    "number(answer.price) / v('tick')",
                    "Math.round(number(answer.price) / v('tick'))",
                ),
            ),
            keeps={
                "price": "number(answer.price)",
                "far": _level("1.2"),
                "farther": _level("1.3"),
                "low": _level("0.8"),
                "lower": _level("0.7"),
                "between": f"(number({_level('1.2')}) + v('tick') / 2).toFixed(3)",
            },
            symbol=SYMBOL,
        ),
        _step(
            "depth",
            "The book",
            ("five levels at most", "answer.bids.length <= 5 && answer.asks.length <= 5"),
            ("not crossed", "number(answer.bids[0][0]) < number(answer.asks[0][0])"),
            (
                "bids fall",
                "answer.bids.every((b, i, all) => !i || number(b[0]) < number(all[i - 1][0]))",
            ),
            symbol=SYMBOL,
            limit="5",
        ),
        _step(
            "ticker.book",
            "Best bid and ask",
            ("not crossed", "number(answer.bidPrice) < number(answer.askPrice)"),
            symbol=SYMBOL,
        ),
        _step(
            "trades.recent",
            "The last trades",
            ("three", "answer.length === 3"),
            ("ascending", "answer.every((t, i, all) => !i || t.id === all[i - 1].id + 1)"),
            (
                "worth price times quantity",
                _near(
                    "number(answer[0].quoteQty)", "number(answer[0].price) * number(answer[0].qty)"
                ),
            ),
            keeps={"trade": "answer[0].id"},
            symbol=SYMBOL,
            limit="3",
        ),
        _step(
            "trades.historical",
            "Trades from an id",
            ("it begins with that one", "answer[0].id === v('trade')"),
            symbol=SYMBOL,
            limit="3",
            fromId="{{trade}}",
        ),
        _step(
            "trades.aggregate",
            "Aggregate trades",
            ("each has at least one trade", "answer.every((t) => t.l >= t.f)"),
            symbol=SYMBOL,
            limit="3",
        ),
        _step(
            "blockTrades.historical",
            "Block trades",
            ("a list", "Array.isArray(answer)"),
            symbol=SYMBOL,
            fromId="1",
        ),
        *(
            _step(
                name,
                f"Candles: {name}",
                ("two", "answer.length === 2"),
                ("minutes", "answer[1][0] - answer[0][0] === 60000"),
                ("highest is not below lowest", "number(answer[0][2]) >= number(answer[0][3])"),
                symbol=SYMBOL,
                interval="1m",
                limit="2",
            )
            for name in ("klines", "uiKlines")
        ),
        _step(
            "avgPrice",
            "The average price",
            ("of five minutes", "answer.mins === 5"),
            symbol=SYMBOL,
        ),
        _step(
            "ticker.24hr",
            "The last 24 hours",
            ("high is not below low", "number(answer.highPrice) >= number(answer.lowPrice)"),
            (
                "change is last less open",
                _near(
                    "number(answer.priceChange)",
                    "number(answer.lastPrice) - number(answer.openPrice)",
                ),
            ),
            symbol=SYMBOL,
        ),
        _step(
            "ticker.tradingDay",
            "The trading day",
            ("of that symbol", f"answer[0].symbol === '{SYMBOL}'"),
            symbols=f'["{SYMBOL}"]',
        ),
        _step(
            "ticker",
            "A rolling window",
            ("of an hour, begun with a minute", "answer.closeTime - answer.openTime < 3660000"),
            symbol=SYMBOL,
            windowSize="1h",
        ),
        _step(
            "referencePrice",
            "A reference price that was never set",
            code=-2043,
            symbol=SYMBOL,
        ),
        _step(
            "referencePrice.calculation",
            "How that is calculated",
            code=-2043,
            symbol=SYMBOL,
        ),
    ),
)

ORDERS = Folder(
    "Orders",
    "An order's life: placed, seen, amended, replaced, cancelled; then one that trades.",
    (
        _step(
            "account.status",
            "What I have",
            ("it may trade", "answer.canTrade"),
            ("no price of a trade group", "answer.accountType === 'SPOT'"),
            keeps={"btc_locked": LOCKED, "usdt_free": FREE},
        ),
        _step(
            "order.test",
            "Test an order",
            ("nothing is said", "text === '{}'"),
            shape=dict[str, str],
            symbol=SYMBOL,
            side="SELL",
            type="LIMIT",
            timeInForce="GTC",
            quantity=QUANTITY,
            price="{{far}}",
        ),
        _step(
            "account.status",
            "A test holds nothing",
            ("locked as before", _near(LOCKED, "v('btc_locked')")),
        ),
        _step(
            "order.place",
            "Place an order far from the market",
            ("it rests", "answer.status === 'NEW' && number(answer.executedQty) === 0"),
            ("under my id", "answer.clientOrderId === `walk-${v('run')}`"),
            ("at my price", "answer.price === number(v('far')).toFixed(8)"),
            keeps={"order": "answer.orderId"},
            symbol=SYMBOL,
            side="SELL",
            type="LIMIT",
            timeInForce="GTC",
            quantity="0.00200000",
            price="{{far}}",
            newClientOrderId="walk-{{run}}",
            newOrderRespType="RESULT",
        ),
        _step(
            "order.status",
            "Ask for it by its id",
            ("it is that one", "answer.orderId === v('order') && answer.status === 'NEW'"),
            ("it works", "answer.isWorking"),
            symbol=SYMBOL,
            orderId="{{order}}",
        ),
        _step("openOrders.status", "It is open", ("mine is among them", OPEN), symbol=SYMBOL),
        _step(
            "account.status",
            "It holds what it sells",
            ("0.002 more is locked", _near(LOCKED, "v('btc_locked') + 0.002")),
        ),
        _step(
            "account.rateLimits.orders",
            "Orders are counted",
            ("at least one today", "answer.find((l) => l.interval === 'DAY').count >= 1"),
        ),
        _step(
            "order.amend.keepPriority",
            "Lower its quantity",
            ("it is lower", f"answer.amendedOrder.qty === '{QUANTITY}'"),
            symbol=SYMBOL,
            orderId="{{order}}",
            newQty=QUANTITY,
            newClientOrderId="less-{{run}}",
        ),
        _step(
            "order.amendments",
            "The amendment is told",
            (
                "from 0.002 to 0.001",
                "answer.length === 1 && answer[0].origQty === '0.00200000' "
                f"&& answer[0].newQty === '{QUANTITY}'",
            ),
            symbol=SYMBOL,
            orderId="{{order}}",
        ),
        _step(
            "account.status",
            "It holds less",
            ("0.001 is locked", _near(LOCKED, "v('btc_locked') + 0.001")),
        ),
        _step(
            "order.cancelReplace",
            "Replace it",
            (
                "both succeeded",
                "answer.cancelResult === 'SUCCESS' && answer.newOrderResult === 'SUCCESS'",
            ),
            (
                "the old one is gone",
                "answer.cancelResponse.orderId === v('order') && "
                "answer.cancelResponse.status === 'CANCELED'",
            ),
            keeps={"order": "answer.newOrderResponse.orderId"},
            symbol=SYMBOL,
            side="SELL",
            type="LIMIT",
            timeInForce="GTC",
            cancelReplaceMode="STOP_ON_FAILURE",
            cancelOrderId="{{order}}",
            cancelNewClientOrderId="gone-{{run}}",
            quantity=QUANTITY,
            price="{{farther}}",
        ),
        _step(
            "order.cancel",
            "Cancel it",
            ("it is cancelled", "answer.orderId === v('order') && answer.status === 'CANCELED'"),
            symbol=SYMBOL,
            orderId="{{order}}",
        ),
        _step(
            "order.cancel",
            "Cancel it again",
            ("it is not known", "answer.msg === 'Unknown order sent.'"),
            code=-2011,
            symbol=SYMBOL,
            orderId="{{order}}",
        ),
        _step(
            "openOrders.status", "It is not open", ("mine is not there", f"!{OPEN}"), symbol=SYMBOL
        ),
        _step(
            "account.status",
            "Nothing is held for it",
            ("locked as before", _near(LOCKED, "v('btc_locked')")),
        ),
        _step(
            "order.status",
            "Ask for the first by its cancel's id",
            (
                "it was cancelled",
                f"answer.status === 'CANCELED' && answer.origQty === '{QUANTITY}'",
            ),
            symbol=SYMBOL,
            origClientOrderId="gone-{{run}}",
        ),
        _step(
            "order.place",
            "Only an acknowledgement",
            ("no status in an ACK", "!('status' in answer)"),
            keeps={"order": "answer.orderId"},
            shape=trading.NewOrderAck,
            symbol=SYMBOL,
            side="BUY",
            type="LIMIT_MAKER",
            quantity=QUANTITY,
            price="{{low}}",
            newOrderRespType="ACK",
        ),
        _step(
            "openOrders.cancelAll",
            "Cancel all of the symbol",
            ("mine is among them", OPEN),
            symbol=SYMBOL,
        ),
        _step("openOrders.cancelAll", "There is nothing left", code=-2011, symbol=SYMBOL),
        _step(
            "order.place",
            "Buy at the market",
            ("it is filled", "answer.status === 'FILLED'"),
            (
                "the fills add up",
                _near(
                    "answer.fills.reduce((s, f) => s + number(f.qty), 0)",
                    "number(answer.executedQty)",
                ),
            ),
            keeps={
                "order": "answer.orderId",
                "spent": "number(answer.cummulativeQuoteQty)",
                "trades": "answer.fills.map((f) => f.tradeId).join(',')",
            },
            symbol=SYMBOL,
            side="BUY",
            type="MARKET",
            quantity=QUANTITY,
            newOrderRespType="FULL",
        ),
        _step(
            "myTrades",
            "My trades of it",
            ("the very fills", "answer.map((t) => t.id).join(',') === v('trades')"),
            ("as taker and buyer", "answer.every((t) => t.isBuyer && !t.isMaker)"),
            symbol=SYMBOL,
            orderId="{{order}}",
        ),
        _step(
            "account.status",
            "It was paid for",
            ("what was spent is gone", _near(FREE, "v('usdt_free') - v('spent')")),
        ),
        _step(
            "allOrders",
            "All orders",
            ("the last is that one", "answer[answer.length - 1].orderId === v('order')"),
            symbol=SYMBOL,
        ),
        _step(
            "sor.order.test",
            "Test a routed order",
            ("nothing is said", "text === '{}'"),
            shape=dict[str, str],
            symbol=SYMBOL,
            side="BUY",
            type="LIMIT",
            timeInForce="GTC",
            quantity=QUANTITY,
            price="{{low}}",
        ),
        _step(
            "sor.order.place",
            "Place a routed order",
            ("it was routed", "answer.usedSor === true"),
            keeps={"order": "answer.orderId"},
            symbol=SYMBOL,
            side="BUY",
            type="LIMIT",
            timeInForce="GTC",
            quantity=QUANTITY,
            price="{{low}}",
        ),
        _step("order.cancel", "Cancel it too", symbol=SYMBOL, orderId="{{order}}"),
        _step("myAllocations", "Allocations", ("a list", "Array.isArray(answer)"), symbol=SYMBOL),
        _step(
            "myPreventedMatches",
            "Prevented matches of it",
            ("none", "answer.length === 0"),
            symbol=SYMBOL,
            orderId="{{order}}",
        ),
        _step(
            "account.commission",
            "What I pay",
            ("of that symbol", f"answer.symbol === '{SYMBOL}'"),
            symbol=SYMBOL,
        ),
        _step("myFilters", "Filters that matter to me", symbol=SYMBOL),
    ),
)


def _list(operation: str, title: str, orders: int, **sent: str) -> tuple[Step, ...]:
    """A list, placed, looked at and cancelled."""
    name = f"{title.split()[0].lower()}-{{{{run}}}}"
    return (
        _step(
            operation,
            f"Place {title}",
            (
                "its orders",
                f"answer.orders.length === {orders} && answer.orderReports.length === {orders}",
            ),
            ("it executes", "answer.listOrderStatus === 'EXECUTING'"),
            keeps={"list": "answer.orderListId", "order": "answer.orders[0].orderId"},
            symbol=SYMBOL,
            listClientOrderId=name,
            newOrderRespType="RESULT",
            also=sent,
        ),
        _step(
            "orderList.status",
            f"Ask for {title}",
            ("it is that one", "answer.orderListId === v('list')"),
            ("it executes", "answer.listOrderStatus === 'EXECUTING'"),
            origClientOrderId=name,
        ),
        _step("openOrderLists.status", f"{title.capitalize()} is open", ("among them", LISTED)),
        _step(
            "order.status",
            f"An order of {title}",
            ("it knows its list", "answer.orderListId === v('list')"),
            symbol=SYMBOL,
            orderId="{{order}}",
        ),
        _step(
            "orderList.cancel",
            f"Cancel {title}",
            ("it is done", "answer.listOrderStatus === 'ALL_DONE'"),
            ("all cancelled", "answer.orderReports.every((o) => o.status === 'CANCELED')"),
            symbol=SYMBOL,
            orderListId="{{list}}",
        ),
        _step(
            "openOrderLists.status", f"{title.capitalize()} is gone", ("not there", f"!({LISTED})")
        ),
    )


_WORKING = {
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingTimeInForce": "GTC",
    "workingPrice": "{{low}}",
    "workingQuantity": QUANTITY,
    "pendingSide": "SELL",
}
_PAIR = {
    "pendingAboveType": "LIMIT_MAKER",
    "pendingAbovePrice": "{{far}}",
    "pendingBelowType": "STOP_LOSS",
    "pendingBelowStopPrice": "{{lower}}",
}
_LIMIT = {"pendingType": "LIMIT", "pendingTimeInForce": "GTC", "pendingPrice": "{{far}}"}

LIST_GROUPS: tuple[tuple[Step, ...], ...] = (
    _list(
        "orderList.place.oco",
        "oco list",
        2,
        side="SELL",
        quantity=QUANTITY,
        aboveType="LIMIT_MAKER",
        abovePrice="{{far}}",
        belowType="STOP_LOSS",
        belowStopPrice="{{low}}",
    ),
    _list(
        "orderList.place",
        "old oco list",
        2,
        side="SELL",
        quantity=QUANTITY,
        price="{{far}}",
        stopPrice="{{low}}",
    ),
    _list("orderList.place.oto", "oto list", 2, pendingQuantity=QUANTITY, **_WORKING, **_LIMIT),
    _list("orderList.place.otoco", "otoco list", 3, pendingQuantity=QUANTITY, **_WORKING, **_PAIR),
    _list("orderList.place.opo", "opo list", 2, **_WORKING, **_LIMIT),
    _list("orderList.place.opoco", "opoco list", 3, **_WORKING, **_PAIR),
    (
        _step(
            "allOrderLists",
            "All lists",
            ("the last is among them", LISTED),
            (
                "it is done",
                "answer.find((l) => l.orderListId === v('list')).listOrderStatus === 'ALL_DONE'",
            ),
        ),
    ),
)

LISTS = Folder(
    "Order lists",
    "Each kind of list: placed, seen, cancelled as a whole.",
    tuple(step for group in LIST_GROUPS for step in group),
)

_MOVED = {"asset": "USDT", "amount": "12.5"}
WALLET = Folder(
    "Wallet",
    "What common clients ask under /sapi; only the live network has it.",
    (
        _step("wallet.system.status", "The system works", ("normal", "answer.status === 0")),
        _step(
            "wallet.account.apiRestrictions",
            "What this key may do",
            ("read and trade", "answer.enableReading && answer.enableSpotAndMarginTrading"),
            keeps={"may_withdraw": "answer.enableWithdrawals"},
        ),
        _step(
            "wallet.account.status", "The account's state", ("normal", "answer.data === 'Normal'")
        ),
        _step("wallet.account.info", "The account's products"),
        _step(
            "wallet.account.apiTradingStatus", "It is not locked", ("free", "!answer.data.isLocked")
        ),
        _step(
            "wallet.asset.tradeFee",
            "What it pays on a symbol",
            ("that one", f"answer.length === 1 && answer[0].symbol === '{SYMBOL}'"),
            symbol=SYMBOL,
        ),
        _step(
            "wallet.capital.config.getall",
            "Coins and networks",
            ("USDT is one", "answer.some((c) => c.coin === 'USDT' && c.networkList.length > 0)"),
            keeps={"usdt_free": "number(answer.find((c) => c.coin === 'USDT').free)"},
        ),
        _step(
            "wallet.asset.assetDetail",
            "One coin in short",
            ("only that", "Object.keys(answer).join() === 'USDT'"),
            asset="USDT",
        ),
        _step(
            "wallet.asset.getUserAsset",
            "The spot wallet",
            ("as the coins say", _near("number(answer[0].free)", "v('usdt_free')")),
            asset="USDT",
        ),
        _step(
            "wallet.asset.get-funding-asset",
            "The funding wallet before",
            keeps={"funding": "answer.length ? number(answer[0].free) : 0"},
            asset="USDT",
        ),
        _step(
            "wallet.asset.transfer",
            "From spot to funding",
            keeps={"transfer": "answer.tranId"},
            type="MAIN_FUNDING",
            also=_MOVED,
        ),
        _step(
            "wallet.asset.get-funding-asset",
            "The funding wallet after",
            ("12.5 more", _near("number(answer[0].free)", "v('funding') + 12.5")),
            asset="USDT",
        ),
        _step(
            "wallet.asset.wallet.balance",
            "Every wallet's worth",
            (
                "funding has some",
                "number(answer.find((w) => w.walletName === 'Funding').balance) > 0",
            ),
            quoteAsset="USDT",
        ),
        _step(
            "wallet.asset.transfer.history",
            "The transfer is told",
            (
                "as the last one",
                "answer.rows[0].tranId === v('transfer') && answer.rows[0].amount === '12.5'",
            ),
            type="MAIN_FUNDING",
        ),
        _step("wallet.asset.transfer", "And back", type="FUNDING_MAIN", also=_MOVED),
        _step(
            "wallet.asset.transfer",
            "More than there is",
            code=-5013,
            type="MAIN_FUNDING",
            asset="USDT",
            amount="99999999999",
        ),
        _step(
            "wallet.asset.getUserAsset",
            "The spot wallet is as before",
            ("as before", _near("number(answer[0].free)", "v('usdt_free')")),
            asset="USDT",
        ),
        *(
            _step(
                f"wallet.margin.{kind}",
                f"Margin pairs ({kind})",
                ("no pair but that", f"answer.every((p) => p.symbol === '{SYMBOL}')"),
                symbol=SYMBOL,
            )
            for kind in ("allPairs", "isolated.allPairs")
        ),
        _step("wallet.bnbBurn", "Fees in BNB?", keeps={"burn": "answer.spotBNBBurn"}),
        _step(
            "wallet.bnbBurn.set",
            "Pay fees in BNB",
            ("so it is", "answer.spotBNBBurn === true"),
            spotBNBBurn="true",
        ),
        _step("wallet.bnbBurn", "Now they are", ("so it is", "answer.spotBNBBurn === true")),
        _step(
            "wallet.bnbBurn.set",
            "As before",
            ("so it is", "answer.spotBNBBurn === v('burn')"),
            spotBNBBurn="{{burn}}",
        ),
        _step(
            "wallet.capital.deposit.address",
            "Where to deposit",
            ("of that coin", "answer.coin === 'BTC'"),
            keeps={"address": "answer.address"},
            coin="BTC",
        ),
        _step(
            "wallet.capital.deposit.hisrec",
            "What came in",
            ("all of that coin", "answer.every((d) => d.coin === 'BTC')"),
            coin="BTC",
        ),
        _step(
            "wallet.capital.withdraw.apply",
            "A key that may not withdraw",
            ("the address is told", "/, request ip: /.test(answer.msg)"),
            status=401,
            code=-2015,
            coin="USDT",
            address="0xNowhere",
            amount="50",
        ),
        _step(
            "wallet.capital.withdraw.history",
            "What went out",
            ("all of that coin", "answer.every((w) => w.coin === 'USDT')"),
            coin="USDT",
        ),
        _step(
            "wallet.convert.exchangeInfo",
            "What converts into what",
            ("that pair", "answer.length === 1 && answer[0].toAsset === 'BTC'"),
            fromAsset="USDT",
            toAsset="BTC",
        ),
        _step(
            "wallet.convert.assetInfo",
            "In which steps",
            ("BTC is one", "answer.some((a) => a.asset === 'BTC')"),
        ),
        _step(
            "wallet.convert.getQuote",
            "A quote",
            ("it can be accepted", "answer.quoteId.length > 0"),
            keeps={"quote": "answer.quoteId", "gets": "answer.toAmount"},
            fromAsset="USDT",
            toAsset="BTC",
            fromAmount="50",
        ),
        _step(
            "wallet.convert.acceptQuote",
            "Accept it",
            keeps={"conversion": "answer.orderId"},
            quoteId="{{quote}}",
        ),
        _step("wallet.convert.acceptQuote", "Accept it again", code=-345103, quoteId="{{quote}}"),
        _step(
            "wallet.convert.orderStatus",
            "What it became",
            ("as quoted", "answer.orderStatus === 'SUCCESS' && answer.toAmount === v('gets')"),
            orderId="{{conversion}}",
        ),
        _step(
            "wallet.convert.tradeFlow",
            "Conversions",
            ("the last is that one", "String(answer.list[0].orderId) === v('conversion')"),
            startTime="{{an_hour_ago}}",
            endTime="{{timestamp}}",
        ),
        _step(
            "wallet.asset.getUserAsset",
            "It was paid for",
            ("50 less", _near("number(answer[0].free)", "v('usdt_free') - 50")),
            asset="USDT",
        ),
        _step("wallet.asset.dust-btc", "Dust"),
        _step("wallet.asset.dust", "BNB does not become BNB", code=-5003, asset="BNB"),
        _step(
            "wallet.asset.dribblet",
            "Dust that was converted",
            ("as many as it says", "answer.userAssetDribblets.length <= answer.total"),
        ),
        _step("wallet.sub-account.list", "Sub-accounts"),
        _step("wallet.sub-account.status", "Their states"),
        _step("wallet.sub-account.spotSummary", "Their worth"),
        _step("wallet.sub-account.sub.transfer.history", "Transfers among them"),
        _step(
            "wallet.sub-account.universalTransfer.history",
            "Universal transfers",
            ("counted", "answer.result.length <= answer.totalCount"),
        ),
        *(
            _step(
                f"wallet.sub-account.assets.{version}",
                f"A stranger's assets ({version})",
                code=-5021,
                email="nobody@sub.invalid",
            )
            for version in ("v3", "v4")
        ),
        _step(
            "wallet.sub-account.universalTransfer",
            "A transfer to nobody",
            code=-4003,
            fromAccountType="SPOT",
            toAccountType="SPOT",
            also=_MOVED,
        ),
        _step(
            "wallet.sub-account.transfer.subToSub",
            "A master is no sub-account",
            code=-4001,
            toEmail="nobody@sub.invalid",
            also=_MOVED,
        ),
        _step(
            "wallet.sub-account.transfer.subToMaster",
            "Nor to itself",
            code=-4001,
            also=_MOVED,
        ),
        _step(
            "wallet.sub-account.transfer.subUserHistory",
            "Nor has it a sub-account's history",
            code=-4001,
        ),
    ),
)

LISTEN = Folder(
    "Listen keys",
    "User data as it was followed until 2026-02-20.",
    (
        _step("userDataStream.start", "A key", keeps={"listen": "answer.listenKey"}),
        _step(
            "userDataStream.start",
            "The same key",
            ("the same", "answer.listenKey === v('listen')"),
        ),
        _step("userDataStream.ping", "Keep it", listenKey="{{listen}}"),
        _step("userDataStream.stop", "End it", listenKey="{{listen}}"),
        _step("userDataStream.ping", "It is gone", code=-1125, listenKey="{{listen}}"),
    ),
)
NO_LISTEN = Folder(
    "Listen keys",
    "Gone since 2026-02-20.",
    tuple(
        _step(f"userDataStream.{verb}", f"Listen keys are gone: {verb}", status=410, key=False)
        for verb in ("start", "ping", "stop")
    ),
)

_ORDER = {"symbol": SYMBOL, "side": "SELL", "type": "LIMIT", "timeInForce": "GTC"}
REFUSALS = Folder(
    "Refusals",
    "What is refused, and with which code; nothing changes by it.",
    (
        _step("depth", "An unknown symbol", code=-1121, symbol="NOPE"),
        _step("depth", "No symbol", code=-1102),
        _step("klines", "An empty interval", code=-1105, symbol=SYMBOL, interval=""),
        _step("klines", "An unknown interval", code=-1120, symbol=SYMBOL, interval="7m"),
        _step("avgPrice", "A parameter too many", code=-1104, symbol=SYMBOL, more="1"),
        _step(
            "order.status", "No order has that id", code=-2013, symbol=SYMBOL, orderId="999999999"
        ),
        _step("order.status", "Neither id", code=-1102, symbol=SYMBOL),
        _step("account.status", "No key", status=401, code=-2014, key=False),
        _step(
            "account.status", "No signature", code=-1102, signed=False, timestamp="{{timestamp}}"
        ),
        _step("account.status", "A wrong signature", code=-1022, signature="00"),
        _step("account.status", "Too late", code=-1021, timestamp="1600000000000"),
        _step(
            "order.place",
            "Between ticks",
            code=-1013,
            quantity=QUANTITY,
            price="{{between}}",
            also=_ORDER,
        ),
        _step(
            "order.place",
            "Too little",
            code=-1013,
            quantity="0.00000001",
            price="{{far}}",
            also=_ORDER,
        ),
        _step(
            "order.place",
            "Worth too little",
            code=-1013,
            quantity="0.00001000",
            price="{{far}}",
            also=_ORDER,
        ),
        _step(
            "order.place",
            "Too precise",
            code=-1111,
            quantity="0.0010000001",
            price="{{far}}",
            also=_ORDER,
        ),
        _step(
            "order.place",
            "More than I have",
            code=-2010,
            quantity="20.00000000",
            price="{{far}}",
            also=_ORDER,
        ),
        _step(
            "order.place", "No number", code=-1100, quantity="1e-3", price="{{far}}", also=_ORDER
        ),
        _step("order.place", "No price", code=-1102, quantity=QUANTITY, also=_ORDER),
        _step(
            "order.place",
            "A side that is none",
            code=-1117,
            quantity=QUANTITY,
            price="{{far}}",
            also={**_ORDER, "side": "HOLD"},
        ),
        _step(
            "openOrders.status", "Nothing is open", ("none", "answer.length === 0"), symbol=SYMBOL
        ),
    ),
)


def collection(settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The collection for a box with these settings (``date``, ``flavour``)."""
    settings = settings or {}
    table = rules.in_force(TABLE, settings)
    folders = [_in_force(each, table) for each in (MARKET, ORDERS, LISTS, WALLET, LISTEN)]
    if "userDataStream.start" not in table.by_name:
        folders.append(NO_LISTEN)
    folders.append(REFUSALS)
    return postman.collection(
        "Binance Spot",
        "Every operation of the Spot API and of the wallet, with tests. The environment has url, "
        "api_key and api_secret (hmac).",
        TABLE,
        [folder for folder in folders if folder.steps],
        SIGNING,
    )


def _in_force(folder: Folder, table: Table) -> Folder:
    """What of a folder can be asked; of a list nothing where it cannot be placed."""
    groups = LIST_GROUPS if folder is LISTS else tuple((step,) for step in folder.steps)
    steps = tuple(
        step
        for group in groups
        if all(step.operation in table.by_name for step in group)
        for step in group
    )
    return Folder(folder.name, folder.text, steps)


def operations(folders: Iterable[Folder] = (MARKET, ORDERS, LISTS, WALLET, LISTEN)) -> set[str]:
    """Which operations are asked."""
    return {step.operation for folder in folders for step in folder.steps}


def environment(url: str, api_key: str, api_secret: str) -> dict[str, Any]:
    """An environment for a box."""
    return postman.environment(
        "Binance Spot (local)",
        (("url", url, False), ("api_key", api_key, True), ("api_secret", api_secret, True)),
    )
