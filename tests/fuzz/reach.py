"""The codes of the error tables that chance does not meet: each on purpose, or why it cannot be.

``AIMS`` holds for a code the box it needs and what to do there; ``CANNOT`` the reason why this
exchange never answers it. A code in neither, and met by nobody, fails the run.
"""

import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import UNSET, UnsetType

from tradewind.engine.commands import SetStatus
from tradewind.model import InstrumentStatus
from tradewind.protocol.faults import Fault, Kind
from tradewind.venues.binance import errors, wallet_errors

from .world import MS, Line, Told, World, api_request, operation, rest_request

CODES = frozenset(
    row.code for row in (*errors.ROWS.values(), *wallet_errors.ROWS.values()) if row.code
)

_GONE = "documented, but today's venue words it otherwise: "
_PAST = {"date": "2026-01-20"}
CANNOT: Mapping[int, str] = {
    -1002: "a missing permission is -2015 in today's answers",
    -1103: _GONE + "a parameter that is not known is -1104, or -1101 where none is taken",
    -1112: "what meets an empty book has another documented answer: a market order by quantity "
    "EXPIRED (market_orders_faq.md), by value or pegged -2010 (errors.md, other errors)",
    -1114: _GONE + "a superfluous timeInForce is -1106",
    -1118: _GONE + "an empty newClientOrderId is -1105",
    -1119: _GONE + "an empty origClientOrderId is -1105",
    -1152: "SBE is not served (known gap)",
    -1153: "SBE is not served (known gap)",
    -1155: "SBE is not served (known gap)",
    -1224: "FIX only: tags",
    -1225: "FIX only: tags",
    -2016: "klines of a symbol without trades are empty; no page tells when this is answered",
    -4021: "amounts have eight places here, and no coin is coarser",
    -4039: "every account of a box exists",
}

ELSEWHERE = frozenset({*range(-1035, -1032), -1161, *range(-1191, -1168), -1221})
"""Documented codes in no table of ours: they speak of tags, groups, sessions and schemas, so of FIX
and SBE, which are not served (errors.md, 2026-07-21).
"""

GONE: Mapping[str, str] = {
    f"userDataStream.{verb}": "gone since 2026-02-20; asked for in a box of the month before"
    for verb in ("start", "ping", "stop")
}
"""Operations that today's venue answers nobody."""

Aim = Callable[[World], Iterable[Told | None]]


def reach(wanted: Iterable[int]) -> set[int]:
    """Of these codes, those that their aims meet."""
    return {
        code
        for code in sorted(set(wanted) & set(AIMS))
        if code in {told.code for told in _played(*AIMS[code])}
    }


def answered() -> set[str]:
    """Of the operations that are gone, those that a box of an earlier day answers."""
    told = _played(_PAST, _listen_keys)
    return {name for name, answer in zip(GONE, told, strict=True) if not answer.refused}


