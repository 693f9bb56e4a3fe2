"""How requests are signed: two products, two families of keys, read by both sides.

Advanced Trade: a JSON Web Token per request (REST, bound to ``METHOD host/path`` without query)
or per message (WebSocket, not bound), EdDSA or ES256, alive for 120 s.

Exchange: HMAC-SHA256 with a base64 secret, in base64, over the timestamp, method, path with its
query, and raw body; the feed signs ``GET /users/self/verify``; a FIX Logon signs tags 52, 35, 34,
49, 56, 554 joined by SOH. The passphrase is compared beside it.

Legacy: HMAC-SHA256 with the secret's text, in hex, without the query. Retired by the venue; kept
because a widespread client still emits it.

See docs.cdp.coinbase.com: get-started/authentication/jwt-authentication, exchange/rest-api/
authentication, exchange/fix-api/order-entry-messages/order-entry-messages5; read 2026-11-24.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

from msgspec import UNSET, MsgspecError, Struct, UnsetType, json

from ...model import Misconfigured
from ...protocol.signing import (
    Signer,
    base64,
    ed25519_seed,
    prepared_base64_hmac,
    prepared_hmac,
    prepared_public_key,
    private_key,
    same_text,
    unbase64,
)

if TYPE_CHECKING:
    from ...protocol.hosting import Credential

__all__ = [
    "Claims",
    "Header",
    "canonical_exchange",
    "canonical_fix",
    "canonical_legacy",
    "canonical_token",
    "key_name",
    "passphrase_matches",
    "sign_exchange",
    "sign_feed",
    "sign_fix",
    "sign_legacy",
    "sign_token",
    "signer",
    "token_uri",
    "verify_exchange",
    "verify_feed",
    "verify_fix",
    "verify_legacy",
    "verify_token",
]

SOH = "\x01"
TOKEN_SECONDS = 120
"""How long a token lives (documented: at most 2 minutes)."""
LEEWAY_SECONDS = 5
"""How far clocks may be apart (guessed)."""
ISSUERS = ("cdp", "coinbase-cloud")
ALGORITHMS = {"ed25519": "EdDSA", "es256": "ES256"}
HOST = "api.coinbase.com"


class Header(Struct, frozen=True):
    """The token's first part, in the order the official SDK writes it."""

    alg: str
    kid: str
    nonce: str = ""
    typ: str = "JWT"


class Claims(Struct, frozen=True):
    """The token's second part. ``uris`` is how another client spells ``uri``."""

    sub: str
    iss: str
    nbf: int
    exp: int
    uri: str | UnsetType = UNSET
    uris: tuple[str, ...] | UnsetType = UNSET


def signer(kind: str, secret: str) -> Signer:
    r"""A signer: hmac takes base64 (Exchange), legacy the secret's text, ed25519 a PEM or base64 of
    seed or seed and public key, es256 a PEM. A literal ``\n`` in a PEM is a line end.
    """
    if kind == "hmac":
        return prepared_base64_hmac(secret, "sha256")
    if kind == "legacy":
        return prepared_hmac(secret)
    key = _private(secret)
    if key.kind != kind:
        raise Misconfigured(f"the key is of kind {key.kind}, not {kind}")
    return key


def canonical_token(header: Header, claims: Claims) -> bytes:
    """What a token signs: both parts in base64url, joined by a dot."""
    return _base64url(json.encode(header)) + b"." + _base64url(json.encode(claims))


def token_uri(method: str, path: str, host: str = HOST) -> str:
    """The ``uri`` claim of a REST request; ``path`` without its query."""
    return f"{method} {host}{path}"


def sign_token(key: Signer, api_key: str, now: int, nonce: str, uri: str = "") -> str:
    """A token that lives from ``now`` (Unix seconds); ``uri`` "" for WebSocket messages."""
    header = Header(ALGORITHMS[key.kind], api_key, nonce)
    claims = Claims(api_key, "cdp", now, now + TOKEN_SECONDS, uri or UNSET)
    payload = canonical_token(header, claims)
    return (payload + b"." + _base64url(key.sign(payload))).decode()


def key_name(token: str) -> str | None:
    """Which key a token claims to be signed by, None if it is no token."""
    parts = _read(token)
    return parts[0].kid if parts else None


def verify_token(
    credential: "Credential", token: str, now: int, uris: Collection[str] = ()
) -> bool:
    """Whether a token is signed by that key, alive, and bound to one of ``uris`` (none: a
    WebSocket message, which is not bound). ``aud`` and ``nonce`` are not looked at.
    """
    parts = _read(token)
    if parts is None:
        return False
    header, claims, signature = parts
    return (
        header.kid == claims.sub == credential.api_key
        and header.alg == ALGORITHMS.get(credential.kind)
        and claims.iss in ISSUERS
        and claims.nbf <= now + LEEWAY_SECONDS
        and now < claims.exp + LEEWAY_SECONDS
        and claims.exp - claims.nbf <= TOKEN_SECONDS
        and (not uris or any(uri in uris for uri in _bound(claims)))
        and prepared_public_key(credential.public_key).verify(
            token.rpartition(".")[0].encode(), signature
        )
    )


