"""Host names and where they lead."""

import pytest

from tradewind import venues
from tradewind.exchange.names import Place, host_of, places
from tradewind.protocol.facts import Environment, Venue


def _venue(**environments: Environment) -> Venue:
    return Venue(
        name="one",
        title="One",
        products=("spot",),
        environments=environments,
        doors={"rest": "http://{}", "streams": "ws://{}", "ws_api": "ws://{}/api", "level3": "ws://{}"},
        key_kinds=("hmac",),
        permissions={},
        client_id=".*",
        client_id_max=36,
    )  # fmt: skip


def test_every_served_address_of_every_environment_is_a_name() -> None:
    """Also the further addresses; what the box has no door for is left out."""
    live = Environment(
        rest="https://api.one.test",
        streams="wss://ws.one.test:9443/stream",
        websocket_api="wss://ws.one.test/api",
        fix="tcp+tls://fix.one.test:9000",
        more={"level3": "wss://three.one.test", "drop_copy": "wss://drop.one.test"},
        also={"rest": ("https://api2.one.test", "https://api.one.test:8443")},
    )
    found = places([_venue(live=live, demo=Environment(rest="https://demo.one.test"))])
    assert found == {
        "api.one.test": Place("one", "live", frozenset({"rest"})),
        "api2.one.test": Place("one", "live", frozenset({"rest"})),
        "ws.one.test": Place("one", "live", frozenset({"streams", "ws_api"})),
        "three.one.test": Place("one", "live", frozenset({"level3"})),
        "demo.one.test": Place("one", "demo", frozenset({"rest"})),
    }


@pytest.mark.parametrize("name", [n for n in venues.names() if venues.have(n, "exchange")])
def test_every_venue_that_is_served_has_names(name: str) -> None:
    """Each environment has one at least, and none is this machine's."""
    facts = venues.facts(name)
    found = places([facts])
    assert {place.environment for place in found.values()} == set(facts.environments)
    assert not any(host in ("localhost", "127.0.0.1") for host in found)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("api.one.test", "api.one.test"),
        ("API.one.test:8443", "api.one.test"),
        ("api.one.test.", "api.one.test"),
        ("api.one.test.:443", "api.one.test"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("[::1]:443", "[::1]"),
        ("", ""),
        (":443", ""),
    ],
)
def test_a_host_header_names_a_host(header: str, name: str) -> None:
    assert host_of(header) == name
