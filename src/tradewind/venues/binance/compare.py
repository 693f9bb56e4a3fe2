"""What ``tradewind compare`` asks Binance and a box: the requests of the Postman collection, with
what must be refused made from the operations table, and first messages of the public streams.

The collection's requests are used as they stand; only what it tells in JavaScript to be remembered
is said here in Python. Every id of an order begins with ``{{run}}``, so that nobody else's order is
ever touched; for the same reason ``openOrders.cancelAll`` is not asked.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from ...protocol import postman
from ...protocol.comparing import (
    NOBODYS_ID,
    Memory,
    Nature,
    Questions,
    Step,
    Streams,
    Who,
    all_refusals,
)
from ...protocol.operations import Operation, Proof
from . import postman as collection
from .client.native import LEGS
from .operations import TABLE

SYMBOL = collection.SYMBOL
QUANTITY = collection.QUANTITY
BASE, QUOTE = "BTC", "USDT"
NEEDED = Decimal("0.005")
"""What of BTC must be free, and its price in USDT: more than all orders hold at one time."""

Learnt = Mapping[str, Callable[[Any, Memory], str]]


def _filter(answer: Any, kind: str, name: str) -> str:
    filters = answer["symbols"][0]["filters"]
    return str(next(row[name] for row in filters if row["filterType"] == kind))


def _level(factor: str) -> Callable[[Any, Memory], str]:
    """The last price times a factor, in whole ticks."""

    def learn(answer: Any, memory: Memory) -> str:
        tick = Decimal(memory["tick"])
        price = Decimal(answer["price"]) * Decimal(factor) // tick * tick
        return f"{price.normalize():f}"

    return learn


def _between(answer: Any, memory: Memory) -> str:
    tick = Decimal(memory["tick"]).normalize()
    return f"{Decimal(_level('1.2')(answer, memory)) + tick / 2:f}"


def _order(answer: Any, _: Memory) -> str:
    if "newOrderResponse" in answer:
        return str(answer["newOrderResponse"]["orderId"])
    return str((answer["orders"][0] if "orders" in answer else answer)["orderId"])


LEARNT: Learnt = {
    "tick": lambda answer, _: _filter(answer, "PRICE_FILTER", "tickSize"),
    "step": lambda answer, _: _filter(answer, "LOT_SIZE", "stepSize"),
    "price": lambda answer, _: str(answer["price"]),
    "far": _level("1.2"),
    "farther": _level("1.3"),
    "low": _level("0.8"),
    "near": _level("0.99"),
    "lower": _level("0.7"),
    "between": _between,
    "trade": lambda answer, _: str(answer[0]["id"]),
    "order": _order,
    "list": lambda answer, _: str(answer["orderListId"]),
}
"""What the collection keeps (``Step.keeps``) and requests need."""


def _learn(names: Iterable[str]) -> Callable[[Any, Memory], None] | None:
    known = [name for name in names if name in LEARNT]

    def learn(answer: Any, memory: Memory) -> None:
        for name in known:
            memory[name] = LEARNT[name](answer, memory)

    return learn if known else None


def _who(step: postman.Step, sent: dict[str, str]) -> Who | None:
    """As whom the collection asks; None for what our client cannot be made to send."""
    if not step.signed:
        return None
    if not step.key:
        return Who.MALFORMED
    if sent.pop("signature", ""):
        return Who.WRONG_SECRET
    return Who.SLOW if sent.pop("timestamp", "") else Who.OWNER


def _steps(*found: postman.Step) -> tuple[Step, ...]:
    """Requests of the collection as ours."""
    steps = []
    for step in found:
        sent = dict(step.parameters)
        who = _who(step, sent)
        if who is not None:
            kept = [name for name, _ in step.keeps]
            learn = _learn([*kept, "near"] if "low" in kept else kept)
            steps.append(Step(step.operation, step.title, sent, who, learn))
    return tuple(steps)


def _public(operation: str) -> bool:
    return TABLE.by_name[operation].permission is None


def _changes(operation: Operation) -> bool:
    return operation.proof is not Proof.NOT_AN_ORDER


# --- market data --------------------------------------------------------------------------------

_ALL = _steps(*collection.MARKET.steps)
FIRST = tuple(step for step in _ALL if step.operation in ("exchangeInfo", "ticker.price"))
GOOD = {step.operation: step.parameters for step in _ALL}
"""One right request of every public operation."""

_MANY = {"symbols": f'["{SYMBOL}","ETHUSDT"]'}
MARKET = (
    *(step for step in _ALL if step not in FIRST),
    *(
        Step(name, "two symbols", _MANY)
        for name in ("exchangeInfo", "ticker.24hr", "ticker.price", "ticker.book")
    ),
    *(
        Step(name, "in short", {"symbol": SYMBOL, "type": "MINI"})
        for name in ("ticker.24hr", "ticker.tradingDay", "ticker")
    ),
    *_steps(*(step for step in collection.REFUSALS.steps if _public(step.operation))),
    *all_refusals(TABLE, GOOD),
)

# --- the account --------------------------------------------------------------------------------

_SYMBOL = {"symbol": SYMBOL}
_FEW = {**_SYMBOL, "limit": "5"}
READ: Mapping[str, Mapping[str, str]] = {
    "account.status": {"omitZeroBalances": "true"},
    "order.status": {**_SYMBOL, "orderId": NOBODYS_ID},
    "openOrders.status": _SYMBOL,
    "allOrders": _FEW,
    "orderList.status": {"orderListId": NOBODYS_ID},
    "allOrderLists": {"limit": "5"},
    "openOrderLists.status": {},
    "myTrades": _FEW,
    "account.rateLimits.orders": {},
    "myPreventedMatches": {**_SYMBOL, "orderId": NOBODYS_ID},
    "myAllocations": _FEW,
    "account.commission": _SYMBOL,
    "order.amendments": {**_SYMBOL, "orderId": NOBODYS_ID},
    "myFilters": _SYMBOL,
}
"""One right (or rightly refused) request of every operation that reads the account."""

WALLET: Mapping[str, Mapping[str, str]] = {
    "wallet.system.status": {},
    "wallet.account.status": {},
    "wallet.account.info": {},
    "wallet.account.apiTradingStatus": {},
    "wallet.account.apiRestrictions": {},
    "wallet.asset.tradeFee": _SYMBOL,
    "wallet.asset.assetDetail": {"asset": QUOTE},
    "wallet.bnbBurn": {},
    "wallet.margin.allPairs": _SYMBOL,
}

LEFT_OUT: Mapping[str, str] = {
    "openOrders.cancelAll": "it would end orders that are not ours",
    "wallet.asset": "it moves money, or tells what the account has and did",
    "wallet.bnbBurn.set": "it changes a setting",
    "wallet.capital": "deposits and withdrawals are nobody else's business",
    "wallet.convert": "it trades, tells what was traded, or costs half a minute's limit",
    "wallet.margin": "the same list at another address",
    "wallet.sub-account": "sub-accounts are nobody else's business",
    "userDataStream.": "it follows the account, whose events are not compared",
    "session.": "it logs a connection on, which other questions share",
    "orderList.place": "its leaves are like those of the lists that are placed",
    "sor.order.place": "what it does depends on the symbols that are routed today",
}
"""Why operations are not asked, by the beginning of their names."""

ABLE = "unable"


def able(answer: Any) -> str:
    """Why an account cannot play the orders, "" when it can. Prices are below 200,000 a BTC."""
    if not answer["canTrade"]:
        return "the account may not trade"
    free = {row["asset"]: Decimal(row["free"]) for row in answer["balances"]}
    short = [
        f"{needed} {asset}"
        for asset, needed in ((BASE, NEEDED), (QUOTE, NEEDED * 200_000))
        if free.get(asset, Decimal(0)) < needed
    ]
    return f"the account would need {' and '.join(short)} free" if short else ""


def _account(answer: Any, memory: Memory) -> None:
    memory[ABLE] = able(answer)


ACCOUNT = (
    *(
        Step(name, "as the owner", sent, learn=_account if name == "account.status" else None)
        for name, sent in READ.items()
    ),
    *(Step(name, "as the owner", sent) for name, sent in WALLET.items()),
    *(
        Step("account.status", f"as {who.value}", READ["account.status"], who, twice=False)
        for who in Who
        if who is not Who.OWNER
    ),
    *(
        Step("account.status", f"recvWindow is {window}", {"recvWindow": window}, twice=False)
        for window in ("60001", "-1", "x1", "1.2345")
    ),
    *_steps(
        *(
            step
            for step in collection.REFUSALS.steps
            if not _public(step.operation)
            and step.operation in READ
            and step.operation != "account.status"
        )
    ),
    *all_refusals(TABLE, READ),
)

# --- rehearsals: checked like orders, and never placed ------------------------------------------

LIMIT = {
    **_SYMBOL,
    "side": "SELL",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": QUANTITY,
    "price": "{{far}}",
}


def _less(*names: str) -> dict[str, str]:
    return {name: value for name, value in LIMIT.items() if name not in names}


def _test(title: str, *without: str, **sent: str) -> Step:
    return Step("order.test", title, {**_less(*without), **sent})


_MARKET = ("timeInForce", "price")
REHEARSALS = (
    _test("a limit order"),
    _test("with its commission", computeCommissionRates="true"),
    _test("a market order", *_MARKET, type="MARKET"),
    _test("a market order by money", *_MARKET, "quantity", type="MARKET", quoteOrderQty="50"),
    _test("a market order with a price", "timeInForce", type="MARKET"),
    _test("a market order by both", *_MARKET, type="MARKET", quoteOrderQty="50"),
    _test("post-only", "timeInForce", type="LIMIT_MAKER"),
    _test("post-only with a time in force", type="LIMIT_MAKER"),
    _test("a stop", *_MARKET, type="STOP_LOSS", stopPrice="{{low}}"),
    _test("a stop without its trigger", *_MARKET, type="STOP_LOSS"),
    _test("a stop that would trigger", *_MARKET, type="STOP_LOSS", stopPrice="{{far}}"),
    _test("a stop limit", type="STOP_LOSS_LIMIT", stopPrice="{{low}}", price="{{lower}}"),
    _test("a trailing stop", *_MARKET, type="STOP_LOSS", trailingDelta="100"),
    _test("a trail that is too short", *_MARKET, type="STOP_LOSS", trailingDelta="1"),
    _test("an iceberg", icebergQty="0.0005"),
    _test("an iceberg of too many parts", quantity="0.01", icebergQty="0.00001"),
    _test("a price that is too far", price="9999999"),
    _test("a price of nothing", price="0"),
    _test("too much", quantity="99999999"),
    _test("a pegged order", "price", pegPriceType="PRIMARY_PEG"),
    _test("post-only without a price", *_MARKET, type="LIMIT_MAKER"),
    *(
        replace(step, operation="order.test")
        for step in _steps(*collection.REFUSALS.steps)
        if step.operation == "order.place"
    ),
    *all_refusals(TABLE, {"order.test": LIMIT}),
    Step("sor.order.test", "a routed order", LIMIT),
)

# --- orders -------------------------------------------------------------------------------------

_IDS = {
    "order.place": ("newClientOrderId",),
    "sor.order.place": ("newClientOrderId",),
    "order.cancelReplace": ("newClientOrderId", "cancelNewClientOrderId"),
    "order.amend.keepPriority": ("newClientOrderId",),
    **{
        name: ("listClientOrderId", *(f"{leg}ClientOrderId" for leg in legs))
        for name, legs in LEGS.items()
    },
}
"""Where an operation names new orders."""

_LISTS = ("orderList.place.oco", "orderList.place.oto")


def _named(steps: Iterable[Step]) -> tuple[Step, ...]:
    """With an id of ours for every order, so that each can be found again and is known as ours."""
    named: list[Step] = []
    ids: dict[str, str] = {}
    for number, step in enumerate(steps):
        sent = {name: ids.get(value, value) for name, value in step.parameters.items()}
        for parameter in _IDS.get(step.operation, ()):
            ours = "{{run}}-" + f"{number}{parameter.removesuffix('ClientOrderId')[:14]}"
            ids[step.parameters.get(parameter, ours)] = ours
            sent[parameter] = ours
        named.append(replace(step, parameters=sent))
    return tuple(named)


def _bought(answer: Any, memory: Memory) -> None:
    memory["order"] = str(answer["orderId"])
    memory["bought"] = answer["executedQty"]


def _sold(_: Any, memory: Memory) -> None:
    memory.pop("bought", None)


def owed(memory: Memory) -> str:
    """What was bought and not sold again."""
    return f"{QUANTITY} {BASE} was bought and not sold again" if "bought" in memory else ""


def _ours(step: Step) -> tuple[Step, ...]:
    """A step of the collection, where that leaves nothing bought and nobody else's order alone."""
    if step.operation == "openOrders.cancelAll":
        return (Step("order.cancel", step.title, {**_SYMBOL, "orderId": "{{order}}"}),)
    if step.operation in ("account.status", "sor.order.test", "sor.order.place"):
        return ()
    if step.operation == "order.place" and step.parameters["type"] == "MARKET":
        sale = {**step.parameters, "side": "SELL"}
        return replace(step, learn=_bought), replace(
            step, title="Sell it again", parameters=sale, learn=_sold
        )
    return (step,)