def canonical_exchange(timestamp: str, method: str, path: str, body: bytes) -> bytes:
    """What an Exchange request signs; ``path`` with its query."""
    return f"{timestamp}{method.upper()}{path}".encode() + body


def sign_exchange(key: Signer, timestamp: str, method: str, path: str, body: bytes) -> str:
    """The CB-ACCESS-SIGN header."""
    return base64(key.sign(canonical_exchange(timestamp, method, path, body)))


def verify_exchange(
    credential: "Credential", timestamp: str, method: str, path: str, body: bytes, signature: str
) -> bool:
    """Whether an Exchange request is signed by that key.

    The docs' words allow leaving the query out, clients sign it: both are taken.
    """
    paths = dict.fromkeys((path, path.partition("?")[0]))
    return any(
        _verify(credential, canonical_exchange(timestamp, method, text, body), signature)
        for text in paths
    )


def sign_feed(key: Signer, timestamp: str) -> str:
    """The signature of a subscribe message on the Exchange feed."""
    return sign_exchange(key, timestamp, "GET", "/users/self/verify", b"")


def verify_feed(credential: "Credential", timestamp: str, signature: str) -> bool:
    """Whether a subscribe message is signed by that key."""
    return verify_exchange(credential, timestamp, "GET", "/users/self/verify", b"", signature)


def canonical_fix(sent: str, sequence: str, sender: str, target: str, passphrase: str) -> bytes:
    """What a Logon signs: the texts of 52, 35, 34, 49, 56 and 554 as sent."""
    return SOH.join((sent, "A", sequence, sender, target, passphrase)).encode()


def sign_fix(
    key: Signer, sent: str, sequence: str, sender: str, target: str, passphrase: str
) -> str:
    """RawData(96) of a Logon; ``sent`` with exactly three fractional digits."""
    return base64(key.sign(canonical_fix(sent, sequence, sender, target, passphrase)))


def verify_fix(
    credential: "Credential",
    sent: str,
    sequence: str,
    sender: str,
    target: str,
    passphrase: str,
    signature: str,
) -> bool:
    """Whether a Logon is signed by that key, and carries its passphrase."""
    payload = canonical_fix(sent, sequence, sender, target, passphrase)
    return passphrase_matches(credential, passphrase) and _verify(credential, payload, signature)


def passphrase_matches(credential: "Credential", passphrase: str) -> bool:
    """Whether the passphrase is the key's, in constant time."""
    return same_text(passphrase, credential.passphrase)


def canonical_legacy(timestamp: str, method: str, path: str, body: bytes) -> bytes:
    """What a legacy request signs: the path without its query."""
    return canonical_exchange(timestamp, method, path.partition("?")[0], body)


def sign_legacy(key: Signer, timestamp: str, method: str, path: str, body: bytes) -> str:
    """The CB-ACCESS-SIGN header of a legacy key."""
    return key.sign(canonical_legacy(timestamp, method, path, body)).hex()


def verify_legacy(
    credential: "Credential", timestamp: str, method: str, path: str, body: bytes, signature: str
) -> bool:
    """Whether a legacy request is signed by that key."""
    payload = canonical_legacy(timestamp, method, path, body)
    return prepared_hmac(credential.secret).verify_hex(payload, signature)


def _private(secret: str) -> Signer:
    text = secret.replace("\\n", "\n")
    if "-----BEGIN" in text:
        return private_key(text)
    raw = unbase64(secret.strip())
    if raw is None or len(raw) not in (32, 64):
        raise Misconfigured("the secret is neither a PEM nor base64 of an Ed25519 key")
    return ed25519_seed(raw[:32])


def _read(token: str) -> tuple[Header, Claims, bytes] | None:
    parts = token.split(".")
    if len(parts) != 3:
        return None
    head, body, signature = map(_unbase64url, parts)
    if head is None or body is None or signature is None:
        return None
    try:
        return json.decode(head, type=Header), json.decode(body, type=Claims), signature
    except MsgspecError:
        return None


def _bound(claims: Claims) -> tuple[str, ...]:
    listed = () if claims.uris is UNSET else claims.uris
    return listed if claims.uri is UNSET else (claims.uri, *listed)


def _verify(credential: "Credential", payload: bytes, signature: str) -> bool:
    raw = unbase64(signature)
    return raw is not None and prepared_base64_hmac(credential.secret, "sha256").verify(
        payload, raw
    )


def _base64url(raw: bytes) -> bytes:
    return base64(raw).translate(_TO_URL).rstrip("=").encode()


def _unbase64url(text: str) -> bytes | None:
    if "+" in text or "/" in text or "=" in text:
        return None
    return unbase64(text.translate(_FROM_URL) + "=" * (-len(text) % 4))


_TO_URL = str.maketrans("+/", "-_")
_FROM_URL = str.maketrans("-_", "+/")
