"""Where a client connects to."""

import pytest

from tradewind.model import Misconfigured
from tradewind.net.address import Address, address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8080", Address(False, "127.0.0.1", 8080, "127.0.0.1:8080", "/")),
        ("https://api.x.test", Address(True, "api.x.test", 443, "api.x.test", "/")),
        ("https://api.x.test:443/v3", Address(True, "api.x.test", 443, "api.x.test", "/v3")),
        ("ws://[::1]:9/ws?a=b", Address(False, "::1", 9, "[::1]:9", "/ws?a=b")),
        ("wss://s.x.test:9443/ws", Address(True, "s.x.test", 9443, "s.x.test:9443", "/ws")),
    ],
)
def test_a_url_is_taken_apart(url: str, expected: Address) -> None:
    assert address(url, "http", "https", "ws", "wss") == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://api.x.test",
        "ws://10.0.0.1/ws",
        "http://localhost.x.test",
        "ftp://127.0.0.1",
        "https://",
        "https://user:secret@api.x.test",
        "https://api.x.test/#part",
        "api.x.test",
    ],
)
def test_what_is_no_safe_address_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured):
        address(url, "http", "https", "ws", "wss")


def test_a_scheme_that_does_not_fit_is_refused() -> None:
    with pytest.raises(Misconfigured):
        address("wss://s.x.test/", "http", "https")
