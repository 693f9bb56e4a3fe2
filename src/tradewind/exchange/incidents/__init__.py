"""Incidents as scenarios: found by name over all venues, and read from what a run left."""

from ... import venues
from ...model import Misconfigured
from ...protocol.incidents import Scenario
from .evidence import read

__all__ = ["every", "find", "read"]


def every() -> dict[str, list[Scenario]]:
    """The scenarios of each venue that has some."""
    return {
        name: list(venues.part(name, "incidents").SCENARIOS)
        for name in venues.names()
        if venues.have(name, "incidents")
    }


def find(name: str) -> tuple[str, Scenario]:
    """Venue and scenario. Raises Misconfigured with the names there are."""
    found = every()
    for venue, scenarios in found.items():
        for scenario in scenarios:
            if name == scenario.name:
                return venue, scenario
    known = ", ".join(scenario.name for scenarios in found.values() for scenario in scenarios)
    raise Misconfigured(f"there is no scenario {name!r}; there are: {known}")
