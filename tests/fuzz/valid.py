"""Valid requests of every operation, made from what is there: prices, open orders, quotes.

Order calls are written by hand, as a trader would send them; everything else follows from the
operations table with a sensible value for each parameter's name.
"""

from collections.abc import Callable
from decimal import ROUND_UP, Decimal
from typing import Any

from tradewind.protocol.operations import Kind, Operation, Parameter
from tradewind.venues.binance.operations import TABLE

from .world import DUST, SYMBOLS, TRADERS, Pairs, Trader, World

SIGNED = ("recvWindow", "timestamp", "signature")
HOUR = 3_600_000
SPARSE = 0.25
"""How often an optional parameter is sent."""

WEIGHTS = {
    "order.place": 30,
    "order.cancel": 8,
    "openOrders.cancelAll": 8,
    "order.cancelReplace": 5,
    "order.amend.keepPriority": 4,
    "order.test": 3,
    "sor.order.place": 3,
    "orderList.place": 2,
    "orderList.place.oco": 2,
    "orderList.place.oto": 2,
    "orderList.place.otoco": 2,
    "orderList.place.opo": 2,
    "orderList.place.opoco": 2,
    "orderList.cancel": 2,
    "session.logon": 3,
    "userDataStream.subscribe": 3,
    "wallet.asset.dust": 3,
    "wallet.convert.getQuote": 2,
    "wallet.convert.acceptQuote": 2,
}
"""How often an operation is asked; the others 1."""


