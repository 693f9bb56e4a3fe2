"""A judge lives in a process of its own and answers lines of JSON: starting it is paid once.

    -> {"do": "place", "with": {...}}      <- {"is": {...}} | {"refused": {...}} | {"broke": "..."}

``serve`` is the judge's end, ``Judge`` ours.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from tests.scenarios.trader import Refused, Trader

from . import guard

ROOT = Path(__file__).resolve().parents[2]


class Broken(Exception):
    """The judge's software failed in its own way: it could not read what the venue said."""


def serve(make: Callable[[dict[str, Any]], Trader]) -> None:
    """Answer until the input ends. ``make`` builds a trader from {rest, streams, key,
    secret, late_ms}."""
    guard.install()
    traders: dict[str, Trader] = {}
    # what a library prints must not be taken for an answer
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin:
        asked = json.loads(line)
        answers.write(json.dumps(_answer(make, traders, asked)) + "\n")


def _answer(
    make: Callable[[dict[str, Any]], Trader], traders: dict[str, Trader], asked: dict[str, Any]
) -> dict[str, Any]:
    try:
        who = asked["as"]
        if asked["do"] == "open":
            traders[who] = make(asked["with"])
            return {"is": None}
        return {"is": getattr(traders[who], asked["do"])(**asked["with"])}
    except Refused as refused:
        return {"refused": [refused.code, refused.status, refused.text]}
    except Exception as error:  # noqa: BLE001  # whatever the judge's software raises is its verdict
        return {"broke": f"{type(error).__name__}: {error}"}


class Judge:
    """Our end: starts the judge's process and asks it."""

    def __init__(self, module: str, escapes: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"tests.judges.{module}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, **guard.environment(escapes)},
        )

    def ask(self, who: str, do: str, **given: Any) -> Any:
        """One question. Raises Refused or Broken."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"as": who, "do": do, "with": given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise Broken(f"the judge's process ended with {self._process.wait()}")
        told = json.loads(line)
        if "refused" in told:
            raise Refused(*told["refused"])
        if "broke" in told:
            raise Broken(told["broke"])
        return told["is"]

    def trader(self, who: str, **opened: Any) -> Trader:
        """A trader in the judge's process."""
        self.ask(who, "open", **opened)
        return cast(Trader, _Remote(self, who))

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
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


class _Remote:
    """A trader whose every method is a question to the judge."""

    def __init__(self, judge: Judge, who: str) -> None:
        self._judge, self._who = judge, who

    def __getattr__(self, name: str) -> Callable[..., Any]:
        names = _ARGUMENTS[name]
        return lambda *given: self._judge.ask(
            self._who, name, **dict(zip(names, given, strict=True))
        )


_ARGUMENTS: dict[str, tuple[str, ...]] = {
    name: tuple(
        argument
        for argument in method.__code__.co_varnames[: method.__code__.co_argcount]
        if argument != "self"
    )
    for name, method in vars(Trader).items()
    if callable(method) and not name.startswith("_")
}
