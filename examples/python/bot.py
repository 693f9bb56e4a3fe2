"""A bot to be tested: buys when the price has fallen by 5 %, sells what it has 4 % higher.

Standard library only. It was written for a real venue; nothing in it knows about tests.
"""

import hashlib
import hmac
import http.client
import json
import time
from urllib.parse import urlencode, urlsplit


class Bot:
    """``step()`` looks at the market once and acts at most once."""

    def __init__(self, rest, api_key, api_secret, symbol="BTCUSDT", quantity="1"):
        self._at = urlsplit(rest)
        self._key, self._secret = api_key, api_secret
        self.symbol, self.quantity = symbol, quantity
        self.reference = None
        self.bought = None  # the price, once it has
        self._intent = None  # an order whose outcome is not known yet
        self._count = 0

    def step(self):
        """Look, and act."""
        try:
            if self._intent and not self._settle():
                return
            price = float(self._ask("GET", "/api/v3/ticker/price", symbol=self.symbol)["price"])
            if self.reference is None:
                self.reference = price
            if self.bought is None and price <= self.reference * 0.95:
                self._place("BUY", price * 1.01)
            elif self.bought is not None and price >= self.bought * 1.04:
                self._place("SELL", price * 0.99)
        except (OSError, http.client.HTTPException, Unavailable):
            return  # not now: the next step asks first what became of the order

    def _place(self, side, limit):
        self._count += 1
        self._intent = (side, f"dip-{int(time.time())}-{self._count}")
        self._ask(
            "POST",
            "/api/v3/order",
            symbol=self.symbol,
            side=side,
            type="LIMIT",
            timeInForce="IOC",
            price=f"{limit:.2f}",
            quantity=self.quantity,
            newClientOrderId=self._intent[1],
            timestamp=int(time.time() * 1000),
        )
        self._settle()

    def _settle(self):
        """Ask what became of the order. False: not known yet."""
        side, name = self._intent
        try:
            order = self._ask(
                "GET",
                "/api/v3/order",
                symbol=self.symbol,
                origClientOrderId=name,
                timestamp=int(time.time() * 1000),
            )
        except Refused as error:
            if error.code != -2013:  # the order does not exist
                raise
            order = {"executedQty": "0"}
        self._intent = None
        if float(order["executedQty"]):
            average = float(order["cummulativeQuoteQty"]) / float(order["executedQty"])
            self.bought = average if side == "BUY" else None
        return True

    def _ask(self, method, path, **parameters):
        query = urlencode(parameters)
        if "timestamp" in parameters:
            signed = hmac.new(self._secret.encode(), query.encode(), hashlib.sha256)
            query += f"&signature={signed.hexdigest()}"
        kind = http.client.HTTPSConnection if self._at.scheme == "https" else None
        connection = (kind or http.client.HTTPConnection)(self._at.netloc, timeout=10)
        try:
            connection.request(method, f"{path}?{query}", headers={"X-MBX-APIKEY": self._key})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status >= 500:
            raise Unavailable(answer.status)
        told = json.loads(body)
        if answer.status >= 400:
            raise Refused(told["code"], told["msg"])
        return told


class Unavailable(Exception):
    """The venue does not answer; what was asked may have happened."""


class Refused(Exception):
    """The venue said no."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code
