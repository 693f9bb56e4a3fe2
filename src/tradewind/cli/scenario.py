"""``tradewind scenario list | run NAME -- CMD``: a program meets an incident that was reported.

A fresh box, the faults of the scenario, the program under ``tradewind run``, and then a verdict
from the exchange's journal and its wire record. Exit code 0 when every rule held, else 1.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from ..exchange import incidents
from ..model import Misconfigured
from ..protocol.faults import CERTAIN, Fault
from ..protocol.incidents import Finding, Scenario, Step, judge
from . import remote

LOOK = 0.05
"""Seconds between two looks at the record."""

LIMIT = 30.0
"""Seconds for the box to start and to stop."""

NOT_ISOLATED = 125
"""The exit code of ``tradewind run`` where a machine forbids private networks."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """A word, and for ``run`` the scenario and the program."""
    words = parser.add_subparsers(dest="word", required=True, metavar="list|run")
    listed = words.add_parser("list", help="the incidents, and where they were reported")
    listed.add_argument("--json", action="store_true", help="print JSON")
    running = words.add_parser("run", help="let a program meet one")
    running.add_argument("name", help="see: tradewind scenario list")
    running.add_argument("--json", action="store_true", help="print JSON")
    running.add_argument("--seed", type=int, default=7, metavar="N", help="of the box's market")
    running.add_argument("--keep", metavar="DIR", help="keep the box's folder there, to look at")
    running.add_argument("child", nargs=argparse.REMAINDER, metavar="-- CMD", help="the program")


def run(options: argparse.Namespace) -> int:
    """List, or run one."""
    if options.word == "list":
        return _list(options)
    command = options.child[1:] if options.child[:1] == ["--"] else options.child
    if not command or command[0].startswith("-"):
        raise Misconfigured("say: tradewind scenario run [OPTIONS] NAME -- CMD ARGUMENTS")
    venue, scenario = incidents.find(options.name)
    with tempfile.TemporaryDirectory(prefix="tradewind-scenario-") as scratch:
        data = Path(options.keep).absolute() if options.keep else Path(scratch) / "box"
        findings = play(venue, scenario, command, data, options.seed)
    _tell(options, scenario, findings)
    return 0 if all(finding.good is not False for finding in findings) else 1


def play(
    venue: str, scenario: Scenario, command: Sequence[str], data: Path, seed: int
) -> list[Finding]:
    """Play a scenario; its findings."""
    box = _start(venue, scenario, data, seed)
    try:
        exits = Play(venue, scenario, command, data).run()
    finally:
        box.terminate()
        box.wait(LIMIT)
        if box.stdout is not None:
            box.stdout.close()
    return judge(scenario, incidents.read(data, venue, exits))


class Play:
    """One run against a box that is there."""

    def __init__(self, venue: str, scenario: Scenario, command: Sequence[str], data: Path) -> None:
        self._venue = venue
        self._scenario = scenario
        self._command = command
        self._data = str(data)
        self._waiting = list(scenario.steps)
        self._seen: list[dict[str, Any]] = []
        self._last = 0
        self._first_at = 0

    def run(self) -> list[int | None]:
        """Prepare, start the programs, take the steps, wait for the end."""
        scenario = self._scenario
        self._ask("POST", "/wire", {"file": True})
        if scenario.copies > 1:
            self._begin_minute()
        if scenario.take:
            amounts = {asset: f"-{amount}" for asset, amount in scenario.take.items()}
            self._ask("POST", "/faucet", {"venue": self._venue, "amounts": amounts})
        self._begin(scenario.faults)
        programs = [self._program(number) for number in range(scenario.copies)]
        deadline = time.monotonic() + scenario.seconds
        try:
            while time.monotonic() < deadline:
                self._look()
                if all(program.poll() is not None for program in programs):
                    break
                time.sleep(LOOK)
            exits = [program.poll() for program in programs]
        finally:
            for program in programs:
                _end(program)
        if NOT_ISOLATED in exits:
            raise Misconfigured("the program was not started: see above")
        return exits

    def _begin_minute(self) -> None:
        """Let the windows of limits begin with us, so that none ends in between."""
        into = self._ask("POST", "/time", {})["venue_time_ns"] / 1e9 % 60
        self._ask("POST", "/time", {"advance": 60 - into})

    def _program(self, number: int) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "tradewind.cli", "run", "--quiet", "--data", self._data]
        # one of several copies speaks; the others would say the same
        out = sys.stderr if number == 0 else subprocess.DEVNULL
        return subprocess.Popen([*command, "--", *self._command], stdout=out)  # noqa: S603 (what the user wants run, no shell)

    def _look(self) -> None:
        """Read what is new in the record and take the steps that are due."""
        if not self._waiting:
            return
        told = self._ask("GET", "/wire", None, after=self._last)
        rows = told["rows"]
        if rows:
            self._last = rows[-1]["n"]
            self._seen += rows
            self._first_at = self._first_at or rows[0]["at"]
        for step in [step for step in self._waiting if self._due(step)]:
            self._waiting.remove(step)
            self._take(step)

    def _due(self, step: Step) -> bool:
        when = step.when
        if when.seconds and not (
            self._first_at and time.time_ns() - self._first_at >= when.seconds * 1e9
        ):
            return False
        if when.operation and self._count("operation", when.operation) < when.count:
            return False
        return not when.channel or self._count("channel", when.channel) >= when.count

    def _count(self, field: str, pattern: str) -> int:
        return sum(fnmatchcase(row.get(field, ""), pattern) for row in self._seen)

    def _take(self, step: Step) -> None:
        if step.clear:
            self._ask("DELETE", "/faults", {})
        if step.advance:
            self._ask("POST", "/time", {"advance": step.advance})
        self._begin(step.faults)

    def _begin(self, faults: Sequence[Fault]) -> None:
        """All in one turn of the box: nobody comes in between."""
        if faults:
            self._ask("POST", "/faults", {"faults": [_words(fault) for fault in faults]})

    def _ask(self, method: str, path: str, body: Any, **query: object) -> Any:
        return remote.ask(self._data, method, path, body, **query)


def _start(venue: str, scenario: Scenario, data: Path, seed: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tradewind.cli", "up", "--json", "--data", str(data)]
    command += ["--venues", venue, "--port-base", "0", "--seed", str(seed)]
    for name, value in scenario.settings.items():
        command += ["--set", f"{venue}.{name}={json.dumps(value)}"]
    box = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 (our own)
    assert box.stdout is not None
    if not box.stdout.readline():
        raise Misconfigured(f"the box did not start (exit code {box.wait(LIMIT)})")
    return box


def _end(program: "subprocess.Popen[bytes]") -> None:
    if program.poll() is None:
        program.terminate()
        with suppress(subprocess.TimeoutExpired):
            program.wait(LIMIT)
    if program.poll() is None:
        program.kill()
        program.wait()


def _words(fault: Fault) -> dict[str, Any]:
    words: dict[str, Any] = msgspec.to_builtins(fault)
    if fault.probability < CERTAIN:
        words["probability"] = fault.probability / CERTAIN
    return words


def _list(options: argparse.Namespace) -> int:
    found = incidents.every()
    if options.json:
        remote.show(
            {
                venue: [
                    {"name": s.name, "thread": s.thread, "told": s.told, "task": s.task}
                    for s in scenarios
                ]
                for venue, scenarios in found.items()
            }
        )
        return 0
    for venue, scenarios in found.items():
        print(venue)
        for scenario in scenarios:
            print(f"  {scenario.name:<18} {scenario.told}")
            print(f"  {'':<18} {scenario.thread}")
    return 0


def _tell(options: argparse.Namespace, scenario: Scenario, findings: Sequence[Finding]) -> None:
    if options.json:
        remote.show(
            {
                "scenario": scenario.name,
                "thread": scenario.thread,
                "findings": [msgspec.to_builtins(finding) for finding in findings],
            }
        )
        return
    print(f"{scenario.name}: {scenario.told}\n{scenario.thread}")
    for finding in findings:
        word = {True: "held", False: "BROKEN", None: "-"}[finding.good]
        print(f"  {finding.rule:<16} {word:<7} {finding.text}")
