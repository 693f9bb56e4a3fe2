"""The tutorial's own Postman collection, run by newman as anybody would: it asserts nothing itself,
so what the venue would answer today is asserted here, request by request.

Where an answer is guessed it says so: four requests sign without their empty parameters, and the
empty parameter is found before the signature is looked at.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tradewind.venues import part

from . import guard
from .box import Box
from .evidence import Evidence, operation

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "judges" / "postman"
COLLECTION = SHARED / "binance_spot_api_v1.postman_collection.json"
ENVIRONMENT = SHARED / "binance_com_spot_testnet_api.postman_environment.json"
NEWMAN = ROOT / ".judges" / "node_modules" / "newman" / "bin" / "newman.js"

pytestmark = [
    pytest.mark.judge,
    pytest.mark.skipif(not COLLECTION.exists(), reason="needs ../shared"),
]

OK: dict[str, int] = {"status": 200}
EMPTY_LIST = {"status": 200, "body": []}


def refused(code: int, status: int = 400) -> dict[str, int]:
    """An error of the venue."""
    return {"status": status, "code": code}


EXPECTED: dict[tuple[str, str], dict[str, Any]] = {
    ("GET", "ping"): {"status": 200, "body": {}},
    ("GET", "time"): OK,
    ("GET", "exchangeInfo"): OK,
    ("GET", "depth"): OK,
    ("GET", "trades"): OK,
    ("GET", "historicalTrades"): OK,
    ("GET", "aggTrades"): OK,
    ("GET", "klines"): refused(-1105),  # interval is sent empty
    ("GET", "uiKlines"): refused(-1105),
    ("GET", "avgPrice"): OK,
    ("GET", "ticker/24hr"): OK,
    ("GET", "ticker/price"): OK,
    ("GET", "ticker/bookTicker"): OK,
    ("GET", "ticker"): refused(-1102),  # neither symbol nor symbols
    ("POST", "order/test"): refused(-1105),  # type is sent empty; guessed, see above
    ("GET", "order"): refused(-1102),  # neither id
    ("POST", "order/cancelReplace"): refused(-1105),  # guessed
    ("POST", "order"): refused(-1105),  # guessed
    ("DELETE", "order"): refused(-1102),
    ("GET", "openOrders"): EMPTY_LIST,
    ("DELETE", "openOrders"): refused(-2011),  # nothing is open
    ("GET", "allOrders"): EMPTY_LIST,
    ("POST", "order/oco"): refused(-1105),  # guessed
    ("GET", "orderList"): refused(-1102),
    ("DELETE", "orderList"): refused(-1102),
    ("GET", "allOrderList"): EMPTY_LIST,
    ("GET", "openOrderList"): EMPTY_LIST,
    ("GET", "account"): OK,
    ("GET", "myTrades"): EMPTY_LIST,
    ("GET", "rateLimit/order"): OK,
    ("POST", "userDataStream"): {"status": 410},  # gone since 2026-02-20
    ("PUT", "userDataStream"): {"status": 410},
    ("DELETE", "userDataStream"): {"status": 410},
}
"""By method and path below /api/v3: what the venue answers to the collection as it stands."""


@pytest.fixture(scope="module")
def run(
    tmp_path_factory: pytest.TempPathFactory, escapes: Path, evidence: Evidence
) -> Iterator[list[dict[str, Any]]]:
    """Every request of the collection with its answer, from one run against a fresh box."""
    folder = tmp_path_factory.mktemp("newman")
    report = folder / "report.json"
    with Box(folder / "data") as box:
        key = box.key("postman")
        before = box.account()
        command = ["node", str(NEWMAN), "run", str(COLLECTION), "--environment", str(ENVIRONMENT)]
        command += ["--env-var", f"url={box.rest}", "--timeout-request", "10000"]
        command += ["--env-var", f"binance-api-key={key['api_key']}"]
        command += ["--env-var", f"binance-api-secret={key['api_secret']}"]
        command += ["--reporters", "json", "--reporter-json-export", str(report)]
        environment = {**os.environ, **guard.environment(escapes)}
        subprocess.run(command, env=environment, check=False, capture_output=True, timeout=300)
        executions = json.loads(report.read_text())["run"]["executions"]
        yield executions
        assert box.account() == before, "the collection changed something"
        # only what is asserted one by one below
        evidence.add("postman", (row for row in box.log()[1] if row["path"].startswith("/api/v3/")))


def _seen(execution: dict[str, Any]) -> tuple[str, str, int, bytes]:
    request = execution["request"]
    path = "/" + "/".join(request["url"]["path"])
    answer = execution.get("response")
    assert answer is not None, f"{request['method']} {path} got no answer"
    return request["method"], path, answer["code"], bytes(answer["stream"]["data"])


def test_the_collection_is_the_one_we_know(run: list[dict[str, Any]]) -> None:
    """256 requests, 33 of them on /api/v3, each known here."""
    seen = [_seen(execution) for execution in run]
    spot = {(method, path[8:]) for method, path, *_ in seen if path.startswith("/api/v3/")}
    assert len(seen) == 256
    assert spot == EXPECTED.keys()


@pytest.mark.parametrize(("method", "path"), EXPECTED, ids=lambda value: value)
def test_request(run: list[dict[str, Any]], method: str, path: str) -> None:
    """Status, code and body are what the venue answers today."""
    seen = [_seen(execution) for execution in run]
    found = [row[2:] for row in seen if row[:2] == (method, f"/api/v3/{path}")]
    assert len(found) == 1
    status, body = found[0]
    expected = EXPECTED[method, path]
    assert status == expected["status"], body
    if "code" in expected:
        assert json.loads(body)["code"] == expected["code"]
    if "body" in expected:
        assert json.loads(body) == expected["body"]


def test_what_does_not_exist_yet_is_not_found(run: list[dict[str, Any]]) -> None:
    """Of the 223 requests on /sapi those that are not in our table answer 404, with nothing."""
    seen = [_seen(execution) for execution in run]
    others = [row for row in seen if row[1].startswith("/sapi/")]
    assert len(others) == 223
    missing = [
        (status, body) for method, path, status, body in others if not operation(method, path)
    ]
    assert set(missing) == {(404, b"")}


def test_what_exists_of_sapi_answers_in_the_venue_s_words(run: list[dict[str, Any]]) -> None:
    """JSON, and a code of the error tables where it refuses: many fields are sent empty."""
    tables = (part("binance", name).ROWS.values() for name in ("errors", "wallet_errors"))
    codes = {row.code for rows in tables for row in rows}
    for method, path, status, body in map(_seen, run):
        if path.startswith("/sapi/") and operation(method, path):
            answer = json.loads(body)
            assert status == 200 or answer["code"] in codes, (method, path, status, body)


def test_no_request_left_this_machine(run: list[dict[str, Any]]) -> None:
    """Every request went to the box."""
    hosts = {".".join(e["request"]["url"]["host"]) for e in run}
    assert {urlsplit(f"//{host}").hostname for host in hosts} == {"127.0.0.1"}
