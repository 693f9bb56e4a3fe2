"""ccxt in the venue's own words, through its implicit methods: its paths, its signatures, its
reading of errors.
"""

import json
import re
from typing import Any

import ccxt
from ccxt.abstract.binance import ImplicitAPI
from tests.scenarios.trader import Refused

from tradewind.protocol.operations import Rest
from tradewind.venues import part

from .resident import serve

METHODS = {
    (path, api, entry.method): name
    for name, entry in vars(ImplicitAPI).items()
    if hasattr(entry, "api")
    for path, api in [(entry.path, entry.api if isinstance(entry.api, str) else entry.api[0])]
    if "_" not in name
}


def method_of(operation: str) -> str:
    """The implicit method that asks an operation, "" where ccxt has none."""
    for door in part("binance", "operations").TABLE.by_name[operation].doors:
        if not isinstance(door, Rest):
            continue
        kind, version, path = re.fullmatch(r"/(s?api)/v(\d)/(.*)", door.path).groups()  # type: ignore[union-attr]
        apis = (
            ("public", "private")
            if kind == "api"
            else (("sapi",) if version == "1" else (f"sapiV{version}",))
        )
        for api in apis:
            name = METHODS.get((path, api, door.method))
            if name:
                return name
    return ""


class CcxtDoor:
    """One ccxt exchange object."""

    def __init__(self, opened: dict[str, Any]) -> None:
        self._venue = ccxt.binance(
            {
                "apiKey": opened["key"],
                "secret": opened.get("secret") or opened["private_key"],
                "enableRateLimit": False,
                "options": {"timeDifference": opened.get("late_ms", 0)},
            }
        )
        api = self._venue.urls["api"]
        for name, url in api.items():
            if isinstance(url, str):
                api[name] = re.sub(r"https://[^/]+", opened["rest"], url)

    def call(self, operation: str, given: dict[str, Any]) -> Any:
        try:
            return getattr(self._venue, method_of(operation))(given)
        except ccxt.BaseError as error:
            text = self._venue.last_http_response
            if not text.startswith(("{", "[")):  # 410 and 404 say nothing
                status = re.search(r" (4\d\d) ", str(error))
                raise Refused("", int(status[1]) if status else 0, str(error)) from error
            body = json.loads(text)
            if not isinstance(body, dict) or "code" not in body:
                raise
            raise Refused(str(body["code"]), 400, body["msg"]) from error


if __name__ == "__main__":
    serve(CcxtDoor)  # type: ignore[arg-type]
