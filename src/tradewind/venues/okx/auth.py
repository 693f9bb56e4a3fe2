"""How requests are signed (V5): one canonical text, read by both sides.

Timestamp, method, path with its query, raw body, glued; HMAC-SHA256 with the secret's text, in
base64. REST timestamps are ISO 8601 with milliseconds, the WebSocket login's are Unix seconds and
its text is that of ``GET /users/self/verify``. The passphrase is compared, not signed. The venue
documents no other key kind.

See docs-v5 "REST Authentication" and "WebSocket Login" (2026-08-22), read 2026-11-24.
"""

from typing import TYPE_CHECKING

from ...model import Misconfigured
from ...protocol.signing import Signer, base64, prepared_hmac, same_text, unbase64

if TYPE_CHECKING:
    from ...protocol.hosting import Credential

__all__ = [
    "canonical_rest",
    "canonical_websocket",
    "passphrase_matches",
    "sign_rest",
    "sign_websocket",
    "signer",
    "verify_rest",
    "verify_websocket",
]


def signer(kind: str, secret: str) -> Signer:
    """A signer of the secret's text (not base64-decoded)."""
    if kind != "hmac":
        raise Misconfigured(f"keys can only be hmac here, not {kind}")
    return prepared_hmac(secret)


def canonical_rest(timestamp: str, method: str, path: str, body: bytes) -> bytes:
    """What a REST request signs; ``path`` with ``?query`` as sent."""
    return f"{timestamp}{method.upper()}{path}".encode() + body


def sign_rest(key: Signer, timestamp: str, method: str, path: str, body: bytes) -> str:
    """The OK-ACCESS-SIGN header."""
    return base64(key.sign(canonical_rest(timestamp, method, path, body)))


def verify_rest(
    credential: "Credential", timestamp: str, method: str, path: str, body: bytes, signature: str
) -> bool:
    """Whether a REST request is signed by that key."""
    return _verify(credential, canonical_rest(timestamp, method, path, body), signature)


def canonical_websocket(timestamp: str) -> bytes:
    """What a login signs; ``timestamp`` is the text of its seconds."""
    return canonical_rest(timestamp, "GET", "/users/self/verify", b"")


def sign_websocket(key: Signer, timestamp: str) -> str:
    """The ``sign`` of a login."""
    return base64(key.sign(canonical_websocket(timestamp)))


def verify_websocket(credential: "Credential", timestamp: str, signature: str) -> bool:
    """Whether a login is signed by that key."""
    return _verify(credential, canonical_websocket(timestamp), signature)


def passphrase_matches(credential: "Credential", passphrase: str) -> bool:
    """Whether the passphrase is the key's, in constant time."""
    return same_text(passphrase, credential.passphrase)


def _verify(credential: "Credential", payload: bytes, signature: str) -> bool:
    raw = unbase64(signature)
    return raw is not None and prepared_hmac(credential.secret).verify(payload, raw)
