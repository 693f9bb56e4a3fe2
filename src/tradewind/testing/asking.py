"""Two ways to ask a box: one in a thread of this process, or one that runs elsewhere.

    Embedded   thread + event loop + box in memory; asked through the admin API's own handlers
    Remote     the admin API over HTTP

Both take the same words, so what one can do the other can.
"""

import asyncio
import http.client
import json
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import msgspec

from ..exchange.admin import Admin, Refused
from ..exchange.box import Box, Options, Ready
from ..model import Misconfigured

SECONDS = 60.0
"""A question that takes longer never ends; a jump of a year takes a few."""

Doors = Mapping[str, Mapping[str, str]]


class Asking(Protocol):
    """What ``Exchange`` stands on."""

    doors: Doors
    """Per venue the addresses of its doors."""
    admin: str
    admin_token: str

    def ask(self, method: str, path: str, asked: Mapping[str, Any]) -> Any:
        """Do it; plain values come back. Raises Misconfigured with the box's own words."""

    def close(self) -> None:
        """Let go."""


class Embedded:
    """A box in a thread of its own. No signal handlers, no files without ``options.data``."""

    def __init__(self, options: Options) -> None:
        self._ready: Future[Ready] = Future()
        self._error: BaseException | None = None
        self._box: Box
        self._admin: Admin
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(
            target=self._live, args=(options,), name="tradewind", daemon=True
        )
        self._thread.start()
        try:
            ready = self._ready.result(SECONDS)
        except BaseException:
            self._thread.join()
            raise
        self.doors: Doors = ready.venues
        self.admin = ready.admin
        self.admin_token = ready.admin_token

    def ask(self, method: str, path: str, asked: Mapping[str, Any]) -> Any:
        """Run the admin API's handler in the box's loop, and wait for it."""
        answer: Future[Any] = Future()

        def run() -> None:
            try:
                told = self._admin.ask(method, path, asked)
                answer.set_result(msgspec.to_builtins(told))
            except Exception as error:  # noqa: BLE001  # it is raised again where it was asked
                answer.set_exception(error)

        try:
            self._loop.call_soon_threadsafe(run)
        except RuntimeError:
            raise self._ended() from self._error
        try:
            return answer.result(SECONDS)
        except Refused as error:
            raise Misconfigured(str(error)) from None

    def close(self) -> None:
        """Stop the box and wait until its sockets are closed. Raises what broke it."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._box.stop)
            self._thread.join(SECONDS)
        if self._error is not None:
            raise self._ended() from self._error

    def _ended(self) -> Exception:
        return RuntimeError("the box has stopped" + (f": {self._error}" if self._error else ""))

    def _live(self, options: Options) -> None:
        with asyncio.Runner() as runner:
            try:
                runner.run(self._serve(options))
            except BaseException as error:  # noqa: BLE001  # raised again in the test's thread
                self._error = error
                if not self._ready.done():
                    self._ready.set_exception(error)

    async def _serve(self, options: Options) -> None:
        self._loop = asyncio.get_running_loop()
        self._box = box = Box(options)
        ready = await box.open()
        self._admin = Admin(box)
        try:
            self._ready.set_result(ready)
            await box.run()
        finally:
            await box.close()


class Remote:
    """A box that runs already, for instance one that ``tradewind up --json`` started."""

    def __init__(self, admin: str, token: str) -> None:
        self.admin = admin
        self.admin_token = token
        venues = self.ask("GET", "/status", {})["venues"]
        self.doors: Doors = {name: told["doors"] for name, told in venues.items()}

    def ask(self, method: str, path: str, asked: Mapping[str, Any]) -> Any:
        """Ask over HTTP."""
        query = f"{path}?{urlencode(asked)}" if method == "GET" and asked else path
        body = json.dumps(asked, default=str) if method != "GET" else None
        headers = {"Authorization": f"Bearer {self.admin_token}"}
        connection = http.client.HTTPConnection(urlsplit(self.admin).netloc, timeout=SECONDS)
        try:
            connection.request(method, query, body, headers)
            answer = connection.getresponse()
            told = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise Misconfigured(told["error"])
        return told

    def close(self) -> None:
        """The box goes on."""
