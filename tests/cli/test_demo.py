"""``make demo`` as a stranger runs it, in a pipe: box, tour, bot, and nothing is left running."""

import json
import os
import re
import signal
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest
from tests.house.docs import blocks
from tests.house.shape import ROOT

from tradewind.cli import demo as demo_command
from tradewind.client import local
from tradewind.model import Misconfigured


def tradewind(*words: str, data: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tradewind.cli", *words, "--data", str(data)],
        capture_output=True,
        text=True,
        check=check,
        timeout=60,
        env={**os.environ, "COLUMNS": "100"},
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """One run of the demo: its folder and what it printed."""
    data = tmp_path_factory.mktemp("demo") / "data"
    return data, tradewind("demo", data=data).stdout


def test_the_whole_tour_goes_as_told(demo: tuple[Path, str]) -> None:
    """Every step is shown, and each is as told."""
    text = demo[1]
    assert "16/16" in text
    assert text.count("as told") >= 17
    assert "NOT as told" not in text
    assert "\x1b" not in text, "a pipe gets plain lines"


def test_the_bot_trades_and_the_guard_stops_its_slip(demo: tuple[Path, str]) -> None:
    """Offers, at least two fills, one order that was not sent; told after the tour."""
    tour, _, bot = demo[1].partition("And a bot: examples/bot.py")
    assert "16/16" in tour
    assert re.search(r"^  (buy|sell) 0\.01 BTC at \d+\.\d\d$", bot, re.MULTILINE)
    assert len(re.findall(r"^    (?:buy|sell) filled: 0\.\d+ BTC at", bot, re.MULTILINE)) >= 2
    assert "  buy 10 BTC at" in bot
    assert re.search(r"the guard says no, nothing was sent: .* USDT; at most 2000", bot)
    assert "the bot has ended by itself" in bot


def test_the_last_word_says_how_to_go_on(demo: tuple[Path, str]) -> None:
    """Where the data is, and the command for it."""
    last = demo[1].splitlines()[-1]
    assert last.endswith(f"To go on: tradewind up --data {demo[0]}")


def test_the_bot_is_the_readmes() -> None:
    """Line by line, and below thirty lines."""
    bot = (ROOT / "examples" / "bot.py").read_text()
    assert [block for block in blocks(ROOT / "README.md") if block.text == bot]
    assert len(bot.splitlines()) < 30


def test_ctrl_c_beside_the_bot_ends_everything(tmp_path: Path) -> None:
    """Without a word of complaint; neither bot nor box is left."""
    data = tmp_path / "data"
    command = [sys.executable, "-m", "tradewind.cli", "demo", "--data", str(data)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "BTC at" in line:
                break
        bots = children(process.pid)
        assert len(bots) == 2  # and the box
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=30)
    assert process.returncode == 0
    assert error == ""
    assert not any(Path(f"/proc/{pid}").exists() for pid in bots)
    with pytest.raises(Misconfigured, match="no box runs"):
        local.running(data)


def children(pid: int) -> list[str]:
    """The processes that a process started."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_a_bot_that_fails_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what it said, and the demo fails."""
    broken = tmp_path / "examples" / "bot.py"
    broken.parent.mkdir()
    broken.write_text("raise SystemExit('out of luck')\n")
    monkeypatch.setattr(demo_command, "BOT", broken)
    options = Namespace(lang="en", data=str(tmp_path))
    assert demo_command._trade(options) == 1
    told = capsys.readouterr().out
    assert "out of luck" in told
    assert "the bot has FAILED (exit code 1)" in told


def test_the_box_is_gone_afterwards(demo: tuple[Path, str]) -> None:
    """In a pipe the demo ends with the bot, and so does its box."""
    with pytest.raises(Misconfigured, match="no box runs"):
        local.running(demo[0])


def test_a_running_box_is_used_and_left_alone(tmp_path: Path) -> None:
    """The demo does not stop what it has not started; the tour tells it in Chinese and in JSON."""
    data = tmp_path / "data"
    command = [sys.executable, "-m", "tradewind.cli", "up", "--json", "--port-base", "0"]
    with subprocess.Popen(
        [*command, "--data", str(data)], stdout=subprocess.PIPE, text=True
    ) as box:
        assert box.stdout is not None
        venue = next(iter(json.loads(box.stdout.readline())["venues"]))
        assert "全部步骤与说明一致" in tradewind("demo", "--lang", "zh", data=data).stdout
        lines = tradewind("tour", venue, "--json", data=data).stdout.splitlines()
        assert json.loads(lines[-1]) == {"as_told": 16, "not_as_told": 0}
        assert "requests, newest first" in tradewind("view", data=data).stdout
        assert box.poll() is None
        box.terminate()


def test_a_tour_without_a_box_says_what_to_do(tmp_path: Path) -> None:
    """And fails."""
    done = tradewind("tour", "binance", data=tmp_path / "none", check=False)
    assert done.returncode == 1
    assert "tradewind up" in done.stderr
