"""A key that the box did not issue leaves no trace, wherever it came in."""

import asyncio
import json
import re
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tradewind.model import TradewindError
from tradewind.net.http import HttpClient
from tradewind.net.websocket import connect

from .conftest import VENUE, Box, ask

KEY = "Fk" + "9aZ3" * 15 + "zz"
SECRET = "Sx" + "7bY1" * 15 + "ww"
SIGNATURE = "feedface" * 8
PLANTED = (KEY, SECRET, SIGNATURE)
ORDER = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=1"
NOW = int(time.time() * 1_000)  # the box's clock runs with ours
SIGNED = f"{ORDER}&recvWindow=60000&timestamp={NOW}&signature={SIGNATURE}"


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Box, list[Any]]]:
    """A box that has met the key at every door, and what it answered."""
    folder = tmp_path_factory.mktemp("foreign")
    box = Box(folder / "data", folder / "errors")
    try:
        answers = [*_rest(box), *asyncio.run(_sockets(box))]
        yield box, answers
    finally:
        box.end()


def _rest(box: Box) -> Iterator[Any]:
    key = {"X-MBX-APIKEY": KEY}
    form = {**key, "Content-Type": "application/x-www-form-urlencoded"}
    others = {
        "Authorization": f"Bearer {KEY}.{SECRET}.{SIGNATURE}",
        "OK-ACCESS-PASSPHRASE": SECRET,
        "X-BAPI-API-KEY": KEY,
        "API-Sign": SIGNATURE,
        "Cookie": f"session={SECRET}",
    }
    rest = box.doors["rest"]
    for method in ("POST", "DELETE", "GET", "PUT"):
        yield ask(rest, method, f"/api/v3/order?{SIGNED}", b"", key)
        yield ask(rest, method, "/api/v3/order", SIGNED.encode(), form)
    yield ask(rest, "GET", f"/api/v3/account?timestamp={NOW}&signature={SIGNATURE}", b"", key)
    yield ask(rest, "GET", f"/api/v3/time?apiKey={KEY}&secret={SECRET}", b"", others)
    yield ask(rest, "GET", f"/api/v3/ticker/price?symbol=BTCUSDT&apiKey={KEY}", b"", key)
    yield ask(rest, "GET", f"/api/v3/historicalTrades?symbol=BTCUSDT&k={KEY}", b"", key)
    yield ask(rest, "POST", "/api/v3/userDataStream", b"", key)
    yield ask(rest, "PUT", f"/api/v3/userDataStream?listenKey={KEY}", b"", key)
    yield ask(rest, "GET", f"/api/v3/{KEY}/{SIGNATURE}?{SIGNED}", b"", key)
    yield ask(rest, "GET", f"/sapi/v1/capital/config/getall?{SIGNED}", b"", key)
    yield ask(rest, "POST", f"/sapi/v1/none/{KEY}", SIGNED.encode(), form)
    yield ask(rest, "POST", "/api/v3/order", json.dumps({"key": KEY, "x": SECRET}).encode(), key)


async def _sockets(box: Box) -> list[Any]:
    answers: list[Any] = []
    parameters = {"apiKey": KEY, "signature": SIGNATURE, "timestamp": NOW}
    wanted = [
        ("order.place", {**parameters, "symbol": "BTCUSDT", "side": "BUY", "type": "MARKET"}),
        ("session.logon", parameters),
        ("account.status", {"apiKey": KEY, "signature": SIGNATURE}),
        ("userDataStream.subscribe.signature", parameters),
        ("userDataStream.start", {"apiKey": KEY}),
        ("userDataStream.ping", {"apiKey": KEY, "listenKey": SECRET}),
        ("trades.historical", {"apiKey": KEY, "symbol": "BTCUSDT"}),
        ("ticker.price", {"apiKey": KEY, "symbol": "BTCUSDT", "secret": SECRET}),
        (f"no.{KEY}", {"secret": SECRET}),
    ]
    async with await connect(box.doors["ws_api"], {"X-MBX-APIKEY": KEY}) as socket:
        for number, (method, given) in enumerate(wanted):
            told = {"id": number, "method": method, "params": given}
            socket.send(json.dumps(told).encode())
            answers.append(json.loads(await socket.receive()))
        socket.send(f'{{"garbage": "{KEY}'.encode())
        answers.append(json.loads(await socket.receive()))
    paths = (f"/ws/{KEY}", f"/stream?streams={KEY}/btcusdt@trade", f"/ws?apiKey={KEY}", f"/{KEY}")
    for path in paths:
        try:
            url = f"{box.doors['streams']}{path}"
            async with await connect(url, {"X-MBX-APIKEY": KEY}) as socket:
                given = {"method": "SUBSCRIBE", "params": [KEY, f"{SECRET}@trade"], "id": 1}
                socket.send(json.dumps(given).encode())
                await socket.receive()
        except TradewindError:
            continue
    port = box.ready["tls"]["port"]
    loose = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    loose.check_hostname = False
    loose.load_verify_locations(box.ready["tls"]["ca"])
    async with HttpClient(f"https://127.0.0.1:{port}", ssl=loose) as client:
        found = await client.request("GET", f"/api/v3/{KEY}", SIGNED, {"X-MBX-APIKEY": KEY})
        answers.append([found.status, found.body.decode()])
    return answers


def test_it_is_refused_as_the_venue_does(marked: tuple[Box, list[Any]]) -> None:
    """-2015 for an unknown key, after what the venue looks at before it."""
    _, answers = marked
    codes = re.findall(r"-\d{4}", json.dumps(answers))
    assert {"-2015", "-1022"} & set(codes)
    assert all("orderId" not in json.dumps(answer) for answer in answers)


def test_no_answer_repeats_it(marked: tuple[Box, list[Any]]) -> None:
    """Also errors that quote what they complain of."""
    _, answers = marked
    for answer in answers:
        assert not any(planted in json.dumps(answer) for planted in PLANTED), answer


def test_it_is_not_told(marked: tuple[Box, list[Any]]) -> None:
    """Neither by the admin API, whatever is asked, nor in what the box says."""
    box, _ = marked
    _, lists = box.admin("GET", "/no/such/thing")
    paths = re.findall(r"GET (/[a-z/]+)", lists["error"])
    assert "/log" in paths
    for path in paths:
        for query in ({}, {"venue": VENUE}, {"venue": VENUE, "instrument": "BTCUSDT"}):
            _, told = box.admin("GET", path, None, **query)
            for planted in PLANTED:
                assert planted not in json.dumps(told), (path, query)
    assert not any(planted in box.told for planted in PLANTED)


def test_that_it_came_is_told(marked: tuple[Box, list[Any]]) -> None:
    """The log and the box's own words say that a foreign key was refused."""
    box, _ = marked
    _, told = box.admin("GET", "/log")
    assert any("a key that this box did not issue" in each["did"] for each in told["requests"])
    assert "a key that this box did not issue was refused" in box.told


def test_it_is_not_stored(marked: tuple[Box, list[Any]]) -> None:
    """No file of the data folder has it, while the box runs and after it has ended."""
    box, _ = marked
    assert _holders(box.data) == []
    box.end()
    assert _holders(box.data) == []


def _holders(folder: Path) -> list[str]:
    found = []
    for file in folder.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            found += [file.name for planted in PLANTED if planted.encode() in data]
    return found
