"""``import tradewind`` costs nothing: what is heavy loads on use."""

import subprocess
import sys

import pytest

HEAVY = ("asyncio", "msgspec", "cryptography", "picows", "httptools", "rich", "sqlite3")


def loaded(statement: str) -> list[str]:
    probe = f"import sys; {statement}; print(*[m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_package_itself_loads_nothing_heavy() -> None:
    """The client comes with the first mention of ``tradewind.connect``."""
    assert loaded("import tradewind") == []
    assert "msgspec" in loaded("import tradewind; tradewind.connect")


def test_the_help_needs_no_network_and_no_screen() -> None:
    """``tradewind --help`` loads no command."""
    words = "import contextlib, io; from tradewind.cli import main\nwith contextlib.suppress"
    words += "(SystemExit), contextlib.redirect_stdout(io.StringIO()): main(['--help'])\n"
    found = loaded(words + "import sys")
    assert not {"cryptography", "picows", "httptools", "rich", "sqlite3"} & set(found)


def test_what_does_not_exist_is_said() -> None:
    """A wrong name is an AttributeError, as everywhere."""
    import tradewind

    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = tradewind.nothing_like_it  # type: ignore[attr-defined]  # that is the point
