"""A program that knows nothing of the box: the venue's real name, TLS, the standard library.

python child.py SCENARIO careful | careless
"""

import hashlib
import hmac
import http.client
import json
import os
import ssl
import sys
import time
from urllib.parse import urlencode

HOST = "api.binance.com"
KEY = os.environ["TRADEWIND_BINANCE_API_KEY"]
SECRET = os.environ["TRADEWIND_BINANCE_API_SECRET"].encode()


def context(careful: bool) -> ssl.SSLContext:
    made = ssl.create_default_context()
    if not careful:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


def ask(method: str, path: str, careful: bool, **given: object) -> tuple[int, dict]:
    text = urlencode({**given, "timestamp": int(time.time() * 1000)})
    text += "&signature=" + hmac.new(SECRET, text.encode(), hashlib.sha256).hexdigest()
    connection = http.client.HTTPSConnection(HOST, timeout=10, context=context(careful))
    connection.request(method, f"{path}?{text}", headers={"X-MBX-APIKEY": KEY})
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    return answer.status, told


def main() -> None:
    scenario, how = sys.argv[1:]
    careful = how == "careful"
    trusting = careful or scenario != "wrong-certificate"
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    connection = http.client.HTTPSConnection(HOST, timeout=10, context=context(trusting))
    try:
        connection.request("GET", "/api/v3/ticker/bookTicker?symbol=BTCUSDT")
    except ssl.SSLError:
        return  # that is not who we wanted to talk to
    price = float(json.loads(connection.getresponse().read())["bidPrice"]) * 0.98
    connection.close()
    order |= {"quantity": "0.01", "price": f"{price:.2f}", "newClientOrderId": "mine"}
    status, _ = ask("POST", "/api/v3/order", trusting, **order)
    if status == 504 and careful:
        status, _ = ask(
            "GET", "/api/v3/order", trusting, symbol="BTCUSDT", origClientOrderId="mine"
        )
    if status != 200:
        order["newClientOrderId"] = "again"
        ask("POST", "/api/v3/order", trusting, **order)


if __name__ == "__main__":
    main()