class Valid:
    """Makes requests: an operation, its parameters without the signature, and whose it is."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.random = world.random
        self.names = [row.name for row in TABLE.rows]
        self._weights = [WEIGHTS.get(name, 1) for name in self.names]
        self._count = 0
        self._made: dict[str, Callable[[], tuple[Pairs, int]]] = {
            "order.place": self._order,
            "order.test": self._order,
            "sor.order.place": self._routed,
            "sor.order.test": self._routed,
            "order.cancel": lambda: self._known("origClientOrderId"),
            "order.status": lambda: self._known("origClientOrderId"),
            "order.amend.keepPriority": self._amend,
            "order.cancelReplace": self._replace,
            "orderList.place": self._old_oco,
            "orderList.place.oco": self._oco,
            "orderList.place.oto": self._oto,
            "orderList.place.otoco": self._otoco,
            "orderList.place.opo": lambda: self._oto(proceeds=True),
            "orderList.place.opoco": lambda: self._otoco(proceeds=True),
            "orderList.cancel": lambda: self._list("listClientOrderId"),
            "orderList.status": lambda: self._list("origClientOrderId"),
        }

    def any(self) -> tuple[Operation, Pairs, Trader | None]:
        """One request."""
        (name,) = self.random.choices(self.names, self._weights)
        return self.of(TABLE.by_name[name])

    def of(self, operation: Operation) -> tuple[Operation, Pairs, Trader | None]:
        """One request of that operation."""
        made = self._made.get(operation.name)
        pairs, account = made() if made else (self._generic(operation), 0)
        trader = None if operation.permission is None else self._who(operation, account)
        if operation.signed:
            if self.random.random() < SPARSE:
                pairs.append(("recvWindow", self.random.choice((5000, "60000", 1000))))
            pairs.append(("timestamp", self.world.now_ms))
        return operation, pairs, trader

    def _who(self, operation: Operation, account: int) -> Trader:
        traders = self.world.traders
        if operation.name.startswith("wallet."):
            sub = ".transfer.subTo" in operation.name or operation.name.endswith("subUserHistory")
            return traders["sub" if sub else "owner"]
        if operation.name == "session.logon":
            return traders["ed25519"]
        names = (*TRADERS, *(("ed25519", "rsa") if self.random.random() < 0.05 else ()))
        if account:
            names = tuple(n for n in names if traders[n].credential.account == account)
        return traders[self.random.choice(names or TRADERS)]

    # by the table

    def _generic(self, operation: Operation) -> Pairs:
        pairs: Pairs = []
        for parameter in operation.parameters:
            if parameter.name in SIGNED:
                continue
            wanted = parameter.mandatory or self._wanted(operation, parameter)
            if wanted and not (
                parameter.name == "symbols" and any(n == "symbol" for n, _ in pairs)
            ):
                pairs.append((parameter.name, self._value(operation, parameter)))
        return pairs

    def _wanted(self, operation: Operation, parameter: Parameter) -> bool:
        if parameter.name == "symbol" and parameter.when:
            return self.random.random() < 0.7
        if parameter.name == "symbols" and operation.name in ("ticker", "ticker.tradingDay"):
            return True
        if parameter.name in ("fromAmount",):
            return True
        if parameter.name == "limit":  # hundreds of candles cost more than everything else
            return self.random.random() < 0.9
        if parameter.name in ("toAmount", "endTime", "fromId", "subscriptionId", "symbolStatus"):
            return self.random.random() < 0.05
        return self.random.random() < SPARSE

    def _value(self, operation: Operation, parameter: Parameter) -> Any:
        choose, name = self.random.choice, parameter.name
        special = _VALUES.get((operation.name, name)) or _VALUES.get(("", name))
        if special is not None:
            return special(self)
        match parameter.kind:
            case Kind.SYMBOL:
                return choose(SYMBOLS)
            case Kind.LIST:
                return self.random.sample(SYMBOLS, self.random.randint(1, 3))
            case Kind.ENUM:
                return choose(parameter.values)
            case Kind.BOOLEAN:
                return choose((True, False, "true", "false"))
            case Kind.TIME:
                return self.world.now_ms - self.random.randint(0, 12) * HOUR
            case Kind.DECIMAL:
                return choose(("1", "0.5", "10"))
            case Kind.INTEGER:
                low = parameter.minimum or 0
                return self.random.randint(low, min(low + 50, parameter.maximum or low + 50))
            case _:
                return choose(("0", "abc", "1"))

    def account_email(self) -> str:
        return self.random.choice(("default.sub@sub.invalid", "default.other@sub.invalid"))

    def quote(self) -> str:
        quotes = self.world.quotes
        return quotes[-1][0] if quotes else "1"

    # prices and sizes

    def symbol(self) -> str:
        return self.random.choice(SYMBOLS)

    def price(self, symbol: str, percent: float) -> str:
        """So many percent above the last price, on a tick."""
        last = self.world.host.tape.last(symbol)
        market = self.world.exchange.markets[symbol]
        ticks = max(1, round((last.price if last else 100) * (1 + percent / 100)))
        return market.price(ticks)

    def quantity(self, symbol: str, worth: int = 30) -> str:
        """About so many dollars' worth, on a lot."""
        market = self.world.exchange.markets[symbol]
        dollars = Decimal(worth)
        if symbol.endswith("BTC"):
            dollars /= 60_000
        lots = dollars / Decimal(self.price(symbol, 0)) * 10**8 / market.step
        return market.quantity(int(lots.to_integral_value(ROUND_UP)) + 1)

    def fresh(self) -> str:
        self._count += 1
        return f"f{self._count}"

    # orders

    def _order(self) -> tuple[Pairs, int]:
        symbol, side = self.symbol(), self.random.choice(("BUY", "SELL"))
        sign = 1 if side == "BUY" else -1
        kind = self.random.choice(_KINDS)
        pairs: Pairs = [("symbol", symbol), ("side", side), ("type", kind)]
        far = self.random.choice((0.3, 1.0, 2.5))
        size = ("quantity", self.quantity(symbol, self.random.choice((20, 100, 2000))))
        if kind == "MARKET":
            worth = "20" if not symbol.endswith("BTC") else "0.001"
            pairs.append(size if self.random.random() < 0.7 else ("quoteOrderQty", worth))
        else:
            pairs.append(size)
        if kind in ("LIMIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"):
            tif = self.random.choice(("GTC", "GTC", "IOC", "FOK"))
            pairs.append(("timeInForce", tif))
        if kind in ("LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"):
            pairs.append(("price", self.price(symbol, -sign * far)))
        elif kind == "LIMIT":
            crossing = self.random.random() < 0.4
            pairs.append(("price", self.price(symbol, sign * far if crossing else -sign * far)))
        if kind.startswith("STOP_LOSS"):
            pairs.append(self._trigger(symbol, sign * far))
        if kind.startswith("TAKE_PROFIT"):
            pairs.append(self._trigger(symbol, -sign * far))
        self._extras(pairs, kind, symbol)
        return pairs, 0

    def _trigger(self, symbol: str, percent: float) -> tuple[str, Any]:
        if self.random.random() < 0.3:
            return "trailingDelta", self.random.randint(50, 500)
        return "stopPrice", self.price(symbol, percent)

    def _extras(self, pairs: Pairs, kind: str, symbol: str) -> None:
        roll = self.random.random
        if roll() < 0.3:
            pairs.append(("newClientOrderId", self.fresh()))
        if roll() < 0.2:
            pairs.append(("newOrderRespType", self.random.choice(("ACK", "RESULT", "FULL"))))
        if roll() < 0.2:
            modes = ("EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER")
            pairs.append(("selfTradePreventionMode", self.random.choice(modes)))
        if roll() < 0.1:
            pairs += [("strategyId", 7), ("strategyType", 1_000_007)]
        if kind == "LIMIT_MAKER" and roll() < 0.3:
            pairs += [("icebergQty", self.quantity(symbol, 19)), ("pegPriceType", "PRIMARY_PEG")]
            del pairs[[name for name, _ in pairs].index("price")]

    def _routed(self) -> tuple[Pairs, int]:
        symbol, side = (
            self.random.choice(("BTCUSDT", "BTCUSDC")),
            self.random.choice(("BUY", "SELL")),
        )
        sign = 1 if side == "BUY" else -1
        pairs: Pairs = [("symbol", symbol), ("side", side), ("quantity", self.quantity(symbol))]
        if self.random.random() < 0.5:
            return [*pairs, ("type", "MARKET")], 0
        pairs += [("type", "LIMIT"), ("timeInForce", "GTC"), ("price", self.price(symbol, sign))]
        return pairs, 0

    def _known(self, client_name: str, *, prefix: str = "") -> tuple[Pairs, int]:
        """Of an order that was answered, by one of its ids or both."""
        if not self.world.orders:
            return [("symbol", self.symbol()), ("orderId", 1)], 0
        symbol, number, client, account = self.random.choice(self.world.orders)
        pairs: Pairs = [("symbol", symbol)]
        by = self.random.random()
        if by < 0.6:
            pairs.append((f"{prefix}OrderId" if prefix else "orderId", number))
        if by > 0.5:
            pairs.append((client_name, client))
        return pairs, account

    def _amend(self) -> tuple[Pairs, int]:
        pairs, account = self._known("origClientOrderId")
        return [*pairs, ("newQty", self.quantity(str(pairs[0][1]), 12))], account

    def _replace(self) -> tuple[Pairs, int]:
        order, _ = self._order()
        known, account = self._known("cancelOrigClientOrderId", prefix="cancel")
        rest = [pair for pair in order if pair[0] != "symbol"]
        mode = self.random.choice(("STOP_ON_FAILURE", "ALLOW_FAILURE"))
        pairs = [*known, *self._moved(order, rest, str(known[0][1])), ("cancelReplaceMode", mode)]
        return pairs, account

    def _moved(self, order: Pairs, rest: Pairs, symbol: str) -> Pairs:
        """The order on the other symbol: far from the market on its own side."""
        if dict(order)["symbol"] == symbol:
            return rest
        sign = 1 if dict(order)["side"] == "BUY" else -1
        pairs: Pairs = [("side", dict(order)["side"]), ("type", "LIMIT"), ("timeInForce", "GTC")]
        return [
            *pairs,
            ("quantity", self.quantity(symbol)),
            ("price", self.price(symbol, -sign * 2)),
        ]

    # lists

    def _old_oco(self) -> tuple[Pairs, int]:
        symbol = self.symbol()
        pairs: Pairs = [
            ("symbol", symbol),
            ("side", "SELL"),
            ("quantity", self.quantity(symbol)),
            ("price", self.price(symbol, 2)),
            ("stopPrice", self.price(symbol, -2)),
        ]
        if self.random.random() < 0.5:
            limit = self.price(symbol, -2.5)
            pairs += [("stopLimitPrice", limit), ("stopLimitTimeInForce", "GTC")]
        return pairs, 0

    def _pair(self, symbol: str, side: str, above: str, below: str) -> Pairs:
        """Two legs around the market: a limit maker and a stop."""
        limit, stop = (above, below) if side == "SELL" else (below, above)
        sign = 1 if side == "SELL" else -1
        pairs: Pairs = [
            (f"{limit}Type", "LIMIT_MAKER"),
            (f"{limit}Price", self.price(symbol, sign * 2)),
            (f"{stop}StopPrice", self.price(symbol, -sign * 2)),
        ]
        if self.random.random() < 0.5:
            return [*pairs, (f"{stop}Type", "STOP_LOSS")]
        return [
            *pairs,
            (f"{stop}Type", "STOP_LOSS_LIMIT"),
            (f"{stop}Price", self.price(symbol, -sign * 2.5)),
            (f"{stop}TimeInForce", "GTC"),
        ]

    def _oco(self) -> tuple[Pairs, int]:
        symbol, side = self.symbol(), self.random.choice(("BUY", "SELL"))
        pairs: Pairs = [("symbol", symbol), ("side", side), ("quantity", self.quantity(symbol))]
        return [*pairs, *self._pair(symbol, side, "above", "below")], 0

    def _working(self, symbol: str) -> Pairs:
        near = self.random.choice((-2.0, -0.3, 0.5))
        return [
            ("symbol", symbol),
            ("workingType", "LIMIT"),
            ("workingSide", "BUY"),
            ("workingPrice", self.price(symbol, near)),
            ("workingQuantity", self.quantity(symbol, 60)),
            ("workingTimeInForce", "GTC"),
            ("pendingSide", "SELL"),
        ]

    def _oto(self, *, proceeds: bool = False) -> tuple[Pairs, int]:
        symbol = self.symbol()
        pairs = self._working(symbol)
        if not proceeds:
            pairs.append(("pendingQuantity", self.quantity(symbol, 40)))
        pairs += [("pendingType", "LIMIT"), ("pendingPrice", self.price(symbol, 3))]
        return [*pairs, ("pendingTimeInForce", "GTC")], 0

    def _otoco(self, *, proceeds: bool = False) -> tuple[Pairs, int]:
        symbol = self.symbol()
        pairs = self._working(symbol)
        if not proceeds:
            pairs.append(("pendingQuantity", self.quantity(symbol, 40)))
        return [*pairs, *self._pair(symbol, "SELL", "pendingAbove", "pendingBelow")], 0

    def _list(self, client_name: str) -> tuple[Pairs, int]:
        named = client_name == "listClientOrderId"
        if not self.world.lists:
            return [*([("symbol", self.symbol())] if named else []), ("orderListId", 1)], 0
        symbol, number, client, account = self.random.choice(self.world.lists)
        pairs: Pairs = [("symbol", symbol)] if named else []
        by_id = self.random.random() < 0.5
        pairs.append(("orderListId", number) if by_id else (client_name, client))
        return pairs, account


