"""The data folder: owner-only, one box at a time, links not followed.

box.json            what the box is: its seed
box.lock            held while a box runs on the folder
running.json        where the running box listens, and its admin token
credentials.json    keys of this box with their secrets (worthless anywhere else)
faults.json         faults that are set (see faults)
wire.jsonl          the wire record, where it was asked for
VENUE.sqlite        the venue's journal, snapshots and history
ca.pem, ca.key      the box's certificate authority (see authority)
doors.sock          where runs come in (see net.relay)
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from ..model import Misconfigured

RUNNING = "running.json"
CREDENTIALS = "credentials.json"
BOX = "box.json"
LOCK = "box.lock"


def default() -> Path:
    """``TRADEWIND_DATA``, or ``tradewind`` in the user's data home (XDG)."""
    chosen = os.environ.get("TRADEWIND_DATA")
    if chosen:
        return Path(chosen)
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home) / "tradewind"


def prepare(path: Path) -> Path:
    """Make the folder (0700) or check the one that is there; give it back as absolute path."""
    path = path.absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        _check(path)
    return path


def _check(path: Path) -> None:
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise Misconfigured(f"{path} is a link; give the data folder itself with --data")
    if not stat.S_ISDIR(found.st_mode):
        raise Misconfigured(f"{path} is not a folder; choose another one with --data")
    if found.st_uid != os.getuid():
        raise Misconfigured(f"{path} belongs to another user; choose another one with --data")
    if found.st_mode & 0o077:
        if any(path.iterdir()):
            raise Misconfigured(
                f"{path} can be read by other users, and it will hold keys; "
                f"run: chmod 700 {path}   or choose another folder with --data"
            )
        path.chmod(0o700)


class Lock:
    """Held by one box while it runs; the system lets go of it when the process dies."""

    def __init__(self, path: Path) -> None:
        import fcntl  # not on Windows, where a box can only be in memory

        self._file = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise Misconfigured(
                f"another box runs on {path}; stop it with: tradewind stop --data {path}   "
                "or start this one on another folder with --data"
            ) from None

    def release(self) -> None:
        """Let the next box in."""
        os.close(self._file)


def write(path: Path, data: bytes) -> None:
    """Replace a file in one step, mode 0600; a link in its place is replaced, not followed."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        os.write(file, data)
        os.fsync(file)
    finally:
        os.close(file)
    beside.replace(path)


def read(path: Path) -> bytes | None:
    """A file of the folder, None when it is not there. Refuses links and files others can read."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError:
        if path.is_symlink():
            raise Misconfigured(f"{path} is a link; the box does not follow links") from None
        raise
    with os.fdopen(file, "rb") as opened:
        found = os.fstat(opened.fileno())
        if found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise Misconfigured(f"{path} is open to other users; run: chmod 600 {path}")
        return opened.read()


def claim(path: Path) -> None:
    """Make an empty file of mode 0600 where SQLite will write; refuse a link in its place."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        if path.with_name(name).is_symlink():
            raise Misconfigured(f"{path.with_name(name)} is a link; the box does not follow links")
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    os.fchmod(file, 0o600)
    os.close(file)


def environment(path: Path) -> Mapping[str, str]:
    """What a child process needs to find this box."""
    return {"TRADEWIND_DATA": str(path)}
