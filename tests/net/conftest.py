"""Fixtures: every contract test runs on every wire, every socket test on both loops."""

import pytest
from tests.net.harness import Certificate, Desk, OnWire


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(params=OnWire.KINDS)
def play(request: pytest.FixtureRequest, certificate: Certificate) -> OnWire:
    return OnWire(request.param, certificate)


@pytest.fixture(params=["asyncio", "uvloop"])
def loop_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def desk() -> Desk:
    return Desk()
