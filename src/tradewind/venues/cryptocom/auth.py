"""How requests are signed: one canonical text, read by both sides.

Method, id, API key, parameter text, nonce, glued; HMAC-SHA256 with the secret's text, in
lower-case hex. The parameter text is keys and values without separators, keys sorted, lists in
their order, nested without limit, null as ``null``, booleans as ``true`` and ``false``.
``public/auth`` of the user socket has no parameters; later requests there are not signed.

The venue's own samples disagree: JavaScript and its Rust CLI nest without limit; Java stops at
the third level and prints what is below as ``[A, B]``; Python prints booleans as ``True``, nested
objects as its repr, and fails on lists of texts. They agree wherever parameters are flat or hold
lists of texts or of flat objects, so for every documented request but a list of orders that
themselves hold lists. ``verify`` takes all of them, ``sign`` writes the first.

See rest-common-api-reference "Digital Signature" of exchange-developer.crypto.com (2026-05-21),
read 2026-11-24.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...model import Misconfigured
from ...protocol.signing import Signer, prepared_hmac

if TYPE_CHECKING:
    from ...protocol.hosting import Credential

__all__ = ["canonical", "parameter_text", "sign", "signer", "verify"]

Value = str | int | float | bool | None | Sequence["Value"] | Mapping[str, "Value"]
"""A JSON value."""

LEVELS_MAX = 3
"""Where the Java and Python samples stop."""


def signer(kind: str, secret: str) -> Signer:
    """A signer of the secret's text."""
    if kind != "hmac":
        raise Misconfigured(f"keys can only be hmac here, not {kind}")
    return prepared_hmac(secret)


def parameter_text(value: Value) -> str:
    """The text of a parameter, or of all of them."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case Mapping():
            return "".join([name + parameter_text(value[name]) for name in sorted(value)])
        case Sequence():
            return "".join([parameter_text(item) for item in value])
    return str(value)


def canonical(
    method: str, request_id: str, api_key: str, params: Mapping[str, Value], nonce: str
) -> bytes:
    """What a request signs; ``request_id`` and ``nonce`` are their texts as sent."""
    return _glue(method, request_id, api_key, parameter_text(params), nonce)


def sign(
    key: Signer,
    method: str,
    request_id: str,
    api_key: str,
    params: Mapping[str, Value],
    nonce: str,
) -> str:
    """The ``sig`` of a request."""
    return key.sign(canonical(method, request_id, api_key, params, nonce)).hex()


def verify(
    credential: "Credential",
    method: str,
    request_id: str,
    params: Mapping[str, Value],
    nonce: str,
    signature: str,
) -> bool:
    """Whether a request is signed by that key, in the words of any official sample."""
    prepared = prepared_hmac(credential.secret)
    texts = dict.fromkeys((parameter_text(params), _java_text(params, 1), _python_text(params, 1)))
    return any(
        prepared.verify_hex(_glue(method, request_id, credential.api_key, text, nonce), signature)
        for text in texts
    )


def _glue(method: str, request_id: str, api_key: str, text: str, nonce: str) -> bytes:
    return f"{method}{request_id}{api_key}{text}{nonce}".encode()


def _java_text(value: Value, level: int) -> str:
    match value:
        case Mapping() if level <= LEVELS_MAX:
            return "".join([name + _java_text(value[name], level + 1) for name in sorted(value)])
        case str():
            return value
        case Sequence() if level <= LEVELS_MAX:
            return "".join([_java_text(item, level + 1) for item in value])
        case Mapping():
            return "{" + ", ".join([f"{k}={_java_text(v, level)}" for k, v in value.items()]) + "}"
        case Sequence():
            return "[" + ", ".join([_java_text(item, level) for item in value]) + "]"
    return parameter_text(value)


def _python_text(value: Value, level: int) -> str:
    match value:
        case None:
            return "null"
        case str():
            return value
        case Mapping() if level <= LEVELS_MAX:
            return "".join([name + _python_text(value[name], level + 1) for name in sorted(value)])
        case Sequence() if level <= LEVELS_MAX:
            return "".join([_python_text(item, level + 1) for item in value])
    return str(value)
