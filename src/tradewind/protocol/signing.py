"""Signatures that several venues share: keys prepared once, constant-time checks.

A ``Signer`` makes raw signature bytes, a ``Verifier`` checks them; how a venue spells the bytes
(hex, base64) and over what text they are made is the venue's ``auth``. ``cryptography`` is loaded
when the first asymmetric key is.
"""

import hmac
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from ..model import Misconfigured

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

PREPARED_MAX = 4096
"""Keys kept prepared: more than a box has traders, about 1 kB each."""


class Signer(Protocol):
    """Makes raw signatures with one key. ``kind`` is hmac, ed25519, rsa or es256."""

    kind: str

    def sign(self, payload: bytes) -> bytes:
        """The raw signature of a payload."""


class Verifier(Protocol):
    """Checks raw signatures of one key."""

    kind: str

    def verify(self, payload: bytes, signature: bytes) -> bool:
        """Whether the signature is of that payload."""


class Hmac:
    """An HMAC key, hashed once and copied for every signature (0.7 us instead of 1.8)."""

    __slots__ = ("_keyed",)
    kind = "hmac"

    def __init__(self, secret: bytes, digest: str = "sha256") -> None:
        self._keyed = hmac.new(secret, digestmod=digest)

    def sign(self, payload: bytes) -> bytes:
        """The raw signature of a payload."""
        keyed = self._keyed.copy()
        keyed.update(payload)
        return keyed.digest()

    def sign_hex(self, payload: bytes) -> str:
        """The signature in lower-case hex."""
        keyed = self._keyed.copy()
        keyed.update(payload)
        return keyed.hexdigest()

    def verify(self, payload: bytes, signature: bytes) -> bool:
        """Whether the signature is of that payload, in constant time."""
        return hmac.compare_digest(self.sign(payload), signature)

    def verify_hex(self, payload: bytes, signature: str, *, any_case: bool = False) -> bool:
        """The same for a signature in hex, lower case unless a venue takes ``any_case``."""
        if not signature.isascii():
            return False
        given = signature.lower() if any_case else signature
        return hmac.compare_digest(self.sign_hex(payload), given)


class Ed25519Signer:
    """A private Ed25519 key."""

    __slots__ = ("_key",)
    kind = "ed25519"

    def __init__(self, key: "ed25519.Ed25519PrivateKey") -> None:
        self._key = key

    def sign(self, payload: bytes) -> bytes:
        """64 bytes."""
        return self._key.sign(payload)


class Ed25519Verifier:
    """A public Ed25519 key."""

    __slots__ = ("_key",)
    kind = "ed25519"

    def __init__(self, key: "ed25519.Ed25519PublicKey") -> None:
        self._key = key

    def verify(self, payload: bytes, signature: bytes) -> bool:
        """Whether the signature is of that payload."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._key.verify(signature, payload)
        except InvalidSignature:
            return False
        return True


class RsaSigner:
    """A private RSA key: RSASSA-PKCS1-v1_5 with SHA-256."""

    __slots__ = ("_key",)
    kind = "rsa"

    def __init__(self, key: "rsa.RSAPrivateKey") -> None:
        self._key = key

    def sign(self, payload: bytes) -> bytes:
        """As many bytes as the key's modulus."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        return self._key.sign(payload, padding.PKCS1v15(), hashes.SHA256())


