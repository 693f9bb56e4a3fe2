"""``tradewind compare`` as its user runs it: what it says before, its exit codes, its files."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.comparing.relay import Relay
from tests.house.shape import ROOT
from tests.judges import guard

from tradewind.cli import main
from tradewind.testing import Exchange

GUARDED = """
import sys
from tests.judges import guard
guard.install()
from tradewind.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""The command in a process that can reach nothing but this machine."""


class Place:
    """A box, a relay before it, and the command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "venue"
        self.escapes = folder / "escapes"
        self.box = Exchange(data=self.data, at="now", seed=4)
        self.box.run()
        self.relay = Relay(self.box.rest)

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", GUARDED, "compare", "binance", *words,
             "--report", str(self.folder / "report.md")],
            cwd=self.folder,
            env={**guard.environment(self.escapes), "PYTHONPATH": str(ROOT),
                 "TRADEWIND_DATA": str(self.data), "HOME": str(self.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    def run(self, *words: str) -> tuple[int, str, str]:
        process = self.start(*words)
        out, error = process.communicate(timeout=60)
        return process.returncode, out, error

    @property
    def report(self) -> str:
        return (self.folder / "report.md").read_text()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    try:
        yield made
    finally:
        made.relay.close()
        made.box.close()
        assert guard.escapes(made.escapes) == []


def test_without_differences_it_is_0(place: Place) -> None:
    """At a running box; what is asked where is said first."""
    code, out, error = place.run("--env", "local", "--only", "time,depth,avgPrice")
    assert (code, error) == (0, "")
    assert place.box.rest in out
    assert "no differences" in out
    assert "No difference was found." in place.report
    told = json.loads((place.folder / "report.json").read_text())
    assert (told["differences"], told["left_out"], told["unfinished"]) == ([], [], "")


def test_with_differences_it_is_3(place: Place) -> None:
    """The live network's hosts, which a relay of this machine stands for."""
    place.relay.change = lambda said: said._replace(
        body=said.body.replace(b'"code":-1121', b'"code":-1122')
    )
    code, out, _ = place.run("--env", "live", "--only", "depth", "--against", place.relay.url)
    assert code == 3
    assert "depth code: code: venue '-1122', box '-1121'" in out
    assert "| code | code | -1122 | -1121 | An unknown symbol" in place.report
    assert "orders    none" in out


def test_a_dry_run_asks_nothing(place: Place) -> None:
    """It says what would be asked, and of whom: the venue's own hosts."""
    code, out, _ = place.run("--env", "testnet", "--key", "bot", "--dry-run")
    assert code == 0
    for said in ("https://testnet.binance.vision", "BTC at the market that is sold again", "bot;"):
        assert said in out
    assert place.relay.asked == []
    assert not (place.folder / "report.md").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--env", "tesnet"), "there are: local, live, testnet, demo"),
        (("--env", "testnet", "--key", "bot"), "there is no key 'bot' for testnet"),
        (("--env", "live", "--against", "http://198.51.100.1"), "only this machine"),
        (("--env", "live", "--against", "http://127.0.0.1:9"), "is out of reach"),
        (("--env", "local"), "no box runs"),
        (("--env", "live", "--only", "depth,dept.h", "--dry-run"), "begins with 'dept.h' is asked"),
        (("--env", "live", "--only", "account", "--dry-run"), "is asked without a key"),
    ],
)
def test_what_cannot_be_done_is_said_and_is_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    """In one line, and no report is left behind."""
    report = tmp_path / "report.md"
    given = ("--data", str(tmp_path / "none"), "--report", str(report))
    assert main(["compare", "binance", *words, *given]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.startswith("tradewind: ")
    assert error.count("\n") == 1
    assert not report.exists()


def test_ctrl_c_leaves_nothing_open_and_a_report(place: Place) -> None:
    """In the middle of its orders."""
    process = place.start("--env", "local", "--key", "default", "--against", place.relay.url)
    place.box.wait_for(lambda: place.box.open_orders() or process.poll(), seconds=30)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=30)
    assert process.returncode == 130, error
    assert place.box.open_orders() == []
    assert "It did not come to its end: it was interrupted" in out
    assert "**It did not come to its end:**" in place.report