ORDERS = _named(
    (
        *(ours for step in _steps(*collection.ORDERS.steps) for ours in _ours(step)),
        Step(
            "order.place",
            "Post-only that would take",
            {**_less("timeInForce"), "type": "LIMIT_MAKER", "price": "{{near}}"},
        ),
        *(
            step
            for group in collection.LIST_GROUPS
            if group[0].operation in _LISTS
            for step in _steps(*group)
        ),
    )
)

TRADES = (
    f"about ten orders on {SYMBOL} of at most 0.002 {BASE}, a fifth and more from the market, each "
    f"cancelled again, and one purchase of {QUANTITY} {BASE} at the market that is sold again"
)

# --- streams ------------------------------------------------------------------------------------

_OF = SYMBOL.lower()
NAMES = (
    *(
        f"{_OF}@{kind}"
        for kind in (
            "trade",
            "aggTrade",
            "depth@100ms",
            "depth5@100ms",
            "bookTicker",
            "kline_1m",
            "miniTicker",
            "ticker",
            "ticker_1h",
            "avgPrice",
        )
    ),
    "!miniTicker@arr",
    "!ticker_1h@arr",
)


def _say(method: str, number: int, *params: str) -> bytes:
    return json.dumps({"method": method, "params": params, "id": number}).encode()


