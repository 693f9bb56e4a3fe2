"""A box that stands for the venue, and a relay in front of it that makes mistakes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tradewind.client import credentials
from tradewind.protocol.asking import Key
from tradewind.testing import Exchange

from .relay import Relay


class Stand:
    """The box, its data folder, and the relay."""

    def __init__(self, folder: Path, flavour: str) -> None:
        self.data = folder / "venue"
        self.box = Exchange(data=self.data, at="now", flavour=flavour, seed=11)
        self.box.run()
        self.bot = self.box.key(label="bot")
        self.reader = self.box.key(("read",), label="reader")
        self.relay = Relay(self.box.rest)

    def close(self) -> None:
        self.relay.close()
        self.box.close()

    def believe(self, patch: pytest.MonkeyPatch) -> None:
        """Let its keys be those of real environments too, which take no key of a box."""
        honest = credentials.resolve

        def resolve(venue: str, env: str, label: str, data: str | None) -> Key:
            return honest(venue, "local", label, data if env == "local" else str(self.data))

        patch.setattr(credentials, "resolve", resolve)


@pytest.fixture
def stand(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stand]:
    """Without mistakes, with fresh limits; like the test network unless parametrized otherwise."""
    made = Stand(tmp_path, getattr(request, "param", "testnet"))
    made.believe(monkeypatch)
    try:
        yield made
    finally:
        made.close()
