"""A fresh box for a judge: a process on loopback with free ports, and its admin API."""

import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

VENUE = "binance"


class Box:
    """One box. Everything about it is gone when it is left."""

    def __init__(self, data: Path, *settings: str) -> None:
        command = [sys.executable, "-m", "tradewind.cli", "up", "--json", "--venues", VENUE]
        command += ["--data", str(data), "--port-base", "0", "--seed", "7", *settings]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONWARNINGS": ""}
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the box did not start (exit code {self._process.wait()})"
        ready = json.loads(line)
        self.data = data
        self.rest: str = ready["venues"][VENUE]["rest"]
        self.streams: str = ready["venues"][VENUE]["streams"]
        self._admin, self._token = ready["admin"], ready["admin_token"]

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The admin API."""
        connection = http.client.HTTPConnection(urlsplit(self._admin).netloc, timeout=30)
        try:
            connection.request(
                method,
                f"{path}?{urlencode(query)}" if query else path,
                json.dumps(body) if body is not None else None,
                {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
            )
            answer = connection.getresponse()
            told = json.loads(answer.read())
            assert answer.status == 200, told
            return told
        finally:
            connection.close()

    def key(self, label: str, **wanted: Any) -> dict[str, str]:
        """A new key."""
        made: dict[str, str] = self.ask("POST", "/keys", {"venue": VENUE, "label": label, **wanted})
        return made

    def revoke(self, label: str) -> None:
        """End a key."""
        self.ask("POST", "/keys/revoke", {"venue": VENUE, "key": label})

    def log(self, after: int = 0) -> tuple[int, list[dict[str, Any]]]:
        """Requests that came since a number, and the new number."""
        told = self.ask("GET", "/log", after=after)
        return told["last"], told["requests"]

    def account(self, name: str = "default") -> Any:
        """Balances, open orders, fills."""
        return self.ask("GET", "/account", venue=VENUE, account=name)

    def close(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
