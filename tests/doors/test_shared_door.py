"""The TLS port that all the venue's names share."""

import asyncio
import http.client
import json
import socket
import ssl
from urllib.parse import urlsplit

import pytest

from tradewind import venues
from tradewind.exchange.names import places
from tradewind.net import relay

from .conftest import VENUE, Box, ask

PLACES = places([venues.facts(VENUE)])
REST = sorted(host for host, place in PLACES.items() if "rest" in place.doors)
STREAMS = sorted(host for host, place in PLACES.items() if place.doors == {"streams"})
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


class ByName(http.client.HTTPConnection):
    """A connection to the box with a venue's name as SNI."""

    def __init__(self, box: Box, sni: str) -> None:
        super().__init__("127.0.0.1", box.ready["tls"]["port"], timeout=10)
        self._sni = sni
        self._context = ssl.create_default_context(cafile=box.ready["tls"]["ca"])

    def connect(self) -> None:
        super().connect()
        self.sock = self._context.wrap_socket(self.sock, server_hostname=self._sni)


def named(
    box: Box, host: str, target: str, headers: dict[str, str] | None = None, sni: str = ""
) -> tuple[int, str]:
    """Ask with that Host header."""
    connection = ByName(box, sni or REST[0])
    try:
        connection.putrequest("GET", target, skip_host=True)
        for name, value in {"Host": host, **(headers or {})}.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, "" if answer.status == 101 else answer.read().decode()
    finally:
        connection.close()


def test_the_ready_line_names_port_and_certificate(box: Box) -> None:
    """Beside what it named before."""
    assert {"data", "admin", "admin_token", "venues"} <= set(box.ready)
    assert set(box.ready["tls"]) == {"port", "ca"}
    assert box.ready["tls"]["port"] != urlsplit(box.ready["admin"]).port


@pytest.mark.parametrize("host", REST)
def test_every_rest_name_answers(box: Box, host: str) -> None:
    """With its own certificate, with and without a port in Host."""
    for header in (host, f"{host}:443", host.upper()):
        assert named(box, header, "/api/v3/ping", sni=host) == (200, "{}")


@pytest.mark.parametrize(
    "host",
    ["", "127.0.0.1", "localhost", "example.org", "../../etc/passwd", "/etc/passwd",
     "%2e%2e/ca.key", "..\\ca.key", "api.binance.com.example.org", "x" * 5000],
)  # fmt: skip
def test_no_other_name_is_served(box: Box, host: str) -> None:
    """421 without a word: nothing is looked for, and nothing repeated."""
    before = sorted(file.name for file in box.data.iterdir())
    assert named(box, host, "/api/v3/ping") == (421, "")
    assert named(box, host, "/ws/btcusdt@trade", UPGRADE) == (421, "")
    assert sorted(file.name for file in box.data.iterdir()) == before


def test_each_name_has_its_own_doors_only(box: Box) -> None:
    """A stream's host answers no requests, a REST host opens no streams."""
    assert named(box, STREAMS[0], "/ws/btcusdt@trade", UPGRADE)[0] == 101
    assert named(box, STREAMS[0], "/api/v3/ping")[0] == 404
    assert named(box, STREAMS[0], "/ws-api/v3", UPGRADE)[0] == 404
    assert named(box, REST[0], "/ws/btcusdt@trade", UPGRADE)[0] == 404


def test_the_plain_port_is_not_fooled_by_a_preface(box: Box) -> None:
    """What a proxy would say about an address is no HTTP here: nobody outside chooses his own."""
    port = urlsplit(box.doors["rest"]).port
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(b"PROXY TCP4 127.0.0.7 127.0.0.1 1 2\r\nGET /api/v3/ping HTTP/1.1\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 400")
    status, _ = ask(box.doors["rest"], "GET", "/api/v3/ping", b"", {"X-Forwarded-For": "127.0.0.7"})
    assert status == 200
    _, told = box.admin("GET", "/metrics")
    assert "127.0.0.7" not in json.dumps(told)


def test_a_run_hands_its_sockets_over(box: Box) -> None:
    """The box accepts on them and sees the address that was said; after the run it does not."""
    lease = relay.Lease(box.data)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    told = lease.ask("127.0.0.7", [listening])
    listening.close()
    assert set(told.hosts) == set(PLACES)
    connection = ByName(box, REST[0])
    connection.port = port
    connection.request("GET", "/api/v3/ping", headers={"Host": REST[0]})
    assert connection.getresponse().read() == b"{}"
    connection.request("GET", "/nowhere/" + "k" * 64, headers={"Host": REST[0]})
    assert connection.getresponse().status == 404
    connection.close()
    tally = lease.tally()
    assert tally is not None
    assert tally.requests == {REST[0]: 2}
    assert tally.unknown == {f"GET {REST[0]}/nowhere/...": 1}
    lease.close()
    asyncio.run(_until_refused(port))


async def _until_refused(port: int) -> None:
    async with asyncio.timeout(5):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                return
            writer.close()
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "said", [b"", b"{}", b"nonsense", b'{"address":"x","ports":[]}', b"[" * 999]
)
def test_nonsense_at_the_socket_of_runs_harms_nobody(box: Box, said: bytes) -> None:
    """It is refused or hung up on, and the next run is served."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(5)
        sock.connect(str(box.data / relay.SOCKET))
        sock.sendall(said)
        sock.shutdown(socket.SHUT_WR)
        answer = sock.recv(4096)
        assert answer == b"" or b'"wrong"' in answer
    lease = relay.Lease(box.data)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert lease.ask("", [listening]).hosts
    lease.close()
