"""The examples run as they stand: in Python here, in Node with the judges."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.house.shape import ROOT

EXAMPLES = ROOT / "examples"


def run(command: list[str], folder: Path) -> str:
    """In a copy of an example's folder, with this installation's command."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_python_example(tmp_path: Path) -> None:
    """A bot on the standard library, and its tests."""
    folder = tmp_path / "example"
    shutil.copytree(EXAMPLES / "python", folder, ignore=shutil.ignore_patterns("__pycache__"))
    told = run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], folder)
    assert "6 passed" in told


@pytest.mark.judge
def test_the_node_example(tmp_path: Path) -> None:
    """The same through the admin API, without Python in the test."""
    folder = tmp_path / "example"
    shutil.copytree(EXAMPLES / "node", folder)
    told = run(["node", "--test"], folder)
    assert "# pass 5" in told
