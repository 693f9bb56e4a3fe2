"""What the judges share: their evidence, and the guard that fails the run when one got out."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import guard
from .evidence import JUDGED, Evidence


@pytest.fixture(scope="session")
def evidence() -> Iterator[Evidence]:
    """Which judge reached which operation with a truth asserted; written when the run ends."""
    found = Evidence()
    yield found
    JUDGED.parent.mkdir(parents=True, exist_ok=True)
    JUDGED.write_text(json.dumps(found.by_judge(), indent=1, sort_keys=True))


@pytest.fixture(scope="session")
def escapes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the guard writes; any line in it fails the run."""
    file = tmp_path_factory.mktemp("guard") / "escapes"
    yield file
    assert guard.escapes(file) == []