class RsaVerifier:
    """A public RSA key: RSASSA-PKCS1-v1_5 with SHA-256."""

    __slots__ = ("_key",)
    kind = "rsa"

    def __init__(self, key: "rsa.RSAPublicKey") -> None:
        self._key = key

    def verify(self, payload: bytes, signature: bytes) -> bool:
        """Whether the signature is of that payload."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        try:
            self._key.verify(signature, payload, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True


class Es256Signer:
    """A private P-256 key; signatures are the 64 bytes r and s of JWS, not DER."""

    __slots__ = ("_key",)
    kind = "es256"

    def __init__(self, key: "ec.EllipticCurvePrivateKey") -> None:
        self._key = key

    def sign(self, payload: bytes) -> bytes:
        """64 bytes: r and s, big-endian. Different every time."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils

        r, s = utils.decode_dss_signature(self._key.sign(payload, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Es256Verifier:
    """A public P-256 key; signatures are r and s as 64 bytes."""

    __slots__ = ("_key",)
    kind = "es256"

    def __init__(self, key: "ec.EllipticCurvePublicKey") -> None:
        self._key = key

    def verify(self, payload: bytes, signature: bytes) -> bool:
        """Whether the signature is of that payload."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils

        if len(signature) != 64:
            return False
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        try:
            self._key.verify(utils.encode_dss_signature(r, s), payload, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


def private_key(pem: str) -> Signer:
    """A signer of a PKCS#8 (or SEC1, PKCS#1) PEM; its kind is that of the key.

    Raises Misconfigured for text that holds no private key of a kind we know.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Misconfigured("this is not an unencrypted private key in PEM form") from None
    match key:
        case ed25519.Ed25519PrivateKey():
            return Ed25519Signer(key)
        case rsa.RSAPrivateKey():
            return RsaSigner(key)
        case ec.EllipticCurvePrivateKey() if key.curve.name == "secp256r1":
            return Es256Signer(key)
    raise Misconfigured("private keys can be Ed25519, RSA or P-256")


def public_key(pem: str) -> Verifier:
    """A verifier of an SPKI PEM. Raises Misconfigured like ``private_key``."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise Misconfigured("this is not a public key in PEM form") from None
    match key:
        case ed25519.Ed25519PublicKey():
            return Ed25519Verifier(key)
        case rsa.RSAPublicKey():
            return RsaVerifier(key)
        case ec.EllipticCurvePublicKey() if key.curve.name == "secp256r1":
            return Es256Verifier(key)
    raise Misconfigured("public keys can be Ed25519, RSA or P-256")


def signer(kind: str, secret: str, digest: str = "sha256") -> Signer:
    """A signer: ``secret`` is an HMAC secret's text, or a private PEM of that kind."""
    if kind == "hmac":
        return Hmac(secret.encode(), digest)
    key = private_key(secret)
    if key.kind != kind:
        raise Misconfigured(f"the key is of kind {key.kind}, not {kind}")
    return key


@lru_cache(PREPARED_MAX)
def prepared_hmac(secret: str, digest: str = "sha256") -> Hmac:
    """An HMAC key of a secret's text, prepared once."""
    return Hmac(secret.encode(), digest)


@lru_cache(PREPARED_MAX)
def prepared_base64_hmac(secret: str, digest: str) -> Hmac:
    """An HMAC key of a secret that is base64 text. Raises Misconfigured if it is not."""
    raw = unbase64(secret)
    if raw is None:
        raise Misconfigured("the secret is not base64")
    return Hmac(raw, digest)


@lru_cache(PREPARED_MAX)
def prepared_public_key(pem: str) -> Verifier:
    """A verifier of a public PEM, loaded once."""
    return public_key(pem)


def ed25519_seed(seed: bytes) -> Signer:
    """A signer of a raw 32-byte Ed25519 seed. Raises Misconfigured for another length."""
    from cryptography.hazmat.primitives.asymmetric import ed25519

    if len(seed) != 32:
        raise Misconfigured("an Ed25519 seed has 32 bytes")
    return Ed25519Signer(ed25519.Ed25519PrivateKey.from_private_bytes(seed))


def same_text(given: str, wanted: str) -> bool:
    """Whether two secrets are equal, in constant time."""
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())


def base64(raw: bytes) -> str:
    """Standard base64 text, padded."""
    return b64encode(raw).decode()


def unbase64(text: str) -> bytes | None:
    """The bytes of standard base64 text, None if it is anything else."""
    try:
        return b64decode(text, validate=True)
    except (BadBase64, ValueError):
        return None
