"""A box in a process of its own, with the venue whose names it imitates."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

import tradewind.venues
from tradewind.net import namespace

VENUE = next(name for name in tradewind.venues.names() if tradewind.venues.have(name, "exchange"))
COMMAND = [sys.executable, "-m", "tradewind.cli"]
WHY_NOT = namespace.why_not()
needs_namespaces = pytest.mark.skipif(bool(WHY_NOT), reason=f"needs unshare: {WHY_NOT}")


class Box:
    """A box that runs; ``told`` is what it wrote to stderr until now."""

    def __init__(self, data: Path, errors: Path, *arguments: str) -> None:
        self.data = data
        self._errors = errors
        with errors.open("wb") as out:
            self.process = subprocess.Popen(
                [*COMMAND, "up", "--json", "--data", str(data), "--port-base", "0",
                 "--venues", VENUE, "--seed", "7", *arguments],
                stdout=subprocess.PIPE,
                stderr=out,
                text=True,
            )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, errors.read_text()
        self.ready: dict[str, Any] = json.loads(line)
        self.doors: dict[str, str] = self.ready["venues"][VENUE]

    @property
    def told(self) -> str:
        return self._errors.read_text()

    def admin(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        """Ask the admin API."""
        return ask(
            self.ready["admin"],
            method,
            f"{path}?{urlencode(query)}" if query else path,
            json.dumps(body).encode() if body is not None else b"",
            {"Authorization": f"Bearer {self.ready['admin_token']}"},
        )

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=20)


def ask(
    url: str, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    """One request; the body as JSON where it is, else as text."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request(method, target, body or None, headers or {})
        answer = connection.getresponse()
        text = answer.read().decode()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text
    finally:
        connection.close()


def run(data: Path, *command: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """``tradewind run``; words that begin with ``--`` before ``--`` are its own."""
    given = {"capture_output": True, "text": True, "timeout": 60, **more}
    return subprocess.run([*COMMAND, "run", "--data", str(data), *command], **given)


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, **more}


@pytest.fixture(scope="package")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    folder = tmp_path_factory.mktemp("box")
    found = Box(folder / "data", folder / "errors")
    yield found
    found.end()
