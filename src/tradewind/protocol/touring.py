"""A guided walk over a venue: what is asked, what is told about it, and what must come back.

A venue writes its walk as data in ``venues/X/tour``; the command line plays it.
"""

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from msgspec import Struct

Memory = MutableMapping[str, str]
"""What the walk has learned so far; parameters may name it as ``{price}``."""

Texts = Mapping[str, str]
"""The same text by language (``en``, ``zh``)."""


class Step(Struct, frozen=True):
    """One question of the walk.

    ``check`` is given the answer (JSON values) and the memory, may add to the memory, and says
    what is wrong with the answer, "" for nothing. To be shown: the rows under ``inside`` (the
    answer itself when ""), their ``columns`` (all when none are named).
    """

    operation: str
    title: Texts
    text: Texts
    check: Callable[[Any, Memory], str]
    parameters: Mapping[str, str] = {}
    inside: str = ""
    columns: tuple[str, ...] = ()
    status: int = 200

    def filled(self, memory: Memory) -> dict[str, str]:
        """The parameters with what has been learned put in."""
        return {name: value.format_map(memory) for name, value in self.parameters.items()}


class Tour(Struct, frozen=True):
    """A walk: its title, and its steps in order."""

    title: Texts
    steps: tuple[Step, ...]
