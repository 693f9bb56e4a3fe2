"""Programs that know nothing of the box, with the addresses they always have, under
``tradewind run``: program x door x result. Each result is held against the box's own books, and
the table in docs/unmodified.md is written from the run.
"""

import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tradewind.net import namespace

from .box import Box
from .resident import ROOT

WHY_NOT = namespace.why_not()
pytestmark = [
    pytest.mark.judge,
    pytest.mark.skipif(bool(WHY_NOT), reason=f"needs unshare: {WHY_NOT}"),
]

PROGRAMS = Path(__file__).parent / "unmodified"
MODULES = ROOT / ".judges" / "node_modules"
PAGE = ROOT / "docs" / "unmodified.md"
BEGIN, END = "<!-- the table, written by make judges -->", "<!-- its end -->"

DOORS = {
    "public": ("REST, public", {"api.binance.com"}),
    "signed": ("REST, signed", {"api.binance.com"}),
    "stream": ("stream", {"stream.binance.com"}),
    "ws_api": ("WebSocket API", {"ws-api.binance.com"}),
}
QUOTE = {"symbol": "BTCUSDT"}
DEAL = {"placed": "NEW", "status": "CANCELED"}
SEEN = {"public": QUOTE, "signed": DEAL, "stream": QUOTE, "ws_api": DEAL}
TRADING = ("signed", "ws_api")
ALL = tuple(DOORS)
REST_ONLY = ALL[:2]
SOCKETS_ONLY = ALL[2:]


@dataclass(frozen=True)
class Program:
    """What runs, and the doors it is able to use."""

    title: str
    file: str
    doors: tuple[str, ...]
    package: str = ""

    @property
    def command(self) -> list[str]:
        """How it is started."""
        starter = {".py": sys.executable, ".cjs": "node", ".sh": "sh"}[Path(self.file).suffix]
        return [starter, str(PROGRAMS / self.file)]

    @property
    def version(self) -> str:
        """What is installed."""
        if self.file.endswith(".cjs"):
            if not self.package:
                return _first_line("node", "--version").removeprefix("v")
            return str(json.loads((MODULES / self.package / "package.json").read_text())["version"])
        if self.file.endswith(".sh"):
            return _first_line("curl", "--version").split()[1]
        return version(self.package) if self.package else sys.version.split()[0]


MATRIX = (
    Program("Python requests", "with_requests.py", REST_ONLY, "requests"),
    Program("Python urllib", "with_urllib.py", REST_ONLY),
    Program("Python httpx", "with_httpx.py", REST_ONLY, "httpx"),
    Program("Python aiohttp", "with_aiohttp.py", ALL, "aiohttp"),
    Program("Python websockets", "with_websockets.py", SOCKETS_ONLY, "websockets"),
    Program(
        "Python websocket-client", "with_websocket_client.py", SOCKETS_ONLY, "websocket-client"
    ),
    Program("Node fetch", "with_fetch.cjs", REST_ONLY),
    Program("Node axios", "with_axios.cjs", REST_ONLY, "axios"),
    Program("Node ws", "with_ws.cjs", SOCKETS_ONLY, "ws"),
    Program("curl", "with_curl.sh", REST_ONLY),
    Program("ccxt", "with_ccxt.py", ALL, "ccxt"),
    Program("python-binance", "with_python_binance.py", ALL, "python-binance"),
    Program("binance-sdk-spot", "with_sdk.py", ALL, "binance-sdk-spot"),
    Program("@binance/spot", "with_binance_spot.cjs", ALL, "@binance/spot"),
)


