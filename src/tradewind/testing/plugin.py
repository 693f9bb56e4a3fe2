"""The pytest plugin: ``def test_bot(exchange): ...``.

    @pytest.mark.tradewind(instruments="BTC/USDT,ETH/USDT", at="now")

takes what ``Exchange`` takes. Each test has an exchange of its own with a seed from its name; one
that fails shows what the bot asked and what became of it.
"""

from collections.abc import Callable, Generator, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .exchange import Exchange

MARKER = "tradewind"
_KEPT = pytest.StashKey[list["Exchange"]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--tradewind-venue``, ``--tradewind-seed``, and ini values of the same meaning."""
    group = parser.getgroup("tradewind", "an exchange for every test")
    group.addoption("--tradewind-venue", default="", help="which venue the exchange is")
    group.addoption(
        "--tradewind-seed", type=int, help="the seed of every test, to repeat one; else its name's"
    )
    parser.addini("tradewind_venue", "which venue the exchange is", default="")
    parser.addini("tradewind_instruments", "which instruments it trades", default="")
    parser.addini("tradewind_flavour", "which of the venue's networks it is like", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(venue, instruments, seed, at, participants, settings, flavour, date): how the "
        "exchange of this test begins",
    )


@pytest.fixture
def exchange(request: pytest.FixtureRequest) -> Iterator["Exchange"]:
    """A fresh exchange whose time stands still; gone after the test."""
    yield from _made(request, {})


@pytest.fixture
def make_exchange(request: pytest.FixtureRequest) -> Iterator[Callable[..., "Exchange"]]:
    """A function that makes further exchanges, each as it is told; gone after the test."""
    opened: list[Iterator[Exchange]] = []

    def make(**how: Any) -> "Exchange":
        one = _made(request, how)
        opened.append(one)
        return next(one)

    yield make
    for one in reversed(opened):
        next(one, None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where a test fails, say what its exchanges saw."""
    del call
    report = yield
    if report.when == "call" and report.failed:
        for one in item.stash.get(_KEPT, []):
            report.sections.append((f"tradewind ({one.venue})", one.report()))
    return report


def _made(request: pytest.FixtureRequest, given: dict[str, Any]) -> Iterator["Exchange"]:
    from .exchange import Exchange

    how = {**_options(request), **given}
    with Exchange(**how) as made:
        request.node.stash.setdefault(_KEPT, []).append(made)
        yield made
        request.node.stash[_KEPT].remove(made)


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Ini values, then the markers (the nearest last), then the command line."""
    config = request.config
    found: dict[str, Any] = {"seed": seed_of(request.node.nodeid)}
    for name in ("venue", "instruments", "flavour"):
        if value := config.getini(f"tradewind_{name}"):
            found[name] = value
    if venue := config.getoption("--tradewind-venue"):
        found["venue"] = venue
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        if marker.args:
            raise pytest.UsageError(f"{MARKER}: name what is given, as in venue={marker.args[0]!r}")
        found |= marker.kwargs
    seed = config.getoption("--tradewind-seed")
    return found if seed is None else {**found, "seed": seed}


def seed_of(test: str) -> int:
    """From the test's name, without the folder that it lies in."""
    file, _, name = test.partition("::")
    own = f"{file.rpartition('/')[2]}::{name}"
    return int.from_bytes(sha256(own.encode()).digest()[:4], "big")
