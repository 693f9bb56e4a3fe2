"""The guard itself: whoever tries to leave this machine is refused, and the run knows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from . import guard
from .box import Box

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.judge


def test_a_python_judge_cannot_leave(tmp_path: Path) -> None:
    """A connection to another host is refused and written down."""
    file = tmp_path / "escapes"
    environment = {**os.environ, **guard.environment(file)}
    command = [sys.executable, "-m", "tests.judges.guard"]
    tried = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    assert tried.returncode == 3
    assert any("203.0.113.1" in line for line in guard.escapes(file))


def test_a_node_judge_cannot_leave(tmp_path: Path) -> None:
    """The same on node."""
    file = tmp_path / "escapes"
    environment = {**os.environ, **guard.environment(file)}
    script = 'require("net").connect(443, "203.0.113.1")'
    tried = subprocess.run(
        ["node", "-e", script], env=environment, check=False, capture_output=True
    )
    assert tried.returncode != 0
    assert guard.escapes(file) == ["node: connect 203.0.113.1"]


def test_a_judge_reaches_the_box(tmp_path: Path) -> None:
    """Loopback is let through on node (python is shown by every scenario)."""
    file = tmp_path / "escapes"
    environment = {**os.environ, **guard.environment(file)}
    with Box(tmp_path / "data") as box:
        script = (
            f'fetch("{box.rest}/api/v3/ping").then(r => process.exit(r.status === 200 ? 0 : 1))'
        )
        tried = subprocess.run(["node", "-e", script], env=environment, check=False)
    assert tried.returncode == 0
    assert guard.escapes(file) == []
