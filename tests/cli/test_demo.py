"""``make demo`` as a stranger runs it, in a pipe: a box, the whole tour, nothing left running."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_the_box_is_gone_afterwards(demo: tuple[Path, str]) -> None:
    """In a pipe the demo ends after the tour, and so does its box."""
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
