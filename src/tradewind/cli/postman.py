"""``tradewind postman export --venue V [--out DIR]``: a venue's operations as a Postman collection
with tests, and an environment for the running box.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from .. import venues
from ..client import local
from ..model import Misconfigured


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to write and where."""
    verbs = parser.add_subparsers(metavar="export", dest="verb", required=True)
    export = verbs.add_parser(
        "export",
        help="write the collection and an environment",
        description="Write the collection and an environment. With a running box the environment "
        "has its address and a key of it.",
    )
    export.add_argument("--venue", required=True)
    export.add_argument("--out", default=".", metavar="DIR", help="where to write; made if new")
    export.add_argument("--key", default="default", help="label of the hmac key to write")
    export.add_argument("--flavour", default="", metavar="F", help="as for up")
    export.add_argument("--date", default="", metavar="D", help="as for up")
    export.add_argument("--data", metavar="DIR", help="the box's data folder")


def run(options: argparse.Namespace) -> int:
    """Write both files and say how to play them."""
    venue = options.venue
    venues.facts(venue)
    if not venues.have(venue, "postman"):
        able = ", ".join(name for name in venues.names() if venues.have(name, "postman"))
        raise Misconfigured(f"{venue} has no collection yet; these have one: {able}")
    module = venues.part(venue, "postman")
    settings = {"flavour": options.flavour, "date": options.date}
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    written = _write(out / f"{venue}.postman_collection.json", module.collection(settings), 0o644)
    url, key, secret = _box(options)
    keyed = _write(
        out / f"{venue}.postman_environment.json", module.environment(url, key, secret), 0o600
    )
    print(written)
    print(keyed)
    print(f"\nTry:  newman run {written} -e {keyed}")
    return 0


def _box(options: argparse.Namespace) -> tuple[str, str, str]:
    """Address, key and secret of the running box; empty when none runs."""
    try:
        running = local.running(options.data)
        doors = running.venues[options.venue]
        key = local.key(options.venue, options.key, options.data)
    except (Misconfigured, KeyError):
        return "", "", ""
    if key.kind != "hmac":
        raise Misconfigured(f"the key {options.key!r} is {key.kind}; the scripts sign with hmac")
    return doors["rest"], key.api_key, key.api_secret


def _write(path: Path, value: Any, mode: int) -> Path:
    text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, mode), "w") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
    return path
