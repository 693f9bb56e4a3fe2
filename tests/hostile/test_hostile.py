"""A real box under all attacks at once: what is certain about it, whatever the machine's mood."""

import asyncio

import pytest

from .attacks import ATTACKS, CROWD
from .box import Box, Honest, Phase, phase

SECONDS = 5.0
RSS_MAX_MB = 400


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Phase, list[str], int]:
    """The phase, the honest orders that failed, and how many files were open after it."""

    async def play(box: Box) -> tuple[Phase, list[str], int]:
        honest = Honest(box)
        await honest.open()
        seen = await phase(box, honest, list(ATTACKS), SECONDS)
        await asyncio.sleep(1)
        await honest.close()
        return seen, honest.failures, box.sockets()

    box = Box(tmp_path_factory.mktemp("hostile") / "box")
    try:
        return asyncio.run(play(box))
    finally:
        box.close()


def test_every_honest_order_is_acknowledged(attacked: tuple[Phase, list[str], int]) -> None:
    """Placed and cancelled, while everything else goes on."""
    seen, failures, _ = attacked
    assert failures == []
    assert seen.orders > 10


def test_memory_is_bounded(attacked: tuple[Phase, list[str], int]) -> None:
    """Whatever is sent, and whatever is not read."""
    assert attacked[0].rss_mb < RSS_MAX_MB


def test_connections_are_taken_and_given_back(attacked: tuple[Phase, list[str], int]) -> None:
    """Hundreds of them are no more than files, and gone when their peer is."""
    seen, _, after = attacked
    assert seen.told["2,000 connections"]["connections"] > CROWD // 4
    assert after < 200


@pytest.mark.parametrize(
    ("attack", "ends"),
    [
        ("floods HTTP", "status 418"),
        ("floods the streams", "cut"),
        ("10 MB frames", "cut"),
        ("garbage", "cut"),
        ("garbage", "status 431"),
        ("garbage", "status 413"),
        ("deep JSON", "answered"),
    ],
)
def test_an_attack_is_answered_or_cut(
    attacked: tuple[Phase, list[str], int], attack: str, ends: str
) -> None:
    """The bad connection meets its own end."""
    assert attacked[0].told[attack].get(ends, 0) > 0
