"""binance-sdk-spot, the venue's own SDK, as a judge: REST, WebSocket API and streams.

Its answers are typed models. Where the venue's words do not fit one, the SDK logs a warning and
hands out the raw payload or relaxes the types: here that is a failure.
"""

import logging
from typing import Any

from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_common.errors import (
    BadRequestError,
    ClientError,
    ForbiddenError,
    NotFoundError,
    RateLimitBanError,
    TooManyRequestsError,
    UnauthorizedError,
)
from binance_sdk_spot.spot import Spot
from tests.scenarios.trader import Refused

from .door import Loop, Tapes, snake, stream_arguments
from .resident import serve

REST = {
    "trades.recent": "get_trades",
    "trades.historical": "historical_trades",
    "trades.aggregate": "agg_trades",
    "blockTrades.historical": "historical_block_trades",
    "ticker.book": "ticker_book_ticker",
    "order.place": "new_order",
    "order.cancel": "delete_order",
    "order.status": "get_order",
    "openOrders.cancelAll": "delete_open_orders",
    "openOrders.status": "get_open_orders",
    "orderList.place": "order_oco",
    "orderList.place.oco": "order_list_oco",
    "orderList.place.oto": "order_list_oto",
    "orderList.place.otoco": "order_list_otoco",
    "orderList.place.opo": "order_list_opo",
    "orderList.place.opoco": "order_list_opoco",
    "orderList.cancel": "delete_order_list",
    "orderList.status": "get_order_list",
    "allOrderLists": "all_order_list",
    "openOrderLists.status": "open_order_list",
    "sor.order.place": "sor_order",
    "account.status": "get_account",
    "account.rateLimits.orders": "rate_limit_order",
}
"""Where the SDK's name is not the operation's."""

STATUS = {
    BadRequestError: 400,
    UnauthorizedError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    RateLimitBanError: 418,
    TooManyRequestsError: 429,
}
EVENTS = {
    "ExecutionReport": "executionReport",
    "OutboundAccountPosition": "outboundAccountPosition",
    "BalanceUpdate": "balanceUpdate",
    "ListStatus": "listStatus",
    "EventStreamTerminated": "eventStreamTerminated",
}
"""The SDK's models of user data events: it reads the event's name and forgets it."""


class Complaints(logging.Handler):
    """What the SDK says when it cannot read the venue."""

    WORDS = (
        "raw payload",
        "did not match the declared types",
        "Failed to parse",
        "Unknown user data event",
    )

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []
        logging.getLogger().addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if any(word in text for word in self.WORDS):
            self.heard.append(text)

    def none(self) -> None:
        """Raises AssertionError with what was said."""
        said, self.heard = self.heard, []
        assert not said, said[0]


COMPLAINTS = Complaints()


class Sdk:
    """One user, through one of the SDK's doors."""

    def __init__(self, opened: dict[str, Any]) -> None:
        key, secret, private = opened["key"], opened.get("secret"), opened.get("private_key")
        web = opened["streams"]
        self._spot = Spot(
            ConfigurationRestAPI(
                key, secret, opened["rest"], timeout=10_000, retries=0, private_key=private
            ),
            ConfigurationWebSocketAPI(
                key, secret, stream_url=f"{web}/ws-api/v3", private_key=private
            ),
            ConfigurationWebSocketStreams(stream_url=web),
        )
        self._door = opened["door"]
        self._late = opened.get("late_ms", 0)
        self._loop = Loop()
        self._tapes = Tapes()
        self._api: Any = None
        self._streams: Any = None
        self._following = False

    def call(self, operation: str, given: dict[str, Any]) -> Any:
        words = {snake(name): value for name, value in given.items()}
        answer = (
            self._rest(operation, words) if self._door == "rest" else self._ws(operation, words)
        )
        COMPLAINTS.none()
        return answer

    def _rest(self, operation: str, words: dict[str, Any]) -> Any:
        method = getattr(self._spot.rest_api, _name(REST.get(operation, operation)))
        try:
            return plain(method(**words).data())
        except ClientError as error:
            raise _refused(error) from error
        except tuple(STATUS) as error:
            raise _refused(error) from error

    def _ws(self, operation: str, words: dict[str, Any]) -> Any:
        if operation == "userDataStream.unsubscribe":
            words = {"subscription_id": words["subscription_id"]}
        return self._loop.run(self._asked(operation, words))

    async def _asked(self, operation: str, words: dict[str, Any]) -> Any:
        if self._api is None:
            self._api = await self._spot.websocket_api.create_connection()
        told = await getattr(self._api, _name(operation))(**words)
        if hasattr(told, "response"):  # a subscription
            self._tapes.open("user")
            told.stream.on("message", self._event)
            told = told.response
        data = plain(told.data())
        if isinstance(data, dict) and "error" in data:
            raise Refused(str(data["error"]["code"]), 0, data["error"]["msg"])
        assert data["status"] == 200, data
        return data["result"]

    def follow(self) -> None:
        """Hear user data."""
        if not self._following:
            self._following = True
            self._ws("userDataStream.subscribe.signature", {})

    def told(self) -> list[Any]:
        COMPLAINTS.none()
        return self._tapes.take("user")

    def listen(self, stream: str) -> None:
        if self._tapes.open(stream):
            self._loop.run(self._listen(stream))

    def heard(self, stream: str) -> list[Any]:
        COMPLAINTS.none()
        return self._tapes.take(stream)

    async def _listen(self, stream: str) -> None:
        if self._streams is None:
            self._streams = await self._spot.websocket_streams.create_connection()
        kind, words = stream_arguments(stream)
        handle = await getattr(self._streams, kind)(**words)
        handle.on("message", lambda message: self._tapes.add(stream, plain(message)))

    def _event(self, message: Any) -> None:
        kind = type(getattr(message, "actual_instance", message)).__name__
        self._tapes.add("user", {"e": EVENTS.get(kind, kind), **plain(message)})


def _name(operation: str) -> str:
    return snake(operation).replace("_24hr", "24hr")


def _refused(error: Any) -> Refused:
    status = STATUS.get(type(error), 400)
    return Refused(str(error.status_code), status, error.error_message or "")


def plain(value: Any) -> Any:
    """A model as the wire had it. What the SDK does not know of it stays visible."""
    actual = getattr(value, "actual_instance", None)
    if actual is not None:
        value = actual
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if hasattr(value, "root"):
        return plain(value.root)
    if not hasattr(value, "model_dump"):
        return {k: plain(v) for k, v in value.items()} if isinstance(value, dict) else value
    told: dict[str, Any] = {}
    for name, field in type(value).model_fields.items():
        if name == "additional_properties":
            continue
        found = plain(getattr(value, name))
        if found is not None:  # absent and null are the same to the SDK
            told[field.alias or name] = found
    return told | (getattr(value, "additional_properties", None) or {})


if __name__ == "__main__":
    serve(Sdk)  # type: ignore[arg-type]
