"""How requests are signed (V5): one canonical text per door, read by both sides.

- REST: timestamp, API key, receive window and the raw query (GET) or the raw body (POST), glued.
- WebSocket, private and trade: ``GET/realtime`` and the expiry in ms, once per connection; order
  requests on the trade socket carry no signature of their own.

HMAC-SHA256 is written in lower-case hex, RSA (PKCS1 v1.5, SHA-256) in base64.

See docs v5/guide.mdx "Authentication" and v5/ws/connect.mdx of bybit-exchange/docs at 2026-07-24,
read 2026-11-24.
"""

from typing import TYPE_CHECKING
from urllib.parse import unquote

from ...model import Misconfigured
from ...protocol import signing
from ...protocol.signing import Signer, base64, prepared_hmac, prepared_public_key, unbase64

if TYPE_CHECKING:
    from ...protocol.hosting import Credential

__all__ = [
    "canonical_rest",
    "canonical_websocket",
    "sign_rest",
    "sign_websocket",
    "signer",
    "verify_rest",
    "verify_websocket",
]


def signer(kind: str, secret: str) -> Signer:
    """A signer: ``secret`` is the HMAC secret's text or the private RSA key in PEM."""
    if kind not in ("hmac", "rsa"):
        raise Misconfigured(f"keys can be hmac or rsa here, not {kind}")
    return signing.signer(kind, secret)


def canonical_rest(timestamp: str, api_key: str, recv_window: str, payload: bytes) -> bytes:
    """What a REST request signs; ``payload`` is the raw query or the raw body."""
    return f"{timestamp}{api_key}{recv_window}".encode() + payload


def sign_rest(key: Signer, timestamp: str, api_key: str, recv_window: str, payload: bytes) -> str:
    """The X-BAPI-SIGN header."""
    return _write(key, canonical_rest(timestamp, api_key, recv_window, payload))


def verify_rest(
    credential: "Credential", timestamp: str, recv_window: str, payload: bytes, signature: str
) -> bool:
    """Whether a REST request is signed by that key.

    The official SDK signs a query before the HTTP library percent-encodes it, so the decoded text
    is taken too (observed in clients; the venue documents the raw one).
    """
    spellings = [payload]
    if b"%" in payload and not payload.startswith(b"{"):
        spellings.append(unquote(payload.decode("latin-1")).encode())
    return any(
        _verify(
            credential, canonical_rest(timestamp, credential.api_key, recv_window, text), signature
        )
        for text in spellings
    )


def canonical_websocket(expires: str) -> bytes:
    """What the auth message of a socket signs; ``expires`` is its number's text."""
    return f"GET/realtime{expires}".encode()


def sign_websocket(key: Signer, expires: str) -> str:
    """The third argument of the auth message."""
    return _write(key, canonical_websocket(expires))


def verify_websocket(credential: "Credential", expires: str, signature: str) -> bool:
    """Whether an auth message is signed by that key."""
    return _verify(credential, canonical_websocket(expires), signature)


def _write(key: Signer, payload: bytes) -> str:
    raw = key.sign(payload)
    return raw.hex() if key.kind == "hmac" else base64(raw)


def _verify(credential: "Credential", payload: bytes, signature: str) -> bool:
    if credential.kind == "hmac":
        return prepared_hmac(credential.secret).verify_hex(payload, signature)
    raw = unbase64(signature)
    return raw is not None and prepared_public_key(credential.public_key).verify(payload, raw)
