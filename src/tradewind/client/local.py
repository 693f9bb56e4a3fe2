"""Finds the box that runs on this machine: its addresses and keys are in its data folder.

The box writes them owner-only; files that others can read, and links, are refused.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from msgspec import DecodeError, Struct, json

from ..model import Misconfigured

RUNNING = "running.json"
CREDENTIALS = "credentials.json"
T = TypeVar("T")


class Running(Struct, frozen=True):
    """Where the running box listens: per venue its doors, and the admin API."""

    data: str
    admin: str
    admin_token: str
    venues: Mapping[str, Mapping[str, str]]


class LocalKey(Struct, frozen=True):
    """A key of the box with its secret: text for hmac, else a private PEM."""

    venue: str
    label: str
    kind: str
    api_key: str
    api_secret: str = ""
    private_key: str = ""
    passphrase: str = ""


def folder(data: str | os.PathLike[str] | None) -> Path:
    """The data folder that is meant: given, else ``TRADEWIND_DATA``, else the user's own."""
    chosen = data or os.environ.get("TRADEWIND_DATA")
    if chosen:
        return Path(chosen).absolute()
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "tradewind"


def running(data: str | os.PathLike[str] | None = None) -> Running:
    """The box that runs on the folder. Raises Misconfigured when there is none."""
    path = folder(data)
    found = _read(path / RUNNING, Running)
    if found is None:
        raise Misconfigured(f"no box runs on {path}; start one with: tradewind up")
    return found


def key(venue: str, label: str, data: str | os.PathLike[str] | None = None) -> LocalKey:
    """A key of that box by its label, or its api key. Raises Misconfigured."""
    path = folder(data)
    every = _read(path / CREDENTIALS, list[LocalKey]) or []
    ours = [each for each in every if each.venue == venue]
    for each in ours:
        if label in (each.label, each.api_key):
            return each
    labels = ", ".join(each.label for each in ours) or "none"
    raise Misconfigured(f"{venue} has no key {label!r} in this box; there are: {labels}")


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}") from None
    with os.fdopen(file, "rb") as opened:
        found = os.fstat(opened.fileno())
        if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
            raise Misconfigured(f"{path} is open to other users; run: chmod 600 {path}")
        try:
            return json.decode(opened.read(), type=kind)
        except DecodeError as error:
            raise Misconfigured(f"{path} is not what a box writes: {error}") from None
