"""What must not be kept: words that may be keys of another place."""

import re

LENGTH = 32
"""Shorter words are names of calls and parameters; keys of the venues have 36 and more characters
where they stand in a path, a method's or a stream's name."""

_WORD = re.compile(rf"[A-Za-z0-9_\-~%=+]{{{LENGTH},}}")


def masked(text: str) -> str:
    """The text with ``...`` in the place of every long word."""
    return text if len(text) < LENGTH else _WORD.sub("...", text)