_KINDS = (
    *("LIMIT",) * 5,
    *("MARKET",) * 3,
    "LIMIT_MAKER",
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "TAKE_PROFIT_LIMIT",
)

Value = Callable[[Valid], Any]


def _of(*values: Any) -> Value:
    return lambda valid: valid.random.choice(values)


_VALUES: dict[tuple[str, str], Value] = {
    ("", "interval"): _of("1s", "1m", "5m", "1h", "1d", "1w"),
    ("", "timeZone"): _of("0", "8", "-1:00", "05:45"),
    ("", "windowSize"): _of("1m", "2h", "1d", "7d"),
    ("", "limit"): _of(1, 5, "20"),
    ("", "permissions"): _of("SPOT", ["SPOT", "MARGIN"]),
    ("", "symbolStatus"): _of("TRADING"),
    ("", "fromId"): _of(0, 1, 1000),
    ("", "asset"): _of("USDT", "BTC", "XRP"),
    ("wallet.asset.dust", "asset"): _of(DUST),
    ("", "coin"): _of("USDT", "BTC", "ETH"),
    ("", "network"): _of("BTC", "ETH"),
    ("", "quoteAsset"): _of("BTC", "USDT"),
    ("", "fromAsset"): _of("USDT", "BTC"),
    ("", "toAsset"): _of("ETH", "BTC", "XRP"),
    ("", "fromAmount"): _of("100", "0.5", "1"),
    ("", "email"): Valid.account_email,
    ("", "fromEmail"): Valid.account_email,
    ("", "toEmail"): Valid.account_email,
    ("", "accountType"): _of("SPOT"),
    ("", "fromAccountType"): _of("SPOT"),
    ("", "toAccountType"): _of("SPOT", "SPOT", "USDT_FUTURE"),
    ("wallet.asset.transfer", "type"): _of("MAIN_FUNDING", "MAIN_FUNDING", "FUNDING_MAIN"),
    ("wallet.asset.transfer", "amount"): _of("0.5", "1"),
    ("", "clientTranId"): lambda valid: valid.fresh(),
    ("", "address"): _of("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "0x" + "ab" * 20),
    ("", "quoteId"): lambda valid: valid.quote(),
    ("wallet.convert.orderStatus", "orderId"): lambda valid: valid.quote(),
    ("", "listenKey"): lambda valid: valid.random.choice([*valid.world.listen_keys, "a" * 64]),
    ("wallet.convert.tradeFlow", "startTime"): lambda valid: valid.world.now_ms - HOUR,
    ("wallet.convert.tradeFlow", "endTime"): lambda valid: valid.world.now_ms,
}
