"""ccxt.pro as a judge: every unified method by its name, over REST and WebSocket; ``watch`` keeps a
``watch*`` method going and ``seen`` tells what it gave.
"""

import asyncio
import json
import re
from typing import Any

import ccxt
import ccxt.pro
from tests.scenarios.trader import Refused

from .door import Loop, Tapes
from .resident import serve


class CcxtPro:
    """One ccxt.pro exchange object."""

    def __init__(self, opened: dict[str, Any]) -> None:
        self._loop = Loop()
        self._tapes = Tapes()
        self._venue = self._loop.run(self._open(opened))

    async def _open(self, opened: dict[str, Any]) -> Any:
        venue = ccxt.pro.binance(
            {
                "apiKey": opened["key"],
                "secret": opened["secret"],
                "enableRateLimit": False,
                "options": {
                    "fetchMarkets": {"types": ["spot"]},
                    "fetchMargins": False,
                    "warnOnFetchOpenOrdersWithoutSymbol": False,
                },
            }
        )
        _redirect(venue.urls["api"], opened)
        await venue.load_markets()
        return venue

    def unified(self, name: str, given: list[Any]) -> Any:
        """Call a unified method; info is left out, it is the venue's own words."""
        return plain(self._loop.run(self._called(name, given)))

    async def _called(self, name: str, given: list[Any]) -> Any:
        try:
            return await getattr(self._venue, name)(*given)
        except ccxt.BaseError as error:
            found = re.search(r'"code":(-?\d+),"msg":"(.*?)"', str(error))
            if found is None:
                raise
            raise Refused(found[1], 400, found[2]) from error

    def watch(self, tape: str, name: str, given: list[Any]) -> None:
        """Keep a watch method going."""
        if self._tapes.open(tape):
            self._loop.go(self._watch(tape, name, given))

    async def _watch(self, tape: str, name: str, given: list[Any]) -> None:
        try:
            while True:
                self._tapes.add(tape, plain(await getattr(self._venue, name)(*given)))
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001  # the judge's verdict, given when it is asked
            self._tapes.broke(tape, f"{type(error).__name__}: {error}")

    def seen(self, tape: str) -> list[Any]:
        """What a watch method gave since the last time."""
        return self._tapes.take(tape)

    def has(self) -> list[str]:
        """The unified methods there are."""
        return [name for name, value in self._venue.has.items() if value]


def _redirect(api: dict[str, Any], opened: dict[str, Any]) -> None:
    for name, url in api.items():
        if isinstance(url, dict):
            _redirect(url, opened)
        else:
            api[name] = re.sub(r"https://[^/]+", opened["rest"], url)
            api[name] = re.sub(r"wss://[^/]+", opened["streams"], api[name])


def plain(value: Any) -> Any:
    """JSON, without ``info``."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items() if k != "info"}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return (
        value if json.dumps(value, default=str) and not hasattr(value, "__dict__") else str(value)
    )


if __name__ == "__main__":
    serve(CcxtPro)  # type: ignore[arg-type]
