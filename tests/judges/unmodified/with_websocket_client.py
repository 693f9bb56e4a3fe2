"""websocket-client: the blocking one."""

import json
from typing import Any

from common import STREAM, WS_API, asked, cancel, far, main, order, price_asked

from websocket import create_connection


def stream(_: str) -> Any:
    socket = create_connection(STREAM, timeout=10)
    try:
        return {"symbol": json.loads(socket.recv())["s"]}
    finally:
        socket.close()


def ws_api(client_id: str) -> Any:
    socket = create_connection(WS_API, timeout=10)

    def ask(message: str) -> Any:
        socket.send(message)
        return json.loads(socket.recv())["result"]

    try:
        price = far(ask(price_asked())["price"])
        placed = ask(asked("order.place", order(client_id, price)))
        gone = ask(asked("order.cancel", cancel(client_id)))
        return {"placed": placed["status"], "status": gone["status"]}
    finally:
        socket.close()


main(stream=stream, ws_api=ws_api)