def whose(message: bytes) -> str:
    """The stream of a message, "" for an answer. Raises ValueError for what is no JSON."""
    told = json.loads(message)
    return str(told.get("stream", "")) if isinstance(told, dict) else ""


STREAMS = Streams(
    "/stream",
    (
        ("a subscription", _say("SUBSCRIBE", 1, *NAMES)),
        ("which there are", _say("LIST_SUBSCRIPTIONS", 2)),
        ("a property", _say("GET_PROPERTY", 3, "combined")),
        ("a stream that is none", _say("SUBSCRIBE", 4, "nonsense")),
        ("a method that is none", _say("NONSENSE", 5)),
        ("parameters that are no list", b'{"method":"SUBSCRIBE","params":"x","id":6}'),
        ("an id that is none", b'{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":{}}'),
        ("no JSON", b"nonsense"),
    ),
    NAMES,
    whose,
    gap=0.3,  # web-socket-streams.md: five messages a second are taken
)

_WHOSE = ("isBuyerMaker", "isBuyer", "isMaker", "m", "M", "x", "maker", "buyer")
_HOLDER = (
    *("asset", "commissionAsset", "coin", "email", "uid", "address", "addressTag", "txId"),
    *("network", "permissions", "permissionSets", "discountAsset"),
    *("clientOrderId", "origClientOrderId", "newClientOrderId"),
    *("listClientOrderId", "contingencyClientOrderId"),
)
_WHICH = ("s", "symbol")

NATURE = Nature(
    # whose a trade was, what an account has and is called, which symbols have something to tell
    varies=frozenset((*_WHOSE, *_HOLDER, *_WHICH)),
    told=frozenset(("e", "i", "stream", "contentType", "timezone")),
    # times and ids of rows; 0 is the price of a level and the opening time of a candle
    ordered=frozenset(("id", "a", "time", "orderId", "tradeId", "openTime", "closeTime", "0")),
    tags=("filterType", "rateLimitType", "ruleType"),
)

QUESTIONS = Questions(
    instrument=f"{BASE}/{QUOTE}",
    first=FIRST,
    market=MARKET,
    account=ACCOUNT,
    rehearsals=REHEARSALS,
    orders=ORDERS,
    trades=TRADES,
    able=able,
    owed=owed,
    streams=STREAMS,
    nature=NATURE,
    left_out=LEFT_OUT,
)
