"""The same seed is the same run, to the last byte of both journals."""

import json
import os
import subprocess
import sys

import pytest

ORDERS = "400"


def _told(hash_seed: str, seed: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "tradewind.cli", "simulate", "--json",
         "--seed", seed, "--orders", ORDERS],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    del told["cpu_seconds"]
    return dict(told)


@pytest.mark.slow
def test_a_seed_gives_the_same_journals_whatever_order_sets_have() -> None:
    """Two hash seeds: every count and both hashes are the same; another seed gives others."""
    one, two = _told("1", "5"), _told("2", "5")
    assert one == two
    assert _told("1", "6")["venue_hash"] != one["venue_hash"]
