"""What is nobody else's business does not get into a report.

Shapes hold no values, so only the texts of refusals and the names of fields could carry one. Every
secret that was seen is taken out of them, and so is whatever looks like an id, an address or a
number of an account.
"""

import re

SHORT = 6
"""A shorter text is no secret: it would be found everywhere."""

_LONG = re.compile(r"[A-Za-z0-9]{32,}")
_NUMBER = re.compile(r"\d{6,}")
_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_LOOKS = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "<email>"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b"), "<address>"),
    (re.compile(r"\b(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F:]*[0-9a-fA-F]\b"), "<address>"),
    (re.compile(r"\b(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{16,}"), "<id>"),
    (_LONG, "<id>"),
    (_NUMBER, "<number>"),
    (re.compile(r"\b\d+\.\d+\b"), "<decimal>"),
)


class Mask:
    """Learns secrets as they pass, and takes them out of texts."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()

    def learn(self, *texts: str) -> None:
        """These must never be shown. Numbers are told by their looks."""
        self._secrets |= {
            text for text in texts if len(text) >= SHORT and not _PLAIN_NUMBER.fullmatch(text)
        }

    def clean(self, text: str) -> str:
        """A text without them."""
        text = self._without_secrets(text)
        for pattern, name in _LOOKS:
            text = pattern.sub(name, text)
        return text

    def name(self, text: str) -> str:
        """Names of fields or headers: they may hold digits and dashes, but no numbers."""
        return _NUMBER.sub("<number>", _LONG.sub("<id>", self._without_secrets(text)))

    def _without_secrets(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "<secret>")
        return text
