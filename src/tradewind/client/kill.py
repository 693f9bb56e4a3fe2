"""The kill switch: a file that any process of the user can make, and every client looks at before
each order. It works when the strategy is stuck, and for one that starts later.

    <data folder>/client/kill          everything
    <data folder>/client/kill.VENUE    one venue

What is in it is the reason. A file that cannot be read counts: nothing is sent.
"""

import os
from collections.abc import Callable
from pathlib import Path

FOLDER = "client"


def path(data: Path, venue: str = "") -> Path:
    """Where the file is."""
    return data / FOLDER / (f"kill.{venue}" if venue else "kill")


def on(data: Path, reason: str, venue: str = "") -> Path:
    """Stop orders of every client on that folder. Gives the file."""
    file = path(data, venue)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(written, "w") as opened:
        opened.write(reason or "by hand")
    return file


def off(data: Path, venue: str = "") -> bool:
    """Let orders through again; False when they were not stopped."""
    try:
        path(data, venue).unlink()
    except FileNotFoundError:
        return False
    return True


def switch(data: Path, venue: str) -> Callable[[], str]:
    """What tells a client why it must not send, "" when it may."""
    files = (str(path(data)), str(path(data, venue)))

    def look() -> str:
        for file in files:
            try:
                os.stat(file)
            except FileNotFoundError:
                continue
            except OSError as error:
                return f"{file}: {error.strerror}"
            return _reason(file)
        return ""

    return look


def _reason(file: str) -> str:
    try:
        return Path(file).read_text()[:200].strip() or "by hand"
    except (OSError, UnicodeDecodeError):
        return file
