"""The TLS door shows a certificate that is not good; who goes on has accepted it."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tradewind.exchange.box import Box, Options, Ready
from tradewind.model import Misconfigured
from tradewind.protocol.faults import Fault, Kind
from tradewind.testing import Exchange
from tradewind.venues import facts

from .bot import VENUE

HOST = facts(VENUE).environments["live"].rest.removeprefix("https://")


def _context(ca: str, *, careful: bool) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca)
    if not careful:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def _ask(ready: Ready, careful: bool) -> str:
    """The status line of a GET over TLS, or what the client said against the certificate."""
    assert ready.tls is not None
    context = _context(ready.tls.ca, careful=careful)
    try:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", ready.tls.port, ssl=context, server_hostname=HOST
        )
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    writer.write(f"GET /api/v3/ping HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
    line = (await reader.readline()).decode()
    writer.close()
    await writer.wait_closed()
    return line


@contextmanager
def _no_noise() -> Iterator[None]:
    """A client that goes away in the handshake is no news for the loop."""
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    yield


def test_a_careful_client_refuses_and_a_careless_one_goes_on(tmp_path: Path) -> None:
    """For each flaw; the record has handshakes, and only requests of the careless."""
    said: dict[str, Any] = {}

    async def play() -> list[Any]:
        box = Box(Options(tmp_path / "box", (VENUE,), port_base=0, seed=7))
        ready = await box.open()
        with _no_noise():
            said["good"] = await _ask(ready, careful=True)
            for flaw in ("expired", "wrong", "stranger"):
                active = box.faults.set(Fault(Kind.CERTIFICATE, flaw=flaw))
                said[flaw] = await _ask(ready, careful=True)
                before = box.record.count
                assert "200" in await _ask(ready, careful=False)
                rows = box.record.after(before, 100)
                assert [(row.fate.value, row.fault or row.note) for row in rows] == [
                    ("tls", flaw),
                    ("answered", HOST),
                ]
                box.faults.clear(active.number)
            said["again"] = await _ask(ready, careful=True)
        await box.close()
        return said["good"]

    asyncio.run(play())
    assert "200" in said["good"]
    assert "expired" in said["expired"]
    assert "match" in said["wrong"].lower()
    assert "issuer" in said["stranger"] or "signature" in said["stranger"]
    assert "200" in said["again"]


def test_a_box_without_names_has_no_certificate_to_spoil(venue: Exchange) -> None:
    """It says so, and nothing is set."""
    with pytest.raises(Misconfigured, match="no real names"):
        venue.fault("certificate", flaw="expired")
    assert venue.ask("GET", "/faults")["faults"] == []
