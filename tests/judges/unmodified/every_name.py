"""Asks every host of the venue on every port: 200 or 101 each."""

import http.client
import json
import ssl

REST = (
    *("api.binance.com", "api1.binance.com", "api2.binance.com", "api3.binance.com"),
    *("api4.binance.com", "api-gcp.binance.com", "data-api.binance.vision"),
    *("testnet.binance.vision", "api1.testnet.binance.vision", "demo-api.binance.com"),
)
STREAMS = (
    *("stream.binance.com", "data-stream.binance.vision"),
    *("stream.testnet.binance.vision", "demo-stream.binance.com"),
)
WS_APIS = ("ws-api.binance.com", "ws-api.testnet.binance.vision", "demo-ws-api.binance.com")
SOCKETS = (
    *((host, "/ws/btcusdt@bookTicker") for host in STREAMS),
    *((host, "/stream?streams=btcusdt@trade") for host in STREAMS[:1]),
    *((host, "/ws-api/v3") for host in WS_APIS),
)
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def _ask(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> int:
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    except OSError as error:
        return error.errno or -1
    finally:
        connection.close()


def main() -> None:
    context = ssl.create_default_context()
    seen = {}
    for host in REST:
        secure = http.client.HTTPSConnection(host, timeout=10, context=context)
        seen[host] = _ask(secure, "/api/v3/time", {})
    seen["plain"] = _ask(http.client.HTTPConnection(REST[0], timeout=10), "/api/v3/time", {})
    for host, path in SOCKETS:
        for port in (443, 9443):
            secure = http.client.HTTPSConnection(host, port, timeout=10, context=context)
            seen[f"{host}:{port}{path}"] = _ask(secure, path, UPGRADE)
    print(json.dumps(seen))


main()
