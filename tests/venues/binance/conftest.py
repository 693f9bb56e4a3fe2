"""Fixtures of the venue: a host over the real engine, and traders of it."""

import pytest
from tests.venues.binance.host import FakeHost, Trader, liquid


@pytest.fixture
def host() -> FakeHost:
    """A box whose account 3 has 10,000 USDT, 2 BTC and 50 BNB and pays 0.1 %."""
    made = FakeHost()
    made.open_account(3, USDT="10000", BTC="2", BNB="50")
    return made


@pytest.fixture
def trader(host: FakeHost) -> Trader:
    """Account 3 with a key that may read and trade."""
    return Trader(host, host.key(3))


@pytest.fixture
def market(host: FakeHost) -> FakeHost:
    """The host with a book of 99/100 against 101/102."""
    liquid(host)
    return host
