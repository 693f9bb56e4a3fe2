"""Keys of the box: drawn at random, or derived from a name the user chose and the box's seed.

They open nothing but this box. A chosen one must begin with ``local``, so that a real key typed by
mistake is refused before it is stored, logged or shown.
"""

import hmac
import re
import secrets
import string
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from ..model import Misconfigured, Permission
from ..protocol.hosting import Credential

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

LETTERS = string.ascii_letters + string.digits
LENGTH = 64
"""Of api keys and HMAC secrets."""

CHOSEN = re.compile(r"local[A-Za-z0-9_-]{1,59}")
RSA_BITS = 2048
KEYS_MAX = 1_000
"""Per venue; a runaway script should meet an end."""


class Made(Struct, frozen=True):
    """A new key as its owner needs it; of ``api_secret`` and ``private_key`` (PEM) one is empty."""

    api_key: str
    kind: str
    api_secret: str = ""
    public_key: str = ""
    private_key: str = ""
    passphrase: str = ""


def make(kind: str, seed: int, chosen: str = "") -> Made:
    """A key pair or secret. With ``chosen`` it follows from that text and the seed."""
    if chosen and not CHOSEN.fullmatch(chosen):
        # the text is not repeated: it may be a real key
        raise Misconfigured(
            "a chosen api key begins with 'local' and has at most 64 letters, digits, _ or -; "
            "the one given does not. Never give the box a key of a real account"
        )
    api_key = chosen or "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    match kind:
        case "hmac":
            return Made(api_key, kind, api_secret=_secret(seed, chosen))
        case "ed25519" | "rsa" | "es256":
            public, private = _pair(kind, seed, chosen)
            return Made(api_key, kind, public_key=public, private_key=private)
        case _:
            raise Misconfigured(f"there is no key kind {kind!r}; there are: hmac, ed25519, rsa")


def _secret(seed: int, chosen: str) -> str:
    if not chosen:
        return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    number = int.from_bytes(_derive(seed, chosen, 0) + _derive(seed, chosen, 1), "big")
    letters = []
    for _ in range(LENGTH):
        number, place = divmod(number, len(LETTERS))
        letters.append(LETTERS[place])
    return "".join(letters)


def _derive(seed: int, chosen: str, part: int) -> bytes:
    return hmac.digest(f"tradewind/{seed}".encode(), f"{chosen}/{part}".encode(), "sha256")


def _pair(kind: str, seed: int, chosen: str) -> tuple[str, str]:
    """Public (SPKI) and private (PKCS8) PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    made: Ed25519PrivateKey | RSAPrivateKey | EllipticCurvePrivateKey
    if kind == "ed25519":
        raw = _derive(seed, chosen, 0) if chosen else secrets.token_bytes(32)
        made = ed25519.Ed25519PrivateKey.from_private_bytes(raw)
    elif kind == "es256":
        number = (
            int.from_bytes(_derive(seed, chosen, 0), "big") if chosen else secrets.randbits(255)
        )
        made = ec.derive_private_key(number % (1 << 255) + 1, ec.SECP256R1())
    elif chosen:
        raise Misconfigured("an RSA key cannot be derived from a chosen text; use hmac or ed25519")
    else:
        made = rsa.generate_private_key(65537, RSA_BITS)
    private = made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = made.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public.decode(), private.decode()


class Keys:
    """The keys one venue's box issued, also revoked ones."""

    def __init__(self) -> None:
        self._by_key: dict[str, Credential] = {}

    def get(self, api_key: str) -> Credential | None:
        """The key, or None when this box did not issue it."""
        return self._by_key.get(api_key)

    def put(self, credential: Credential) -> None:
        """Take a row of the journal: a new key, or a newer state of one."""
        self._by_key[credential.api_key] = credential

    def all(self) -> list[Credential]:
        """In the order they were made."""
        return list(self._by_key.values())

    def find(self, name: str) -> Credential | None:
        """By api key, or the working one with that label."""
        found = self._by_key.get(name)
        if found is not None:
            return found
        for credential in self._by_key.values():
            if credential.label == name and not credential.revoked:
                return credential
        return None

    def check_new(self, api_key: str, label: str) -> None:
        """Raise Misconfigured where the key or its label is taken, or there are too many."""
        if api_key and api_key in self._by_key:
            raise Misconfigured("that api key exists already; choose another one, or revoke it")
        if label and any(k.label == label and not k.revoked for k in self._by_key.values()):
            raise Misconfigured(f"there is a key with the label {label!r}; choose another --label")
        if len(self._by_key) >= KEYS_MAX:
            raise Misconfigured(f"this venue has {KEYS_MAX} keys; reset the box to start again")

    def free_label(self) -> str:
        """``key-2`` and so on: the first that is not taken."""
        taken = {key.label for key in self._by_key.values()}
        number = len(self._by_key) + 1
        while f"key-{number}" in taken:
            number += 1
        return f"key-{number}"

    def state(self) -> list[Credential]:
        """For a snapshot."""
        return self.all()

    def restore(self, state: Iterable[Credential]) -> None:
        """Take back what ``state`` gave."""
        self._by_key = {credential.api_key: credential for credential in state}


def permissions(names: Iterable[str]) -> frozenset[Permission]:
    """Words to permissions. Raises Misconfigured with the words that exist."""
    words = [name.strip() for name in names if name.strip()]
    known = {permission.value for permission in Permission}
    if unknown := [word for word in words if word not in known]:
        raise Misconfigured(
            f"there is no permission {unknown[0]!r}; there are: {', '.join(sorted(known))}"
        )
    return frozenset(Permission(word) for word in words)


def addresses(texts: Iterable[str]) -> tuple[str, ...]:
    """IP addresses in their plain form. Raises Misconfigured."""
    from ipaddress import ip_address

    found = []
    for text in texts:
        if not text.strip():
            continue
        try:
            found.append(str(ip_address(text.strip())))
        except ValueError:
            raise Misconfigured(f"{text.strip()!r} is not an IP address") from None
    return tuple(found)
