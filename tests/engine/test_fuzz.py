"""The engine says what the naive one says."""

from .fuzz import Fuzz, expected


def test_the_engine_and_the_oracle_agree() -> None:
    """20,000 random commands: same events, balances, books; same state after restoring."""
    fuzz = Fuzz(seed=7)
    fuzz.run(20_000)
    missing = [name for name in expected() if not fuzz.counts[name]]
    assert not missing, f"never happened: {missing}"


def test_the_same_seed_gives_the_same_digest() -> None:
    """Nothing but the commands decides: two runs end with the same digest and bytes."""
    one, two = Fuzz(seed=11, kept=700), Fuzz(seed=11, kept=1_000_000)
    one.run(1_500)
    two.run(1_500)
    assert one.engine.digest() == two.engine.digest()
    assert one.engine.state() == two.engine.state()
