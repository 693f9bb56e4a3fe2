"""How requests are signed: one canonical text per door, read by both sides.

Secrets are base64 text, signatures HMAC-SHA512 in base64.

- Spot REST: the path and the SHA-256 digest of the nonce's text and the raw body (form or JSON).
- Spot WebSocket: a token fetched over REST; nothing is signed.
- Derivatives REST: the SHA-256 digest of the data (url-encoded query or body as sent), the nonce
  and the path without ``/derivatives``.
- Derivatives WebSocket: the SHA-256 digest of the challenge.

See guides/spot-rest-auth, rest-api pages and futures-api "HTTP API authentication", "challenge"
of docs.kraken.com (2026-08-22), read 2026-11-24.
"""

from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from msgspec import MsgspecError, Raw, Struct, json

from ...model import Misconfigured
from ...protocol.signing import Signer, base64, prepared_base64_hmac, unbase64

if TYPE_CHECKING:
    from ...protocol.hosting import Credential

__all__ = [
    "canonical_challenge",
    "canonical_derivatives",
    "canonical_spot",
    "nonce_of",
    "sign_challenge",
    "sign_derivatives",
    "sign_spot",
    "signer",
    "verify_challenge",
    "verify_derivatives",
    "verify_spot",
]

PREFIX = "/derivatives"


def signer(kind: str, secret: str) -> Signer:
    """A signer of a base64 secret. Raises Misconfigured if it is not base64."""
    if kind != "hmac":
        raise Misconfigured(f"keys can only be hmac here, not {kind}")
    return prepared_base64_hmac(secret, "sha512")


def canonical_spot(path: str, nonce: str, body: bytes) -> bytes:
    """What a spot REST call signs; ``path`` is ``/0/private/...``."""
    return path.encode() + sha256(nonce.encode() + body).digest()


def sign_spot(key: Signer, path: str, nonce: str, body: bytes) -> str:
    """The API-Sign header. ``nonce`` must also stand in the body."""
    return base64(key.sign(canonical_spot(path, nonce, body)))


def verify_spot(
    credential: "Credential", path: str, nonce: str, body: bytes, signature: str
) -> bool:
    """Whether a spot REST call is signed by that key; ``nonce`` from ``nonce_of``."""
    return _verify(credential, canonical_spot(path, nonce, body), signature)


def nonce_of(body: bytes) -> str | None:
    """The nonce's text in a form or JSON body (a number or a string there), None without one."""
    if body.lstrip().startswith(b"{"):
        return _json_nonce(body)
    found = [value for name, value in parse_qsl(body.decode("latin-1")) if name == "nonce"]
    return found[0] if found else None


def canonical_derivatives(path: str, nonce: str, data: bytes) -> bytes:
    """What a derivatives REST call signs; ``nonce`` is "" without the header."""
    return sha256(data + nonce.encode() + path.removeprefix(PREFIX).encode()).digest()


def sign_derivatives(key: Signer, path: str, nonce: str, data: bytes) -> str:
    """The Authent header."""
    return base64(key.sign(canonical_derivatives(path, nonce, data)))


def verify_derivatives(
    credential: "Credential", path: str, nonce: str, data: bytes, signature: str
) -> bool:
    """Whether a derivatives REST call is signed by that key."""
    return _verify(credential, canonical_derivatives(path, nonce, data), signature)


def canonical_challenge(challenge: str) -> bytes:
    """What a private subscription of the derivatives socket signs."""
    return sha256(challenge.encode()).digest()


def sign_challenge(key: Signer, challenge: str) -> str:
    """The ``signed_challenge`` of a subscription."""
    return base64(key.sign(canonical_challenge(challenge)))


def verify_challenge(credential: "Credential", challenge: str, signature: str) -> bool:
    """Whether a challenge is signed by that key."""
    return _verify(credential, canonical_challenge(challenge), signature)


class _Nonce(Struct):
    nonce: Raw = Raw()


def _json_nonce(body: bytes) -> str | None:
    try:
        lexeme = bytes(json.decode(body, type=_Nonce).nonce)
        return json.decode(lexeme, type=str) if lexeme[:1] == b'"' else lexeme.decode() or None
    except MsgspecError:
        return None


def _verify(credential: "Credential", payload: bytes, signature: str) -> bool:
    raw = unbase64(signature)
    return raw is not None and prepared_base64_hmac(credential.secret, "sha512").verify(
        payload, raw
    )
