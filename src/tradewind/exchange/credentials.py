"""``credentials.json``: the keys of a box with their secrets, so that a program on this machine can
say "the key with the label default". Owner-only; worthless anywhere but in the box.
"""

from pathlib import Path

import msgspec
from msgspec import Struct

from . import folder
from .keys import Made


class Stored(Struct, frozen=True, omit_defaults=True):
    """A key as its owner needs it: ``api_secret`` for hmac, else ``private_key`` (PEM)."""

    venue: str
    label: str
    kind: str
    api_key: str
    api_secret: str = ""
    private_key: str = ""
    passphrase: str = ""


def stored(venue: str, label: str, made: Made) -> Stored:
    """A new key with its place and name."""
    return Stored(
        venue, label, made.kind, made.api_key, made.api_secret, made.private_key, made.passphrase
    )


def load(data: Path) -> list[Stored]:
    """All of them, in the order they were made; empty where there is no file."""
    text = folder.read(data / folder.CREDENTIALS)
    return [] if text is None else msgspec.json.decode(text, type=list[Stored])


def store(data: Path, new: Stored) -> None:
    """Add one, in the place of one with the same label."""
    kept = [old for old in load(data) if (old.venue, old.label) != (new.venue, new.label)]
    _save(data, [*kept, new])


def remove(data: Path, venue: str, label: str) -> None:
    """Drop one."""
    every = load(data)
    kept = [old for old in every if (old.venue, old.label) != (venue, label)]
    if len(kept) < len(every):
        _save(data, kept)


def _save(data: Path, keys: list[Stored]) -> None:
    folder.write(
        data / folder.CREDENTIALS, msgspec.json.format(msgspec.json.encode(keys), indent=1)
    )
