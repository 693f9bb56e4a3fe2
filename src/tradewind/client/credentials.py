"""Keys by reference: a program names a key, it never holds one.

connect(venue, env="local", key="default")          a label in the file of the running box
connect(venue, env="testnet", key="bot")            TRADEWIND_<VENUE>_TESTNET_BOT_API_KEY and
                                                    ..._API_SECRET or ..._PRIVATE_KEY (a PEM, or
                                                    the path of one)
connect(venue, env="testnet", key="keyring:bot")    the system's keyring, service "tradewind",
                                                    name <venue>/<env>/bot, in two lines: api
                                                    key and secret
"""

import os
import re
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from msgspec import Struct

from ..model import Misconfigured
from ..protocol.asking import Key
from ..protocol.signing import signer
from . import local

PEM = "-----BEGIN"
SERVICE = "tradewind"
"""Under which the keyring keeps ours."""


class Secret(Struct, frozen=True):
    """The two parts of a key, on their way into a signer. Shows neither."""

    api_key: str
    secret: str
    kind: str

    def __repr__(self) -> str:
        return f"Secret({self.kind})"


class Keyring(Protocol):
    """What the ``keyring`` package offers."""

    def get_password(self, service: str, name: str) -> str | None:
        """A stored text, or None."""


def resolve(venue: str, env: str, label: str, data: str | os.PathLike[str] | None) -> Key:
    """The key of a reference. Raises Misconfigured, which never shows what was found."""
    if env == "local":
        found = local.key(venue, label, data)
        made = signer(found.kind, found.api_secret or found.private_key)
        return Key(found.api_key, made, found.label)
    if label.startswith("keyring:"):
        secret = _from_keyring(venue, env, label.removeprefix("keyring:"))
    else:
        secret = _from_environment(venue, env, label)
    if secret.api_key.startswith("local"):
        raise Misconfigured(f"{label!r} is a key of a local box; {env} takes none of those")
    try:
        return Key(secret.api_key, signer(secret.kind, secret.secret), label)
    except ValueError:
        raise Misconfigured(f"the private key of {label!r} cannot be read") from None


def _from_environment(venue: str, env: str, label: str) -> Secret:
    stem = re.sub(r"[^A-Z0-9]", "_", f"TRADEWIND_{venue}_{env}_{label}".upper())
    api_key = os.environ.get(f"{stem}_API_KEY", "")
    secret = os.environ.get(f"{stem}_API_SECRET", "")
    private = os.environ.get(f"{stem}_PRIVATE_KEY", "")
    if not api_key or not (secret or private):
        raise Misconfigured(
            f"there is no key {label!r} for {env}; set {stem}_API_KEY and "
            f"{stem}_API_SECRET or {stem}_PRIVATE_KEY, or give key='keyring:{label}'"
        )
    if private and not private.startswith(PEM):
        private = _pem(stem, private)
    return Secret(api_key, private or secret, _kind(private) if private else "hmac")


def _pem(stem: str, path: str) -> str:
    try:
        return Path(path).read_text()
    except (OSError, UnicodeDecodeError):
        text = f"{stem}_PRIVATE_KEY is neither a PEM nor a file that can be read"
        raise Misconfigured(text) from None


def _from_keyring(venue: str, env: str, label: str) -> Secret:
    try:
        keyring = cast(Keyring, import_module("keyring"))
    except ModuleNotFoundError:
        raise Misconfigured(
            "no keyring here; install it with: pip install 'tradewind[keyring]'"
        ) from None
    name = f"{venue}/{env}/{label}"
    try:
        text = keyring.get_password(SERVICE, name)
    except Exception as error:  # noqa: BLE001  (every backend raises its own)
        why = type(error).__name__
        raise Misconfigured(f"the keyring cannot be read, is it locked? ({why})") from None
    if not text:
        raise Misconfigured(
            f"the keyring has no {label!r} for {env}; put it there with: "
            f"keyring set {SERVICE} {name} (two lines: api key, then secret or PEM)"
        )
    api_key, _, secret = text.strip().partition("\n")
    if not secret:
        raise Misconfigured(f"{name} in the keyring needs two lines: api key, then secret or PEM")
    return Secret(api_key, secret, _kind(secret) if secret.startswith(PEM) else "hmac")


def _kind(pem: str) -> str:
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):
        raise Misconfigured("the private key cannot be read, or it has a password") from None
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    return "rsa" if isinstance(key, rsa.RSAPrivateKey) else "es256"
