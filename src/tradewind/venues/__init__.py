"""The venues: one folder each, discovered here, named nowhere else.

``names()`` lists the folders without importing them; ``facts(name)`` imports only that folder's
``__init__``; ``part(name, "exchange")`` imports one of its modules on use.
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import cast

from ..model import Misconfigured
from ..protocol.facts import Venue


def names() -> tuple[str, ...]:
    """The venues that exist, sorted."""
    here = Path(__file__).parent
    return tuple(sorted(p.parent.name for p in here.glob("[a-z]*/__init__.py")))


def facts(name: str) -> Venue:
    """What a venue is. Raises Misconfigured with the names that exist."""
    if name not in names():
        raise Misconfigured(f"there is no venue {name!r}; there are: {', '.join(names())}")
    return cast(Venue, import_module(f"{__name__}.{name}").VENUE)


def part(name: str, module: str) -> ModuleType:
    """A venue's module: wire, operations, auth, limits, errors, client or exchange."""
    facts(name)
    full = f"{__name__}.{name}.{module}"
    try:
        return import_module(full)
    except ModuleNotFoundError as error:
        if error.name != full:
            raise
        raise Misconfigured(f"{name} has no {module} yet") from None


def have(name: str, module: str) -> bool:
    """Whether a venue has that module."""
    folder = Path(__file__).parent / name
    return (folder / f"{module}.py").exists() or (folder / module / "__init__.py").exists()
