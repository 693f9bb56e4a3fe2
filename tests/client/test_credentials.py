"""Keys by reference: where they are looked for, and what is said when they are not there."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.house.shape import ROOT

from tradewind.client import connect
from tradewind.client.credentials import resolve
from tradewind.model import Misconfigured
from tradewind.protocol.asking import Key
from tradewind.protocol.signing import signer

VENUE = "binance"


class Locked(Exception):
    """What a backend raises, with more in it than may be shown."""


class FakeKeyring(ModuleType):
    """What the package offers, over a dict. No text: it is locked."""

    def __init__(self, texts: dict[str, str] | None) -> None:
        super().__init__("keyring")
        self._texts = texts

    def get_password(self, service: str, name: str) -> str | None:
        if self._texts is None:
            raise Locked("unlock the collection with hunter2")
        return self._texts.get(f"{service} {name}")


def held(
    monkeypatch: pytest.MonkeyPatch, texts: dict[str, str] | None, label: str = "keyring:bot"
) -> Key:
    monkeypatch.setitem(sys.modules, "keyring", FakeKeyring(texts))
    return resolve(VENUE, "testnet", label, None)


def test_a_key_of_the_keyring_signs_and_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two lines under the venue, the environment and the label."""
    texts = {"tradewind binance/testnet/bot": "k" * 64 + "\nsesame\n"}
    key = held(monkeypatch, texts)
    assert (key.api_key, key.label) == ("k" * 64, "keyring:bot")
    assert key.signer.sign(b"x") == signer("hmac", "sesame").sign(b"x")
    assert "sesame" not in repr(key)
    assert "k" * 5 not in repr(key)
    venue = connect(VENUE, env="live", key=None)
    assert venue.name == VENUE


def test_a_private_key_of_the_keyring_keeps_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PEM has many; the first line is the api key."""
    made = Ed25519PrivateKey.generate()
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    key = held(monkeypatch, {"tradewind binance/testnet/bot": f"abc\n{pem}"})
    assert key.signer.kind == "ed25519"
    assert "BEGIN" not in repr(key)


@pytest.mark.parametrize(
    ("texts", "text"),
    [
        ({}, "no 'bot' for testnet; put it there with: keyring set tradewind binance/testnet/bot"),
        ({"tradewind binance/live/bot": "k\ns"}, "no 'bot' for testnet"),
        ({"tradewind binance/testnet/bot": "justthesecret"}, "needs two lines"),
        ({"tradewind binance/testnet/bot": "local123\nsecret"}, "is a key of a local box"),
        ({"tradewind binance/testnet/bot": "k\n-----BEGIN PRIVATE KEY-----\nx"}, "cannot be read"),
        (None, r"cannot be read, is it locked\? \(Locked\)"),
    ],
)
def test_a_key_that_is_not_there_says_what_to_do(
    texts: dict[str, str] | None, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never with what was found, nor with what the backend had to say."""
    with pytest.raises(Misconfigured, match=text) as raised:
        held(monkeypatch, texts)
    assert not any(word in str(raised.value) for word in ("hunter2", "justthesecret"))
    assert raised.value.__suppress_context__ or raised.value.__cause__ is None


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """And it is an extra that there is."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(Misconfigured, match=r"pip install 'tradewind\[keyring\]'"):
        resolve(VENUE, "testnet", "keyring:bot", None)
    assert '\nkeyring = ["keyring' in (Path(ROOT) / "pyproject.toml").read_text()


def test_a_private_key_that_is_no_file_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be the key itself, in a form that we do not know."""
    monkeypatch.setenv("TRADEWIND_BINANCE_TESTNET_BOT_API_KEY", "k")
    monkeypatch.setenv("TRADEWIND_BINANCE_TESTNET_BOT_PRIVATE_KEY", "sesame")
    with pytest.raises(Misconfigured, match="neither a PEM nor a file") as raised:
        resolve(VENUE, "testnet", "bot", None)
    assert "sesame" not in str(raised.value)


@pytest.mark.parametrize("label", ["bot", "my bot", "Bot-1"])
def test_keys_of_the_environment(label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The label in capitals, whatever stands in it; another one is not found."""
    stem = "TRADEWIND_BINANCE_TESTNET_" + label.upper().replace(" ", "_").replace("-", "_")
    monkeypatch.setenv(f"{stem}_API_KEY", "k" * 64)
    monkeypatch.setenv(f"{stem}_API_SECRET", "sesame")
    assert resolve(VENUE, "testnet", label, None).label == label
    with pytest.raises(Misconfigured, match="or give key='keyring:other'"):
        resolve(VENUE, "testnet", "other", None)
