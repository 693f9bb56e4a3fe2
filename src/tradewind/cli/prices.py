"""``up --prices``: which instrument follows which file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..model import Misconfigured

if TYPE_CHECKING:
    from ..exchange.box import Box
    from ..exchange.host import VenueHost

Lines = tuple[str, ...]


def read(texts: Sequence[str]) -> list[tuple[str, Path, Lines]]:
    """``NAME=FILE`` or ``FILE``: the name or "", the file and its lines. Raises Misconfigured."""
    from ..exchange.market.own import read as check

    found = []
    for text in texts:
        name, sign, file = text.rpartition("=")
        path = Path(file if sign else text)
        try:
            lines = tuple(path.read_text().splitlines())
        except (OSError, UnicodeDecodeError) as error:
            raise Misconfigured(f"--prices {text!r}: {path} cannot be read ({error})") from None
        check(lines, str(path))
        found.append((name, path, lines))
    return found


def follow(box: "Box", paths: Sequence[tuple[str, Path, Lines]]) -> list[str]:
    """Let the instruments follow; tells which one follows what. Raises Misconfigured."""
    told = []
    for gateway in box.gateways.values():
        for name, path, lines in paths:
            instrument = _instrument(gateway.host, name, path)
            gateway.host.follow(instrument, lines)
            told.append(f"{instrument} follows {path}")
    return told


def _instrument(host: "VenueHost", name: str, path: Path) -> str:
    """By its id or native symbol; without a name by the file's, else the only one there is."""
    ids = {_plain(t.id): t.id for t in host.traded}
    ids |= {_plain(t.listing.instrument): t.id for t in host.traded}
    found = ids.get(_plain(name or path.stem))
    if found is None and not name and len(host.traded) == 1:
        found = host.traded[0].id
    if found is None:
        here = ", ".join(t.id for t in host.traded)
        raise Misconfigured(
            f"--prices: no instrument is called {name or path.stem!r}; write NAME={path} with one "
            f"of: {here}"
        )
    return found


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())
