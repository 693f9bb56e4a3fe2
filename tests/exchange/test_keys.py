"""Keys of the box: random or derived, and none that a real venue could have issued."""

import pytest

from tradewind.exchange import keys
from tradewind.model import Misconfigured, Permission
from tradewind.protocol.hosting import Credential


def test_a_chosen_key_has_a_secret_that_follows_from_it_and_the_seed() -> None:
    """The same in every run; another key or seed gives another secret."""
    one = keys.make("hmac", 7, "localtest")
    assert one == keys.make("hmac", 7, "localtest")
    assert len(one.api_secret) == 64
    assert one.api_secret not in (
        keys.make("hmac", 8, "localtest").api_secret,
        keys.make("hmac", 7, "localtest2").api_secret,
    )


@pytest.mark.parametrize("kind", ["ed25519", "es256"])
def test_a_chosen_key_pair_is_derived_too(kind: str) -> None:
    """Private keys from the seed, so that a test needs no file."""
    assert keys.make(kind, 7, "localtest") == keys.make(kind, 7, "localtest")
    assert keys.make(kind, 7, "localtest").private_key.startswith("-----BEGIN PRIVATE KEY")


def test_a_key_that_may_be_real_is_refused_and_not_repeated() -> None:
    """What a user typed by mistake is in no message."""
    real = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
    with pytest.raises(Misconfigured) as refused:
        keys.make("hmac", 1, real)
    assert real not in str(refused.value)


def test_made_keys_look_like_a_venue_s_and_never_repeat() -> None:
    """64 letters and digits."""
    made = {keys.make("hmac", 1).api_key for _ in range(50)}
    assert len(made) == 50
    assert all(len(key) == 64 and key.isalnum() for key in made)


def test_labels_and_keys_are_taken_once() -> None:
    """A revoked label is free again, a revoked key is not."""
    store = keys.Keys()
    store.put(Credential("localA", "hmac", 1, frozenset(), label="bot"))
    with pytest.raises(Misconfigured, match="label 'bot'"):
        store.check_new("localB", "bot")
    store.put(Credential("localA", "hmac", 1, frozenset(), label="bot", revoked=True))
    store.check_new("localB", "bot")
    with pytest.raises(Misconfigured, match="exists already"):
        store.check_new("localA", "other")


def test_words_for_permissions_and_addresses_are_checked() -> None:
    """An unknown word names those that exist."""
    assert keys.permissions(["read", "trade"]) == {Permission.READ, Permission.TRADE}
    with pytest.raises(Misconfigured, match="read, trade, withdraw"):
        keys.permissions(["everything"])
    assert keys.addresses(["127.0.0.1", "::0001"]) == ("127.0.0.1", "::1")
    with pytest.raises(Misconfigured, match="not an IP address"):
        keys.addresses(["localhost"])
