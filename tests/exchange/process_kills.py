"""``kill -9`` of the real process under load, compared afterwards over the venue's public API.

Two accounts trade with each other and with the participants through real sockets. What was sent and
what was answered is noted here, in another process than the box. After each kill the box starts
again on its folder, and everything that was answered must be there once: orders with their ids,
fills, cancels; and the money must be what opening balances and fills make of it, to the last unit.
"""

import hashlib
import hmac
import http.client
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

SYMBOLS = ("BTCUSDT", "ETHUSDT", "LTCUSDT")
BASES = {symbol: symbol.removesuffix("USDT") for symbol in SYMBOLS}
ACCOUNTS = ("default", "other")
OPENING = {"USDT": "100000000", "BTC": "1000", "ETH": "10000", "LTC": "100000", "BNB": "0.5"}
LIMITS = '{"ORDERS_10S":10000000,"ORDERS_1D":100000000,"REQUEST_WEIGHT":100000000,' \
    '"RAW_REQUESTS":100000000}'  # fmt: skip
PAGE = 1_000
CANCEL = "-x"
"""A cancelled order shows the cancel's id: its own with this."""


class Lost(AssertionError):
    """What was answered is not there, or is there twice."""


class Box:
    """The real process."""

    def __init__(self, data: str) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tradewind.cli", "up", "--json", "--venues", "binance"),
                *("--data", data, "--port-base", "0", "--seed", "7", "--digest-every", "16"),
                *("--set", f"binance.limits={LIMITS}"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        began = time.perf_counter()
        line = self.process.stdout.readline()
        self.ready_seconds = time.perf_counter() - began
        if not line:
            assert self.process.stderr is not None
            raise Lost(f"the box does not start again: {self.process.stderr.read()}")
        self.ready = json.loads(line)
        self.url = self.ready["venues"]["binance"]["rest"]

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the admin port."""
        host = urlsplit(self.ready["admin"]).netloc
        connection = http.client.HTTPConnection(host)
        token = {"Authorization": f"Bearer {self.ready['admin_token']}"}
        connection.request(method, path, json.dumps(body) if body else None, token)
        told = json.loads(connection.getresponse().read())
        connection.close()
        return told

    def end(self, number: int) -> None:
        """Send a signal and wait."""
        self.process.send_signal(number)
        self.process.wait(20)
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()


class Client:
    """Signed requests of one account over one connection."""

    def __init__(self, url: str, key: dict[str, str]) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
        self._key, self._secret = key["api_key"], key["api_secret"].encode()

    def ask(self, method: str, path: str, **query: Any) -> tuple[int, Any]:
        """One request. Raises OSError or HTTPException when the box dies."""
        text = urlencode({**query, "timestamp": int(time.time() * 1000), "recvWindow": 60_000})
        signature = hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()
        headers = {"X-MBX-APIKEY": self._key}
        self.connection.request(method, f"{path}?{text}&signature={signature}", headers=headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())

    def all(self, path: str, symbol: str, by: str, name: str) -> list[dict[str, Any]]:
        """Every row of a history, page by page."""
        found: list[dict[str, Any]] = []
        start = 0
        while True:
            status, page = self.ask("GET", path, symbol=symbol, limit=PAGE, **{name: start})
            if status != 200:
                raise Lost(f"{path}: {status} {page}")
            found += page
            if len(page) < PAGE:
                return found
            start = page[-1][by] + 1


class Notes:
    """What one account's client knows."""

    def __init__(self) -> None:
        self.sent: set[str] = set()
        self.orders: dict[str, dict[str, Any]] = {}
        self.cancelled: set[str] = set()
        self.refused: set[str] = set()


def load(
    url: str, key: dict[str, str], notes: Notes, prices: dict[str, Decimal], seed: str
) -> None:
    """Trade until the box is gone."""
    chance, client = random.Random(seed), Client(url, key)
    try:
        while True:
            symbol = chance.choice(SYMBOLS)
            resting = [n for n in notes.orders if n not in notes.cancelled]
            if resting and chance.random() < 0.25:
                _cancel(client, notes, chance.choice(resting[-50:]))
            else:
                _order(client, notes, chance, symbol, prices[symbol], seed)
    except (OSError, http.client.HTTPException, json.JSONDecodeError):
        return
    finally:
        client.connection.close()


def _order(
    client: Client, notes: Notes, chance: random.Random, symbol: str, price: Decimal, seed: str
) -> None:
    name = f"{seed}-{len(notes.sent)}"
    notes.sent.add(name)
    wanted: dict[str, Any] = {"symbol": symbol, "side": chance.choice(("BUY", "SELL"))}
    wanted |= {"newClientOrderId": name, "newOrderRespType": "FULL"}
    wanted["quantity"] = f"{max(Decimal(100) / price, Decimal('0.01')):.2f}"
    if chance.random() < 0.3:
        wanted["type"] = "MARKET"
    else:
        away = Decimal(chance.randrange(-30, 31)) / 10_000
        step = Decimal("0.1") if price > 1_000 else Decimal("0.01")
        limit = (price * (1 + away) / step).to_integral_value() * step
        wanted |= {"type": "LIMIT", "timeInForce": "GTC", "price": f"{limit:f}"}
    status, told = client.ask("POST", "/api/v3/order", **wanted)
    if status == 200:
        notes.orders[name] = told
    else:
        notes.refused.add(name)


def _cancel(client: Client, notes: Notes, name: str) -> None:
    symbol = notes.orders[name]["symbol"]
    status, _ = client.ask(
        "DELETE",
        "/api/v3/order",
        symbol=symbol,
        origClientOrderId=name,
        newClientOrderId=name + CANCEL,
    )
    if status == 200:
        notes.cancelled.add(name)


def compare(client: Client, notes: Notes) -> tuple[int, int]:
    """Everything answered is there once, and the money is right. Gives orders and fills seen."""
    orders: dict[str, dict[str, Any]] = {}
    money = {asset: Decimal(amount) for asset, amount in OPENING.items()}
    fills: dict[tuple[str, int, int], dict[str, Any]] = {}
    for symbol in SYMBOLS:
        filled: dict[int, Decimal] = {}
        for fill in client.all("/api/v3/myTrades", symbol, "id", "fromId"):
            key = (symbol, fill["id"], fill["orderId"])
            if key in fills:
                raise Lost(f"fill {key} is there twice")
            fills[key] = fill
            quantity = Decimal(fill["qty"])
            filled[fill["orderId"]] = filled.get(fill["orderId"], Decimal(0)) + quantity
            sign = 1 if fill["isBuyer"] else -1
            money[BASES[symbol]] += sign * quantity
            money["USDT"] -= sign * Decimal(fill["quoteQty"])
            money[fill["commissionAsset"]] -= Decimal(fill["commission"])
        for order in client.all("/api/v3/allOrders", symbol, "orderId", "orderId"):
            name = order["clientOrderId"].removesuffix(CANCEL)
            if name in orders:
                raise Lost(f"order {name} is there twice")
            orders[name] = order
            if Decimal(order["executedQty"]) != filled.get(order["orderId"], Decimal(0)):
                raise Lost(f"order {name} and its fills differ")
    _found(notes, orders, fills)
    _money(client, money)
    return len(orders), len(fills)


def _found(
    notes: Notes,
    orders: dict[str, dict[str, Any]],
    fills: dict[tuple[str, int, int], dict[str, Any]],
) -> None:
    if strange := set(orders) - notes.sent:
        raise Lost(f"nobody sent {strange}")
    if ghosts := set(orders) & notes.refused:
        raise Lost(f"{ghosts} were refused and are there")
    for name, told in notes.orders.items():
        if name not in orders or orders[name]["orderId"] != told["orderId"]:
            raise Lost(f"order {name} was answered and is not there")
        if Decimal(orders[name]["executedQty"]) < Decimal(told["executedQty"]):
            raise Lost(f"order {name} has lost fills")
        for fill in told["fills"]:
            found = fills.get((told["symbol"], fill["tradeId"], told["orderId"]))
            if found is None or (found["price"], found["qty"]) != (fill["price"], fill["qty"]):
                raise Lost(f"fill {fill} of {name} was answered and is not there")
    for name in notes.cancelled:
        if orders[name]["status"] != "CANCELED":
            raise Lost(f"{name} was cancelled and is {orders[name]['status']}")


def _money(client: Client, money: dict[str, Decimal]) -> None:
    status, told = client.ask("GET", "/api/v3/account")
    if status != 200:
        raise Lost(f"account: {status} {told}")
    have = {b["asset"]: Decimal(b["free"]) + Decimal(b["locked"]) for b in told["balances"]}
    for asset, amount in money.items():
        if have.get(asset, Decimal(0)) != amount:
            raise Lost(f"{asset}: {have.get(asset)} there, fills say {amount}")


def run(kills: int, seed: int, seconds: float = 1.2) -> str:
    """That many kills on one folder. Raises Lost."""
    chance = random.Random(seed)
    notes = {account: Notes() for account in ACCOUNTS}
    orders = fills = 0
    ready: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder) / "box")
        box = Box(data)
        keys = {account: _prepare(box, account) for account in ACCOUNTS}
        for number in range(kills):
            _trade_and_kill(box, keys, notes, chance.uniform(0.2, seconds), f"{seed}x{number}")
            box = Box(data)
            ready.append(box.ready_seconds)
            orders = fills = 0
            box.admin("POST", "/time", {"freeze": True})  # no fills while fills are counted
            for account in ACCOUNTS:
                client = Client(box.url, keys[account])
                seen = compare(client, notes[account])
                client.connection.close()
                orders, fills = orders + seen[0], fills + seen[1]
            box.admin("POST", "/time", {"run": True})
        box.end(15)
        _verify(data)
    answered = sum(len(each.orders) for each in notes.values())
    sent = sum(len(each.sent) for each in notes.values())
    return (
        f"real process: {kills} kills survived; {sent} orders sent, {answered} answered, {orders} "
        f"there, {fills} fills; ready again in {sorted(ready)[len(ready) // 2]:.2f} s (median), "
        f"{max(ready):.2f} s at worst"
    )


