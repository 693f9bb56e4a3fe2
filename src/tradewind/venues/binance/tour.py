"""The beginner's walk of the venue's API tutorial, step by step, and what must come back.

The path: what can be traded, what I have, the market, a rehearsal, an order that rests, how to
find it in four ways, its end, and three market orders that are answered in three lengths.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ...protocol.touring import Memory, Step, Tour

SYMBOL = "BTCUSDT"
BASE, QUOTE = "BTC", "USDT"
QUANTITY = "0.01"
SMALL = "0.001"
FAR = Decimal("1.5")
"""The resting sell asks half again the market: far, and inside the price filter (up to 5x)."""

ACK_FIELDS = {"symbol", "orderId", "orderListId", "clientOrderId", "transactTime"}


def _needs(answer: Any, *names: str) -> str:
    missing = [name for name in names if name not in answer]
    return f"the answer lacks {', '.join(missing)}" if missing else ""


def _rules(answer: Any, memory: Memory) -> str:
    symbols = {row["symbol"]: row for row in answer["symbols"]}
    if SYMBOL not in symbols:
        return f"{SYMBOL} is not listed"
    filters = {rule["filterType"]: rule for rule in symbols[SYMBOL]["filters"]}
    memory["tick"] = filters["PRICE_FILTER"]["tickSize"]
    trading = symbols[SYMBOL]["status"] == "TRADING"
    return "" if trading else f"{SYMBOL} is {symbols[SYMBOL]['status']}"


def _account(answer: Any, memory: Memory) -> str:
    held = {row["asset"]: row for row in answer["balances"]}
    for asset in (BASE, QUOTE):
        if Decimal(held.get(asset, {}).get("free", "0")) <= 0:
            return f"there is no {asset} to trade with; try: tradewind faucet"
    memory["free"], memory["locked"] = held[BASE]["free"], held[BASE]["locked"]
    return "" if answer["canTrade"] else "the account may not trade"


def _ticker(answer: Any, _: Memory) -> str:
    low, high = Decimal(answer["lowPrice"]), Decimal(answer["highPrice"])
    inside = low <= Decimal(answer["lastPrice"]) <= high
    return "" if inside else "the last price is outside of the day's range"


def _price(answer: Any, memory: Memory) -> str:
    last, tick = Decimal(answer["price"]), Decimal(memory["tick"])
    memory["price"] = format((last * FAR // tick * tick).normalize(), "f")
    return "" if last > 0 else "the price is not positive"


def _depth(answer: Any, _: Memory) -> str:
    bids, asks = ([Decimal(level[0]) for level in answer[side]] for side in ("bids", "asks"))
    if not bids or not asks:
        return "a side of the book is empty"
    sorted_well = bids == sorted(bids, reverse=True) and asks == sorted(asks)
    return "" if sorted_well and bids[0] < asks[0] else "the book is crossed or not sorted"


def _nothing(answer: Any, _: Memory) -> str:
    return "" if answer == {} else "a rehearsal answers {}"


def _rests(answer: Any, memory: Memory) -> str:
    memory["order_id"] = str(answer["orderId"])
    if answer["clientOrderId"] != memory["client_order_id"]:
        return "the order does not carry our id"
    return "" if answer["status"] == "NEW" else f"the order is {answer['status']}, not NEW"


def _ours(rows: Sequence[Mapping[str, Any]], memory: Memory) -> list[Mapping[str, Any]]:
    return [row for row in rows if str(row["orderId"]) == memory["order_id"]]


def _is_open(answer: Any, memory: Memory) -> str:
    return "" if len(_ours(answer, memory)) == 1 else "the order is not among the open ones"


def _is_known(answer: Any, memory: Memory) -> str:
    found = _ours(answer, memory)
    return "" if [row["status"] for row in found] == ["NEW"] else "the order is not listed as NEW"


def _found(answer: Any, memory: Memory) -> str:
    same = str(answer["orderId"]) == memory["order_id"]
    return "" if same else "another order was found under our id"


def _cancelled(answer: Any, memory: Memory) -> str:
    if answer["origClientOrderId"] != memory["client_order_id"]:
        return "another order was cancelled"
    return "" if answer["status"] == "CANCELED" else f"the order is {answer['status']}"


def _is_gone(answer: Any, memory: Memory) -> str:
    return "the cancelled order is still open" if _ours(answer, memory) else ""


def _ack(answer: Any, memory: Memory) -> str:
    _remember(answer, memory)
    extra = set(answer) - ACK_FIELDS
    return _needs(answer, *ACK_FIELDS) or (f"ACK says more: {extra}" if extra else "")


def _result(answer: Any, memory: Memory) -> str:
    _remember(answer, memory)
    if "fills" in answer:
        return "RESULT does not list fills"
    return "" if answer["status"] == "FILLED" else f"the order is {answer['status']}, not FILLED"


def _full(answer: Any, memory: Memory) -> str:
    _remember(answer, memory)
    if answer["status"] != "FILLED":
        return f"the order is {answer['status']}, not FILLED"
    filled = sum(Decimal(fill["qty"]) for fill in answer["fills"])
    return "" if filled == Decimal(answer["executedQty"]) else "the fills do not add up"


def _remember(answer: Any, memory: Memory) -> None:
    memory["bought"] = f"{memory.get('bought', '')} {answer['orderId']}".strip()


def _traded(answer: Any, memory: Memory) -> str:
    traded = {str(row["orderId"]) for row in answer}
    missing = set(memory["bought"].split()) - traded
    return f"no trade of order {', '.join(sorted(missing))}" if missing else ""


ORDER_COLUMNS = ("orderId", "clientOrderId", "side", "type", "price", "origQty", "status")

TOUR = Tour(
    title={
        "en": "The beginner's walk over Binance's Spot API",
        "zh": "币安现货 API 新手教程",
    },
    steps=(
        Step(
            "exchangeInfo",
            {"en": "What can be traded", "zh": "可以交易什么"},
            {
                "en": "The rules of every symbol: tick size, lot size, smallest order. "
                "Public, so neither key nor signature.",
                "zh": "每个交易对的规则：最小价格变动、最小数量变动、最小下单金额。"
                "公开接口，不需要密钥和签名。",
            },
            _rules,
            inside="symbols",
            columns=("timezone", "serverTime", "symbol", "status", "baseAsset", "quoteAsset"),
        ),
        Step(
            "account.status",
            {"en": "What I have", "zh": "我有什么资产"},
            {
                "en": "The first signed request: the key goes into a header, the time and a "
                "signature over all parameters into the query. What is free can be used, what is "
                "locked stands behind open orders.",
                "zh": "第一个签名请求：密钥放在请求头里，时间戳和对所有参数的签名放在查询串里。"
                "free 可用，locked 被挂单占用。",
            },
            _account,
            {"omitZeroBalances": "true"},
            inside="balances",
            columns=("accountType", "canTrade", "takerCommission", "asset", "free", "locked"),
        ),
        Step(
            "ticker.24hr",
            {"en": "The last 24 hours", "zh": "24 小时行情"},
            {
                "en": "Change, range and volume of the day.",
                "zh": "一天的涨跌、最高最低价和成交量。",
            },
            _ticker,
            {"symbol": SYMBOL},
            columns=(
                "symbol",
                "lastPrice",
                "priceChangePercent",
                "highPrice",
                "lowPrice",
                "volume",
                "count",
            ),
        ),
        Step(
            "ticker.price",
            {"en": "The price now", "zh": "最新价格"},
            {
                "en": "One number. The order further down asks half again as much.",
                "zh": "只有一个数字。后面的限价卖单会挂在它的 1.5 倍。",
            },
            _price,
            {"symbol": SYMBOL},
        ),
        Step(
            "depth",
            {"en": "The order book", "zh": "订单簿深度"},
            {
                "en": "Who wants to buy and sell, best price first.",
                "zh": "买单和卖单，最优价格在最前面。",
            },
            _depth,
            {"symbol": SYMBOL, "limit": "5"},
        ),
        Step(
            "order.test",
            {"en": "A rehearsal", "zh": "测试下单"},
            {
                "en": "Everything is checked as for a real order and nothing is sent to the "
                "matching engine. {} means: it would have been accepted.",
                "zh": "检查和真实下单完全一样，但不会送进撮合引擎。返回 {} 表示可以下单。",
            },
            _nothing,
            {
                "symbol": SYMBOL,
                "side": "SELL",
                "type": "LIMIT",
                "timeInForce": "GTC",
                "quantity": QUANTITY,
                "price": "{price}",
            },
        ),
        Step(
            "order.place",
            {"en": "A LIMIT sell far from the market", "zh": "远离市价的限价卖单"},
            {
                "en": "Nobody pays that much today, so the order rests in the book as NEW. Its "
                "name, newClientOrderId, is ours to choose.",
                "zh": "现在没有人出这个价，所以订单以 NEW 状态挂在订单簿里。"
                "newClientOrderId 由我们自己命名。",
            },
            _rests,
            {
                "symbol": SYMBOL,
                "side": "SELL",
                "type": "LIMIT",
                "timeInForce": "GTC",
                "quantity": QUANTITY,
                "price": "{price}",
                "newClientOrderId": "{client_order_id}",
            },
            columns=ORDER_COLUMNS,
        ),
        Step(
            "openOrders.status",
            {"en": "What is open", "zh": "当前挂单"},
            {"en": "The order is there.", "zh": "刚才的订单在这里。"},
            _is_open,
            {"symbol": SYMBOL},
            columns=ORDER_COLUMNS,
        ),
        Step(
            "allOrders",
            {"en": "Every order, open and past", "zh": "全部订单"},
            {
                "en": "The history of the symbol, oldest first.",
                "zh": "这个交易对的全部订单，从旧到新。",
            },
            _is_known,
            {"symbol": SYMBOL},
            columns=ORDER_COLUMNS,
        ),
        Step(
            "order.status",
            {"en": "The order by our own name", "zh": "用自己的编号查订单"},
            {
                "en": "origClientOrderId finds it even when the answer to the order was lost.",
                "zh": "即使下单的回应丢失了，用 origClientOrderId 也能查到它。",
            },
            _found,
            {"symbol": SYMBOL, "origClientOrderId": "{client_order_id}"},
            columns=ORDER_COLUMNS,
        ),
        Step(
            "order.cancel",
            {"en": "Cancel", "zh": "撤单"},
            {
                "en": "The order ends as CANCELED and what it had locked is free again. The "
                "cancel has a name of its own, in clientOrderId.",
                "zh": "订单状态变为 CANCELED，被占用的资产重新可用。"
                "撤单自己的编号在 clientOrderId 里。",
            },
            _cancelled,
            {"symbol": SYMBOL, "origClientOrderId": "{client_order_id}"},
            columns=("orderId", "origClientOrderId", "clientOrderId", "executedQty", "status"),
        ),
        Step(
            "openOrders.status",
            {"en": "Nothing is open", "zh": "没有挂单了"},
            {"en": "The order is gone from the list.", "zh": "订单已经不在列表里。"},
            _is_gone,
            {"symbol": SYMBOL},
            columns=ORDER_COLUMNS,
        ),
        Step(
            "order.place",
            {"en": "A MARKET buy, answered with ACK", "zh": "市价买单，回应 ACK"},
            {
                "en": "It trades at once with the best offers. ACK only says that it arrived.",
                "zh": "立即与最优卖单成交。ACK 只说明订单已收到。",
            },
            _ack,
            {
                "symbol": SYMBOL,
                "side": "BUY",
                "type": "MARKET",
                "quantity": SMALL,
                "newOrderRespType": "ACK",
            },
        ),
        Step(
            "order.place",
            {"en": "The same with RESULT", "zh": "同样的订单，回应 RESULT"},
            {"en": "RESULT says how it ended.", "zh": "RESULT 说明订单的结果。"},
            _result,
            {
                "symbol": SYMBOL,
                "side": "BUY",
                "type": "MARKET",
                "quantity": SMALL,
                "newOrderRespType": "RESULT",
            },
            columns=("orderId", "status", "executedQty", "cummulativeQuoteQty", "type", "side"),
        ),
        Step(
            "order.place",
            {"en": "The same with FULL", "zh": "同样的订单，回应 FULL"},
            {
                "en": "FULL also lists every fill with its price and commission.",
                "zh": "FULL 还列出每一笔成交的价格和手续费。",
            },
            _full,
            {
                "symbol": SYMBOL,
                "side": "BUY",
                "type": "MARKET",
                "quantity": SMALL,
                "newOrderRespType": "FULL",
            },
            inside="fills",
            columns=(
                "orderId",
                "status",
                "executedQty",
                "cummulativeQuoteQty",
                "price",
                "qty",
                "commission",
                "commissionAsset",
                "tradeId",
            ),
        ),
        Step(
            "myTrades",
            {"en": "What I have traded", "zh": "我的成交"},
            {
                "en": "One row per execution, with the commission that was paid.",
                "zh": "每笔成交一行，包括支付的手续费。",
            },
            _traded,
            {"symbol": SYMBOL},
            columns=("id", "orderId", "price", "qty", "quoteQty", "commission", "commissionAsset"),
        ),
    ),
)
