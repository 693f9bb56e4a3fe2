"""What is built is what is used: the wheel works in an empty environment, away from the source."""

import json
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from .shape import ROOT

pytestmark = pytest.mark.judge  # builds and installs: run with the judges, not with every test


def run(*command: str | Path, cwd: Path) -> str:
    """Run, with nothing of the source in sight."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of what is in the repository."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"  # a copy: an old build folder must not leak into the wheel
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", source / "src", ignore=ignored)
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder)
    run(*pip, source, cwd=folder)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_package_and_its_data(wheel: Path) -> None:
    """py.typed, data files and the licence are in it, tests are not."""
    names = zipfile.ZipFile(wheel).namelist()
    assert "tradewind/py.typed" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith("tests/")]
    shipped = {p.relative_to(ROOT / "src").as_posix() for p in (ROOT / "src").rglob("*.py")}
    assert shipped <= set(names)


def test_the_wheel_brings_its_pytest_plugin(wheel: Path, tmp_path: Path) -> None:
    """Installed with pytest into an empty environment it runs the example, as the CI file says."""
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    steps = re.findall(r"- run: (.+)", (ROOT / "examples" / "ci" / "tests.yml").read_text())
    install, test = (step.replace(" tradewind", f" {wheel}").split() for step in steps)
    run(python, "-m", *install[:2], "--quiet", *install[2:], cwd=tmp_path)
    example = tmp_path / "example"
    shutil.copytree(ROOT / "examples" / "python", example)
    assert "6 passed" in run(python, "-m", *test, "-p", "no:cacheprovider", cwd=example)


def test_the_wheel_works_elsewhere(wheel: Path, tmp_path: Path) -> None:
    """Installed into an empty environment it starts a box and answers."""
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)
    tradewind = tmp_path / "env" / "bin" / "tradewind"
    data = tmp_path / "data"
    box = subprocess.Popen(
        [tradewind, "up", "--json", "--data", data, "--port-base", "0"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert box.stdout is not None
        ready = json.loads(box.stdout.readline())
        assert run(tradewind, "status", "--data", data, "--json", cwd=tmp_path)
        for venue in ready["venues"]:
            run(tradewind, "tour", venue, "--data", data, cwd=tmp_path)
    finally:
        box.terminate()
        box.wait(20)
        assert box.stdout is not None
        box.stdout.close()