class Desk:
    """A box with a key, and a way to run something against it."""

    def __init__(self, box: Box, scratch: Path) -> None:
        self.box = box
        self.scratch = scratch
        self.key = box.key("matrix")
        self.results: dict[tuple[str, str], bool] = {}

    def run(self, *command: str) -> tuple[str, dict[str, Any]]:
        """What a command printed under ``tradewind run``, and the summary."""
        summary = self.scratch / "summary.json"
        done = subprocess.run(
            [sys.executable, "-m", "tradewind.cli", "run", "--data", str(self.box.data),
             "--summary", str(summary), "--quiet", "--", *command],
            capture_output=True,
            text=True,
            timeout=120,
            env={
                **{k: v for k, v in os.environ.items() if k not in ("NODE_OPTIONS", "PYTHONPATH")},
                "API_KEY": self.key["api_key"],
                "API_SECRET": self.key["api_secret"],
                "NODE_PATH": str(MODULES),
            },
        )  # fmt: skip
        sys.stderr.write(done.stderr)
        return done.stdout, json.loads(summary.read_text())

    def orders(self) -> list[str]:
        """The state of every order there ever was, in the box's own words over its plain door."""
        asked = urlencode({"symbol": "BTCUSDT", "timestamp": int(time.time() * 1e3)})
        secret = self.key["api_secret"].encode()
        signature = hmac.new(secret, asked.encode(), hashlib.sha256).hexdigest()
        url = f"{self.box.rest}/api/v3/allOrders?{asked}&signature={signature}"
        request = urllib.request.Request(url, headers={"X-MBX-APIKEY": self.key["api_key"]})
        with urllib.request.urlopen(request) as found:
            return [order["status"] for order in json.load(found)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The table is written when every cell has been tried."""
    with Box(tmp_path_factory.mktemp("box") / "data") as box:
        found = Desk(box, tmp_path_factory.mktemp("scratch"))
        yield found
    if len(found.results) == sum(len(program.doors) for program in MATRIX):
        _write(found.results)


@pytest.mark.parametrize("program", MATRIX, ids=lambda program: program.title)
def test_a_program_with_its_own_addresses(program: Program, desk: Desk) -> None:
    """Every door it can use leads into the box, and the box's books have what it says it did."""
    ids = {door: f"{Path(program.file).stem}-{door}"[:36] for door in program.doors}
    wanted = " ; ".join(
        f"{' '.join(program.command)} {door} {client_id} || echo {{}}"
        for door, client_id in ids.items()
    )
    before = len(desk.orders())
    printed, summary = desk.run("sh", "-c", wanted)
    seen = dict(zip(program.doors, map(json.loads, printed.splitlines()), strict=True))
    trading = [door for door in program.doors if door in TRADING]
    in_books = desk.orders()[before:] == ["CANCELED"] * len(trading)
    for door in program.doors:
        right = seen[door] == SEEN[door] and (in_books or door not in TRADING)
        desk.results[program.title, door] = right
    assert {door: desk.results[program.title, door] for door in program.doors} == dict.fromkeys(
        program.doors, True
    ), seen
    hosts = {host for door in program.doors for host in DOORS[door][1]}
    assert hosts <= {*summary.get("requests", {}), *summary.get("websockets", {})}
    assert summary.get("unknown", {}) == {}
    assert summary.get("blocked_names", {}) == {}


def test_every_name_and_port_of_the_venue(desk: Desk) -> None:
    """All hosts of live, testnet and demo answer, on all ports that the venue's pages name."""
    printed, _ = desk.run(sys.executable, str(PROGRAMS / "every_name.py"))
    seen = json.loads(printed)
    assert len(seen) == 27
    assert {name: code for name, code in seen.items() if code not in (200, 101)} == {}


def test_the_address_that_was_asked_for(desk: Desk) -> None:
    """A key that is bound to an address works from there only, over the real names."""
    bound = desk.box.key("bound", ips=["127.0.0.7"])
    script = str(PROGRAMS / "with_urllib.py")
    base = [sys.executable, "-m", "tradewind.cli", "run", "--data", str(desk.box.data), "--quiet"]
    environment = {
        **{k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        "API_KEY": bound["api_key"],
        "API_SECRET": bound["api_secret"],
    }

    def tried(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*base, *more, "--", sys.executable, script, "signed", f"bound{len(more)}"],
            capture_output=True,
            text=True,
            timeout=60,
            env=environment,
        )

    assert json.loads(tried("--as-ip", "127.0.0.7").stdout)["status"] == "CANCELED"
    refused = tried()
    assert refused.returncode == 1
    assert "401" in refused.stderr or "400" in refused.stderr


def _write(results: dict[tuple[str, str], bool]) -> None:
    """The table into the page."""
    head = ["program", "version", *(title for title, _ in DOORS.values())]
    rows = [head, ["---"] * len(head)]
    for program in MATRIX:
        cells = ["-"] * len(DOORS)
        for number, door in enumerate(DOORS):
            if door in program.doors:
                cells[number] = "yes" if results[program.title, door] else "**no**"
        rows.append([program.title, program.version, *cells])
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    page = PAGE.read_text()
    pattern = f"{re.escape(BEGIN)}.*{re.escape(END)}"
    fresh = re.sub(pattern, f"{BEGIN}\n{table}\n{END}", page, flags=re.DOTALL)
    if fresh != page:
        PAGE.write_text(fresh)


def _first_line(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0]
