"""Finds code blocks in our pages and runs them as a reader would."""

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .shape import ROOT

READY_SECONDS = 20
RUN_SECONDS = 60


@dataclass(frozen=True)
class Block:
    """A fenced block: language, the words behind it, text, and where it stands."""

    page: str
    line: int
    language: str
    marks: tuple[str, ...]
    text: str

    @property
    def id(self) -> str:
        """For test names."""
        return f"{self.page}:{self.line}"

    @property
    def judge(self) -> bool:
        """Needs other people's software: run by `make judges`."""
        return "judge" in self.marks


def pages() -> list[Path]:
    """Every page whose blocks are promises."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page."""
    found, text = [], page.read_text()
    for match in re.finditer(r"^```(\S*)([^\n]*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        line = text.count("\n", 0, match.start()) + 1
        name = page.relative_to(ROOT).as_posix()
        found.append(Block(name, line, match[1], tuple(match[2].split()), match[3]))
    return found


def make_words(text: str) -> set[str]:
    """The targets that a text tells to make."""
    return {word for line in re.findall(r"\bmake ([a-z -]+)", text) for word in line.split()}


def commands(text: str) -> set[str]:
    """The words that follow `tradewind` in a text."""
    return set(re.findall(r"\btradewind ([a-z]+)", text))


class Reader:
    """Runs blocks one after the other in a folder, with a data folder of its own."""

    def __init__(self, folder: Path, python: Path = Path(sys.executable)) -> None:
        self.folder, self._python = folder, python
        self._data = folder / "data"
        (folder / ".venv").symlink_to(python.parent.parent)
        self._up: subprocess.Popen[bytes] | None = None

    def run(self, block: Block) -> None:
        """Run one block; raises when it fails. `tradewind up` stays up for the blocks after it."""
        if block.text.strip().startswith("tradewind up"):
            self._start(block.text.strip())
        elif block.language == "sh":
            self._check(["bash", "-euo", "pipefail", "-c", block.text])
        elif "pytest" in block.marks:
            test = self.folder / f"test_line_{block.line}.py"
            test.write_text(block.text)
            self._check([str(self._python), "-m", "pytest", "-q", "-p", "no:cacheprovider", test])
        elif block.language == "python":
            self._check([str(self._python), "-c", block.text])

    def close(self) -> None:
        """Stop the box when the page has not."""
        if self._up is not None:
            self._up.terminate()
            self._up.wait(20)

    def _check(self, command: list[str | Path]) -> None:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _start(self, line: str) -> None:
        command = f"{line} --port-base 0"
        self._up = subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + READY_SECONDS
        while not (self._data / "running.json").exists():
            assert self._up.poll() is None, "the box did not start"
            assert time.monotonic() < until, "the box was not ready in time"
            time.sleep(0.02)

    def _environment(self) -> dict[str, str]:
        path = f"{self._python.parent}{os.pathsep}{os.environ['PATH']}"
        return {
            **os.environ,
            "PATH": path,
            "HOME": str(self.folder),
            "TRADEWIND_DATA": str(self._data),
        }
