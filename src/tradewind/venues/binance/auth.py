"""How requests are signed: one canonical text per door, read by both sides.

- REST: the raw query followed by the raw body, without the ``signature`` parameter wherever it
  stands; over the exact bytes, so percent-encoding comes first (mandatory since 2026-01-15).
- WebSocket API: all parameters but ``signature``, sorted by name, ``k=v`` joined by ``&``, not
  percent-encoded.
- FIX Logon: tags 35, 49, 56, 34, 52 joined by SOH.

HMAC-SHA256 is written in hex of either case, Ed25519 and RSA (PKCS1 v1.5, SHA-256) in base64, which
a REST door percent-encodes.

See rest-api.md "SIGNED endpoint security", web-socket-api.md "SIGNED request security", fix-api.md
"Signature computation" of binance-spot-api-docs, read 2026-11-24.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, unquote_plus, unquote_to_bytes

from msgspec import Raw, json

from ...protocol.signing import (
    Signer,
    base64,
    prepared_hmac,
    prepared_public_key,
    signer,
    unbase64,
)

if TYPE_CHECKING:
    from ...protocol.hosting import Credential

__all__ = [
    "canonical_fix",
    "canonical_params",
    "canonical_rest",
    "sign_fix",
    "sign_params",
    "sign_rest",
    "signer",
    "verify_fix",
    "verify_params",
    "verify_rest",
]

SOH = "\x01"
_SIGNATURE = re.compile(r"(?:^|&)signature=([^&]*)")
_SIGNATURE_IN_BODY = re.compile(rb"(?:^|&)signature=([^&]*)")


def canonical_rest(query: str, body: bytes = b"") -> tuple[bytes, str | None]:
    """What a REST request signs, and the signature it came with (still percent-encoded).

    The query's signature wins over the body's; both are left out of the payload.
    """
    signature = None
    head, mark, tail = query.rpartition("&signature=")
    if mark and "&" not in tail and "signature=" not in head:  # last, as nearly everyone sends it
        query, signature = head, tail
    elif "signature=" in query:
        query, signature = _cut(query)
    if b"signature=" in body:
        found = _SIGNATURE_IN_BODY.search(body)
        if found and signature is None:
            signature = found[1].decode("latin-1")
        body = _SIGNATURE_IN_BODY.sub(b"", body).removeprefix(b"&")
    return query.encode() + body, signature


def sign_rest(key: Signer, payload: str | bytes) -> str:
    """The signature of an already percent-encoded query (and body), ready to be appended."""
    raw = payload.encode() if isinstance(payload, str) else payload
    return _write(key, raw) if key.kind == "hmac" else quote(_write(key, raw), safe="")


def verify_rest(
    credential: "Credential", query: str, body: bytes = b"", *, encoded: bool = True
) -> bool:
    """Whether a REST request is signed by that key. ``encoded``: text that should have been
    percent-encoded before signing is refused, as since 2026-01-15; else both are taken.
    """
    if encoded and not (query.isascii() and body.isascii()):
        return False
    payload, signature = canonical_rest(query, body)
    if not signature:
        return False
    if "%" in signature or "+" in signature:
        signature = unquote_plus(signature)
    if _verify(credential, payload, signature):
        return True
    plain = payload if encoded else unquote_to_bytes(payload)
    return plain != payload and _verify(credential, plain, signature)


def canonical_params(params: Mapping[str, Any]) -> bytes:
    """What a WebSocket API request signs. Values are texts, numbers, booleans, lists or ``Raw``."""
    pairs = [
        f"{name}={value if type(value := params[name]) is str else text(value)}"
        for name in sorted(params)
        if name != "signature"
    ]
    return "&".join(pairs).encode()


def sign_params(key: Signer, params: Mapping[str, Any]) -> str:
    """The ``signature`` parameter of a WebSocket API request."""
    return _write(key, canonical_params(params))


def verify_params(credential: "Credential", params: Mapping[str, Any]) -> bool:
    """Whether a WebSocket API request is signed by that key.

    The venue's own Python connector signs the percent-encoded text, which differs for lists and
    non-ASCII text only; both are taken (observed in clients, the venue documents the plain one).
    """
    if "signature" not in params:
        return False
    signature = text(params["signature"])
    plain = canonical_params(params)
    if _verify(credential, plain, signature):
        return True
    return any(_verify(credential, other, signature) for other in _encoded(params, plain))


def canonical_fix(message: str, sender: str, target: str, sequence: int, sent: str) -> bytes:
    """What a FIX Logon signs: values of 35, 49, 56, 34 and 52."""
    return SOH.join((message, sender, target, str(sequence), sent)).encode()


def sign_fix(key: Signer, sender: str, target: str, sequence: int, sent: str) -> str:
    """RawData(96) of a Logon; ``sent`` is the text of SendingTime(52)."""
    return _write(key, canonical_fix("A", sender, target, sequence, sent))


def verify_fix(
    credential: "Credential", sender: str, target: str, sequence: int, sent: str, raw_data: str
) -> bool:
    """Whether a Logon is signed by that key. Only Ed25519 keys may log on."""
    payload = canonical_fix("A", sender, target, sequence, sent)
    return credential.kind == "ed25519" and _verify(credential, payload, raw_data)


def text(value: object) -> str:
    """A JSON value as it stands in the signed text; ``Raw`` keeps the digits as they were sent."""
    if isinstance(value, str):
        return value
    if isinstance(value, Raw):
        lexeme = bytes(value)
        return json.decode(lexeme, type=str) if lexeme[:1] == b'"' else lexeme.decode()
    return json.encode(value).decode()


def _cut(query: str) -> tuple[str, str | None]:
    found = _SIGNATURE.search(query)
    if found is None:
        return query, None
    return _SIGNATURE.sub("", query).removeprefix("&"), found[1]


def _encoded(params: Mapping[str, Any], plain: bytes) -> Iterator[bytes]:
    """The percent-encoded spellings that differ from the plain one."""
    pairs = [(name, text(params[name])) for name in sorted(params) if name != "signature"]
    for encode in (quote_plus, quote):
        other = "&".join(f"{name}={encode(value)}" for name, value in pairs).encode()
        if other != plain:
            yield other


def _write(key: Signer, payload: bytes) -> str:
    return key.sign(payload).hex() if key.kind == "hmac" else base64(key.sign(payload))


def _verify(credential: "Credential", payload: bytes, signature: str) -> bool:
    if credential.kind == "hmac":
        return prepared_hmac(credential.secret).verify_hex(payload, signature, any_case=True)
    raw = unbase64(signature)
    return raw is not None and prepared_public_key(credential.public_key).verify(payload, raw)
