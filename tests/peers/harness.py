"""One run: a fresh box, its faults, one program, and the comparison."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from tests.judges import guard
from tests.judges.box import VENUE, Box

from . import faults, oracle
from .desk import QUIET
from .story import stories

ROOT = Path(__file__).resolve().parents[2]

CLIENTS = {
    "ccxt": "with_ccxt",
    "ccxt.pro": "with_ccxt",
    "python-binance": "with_python_binance",
    "tradewind": "with_tradewind",
}
"""The module that drives each."""

INSTRUMENTS = ("BTC/USDT", "ETH/USDT")
RICH = {"USDT": "10000000", "BTC": "100", "ETH": "1000"}

WIDE = json.dumps(
    dict.fromkeys(("ORDERS_10S", "ORDERS_1D", "REQUEST_WEIGHT", "RAW_REQUESTS"), 100_000_000)
)
"""Limits are no part of this; bans are, as a fault."""

LOOK_EVERY = 0.5
"""Seconds between two looks at the box's log, which keeps a thousand requests."""

RUN_MAX = 240
"""Seconds after which a run is given up."""


Spoil = list[tuple[str, dict[str, Any]]]
"""Faults: the name each goes by in the tables, and its words for the admin API."""


class Run(Struct):
    """One run and what it was found to be. ``struck`` says how often each fault did."""

    client: str
    policy: str
    seed: int
    verdict: oracle.Verdict
    struck: dict[str, int]
    raised: dict[str, int]
    requests: int
    seconds: float


def play(
    client: str,
    policy: str,
    seed: int,
    count: int,
    *,
    spoil: Spoil | None = None,
    quiet: float = QUIET,
) -> Run:
    """``count`` stories through one client. ``spoil`` are the faults, else all the usual ones."""
    begun = time.monotonic()
    usual = spoil is None
    spoil = faults.requests(seed) if spoil is None else spoil
    with tempfile.TemporaryDirectory(prefix="peers-") as scratch:
        settings = ("--set", f"{VENUE}.limits={WIDE}", "--instruments", ",".join(INSTRUMENTS))
        with Box(Path(scratch) / "box", *settings) as box:
            playing = _Playing(
                box, Path(scratch) / "escapes", client, policy, seed, count, spoil, quiet, usual
            )
            try:
                verdict = playing.run()
            finally:
                playing.end()
        if escaped := guard.escapes(Path(scratch) / "escapes"):
            raise SystemExit(f"{client}: {escaped}")
    return Run(
        client, policy, seed, verdict, dict(playing.struck), playing.told["raised"],
        playing.asked, round(time.monotonic() - begun, 1),
    )  # fmt: skip


class _Playing:
    """A program and its box."""

    def __init__(
        self,
        box: Box,
        escapes: Path,
        client: str,
        policy: str,
        seed: int,
        count: int,
        spoil: Spoil,
        quiet: float,
        silent: bool,
    ) -> None:
        self._silent = silent
        self.box = box
        self._names: dict[int, str] = {}
        self._spoil = [each for each in spoil if each[1]["kind"] != "ban"]
        self._set([each for each in spoil if each[1]["kind"] == "ban"])  # it ends connections
        self.struck: Counter[str] = Counter()
        self.told: dict[str, Any] = {}
        self.asked = 0
        box.ask("POST", "/faucet", {"venue": VENUE, "amounts": RICH})
        rules = [
            row for row in box.ask("GET", "/instruments")["instruments"] if row["id"] in INSTRUMENTS
        ]
        self._natives = {row["native"]: row["id"] for row in rules}
        middles = {each: self._middle(each) for each in INSTRUMENTS}
        self._stories = stories(seed, count, rules, middles)
        key = box.key("peers")
        opened = {
            "client": client, "policy": policy, "run": f"s{seed}", "instruments": INSTRUMENTS,
            "natives": self._natives, "rest": box.rest, "streams": box.streams,
            "key": key["api_key"], "secret": key["api_secret"], "data": str(box.data),
            "quiet": quiet,
            "stories": msgspec.to_builtins(self._stories),
        }  # fmt: skip
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"tests.peers.{CLIENTS[client]}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, **guard.environment(escapes)},
        )
        self._timer = threading.Timer(RUN_MAX, self._process.kill)
        self._timer.start()
        self._send(json.dumps(opened))
        self._log: list[dict[str, Any]] = []
        self._over = threading.Event()

    def run(self) -> oracle.Verdict:
        """Ready, faults, stories, no more faults, rest, frozen, told, compared."""
        box = self.box
        self._hear("ready")
        self._read_log()
        self._log.clear()
        self._set(self._spoil)
        watcher = threading.Thread(target=self._watch)
        watcher.start()
        try:
            self._send("go")
            self._hear("done")
            for row in box.ask("POST", "/faults/clear", {})["cleared"]:
                if row["number"] in self._names:
                    self.struck[self._names[row["number"]]] += row["struck"]
            self._send("settle")
            self._hear("settled")
        finally:
            self._over.set()
            watcher.join()
        box.ask("POST", "/time", {"freeze": True})
        self._send("tell")
        self.told = self._hear("told")
        specs = [spec for story in self._stories for spec in story.specs]
        met = oracle.faults_of(self._log, self._natives)
        return oracle.compare(self.told, specs, oracle.truth(box), met)

    def end(self) -> None:
        """Whatever happened, the program ends."""
        self._timer.cancel()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.kill()
        self._process.wait(20)
        self._process.stdout.close()

    def _set(self, spoil: Spoil) -> None:
        told = self.box.ask("POST", "/faults", {"faults": [words for _, words in spoil]})
        for (name, _), row in zip(spoil, told["faults"], strict=True):
            self._names[row["number"]] = name

    def _watch(self) -> None:
        """Read the log before it forgets, and let the stream fall silent once."""
        wanted = self._silent
        while not self._over.wait(LOOK_EVERY):
            self._read_log()
            if wanted and self._begun() >= len(self._stories) // 3:
                wanted = False
                self.box.ask("POST", "/faults", {"faults": faults.SILENCE})
                self.struck["silence"] += 1
        self._read_log()

    def _begun(self) -> int:
        """How many first orders have been asked for."""
        return sum(row["method"] == "POST" and row["path"].endswith("/order") for row in self._log)

    def _read_log(self) -> None:
        last, rows = self.box.log(after=self.asked)
        self.asked = last
        self._log += rows

    def _middle(self, instrument: str) -> Decimal:
        book = self.box.ask("GET", "/books", venue=VENUE, instrument=instrument, levels=1)
        return sum((Decimal(book[side][0][0]) for side in ("bids", "asks")), Decimal(0)) / 2

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _hear(self, at: str) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"the driver ended before {at!r} ({self._process.wait()})")
        told: dict[str, Any] = json.loads(line)
        assert told["at"] == at, told
        return told
