"""A scripted exchange: bids to 99, asks from 100, nobody else."""

from collections.abc import Iterator

import pytest

from tradewind.testing import Exchange

from .bot import PAIR, VENUE, Bot


@pytest.fixture
def venue() -> Iterator[Exchange]:
    with Exchange(VENUE, instruments="BTC/USDT,ETH/USDT") as exchange:
        exchange.book(PAIR, bids=[(99, 5), (98, 5)], asks=[(100, 5), (101, 5)])
        yield exchange


@pytest.fixture
def bot(venue: Exchange) -> Bot:
    return Bot(venue)
