"""What is nobody else's business does not get into a report.

Shapes hold no values, so only the texts of refusals and the names of fields could carry one. Every
secret that was seen is taken out of them, and so is whatever looks like an id, an address or a
number of an account.
"""

import re

SHORT = 6
"""A shorter text is no secret: it would be found everywhere."""

_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_LOOKS = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "<email>"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b"), "<address>"),
    (re.compile(r"\b(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F:]*[0-9a-fA-F]\b"), "<address>"),
    (re.compile(r"[A-Za-z0-9]{32,}"), "<id>"),
    (re.compile(r"\d{6,}"), "<number>"),
    (re.compile(r"\b\d+\.\d+\b"), "<decimal>"),
)
_ID = re.compile(r"\b(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{16,}")


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
        return _ID.sub("<id>", self.name(text))

    def name(self, text: str) -> str:
        """The name of a header, which may be long and hold digits and dashes."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "<secret>")
        for pattern, name in _LOOKS:
            text = pattern.sub(name, text)
        return text
