"""Every intent whose outcome was unknown at some time, and how it came to be known."""

import sys

from ..protocol.outcomes import Act, Fate, State

WAYS = {
    "_late": "an answer that came late",
    "_heard": "a report of the stream",
    "_reconcile": "a look at everything after a reconnect",
    "_absorb": "an answer to another call",
    "_audit": "the look of every half minute",
    "_learn": "a question",
    "_recover": "its own journal",
    "_lose": "what was known already",
    "_halved": "what was known already",
}
"""By the function of the client that learns of it."""

ABSENCE = "proof of absence"
ANYHOW = "another way"


class Unknowns:
    """Their ids, and how each was resolved (a client that died before it wrote that down resolves
    it again: the last time counts).
    """

    def __init__(self) -> None:
        self.met: set[str] = set()
        self.how: dict[str, str] = {}

    def resolve(self, state: State) -> None:
        """Take one that is known now; called by whoever learns of it, at whatever depth."""
        self.met.add(state.intent.id)
        self.how[state.intent.id] = f"{_way(state)}: {_what(state)}"


def _way(state: State) -> str:
    found = _caller()
    new = any(part.act is Act.NEW for part in state.intent.parts)
    if found == "_learn" and new and Fate.NEVER in state.fates:
        return ABSENCE  # nothing else says of a new order that it never was
    return WAYS.get(found, ANYHOW)


def _what(state: State) -> str:
    fates = set(state.fates)
    if len(fates) == 1:
        return "happened" if fates == {Fate.HAPPENED} else "never happened"
    return "happened in part"


def _caller() -> str:
    """The nearest function above us that is in ``WAYS``."""
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_name
        if name in WAYS and frame.f_globals.get("__name__", "").startswith("tradewind.client"):
            return name
        if frame.f_back is None:
            break
        frame = frame.f_back
    return ""
