"""``tradewind keys create | list | revoke``."""

import argparse
from typing import Any

from . import remote


def arguments(parser: argparse.ArgumentParser) -> None:
    """The three verbs."""
    verbs = parser.add_subparsers(metavar="create|list|revoke", dest="verb", required=True)

    create = verbs.add_parser("create", help="issue a key", description="Issue a key.")
    create.add_argument("--venue", required=True)
    create.add_argument("--label", default="", help="a name to find the key by")
    create.add_argument("--kind", default="", help="hmac, ed25519 or rsa")
    create.add_argument(
        "--permissions", default="read,trade", metavar="A,B", help="of read, trade, withdraw"
    )
    create.add_argument("--ip", default="", metavar="A,B", help="addresses it may be used from")
    create.add_argument("--account", default="default", metavar="NAME", help="made if it is new")
    create.add_argument(
        "--api-key",
        default="",
        metavar="localK",
        help="choose the key: begins with 'local'; its secret follows from it and the seed",
    )
    remote.arguments(create)

    listing = verbs.add_parser("list", help="show the keys", description="Show the keys.")
    listing.add_argument("--venue", default="")
    remote.arguments(listing)

    revoke = verbs.add_parser("revoke", help="make a key useless", description="Revoke a key.")
    revoke.add_argument("--venue", required=True)
    which = revoke.add_mutually_exclusive_group(required=True)
    which.add_argument("--label", default="")
    which.add_argument("--api-key", default="")
    remote.arguments(revoke)


def run(options: argparse.Namespace) -> int:
    """Ask the box and show what it says."""
    return {"create": _create, "list": _list, "revoke": _revoke}[options.verb](options)


def _create(options: argparse.Namespace) -> int:
    wanted = {
        "venue": options.venue,
        "label": options.label,
        "kind": options.kind,
        "permissions": options.permissions.split(","),
        "ips": options.ip.split(",") if options.ip else [],
        "account": options.account,
        "api_key": options.api_key,
    }
    made = remote.ask(options.data, "POST", "/keys", wanted)
    if options.json:
        remote.show(made)
        return 0
    for name, value in made.items():
        print(f"{name:<12} {value}" if name != "private_key" else f"{name}\n{value}", end="")
        print()
    print("The secret is shown only now; the box keeps it in its data folder, owner-only.")
    return 0


def _list(options: argparse.Namespace) -> int:
    found = remote.ask(options.data, "GET", "/keys", venue=options.venue)["keys"]
    if options.json:
        remote.show(found)
        return 0
    names = ("venue", "label", "kind", "account", "permissions", "ips", "state", "api_key")
    rows = [names, *(tuple(_cell(key, name) for name in names) for key in found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:  # plain lines, so that a key can be copied whole
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    return 0


def _cell(key: dict[str, Any], name: str) -> str:
    if name == "state":
        return "revoked" if key["revoked"] else "works"
    value = key[name]
    return ", ".join(value) or "any" if isinstance(value, list) else str(value)


def _revoke(options: argparse.Namespace) -> int:
    wanted = {"venue": options.venue, "key": options.label or options.api_key}
    gone = remote.ask(options.data, "POST", "/keys/revoke", wanted)
    if options.json:
        remote.show(gone)
    else:
        print(f"The key {gone['label']!r} of {gone['venue']} opens nothing any more.")
    return 0