def _prepare(box: Box, account: str) -> dict[str, str]:
    """A key, and balances that are exactly OPENING."""
    key = box.admin(
        "POST", "/keys", {"venue": "binance", "account": account, "label": account + "K"}
    )
    have = box.admin("GET", f"/account?venue=binance&account={account}")["balances"]
    now = {balance["asset"]: Decimal(balance["available"]) for balance in have}
    more = {asset: str(Decimal(want) - now.get(asset, 0)) for asset, want in OPENING.items()}
    told = box.admin("POST", "/faucet", {"venue": "binance", "account": account, "amounts": more})
    assert "error" not in told, told
    return dict(key)


def _trade_and_kill(
    box: Box, keys: dict[str, dict[str, str]], notes: dict[str, Notes], seconds: float, seed: str
) -> None:
    client = Client(box.url, keys["default"])
    prices = {}
    for symbol in SYMBOLS:
        client.connection.request("GET", f"/api/v3/ticker/price?symbol={symbol}")
        prices[symbol] = Decimal(json.loads(client.connection.getresponse().read())["price"])
    client.connection.close()
    threads = [
        threading.Thread(
            target=load,
            args=(box.url, keys[account], notes[account], prices, f"{account[0]}{seed}"),
        )
        for account in ACCOUNTS
    ]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    box.end(9)
    for thread in threads:
        thread.join()


def _verify(data: str) -> None:
    """The journal, replayed in this process from its snapshot, gives the digests in it."""
    from tradewind.exchange.clock import Clock
    from tradewind.exchange.host import VenueHost

    host = VenueHost("binance", Path(data), 7, Clock())
    host.open()
    host.engine.audit()
    host.database.close()
