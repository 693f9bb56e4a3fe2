"""The rules of the house: each holds for the source, and each sees a planted violation."""

import re
import subprocess
import tomllib
from pathlib import PurePosixPath

import pytest

from .shape import PACKAGE, ROOT, RULES, Source, sources


def told(rule: str, path: str, text: str) -> list[str]:
    return list(RULES[rule](Source(PurePosixPath(path), text)))


@pytest.mark.parametrize("rule", RULES)
def test_the_source_keeps_the_rule(rule: str) -> None:
    """Every file of the package keeps every rule."""
    assert [line for source in sources() for line in RULES[rule](source)] == []


PLANTED = [
    ("direction", "model/order.py", "from ..engine import book"),
    ("direction", "engine/book.py", "from ..protocol.scaled import read"),
    ("direction", "engine/book.py", "def f():\n    from tradewind.net import http"),
    ("direction", "protocol/session.py", "from ..engine.events import Event"),
    ("direction", "venues/kraken/client.py", "from ...client import connect"),
    ("direction", "net/http.py", "from ..exchange.box import Box"),
    ("direction", "client/account.py", "from ..exchange import history"),
    ("direction", "exchange/box.py", "from ..cli import main"),
    ("direction", "venues/okx/exchange.py", "import tradewind.net.http"),
    ("direction", "gadgets/new.py", "x = 1"),
    ("direction", "model/order.py", "from tradewind import connect"),
    ("isolation", "venues/okx/wire.py", "from ..bybit import wire"),
    ("isolation", "venues/okx/wire.py", "from tradewind.venues.bybit.wire import Order"),
    ("isolation", "venues/okx/client.py", "from .exchange import build"),
    ("isolation", "venues/okx/exchange/orders.py", "from ..client import place_order"),
    ("isolation", "venues/okx/exchange/orders.py", "from .. import client"),
    ("naming", "cli/up.py", 'VENUES = ["kraken"]'),
    ("naming", "exchange/box.py", "class BinanceBox: ..."),
    ("naming", "exchange/box.py", "def okx_orders(): ..."),
    ("naming", "venues/okx/auth.py", "# as at Coinbase"),
    ("naming", "cli/texts.json", '{"text": "Bybit"}'),
    ("purity", "engine/engine.py", "import time"),
    ("purity", "engine/engine.py", "from time import time_ns"),
    ("purity", "venues/okx/auth.py", "import secrets"),
    ("purity", "venues/okx/exchange.py", "def f():\n    import random"),
    ("purity", "protocol/limits.py", "import os.path"),
    ("purity", "guard/rules.py", "from asyncio import sleep"),
    ("purity", "model/order.py", "from datetime import datetime\nat = datetime.now()"),
    ("purity", "model/order.py", "import datetime\nat = datetime.datetime.now(datetime.UTC)"),
    ("honesty", "engine/engine.py", "x = 1  # TO" + "DO later"),
    ("honesty", "net/http.py", "try:\n    f()\nexcept Exception:\n    pass"),
]


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED)
def test_a_planted_violation_is_seen(rule: str, path: str, text: str) -> None:
    """Each rule speaks up about what it forbids."""
    assert told(rule, path, text)


KEPT = [
    ("direction", "protocol/hosting.py", "from ..engine.events import Event"),
    ("direction", "cli/up.py", "from ..exchange.box import Box\nfrom ..client import connect"),
    ("direction", "exchange/box.py", "from .. import __version__"),
    ("isolation", "venues/okx/exchange.py", "from . import wire\nfrom ...protocol import limits"),
    ("naming", "venues/okx/README.md", "OKX says so"),
    ("naming", "cli/view.py", "a_broken_book = okay"),
    ("purity", "net/http.py", "import asyncio, socket, time"),
    ("purity", "engine/engine.py", "from datetime import UTC, datetime\nUTC"),
]


@pytest.mark.parametrize(("rule", "path", "text"), KEPT)
def test_what_is_allowed_passes(rule: str, path: str, text: str) -> None:
    """A rule is silent about what is allowed."""
    assert told(rule, path, text) == []


def test_type_information_is_shipped() -> None:
    """py.typed is in the package and in its list of data files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert (PACKAGE / "py.typed").exists()
    assert "py.typed" in project["tool"]["setuptools"]["package-data"]["tradewind"]


def test_every_silenced_lint_rule_has_its_reason_beside_it() -> None:
    """In pyproject, and at each noqa or type: ignore in the source."""
    lines = (ROOT / "pyproject.toml").read_text().split("ignore = [")[1].split("]")[0].splitlines()
    assert [line for line in lines if line.strip() and "#" not in line] == []
    bare = [
        f"{source.path}:{number}"
        for source in sources()
        for number, line in enumerate(source.text.splitlines(), 1)
        for silenced in re.findall(r"# (?:noqa|type: ignore)(.*)", line)
        if "(" not in silenced and "#" not in silenced
    ]
    assert bare == []


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def test_nothing_large_is_committed() -> None:
    """No file is larger than 1 MB."""
    assert [name for name in tracked() if (ROOT / name).stat().st_size > 1_000_000] == []