def _played(settings: Mapping[str, Any], aim: Aim) -> list[Told]:
    """What an aim is answered, in a box of its own."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), 7, settings)
        try:
            return [told for told in aim(world) if told is not None]
        finally:
            world.close()


def ask(world: World, name: str, who: str = "default", **sent: Any) -> Told:
    """A signed request over REST."""
    row = operation(name)
    pairs = list(sent.items())
    if row.signed:
        pairs.append(("timestamp", world.now_ms))
    trader = world.traders[who] if row.permission is not None else None
    return world.rest(rest_request(row, pairs, trader))


def line(world: World) -> Line:
    """A connection to the WebSocket API."""
    made = world.connect("/ws-api/v3")
    assert isinstance(made, Line)
    return made


def send(world: World, where: Line, name: str, who: str = "ed25519", **sent: Any) -> Told | None:
    """A request over the WebSocket API."""
    row = operation(name)
    pairs = [*sent.items(), *([("timestamp", world.now_ms)] if row.signed else [])]
    return world.api(where, api_request(row, pairs, world.traders[who], number=1))


def price(world: World, percent: float, symbol: str = "BTCUSDT") -> str:
    """So many percent above the last one."""
    last = world.host.tape.last(symbol)
    assert last is not None
    return world.exchange.markets[symbol].price(round(last.price * (1 + percent / 100)))


def _failing(kind: Kind, value: int | UnsetType = UNSET) -> Aim:
    """A failure of the venue itself, switched on as an operator does."""

    def aim(world: World) -> Iterable[Told | None]:
        where = line(world)
        world.fault(Fault(kind, value=value))
        yield _place(world)
        if where.open:
            yield send(world, where, "order.status", symbol="BTCUSDT", orderId=1)

    return aim


# the aims


def _too_much_weight(world: World) -> Iterable[Told | None]:
    for _ in range(40):
        yield ask(world, "depth", symbol="BTCUSDT", limit=5000)


def _too_many_orders(world: World) -> Iterable[Told | None]:
    for _ in range(4):
        yield _place(world)


def _place(world: World, percent: float = -2, **more: Any) -> Told:
    sent = {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.001",
        "price": price(world, percent),
        **more,
    }
    return ask(world, "order.place", **sent)


def _oco(world: World, side: str, above: str, below: str) -> Iterable[Told | None]:
    sent: dict[str, Any] = {"symbol": "BTCUSDT", "side": side, "quantity": "0.001"}
    for prefix, kind, percent in (("above", above, 2), ("below", below, -2)):
        sent[f"{prefix}Type"] = kind
        if kind in ("LIMIT_MAKER", "LIMIT"):
            sent[f"{prefix}Price"] = price(world, percent)
        if kind == "LIMIT":
            sent[f"{prefix}TimeInForce"] = "GTC"
        if kind.startswith(("STOP", "TAKE")):
            sent[f"{prefix}StopPrice"] = price(world, percent)
    yield ask(world, "orderList.place.oco", **sent)


def _misplaced(side: str, above: str, below: str) -> Aim:
    return lambda world: _oco(world, side, above, below)


def _iceberg_leg(world: World) -> Iterable[Told | None]:
    yield ask(
        world,
        "orderList.place.oco",
        symbol="BTCUSDT",
        side="SELL",
        quantity="0.01",
        aboveType="LIMIT_MAKER",
        abovePrice=price(world, 2),
        belowType="STOP_LOSS_LIMIT",
        belowPrice=price(world, -2.5),
        belowStopPrice=price(world, -2),
        belowIcebergQty="0.005",
        belowTimeInForce="IOC",
    )


def _oto(name: str, **changed: Any) -> Aim:
    def aim(world: World) -> Iterable[Told | None]:
        sent = {
            "symbol": "BTCUSDT",
            "workingType": "LIMIT",
            "workingSide": "BUY",
            "workingPrice": price(world, -2),
            "workingQuantity": "0.001",
            "workingTimeInForce": "GTC",
            "pendingSide": "SELL",
            "pendingType": "LIMIT",
            "pendingPrice": price(world, 2),
            "pendingTimeInForce": "GTC",
            **changed,
        }
        yield ask(world, name, **sent)

    return aim


def _listen_key(world: World) -> Iterable[Told | None]:
    yield ask(world, "userDataStream.ping", listenKey="a" * 64)


def _listen_keys(world: World) -> Iterable[Told | None]:
    """Made, kept alive, ended."""
    made = ask(world, "userDataStream.start")
    yield made
    for verb in ("ping", "stop"):
        yield ask(world, f"userDataStream.{verb}", listenKey=made.body["listenKey"])


def _told(name: str, who: str = "default", **sent: Any) -> Aim:
    """One refusal that chance meets seldom."""
    return lambda world: [ask(world, name, who, **sent)]


def _day_and_more(world: World) -> Iterable[Told | None]:
    now = world.now_ms
    yield ask(world, "myTrades", symbol="BTCUSDT", startTime=now - 86_400_001, endTime=now)


def _strategy(world: World) -> Iterable[Told | None]:
    yield _place(world, strategyId=1, strategyType=5)


def _restrictions(world: World) -> Iterable[Told | None]:
    yield ask(world, "order.cancel", symbol="BTCUSDT", orderId=1, cancelRestrictions="X")


def _twice_in_list(world: World) -> Iterable[Told | None]:
    yield ask(world, "ticker.price", symbols=["BTCUSDT", "BTCUSDT"])


def _status(world: World) -> Iterable[Told | None]:
    yield ask(world, "ticker.price", symbol="BTCUSDT", symbolStatus="HALT")
    yield ask(world, "ticker.price", symbol="BTCUSDT", symbolStatus="X")


def _peg(**sent: Any) -> Aim:
    return lambda world: [_place(world, **sent)]


def _unknown_key(world: World) -> Iterable[Told | None]:
    row = operation("wallet.account.status")
    request = rest_request(
        row,
        [("timestamp", world.now_ms)],
        world.traders["default"],
        headers={"x-mbx-apikey": "b" * 64},
    )
    yield world.rest(request)


def _bad_key(world: World) -> Iterable[Told | None]:
    row = operation("account.status")
    pairs = [("timestamp", world.now_ms)]
    key = {"x-mbx-apikey": "short"}
    yield world.rest(rest_request(row, pairs, world.traders["default"], headers=key))


def _archived(world: World) -> Iterable[Told | None]:
    placed = _place(world)
    number = placed.body["orderId"]
    yield ask(world, "order.cancel", symbol="BTCUSDT", orderId=number)
    world.jump(91 * 86_400_000 * MS)
    yield ask(world, "order.status", symbol="BTCUSDT", orderId=number)


def _active(world: World) -> Iterable[Told | None]:
    where = line(world)
    for _ in range(2):
        yield send(world, where, "userDataStream.subscribe.signature")


def _inactive(world: World) -> Iterable[Told | None]:
    yield send(world, line(world), "userDataStream.unsubscribe", subscriptionId=5)


def _subscriptions(world: World) -> Iterable[Told | None]:
    """The 65,535 that a connection may make in its life are counted, not made one by one."""
    where = line(world)
    (session,) = world.exchange.websocket_api._sessions
    session.next_id = 65_535
    yield send(world, where, "userDataStream.subscribe.signature")


def _amend(world: World) -> Iterable[Told | None]:
    placed = _place(world)
    number = placed.body["orderId"]
    for quantity in ("0.002", "0.001"):
        yield ask(
            world, "order.amend.keepPriority", symbol="BTCUSDT", orderId=number, newQty=quantity
        )


def _mismatch(world: World) -> Iterable[Told | None]:
    number = _place(world, newClientOrderId="mine").body["orderId"]
    sent = {"symbol": "BTCUSDT", "orderId": number, "origClientOrderId": "other"}
    yield ask(world, "order.status", **sent)


def _halted(world: World) -> Iterable[Told | None]:
    world.host.execute(SetStatus(instrument="BTCUSDT", status=InstrumentStatus.HALTED))
    yield _place(world)


def _withdraw(**changed: Any) -> Aim:
    def aim(world: World) -> Iterable[Told | None]:
        sent = {
            "coin": "BTC",
            "network": "BTC",
            "address": "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
            "amount": "1",
            **changed,
        }
        yield ask(world, "wallet.capital.withdraw.apply", "owner", **sent)

    return aim


def _days(world: World) -> Iterable[Told | None]:
    now = world.now_ms
    start = now - 200 * 86_400_000
    sent = {"startTime": start, "endTime": now}
    yield ask(world, "wallet.capital.withdraw.history", "owner", **sent)


def _poor_dust(world: World) -> Iterable[Told | None]:
    have = world.host.engine.balances(world.host.accounts["default"]).get("XRP", (0, 0))[0]
    whole, part = divmod(have, 10**8)
    world.host.faucet("default", {"XRP": f"-{whole}.{part:08d}"})
    yield ask(world, "wallet.asset.dust", "owner", asset="XRP")
    world.host.faucet("default", {"XRP": "0.00000001"})
    yield ask(world, "wallet.asset.dust", "owner", asset="XRP")


def _nothing_moved(world: World) -> Iterable[Told | None]:
    yield ask(world, "wallet.asset.transfer", "owner", type="MAIN_FUNDING", asset="BTC", amount="0")


def _margin(world: World) -> Iterable[Told | None]:
    sent = {"type": "MAIN_MARGIN", "asset": "BTC", "amount": "1"}
    yield ask(world, "wallet.asset.transfer", "owner", **sent)


def _moved_twice(world: World) -> Iterable[Told | None]:
    for _ in range(2):
        yield ask(
            world,
            "wallet.sub-account.universalTransfer",
            "owner",
            toEmail="default.sub@sub.invalid",
            fromAccountType="SPOT",
            toAccountType="SPOT",
            clientTranId="once",
            asset="USDT",
            amount="1",
        )


def _convert(world: World) -> Iterable[Told | None]:
    """A quote for everything, accepted when it is no longer there; one that ended."""
    sent = {"fromAsset": "USDT", "toAsset": "BTC", "fromAmount": "100"}
    quote = ask(world, "wallet.convert.getQuote", "owner", **sent)
    have = world.host.engine.balances(world.host.accounts["default"])["USDT"][0]
    whole, part = divmod(have, 10**8)
    world.host.faucet("default", {"USDT": f"-{whole}.{part:08d}"})
    yield ask(world, "wallet.convert.acceptQuote", "owner", quoteId=quote.body["quoteId"])
    world.jump(20_000 * MS)
    yield ask(world, "wallet.convert.acceptQuote", "owner", quoteId=quote.body["quoteId"])


def _master_only(world: World) -> Iterable[Told | None]:
    yield ask(world, "wallet.sub-account.list", "sub")


AIMS: Mapping[int, tuple[Mapping[str, Any], Aim]] = {
    -1000: ({}, _failing(Kind.TIMEOUT, 2)),
    -1001: ({}, _failing(Kind.TIMEOUT, 3)),
    -1003: ({}, _too_much_weight),
    -1006: ({}, _failing(Kind.TIMEOUT, 1)),
    -1007: ({}, _failing(Kind.TIMEOUT)),
    -1008: ({}, _failing(Kind.OVERLOAD)),
    -1013: ({}, _halted),
    -1014: ({}, _oto("orderList.place.oto", pendingQuantity="0.001", workingType="MARKET")),
    -1015: ({"limits": {"ORDERS_10S": 2}}, _too_many_orders),
    -1016: ({}, _failing(Kind.MAINTENANCE)),
    -1120: ({}, _told("klines", symbol="BTCUSDT", interval="2s")),
    -1122: ({}, _status),
    -1125: (_PAST, _listen_key),
    -1127: ({}, _day_and_more),
    -1134: ({}, _strategy),
    -1139: ({}, _told("ticker.24hr", symbol="BTCUSDT", type="X")),
    -1145: ({}, _restrictions),
    -1151: ({}, _twice_in_list),
    -1158: ({}, _misplaced("SELL", "LIMIT", "STOP_LOSS")),
    -1160: ({}, _iceberg_leg),
    -1165: ({}, _misplaced("BUY", "LIMIT_MAKER", "TAKE_PROFIT")),
    -1166: ({}, _misplaced("SELL", "TAKE_PROFIT", "LIMIT_MAKER")),
    -1168: ({}, _misplaced("SELL", "LIMIT_MAKER", "LIMIT_MAKER")),
    -1196: ({}, _misplaced("BUY", "STOP_LOSS", "STOP_LOSS")),
    -1197: ({}, _misplaced("SELL", "STOP_LOSS", "STOP_LOSS")),
    -1198: ({}, _misplaced("BUY", "TAKE_PROFIT", "LIMIT_MAKER")),
    -1199: ({}, _misplaced("SELL", "LIMIT_MAKER", "TAKE_PROFIT")),
    -1210: ({}, _peg(pegPriceType="X")),
    -1211: ({}, _peg(pegPriceType="PRIMARY_PEG", pegOffsetType="X", pegOffsetValue=1)),
    -1220: ({}, _status),
    -1222: ({}, _oto("orderList.place.opo", workingSide="SELL")),
    -1223: ({}, _oto("orderList.place.opo", pendingSide="BUY")),
    -2008: ({}, _unknown_key),
    -2014: ({}, _bad_key),
    -2026: ({}, _archived),
    -2035: ({}, _active),
    -2036: ({}, _inactive),
    -2038: ({}, _amend),
    -2039: ({}, _mismatch),
    -2042: ({}, _subscriptions),
    -3003: ({}, _margin),
    -4006: ({}, _master_only),
    -4022: ({}, _withdraw(amount="0.00000001")),
    -4026: ({}, _withdraw(amount="1000")),
    -4047: ({}, _days),
    -4106: ({}, _withdraw(addressTag="123")),
    -5003: ({}, _poor_dust),
    -5004: ({}, _told("wallet.asset.dust", "owner", asset="BTC")),
    -5005: ({}, _poor_dust),
    -5007: ({}, _nothing_moved),
    -5024: ({}, _moved_twice),
    -345124: ({}, _convert),
    -345239: ({}, _convert),
}
